"""
The proof of a pack: what its files say is held against each other, against the patterns' own trees, and its examples.

A rule with a fault of form is left out here, and so is what would follow from a fault that is reported already.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.language import Bilingual
from civicsns.model import Finding, Question, Severity, Skipped
from civicsns.model.context import UNKNOWN
from civicsns.policy import patterns
from civicsns.policy.detect import KINDS
from civicsns.policy.engine import Policy
from civicsns.policy.fault import Mistake, Wrong, vanishes
from civicsns.policy.form import unknown
from civicsns.policy.forms import LIST_KEYS, PATTERN_KEYS, WITHOUT_TEXT, WORD_KEYS
from civicsns.policy.pack import CITY_LISTS, joined
from civicsns.policy.packfile import pack_of
from civicsns.policy.triggers import without
from civicsns.text.folding import folded_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.form import Path
    from civicsns.policy.pack import Example, Pack, PackRule
    from civicsns.policy.packfile import Reading
    from civicsns.policy.places import Source

#: Kinds that need a library or a dictionary which not every machine has; their examples prove nothing without.
_NEEDS_EXTRA = frozenset({"name", "media"})


def prove(reading: Reading, base: Pack | None = None) -> Pack:
    """
    Prove what was read, and note in *reading* all that is wrong.

    Args:
        reading: The files.
        base: The pack that they extend: they may name its laws, citations, families and lists.

    Returns:
        The pack of what is well: of the files, and of *base* where there is one.
    """
    _references(reading, base)
    _words(reading, base)
    own = pack_of(reading)
    pack = own if base is None else joined(base, own)
    _examples(reading, pack)
    return pack


def _references(reading: Reading, base: Pack | None) -> None:
    laws = _keys(reading, "law", base.laws if base else ())
    families = _keys(reading, "family", base.families if base else ())
    citations = set(base.citations if base else ())
    codes = {rule.code for rule in base.rules} if base else set[str]()
    for section in ("law", "list", "family"):
        _once(reading, section)
    for source, path, value in [*reading.well("citation")]:
        if value["key"] in citations:
            reading.blame(source, _twice((*path, "key"), value["key"]))
        citations.add(value["key"])
        law = value["key"].partition(":")[0]
        if law not in laws:
            reading.blame(source, unknown(law, laws, (*path, "key"), Mistake.UNKNOWN_LAW))
    # What is cited although something is wrong with it is not unknown.
    known = citations | {str(value.get("key")) for _, table in reading.parts for value in _all(table.get("citation"))}
    for source, path, value in [*reading.well("rule")]:
        code = value["code"]
        if code in codes:
            reading.blame(source, attrs.evolve(_twice((*path, "code"), code), mistake=Mistake.CODE_TWICE))
        codes.add(code)
        family = code.rstrip("0123456789")
        if family not in families:
            reading.blame(source, unknown(family, families, (*path, "code"), Mistake.UNKNOWN_FAMILY))
        for number, key in enumerate(value["legal"]):
            if key not in known:
                reading.blame(source, unknown(key, known, (*path, "legal", number), Mistake.UNKNOWN_CITATION))
        if not value.get("waivable", True) and value["severity"] != Severity.BLOCK:
            reading.blame(source, _nothing_to_waive((*path, "waivable")))
        if "begins" in value and "ends" in value and value["begins"] > value["ends"]:
            reading.blame(source, _reversed((*path, "ends")))


def _all(held: Any) -> list[dict[str, Any]]:
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _keys(reading: Reading, section: str, more: Iterable[str]) -> dict[str, None]:
    held = (table.get(section) for _, table in reading.parts)
    return dict.fromkeys([*more, *(key for table in held if isinstance(table, dict) for key in table)])


def _once(reading: Reading, section: str) -> None:
    seen: set[str] = set()
    for source, table in reading.parts:
        held = table.get(section)
        for key in held if isinstance(held, dict) else ():
            if key in seen:
                reading.blame(source, _twice((section, key), key))
            seen.add(key)


def _twice(path: Path, key: str) -> Wrong:
    return Wrong(
        path=path,
        mistake=Mistake.SECTION_TWICE,
        what=Bilingual(f"「{key}」はほかにもあります。", f"There is another {key!r}."),
        mend=Bilingual(
            "一方を消すか、別の名前・番号にしてください。", "Take one away, or give it another name or number."
        ),
    )


def _nothing_to_waive(path: Path) -> Wrong:
    return Wrong(
        path=path,
        mistake=Mistake.UNWAIVABLE,
        what=Bilingual(
            "投稿を止めない規範に、例外を認めないと書かれています。",
            "It admits of no exception, and stops no post.",
        ),
        mend=Bilingual(
            'severity を "block" にするか、waivable を消してください。', 'Make it "block", or take waivable away.'
        ),
    )


def _reversed(path: Path) -> Wrong:
    return Wrong(
        path=path,
        mistake=Mistake.DATES_REVERSED,
        what=Bilingual("終わりの日が始まりの日より前です。", "It ends before it begins."),
        mend=Bilingual("begins と ends を確かめてください。", "Look at begins and ends."),
    )


class _Known:
    """The words of lists, by name."""

    def __init__(self, reading: Reading, base: Pack | None) -> None:
        self.lists: dict[str, Sequence[str]] = dict.fromkeys(CITY_LISTS, ())
        self.lists |= base.lists if base else {}
        for _, path, value in reading.well("list"):
            self.lists[str(path[1])] = value
        self.names = dict.fromkeys([*self.lists, *_keys(reading, "list", ())])

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


def _words(reading: Reading, base: Pack | None) -> None:
    known = _Known(reading, base)
    for source, path, words in [*reading.well("list")]:
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


def _examples(reading: Reading, pack: Pack) -> None:
    owned: dict[str, tuple[Source, Path]] = {}
    for source, path, value in reading.well("rule"):
        owned[value["code"]] = source, path
    rules = tuple(rule for rule in pack.rules if rule.code in owned and rule.detect["kind"] in KINDS)
    policy = Policy(attrs.evolve(pack, rules=rules))
    for rule in rules:
        source, path = owned[rule.code]
        for wrong in [*_proven(policy, rule, path)]:
            reading.blame(source, wrong)


def _proven(policy: Policy, rule: PackRule, path: Path) -> Iterator[Wrong]:
    kind = rule.detect["kind"]
    if kind not in WITHOUT_TEXT and not (rule.must_flag and rule.must_pass):
        yield _wrong(
            path,
            Mistake.NO_EXAMPLES,
            Bilingual("例がありません。", "It has no examples."),
            Bilingual(
                "must_flag と must_pass に一つ以上の例を書いてください。",
                "Give one example at least of must_flag, and one of must_pass.",
            ),
        )
    for key, examples in (
        ("must_flag", rule.must_flag),
        ("must_pass", rule.must_pass),
        ("known_miss", rule.known_miss),
    ):
        for number, example in enumerate(examples):
            yield from _tried(policy, rule, key, example, (*path, key, number))


def _tried(policy: Policy, rule: PackRule, key: str, example: Example, path: Path) -> Iterator[Wrong]:
    answers: dict[type, list[Any]] = defaultdict(list)
    for answer in policy.check(example.draft(), example.context or UNKNOWN):
        if answer.rule == rule.code:
            answers[type(answer)].append(answer)
    found = answers[Finding] or answers[Question]
    if answers[Skipped] and not found:
        if rule.detect["kind"] not in _NEEDS_EXTRA:
            reason = answers[Skipped][0].reason
            yield _wrong(
                path,
                Mistake.UNPROVEN,
                Bilingual(
                    f"この例では確かめられません（{reason.ja}）。", f"This example proves nothing ({reason.en})."
                ),
                Bilingual("例に context を書いてください。", "Give the example its context."),
            )
    elif key == "must_flag" and not found:
        yield _wrong(
            path,
            Mistake.FLAG_MISSED,
            Bilingual(
                f"見つかるはずの例が見つかりません（{example.text[:40]}）。", f"It is not found ({example.text[:40]})."
            ),
            Bilingual(
                "detect を直すか、例を known_miss に移してください。", "Mend detect, or move the example to known_miss."
            ),
        )
    elif key != "must_flag" and found:
        words = example.text[found[0].span.start : found[0].span.end] if getattr(found[0], "span", None) else ""
        passes = key == "must_pass"
        yield _wrong(
            path,
            Mistake.PASS_FLAGGED if passes else Mistake.MISS_FOUND,
            Bilingual(f"この例が指摘されます（「{words}」）。", f"It is found ({words!r})."),
            Bilingual(
                "detect に例外を加えるか、例を見直してください。",
                "Give detect an exception, or look at the example again.",
            )
            if passes
            else Bilingual(
                "見つかるようになったので、must_flag に移してください。", "Now that it is found, move it to must_flag."
            ),
        )
    elif key == "must_flag" and example.finds is not None:
        spans = [one.span for one in answers[Finding] if one.part == "text" and one.span]
        those = [example.text[span.start : span.end] for span in spans]
        if example.finds not in those:
            yield _wrong(
                (*path, "finds"),
                Mistake.FINDS_OTHERWISE,
                Bilingual(
                    f"見つかったのは「{'」「'.join(those)}」です。", f"What is found is {', '.join(map(repr, those))}."
                ),
                Bilingual("finds か detect を直してください。", "Mend finds, or detect."),
            )


def _wrong(path: Path, mistake: Mistake, what: Bilingual, mend: Bilingual) -> Wrong:
    return Wrong(path=path, mistake=mistake, what=what, mend=mend)
