"""
The body of a record as bytes: one record has exactly one form, so that its hash means something.

The form is the JSON Canonicalization Scheme (RFC 8785) for the small shape that a record has: an object of strings,
and in it one object of strings. Times are in UTC with six decimals, so that they have one form too.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _text
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The longest body in bytes: a line of an export holds it.
LONGEST = 1 << 19
_FIELDS = ["at", "by", "event", "facts", "subject"]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def stamp(at: datetime) -> str:
    """
    Write a time as it stands in bodies, hashes, checkpoints and exports: `2026-04-01T00:00:00.000000Z`.

    Raises:
        BadInput: If *at* has no zone.
    """
    if at.tzinfo is not UTC:
        if at.utcoffset() is None:
            raise BadInput(
                Bilingual("日時に時間帯がありません。", "The time has no zone."),
                mend=Bilingual("時間帯を付けてください。", "Give it a zone."),
                place="at",
            )
        at = at.astimezone(UTC)
    return _stamp(at)


# A record's time is written into its body, into two hashes and beside them. Equal times in UTC have one form.
@lru_cache(maxsize=64)
def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def moment(text: str) -> datetime:
    """
    Read a time that `stamp` wrote, and no other form.

    Raises:
        ValueError: If it is anything else.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC or stamp(at) != text:
        msg = "not a canonical time"
        raise ValueError(msg)
    return at


def canonical(record: Record) -> bytes:
    """
    Write *record* as bytes.

    Raises:
        BadInput: If a text in it is no Unicode text: half of a surrogate pair has no form in UTF-8 (RFC 8785, 3.2.2.2);
            or if it is longer than an export takes.
    """
    given = record.facts
    facts = ",".join([f"{_text(name)}:{_text(given[name])}" for name in _order(given)])
    # Put together here, which takes a third of the time that an encoder of any shape takes; the names stand in order.
    shape = (
        f'{{"at":"{stamp(record.at)}","by":{_text(record.by)},"event":{_text(record.event)},"facts":{{{facts}}},'
        f'"subject":{_text(record.subject)}}}'
    )
    try:
        body = shape.encode()
    except UnicodeEncodeError:
        # Not chained: the error quotes the text.
        raise BadInput(
            Bilingual("証跡に、文字として扱えない符号があります。", "The record holds a code that is no character."),
            mend=Bilingual("文字の片割れ（サロゲート）を除いてください。", "Take out the lone surrogate."),
            place=f"{record.event}: {record.subject}" if f"{record.event}{record.subject}".isascii() else "",
        ) from None
    if len(body) > LONGEST:
        raise BadInput(
            Bilingual(
                f"証跡が長すぎます（{len(body):,} バイト。上限は {LONGEST:,} バイト）。",
                f"The record is too long ({len(body):,} bytes; it takes {LONGEST:,}).",
            ),
            mend=Bilingual("文章を短くしてください。", "Make the texts shorter."),
            place=record.event,
        )
    return body


def require_canonical(body: bytes) -> dict[str, Any]:
    """
    Read a body as JSON, and require that it is what `canonical` writes of some record.

    Raises:
        ValueError: If it is anything else.
    """
    shape = json.loads(body.decode())
    if not isinstance(shape, dict) or list(shape) != _FIELDS or not isinstance(shape["facts"], dict):
        msg = "not the shape of a record"
        raise ValueError(msg)
    facts: dict[str, Any] = shape["facts"]
    names: list[str] | None = list(facts)
    try:
        # Joining is the quickest way to see that all of them are texts.
        "".join((shape["at"], shape["by"], shape["event"], shape["subject"], *facts.values()))
    except TypeError:
        names = None
    # A key that was there twice is there once now, and a second way to write a text became the first.
    if names != _order(facts) or _encode(shape).encode() != body:
        msg = "not the canonical form of a record"
        raise ValueError(msg)
    return shape


def opened(body: bytes) -> Record:
    """
    Read a body.

    Raises:
        ValueError: If *body* is not what `canonical` writes of some record.
    """
    shape = require_canonical(body)
    return Record(
        at=moment(shape["at"]), subject=shape["subject"], event=shape["event"], by=shape["by"], facts=shape["facts"]
    )


def lists(body: bytes, *, subject: str, event: str) -> bool:
    """Tell whether a canonical *body* is that of a record with this subject and event, without reading all of it."""
    # A quotation mark inside a text is escaped, and there is one object inside the body, so each stands once.
    return body.endswith(f',"subject":{_text(subject)}}}'.encode()) and (
        f',"event":{_text(event)},"facts":{{'.encode() in body
    )


def _order(facts: Mapping[str, str]) -> list[str]:
    names = sorted(facts)
    if not "".join(names).isascii():
        # By UTF-16 code units (RFC 8785, 3.2.3), which is another order than Python's from U+E000 on.
        names.sort(key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return names
