"""What type checkers see of the public API; this file is checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from datetime import datetime
from typing import assert_type

import civicsns
from civicsns import (
    Account,
    Bilingual,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Finding,
    Language,
    Media,
    Outcome,
    OutcomeUnknown,
    Person,
    Poll,
    PostRef,
    Program,
    Publication,
    RateLimited,
    Receipt,
    Severity,
    Verdict,
)
from civicsns.errors import UnknownReason
from civicsns.model import Failure, Span

assert_type(civicsns.__version__, str)

# Names are loaded lazily; a name that there is not is still an error.
missing = civicsns.Programme  # type: ignore[attr-defined]

# A draft takes any iterable of accounts, and holds a tuple.
draft = Draft(author="1042", text="…", accounts=["x:takeo"])
assert_type(draft.accounts, tuple[str, ...])
assert_type(draft.digest, str)
assert_type(draft.text_for("x"), str)
assert_type(draft.media, tuple[Media, ...])
assert_type(draft.reply_to, PostRef | None)
assert_type(Poll(options=["a", "b"], minutes=5).options, tuple[str, ...])
assert_type(Media.from_bytes(b"").alt_text, str | None)

person = Person(number="1042", name="佐賀花子")
assert_type(person.section, str)
assert_type(Account(id="x:a", platform="x").personal, bool)

# One language alone does not type-check.
Bilingual("日本語だけ")  # type: ignore[call-arg]
assert_type(Bilingual("はい", "yes").in_(Language.JA), str)

# An account is named, not guessed: no positional arguments.
Account("x:a", "x")  # type: ignore[call-arg]


def uses(program: Program) -> None:
    """Use the facade as its callers do."""
    with program as entered:
        assert_type(entered, Program)
    assert_type(Program.open("civicsns.toml"), Program)
    assert_type(program.accounts, tuple[Account, ...])
    assert_type(program.account("x:takeo"), Account)
    verdict = program.check(draft)
    assert_type(verdict, Verdict)
    assert_type(verdict.severity, Severity | None)
    assert_type(verdict.findings, tuple[Finding, ...])
    assert_type(verdict.findings[0].span, Span | None)
    publication = program.publish(draft, decision=Decision(by="1042", digest=draft.digest), progress=shows)
    assert_type(publication, Publication)
    assert_type(publication.results, tuple[Delivery, ...])
    assert_type(program.deliver(publication.results[0].id), datetime | None)
    for delivery in publication.results:
        assert_type(delivery.state, DeliveryState)
        assert_type(delivery.failure, Failure | None)
        if delivery.receipt is not None:
            assert_type(delivery.receipt, Receipt)
            assert_type(delivery.receipt.url, str)
    program.publish("text")  # type: ignore[arg-type]
    program.publish(draft, Decision(by="1042", digest=draft.digest))  # type: ignore[call-arg]


def shows(delivery: Delivery) -> None:
    """Take a delivery, as `progress` must."""
    assert_type(delivery.attempts, int)


def catches(outcome: Outcome) -> datetime | UnknownReason | None:
    """Tell outcomes apart as their callers do."""
    match outcome:
        case RateLimited():
            return assert_type(outcome.until, datetime)
        case OutcomeUnknown():
            return assert_type(outcome.reason, UnknownReason)
        case _:
            return None
