"""A process that dies at any point of retiring an account leaves something to go on from, and no token alive at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from enrolling import NOW

from civicsns.accounts.retirement import Step
from civicsns.clock import SystemClock
from civicsns.errors import AuthorizationLost, Unavailable
from civicsns.language import Bilingual
from civicsns.model import DeliveryState, Draft
from civicsns.retirement import Desk, Retiring

WORDS = Bilingual("だめ", "no")
_WRITES = frozenset({"put", "put_all", "replace", "destroy", "revoke"})


class Died(BaseException):
    """The process is gone."""


@attrs.define
class Life:
    """How many calls there are until a process dies: before the last one is done, or after."""

    at: int
    after: bool
    count: int = 0

    def call(self, method, given, named):
        self.count += 1
        dies = self.count == self.at
        if dies and not self.after:
            raise Died
        result = method(*given, **named)
        if dies:
            raise Died
        return result


class Frail:
    """Something whose writes count against a life."""

    def __init__(self, inner: object, life: Life) -> None:
        self._inner = inner
        self._life = life

    def __getattr__(self, name):
        method = getattr(self._inner, name)
        if name not in _WRITES:
            return method
        return lambda *given, **named: self._life.call(method, given, named)


def retiring(city, life: Life | None) -> Retiring:
    """Give the service as a process has it that has just started."""
    program = city.program

    def frail(part: Any) -> Any:
        return part if life is None else Frail(part, life)

    return Retiring(
        Desk(
            store=frail(program.store),
            vault=frail(program.vault),
            clock=city.clock,
            zone=program.zone,
            rostered=lambda: program.roster,
            network=lambda name: _network(program.adapter(name), life),
            cancel=lambda account, by, reason: program.enrolments.cancel(account, by=by, reason=reason),
        )
    )


def _network(adapter, life):
    if life is None:
        return adapter
    # What it is able to do is looked for by its methods, which stay its own.
    revoke, delete = adapter.revoke, adapter.delete
    frail = {
        "revoke": lambda _, token: life.call(revoke, (token,), {}),
        "delete": lambda _, receipt, token: life.call(delete, (receipt, token), {}),
    }
    shown = type("Frail", (type(adapter),), frail)
    made: Any = object.__new__(shown)
    made.__dict__.update(adapter.__dict__)
    return made


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_write(village, hanako, after):
    """
    Whatever it was that it died of, whoever comes next ends with a dead token, an empty vault and a closed account.

    Nothing goes out in between, and each thing is on record once.
    """
    city, deaths = village, 0
    for at in range(1, 100):
        city.change(id="x:hanako", closed=None)
        city.connect(city.invited(), hanako)
        account = city.account("x:hanako")
        credential = city.program.vault.get(account)
        draft = Draft(
            author="1001", text=f"桜まつり {at} 日目です。", accounts=["x:hanako"], not_before=NOW + timedelta(days=9)
        )
        post = city.program.publish(draft, patience=timedelta(0)).results[0]
        known = len(city.store.records("x:hanako"))
        try:
            retiring(city, Life(at, after)).retire("x:hanako", by="1", reason="退職")
        except Died:
            deaths += 1
        else:
            break
        service = retiring(city, None)
        service.resume()
        if city.account("x:hanako").closed is None:
            # It died before it had begun: whoever wanted it does it again.
            assert (1, False) == (at, after)
            service.retire("x:hanako", by="1", reason="退職")

        assert Step.CLOSED is service.retirements()[0].step
        with pytest.raises(AuthorizationLost):
            city.program.adapter("x").whoami(credential)
        assert [] == list(city.program.vault.held())
        assert NOW.date() == city.account("x:hanako").closed
        assert DeliveryState.HELD is city.program.deliveries(post.id)[0].state
        assert () == city.program.holds()
        events = [one.event for one in city.store.records("x:hanako")[known:]]
        for event in ("retirement.begun", "retirement.revoked", "account.closed"):
            assert 1 == events.count(event), (at, event)

    # Begun, the post, the network, its answer, the vault, closed.
    assert 6 == deaths


def test_killed_before_a_scheduled_post_is_deleted(village, page):
    """
    Whatever it died of, a post that Facebook would publish later is gone when the account is closed, and told of once.
    """
    made, person, _ = page
    village.clock.set(SystemClock().now())
    token = village.invited("facebook:kanko")
    village.complete(village.back_from_facebook(token, person, made.id))
    village.enrolments.choose(token, made.id, session="hanako's browser")
    account = village.account("facebook:kanko")
    credential, deaths = village.program.vault.get(account), 0
    for at in range(1, 100):
        village.change(id=account.id, closed=None)
        village.program.vault.put(account, credential)
        draft = Draft(
            author="1001",
            text=f"桜まつり {at} 日目です。",
            accounts=[account.id],
            publish_at=village.clock.now() + timedelta(days=2),
        )
        (post,) = village.program.publish(draft).results
        try:
            # By turns, before the last call is done and after it.
            retiring(village, Life(at, after=at % 2 == 0)).retire(account.id, by="1", reason="廃止")
        except Died:
            deaths += 1
        retiring(village, None).retire(account.id, by="1", reason="廃止")

        assert () == village.graph.posts(made, published=False)
        assert DeliveryState.DELETED is village.program.deliveries(post.id)[0].state
        assert 1 == [one.event for one in village.store.records(post.id)].count("delivery.deleted")
        assert village.account(account.id).closed is not None
        assert [] == list(village.program.vault.held())
        if deaths < at:
            break

    # Begun, three about the post, Facebook asked to forget the token, its answer, the vault, closed.
    assert 8 == deaths


def test_killed_while_it_is_called_off(village, hanako, monkeypatch):
    """
    Whatever it died of, called off once more the account goes on, with its posts.
    """
    village.connect(village.invited(), hanako)

    def refuse(_self, _credential):
        raise Unavailable(WORDS, mend=WORDS)

    monkeypatch.setattr(type(village.program.adapter("x")), "revoke", refuse)
    deaths = 0
    for at in range(1, 20):
        draft = Draft(
            author="1001", text=f"桜まつり {at} 日目です。", accounts=["x:hanako"], not_before=NOW + timedelta(days=9)
        )
        post = village.program.publish(draft, patience=timedelta(0)).results[0]
        retiring(village, None).retire("x:hanako", by="1", reason="退職")
        # Only what is called off counts; by turns, before the last call is done and after it.
        try:
            retiring(village, Life((at + 1) // 2, after=at % 2 == 0)).call_off("x:hanako", by="1", reason="取り違え")
        except Died:
            deaths += 1
        retiring(village, None).call_off("x:hanako", by="1", reason="取り違え")

        assert DeliveryState.PENDING is village.program.deliveries(post.id)[0].state
        assert () == village.program.holds()
        village.program.withdraw(post.id, by="1001", reason="済んだ")
        if deaths < at:
            break

    # That it is called off, and the post; before and after each.
    assert 4 == deaths
