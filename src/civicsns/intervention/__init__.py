"""
What a person does by hand: decide, let go on, hold, withdraw, delete, correct, share.

Every hand is on record, with the person and the reason, in the same transaction as what it does.
The pure functions of `posting` decide what is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.intervention.corrections import Corrections
from civicsns.intervention.hand import Hand
from civicsns.intervention.handoffs import Handoffs
from civicsns.intervention.holds import Holds
from civicsns.intervention.published import Published
from civicsns.intervention.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.model import Account, Credential, Draft, Rendition
    from civicsns.ports import Adapter
    from civicsns.posting.outcome import Bounds
    from civicsns.posting.plan import Tie
    from civicsns.publishing import Publishing

__all__ = ["Corrections", "Hand", "Handoffs", "Holds", "Interventions", "Published", "Waiting"]


class Interventions:
    """
    A person's hands on a programme.

    Args:
        hand: Puts steps on record.
        publishing: Publishes what corrects.
        adapter: Gives the adapter of a network.
        account: Looks up an account, and raises `BadInput` where there is none.
        accounts: Gives the accounts of the programme.
        credential: Opens the credential for a post.
        chains: Makes what goes out under each account of a draft, tied to what it corrects.
        bounds: How long things may last.

    Attributes:
        holds: What is on hold.
        waiting: What is not out, or not known to be.
        published: What is out.
        corrections: What is put right.
        handoffs: What people share by hand.
    """

    def __init__(
        self,
        hand: Hand,
        *,
        publishing: Publishing,
        adapter: Callable[[str], Adapter],
        account: Callable[[str], Account],
        accounts: Callable[[], Sequence[Account]],
        credential: Callable[[Rendition], Credential],
        chains: Callable[[Draft, Tie], Sequence[Sequence[Rendition]]],
        bounds: Bounds,
    ) -> None:
        self.holds = Holds(hand, accounts=accounts)
        self.waiting = Waiting(hand, holds=self.holds, adapter=adapter, bounds=bounds)
        self.published = Published(hand, waiting=self.waiting, adapter=adapter, credential=credential)
        self.corrections = Corrections(
            hand,
            holds=self.holds,
            published=self.published,
            publishing=publishing,
            chains=chains,
            adapter=adapter,
        )
        self.handoffs = Handoffs(hand, publishing=publishing, account=account, adapter=adapter)
