"""Writing together: who comes while another writes is taken along, and each call ends as if it had been alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

import attrs
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, exc

from civicsns.errors import StoreError
from civicsns.model import DeliveryState, Lane
from civicsns.records.chain import verify
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore, statements, tables, writing
from civicsns.testing.store_contract import NOW, delivery, full, record, step


@pytest.fixture
def store(tmp_path):
    with SqlStore(tmp_path / "civicsns.db") as store:
        yield store


@contextmanager
def nobody_gets_through(store):
    """Keep the turn to write, so that all who come meanwhile are written together afterwards."""
    begun, let_go = threading.Event(), threading.Event()

    def work(_connection):
        begun.set()
        return not let_go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(store._writer.write, work)
        begun.wait(60)
        try:
            yield
        finally:
            let_go.set()
        assert not holding.result()


def together(store, *calls):
    """Make calls that are written in one go, in their order; give what each returned or raised."""
    ended = {}

    def make(number, call):
        try:
            ended[number] = call()
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is looked at below
            ended[number] = error

    threads = [threading.Thread(target=make, args=one, daemon=True) for one in enumerate(calls)]
    with nobody_gets_through(store):
        for number, thread in enumerate(threads, 1):
            thread.start()
            until(lambda number=number: len(store._writer._waiting) == number)
    for thread in threads:
        thread.join(60)
    return [ended[number] for number in range(len(calls))]


def until(what):
    pause = threading.Event()
    for _ in range(6000):
        if what():
            return
        pause.wait(0.01)
    pytest.fail("It did not come to that within a minute.")


def count(store, name):
    """Count the events of that name from now on."""
    seen = []
    event.listen(store._engine, name, lambda *_: seen.append(name))
    return seen


def adding(store, name, **rendition):
    return lambda: store.add([delivery(name, **rendition)], [record(name, "added")])


def events(store, name):
    return [kept.event for kept in store.records(name)]


def test_who_waits_is_taken_along(store):
    """
    What eight threads want to keep while another writes is one transaction, records in the order of the calls.
    """
    commits = count(store, "commit")
    names = [f"{number}" for number in range(8)]

    assert [None] * 8 == together(store, *(adding(store, name) for name in names))
    assert 2 == len(commits)
    assert names == [due.id for due in store.due(NOW)]


def test_one_who_fails_fails_alone(store):
    """
    An id that is taken, a delivery that is not there, a step that comes too late: each is told; the others are kept.
    """
    a, b = delivery("a"), delivery("b")
    store.add([a, b], [])
    ended = together(
        store,
        lambda: store.replace(a, step(a, attempts=1), record("a", "first")),
        adding(store, "b"),
        lambda: store.replace(delivery("c"), step(delivery("c")), record("c")),
        lambda: store.replace(a, step(a, attempts=9), record("a", "second")),
        lambda: store.replace(b, step(b, attempts=2), record("b", "stepped")),
    )

    assert [True, "ValueError", "KeyError", False, True] == [
        one if isinstance(one, bool) else type(one).__name__ for one in ended
    ]
    assert [1, 2] == [store.get(name).attempts for name in ("a", "b")]
    assert [["first"], ["stepped"], []] == [events(store, name) for name in ("a", "b", "c")]


def test_the_same_id_twice(store):
    """
    Of two who add the same id in one go, the first one's is kept.
    """
    first, second = together(store, adding(store, "a", text="先"), adding(store, "a", text="後"))

    assert first is None
    assert "a already" in str(second)
    assert "先" == store.get("a").rendition.text
    assert ["added"] == events(store, "a")


_ACTS = st.lists(
    st.tuples(st.sampled_from(["add", "replace", "late", "missing"]), st.sampled_from("abc")), min_size=1, max_size=7
)


@settings(max_examples=25, deadline=None)
@given(groups=st.lists(_ACTS, min_size=1, max_size=3))
def test_together_is_as_one_after_the_other(groups, tmp_path_factory):
    """
    Whatever several threads do in one go ends as the same calls do in memory, one after the other.
    """
    memory = MemoryStore()

    def act(on, number, what, name):
        def call():
            old = delivery(name) if what != "late" else attrs.evolve(delivery(name), version=7)
            if what == "add":
                return on.add([old], [record(name, f"{number} added")])
            name_or_none = "none" if what == "missing" else name
            old = attrs.evolve(old, id=name_or_none)
            return on.replace(old, step(old, attempts=number), record(name_or_none, f"{number} stepped"))

        return call

    def shown(call):
        try:
            return call()
        except (ValueError, KeyError) as error:
            return type(error).__name__

    with SqlStore(tmp_path_factory.mktemp("together") / "civicsns.db") as store:
        for number, acts in enumerate(groups):
            expected = [shown(act(memory, number * 10 + place, *one)) for place, one in enumerate(acts)]
            ended = together(store, *(act(store, number * 10 + place, *one) for place, one in enumerate(acts)))
            assert expected == [type(one).__name__ if isinstance(one, Exception) else one for one in ended]

        assert memory.due(NOW) == store.due(NOW)
        assert [memory.records(name) for name in "abc"] == [store.records(name) for name in "abc"]


def test_an_end_that_fails_is_told_to_all(store):
    """
    Where the transaction cannot be ended, each caller is told, nothing is kept, and the next one gets through.
    """
    ends = []

    def fail(_connection):
        ends.append(True)
        # The first end is that of the one who made the others wait.
        if len(ends) == 2:
            raise exc.OperationalError("COMMIT", None, Exception("no luck"))

    event.listen(store._engine, "commit", fail)
    ended = together(store, adding(store, "a"), adding(store, "b"), adding(store, "c"))

    assert [StoreError] * 3 == [type(one) for one in ended]
    assert [] == store.due(NOW)
    store.add([delivery("a")], [])
    assert "a" == store.get("a").id


def test_a_big_one_finds_the_disk_full(store):
    """
    Where there is no room for one of several, it is told so, and the others are kept.
    """
    store.add([delivery("z")], [])
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    event.listen(store._engine, "connect", lambda made, _: made.execute(f"PRAGMA max_page_count={pages + 12}"))
    store._engine.dispose()
    first, big, last = together(
        store, adding(store, "a"), adding(store, "big", text="あ" * 100_000), adding(store, "b")
    )

    assert [None, None] == [first, last]
    assert "disk is full" in str(big)
    assert ["z", "a", "b"] == [due.id for due in store.due(NOW)]
    assert [] == store.records("big")


def test_one_who_writes_is_interrupted(store):
    """
    Where the thread that writes for all is interrupted, the others go on; of its own work nothing is kept.
    """
    again = []

    def interrupted(_connection):
        again.append(True)
        raise KeyboardInterrupt

    ended = together(store, lambda: store._writer.write(interrupted), adding(store, "a"), adding(store, "b"))

    assert KeyboardInterrupt is type(ended[0])
    assert [None, None] == ended[1:]
    assert [True] == again
    assert ["a", "b"] == [due.id for due in store.due(NOW)]


def test_one_who_waits_is_interrupted(store):
    """
    Who is interrupted while waiting for the turn leaves nothing behind, and keeps nobody waiting.
    """
    code = f"""
