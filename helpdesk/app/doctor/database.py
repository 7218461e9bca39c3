"""The database: does it keep what it commits, is it whole, and what waits or is stuck in it.

Failures: one that others keep locked is a finding; nobody waits for it longer than for the lock.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.doctor.examination import AS_DAEMON, Examination, Limits, in_thread
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.config import Settings
from helpdesk.ports import Unavailable
from helpdesk.store import health
from helpdesk.store.engine import StoreError, open_engine, verify_settings
from helpdesk.store.schema import require_current

LARGE_WAL = 2**30
LOCKS = Path("/proc/locks")
_WAL_WRITE_LOCK = 120
"""The byte of the -shm file that SQLite's writer locks (sqlite.org/walformat.html)."""
LATE = timedelta(minutes=5)


async def opened(settings: Settings, limits: Limits) -> tuple[AsyncEngine | None, Finding]:
    """The database if it can be used as it is, or at least read; and what is to be said of it."""
    file, name = settings.store.file, subject(settings)
    try:
        is_missing = file is not None and not file.exists()
    except OSError as failure:
        return None, error("database.settings", name, f"{failure.strerror}", AS_DAEMON)
    if is_missing:
        step = f"make it with: helpdesk init -c {settings.path}"
        return None, error("database.settings", name, "there is no database", step)
    access = health.Access.WRITING
    if file is not None:
        access = await in_thread(partial(health.access_to_file, file, limits.lock))
    if file is not None and access is health.Access.NOTHING:
        return None, _locked(file, limits, "read or write")
    engine, said = await _usable(settings, limits.database)
    if file is not None and engine is not None and access is health.Access.READING:
        return engine, _locked(file, limits, "write")
    return engine, said


def _locked(file: Path, limits: Limits, what: str) -> Finding:
    who = holder_of(file)
    problem = f"nobody else can {what} for {limits.lock:g} s: {who or 'some program'} has locked it"
    step = f"end {who}" if who else f"see who has it, and end that: fuser {file}"
    return error("database.settings", str(file), problem, step)


def holder_of(file: Path) -> str:
    """The process that keeps others from writing, if the kernel tells. The files are not opened:
    to close one of them would give up the locks of this process.
    """
    places: dict[int, Path] = {}
    for path in (file, file.with_name(f"{file.name}-shm")):
        with suppress(OSError):
            places[path.stat().st_ino] = path
    with suppress(OSError):
        for line in LOCKS.read_text().splitlines():
            # 1: POSIX ADVISORY WRITE 4711 fe:01:1234 120 120
            match line.split():
                case [_, "POSIX", _, "WRITE", process, where, first, last]:
                    found = places.get(int(where.rpartition(":")[2]))
                    is_it = last == "EOF" or int(first) <= _WAL_WRITE_LOCK <= int(last)
                    if found == file or (found is not None and is_it):
                        return _process(process)
    return ""


def _process(number: str) -> str:
    with suppress(OSError):
        return f"{Path('/proc', number, 'comm').read_text().strip()} (process {number})"
    return f"process {number}"


async def _usable(settings: Settings, seconds: float) -> tuple[AsyncEngine | None, Finding]:
    name = subject(settings)
    engine = None
    try:
        engine = open_engine(settings.store.database)
        async with asyncio.timeout(seconds):
            await verify_settings(engine)
            await require_current(engine)
    except (StoreError, Unavailable, SQLAlchemyError, TimeoutError) as failure:
        if engine is not None:
            await engine.dispose()
        if isinstance(failure, TimeoutError):
            problem, step = f"does not answer within {seconds:g} s", "look at what else uses it"
            return None, error("database.settings", name, problem, step)
        return None, error("database.settings", name, *_fault(failure, settings))
    return engine, ok("database.settings", name, "keeps what it commits; its schema is ours")


def _fault(failure: Exception, settings: Settings) -> tuple[str, str]:
    if isinstance(failure, StoreError):
        return failure.problem, failure.next_step.replace("CONFIG", str(settings.path))
    said = str(getattr(failure, "orig", None) or failure).splitlines()[0][:200]
    if isinstance(failure, DBAPIError):
        return said, "restore a backup, or name another file in the settings"
    return said, "look at what else uses it, and at its disk"


def subject(settings: Settings) -> str:
    """A URL may hold a password."""
    return str(settings.store.file or "database")


async def check(examination: Examination, say: Say) -> None:
    engine, name = examination.engine, subject(examination.settings)
    if engine is None:
        return  # why not has been said
    try:
        found = await health.backlog(engine, examination.now() - LATE)
        say(_intake(found))
        say(_outbox(found))
        say(await _promises(examination, engine))
    except (Unavailable, SQLAlchemyError) as failure:
        problem = f"cannot be read: {str(failure).splitlines()[0][:160]}"
        step = "look at what else uses it, and at its disk"
        say(error("database.settings", name, problem, step))
    if examination.settings.store.file is not None:
        say(_log_size(examination.settings.store.file))


def _intake(found: health.Backlog) -> Finding:
    name, queue = "database.intake", "intake"
    if found.late:
        minutes = int(LATE.total_seconds() // 60)
        problem = f"{found.late} mails wait for more than {minutes} minutes"
        step = "see that the daemon runs, and: helpdesk queue intake list --state pending"
        return error(name, queue, problem, step)
    if found.quarantined:
        step = "look at them: helpdesk queue quarantine list"
        return warning(name, queue, f"{found.quarantined} mails are in quarantine", step)
    return ok(name, queue, "nothing waits, nothing is in quarantine")


def _outbox(found: health.Backlog) -> Finding:
    name, queue = "database.outbox", "outbox"
    if found.held:
        step = "mend what it tells: helpdesk queue outbox list --state held; then: release"
        return error(name, queue, f"{found.held} mails are held by a fault of ours", step)
    if found.failed:
        step = "look at them: helpdesk queue outbox list --state failed"
        return warning(name, queue, f"{found.failed} mails could not be delivered", step)
    return ok(name, queue, "nothing is held or failed")


def _log_size(file: Path) -> Finding:
    path = file.with_name(f"{file.name}-wal")
    size = path.stat().st_size if path.exists() else 0
    words = f"{size / 2**20:.0f} MiB not yet in the file"
    if size > LARGE_WAL:
        step = "end what reads for long (a backup, a shell), then restart the daemon"
        return warning("database.wal", str(path), words, step)
    return ok("database.wal", str(path), words)


async def _promises(examination: Examination, engine: AsyncEngine) -> Finding:
    file, seconds = examination.settings.store.file, examination.limits.database
    name, step = "database.promises", "run: helpdesk check"
    if file is None:
        found = await health.promises(engine, seconds)
    else:
        found = await in_thread(partial(health.promises_of_file, file, seconds))
    place = subject(examination.settings)
    if found.broken:
        return error(name, place, f"not kept: {found.broken}", step)
    if not found.is_complete:
        return skipped(name, place, f"not checked fully within {seconds:g} s", step)
    return ok(name, place, "every promise is kept")
