"""A small city for tests: its staff, what its networks can carry, its vault, and a clock that moves when it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from civicsns.accounts.roster import Roster
from civicsns.errors import OutcomeUnknown, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import (
    Account,
    Credential,
    CredentialKind,
    Draft,
    Idempotency,
    Limits,
    MediaLimits,
    Person,
    ReadBack,
    Secret,
    TextLimits,
)
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.ports import Adapter
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock
from civicsns.text import Measure
from civicsns.vault.memory import MemoryVault

#: The rules of the municipal pack, made ready once.
PACK = Policy(builtin("jp-municipal"))
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = Bilingual("何か", "something")
PNG = b"\x89PNG\r\n\x1a\n"
#: A text that takes several posts.
THREAD = "一つ目の文はここまでで、まだ続きます。" * 8

#: For a network that takes no files.
NO_MEDIA = MediaLimits(images=0, videos=0, types=frozenset(), bytes_={}, alt_text=0)
#: What a plain network can carry: 60 characters, pictures; its list is right after a second.
LIMITS = Limits(
    text=TextLimits(measure=Measure.FACEBOOK, maximum=60),
    media=MediaLimits(images=4, videos=1, types=frozenset({"image/png"}), bytes_={}, alt_text=1000),
    schedule=None,
    idempotency=Idempotency.NONE,
    read_back=ReadBack.STRONG,
    network_delay=timedelta(seconds=5),
    read_back_lag=timedelta(seconds=1),
    replies=True,
)


def limits(**changes: Any) -> Limits:
    """Give the limits of a plain network, with *changes*."""
    return attrs.evolve(LIMITS, **changes)


def roster(accounts: Iterable[Account]) -> Roster:
    """Give a list of accounts, and of one person."""
    people = {"1": Person(number="1", name="佐賀 花子")}
    return Roster(people=people, accounts={account.id: account for account in accounts})


def vault(accounts: Iterable[Account], clock: PracticeClock | None = None) -> MemoryVault:
    """Give a vault with a token for each account."""
    made = MemoryVault(clock=clock)
    for account in accounts:
        secrets = {"token": Secret(f"token-{account.id}")}
        made.put(account, Credential(platform=account.platform, kind=CredentialKind.OTHER, secrets=secrets))
    return made


def programme(
    adapters: Mapping[str, Adapter], accounts: Iterable[Account], clock: PracticeClock | None, **parts: Any
) -> Program:
    """Open a programme of *accounts* whose waiting moves *clock*, where there is one; *parts* are given as they are."""
    accounts = list(accounts)
    given: dict[str, Any] = {
        "roster": roster(accounts),
        "adapters": adapters,
        "pack": PACK,
        "vault": vault(accounts, clock),
        "clock": clock,
    }
    if clock is not None:
        given["sleep"] = lambda seconds: clock.advance(timedelta(seconds=seconds))
    return Program(**given | parts)


def draft(text: str = "佐賀牛が売り切れました", **changes: Any) -> Draft:
    """Give a draft of the one person, under account `a` unless *changes* say so."""
    given: dict[str, Any] = {"author": "1", "text": text, "accounts": ["a"], **changes}
    return Draft(**given)


def unknown() -> OutcomeUnknown:
    """Give the end of an attempt of which nobody knows."""
    return OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)
