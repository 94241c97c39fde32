"""Names 氏名: when two of them are easily taken for each other."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from civicsns.text.oldforms import MODERN

#: Forms of letters in names that the table of old forms does not have; the letters themselves are nobody's mistake.
_RARE: Final = dict(
    zip("髙﨑嵜碕邉濵嶋嶌德槗𣘺𠮷淸增冨舘峯栁瀨廣斉", "高崎崎崎辺浜島島徳橋橋吉清増富館峰柳瀬広斎", strict=True)
)
_VARIANTS: Final = str.maketrans({**MODERN, **_RARE})
_BETWEEN: Final = re.compile("[\\W_\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def skeleton(name: str) -> str:
    """
    Give what is left of a name without spaces, width, variation selectors, and old or rare forms of its letters 異体字.

    Two names of one skeleton are easily taken for each other. It is for comparing; people are called as they write
    themselves.
    """
    plain = unicodedata.normalize("NFKC", name).translate(_VARIANTS)
    return _BETWEEN.sub("", plain).casefold()
