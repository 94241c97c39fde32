"""Names that are easily taken for each other."""

from __future__ import annotations

import pytest

from civicsns.accounts import names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("髙橋 邊", "高橋　辺", True),
        ("辻\U000e0100 太郎", "辻太郎", True),
        ("ﾔﾏﾀﾞ", "ヤマダ", True),
        ("神\ufa19", "神神", True),
        ("佐賀 花子", "佐賀 華子", False),
        ("斉藤", "斎藤", True),
    ],
)
def test_skeletons(one: str, other: str, same: bool):
    """
    Names that differ by spaces, width and forms of letters alone have one skeleton.
    """
    assert same == (names.skeleton(one) == names.skeleton(other))
