"""Serving the enrolment pages from this machine, as `civicsns enrol serve` does."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import uvicorn

from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.web import SandboxPractice, app
from civicsns.web.finishing import EVERY, Finishing
from civicsns.web.guard import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp

    from civicsns.program import Program


def serve(
    program: Program,
    *,
    host: str,
    port: int,
    contact: str = "",
    practice: Callable[[], AbstractContextManager[SandboxPractice]] | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """
    Serve the pages until interrupted, and finish meanwhile what sign-ins have left half done.

    It speaks http: a web server of the city's stands in front of it, which speaks https.

    Args:
        program: Whose accounts are connected.
        host: The address to listen on.
        port: The port; 0 takes any that is free.
        contact: Whom to ask.
        practice: Opens the practice networks, where `[enrolment] practice` is set.
        ready: Told the address, once it listens.

    Raises:
        ConfigurationError: As `civicsns.web.app`; or if the port is in use, or the extra `web` is not installed.
    """
    settings = program.enrolments.desk.settings
    with ExitStack() as stack:
        practising = stack.enter_context(practice()) if practice is not None and settings.practice else None
        path = Site.of(settings.base_url).path if settings.base_url else ""
        pages = app(program, practice=practising, contact=contact, prefix=path)
        listening = stack.enter_context(_listening(host, port))
        over = threading.Event()
        stack.callback(over.set)
        threading.Thread(target=_finish, args=(program, over), name="civicsns-enrol", daemon=True).start()
        ready("http://{}:{}".format(*listening.getsockname()[:2]))
        server(pages).run(sockets=[listening])


def server(pages: ASGIApp, **more: Any) -> uvicorn.Server:
    """
    Make a server for the pages that writes no addresses down: they hold the tokens of links, and networks' answers.

    Args:
        pages: What `civicsns.web.app` gives.
        more: What else `uvicorn.Config` takes.
    """
    config = uvicorn.Config(
        pages,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        limit_concurrency=200,
        h11_max_incomplete_event_size=32 * 1024,
        interface="asgi3",
        ws="none",
        lifespan="off",
        **more,
    )
    # Whoever hangs handlers on every logger there is gets none of it either.
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Server(config)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise ConfigurationError(
            Bilingual(f"{host}:{port} で待ち受けられません。", f"Cannot listen on {host}:{port}."),
            mend=Bilingual(
                "--host か --port を変えてください（0 は空きを選びます）。",
                "Choose others with --host or --port (0 takes any that is free).",
            ),
            place="--port",
        ) from error


def _finish(program: Program, over: threading.Event) -> None:
    """Finish, every minute, what sign-ins have left, also while nobody looks at the pages."""
    finishing = Finishing(program)
    while True:
        finishing.finish()
        if over.wait(EVERY.total_seconds()):
            return
