"""Putting plans into effect: on record, once, by one at a time, and only what was looked at."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from pathlib import Path

import attrs
import pytest
from registry import ANY, APRIL, CHIEF, MARCH, Breaking, Registrar, Stop, Town, by_number, town

from civicsns.accounts import register
from civicsns.accounts.lifecycle import Expected, Wanted
from civicsns.config import LifecycleSettings, structure
from civicsns.errors import BadInput, ConfigurationError, NetworkError
from civicsns.language import Bilingual
from civicsns.lifecycle import Lifecycle, State, application
from civicsns.model import Account, Person
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.clock import PracticeClock

HANAKO = Person(number="1", name="佐賀 花子", section="観光課")
TARO = Person(number="2", name="武雄 太郎", section="税務課")
OWN = Account(id="x:1", platform="x", section="観光課", steward="1", personal=True, network_id="11")
PAGE = Account(id="facebook:kanko", platform="facebook", section="観光課", steward="1", network_id="p")


def test_every_change_is_on_record_without_names():
    """
    Who changed what, why and in which application stands among the records of each person and account, and what a
    person is called does not.
    """
    city = town([HANAKO, TARO], [OWN, PAGE])
    done = city.apply(
        [attrs.evolve(HANAKO, name="江口 花子", section="商工課"), Person(number="3", name="森 恵", section="税務課")]
    )
    records = [
        record for subject in ("person:1", "person:2", "person:3", "x:1") for record in city.store.records(subject)
    ]

    assert ["person.moved", "person.left", "person.joined", "account.moved"] == [one.event for one in records]
    assert {("9", done.id, "4月の異動")} == {(one.by, one.facts["application"], one.facts["reason"]) for one in records}
    assert "観光課 → 商工課" == records[0].facts["section"]
    assert "person:1" == records[3].facts["because"]
    assert ["lifecycle.begun", "lifecycle.ended"] == city.events("lifecycle")
    every = [
        dict(one.facts)
        for subject in ("lifecycle", "person:1", "person:2", "person:3", "x:1")
        for one in city.store.records(subject)
    ]
    assert not [name for name in ("花子", "太郎", "恵") if name in str(every)]


@pytest.mark.parametrize(
    ("by", "reason", "said"),
    [("8", "異動", "no member of staff"), ("9", " ", "There is no reason")],
)
def test_somebody_answers_for_it(by: str, reason: str, said: str):
    """
    Nothing is put into effect, nor taken back, by nobody or without a reason.
    """
    city = town([HANAKO])
    plan = city.lifecycle.plan(Wanted(people=by_number([TARO])))
    with pytest.raises(BadInput, match=said):
        city.lifecycle.apply(plan, by=by, reason=reason)
    done = city.apply([TARO])
    with pytest.raises(BadInput, match=said):
        city.lifecycle.undo(done.id, by=by, reason=reason)

    assert by_number([TARO]) == city.people()


def test_the_first_roster_may_be_taken_in_by_somebody_on_it():
    """
    Where nobody stands in the register yet, whoever is on the first roster may take it in, and nobody else.
    """
    store = MemoryStore()
    first = Lifecycle(store=store, clock=PracticeClock(MARCH), zone=UTC, settings=ANY)
    plan = first.plan(Wanted(people={"1": HANAKO}))
    with pytest.raises(BadInput, match="no member of staff"):
        first.apply(plan, by="2", reason="開始")
    first.apply(plan, by="1", reason="開始")

    assert {"1": HANAKO} == dict(register.roster(store).people.items())


def test_only_what_was_looked_at_is_put_into_effect():
    """
    A plan that stops, one made upon what no longer stands, and one of yesterday are refused whole.
    """
    city = town([HANAKO, TARO], settings=LifecycleSettings())
    wanted = Wanted(people=by_number([]))
    with pytest.raises(BadInput, match="would leave"):
        city.lifecycle.apply(city.lifecycle.plan(wanted), by="9", reason="異動")
    moves = Wanted(people=by_number([attrs.evolve(HANAKO, section="商工課"), TARO]))
    stale = city.lifecycle.plan(moves)
    fact = city.store.fact("person", "1")
    assert fact is not None
    city.store.put(fact, fact.becomes(**register.person_value(attrs.evolve(HANAKO, post="課長"))))
    with pytest.raises(BadInput, match="has changed since"):
        city.lifecycle.apply(stale, by="9", reason="異動")
    yesterdays = city.lifecycle.plan(moves)
    city.clock.advance(timedelta(days=1))
    with pytest.raises(BadInput, match="another day"):
        city.lifecycle.apply(yesterdays, by="9", reason="異動")

    assert "観光課" == city.people()["1"].section
    assert () == tuple(city.lifecycle.applications())


def test_where_files_count_the_register_is_not_changed_by_mistake():
    """
    Where the settings name files, plans are refused with what to do; only taking the files in is allowed.
    """
    store = MemoryStore()
    filed = Lifecycle(store=store, clock=PracticeClock(MARCH), zone=UTC, settings=ANY, in_files=True)
    wanted = Wanted(people=by_number([]))
    with pytest.raises(ConfigurationError, match="accounts import"):
        filed.plan(wanted)
    filed.apply(filed.plan(wanted, importing=True), by="9", reason="開始")

    assert {"9": CHIEF} == dict(register.roster(store).people.items())
    assert 0 == filed.sweep()


def test_two_at_once_do_it_once(tmp_path: Path):
    """
    Of two who put the same plan into effect at the same moment one does and the other is told; whoever resumes with him
    does no step twice.
    """
    with SqlStore(tmp_path / "store.db") as store:
        city = town([HANAKO, TARO], store=store)
        plan = city.lifecycle.plan(
            Wanted(
                people=by_number([Person(number=f"1{n:03}", name=f"職員 {n}", section="税務課") for n in range(300)])
            )
        )

        def attempt(_: int) -> str:
            try:
                city.lifecycle.apply(plan, by="9", reason="異動")
            except BadInput as error:
                city.lifecycle.resume()
                return error.what.en
            return "done"

        with ThreadPoolExecutor(3) as pool:
            ends = sorted(pool.map(attempt, range(3)))

        assert "done" == ends[-1]
        assert 301 == len(city.people())
        assert {"person.joined": 300, "person.left": 2} == {
            event: sum(event in city.events(f"person:{number}") for number in (*city.people(), "1", "2"))
            for event in ("person.joined", "person.left")
        }
        assert 1 == len(city.lifecycle.applications())
        assert city.lifecycle.under_way is None


_KILLED = """
import os, sys
from datetime import UTC, datetime
from civicsns.accounts.lifecycle import Expected, Wanted
from civicsns.config import LifecycleSettings
from civicsns.lifecycle import Lifecycle, application
from civicsns.model import Person
from civicsns.store.sql import SqlStore
from civicsns.testing.clock import PracticeClock

