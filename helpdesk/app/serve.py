"""Runs the roles of a gateway as tasks of one process until it is told to stop.

Failures: a role that fails is started again after a pause; one that fails again and again ends the
process with an error, so that whoever supervises it sees it.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import structlog

from helpdesk.app.build import Gateway, build
from helpdesk.app.logs import configure
from helpdesk.app.prepare import SetupError, prepare, restrict_process
from helpdesk.config import Settings
from helpdesk.config.settings import TransportKind

GRACE = 5.0
"""Seconds within which the roles end what they have begun."""
LAST_RESORT = 8.0
"""Seconds after which a process that was told to end is gone in any case."""
MOST_FAILURES = 5
STEADY_AFTER = 60.0
"""Seconds after which a role that ran without failing is as good as new."""
FIRST_PAUSE = 0.5
SWITCH_INTERVAL = 0.0005
"""Seconds that a thread waits for the interpreter; the one that commits mail needs little of it."""

log = structlog.get_logger("serve")

RoleRun = Callable[[asyncio.Event], Awaitable[None]]


class GaveUp(Exception):  # noqa: N818 -- it names what happened, as in the docs
    """A role failed too often."""


def serve(settings: Settings, roles: Collection[str]) -> None:
    """Run the roles until SIGTERM or SIGINT."""
    restrict_process()
    configure(settings.logging)
    sys.setswitchinterval(SWITCH_INTERVAL)
    with ExitStack() as locks:
        for role in sorted(roles):
            locks.enter_context(claim_role(settings, role))
        asyncio.run(_serve(settings, roles))


def claim_role(settings: Settings, role: str) -> ExitStack:
    """Hold a lock beside the database, so that no second process has the same role."""
    stack = ExitStack()
    database = settings.store.file
    if database is None:
        return stack
    path = database.with_name(f"{database.name}.{role}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror} (check the folder's permissions)") from None
    stack.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
        stack.close()
        raise SetupError(
            f"another daemon{f' (process {owner})' if owner else ''} runs {role} on {database} "
            "(stop it first, or run only roles that it does not have: --only ROLE)"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return stack


def end_soon(stop: asyncio.Event) -> None:
    """Ask the roles to stop; if they cannot, for somebody holds the database, end without them.

    Everything that was accepted is committed, so nothing is lost by it.
    """
    stop.set()
    last_resort = threading.Timer(LAST_RESORT, os._exit, [os.EX_TEMPFAIL])
    last_resort.daemon = True
    last_resort.start()


async def _serve(settings: Settings, roles: Collection[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end_soon, stop)
    await prepare(settings)
    gateway = build(settings)
    try:
        await run_gateway(gateway, roles, stop, on_start=lambda: _greet(gateway, roles))
    finally:
        await gateway.close()


async def run_gateway(
    gateway: Gateway,
    roles: Collection[str],
    stop: asyncio.Event,
    *,
    on_start: Callable[[], None] = lambda: None,
) -> None:
    """Run the roles until `stop`; raises what ended one of them before that."""
    runs = {role: run for role, run in gateway.roles().items() if role in roles}
    tasks = [
        asyncio.create_task(keep_running(role, run, stop), name=role) for role, run in runs.items()
    ]
    stopping = asyncio.create_task(stop.wait())
    try:
        started = asyncio.create_task(gateway.started(roles))
        await asyncio.wait({*tasks, started, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if started.done() and not stop.is_set():
            on_start()
        started.cancel()
        await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        log.info("stopping")
        await asyncio.wait(tasks, timeout=GRACE)
    finally:
        for task in (*tasks, stopping):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, GaveUp | SetupError):
            raise result
    log.info("stopped")


async def keep_running(
    role: str, run: RoleRun, stop: asyncio.Event, *, first_pause: float = FIRST_PAUSE
) -> None:
    """Start a role again whenever it fails, after longer and longer pauses."""
    loop = asyncio.get_running_loop()
    failures = 0
    while not stop.is_set():
        began = loop.time()
        try:
            await run(stop)
        except SetupError:
            raise
        except Exception as error:
            if loop.time() - began > STEADY_AFTER:
                failures = 0
            failures += 1
            log.exception("role failed", role=role, failures=failures)
            if failures >= MOST_FAILURES:
                raise GaveUp(
                    f"{role} failed {failures} times in a row, last with {type(error).__name__} "
                    "(see the log)"
                ) from error
            pause = first_pause * 2 ** (failures - 1)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


def _greet(gateway: Gateway, roles: Collection[str]) -> None:
    """Say in the log what is there, and on a terminal how to try it."""
    doors = [
        (each.protocol.value, each.host, listener.port)
        for each, listener in gateway.listeners
        if "intake" in roles
    ]
    places = [f"{protocol} {host}:{port}" for protocol, host, port in doors]
    log.info("started", roles=sorted(roles), listening=places)
    if sys.stdout.isatty():
        sys.stdout.write(greeting(gateway.settings, doors))
        sys.stdout.flush()


def greeting(settings: Settings, doors: Sequence[tuple[str, str, int]]) -> str:
    desk = settings.desks[0].address
    outgoing = settings.outgoing
    is_maildir = outgoing.transport is TransportKind.MAILDIR
    out = f"the Maildir {_near(outgoing.maildir)}" if is_maildir else f"{settings.relay.host}"
    lines = [
        "",
        "The helpdesk is running. Ctrl-C ends it.",
        "",
        *(f"  Mail comes in  {protocol} {host}:{port}" for protocol, host, port in doors),
        f"  It is for      {', '.join(each.address for each in settings.desks)}",
        f"  Mail goes out  {out}",
    ]
    port = next((port for protocol, _, port in doors if protocol == "smtp"), None)
    if port is not None:
        lines += [
            "",
            "Send a first mail from another terminal:",
            "",
            f"  {_first_mail(desk, port)}",
        ]
    config = _near(settings.path)
    command = "helpdesk" if shutil.which("helpdesk") else _near(Path(sys.argv[0]).absolute())
    lines += ["", "Then look at what came of it:", ""]
    if is_maildir:
        lines.append(f"  cat {_near(outgoing.maildir)}/new/*")
    lines += [f"  {command} tickets list -c {config}", "", ""]
    return "\n".join(lines)


def _first_mail(desk: str, port: int) -> str:
    domain = desk.partition("@")[2]
    author = f"customer@{domain}"
    content = f"From: {author}\\nTo: {desk}\\nSubject: Hello\\n\\nIt does not start."
    return (
        f"python3 -c \"import smtplib; smtplib.SMTP('127.0.0.1', {port})"
        f".sendmail('{author}', '{desk}', '{content}')\""
    )


def _near(path: Path) -> Path:
    """The path as seen from here, when that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
