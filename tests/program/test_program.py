"""The programme: nothing leaves before everything is right, and each account is on its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from civicsns.accounts.roster import Roster
from civicsns.config import DeliverySettings
from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    BudgetSpent,
    ConfigurationError,
    NotPermitted,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TextTooLong,
    Unavailable,
    UnknownReason,
    Unsupported,
)
from civicsns.language import Bilingual
from civicsns.model import (
    Account,
    AuthorizationRequest,
    Capacity,
    Credential,
    CredentialKind,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Handoff,
    Idempotency,
    Limits,
    Media,
    MediaLimits,
    Person,
    Profile,
    Proof,
    ReadBack,
    Receipt,
    Rendition,
    Secret,
    TextLimits,
    Upload,
)
from civicsns.policy.basics import RULES
from civicsns.posting.hold import Scope
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock
from civicsns.text import Measure
from civicsns.vault.memory import MemoryVault

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
WORDS = Bilingual("何か", "something")
PNG = b"\x89PNG\r\n\x1a\n"
ACCOUNTS = {name: Account(id=name, platform="board", section="観光課") for name in ("a", "b", "c")}
ROSTER = Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts=ACCOUNTS)


class Board:
    """A network in memory; each call does what the test has laid down for it, and then what is usual."""

    platform: ClassVar[str] = "board"

    def __init__(self, *, read_back: ReadBack = ReadBack.STRONG) -> None:
        self.read_back = read_back
        self.posts: list[Rendition] = []
        self.calls: list[str] = []
        self.ends: list[Callable[[Rendition], Receipt] | Exception] = []
        self.upload_ends: list[Exception] = []
        self.find_ends: list[Exception] = []
        self.asked_since: list[datetime] = []
        self.lock = threading.Lock()

    @property
    def limits(self) -> Limits:
        return Limits(
            text=TextLimits(measure=Measure.FACEBOOK, maximum=60),
            media=MediaLimits(images=4, videos=1, types=frozenset({"image/png"}), bytes_={}, alt_text=1000),
            schedule=None,
            idempotency=Idempotency.NONE,
            read_back=self.read_back,
            network_delay=timedelta(seconds=5),
            read_back_lag=timedelta(seconds=1),
            replies=True,
        )

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        text = draft.text_for(self.platform)
        if not text:
            raise BadInput(WORDS, mend=WORDS, place="text")
        if len(text) > 60:
            raise TextTooLong(WORDS, mend=WORDS, place="text")
        return Rendition(platform="board", account=account.id, text=text, body={"text": text}, media=draft.media)

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        if len(rendition.uploads) == len(rendition.media):
            return rendition
        self.calls.append("upload")
        if self.upload_ends:
            raise self.upload_ends.pop(0)
        return attrs.evolve(
            rendition, uploads=[Upload(digest=item.digest, id=str(index)) for index, item in enumerate(rendition.media)]
        )

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        with self.lock:
            self.calls.append(f"publish {rendition.account} {credential.secret('token')}")
            end = self.ends.pop(0) if self.ends else self.make
        if isinstance(end, Exception):
            raise end
        return end(rendition)

    def make(self, rendition: Rendition) -> Receipt:
        self.posts.append(rendition)
        return Receipt(platform="board", account=rendition.account, post_id=str(len(self.posts)), at=NOW)

    def find(self, rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        self.calls.append("find")
        self.asked_since.append(since)
        if self.find_ends:
            raise self.find_ends.pop(0)
        for number, post in enumerate(self.posts, start=1):
            if post.digest == rendition.digest:
                return Receipt(platform="board", account=rendition.account, post_id=str(number), at=NOW)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise AssertionError


@attrs.define
class World:
    board: Board
    clock: PracticeClock
    program: Program
    vault: MemoryVault


def world(board: Board, **settings: object) -> World:
    clock = PracticeClock(NOW)
    vault = MemoryVault()
    for account in ACCOUNTS.values():
        vault.put(
            account,
            Credential(platform="board", kind=CredentialKind.OTHER, secrets={"token": Secret(f"token-{account.id}")}),
        )
    program = Program(
        roster=ROSTER,
        adapters={"board": board},
        rules=RULES,
        vault=vault,
        clock=clock,
        settings=DeliverySettings(**settings),  # type: ignore[arg-type]
        sleep=lambda seconds: clock.advance(timedelta(seconds=seconds)),
    )
    return World(board, clock, program, vault)


def draft(text: str = "佐賀牛が売り切れました", **changes: object) -> Draft:
    given: dict[str, object] = {"author": "1", "text": text, "accounts": ["a"], **changes}
    return Draft(**given)  # type: ignore[arg-type]


def unknown() -> OutcomeUnknown:
    return OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)


def events(shown: World, delivery: Delivery) -> list[str]:
    """Give what became of a delivery that was planned."""
    planned, *steps = [record.event for record in shown.program.store.records(delivery.id)]

    assert "delivery.planned" == planned
    return steps


def test_one_post_reaches_every_account():
    """
    Each account gets its own delivery, under its own token, once.
    """
    shown = world(Board())
    done = shown.program.publish(draft(accounts=["a", "b", "c"]))

    assert ["a", "b", "c"] == [result.rendition.account for result in done.results]
    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert {"publish a token-a", "publish b token-b", "publish c token-c"} == set(shown.board.calls)
    assert 3 == len(shown.board.calls)
    assert done.settled
    assert 3 == len(done.delivered)


@pytest.mark.parametrize(
    ("changes", "kind", "place"),
    [
        ({"accounts": ["a", "d"]}, BadInput, "accounts"),
        ({"accounts": []}, BadInput, "accounts"),
        ({"accounts": ["a", "a"]}, BadInput, "accounts"),
        ({"author": "2"}, BadInput, "author"),
        ({"text": ""}, BadInput, "text"),
        ({"text": "あ" * 61}, TextTooLong, "text"),
        ({"text": "個人番号 123456789018"}, NotPermitted, "text"),
        ({"text": "090-1234-5678"}, NotPermitted, "text"),
        ({"media": [Media(content=PNG, media_type="image/png")]}, NotPermitted, "text"),
    ],
)
def test_nothing_leaves_before_everything_is_right(changes: dict[str, Any], kind: type[Exception], place: str):
    """
    Bad input and a rule's refusal name their place, and no call is made for any account.
    """
    shown = world(Board())
    with pytest.raises(kind) as raised:
        shown.program.publish(draft(**changes))

    assert place == raised.value.place  # type: ignore[attr-defined]
    assert [] == shown.board.calls


def test_the_decision_is_recorded():
    """
    Who let a post pass, and why, is on record with the draft.
    """
    shown = world(Board())
    item = draft("担当は 090-1234-5678")
    shown.program.publish(item, decision=Decision(by="1", digest=item.digest, reason="本人の了承あり"))
    records = shown.program.store.records(item.digest)

    assert ["draft.made", "draft.checked", "draft.decided"] == [record.event for record in records]
    assert {"1"} == {record.by for record in records}
    assert "担当は 090-1234-5678" == records[0].facts["text"]
    assert ("PII002", "review") == (records[1].facts["found"], records[1].facts["severity"])
    assert "本人の了承あり" == records[2].facts["reason"]


def test_a_refusal_is_on_record():
    """
    What the rules do not let pass is on record without its text; a private draft's refusal is not.
    """
    shown = world(Handing())
    official, private = draft("個人番号 123456789018"), draft("個人番号 123456789018", capacity=Capacity.PRIVATE)
    for item in (official, private):
        for refused in (shown.program.publish, lambda item: shown.program.hand_off(item, "a")):
            with pytest.raises(NotPermitted):
                refused(item)
    records = shown.program.store.records(official.digest)

    assert ["draft.checked", "draft.refused"] * 2 == [record.event for record in records]
    assert "123456789018" not in repr([dict(record.facts) for record in records])
    assert [] == shown.program.store.records(private.digest)


def test_of_a_private_post_the_least_is_on_record():
    """
    A private post goes out like any other, and its records say neither who, nor where, nor what.
    """
    shown = world(Board())
    item = draft(capacity=Capacity.PRIVATE)
    (delivered,) = shown.program.publish(item).results
    records = [*shown.program.store.records(item.digest), *shown.program.store.records(delivered.id)]

    assert DeliveryState.DELIVERED is delivered.state
    assert 4 == len(records)
    assert {("", ("capacity", "private"))} == {(record.by, fact) for record in records for fact in record.facts.items()}


def test_one_account_s_trouble_is_its_own():
    """
    A dead token holds its own delivery and no other.
    """
    shown = world(Board())
    shown.board.ends = [AuthorizationLost(WORDS, mend=WORDS)]
    done = shown.program.publish(draft(accounts=["a", "b"]))

    assert [DeliveryState.DELIVERED, DeliveryState.HELD] == sorted(result.state for result in done.results)
    assert done.settled


@pytest.mark.parametrize(
    ("ended", "state", "published"),
    [
        (Refused(WORDS, mend=WORDS), DeliveryState.FAILED, 0),
        (AuthorizationLost(WORDS, mend=WORDS), DeliveryState.HELD, 0),
        (BudgetSpent(WORDS, mend=WORDS), DeliveryState.PENDING, 0),
        (RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(minutes=15)), DeliveryState.PENDING, 0),
        (RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(seconds=3)), DeliveryState.DELIVERED, 1),
        (Unavailable(WORDS, mend=WORDS), DeliveryState.DELIVERED, 1),
    ],
)
def test_outcomes(ended: Outcome, state: DeliveryState, published: int):
    """
    What can be waited for within the patience is waited for; the rest keeps its state and its time.
    """
    shown = world(Board())
    shown.board.ends = [ended]
    done = shown.program.publish(draft(), patience=timedelta(seconds=60))

    assert state is done.results[0].state
    assert published == len(shown.board.posts)
    assert (state is DeliveryState.PENDING) == (not done.settled)


def test_an_unknown_outcome_that_went_out_is_found():
    """
    A post whose answer was lost is found on the network, and not made again.
    """
    shown = world(Board())

    def lost(rendition: Rendition) -> Receipt:
        shown.board.make(rendition)
        raise unknown()

    shown.board.ends = [lost]
    done = shown.program.publish(draft())

    assert 1 == len(shown.board.posts)
    assert DeliveryState.DELIVERED is done.results[0].state
    assert done.results[0].receipt is not None
    assert Proof.READ_BACK is done.results[0].receipt.proof
    assert done.results[0].intent_at is not None
    assert [done.results[0].intent_at - timedelta(seconds=30)] == shown.board.asked_since
    assert ["delivery.sending", "delivery.unknown", "delivery.delivered"] == events(shown, done.results[0])


def test_an_unknown_outcome_that_did_not_go_out_is_made_once():
    """
    Absence on a strong list, after everything has had its time, allows one more attempt.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(minutes=5))

    assert 1 == len(shown.board.posts)
    assert 2 == done.results[0].attempts
    assert shown.clock.now() - NOW >= timedelta(seconds=10 + 120 + 5 + 1)


