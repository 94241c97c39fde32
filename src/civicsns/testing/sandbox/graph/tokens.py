"""Access tokens: who has which, when they end, and what kills them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import attrs

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import LONG, SHORT, GraphApp, Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


def proof(app: GraphApp, token: str) -> str:
    """Give the `appsecret_proof` of *token*: HMAC-SHA256 under the app secret (Meta, "Secure Graph API Calls")."""
    return hmac.new(app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class TokenBook:
    """All tokens of the network; the app tokens `id|secret` follow from the apps and are not kept."""

    def __init__(self, apps: Mapping[str, GraphApp]) -> None:
        self._apps = apps
        self._tokens: dict[str, Token] = {}

    def user(
        self,
        *,
        app: GraphApp,
        person_id: str,
        scopes: Iterable[str],
        pages: Iterable[str],
        now: datetime,
        long_lived: bool = False,
    ) -> Token:
        """Give a person's token: of 90 minutes, or of 60 days."""
        return self._keep(
            Token(
                value=_value(),
                kind=TokenKind.USER,
                app_id=app.id,
                person_id=person_id,
                scopes=tuple(scopes),
                pages=tuple(pages),
                issued_at=now,
                expires_at=now + (LONG if long_lived else SHORT),
                long_lived=long_lived,
            )
        )

    def system_user(
        self, *, app: GraphApp, person_id: str, scopes: Iterable[str], pages: Iterable[str], now: datetime
    ) -> Token:
        """Give a system user's token, which does not end."""
        return self._keep(
            Token(
                value=_value(),
                kind=TokenKind.SYSTEM_USER,
                app_id=app.id,
                person_id=person_id,
                scopes=tuple(scopes),
                pages=tuple(pages),
                issued_at=now,
                long_lived=True,
            )
        )

    def page(self, source: Token, page_id: str, *, now: datetime) -> Token:
        """
        Give the Page's token that belongs to *source*; the same one each time.

        From a long-lived token it never ends; from a short one it ends with that (Meta, "Long-Lived Access Tokens").
        """
        for token in self._tokens.values():
            same = (token.app_id, token.person_id, token.page_id) == (source.app_id, source.person_id, page_id)
            if same and not token.dead(now) and (token.scopes, token.long_lived) == (source.scopes, source.long_lived):
                return token
        return self._keep(
            Token(
                value=_value(),
                kind=TokenKind.PAGE,
                app_id=source.app_id,
                person_id=source.person_id,
                page_id=page_id,
                scopes=source.scopes,
                issued_at=now,
                expires_at=None if source.long_lived else source.expires_at,
                long_lived=source.long_lived,
            )
        )

    def find(self, value: str, now: datetime) -> Token | None:
        """Give the token of that value, dead or alive; None where there is none."""
        app_id, bar, secret = value.partition("|")
        if bar:
            app = self._apps.get(app_id)
            if app is None or not hmac.compare_digest(app.secret.encode(), secret.encode()):
                return None
            return Token(value=value, kind=TokenKind.APP, app_id=app_id, issued_at=now)
        return self._tokens.get(value)

    def check(self, value: str, given_proof: str | None, now: datetime) -> Token:
        """
        Give the living token of that value.

        Raises:
            GraphError: If there is none (190), it is dead (190 with the subcode), or the proof is wrong or missing.
        """
        token = self.find(value, now)
        if token is None:
            raise errors.unreadable_token()
        if subcode := token.dead(now):
            raise errors.dead_token(subcode)
        app = self._apps[token.app_id]
        if given_proof is not None:
            if not hmac.compare_digest(proof(app, value).encode(), given_proof.encode()):
                raise errors.proof_invalid()
        elif app.require_appsecret_proof and token.kind is not TokenKind.APP:
            raise errors.proof_missing()
        return token

    def kill(self, value: str, subcode: int) -> None:
        """Make one token dead for the reason *subcode*."""
        self._tokens[value] = attrs.evolve(self._tokens[value], subcode=subcode)

    def kill_all(self, person_id: str, subcode: int, *, app_id: str = "") -> None:
        """Make every token that a person gave dead, those of Pages included."""
        for value, token in self._tokens.items():
            if token.person_id == person_id and app_id in {"", token.app_id}:
                self._tokens[value] = attrs.evolve(token, subcode=subcode)

    def strip(self, person_id: str, app_id: str, scope: str) -> None:
        """Take one permission out of every token that a person gave to an app."""
        for value, token in self._tokens.items():
            if (token.person_id, token.app_id) == (person_id, app_id):
                left = tuple(one for one in token.scopes if one != scope)
                self._tokens[value] = attrs.evolve(token, scopes=left)

    def _keep(self, token: Token) -> Token:
        self._tokens[token.value] = token
        return token


def _value() -> str:
    # Meta's begin with EAA; the rest says at a glance that this one opens nothing real.
    return "EAAPRACTICE" + secrets.token_hex(40)
