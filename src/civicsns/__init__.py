"""
Run a municipality's social-media programme: accounts, conduct checks, and one post delivered exactly once.

```python
from civicsns import Draft, Program
```

Names are loaded when they are first used, so that `import civicsns` costs next to nothing (PEP 562).
Adapters, the store, the policy engine and the test helpers live in modules of their own, imported by name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from civicsns.errors import (
        AuthorizationLost,
        BadInput,
        BudgetSpent,
        CivicsnsError,
        ConfigurationError,
        NetworkError,
        NotPermitted,
        Outcome,
        OutcomeUnknown,
        RateLimited,
        Refused,
        TextTooLong,
        Unavailable,
        Unsupported,
    )
    from civicsns.language import Bilingual, Language
    from civicsns.model.account import Account, Person
    from civicsns.model.delivery import Delivery, DeliveryState, Receipt
    from civicsns.model.draft import Capacity, Draft, Lane, Poll, PostRef, ReplySettings
    from civicsns.model.media import Media
    from civicsns.model.publication import Publication
    from civicsns.model.verdict import Decision, Finding, Severity, Verdict
    from civicsns.program import Program

    __version__: str

__all__ = [
    "Account",
    "AuthorizationLost",
    "BadInput",
    "Bilingual",
    "BudgetSpent",
    "Capacity",
    "CivicsnsError",
    "ConfigurationError",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Draft",
    "Finding",
    "Lane",
    "Language",
    "Media",
    "NetworkError",
    "NotPermitted",
    "Outcome",
    "OutcomeUnknown",
    "Person",
    "Poll",
    "PostRef",
    "Program",
    "Publication",
    "RateLimited",
    "Receipt",
    "Refused",
    "ReplySettings",
    "Severity",
    "TextTooLong",
    "Unavailable",
    "Unsupported",
    "Verdict",
    "__version__",
]

#: Which module each public name comes from; a test holds it equal to the imports above.
_HOMES: Final = {
    **dict.fromkeys(
        (
            "AuthorizationLost",
            "BadInput",
            "BudgetSpent",
            "CivicsnsError",
            "ConfigurationError",
            "NetworkError",
            "NotPermitted",
            "Outcome",
            "OutcomeUnknown",
            "RateLimited",
            "Refused",
            "TextTooLong",
            "Unavailable",
            "Unsupported",
        ),
        "civicsns.errors",
    ),
    **dict.fromkeys(("Bilingual", "Language"), "civicsns.language"),
    **dict.fromkeys(("Account", "Person"), "civicsns.model.account"),
    **dict.fromkeys(("Delivery", "DeliveryState", "Receipt"), "civicsns.model.delivery"),
    **dict.fromkeys(("Capacity", "Draft", "Lane", "Poll", "PostRef", "ReplySettings"), "civicsns.model.draft"),
    "Media": "civicsns.model.media",
    **dict.fromkeys(("Decision", "Finding", "Severity", "Verdict"), "civicsns.model.verdict"),
    "Program": "civicsns.program",
    "Publication": "civicsns.model.publication",
}


if not TYPE_CHECKING:  # else a type checker would take any name for one of ours

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 -- 20 ms that few pay for

            return version("civicsns")
        home = _HOMES.get(name)
        if home is None:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
