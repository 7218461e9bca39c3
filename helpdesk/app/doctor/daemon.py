"""Whether a daemon runs, and its listeners and /healthz answer."""

import asyncio
import fcntl
import os

from sqlalchemy.exc import SQLAlchemyError

from helpdesk.app.doctor.examination import AS_DAEMON, Examination
from helpdesk.app.doctor.finding import Finding, Level, Say, error, ok, skipped
from helpdesk.app.doctor.wire import (
    Line,
    Trouble,
    connected,
    connected_unix,
    reachable,
    said,
    unverifying_context,
)
from helpdesk.app.roles import ROLES
from helpdesk.config import Settings
from helpdesk.config.settings import ListenerSettings
from helpdesk.ports import Unavailable

READY = "220 "
HEALTHY = "200"


async def check(examination: Examination, say: Say) -> None:
    settings = examination.settings
    running = await _running(examination)
    say(running)
    if running.level is Level.ERROR:
        return  # who could answer?
    await asyncio.gather(
        *(_listener(examination, each, say) for each in settings.listeners),
        _health(examination, say),
    )


async def has_role(examination: Examination, role: str) -> bool | None:
    """Whether a process has this role; None: it cannot be known from here."""
    if examination.settings.store.file is not None:
        return held(examination.settings, role)
    if examination.engine is None:
        return None
    from helpdesk.store.locks import is_held  # it loads the driver of the server

    try:
        return await is_held(examination.engine, role)
    except (Unavailable, SQLAlchemyError):
        return None


def held(settings: Settings, role: str) -> bool | None:
    """As `has_role`, beside a file."""
    database = settings.store.file
    if database is None:
        return None
    path = database.with_name(f"{database.name}.{role}.lock")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        # Shared, and for a moment only: a daemon that starts right now hardly meets it.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_needed(settings: Settings, role: str) -> bool:
    """Whether there is something to do for it."""
    wanted = {
        "intake": settings.listeners,
        "fetch": settings.mailboxes,
        "lookup": settings.licenses.providers,
    }
    return bool(wanted.get(role, True))


async def _running(examination: Examination) -> Finding:
    settings = examination.settings
    name, place = "daemon.running", str(settings.store.file or "database")
    needed = [role for role in ROLES if _is_needed(settings, role)]
    states = {role: await has_role(examination, role) for role in needed}
    if any(state is None for state in states.values()):
        why = "not checked: its locks cannot be looked at from here"
        step = AS_DAEMON if settings.store.file else "mend the database"
        return skipped(name, place, why, step)
    missing = [role for role, state in states.items() if not state]
    if len(missing) == len(states):
        return error(name, place, "no daemon runs on it", f"helpdesk run -c {settings.path}")
    if missing:
        step = "; ".join(f"helpdesk run --only {role} -c {settings.path}" for role in missing)
        return error(name, place, f"nobody does: {', '.join(missing)}", step)
    return ok(name, place, f"somebody does: {', '.join(states)}")


# --- listeners ----------------------------------------------------------------------------------


async def _listener(examination: Examination, listener: ListenerSettings, say: Say) -> None:
    place = f"{listener.name} ({listener.socket or f'{listener.host}:{listener.port}'})"
    if listener.socket is None and listener.port == 0:
        say(skipped("daemon.listener", place, "not checked: any port will do for it"))
        return
    try:
        greeting = await _greeting(examination, listener)
    except Trouble as trouble:
        step = "start the daemon, or look into its log"
        say(error("daemon.listener", place, trouble.problem, step))
        return
    if greeting.startswith(READY):
        say(ok("daemon.listener", place, "answers"))
    else:
        step = "look into the daemon's log; something else may have this port"
        say(error("daemon.listener", place, f"says {said(greeting)}", step))


async def _greeting(examination: Examination, listener: ListenerSettings) -> str:
    seconds = examination.limits.connect
    if listener.socket is not None:
        async with connected_unix(listener.socket, seconds) as line:
            return await _polite(line)
    # Whether its certificate is right is another check.
    context = unverifying_context() if listener.implicit_tls else None
    async with connected(reachable(listener.host), listener.port, seconds, context) as line:
        return await _polite(line)


async def _polite(line: Line) -> str:
    greeting = await line.read()
    await line.part("QUIT")
    return greeting


# --- /healthz -----------------------------------------------------------------------------------


async def _health(examination: Examination, say: Say) -> None:
    metrics = examination.settings.metrics
    if not metrics.port:
        return
    place = f"{metrics.host}:{metrics.port}"
    try:
        seconds = examination.limits.connect
        async with connected(reachable(metrics.host), metrics.port, seconds) as line:
            await line.write(f"GET /healthz HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n")
            status = await line.read()
    except Trouble as trouble:
        step = "start the daemon, or look into its log"
        say(error("daemon.health", place, trouble.problem, step))
        return
    if status.partition(" ")[2].startswith(HEALTHY):
        say(ok("daemon.health", place, "/healthz is well"))
    else:
        step = f"see what it says: curl http://{place}/healthz"
        say(error("daemon.health", place, f"/healthz says {said(status)}", step))