def test_a_weak_list_leaves_it_to_a_person():
    """
    Absence on a ranked list proves nothing: nothing is sent again, and somebody decides.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(minutes=5))

    assert (DeliveryState.UNKNOWN, None, 1) == (
        done.results[0].state,
        done.results[0].not_before,
        done.results[0].attempts,
    )
    assert [] == shown.board.posts


@pytest.mark.parametrize("ended", [Unavailable(WORDS, mend=WORDS), AuthorizationLost(WORDS, mend=WORDS)])
def test_a_network_that_cannot_be_read_proves_nothing(ended: Outcome):
    """
    As long as the list cannot be read, the outcome stays unknown and nothing is sent again.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    shown.board.find_ends = [ended] * 99
    done = shown.program.publish(draft(), patience=timedelta(minutes=30))

    assert DeliveryState.UNKNOWN is done.results[0].state
    assert 1 == sum(call.startswith("publish") for call in shown.board.calls)


def test_an_error_of_the_adapter_s_own_is_unknown():
    """
    A faulty adapter does not turn "sent" into "lost", and what it raised does not reach the record.
    """
    shown = world(Board())
    shown.board.ends = [RuntimeError("PLANTED-token")]
    done = shown.program.publish(draft(), patience=timedelta(0))

    assert DeliveryState.UNKNOWN is done.results[0].state
    assert "PLANTED" not in repr(done) + repr(shown.program.store.records(done.results[0].id))


