"""Backups of one gateway: where they are, which are kept, and what is checked before one is used.

Failures: StoreError and SetupError, what is wrong and the next step; what exists stays as it is.
"""

import asyncio
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import helpdesk
from helpdesk.app.clock import SystemClock
from helpdesk.app.prepare import RESTORING, SetupError, require_database, restrict_process
from helpdesk.app.roles import ROLES
from helpdesk.app.serve import claim_role
from helpdesk.config import Settings
from helpdesk.store import backup, restore
from helpdesk.store.backup import Source
from helpdesk.store.check import CheckReport, check
from helpdesk.store.engine import StoreError, open_engine
from helpdesk.store.manifest import CONFIG, read_manifest
from helpdesk.store.restore import Place
from helpdesk.store.schema import upgrade
from helpdesk.store.scratch import locked_folder, remove_left

__all__ = ["ARCHIVES", "Restored", "StoreError", "make_backup", "restore_backup"]

ARCHIVES = (".tar", ".tar.gz", ".tgz")

Json = dict[str, Any]


def make_backup(settings: Settings, target: Path, *, ending: str = "", keep: int = 0) -> Json:
    """A new one in the folder `target`, or exactly there if that is the name of an archive."""
    restrict_process()
    require_database(settings)
    source = Source(
        database=settings.store.database,
        objects=settings.store.objects,
        keys=settings.store.keys,
        config=settings.path,
        version=helpdesk.__version__,
    )
    now = SystemClock().now()
    began = time.monotonic()
    is_file = target.name.endswith(ARCHIVES)
    folder = target.absolute().parent if is_file else target.absolute()
    with backup.failing_with(f"write into {folder}"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    backup.remove_partial(folder)
    path = target.absolute() if is_file else _new_name(folder, f"{now:%Y%m%dT%H%M%SZ}", ending)
    if path.exists():
        raise StoreError(f"{path} is there already", "choose another name")
    make = backup.make_archive if path.name.endswith(ARCHIVES) else backup.make_folder
    manifest = make(source, path, now)
    incomplete = dict(manifest["incomplete"])
    # An earlier one may have what this one has not.
    prunes = keep and not incomplete
    removed = backup.prune(folder, keep, path, manifest) if prunes else []
    return {
        "backup": str(path),
        "made_at": manifest["made_at"],
        "counts": dict(manifest["counts"]),
        "files": len(manifest["files"]),
        "octets": sum(each["size"] for each in manifest["files"].values()),
        "seconds": round(time.monotonic() - began, 2),
        "removed": [str(each) for each in removed],
        "incomplete": incomplete,
    }


def _new_name(folder: Path, stamp: str, ending: str) -> Path:
    path = folder / f"{backup.PREFIX}{stamp}{ending}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{backup.PREFIX}{stamp}.{number}{ending}"
    return path


# --- restoring ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it; `place` is None if nothing was put in place."""

    manifest: Json
    report: CheckReport
    place: Place | None
    held: int


def restore_backup(
    settings: Settings | None, path: Path, *, into: Path | None, hold: bool, skip: int, anyway: bool
) -> Restored:
    """To where the settings say, or into a folder of its own; only where nothing is.

    `anyway`: also if a promise is broken by what was kept, for it may be the best there is.
    """
    restrict_process()
    manifest = read_manifest(path)
    place = _place(settings, into, manifest)
    is_sqlite = place.database.startswith("sqlite")
    with ExitStack() as stack:
        if settings is not None and into is None:
            stack.enter_context(_nobody_runs(settings))
        staged = stack.enter_context(_staging(place))
        folder = path
        if not path.is_dir():
            folder = staged.objects.parent / "unpacked"
            folder.mkdir(mode=0o700)
            restore.unpack_archive(path, folder, manifest)
        restore.verify_files(folder, manifest, name=path)
        work = _restore(folder, manifest, staged, hold=hold, skip=skip, anyway=anyway)
        report, held = asyncio.run(work)
        if report.violations and not anyway:
            return Restored(manifest, report, None, held)
        moves = [*_object_moves(staged.objects, place.objects), (staged.keys, place.keys)]
        if is_sqlite:
            moves.append((_file(staged), _file(place)))
        moves = [(source, target) for source, target in moves if source.exists()]
        if into is not None and (folder / CONFIG).exists():
            config = staged.objects.parent / CONFIG
            shutil.copyfile(folder / CONFIG, config)
            moves.insert(0, (config, into / CONFIG))
        restore.put_in_place(moves, undo=lambda: _undo(place, [target for _, target in moves]))
    return Restored(manifest, report, place, held)


def _place(settings: Settings | None, into: Path | None, manifest: Json) -> Place:
    if into is not None:
        folder = into.absolute()
        if manifest["database"] != "sqlite":
            raise StoreError(
                "a backup of a PostgreSQL database has no place in a folder",
                "name an empty database in the settings, and leave --into out",
            )
        names = ("helpdesk.db", "objects", "keys", CONFIG)
        place = Place(
            f"sqlite+aiosqlite:///{folder / names[0]}", folder / names[1], folder / names[2]
        )
        existing = [folder / name for name in names if (folder / name).exists()]
    elif settings is not None:
        store = settings.store
        place = Place(store.database, store.objects, store.keys)
        kind = "postgresql" if store.file is None else "sqlite"
        if kind != manifest["database"]:
            raise StoreError(
                f"the backup is of a database of kind {manifest['database']}, "
                f"the settings name one of kind {kind}",
                "change database in [store]",
            )
        existing = list(_existing(settings))
    else:
        raise ValueError("settings or a folder")
    if existing:
        elsewhere = ", or restore elsewhere: --into DIR" if manifest["database"] == "sqlite" else ""
        raise StoreError(
            f"{existing[0]} is there already",
            f"move it away (mv {existing[0]} {existing[0]}.old){elsewhere}",
        )
    return place


def _existing(settings: Settings) -> Iterator[Path]:
    store = settings.store
    if store.file is not None:
        ends = ("", "-wal", "-shm", "-journal")
        yield from (
            path for end in ends if (path := store.file.with_name(store.file.name + end)).exists()
        )
    # A folder that is only for mail that is arriving holds nothing of a database.
    if any(store.objects.glob("??/*")):
        yield store.objects
    if store.keys.exists():
        yield store.keys


@contextmanager
def _nobody_runs(settings: Settings) -> Iterator[None]:
    file = settings.store.file
    with ExitStack() as locks:
        if file is not None and file.parent.exists():
            for role in ROLES:
                locks.enter_context(claim_role(settings, role))
            for path in file.parent.glob(f"{file.name}.*.lock"):
                if path.name.split(".")[-2] not in ROLES:
                    locks.enter_context(_locked(path))
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SetupError(f"a daemon holds {path} (stop it first)") from None
    finally:
        os.close(descriptor)


@contextmanager
def _staging(place: Place) -> Iterator[Place]:
    """A folder beside the object files: what is in order there gets its place by renaming."""
    # The folder of the object files may be a disk of its own.
    beside = place.objects if place.objects.is_dir() else place.objects.parent
    with ExitStack() as stack:
        with backup.failing_with("make room for the restored files"):
            beside.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = f"{RESTORING}{secrets.token_hex(8)}"
            remove_left(beside, f"{RESTORING}*")
            folder = stack.enter_context(locked_folder(beside / name))
        is_sqlite = place.database.startswith("sqlite")
        yield Place(
            f"sqlite+aiosqlite:///{folder / 'helpdesk.db'}" if is_sqlite else place.database,
            folder / "objects",
            folder / "keys",
        )


def _object_moves(staged: Path, place: Path) -> list[tuple[Path, Path]]:
    """A folder that is there already stays, with what is in it that is no object file."""
    if not place.is_dir():
        return [(staged, place)]
    return [(path, place / path.name) for path in sorted(staged.iterdir())]


def _file(place: Place) -> Path:
    return Path(place.database.split(":///", 1)[1])


async def _restore(
    folder: Path, manifest: Json, staged: Place, *, hold: bool, skip: int, anyway: bool
) -> tuple[CheckReport, int]:
    if manifest["database"] == "sqlite":
        return await _fill(folder, manifest, staged, hold=hold, skip=skip, anyway=anyway)
    async with restore.emptied_on_failure(staged.database):
        report, held = await _fill(folder, manifest, staged, hold=hold, skip=skip, anyway=anyway)
        if report.violations and not anyway:
            raise StoreError(
                f"the backup breaks a promise: {report.violations[0].promise}",
                "use an earlier backup",
            )
        return report, held


async def _fill(
    folder: Path, manifest: Json, staged: Place, *, hold: bool, skip: int, anyway: bool
) -> tuple[CheckReport, int]:
    await asyncio.to_thread(restore.stage, folder, manifest, staged)
    await upgrade(staged.database)
    engine = open_engine(staged.database)
    try:
        report = await check(engine, staged.objects, deep=True)
    finally:
        await engine.dispose()
    held = 0
    if anyway or not report.violations:
        made_at = datetime.fromisoformat(manifest["made_at"])
        gap = restore.gap_since(made_at, SystemClock().now())
        held = await restore.after_restore(staged.database, hold=hold, skip=skip, gap=gap)
    if manifest["database"] == "sqlite":
        await asyncio.to_thread(restore.close_file, _file(staged))
    return report, held


def _undo(place: Place, paths: Iterable[Path]) -> None:
    _remove(paths)
    if not place.database.startswith("sqlite"):
        asyncio.run(restore.empty(place.database))


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):  # what has no place was not put there
                path.unlink()
