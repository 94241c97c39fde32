"""A text is read again where a word that is meant would matter, and not where it only sounds like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.model import Context, Draft, Finding
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.policy.rereading import _differing

POLICY = Policy(builtin("jp-municipal"))
EVERYBODY = frozenset(POLICY._detectors.all())


@pytest.mark.parametrize(
    "text",
    ["実際の災害とお間違えのないようお願いします。", "市民けんしんを受けましょう。", "かみしばいを見に来てください。"],
)
def test_what_only_sounds_like_a_word_of_a_rule_is_not_read_again(text):
    """
    ないよう sounds like 内容, a word of several rules; but no rule has all its words where that is put into the text.
    """
    reading = POLICY._index.read(text)

    assert reading.sounding
    assert POLICY._rereader.read(reading, EVERYBODY) == ()


@pytest.mark.parametrize(
    ("text", "meant", "rule"),
    [
        ("よていかかくは8200万円です。", "予定価格", "SEC002"),
        ("入札のよていかかくを教えます。", "予定価格", "SEC002"),
        ("せんきょでは山田候補に一票をお願いします。", "選挙", "POL017"),
    ],
)
def test_a_word_that_matters_is_read_as_it_is_meant(text, meant, rule):
    """
    With 予定価格 in the place of よていかかく, a rule has words that it had not: it is asked about the text so.
    """
    again = list(POLICY._rereader.read(POLICY._index.read(text), EVERYBODY))
    found = POLICY.check(Draft(author="1", text=text, accounts=("a",)), Context())

    assert any(meant in one.folded.view for one, guessed in again if guessed)
    assert rule in {one.rule for one in found if isinstance(one, Finding)}


@given(*[st.text("abあ", max_size=6)] * 4)
def test_texts_differ_within_what_is_told(begin, one, other, end):
    """
    What lies before and behind the stretch in which a text differs from another is the same in both.
    """
    before, after = begin + one + end, begin + other + end
    first, last = _differing(before, after)

    assert 0 <= first <= last <= len(after)
    assert before.startswith(after[:first])
    assert before.endswith(after[last:])
    assert (first == last) >= (before == after)
    assert first + len(after) - last <= len(before)
