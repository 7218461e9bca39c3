"""The database of a gateway as it is seen from beside it: an SQLite file, or a server of our own.

Failures: NoServer when there is no PostgreSQL; RuntimeError when it does not answer any more.
"""

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from tests.postgresql import Server

POLL_SECONDS = 0.02
PATIENCE = 30.0


class Reader(Protocol):
    def execute(self, question: str, /) -> Iterable[Any]: ...


class Database(Protocol):
    """`url`: what the settings of the gateway name."""

    @property
    def url(self) -> str: ...

    def reading(self) -> AbstractContextManager[Reader]: ...


class File:
    url = "helpdesk.db"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self.url

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=30)
        try:
            yield connection
        finally:
            connection.close()


class Postgresql:
    """A server with an empty database, which can be made to crash."""

    def __init__(self) -> None:
        self._server = Server()
        self.url = self._server.url

    def crash(self, seconds: float) -> None:
        """Without a checkpoint and without a word to anybody; it is away for some time."""
        self._server.stop(signal.SIGQUIT)
        time.sleep(seconds)
        self._server.start()

    def end(self) -> None:
        self._server.end()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        reader = _ServerReader(self.url)
        try:
            yield reader
        finally:
            reader.close()


class _ServerReader:
    """Asks again where the server was away meanwhile."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None

    def execute(self, question: str, /) -> list[tuple[Any, ...]]:
        return self._loop.run_until_complete(self._ask(question))

    async def _ask(self, question: str) -> list[tuple[Any, ...]]:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(self._url, timeout=PATIENCE)
                return [tuple(row) for row in await self._connection.fetch(question)]
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError):
                if time.monotonic() > end:
                    raise RuntimeError("the database server does not answer") from None
                await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._connection.close(timeout=PATIENCE)
