"""
The dictionary 辞書: a stretch of text as words, each with its kind.

SudachiPy and its core dictionary are loaded when somebody first asks. Both come with the extra `names`, as a pair: a
dictionary is made for one version of the program that reads it.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from civicsns.language import Bilingual

if TYPE_CHECKING:
    import sudachipy


class NoDictionary(Exception):  # noqa: N818 -- no failure of ours: something is not installed
    """
    The dictionary of names is not there.

    Attributes:
        reason: Why, and what to do.
    """

    def __init__(self, reason: Bilingual) -> None:
        super().__init__(reason)
        self.reason = reason


class Words(NamedTuple):
    """
    A stretch of text as words; one more word, empty and of no kind, stands at the end.

    Attributes:
        texts: The words.
        kinds: For each word one letter: `S` surname 姓, `G` given name 名, `P` other name of a person, `L` place,
            `X` other proper noun, `n` noun, `o` noun that is in no dictionary, `d` pronoun, `u` number, `f` suffix,
            `h` prefix, `p` particle, `a` auxiliary, `v` verb or adjective, `y` sign, `s` space, `j` anything else,
            `.` the end.
        starts: Where each begins in the text.
    """

    texts: list[str]
    kinds: str
    starts: list[int]


#: Characters handed to the dictionary at once; its own limit is 49,149 bytes, and its time grows faster than the text.
LONGEST = 400


class Reader:
    """Reads stretches of text; one for each thread, since the tokenizer keeps its state between calls."""

    def __init__(self) -> None:
        dictionary, self._kinds = _dictionary()
        self._tokenize = dictionary.tokenizer(fields={"pos"}).tokenize

    def read(self, text: str, start: int, end: int) -> Words:
        """Give the words of *text* from *start* to *end*."""
        kinds, texts, letters, starts = self._kinds, [], [], []
        for first in range(start, end, LONGEST):
            for morpheme in self._tokenize(text[first : min(first + LONGEST, end)]):
                texts.append(morpheme.surface())
                starts.append(first + morpheme.begin())
                kind = kinds[morpheme.part_of_speech_id()]
                letters.append("o" if kind == "n" and morpheme.is_oov() else kind)
        texts.append("")
        letters.append(".")
        starts.append(end)
        return Words(texts, "".join(letters), starts)


_readers = threading.local()


def reader() -> Reader:
    """
    Give this thread's reader.

    Raises:
        NoDictionary: If the extra `names` is not installed, or its two parts do not fit together.
    """
    try:
        return _readers.reader  # type: ignore[no-any-return]
    except AttributeError:
        _readers.reader = made = Reader()
        return made


_loading = threading.Lock()


def _dictionary() -> tuple[sudachipy.Dictionary, tuple[str, ...]]:
    with _loading:
        return _loaded()


@cache
def _loaded() -> tuple[sudachipy.Dictionary, tuple[str, ...]]:
    try:
        from sudachipy import Dictionary  # noqa: PLC0415 -- loaded on first use
        from sudachipy.errors import SudachiError  # noqa: PLC0415 -- same
    except ImportError:
        raise NoDictionary(_NOT_INSTALLED) from None
    try:
        dictionary = Dictionary(dict="core")
    except (SudachiError, ModuleNotFoundError):
        raise NoDictionary(_NOT_INSTALLED) from None
    return dictionary, tuple(_kinds(dictionary))


def _kinds(dictionary: sudachipy.Dictionary) -> list[str]:
    kinds: list[str] = []
    while True:
        try:
            part = dictionary.pos_of(len(kinds))
        except IndexError:
            return kinds
        if part is None:
            return kinds
        kinds.append(_kind(part))


def _kind(part: tuple[str, ...]) -> str:
    first, second, third, fourth = part[:4]
    if third == "人名":
        return {"姓": "S", "名": "G"}.get(fourth, "P")
    if third == "地名":
        return "L"
    if second in _SECOND:
        return _SECOND[second]
    return _FIRST.get(first, "j")


_SECOND = {"固有名詞": "X", "数詞": "u"}
_FIRST = {
    "名詞": "n",
    "形状詞": "n",
    "代名詞": "d",
    "接尾辞": "f",
    "接頭辞": "h",
    "助詞": "p",
    "助動詞": "a",
    "動詞": "v",
    "形容詞": "v",
    "補助記号": "y",
    "記号": "y",
    "空白": "s",
}

_NOT_INSTALLED = Bilingual(
    "人名を調べる辞書がありません。pip install 'civicsns[names]' で入ります。",
    "The dictionary of names is not installed: pip install 'civicsns[names]'.",
)
