"""What people do to posts: times, holds, withdrawals, deletions, corrections; each once, and each on record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest

from civicsns.accounts.roster import Roster
from civicsns.errors import BadInput, NotPermitted, OutcomeUnknown, Refused, TextTooLong, UnknownReason, Unsupported
from civicsns.language import Bilingual
from civicsns.model import (
    Account,
    Calendar,
    Credential,
    CredentialKind,
    Delivery,
    DeliveryState,
    Draft,
    Idempotency,
    Lane,
    Limits,
    Media,
    MediaLimits,
    Person,
    ReadBack,
    Receipt,
    Record,
    Rendition,
    Secret,
    TextLimits,
    Upload,
)
from civicsns.policy.basics import RULES
from civicsns.posting import intervention, readback
from civicsns.posting.bounds import Bounds
from civicsns.posting.correction import Linking
from civicsns.posting.hold import Scope
from civicsns.posting.steps import successor
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock
from civicsns.text import Measure
from civicsns.vault.memory import MemoryVault

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = Bilingual("何か", "something")
ACCOUNTS = {
    name: Account(id=name, platform="wall", section=section)
    for name, section in (("a", "観光課"), ("b", "観光課"), ("c", "税務課"), ("d", ""))
}
ROSTER = Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts=ACCOUNTS)
THREAD = "一つ目の文はここまでで、まだ続きます。" * 8


class Wall:
    """A network in memory, with posts that can be answered, quoted, edited and deleted."""

    platform: ClassVar[str] = "wall"

    def __init__(self, *, replies: bool = True, quotes: bool = True, url: str = "https://wall.example/") -> None:
        self.replies, self.quotes = replies, quotes
        self.url = url
        self.posts: dict[str, Rendition] = {}
        self.deleted: list[str] = []
        self.quoted: dict[str, str] = {}
        self.uploads = 0
        self.sends: list[Exception | Callable[[], None]] = []
        self.changes: list[Exception] = []
        self.lock = threading.Lock()

    @property
    def limits(self) -> Limits:
        return Limits(
            text=TextLimits(measure=Measure.FACEBOOK, maximum=60),
            media=MediaLimits(images=4, videos=1, types=frozenset({"image/png"}), bytes_={}, alt_text=1000),
            schedule=None,
            idempotency=Idempotency.NONE,
            read_back=ReadBack.STRONG,
            network_delay=timedelta(seconds=5),
            read_back_lag=timedelta(seconds=1),
            replies=self.replies,
            quotes=self.quotes,
        )

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        text = draft.text_for(self.platform)
        if len(text) > 60:
            raise TextTooLong(WORDS, mend=WORDS, place="text")
        body = {"text": text, "quote": draft.quote.id if draft.quote else None}
        return Rendition(
            platform="wall", account=account.id, text=text, body=body, media=draft.media, reply_to=draft.reply_to
        )

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        if len(rendition.uploads) == len(rendition.media):
            return rendition
        self.uploads += 1
        return attrs.evolve(rendition, uploads=[Upload(digest=item.digest, id="1") for item in rendition.media])

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        with self.lock:
            end = self.sends.pop(0) if self.sends else None
        if isinstance(end, Exception):
            raise end
        if end is not None:
            end()
        return self.make(rendition)

    def make(self, rendition: Rendition) -> Receipt:
        with self.lock:
            number = str(len(self.posts) + len(self.deleted) + 1)
            self.posts[number] = rendition
        return self.receipt(rendition, number)

    def receipt(self, rendition: Rendition, number: str) -> Receipt:
        url = f"{self.url}{number}" if self.url else ""
        return Receipt(platform="wall", account=rendition.account, post_id=number, at=NOW, url=url)

    def find(self, rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        for number, post in self.posts.items():
            if post.digest == rendition.digest:
                return self.receipt(rendition, number)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        if self.changes:
            raise self.changes.pop(0)
        if self.posts.pop(receipt.post_id, None) is not None:
            self.deleted.append(receipt.post_id)


class EditableWall(Wall):
    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        if self.changes:
            raise self.changes.pop(0)
        self.posts[receipt.post_id] = rendition
        return receipt


@attrs.define
class World:
    wall: Wall
    clock: PracticeClock
    program: Program

    def drive(self, by: timedelta = timedelta(0)) -> int:
        """Let time pass, and dispatch until nothing moves."""
        self.clock.advance(by)
        moved = 0
        while step := self.program.dispatch():
            moved += step
        return moved

    def state(self, delivery: Delivery) -> DeliveryState:
        return self.program.store.get(delivery.id).state

    def texts(self) -> list[str]:
        return [post.text for post in self.wall.posts.values()]

    def hands(self, subject: str) -> list[tuple[str, str]]:
        """What people did to *subject*, and why."""
        return [
            (record.event, record.facts["reason"]) for record in self.program.store.records(subject) if record.by == "1"
        ]


def world(wall: Wall | None = None) -> World:
    clock = PracticeClock(NOW)
    vault = MemoryVault()
    for account in ACCOUNTS.values():
        secrets = {"token": Secret("t")}
        vault.put(account, Credential(platform="wall", kind=CredentialKind.OTHER, secrets=secrets))
    wall = wall or Wall()
    program = Program(
        roster=ROSTER,
        adapters={"wall": wall},
        rules=RULES,
        vault=vault,
        clock=clock,
        zone=ZoneInfo("Asia/Tokyo"),
        sleep=lambda seconds: clock.advance(timedelta(seconds=seconds)),
    )
    return World(wall, clock, program)


def draft(text: str = "お知らせです。", **changes: Any) -> Draft:
    given: dict[str, Any] = {"author": "1", "text": text, "accounts": ["a"], **changes}
    return Draft(**given)


def published(shown: World, text: str = "お知らせです。", **changes: Any) -> Sequence[Delivery]:
    return shown.program.publish(draft(text, **changes)).results


def later(shown: World, text: str = "あとのお知らせです。", **changes: Any) -> Sequence[Delivery]:
    return published(shown, text, not_before=NOW + HOUR, **changes)


def unknown() -> OutcomeUnknown:
    return OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)


# --- times ----------------------------------------------------------------------------------------------------------


def test_a_post_that_is_late_is_not_sent_but_reported():
    """
    What could not be sent by its time is not sent at all; whoever watches, and the records, are told.
    """
    shown = world()
    (planned,) = later(shown, not_after=NOW + 2 * HOUR)
    shown.clock.advance(2 * HOUR)
    seen: list[Delivery] = []
    moved = shown.program.dispatch(progress=seen.append)
    _, *records = shown.program.store.records(planned.id)

    assert (1, {}) == (moved, shown.wall.posts)
    assert [(DeliveryState.FAILED, "TooLate")] == [(one.state, one.failure and one.failure.outcome) for one in seen]
    assert ("delivery.failed", "TooLate") == (records[-1].event, records[-1].facts["outcome"])
    assert 0 == shown.drive(HOUR)


def test_a_post_in_time_is_sent():
    """
    Until its time is over it goes out as any other.
    """
    shown = world()
    later(shown, not_after=NOW + 2 * HOUR)
    shown.drive(2 * HOUR - timedelta(microseconds=1))

    assert ["あとのお知らせです。"] == shown.texts()


def test_a_post_that_could_never_be_in_time_is_not_kept():
    """
    A validity that ends before it begins is refused before anything is kept or sent.
    """
    shown = world()
    with pytest.raises(BadInput, match="not later than not_before"):
        later(shown, not_after=NOW + HOUR)

    assert [] == shown.program.upcoming()


def test_nothing_goes_up_for_a_post_that_is_late():
    """
    The files of a post that is too late stay where they are.
    """
    shown = world()
    picture = Media(content=b"\x89PNG\r\n\x1a\n", media_type="image/png", alt_text="札")
    later(shown, not_after=NOW + 2 * HOUR, media=[picture])
    shown.drive(2 * HOUR)

    assert 0 == shown.wall.uploads


def test_an_unknown_outcome_is_read_back_after_its_time():
    """
    What went out in time is found, however late; what did not is not sent again.
    """
    for out in (True, False):
        shown = world()
        (planned,) = later(shown, not_after=NOW + HOUR + timedelta(minutes=1))
        shown.wall.sends = [unknown()]
        shown.drive(HOUR)
        if out:
            shown.wall.make(planned.rendition)
        shown.drive(HOUR)

        assert (DeliveryState.DELIVERED if out else DeliveryState.FAILED) is shown.state(planned)
        assert int(out) == len(shown.wall.posts)


def test_the_rest_of_a_thread_follows_its_beginning_at_any_time():
    """
    Once the first part is out the others follow, late or not; where it is too late for the first, nothing goes out.
    """
    shown = world()
    parts = published(shown, THREAD, thread=True, not_before=NOW + HOUR, not_after=NOW + HOUR + timedelta(seconds=1))

    def slow() -> None:
        shown.clock.advance(timedelta(minutes=10))

    shown.wall.sends = [slow]
    shown.drive(HOUR)
    missed = world()
    late = published(missed, THREAD, thread=True, not_before=NOW + HOUR, not_after=NOW + 2 * HOUR)
    missed.drive(3 * HOUR)

    assert [part.rendition.text for part in parts] == shown.texts()
    assert {} == missed.wall.posts
    assert ["TooLate"] + ["Dropped"] * (len(late) - 1) == [
        failure.outcome for part in late if (failure := missed.program.store.get(part.id).failure)
    ]


def test_the_programme_knows_its_business_days():
    """
    The next business day is the city's, in its zone; a time that is written down is one of its zone too.
    """
    shown = world()
    shown.program.calendar = Calendar(closed=[NOW.date() + timedelta(days=1)])

    assert "2026-04-03T09:00:00+09:00" == shown.program.next_business_day().isoformat()
    assert "2026-04-01T21:00:00+09:00" == shown.program.read_time("21:00").isoformat()


# --- holds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "name", "out"),
    [
        (Scope.PROGRAMME, "", []),
        (Scope.SECTION, "観光課", ["c"]),
        (Scope.ACCOUNT, "a", ["b", "c"]),
        (Scope.DRAFT, None, []),
        (Scope.DELIVERY, None, ["b", "c"]),
    ],
)
def test_a_hold_stops_what_it_names(scope: Scope, name: str | None, out: list[str]):
    """
    What is on hold does not go out, urgent or not, and everything else does; lifted, it goes out once.
    """
    shown = world()
    planned = later(shown, accounts=["a", "b", "c"], lane=Lane.EMERGENCY)
    named = {Scope.DRAFT: planned[0].draft, Scope.DELIVERY: planned[0].id}.get(scope, name or "")
    shown.program.hold(scope, named, by="1", reason="内容を確認中")
    shown.drive(HOUR)
    went = [post.account for post in shown.wall.posts.values()]
    held = shown.program.waiting()
    again = shown.drive()
    gone_on = shown.program.lift(scope, named, by="1", reason="確認した")
    shown.drive()

    assert out == sorted(went)
    assert sorted({"a", "b", "c"} - set(out)) == sorted(one.rendition.account for one in held)
    assert {"OnHold"} == {one.failure.outcome for one in held if one.failure}
    assert 0 == again
    assert len(held) == len(gone_on)
    assert ["a", "b", "c"] == sorted(post.account for post in shown.wall.posts.values())
    assert () == shown.program.holds()


def test_a_hold_is_on_record():
    """
    Who placed it, who lifted it and why stands among the records of what was held, and with each post.
    """
    shown = world()
    (planned,) = later(shown)
    placed = shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="内容を確認中")
    shown.drive(HOUR)
    listed = shown.program.holds()
    shown.program.lift(Scope.ACCOUNT, "a", by="1", reason="確認した")

    assert [placed] == list(listed)
    assert [("hold.placed", "内容を確認中"), ("hold.lifted", "確認した")] == shown.hands("account:a")
    assert [("delivery.pending", "確認した")] == shown.hands(planned.id)


@pytest.mark.parametrize(
    ("scope", "name", "changes", "said"),
    [
        (Scope.ACCOUNT, "z", {}, "nothing of the name 'z'"),
        (Scope.SECTION, "福祉課", {}, "nothing of the name"),
        (Scope.SECTION, "", {}, "nothing of the name"),
        (Scope.DELIVERY, "z", {}, "nothing of the name"),
        (Scope.DRAFT, "z", {}, "nothing of the name"),
        (Scope.PROGRAMME, "z", {}, "nothing of the name"),
        (Scope.ACCOUNT, "a", {"by": "9"}, "no person on the staff"),
        (Scope.ACCOUNT, "a", {"reason": " "}, "no reason"),
        (Scope.ACCOUNT, "b", {}, "on hold already"),
    ],
)
def test_a_hold_needs_its_grounds(scope: Scope, name: str, changes: dict[str, str], said: str):
    """
    A slip in the name would leave posting on: there must be something to hold, somebody who does it, and a reason.
    """
    shown = world()
    shown.program.hold(Scope.ACCOUNT, "b", by="1", reason="確認中")
    with pytest.raises(BadInput, match=said):
        shown.program.hold(scope, name, **{"by": "1", "reason": "確認中", **changes})

    assert ["account:b"] == [one.key for one in shown.program.holds()]


def test_what_two_holds_hold_waits_for_both():
    """
    Lifting one leaves what the other holds; lifting what is not held is refused.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="確認中")
    shown.program.hold(Scope.PROGRAMME, by="1", reason="訓練")
    shown.drive(HOUR)
    gone_on = shown.program.lift(Scope.PROGRAMME, by="1", reason="訓練が終わった")
    with pytest.raises(BadInput, match="is on hold"):
        shown.program.resume(planned.id, by="1")
    with pytest.raises(BadInput, match="no such hold"):
        shown.program.lift(Scope.PROGRAMME, by="1", reason="訓練が終わった")

    assert [] == list(gone_on)
    assert DeliveryState.HELD is shown.state(planned)


