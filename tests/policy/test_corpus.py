"""A city's own texts, run through the rules."""

from __future__ import annotations

from datetime import UTC

import pytest
from small_packs import Clock, pack, rule

from civicsns.errors import BadInput
from civicsns.model import Capacity, Severity
from civicsns.policy import corpus
from civicsns.policy.engine import Policy

POLICY = Policy(
    pack(
        rule("AAA001", {"kind": "terms", "terms": ["鍵"]}, severity=Severity.BLOCK),
        rule("BBB001", {"kind": "terms", "terms": ["扉"]}),
        rule("CCC001", {"kind": "terms", "terms": ["窓"]}, severity=Severity.ADVISE),
    ),
    clock=Clock(),
)


def texts(samples):
    return [sample.draft.text for sample in samples]


def test_lines_become_windows():
    """
    Pieces are joined and cut into windows of one length; notes and empty lines are left out, and the rest is kept.
    """
    lines = ["# 出典", "", "あいうえお", "かき"]

    assert ["あいう", "えお\n", "かき"] == texts(corpus.plain(lines, window=3))
    assert ["あいうえお", "かき"] == texts(corpus.plain(lines, window=0))


def test_alarms_are_counted_by_rule_and_by_text():
    """
    A rule counts once for each text, and a text counts by the heaviest of its alarms.
    """
    made = corpus.tally(corpus.plain(["鍵と鍵と窓", "扉と窓", "窓", "何もない"], window=0), POLICY.check, show=2)

    assert {("AAA001", "block"): 1, ("BBB001", "review"): 1, ("CCC001", "advise"): 3} == dict(made.alarms)
    assert {Severity.BLOCK: 1, Severity.REVIEW: 1, Severity.ADVISE: 1} == dict(made.heaviest)
    assert (4, 0.75) == (made.texts, made.rate(3))
    assert ["【鍵】と鍵と窓", "鍵と【鍵】と窓"] == made.shown["AAA001"]
    assert ["鍵と鍵と【窓】", "扉と【窓】"] == made.shown["CCC001"]


def test_what_is_expected_is_no_alarm():
    """
    With labels, what was expected is no alarm, and what was not found is missed.
    """
    lines = ['{"id": 1, "text": "鍵", "rules": ["AAA001", "BBB001"]}', "", '{"text": "鍵"}']
    made = corpus.tally(corpus.labelled(lines, zone=UTC), POLICY.check)

    assert {("AAA001", "block"): 1} == dict(made.alarms)
    assert {"BBB001": 1} == dict(made.missed)
    assert {"AAA001": 1, "BBB001": 1} == dict(made.expected)


def test_labelled_texts_have_circumstances():
    """
    A labelled text is read as `check --jsonl` reads it.
    """
    (sample,) = corpus.labelled(['{"text": "x", "context": {"capacity": "private", "on_duty": true}}'], zone=UTC)

    assert (Capacity.PRIVATE, True) == (sample.draft.capacity, sample.context.on_duty)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"text": "x", "context": {"on_duty": 1}}'])
def test_a_line_that_cannot_be_read_is_named(line):
    """
    A corpus with a bad line is refused with the line's number.
    """
    with pytest.raises(BadInput) as refused:
        list(corpus.labelled(['{"text": "x"}', line], zone=UTC))

    assert "2" == refused.value.place


def test_nothing_is_no_share():
    """
    An empty corpus has no alarms, and no division by zero.
    """
    assert 0.0 == corpus.tally([], POLICY.check).rate(0)
