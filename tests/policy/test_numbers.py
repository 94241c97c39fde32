"""Numbers of persons: their check digits, how they are written, and which numbers are innocent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_packs import draft, policy

from civicsns.model import Context, Finding
from civicsns.policy.areacodes import AREA_CODES
from civicsns.policy.engine import Policy
from civicsns.policy.numbers import (
    Likeness,
    is_corporate_number,
    is_luhn,
    is_my_number,
    is_resident_code,
    numbers,
    runs,
    validator,
)

_ANY = Context()
_MY_NUMBER = policy(
    {
        "kind": "number",
        "validator": "jp.mynumber",
        "label": ["マイナンバー", "個人番号"],
        "context": ["本人の番号"],
        "none": ["受付番号"],
    }
)
_PHONE = policy({"kind": "number", "validator": "jp.phone", "context": ["自宅"], "allow_list": "official_phones"})
_CARD = policy({"kind": "number", "validator": "card"})


def _found(rules: Policy, text: str) -> list[str]:
    spans = [one.span for one in rules.check(draft(text), _ANY) if isinstance(one, Finding)]
    return [text[span.start : span.end] for span in spans if span]


def _my_number(body: str) -> str:
    return next(body + check for check in "0123456789" if is_my_number(body + check))


@pytest.mark.parametrize("place", range(12))
def test_a_slip_in_one_digit_of_a_my_number_is_noticed(place: int) -> None:
    """The check digit of 1234 5678 901 is 8; with another digit anywhere it seldom fits."""
    right = "123456789018"
    others = [right[:place] + digit + right[place + 1 :] for digit in "0123456789" if digit != right[place]]

    assert is_my_number(right)
    assert sum(map(is_my_number, others)) <= 1


def test_other_check_digits() -> None:
    """The tax agency's own corporate number, a test card of Visa's and a resident code pass; neighbours do not."""
    assert is_corporate_number("7000012050002")
    assert not is_corporate_number("7000012050012")
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")
    assert is_resident_code("12345678903")
    assert not is_resident_code("12345678901")


def test_area_codes_are_those_of_fixed_telephones() -> None:
    """The list has Tokyo, Odawara and the Ogasawara islands, and no code of mobile or free telephones."""
    assert {"03", "0465", "04998"} <= AREA_CODES
    assert AREA_CODES.isdisjoint({"090", "080", "070", "050", "0120", "0800", "0570"})
    assert {2, 3, 4, 5} == {len(code) for code in AREA_CODES}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("個人番号は123456789018です", ["123456789018"]),
        ("１２３４−５６７８−９０１８", ["１２３４−５６７８−９０１８"]),
        ("1234 5678 9018 と 9876 5432 1093", ["1234 5678 9018", "9876 5432 1093"]),
        ("九八七六 五四三二 一〇九三", ["九八七六 五四三二 一〇九三"]),
        ("本人の番号 123456789018", ["123456789018"]),
        ("123456789018（個人番号）", ["123456789018"]),
        ("1 2 3 4 5 6 7 8 9 0 1 8", ["1 2 3 4 5 6 7 8 9 0 1 8"]),
        # A label outweighs a check digit that does not fit: somebody mistyped it.
        ("マイナンバー：123456789011", ["123456789011"]),
        # Twelve digits that would pass, and nothing that says what they are.
        ("123456789018です", []),
        ("受付番号は1234-5678-9018です", []),
        ("マイナンバーカードの受付番号は123456789018です", []),
        ("123,456,789,018円", []),
        ("123456789018円", []),
        ("20・30・40・50・60・70歳", []),
        # Part of a longer number.
        ("1234-5678-9018-1234", []),
        ("A1234-5678-90180", []),
    ],
)
def test_my_numbers_are_told_by_grouping_or_context(text: str, found: list[str]) -> None:
    """A My Number needs its check digit and a grouping or a word; a nearer innocent word speaks against it."""
    assert found == _found(_MY_NUMBER, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("090-1234-5678", ["090-1234-5678"]),
        ("０８０ー１２３４ー５６７８", ["０８０ー１２３４ー５６７８"]),
        ("〇七〇 一二三四 五六七八", ["〇七〇 一二三四 五六七八"]),
        ("090(1234)5678", ["090(1234)5678"]),
        ("+81 90-1234-5678", ["+81 90-1234-5678"]),
        ("自宅 050-1234-5678", ["050-1234-5678"]),
        ("050-1234-5678", []),
        ("10/3 090-1234-5678", ["090-1234-5678"]),
        ("自宅 0465-83-1234", ["0465-83-1234"]),
        ("自宅 (0465)83-1234", ["(0465)83-1234"]),
        ("自宅 0465831234", ["0465831234"]),
        # An office's, as far as one can tell.
        ("0465-83-1234", []),
        # No area code is 0400, and 046-58 is no grouping of Odawara's.
        ("自宅 0400-83-1234", []),
        ("自宅 0465-8-31234", []),
        ("自宅 0120-123-456", []),
        ("0800-123-4567、0570-012-345", []),
        ("119番、#7119、189", []),
        # Grouped otherwise, to mislead.
        ("0901-23-45678", ["0901-23-45678"]),
    ],
)
def test_telephones_are_told_by_the_numbering_plan(text: str, found: list[str]) -> None:
    """Mobile telephones are persons', IP and fixed ones only beside a word; free ones are nobody's."""
    assert found == _found(_PHONE, text)


def test_the_citys_own_numbers_may_be_given() -> None:
    """A number on the city's list is not found, however the list writes it."""
    rules = policy(
        {"kind": "number", "validator": "jp.phone", "allow_list": "official_phones"},
        lists={"official_phones": ["090 9999 0000", "０９０−９９９９−８８８８"]},
    )

    assert ["090-1234-5678"] == _found(rules, "090-9999-0000 090-9999-8888 090-1234-5678")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("3782-822463-10005", ["3782-822463-10005"]),
        ("5105105105105100", ["5105105105105100"]),
        ("4111 1111 1111 1112", []),
        # No scheme issues cards that begin with 9.
        ("9111 1111 1111 1111", []),
        ("2026 0403 2026 0405", []),
        ("法人番号7000012050002", []),
    ],
)
def test_cards_are_told_by_prefix_grouping_and_check_digit(text: str, found: list[str]) -> None:
    """Luhn's formula alone would find dates and receipt numbers."""
    assert found == _found(_CARD, text)


@given(
    body=st.text("0123456789", min_size=11, max_size=11),
    between=st.sampled_from(["-", " ", "ー", "・", ".", "−", "　"]),
    before=st.sampled_from(["", "こちら ", "番号:"]),
)
def test_a_grouped_my_number_is_found_whatever_stands_between(body: str, between: str, before: str) -> None:
    """Each My Number in groups of four is found, exactly from its first to its last digit."""
    number = _my_number(body)
    written = between.join((number[:4], number[4:8], number[8:]))

    assert [written] == _found(_MY_NUMBER, f"{before}{written} です")


@given(st.text("0123456789- 、.()", max_size=60))
def test_every_stretch_lies_in_its_run(text: str) -> None:
    """Whatever the digits, a number's places give back its digits, and it is as long as asked for."""
    for run in runs(text):
        for start, end, number in numbers(run, range(7, 17)):
            assert number.digits == "".join(filter(str.isdecimal, text[start:end]))
            assert 7 <= len(number.digits) <= 16
            assert validator("digits:7-16").judge(number) in Likeness


def test_an_unknown_validator_is_no_validator() -> None:
    """A name that does not exist is an error, not a rule that finds nothing."""
    with pytest.raises(KeyError):
        validator("jp.unknown")