def test_uploads_are_noted_before_the_attempt():
    """
    Files go up once, before the intent; their ids are kept with the delivery.
    """
    shown = world(Board())
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    done = shown.program.publish(draft(media=[picture]))

    assert ["upload", "publish a token-a"] == shown.board.calls
    assert [picture.digest] == [upload.digest for upload in done.results[0].rendition.uploads]
    assert ["delivery.pending", "delivery.sending", "delivery.delivered"] == events(shown, done.results[0])


def test_a_failed_upload_publishes_nothing():
    """
    An upload that could not be made is made again later; the post follows once it has gone well.
    """
    shown = world(Board())
    shown.board.upload_ends = [Unavailable(WORDS, mend=WORDS)]
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    done = shown.program.publish(draft(media=[picture]), patience=timedelta(minutes=1))

    assert ["upload", "upload", "publish a token-a"] == shown.board.calls
    assert DeliveryState.DELIVERED is done.results[0].state


THREAD = "一つ目の文はここまでで、まだ続きます。" * 8


def test_a_long_text_becomes_a_thread():
    """
    Each part answers the one before it, in order.
    """
    shown = world(Board())
    done = shown.program.publish(draft(THREAD, thread=True))

    assert len(done.results) > 2
    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [None, "1", "2"] == [post.reply_to.id if post.reply_to else None for post in shown.board.posts][:3]
    assert [result.rendition.text for result in done.results] == [post.text for post in shown.board.posts]


