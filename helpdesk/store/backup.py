"""Copies of all that a gateway remembers: taken while it runs, and put back where nothing is.

A backup is a folder, or a tar archive of one, with the database, the object files that it names,
the keys, the configuration and a manifest. It gets its name when it is whole.

Failures: StoreError, one line with the next step; what was half done is removed.
"""

import fcntl
import hashlib
import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError

from helpdesk.ports import Unavailable
from helpdesk.store.engine import StoreError, open_engine, use_sound_sqlite
from helpdesk.store.tables import METADATA

KIND = "helpdesk backup"
FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, DUMP = "database.sqlite", "database.pgdump"
KEYS, CONFIG, OBJECTS = "keys", "config.toml", "objects"
PREFIX = "helpdesk-"
PARTIAL = ".partial"
COUNTED = ("intake", "tickets", "entries", "outbox", "raw_messages")
GAP = 1_000_000
"""Numbers left out that nobody sees: those given after the backup are on mails that are out."""
_PIECE = 2**20
_TRIES = 3

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be kept."""

    database: str
    objects: Path
    keys: Path
    config: Path
    version: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is to be put back; none of it exists."""

    database: str
    objects: Path
    keys: Path


# --- writing --------------------------------------------------------------------------------------


@contextmanager
def failing_with(doing: str) -> Iterator[None]:
    """One line for what the system says."""
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        said = getattr(error, "strerror", None) or str(error)
        file = getattr(error, "filename", None)
        where = f" ({file})" if file else ""
        raise StoreError(
            f"cannot {doing}: {said}{where}", "make room or correct the permissions, then try again"
        ) from None


def make_folder(source: Source, target: Path, now: datetime) -> Json:
    """A backup as a folder with that name; the manifest of it."""
    partial = _partial(target)
    with failing_with(f"write the backup {target}"), _locked_folder(partial):
        manifest = _fill(source, partial, now)
        _sync_tree(partial)
        _take_name(partial, target)
    return manifest


def make_archive(source: Source, target: Path, now: datetime) -> Json:
    """A backup as a tar archive, compressed if the name ends so."""
    folder = _partial(target)
    archive = folder.with_name(f"{folder.name}.tar")
    mode: Any = "w:gz" if target.name.endswith((".gz", ".tgz")) else "w"
    with failing_with(f"write the backup {target}"), _locked_folder(folder):
        manifest = _fill(source, folder, now)
        try:
            descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as tar:
                    # The manifest first: who looks for backups reads no more.
                    for name in (MANIFEST, *manifest["files"]):
                        tar.add(folder / name, name, recursive=False)
                file.flush()
                os.fsync(descriptor)
            _take_name(archive, target)
        finally:
            archive.unlink(missing_ok=True)
    return manifest


def _partial(target: Path) -> Path:
    return target.with_name(f".{PREFIX}{target.name}.{os.getpid()}{PARTIAL}")


@contextmanager
def _locked_folder(partial: Path) -> Iterator[None]:
    """Locked as long as somebody works on it, so that others know what a crash left behind."""
    partial.mkdir(mode=0o700)
    descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        os.close(descriptor)


def _take_name(partial: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(17, os.strerror(17), str(target))
    partial.rename(target)
    _sync(target.parent)


def remove_partial(folder: Path) -> int:
    """What crashed backups left in a folder; how many there were."""
    removed = 0
    for path in folder.glob(f".{PREFIX}*{PARTIAL}"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.with_name(f"{path.name}.tar").unlink(missing_ok=True)
                shutil.rmtree(path)
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def _fill(source: Source, folder: Path, now: datetime) -> Json:
    is_sqlite = source.database.startswith("sqlite")
    for number in range(1, _TRIES + 1):
        copied = _copy_sqlite(source, folder) if is_sqlite else _dump(source, folder)
        try:
            digests = _copy_objects(source.objects, folder / OBJECTS, copied.objects)
            break
        except FileNotFoundError as error:
            # Its ticket was deleted since the database was copied.
            shutil.rmtree(folder / OBJECTS, ignore_errors=True)
            if number == _TRIES:
                raise StoreError(
                    f"the object file {error.filename} is not there", "run `helpdesk check`"
                ) from None
    for path, name in ((source.keys, KEYS), (source.config, CONFIG)):
        if path.exists():
            _copy(path, folder / name)
    named = [name for name in (SQLITE, DUMP, KEYS, CONFIG) if (folder / name).exists()]
    files = {name: _stamp(folder / name) for name in named} | digests
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "version": source.version,
        "schema": copied.schema,
        "made_at": now.isoformat(),
        "database": "sqlite" if is_sqlite else "postgresql",
        "counts": copied.counts,
        "files": files,
    }
    path = folder / MANIFEST
    path.touch(mode=0o600)
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


@dataclass(frozen=True, slots=True)
class _Copied:
    """A copy of the database, and what is in it."""

    schema: str
    counts: Mapping[str, int]
    objects: Sequence[tuple[str, int, str]]
    """Path, size and SHA-256 of the files that it names."""


_NAMED = "SELECT path, size, sha256 FROM raw_messages WHERE path IS NOT NULL ORDER BY path"
_SCHEMA = "SELECT version_num FROM alembic_version"


def _copy_sqlite(source: Source, folder: Path) -> _Copied:
    """The whole file in one step: one state of the database, however much is written meanwhile."""
    use_sound_sqlite()
    dbapi: Any = importlib.import_module("sqlite3")
    path = Path(make_url(source.database).database or "")
    target = folder / SQLITE
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    original: sqlite3.Connection = dbapi.connect(
        f"file:{_quoted(path)}?mode=rw", uri=True, timeout=30
    )
    copy: sqlite3.Connection = dbapi.connect(target)
    try:
        original.backup(copy, pages=-1)
        # One file without a log beside it, which nobody would think of.
        copy.execute("PRAGMA journal_mode = DELETE")
        [problem] = copy.execute("PRAGMA quick_check(1)").fetchone()
        if problem != "ok":
            raise StoreError(
                f"the database {path} is damaged ({problem})", "keep your earlier backups"
            )
        [schema] = copy.execute(_SCHEMA).fetchone()
        return _Copied(
            schema=schema,
            counts={name: copy.execute(_count(name)).fetchone()[0] for name in COUNTED},
            objects=copy.execute(_NAMED).fetchall(),
        )
    except dbapi.Error as error:
        raise StoreError(
            f"cannot copy the database {path} to {folder.parent} ({error})",
            "make room there, or look at the database with `helpdesk check`",
        ) from None
    finally:
        copy.close()
        original.close()


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))


