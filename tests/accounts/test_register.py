"""The register in the store: what stands, seen by all at once."""

from __future__ import annotations

from datetime import date

from civicsns.accounts import register
from civicsns.model import Account, Fact, Person
from civicsns.model.account import SECTION
from civicsns.store.memory import MemoryStore

HANAKO = Person(
    number="1042", name="佐賀 花子", section="観光課", post="係長", since=date(2020, 4, 1), until=date(2027, 3, 31)
)
TOURISM = Account(
    id="x:kanko",
    platform="x",
    handle="saga_kanko",
    section="観光課",
    steward="1042",
    posters=["1043", SECTION],
    purpose="観光のお知らせ",
    opened=date(2026, 4, 1),
)


def test_people_and_accounts_are_read_as_they_were_put():
    """
    Nothing of a person or an account is lost in the store, and what another puts is seen at once.
    """
    store = MemoryStore()
    read = register.roster(store)
    store.put(None, Fact(kind=register.PERSON, key="1042", value=register.person_value(HANAKO)))
    fact = Fact(kind=register.ACCOUNT, key="x:kanko", value=register.account_value(TOURISM))
    store.put(None, fact)

    assert HANAKO == read.person("1042")
    assert TOURISM == read.account("x:kanko")
    assert [("1042", HANAKO)] == list(read.people.items())
    assert (1, ["x:kanko"]) == (len(read.accounts), list(read.accounts))
    store.put(fact, None)
    assert "x:kanko" not in read.accounts


def test_a_term_has_a_first_and_a_last_day():
    """
    Both days belong to the term; who has none serves always.
    """
    days = [date(2020, 3, 31), date(2020, 4, 1), date(2027, 3, 31), date(2027, 4, 1)]

    assert [False, True, True, False] == [HANAKO.serves(day) for day in days]
    assert Person(number="1", name="森").serves(days[0])
