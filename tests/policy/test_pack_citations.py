"""The report on citations: what has grown old, and what nobody has read."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from civicsns.language import Bilingual
from civicsns.policy import citations, packfile
from civicsns.policy.citations import Doubt
from civicsns.policy.pack import Citation

TODAY = date(2026, 11, 22)
SAYS = Bilingual("文", "text")
CITED = Citation(key="chikoho:33", law="chikoho", says=SAYS, seen="text", version=date(2026, 1, 22), confirmed="弁護士")


def doubts(citation, *, months=12, used=True):
    base = packfile.builtin("base")
    rule = attrs.evolve(base.rules[0], legal=(citation.key,) if used else ())
    pack = attrs.evolve(base, citations={citation.key: citation}, rules=(rule,))
    return [one.doubts for one in citations.stale(pack, TODAY, months=months)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"version": date(2025, 11, 22)}, [(Doubt.OLD,)]),
        ({"version": date(2025, 11, 23)}, []),
        ({"version": None}, [(Doubt.UNDATED,)]),
        ({"seen": "unseen"}, [(Doubt.UNSEEN,)]),
        ({"seen": "secondary"}, [(Doubt.SECOND_HAND,)]),
        ({"seen": "secondary", "version": date(2020, 1, 1)}, [(Doubt.SECOND_HAND, Doubt.OLD)]),
        ({"seen": "local", "version": None}, []),
        ({"version": date(2020, 1, 1), "confirmed": ""}, [(Doubt.OLD, Doubt.UNCONFIRMED)]),
        ({"confirmed": ""}, []),
    ],
)
def test_what_is_doubtful(change, expected):
    """
    A citation is listed if it is unread, read at second hand, undated or as old as was asked for.
    """
    assert doubts(attrs.evolve(CITED, **change)) == expected


def test_a_citation_that_no_rule_names_is_listed():
    """
    What no rule rests on is listed, however fresh it is.
    """
    assert doubts(CITED, used=False) == [(Doubt.UNUSED,)]


@pytest.mark.parametrize(
    ("since", "months"),
    [(date(2026, 11, 22), 0), (date(2026, 10, 23), 0), (date(2026, 10, 22), 1), (date(2024, 11, 23), 23)],
)
def test_months_are_whole(since, months):
    """
    A month counts when its day has come.
    """
    assert citations.elapsed(since, TODAY) == months


def test_no_lawyer_has_confirmed_anything():
    """
    The packs say of no article that a lawyer confirmed it, since none has.
    """
    for name in ("base", "jp-municipal"):
        pack = packfile.builtin(name)
        known = {citation.key for citation in pack.citations.values() if citation.seen != "local"}

        assert {citation.key for citation in citations.unconfirmed(pack)} == known
