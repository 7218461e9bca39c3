"""The HTTP server for /metrics and /healthz, in a thread of its own.

Failures: SetupError when it cannot listen; a client that is slow, or one too many, is cut off.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from helpdesk.app.metrics import Metrics
from helpdesk.app.sockets import refusal_to_listen

SECONDS = 5.0
"""For one request, from the connection to the last octet."""
MOST_AT_ONCE = 8
_POLL = 0.1

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def application(metrics: Metrics) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Both pages, as WSGI."""
    numbers = make_wsgi_app(metrics.registry)

    def serve(environ: dict[str, Any], begin: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            # Else the library would tell its version and Python's.
            return begin(status, [*headers, ("Server", "helpdesk")])

        path = environ.get("PATH_INFO", "")
        if path not in {"/metrics", "/healthz"}:
            return _answer(start, "404 Not Found", "text/plain", b"See /metrics and /healthz.\n")
        if environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            return _answer(start, "405 Method Not Allowed", "text/plain", b"Only GET.\n")
        if path == "/metrics":
            page: Iterable[bytes] = numbers(environ | {"REQUEST_METHOD": "GET"}, start)
            return page
        is_well, found = metrics.health()
        status = "200 OK" if is_well else "503 Service Unavailable"
        return _answer(start, status, "application/json", json.dumps(found).encode() + b"\n")

    return serve


def _answer(start: StartResponse, status: str, kind: str, content: bytes) -> Iterable[bytes]:
    start(status, [("Content-Type", kind), ("Cache-Control", "no-store")])
    return [content]


class _Handler(WSGIRequestHandler):
    def setup(self) -> None:
        self.request.settimeout(SECONDS)
        # A client that sends an octet now and then would never run into that.
        self._deadline = threading.Timer(SECONDS, self._cut_off)
        self._deadline.daemon = True
        self._deadline.start()
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self._deadline.cancel()

    def _cut_off(self) -> None:
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    def version_string(self) -> str:
        return "helpdesk"  # on the pages about malformed requests, too

    def address_string(self) -> str:
        return str(self.client_address[0])  # never a look into the DNS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        pass


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._free = threading.Semaphore(MOST_AT_ONCE)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # Not the library's: it would look our address up in the DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away; that is no news."""


class MetricsServer:
    """Listens as soon as it is made."""

    def __init__(self, metrics: Metrics, host: str, port: int) -> None:
        try:
            self._server = _Server(host, port)
        except OSError as error:
            next_step = "is another program there? else change host or port of [metrics]"
            raise refusal_to_listen(f"{host}:{port} for metrics", error, next_step) from None
        self.show(metrics)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=[_POLL], name="metrics", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def show(self, metrics: Metrics) -> None:
        """From the next request on."""
        self._server.set_app(application(metrics))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(SECONDS)
        self._server.server_close()


class Pages:
    """The server of a daemon whose settings may change while it runs."""

    def __init__(self) -> None:
        self._server: MetricsServer | None = None
        self._place: tuple[str, int] | None = None

    @property
    def port(self) -> int:
        """0: there is no server."""
        return self._server.port if self._server is not None else 0

    def show(self, metrics: Metrics, host: str, port: int) -> None:
        """From now on these. Raises SetupError, and shows what it showed, if it cannot listen."""
        with self.showing(metrics, host, port):
            pass

    @contextmanager
    def showing(self, metrics: Metrics, host: str, port: int) -> Iterator[None]:
        """As `show` at the end of the block. If it fails, what was shown never went away: its port
        could not be had back at once.
        """
        if self._server is not None and (host, port) == self._place:
            yield
            self._server.show(metrics)
            return
        new = MetricsServer(metrics, host, port) if port else None
        try:
            yield
        except BaseException:
            _end(new)
            raise
        old, self._server, self._place = self._server, new, (host, port)
        _end(old)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _end(server: MetricsServer | None) -> None:
    """Its last requests may take a moment, and nobody has to wait for them."""
    if server is not None:
        threading.Thread(target=server.close, daemon=True).start()