import signal, threading
from civicsns.store.sql import SqlStore, writing
from civicsns.testing.store_contract import delivery
signal.signal(signal.SIGINT, signal.default_int_handler)
store = SqlStore({store.place!r})
begun, go = threading.Event(), threading.Event()
def work(connection):
    begun.set()
    go.wait()
    return False
first = threading.Thread(target=store._writer.write, args=(work,))
first.start()
begun.wait()
last = threading.Thread(target=lambda: store.add([delivery("last")], []))
def interrupt():
    while len(store._writer._waiting) < 1: pass
    last.start()
    while len(store._writer._waiting) < 2: pass
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    store.add([delivery("main")], [])
except KeyboardInterrupt:
    print("interrupted", len(store._writer._waiting))
go.set()
first.join()
last.join()
store.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert "interrupted 1" == done.stdout.strip()
    assert ["last"] == [due.id for due in store.due(NOW)]


def test_a_fork_while_others_write(store):
    """
    A process that is forked while threads of its parent write and wait begins with nobody writing.
    """
    with ThreadPoolExecutor(1) as pool, nobody_gets_through(store):
        waiting = pool.submit(adding(store, "waiting"))
        until(lambda: len(store._writer._waiting) == 1)
        child = os.fork()
        if not child:
            os._exit(3 if store._writer._taken or store._writer._waiting else 0)
        assert 0 == os.waitpid(child, 0)[1]
    waiting.result()
    child = os.fork()
    if not child:
        try:
            store.add([delivery("child")], [])
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert ["waiting", "child"] == [due.id for due in store.due(NOW)]


_WRITES_UNTIL_KILLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from civicsns.store.sql import SqlStore, writing
from civicsns.testing.store_contract import delivery, record, step

