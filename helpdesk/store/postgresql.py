"""PostgreSQL behind `helpdesk.store.engine`: the same steps over asyncpg, and what only it has.

Failures: Unavailable when the server is away, full or busy; StoreError for what an operator mends.
"""

import asyncio
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import asyncpg
import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from helpdesk.ports import Unavailable
from helpdesk.store.engine import CHANNEL, NAME, WRITES, StoreAway, StoreError, WriteTurn

log = structlog.get_logger("store")

OLDEST = 13
SPACE = 0x68656C70
"""Of our advisory locks; others in the same database have other numbers."""
WRITER = 0
"""The lock of the only writer; those of the roles have other numbers."""
CONNECT_TIMEOUT = 10
COMMAND_TIMEOUT = 150
"""Seconds after which a server that does not even refuse is given up."""
LOOK_AFTER = 60.0
"""Seconds after which a connection that is only listened to is asked whether it is alive."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 15.0
_SETTINGS = {
    "application_name": "helpdesk",
    "timezone": "UTC",
    "jit": "off",  # our statements are short; to compile them takes longer than to run them
    "lock_timeout": "30s",
    "statement_timeout": "120s",
    # What a dead machine had locked must not stay locked for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_PATIENT = {"statement_timeout": "0", "lock_timeout": "600s"}
_TAKE_PLACE = text(
    f"SELECT pg_advisory_xact_lock({SPACE}, {WRITER}),"
    " set_config('idle_in_transaction_session_timeout', '60s', true)"
)
_FOUND = text(
    "SELECT current_setting('server_version_num')::int / 10000 AS version,"
    " current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,"
    " current_setting('synchronous_commit') AS synchronous_commit,"
    " pg_is_in_recovery() AS is_standby"
)
# Connection lost, resources, intervention of an operator, system errors; a standby; conflicts.
_AWAY = ("08", "53", "57", "58", "25006", "25P03", "40001", "40P01", "55P03")
_VALUES = re.compile(r"(invalid input for query argument \$\d+).*", re.DOTALL)

T = TypeVar("T")
Listener = Callable[[], None]


def new_engine(url: str, *, patient: bool) -> AsyncEngine:
    settings = _SETTINGS | (_PATIENT if patient else {})

    async def connect() -> asyncpg.Connection:
        return await _connect(
            url, settings=settings, command_timeout=None if patient else COMMAND_TIMEOUT
        )

    engine = create_async_engine(
        _with_driver(url),
        async_creator=connect,
        pool_size=5,
        max_overflow=5,
        pool_use_lifo=True,
        hide_parameters=True,  # errors are logged and stored; the words of mails are not
        execution_options={NAME: secrets.token_hex(8)},
    )
    event.listen(engine.sync_engine, "checkout", _is_alive)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "handle_error", _discreet, retval=True)
    return engine


def _with_driver(url: str) -> str:
    return "postgresql+asyncpg://" + url.partition("://")[2]


async def _connect(
    url: str, *, settings: Mapping[str, str], command_timeout: float | None = None
) -> asyncpg.Connection:
    # asyncpg reads the URL itself, so that all parameters and variables of libpq work in it.
    try:
        return await asyncpg.connect(
            "postgresql://" + url.partition("://")[2],
            timeout=CONNECT_TIMEOUT,
            command_timeout=command_timeout,
            server_settings=dict(settings),
        )
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"the database cannot be reached: {_words(error)}") from error


async def connect_alone(engine: AsyncEngine, name: str) -> asyncpg.Connection:
    """A connection beside the pool, to listen on or to hold locks; others see its name."""
    url = engine.url.render_as_string(hide_password=False)
    return await _connect(
        url,
        settings=_SETTINGS | {"application_name": name[:63]},
        command_timeout=COMMAND_TIMEOUT,
    )


def _is_alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """A server that was restarted meanwhile is asked for a new connection."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        connection.execute(_TAKE_PLACE)


def _discreet(context: ExceptionContext) -> BaseException | None:
    """PostgreSQL quotes values in its errors, and they may be words of mails."""
    error: Any = context.original_exception
    if isinstance(error, TimeoutError):
        return Unavailable("the database cannot be used: it does not answer")
    cause = error.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        cause.detail = None
    for each in (error, cause):
        if isinstance(each, Exception) and each.args:
            each.args = (_words(each), *each.args[1:])
    return None


def _words(error: BaseException) -> str:
    """What happened, in one line and without values."""
    return _VALUES.sub(r"\1", str(error).partition("\n")[0]).strip() or type(error).__name__


