from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from civicsns.errors import BudgetSpent, OutcomeUnknown, RateLimited, Unavailable, UnknownReason
from civicsns.model import Media, Receipt
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Credential, Draft
    from civicsns.testing.sandbox import XNetwork

PICTURE = Media(content=b"\x89PNG\r\n\x1a\n" + b"1" * 30, media_type="image/png", alt_text="写真")

MAKES_UNKNOWN = {
    Fault.TIMEOUT: UnknownReason.TIMEOUT,
    Fault.RESET: UnknownReason.CONNECTION_LOST,
    Fault.SERVER_ERROR: UnknownReason.SERVER_ERROR,
    Fault.HTML_503: UnknownReason.SERVER_ERROR,
    Fault.HTML_200: UnknownReason.UNREADABLE_ANSWER,
    Fault.ERRORS_ONLY: UnknownReason.UNREADABLE_ANSWER,
    Fault.SLOW_BODY: UnknownReason.TIMEOUT,
    Fault.TRUNCATED: UnknownReason.CONNECTION_LOST,
}


class Calls:
    """Every call of the adapter that can meet a fault, by the operation that the fault is ordered for."""

    def __init__(
        self,
        adapter: XAdapter,
        impatient: XAdapter,
        account: Account,
        draft: Any,
        credential: Credential,
        oauth2: Credential,
    ) -> None:
        self.adapter, self.account, self.credential, self.oauth2 = adapter, account, credential, oauth2
        self.patient, self.impatient = adapter, impatient
        self.rendition = adapter.prepare(draft(), account)
        self.with_picture = adapter.prepare(draft("写真です", media=(PICTURE,)), account)
        self.receipt = Receipt(platform="x", account=account.id, post_id="1900000000000000000", at=datetime.now(UTC))
        self.since = datetime.now(UTC) - timedelta(minutes=5)

    def facing(self, fault: Fault) -> Calls:
        """Wait long only for what comes."""
        self.adapter = self.impatient if fault in {Fault.TIMEOUT, Fault.SLOW_BODY} else self.patient
        return self

    def create(self) -> None:
        self.adapter.publish(self.rendition, self.credential)

    def edit(self) -> None:
        self.adapter.edit(self.receipt, self.rendition, self.credential)

    def delete(self) -> None:
        self.adapter.delete(self.receipt, self.credential)

    def timeline(self) -> None:
        self.adapter.find(self.rendition, self.credential, since=self.since)

    def mentions(self) -> None:
        self.adapter.mentions(self.account, self.credential, since=self.since)

    def lookup(self) -> None:
        self.adapter.metrics(self.account, self.credential, [self.receipt.post])

    def me(self) -> None:
        self.adapter.whoami(self.credential)

    def upload_initialize(self) -> None:
        self.adapter.upload(self.with_picture, self.credential)

    upload_append = upload_finalize = metadata = upload_initialize

    def publish_with_picture(self) -> None:
        self.adapter.publish(self.with_picture, self.credential)

    def token(self) -> None:
        self.adapter.refresh(self.oauth2)

    def revoke(self) -> None:
        self.adapter.revoke(self.credential)


@pytest.fixture
def calls(
    adapter: XAdapter,
    impatient: XAdapter,
    account: Account,
    draft: Callable[..., Draft],
    credential: Credential,
    oauth2: Credential,
) -> Any:
    return Calls(adapter, impatient, account, draft, credential, oauth2)


#: An answer that was never made cannot be slow or cut.
DONE_OR_NOT = [(fault, True) for fault in MAKES_UNKNOWN] + [
    (fault, False) for fault in MAKES_UNKNOWN if fault not in {Fault.SLOW_BODY, Fault.TRUNCATED}
]


@pytest.mark.parametrize(("fault", "carried_out"), DONE_OR_NOT)
@pytest.mark.parametrize("operation", ["create", "edit", "delete", "token", "revoke"])
def test_a_fault_while_something_changes_is_unknown(
    x: XNetwork, calls: Calls, operation: str, fault: Fault, carried_out: bool
) -> None:
    """
    Whether X did it or not cannot be told from outside: the outcome is unknown, with the reason.
    """
    x.faults.order(fault, on="create" if operation == "edit" else operation, carried_out=carried_out)

    with pytest.raises(OutcomeUnknown) as caught:
        getattr(calls.facing(fault), operation)()

    assert MAKES_UNKNOWN[fault] is caught.value.reason
    assert 0 == x.faults.waiting


