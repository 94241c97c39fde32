"""The proof of what detectors are given: words, lists and patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.language import Bilingual
from civicsns.policy import patterns
from civicsns.policy.fault import Mistake, Wrong, vanishes
from civicsns.policy.form import unknown
from civicsns.policy.forms import LIST_KEYS, PATTERN_KEYS, WORD_KEYS
from civicsns.policy.pack import CITY_LISTS
from civicsns.policy.triggers import without
from civicsns.text.folding import folded_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.fault import Path
    from civicsns.policy.pack import Pack
    from civicsns.policy.reading import Reading


class _Known:
    """The words of lists, by name."""

    def __init__(self, reading: Reading, base: Pack | None) -> None:
        self.lists: dict[str, Sequence[str]] = dict.fromkeys(CITY_LISTS, ())
        self.lists |= base.lists if base else {}
        for _, path, value in reading.well("list"):
            self.lists[str(path[1])] = value
        self.names = dict.fromkeys([*self.lists, *reading.keys("list")])

    def of(self, given: str | Sequence[str]) -> Iterator[str]:
        """Give the words of a list that is named, or written out."""
        for word in [f"@{given}"] if isinstance(given, str) else given:
            if _names_list(word):
                yield from self.lists.get(word[1:], ())
            else:
                yield word


def _names_list(word: str) -> bool:
    # An at sign alone is a word.
    return word.startswith("@") and len(word) > 1


def vocabulary(reading: Reading, base: Pack | None) -> None:
    """Note what is wrong with words and patterns of lists and rules."""
    known = _Known(reading, base)
    for source, path, words in [*reading.well("list")]:
        for wrong in _nested(words, known, path):
            reading.blame(source, wrong)
        if path[1] not in CITY_LISTS:
            for wrong in _folded(words, path):
                reading.blame(source, wrong)
    owners: dict[tuple[str, str], str] = {}
    for source, path, value in [*reading.well("rule")]:
        detect = value["detect"]
        for part, where in _with_parts(detect, (*path, "detect")):
            for wrong in [*_detect(part, known, where)]:
                reading.blame(source, wrong)
        for part, where in _with_parts(detect, (*path, "detect")):
            if part["kind"] == "terms":
                for wrong in _shared(value, part, known, where, owners):
                    reading.blame(source, wrong)


def _nested(words: Sequence[str], known: _Known, path: Path) -> Iterator[Wrong]:
    for number, word in enumerate(words):
        # Any other word may begin with an at sign: an account has one.
        if _names_list(word) and word[1:] in known.names:
            yield Wrong(
                path=(*path, number),
                mistake=Mistake.LIST_IN_LIST,
                what=Bilingual(
                    f"一覧の中で別の一覧「{word[1:]}」を挙げています。", f"A list names another list, {word[1:]!r}."
                ),
                mend=Bilingual(
                    "規範の側で二つの一覧を並べるか、語を書き写してください。",
                    "Name both lists where the rule takes them, or write the words out.",
                ),
            )


def _with_parts(detect: Mapping[str, Any], path: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """Give a detector's table, or those that it holds."""
    if detect["kind"] == "any":
        yield from ((part, (*path, "of", number)) for number, part in enumerate(detect["of"]))
    else:
        yield detect, path


def _detect(detect: Mapping[str, Any], known: _Known, path: Path) -> Iterator[Wrong]:
    for number, part in enumerate(detect.get("of", ())):
        yield from _detect(part, known, (*path, "of", number))
    for key in LIST_KEYS:
        if key in detect and detect[key] not in known.names:
            yield unknown(detect[key], known.names, (*path, key), Mistake.UNKNOWN_LIST)
    for key in WORD_KEYS:
        if key in detect:
            yield from _word_list(detect[key], known, (*path, key))
    for number, group in enumerate(detect.get("groups", ())):
        yield from _word_list(group, known, (*path, "groups", number))
    raw = detect.get("view") == "raw" or detect["kind"] in {"media", "url"}
    for key in PATTERN_KEYS:
        if key in detect:
            for at, pattern in _patterns(detect[key], (*path, key)):
                yield from _pattern(pattern, at, raw=raw)
    if detect["kind"] == "regex" and detect["triggers"] and not patterns.wrongs(detect["pattern"], raw=raw):
        yield from _triggers(detect, known, (*path, "triggers"))
    if detect["kind"] == "terms":
        yield from _exceptions(detect, known, (*path, "except"))
        if "list" not in detect and "terms" not in detect:
            yield Wrong(
                path=path,
                mistake=Mistake.MISSING_KEY,
                what=Bilingual("探す語がありません。", "There are no words to look for."),
                mend=Bilingual("terms か list を書いてください。", "Write terms, or list."),
            )


