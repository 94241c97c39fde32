"""
The tables, as SQLAlchemy sees them; the migrations make them, and a test holds that both are the same.

Every name begins with `civicsns_`, so that a city's other programs may share the database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

#: The newest migration; a store that says otherwise is older or newer than this program.
HEAD = "0007"
#: The migrations that this program knows, oldest first.
KNOWN = ("0001", "0002", "0003", "0005", "0006", "0007")
#: Where Alembic writes which migration was the last.
VERSION_TABLE = "civicsns_version"

metadata = MetaData()

# SQLite counts by itself only in a column that is INTEGER to the letter.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

deliveries = Table(
    "civicsns_deliveries",
    metadata,
    Column("seq", _NUMBER, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("draft", Text, nullable=False, index=True),
    Column("platform", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lane", Text, nullable=False, server_default="routine"),
    Column("not_before", DateTime(timezone=True)),
    # When it ended, as its record says; what has no such time is still at work, or its end is not known.
    Column("ended_at", DateTime(timezone=True)),
    Column("follows", Text),
    Column("rendition", LargeBinary, nullable=False),
    Column("progress", LargeBinary, nullable=False),
)
# What has ended is not in it, so it stays as small as the work that waits; what waits of one account is together.
Index(
    "ix_civicsns_deliveries_waiting",
    deliveries.c.lane,
    deliveries.c.platform,
    deliveries.c.account,
    deliveries.c.not_before,
    deliveries.c.seq,
    sqlite_where=deliveries.c.not_before.is_not(None),
    postgresql_where=deliveries.c.not_before.is_not(None),
)

# Which post became of which delivery is asked account by account.
Index("ix_civicsns_deliveries_account", deliveries.c.account)

#: Files by their SHA-256: a picture that goes to 390 accounts is kept once.
media = Table(
    "civicsns_media",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

#: Which deliveries need which files, so that what nobody needs can be found.
attachments = Table(
    "civicsns_attachments",
    metadata,
    Column("delivery", Text, ForeignKey("civicsns_deliveries.id"), primary_key=True),
    Column("digest", Text, ForeignKey("civicsns_media.digest"), primary_key=True, index=True),
)

#: The chain of records: rows are only ever added. None of them holds anything of a record but its time.
chain = Table(
    "civicsns_chain",
    metadata,
    # Given by the chain itself, so that there is no number without an entry.
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    # The characters that are in the hash.
    Column("at", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

#: What the entries of the chain commit to, until it is destroyed.
bodies = Table(
    "civicsns_bodies",
    metadata,
    Column("seq", _NUMBER, ForeignKey("civicsns_chain.seq"), primary_key=True, autoincrement=False),
    # Both stand in the body as well; here they are for finding it.
    Column("subject", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
)
Index("ix_civicsns_bodies_subject", bodies.c.subject, bodies.c.seq)

#: Where the chain stands: one row.
head = Table(
    "civicsns_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)

#: What holds until it is changed: holds, signs of life.
facts = Table(
    "civicsns_facts",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

#: Sealed credentials: only the wrapping key, which is not in the database, opens an envelope.
credentials = Table(
    "civicsns_credentials",
    metadata,
    Column("account", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # How often it was sealed, and how often the network has exchanged it.
    Column("version", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    # Counts every change.
    Column("revision", Integer, nullable=False),
    # What else may be shown: whose it is on the network, what it may do, when it ends, what is known against it.
    Column("shown", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

#: By which deliveries are found whose text is like another: numbers that alike texts share (`civicsns.text.likeness`).
marks = Table(
    "civicsns_marks",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("mark", BigInteger, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("delivery", Text, primary_key=True),
    Column("account", Text, nullable=False),
    # What is too old to be of use is at the beginning of it.
    Index("ix_civicsns_marks_at", "at"),
    sqlite_with_rowid=False,
)

#: Facts about the store itself.
meta = Table(
    "civicsns_meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
