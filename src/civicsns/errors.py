"""
The error tree: each error says what happened, whether anything went out, and what to do next.

```
CivicsnsError
├── BadInput (also ValueError)      something handed in is wrong; nothing was sent
│   ├── ConfigurationError          a settings file or an extra is wrong or missing
│   ├── Unsupported                 the network cannot carry a part of the draft
│   └── TextTooLong                 longer than the network takes, and not splittable
├── NotPermitted                    policy or permission says no; nothing was sent
├── StoreError                      deliveries and records cannot be read or written just now
│   ├── EndNotKept                  an attempt was made, and its end could not be written down
│   └── VaultError                  a sealed credential does not open, or the key to it is out of reach
│       └── ShutForGood             it does not open however often one tries: no such key, moved, or changed
├── NetworkError                    a call that sends nothing to the public (reading, signing in) failed
└── Outcome                         how one attempt to change something on a network ended
    ├── Refused                     the network said no, for good
    ├── AuthorizationLost           the token is dead, lacks a scope, or belongs to somebody else
    ├── RateLimited                 not now: `until` says when
    ├── BudgetSpent                 the credits of the app are used up
    ├── Unavailable                 provably nothing was sent; trying again later is safe
    └── OutcomeUnknown              it may or may not have gone out; never send again on hope
```

The six outcomes are the rows of the ledger's table (`civicsns.posting.outcome`).
Reading calls raise the same six, because what the ledger does with them is the same; a reading call never
raises `OutcomeUnknown`, since repeating it harms nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class WentOut(StrEnum):
    """Whether anything reached the public because of the call that failed."""

    NO = "no"
    UNKNOWN = "unknown"


_WENT_OUT = {
    WentOut.NO: Bilingual("何も送信されていません。", "Nothing was sent."),
    WentOut.UNKNOWN: Bilingual("送信されたかどうか分かりません。", "It is not known whether it was sent."),
}


class CivicsnsError(Exception):
    """
    Base of every error that civicsns raises.

    Attributes:
        what: What happened.
        mend: What to do next.
        place: Where the fault is: a field, a file with its line, an account. Empty where there is no one place.
        went_out: Whether anything went out.
    """

    went_out: ClassVar[WentOut] = WentOut.NO

    def __init__(self, what: Bilingual, *, mend: Bilingual, place: str = "") -> None:
        self.what = what
        self.mend = mend
        self.place = place
        super().__init__(what, mend, place)

    def in_(self, language: Language) -> str:
        """Give the whole message in *language*: place, what happened, whether anything went out, what to do."""
        place = f"{self.place}: " if self.place else ""
        space = "" if language is Language.JA else " "
        said = place + self.what.in_(language)
        for part in (_WENT_OUT[self.went_out], self.mend):
            said += ("" if said.endswith("\n") else space) + part.in_(language)
        return said

    def __str__(self) -> str:
        return self.in_(Language.EN)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by attributes, so that an error crosses a process border whole."""
        return (_rebuild, (type(self), self.args, dict(self.__dict__)))


def _rebuild(kind: type[CivicsnsError], args: tuple[object, ...], state: dict[str, object]) -> CivicsnsError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class BadInput(CivicsnsError, ValueError):  # noqa: N818 -- named for what the caller reads
    """Something handed to civicsns is wrong. Raised before anything is sent."""


class ConfigurationError(BadInput):
    """A settings file, a roster or an installed extra is wrong or missing."""


class Unsupported(BadInput):
    """The network cannot carry a part of the draft; raised instead of dropping the part in silence."""


class TextTooLong(BadInput):
    """The text is longer than the network takes and may not, or can not, be split."""


class NotPermitted(CivicsnsError):  # noqa: N818 -- named for what the caller reads
    """The policy, or the rights of the person, do not let this pass."""


class StoreError(CivicsnsError):
    """Where deliveries and records are kept, something is wrong: locked, full, read-only, broken, out of reach."""


