"""Who is let through and who is not, by the programme itself; and what of it goes on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from board import Handing
from board import world as handing
from city import HOUR, NOW, draft, unknown
from wall import ACCOUNTS, World, later, published, world

from civicsns.accounts import register
from civicsns.accounts.permission import Cause, MayNot
from civicsns.accounts.roster import Roster
from civicsns.config import PermissionSettings
from civicsns.errors import AuthorizationLost, NotPermitted
from civicsns.language import Bilingual
from civicsns.model import Account, Capacity, DeliveryState, Fact, Person
from civicsns.model.account import SECTION
from civicsns.posting.hold import Scope
from civicsns.store.memory import MemoryStore

PEOPLE = {
    number: Person(number=number, name=f"職員 {number}", section=section)
    for number, section in (("1", ""), ("2", "観光課"), ("3", "税務課"), ("9", "総務課"))
}
WORDS = Bilingual("切れた", "It is dead.")


def city(accounts: dict[str, dict[str, Any]] | None = None, **parts: Any) -> World:
    """Open a programme where 1 is everybody's steward, 9 oversees, and *accounts* are changed."""
    shown = world(permissions=PermissionSettings(overseers=("9",)), **parts)
    changed = {name: attrs.evolve(one, **(accounts or {}).get(name, {})) for name, one in ACCOUNTS.items()}
    shown.program.roster = Roster(people=PEOPLE, accounts=changed)
    return shown


def refusals(shown: World, subject: str) -> list[tuple[str, str, str, str]]:
    return [
        (record.event, record.by, record.facts.get("step", ""), record.facts["cause"])
        for record in shown.program.store.records(subject)
        if record.event.endswith(".refused")
    ]


def test_whoever_is_not_named_is_refused_before_anything_is_sent():
    """
    One account that the author may not use stops the whole draft; the attempt is on record with that account.
    """
    shown = city({"b": {"posters": {"2"}}})
    item = draft(author="2", accounts=["a", "b"])
    with pytest.raises(MayNot) as refused:
        shown.program.publish(item)

    assert "a" == refused.value.place
    assert Cause.NOT_NAMED is refused.value.refused["a"].cause
    assert ("1",) == refused.value.refused["a"].who
    assert {} == shown.wall.posts
    assert [("post.refused", "2", "publish", "not_named")] == refusals(shown, "a")
    assert item.digest == shown.program.store.records("a")[0].facts["draft"]
    assert [] == refusals(shown, "b")
    assert [] == shown.program.store.records(item.digest)
    assert isinstance(refused.value, NotPermitted)


@pytest.mark.parametrize(
    ("author", "changes", "goes"),
    [
        ("1", {}, True),
        ("2", {}, False),
        ("2", {"posters": {"2"}}, True),
        ("2", {"posters": {SECTION}}, True),
        ("3", {"posters": {SECTION}}, False),
        ("9", {}, False),
        ("1", {"closed": NOW.date()}, False),
    ],
)
def test_who_goes_through(author: str, changes: dict[str, Any], goes: bool):
    """
    The steward, the posters and the section where it posts; an overseer as little as anybody else.
    """
    shown = city({"a": changes})
    if goes:
        shown.program.publish(draft(author=author))
    else:
        with pytest.raises(MayNot):
            shown.program.publish(draft(author=author))

    assert goes is (1 == len(shown.wall.posts))
    assert goes is shown.program.permissions.may(author, "a").allowed


def test_of_what_is_private_no_refusal_is_on_record():
    """
    It is refused all the same.
    """
    shown = city()
    with pytest.raises(MayNot):
        shown.program.publish(draft(author="2", capacity=Capacity.PRIVATE))

    assert [] == shown.program.store.records("a")
    assert {} == shown.wall.posts


def test_what_is_only_looked_at_is_nobodys_attempt():
    """
    Whoever prepares a post is told that it would be refused, without a record; the rules look at anybody's words.
    """
    shown = city()
    with pytest.raises(MayNot):
        shown.program.prepare(draft(author="2"))
    verdict = shown.program.check(draft("個人番号 123456789018", author="2"))

    assert "PII001" in {finding.rule for finding in verdict.findings}
    assert [] == shown.program.store.records("a")


