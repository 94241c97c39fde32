"""
The practice networks 練習用ネットワーク: an X and a Facebook that live on this machine, as strict as the real ones.

```python
with Sandbox() as sandbox:
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    print(sandbox.x.url, sandbox.page.url)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from civicsns.clock import SystemClock
from civicsns.testing.sandbox.faults import Fault, FaultBook, Order
from civicsns.testing.sandbox.graph import GraphNetwork
from civicsns.testing.sandbox.page import PracticePage
from civicsns.testing.sandbox.server import Call, PracticeNetwork
from civicsns.testing.sandbox.x import XNetwork

if TYPE_CHECKING:
    from types import TracebackType

    from civicsns.ports import Clock

__all__ = [
    "Call",
    "Fault",
    "FaultBook",
    "GraphNetwork",
    "Order",
    "PracticeNetwork",
    "PracticePage",
    "Sandbox",
    "XNetwork",
]


class Sandbox:
    """
    Both practice networks and the page on which to see what was posted.

    Args:
        clock: Where the time comes from.
        ports: The ports of X, Graph and the page; 0 takes any that is free.

    Attributes:
        x: The practice X.
        graph: The practice Facebook.
        page: The page for the browser.
    """

    def __init__(self, *, clock: Clock | None = None, ports: tuple[int, int, int] = (0, 0, 0)) -> None:
        clock = clock or SystemClock()
        self.x = XNetwork(clock=clock, port=ports[0])
        self.graph = GraphNetwork(clock=clock, port=ports[1])
        self.page = PracticePage(self.x, self.graph, port=ports[2])

    def return_to(self, callback: str) -> None:
        """Let whoever signs in from now on be sent back to *callback*, too; call it before tokens are given out."""
        x, graph = self.x.app, self.graph.app
        self.x.app = self.x.register_app(name=x.name, callback_uris=(*x.callback_uris, callback))
        self.graph.app = attrs.evolve(graph, redirect_uris=(*graph.redirect_uris, callback))

    def start(self) -> None:
        """
        Listen on all three ports, or on none.

        Raises:
            OSError: If a port is in use.
        """
        try:
            for server in (self.x, self.graph, self.page):
                server.start()
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Close all three."""
        for server in (self.page, self.graph, self.x):
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