def _count(table: str) -> str:
    return f"SELECT count(*) FROM {table}"  # noqa: S608 -- names of ours


def _dump(source: Source, folder: Path) -> _Copied:
    import asyncio

    return asyncio.run(_dump_snapshot(source, folder))


async def _dump_snapshot(source: Source, folder: Path) -> _Copied:
    """The dump and the list of files show one state of the database."""
    import asyncio

    engine = open_engine(source.database, patient=True)
    try:
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            exported = await connection.execute(text("SELECT pg_export_snapshot()"))
            snapshot = f"--snapshot={exported.scalar_one()}"
            target = folder / DUMP
            target.unlink(missing_ok=True)
            options = ("--format=custom", snapshot, f"--file={target}")
            await asyncio.to_thread(run_tool, "pg_dump", source.database, *options)
            target.chmod(0o600)
            schema = (await connection.execute(text(_SCHEMA))).scalar_one()
            counts = {
                name: (await connection.execute(text(_count(name)))).scalar_one()
                for name in COUNTED
            }
            named = [tuple(row) for row in await connection.execute(text(_NAMED))]
            return _Copied(schema, counts, named)
    except (DBAPIError, ConnectionError, TimeoutError, Unavailable) as error:
        reason = getattr(error, "orig", None) or error
        raise StoreError(
            f"the database cannot be used: {reason}", "see that the server runs, then try again"
        ) from None
    finally:
        await engine.dispose()


