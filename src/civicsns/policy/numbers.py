"""
Numbers that stand for a person 番号: how they are written, and how they tell themselves from other numbers.

A number is a run of digits, with or without something between them. What it can be is told by its length, by where
it is broken into groups, by its first digits, and by its check digit. One random number in ten passes a check digit, so
that alone is never proof.
"""

from __future__ import annotations

import re
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import attrs

from civicsns.policy.areacodes import AREA_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Likeness(IntEnum):
    """How sure the digits alone make us."""

    #: It cannot be one.
    NONE = 0
    #: Its length would fit.
    SHAPE = 1
    #: Its check digit or its first digits fit too.
    LIKELY = 2
    #: So does the way in which it is written.
    SURE = 3


#: Where a number begins and ends, its digits, and how sure they make us.
Judged: TypeAlias = tuple[int, int, str, Likeness]


class Run:
    """
    Digits in a row, with whatever is between them; taken apart only when somebody looks.

    Args:
        text: The text that it stands in.
        start: Its first digit.
        end: One past its last.

    Attributes:
        size: How many digits it has.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self.size = len(_BREAKS.sub("", text[start:end]))
        self._judged: dict[Validator, list[Judged]] = {}

    def judged(self, validator: Validator) -> list[Judged]:
        """Give what may be a number of one kind: both ends, its digits, and how sure they make us; several rules ask."""
        judged = self._judged.get(validator)
        if judged is None:
            judged = self._judged[validator] = [
                (start, end, number.digits, likeness)
                for start, end, number in numbers(self, validator.lengths)
                if (likeness := validator.judge(number))
            ]
        return judged

    @property
    def parts(self) -> tuple[Sequence[tuple[int, int]], Sequence[str], Sequence[str]]:
        """Where each group of digits begins and ends in the text; the groups; what stands between one and the next."""
        text = self._text
        spans = [group.span() for group in _GROUP.finditer(text, self._start, self._end)]
        return (
            spans,
            [text[start:end] for start, end in spans],
            [text[before[1] : after[0]] for before, after in pairwise(spans)],
        )

    @property
    def international(self) -> bool:
        """Whether a plus sign stands before it."""
        return self._text.endswith("+", 0, self._start)


@attrs.frozen
class Number:
    """
    A stretch of a run that may be one number.

    Attributes:
        digits: Its digits.
        groups: How many digits are in each of its groups.
        breaks: What stands between the groups.
        whole: Whether it is all of the run.
        international: Whether a plus sign stands before it.
    """

    digits: str = attrs.field(repr=False)
    groups: tuple[int, ...]
    breaks: tuple[str, ...]
    whole: bool
    international: bool

    @property
    def unbroken(self) -> bool:
        """Whether nothing stands between the digits, or the same between any two."""
        return len(self.groups) == 1 or (self.whole and max(self.groups) == 1)

    @property
    def even(self) -> bool:
        """Whether the same stands between all groups."""
        return len(set(self.breaks)) <= 1


class Validator(NamedTuple):
    """
    Tells one kind of number.

    Attributes:
        lengths: How many digits it can have.
        judge: How sure the digits make us.
    """

    lengths: range
    judge: Callable[[Number], Likeness]


# A break is at most three characters: "(0465) 83 - 1234". の is how a number is read out.
_BREAK = r"[ \t\n\-ー_.·・/()\[\]~,、の]"
_RUN = re.compile(rf"[0-9](?:{_BREAK}{{0,3}}[0-9]){{6,}}")
_GROUP = re.compile(r"[0-9]+")
_BREAKS = re.compile(r"[^0-9]+")
# What is counted or paid is no number of a person.
_COUNTED = re.compile(
    r"(?:[十百千万億兆])?(?:円|人|名|件|個|枚|台|冊|票|世帯|トン|㎡|平方|キロ|km|kg|m2|%|ドル)|[,.][0-9]"
)
# Between two numbers stands rather this than what stands between their groups.
_APART = frozenset(" \t\n,、/()[]")


def runs(text: str, places: Iterable[tuple[int, int]] | None = None) -> tuple[Run, ...]:
    """
    Give the runs of seven or more digits in *text*, in which every digit is one of 0 to 9.

    Args:
        text: The text.
        places: Where they are, and nowhere else, if that is known (`civicsns.text.numerals.stretches`).
    """
    return tuple(_runs(text, [(0, len(text))] if places is None else places))


def _runs(text: str, places: Iterable[tuple[int, int]]) -> Iterator[Run]:
    for begin, stop in places:
        for found in _RUN.finditer(text, begin, stop):
            if not _COUNTED.match(text, found.end()) and not _thousands(found.group()):
                yield Run(text, *found.span())


_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,、][0-9]{3})+")


def _thousands(run: str) -> bool:
    return _THOUSANDS.fullmatch(run) is not None


def numbers(run: Run, lengths: range) -> Iterator[tuple[int, int, Number]]:
    """Give the stretches of *run* that have as many digits as *lengths* allows, with the places of both ends."""
    if run.size < lengths.start:
        return
    spans, groups, breaks = run.parts
    sizes = [len(group) for group in groups]
    last = len(sizes) - 1
    for first in range(len(sizes)):
        before = breaks[first - 1] if first else None
        if before is not None and not _APART.issuperset(before):
            continue
        # What stands before a number does not stand in it.
        furthest = first if first < last and before == breaks[first] else last
        total = 0
        for at in range(first, furthest + 1):
            total += sizes[at]
            if total >= lengths.stop:
                break
            if total in lengths and _bounded(breaks, first, at):
                number = Number(
                    "".join(groups[first : at + 1]),
                    tuple(sizes[first : at + 1]),
                    tuple(breaks[first:at]),
                    first == 0 and at == last,
                    run.international and first == 0,
                )
                yield spans[first][0], spans[at][1], number


def _bounded(breaks: Sequence[str], first: int, last: int) -> bool:
    """Whether the groups belong together more than to their neighbours."""
    if not first and last == len(breaks):
        return True
    inner = breaks[first:last]
    return all(
        _APART.issuperset(outer) and outer not in inner
        for outer in (*breaks[first - 1 : first], *breaks[last : last + 1])
    )


def is_my_number(digits: str) -> bool:
    """
    Tell whether twelve digits pass the check digit of an individual number 個人番号.

    Weights 2 to 7 from the right for the first six digits before the check digit, then 2 to 6; the check digit is 11
    less the remainder by 11, and 0 for a remainder of 0 or 1.
    Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード並びに
    情報提供ネットワークシステムによる特定個人情報の提供等に関する省令（平成26年総務省令第85号）5条.
    """
    return _modulo_11(digits)


def is_resident_code(digits: str) -> bool:
    """
    Tell whether eleven digits pass the check digit of a resident-register code 住民票コード.

    Ten digits and a check digit that is reckoned like that of the individual number, which is derived from it.
    Source: 住民基本台帳法施行規則（平成11年自治省令第35号）1条.
    """
    return _modulo_11(digits)


def _modulo_11(digits: str) -> bool:
    *body, check = (int(digit) for digit in digits)
    weighted = sum(
        digit * (place + 1 if place <= 6 else place - 5) for place, digit in enumerate(reversed(body), start=1)
    )
    remainder = weighted % 11
    return check == (0 if remainder <= 1 else 11 - remainder)


def is_corporate_number(digits: str) -> bool:
    """
    Tell whether thirteen digits pass the check digit of a corporate number 法人番号, which anybody may publish.

    The first digit is 9 less the remainder by 9 of the others, weighted 1 and 2 in turn from the right.
    Source: 法人番号の指定等に関する省令（平成26年財務省令第70号）2条.
    """
    check, *body = (int(digit) for digit in digits)
    return check == 9 - sum(digit * (1 + place % 2) for place, digit in enumerate(reversed(body))) % 9


def is_luhn(digits: str) -> bool:
    """Tell whether digits pass the check digit of a payment card. Source: ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


