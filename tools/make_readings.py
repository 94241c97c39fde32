"""
Make the table of readings: how the words of the rule packs sound that are written with kanji.

`python tools/make_readings.py` writes `src/civicsns/policy/packs/readings.txt`, and `stems.txt`, pieces by which whatever
is to be noticed is looked for; with `--check` it exits with 1 where the table lacks a word of a pack, or one is not found by
such a piece. The readings are those of the dictionary that is installed (`sudachidict-core` beside the
extra `names`), so that a pack is read without it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from heapq import heapify, heappop, heappush
from importlib.metadata import version
from typing import TYPE_CHECKING

from pages import ROOT
from sudachipy import Dictionary, SplitMode

from civicsns.policy import packfile
from civicsns.policy.engine import Policy
from civicsns.policy.sounds import readings, sounding, sounds_at, stems, wires, words_of
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sudachipy import Tokenizer

PACKS = ROOT / "src" / "civicsns" / "policy" / "packs"
PLACE = PACKS / "readings.txt"
STEMS = PACKS / "stems.txt"
#: The lengths of pieces; and what it costs to meet one in a text, against what it costs to know one.
_SIZES = (2, 3, 4)
_MET = 2

HEAD = f"""\
# Words of the rule packs, and how they are read. Made by tools/make_readings.py; write nothing here by hand.
# Read by SudachiDict core {version("sudachidict-core")}, (c) Works Applications Co., Ltd., Apache License 2.0; it includes UniDic,
# (c) The UniDic Consortium, BSD License, and parts of NEologd, Apache License 2.0.
"""

_KANJI = re.compile("[一-鿿々]")
_MIXED = re.compile("(?=.*[一-鿿])(?=.*[ぁ-ゖ])[一-鿿々ぁ-ゖ]+")
_HIRAGANA = re.compile("[ぁ-ゖー]+")
_AS_HIRAGANA = {point: point - 0x60 for point in range(ord("ァ"), ord("ヶ") + 1)}
_READ = re.compile("[ぁ-ゖー]{2,}")


def policies() -> list[Policy]:
    """Give all packs that come with civicsns."""
    return [Policy(packfile.builtin(name)) for name in packfile.proven()]


def words() -> list[str]:
    """Give the words of all packs."""
    return sorted({word for policy in policies() for word in words_of(policy.detectors)})


def telling() -> list[str]:
    """Give those for which it is worth to read a text again: what speaks against a finding does not, nor does advice."""
    return sorted({word for policy in policies() for word in words_of(policy.hearing, telling=True)})


def table(those: Sequence[str]) -> str:
    """Read the words, and choose by what they are met."""
    tokenizer = Dictionary(dict="core").tokenizer()
    sounds: dict[str, str] = {}
    for word in those:
        read = "".join(one.reading_form() for one in tokenizer.tokenize(word, SplitMode.C)).translate(_AS_HIRAGANA)
        if _KANJI.search(word) and _READ.fullmatch(read):
            sounds[word] = read
    # What the dictionary has as a word that is usually written so is no disguise: 障がい, 友だち.
    met = [wire for wire in dict.fromkeys(wires(telling(), sounds)) if not _usual(tokenizer, wire)]
    return "\n".join([HEAD, " ".join(met), "", *(f"{word} {sound}" for word, sound in sounds.items()), ""])


def _usual(tokenizer: Tokenizer, wire: str) -> bool:
    """Whether what could be a disguise is a word that people write so, or nothing but grammar: 障がい, ないよう."""
    if _MIXED.fullmatch(wire):
        return len(tokenizer.tokenize(wire, SplitMode.C)) == 1
    if len(wire) > 2 and _HIRAGANA.fullmatch(wire):
        return not any(one.part_of_speech()[0] in {"名詞", "動詞"} for one in tokenizer.tokenize(wire, SplitMode.C))
    return False


def pieces(those: Iterable[str]) -> str:
    """Choose pieces of which each of *those* holds one: few, and such as are rare in what people write."""
    text = fold("".join(path.read_text(encoding="utf-8") for path in sorted(PACKS.glob("*/*.toml")))).view
    often = Counter(text[place : place + size] for size in _SIZES for place in range(len(text)))
    holding: dict[str, list[str]] = {}
    for one in those:
        for size in _SIZES if len(one) > 1 else (1,):
            for piece in dict.fromkeys(one[place : place + size] for place in range(len(one) - size + 1)):
                holding.setdefault(piece, []).append(one)
    left = set(those)
    costs = [((1 + _MET * often[piece]) / len(own), piece) for piece, own in holding.items()]
    heapify(costs)
    lie: dict[str, set[tuple[int, int]]] = {}
    while left:
        cost, piece = heappop(costs)
        own = left.intersection(holding[piece])
        if own and (now := (1 + _MET * often[piece]) / len(own)) > cost:
            heappush(costs, (now, piece))
        elif own:
            lie[piece] = {(one.index(piece), len(one)) for one in own}
            left -= own
    lines = [
        f"{piece} {''.join(chr(48 + number) for place in sorted(around) for number in place)}"
        for piece, around in sorted(lie.items())
    ]
    return "\n".join([HEAD, *lines, ""])


def unfound() -> list[str]:
    """Give what is to be noticed and would not be."""
    return [
        one
        for one in sorted(sounding())
        if not any(
            sounds_at(one, place, stems().get(one[place : place + size], ""))
            for place in range(len(one))
            for size in (1, *_SIZES)
        )
    ]


def main() -> int:
    """Write the table, or look whether it has the words of the packs."""
    wanted = table(words())
    if "--check" not in sys.argv[1:]:
        PLACE.write_text(wanted, encoding="utf-8")
        STEMS.write_text(pieces(wanted.split("\n\n", 2)[1].split()), encoding="utf-8")
        return 0
    lacking = [line.split()[0] for line in wanted.split("\n\n", 2)[2].splitlines() if line.split()[0] not in readings()]
    if lacking:
        print(f"Without a reading: {' '.join(lacking[:20])}. Run: python tools/make_readings.py")
    if missed := unfound():
        print(f"Not found by a stem: {' '.join(missed[:20])}. Run: python tools/make_readings.py")
    return 1 if lacking or missed else 0


if __name__ == "__main__":
    sys.exit(main())
