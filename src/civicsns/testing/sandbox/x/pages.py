"""The pages on which a person signs in on the practice X, in Japanese and English, marked as practice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader
from werkzeug.wrappers import Response

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.testing.sandbox.x.state import State
    from civicsns.testing.sandbox.x.values import XApp

_TEMPLATES = Environment(
    loader=PackageLoader("civicsns.testing.sandbox.x"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
#: What the person lets the app do, in words.
_GRANTS = {
    "read": Bilingual("投稿とプロフィールを読む", "Read posts and profiles"),
    "read-write": Bilingual("投稿を読み、このアカウントで投稿・削除する", "Read posts, and post and delete as you"),
    "tweet.read": Bilingual("投稿を読む", "Read posts"),
    "tweet.write": Bilingual("このアカウントで投稿・削除する", "Post and delete as you"),
    "users.read": Bilingual("プロフィールを読む", "Read profiles"),
    "media.write": Bilingual("画像と動画をアップロードする", "Upload pictures and films"),
    "offline.access": Bilingual("あなたがいないときもつながったままにする", "Stay connected while you are away"),
}


def consent(state: State, key: str, *, app: XApp, grants: tuple[str, ...]) -> Response:
    """Ask who is signed in, and whether the app is let in. *key* is the secret of the form."""
    named = [_GRANTS.get(grant, Bilingual(f"権限 {grant}", f"The permission {grant}")) for grant in grants]
    return _page("consent.html", app=app, key=key, users=tuple(state.users.values()), grants=named)


def pin(app: XApp, verifier: str) -> Response:
    """Show the number to type into the app."""
    return _page("pin.html", app=app, pin=verifier)


def denied() -> Response:
    """Say that the app was not let in."""
    return _page("message.html", message=Bilingual("連携を拒否しました。", "You did not let the app in."))


def refusal(parameter: str, *, status: int) -> Response:
    """Say that the app's request is wrong; the person is not sent back to the app."""
    message = Bilingual(
        f"アプリからの要求が正しくありません（{parameter}）。アプリに戻ってやり直してください。",
        f"The request of the app is not right ({parameter}). Go back to the app and start again.",
    )
    return _page("message.html", status=status, message=message)


def sent_back(address: str, parameters: Mapping[str, str]) -> Response:
    """Send the person back to the app."""
    joint = "&" if "?" in address else "?"
    return Response(status=302, headers={"Location": f"{address}{joint}{urlencode(parameters)}"})


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    html = _TEMPLATES.get_template(template).render(**values)
    return Response(
        html,
        status=status,
        mimetype="text/html",
        headers={
            "Cache-Control": "no-store",
            # What the page may do: nothing but show itself and send its form.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
        },
    )