def test_the_rest_of_a_thread_waits_for_its_beginning():
    """
    A part whose predecessor is unknown waits; one whose predecessor failed is given up. Never out of order.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    stuck = shown.program.publish(draft(THREAD, thread=True), patience=timedelta(minutes=5))

    assert [DeliveryState.UNKNOWN] + [DeliveryState.PENDING] * (len(stuck.results) - 1) == [
        result.state for result in stuck.results
    ]
    shown = world(Board())
    shown.board.ends = [Refused(WORDS, mend=WORDS)]
    failed = shown.program.publish(draft(THREAD, thread=True))

    assert {DeliveryState.FAILED} == {result.state for result in failed.results}
    assert [] == shown.board.posts


def test_not_before_is_kept():
    """
    A post with a time waits for it; driving it early does nothing.
    """
    shown = world(Board())
    at = NOW + timedelta(hours=1)
    done = shown.program.publish(draft(not_before=at))

    assert at == done.results[0].not_before
    assert at == shown.program.deliver(done.results[0].id)
    assert [] == shown.board.calls
    shown.clock.advance(timedelta(hours=1))
    assert None is shown.program.deliver(done.results[0].id)
    assert 1 == len(shown.board.posts)


def meeting(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, parties: int) -> None:
    """Let the first call of each of so many threads meet the others before it returns: the tightest race there is."""
    original = getattr(owner, name)
    gate = threading.Barrier(parties)
    met: set[int] = set()

    def met_first(*arguments: object) -> object:
        answer = original(*arguments)
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            gate.wait(timeout=20)
        return answer

    monkeypatch.setattr(owner, name, met_first)


def at_once(parties: int, act: Callable[[], object]) -> None:
    threads = [threading.Thread(target=act) for _ in range(parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_delivering_at_once_from_many_places_sends_once(monkeypatch: pytest.MonkeyPatch):
    """
    Many threads that have all read the same pending delivery make one post.
    """
    shown = world(Board())
    planned = shown.program.publish(draft(not_before=NOW + timedelta(hours=1))).results[0]
    shown.clock.advance(timedelta(hours=1))
    meeting(monkeypatch, shown.program.store, "get", 16)
    at_once(16, lambda: shown.program.deliver(planned.id))
    monkeypatch.undo()

    assert 1 == len(shown.board.posts)
    assert 1 == sum(call.startswith("publish") for call in shown.board.calls)
    assert DeliveryState.DELIVERED is shown.program.store.get(planned.id).state


def test_delivering_twice_changes_nothing():
    """
    A delivery that has ended stays as it is, however often it is driven.
    """
    shown = world(Board())
    done = shown.program.publish(draft()).results[0]

    assert [None, None] == [shown.program.deliver(done.id) for _ in range(2)]
    assert 1 == len(shown.board.posts)
    with pytest.raises(KeyError):
        shown.program.deliver("no such delivery")


def test_a_missed_start_deadline_sends_nothing(monkeypatch: pytest.MonkeyPatch):
    """
    A machine that slept between the intent and the first byte does not send: its intent may have expired elsewhere.
    """
    shown = world(Board())
    replace = shown.program.store.replace

    def slow(*arguments: object) -> bool:
        shown.clock.advance(timedelta(seconds=11))
        return replace(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(shown.program.store, "replace", slow)
    done = shown.program.publish(draft(), patience=timedelta(0))

    assert [] == shown.board.calls
    assert (DeliveryState.PENDING, "Unavailable") == (
        done.results[0].state,
        done.results[0].failure and done.results[0].failure.outcome,
    )


def test_an_attempt_nobody_ended_is_read_back():
    """
    A process that died while sending leaves an intent; whoever drives it later reads the network first.
    """
    shown = world(Board())

    class Died(BaseException):
        pass

    def die(rendition: Rendition) -> Receipt:
        shown.board.make(rendition)
        raise Died

    shown.board.ends = [die]
    planned = shown.program.publish(draft(not_before=NOW + timedelta(hours=1))).results[0]
    shown.clock.advance(timedelta(hours=1))
    with pytest.raises(Died):
        shown.program.deliver(planned.id)
    while (due := shown.program.deliver(planned.id)) is not None:
        shown.clock.advance(max(due - shown.clock.now(), timedelta(0)))

    assert 1 == len(shown.board.posts)
    assert ["delivery.sending", "delivery.unknown", "delivery.delivered"] == events(shown, planned)


class Renewing(Board):
    """A network whose tokens end and are exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.refreshed = 0
        self.refresh_ends: list[Exception] = []

    def refresh(self, credential: Credential) -> Credential:
        if self.refresh_ends:
            raise self.refresh_ends.pop(0)
        self.refreshed += 1
        return attrs.evolve(
            credential,
            secrets={"token": Secret("fresh")},
            expires_at=NOW + timedelta(hours=2),
            generation=credential.generation + 1,
        )

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        raise AssertionError

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        raise AssertionError

    def revoke(self, credential: Credential) -> None:
        raise AssertionError

    def whoami(self, credential: Credential) -> Profile:
        raise AssertionError


