"""The rule engine: which rules look, at what, and what is said of those that could not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_packs import Clock, draft, pack, reasons, rule, words

from civicsns.language import Bilingual
from civicsns.model import Capacity, Context, Finding, Lane, Poll, PostRef, Severity
from civicsns.model.verdict import Fix, Question, Skipped
from civicsns.policy.detect import KINDS
from civicsns.policy.detect.base import CannotTell
from civicsns.policy.engine import MOST, Policy, parts
from civicsns.policy.facts import FACTS, known, of_context, of_draft
from civicsns.policy.packfile import builtin
from civicsns.policy.scan import Match

WORD = {"kind": "terms", "terms": ["内緒"]}
JP = Policy(builtin("jp-municipal"), clock=Clock())

BINARY = ("on_duty", "election", "disaster", "approved")
BY_FACT = Policy(pack(*(rule(f"F{name}", WORD, when={name: True}) for name in BINARY)), clock=Clock())


def codes(policy: Policy, text: str, context: Context | None = None) -> list[str]:
    return [one.rule for one in policy.check(draft(text), context or Context()) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("when", "context", "found"),
    [
        ({"election": True}, Context(election=True), ["内緒"]),
        ({"election": True}, Context(election=False), []),
        ({"job": ["teacher", "nurse"]}, Context(job="nurse"), ["内緒"]),
        ({"job": ["teacher", "nurse"]}, Context(job="clerk"), []),
        ({"capacity": "official"}, Context(), ["内緒"]),
        ({"election": True, "on_duty": True}, Context(election=True, on_duty=False), []),
    ],
)
def test_facts_decide_whether_a_rule_applies(when: dict[str, object], context: Context, found: list[str]):
    """All facts of `when` must hold; a list names several values of which one must."""
    assert found == words(WORD, "内緒です", context, when=when)


def test_capacity_comes_from_the_draft():
    """A rule for official posts does not look at private ones."""
    assert [] == words(WORD, draft("内緒です", capacity=Capacity.PRIVATE), when={"capacity": "official"})


def test_an_unknown_fact_is_not_silence():
    """A rule that would need to know is named with what is not known, even where its words are missing."""
    assert [FACTS["election"].ja] == reasons(WORD, "文", when={"election": True})


def test_a_fact_that_speaks_against_a_rule_is_enough():
    """Where one fact already rules it out, nothing need be known of the others."""
    assert [] == reasons(WORD, "内緒", Context(on_duty=False), when={"on_duty": True, "election": True})


@settings(max_examples=40)
@given(
    st.builds(
        Context,
        on_duty=st.none() | st.booleans(),
        election=st.none() | st.booleans(),
        disaster=st.none() | st.booleans(),
        section=st.none() | st.text(max_size=3),
        approved=st.none() | st.booleans(),
    )
)
def test_every_rule_answers_for_itself(context: Context):
    """Whatever is known, a rule on a fact finds where it holds, is silent where not, and is skipped where unknown."""
    said = {one.rule: type(one) for one in BY_FACT.check(draft("内緒"), context)}

    assert said == {
        f"F{name}": Skipped if getattr(context, name) is None else Finding
        for name in BINARY
        if getattr(context, name) is not False
    }


CONTEXTS = st.builds(
    Context,
    local_time=st.none() | st.just(datetime(2026, 10, 1, tzinfo=UTC)),
    on_duty=st.none() | st.booleans(),
    election=st.none() | st.booleans(),
    disaster=st.none() | st.booleans(),
    approved=st.none() | st.booleans(),
    section=st.none() | st.sampled_from("ab"),
    job=st.none() | st.sampled_from("ab"),
    answered=st.none() | st.sampled_from("ab"),
)
DRAFTS = st.builds(
    draft,
    st.just("内緒"),
    capacity=st.sampled_from(Capacity),
    lane=st.sampled_from(Lane),
    reply_to=st.none() | st.just(PostRef(platform="x", id="1")),
    quote=st.none() | st.just(PostRef(platform="x", id="1")),
    corrects=st.none() | st.just("0"),
)


@settings(max_examples=50)
@given(DRAFTS, CONTEXTS, DRAFTS, CONTEXTS)
def test_rules_are_chosen_by_all_that_is_known(one_draft, one, other_draft, other):
    """Where two drafts differ in a fact that a rule may name, or in whether it is known, so does what rules are chosen by."""

    def facts(post, context):
        read = known(post, context)
        return {name: fact is None if name in {"local_time", "answered"} else fact for name, fact in read.items()}

    same = facts(one_draft, one) == facts(other_draft, other)

    assert same or (of_draft(one_draft), of_context(one)) != (of_draft(other_draft), of_context(other))


def test_every_fact_has_a_name_and_a_reason():
    """What rules may name is what is known of a draft, and for each there are words to say that it is not known."""
    assert set(FACTS) == set(known(draft("文"), Context()))


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(2026, 9, 30), []), (date(2026, 10, 1), ["内緒"]), (date(2026, 10, 31), ["内緒"]), (date(2026, 11, 1), [])],
)
def test_a_rule_has_its_time(day: date, found: list[str]):
    """It applies from its first to its last day: the day of the post where that is known, today where not."""
    own = rule("TST001", WORD, begins=date(2026, 10, 1), ends=date(2026, 10, 31))
    noon = Context(local_time=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))

    assert bool(found) == bool(codes(Policy(pack(own), clock=Clock(date(2020, 1, 1))), "内緒", noon))
    assert bool(found) == bool(codes(Policy(pack(own), clock=Clock(day)), "内緒"))


def test_every_text_of_a_draft_is_looked_at():
    """Variants, alt texts, link and answers of a poll are looked at, each text once, and named by their part."""
    post = draft(
        "内緒",
        variants={"x": "内緒", "facebook": "これも内緒"},
        poll=Poll(options=("内緒です", "いいえ"), minutes=5),
        link="https://内緒.example/",
    )
    found = [one for one in Policy(pack(rule("TST001", WORD))).check(post, Context()) if isinstance(one, Finding)]

    assert ["text", "variants.facebook", "link", "poll.0"] == [one.part for one in found]
    assert {"内緒"} == {dict(parts(post))[one.part][one.span.start : one.span.end] for one in found if one.span}


def test_a_finding_carries_what_its_rule_says():
    """Severity, message, articles, mend and fix come from the pack."""
    own = rule("TST001", WORD, severity=Severity.BLOCK, legal=("a:1", "b:2"), fix={"kind": "replace", "with": "非公開"})
    finding = next(iter(Policy(pack(own)).check(draft("これは内緒"), Context())))

    assert isinstance(finding, Finding)
    assert (Severity.BLOCK, ("a:1", "b:2"), Fix(kind="replace", text="非公開")) == (
        finding.severity,
        finding.legal_basis,
        finding.fix,
    )


@pytest.mark.parametrize(
    ("fix", "text", "mended", "safe"),
    [
        ({"kind": "mask", "keep": 4}, "番号 0123-4567", "****-4567", False),
        ({"kind": "mask", "keep": 0}, "番号 ０１２３-4567", "****-****", False),
        ({"kind": "nfkc"}, "番号 ０１２３-4567", "0123-4567", True),
        ({"kind": "replace_map", "map": {"0123-4567": "0000"}}, "番号 ０１２３-4567", "0000", False),
        ({"kind": "strip"}, "番号 0123\u200b-4567", "0123-4567", True),
    ],
)
def test_mends(fix: dict[str, object], text: str, mended: str, safe: bool):
    """What a program can mend, it says how; safe is what does not change what the post says."""
    own = rule("TST001", {"kind": "regex", "pattern": "[0-9]{4}-[0-9]{4}", "triggers": ["番号"]}, fix=fix)
    finding = next(one for one in Policy(pack(own)).check(draft(text), Context()) if isinstance(one, Finding))

    assert Fix(kind="replace", text=mended, safe=safe) == finding.fix


@pytest.mark.parametrize("fix", [{"kind": "ask"}, {"kind": "strip"}, {"kind": "replace_map", "map": {"公開": "x"}}])
def test_what_only_a_person_can_mend(fix: dict[str, object]):
    """There is no change to offer where a person must decide, or nothing would change."""
    own = rule("TST001", WORD, fix=fix)
    finding = next(one for one in Policy(pack(own)).check(draft("内緒"), Context()) if isinstance(one, Finding))

    assert finding.fix is None


def test_a_rule_of_several_detectors():
    """Under `any` each of them looks; what one finds, the rule finds, once."""
    either = {"kind": "any", "of": [WORD, {"kind": "regex", "pattern": "[0-9]{4}|内緒", "triggers": ["号", "内緒"]}]}

    assert ["内緒", "1234"] == words(either, "内緒の1234号")
    assert ["1234"] == words(either, "1234号")


def test_findings_of_one_rule_end_somewhere():
    """A text that is wrong a thousand times is reported a hundred times; other rules are still heard."""
    policy = Policy(pack(rule("TST001", WORD), rule("TST002", {"kind": "terms", "terms": ["極秘"]})))
    found = codes(policy, "内緒" * 1000 + "極秘")

    assert (MOST, 1) == (found.count("TST001"), found.count("TST002"))


def test_many_words_are_sorted_out_as_few_are():
    """A rule hears of the same words, however many there are in the text."""
    near = {"kind": "near", "groups": [["予定価格"], ["円"]], "window": 3, "none": ["公告"], "none_window": 3}
    long = "内緒。" * 200

    assert ["予定価格5円"] == words(near, "予定価格5円")
    policy = Policy(pack(rule("TST001", near), rule("TST002", WORD)))
    post = draft(long + "予定価格5円。これとは別に公告、予定価格7円。" + long)
    found = [one for one in policy.check(post, Context()) if isinstance(one, Finding) and one.rule == "TST001"]

    assert ["予定価格5円"] == [post.text[one.span.start : one.span.end] for one in found if one.span]


def test_a_plan_for_each_combination_of_facts():
    """Which rules apply is worked out anew where the facts are others, not taken from the last draft."""
    policy = Policy(pack(rule("TST001", WORD, when={"election": True})))

    assert [["TST001"], [], ["TST001"]] == [
        codes(policy, "内緒", Context(election=election)) for election in (True, False, True)
    ]


TROUBLE = st.sampled_from(
    [
        *"０９ー-.@＠①㈱ﾊﾞｶバカ○〇*\u200b\u0301\ufe0f🎉#＃「」(（土日)）/:。\n",
        "http://",
        "bit.ly",
        "予定価格",
        "さん",
        "090",
        "10月3日",
    ]
)


@settings(max_examples=60)
@given(st.lists(TROUBLE | st.characters(), max_size=60).map("".join))
def test_every_span_is_in_the_text(text: str):
    """Whatever is written, nothing breaks, and each finding names a stretch of the text as it was written."""
    context = Context(local_time=datetime(2026, 10, 1, 23, tzinfo=UTC), on_duty=True, election=True)
    said = JP.check(draft(text), context)

    assert [] == [
        one
        for one in said
        if isinstance(one, Finding) and one.span and not 0 <= one.span.start < one.span.end <= len(text)
    ]
    assert all(isinstance(one, Finding | Question | Skipped) for one in said)


#: What a rule sees that looks at the text as it was written is another text then: a network's hashtag ends there, too.
FOLDED = [r for r in JP.pack.rules if r.must_flag and r.detect.get("view") != "raw" and r.detect["kind"] != "hashtag"]


@settings(max_examples=50)
@given(st.sampled_from(FOLDED), st.data())
def test_an_invisible_character_hides_nothing(flagged, data):
    """A zero-width character put anywhere into an example does not keep its rule from finding it."""
    example = data.draw(st.sampled_from(flagged.must_flag))
    at = data.draw(st.integers(0, len(example.text)))
    hidden = example.text[:at] + data.draw(st.sampled_from("\u200b\u2060\u00ad\u200d")) + example.text[at:]
    context = example.context if isinstance(example.context, Context) else Context(**(example.context or {}))

    assert flagged.code in codes(JP, hidden, context) or flagged.code not in codes(JP, example.text, context)


@pytest.mark.parametrize("late", [False, True])
def test_a_detector_that_cannot_tell(late):
    """
    A detector that gives up, at once or after a finding, is named with its reason; what it had found counts.
    """

    @attrs.frozen
    class Unable:
        slots: tuple[tuple[str, ...], ...] = (("内緒",),)
        needs: tuple[int, ...] = (0,)

        def find(self, _scan, hits):
            if not late:
                raise CannotTell(Bilingual("辞書がありません。", "There is no dictionary."))
            return self.found(hits)

        def found(self, hits):
            yield Match(hits[0].start, hits[0].end)
            raise CannotTell(Bilingual("辞書がありません。", "There is no dictionary."))

    KINDS["unable"] = lambda _table, _words: Unable()
    try:
        said = list(Policy(pack(rule("TST001", {"kind": "unable"}))).check(draft("内緒"), Context()))
    finally:
        del KINDS["unable"]

    assert [*([Finding] if late else []), Skipped] == [type(one) for one in said]


def test_severity_may_be_lowered_by_a_detector():
    """What a detector is less sure of weighs less than its rule says."""

    @attrs.frozen
    class Unsure:
        slots: tuple[tuple[str, ...], ...] = (("内緒",),)
        needs: tuple[int, ...] = (0,)

        def find(self, _scan, hits):
            return [Match(hits[0].start, hits[0].end, severity=Severity.ADVISE)]

    KINDS["unsure"] = lambda _table, _words: Unsure()
    try:
        said = list(Policy(pack(rule("TST001", {"kind": "unsure"}))).check(draft("内緒"), Context()))
    finally:
        del KINDS["unsure"]

    assert [Severity.ADVISE] == [one.severity for one in said if isinstance(one, Finding)]


def test_every_rule_sees_words_that_were_taken_apart():
    """A rule of patterns, too, finds words whose letters stand apart, and names them as the author wrote them."""
    rule = {"kind": "regex", "pattern": "予定価格は[0-9]+円", "triggers": ["予定価格"]}

    assert ["予 定 価 格は500円"] == words(rule, "工事の予 定 価 格は500円です。")


def test_words_are_put_together_for_no_advice():
    """What is merely advised is no reason to take a text's gaps for a disguise."""
    rule = {"kind": "regex", "pattern": "予定価格", "triggers": ["予定価格"]}

    assert [] == words(rule, "予 定 価 格です。", severity=Severity.ADVISE)


def test_a_detector_may_weigh_less_than_its_rule():
    """One of several detectors of a rule that stops a post may only ask for a second look."""
    secret = {**WORD, "severity": "review"}
    alone = Policy(pack(rule("TST001", {"kind": "any", "of": [secret]}, severity=Severity.BLOCK)), clock=Clock())

    assert [Severity.REVIEW] == [
        one.severity for one in alone.check(draft("内緒です"), Context()) if isinstance(one, Finding)
    ]
