"""Copies of all that a gateway remembers, taken while it runs.

A backup is a folder, or a tar archive of one, with the database, the object files that it names,
the keys, the configuration and a manifest. It gets its name when it is whole.

Failures: StoreError, one line with the next step; what was half done is removed.
"""

import importlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from gzip import BadGzipFile
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError

from helpdesk.ports import Unavailable
from helpdesk.store.engine import StoreError, open_engine, use_sound_sqlite
from helpdesk.store.manifest import (
    CONFIG,
    DUMP,
    FORMAT,
    KEYS,
    KIND,
    MANIFEST,
    OBJECTS,
    SQLITE,
    Json,
    made_at,
    stamp,
    write_manifest,
)
from helpdesk.store.raw import object_file
from helpdesk.store.scratch import locked_folder, remove_left

PREFIX = "helpdesk-"
PARTIAL = ".partial"
MISSING, DAMAGED = "missing", "damaged"
COUNTED = ("intake", "tickets", "entries", "outbox", "raw_messages")
_PIECE = 2**20
_TRIES = 3
_VARIABLES = {"dbname": "PGDATABASE", "database": "PGDATABASE"} | {
    name: f"PG{name.replace('_', '').upper()}"
    for name in (
        *("host", "port", "user", "password", "passfile", "service", "servicefile"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslnegotiation"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version"),
        *("target_session_attrs", "krbsrvname", "gsslib"),
    )
}


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be kept."""

    database: str
    objects: Path
    keys: Path
    config: Path
    version: str


# --- writing --------------------------------------------------------------------------------------


@contextmanager
def failing_with(doing: str) -> Iterator[None]:
    """One line for what the system says."""
    try:
        yield
    except BadGzipFile:
        raise  # what is read is at fault
    except OSError as error:
        said = error.strerror or str(error)
        where = f" ({error.filename})" if error.filename else ""
        raise StoreError(
            f"cannot {doing}: {said}{where}", "make room or correct the permissions, then try again"
        ) from None


def make_folder(source: Source, target: Path, now: datetime) -> Json:
    """A backup as a folder with that name; the manifest of it."""
    partial = _partial(target)
    with failing_with(f"write the backup {target}"), locked_folder(partial):
        manifest = _fill(source, partial, now)
        sync_tree(partial)
        _take_name(partial, target)
    return manifest


def make_archive(source: Source, target: Path, now: datetime) -> Json:
    """A backup as a tar archive, compressed if the name ends so."""
    folder = _partial(target)
    archive = folder.with_name(f"{folder.name}.tar")
    mode: Any = "w:gz" if target.name.endswith((".gz", ".tgz")) else "w"
    with failing_with(f"write the backup {target}"), locked_folder(folder):
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


def _take_name(partial: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(17, os.strerror(17), str(target))
    partial.rename(target)
    sync(target.parent)


def remove_partial(folder: Path) -> int:
    """What crashed backups left in a folder; how many there were."""
    return remove_left(folder, f".{PREFIX}*{PARTIAL}")


def _fill(source: Source, folder: Path, now: datetime) -> Json:
    is_sqlite = source.database.startswith("sqlite")
    gone: set[str] = set()
    for _ in range(_TRIES):
        copied = _copy_sqlite(source, folder) if is_sqlite else _dump(source, folder)
        digests, incomplete = _copy_objects(source.objects, folder / OBJECTS, copied.objects)
        missing = {name for name, problem in incomplete.items() if problem == MISSING}
        if missing <= gone:
            break
        # Their tickets may have been deleted since the database was copied: then the next copy
        # does not name them. What is missing twice is gone, and no reason to keep nothing.
        gone = missing
        shutil.rmtree(folder / OBJECTS)
        digests, incomplete = {}, {}
    for path, name in ((source.keys, KEYS), (source.config, CONFIG)):
        if path.exists():
            copy_file(path, folder / name)
    if not (folder / KEYS).exists():
        incomplete[KEYS] = MISSING
    named = [name for name in (SQLITE, DUMP, KEYS, CONFIG) if (folder / name).exists()]
    files = {name: stamp(folder / name) for name in named} | digests
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "version": source.version,
        "schema": copied.schema,
        "made_at": now.isoformat(),
        "database": "sqlite" if is_sqlite else "postgresql",
        "of": make_url(source.database).render_as_string(hide_password=True),
        "counts": copied.counts,
        "files": files,
        "incomplete": incomplete,
    }
    write_manifest(folder, manifest)
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
        step = "mend that, then try again"
        if "version mismatch" in said:
            step = f"install a {tool} as new as the server, or name its folder in HELPDESK_PG_BIN"
        raise StoreError(f"{tool} failed: {said.strip()[:300]}", step)


def _environment(url: URL) -> dict[str, str]:
    """All that the URL says, as libpq's variables; what stands before its `?` comes first."""
    found = {
        variable: value
        for name, variable in _VARIABLES.items()
        if isinstance(value := url.query.get(name), str)
    }
    stated = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return found | {name: str(value) for name, value in stated.items() if value}


def _copy_objects(
    objects: Path, target: Path, named: Iterable[tuple[str, int, str]]
) -> tuple[dict[str, Json], dict[str, str]]:
    """The files that the database names, and what is wrong with some of them."""
    found: dict[str, Json] = {}
    incomplete: dict[str, str] = {}
    target.mkdir(mode=0o700)
    for name, size, digest in named:
        entry = f"{OBJECTS}/{name}"
        try:
            original, goal = object_file(objects, name), object_file(target, name)
            goal.parent.mkdir(mode=0o700, exist_ok=True)
            os.link(original, goal)
        except FileNotFoundError:
            incomplete[entry] = MISSING
            continue
        except OSError:  # another file system
            copy_file(original, goal)
        found[entry] = stamp(goal)
        if found[entry] != {"size": size, "sha256": digest}:
            incomplete[entry] = DAMAGED
    return found, incomplete


def copy_file(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as original, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(original, file, _PIECE)
        file.flush()
        os.fsync(descriptor)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


# --- old ones -------------------------------------------------------------------------------------


def prune(folder: Path, keep: int, latest: Path, manifest: Json) -> list[Path]:
    """Remove all backups of this database in a folder but so many; nothing else is touched.

    The latest is never among them, whatever the clock said when the others were made.
    """
    found = [
        (made, path)
        for path in folder.glob(f"{PREFIX}*")
        if path != latest and not path.is_symlink() and (made := made_at(path, manifest["of"]))
    ]
    old = [path for _, path in sorted(found, reverse=True)[max(0, keep - 1) :]]
    for path in old:
        if path.is_dir():
            # Without its name first: half of a backup must not look like one.
            gone = path.with_name(f".{path.name}.0{PARTIAL}")
            path.rename(gone)
            shutil.rmtree(gone)
        else:
            path.unlink()
    return old
