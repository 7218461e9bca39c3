"""The database: does it keep what it commits, is it whole, and what waits or is stuck in it."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.doctor.examination import Examination, in_thread
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.config import Settings
from helpdesk.ports import Unavailable
from helpdesk.store import health
from helpdesk.store.engine import StoreError, open_engine, verify_settings
from helpdesk.store.schema import require_current

LARGE_WAL = 2**30
LATE = timedelta(minutes=5)


async def opened(settings: Settings, seconds: float) -> tuple[AsyncEngine | None, Finding]:
    """The database if it can be used as it is; and what is to be said of it."""
    file, name = settings.store.file, subject(settings)
    if file is not None and not file.exists():
        step = f"make it with: helpdesk init -c {settings.path}"
        return None, error("database.settings", name, "there is no database", step)
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
        problem = getattr(failure, "problem", str(failure).splitlines()[0][:200])
        step = getattr(failure, "next_step", "look at what else uses it, and at its disk")
        return None, error("database.settings", name, problem, step)
    return engine, ok("database.settings", name, "keeps what it commits; its schema is ours")


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