def ending(shown: World, at: datetime) -> None:
    stale = attrs.evolve(shown.vault.get(ACCOUNTS["a"]), expires_at=at, generation=1)
    assert shown.vault.put(ACCOUNTS["a"], stale)


def test_a_token_about_to_end_is_exchanged_once_and_kept_first():
    """
    The fresh token is in the vault before it is used, and one exchange serves everybody.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    for number in range(3):
        shown.program.publish(draft(f"お知らせ {number}"))

    assert 1 == board.refreshed
    assert ["publish a fresh"] * 3 == board.calls
    assert 2 == shown.vault.get(ACCOUNTS["a"]).generation


def test_many_at_once_exchange_a_token_once(monkeypatch: pytest.MonkeyPatch):
    """
    Threads that have all seen the stale token spend it once, and all use the fresh one.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    plans = [
        shown.program.publish(draft(f"お知らせ {n}", not_before=NOW + timedelta(hours=1))).results[0] for n in range(8)
    ]
    shown.clock.advance(timedelta(hours=1))
    meeting(monkeypatch, shown.vault, "get", 8)
    waiting = [plan.id for plan in plans]
    at_once(8, lambda: shown.program.deliver(waiting.pop()))

    assert 1 == board.refreshed
    assert ["publish a fresh"] * 8 == board.calls


