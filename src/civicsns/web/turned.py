"""A request that is turned away, and what its sender is told."""

from __future__ import annotations


class Turned(Exception):  # noqa: N818 -- an answer that happens to be raised
    """
    An answer that ends a request.

    Attributes:
        what: The name of the sentence that says what happened.
        mend: The name of the sentence that says what to do.
        status: The HTTP status.
    """

    def __init__(self, what: str, *, mend: str, status: int) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.status = status
