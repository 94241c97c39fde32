"""What is wrong with accounts: credentials that do not work, profiles that lack something, what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from civicsns.accounts.inspection import Soundness
from civicsns.health.symptom import Level, Symptom
from civicsns.health.telling import NAMED, grouped
from civicsns.language import Bilingual
from civicsns.vault.refreshing import FORSAKEN, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from civicsns.accounts.inspection import Look
    from civicsns.accounts.profile import Look as ProfileLook
    from civicsns.accounts.retirement import Task
    from civicsns.model import Held

_CONNECT = Bilingual(
    "管理者を招待し、接続し直してもらってください: civicsns enrol invite",
    "Invite the steward, to connect it again: civicsns enrol invite",
)

_PASTE: Final = Bilingual(
    "貼り付ける文を本人に渡してください: civicsns accounts profiles --text",
    "Give its owner the text to put there: civicsns accounts profiles --text",
)


def credentials(looks: Sequence[Look]) -> Iterable[Symptom]:
    """Say which credentials did not work when they were last verified."""
    # An end that comes near is told from the credential itself.
    told = [look for look in looks if look.soundness not in {Soundness.GOOD, Soundness.EXPIRING}]
    for soundness, some in grouped(told, lambda look: look.soundness):
        first = some[0]
        assert first.why is not None, "what is not well says why"
        assert first.mend is not None, "and what to do"
        more = len(some) > 1
        yield Symptom(
            level=Level.BAD if soundness.grave > 1 else Level.ATTENTION,
            code=f"credential.{soundness}",
            what=Bilingual(
                f"{first.account}{f' ほか {len(some) - 1:,} 件' if more else ''}の認証情報: {first.why.ja}",
                f"The credential of {first.account}{f' and {len(some) - 1:,} more' if more else ''}: {first.why.en}",
            ),
            mend=first.mend,
            count=len(some),
            subjects=tuple(look.account for look in some[:NAMED]),
            since=min(look.at for look in some),
        )


def held(listed: Collection[str], all_: Sequence[Held], looks: Sequence[Look], *, now: datetime) -> Iterable[Symptom]:
    """
    Say which credentials are lost, and which will be, because nobody knows how the exchange of their tokens ended.

    Args:
        listed: The accounts on the list; of others, verifying tells.
        all_: What the vault has.
        looks: What verifying has found; what it tells is not told twice.
        now: The time.
    """
    told = {look.account for look in looks if look.soundness.grave > 1}
    ours = [one for one in all_ if one.account in listed and one.account not in told]
    for _, lost in grouped([(one.lost, one) for one in ours if one.lost is not None], lambda one: one[0].en):
        why, some = lost[0][0], [one for _, one in lost]
        yield Symptom(
            level=Level.BAD,
            code=f"credential.{Soundness.LOST}",
            what=Bilingual(f"{_named(some).ja}の認証情報: {why.ja}", f"The credential of {_named(some).en}: {why.en}"),
            mend=_CONNECT,
            count=len(some),
            subjects=tuple(one.account for one in some[:NAMED]),
        )
    doubtful = [one for one in ours if one.lost is None and one.begun_at and now - one.begun_at > FORSAKEN]
    if doubtful:
        ends = min((one.expires_at for one in doubtful if one.expires_at is not None), default=None)
        yield Symptom(
            level=Level.ATTENTION,
            code="credential.doubtful",
            what=Bilingual(
                f"{_named(doubtful).ja}: {UNKNOWN.ja}今のトークンは期限まで使います。",
                f"{_named(doubtful).en}: {UNKNOWN.en} The token of now is used until it ends.",
            ),
            mend=Bilingual(
                "期限までに、管理者を招待し、接続し直してもらってください: civicsns enrol invite",
                "Invite the steward to connect it again before that: civicsns enrol invite",
            ),
            count=len(doubtful),
            subjects=tuple(one.account for one in doubtful[:NAMED]),
            since=min(one.begun_at for one in doubtful if one.begun_at is not None),
            until=ends,
        )


def _named(some: Sequence[Held]) -> Bilingual:
    first, more = some[0].account, len(some) - 1
    return Bilingual(f"{first} ほか {more:,} 件", f"{first} and {more:,} more") if more else Bilingual(first, first)


def left(tasks: Sequence[Task]) -> Iterable[Symptom]:
    """Say what is left to do for accounts that were retired or handed over."""
    for kind, some in grouped(tasks, lambda task: task.kind):
        first = some[0]
        more = len(some) > 1
        yield Symptom(
            level=Level.ATTENTION,
            code=f"account.{kind}",
            what=Bilingual(
                f"{first.account}{f' ほか {len(some) - 1:,} 件' if more else ''}: {first.what.ja}",
                f"{first.account}{f' and {len(some) - 1:,} more' if more else ''}: {first.what.en}",
            ),
            mend=first.mend,
            count=len(some),
            subjects=tuple(task.account for task in some[:NAMED]),
            since=min((task.since for task in some if task.since is not None), default=None),
        )


def profiles(looks: Sequence[ProfileLook]) -> Iterable[Symptom]:
    """Say which profiles were not as they should be when they were last read."""
    for lack, some in grouped([(lack, look) for look in looks for lack in look.lacks], lambda pair: pair[0]):
        first = some[0][1]
        more = len(some) > 1
        yield Symptom(
            level=Level.ATTENTION,
            code=f"profile.{lack}",
            what=Bilingual(
                f"{first.account}{f' ほか {len(some) - 1:,} 件' if more else ''}のプロフィール: {lack.said.ja}",
                f"The profile of {first.account}{f' and {len(some) - 1:,} more' if more else ''}: {lack.said.en}",
            ),
            mend=first.mend or _PASTE,
            count=len(some),
            subjects=tuple(look.account for _, look in some[:NAMED]),
            since=min(look.at for _, look in some),
        )