@pytest.mark.parametrize("ended", [unknown(), AuthorizationLost(WORDS, mend=WORDS)])
def test_an_exchange_that_may_have_spent_the_token_holds_the_account(ended: Outcome):
    """
    A single-use token that may be spent is not tried again; nothing of the post has gone out.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    board.refresh_ends = [ended]
    done = shown.program.publish(draft())

    assert DeliveryState.HELD is done.results[0].state
    assert [] == board.calls


def drained(shown: World) -> None:
    """Dispatch until nothing is due any more, letting time pass."""
    for _ in range(200):
        shown.program.dispatch()
        shown.clock.advance(timedelta(seconds=30))


def test_dispatch_takes_what_is_due_further():
    """
    What waited for its time goes out when it has come, once; what has ended is left alone.
    """
    shown = world(Board())
    at = NOW + timedelta(hours=1)
    shown.program.publish(draft(accounts=["a", "b"], not_before=at))

    assert 0 == shown.program.dispatch()
    shown.clock.advance(timedelta(hours=1))
    assert 2 == shown.program.dispatch()
    assert 0 == shown.program.dispatch()
    assert 2 == len(shown.board.posts)


def test_dispatch_ends_every_delivery_or_leaves_it_to_a_person():
    """
    Whatever goes wrong first, each delivery ends in a known state or before a person; none is posted twice.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown(), Unavailable(WORDS, mend=WORDS), AuthorizationLost(WORDS, mend=WORDS)]
    for number in range(6):
        shown.program.publish(draft(f"お知らせ {number}"), patience=timedelta(0))
    drained(shown)
    waiting = {delivery.state for delivery in shown.program.waiting()}

    assert {DeliveryState.UNKNOWN, DeliveryState.HELD} == waiting
    assert 2 == len(shown.program.waiting())
    assert 4 == len(shown.board.posts) == len({post.text for post in shown.board.posts})


@pytest.fixture
def stuck() -> tuple[World, Delivery]:
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    shown.program.publish(draft(), patience=timedelta(0))
    drained(shown)
    (delivery,) = shown.program.waiting()
    return shown, delivery


@pytest.mark.parametrize(
    ("choice", "state", "posts"),
    [
        ({"post_id": "77"}, DeliveryState.DELIVERED, 0),
        ({"again": True}, DeliveryState.DELIVERED, 1),
        ({"again": False}, DeliveryState.FAILED, 0),
    ],
)
def test_a_person_decides(stuck, choice: dict[str, Any], state: DeliveryState, posts: int):
    """
    What a person saw settles the delivery; who and why is on record.
    """
    shown, delivery = stuck
    shown.program.decide(delivery.id, by="1", reason="画面で確認", seen_at=shown.clock.now(), **choice)
    drained(shown)
    decided = [record for record in shown.program.store.records(delivery.id) if record.by == "1"]

    assert state is shown.program.store.get(delivery.id).state
    assert posts == len(shown.board.posts)
    assert ["画面で確認"] == [record.facts["reason"] for record in decided]
    assert [] == shown.program.waiting()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": "9"}, "no person on the staff"),
        ({"reason": " "}, "no reason"),
        ({"seen_at": NOW}, "cannot be decided now"),
        ({"seen_at": NOW.replace(tzinfo=None)}, "has no time zone"),
    ],
)
def test_a_decision_needs_its_grounds(stuck, changes: dict[str, Any], said: str):
    """
    Nobody outside the staff, no empty reason, and no look from before the post would have shown.
    """
    shown, delivery = stuck
    given = {"by": "1", "reason": "画面で確認", "seen_at": shown.clock.now(), "again": True, **changes}
    with pytest.raises(BadInput, match=said):
        shown.program.decide(delivery.id, **given)

    assert [delivery] == shown.program.waiting()


