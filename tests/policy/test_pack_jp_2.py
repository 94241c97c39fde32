"""The municipal pack: commerce, copyright, disaster, duty, tone, accessibility, links and operations."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from civicsns.model import Capacity, Context, Draft, Finding, Lane, Severity, Skipped
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin

if TYPE_CHECKING:
    from civicsns.policy.pack import Pack, PackRule

_JST = timezone(timedelta(hours=9))
_FAMILIES = {"END", "CPY", "DIS", "DUT", "TON", "ACC", "LNK", "OPS"}
_PACK = builtin("jp-municipal")
_OURS = [rule for rule in _PACK.rules if rule.family in _FAMILIES]
_TEXTUAL = [rule for rule in _OURS if rule.detect["kind"] not in {"question", "account", "media", "time"}]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return _PACK


@pytest.fixture(scope="module")
def policy(pack: Pack) -> Policy:
    return Policy(pack)


def _codes(policy: Policy, text: str, context: Context | None = None, **parts: Any) -> set[str]:
    draft = Draft(author="1", accounts=("w",), text=text, **parts)
    return {one.rule for one in policy.check(draft, context or Context()) if not isinstance(one, Skipped)}


@pytest.mark.parametrize("rule", _TEXTUAL, ids=lambda rule: rule.code)
def test_examples_are_four_and_four(rule: PackRule) -> None:
    """A rule that reads the text shows four posts that it flags and four that it lets pass, and says its limits."""
    assert (True, True, True) == (len(rule.must_flag) >= 4, len(rule.must_pass) >= 4, rule.limits is not None)


@pytest.mark.parametrize("rule", _OURS, ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: PackRule) -> None:
    """Message, reason and mend are there in both languages."""
    texts = [text for both in (rule.message, rule.explain, rule.mend) if both for text in (both.ja, both.en)]

    assert 6 == len([text for text in texts if text and "TODO" not in text])


@pytest.mark.parametrize("rule", _OURS, ids=lambda rule: rule.code)
def test_every_citation_says_whom_it_binds(pack: Pack, rule: PackRule) -> None:
    """What a rule cites is known, is bound to somebody, and is confirmed by no lawyer."""
    cited = [pack.citations[key] for key in rule.legal]

    assert [] == [one.key for one in cited if one.binds is None or one.confirmed]


def test_old_warning_names_count_from_the_day_they_changed(policy: Policy) -> None:
    """A name that ended on 29 May 2026 is right on the day before."""
    text = "若葉市に土砂災害警戒情報が発表されました。"
    days = [datetime(2026, 5, day, 12, tzinfo=_JST) for day in (28, 29)]

    assert [False, True] == ["DIS007" in _codes(policy, text, Context(local_time=day)) for day in days]


def test_old_warning_names_begin_with_the_law(pack: Pack) -> None:
    """The rule begins on the day on which the amended act came into force."""
    begins = next(rule.begins for rule in pack.rules if rule.code == "DIS007")

    assert date(2026, 5, 29) == begins


def test_hearsay_that_is_denied_passes(policy: Policy) -> None:
    """To deny a rumour is no hearsay."""
    assert "DIS001" not in _codes(policy, "ダムが決壊したという話が広まっていますが、事実ではありません。")


def test_personal_opinion_is_free_in_private(policy: Policy) -> None:
    """What the rule on opinion stops on the city's account it leaves alone on a private one."""
    text = "個人的には市の方針は間違いだと思います"
    said = ["DUT004" in _codes(policy, text, capacity=capacity) for capacity in (Capacity.OFFICIAL, Capacity.PRIVATE)]

    assert [True, False] == said


def test_quiet_hours_spare_the_emergency_lane(policy: Policy) -> None:
    """An order to evacuate goes out at night."""
    night = Context(local_time=datetime(2026, 11, 18, 1, 30, tzinfo=_JST))
    said = ["DUT002" in _codes(policy, "お知らせです。", night, lane=lane) for lane in (Lane.ROUTINE, Lane.EMERGENCY)]

    assert [True, False] == said


def test_weekday_without_a_year_is_only_advice(policy: Policy) -> None:
    """Which year is meant is a guess, so it holds nothing up; with the year it does."""
    context = Context(local_time=datetime(2026, 11, 18, 12, tzinfo=_JST))
    found = [
        one.severity
        for text in ("11月29日（土）に開催します。", "2026年11月29日（土）に開催します。")
        for one in policy.check(Draft(author="1", accounts=("w",), text=text), context)
        if isinstance(one, Finding) and one.rule == "ACC010"
    ]

    assert [Severity.ADVISE, Severity.REVIEW] == found


def test_council_is_asked_only_of_the_council(policy: Policy) -> None:
    """The question on the assembly's own ordinance is put to its office alone."""
    text = "傍聴席からの写真を、傍聴された方の許可を得て載せます。"
    said = ["OPS004" in _codes(policy, text, Context(section=section)) for section in ("議会事務局", "広報課")]

    assert [True, False] == said


def test_loudspeakers_are_no_intercepted_radio(policy: Policy) -> None:
    """What the city itself broadcasts may be told; what was meant for the fire brigade may not."""
    said = [
        "DIS010" in _codes(policy, f"{radio}で放送を聞いたところ、断水とのことです。")
        for radio in ("防災行政無線", "消防無線")
    ]

    assert [False, True] == said