def test_an_unknown_outcome_is_read_back_while_posting_is_on_hold():
    """
    A hold sends nothing, and hides nothing either: what went out before is found.
    """
    shown = world()

    def lost() -> None:
        raise unknown()

    shown.wall.sends = [lost]
    (planned,) = shown.program.publish(draft(), patience=timedelta(0)).results
    shown.wall.make(planned.rendition)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)


def test_what_is_on_hold_still_has_an_end():
    """
    A post whose time is over while it is held has failed then, without anybody's lifting anything.
    """
    shown = world()
    (planned,) = later(shown, not_after=NOW + 2 * HOUR)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)
    held = shown.state(planned)
    moved = shown.drive(HOUR)

    assert (DeliveryState.HELD, DeliveryState.FAILED, 1) == (held, shown.state(planned), moved)


def test_a_hold_that_is_lifted_at_the_last_moment_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch):
    """
    Lifted between the look at the hold and the writing of HELD, when nothing is held yet: the post goes on by itself.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    replace = shown.program.store.replace

    def overtaken(old: Delivery, new: Delivery, record: Record) -> bool:
        if new.state is DeliveryState.HELD:
            assert [] == list(shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した"))
        return replace(old, new, record)

    monkeypatch.setattr(shown.program.store, "replace", overtaken)
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)


# --- withdrawing ----------------------------------------------------------------------------------------------------


def test_what_has_not_been_sent_is_withdrawn():
    """
    A withdrawn post never goes out; who took it back and why is on record.
    """
    shown = world()
    (planned,) = later(shown)
    (left,) = shown.program.withdraw(planned.id, by="1", reason="日付が違う")
    shown.drive(2 * HOUR)

    assert DeliveryState.WITHDRAWN is left.state
    assert {} == shown.wall.posts
    assert [("delivery.withdrawn", "日付が違う")] == shown.hands(planned.id)
    assert [] == shown.program.upcoming()


def test_a_draft_is_withdrawn_as_far_as_it_can_be():
    """
    Of a draft what waits is taken back, held or not; what is out stays out.
    """
    shown = world()
    item = draft(accounts=["a", "b"])
    shown.program.hold(Scope.ACCOUNT, "b", by="1", reason="確認中")
    out, held = shown.program.publish(item).results
    left = shown.program.withdraw(item.digest, by="1", reason="中止")

    assert [DeliveryState.DELIVERED, DeliveryState.WITHDRAWN] == [one.state for one in left]
    assert [out.id, held.id] == [one.id for one in left]
    with pytest.raises(BadInput, match="has been published"):
        shown.program.withdraw(item.digest, by="1", reason="中止")


def test_a_thread_is_withdrawn_with_what_follows():
    """
    Without its beginning the rest of a thread is nothing.
    """
    shown = world()
    first, *_ = later(shown, THREAD, thread=True)
    left = shown.program.withdraw(first.id, by="1", reason="中止")

    assert len(left) > 2
    assert {DeliveryState.WITHDRAWN} == {one.state for one in left}


def test_what_is_unknown_or_over_is_not_withdrawn():
    """
    Each refusal says why, and what to do instead.
    """
    shown = world()
    shown.wall.sends = [unknown(), Refused(WORDS, mend=WORDS)]
    (lost,) = shown.program.publish(draft(), patience=timedelta(0)).results
    (failed,) = published(shown, "もう一つのお知らせ")

    for one, said in ((lost, "not known whether it was sent"), (failed, "has failed")):
        with pytest.raises(BadInput, match=said):
            shown.program.withdraw(one.id, by="1", reason="中止")
    for changes, said in (({"by": "9"}, "staff"), ({"reason": ""}, "no reason")):
        with pytest.raises(BadInput, match=said):
            shown.program.withdraw(lost.id, **{"by": "1", "reason": "中止", **changes})
    with pytest.raises(KeyError):
        shown.program.withdraw("z", by="1", reason="中止")


def test_a_withdrawal_while_it_is_being_sent_is_refused():
    """
    In the middle of an attempt there is nothing to take back.
    """
    shown = world()
    (planned,) = later(shown)
    refused: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(BadInput) as raised:
            shown.program.withdraw(planned.id, by="1", reason="中止")
        refused.append(raised.value.what.en)

    shown.wall.sends = [meanwhile]
    shown.drive(HOUR)

    assert ["It is being sent at this moment."] == refused
    assert DeliveryState.DELIVERED is shown.state(planned)


def test_withdrawing_and_sending_at_once_ends_in_one_of_the_two():
    """
    Whoever writes first wins: it is either withdrawn and not out, or out and the withdrawal refused.
    """
    for _ in range(30):
        shown = world()
        (planned,) = later(shown)
        shown.clock.advance(HOUR)
        refused: list[BadInput] = []
        gate = threading.Barrier(2)

        def send(shown: World = shown, planned: Delivery = planned, gate: threading.Barrier = gate) -> None:
            gate.wait(timeout=20)
            shown.program.deliver(planned.id)

        sender = threading.Thread(target=send)
        sender.start()
        gate.wait(timeout=20)
        try:
            shown.program.withdraw(planned.id, by="1", reason="中止")
        except BadInput as error:
            refused.append(error)
        sender.join()

        assert (shown.state(planned), len(shown.wall.posts)) == (
            (DeliveryState.DELIVERED, 1) if refused else (DeliveryState.WITHDRAWN, 0)
        )


# --- deleting -------------------------------------------------------------------------------------------------------


def test_a_published_post_is_deleted():
    """
    It is gone from the network, stays in the records with its receipt, and both ends of the deletion are on record.
    """
    shown = world()
    (out,) = published(shown)
    (left,) = shown.program.delete(out.id, by="1", reason="誤った写真")

    assert ({}, ["1"]) == (shown.wall.posts, shown.wall.deleted)
    assert (DeliveryState.DELETED, "1") == (left.state, left.receipt and left.receipt.post_id)
    assert [("delivery.deletion_begun", "誤った写真"), ("delivery.deleted", "誤った写真")] == shown.hands(out.id)
    with pytest.raises(BadInput, match="It was deleted"):
        shown.program.delete(out.id, by="1", reason="誤った写真")


@pytest.mark.parametrize("ended", [unknown(), Refused(WORDS, mend=WORDS), RuntimeError("PLANTED-token")])
def test_a_deletion_that_is_not_confirmed_is_shown_and_repeated(ended: Exception):
    """
    Whatever went wrong, the post counts as there, with the failure; deleting it again is safe.
    """
    shown = world()
    (out,) = published(shown)
    shown.wall.changes = [ended]
    (failed,) = shown.program.delete(out.id, by="1", reason="誤った写真")
    events = [event for event, _ in shown.hands(out.id)]
    (gone,) = shown.program.delete(out.id, by="1", reason="誤った写真")

    assert DeliveryState.DELIVERED is failed.state
    assert failed.failure is not None
    assert ["delivery.deletion_begun", "delivery.deletion_failed"] == events
    assert DeliveryState.DELETED is gone.state
    assert "PLANTED" not in repr(failed) + repr(shown.program.store.records(out.id))


def test_a_thread_is_deleted_from_its_end():
    """
    The last part goes first; where one stays, what it answers stays too.
    """
    shown = world()
    parts = published(shown, THREAD, thread=True)
    shown.wall.changes = [Refused(WORDS, mend=WORDS)]
    stayed = shown.program.delete(parts[0].id, by="1", reason="中止")
    gone = shown.program.delete(parts[1].id, by="1", reason="中止")

    assert {DeliveryState.DELIVERED} == {one.state for one in stayed}
    assert [str(number) for number in range(len(parts), 1, -1)] == shown.wall.deleted
    assert DeliveryState.DELIVERED is shown.state(parts[0])
    assert len(parts) - 1 == len(gone)


def test_the_rest_of_a_deleted_thread_does_not_go_out():
    """
    What still waits is withdrawn; a part that may be out has to be settled first.
    """
    shown = world()
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    first, second, *_ = later(shown, THREAD, thread=True)
    shown.drive(HOUR)
    shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した")

    def stop_the_rest() -> None:
        shown.program.hold(Scope.DELIVERY, second.id, by="1", reason="確認中")

    shown.wall.sends = [stop_the_rest]
    shown.drive()
    left = shown.program.delete(first.id, by="1", reason="中止")
    shown.drive(HOUR)
    waiting = world()
    waiting.wall.sends = [lambda: None, unknown()]
    begun = waiting.program.publish(draft(THREAD, thread=True), patience=timedelta(0)).results
    waiting.drive()
    with pytest.raises(BadInput, match="not known whether"):
        waiting.program.delete(begun[0].id, by="1", reason="中止")

    assert DeliveryState.DELETED is left[0].state
    assert {DeliveryState.WITHDRAWN} == {one.state for one in left[1:]}
    assert {} == shown.wall.posts
    assert ["1"] == list(waiting.wall.posts)


def test_nothing_answers_a_post_that_was_deleted():
    """
    A part of a thread whose predecessor is deleted is given up, however that came about.
    """
    shown = world()
    first, second, *_ = later(shown, THREAD, thread=True)
    shown.program.store.replace(
        second, successor(second, not_before=NOW + 2 * HOUR), Record(at=NOW, subject=second.id, event="waits")
    )
    shown.drive(HOUR)
    out = shown.program.store.get(first.id)
    shown.program.store.replace(out, intervention.deleted(out), Record(at=NOW, subject=out.id, event="deleted"))
    shown.drive(2 * HOUR)

    assert (DeliveryState.DELETED, DeliveryState.FAILED) == (shown.state(first), shown.state(second))
    assert ["1"] == list(shown.wall.posts)


def test_what_is_not_published_is_not_deleted():
    """
    What waits is withdrawn instead.
    """
    shown = world()
    (planned,) = later(shown)
    with pytest.raises(BadInput, match="Withdraw it"):
        shown.program.delete(planned.id, by="1", reason="中止")


# --- correcting -----------------------------------------------------------------------------------------------------


def correct(shown: World, original: str, text: str = "（訂正）正しくは5日です。", **changes: Any) -> Any:
    accounts = changes.pop("accounts", ["a"])
    given = {"by": "1", "reason": "日付の誤り", **changes}
    return shown.program.correct(original, draft(text, accounts=accounts), **given)


@pytest.mark.parametrize(
    ("can", "linking", "answers", "quotes", "text"),
    [
        ({}, Linking.ANSWER, True, False, "（訂正）正しくは5日です。"),
        ({"replies": False}, Linking.ANSWER, False, True, "（訂正）正しくは5日です。"),
        ({}, Linking.QUOTE, False, True, "（訂正）正しくは5日です。"),
        (
            {"replies": False, "quotes": False},
            Linking.ANSWER,
            False,
            False,
            "（訂正）正しくは5日です。\nhttps://wall.example/1",
        ),
        ({"quotes": False}, Linking.QUOTE, False, False, "（訂正）正しくは5日です。\nhttps://wall.example/1"),
        ({}, Linking.ALONE, False, False, "（訂正）正しくは5日です。"),
    ],
)
def test_a_correction_is_tied_to_its_original(
    can: dict[str, Any], linking: Linking, answers: bool, quotes: bool, text: str
):
    """
    As an answer, a quote or by its address, as the network can; both posts' records name each other.
    """
    shown = world(Wall(**can))
    (out,) = published(shown)
    done = correct(shown, out.id, linking=linking)
    (made,) = done.publication.results
    sent = shown.wall.posts["2"]
    records = shown.program.store.records(made.draft)

    assert (answers, quotes, text) == (sent.reply_to is not None, sent.body["quote"] is not None, sent.text)
    assert {"1"} >= {sent.reply_to.id if sent.reply_to else "1", sent.body["quote"] or "1"}
    assert [("delivery.corrected", "日付の誤り")] == shown.hands(out.id)
    assert [(out.draft, out.id)] == [
        (record.facts["draft"], record.facts["deliveries"]) for record in records if record.event == "draft.corrects"
    ]
    assert [out] == list(done.originals)


def test_a_draft_is_corrected_under_each_of_its_accounts():
    """
    Each correction answers the original of its own account; a thread is answered at its beginning.
    """
    shown = world()
    item = draft(THREAD, accounts=["a", "b"], thread=True)
    shown.program.publish(item)
    before = {number: post.account for number, post in shown.wall.posts.items() if post.reply_to is None}
    correct(shown, item.digest, accounts=["b", "a"])
    made = [post for post in shown.wall.posts.values() if post.text.startswith("（訂正）")]

    assert {"a", "b"} == {post.account for post in made}
    assert all(post.reply_to is not None and before[post.reply_to.id] == post.account for post in made)


def test_the_original_goes_only_once_the_correction_is_out():
    """
    Where the correction is not delivered the original stays; nobody is left without either.
    """
    shown = world()
    (out,) = published(shown)
    shown.wall.sends = [unknown()]
    waits = correct(shown, out.id, linking=Linking.ALONE, delete_original=True, patience=timedelta(0))
    (other,) = published(shown, "別のお知らせ")
    done = correct(shown, other.id, "（訂正）別の日です。", linking=Linking.ALONE, delete_original=True)

    assert [DeliveryState.DELIVERED] == [one.state for one in waits.originals]
    assert [DeliveryState.DELETED] == [one.state for one in done.originals]
    assert ["お知らせです。", "（訂正）別の日です。"] == shown.texts()


def test_a_post_is_corrected_by_editing_it():
    """
    Where the network lets an app edit, the original itself says what is right; that is on record, and so is a failure.
    """
    shown = world(EditableWall())
    (out,) = published(shown)
    shown.wall.changes = [unknown()]
    failed = correct(shown, out.id, linking=Linking.EDIT)
    done = correct(shown, out.id, linking=Linking.EDIT)
    (edited,) = done.publication.results

    assert ["OutcomeUnknown"] == [one.failure.outcome for one in failed.originals]
    assert ["（訂正）正しくは5日です。"] == shown.texts()
    assert ("（訂正）正しくは5日です。", DeliveryState.DELIVERED, None) == (
        edited.rendition.text,
        edited.state,
        edited.failure,
    )
    assert ["corrected", "edit_begun", "edit_failed", "corrected", "edit_begun", "edited"] == [
        event.removeprefix("delivery.") for event, _ in shown.hands(out.id)
    ]


def test_what_cannot_be_corrected_is_refused_before_anything_happens():
    """
    Nothing published to correct, no way to edit, a post that answers another one, no address: each says so.
    """
    shown = world(EditableWall())
    (planned,) = later(shown)
    parts = published(shown, THREAD, thread=True)
    (out,) = published(shown)
    plain = world(Wall(replies=False, quotes=False, url=""))
    (nowhere,) = published(plain)
    posts = dict(shown.wall.posts)
    answer = attrs.evolve(draft("（訂正）"), reply_to=out.receipt.post if out.receipt else None)

    with pytest.raises(BadInput, match="no published post to correct under a"):
        correct(shown, planned.id)
    with pytest.raises(BadInput, match="no published post to correct under b"):
        correct(shown, out.id, accounts=["b"])
    with pytest.raises(BadInput, match="Only the words of a single post"):
        correct(shown, parts[1].id, linking=Linking.EDIT)
    with pytest.raises(BadInput, match="and no other"):
        shown.program.correct(out.id, answer, by="1", reason="誤り")
    with pytest.raises(BadInput, match="no reason"):
        correct(shown, out.id, reason="")
    with pytest.raises(NotPermitted):
        correct(shown, out.id, "個人番号 123456789018")
    with pytest.raises(NotPermitted):
        correct(shown, out.id, "個人番号 123456789018", linking=Linking.EDIT)
    with pytest.raises(Unsupported, match="cannot be edited"):
        correct(plain, nowhere.id, linking=Linking.EDIT)
    with pytest.raises(Unsupported, match="address of the original is not known"):
        correct(plain, nowhere.id)

    assert posts == shown.wall.posts
    assert [] == shown.hands(out.id)
    assert 1 == len(plain.wall.posts)


# --- where they meet ------------------------------------------------------------------------------------------------


def test_no_words_change_while_posting_is_on_hold():
    """
    An edit puts new words before the public as a post does: while the account is on hold it is refused.
    """
    shown = world(EditableWall())
    (out,) = published(shown)
    shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="確認中")
    with pytest.raises(BadInput, match="on hold"):
        correct(shown, out.id, linking=Linking.EDIT)

    assert ["お知らせです。"] == shown.texts()
    assert [] == shown.hands(out.id)


def test_an_original_that_cannot_be_deleted_hides_no_correction():
    """
    The correction is out; that the original still has a part nobody knows of stops its deletion, and nothing else.
    """
    shown = world()

    def lost() -> None:
        raise unknown()

    shown.wall.sends = [lambda: None, lost]
    first, second, *_ = shown.program.publish(draft(THREAD, thread=True), patience=timedelta(0)).results
    done = correct(shown, first.id, linking=Linking.ALONE, delete_original=True)

    assert DeliveryState.UNKNOWN is shown.state(second)
    assert [DeliveryState.DELIVERED] == [one.state for one in done.publication.results]
    assert [DeliveryState.DELIVERED] == [one.state for one in done.originals]


def test_what_a_backup_has_lost_is_read_back_while_posting_is_on_hold():
    """
    Whoever stops posting because a backup was restored learns what is out all the same, and can withdraw the rest.
    """
    shown = world()
    out, missing = (later(shown, text)[0] for text in ("出ていた", "出ていない"))
    for one in (out, missing):
        doubted = readback.doubt(one, since=NOW, now=NOW, bounds=Bounds())
        doubted = attrs.evolve(one, version=1, lost_since=NOW, intent_at=NOW) if doubted is one else doubted
        record = Record(at=NOW, subject=one.id, event="delivery.doubted")
        assert shown.program.store.replace(one, doubted, record)
    shown.wall.make(out.rendition)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="復元の確認")
    shown.drive(HOUR)
    shown.drive(HOUR)

    assert (DeliveryState.DELIVERED, DeliveryState.HELD) == (shown.state(out), shown.state(missing))
    (left,) = shown.program.withdraw(missing.id, by="1", reason="不要になった")
    assert DeliveryState.WITHDRAWN is left.state


def test_what_is_held_and_in_doubt_says_how_it_is_settled():
    """
    Neither withdrawn nor decided while it is held: whoever tries is told what brings it to be read back, and it does.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)
    held = shown.program.store.get(planned.id)
    doubted = readback.doubt(held, since=NOW, now=shown.clock.now(), bounds=Bounds())
    record = Record(at=NOW, subject=planned.id, event="delivery.doubted")
    assert shown.program.store.replace(held, doubted, record)
    with pytest.raises(BadInput, match="civicsns hold lift"):
        shown.program.withdraw(planned.id, by="1", reason="不要になった")
    shown.wall.make(planned.rendition)
    shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した")
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)
    assert 1 == len(shown.wall.posts)
