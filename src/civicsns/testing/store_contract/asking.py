"""What is due, waits, failed or is alike is found, in its order."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model import DeliveryState, Lane, Marks, Receipt
from civicsns.testing.store_contract.things import NOW, TOKYO, delivery, record, step

if TYPE_CHECKING:
    from civicsns.ports import Store


class FindsWhatIsAskedFor:
    """Checks of `civicsns.testing.store_contract.StoreContract`."""

    def test_what_is_due(self, store: Store) -> None:
        """
        What is due comes with the longest overdue first; what has no next step, or a later one, does not.
        """
        store.add(
            [
                delivery("later", due=NOW + timedelta(microseconds=1)),
                delivery("now", due=NOW.astimezone(TOKYO)),
                delivery("overdue", due=NOW - timedelta(hours=1)),
                delivery("long overdue", due=(NOW - timedelta(hours=2)).astimezone(TOKYO)),
                delivery("ended", due=None),
            ],
            [],
        )

        assert ["long overdue", "overdue", "now"] == [due.id for due in store.due(NOW.astimezone(TOKYO))]
        assert ["long overdue", "overdue"] == [due.id for due in store.due(NOW, limit=2)]
        assert [] == store.due(NOW, limit=0)

    def test_the_parts_of_a_thread_are_due_in_their_order(self, store: Store) -> None:
        """
        What is due at the same time comes in the order in which it was added.
        """
        names = [f"{number:02}" for number in range(30)]
        random.Random(7).shuffle(names)  # noqa: S311 -- an order, no secret
        for some in (names[:20], names[20:]):
            store.add([delivery(name) for name in some], [])

        assert names == [due.id for due in store.due(NOW)]

    def test_every_account_has_its_turn(self, store: Store) -> None:
        """
        First the longest overdue of each account, then the second of each; a long backlog keeps nobody waiting.
        """
        backlog = [
            delivery(f"a{number:03}", account="x:a", due=NOW - timedelta(hours=300 - number)) for number in range(300)
        ]
        store.add(backlog, [])
        store.add([delivery(f"b{number}", account="x:b") for number in range(3)], [])
        store.add([delivery("c0", platform="facebook", account="facebook:c", due=NOW - timedelta(minutes=1))], [])

        whole = ["a000", "c0", "b0", "a001", "b1", "a002", "b2", *(f"a{number:03}" for number in range(3, 300))]
        assert whole == [due.id for due in store.due(NOW)]
        for limit in (1, 2, 4, 6, 50, 1000):
            assert whole[:limit] == [due.id for due in store.due(NOW, limit=limit)]

    def test_emergencies_overtake(self, store: Store) -> None:
        """
        What is urgent comes before what is not, though it was added later; among the urgent every account has its turn.
        """
        store.add([delivery(f"r{number}", account=f"x:{number % 3}") for number in range(9)], [])
        urgent = [
            attrs.evolve(
                delivery(f"e{number}", account=account, due=NOW - timedelta(seconds=9 - number)), lane=Lane.EMERGENCY
            )
            for number, account in enumerate(["x:0", "x:0", "x:9"])
        ]
        store.add(urgent, [])

        assert ["e0", "e2", "e1", "r0", "r1"] == [due.id for due in store.due(NOW, limit=5)]
        assert ["e0", "e2"] == [due.id for due in store.due(NOW, limit=2)]

    def test_one_network_at_a_time(self, store: Store) -> None:
        """
        What is due on one network can be listed by itself, in the same order.
        """
        for number in range(4):
            store.add([delivery(f"x{number}", account=f"x:{number % 2}")], [])
            store.add([delivery(f"f{number}", platform="facebook", account=f"facebook:{number % 2}")], [])
        store.add([attrs.evolve(delivery("fe", platform="facebook", account="facebook:1"), lane=Lane.EMERGENCY)], [])

        assert ["x0", "x1", "x2", "x3"] == [due.id for due in store.due(NOW, platform="x")]
        assert ["x0", "x1", "x2"] == [due.id for due in store.due(NOW, platform="x", limit=3)]
        assert ["fe", "f0", "f1", "f2", "f3"] == [due.id for due in store.due(NOW, platform="facebook", limit=9)]
        assert [] == store.due(NOW, platform="board", limit=9)

    def test_what_an_account_may_have_posted_is_listed(self, store: Store) -> None:
        """
        What is being sent or unknown, and what was delivered since then; not what waits, nor what is another's.
        """
        for account in ("x:a", "x:b"):
            for state in DeliveryState:
                waits = delivery(f"{state} {account}", account=account)
                store.add([waits], [])
                if state is not DeliveryState.PENDING:
                    assert store.replace(waits, step(waits, state=state), record(waits.id))

        listed = [one.id for one in store.of_account("x:a", since=NOW)]
        later = [one.id for one in store.of_account("x:a", since=NOW + timedelta(seconds=1))]

        under_way = [f"{DeliveryState.SENDING} x:a", f"{DeliveryState.UNKNOWN} x:a"]
        assert sorted([*under_way, f"{DeliveryState.DELIVERED} x:a"]) == sorted(listed)
        assert sorted(under_way) == sorted(later)

    def test_like_texts_are_found_by_their_marks(self, store: Store) -> None:
        """
        Who shares most marks comes first; not the own accounts, not other networks, not what is too old.
        """

        def added(name: str, marks: tuple[int, ...], *, ago: int = 0, **rendition: Any) -> None:
            made = NOW - timedelta(days=ago)
            store.add(
                [delivery(name, **rendition)], [], Marks(of={name: marks}, at=made, since=NOW - timedelta(days=99))
            )

        added("own", (1, 2, 3), account="x:own")
        added("elsewhere", (1, 2, 3), account="facebook:a", platform="facebook")
        added("old", (1, 2, 3), account="x:a", ago=8)
        added("one", (3, 4, 2**62), account="x:a")
        added("two", (2, 3, 3, 5), account="x:b", ago=3)
        added("newer two", (2, 3, 6), account="x:b", ago=2)
        added("none", (7, 8), account="x:b")

        def alike(*marks: int, limit: int = 9) -> list[str]:
            found = store.alike("x", marks, since=NOW - timedelta(days=7), apart_from=["x:own"], limit=limit)
            return [one.id for one in found]

        assert ["newer two", "two", "one"] == alike(1, 2, 3)
        assert ["newer two"] == alike(1, 2, 3, limit=1)
        assert ["one"] == alike(2**62)
        assert [] == alike(9)

    def test_old_marks_are_forgotten(self, store: Store) -> None:
        """
        What is too old to be of use is forgotten while new marks are added; what is not stays.
        """
        for number in range(6):
            at = NOW + timedelta(days=number)
            marks = Marks(of={f"{number}": (1, 2)}, at=at, since=at - timedelta(days=2))
            store.add([delivery(f"{number}", account="x:a")], [], marks)

        found = store.alike("x", [1], since=NOW - timedelta(days=9), apart_from=[], limit=9)
        assert ["5", "4", "3"] == [one.id for one in found]

    def test_a_part_of_a_thread_is_due_after_the_part_before(self, store: Store) -> None:
        """
        While the part before it waits, for its time or for a person, it is not due; once that has ended, it is.
        """
        first, second, third = (
            attrs.evolve(delivery(name), follows=follows) for name, follows in (("1", None), ("2", "1"), ("3", "2"))
        )
        store.add([first, second, third], [])
        asked = step(first, state=DeliveryState.UNKNOWN, not_before=None)
        store.replace(first, asked, record("1"))

        assert [] == store.due(NOW)
        store.replace(asked, step(asked, state=DeliveryState.DELIVERED), record("1"))
        assert ["2"] == [due.id for due in store.due(NOW)]
        store.replace(second, step(second, state=DeliveryState.FAILED, not_before=None), record("2"))
        assert ["3"] == [due.id for due in store.due(NOW)]

    def test_a_step_moves_what_is_due(self, store: Store) -> None:
        """
        A delivery is due as its newest version says.
        """
        ends, waits = delivery("ends"), delivery("waits")
        store.add([ends, waits], [])
        store.replace(ends, step(ends, not_before=None, state=DeliveryState.DELIVERED), record("ends"))
        store.replace(waits, step(waits, not_before=NOW + timedelta(minutes=1)), record("waits"))

        assert [] == store.due(NOW)
        assert ["waits"] == [due.id for due in store.due(NOW + timedelta(minutes=1))]

    def test_what_waits_for_a_person(self, store: Store) -> None:
        """
        Unknown with no next step, and held, due or not: those wait for a person, oldest first; nothing else does.
        """
        made = [
            delivery("pending"),
            attrs.evolve(delivery("read back later"), state=DeliveryState.UNKNOWN),
            attrs.evolve(delivery("held", due=None), state=DeliveryState.HELD),
            attrs.evolve(delivery("delivered", due=None), state=DeliveryState.DELIVERED),
            attrs.evolve(delivery("failed", due=None), state=DeliveryState.FAILED),
            attrs.evolve(delivery("unknown", due=None), state=DeliveryState.UNKNOWN),
            attrs.evolve(delivery("withdrawn", due=None), state=DeliveryState.WITHDRAWN),
            attrs.evolve(delivery("deleted", due=None), state=DeliveryState.DELETED),
            attrs.evolve(delivery("held until its end"), state=DeliveryState.HELD),
        ]
        store.add(made, [])

        assert ["held", "unknown", "held until its end"] == [waiting.id for waiting in store.waiting()]

    def test_the_deliveries_of_a_draft(self, store: Store) -> None:
        """
        Those of one draft, ended or not, in the order in which they were added, as they stand now.
        """
        made = [attrs.evolve(delivery(name), draft=of) for name, of in (("b", "1"), ("a", "1"), ("c", "2"))]
        store.add(made, [])
        ended = step(made[0], not_before=None, state=DeliveryState.WITHDRAWN)
        store.replace(made[0], ended, record("b"))

        assert [ended, made[1]] == store.of_draft("1")
        assert [] == store.of_draft("3")

    def test_what_the_network_publishes_later(self, store: Store) -> None:
        """
        What is out and was scheduled at the network for later is found for its account, until its time has come.
        """
        receipt = Receipt(platform="x", account="x:takeo", post_id="1", at=NOW, scheduled_for=NOW + timedelta(hours=1))
        scheduled = attrs.evolve(delivery("later", due=None), state=DeliveryState.DELIVERED, receipt=receipt)
        elsewhere = delivery("elsewhere", due=None, account="facebook:b")
        store.add(
            [
                attrs.evolve(scheduled, id="at once", receipt=attrs.evolve(receipt, scheduled_for=None)),
                scheduled,
                attrs.evolve(elsewhere, state=DeliveryState.DELIVERED, receipt=receipt),
                attrs.evolve(scheduled, id="deleted", state=DeliveryState.DELETED),
            ],
            [],
        )

        assert [scheduled] == store.scheduled("x:takeo", after=NOW)
        assert [] == store.scheduled("x:takeo", after=NOW + timedelta(hours=1))

    def test_what_has_failed(self, store: Store) -> None:
        """
        What will not go out is listed, the newest first, and so many at most.
        """
        made = [
            attrs.evolve(delivery(name, due=None), state=state)
            for name, state in (
                ("a", DeliveryState.FAILED),
                ("b", DeliveryState.WITHDRAWN),
                ("c", DeliveryState.FAILED),
                ("d", DeliveryState.FAILED),
            )
        ]
        store.add(made, [])

        assert ["d", "c", "a"] == [failed.id for failed in store.failed(limit=9)]
        assert ["d", "c"] == [failed.id for failed in store.failed(limit=2)]
