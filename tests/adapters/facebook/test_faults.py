"""Every ordered fault against every call of the adapter: who may repeat what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    UnknownReason,
)
from civicsns.testing.clock import WORKDAY
from civicsns.testing.sandbox import Fault

#: Faults that leave a write unknown, and why.
UNCLEAR = {
    Fault.TIMEOUT: {UnknownReason.TIMEOUT},
    Fault.RESET: {UnknownReason.CONNECTION_LOST},
    Fault.SERVER_ERROR: {UnknownReason.SERVER_ERROR},
    Fault.HTML_503: {UnknownReason.SERVER_ERROR},
    Fault.HTML_200: {UnknownReason.UNREADABLE_ANSWER},
    Fault.TRUNCATED: {UnknownReason.UNREADABLE_ANSWER, UnknownReason.CONNECTION_LOST},
    Fault.SLOW_BODY: {UnknownReason.TIMEOUT},
    Fault.ERRORS_ONLY: {UnknownReason.SERVER_ERROR},
}
REFUSALS = {
    Fault.RATE_LIMITED: RateLimited,
    Fault.RATE_LIMITED_BARE: RateLimited,
    Fault.PAYMENT_REQUIRED: BudgetSpent,
}


#: Faults that last as long as our patience.
LONG = {Fault.TIMEOUT, Fault.SLOW_BODY}


def adapter_for(town, fault):
    return town.hasty if fault in LONG else town.adapter


def scene(town, name, fault=None):
    """Prepare one call on a Page, by its name."""
    adapter, credential, person = adapter_for(town, fault), town.credential, town.person
    receipt = town.publish("前の投稿")
    rendition = town.prepare("今の投稿")
    return {
        "publish": lambda: adapter.publish(rendition, credential),
        "edit": lambda: adapter.edit(receipt, rendition, credential),
        "delete": lambda: adapter.delete(receipt, credential),
        "refresh": lambda: adapter.refresh(person),
        "revoke": lambda: adapter.revoke(person),
        "find": lambda: adapter.find(rendition, credential, since=WORKDAY),
        "mentions": lambda: adapter.mentions(town.account, credential, since=WORKDAY),
        "metrics": lambda: adapter.metrics(town.account, credential, []),
        "post metrics": lambda: adapter.metrics(town.account, credential, [receipt.post]),
        "whoami": lambda: adapter.whoami(credential),
        "profile": lambda: adapter.profile(credential),
        "inspect": lambda: adapter.inspect(credential),
        "discover": lambda: adapter.discover(person),
    }[name]


WRITES = {
    "publish": "feed",
    "edit": "object_edit",
    "delete": "object_delete",
    "refresh": "token",
    "revoke": "permissions_delete",
}
READS = {
    "find": "published_posts",
    "mentions": "tagged",
    "metrics": "insights",
    "whoami": "me",
    "profile": "me",
    "inspect": "debug_token",
    "discover": "accounts",
}


@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("name", WRITES)
def test_a_write_without_a_clear_answer_is_unknown(town, name, fault):
    """
    The network did what was asked, and no readable answer says so.
    """
    act = scene(town, name, fault)
    town.graph.faults.order(fault, on=WRITES[name])
    with pytest.raises(OutcomeUnknown) as raised:
        act()

    assert raised.value.reason in UNCLEAR[fault]
    assert 0 == town.graph.faults.waiting


@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("name", READS)
def test_a_read_without_a_clear_answer_is_unavailable(town, name, fault):
    """
    Nothing was published; the call may be repeated.
    """
    act = scene(town, name, fault)
    town.graph.faults.order(fault, on=READS[name])
    with pytest.raises(Unavailable):
        act()

    assert 0 == town.graph.faults.waiting


@pytest.mark.parametrize("fault", UNCLEAR)
def test_an_upload_without_a_clear_answer_is_unavailable(town, film, fault):
    """
    An upload publishes nothing, a film's pieces included.
    """
    rendition = town.prepare("訓練", media=(film(),))
    town.graph.faults.order(fault, on="videos", skip=1)
    adapter = adapter_for(town, fault)
    with pytest.raises(Unavailable):
        adapter.publish(rendition, town.credential)

    assert () == town.posts


@pytest.mark.parametrize("fault", UNCLEAR)
def test_a_film_s_last_call_without_a_clear_answer_is_unknown(town, film, fault):
    """
    `finish` is the publishing call.
    """
    ready = town.adapter.upload(town.prepare("訓練", media=(film(),)), town.credential)
    town.graph.faults.order(fault, on="videos")
    adapter = adapter_for(town, fault)
    with pytest.raises(OutcomeUnknown):
        adapter.publish(ready, town.credential)

    assert 1 == len(town.posts)


@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("name", [*WRITES, *READS])
def test_a_refusal_of_the_network_is_what_it_says(town, name, fault):
    """
    Rate limits and payment are known outcomes on every call, since the network did nothing.
    """
    act = scene(town, name, fault)
    town.graph.faults.order(fault, on={**WRITES, **READS}[name])
    with pytest.raises(Outcome) as raised:
        act()

    assert REFUSALS[fault] is type(raised.value)


def test_the_time_of_a_rate_limit_comes_from_the_headers(town):
    """
    `until` is when the network regains access, else 15 minutes from now.
    """
    town.graph.usage = {"estimated_time_to_regain_access": 42}
    town.graph.faults.order(Fault.RATE_LIMITED, on="feed")
    with pytest.raises(RateLimited) as told:
        town.publish()
    town.graph.faults.order(Fault.RATE_LIMITED_BARE, on="feed")
    with pytest.raises(RateLimited) as untold:
        town.publish()

    assert WORKDAY + timedelta(minutes=42) == told.value.until
    assert WORKDAY + timedelta(minutes=15) == untold.value.until


def test_a_page_that_has_used_up_its_calls_waits(town):
    """
    The counted allowance itself, not an ordered fault.
    """
    town.graph.usage = {"call_count": 100, "estimated_time_to_regain_access": 3}
    with pytest.raises(RateLimited) as raised:
        town.publish()

    assert ("80001/2446079", WORKDAY + timedelta(minutes=3)) == (raised.value.code, raised.value.until)


@pytest.mark.parametrize("name", [*WRITES, *READS, "post metrics"])
def test_a_server_that_is_gone_is_unavailable(town, name):
    """
    Nothing listens: no byte left, whatever the call.
    """
    act = scene(town, name)
    town.graph.stop()
    with pytest.raises(Unavailable):
        act()


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TIMEOUT, Fault.SERVER_ERROR])
def test_what_was_lost_is_found(town, fault):
    """
    An attempt of unknown outcome is settled by reading back.
    """
    rendition = town.prepare("避難指示")
    town.graph.faults.order(fault, on="feed")
    adapter = adapter_for(town, fault)
    with pytest.raises(OutcomeUnknown):
        adapter.publish(rendition, town.credential)
    found = town.adapter.find(rendition, town.credential, since=WORKDAY)

    assert found is not None
    assert [found.post_id] == [post.id for post in town.posts]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TIMEOUT, Fault.SERVER_ERROR])
def test_what_never_arrived_is_not_found(town, fault):
    """
    The same faults, where the network did nothing.
    """
    rendition = town.prepare("避難指示")
    town.graph.faults.order(fault, on="feed", carried_out=False)
    adapter = adapter_for(town, fault)
    with pytest.raises(OutcomeUnknown):
        adapter.publish(rendition, town.credential)

    assert town.adapter.find(rendition, town.credential, since=WORKDAY) is None


def test_a_post_that_the_list_does_not_show_yet_is_found_later(town):
    """
    None until the list shows it.
    """
    rendition = town.prepare("避難指示")
    town.graph.faults.order(Fault.HIDDEN, on="feed", reads=2)
    town.adapter.publish(rendition, town.credential)
    found = [town.adapter.find(rendition, town.credential, since=WORKDAY) is not None for _ in range(3)]

    assert [False, False, True] == found


def test_a_connection_that_broke_is_not_used_again(town):
    """
    After a fault in the middle of an answer, the next call has a connection of its own and goes well.
    """
    town.graph.faults.order(Fault.TRUNCATED, on="feed", carried_out=False)
    with pytest.raises(OutcomeUnknown):
        town.publish("一")
    town.publish("二")

    assert ["二"] == [post.message for post in town.posts]


def test_a_revoked_app_holds_the_account(town):
    """
    The person removed the app between two posts.
    """
    town.publish("一")
    town.graph.revoke_tokens(town.staff)
    with pytest.raises(AuthorizationLost):
        town.publish("二")
