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
from civicsns.policy.engine import Policy
from civicsns.policy.fault import Mistake, Wrong
from civicsns.policy.form import unknown
from civicsns.policy.forms import WITHOUT_TEXT
from civicsns.policy.pack import joined
from civicsns.policy.packfile import pack_of
from civicsns.policy.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.fault import Path
    from civicsns.policy.pack import Example, Pack, PackRule
    from civicsns.policy.places import Source
    from civicsns.policy.reading import Reading

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
    vocabulary(reading, base)
    own = pack_of(reading)
    pack = own if base is None else joined(base, own)
    _examples(reading, pack)
    return pack


def _references(reading: Reading, base: Pack | None) -> None:
    laws = reading.keys("law", base.laws if base else ())
    families = reading.keys("family", base.families if base else ())
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
                reading.blame(source, unknown(key, sorted(known), (*path, "legal", number), Mistake.UNKNOWN_CITATION))
        if not value.get("waivable", True) and value["severity"] != Severity.BLOCK:
            reading.blame(source, _nothing_to_waive((*path, "waivable")))
        if "begins" in value and "ends" in value and value["begins"] > value["ends"]:
            reading.blame(source, _reversed((*path, "ends")))


def _all(held: Any) -> list[dict[str, Any]]:
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


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


def _examples(reading: Reading, pack: Pack) -> None:
    owned: dict[str, tuple[Source, Path]] = {}
    for source, path, value in reading.well("rule"):
        owned[value["code"]] = source, path
    rules = tuple(rule for rule in pack.rules if rule.code in owned)
    policy = Policy(attrs.evolve(pack, rules=rules))
    for rule in rules:
        source, path = owned[rule.code]
        for wrong in [*proven(policy, rule, path)]:
            reading.blame(source, wrong)


def proven(policy: Policy, rule: PackRule, path: Path) -> Iterator[Wrong]:
    """Try the examples of a rule, and give what is wrong with them; none where all are as they should be."""
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
        if _NEEDS_EXTRA.isdisjoint(_kinds(rule.detect)):
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


def _kinds(detect: Mapping[str, Any]) -> set[str]:
    """Give the kinds of a rule's detectors, of which there may be several."""
    return {part["kind"] for part in detect.get("of", (detect,))}


def _wrong(path: Path, mistake: Mistake, what: Bilingual, mend: Bilingual) -> Wrong:
    return Wrong(path=path, mistake=mistake, what=what, mend=mend)
