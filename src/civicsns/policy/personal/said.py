"""What a person's own rules say, to that person alone."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from civicsns.language import Bilingual


class Own(StrEnum):
    """Which of a person's own rules spoke."""

    QUIET_HOURS = "quiet_hours"
    DRINKING = "drinking"
    COOL_OFF = "cool_off"
    WORD = "word"
    #: A calendar could not be read; that stops nothing.
    UNREAD = "unread"


class Shut:
    """A value that tells nothing of itself to whoever prints, pickles, copies or logs it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        msg = f"{type(self).__name__} is a person's own business, and is not copied"
        raise TypeError(msg)


class Said(Shut):
    """
    What a person's own rule says, to that person.

    Attributes:
        own: Which rule.
        stops: Whether it stops the post, until the person says otherwise.
        until: When it ends by itself; None where it does not.
    """

    __slots__ = ("_words", "own", "stops", "until")

    def __init__(self, own: Own, words: Bilingual, *, stops: bool = True, until: datetime | None = None) -> None:
        self.own = own
        self.stops = stops
        self.until = until
        self._words = words

    def tell(self) -> Bilingual:
        """Give the words, for the person's own eyes: never to be kept, logged or sent anywhere."""
        return self._words


def stopping(said: Iterable[Said]) -> tuple[Said, ...]:
    """Give those that stop a post."""
    return tuple(one for one in said if one.stops)