#: How an individual number is broken into groups, where it is. The card shows four and four and four.
_MY_NUMBER_GROUPS = frozenset({(4, 4, 4), (3, 3, 3, 3)})


def _my_number(number: Number) -> Likeness:
    grouped = number.groups in _MY_NUMBER_GROUPS
    if not grouped and not number.unbroken:
        # Six pairs may be ages or days; only a word before them makes them a number.
        return Likeness.SHAPE if number.even else Likeness.NONE
    if not is_my_number(number.digits):
        return Likeness.SHAPE
    return Likeness.SURE if grouped or len(number.groups) > 1 else Likeness.LIKELY


def _resident_code(number: Number) -> Likeness:
    if number.groups != (4, 4, 3) and not number.unbroken:
        return Likeness.NONE
    return Likeness.LIKELY if is_resident_code(number.digits) else Likeness.SHAPE


#: Prefixes of the payment cards used in Japan, and their lengths. Source: ISO/IEC 7812, the schemes' own pages.
_CARD = re.compile(
    r"4\d{15}"
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}"
    r"|62\d{14}"
)
_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (8, 8)})


def _card(number: Number) -> Likeness:
    if not _CARD.fullmatch(number.digits) or not is_luhn(number.digits):
        return Likeness.NONE
    return Likeness.SURE if number.groups in _CARD_GROUPS or number.unbroken else Likeness.NONE