def drive(store, who):
    for number in range(10_000):
        current = delivery(f"{who}-{number}")
        store.add([current], [record(current.id, "0")])
        os.write(1, f"{current.id} 0\\n".encode())
        for version in (1, 2):
            following = step(current)
            assert store.replace(current, following, record(current.id, str(version)))
            current = following
            os.write(1, f"{current.id} {version}\\n".encode())

with SqlStore(sys.argv[1]) as store, ThreadPoolExecutor(6) as pool:
    for one in [pool.submit(drive, store, who) for who in range(6)]:
        one.result()
"""


@pytest.mark.parametrize("steps", [1, 137])
def test_what_was_told_is_there_after_a_kill(tmp_path, steps):
    """
    However a process that writes from several threads is killed, what it was told is kept is there, each step whole.
    """
    path = tmp_path / "civicsns.db"
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITES_UNTIL_KILLED, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(steps)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    told = {}
    for line in lines:
        name, version = line.split()
        told[name] = int(version)

    assert len(told) > 0
    with SqlStore(path) as store:
        for name, number in told.items():
            assert store.get(name).version >= number
        for kept in store.due(NOW):
            assert [str(number) for number in range(kept.version + 1)] == events(store, kept.id)


def cut_end(store, *, keep):
    """Cut the connection at the end of the next transaction but one, after the server has kept it or instead."""
    seen = []

    def cutting(connection):
        seen.append(True)
        if len(seen) == 2:
            raw = connection.connection.dbapi_connection
            if keep:
                raw.commit()
            raw.close()

    event.listen(store._engine, "commit", cutting)


def test_a_connection_that_is_lost_after_all_was_kept(postgres):
    """
    Where the connection is lost after the server has kept what several wrote, each is told what it would have been.
    """
    with SqlStore(postgres.create()) as store:
        a = delivery("a")
        store.add([a], [])
        cut_end(store, keep=True)
        ended = together(
            store,
            adding(store, "b"),
            lambda: store.replace(a, step(a, attempts=1), record("a", "first")),
            lambda: store.replace(a, step(a, attempts=2), record("a", "second")),
        )

        assert [None, True, False] == ended
        assert ["first"] == events(store, "a")
        assert 1 == store.get("a").attempts


def test_a_connection_that_is_lost_before_anything_was_kept(postgres):
    """
    Where the connection is lost and the server has kept nothing, each is told so; nobody takes another's step for his.
    """
    url = postgres.create()
    with SqlStore(url) as store, SqlStore(url) as other:
        a = delivery("a")
        store.add([a], [])
        cut_end(store, keep=False)

        def be_faster(_context):
            other.replace(a, step(a, attempts=9), record("a", "theirs"))

        event.listen(store._engine, "handle_error", be_faster, once=True)
        ended = together(
            store,
            lambda: store.replace(a, step(a, attempts=1), record("a", "ours")),
            adding(store, "b"),
        )

        assert [StoreError] * 2 == [type(one) for one in ended]
        assert all("nothing was kept" in str(one) for one in ended)
        assert ["theirs"] == events(store, "a")
        assert ["a"] == [due.id for due in store.due(NOW)]


def test_a_connection_that_is_lost_for_good(postgres):
    """
    Where the server cannot be asked any more how it ended, it is said that nobody knows.
    """
    with SqlStore(postgres.create()) as store:
        cut_end(store, keep=True)
        ended = []

        def lose_the_way(*_):
            raise psycopg.OperationalError("gone")

        def forget(_context):
            event.listen(store._engine, "do_connect", lose_the_way)

        event.listen(store._engine, "handle_error", forget, once=True)
        ended = together(store, adding(store, "a"), adding(store, "b"))
        event.remove(store._engine, "do_connect", lose_the_way)

        assert all("either whole or not at all" in str(one) for one in ended)
        assert ["a", "b"] == [due.id for due in store.due(NOW)]


def test_all_wait_for_a_lock_but_once(postgres):
    """
    Where the database keeps everybody waiting, all are told when the first one's patience is at an end.
    """
    url = postgres.create()
    with SqlStore(url, patience=0.1) as store:
        store.add([delivery("a")], [])
        turned_away = count(store, "rollback")
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE civicsns_deliveries IN SHARE MODE")
            ended = together(store, *(adding(store, name) for name in "bcd"))
            other.rollback()

        assert all("keeps the store locked" in str(one) for one in ended)
        assert 1 == len(turned_away)
        assert [None] * 3 == together(store, *(adding(store, name) for name in "bcd"))


def test_steps_that_are_taken_in_one_statement(postgres, monkeypatch):
    """
    On PostgreSQL the steps that wait together are one statement; what each changes, and who was late, is as ever.
    """
    with SqlStore(postgres.create()) as store:
        names = [f"{number}" for number in range(5)]
        old = [delivery(name) for name in names]
        store.add(old, [])
        new = [
            step(old[0], not_before=None, state=DeliveryState.DELIVERED, attempts=1),
            step(old[1], attempts=7, lane=Lane.EMERGENCY),
            step(old[2], follows="0", not_before=NOW + timedelta(microseconds=1)),
            step(old[2], attempts=9),
            step(old[3], rendition=full("3").rendition),
        ]
        seen = []
        carried_out = statements.called

        def called(connection, statement, values=()):
            seen.append(statement)
            return carried_out(connection, statement, values)

        monkeypatch.setattr(statements, "called", called)
        before = [*old[:3], old[2], old[3]]
        ended = together(
            store,
            *(
                lambda pair=pair: store.replace(pair[0], pair[1], record(pair[0].id))
                for pair in zip(before, new, strict=True)
            ),
        )

        assert [True, True, True, False, True] == ended
        assert [*new[:3], new[4], old[4]] == [store.get(name) for name in names]
        assert [1, 1, 1, 1, 0] == [len(store.records(name)) for name in names]
        assert 1 == len([said for said in seen if "UPDATE civicsns_deliveries" in said and "json" in said])


def test_the_next_begins_while_one_reaches_the_disk(postgres):
    """
    While one transaction is being kept, the next one has begun; who comes before the first has ended is written in it.
    """
    with SqlStore(postgres.create()) as store:
        begun, kept = count(store, "begin"), []
        ending, let_go = threading.Event(), threading.Event()

        def slow(_connection):
            kept.append(True)
            if len(kept) == 1:
                ending.set()
                let_go.wait(60)

        event.listen(store._engine, "commit", slow)
        with ThreadPoolExecutor(3) as pool, ExitStack() as left:
            left.callback(let_go.set)
            calls = [pool.submit(adding(store, "a"))]
            ending.wait(60)
            calls.append(pool.submit(adding(store, "b")))
            until(lambda: len(begun) == 2)
            calls.append(pool.submit(adding(store, "c")))
            until(lambda: len(store._writer._waiting) == 2)
            ended = [call.done() for call in calls]
            let_go.set()
        for call in calls:
            call.result()

        assert [False, False, False] == ended
        assert (2, 2) == (len(begun), len(kept))
        assert ["a", "b", "c"] == sorted(due.id for due in store.due(NOW))


def test_an_end_that_fails_while_the_next_has_begun(postgres):
    """
    Where one transaction comes to nothing at its end, the next one, which had begun, is kept all the same.
    """
    with SqlStore(postgres.create()) as store:
        begun, kept = count(store, "begin"), []
        ending, let_go = threading.Event(), threading.Event()

        def lost(connection):
            kept.append(True)
            if len(kept) == 1:
                ending.set()
                let_go.wait(60)
                connection.connection.dbapi_connection.close()

        event.listen(store._engine, "commit", lost)
        with ThreadPoolExecutor(2) as pool, ExitStack() as left:
            left.callback(let_go.set)
            first = pool.submit(adding(store, "a"))
            ending.wait(60)
            second = pool.submit(adding(store, "b"))
            until(lambda: len(begun) == 2)
            let_go.set()
            with pytest.raises(StoreError):
                first.result(60)
            second.result(60)

        assert ["b"] == [due.id for due in store.due(NOW)]
        assert ["added"] == events(store, "b")


def test_who_wakes_while_his_own_reaches_the_disk(postgres, monkeypatch):
    """
    A caller who wakes while somebody else brings his work to the disk waits on, though the turn is to be had.
    """
    with SqlStore(postgres.create()) as store:
        turns = []
        true = store._writer._write

        def noted(turn):
            turns.append(turn)
            true(turn)

        def wake(_connection):
            waiting = [unit for unit in turns[-1].group if unit.told._waiters]
            for unit in waiting:
                with store._writer._guard:
                    unit.told.notify()
                until(lambda unit=unit: unit.told._waiters or len(begun) == 3)
            woken.extend(waiting)

        woken: list[object] = []
        monkeypatch.setattr(store._writer, "_write", noted)
        begun = count(store, "begin")
        event.listen(store._engine, "commit", wake)

        assert [None, None] == together(store, adding(store, "a"), adding(store, "b"))
        assert (1, 2) == (len(woken), len(begun))


def test_processes_that_write_in_turn(postgres):
    """
    Each process remembers where the chain ended when it wrote last; where another has gone on since, it goes on from
    there, and a step that the other was faster with is not taken.
    """
    url = postgres.create()
    with SqlStore(url) as store, SqlStore(url) as other:
        a, b = delivery("a"), delivery("b")
        store.add([a], [record("a", "added")])
        other.add([b], [record("b", "added")])
        told = [
            store.replace(a, step(a, attempts=1), record("a", "first")),
            other.replace(a, step(a, attempts=2), record("a", "late")),
            other.replace(b, step(b, attempts=3), record("b", "first")),
            store.replace(b, step(b, attempts=4), record("b", "late")),
        ]
        with pytest.raises(KeyError):
            store.replace(delivery("c"), step(delivery("c")), record("c", "nobody's"))

        assert [True, False, True, False] == told
        assert [1, 3] == [store.get("a").attempts, store.get("b").attempts]
        assert ["added", "first"] == events(store, "a")
        assert ["added", "first"] == events(store, "b")
        assert verify(store.chain(), heads=[store.tip().head]).sound


def test_one_who_is_called_is_interrupted(store, monkeypatch):
    """
    Where the one who is called to go on is interrupted just then, the next one is called in his place.
    """

    class Interrupted(threading.Condition):
        def wait(self, timeout=None):
            super().wait(timeout)
            raise KeyboardInterrupt

    class Unit(writing._Unit):
        def __init__(self, work, notes, guard):
            super().__init__(work, notes, guard)
            if not store._writer._waiting and store._writer._taken:
                self.told = Interrupted(guard)

    monkeypatch.setattr(writing, "_Unit", Unit)
    ended = together(store, adding(store, "a"), adding(store, "b"))

    assert KeyboardInterrupt is type(ended[0])
    assert ["b"] == [due.id for due in store.due(NOW)]


def test_who_is_quick_to_go_on_is_not_written_again(store, monkeypatch):
    """
    A caller who wakes before the one who wrote for all has come to the end of it goes on; his work is done once, and
    nobody who comes after waits behind him for ever.
    """
    done = []
    true = store._writer._write

    def slow(turn):
        true(turn)
        if len(turn.group) > 1:
            for unit in turn.group:
                with store._writer._guard:
                    unit.told.notify()
            until(lambda: len(ended) == len(turn.group) - 1)

    ended = []
    monkeypatch.setattr(store._writer, "_write", slow)

    def call(number):
        def work(_connection):
            done.append(number)
            return True

        store._writer.write(work)
        ended.append(number)

    together(store, *(partial(call, number) for number in range(4)))

    assert [] == store._writer._waiting
    assert [0, 1, 2, 3] == sorted(done)
    store.add([delivery("after")], [])


def test_a_connection_goes_from_one_to_the_next(store):
    """
    Who writes after another takes his connection; when nobody waits any more, it is back where all can have it.
    """
    taken = []
    event.listen(store._engine.pool, "checkout", lambda *_: taken.append(True))
    together(store, adding(store, "a"), adding(store, "b"))

    assert [True] == taken
    assert (0, []) == (store._engine.pool.checkedout(), store._writer._handed_on)


def test_a_connection_that_failed_goes_to_nobody(store):
    """
    Who comes after one whose work failed, or who was interrupted, has a connection that nothing is left on.
    """

    def failing(connection):
        connection.execute(tables.facts.insert().values(kind="a", key="b", version=0, value=b""))
        raise RuntimeError

    def interrupted(connection):
        connection.execute(tables.facts.insert().values(kind="a", key="c", version=0, value=b""))
        raise KeyboardInterrupt

    for broken, error in ((failing, RuntimeError), (interrupted, KeyboardInterrupt)):
        ended = together(store, lambda broken=broken: store._writer.write(broken), adding(store, error.__name__))

        assert [error, type(None)] == [type(one) for one in ended]
        assert (0, []) == (store._engine.pool.checkedout(), store._writer._handed_on)
    assert [] == store.facts("a")
    assert ["RuntimeError", "KeyboardInterrupt"] == [due.id for due in store.due(NOW)]


def test_a_fork_while_a_connection_is_handed_on(postgres):
    """
    A process that is forked just then leaves the connection to its parent, and makes its own.
    """
    with SqlStore(postgres.create()) as store:
        connection = store._writer._engine.connect()
        store._writer._handed_on.append(connection)
        child = os.fork()
        if not child:
            try:
                store.add([delivery("child")], [])
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        connections = store.connections
        store.add([delivery("parent")], [])

        assert connection.closed
        assert connections == store.connections
        assert ["child", "parent"] == [due.id for due in store.due(NOW)]
