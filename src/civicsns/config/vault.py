"""Where the keys are that seal credentials."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- read at run time by the converter
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class WrapperSource:
    """
    Where a key is that wraps the keys of sealed credentials: one of these. It is fetched when it is needed first.

    Attributes:
        path: A file that its owner alone can read.
        env: An environment variable.
        keyring: A name in the system's keyring, service `civicsns` (extra `keyring`).
        kms: A key-management service, by the name of its entry point (group `civicsns.keys`).
        options: What that service is told besides.
    """

    path: Path | None = None
    env: str | None = None
    keyring: str | None = None
    kms: str | None = None
    options: dict[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen(kw_only=True)
class VaultSettings:
    """
    The table `[vault]`: credentials are sealed in the store.

    Attributes:
        key: What wraps the keys of envelopes.
        previous: What wrapped them before; until `civicsns vault rotate` has come to its end.
        programme: The name that is bound to every envelope; that of `[programme]` unless given. Give it where the
            programme was renamed since.
    """

    key: WrapperSource
    previous: tuple[WrapperSource, ...] = ()
    programme: str | None = None
