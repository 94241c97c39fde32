"""Patterns of packs: which are slow, which can do without their triggers, and that both are told rightly."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.policy import patterns
from civicsns.policy.fault import Mistake
from civicsns.policy.tree import Tree
from civicsns.policy.trial import _Machine
from civicsns.policy.triggers import without


def mistakes(pattern, *, raw=False):
    return [mistake for mistake, _, _ in patterns.wrongs(pattern, raw=raw)]


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:a+)+b",
        "(?:a|a)*b",
        "(?:[a-z]|[0-9a-f])*!",
        "a*a*b",
        r"[0-9]+[0-9 ]*円",
        r"[0-9]+円",
        "「[^」]{60,}」",
        "(?:[a-z]+\\.)*x",
        ".*候補.*に投票",
        "(?:a{1,50}){1,50}b",
        "(?:あ|い)*う",
        r"(あ)\1",
        "(?:a{1,199}){1,199}b",
        "a{100000}",
        "(?:(?:ab)+|c)*d",
    ],
)
def test_a_slow_pattern_is_refused(pattern):
    """
    Repeats that are nested, side by side, without a beginning of their own, or too many, and references back.
    """
    assert mistakes(pattern) == [Mistake.PATTERN_SLOW]


@pytest.mark.parametrize(
    "pattern",
    [
        "(?<![0-9])[0-9]{1,4}号室",
        r"(?<!\d)\d+円",
        "「[^「」]{60,}」",
        "[^。]{0,30}です",
        "(?:市|町|村)(?:は|が)?[^。]{0,10}(?:警報|予報)を(?:発表|出し)",
        "^a+$",
        "[a-z0-9._-]{1,40}@[a-z0-9-]{1,40}(?:\\.[a-z0-9-]{1,40}){1,4}",
    ],
)
def test_a_pattern_with_limits_passes(pattern):
    """
    What has limits, or a beginning that its repeats do not take, is not slow on any text that is tried.
    """
    assert mistakes(pattern) == []


@pytest.mark.parametrize("pattern", ["ＲＴ希望", "Password", "—", "㈱"])
def test_characters_that_are_folded_away_are_named(pattern):
    """
    A pattern for the folded text that names what folding changes would never find anything; for the raw one it may.
    """
    assert mistakes(pattern) == [Mistake.PATTERN_UNFOLDED]
    assert mistakes(pattern, raw=True) == []


@pytest.mark.parametrize("pattern", [r"\b市", r"\w+@", r"市\B", r"[\w.]@", r"[^\W_]"])
def test_borders_of_words_are_refused(pattern):
    r"""
    Kana and kanji are letters to `\b` and `\w`; with the flag `a` they are not.
    """
    assert Mistake.PATTERN_BORDERS in mistakes(pattern)
    assert Mistake.PATTERN_BORDERS not in mistakes(f"(?a:{pattern})")


@pytest.mark.parametrize(
    ("pattern", "triggers", "needed"),
    [
        ("[0-9]{1,4}号室", ["号室"], True),
        ("[0-9]{1,4}号?室", ["号室"], False),
        ("(?:市|町)長(?:選|に)", ["市長", "町長"], True),
        ("(?:市|町)長(?:選|に)", ["市長"], False),
        ("免許[^。]{0,3}証", ["免許証"], False),
        ("火を?つけ", ["火をつけ", "火つけ"], True),
        ("(?<=番号)[0-9]{4}", ["番号"], True),
        ("a{2,}", ["aa"], True),
        ("a{1,}", ["aa"], False),
        ("a{90,}", ["aa"], True),
        ("[あいう]か", ["あか", "いか", "うか"], True),
        ("[あいう]か", ["あか", "いか"], False),
    ],
)
def test_a_trigger_is_needed_or_not(pattern, triggers, needed):
    """
    Where a pattern can match without any of its triggers, a text is given that shows it.
    """
    text = without(pattern, tuple(triggers))

    assert (text is None) is needed
    assert text is None or (re.fullmatch(pattern, text) and not any(trigger in text for trigger in triggers))


def repeated(inner):
    return st.builds("(?:{}){}".format, inner, st.sampled_from(["?", "*", "+", "{2}", "{1,2}", "*?", "+?", "??"]))


#: Patterns that take a character at least, so that repeating them is no riddle.
PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "c", "[ab]", "[^a]", "ab", "(?:a|bc)"]),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("{}{}".format, repeated(inner), inner),
        st.builds("{}{}".format, inner, repeated(inner)),
    ),
    max_leaves=6,
)
TEXTS = ["".join(letters) for length in range(6) for letters in product("abc", repeat=length)]


@given(PATTERNS, st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=3))
def test_triggers_are_told_as_by_trying_every_text(pattern, triggers):
    """
    What is said of triggers is what trying all short texts says; a text that is given matches and has none of them.
    """
    escapes = [
        text for text in TEXTS if re.fullmatch(pattern, text) and not any(trigger in text for trigger in triggers)
    ]
    given_text = without(pattern, tuple(triggers))

    assert given_text is not None or escapes == []
    if given_text is not None:
        assert re.fullmatch(pattern, given_text)
        assert not any(trigger in given_text for trigger in triggers)


@given(PATTERNS, st.text("abc", max_size=8))
def test_the_machine_that_counts_steps_takes_the_way_of_re(pattern, text):
    """
    The trial's machine finds what `re` finds: its steps are steps of the same search.
    """
    found = re.match(pattern, text)

    assert _Machine(Tree(pattern))._run(0, text, 0, 1_000_000) == (found.end() if found else None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?<=a)b", "ab"),
        ("(?<!a)b", "ab"),
        ("a(?=b)", "ab"),
        ("a(?!b)", "ab"),
        ("^a$", "a\n"),
        (r"\Aa\Z", "a\n"),
        ("(?>a*)b", "aab"),
        ("a*+ab", "aab"),
        ("(?>ab|a)bc", "abc"),
    ],
)
@pytest.mark.parametrize("start", [0, 1])
def test_the_machine_knows_assertions(pattern, text, start):
    """
    Looking ahead and behind, ends of the text, and what is never given back are as in `re`.
    """
    found = re.compile(pattern).match(text, start)

    assert _Machine(Tree(pattern))._run(0, text, start, 1_000_000) == (found.end() if found else None)
