from __future__ import annotations

import sys
from functools import partial

import pytest

from civicsns.errors import TextTooLong
from civicsns.text import Measure, entities, measure, split, weighted_length

_PATTERNS = [
    "青葉市です。", "a.", "日.", "a_.", "-.", "@a", "@a ", "#a", "#a ", "$A ", "http://", "http://a.co/(", "a.co/(a(", "a.co/((", "a.co?!",
    "a.co ", "a.co日", "日a.co", "https://t.co/a", "xn--", "xn--a.", "\u0301\u0323", "\u0f73", "👩\u200d", "🇯", "1\ufe0f", "（日", "日@", "日#", "日日日日日日日日日日日日日日日日日日日日a.co",
]  # fmt: skip


def _split(text, by):
    try:
        # Without numbers, whose digits would have to be found in several passes.
        return split(text, by=by, maximum=100, numbering="")
    except TextTooLong:
        return ()


def _steps(function, text):
    """Count the calls that *function* makes, of functions in Python and in C."""
    count = 0

    def step(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(step)
    try:
        function(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "function",
    [weighted_length, entities, *(partial(measure, by=by) for by in Measure), *(partial(_split, by=by) for by in Measure)],
)  # fmt: skip
@pytest.mark.parametrize("pattern", _PATTERNS)
def test_twice_the_text_takes_at_most_twice_the_steps(function, pattern):
    """
    The number of calls grows no faster than a text that repeats the worst of patterns.
    """
    short = (pattern * 1200)[:1200]
    function(short)
    once = _steps(function, short)
    twice = _steps(function, short * 2)

    assert twice <= 2.2 * once + 50
