"""Imports archives into the database of a gateway, or into a copy of it that is thrown away.

Failures: SetupError when there is nothing to import into; Stopped when the store cannot be used any
more. What is committed by then stays, and the next run goes on behind it.
"""

import asyncio
import contextlib
import hashlib
import importlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.build import build_reader
from helpdesk.app.clock import SystemClock
from helpdesk.app.operate import opened
from helpdesk.app.prepare import (
    DRY_RUN,
    SetupError,
    refuse_strangers,
    remove_leftovers,
    sync_people,
)
from helpdesk.app.serve import claim_role
from helpdesk.config import Settings, load_keyring
from helpdesk.core.decide_import import Importing, Outcome, date_of
from helpdesk.core.decision import Verdict
from helpdesk.core.draft import Rules
from helpdesk.flow.importing import Importer, Tally, where
from helpdesk.inbound import archive
from helpdesk.ports import Planned, Unavailable
from helpdesk.store.engine import StoreError, open_engine
from helpdesk.store.plan import ArchivePlan, imported
from helpdesk.store.schema import upgrade
from helpdesk.store.scratch import locked_folder
from helpdesk.store.tickets import SqlTickets

MOST_FAULTS = 100
"""So many are kept with their words; the others are counted."""
MANY = 5
"""From so many mails on somebody with an address of ours looks like an agent."""
MOST_LIKE_AGENTS = 20

IMPORT = "import"

Json = dict[str, Any]


class Stopped(Exception):  # noqa: N818 -- it names what happened, as in the docs
    """The import cannot go on now: one line with the next step."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator wants to be imported, and how."""

    paths: tuple[Path, ...]
    recursive: bool = False
    dry_run: bool = False
    again: bool = False
    outcome: Outcome = Outcome.CLOSED
    desk: str = ""
    notify: bool = False


@dataclass(slots=True)
class Progress:
    """How far it is; `tell` is called whenever something of it changed."""

    tell: Callable[["Progress"], None]
    fault: Callable[[str, str], None]
    stage: str = "reading"
    found: int = 0
    """Mails in the archive, as far as it was read."""
    octets: int = 0
    before: int = 0
    """Of these imported before."""
    total: int = 0
    """To be imported now."""
    done: int = 0
    faults: list[Json] = field(default_factory=list)
    lost: int = 0
    """Files and mails that could not be read."""

    def passed_over(self, what: object, problem: str, *, is_loss: bool = True) -> None:
        self.lost += is_loss
        if len(self.faults) < MOST_FAULTS:
            self.faults.append({"path": str(what), "problem": problem})
            self.fault(str(what), problem)


async def import_mail(
    settings: Settings, wish: Wish, progress: Progress, stop: asyncio.Event
) -> Json:
    """What came of it; `interrupted` is set if `stop` ended it before all was imported."""
    policy = settings.policy()
    if wish.desk and wish.desk not in {desk.name for desk in policy.desks}:
        names = ", ".join(desk.name for desk in policy.desks)
        raise SetupError(f"there is no desk {wish.desk} (desks: {names})")
    rules = Rules(policy, load_keyring(settings.store.keys))
    clock = SystemClock()
    tally = Tally()
    began = asyncio.get_running_loop().time()
    async with AsyncExitStack() as stack:
        stack.enter_context(_stopping(settings, wish, tally))
        refuse_strangers(settings)
        remove_leftovers(settings)
        if not wish.dry_run:
            await stack.enter_async_context(_alone(settings))
        engine, objects = await stack.enter_async_context(_store(settings, wish))
        plan = stack.enter_context(contextlib.closing(ArchivePlan()))
        progress.tell(progress)
        await asyncio.to_thread(_look, wish, plan, progress, stop)
        await _pass_over(engine, plan, wish, progress)
        progress.stage, progress.total = "importing", plan.left()[0]
        progress.tell(progress)
        if wish.dry_run and settings.store.file is None:
            progress.passed_over(
                "dry run",
                "does not look into a database server: mail that it has counts as new here",
                is_loss=False,
            )
        reader = build_reader(settings)
        stack.push_async_callback(reader.close)
        importer = Importer(
            plan=plan,
            read=_read,
            tickets=SqlTickets(engine, objects),
            reader=reader,
            importing=Importing(rules, wish.outcome, wish.desk, wish.notify),
            clock=clock,
            fault=lambda planned, problem: progress.passed_over(where(planned), problem),
            again=wish.again,
            tally=tally,
        )

        def on_batch() -> None:
            progress.done = tally.mails
            progress.tell(progress)

        if not stop.is_set():
            await importer.run(stop, on_batch)
    seconds = asyncio.get_running_loop().time() - began
    return _report(wish, progress, tally, seconds, interrupted=stop.is_set())