#: 携帯電話 060, 070, 080, 090; IP電話 050. Source: 電気通信番号計画（令和元年総務省告示第6号）, 060 since its change of 2024.
_PERSONAL = re.compile(r"0[5-9]0[1-9]\d{7}")
_PERSONAL_GROUPS = frozenset({(3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (3, 2, 2, 2, 2), (3, 4, 2, 2)})


def _phone(number: Number) -> Likeness:
    """A mobile telephone is SURE, an IP or fixed one LIKELY: as a rule it is an office's; 0120 and its like are none."""
    if number.international:
        return _abroad(number)
    if _PERSONAL.fullmatch(number.digits):
        fits = number.groups in _PERSONAL_GROUPS or number.unbroken or (number.whole and number.even)
        # IP telephones are used by call centres as much as by persons.
        sure = Likeness.LIKELY if number.digits.startswith("050") else Likeness.SURE
        return sure if fits else Likeness.NONE
    if len(number.digits) != 10 or not number.digits.startswith("0"):
        return Likeness.NONE
    if number.unbroken:
        areas = [number.digits[:size] for size in range(2, 6)]
        return Likeness.LIKELY if not AREA_CODES.isdisjoint(areas) else Likeness.NONE
    area = number.digits[: number.groups[0]]
    fits = area in AREA_CODES and number.groups[1:] in {(6 - len(area), 4), (10 - len(area),)}
    return Likeness.LIKELY if fits else Likeness.NONE


def _abroad(number: Number) -> Likeness:
    if not number.digits.startswith("81"):
        return Likeness.NONE
    national = "0" + number.digits[2:].removeprefix("0")
    if _PERSONAL.fullmatch(national):
        return Likeness.SURE
    return Likeness.LIKELY if len(national) == 10 else Likeness.NONE


def _pension(number: Number) -> Likeness:
    if number.groups == (4, 6):
        return Likeness.LIKELY
    return Likeness.SHAPE if number.unbroken else Likeness.NONE


def _any(number: Number) -> Likeness:
    return Likeness.LIKELY if number.unbroken or number.even else Likeness.NONE


_VALIDATORS: dict[str, Validator] = {
    "jp.mynumber": Validator(range(12, 13), _my_number),
    "jp.residentcode": Validator(range(11, 12), _resident_code),
    "jp.phone": Validator(range(10, 14), _phone),
    "jp.pension": Validator(range(10, 11), _pension),
    "card": Validator(range(14, 17), _card),
}
_DIGITS = re.compile(r"digits:(\d{1,2})(?:-(\d{1,2}))?")
NAMES = (*_VALIDATORS, "digits:N", "digits:N-M")


def validator(name: str) -> Validator:
    """
    Give a validator by its name; `digits:8` and `digits:8-12` are any numbers of so many digits.

    Raises:
        KeyError: There is none of that name.
    """
    if bare := _DIGITS.fullmatch(name):
        least, most = int(bare[1]), int(bare[2] or bare[1])
        return Validator(range(least, most + 1), _any)
    return _VALIDATORS[name]
