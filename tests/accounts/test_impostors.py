"""Look-alikes of the city's own accounts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.accounts.impostors import Candidate, Reason, _one_away, _shortened, alike
from civicsns.model import Account

DAY = date(2026, 11, 23)
OURS = (
    Account(id="x:kanko", platform="x", handle="Takeo_Kanko", network_id="11"),
    Account(id="x:morning", platform="x", handle="takeo_morning"),
    Account(id="x:old", platform="x", handle="takeo_zeimu", network_id="12", closed=date(2026, 4, 1)),
    Account(id="facebook:toshokan", platform="facebook", handle="takeo.library", network_id="21"),
)


def told(handle: str = "", *, platform: str = "x", name: str = "", network_id: str = "") -> list[tuple[str, str]]:
    candidate = Candidate(platform=platform, handle=handle, name=name, network_id=network_id)
    return [
        (one.reason.value, one.account) for one in alike([candidate], OURS, names=["武雄市", "Takeo City"], day=DAY)
    ]


@pytest.mark.parametrize(
    ("handle", "more", "expected"),
    [
        # Ours.
        ("takeo_kanko", {}, []),
        ("@TAKEO_KANKO", {"network_id": "11"}, []),
        ("renamed_by_us", {"network_id": "11", "name": "武雄市観光課"}, []),
        ("takeo_morning", {"network_id": "99"}, []),
        # The same, and not ours.
        ("takeo_kanko", {"network_id": "99"}, [("taken", "x:kanko")]),
        ("takeo_zeimu", {}, [("closed", "x:old")]),
        ("takeo_zeimu", {"network_id": "12"}, [("closed", "x:old")]),
        ("takeo_kanko", {"platform": "facebook"}, [("elsewhere", "x:kanko")]),
        # Of the same shape.
        ("takeokanko", {}, [("shape", "x:kanko")]),
        ("takeo__kanko", {}, [("shape", "x:kanko")]),
        ("take0_kank0", {}, [("shape", "x:kanko")]),
        ("takeo_rnorning", {}, [("shape", "x:morning")]),
        # With a Cyrillic letter.
        ("t\u0430keo_kanko", {}, [("shape", "x:kanko")]),
        ("takeo_kanko.", {}, [("shape", "x:kanko")]),
        ("takeo.1ibrary", {"platform": "facebook"}, [("shape", "facebook:toshokan")]),
        # With something added.
        ("takeo_kanko_official", {}, [("added", "x:kanko")]),
        ("real_takeo_kanko", {}, [("added", "x:kanko")]),
        ("takeo_kanko2026", {}, [("added", "x:kanko")]),
        ("takeo_kanko_fans", {}, []),
        # One letter away.
        ("takeo_kankoo", {}, [("near", "x:kanko")]),
        ("takeo_kako", {}, [("near", "x:kanko")]),
        ("takeo_kamko", {}, [("near", "x:kanko")]),
        ("takeo_knako", {}, [("near", "x:kanko")]),
        ("takeo_kano", {}, [("near", "x:kanko")]),
        ("takeo_kakon", {}, []),
        ("ureshino_kanko", {}, []),
        ("", {}, []),
    ],
)
def test_handles(handle, more, expected):
    """
    Each likeness has one reason, the strongest; what is ours, or another's in more than a letter, is not told.
    """
    assert expected == told(handle, **more)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("武雄市観光課【公式】", ["name"]),
        ("武 雄 市", ["name"]),
        ("武雄市", ["name"]),
        ("TAKEO  CITY 📢", ["name"]),
        ("嬉野市", []),
        ("", []),
    ],
)
def test_names(name, expected):
    """
    The city's name in a name is told, however it is spaced, and whatever the handle.
    """
    assert expected == [reason for reason, _ in told("abc", name=name)]


def test_every_reason_is_in_words():
    """
    In both languages.
    """
    assert all(reason.said.ja and reason.said.en for reason in Reason)


def _distance(one: str, other: str) -> int:
    """Count changes as the textbook does (optimal string alignment)."""
    rows = [[i + j if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


short = st.text("abc", min_size=5, max_size=8)


@given(short, short)
def test_one_letter_away_is_what_the_textbook_says(one, other):
    """
    And what is one letter away shares a shortened form, by which it is found.
    """
    near = _distance(one, other) == 1

    assert near == _one_away(one, other)
    assert not near or set(_shortened(one)) & set(_shortened(other))
