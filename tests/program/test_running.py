"""Who drives deliveries, and when: the caller, the background, an engine; the sweep."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from city import NOW, WORDS
from networks import Deaf, wait, world

from civicsns.config import RecordSettings
from civicsns.engine.bulkhead import Bulkhead
from civicsns.errors import EndNotKept, RateLimited, StoreError
from civicsns.heartbeat import KIND, Heartbeat
from civicsns.model import Delivery, DeliveryState, Record
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock


class Prompt(Deaf):
    """An engine that drives at once, in threads of its own."""

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            threading.Thread(target=self.drive, args=(delivery.id,)).start()


def test_in_the_background():
    """
    While it delivers in the background, `publish` waits for the results, and nothing goes out twice.
    """
    shown = world()
    with shown.program.background():
        done = shown.program.publish(shown.draft)
        (beat,) = [Heartbeat.read(fact) for fact in shown.store.facts(KIND)]

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [3, 3] == [len(network.posts) for network in shown.networks.values()]
    assert "InlineEngine" == beat.engine
    assert [] == list(shown.store.facts(KIND))


def test_who_is_put_off_keeps_nobody_waiting():
    """
    Accounts that wait for their limit, more of them than there are threads, delay no other's first attempt.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock, per_network=6)
    x = shown.networks["x"]
    for number in range(3):
        x.ends[f"x:{number}"] = RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(seconds=20 + number))
    done = shown.program.publish(shown.draft)

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [f"x:{number}" for number in range(3)] == x.posts[-3:]
    assert {f"x:{number}": NOW for number in range(3, 6)} | {
        f"x:{number}": NOW + timedelta(seconds=20 + number) for number in range(3)
    } == x.times


@pytest.mark.parametrize("background", [True, False])
def test_a_network_that_hangs_delays_no_other(background: bool):
    """
    While X does not answer, everything for Facebook goes out, in the background as in the caller's own threads.
    """
    shown = world(per_network=20)
    x, facebook = shown.networks.values()
    x.answers.clear()
    publishing = threading.Thread(target=shown.program.publish, args=(shown.draft,))
    if background:
        with shown.program.background():
            publishing.start()
            wait(lambda: len(facebook.posts) == 20)
            held_up = len(x.posts)
            x.answers.set()
            publishing.join()
    else:
        publishing.start()
        wait(lambda: len(facebook.posts) == 20)
        held_up = len(x.posts)
        x.answers.set()
        publishing.join()

    assert 0 == held_up
    assert Counter(shown.draft.accounts) == Counter([*x.posts, *facebook.posts])


def test_an_engine_is_told():
    """
    With an engine, `publish` sends nothing itself: it tells the engine, and shows what that has done.
    """
    shown = world(engine=(engine := Prompt()))
    seen: list[DeliveryState] = []
    done = shown.program.publish(shown.draft, progress=lambda delivery: seen.append(delivery.state))

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert 6 == seen.count(DeliveryState.PENDING) == seen.count(DeliveryState.DELIVERED)
    assert shown.program.publish(attrs.evolve(shown.draft, text="別"), patience=timedelta(seconds=10)).settled
    assert not engine.told


def test_what_is_being_sent_is_waited_for():
    """
    One whose attempt is under way is no result yet, although the time at which it is given up lies far ahead.
    """
    shown = world(engine=Prompt())
    for network in shown.networks.values():
        network.answers.clear()
    seen: list[DeliveryState] = []

    def progress(delivery: Delivery) -> None:
        seen.append(delivery.state)
        if seen.count(DeliveryState.SENDING) == 6:
            for network in shown.networks.values():
                network.answers.set()

    done = shown.program.publish(shown.draft, progress=progress)

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}


def test_patience_with_an_engine_ends():
    """
    An engine that does nothing costs no more than the patience; what it was told of stays in the store.
    """
    shown = world(engine=(engine := Deaf()))
    done = shown.program.publish(shown.draft, patience=timedelta(seconds=0.1))

    assert [result.id for result in done.results] == engine.told
    assert not done.settled
    assert 6 == shown.program.dispatch()


def test_an_engine_that_is_out_of_order(caplog: pytest.LogCaptureFixture):
    """
    Deliveries are in the store before the engine is told; that it could not be told is logged, and is no error.
    """
    shown = world(engine=Deaf(broken=True))
    done = shown.program.publish(shown.draft, patience=timedelta(0))

    assert 6 == len(shown.store.due(datetime.now(UTC)))
    assert not done.settled
    assert "engine.not_woken" in caplog.text
    assert "secret-address" not in caplog.text


