"""What of transfers 人事異動 waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.health.symptom import Level, Symptom
from civicsns.health.telling import NAMED
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.accounts.lifecycle import Notice


def stopped_transfers(notices: Sequence[Notice]) -> Iterable[Symptom]:
    """Say what has come due and is so much at once that a person has to look at it."""
    for one in notices:
        yield Symptom(
            level=Level.ATTENTION,
            code=f"lifecycle.{one.kind}",
            what=Bilingual(
                f"予定や任期末による変更が止まっています。{one.what.ja}",
                f"What has come due is not put into effect: {one.what.en}",
            ),
            mend=Bilingual(
                f"civicsns accounts plan --due で見て、civicsns accounts apply --due で適用してください。{one.mend.ja}",
                f"Look at it (civicsns accounts plan --due), and apply it (civicsns accounts apply --due). {one.mend.en}",
            ),
            count=len(one.about),
            subjects=tuple(one.about[:NAMED]),
        )
