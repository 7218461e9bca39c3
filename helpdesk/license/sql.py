"""Licenses in a database of the operator's, asked by a query of his own.

Failures: everything that the database does is DOWN; its words may hold the key and are not shown.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from helpdesk.config.licenses import ProviderSettings
from helpdesk.config.source import ConfigurationError
from helpdesk.core.license import LookupOutcome, LookupResult
from helpdesk.license.mappings import (
    Unreadable,
    down,
    found,
    license_of,
    not_found,
    without_key,
    words,
)

_CONNECTIONS = 2
_RECYCLE = 600  # seconds; firewalls forget connections without a word


class SqlProvider:
    """One database; nothing is ever committed there."""

    def __init__(self, settings: ProviderSettings, now: Callable[[], datetime]) -> None:
        self.name = settings.name
        self._query = text(settings.query)
        self._words = words(settings.states, settings.history_url)
        self._seconds = settings.timeout.total_seconds()
        self._now = now
        self._engine = _engine(settings, self._seconds)

    async def lookup(self, key: str) -> LookupResult:
        try:
            async with asyncio.timeout(self._seconds):
                rows = await self._rows(key)
            return without_key(self._answer(rows), key)
        except TimeoutError:
            return down(f"the database did not answer within {self._seconds:g} seconds")
        except Unreadable as error:
            return down(f"the query's answer makes no sense: {error} (correct query)")
        except SQLAlchemyError as error:
            cause = type(getattr(error, "orig", None) or error).__name__
            return down(f"the database cannot be asked: {cause} (see url and query)")
        except Exception as error:  # noqa: BLE001 -- drivers raise what they like
            return down(f"the database cannot be asked: {type(error).__name__} (see url and query)")

    async def close(self) -> None:
        if isinstance(self._engine, AsyncEngine):
            await self._engine.dispose()
        else:
            await asyncio.to_thread(self._engine.dispose)

    def _answer(self, rows: Sequence[Mapping[str, Any]]) -> LookupResult:
        if not rows:
            return not_found()
        if len(rows) > 1:
            detail = "the query gives more than one row for this key"
            return LookupResult(LookupOutcome.AMBIGUOUS, detail=detail)
        return found(license_of(rows[0], self._words, self._now()))

    async def _rows(self, key: str) -> list[Mapping[str, Any]]:
        if not isinstance(self._engine, AsyncEngine):
            return await asyncio.to_thread(self._rows_in_thread, self._engine, key)
        async with self._engine.connect() as connection:
            result = await connection.execute(self._query, {"key": key})
            return [dict(row) for row in result.mappings().fetchmany(2)]

    def _rows_in_thread(self, engine: Engine, key: str) -> list[Mapping[str, Any]]:
        with engine.connect() as connection:
            result = connection.execute(self._query, {"key": key})
            return [dict(row) for row in result.mappings().fetchmany(2)]


def _engine(settings: ProviderSettings, seconds: float) -> Engine | AsyncEngine:
    try:
        url = _with_driver(make_url(settings.read_url()))
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, seconds)
        # Parameters hold the key.
        options: dict[str, Any] = {
            "hide_parameters": True,
            "pool_size": _CONNECTIONS,
            "pool_recycle": _RECYCLE,
        }
        is_async = url.get_dialect().is_async
        return create_async_engine(url, **options) if is_async else create_engine(url, **options)
    except (ArgumentError, NoSuchModuleError):
        problem = "is no URL of a database that we know (write it like postgresql://host/name)"
    except ImportError as error:
        problem = f"needs a driver that is not installed: {error.name} (install it)"
    raise ConfigurationError([f"licenses.providers {settings.name}: url: {problem}"])


def _with_driver(url: URL) -> URL:
    """The driver that we have, where the URL names none."""
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+asyncpg")
    return url


def _sqlite(url: URL, seconds: float) -> Engine:
    """Only reads, and makes no file where there is none."""
    file = f"file:{quote(str(Path(url.database or '')))}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(file, uri=True, timeout=seconds, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
