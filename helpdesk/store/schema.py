"""Brings a database to the schema of this version: made anew, or migrated forward.

An SQLite file is copied before; PostgreSQL undoes a migration that fails. Of several gateways that
start at the same time one does it, and the others wait.

Failures: StoreError if the database is newer than this version or is none of ours.
"""

import asyncio
import importlib
import secrets
import sqlite3
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.ports import Unavailable
from helpdesk.store.engine import (
    StoreError,
    database_file,
    is_postgresql,
    open_engine,
    reading,
    verify_settings,
    writing,
)
from helpdesk.store.scratch import locked_folder, remove_left
from helpdesk.store.tables import COUNTERS, FIRST, METADATA

REVISION = "0009"
"""Four digits, counting on, so that the newer of two is the greater."""
MIGRATIONS = Path(__file__).parent / "migrations"

PARTIAL = ".partial"

_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


async def upgrade(url: str) -> bool:
    """Create the database or migrate it; whether there was anything to do."""
    engine = open_engine(url, patient=True)
    try:
        await verify_settings(engine)
        found = await _revision(engine)
        if found == REVISION:
            return False
        async with AsyncExitStack() as stack:
            if found and not is_postgresql(url):
                # In a thread: it may take minutes, and others have to hear meanwhile that we live.
                copy = await asyncio.to_thread(_copy, database_file(url))
                stack.push_async_exit(partial(_keep_if_changed, engine, found, copy))
            async with writing(engine) as connection:
                await connection.run_sync(_change)
    except (DBAPIError, engine.dialect.loaded_dbapi.Error, Unavailable) as error:
        raise _unusable(engine, error) from None
    else:
        return True
    finally:
        await engine.dispose()


async def _keep_if_changed(
    engine: AsyncEngine, found: str, copy: Path, kind: type[BaseException] | None, *_: object
) -> None:
    """Who tries again and again, for the database is locked, would fill the disk with copies."""
    if kind is not None and await _revision(engine) == found:
        await asyncio.to_thread(copy.unlink, missing_ok=True)


async def is_empty(url: str) -> bool:
    """Whether nothing was ever made in the database."""
    engine = open_engine(url)
    try:
        return not await _revision(engine)
    except (DBAPIError, engine.dialect.loaded_dbapi.Error, Unavailable) as error:
        raise _unusable(engine, error) from None
    finally:
        await engine.dispose()


async def require_current(engine: AsyncEngine) -> None:
    """For commands that work on a database but do not migrate it."""
    try:
        found = await _revision(engine)
    except (DBAPIError, engine.dialect.loaded_dbapi.Error, Unavailable) as error:
        raise _unusable(engine, error) from None
    if found != REVISION:
        raise StoreError(
            f"the database has schema {found}, this version {REVISION}"
            if found
            else "the database is empty",
            "run: helpdesk init -c CONFIG",
        )


def _unusable(engine: AsyncEngine, error: Exception) -> Exception:
    if engine.dialect.name == "postgresql":
        from helpdesk.store.postgresql import explained

        return explained(engine, error)
    if isinstance(error, Unavailable):  # it may be usable in a moment
        return error
    reason = getattr(error, "orig", error)
    return StoreError(
        f"the database {engine.url.database} cannot be used ({reason})",
        "restore a backup, or name another file in the settings",
    )


async def _revision(engine: AsyncEngine) -> str:
    async with reading(engine) as connection:
        return await connection.run_sync(_find_revision)


def _find_revision(connection: Connection) -> str:
    """The revision of the database; empty if there is nothing in it."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    found = (
        connection.execute(select(_VERSION)).scalar_one_or_none()
        if _VERSION.name in tables
        else None
    )
    if found is None:
        raise StoreError(
            "the database is not a helpdesk's",
            "name another one in the settings ([store] database)",
        )
    if found > REVISION:
        raise StoreError(
            f"the database has schema {found}, newer than this version's {REVISION}",
            "install the version of the gateway that last ran on it",
        )
    return str(found)


def _change(connection: Connection) -> None:
    # Looked up again: another process may have been faster.
    found = _find_revision(connection)
    if not found:
        create(connection)
    elif found != REVISION:
        migrate(connection, found)


def create(connection: Connection) -> None:
    METADATA.create_all(connection)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=REVISION))
    connection.execute(
        COUNTERS.insert(), [{"name": name, "last": last} for name, last in FIRST.items()]
    )


def migrate(connection: Connection, found: str) -> None:
    """Run the migrations after `found` (empty: all of them), in the transaction of the caller."""
    # Alembic takes longer to import than all else here, and is hardly ever needed.
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    steps = list(scripts.iterate_revisions(REVISION, found or "base"))
    if not found:
        _VERSION.create(connection)
        connection.execute(_VERSION.insert().values(version_num=""))
    with Operations.context(MigrationContext.configure(connection)):
        for step in reversed(steps):
            step.module.upgrade()
    connection.execute(_VERSION.update().values(version_num=REVISION))


def _copy(path: Path) -> Path:
    """Copy the database while others may use it (SQLite's online backup); to where."""
    dbapi: Any = importlib.import_module("sqlite3")  # the one that open_engine put in its place
    remove_left(path.parent, f".{path.name}.*{PARTIAL}")
    # Several may do so at the same time, in one process, too.
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        # It gets its name when it is whole: half a copy must not look like one to go back to.
        with locked_folder(folder):
            unfinished = folder / path.name
            unfinished.touch(mode=0o600)
            source: sqlite3.Connection = dbapi.connect(path)
            copy: sqlite3.Connection = dbapi.connect(unfinished)
            try:
                source.backup(copy)
            finally:
                copy.close()
                source.close()
            target = _new_file(path.with_name(f"{path.name}.before-{REVISION}"))
            return unfinished.replace(target)
    except (dbapi.Error, OSError) as error:
        raise StoreError(
            f"cannot copy the database {path} before it is migrated ({error})",
            "make room there for a second one, then start again",
        ) from None


def _new_file(path: Path) -> Path:
    """Of this name, or with a number behind it: somebody else may copy at the same time."""
    candidate, number = path, 1
    while True:
        try:
            candidate.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            number += 1
            candidate = path.with_name(f"{path.name}.{number}")
        else:
            return candidate