@contextmanager
def translated() -> Iterator[None]:
    """A database that is away, full or busy is nobody's mail's fault."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(f"the database cannot be used: {error}") from error
    except DBAPIError as error:
        if _is_away(error):
            raise Unavailable(f"the database cannot be used: {_words(error.orig or error)}") from (
                error
            )
        raise


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    # Somebody migrated it meanwhile: what was prepared is forgotten, and it can be asked again.
    is_stale = type(error.orig).__name__ == "InvalidCachedStatementError"
    is_closed = "connection is closed" in str(error.orig)
    return error.connection_invalidated or is_stale or is_closed or state.startswith(_AWAY)


class Postgresql:
    """Connections over asyncpg; its steps run in the loop, and wait for the server only."""

    has_own_thread = False

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine: Engine = engine.sync_engine
        self._beside = engine
        self._readers = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._writers = engine.execution_options(**{WRITES: True})
        # Those of one process wait in line here, and do not take all connections to wait with.
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        with translated():
            async with self._readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write_connection(self) -> AsyncIterator[AsyncConnection]:
        with translated():
            async with self._turn, self._writers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write_turn(self) -> AsyncIterator[WriteTurn]:
        async with self.write_connection() as connection:
            yield _Turn(connection)

    async def write_at_once(self, change: Callable[[Connection], T], *, beside: bool) -> T:
        def work(connection: Connection) -> T:
            result = change(connection)
            connection.commit()
            return result

        if not beside:
            async with self.write_connection() as connection:
                return await connection.run_sync(work)
        with translated():
            async with self._beside.connect() as connection:
                return await connection.run_sync(work)

    async def read_at_once(self, question: Callable[[Connection], T]) -> T:
        async with self.reading() as connection:
            return await connection.run_sync(question)


class _Turn:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def run(self, step: Callable[[Connection], T]) -> T:
        with translated():
            return await self._connection.run_sync(step)


async def verify(connection: AsyncConnection) -> None:
    found = (await connection.execute(_FOUND)).mappings().one()
    for refusal in refusals(dict(found)):
        raise refusal


def refusals(found: Mapping[str, Any]) -> Iterator[StoreError]:
    """Why a server with these settings cannot be used."""
    if found["version"] < OLDEST:
        yield StoreError(
            f"PostgreSQL {found['version']} is too old", f"use PostgreSQL {OLDEST} or newer"
        )
    if found["is_standby"]:
        yield StoreError(
            "the database server is a standby, which cannot be written",
            "name the primary server in the database URL",
        )
    if found["encoding"] != "UTF8":
        yield StoreError(
            f"the database has the encoding {found['encoding']}, in which not all mail can be kept",
            "make it with: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
    if found["fsync"] != "on":
        yield StoreError(
            "the database server does not sync to disk (fsync is off)",
            "set fsync = on in postgresql.conf",
        )
    if found["synchronous_commit"] == "off":
        yield StoreError(
            "the database does not sync at commit (synchronous_commit is off)",
            "set synchronous_commit = on for the server, this database and its role",
        )


_NEXT_STEPS = {
    "28P01": "correct user and password in the database URL",
    "28000": "correct the user in the database URL, or let it in by pg_hba.conf",
    "3D000": "make the database: CREATE DATABASE helpdesk OWNER helpdesk ENCODING 'UTF8'",
    "42501": "make our role the owner of the database",
    "53300": "raise max_connections of the server, or stop other programs that use it",
    "57P03": "wait until the server is ready",
}


def explained(engine: AsyncEngine, error: BaseException) -> StoreError:
    """One line about a database that cannot be used, and the next step."""
    link: BaseException | None = error
    state = ""
    while link is not None and not state:
        error, state = link, getattr(link, "sqlstate", None) or ""
        link = link.__cause__ or link.__context__
    url = engine.url
    place = f"{url.database} on {url.host or url.query.get('host') or 'this machine'}"
    kind = StoreAway if _passes(error, state) else StoreError
    return kind(
        f"the database {place} cannot be used ({_words(error)})",
        _NEXT_STEPS.get(state, "start the server, or correct the database URL in the settings"),
    )


def _passes(error: BaseException, state: str) -> bool:
    """A server that is away may come; settings and passwords do not mend themselves."""
    if state:
        return state.startswith(_AWAY)
    return isinstance(error, OSError | Unavailable) and not isinstance(error, ssl.SSLError)


# --- connections that are only listened to ------------------------------------------------------


@asynccontextmanager
async def listening(engine: AsyncEngine, on_change: Listener) -> AsyncIterator[None]:
    """Call somebody when another process told of its writing, as long as the block runs."""
    first = asyncio.Event()
    task = asyncio.create_task(_listen(engine, on_change, first), name="listen")
    try:
        await first.wait()
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(engine: AsyncEngine, on_change: Listener, first: asyncio.Event) -> None:
    ours = engine.sync_engine.get_execution_options()[NAME]
    pause = FIRST_PAUSE

    def heard(_connection: object, _pid: int, _channel: str, name: object) -> None:
        if name != ours:
            on_change()

    while True:
        try:
            connection = await connect_alone(engine, "listens")
            try:
                await connection.add_listener(CHANNEL, heard)
                if first.is_set():
                    on_change()  # whatever was told while nobody listened
                first.set()
                pause = FIRST_PAUSE
                await until_lost(connection)
            finally:
                connection.terminate()
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("other processes are not heard", reason=_words(error))
        first.set()
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def until_lost(connection: asyncpg.Connection) -> None:
    """A dead network says nothing, so we ask from time to time."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _connection: lost.set())
    while not (lost.is_set() or connection.is_closed()):
        try:
            await asyncio.wait_for(lost.wait(), LOOK_AFTER)
        except TimeoutError:
            await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT)
