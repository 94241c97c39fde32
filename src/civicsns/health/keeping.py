"""What is wrong with accounts: credentials that do not work, profiles that lack something, what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from civicsns.accounts.inspection import Soundness
from civicsns.health.symptom import Level, Symptom
from civicsns.health.telling import NAMED, grouped
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.accounts.inspection import Look
    from civicsns.accounts.profile import Look as ProfileLook
    from civicsns.accounts.retirement import Task

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
