"""
A practice network on the loopback interface: real sockets, keep-alive, and faults down to the connection.

A network subclasses `PracticeNetwork`, names the operation of each request and answers it.
The fault that is ordered for the call, if any, is applied here, in one place for all networks.
"""

from __future__ import annotations

import errno
import socket
import struct
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import attrs
from cheroot import wsgi
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from civicsns.testing.sandbox.faults import Fault, FaultBook, Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIEnvironment

    from civicsns.ports import Clock

_HTML = "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Please wait</h1></body></html>"


@attrs.frozen(kw_only=True)
class Call:
    """
    One request that a practice network received; without bodies, headers or tokens.

    Attributes:
        operation: The network's name for the operation.
        method: The HTTP method.
        path: The path.
        account: The user or Page id of the caller; empty where it was not recognised.
        status: The HTTP status of the answer; 0 where none was sent.
        fault: The fault that was served with it.
    """

    operation: str
    method: str
    path: str
    account: str
    status: int
    fault: Fault | None = None


class _Gateway(wsgi.Gateway_10):
    """Hand the connection to the application, so that a fault can break it."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's base class is untyped
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # same
        environ["civicsns.connection"] = self.req.conn
        return environ


class _Listener(wsgi.Server):
    """Close the socket of a port that is in use; cheroot leaves it to the garbage collector."""

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        try:
            bound: socket.socket = wsgi.Server.bind_socket(socket_, bind_addr)  # type: ignore[no-untyped-call]
        except OSError:
            socket_.close()
            raise
        return bound


class Server(ABC):
    """A WSGI application on a loopback port, served by threads of this process."""

    def __init__(self, *, port: int = 0, threads: int = 48) -> None:
        self._server = _Listener(("127.0.0.1", port), self._wsgi, numthreads=threads, server_name="practice")
        self._server.gateway = _Gateway
        self._server.expiration_interval = 0.05
        self._server.shutdown_timeout = 2
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """The base address, such as `http://127.0.0.1:8080`."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}"

    def start(self) -> None:
        """
        Listen, and answer in the background.

        Raises:
            OSError: If the port is in use.
        """
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, name=f"practice-{self.url}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every open connection. Stopping twice is harmless."""
        if self._thread is None:
            return
        self.stopping.set()
        self._server.stop()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def _wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""


class PracticeNetwork(Server):
    """
    Base of the practice networks.

    Attributes:
        faults: Order faults here.
        clock: Where the time comes from.
        lock: Held while a request is handled, so that the network's state changes one request at a time.
    """

    def __init__(self, *, clock: Clock, port: int = 0) -> None:
        super().__init__(port=port)
        self.clock = clock
        self.faults = FaultBook()
        self.lock = threading.RLock()
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every request that arrived, oldest first."""
        with self.lock:
            return tuple(self._calls)

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Name the operation of *request*; empty where there is none of that address."""

    @abstractmethod
    def caller(self, request: Request) -> str:
        """Give the user or Page id that the request's token speaks for; empty where it is not recognised."""

    @abstractmethod
    def respond(self, request: Request, operation: str, order: Order | None) -> Response:
        """
        Do what *request* asks, and answer.

        Args:
            request: The request, its body read.
            operation: Its operation.
            order: The fault for this call. Only `HIDDEN` concerns the network itself.
        """

    @abstractmethod
    def failure(self, fault: Fault) -> Response:
        """Answer in the network's own words with `SERVER_ERROR`, `ERRORS_ONLY`, a rate limit or 402."""

    def _wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data(cache=True, parse_form_data=False)
        operation = self.operation(request)
        # Leaving the request closes the files of a multipart body.
        with request, self.lock:
            account = self.caller(request)
            order = self.faults.take(operation, account)
            if order is None or order.does_it:
                try:
                    response = self.respond(request, operation, order)
                except HTTPException as error:
                    response = error.get_response(environ)
            else:
                response = Response(status=500)
            if order is not None and order.fault not in _TRANSPORT and order.fault is not Fault.HIDDEN:
                response = _page(order.fault) or self.failure(order.fault)
            silent = order is not None and order.fault in {Fault.TIMEOUT, Fault.RESET}
            self._calls.append(
                Call(
                    operation=operation,
                    method=request.method,
                    path=request.path,
                    account=account,
                    status=0 if silent else response.status_code,
                    fault=order.fault if order else None,
                )
            )
        if order is not None and order.fault in _TRANSPORT:
            return self._break(order.fault, response, environ, start_response)
        return response(environ, start_response)

    def _break(
        self, fault: Fault, response: Response, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if fault in {Fault.TIMEOUT, Fault.RESET}:
            if fault is Fault.TIMEOUT:
                self.stopping.wait(_LONGER_THAN_ANY_CLIENT)
            _reset(environ["civicsns.connection"])
            raise ConnectionResetError(errno.ECONNRESET, "ordered")
        body = response.get_data()
        start_response(response.status, [*response.headers.to_wsgi_list(), ("Connection", "close")])
        return self._drip(body) if fault is Fault.SLOW_BODY else _cut(body)

    def _drip(self, body: bytes) -> Iterator[bytes]:
        for byte in body:
            yield bytes([byte])
            if self.stopping.wait(_DRIP):
                return


_TRANSPORT = frozenset({Fault.TIMEOUT, Fault.RESET, Fault.SLOW_BODY, Fault.TRUNCATED})
_LONGER_THAN_ANY_CLIENT = 120.0
#: Seconds between two bytes: shorter than any read timeout, so that only a limit on the whole answer helps.
_DRIP = 0.05


def _page(fault: Fault) -> Response | None:
    if fault is Fault.HTML_200:
        return Response(_HTML, status=200, mimetype="text/html")
    if fault is Fault.HTML_503:
        return Response(_HTML, status=503, mimetype="text/html")
    return None


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError(errno.ECONNRESET, "ordered")


def _reset(connection: Any) -> None:
    """Close with RST instead of FIN: SO_LINGER of zero, and no orderly shutdown by the server."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.linger = True
    connection.rfile.close()
    connection.wfile.close()
    connection.socket.close()
