"""One call: what was sent, by whom, and whether he may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import GraphPage, Token, TokenKind
from civicsns.testing.sandbox.graph.parameters import FILES, PAGING, PARAMETERS, Parameters, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from werkzeug.datastructures import FileStorage
    from werkzeug.wrappers import Request

    from civicsns.testing.sandbox.faults import Order
    from civicsns.testing.sandbox.graph.model import GraphApp
    from civicsns.testing.sandbox.graph.world import World


@attrs.frozen(kw_only=True)
class Exchange:
    """
    One call.

    Attributes:
        world: The state.
        method: The HTTP method.
        base: The address under which the network was called, with the version.
        path: The path below that.
        operation: The network's name for what is asked.
        now: When.
        sent: The parameters, of the query and of the body.
        files: The files of a multipart body.
        token: The token; None where none was sent.
        token_in_query: Whether the token came in the address.
        order: The fault that was ordered for this call.
    """

    world: World
    method: str
    base: str
    path: tuple[str, ...]
    operation: str
    now: datetime
    sent: Mapping[str, str] = attrs.field(repr=False)
    files: Mapping[str, FileStorage]
    token: Token | None
    token_in_query: bool
    order: Order | None

    def parameters(self, node: str, *, operation: str = "", paged: bool = False) -> Parameters:
        """
        Read the parameters of this call on a *node*.

        Raises:
            GraphError: If one is unknown or wrong (code 100).
        """
        operation = operation or self.operation
        types = dict(PARAMETERS.get((operation, node), {}))
        if paged:
            types |= PAGING
        return read(self.sent, self.files, types=types, file_names=FILES.get(operation, frozenset()))

    @property
    def fields(self) -> str:
        """The fields that were asked for."""
        return self.sent.get("fields", "")

    @property
    def bearer(self) -> Token:
        """
        The token.

        Raises:
            GraphError: If none was sent (code 104).
        """
        if self.token is None:
            raise errors.no_token()
        return self.token

    @property
    def app(self) -> GraphApp:
        """The app to which the token was given."""
        return self.world.apps[self.bearer.app_id]

    def resolve(self, object_id: str) -> str:
        """
        Give the id that `me` stands for; other ids as they are.

        Raises:
            GraphError: If nobody is behind the token (code 2500).
        """
        if object_id != "me":
            return object_id
        if self.token is None or self.token.kind is TokenKind.APP:
            raise errors.GraphError(code=2500, message="'me' takes the access token of a person or a Page.")
        return self.token.page_id or self.token.person_id

    def tasks(self, page: GraphPage) -> tuple[str, ...]:
        """Give the tasks that the person behind the token has on a Page today."""
        return page.tasks.get(self.bearer.person_id, ())

    def write(self, page_id: str, *, scopes: tuple[str, ...], tasks: tuple[str, ...]) -> GraphPage:
        """
        Let a call change something on a Page.

        Raises:
            GraphError: If it may not (200), or the Page is stopped for what it posted (368).
        """
        page = self.world.pages[page_id]
        token = self.bearer
        needed = " and ".join(scopes)
        if token.kind is not TokenKind.PAGE:
            raise errors.permission(f"This takes the Page's own access token with {needed}; a {token.kind} token came.")
        if token.page_id != page_id:
            raise errors.permission("The access token belongs to another Page.")
        if lacking := [scope for scope in scopes if scope not in token.scopes]:
            raise errors.permission(f"The token lacks {', '.join(lacking)}; this takes {needed}.")
        if not set(tasks) & set(self.tasks(page)):
            raise errors.permission(
                f"The person behind the token has none of the tasks {', '.join(tasks)} on the Page."
            )
        if subcode := self.world.blocked.get(page_id):
            raise errors.GraphError(
                code=368,
                subcode=subcode,
                message="(#368) The action is stopped for now, as it was judged harmful or not allowed.",
                title="Stopped for now",
                advice="This Page cannot do that at present.",
            )
        return page

    def read(self, page_id: str, *, scopes: tuple[str, ...], tasks: tuple[str, ...]) -> GraphPage:
        """
        Let a call read something that belongs to a Page.

        Raises:
            GraphError: If it may not (210 for a person's token, 10 otherwise).
        """
        page = self.world.pages[page_id]
        token = self.bearer
        if token.kind in {TokenKind.USER, TokenKind.SYSTEM_USER}:
            raise errors.needs_page_token()
        if token.page_id != page_id:
            raise errors.unapproved("This takes the Page's own token, or the feature Page Public Content Access.")
        if lacking := [scope for scope in scopes if scope not in token.scopes]:
            raise errors.unapproved(f"The token lacks {', '.join(lacking)}, and the app has no feature instead.")
        if not set(tasks) & set(self.tasks(page)):
            raise errors.unapproved(
                f"The person behind the token has none of the tasks {', '.join(tasks)} on the Page."
            )
        return page


def sent_by(request: Request) -> dict[str, str]:
    """
    Give the parameters of the query and of the body; the body's prevail.

    Raises:
        GraphError: If a JSON body cannot be read (code 100).
    """
    sent = {name: request.args.getlist(name)[-1] for name in request.args}
    return sent | _json_body(request) | {name: request.form.getlist(name)[-1] for name in request.form}


def _json_body(request: Request) -> dict[str, str]:
    if request.mimetype != "application/json":
        return {}
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise errors.parameter("The body is not a JSON object")
    return {str(name): one if isinstance(one, str) else json.dumps(one) for name, one in body.items()}


def token_of(request: Request) -> str:
    """
    Give the token of a request; empty where there is none.

    Raises:
        GraphError: If there is more than one, and so no telling which was meant (code 100).
    """
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    given = [header.strip()] if scheme.lower() in {"bearer", "oauth"} and header.strip() else []
    given += request.args.getlist("access_token")
    given += request.form.getlist("access_token")
    given += [text for name, text in _json_body(request).items() if name == "access_token"]
    if len(given) > 1:
        raise errors.parameter("More than one access token came with the call; send one")
    return given[0] if given else ""