def _patterns(given: str | list[str], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(given, str):
        yield path, given
    else:
        yield from (((*path, number), one) for number, one in enumerate(given))


def _pattern(pattern: str, path: Path, *, raw: bool) -> Iterator[Wrong]:
    for mistake, what, mend in patterns.wrongs(pattern, raw=raw):
        yield Wrong(path=path, mistake=mistake, what=what, mend=mend)


def _word_list(given: str | list[str], known: _Known, path: Path) -> Iterator[Wrong]:
    if isinstance(given, str):
        if given not in known.names:
            yield unknown(given, known.names, path, Mistake.UNKNOWN_LIST)
        return
    plain: list[str] = []
    for number, word in enumerate(given):
        plain.append("" if _names_list(word) or word.startswith("re:") else word)
        if _names_list(word) and word[1:] not in known.names:
            yield unknown(word[1:], known.names, (*path, number), Mistake.UNKNOWN_LIST)
        elif word.startswith("re:"):
            yield from _pattern(word[3:], (*path, number), raw=False)
    yield from _folded(plain, path)


def _folded(words: Sequence[str], path: Path) -> Iterator[Wrong]:
    seen: dict[str, str] = {}
    for number, word in enumerate(words):
        if not word:
            continue
        folded = folded_term(word).strip()
        if not folded:
            yield vanishes(word, (*path, number))
        elif folded in seen:
            yield Wrong(
                path=(*path, number),
                mistake=Mistake.TERM_TWICE,
                what=Bilingual(
                    f"「{word}」は正規化すると「{seen[folded]}」と同じです。",
                    f"{word!r} is the same as {seen[folded]!r} when it is folded.",
                ),
                mend=Bilingual("一方を消してください。", "Take one of them away."),
            )
        seen.setdefault(folded, word)


def _triggers(detect: Mapping[str, Any], known: _Known, path: Path) -> Iterator[Wrong]:
    words = tuple(filter(None, map(folded_term, known.of(detect["triggers"]))))
    way = without(detect["pattern"], words)
    if way is not None:
        yield Wrong(
            path=path,
            mistake=Mistake.TRIGGER_UNNEEDED,
            what=Bilingual(
                f"どの triggers も含まずに一致することがあります（{way}）。",
                f"The pattern can match without any of the triggers ({way}).",
            ),
            mend=Bilingual(
                "一致する部分に必ず含まれる語を triggers に並べてください。周りにあればよい語は context に書きます。",
                "List in triggers words that every match holds; words that need only be near it go into context.",
            ),
        )


def _exceptions(detect: Mapping[str, Any], known: _Known, path: Path) -> Iterator[Wrong]:
    terms = [folded_term(word) for word in known.of(detect.get("list", detect.get("terms", ())))]
    given = detect.get("except", ())
    if not terms:
        # What they are is wrong itself, and reported.
        return
    for number, word in enumerate(given if not isinstance(given, str) else known.of(given)):
        if _names_list(word) or any(term in folded_term(word) for term in terms):
            continue
        yield Wrong(
            path=path if isinstance(given, str) else (*path, number),
            mistake=Mistake.EXCEPTION_USELESS,
            what=Bilingual(
                f"「{word}」は、探す語のどれも含まないので例外になりません。",
                f"{word!r} contains none of the words, and so excepts nothing.",
            ),
            mend=Bilingual("消すか、探す語を含む形にしてください。", "Take it away, or write it with the word in it."),
        )


def _shared(
    value: Mapping[str, Any],
    detect: Mapping[str, Any],
    known: _Known,
    path: Path,
    owners: dict[tuple[str, str], str],
) -> Iterator[Wrong]:
    key = "list" if "list" in detect else "terms"
    when = repr(sorted(value.get("when", {}).items()))
    for word in dict.fromkeys(map(folded_term, known.of(detect.get(key, ())))):
        owner = owners.setdefault((when, word), value["code"])
        if owner != value["code"]:
            yield Wrong(
                path=(*path, key),
                mistake=Mistake.TERM_TWICE,
                what=Bilingual(f"「{word}」は {owner} でも探します。", f"{owner} looks for {word!r} too."),
                mend=Bilingual("どちらか一方の規範に置いてください。", "Leave it to one of the two."),
            )
