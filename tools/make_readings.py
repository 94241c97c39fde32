"""
Make the table of readings: how the words of the rule packs sound that are written with kanji.

`python tools/make_readings.py` writes `src/civicsns/policy/packs/readings.txt`; with `--check` it exits with 1 where the
table lacks a word of a pack. The readings are those of the dictionary that is installed (`sudachidict-core` beside the
extra `names`), so that a pack is read without it.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from pages import ROOT
from sudachipy import Dictionary, SplitMode

from civicsns.policy import packfile
from civicsns.policy.engine import Policy
from civicsns.policy.sounds import readings, wires, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sudachipy import Tokenizer

PLACE = ROOT / "src" / "civicsns" / "policy" / "packs" / "readings.txt"

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


def main() -> int:
    """Write the table, or look whether it has the words of the packs."""
    wanted = table(words())
    if "--check" not in sys.argv[1:]:
        PLACE.write_text(wanted, encoding="utf-8")
        return 0
    lacking = [line.split()[0] for line in wanted.split("\n\n", 2)[2].splitlines() if line.split()[0] not in readings()]
    if lacking:
        print(f"Without a reading: {' '.join(lacking[:20])}. Run: python tools/make_readings.py")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
