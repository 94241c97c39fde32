"""`/me`, `/me/accounts` and `/me/permissions`: the person behind the token (Graph API reference, User)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import GraphPage, TokenKind
from civicsns.testing.sandbox.graph.nodes import expand, show
from civicsns.testing.sandbox.graph.selection import Selected, select

if TYPE_CHECKING:
    from civicsns.testing.sandbox.graph.exchange import Exchange

_USUAL: Final = ("access_token", "category", "name", "id", "tasks")


def me(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """Show the person or the Page behind the token."""
    exchange.parameters("")
    node = exchange.world.node(object_id)
    if node is None:
        raise errors.missing("get", object_id)
    return show(exchange, node, exchange.fields)


def accounts(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    List the Pages on which the person has a task and which he let the app see, each with its token and his tasks.

    Raises:
        GraphError: If the token is no person's (100), or is another's (100, subcode 33).
    """
    _own(exchange, object_id, "get")
    exchange.parameters("user", paged=True)
    token = exchange.bearer
    selected = select(exchange.fields) if exchange.fields else tuple(Selected(name) for name in _USUAL)
    if "pages_show_list" not in token.scopes:
        # Graph does not refuse: a person without the permission has no Pages to show.
        return {"data": []}
    pages = [page for page in exchange.world.pages.values() if page.id in token.pages and exchange.tasks(page)]
    return {"data": [_account(exchange, page, selected) for page in pages]}


def _account(exchange: Exchange, page: GraphPage, selected: tuple[Selected, ...]) -> dict[str, Any]:
    shown = expand(exchange, page, tuple(field for field in selected if field.name != "tasks"))
    # `tasks` is what this person may do, and so belongs to the list and not to the Page.
    if any(field.name == "tasks" for field in selected):
        shown["tasks"] = list(exchange.tasks(page))
    return shown


def permissions(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """List the permissions that the person gave."""
    _own(exchange, object_id, "get")
    exchange.parameters("user", paged=True)
    return {"data": [{"permission": scope, "status": "granted"} for scope in exchange.bearer.scopes]}


def delete_permissions(exchange: Exchange, object_id: str, scope: str) -> dict[str, Any]:
    """
    Take one permission back, or remove the app: then every token that it has from the person dies.

    Raises:
        GraphError: If the token is no person's, or the permission was not given (code 100).
    """
    _own(exchange, object_id, "delete")
    parameters = exchange.parameters("user")
    token = exchange.bearer
    scope = scope or parameters.text("permission")
    if not scope:
        exchange.world.tokens.kill_all(token.person_id, 458, app_id=token.app_id)
    elif scope not in token.scopes:
        raise errors.parameter(f"The permission {scope} was not given")
    else:
        exchange.world.tokens.strip(token.person_id, token.app_id, scope)
    return {"success": True}


def _own(exchange: Exchange, object_id: str, verb: str) -> None:
    token = exchange.bearer
    if token.kind is TokenKind.PAGE:
        raise errors.no_such_field(exchange.path[-1], "Page")
    if object_id != token.person_id:
        raise errors.missing(verb, object_id)
