"""Puts a backup back where nothing is: unpacked, compared with its list, staged, then put in place.

Failures: StoreError, one line with the next step; what was half done is removed.
"""

import errno
import importlib
import os
import shutil
import tarfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from helpdesk.store.backup import copy_file, failing_with, run_tool, sync, sync_tree
from helpdesk.store.engine import StoreError, open_engine
from helpdesk.store.manifest import (
    CUT_OFF,
    DUMP,
    KEYS,
    OBJECTS,
    SQLITE,
    Json,
    damaged,
    is_as_kept,
    open_archive,
)
from helpdesk.store.tables import METADATA

GAP = 1_000_000
"""Numbers left out that nobody sees: those given after the backup are on mails that are out."""
GAP_PER_SECOND = 100
"""More than are given. So what was given after a first restore of a backup, behind the gap of then,
is left out by a second one.
"""
_LONGEST_GAP = timedelta(days=3650)
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is to be put back; none of it exists."""

    database: str
    objects: Path
    keys: Path


def unpack_archive(path: Path, folder: Path, manifest: Json) -> None:
    """Take the files out that the manifest names, and no other ones."""
    files = manifest["files"]
    with failing_with(f"unpack {path}"):
        needed, free = sum(each["size"] for each in files.values()), shutil.disk_usage(folder).free
        if needed > free:
            raise OSError(errno.ENOSPC, f"{needed >> 20} MiB needed, {free >> 20} free", folder)
    try:
        with failing_with(f"unpack {path}"), open_archive(path) as tar:
            for member in tar:
                if member.name in files:
                    # The size before anything is written: a few octets can unpack to any number.
                    if not member.isfile() or member.size != files[member.name]["size"]:
                        raise damaged(path, member.name)
                    _take_out(tar, member, folder / member.name)
    except CUT_OFF:
        raise damaged(path, "a part of it") from None


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = tar.extractfile(member)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if content is not None:
            shutil.copyfileobj(content, file, _PIECE)


def verify_files(folder: Path, manifest: Json, *, name: Path) -> None:
    """All is there as it was kept, in ordinary files of the folder itself."""
    real = folder.resolve()
    for file, expected in manifest["files"].items():
        path = real / file
        try:
            is_whole = path.parent.resolve().is_relative_to(real) and is_as_kept(path, expected)
        except OSError:
            is_whole = False
        if not is_whole:
            raise damaged(name, file)


def stage(folder: Path, manifest: Json, place: Place) -> None:
    """Copy the files of a backup to where they are to be checked."""
    with failing_with("restore the backup"):
        place.objects.mkdir(mode=0o700, parents=True)
        for file in manifest["files"]:
            if file.startswith(f"{OBJECTS}/"):
                target = place.objects / file.removeprefix(f"{OBJECTS}/")
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                copy_file(folder / file, target)
        if KEYS in manifest["files"]:
            copy_file(folder / KEYS, place.keys)
        if manifest["database"] == "sqlite":
            copy_file(folder / SQLITE, Path(make_url(place.database).database or ""))
        sync_tree(place.objects)
    if manifest["database"] == "postgresql":
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        database = make_url(place.database).database or ""
        run_tool("pg_restore", place.database, *options, f"--dbname={database}", str(folder / DUMP))


@asynccontextmanager
async def emptied_on_failure(database: str) -> AsyncIterator[None]:
    """A PostgreSQL database is empty before, and again if something fails."""
    engine = open_engine(database)
    try:
        async with engine.connect() as connection:
            tables = await connection.execute(
                text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            )
            if tables.scalar_one():
                raise StoreError("the database is not empty", "name an empty one in the settings")
        try:
            yield
        except BaseException:
            await empty(database)
            raise
    finally:
        await engine.dispose()


async def empty(database: str) -> None:
    """Take away what was restored into a PostgreSQL database."""
    engine = open_engine(database)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.drop_all)
            await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    finally:
        await engine.dispose()


_HOLD = """UPDATE outbox SET state = 'held', due_at = NULL, lease_until = NULL,
 last_detail = 'held when a backup was restored: it may have been sent since'
 WHERE state IN ('queued', 'deferred')"""
_SKIP = "UPDATE counters SET last = last + :gap WHERE name = :name"
_HIDDEN = ("person", "entry", "outbox", "intake", "evidence", "agreement", "ledger")


def gap_since(made_at: datetime, now: datetime) -> int:
    """The time is the word of whoever made the backup; tokens have room for many longest gaps."""
    since = min(max(now - made_at, timedelta()), _LONGEST_GAP)
    return GAP + GAP_PER_SECOND * int(since.total_seconds())


async def after_restore(database: str, *, hold: bool, skip: int, gap: int) -> int:
    """Nothing that is out already goes out again, no number is given twice; how many are held."""
    engine = open_engine(database)
    try:
        async with engine.begin() as connection:
            held = (await connection.execute(text(_HOLD))).rowcount if hold else 0
            if skip:
                await connection.execute(text(_SKIP), {"name": "ticket", "gap": skip})
                for name in _HIDDEN:
                    await connection.execute(text(_SKIP), {"name": name, "gap": gap})
            return held
    finally:
        await engine.dispose()


def put_in_place(moves: Sequence[tuple[Path, Path]], *, undo: Callable[[], None]) -> None:
    """The database last: where there is one, the rest is there, too."""
    with failing_with("put the restored files in place"):
        try:
            for source, target in moves:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _move(source, target)
                sync(target.parent)
        except BaseException:
            undo()
            raise


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The database may lie on another disk than the object files.
        nearer = target.with_name(f".{target.name}.{os.getpid()}.restoring")
        try:
            if source.is_dir():
                shutil.copytree(source, nearer)
                sync_tree(nearer)
            else:
                copy_file(source, nearer)
            nearer.rename(target)
        finally:
            if not nearer.is_dir():
                nearer.unlink(missing_ok=True)
            else:
                shutil.rmtree(nearer)


def close_file(path: Path) -> None:
    """All of a database in its one file, durably; the daemon turns the log on again."""
    dbapi: Any = importlib.import_module("sqlite3")
    connection = dbapi.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    sync(path)