@contextlib.contextmanager
def _stopping(settings: Settings, wish: Wish, tally: Tally) -> Iterator[None]:
    """Whatever the machine refuses is one line; what is committed by then stays."""
    try:
        yield
    except Unavailable as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename or settings.store.objects}: {error.strerror or error}"
    except _sqlite_error() as error:
        reason = f"no room for temporary files: {error}, SQLITE_TMPDIR names another folder"
    else:
        return
    goes_on = f": it goes on after the {tally.mails} mails that were imported"
    raise Stopped(
        f"{reason} (mend it, then run the same command again{'' if wish.dry_run else goes_on})"
    )


def _sqlite_error() -> type[Exception]:
    """Of the SQLite that open_engine put in its place."""
    error: type[Exception] = importlib.import_module("sqlite3").Error
    return error


# --- where to ---------------------------------------------------------------------------------


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[None]:
    """One import at a time, on whichever machine."""
    if settings.store.file is None:
        async with _alone_on_server(settings):
            yield
        return
    try:
        lock = claim_role(settings, IMPORT)
    except SetupError as error:
        if isinstance(error.__context__, BlockingIOError):
            raise SetupError(
                f"another import runs on {settings.store.file} (wait until it has ended)"
            ) from None
        raise
    with lock:
        yield


@asynccontextmanager
async def _alone_on_server(settings: Settings) -> AsyncIterator[None]:
    from helpdesk.store.locks import hold_role, is_held  # it loads the driver of the server

    async with AsyncExitStack() as stack:
        try:
            engine = open_engine(settings.store.database)
            stack.push_async_callback(engine.dispose)
            if await is_held(engine, IMPORT):
                raise SetupError("another import runs on this database (wait until it has ended)")
            lock = await hold_role(engine, IMPORT)
        except StoreError as error:
            raise SetupError(f"{error.problem} ({error.next_step})") from None
        stack.push_async_callback(lock.release)
        yield


@asynccontextmanager
async def _store(settings: Settings, wish: Wish) -> AsyncIterator[tuple[AsyncEngine, Path]]:
    """The gateway's own, or for a dry run a copy that is removed at the end."""
    async with AsyncExitStack() as stack:
        real = await stack.enter_async_context(opened(settings))
        engine, objects = real.engine, settings.store.objects
        if wish.dry_run:
            folder = stack.enter_context(_scratch(settings))
            engine = await stack.enter_async_context(_copy(settings, folder))
            objects = folder / "objects"
        try:
            await sync_people(settings, engine)
        except StoreError as error:
            raise SetupError(f"{error.problem} ({error.next_step})") from None
        yield engine, objects


