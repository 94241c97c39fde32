"""One call of an adapter, watched; and what has to be there before each call."""

from __future__ import annotations

import pickle
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from civicsns.errors import CivicsnsError, OutcomeUnknown, RateLimited, WentOut
from civicsns.language import Bilingual, Language
from civicsns.model import Receipt
from civicsns.ports import Uploads
from civicsns.testing.contract.leaks import watching
from civicsns.testing.contract.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from civicsns.model import AuthorizationRequest, Credential, Rendition
    from civicsns.testing.contract.bench import ContractBench

TEXT = "市立図書館は本日休館です。 The library is closed today."
OTHER_TEXT = "市立図書館は明日開館します。 The library opens tomorrow."

_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
#: No network that is known tells a client to come back later than after a day.
_LONGEST_WAIT = timedelta(days=1, minutes=5)


def outcome_of(bench: ContractBench, call: Callable[[], object]) -> object:
    """
    Make one call, and give its result or the error of civicsns that it raised.

    Raises:
        AssertionError: If a secret became visible, or another error came out, or the error breaks its promises.
    """
    asked_at = bench.now()
    with watching(bench.planted) as watch:
        try:
            result = call()
        except CivicsnsError as error:
            watch.look_at_error(error)
            result = error
        except Exception as error:
            msg = f"{type(error).__module__}.{type(error).__name__} came out; only the errors of civicsns may."
            raise AssertionError(msg) from error
        else:
            watch.look("the result", repr(result))
            if isinstance(result, Receipt):
                watch.look("Receipt.raw", repr(dict(result.raw)))
    if isinstance(result, CivicsnsError):
        _keeps_its_promises(result, asked_at)
    return result


def _keeps_its_promises(error: CivicsnsError, asked_at: datetime) -> None:
    for part in (error.what, error.mend):
        assert isinstance(part, Bilingual), f"{error!r}: what and mend are no Bilingual."
        assert _JAPANESE.search(part.ja), f"{error!r}: the Japanese sentence has no Japanese in it."
        assert part.ja != part.en, f"{error!r}: one text stands for both languages."
    assert error.mend.ja in error.in_(Language.JA)
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes, made in the line itself
    except Exception as failure:
        msg = f"{error!r} cannot be pickled; it must reach another process whole."
        raise AssertionError(msg) from failure
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error), "A pickled outcome loses what it knows."
    assert (error.went_out is WentOut.UNKNOWN) is isinstance(error, OutcomeUnknown)
    if isinstance(error, RateLimited):
        until = error.until
        assert until.utcoffset() is not None, f"RateLimited.until has no time zone: {until}."
        assert asked_at < until <= asked_at + _LONGEST_WAIT, (
            f"RateLimited.until is {until}, which is {until - asked_at} after the call: calling again then is either "
            "a busy loop or never."
        )


def succeeded(bench: ContractBench, call: Callable[[], object]) -> Any:
    """Make one call that must go well, and give its result."""
    result = outcome_of(bench, call)
    assert not isinstance(result, CivicsnsError), (
        f"The network did all that was asked, and the adapter raised {result!r}"
    )
    return result


def refused(bench: ContractBench, call: Callable[[], object]) -> CivicsnsError:
    """Make one call that must fail, and give its error."""
    result = outcome_of(bench, call)
    assert isinstance(result, CivicsnsError), f"The call must fail, and gave {result!r}"
    return result


def published(bench: ContractBench, text: str = TEXT, **parts: Any) -> tuple[Rendition, Receipt]:
    """Prepare, upload and publish a draft, and give rendition and receipt."""
    rendition = uploaded(bench, bench.adapter.prepare(bench.draft(text, **parts), bench.account))
    receipt = succeeded(bench, lambda: bench.adapter.publish(rendition, bench.credential))
    assert isinstance(receipt, Receipt), f"publish gave {receipt!r}"
    return rendition, receipt


def uploaded(bench: ContractBench, rendition: Rendition) -> Rendition:
    """Send up the files, where the adapter does that before publishing."""
    if rendition.media and isinstance(bench.adapter, Uploads):
        adapter: Uploads = bench.adapter
        return cast("Rendition", succeeded(bench, lambda: adapter.upload(rendition, bench.credential)))
    return rendition


def ready(
    bench: ContractBench, operation: Operation, *, spoilt: bool = False, hasty: bool = False
) -> Callable[[], object]:
    """
    Do all that *operation* needs beforehand, and give the call itself.

    Args:
        bench: The bench.
        operation: What to do.
        spoilt: With a token that the network does not know.
        hasty: By the adapter that does not wait.
    """
    adapter: Any = bench.hasty if hasty else bench.adapter
    credential = bench.credential_for(operation)
    if spoilt:
        credential = bench.wrong(credential)
    since = bench.now() - timedelta(minutes=1)
    match operation:
        case Operation.PUBLISH:
            rendition = bench.adapter.prepare(bench.draft(TEXT), bench.account)
            return lambda: adapter.publish(rendition, credential)
        case Operation.UPLOAD:
            pictured = bench.adapter.prepare(bench.draft(TEXT, media=(bench.picture,)), bench.account)
            return lambda: adapter.upload(pictured, credential)
        case Operation.FIND | Operation.DELETE | Operation.EDIT | Operation.METRICS:
            return _on_a_post(bench, operation, adapter, credential)
        case Operation.MENTIONS:
            return lambda: adapter.mentions(bench.account, credential, since=since)
        case Operation.BEGIN:
            return lambda: adapter.begin(bench.redirect_uri)
        case Operation.COMPLETE:
            request: AuthorizationRequest = cast("Any", bench.adapter).begin(bench.redirect_uri)
            address = bench.signed_in(request)
            return lambda: adapter.complete(request, address)
        case Operation.DISCOVER:
            return lambda: adapter.discover(credential)
        case Operation.REFRESH | Operation.REVOKE | Operation.WHOAMI | Operation.INSPECT | Operation.PROFILE:
            return lambda: getattr(adapter, operation)(credential)


def _on_a_post(
    bench: ContractBench, operation: Operation, adapter: Any, credential: Credential
) -> Callable[[], object]:
    since = bench.now() - timedelta(minutes=1)
    rendition, receipt = published(bench)
    if operation is Operation.FIND:
        return lambda: adapter.find(rendition, credential, since=since)
    if operation is Operation.DELETE:
        return lambda: adapter.delete(receipt, credential)
    if operation is Operation.EDIT:
        changed = bench.adapter.prepare(bench.draft(OTHER_TEXT), bench.account)
        return lambda: adapter.edit(receipt, changed, credential)
    return lambda: adapter.metrics(bench.account, credential, [receipt.post])


def calls_of(bench: ContractBench, names: tuple[str, ...]) -> int:
    """Count the calls of *names* that the network received."""
    return sum(call.operation in names for call in bench.network.calls)