def test_the_sweep_tells_of_what_is_overdue():
    """
    What the engine has lost is told again, once it is overdue, by one process in each interval.
    """
    clock = PracticeClock(NOW)
    shown = world(engine=(engine := Deaf()), clock=clock)
    other = world(engine=(second := Deaf()), clock=clock, store=shown.store)
    shown.program.publish(shown.draft, patience=timedelta(0))
    engine.told.clear()
    early = shown.program.sweep()
    clock.advance(timedelta(seconds=61))
    swept = [shown.program.sweep(), other.program.sweep()]
    clock.advance(timedelta(seconds=61))
    again = other.program.sweep()

    assert (0, [6, 0], 6) == (early, swept, again)
    assert 6 == len(engine.told) == len(second.told)


def test_a_sweep_s_lease_from_a_wrong_clock_holds_nobody_up():
    """
    A turn that was taken far in the future, by a machine whose clock was wrong, is no turn.
    """
    ahead, right = PracticeClock(NOW + timedelta(days=365)), PracticeClock(NOW)
    shown = world(engine=Deaf(), clock=ahead)
    shown.program.sweep()
    other = world(engine=(engine := Deaf()), clock=right, store=shown.store)
    other.program.publish(other.draft, patience=timedelta(0))
    right.advance(timedelta(seconds=61))

    assert 6 == other.program.sweep()
    assert 12 == len(engine.told)


def test_an_engine_elsewhere_is_swept_from_here():
    """
    `run` with an engine whose workers are elsewhere delivers nothing here, and tells the engine what it has missed.
    """
    clock = PracticeClock(NOW)
    shown = world(engine=(engine := Deaf()), clock=clock)
    shown.program.publish(shown.draft, patience=timedelta(0))
    clock.advance(timedelta(seconds=61))
    stop = threading.Event()
    running = threading.Thread(target=shown.program.run, args=(stop,))
    running.start()
    wait(lambda: len(engine.told) == 12)
    stop.set()
    running.join()

    assert [[], []] == [network.posts for network in shown.networks.values()]


def test_run_ends_what_is_under_way(monkeypatch: pytest.MonkeyPatch):
    """
    When `run` is stopped, the attempts under way come to their end, and nothing new is begun.
    """
    shown = world()
    x, facebook = shown.networks.values()
    shown.program.publish(
        attrs.evolve(shown.draft, not_before=datetime.now(UTC) + timedelta(seconds=0.5)), patience=timedelta(0)
    )
    x.answers.clear()
    facebook.answers.clear()
    stop = threading.Event()
    running = threading.Thread(target=shown.program.run, args=(stop,))
    running.start()

    def doing() -> list[str]:
        return [one for fact in shown.store.facts(KIND) for one in Heartbeat.read(fact).doing]

    stopped = threading.Semaphore(0)
    really = Bulkhead.stop

    def stop_(self: Bulkhead) -> None:
        really(self)
        stopped.release()

    monkeypatch.setattr(Bulkhead, "stop", stop_)
    wait(lambda: len(doing()) == 4)
    stop.set()
    for _ in shown.networks:
        assert stopped.acquire(timeout=60)
    x.answers.set()
    facebook.answers.set()
    running.join()

    assert [2, 2] == [len(network.posts) for network in shown.networks.values()]
    assert 2 == len(shown.store.due(datetime.now(UTC)))
    assert [] == list(shown.store.facts(KIND))


class Breaking(MemoryStore):
    """A store that cannot write the intents of one account."""

    account = "x:0"

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        if old.rendition.account == self.account:
            raise StoreError(WORDS, mend=WORDS)
        return super().replace(old, new, record)


def test_nobody_is_told_that_nothing_was_sent_when_it_goes_on_by_itself():
    """
    A store that fails in the middle of a broadcast: some is out, the rest is kept; publishing anew would double it.
    """
    shown = world(clock=PracticeClock(NOW), store=Breaking())
    with pytest.raises(EndNotKept, match="Do not publish it again") as caught:
        shown.program.publish(shown.draft)

    assert "Nothing was sent." not in str(caught.value)
    assert 5 == len([*shown.networks["x"].posts, *shown.networks["facebook"].posts])


class Tidied(MemoryStore):
    """A store that counts how often its files are looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: list[datetime] = []

    def collect(self, before: datetime) -> int:
        self.looked.append(before)
        return 0


def test_files_are_tidied_away_by_whoever_runs_it():
    """
    Nobody has to remember `civicsns tidy`: a timer's dispatch and the loop do it, one of them a day.
    """
    clock, store = PracticeClock(NOW), Tidied()
    shown = world(clock=clock, store=store)
    shown.program._records = RecordSettings(file_days=90)
    for _ in range(30):
        shown.program.dispatch()
        clock.advance(timedelta(hours=1))

    assert [NOW - timedelta(days=90), NOW + timedelta(hours=22) - timedelta(days=90)] == store.looked
