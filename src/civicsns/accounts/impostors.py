"""
Look-alikes なりすましのおそれ: accounts that somebody could take for the city's own.

Likeness is told with its reasons and accuses nobody: a person looks, and decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.names import skeleton
from civicsns.language import Bilingual
from civicsns.text import folding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from civicsns.model import Account

#: A shorter handle is near to too many.
_SHORTEST: Final = 5
#: Letters that are easily taken for each other in the type of screens (cf. UTS #39, confusables).
_SHAPES: Final = str.maketrans("015i8", "olslb")
_ADDED: Final = re.compile(
    r"(?:\d|official|officiel|koushiki|kousiki|kohshiki|real|the|info|news|support|help|jp|japan|city|account|pr|sns"
    r"|公式|アカウント|サポート)+"
)


class Reason(StrEnum):
    """Why an account looks like one of the city's."""

    TAKEN = "taken"
    CLOSED = "closed"
    ELSEWHERE = "elsewhere"
    SHAPE = "shape"
    ADDED = "added"
    NEAR = "near"
    NAME = "name"

    @property
    def said(self) -> Bilingual:
        """The reason in words."""
        return _REASONS[self]


_REASONS: Final = {
    Reason.TAKEN: Bilingual(
        "市のアカウントと同じユーザー名で、ネットワークの ID が違います。",
        "It has the handle of an account of the city, and another id on the network.",
    ),
    Reason.CLOSED: Bilingual(
        "市が閉鎖したアカウントのユーザー名です。", "It has the handle of an account that the city has closed."
    ),
    Reason.ELSEWHERE: Bilingual(
        "市が別の媒体で使っているユーザー名です。", "It has a handle that the city uses on another network."
    ),
    Reason.SHAPE: Bilingual(
        "市のユーザー名と、形の似た文字や区切りだけが違います。",
        "It differs from a handle of the city in separators and letters of similar shape alone.",
    ),
    Reason.ADDED: Bilingual(
        "市のユーザー名に、数字や「公式」などの語が付いています。",
        "It is a handle of the city with digits or words such as official added.",
    ),
    Reason.NEAR: Bilingual("市のユーザー名と 1 文字だけ違います。", "It is one letter away from a handle of the city."),
    Reason.NAME: Bilingual("名前に市の名前があります。", "The city's name is in its name."),
}


@attrs.frozen(kw_only=True)
class Candidate:
    """
    An account that somebody has come across.

    Attributes:
        platform: The network.
        handle: The name on the network, without `@`; empty where it is not known.
        name: The name as it is shown; empty where it is not known.
        network_id: The network's id; empty where it is not known.
    """

    platform: str
    handle: str = ""
    name: str = ""
    network_id: str = ""


@attrs.frozen(kw_only=True)
class Likeness:
    """
    What is alike.

    Attributes:
        candidate: What somebody has come across.
        reason: In what way.
        account: The id of the account of ours; empty where it is the city's name.
    """

    candidate: Candidate
    reason: Reason
    account: str = ""


def alike(
    candidates: Iterable[Candidate], accounts: Sequence[Account], *, names: Iterable[str], day: date
) -> list[Likeness]:
    """
    Tell which candidates look like accounts of ours, and why; each reason once for each account.

    Args:
        candidates: What somebody has come across.
        accounts: Ours, those that were closed included.
        names: What the city is called.
        day: The day: what was closed by then is no longer ours.
    """
    known = _Known(accounts, day=day)
    called = [one for one in map(_name, names) if len(one) > 1]
    found: dict[Likeness, None] = {}
    for candidate in candidates:
        if known.ours(candidate):
            continue
        for reason, account in known.like(candidate):
            found.setdefault(Likeness(candidate=candidate, reason=reason, account=account))
        written = _name(candidate.name)
        if any(one in written for one in called):
            found.setdefault(Likeness(candidate=candidate, reason=Reason.NAME))
    return list(found)


class _Known:
    """Our handles, found by what they look like; it takes no comparison of each with each."""

    def __init__(self, accounts: Sequence[Account], *, day: date) -> None:
        self._open = [one for one in accounts if one.closed is None or one.closed > day]
        self._ids = {(one.platform, one.network_id) for one in self._open if one.network_id}
        self._exact: dict[str, list[Account]] = defaultdict(list)
        self._plain: dict[str, list[Account]] = defaultdict(list)
        self._shape: dict[str, list[Account]] = defaultdict(list)
        self._less: dict[str, list[Account]] = defaultdict(list)
        self._running = {one.id for one in self._open}
        for account in accounts:
            if not account.handle:
                continue
            plain = _plain(account.handle)
            self._exact[_written(account.handle)].append(account)
            self._plain[plain].append(account)
            self._shape[_shape(plain)].append(account)
            for less in _shortened(plain):
                self._less[less].append(account)

    def ours(self, candidate: Candidate) -> bool:
        """Whether it is an account of ours that is open."""
        if candidate.network_id and (candidate.platform, candidate.network_id) in self._ids:
            return True
        return any(
            one.id in self._running
            and one.platform == candidate.platform
            and not (one.network_id and candidate.network_id)
            for one in self._exact.get(_written(candidate.handle), ())
        )

    def like(self, candidate: Candidate) -> Iterator[tuple[Reason, str]]:
        """Give our accounts that its handle looks like, each for the strongest reason."""
        if not candidate.handle:
            return
        plain = _plain(candidate.handle)
        told: set[str] = set()
        for reason, accounts in (
            (None, self._exact.get(_written(candidate.handle), ())),
            (Reason.SHAPE, self._shape.get(_shape(plain), ())),
            (Reason.ADDED, self._added(plain)),
            (Reason.NEAR, self._near(plain)),
        ):
            for account in accounts:
                if account.id not in told:
                    told.add(account.id)
                    yield reason or self._same(candidate, account), account.id

    def _same(self, candidate: Candidate, account: Account) -> Reason:
        if account.platform != candidate.platform:
            return Reason.ELSEWHERE
        return Reason.TAKEN if account.id in self._running else Reason.CLOSED

    def _added(self, plain: str) -> Iterator[Account]:
        for place in range(1, len(plain)):
            head, tail = plain[:place], plain[place:]
            if len(head) > 2 and head in self._plain and _ADDED.fullmatch(tail):
                yield from self._plain[head]
            if len(tail) > 2 and tail in self._plain and _ADDED.fullmatch(head):
                yield from self._plain[tail]

    def _near(self, plain: str) -> Iterator[Account]:
        for less in _shortened(plain):
            for account in self._less.get(less, ()):
                if _one_away(plain, _plain(account.handle)):
                    yield account


def _written(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()


def _plain(handle: str) -> str:
    """Give a handle without separators, width, case and letters of other scripts that look like ours."""
    return re.sub(r"[\W_]+", "", folding.folded_term(_written(handle)))


def _name(name: str) -> str:
    return skeleton(folding.folded_term(name))


def _shape(plain: str) -> str:
    return plain.translate(_SHAPES).replace("rn", "m").replace("vv", "w")


def _shortened(plain: str) -> Iterable[str]:
    """Give a handle, and what is left of it without one of its letters: what is one letter away shares one of these."""
    if len(plain) < _SHORTEST:
        return ()
    return dict.fromkeys([plain, *(plain[:place] + plain[place + 1 :] for place in range(len(plain)))])


def _one_away(one: str, other: str) -> bool:
    """Whether a letter was added, left out or changed, or two neighbours have changed places."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[same:], other[same:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])
    return a[1:] == b or a == b[1:]
