"""What became of a draft that was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from civicsns.model.delivery import Delivery, Receipt
    from civicsns.model.verdict import Verdict


@attrs.frozen(kw_only=True)
class Publication:
    """
    What became of one draft.

    Attributes:
        verdict: What the rules said.
        results: Each delivery as it stands, in the order of the draft's accounts; a thread has several.
    """

    verdict: Verdict
    results: tuple[Delivery, ...]

    @property
    def settled(self) -> bool:
        """
        Whether nothing is left to do by itself.

        Every delivery is delivered, failed, held or before a person, or a part of a thread behind one that is.
        """
        stopped: set[str] = set()
        for result in self.results:
            if result.waits_for_a_person or result.follows in stopped:
                stopped.add(result.id)
        return all(result.not_before is None or result.id in stopped for result in self.results)

    @property
    def delivered(self) -> tuple[Receipt, ...]:
        """The receipts of what went out."""
        return tuple(result.receipt for result in self.results if result.receipt is not None)


@attrs.frozen(kw_only=True)
class Correction:
    """
    What became of a correction 訂正.

    Attributes:
        publication: What became of the correcting draft; the edited posts where the originals were edited.
        originals: The posts that are corrected, as they stand now.
    """

    publication: Publication
    originals: tuple[Delivery, ...]
