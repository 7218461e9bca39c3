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
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from helpdesk.app.build import build, faults
from helpdesk.app.gateway import Gateway
from helpdesk.app.logs import configure
from helpdesk.app.metrics import Roles
from helpdesk.app.metrics_server import Pages
from helpdesk.app.prepare import NotYet, SetupError, lost_keys, prepare, restrict_process
from helpdesk.app.sockets import Sockets
from helpdesk.app.supervisor import Supervisor
from helpdesk.config import ConfigurationError, Settings, load
from helpdesk.config.settings import TransportKind
from helpdesk.ports import Unavailable
from helpdesk.store.engine import StoreAway, StoreError, open_engine

GRACE = 3.0
"""Seconds within which the roles end what they have begun."""
LAST_RESORT = 4.5
"""Seconds after which a process that was told to end is gone in any case."""
MOST_FAILURES = 5
STEADY_AFTER = 60.0
"""Seconds after which a role that ran without failing is as good as new."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
PAUSE_AT_START = 2.0
"""Seconds between two looks for a database that is not there yet."""
SWITCH_INTERVAL = 0.0005
"""Seconds that a thread waits for the interpreter; the one that commits mail needs little of it."""

log = structlog.get_logger("serve")

RoleRun = Callable[[asyncio.Event], Awaitable[None]]


class GaveUp(Exception):  # noqa: N818 -- it names what happened, as in the docs
    """A role failed too often, or another process has taken it."""


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
        step = "it and its folder must belong to the user of the daemon"
        raise SetupError(f"{path}: {error.strerror} ({step})") from None
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
    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end_soon, stop)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    supervisor = Supervisor.of(os.environ)
    feeding = asyncio.create_task(supervisor.keep_telling())
    sockets = Sockets(os.environ)
    reason = ""
    try:
        while not stop.is_set():
            try:
                async with shared_roles(settings, roles, stop):
                    await _prepare(settings, supervisor)
                    await Daemon(roles, sockets, supervisor).run(settings, stop, reload)
                break
            except NotYet as error:
                if str(error) != reason:
                    reason = str(error)
                    log.warning("waiting for the database", reason=reason)
                supervisor.waiting(reason)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_AT_START)
    finally:
        supervisor.stopping()
        feeding.cancel()
        sockets.close()


async def _prepare(settings: Settings, supervisor: Supervisor) -> None:
    """To copy and migrate a large database may take longer than a start usually may."""
    asking = asyncio.create_task(supervisor.keep_asking("preparing the database"))
    try:
        await prepare(settings)
    finally:
        asking.cancel()


@asynccontextmanager
async def shared_roles(
    settings: Settings, roles: Collection[str], stop: asyncio.Event
) -> AsyncIterator[None]:
    """Hold the roles on a database server, as `claim_role` does beside a file.

    Raises GaveUp at the end of the block if another process has taken one of them meanwhile.
    """
    if settings.store.file is not None:
        yield
        return
    from helpdesk.store.locks import RoleLock, hold_role  # it loads the driver of the server

    def end(loss: asyncio.Task[StoreError]) -> None:
        if not loss.cancelled():
            end_soon(stop)

    held: list[RoleLock] = []
    losses: list[asyncio.Task[StoreError]] = []
    engine = open_engine(settings.store.database)
    try:
        for role in sorted(roles):
            held.append(await hold_role(engine, role))  # noqa: PERF401 -- if one fails, the others are released
        for lock in held:
            losses.append(loss := asyncio.create_task(lock.lost()))
            loss.add_done_callback(end)
        yield
        for loss in losses:
            if loss.done():
                raise GaveUp(str(loss.result()))
    except StoreError as error:
        kind = NotYet if isinstance(error, StoreAway) else SetupError
        raise kind(f"{error.problem} ({error.next_step})") from None
    finally:
        for loss in losses:
            loss.cancel()
        await asyncio.gather(*(lock.release() for lock in held))
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class Daemon:
    """One gateway after the other: a reload builds the next one before it ends the last."""

    roles: Collection[str]
    sockets: Sockets
    supervisor: Supervisor
    pages: Pages = field(default_factory=Pages)

    async def run(self, settings: Settings, stop: asyncio.Event, reload: asyncio.Event) -> None:
        """Until `stop`; every `reload` reads the settings anew."""
        gateway: Gateway | None = await self._first(settings)
        is_first = True
        try:
            while gateway is not None:
                gateway = await self._run_one(gateway, stop, reload, is_first=is_first)
                is_first = False
        finally:
            await asyncio.to_thread(self.pages.close)

    async def _first(self, settings: Settings) -> Gateway:
        gateway = build(settings, self.sockets)
        place = settings.metrics
        try:
            self.pages.show(gateway.metrics, place.host, place.port)
        except SetupError:
            await gateway.close()
            raise
        return gateway

    async def _run_one(
        self, gateway: Gateway, stop: asyncio.Event, reload: asyncio.Event, *, is_first: bool
    ) -> Gateway | None:
        """Run it until it has a successor, or to the end."""
        following: Gateway | None = None
        its_stop, started = asyncio.Event(), asyncio.Event()

        def on_start() -> None:
            started.set()
            _greet(gateway, self.roles, is_first=is_first)
            for name in self.sockets.unclaimed(gateway.settings.listeners):
                log.warning("no listener has the name of a socket that systemd passes", name=name)
            self.supervisor.ready(_summary(gateway, self.roles))

        running = asyncio.create_task(
            run_gateway(gateway, self.roles, its_stop, on_start=on_start), name="gateway"
        )
        try:
            # A reload before would say that we are ready when nobody listens yet.
            await _any_of([running], stop, started)
            while following is None and not (running.done() or stop.is_set()):
                await _any_of([running], stop, reload)
                if reload.is_set() and not (running.done() or stop.is_set()):
                    reload.clear()
                    following = await self._reload(gateway, running, stop)
            if stop.is_set():
                self.supervisor.stopping()
            its_stop.set()
            await running
            if following is not None:
                following.take_over(gateway)
        except BaseException:
            if following is not None:
                await following.close()
            raise
        finally:
            running.cancel()
            await gateway.close()
        self.sockets.keep_only((following or gateway).settings.listeners)
        return following

    async def _reload(
        self, gateway: Gateway, running: asyncio.Task[None], stop: asyncio.Event
    ) -> Gateway | None:
        """As `_following`; the end, which may come meanwhile, does not wait for it."""
        reading = asyncio.create_task(self._following(gateway), name="reload")
        try:
            await _any_of((running, reading), stop)
        finally:
            reading.cancel()
        return reading.result() if reading.done() else None

    async def _following(self, gateway: Gateway) -> Gateway | None:
        """The gateway of the settings as they are now; None, and the old one stays, if they are
        wrong.
        """
        self.supervisor.reloading()
        old = gateway.settings
        try:
            new = _load_again(old)
            self.sockets.listen_ahead(new.listeners if "intake" in self.roles else ())
            following = await self._build_next(new, gateway)
        except (ConfigurationError, SetupError, Unavailable) as error:
            problems = list(dict.fromkeys(str(error).splitlines()))
        except Exception as error:
            log.exception("settings not read")
            problems = [f"{type(error).__name__} (see the log)"]
        else:
            configure(new.logging)
            log.info("settings taken")
            return following
        self.sockets.give_up(old.listeners)
        for problem in problems:
            log.error("settings not taken, the old ones stay", problem=problem)
        self.supervisor.ready(f"settings not taken, the old ones stay: {problems[0]}")
        return None

    async def _build_next(self, new: Settings, last: Gateway) -> Gateway:
        """The database hears of the settings last, when nothing else can be wrong with them."""
        following = build(new, self.sockets, last.sources.values())
        place = new.metrics
        try:
            with self.pages.showing(following.metrics, place.host, place.port):
                await prepare(new)
        except BaseException:
            await following.close()
            raise
        return following


def _load_again(old: Settings) -> Settings:
    new = load(old.path)
    if problems := [*_needs_restart(old, new), *faults(new), *lost_keys(new)]:
        raise ConfigurationError(problems)
    return new


def _needs_restart(old: Settings, new: Settings) -> Iterator[str]:
    for name in type(old.store).model_fields:
        if getattr(old.store, name) != getattr(new.store, name):
            yield f"store.{name}: cannot change while the daemon runs (restart it)"


async def _any_of(running: Iterable[asyncio.Task[Any]], *events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait([*running, *waits], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def run_gateway(
    gateway: Gateway,
    roles: Collection[str],
    stop: asyncio.Event,
    *,
    on_start: Callable[[], None] = lambda: None,
) -> None:
    """Run the roles until `stop`; raises what ended one of them before that."""
    runs = {role: run for role, run in gateway.roles().items() if role in roles}
    watched = gateway.metrics.watched.roles
    tasks = [
        asyncio.create_task(keep_running(role, run, stop, watched=watched), name=role)
        for role, run in runs.items()
    ]
    beside = [
        asyncio.create_task(gateway.alarms.run(stop), name="alarms"),
        asyncio.create_task(gateway.metrics.run(stop), name="metrics"),
        asyncio.create_task(gateway.token_watch.run(stop, roles), name="tokens"),
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
        for task in (*tasks, *beside, stopping):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*beside, return_exceptions=True)
    for result in results:
        if isinstance(result, GaveUp | SetupError):
            raise result
    log.info("stopped")


async def keep_running(
    role: str,
    run: RoleRun,
    stop: asyncio.Event,
    *,
    first_pause: float = FIRST_PAUSE,
    watched: Roles | None = None,
) -> None:
    """Start a role again whenever it fails, after longer and longer pauses."""
    loop = asyncio.get_running_loop()
    failures = 0
    watched = watched or Roles()
    while not stop.is_set():
        watched.running(role)
        began = loop.time()
        try:
            await run(stop)
        except SetupError:
            raise
        except Exception as error:
            if loop.time() - began > STEADY_AFTER:
                failures = 0
            failures += 1
            watched.failed(role)
            log.exception("role failed", role=role, failures=failures)
            # The store comes back some time, and to end would not bring it back earlier.
            if failures >= MOST_FAILURES and not isinstance(error, Unavailable):
                raise GaveUp(
                    f"{role} failed {failures} times in a row, last with {type(error).__name__} "
                    "(see the log)"
                ) from error
            pause = min(first_pause * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


def _greet(gateway: Gateway, roles: Collection[str], *, is_first: bool) -> None:
    """Say in the log what is there, and on a terminal how to try it."""
    doors = gateway.doors() if "intake" in roles else []
    log.info("started", roles=sorted(roles), listening=[f"{p} {where}" for p, where in doors])
    if is_first and sys.stdout.isatty():
        sys.stdout.write(greeting(gateway.settings, doors))
        sys.stdout.flush()


def _summary(gateway: Gateway, roles: Collection[str]) -> str:
    places = ", ".join(f"{p} {where}" for p, where in gateway.doors()) if "intake" in roles else ""
    return f"{', '.join(sorted(roles))}{f'; listening: {places}' if places else ''}"


def greeting(settings: Settings, doors: Sequence[tuple[str, str]]) -> str:
    desk = settings.desks[0].address
    outgoing = settings.outgoing
    is_maildir = outgoing.transport is TransportKind.MAILDIR
    out = f"the Maildir {_near(outgoing.maildir)}" if is_maildir else f"{settings.relay.host}"
    lines = [
        "",
        "The helpdesk is running. Ctrl-C ends it.",
        "",
        *(f"  Mail comes in  {protocol} {where}" for protocol, where in doors),
        f"  It is for      {', '.join(each.address for each in settings.desks)}",
        f"  Mail goes out  {out}",
    ]
    port = next((w.rpartition(":")[2] for p, w in doors if p == "smtp" and ":" in w), "")
    if port:
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


def _first_mail(desk: str, port: str) -> str:
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
