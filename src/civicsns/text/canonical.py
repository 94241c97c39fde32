"""
Unicode's canonical form NFC in linear time, whatever the text.

CPython orders combining marks by insertion, which is quadratic in the length of a run of them:
100,000 marks in falling order keep it busy for minutes.
Long texts are therefore looked through for long runs first, and such runs are handed over in order already.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

#: Below this length the worst case costs less than the look for it: about 0.1 ms.
_HARMLESS = 400
_LONG_RUN = re.compile(rb"[^\0]{100,}")
#: Characters of class 0 or 230 whose decomposition is nothing but marks; with the marks spelt out, runs show.
_MARKS_IN_DISGUISE = {
    0x0344: "\u0308\u0301",
    0x0F73: "\u0f71\u0f72",
    0x0F75: "\u0f71\u0f74",
    0x0F81: "\u0f71\u0f80",
}


def canonical(text: str) -> str:
    """Give *text* in NFC (Unicode Standard Annex #15), by the Unicode tables of the running Python."""
    if len(text) > _HARMLESS and not text.isascii():
        spelt = text.translate(_MARKS_IN_DISGUISE)
        if _LONG_RUN.search(bytes(map(unicodedata.combining, spelt))):
            text = _ordered(spelt)
    return unicodedata.normalize("NFC", text)


def _ordered(text: str) -> str:
    """Decompose *text*, each run of marks sorted by combining class: sorting is stable, as canonical order asks."""
    decomposed = "".join(unicodedata.normalize("NFD", character) for character in text)
    runs = itertools.groupby(decomposed, lambda character: unicodedata.combining(character) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)
