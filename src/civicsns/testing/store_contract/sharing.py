"""Threads and processes share a store, and it outlives them."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING

from civicsns.testing.store_contract.processes import fresh, opened
from civicsns.testing.store_contract.things import NOW, delivery, full, record, step

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from civicsns.model import Delivery
    from civicsns.ports import Store
    from civicsns.testing.store_contract.processes import OpenStore

#: Processes that race, and deliveries that they race for.
_RACERS = 4
_PRIZES = 25


class IsShared:
    """Checks of `civicsns.testing.store_contract.StoreContract`."""

    def test_threads_race(self, store: Store) -> None:
        """
        Of several threads that take the same step, one does; the record is its own.
        """
        prizes = [delivery(f"{number}") for number in range(10)]
        store.add(prizes, [])

        with ThreadPoolExecutor(8) as pool:
            racing = [pool.submit(_race, store, who, prizes) for who in range(8)]
            won = [winner for one in racing for winner in one.result()]

        assert {prize.id: 1 for prize in prizes} == Counter(name for name, _ in won)
        _require_winners(store, won)

    def test_threads_keep_out_of_each_others_way(self, store: Store) -> None:
        """
        Deliveries driven at the same time in several threads all get through all of their steps.
        """
        names = [f"{number}" for number in range(8)]

        def drive(name: str) -> int:
            current = delivery(name)
            store.add([current], [record(name)])
            for _ in range(10):
                following = step(current)
                assert store.replace(current, following, record(name))
                current = following
            return len(store.records(name))

        with ThreadPoolExecutor(len(names)) as pool:
            assert [11] * len(names) == list(pool.map(drive, names))

    def test_eight_open_it_at_once(self, open_store: OpenStore) -> None:
        """
        Eight processes that open a store at the same moment, when it was never opened before, all find the same one.
        """
        together = fresh().Barrier(8)
        processes = [
            fresh().Process(target=_open_and_add, args=(open_store, f"{number}", together)) for number in range(8)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

        assert [0] * 8 == [process.exitcode for process in processes]
        with opened(open_store) as store:
            assert {f"{number}" for number in range(8)} == {due.id for due in store.due(NOW)}

    def test_processes_race(self, open_store: OpenStore) -> None:
        """
        Of several processes that take the same step, one does; the record is its own.
        """
        with opened(open_store) as store:
            prizes = [delivery(f"{number}") for number in range(_PRIZES)]
            store.add(prizes, [])
            with ProcessPoolExecutor(_RACERS, mp_context=fresh()) as pool:
                racing = [pool.submit(_race_elsewhere, open_store, who) for who in range(_RACERS)]
                won = [winner for one in racing for winner in one.result()]

            assert {prize.id: 1 for prize in prizes} == Counter(name for name, _ in won)
            _require_winners(store, won)

    def test_it_is_there_after_opening_again(self, open_store: OpenStore) -> None:
        """
        What was kept is there when the store is closed and opened again, files and records included.
        """
        with opened(open_store) as store:
            store.add([full("a"), delivery("b")], [record("a", "added")])
            store.replace(delivery("b"), step(delivery("b"), attempts=1), record("b", "stepped"))
        with opened(open_store) as store:
            assert full("a") == store.get("a")
            assert step(delivery("b"), attempts=1) == store.get("b")
            assert [record("a", "added")] == store.records("a")
            assert [record("b", "stepped")] == store.records("b")

    def test_it_is_there_after_a_kill(self, open_store: OpenStore) -> None:
        """
        What a process had kept when it was killed is there: an intent is never forgotten.
        """
        process = fresh().Process(target=_keep_and_die, args=(open_store,))
        process.start()
        process.join()

        assert process.exitcode not in {0, 1}
        with opened(open_store) as store:
            assert step(full("a"), attempts=4) == store.get("a")
            assert ["added", "intended"] == [kept.event for kept in store.records("a")]

    def test_a_fork_has_connections_of_its_own(self, open_store: OpenStore) -> None:
        """
        A process that was forked from one with an open store goes on with it, and so does its parent.
        """
        with ProcessPoolExecutor(1, mp_context=fresh()) as pool:
            assert [0, 20, 20] == pool.submit(_fork, open_store).result()


def _race(store: Store, who: int, prizes: list[Delivery]) -> list[tuple[str, int]]:
    """Take the step of every prize, in an order of one's own; give those that were won."""
    order = random.Random(who).sample(prizes, len(prizes))  # noqa: S311 -- an order, no secret
    return [
        (prize.id, who)
        for prize in order
        if store.replace(prize, step(prize, attempts=100 + who), record(prize.id, f"won by {who}"))
    ]


def _open_and_add(open_store: OpenStore, name: str, together: Barrier) -> None:
    together.wait()
    with opened(open_store) as store:
        store.add([delivery(name)], [])


def _race_elsewhere(open_store: OpenStore, who: int) -> list[tuple[str, int]]:
    with opened(open_store) as store:
        return _race(store, who, [delivery(f"{number}") for number in range(_PRIZES)])


def _require_winners(store: Store, won: list[tuple[str, int]]) -> None:
    for name, who in won:
        assert 100 + who == store.get(name).attempts
        assert [f"won by {who}"] == [kept.event for kept in store.records(name)]


def _keep_and_die(open_store: OpenStore) -> None:
    store = open_store()
    store.add([full("a")], [record("a", "added")])
    store.replace(full("a"), step(full("a"), attempts=4), record("a", "intended"))
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def _fork(open_store: OpenStore) -> list[int]:
    """Give how the child ended, and how many steps child and parent took."""
    with opened(open_store) as store:
        store.add([delivery("child"), delivery("parent")], [])
        child = os.fork()
        try:
            _steps(store, "parent" if child else "child")
        finally:
            if not child:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return [status, store.get("child").version, store.get("parent").version]


def _steps(store: Store, name: str) -> None:
    for _ in range(20):
        current = store.get(name)
        store.replace(current, step(current), record(name))