class EndNotKept(StoreError):  # noqa: N818 -- named for what the caller reads
    """
    An attempt was made, and its end could not be written down: it may or may not have gone out.

    What was written before it began is still there; the network is read back when its time has come.
    """

    went_out: ClassVar[WentOut] = WentOut.UNKNOWN


class VaultError(StoreError):
    """
    A sealed credential does not open: it was moved, put back or changed, or the key that wraps its own is another.

    The account is not lost: it waits until what is wrong is mended.
    """


class ShutForGood(VaultError):  # noqa: N818 -- named for what the caller reads
    """
    What was sealed does not open, however often one tries.

    The settings name no such key, it is about something else, or it was changed. A key-management service that is out of
    reach for a moment is a `VaultError` of another kind.
    """


class NetworkError(CivicsnsError):
    """A call that publishes nothing failed in a way that none of the outcomes describes."""


class Outcome(CivicsnsError):  # noqa: N818 -- an outcome is a value that happens to be raised
    """
    How one attempt on a network ended, other than well.

    Attributes:
        status: The HTTP status, where one arrived.
        code: The network's own error code or problem type, where one arrived.
        detail: The network's own sentence, shortened and without secrets.
        evidence: What is known for later, such as ids of uploaded media. Never a secret.
        scope: Whom it concerns: `"account"`, or `"app"` where every account of the app would meet the same.
    """

    def __init__(
        self,
        what: Bilingual,
        *,
        mend: Bilingual,
        place: str = "",
        status: int | None = None,
        code: str | None = None,
        detail: str = "",
        evidence: Mapping[str, str] | None = None,
        scope: str = "account",
    ) -> None:
        super().__init__(what, mend=mend, place=place)
        self.status = status
        self.code = code
        self.detail = detail
        self.evidence: Mapping[str, str] = dict(evidence or {})
        self.scope = scope


class Refused(Outcome):
    """
    The network refused for good: content, permission or its own policy. Sending it again changes nothing.

    Where it refuses the app as a whole (`scope` is `"app"`), the post is not at fault: it waits for the app.
    """


class AuthorizationLost(Outcome):
    """The token is dead, revoked, short of a scope, or not the account's own. The account must be enrolled again."""


class RateLimited(Outcome):
    """
    Too many calls.

    Attributes:
        until: When the network accepts calls again, in UTC. An estimate where the network did not say.
    """

    def __init__(
        self,
        what: Bilingual,
        *,
        mend: Bilingual,
        until: datetime,
        scope: str = "account",
        place: str = "",
        status: int | None = None,
        code: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(what, mend=mend, place=place, status=status, code=code, detail=detail, scope=scope)
        self.until = until


class BudgetSpent(Outcome):
    """The app's paid credits are used up: nothing of any account goes out until someone adds credit."""

    def __init__(
        self,
        what: Bilingual,
        *,
        mend: Bilingual,
        place: str = "",
        status: int | None = None,
        code: str | None = None,
        detail: str = "",
        evidence: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            what, mend=mend, place=place, status=status, code=code, detail=detail, evidence=evidence, scope="app"
        )


class Unavailable(Outcome):
    """The network could not be reached, and provably nothing was sent."""


class UnknownReason(StrEnum):
    """Why an outcome is unknown; the ledger records it as evidence."""

    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    SERVER_ERROR = "server_error"
    UNREADABLE_ANSWER = "unreadable_answer"
    #: The network says that it already has this post: probably ours, possibly somebody else's.
    DUPLICATE = "duplicate"
    UNCONFIRMED = "unconfirmed"


class OutcomeUnknown(Outcome):
    """
    The request may have been carried out although no readable answer says so.

    Attributes:
        reason: Why it is unknown.
    """

    went_out: ClassVar[WentOut] = WentOut.UNKNOWN

    def __init__(
        self,
        what: Bilingual,
        *,
        mend: Bilingual,
        reason: UnknownReason,
        place: str = "",
        status: int | None = None,
        code: str | None = None,
        detail: str = "",
        evidence: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, mend=mend, place=place, status=status, code=code, detail=detail, evidence=evidence)
        self.reason = reason
