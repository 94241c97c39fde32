"""Who may use the page: programs and browsers on this machine, and only forms that the page itself served."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

#: No script, style, picture or frame from anywhere but this server; nothing inline.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def is_local(host: str) -> bool:
    """
    Tell whether a Host header names this machine.

    A site on the internet can have its own name resolve to 127.0.0.1 (DNS rebinding); the browser then sends that
    name here, and is refused.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_own(request: Request) -> bool:
    """Tell whether *request* does not come from another site, as far as the browser says where it comes from."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return False
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


def holds(request: Request, token: str) -> bool:
    """Tell whether the form carries *token*, in a time that does not depend on how much of it is right."""
    return hmac.compare_digest(request.form.get("token", "").encode(), token.encode())


def harden(response: Response) -> Response:
    """Add the headers that every answer carries."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Not `no-referrer`: under that, browsers send `Origin: null` with the page's own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