READING = ["timeline", "mentions", "lookup", "me", "upload_initialize", "upload_append", "upload_finalize", "metadata"]


@pytest.mark.parametrize("fault", MAKES_UNKNOWN)
@pytest.mark.parametrize("operation", READING)
def test_a_fault_while_nothing_is_published_is_unavailable(
    x: XNetwork, calls: Calls, operation: str, fault: Fault
) -> None:
    """
    Reading and uploading publish nothing: trying again is safe.
    """
    x.faults.order(fault, on=operation)

    with pytest.raises(Unavailable):
        getattr(calls.facing(fault), operation)()

    assert () == x.posts()


@pytest.mark.parametrize("fault", MAKES_UNKNOWN)
@pytest.mark.parametrize("operation", ["upload_initialize", "upload_append", "upload_finalize", "metadata"])
def test_a_fault_in_an_upload_stops_the_post(x: XNetwork, calls: Calls, operation: str, fault: Fault) -> None:
    """
    Where a picture or its alt text does not arrive, no post is made, and that is known.
    """
    x.faults.order(fault, on=operation)

    with pytest.raises(Unavailable):
        calls.facing(fault).publish_with_picture()

    assert () == x.posts()
    assert "create" not in [call.operation for call in x.calls]


@pytest.mark.parametrize("operation", ["create", "edit", "delete", *READING, "token", "revoke"])
def test_a_closed_port_is_unavailable(x: XNetwork, calls: Calls, operation: str) -> None:
    """
    Where no connection is made, nothing can have been sent.
    """
    x.stop()

    with pytest.raises(Unavailable):
        getattr(calls, operation)()


@pytest.mark.parametrize("operation", ["create", "edit", "delete", *READING])
def test_rate_limits_say_until_when(x: XNetwork, calls: Calls, operation: str) -> None:
    """
    The time comes from the headers; without them it is the length of X's window, 15 minutes.
    """
    on = "create" if operation == "edit" else operation
    for fault in (Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE):
        x.faults.order(fault, on=on)
        before = datetime.now(UTC).replace(microsecond=0)

        with pytest.raises(RateLimited) as caught:
            getattr(calls, operation)()

        assert timedelta(minutes=15) <= caught.value.until - before < timedelta(minutes=16)
        assert timedelta(0) == caught.value.until.utcoffset()

    assert () == x.posts()


@pytest.mark.parametrize("operation", ["create", "delete", "timeline", "upload_initialize"])
def test_spent_credits_are_a_matter_of_the_budget(x: XNetwork, calls: Calls, operation: str) -> None:
    """
    402 means that no account posts until someone adds credit.
    """
    x.faults.order(Fault.PAYMENT_REQUIRED, on=operation)

    with pytest.raises(BudgetSpent):
        getattr(calls, operation)()


def test_real_credits_run_out(x: XNetwork, calls: Calls) -> None:
    """
    When the credits are gone, X says 402 and nothing goes out.
    """
    x.credits = 0

    with pytest.raises(BudgetSpent):
        calls.create()

    assert () == x.posts()


def test_real_rate_limits_are_met(x: XNetwork, calls: Calls, draft: Callable[..., Draft]) -> None:
    """
    The 101st post in a quarter of an hour is refused, until the window ends.
    """
    for number in range(100):
        calls.rendition = calls.adapter.prepare(draft(f"{number} 番目"), calls.account)
        calls.create()
    calls.rendition = calls.adapter.prepare(draft("もう一つ"), calls.account)

    with pytest.raises(RateLimited) as caught:
        calls.create()

    assert "account" == caught.value.scope
    assert 100 == len(x.posts())


def test_one_call_is_one_attempt(x: XNetwork, calls: Calls) -> None:
    """
    No fault makes the adapter send again.
    """
    for fault in MAKES_UNKNOWN:
        x.faults.order(fault, on="create", carried_out=False)
        with pytest.raises(OutcomeUnknown):
            calls.facing(fault).create()

    assert len(MAKES_UNKNOWN) == len(x.calls)
