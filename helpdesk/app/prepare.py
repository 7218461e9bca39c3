"""Makes what a gateway needs before it can run: folders, keys, database, a first configuration.

Failures: `SetupError`, one line with the next step; nothing that exists is overwritten.
"""

import os
import pwd
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.app.example import first_file
from helpdesk.config import ConfigurationError, Settings, create_keys, load, load_keyring
from helpdesk.config.settings import TransportKind
from helpdesk.ports import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

DATABASE = "helpdesk.db"
CONFIG = "config.toml"
DRY_RUN, RESTORING = ".dry-run-", ".restoring-"
"""Folders beside the database in which everything is for a while."""
OPEN_FILES = 8_192
_OWNER_ONLY = 0o077


class SetupError(Exception):
    """What is wrong, and what to do about it."""


class NotYet(SetupError):  # noqa: N818 -- it names what is the matter
    """It may pass by itself: who can wait tries again."""


class Taken(SetupError):  # noqa: N818 -- it names what is the matter
    """An address that is not ours just now: to start again later may help."""


def restrict_process() -> None:
    """Nothing that we write is for others to read; and there is room for many connections."""
    os.umask(_OWNER_ONLY)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def write_config(folder: Path, *, desk: str, agent: str) -> Path:
    """A first configuration file; refuses a folder that has one or a database."""
    for name in (CONFIG, DATABASE, "keys"):
        if (folder / name).exists():
            raise SetupError(f"{folder / name} is there already (choose another folder)")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG
    with path.open("x", encoding="utf-8") as file:
        file.write(first_file(desk=desk, agent=agent))
    try:
        load(path)
    except ConfigurationError:
        path.unlink()
        raise
    return path


def require_database(settings: Settings) -> None:
    """For commands that work on a database but do not make one."""
    file = settings.store.file
    if file is not None and not file.exists():
        raise SetupError(f"there is no database {file} (make it with: helpdesk init -c CONFIG)")


def refuse_strangers(settings: Settings) -> None:
    """What root writes beside the files of another user that user could not read afterwards."""
    for path in (settings.store.file, settings.store.objects, settings.store.keys):
        if path is not None and (name := whose(path)):
            raise SetupError(f"{path}: belongs to {name} (run this as that user: sudo -u {name})")


def whose(path: Path) -> str:
    """The user who could not read what we write there: we are root, and he is not."""
    owner = path.stat().st_uid if os.geteuid() == 0 and path.exists() else 0
    if owner == 0:
        return ""
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"#{owner}"


async def prepare(settings: Settings, *, new_keys: bool = False) -> None:
    """Keys, folders and a database of the current schema."""
    from helpdesk.store.engine import StoreAway, StoreError, open_engine
    from helpdesk.store.schema import upgrade

    refuse_strangers(settings)
    try:
        settings.store.objects.mkdir(parents=True, exist_ok=True)
        if settings.store.file is not None:
            settings.store.file.parent.mkdir(parents=True, exist_ok=True)
        if settings.outgoing.transport is TransportKind.MAILDIR:
            for name in ("tmp", "new", "cur"):
                (settings.outgoing.maildir / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{error.filename}: {error.strerror} (check its permissions)") from None
    remove_leftovers(settings)
    try:
        if settings.store.file is None and not settings.store.keys.exists() and not new_keys:
            await _refuse_used(settings)
        _ensure_keys(settings, new=new_keys)
        await upgrade(settings.store.database)
        engine = open_engine(settings.store.database)
        try:
            await sync_people(settings, engine)
        finally:
            await engine.dispose()
    except Unavailable as error:
        raise NotYet(f"{error} (see what else uses it, and its disk)") from None
    except StoreAway as error:
        raise NotYet(f"{error.problem} ({error.next_step})") from None
    except StoreError as error:
        raise SetupError(f"{error.problem} ({error.next_step})") from None


async def sync_people(settings: Settings, engine: "AsyncEngine") -> None:
    """The database knows the desks and agents of the settings, and no others."""
    from helpdesk.store.people import AgentSetting, sync

    desks = settings.policy().desks
    everywhere = tuple(desk.name for desk in desks)
    agents = [
        AgentSetting(
            each.name,
            each.addresses,
            each.desks or everywhere,
            teams=each.teams,
            away=each.absences(),
            language=each.language,
            zone=each.time_zone,
            muted=each.mute,
        )
        for each in settings.agents
    ]
    await sync(engine, desks, agents)


def remove_leftovers(settings: Settings) -> None:
    """Copies of everything, left by a dry run or by restoring a backup when it was killed."""
    from helpdesk.store.scratch import remove_left

    store = settings.store
    beside = {store.objects, store.objects.parent, (store.file or store.objects).parent}
    for folder in beside:
        for prefix in (DRY_RUN, RESTORING):
            remove_left(folder, f"{prefix}*")


def lost_keys(settings: Settings) -> Iterator[str]:
    """What to do about a database whose keys are not there."""
    path, database = settings.store.keys, settings.store.file
    if database is not None and database.exists() and not path.exists():
        yield (
            f"{path}: the keys are gone, and without them no reply to earlier mail is recognized "
            f"(restore a backup, or make new ones: helpdesk init --new-keys -c {settings.path})"
        )


async def _refuse_used(settings: Settings) -> None:
    """A database on a server may have its keys on another machine."""
    from helpdesk.store.schema import is_empty

    if not await is_empty(settings.store.database):
        raise SetupError(
            f"{settings.store.keys}: the keys of this database are not here, and without them no "
            "reply to earlier mail is recognized (copy the file from the machine or the backup "
            f"that has it, or make new ones: helpdesk init --new-keys -c {settings.path})"
        )


def _ensure_keys(settings: Settings, *, new: bool) -> None:
    """New keys would make every token that was ever sent worthless, so only for a new database."""
    path = settings.store.keys
    if path.exists():
        if new:
            raise SetupError(f"{path}: there are keys already (move the file away to replace them)")
        load_keyring(path)
        return
    if not new:
        for problem in lost_keys(settings):
            raise SetupError(problem)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_keys(path)
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror} (check the folder's permissions)") from None
