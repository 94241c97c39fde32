"""Calls of an adapter that publish nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from civicsns.dispatch import wording
from civicsns.errors import Outcome, Unavailable
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.model import Credential, Rendition
    from civicsns.ports import Adapter

P = ParamSpec("P")
T = TypeVar("T")


def upload(adapter: Adapter) -> Callable[[Rendition, Credential], Rendition] | None:
    """Give `Uploads.upload` where the adapter has it; to ask `isinstance` for a protocol takes much longer."""
    return getattr(adapter, "upload", None)


def guarded(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """
    Make a call that publishes nothing; an error of the adapter's own means that it is tried again later.

    Raises:
        Outcome: What the adapter raised, or `Unavailable` where that was no outcome. Without its cause, whose words
            nobody has looked through for secrets.
    """
    try:
        return call(*arguments, **named)
    except Outcome:
        raise
    except Exception as error:  # noqa: BLE001 -- one faulty adapter must not stop the other accounts
        what = wording.faulty(error)
    raise Unavailable(
        what,
        mend=Bilingual(
            "自動でやり直します。続くときはアダプターを直してください。",
            "It is tried again by itself; if it goes on, mend the adapter.",
        ),
    )
