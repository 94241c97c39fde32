"""
facebook-sdk, held at the places where it would harm; loaded with the first call.

facebook-sdk 3.1.0 knows no version after 3.1, sends tokens in addresses, turns JSON values into their Python
spelling, and keeps neither status nor headers of an answer. Both classes here leave the SDK as it is: one sets the
version after construction, the other is the `requests` session that it is given.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import warnings
from typing import TYPE_CHECKING, Any

# The SDK has an invalid escape in a pattern, reported when Python compiles it: as an error under `-W error`.
# A filter that stays is safe with threads, unlike `catch_warnings`, which swaps the filters of the whole process.
# It names the message and the file, so that no other module's warning is hidden.
warnings.filterwarnings(
    "ignore", message=".*invalid escape sequence", category=Warning, module=r".*[/\\]facebook[/\\]__init__"
)

import facebook  # noqa: E402 -- the filter comes first

from civicsns.adapters import transport  # noqa: E402 -- same
from civicsns.model import Secret  # noqa: E402 -- same

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests


class GraphClient(facebook.GraphAPI):  # type: ignore[misc]  # the SDK publishes no types
    """The SDK's client, for any version of the Graph API."""

    def __init__(self, *, version: str, session: requests.Session, access_token: str | None) -> None:
        super().__init__(access_token=access_token, session=session)
        self.version = version


class GraphSession(transport.Session):
    """
    What the SDK sends with: the token goes into a header, every call is signed, values are JSON.

    Args:
        app_secret: Signs the token (`appsecret_proof`,
            https://developers.facebook.com/docs/graph-api/guides/secure-requests).
    """

    def __init__(
        self, *, origin: str, base_url: str, connect: float, read: float, alias: str, app_secret: Secret
    ) -> None:
        super().__init__(origin=origin, base_url=base_url, connect=connect, read=read, alias=alias)
        self._app_secret = app_secret
        # `requests` looks through the environment with every call; for one origin, once is enough. Its proxies and
        # certificates hold, its netrc does not.
        found = self.merge_environment_settings(f"{origin}/", {}, None, None, None)
        self.proxies, self.verify, self.trust_env = found["proxies"], found["verify"], False

    def request(  # type: ignore[override]  # the same call, as the SDK makes it
        self,
        method: str,
        url: str,
        *args: Any,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send one request; see `requests.Session.request`."""
        query, form = dict(params or {}), dict(data or {})
        # The SDK puts the token into one of them, and with a token of one call's own into both.
        token = form.pop("access_token", None) or query.pop("access_token", None)
        query.pop("access_token", None)
        headers: dict[str, str] = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
            (form if method == "POST" else query)["appsecret_proof"] = self._proof(token)
        return super().request(
            method, url, *args, params=_plain(query), data=_plain(form) or None, headers=headers, **kwargs
        )

    def _proof(self, token: str) -> str:
        return hmac.new(self._app_secret.reveal().encode(), token.encode(), hashlib.sha256).hexdigest()


def _plain(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in fields.items()}


def _text(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