def test_a_look_from_the_future_is_a_look_now(stuck):
    """
    A clock that runs ahead does not turn an early look into a late one.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    with pytest.raises(BadInput, match="cannot be decided now"):
        shown.program.decide(
            done.id, by="1", reason="画面で確認", seen_at=shown.clock.now() + timedelta(days=1), again=True
        )


def test_a_held_delivery_goes_on_when_somebody_says_so():
    """
    After the account is enrolled again the delivery goes out, once; one that is not held cannot be resumed.
    """
    shown = world(Board())
    shown.board.ends = [AuthorizationLost(WORDS, mend=WORDS)]
    held = shown.program.publish(draft()).results[0]
    shown.program.resume(held.id, by="1")
    drained(shown)

    assert DeliveryState.DELIVERED is shown.program.store.get(held.id).state
    assert 1 == len(shown.board.posts)
    with pytest.raises(BadInput, match="not held"):
        shown.program.resume(held.id, by="1")


def test_an_account_off_the_list_holds_its_own_deliveries_only():
    """
    A person who left while a post waited does not stop the posts of the others; theirs waits for a person.
    """
    shown = world(Board())
    shown.program.publish(draft(accounts=["a", "b"], not_before=NOW + timedelta(hours=1)))
    shown.program.roster = attrs.evolve(ROSTER, accounts={"b": ACCOUNTS["b"]})
    drained(shown)
    shown.clock.advance(timedelta(hours=1))
    drained(shown)

    assert ["b"] == [post.account for post in shown.board.posts]
    assert [("a", DeliveryState.HELD)] == [
        (waiting.rendition.account, waiting.state) for waiting in shown.program.waiting()
    ]


def test_an_error_of_the_adapter_s_own_before_and_after_sending_stops_nobody():
    """
    An upload or a reading back that ends in an error nobody foresaw is tried again; its words go nowhere.
    """
    shown = world(Board())
    shown.board.upload_ends = [RuntimeError("PLANTED-token")]
    shown.board.find_ends = [RuntimeError("PLANTED-token")]
    shown.board.ends = [unknown()]
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    first = shown.program.publish(draft(media=[picture]), patience=timedelta(0))
    drained(shown)
    (delivery,) = first.results
    records = shown.program.store.records(delivery.id)

    assert DeliveryState.DELIVERED is shown.program.store.get(delivery.id).state
    assert 1 == len(shown.board.posts)
    assert "PLANTED" not in repr(first) + repr(records)
    # The error, an absence that is too early to mean anything, and the one that proves.
    assert 3 == shown.board.calls.count("find")


class Handing(Board):
    """A network on which personal accounts post by hand."""

    def hand_off(self, draft: Draft, account: Account) -> Handoff:
        return Handoff(account=account.id, text=draft.text, share_url="https://example.com/share", instructions=WORDS)


def test_a_hand_off_goes_on_record():
    """
    Who was given what to share by hand, and who says that it was shared, is on record; nothing is sent.
    """
    shown = world(Handing())
    item = draft()
    with pytest.raises(BadInput, match="was not handed off"):
        shown.program.record_shared(item, "a", by="1")
    prepared = shown.program.hand_off(item, "a")
    shown.program.record_shared(item, "a", by="1", url="https://example.com/1")
    records = shown.program.store.records(item.digest)

    assert item.text == prepared.text
    assert ["draft.made", "draft.checked", "draft.handed_off", "draft.shared"] == [record.event for record in records]
    assert {"capacity": "official", "account": "a", "url": "https://example.com/1"} == dict(records[-1].facts)
    assert [] == shown.board.calls


def test_a_hand_off_obeys_the_rules():
    """
    What may not be posted may not be handed off, and a network without a hand-off says so.
    """
    with pytest.raises(NotPermitted, match="PII001"):
        world(Handing()).program.hand_off(draft("個人番号 123456789018"), "a")
    with pytest.raises(Unsupported, match="no hand-off"):
        world(Board()).program.hand_off(draft(), "a")


@pytest.mark.parametrize(
    ("scope", "name"), [(Scope.PROGRAMME, ""), (Scope.ACCOUNT, "a"), (Scope.SECTION, "観光課")], ids=str
)
def test_nothing_on_hold_is_handed_off(scope, name):
    """
    A hold stops what people share by hand as it stops posts; that something was shared before goes on record still.
    """
    shown = world(Handing())
    shown.program.roster = attrs.evolve(ROSTER, accounts={"a": attrs.evolve(ACCOUNTS["a"], section="観光課")})
    shown.program.hand_off(draft(), "a")
    shown.program.hold(scope, name, by="1", reason="地震")
    shown.program.record_shared(draft(), "a", by="1")
    with pytest.raises(BadInput, match="on hold") as refused:
        shown.program.hand_off(draft(), "a")
    shown.program.lift(scope, name, by="1", reason="収まった")
    shown.program.hand_off(draft(), "a")
    events = [record.event for record in shown.program.store.records(draft().digest)]

    assert "civicsns hold lift" in str(refused.value)
    assert 2 == events.count("draft.handed_off")


def test_an_unknown_network_is_named():
    """
    An account on a network that nobody set up is refused before anything is sent.
    """
    elsewhere = attrs.evolve(ROSTER, accounts={"z": Account(id="z", platform="elsewhere")})
    program = Program(roster=elsewhere, adapters={}, rules=RULES)
    with pytest.raises(ConfigurationError, match=r"networks\.elsewhere"):
        program.publish(draft(accounts=["z"]))


def test_progress_shows_every_change():
    """
    Whoever watches sees each state, in order.
    """
    seen: list[DeliveryState] = []
    shown = world(Board())
    shown.program.publish(draft(), progress=lambda delivery: seen.append(delivery.state))

    assert [DeliveryState.PENDING, DeliveryState.DELIVERED] == seen


def test_a_lookalike_rule_code_is_refused(tmp_path: Path):
    """
    A severity for a rule that does not exist is a mistake that would otherwise go unseen.
    """
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    (tmp_path / "civicsns.toml").write_text(
        '[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
        '[policy]\nrules = ["basics"]\nseverity = { ACC01 = "block" }\n[networks]\n',
        encoding="utf-8",
    )
    with pytest.raises(BadInput, match="Did you mean 'ACC001'"):
        Program.open(tmp_path / "civicsns.toml")


def test_an_unknown_plugin_is_named(tmp_path: Path):
    """
    A rule set or a network that is not installed is named, with what there is.
    """
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    for rules, networks, said in (
        ('["bascis"]', "[networks]", "There is no plugin 'bascis'"),
        ('["basics"]', "[networks.mixi]", "There is no plugin 'mixi'"),
    ):
        (tmp_path / "civicsns.toml").write_text(
            '[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
            f"[policy]\nrules = {rules}\n{networks}\n",
            encoding="utf-8",
        )
        with pytest.raises(ConfigurationError, match=said):
            Program.open(tmp_path / "civicsns.toml")


def test_looking_sends_nothing():
    """
    `check` and `prepare` tell what would happen, and do none of it.
    """
    shown = world(Board())
    item = draft("担当は 090-1234-5678", accounts=["a", "b"])
    renditions: Sequence[Rendition] = shown.program.prepare(item)

    assert ["PII002"] == [finding.rule for finding in shown.program.check(item).findings]
    assert ["a", "b"] == [rendition.account for rendition in renditions]
    assert [] == shown.board.calls


def test_a_list_proves_nothing_later_than_it_was_asked_for(monkeypatch: pytest.MonkeyPatch):
    """
    A list asked for too early that arrives late does not let a post be made again: it may have appeared meanwhile.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    first = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    find = shown.board.find

    def slow(rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        found = find(rendition, credential, since=since)
        shown.clock.advance(timedelta(hours=1))
        return found

    monkeypatch.setattr(shown.board, "find", slow)
    shown.clock.advance(timedelta(seconds=2))
    shown.program.deliver(first.id)

    assert DeliveryState.UNKNOWN is shown.program.store.get(first.id).state


def test_a_clock_set_back_begins_nothing(monkeypatch: pytest.MonkeyPatch):
    """
    A clock that is set back between finding a delivery due and sending it delays it, and raises nothing.
    """
    shown = world(Board())
    shown.board.ends = [Unavailable(WORDS, mend=WORDS)]
    first = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    shown.clock.advance(timedelta(seconds=30))
    due = shown.program.store.get(first.id).not_before
    elapsed = shown.clock.elapsed

    def set_back() -> float:
        shown.clock.set(NOW)
        return elapsed()

    monkeypatch.setattr(shown.clock, "elapsed", set_back)

    assert due == shown.program.deliver(first.id)
    assert 1 == len([call for call in shown.board.calls if call.startswith("publish")])
