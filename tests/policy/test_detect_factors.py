"""What words a text must hold for a pattern to match in it."""

from __future__ import annotations

import pytest

from civicsns.policy.detect import KINDS, factors
from civicsns.policy.detect.base import Words
from civicsns.policy.detect.near import Near
from civicsns.policy.detect.pattern import Pattern
from civicsns.policy.packfile import builtin
from civicsns.text.folding import fold

PACK = builtin("jp-municipal")
VIEWS = tuple(
    fold(one.text).view for rule in PACK.rules for one in (*rule.must_flag, *rule.must_pass, *rule.known_miss)
)
DETECTORS = tuple(
    KINDS[table["kind"]](table, Words(PACK.lists))
    for rule in PACK.rules
    for table in rule.detect.get("of", (rule.detect,))
    if table["kind"] in {"regex", "near"}
)
PATTERNS = tuple(detector for detector in DETECTORS if isinstance(detector, Pattern))
NEAR = tuple(detector for detector in DETECTORS if isinstance(detector, Near))


@pytest.mark.parametrize(
    ("pattern", "ways"),
    [
        ("ところ[^。]{0,9}しだい", [["しだい", "ところ"]]),
        ("ところ[^。]{0,9}(?:しだい|ばかり)", [["ところ", "しだい|ばかり"]]),
        ("ところ[^。]{0,9}口座番号", [["口座番号"]]),
        ("口座番号", [["口座番号"]]),
        ("(?:普通|当座)口座", [["当座口座|普通口座"]]),
        ("普通口座[^0-9]|当座(?!貸)預金", [["普通口座"], ["当座預金"]]),
        ("(?:普通)?口座", [["口座"]]),
        ("(?:口座|口座番号)", [["口座"]]),
        ("[口番]座{2}", [["口座座|番座座"]]),
        ("(?<=普通)口座(?=番号)", [["口座"]]),
        ("(?:口座)+", [["口座"]]),
        ("[一-龥]口座", [["口座"]]),
        ("ところ(?:[^。]*しだい)*", [["ところ"]]),
        ("は[^。]*は", []),
        ("は[^。]*が", [["が"]]),
        ("口座|[一-龥]", []),
        ("(?i)kouza", []),
        ("(?i:kouza)番号", [["番号"]]),
        ("[^口]*", []),
    ],
)
def test_the_words_of_a_pattern(pattern: str, ways: list[list[str]]):
    """
    Of each way through a pattern its rarest words are known; of a pattern that may match without any, none.
    """
    assert ways == [["|".join(words) for words in way] for way in factors.factors(pattern)]


def test_no_match_lacks_its_words():
    """
    Whatever a pattern of the pack matches in the pack's own examples holds a word of each list of one of its ways.
    """
    text = "\n".join(VIEWS)
    matched = [
        (found.group(), factors.read(detector.written, factors.common()))
        for detector in PATTERNS
        if not detector.raw
        for found in detector.pattern.finditer(text)
    ]

    assert len(matched) > 500
    assert all(
        not ways or any(all(any(word in match for word in words) for words in way) for way in ways)
        for match, ways in matched
    )


def test_what_is_kept_is_what_would_be_read():
    """
    The words of the patterns that come with civicsns, in groups of words, too, are those that anybody's would have.
    """
    grouped = {pattern.pattern for detector in NEAR for pattern in detector.patterns if pattern}
    patterns = {detector.written for detector in PATTERNS} | grouped

    assert {factors.key(pattern) for pattern in patterns} <= factors._kept().keys()
    assert all(factors.factors(pattern) == factors.read(pattern, factors.common()) for pattern in patterns)


@pytest.mark.parametrize("trigger", ["ところ", "しだい"])
def test_triggers_count_beside_the_words_of_the_pattern(trigger: str):
    """
    What a rule's author calls a trigger must be there, too, unless a word of the pattern holds it anyway.
    """
    table = {"pattern": "ところ[^。]*しだいに", "triggers": [trigger]}

    (way,) = Pattern.of(table, Words({})).ways

    assert {("ところ",), ("しだいに",)} == {*way}


def test_a_raw_text_is_read_for_triggers_only():
    """
    A pattern for the text as it was written says nothing of the folded text.
    """
    table = {"pattern": "ＡＢＣ", "triggers": ["abc"], "view": "raw"}

    assert ((("abc",),),) == Pattern.of(table, Words({})).ways


def test_what_is_near_counts_by_its_patterns_too():
    """
    Of a group that is a pattern, what it holds must be there; of one that is words and a pattern, either.
    """
    table = {"groups": [["口座"], ["re:ところ[^。]", "しだい"]], "window": 9}

    assert ((("口座",), ("しだい",)), (("口座",), ("ところ",))) == Near.of(table, Words({})).ways
