"""A plan says what will change, and what somebody has to look at first."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from civicsns.accounts.lifecycle import Expected, Kind, NoticeKind, Plan, Prospect, Wanted, due, plan
from civicsns.accounts.lifecycle.prospect import Prepared
from civicsns.accounts.roster import Roster
from civicsns.config import LifecycleSettings, PersonalAccounts
from civicsns.model import Account, Person
from civicsns.model.account import SECTION

TODAY = date(2026, 3, 10)
APRIL = date(2026, 4, 1)
HANAKO = Person(number="1", name="佐賀 花子", section="観光課")
TARO = Person(number="2", name="武雄 太郎", section="税務課", post="係長")
MAKOTO = Person(number="3", name="高橋 誠", section="税務課")
PAGE = Account(id="facebook:kanko", platform="facebook", handle="kanko", section="観光課", steward="1", network_id="p")
OWN = Account(id="x:2", platform="x", handle="tk2", section="税務課", steward="2", personal=True, network_id="12")
ANY = LifecycleSettings(many=1.0)


def prospect(people=(HANAKO, TARO, MAKOTO), accounts=(PAGE, OWN), prepared=()) -> Prospect:
    return Prospect(
        Roster(people={one.number: one for one in people}, accounts={one.id: one for one in accounts}), prepared
    )


def planned(people=(HANAKO, TARO, MAKOTO), accounts=None, *, seen=None, settings=ANY, day=APRIL, **rest) -> Plan:
    expected = rest.pop("expected", None)
    wanted = Wanted(
        people={one.number: one for one in people},
        accounts=None if accounts is None else {one.id: one for one in accounts},
        **rest,
    )
    return plan(seen or prospect(), wanted, today=TODAY, day=day, settings=settings, expected=expected)


def short(made: Plan) -> list[tuple[str, str, str]]:
    return [(change.kind.value, change.key, change.effective.isoformat()) for change in made.changes]


def told(made: Plan) -> dict[NoticeKind, list[list[str]]]:
    found: dict[NoticeKind, list[list[str]]] = {}
    for notice in made.notices:
        found.setdefault(notice.kind, []).append(list(notice.about))
    return found


def test_who_comes_moves_and_leaves():
    """
    People are compared by number; what follows from a person names the person; nothing else is in the plan.
    """
    made = planned(
        [attrs.evolve(HANAKO, section="商工課"), attrs.evolve(MAKOTO, post="課長"), Person(number="4", name="江口 恵")]
    )

    assert [
        ("join", "4", "2026-04-01"),
        ("move", "1", "2026-04-01"),
        ("update", "3", "2026-04-01"),
        ("leave", "2", "2026-04-01"),
        ("close", "x:2", "2026-04-01"),
    ] == short(made)
    assert "2" == made.changes[-1].because
    assert {Kind.JOIN: 1, Kind.MOVE: 1, Kind.UPDATE: 1, Kind.LEAVE: 1, Kind.CLOSE: 1} == made.counts
    assert ((), 5) == (made.now, len(made.later))
    assert "1 佐賀 花子: 所属 観光課 → 商工課" == made.changes[1].said.ja
    assert "1 佐賀 花子: section 観光課 → 商工課" == made.changes[1].said.en


def test_nothing_changes_without_a_reason():
    """
    What stands and is wanted is no change, whatever the day.
    """
    assert () == planned().changes
    assert () == planned(accounts=[PAGE, OWN], day=None).changes


def test_each_persons_own_dates_count():
    """
    A transfer with its own date takes effect then, whoever is hired later joins on the first day, and a term that is
    over has ended.
    """
    later = date(2026, 5, 1)
    made = planned(
        [
            attrs.evolve(HANAKO, section="商工課"),
            attrs.evolve(TARO, until=date(2026, 3, 31)),
            MAKOTO,
            Person(number="4", name="江口 恵", since=date(2026, 7, 1)),
        ],
        dates={"1": later},
    )

    assert [
        ("leave", "2", "2026-04-01"),
        ("close", "x:2", "2026-04-01"),
        ("move", "1", "2026-05-01"),
        ("join", "4", "2026-07-01"),
    ] == short(made)


def test_a_roster_without_a_column_says_nothing_of_it():
    """
    Where no row has a post, posts stay; where some have, an empty one is meant.
    """
    bare = attrs.evolve(TARO, post="")
    people = {one.number: one for one in (HANAKO, bare, MAKOTO)}
    silent = plan(prospect(), Wanted.of(people), today=TODAY, settings=ANY)
    speaking = plan(
        prospect(), Wanted.of({**people, "1": attrs.evolve(HANAKO, post="課長")}), today=TODAY, settings=ANY
    )

    assert () == silent.changes
    assert [("update", "1", "2026-03-10"), ("update", "2", "2026-03-10")] == short(speaking)


def test_joiners_get_the_accounts_of_the_settings():
    """
    Everybody who has no personal account on a network gets one there, by the pattern, or without a handle to bring.
    """
    settings = attrs.evolve(ANY, personal={"x": PersonalAccounts(handle="tk{number}"), "facebook": PersonalAccounts()})
    made = planned([HANAKO, TARO], settings=settings)
    opened = {one.id: one for one in (change.after for change in made.changes) if isinstance(one, Account)}

    assert ["facebook:1", "facebook:2", "x:1"] == sorted(opened)
    assert Account(id="x:1", platform="x", handle="tk1", section="観光課", steward="1", personal=True) == opened["x:1"]
    assert "" == opened["facebook:2"].handle
    assert [["x:1", "facebook:1", "facebook:2"]] == told(made)[NoticeKind.INVITE]


def test_a_list_of_accounts_opens_changes_hands_over_and_closes():
    """
    What a list says of an account counts, but what was learnt when it was connected stays; which is not on it closes.
    """
    new = Account(id="x:zei", platform="x", handle="zei", section="税務課", steward="3")
    made = planned(accounts=[attrs.evolve(PAGE, steward="3", network_id=""), new], seen=prospect(), day=None)
    over = made.changes[1]

    assert [
        ("open", "x:zei", "2026-03-10"),
        ("hand_over", "facebook:kanko", "2026-03-10"),
        ("close", "x:2", "2026-03-10"),
    ] == short(made)
    assert isinstance(over.after, Account)
    assert ("3", "p") == (over.hands_over, over.after.network_id)
    # The step at the network comes before the register says so.
    assert PAGE == over.put


def test_a_leaver_is_no_longer_steward_or_poster():
    """
    Posters who leave are taken off; a successor who is named follows as steward; SECTION stays.
    """
    page = attrs.evolve(PAGE, posters=["2", "3", SECTION])
    made = planned([TARO], seen=prospect(accounts=[page]), successors={"facebook:kanko": "2"})
    (change,) = (change for change in made.changes if change.key == page.id)

    assert isinstance(change.after, Account)
    assert (Kind.HAND_OVER, "2", frozenset({"2", SECTION})) == (change.kind, change.after.steward, change.after.posters)
    assert NoticeKind.STEWARD_LEAVES not in told(made)


_NEW = Person(number="4", name="髙橋　誠", section="税務課")
_DOUBLE = attrs.evolve(OWN, id="x:9", steward="3")


@pytest.mark.parametrize(
    ("made", "kind", "about", "stops"),
    [
        (planned([HANAKO], settings=LifecycleSettings()), NoticeKind.MANY_LEAVERS, ["2", "3"], True),
        (planned([HANAKO], expected=Expected(leavers=1)), NoticeKind.MANY_LEAVERS, ["2", "3"], True),
        (planned(accounts=[OWN], settings=LifecycleSettings()), NoticeKind.MANY_CLOSED, ["facebook:kanko"], True),
        (planned(accounts=[PAGE, OWN, _DOUBLE]), NoticeKind.SAME_HANDLE, ["x:2", "x:9"], True),
        (
            planned(accounts=[PAGE, OWN, attrs.evolve(_DOUBLE, handle="other")]),
            NoticeKind.SAME_NETWORK_ID,
            ["x:2", "x:9"],
            True,
        ),
        (planned(accounts=[OWN, attrs.evolve(PAGE, platform="x")]), NoticeKind.OTHER_NETWORK, ["facebook:kanko"], True),
        (planned(accounts=[OWN, attrs.evolve(PAGE, network_id="q")]), NoticeKind.OTHER_ID, ["facebook:kanko"], False),
        (planned([TARO, MAKOTO]), NoticeKind.STEWARD_LEAVES, ["facebook:kanko", "1"], False),
        (
            planned([attrs.evolve(HANAKO, section="商工課"), TARO, MAKOTO]),
            NoticeKind.STEWARD_MOVES,
            ["facebook:kanko", "1"],
            False,
        ),
        (planned(accounts=[OWN, attrs.evolve(PAGE, steward="")]), NoticeKind.NOBODY, ["facebook:kanko"], False),
        (planned([HANAKO, TARO, _NEW]), NoticeKind.RENUMBERED, ["3", "4"], False),
        (planned([HANAKO, TARO, MAKOTO, _NEW]), NoticeKind.TWICE, ["3", "4"], False),
        (
            planned([HANAKO, TARO, MAKOTO, attrs.evolve(_NEW, section="図書館")]),
            NoticeKind.SAME_NAME,
            ["3", "4"],
            False,
        ),
        (
            planned(
                seen=prospect(
                    prepared=[Prepared(effective=TODAY, before=HANAKO, after=None, by="2", application="earlier")]
                )
            ),
            NoticeKind.OVERDUE,
            ["1"],
            True,
        ),
        (
            planned(
                [attrs.evolve(HANAKO, post="課長"), TARO, MAKOTO],
                seen=prospect(
                    prepared=[
                        Prepared(effective=date(2026, 5, 1), before=HANAKO, after=None, by="2", application="earlier")
                    ]
                ),
            ),
            NoticeKind.LATER,
            ["1"],
            False,
        ),
        (
            planned(
                seen=prospect(
                    prepared=[
                        Prepared(effective=date(2026, 5, 1), before=None, after=_NEW, by="2", application="earlier")
                    ]
                )
            ),
            NoticeKind.LATER,
            ["4"],
            False,
        ),
        (
            planned(accounts=[PAGE, OWN, Account(id="x:zei", platform="x", handle="zei", steward="3")]),
            NoticeKind.INVITE,
            ["x:zei"],
            False,
        ),
    ],
)
def test_what_a_person_has_to_look_at_is_told(made: Plan, kind: NoticeKind, about: list[str], stops: bool):
    """
    Each thing that a person should know stands in the plan, in both languages, with what to do about it.
    """
    (notice,) = (one for one in made.notices if one.kind is kind)

    assert about == list(notice.about)
    assert stops == notice.stops == (notice in made.stops)
    assert notice.mend.ja
    assert notice.mend.en


def test_what_is_in_order_is_not_remarked_upon():
    """
    A roster that changes nothing tells nothing; so many leavers as were expected stop nothing.
    """
    assert {} == told(planned(settings=LifecycleSettings()))
    assert () == planned([HANAKO], settings=LifecycleSettings(), expected=Expected(leavers=2)).stops


def test_a_plan_is_known_by_its_digest():
    """
    The digest is that of the same changes upon the same, on another day too; any other change has another.
    """
    moved = [attrs.evolve(HANAKO, section="商工課"), TARO, MAKOTO]
    wanted = Wanted(people={one.number: one for one in moved})
    today = plan(prospect(), wanted, today=TODAY, settings=ANY)
    tomorrow = plan(prospect(), wanted, today=date(2026, 3, 11), settings=ANY)
    prepared = planned(moved)
    upon_another = plan(
        prospect([attrs.evolve(HANAKO, section="図書館"), TARO, MAKOTO]), wanted, today=TODAY, settings=ANY
    )

    assert today.digest == tomorrow.digest
    assert 3 == len({today.digest, prepared.digest, upon_another.digest})


def test_what_was_prepared_holds_for_what_it_said():
    """
    On its day a prepared change says what it said, of what has changed meanwhile too; what it did not touch stays as
    it has become; who has left is not brought back.
    """
    moves = Prepared(effective=APRIL, before=TARO, after=attrs.evolve(TARO, section="図書館"), by="1", application="a")
    renamed = attrs.evolve(TARO, name="江口 太郎", section="商工課")
    kept = due(prospect([renamed], [], [moves]), today=APRIL, settings=ANY)
    gone = due(prospect([HANAKO], [], [moves]), today=APRIL, settings=ANY)

    assert [attrs.evolve(renamed, section="図書館")] == [change.after for change in kept.changes]
    assert ((moves.key,), "1") == (kept.changes[0].prepared, kept.changes[0].by)
    assert ((), (moves.key,)) == (gone.changes, gone.void)


def test_a_list_of_the_sections_leaves_personal_accounts_alone():
    """
    Where everybody has a personal account, those that stand keep what they learnt, whatever a list of others says.
    """
    settings = LifecycleSettings(many=1.0, personal={"x": PersonalAccounts()})
    people = (TARO,)
    seen = prospect(people, [attrs.evolve(PAGE, steward="2"), OWN])
    listed = planned(people, [attrs.evolve(PAGE, steward="2")], seen=seen, settings=settings)
    moved = planned(
        [attrs.evolve(TARO, section="商工課")], [attrs.evolve(PAGE, steward="2")], seen=seen, settings=settings
    )

    assert () == listed.changes
    assert [attrs.evolve(OWN, section="商工課")] == [one.after for one in moved.changes if one.key == OWN.id]


def test_what_was_taken_back_from_a_person_stays_closed():
    """
    The next roster does not open again a personal account that was retired while its person stays; for somebody who
    comes back, it does.
    """
    settings = LifecycleSettings(many=1.0, personal={"x": PersonalAccounts()})
    shut = attrs.evolve(OWN, closed=date(2026, 3, 1))

    assert () == planned([TARO], seen=prospect([TARO], [shut]), settings=settings).changes
    assert ["2", "x:2"] == [one.key for one in planned([TARO], seen=prospect([], [shut]), settings=settings).changes]


def test_the_few_accounts_of_sections_are_many_by_themselves():
    """
    Hundreds of personal accounts do not hide that a wrong list would close those of the sections.
    """
    people = [Person(number=str(number), name=f"職員 {number}", section="税務課") for number in range(100, 140)]
    own = [attrs.evolve(OWN, id=f"x:{one.number}", handle=f"h{one.number}", steward=one.number) for one in people]
    pages = [
        attrs.evolve(PAGE, id=f"facebook:{n}", handle=f"p{n}", steward="100", network_id=f"p{n}") for n in range(5)
    ]
    settings = LifecycleSettings(personal={"x": PersonalAccounts()})
    seen = prospect(people, [*own, *pages])
    none = planned(people, [], seen=seen, settings=settings)
    one_less = planned(people, pages[1:], seen=seen, settings=settings)

    assert [[one.id for one in pages]] == told(none)[NoticeKind.MANY_CLOSED]
    assert NoticeKind.MANY_CLOSED not in told(one_less)
    said = planned(people, [], seen=seen, settings=settings, expected=Expected(closed=5))
    assert NoticeKind.MANY_CLOSED not in told(said)


def test_a_closing_day_to_come_closes_on_its_day():
    """
    A list that says when an account will be closed changes the rest of it at once, and closes it on that day; planned
    again it says nothing new, and a new account is open until then.
    """
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    listed = [attrs.evolve(PAGE, section="商工課", closed=may), OWN, attrs.evolve(PAGE, id="x:new", closed=june)]
    listed[2] = attrs.evolve(listed[2], platform="x", handle="new", network_id="")
    made = planned(accounts=listed, day=TODAY)
    changes = {(one.key, one.kind.value): one for one in made.changes}
    kept = [
        Prepared(effective=one.effective, before=one.before, after=one.after, by="9", application="a")
        for one in made.later
    ]
    changed = (attrs.evolve(PAGE, section="商工課"), OWN, attrs.evolve(listed[2], closed=None))
    seen = prospect(accounts=changed, prepared=kept)

    assert [
        ("open", "x:new", "2026-03-10"),
        ("change", "facebook:kanko", "2026-03-10"),
        ("close", "facebook:kanko", "2026-05-01"),
        ("close", "x:new", "2026-06-01"),
    ] == short(made)
    assert changes["facebook:kanko", "close"].closes
    assert ["closed"] == list(changes["facebook:kanko", "close"].noted)
    assert () == planned(accounts=listed, seen=seen, day=TODAY).changes


def test_what_was_prepared_leaves_alone_what_others_have_changed():
    """
    A leaver is struck off the posters and nobody else is; and an account that was handed to a third person meanwhile
    is not taken from that person on the day.
    """
    before = attrs.evolve(PAGE, posters={"2", "3"})
    after = attrs.evolve(before, posters={"3", "4"}, steward="2", section="商工課")
    kept = [Prepared(effective=TODAY, before=before, after=after, by="9", application="a")]
    as_planned = due(prospect(accounts=(before,), prepared=kept), today=TODAY, settings=ANY).changes
    stands = attrs.evolve(before, posters={"2", "3", "5"}, steward="3")
    made = due(prospect(accounts=(stands,), prepared=kept), today=TODAY, settings=ANY).changes

    assert [after] == [one.after for one in as_planned]
    assert [attrs.evolve(stands, posters={"3", "4", "5"}, section="商工課")] == [one.after for one in made]


def test_a_name_that_was_learnt_stays():
    """
    A list that names no handle does not take away the one that was learnt when the account was connected.
    """
    stands = attrs.evolve(OWN, handle="tk_taro", opened=TODAY)
    silent = attrs.evolve(OWN, handle="", network_id="")
    renamed = attrs.evolve(silent, handle="takeo_taro")

    assert () == planned(accounts=[PAGE, silent], seen=prospect(accounts=(PAGE, stands))).changes
    assert ["takeo_taro"] == [
        one.after.handle
        for one in planned(accounts=[PAGE, renamed], seen=prospect(accounts=(PAGE, stands))).changes
        if isinstance(one.after, Account)
    ]
