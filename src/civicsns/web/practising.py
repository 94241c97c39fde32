"""The first post 練習の投稿: checked by the city's rules, and sent to a practice network."""

from __future__ import annotations

import threading
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

import attrs

from civicsns.clock import SystemClock
from civicsns.model import Credential, CredentialKind, Draft, Secret, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.model import Account, Finding, Person, Receipt, Verdict
    from civicsns.ports import Adapter
    from civicsns.testing.sandbox import Sandbox


class Practice(Protocol):
    """Where first posts go; a city may bring its own."""

    def post(
        self, person: Person, account: Account, text: str, *, check: Callable[[Draft], Verdict]
    ) -> tuple[Sequence[Finding], Receipt | None]:
        """
        Check a person's first post, and send it where nobody outside sees it.

        Args:
            person: Who posts.
            account: The account that the person is about to connect.
            text: What the post says.
            check: Says what the city's rules find in it.

        Returns:
            What the rules found; and the receipt, or None where one of them stops the post.

        Raises:
            BadInput: If the network cannot carry the text.
            Outcome: If it refused, or could not be reached.
        """
        ...


class SandboxPractice:
    """
    Practice on the networks that live on this machine (extra `sandbox`), through the adapters of the real ones.

    Args:
        sandbox: The practice networks, which listen already.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[Account, Credential]] = {}
        self._adapters: dict[str, Adapter] = _adapters(sandbox)

    def post(
        self, person: Person, account: Account, text: str, *, check: Callable[[Draft], Verdict]
    ) -> tuple[Sequence[Finding], Receipt | None]:
        """See `Practice.post`."""
        draft = Draft(author=person.number, text=text, accounts=(account.id,))
        findings = check(draft).findings
        if any(one.severity is Severity.BLOCK for one in findings):
            return findings, None
        adapter = self._adapters.get(account.platform, self._adapters["x"])
        there, credential = self._open(person, attrs.evolve(account, platform=adapter.platform))
        return findings, adapter.publish(adapter.prepare(draft, there), credential)

    def close(self) -> None:
        """Let go of connections."""
        for adapter in self._adapters.values():
            close = getattr(adapter, "close", None)
            if close is not None:
                close()

    def _open(self, person: Person, account: Account) -> tuple[Account, Credential]:
        """Give the person's account at the practice network; it is made the first time."""
        with self._lock:
            if account.id not in self._opened:
                network_id, kind, secrets = self._made(person, account)
                opened = attrs.evolve(account, network_id=network_id)
                credential = Credential(
                    platform=account.platform,
                    kind=kind,
                    secrets={name: Secret(value) for name, value in secrets.items()},
                    subject=network_id,
                )
                self._opened[account.id] = (opened, credential)
            return self._opened[account.id]

    def _made(self, person: Person, account: Account) -> tuple[str, CredentialKind, dict[str, str]]:
        if account.platform == "facebook":
            graph = self._sandbox.graph
            member = graph.add_person(person.name)
            page = graph.add_page(account.section or person.name, tasks={member: ("CREATE_CONTENT",)})
            return page.id, CredentialKind.FACEBOOK_PAGE, {"access_token": graph.page_token(page, member)}
        # A name of its own, as that of the account may be taken there; 15 characters at most.
        handle = f"r_{token_hex(6)}"
        user = self._sandbox.x.add_user(handle=handle, name=person.name)
        token, secret = self._sandbox.x.oauth1_token(user)
        return user.id, CredentialKind.X_OAUTH1, {"access_token": token, "access_token_secret": secret}


def _adapters(sandbox: Sandbox) -> dict[str, Adapter]:
    from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings  # noqa: PLC0415 -- an SDK
    from civicsns.adapters.x import XAdapter, XSettings  # noqa: PLC0415 -- same

    clock = SystemClock()
    x, graph = sandbox.x, sandbox.graph
    x_settings = XSettings(
        consumer_key=Secret(x.app.consumer_key), consumer_secret=Secret(x.app.consumer_secret), base_url=x.url
    )
    graph_settings = FacebookSettings(app_id=graph.app.id, app_secret=Secret(graph.app.secret), base_url=graph.url)
    return {"x": XAdapter(x_settings, clock=clock), "facebook": FacebookAdapter(graph_settings, clock=clock)}