def run_tool(tool: str, database: str, *options: str) -> None:
    """A program of PostgreSQL; HELPDESK_PG_BIN names its folder if it is not on the PATH.

    The password is in its environment: everybody can read the command line.
    """
    folder = os.environ.get("HELPDESK_PG_BIN")
    program = shutil.which(tool, path=folder) if folder else shutil.which(tool)
    if program is None:
        raise StoreError(
            f"there is no program {tool}",
            "install the PostgreSQL client, or name its folder in HELPDESK_PG_BIN",
        )
    url = make_url(database)
    # Whoever set PGPASSFILE or PGSSLROOTCERT for us set it for the program, too.
    environment = os.environ | _environment(url)
    done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL, arguments of ours
        [program, "--no-password", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        raise StoreError(f"{tool} failed: {said.strip()[:300]}", "mend that, then try again")


def _environment(url: URL) -> dict[str, str]:
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    found = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _copy_objects(
    objects: Path, target: Path, named: Iterable[tuple[str, int, str]]
) -> dict[str, Json]:
    found: dict[str, Json] = {}
    target.mkdir(mode=0o700)
    for name, size, digest in named:
        goal = target / name
        goal.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            os.link(objects / name, goal)
        except FileNotFoundError:
            raise
        except OSError:  # another file system
            _copy(objects / name, goal)
        stamp = _stamp(goal)
        if (stamp["size"], stamp["sha256"]) != (size, digest):
            raise StoreError(
                f"the object file {objects / name} is damaged", "keep your earlier backups"
            )
        found[f"{OBJECTS}/{name}"] = stamp
    return found


def _copy(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as original, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(original, file, _PIECE)
        file.flush()
        os.fsync(descriptor)


def _stamp(path: Path) -> Json:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


# --- old ones -------------------------------------------------------------------------------------


def made_at(path: Path) -> str | None:
    """When a backup was made; None if it is none of ours."""
    with suppress(OSError, ValueError, KeyError, tarfile.TarError, StoreError):
        manifest = _manifest_of(path)
        return str(manifest["made_at"])
    return None


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all backups of ours in a folder but the latest; nothing else is touched."""
    found = [
        (made, path)
        for path in folder.glob(f"{PREFIX}*")
        if not path.is_symlink() and (made := made_at(path)) is not None
    ]
    old = [path for _, path in sorted(found, reverse=True)[keep:]]
    for path in old:
        if path.is_dir():
            # Without its name first: half of a backup must not look like one.
            gone = path.with_name(f".{path.name}.0{PARTIAL}")
            path.rename(gone)
            shutil.rmtree(gone)
        else:
            path.unlink()
    return old


def _manifest_of(path: Path) -> Json:
    if path.is_dir():
        content = (path / MANIFEST).read_bytes()
    else:
        with tarfile.open(path) as tar:
            first = tar.next()
            file = tar.extractfile(first) if first and first.name == MANIFEST else None
            if file is None:
                raise _no_backup(path)
            content = file.read()
    return _checked(path, json.loads(content))


def _checked(path: Path, manifest: Any) -> Json:
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise _no_backup(path)
    if manifest.get("format") != FORMAT:
        raise StoreError(
            f"{path} has format {manifest.get('format')}", "install the version that made it"
        )
    return manifest


def _no_backup(path: Path) -> StoreError:
    return StoreError(f"{path} is no backup of a helpdesk", "name one that `helpdesk backup` made")


# --- reading --------------------------------------------------------------------------------------


def read_manifest(path: Path) -> Json:
    try:
        return _manifest_of(path)
    except (OSError, ValueError, tarfile.TarError):
        raise _no_backup(path) from None


def unpack_archive(path: Path, folder: Path) -> Json:
    """Take the files out that the manifest names, and no other ones; the manifest of it."""
    manifest = read_manifest(path)
    with failing_with(f"unpack {path}"), tarfile.open(path) as tar:
        for member in tar:
            if member.name not in manifest["files"]:
                continue
            if not member.isfile() or not _is_inside(member.name):
                raise _damaged(path, member.name)
            file = tar.extractfile(member)
            target = folder / member.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 -- private from its beginning
                if file is not None:
                    shutil.copyfileobj(file, out, _PIECE)
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def verify_files(folder: Path, manifest: Json, *, name: Path) -> None:
    for file, expected in manifest["files"].items():
        try:
            is_whole = _is_inside(file) and _stamp(folder / file) == expected
        except OSError:
            is_whole = False
        if not is_whole:
            raise _damaged(name, file)


def _damaged(path: Path, file: str) -> StoreError:
    return StoreError(f"{path} is damaged: {file} is not what was kept", "use another backup")


def stage(folder: Path, manifest: Json, place: Place) -> None:
    """Copy the files of a backup to where they are to be checked."""
    with failing_with("restore the backup"):
        place.objects.mkdir(mode=0o700, parents=True)
        for file in manifest["files"]:
            if file.startswith(f"{OBJECTS}/"):
                target = place.objects / file.removeprefix(f"{OBJECTS}/")
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _copy(folder / file, target)
        if KEYS in manifest["files"]:
            _copy(folder / KEYS, place.keys)
        if manifest["database"] == "sqlite":
            _copy(folder / SQLITE, Path(make_url(place.database).database or ""))
        _sync_tree(place.objects)
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
            async with engine.begin() as connection:
                await connection.run_sync(METADATA.drop_all)
                await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
            raise
    finally:
        await engine.dispose()


_HOLD = """UPDATE outbox SET state = 'held', due_at = NULL, lease_until = NULL,
 last_detail = 'held when a backup was restored: it may have been sent since'
 WHERE state IN ('queued', 'deferred')"""
_SKIP = "UPDATE counters SET last = last + :gap WHERE name = :name"
_HIDDEN = ("person", "entry", "outbox", "intake", "evidence")


async def after_restore(database: str, *, hold: bool, skip: int) -> int:
    """Nothing that is out already goes out again, no number is given twice; how many are held."""
    engine = open_engine(database)
    try:
        async with engine.begin() as connection:
            held = (await connection.execute(text(_HOLD))).rowcount if hold else 0
            if skip:
                await connection.execute(text(_SKIP), {"name": "ticket", "gap": skip})
                for name in _HIDDEN:
                    await connection.execute(text(_SKIP), {"name": name, "gap": GAP})
            return held
    finally:
        await engine.dispose()


def put_in_place(moves: Sequence[tuple[Path, Path]], *, undo: Callable[[], None]) -> None:
    """The database last: where there is one, the rest is there, too."""
    with failing_with("put the restored files in place"):
        try:
            for source, target in moves:
                source.rename(target)
                _sync(target.parent)
        except BaseException:
            undo()
            raise


def close_file(path: Path) -> None:
    """All of a database in its one file, durably; the daemon turns the log on again."""
    dbapi: Any = importlib.import_module("sqlite3")
    connection = dbapi.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    _sync(path)