def test_terms_end_with_the_citys_day():
    """
    At 23:59 in Tokyo of the last day a person posts; a minute later, still the same day in London, no longer.
    """
    shown = city()
    last = attrs.evolve(PEOPLE["1"], until=NOW.date())
    shown.program.roster = attrs.evolve(shown.program.roster, people={"1": last})
    shown.clock.set(NOW.replace(hour=14, minute=59))
    shown.program.publish(draft())
    shown.clock.set(NOW.replace(hour=15, minute=0))
    with pytest.raises(MayNot, match="ended on 2026-04-01"):
        shown.program.publish(draft("もう一つ。"))

    assert 1 == len(shown.wall.posts)
    assert [("post.refused", "1", "publish", "term")] == refusals(shown, "a")


def test_nothing_more_is_posted_while_posting_is_on_hold():
    """
    A hold refuses what would go out now, and lets later posts be planned, which it keeps back when they are due.
    """
    shown = city()
    shown.program.hold(Scope.SECTION, "観光課", by="9", reason="大雨警報")
    with pytest.raises(MayNot, match="大雨警報"):
        shown.program.publish(draft(accounts=["a", "c"]))
    (planned,) = later(shown)
    shown.drive(HOUR)

    assert {} == shown.wall.posts
    assert DeliveryState.HELD is shown.state(planned)
    assert [("post.refused", "1", "publish", "on_hold")] == refusals(shown, "a")


def test_a_draft_on_hold_does_not_go_out_a_second_time():
    """
    Whoever stops a draft stops those words, and not only the deliveries that there were.
    """
    shown = city()
    (planned,) = later(shown)
    shown.program.hold(Scope.DRAFT, planned.draft, by="1", reason="確認中")
    shown.clock.advance(HOUR)
    with pytest.raises(MayNot, match="on hold"):
        later(shown)
    published(shown, "ほかのお知らせです。")

    assert ["ほかのお知らせです。"] == shown.texts()


def test_what_the_register_says_holds_at_once():
    """
    A register in the store: who waits to be connected does not post, and each change there counts from then on.
    """
    store = MemoryStore()
    shown = world(store=store)
    shown.program.roster = register.roster(store)
    kept: dict[str, Fact] = {}

    def put(kind: str, key: str, value: dict[str, Any]) -> None:
        old = kept.get(key)
        kept[key] = old.becomes(**value) if old else Fact(kind=kind, key=key, value=value)
        assert store.put(old, kept[key])

    account = Account(id="a", platform="wall", section="観光課", steward="1")
    put(register.PERSON, "2", register.person_value(PEOPLE["2"]))
    put(register.ACCOUNT, "a", register.account_value(account))
    causes = []
    for changes in (
        {"posters": {"2"}},
        {"posters": {"2"}, "network_id": "77"},
        {"posters": {SECTION}, "network_id": "77"},
        {"posters": {"3"}, "network_id": "77"},
        {"posters": {"2"}, "network_id": "77", "closed": NOW.date()},
    ):
        put(register.ACCOUNT, "a", register.account_value(attrs.evolve(account, **changes)))
        causes.append(shown.program.permissions.under("2")["a"].cause)

    assert [Cause.NOT_CONNECTED, None, None, Cause.NOT_NAMED, Cause.CLOSED] == causes


def test_what_is_out_is_put_right_by_those_who_may():
    """
    Strangers neither correct, nor delete, nor withdraw; each attempt is on record. An overseer does all of it.
    """
    shown = city({"a": {"posters": {"2"}}})
    (out,) = published(shown)
    (planned,) = later(shown)
    words = draft("（訂正）正しくは5日です。", author="2")

    def attempts(by: str) -> dict[str, Any]:
        return {
            "correct": lambda: shown.program.correct(out.id, words, by=by, reason="誤り"),
            "withdraw": lambda: shown.program.withdraw(planned.id, by=by, reason="中止"),
            "delete": lambda: shown.program.delete(out.id, by=by, reason="誤り"),
        }

    for attempt in attempts("3").values():
        with pytest.raises(MayNot, match=r"the overseers 9"):
            attempt()

    assert ["お知らせです。"] == shown.texts()
    assert DeliveryState.PENDING is shown.state(planned)
    assert [("post.refused", "3", step, "not_named") for step in attempts("3")] == refusals(shown, "a")
    for attempt in attempts("9").values():
        attempt()

    assert ["（訂正）正しくは5日です。"] == shown.texts()
    assert DeliveryState.WITHDRAWN is shown.state(planned)