application.SIZE = 5
left = int(sys.argv[2])
put_all = SqlStore.put_all
def counted(self, changes, records=()):
    global left
    done = put_all(self, changes, records)
    left -= 1
    if not left:
        os._exit(9)
    return done
SqlStore.put_all = counted
people = {str(n): Person(number=str(n), name=f"職員 {n}", section="税務課") for n in range(1, 31)}
with SqlStore(sys.argv[1]) as store:
    lifecycle = Lifecycle(
        store=store, clock=PracticeClock(datetime(2026, 3, 10, 9, tzinfo=UTC)), zone=UTC, settings=LifecycleSettings()
    )
    lifecycle.apply(lifecycle.plan(Wanted(people=people)), by="1", reason="開始")
"""


def test_a_killed_process_is_gone_on_with_by_another(tmp_path: Path):
    """
    What a killed process had begun is finished by the next one without the roster, each person once.
    """
    path = tmp_path / "store.db"
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(path), "4"], check=False)
    with SqlStore(path) as store:
        city = Lifecycle(store=store, clock=PracticeClock(MARCH), zone=UTC, settings=ANY)
        before = len(register.roster(store).people)
        found = city.under_way
        with pytest.raises(BadInput, match="has not come to its end"):
            city.apply(city.plan(Wanted(people={})), by="1", reason="取り違え")
        done = city.resume()

        assert found is not None
        assert done is not None
        assert (9, 15) == (ended.returncode, before)
        assert (State.APPLYING, 3, 6) == (found.state, found.done, found.parts)
        assert (State.DONE, 30) == (done.state, len(register.roster(store).people))
        assert [["person.joined"]] * 30 == [[one.event for one in store.records(f"person:{n}")] for n in range(1, 31)]
        assert city.resume() is None


class Broken(Registrar):
    """Cannot reach the network."""

    def retire(self, account_id: str, *, by: str, reason: str) -> None:
        raise NetworkError(Bilingual("届きません", "out of reach"), mend=Bilingual("待つ", "wait"), place=account_id)


def _with(city: Town, retirement: Registrar | None) -> Lifecycle:
    return Lifecycle(store=city.store, clock=city.clock, zone=UTC, settings=ANY, retirement=retirement)


@pytest.mark.parametrize("reachable", [True, False])
def test_what_the_network_does_not_do_is_left_and_told(reachable: bool):
    """
    An account that cannot be closed keeps nobody's departure waiting: it is named, and in every plan until it is closed.
    """
    city = town([HANAKO, TARO], [OWN, attrs.evolve(PAGE, steward="2")])
    lifecycle = _with(city, Broken(city.store, city.clock) if reachable else None)
    wanted = Wanted(people=by_number([TARO]))
    done = lifecycle.apply(lifecycle.plan(wanted), by="9", reason="退職")
    again = lifecycle.plan(wanted)

    assert done is not None
    assert (State.DONE, ("x:1",)) == (done.state, done.left)
    assert by_number([TARO]) == city.people()
    assert [("close", "x:1")] == [(change.kind, change.key) for change in again.changes]
    city.lifecycle.apply(again, by="9", reason="退職")
    assert ["retire x:1"] == city.registrar.done
    assert () == lifecycle.plan(wanted).changes


def test_a_connected_account_is_handed_over_before_the_register_says_so():
    """
    The next steward of a connected account stands in the register only once the network's side is done.
    """
    city = town([HANAKO, TARO], [PAGE])
    without = _with(city, None)
    people = by_number([TARO])
    left = without.apply(without.plan(Wanted(people=people, successors={PAGE.id: "2"})), by="9", reason="異動")
    before = city.accounts()[PAGE.id].steward
    city.lifecycle.apply(city.lifecycle.plan(Wanted(people=people, successors={PAGE.id: "2"})), by="9", reason="異動")

    assert left is not None
    assert ((PAGE.id,), "1") == (left.left, before)
    assert ["hand over facebook:kanko to 2"] == city.registrar.done
    assert "2" == city.accounts()[PAGE.id].steward


def test_what_cannot_be_undone_is_told():
    """
    A closed account and what has changed since stay, each with its reason; the rest goes back, once.
    """
    city = town([HANAKO, TARO], [OWN])
    done = city.apply([attrs.evolve(TARO, section="図書館")])
    city.apply([attrs.evolve(TARO, section="商工課")])
    undone = city.lifecycle.undo(done.id, by="9", reason="誤り")
    with pytest.raises(BadInput, match="undone already"):
        city.lifecycle.undo(done.id, by="9", reason="誤り")
    with pytest.raises(BadInput, match="no such application"):
        city.lifecycle.undo("20260401-0", by="9", reason="誤り")

    assert {"x:1", "2"} == {one.about for one in undone.left}
    assert "credential is gone" in next(one.why.en for one in undone.left if one.about == "x:1")
    assert HANAKO == city.people()["1"]
    assert ["person.left", "person.joined"] == city.events("person:1")
    assert ["lifecycle.undo_begun", "lifecycle.undone"] == city.events("lifecycle")[-2:]


def test_what_came_into_effect_on_its_day_is_undone_there():
    """
    Undoing what was prepared is told where its day has come; the application of the day can be undone, and stays so.
    """
    city = town([HANAKO])
    prepared = city.apply([attrs.evolve(HANAKO, section="商工課")], day=APRIL)
    city.until(APRIL)
    city.lifecycle.sweep()
    day = city.lifecycle.applications()[-1]
    late = city.lifecycle.undo(prepared.id, by="9", reason="誤り")
    city.lifecycle.undo(day.id, by="9", reason="誤り")
    city.lifecycle.sweep()

    assert ["1"] == [one.about for one in late.left]
    assert "on its day" in late.left[0].why.en
    assert HANAKO == city.people()["1"]
    # The programme itself put it into effect, for whoever prepared it.
    assert ("", "9") == (day.by, city.store.records("person:1")[1].by)


def test_what_stood_before_is_forgotten_in_time():
    """
    After the days in which it can be undone, the store no longer knows what stood before, names included.
    """
    city = town([HANAKO], settings=attrs.evolve(ANY, undo_days=30))
    done = city.apply([])
    kept = city.store.facts(application.PART)
    city.clock.advance(timedelta(days=31))
    city.apply([TARO])
    with pytest.raises(BadInput, match="too old"):
        city.lifecycle.undo(done.id, by="9", reason="誤り")

    assert "佐賀 花子" in str([dict(one.value) for one in kept])
    assert "佐賀 花子" not in str([dict(one.value) for one in city.store.facts(application.PART)])


def test_so_many_terms_that_end_at_once_wait_for_a_person():
    """
    A timer puts into effect what somebody has prepared, but does not take leave of a fifth of the staff by itself;
    health tells of it until somebody has applied it.
    """
    ends = [attrs.evolve(one, until=date(2026, 3, 31)) for one in (HANAKO, TARO)]
    city = town(ends, settings=LifecycleSettings())
    city.apply([attrs.evolve(ends[0], post="課長"), ends[1]], day=APRIL - timedelta(days=1))
    city.until(APRIL)
    moved = city.lifecycle.sweep()

    program = Program(roster=register.roster(city.store), adapters={}, store=city.store, clock=city.clock)

    assert 1 == moved
    assert {"1": "課長", "2": "", "9": ""} == {number: one.post for number, one in city.people().items()}
    (told,) = [one for one in program.health().symptoms if one.code.startswith("lifecycle.")]
    assert ("lifecycle.many_leavers", 2, ("1", "2")) == (told.code, told.count, told.subjects)
    assert "--expect-leavers 2" in told.mend.en
    city.lifecycle.apply(city.lifecycle.due(expected=Expected(leavers=2)), by="9", reason="任期満了")
    assert [] == [one.code for one in program.health().symptoms if one.code.startswith("lifecycle.")]


def test_whoever_is_interrupted_at_the_end_of_a_term_looks_again():
    """
    The store breaks off as a term that has ended is put into effect: the same day the next one does it.
    """
    store = Breaking()
    city = town([attrs.evolve(HANAKO, until=date(2026, 3, 31)), TARO], store=store)
    city.until(APRIL)
    store.left = 1
    with pytest.raises(Stop):
        city.lifecycle.sweep()
    again = city.lifecycle.sweep()

    assert 1 == again
    assert by_number([TARO]) == city.people()
    assert 0 == city.lifecycle.sweep()


def test_what_somebody_changed_meanwhile_is_left_as_it_is():
    """
    Between the plan and its effect somebody else has changed a person and an account: both stay, are named, are not
    closed, and are not taken back; the rest is done.
    """
    store = Breaking()
    city = town([HANAKO, TARO], [OWN, attrs.evolve(OWN, id="x:2", steward="2", section="税務課")], store=store)
    # After all of it was written down, and before its first part.
    store.left, store.kept = 1, True
    with pytest.raises(Stop):
        city.apply([])
    changed = attrs.evolve(HANAKO, post="課長"), attrs.evolve(OWN, handle="saga")
    for about, value in (
        ("person", register.person_value(changed[0])),
        ("account", register.account_value(changed[1])),
    ):
        fact = store.fact(about, "1" if about == "person" else "x:1")
        assert fact is not None
        store.put(fact, fact.becomes(**value))
    done = city.lifecycle.resume()
    undone = city.lifecycle.undo(done.id, by="9", reason="誤り") if done is not None else None

    assert done is not None
    assert undone is not None
    assert ({"person:1", "x:1"}, ()) == (set(done.skipped), done.left)
    assert ["retire x:2"] == city.registrar.done
    assert by_number([changed[0], TARO]) == city.people()
    assert {"x:1": changed[1]} == city.accounts()
    assert ["x:2"] == [one.about for one in undone.left]


def test_who_is_late_does_not_apply_what_was_taken_back():
    """
    Whoever still holds an application that another has taken back meanwhile changes nothing any more.
    """
    store = Breaking()
    city = town([HANAKO, TARO], store=store)
    store.left, store.kept = 1, True
    with pytest.raises(Stop):
        city.apply([TARO])
    held = city.lifecycle.under_way
    assert held is not None
    city.lifecycle.undo(held.id, by="9", reason="誤り")
    late = city.lifecycle._course.go_on(held, lambda _done, _of: None)

    assert State.UNDONE is late.state
    assert by_number([HANAKO, TARO]) == city.people()


def test_what_a_person_left_half_done_does_not_stay_so(monkeypatch: pytest.MonkeyPatch):
    """
    A timer goes on with what a person was interrupted in, once that person has had the time to.
    """
    monkeypatch.setattr(application, "SIZE", 1)
    store = Breaking()
    city = town([HANAKO, TARO], store=store)
    store.left = 3
    with pytest.raises(Stop):
        city.apply([])
    city.lifecycle.sweep()
    soon = city.lifecycle.under_way
    city.clock.advance(timedelta(minutes=11))
    city.lifecycle.sweep()

    assert soon is not None
    assert city.lifecycle.under_way is None
    assert by_number([]) == city.people()


def test_a_programme_closes_the_accounts_of_those_who_leave():
    """
    A programme's own retirement closes what the plan closes, for whoever is on the staff.
    """
    city = town([HANAKO, TARO], [attrs.evolve(OWN, network_id="")])
    program = Program(roster=register.roster(city.store), adapters={}, store=city.store, clock=city.clock)
    wanted = Wanted(people=by_number([TARO]))
    expected = Expected(leavers=1)
    done = program.lifecycle.apply(program.lifecycle.plan(wanted, expected=expected), by="9", reason="退職")

    assert done is not None
    assert () == done.left
    assert date(2026, 3, 10) == city.accounts(closed=True)["x:1"].closed
    assert "account.closed" in city.events("x:1")


def test_dispatching_puts_into_effect_what_has_come_due(tmp_path: Path):
    """
    Whoever calls `dispatch` by a timer needs nothing else for transfers.
    """
    city = town([HANAKO])
    city.apply([attrs.evolve(HANAKO, section="商工課")], day=APRIL)
    program = Program(roster=register.roster(city.store), adapters={}, store=city.store, clock=city.clock)
    program.dispatch()
    before = program.roster.person("1").section
    city.until(APRIL)
    program.dispatch()

    assert ("観光課", "商工課") == (before, program.roster.person("1").section)
    assert [] == list(program.lifecycle.prepared())


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"personal": {"x": {"handle": "takeo"}}}, "needs {number}"),
        ({"many": 2}, "takes 0 to 1"),
        ({"undo_days": 0}, "1 or more"),
    ],
)
def test_settings_are_looked_at(table: dict[str, object], said: str):
    """
    A pattern without the number would give everybody one handle; a share is one of the whole.
    """
    with pytest.raises(ConfigurationError) as raised:
        structure(LifecycleSettings, table, place="civicsns.toml")

    assert said in str(raised.value)


def test_a_closing_day_in_a_list_is_kept():
    """
    An account that is changed now and closed in April is both, each on its day, in one application.
    """
    city = town([HANAKO, TARO], [PAGE])
    city.apply([HANAKO, TARO], [attrs.evolve(PAGE, section="商工課", closed=APRIL)])
    before = city.accounts()[PAGE.id]
    city.until(APRIL)
    city.lifecycle.sweep()

    assert attrs.evolve(PAGE, section="商工課") == before
    assert ["retire facebook:kanko"] == city.registrar.done
    assert APRIL == city.accounts(closed=True)[PAGE.id].closed


def test_nothing_is_closed_any_more_once_it_is_taken_back():
    """
    While one account is being closed somebody takes all of it back: the next one stays open.
    """
    city = town([HANAKO, TARO], [OWN, attrs.evolve(OWN, id="x:2", steward="2", section="税務課")])

    class Slow(Registrar):
        def retire(self, account_id: str, *, by: str, reason: str) -> None:
            super().retire(account_id, by=by, reason=reason)
            found = city.lifecycle.under_way
            assert found is not None
            city.lifecycle.undo(found.id, by="9", reason="誤り")

    slow = Slow(city.store, city.clock)
    lifecycle = _with(city, slow)
    ended = lifecycle.apply(lifecycle.plan(Wanted(people=by_number([]))), by="9", reason="退職")

    assert ended is not None
    assert State.UNDONE is ended.state
    assert 1 == len(slow.done)
    assert by_number([HANAKO, TARO]) == city.people()
    assert 1 == len(city.accounts())
