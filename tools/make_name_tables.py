"""
Make the tables of names: surnames, given names, and names in katakana, from the dictionary that reads them.

`python tools/make_name_tables.py` writes `src/civicsns/policy/names/*.txt`; with `--check` it exits with 1 where a table
is not what the installed dictionary gives. It needs `sudachidict-small` beside the extra `names`: what only the larger
dictionary knows is rare, and would make the tables eight times as long.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from pages import ROOT
from sudachipy import Dictionary

if TYPE_CHECKING:
    from sudachipy import Morpheme, Tokenizer

PLACE = ROOT / "src" / "civicsns" / "policy" / "names"

HEAD = """\
# {what}
# Made by tools/make_name_tables.py from SudachiDict small {version}; write nothing here by hand.
# SudachiDict is (c) Works Applications Co., Ltd., Apache License 2.0; it includes UniDic, (c) The UniDic Consortium,
# BSD License, and parts of NEologd, Apache License 2.0. These are its entries of one part of speech, without readings.
"""

_KANJI = re.compile("[一-鿿][一-鿿々ヶケノ]{1,3}")
_KATAKANA = re.compile("[ァ-ヺ][ァ-ヺー]{2,}")


def tables() -> dict[str, str]:
    """Make every table: what stands in it, by the name of its file."""
    dictionary = Dictionary(dict="small")
    tokenizer = dictionary.tokenizer()
    surnames: set[str] = set()
    given: set[str] = set()
    katakana: set[str] = set()
    for entry in dictionary.entries():
        part, surface = entry.part_of_speech(), entry.surface()
        if part[3] == "姓" and _KANJI.fullmatch(surface):
            surnames.add(surface)
        elif part[3] == "名" and _KANJI.fullmatch(surface):
            given.add(surface)
        elif part[2] == "人名" and _KATAKANA.fullmatch(surface):
            katakana.add(surface)
    proper = {name for name in surnames if _alone(tokenizer, name, "固有名詞")}
    first = {name for name in given if _alone(tokenizer, name, "名")}
    return {
        "surnames.txt": _table("Surnames in kanji.", proper),
        "surname_nouns.txt": _table("Surnames in kanji that are other words too.", surnames - proper),
        "given.txt": _table("Given names in kanji.", first),
        "given_nouns.txt": _table("Given names in kanji that are other words too.", given - first),
        "katakana.txt": _table(
            "Names of persons in katakana.", {name for name in katakana if _alone(tokenizer, name, "人名")}
        ),
    }


def _alone(tokenizer: Tokenizer, name: str, part: str) -> bool:
    """Whether the dictionary reads *name* as one proper noun where nothing stands beside it."""
    words: list[Morpheme] = list(tokenizer.tokenize(name))
    return len(words) == 1 and part in words[0].part_of_speech()


def _table(what: str, names: set[str]) -> str:
    lines, line = [], ""
    for name in sorted(names):
        if len(line) + len(name) > 100:
            lines.append(line)
            line = ""
        line += f" {name}" if line else name
    return HEAD.format(what=what, version=version("sudachidict-small")) + "\n".join([*lines, line, ""])


def main() -> int:
    """Write the tables, or compare them."""
    stale = 0
    for name, text in tables().items():
        path = PLACE / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} is not what the dictionary gives: run tools/make_name_tables.py")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