def test_a_correction_needs_an_author_who_may_post():
    """
    Whoever may take a post back cannot thereby have others say something in its place.
    """
    shown = city()
    (out,) = published(shown)
    with pytest.raises(MayNot):
        shown.program.correct(out.id, draft("正しくは5日です。", author="9"), by="9", reason="誤り")

    assert ["お知らせです。"] == shown.texts()
    assert [("post.refused", "9", "correct", "not_named")] == refusals(shown, "a")


def test_what_waits_for_a_person_waits_for_the_right_one():
    """
    What is held and what is unknown is settled by those who look after the account, or by an overseer.
    """
    shown = city()
    shown.wall.sends = [AuthorizationLost(WORDS, mend=WORDS), unknown()]
    (held,) = published(shown)
    (lost,) = shown.program.publish(draft("二つ目。"), patience=timedelta(0)).results

    def decided(by: str) -> None:
        shown.program.decide(lost.id, by=by, reason="見た", seen_at=shown.clock.now(), post_id="5")

    with pytest.raises(MayNot):
        shown.program.resume(held.id, by="2")
    with pytest.raises(MayNot):
        decided("2")
    shown.clock.advance(HOUR)
    decided("9")
    shown.program.resume(held.id, by="1")

    assert DeliveryState.DELIVERED is shown.state(lost)
    assert DeliveryState.PENDING is shown.state(held)
    assert ["resume", "decide"] == [step for *_, step, _ in refusals(shown, "a")]


def test_what_left_the_list_is_an_overseers():
    """
    A post of an account that is no longer listed is nobody's; an overseer takes it back.
    """
    shown = city()
    (planned,) = later(shown)
    left = {name: one for name, one in shown.program.roster.accounts.items() if name != "a"}
    shown.program.roster = attrs.evolve(shown.program.roster, accounts=left)
    with pytest.raises(MayNot):
        shown.program.withdraw(planned.id, by="1", reason="中止")
    shown.program.withdraw(planned.id, by="9", reason="中止")

    assert DeliveryState.WITHDRAWN is shown.state(planned)


def test_nobody_lifts_what_others_put_on_the_own_account():
    """
    The owner of a personal account does not lift a hold by somebody else; that is on record, and an overseer does.
    """
    shown = city({"a": {"personal": True}})
    shown.program.hold(Scope.ACCOUNT, "a", by="2", reason="調査中")
    with pytest.raises(MayNot, match="調査中"):
        shown.program.lift(Scope.ACCOUNT, "a", by="1", reason="もういい")
    still = [one.key for one in shown.program.holds()]
    shown.program.lift(Scope.ACCOUNT, "a", by="9", reason="調べ終えた")

    assert ["account:a"] == still
    assert [("hold.refused", "1", "", "not_named")] == refusals(shown, "account:a")
    assert () == shown.program.holds()


@pytest.mark.parametrize("scope", [Scope.DRAFT, Scope.DELIVERY])
def test_a_hold_on_a_post_is_lifted_by_the_steward(scope: Scope):
    """
    The steward of all the accounts lifts it; a poster of one does not.
    """
    shown = city({"a": {"posters": {"2"}}})
    planned = later(shown, accounts=["a", "b"])
    name = planned[0].draft if scope is Scope.DRAFT else planned[0].id
    shown.program.hold(scope, name, by="3", reason="確認中")
    with pytest.raises(MayNot):
        shown.program.lift(scope, name, by="2", reason="よい")

    assert [("hold.refused", "2", "", "not_named")] == refusals(shown, name)
    shown.program.lift(scope, name, by="1", reason="よい")

    assert () == shown.program.holds()


def test_what_is_shared_by_hand_asks_too():
    """
    A hand-off is for those who may post there; connected it need not be, since no program posts.
    """
    shown = handing(Handing())
    shown.program.roster = attrs.evolve(shown.program.roster, people=PEOPLE)
    with pytest.raises(MayNot):
        shown.program.hand_off(draft(author="2"), "a")
    shown.program.hand_off(draft(), "a")
    with pytest.raises(MayNot):
        shown.program.record_shared(draft(), "a", by="2")
    shown.program.record_shared(draft(), "a", by="1")
    shown.program.hold(Scope.ACCOUNT, "a", by="9", reason="確認中")
    with pytest.raises(MayNot, match="on hold"):
        # Whatever time it names, what is handed to a person may be out a minute later.
        shown.program.hand_off(draft(not_before=NOW + HOUR), "a")

    assert ["hand_off", "record_shared", "hand_off"] == [
        record.facts["step"] for record in shown.program.store.records("a") if record.event == "post.refused"
    ]