@contextlib.contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A folder beside the database: what is in it is as confidential, and may be as large."""
    beside = settings.store.file.parent if settings.store.file else settings.store.objects
    try:
        with locked_folder(beside / f"{DRY_RUN}{secrets.token_hex(8)}") as folder:
            yield folder
    except OSError as error:
        raise SetupError(f"{beside}: {error.strerror} (a dry run needs room there)") from None


@asynccontextmanager
async def _copy(settings: Settings, folder: Path) -> AsyncIterator[AsyncEngine]:
    target = folder / "copy.db"
    url = f"sqlite+aiosqlite:///{target}"
    try:
        if settings.store.file is not None:
            await asyncio.to_thread(_back_up, settings.store.file, target)
        else:
            await upgrade(url)
        engine = open_engine(url)
    except StoreError as error:
        raise SetupError(f"{error.problem} ({error.next_step})") from None
    except _sqlite_error() as error:
        raise SetupError(
            f"{folder.parent}: {error} (a dry run needs room there for a copy of the database)"
        ) from None
    try:
        yield engine
    finally:
        await engine.dispose()


def _back_up(source: Path, target: Path) -> None:
    """A copy of one moment, whoever writes meanwhile (SQLite's online backup)."""
    dbapi: Any = importlib.import_module("sqlite3")  # the one that open_engine put in its place
    target.touch(mode=0o600)
    with (
        contextlib.closing(dbapi.connect(source)) as one,
        contextlib.closing(dbapi.connect(target)) as other,
    ):
        one.backup(other)


# --- the two passes ---------------------------------------------------------------------------


def _look(wish: Wish, plan: ArchivePlan, progress: Progress, stop: asyncio.Event) -> None:
    """First pass: which mails there are, from when, and which belong together."""
    now = SystemClock().now()
    for source in archive.find(wish.paths, recursive=wish.recursive):
        if isinstance(source, archive.Fault):
            progress.passed_over(source.path, source.problem, is_loss=source.is_loss)
            continue
        for place in archive.places(source):
            if stop.is_set():
                return
            if isinstance(place, archive.Fault):
                progress.passed_over(place.path, place.problem, is_loss=place.is_loss)
                continue
            try:
                raw = archive.read(place)
            except OSError as error:
                progress.passed_over(place.path, (error.strerror or "cannot be read").lower())
                continue
            heading = archive.heading(raw)
            plan.add(
                (place.path, place.kind.value, place.start, place.end),
                hashlib.sha256(raw).hexdigest(),
                date_of(heading.dates, place.noted_at, now),
                heading.message_id,
                heading.named,
            )
            progress.found += 1
            progress.octets += len(raw)
            progress.tell(progress)
    plan.finish()


async def _pass_over(
    engine: AsyncEngine, plan: ArchivePlan, wish: Wish, progress: Progress
) -> None:
    """What an earlier run imported is done, and says where its threads led."""
    if wish.again:
        return
    for portion in plan.origins():
        there = await imported(engine, [origin for _, origin, _ in portion])
        plan.pass_over(number for number, origin, _ in portion if origin in there)
        plan.settle(
            {
                thread: ticket
                for _, origin, thread in portion
                if (ticket := there.get(origin)) is not None
            }
        )
        progress.before += len(there)


def _read(planned: Planned) -> bytes:
    kind = archive.Kind(planned.kind)
    place = archive.Place(planned.path, kind, planned.start, planned.end, planned.date)
    return archive.read(place)


# --- what came of it --------------------------------------------------------------------------


def _report(
    wish: Wish, progress: Progress, tally: Tally, seconds: float, *, interrupted: bool
) -> Json:
    like_agents = [
        {"address": address, "mails": mails}
        for address, mails in tally.authors.most_common(MOST_LIKE_AGENTS)
        if mails >= MANY
    ]
    return {
        "dry_run": wish.dry_run,
        "interrupted": interrupted,
        "found": progress.found,
        "imported_before": progress.before,
        "imported": tally.mails,
        "left": max(0, progress.total - tally.mails) if interrupted else 0,
        "octets": tally.octets,
        "verdicts": {verdict.value: tally.verdicts[verdict.value] for verdict in Verdict},
        "tickets": tally.verdicts[Verdict.OPENED.value],
        "messages": tally.kinds["message"],
        "answers": tally.kinds["answer"],
        "notes": tally.kinds["note"],
        "not_fully_shown": tally.not_shown,
        "notifications": tally.outbox,
        "unreadable": progress.lost,
        "faults": progress.faults,
        "first_at": tally.first_at.isoformat() if tally.first_at else None,
        "last_at": tally.last_at.isoformat() if tally.last_at else None,
        "largest": {"octets": tally.largest, "where": tally.largest_in} if tally.largest else None,
        "like_agents": like_agents,
        "seconds": round(seconds, 1),
    }
