"""A look at what the store holds, and the diagnosis: all symptoms, the worst first."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from civicsns.errors import AuthorizationLost, CivicsnsError, Unavailable
from civicsns.health import deliveries, keeping, surroundings
from civicsns.health.symptom import Health
from civicsns.health.transfers import stopped_transfers
from civicsns.heartbeat import KIND, Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from civicsns.accounts import lifecycle
    from civicsns.accounts.inspection import Look
    from civicsns.accounts.profile import Look as ProfileLook
    from civicsns.accounts.retirement import Task
    from civicsns.model import Account, Credential, Delivery, Held
    from civicsns.model.condition import Condition
    from civicsns.ports import Store
    from civicsns.posting.gates import Gate

#: The most deliveries that are looked at.
_LOOKED_AT = 1000


def look(
    *,
    store: Store,
    now: datetime,
    stopped: Sequence[lifecycle.Notice] = (),
    max_age: timedelta,
    gates: Sequence[Gate],
    networks: Collection[str],
    accounts: Mapping[str, Account],
    opened: Callable[[Account], Credential],
    held: Callable[[], Sequence[Held]],
    clock_skew: timedelta,
    looks: Sequence[Look] = (),
    tasks: Sequence[Task] = (),
    profiles: Sequence[ProfileLook] = (),
) -> Health:
    """
    Look at what a store holds, and at whether the credentials open.

    Args:
        store: Where deliveries and signs of life are kept.
        now: The time.
        stopped: What has come due and waits for a person.
        max_age: How old a sign of life may be, and how long overdue a delivery, before it is reported.
        gates: What keeps the posts of an app or an account back.
        networks: The networks that are set up.
        accounts: The accounts on the list.
        opened: Opens the credential of an account.
        held: Lists what the vault has, what is lost included.
        clock_skew: How far apart the clocks may be.
        looks: How credentials were when they were last verified.
        tasks: What is left to do for accounts that were retired or handed over.
        profiles: How profiles were when they were last read.

    Raises:
        StoreError: If the store is out of order.
    """
    credentials: dict[str, Credential] = {}
    shut: dict[str, Unavailable] = {}
    for account in accounts.values():
        # One that was never connected is no trouble before something is to go out under it; one that was lost is told
        # of by what the vault lists.
        try:
            credentials[account.id] = opened(account)
        except AuthorizationLost:
            continue
        except Unavailable as error:
            shut[account.id] = error
    listed: Sequence[Held] = ()
    # A vault that does not even say what it has opens nothing either, and that is told of each account.
    with suppress(CivicsnsError):
        listed = held()
    examine = getattr(store, "condition", None)
    return diagnose(
        now=now,
        stopped=stopped,
        max_age=max_age,
        workers=[Heartbeat.read(fact) for fact in store.facts(KIND)],
        overdue=store.due(now - max_age, limit=_LOOKED_AT),
        postponed=[
            one
            for one in store.due(now + timedelta(days=1), limit=_LOOKED_AT)
            if one.not_before is not None and one.not_before > now
        ],
        waiting=store.waiting(),
        gates=gates,
        networks=networks,
        accounts=accounts,
        credentials=credentials,
        shut=shut,
        held=listed,
        condition=examine() if examine is not None else None,
        clock_skew=clock_skew,
        looks=looks,
        tasks=tasks,
        profiles=profiles,
    )


def diagnose(
    *,
    now: datetime,
    stopped: Sequence[lifecycle.Notice] = (),
    max_age: timedelta,
    workers: Sequence[Heartbeat],
    overdue: Sequence[Delivery],
    postponed: Sequence[Delivery],
    waiting: Sequence[Delivery],
    gates: Sequence[Gate],
    networks: Collection[str],
    accounts: Mapping[str, Account],
    credentials: Mapping[str, Credential],
    shut: Mapping[str, Unavailable],
    held: Sequence[Held],
    condition: Condition | None,
    clock_skew: timedelta,
    looks: Sequence[Look] = (),
    tasks: Sequence[Task] = (),
    profiles: Sequence[ProfileLook] = (),
) -> Health:
    """
    Say what is stuck, and why.

    Args:
        now: The time.
        stopped: What has come due and waits for a person.
        max_age: How old a sign of life may be, and how long overdue a delivery, before it is reported.
        workers: The processes that deliver, as the store has them.
        overdue: The deliveries that have been due for longer than *max_age*.
        postponed: The deliveries that are due later.
        waiting: The deliveries that wait for a person.
        gates: What keeps the posts of an app or an account back.
        networks: The networks that are set up.
        accounts: The accounts on the list.
        credentials: The tokens, by account.
        shut: Why the vault does not open, by account, where it does not.
        held: What the vault has, what is lost included.
        condition: How the database is.
        clock_skew: How far apart the clocks may be.
        looks: How credentials were when they were last verified.
        tasks: What is left to do for accounts that were retired or handed over.
        profiles: How profiles were when they were last read.
    """
    symptoms = [
        *surroundings.workers(workers, now=now, max_age=max_age, clock_skew=clock_skew),
        *deliveries.overdue(overdue, now=now, networks=networks, accounts=accounts),
        *deliveries.waiting(waiting),
        *stopped_transfers(stopped),
        *deliveries.postponed(postponed),
        *deliveries.gates(gates),
        *surroundings.vault(shut),
        *surroundings.tokens(credentials, now=now),
        *keeping.credentials(looks),
        *keeping.held(accounts, held, looks, now=now),
        *keeping.left(tasks),
        *keeping.profiles(profiles),
        *(surroundings.database(condition) if condition is not None else ()),
    ]
    symptoms.sort(key=lambda symptom: -symptom.level)
    return Health(at=now, workers=tuple(workers), symptoms=tuple(symptoms), condition=condition)
