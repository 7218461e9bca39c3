"""From a database URL to an engine that keeps what it commits, whichever database it is.

Both kinds run the same steps: SQLite (here) in a thread of its own, PostgreSQL (`postgresql.py`)
over asyncpg. Nobody else asks which one it is but for what only one of them has.

Failures: StoreError, one line with the next step, for everything that an operator can mend.
"""

import asyncio
import errno
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import await_only

from helpdesk.ports import Unavailable

SOUND_SQLITE = (3, 51, 3)
"""Before it, two connections that write at the same time can corrupt a database in WAL mode."""
BUSY_TIMEOUT = 30_000
WRITES = "helpdesk_writes"
"""Of a connection that takes the only writer's place when its transaction begins."""
NAME = "helpdesk_name"
"""Of an engine whose database can tell others, who know it by this name."""
CHANNEL = "helpdesk"
_OPTIONS: dict[str, Any] = {
    "connect_args": {"isolation_level": None, "timeout": BUSY_TIMEOUT / 1000},
    "pool_size": 3,
    "max_overflow": 3,
    "pool_use_lifo": True,
    "hide_parameters": True,  # errors are logged and stored; the words of mails are not
}
_ON_CONNECT = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT}",
    "PRAGMA journal_mode = WAL",
    # NORMAL loses acknowledged commits in a power cut: the WAL would not be synced at commit.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -4096",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
    f"PRAGMA journal_size_limit = {64 * 2**20}",
    # What is deleted is gone; only what was moved in between would stay in the file else.
    "PRAGMA secure_delete = ON",
)
_DATABASE = "helpdesk_database"

T = TypeVar("T")


class WriteTurn(Protocol):
    """A transaction in several steps; each is a function that runs as a whole."""

    async def run(self, step: Callable[[Connection], T]) -> T:
        """Only a step that commits makes anything happen; it is the last one."""


class Database(Protocol):
    """What the two kinds of databases do each in its own way; the functions below say what."""

    engine: Engine
    has_own_thread: bool

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def write_connection(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def write_turn(self) -> AbstractAsyncContextManager[WriteTurn]: ...

    async def write_at_once(self, change: Callable[[Connection], T], *, beside: bool) -> T: ...

    async def read_at_once(self, question: Callable[[Connection], T]) -> T: ...


class StoreError(ValueError):
    """Something about the database that the operator has to mend: what is wrong, and what to do."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem}: {next_step}")
        self.problem = problem
        self.next_step = next_step


class StoreAway(StoreError):  # noqa: N818 -- it names what is the matter
    """It may pass by itself, and whoever can wait shall try again."""


_PASSING = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in (
        "ABORT",
        "BUSY",
        "CANTOPEN",
        "FULL",
        "INTERRUPT",
        "IOERR",
        "LOCKED",
        "NOMEM",
        "PROTOCOL",
        "READONLY",
    )
)
"""What the disk or other programs do; a statement that is wrong is none of these."""


@contextmanager
def translated() -> Iterator[None]:
    """A database that is locked, full or away is nobody's mail's fault."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        reason = getattr(error, "orig", None) or error
        code = getattr(reason, "sqlite_errorcode", None)
        # An extended code has the kind of the error in its lowest byte.
        if code is not None and code & 0xFF not in _PASSING:
            raise
        raise Unavailable(f"the database cannot be used: {reason}") from error


def use_sound_sqlite() -> None:
    """Put the SQLite that comes with us in place of one that can corrupt databases."""
    if sqlite3.sqlite_version_info >= SOUND_SQLITE:
        return
    if getattr(sys.modules["sqlite3"], "sqlite_version_info", ()) >= SOUND_SQLITE:
        return
    try:
        import pysqlite3
        import pysqlite3.dbapi2
    except ImportError:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} can corrupt databases",
            "install the package pysqlite3, or SQLite 3.51.3 or newer",
        ) from None
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def database_file(url: str) -> Path:
    """The file of an SQLite database."""
    parsed = make_url(url)
    if parsed.drivername != "sqlite+aiosqlite":
        raise StoreError(
            f"no database of kind {parsed.drivername}", "use sqlite+aiosqlite:///helpdesk.db"
        )
    if not parsed.database or ":memory:" in parsed.database:
        raise StoreError(
            "a database in memory would not keep mail", "name a file in the database URL"
        )
    return Path(parsed.database)


def is_postgresql(url: str) -> bool:
    return url.partition(":")[0].partition("+")[0] in {"postgresql", "postgres"}


def _make(path: Path) -> None:
    """The file, for us only. One that is there is never opened beside SQLite: to close any
    descriptor of a file takes back all locks of this process on it (fcntl(2)), and others would
    remove the WAL under us.
    """
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _remember(engine: AsyncEngine, database: Database) -> None:
    """On the engine itself: each refers to the other, and both shall go together."""
    engine.sync_engine.update_execution_options(**{_DATABASE: database})


def _database_of(engine: AsyncEngine) -> Database:
    database: Database = engine.sync_engine.get_execution_options()[_DATABASE]
    return database


def open_engine(url: str, *, patient: bool = False) -> AsyncEngine:
    """An engine for the database; a file is made if it is missing, readable for us only.

    `patient`: a server may take as long as it does over one statement, as migrations need.
    """
    if is_postgresql(url):
        from helpdesk.store.postgresql import Postgresql, new_engine

        engine = new_engine(url, patient=patient)
        _remember(engine, Postgresql(engine))
        return engine
    path = database_file(url)
    use_sound_sqlite()
    try:
        _make(path)
    except OSError as error:
        raise StoreError(
            f"cannot open the database {path} ({error.strerror})",
            "check that the folder exists and is writable for this user",
        ) from None
    engine = create_async_engine(url, **_OPTIONS)
    sqlite = Sqlite(
        engine, create_engine(make_url(url).set(drivername="sqlite+pysqlite"), **_OPTIONS)
    )
    for each in (engine.sync_engine, sqlite.engine):
        event.listen(each, "connect", _connect)
        event.listen(each, "begin", _begin)
    event.listen(engine.sync_engine, "engine_disposed", lambda _engine: sqlite.close())
    _remember(engine, sqlite)
    return engine


def _connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _ON_CONNECT:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer that begins as a reader would fail when somebody else wrote in between.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees one state of the database, whoever writes meanwhile."""
    async with _database_of(engine).reading() as connection:
        yield connection


@asynccontextmanager
async def write_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """The only writer; without `commit()` nothing it did happens.

    On PostgreSQL of all processes, and only those who write `beside` others are not kept out.
    """
    async with _database_of(engine).write_connection() as connection:
        yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that is committed at the end of the block, durably."""
    async with write_connection(engine) as connection, connection.begin():
        yield connection


@asynccontextmanager
async def write_turn(engine: AsyncEngine) -> AsyncIterator[WriteTurn]:
    """As `write_connection`, for those who count the changes of threads."""
    async with _database_of(engine).write_turn() as turn:
        yield turn


async def write_at_once(
    engine: AsyncEngine, change: Callable[[Connection], T], *, beside: bool = False
) -> T:
    """All of `change` in one thread, and what it asks for in one transaction.

    The transaction begins with its first statement, and is durable when this returns. `beside`:
    it is right whatever others write at the same time, for it locks the rows that it must.
    """
    return await _database_of(engine).write_at_once(change, beside=beside)


async def read_at_once(engine: AsyncEngine, question: Callable[[Connection], T]) -> T:
    """All of `question` in one thread, from one state of the database."""
    return await _database_of(engine).read_at_once(question)


def has_own_thread(engine: AsyncEngine) -> bool:
    """Whether steps run beside the loop; else what takes long in them holds everybody up."""
    return _database_of(engine).has_own_thread


def tell_others(connection: Connection) -> None:
    """At commit, other processes shall look for work; SQLite's look at the file by themselves."""
    if name := connection.get_execution_options().get(NAME):
        connection.execute(select(func.pg_notify(CHANNEL, name)))


def writer_of(engine: AsyncEngine) -> Engine:
    """What `write_turn`, `write_at_once` and `read_at_once` connect with."""
    return _database_of(engine).engine


async def verify_settings(engine: AsyncEngine) -> None:
    """Refuse a database that would lose acknowledged mail in a power cut, or corrupt it."""
    if engine.dialect.name == "postgresql":
        from helpdesk.store.postgresql import translated as its_translated
        from helpdesk.store.postgresql import verify

        with its_translated():
            async with engine.connect() as connection:
                await verify(connection)
        return
    with translated():
        async with engine.connect() as connection:
            await _verify_sqlite(connection)


# --- SQLite -------------------------------------------------------------------------------------


class Sqlite:
    """One writer, whose statements run one after the other in a thread of their own.

    To change threads costs more than a statement: every change waits for the interpreter, which
    is busy elsewhere.
    """

    has_own_thread = True

    def __init__(self, readers: AsyncEngine, engine: Engine) -> None:
        self.engine = engine
        self._readers = readers
        # SQLite lets waiting writers sleep and takes any of them; here they wait in line.
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "writer")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        with translated():
            async with self._readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write_connection(self) -> AsyncIterator[AsyncConnection]:
        with translated():
            async with self._turn, self._readers.connect() as connection:
                yield await connection.execution_options(**{WRITES: True})

    @asynccontextmanager
    async def write_turn(self) -> AsyncIterator[WriteTurn]:
        async with self._turn:
            turn = _SqliteTurn(self)
            try:
                yield turn
            finally:
                await turn.end()

    async def write_at_once(self, change: Callable[[Connection], T], *, beside: bool) -> T:  # noqa: ARG002 -- there is one writer in any case
        def work() -> T:
            with self.connect(writes=True) as connection:
                result = change(connection)
                connection.commit()
                return result

        async with self._turn:
            return await self.run(work)

    async def read_at_once(self, question: Callable[[Connection], T]) -> T:
        def work() -> T:
            with self.connect(writes=False) as connection:
                return question(connection)

        return await self.run(work)

    async def run(self, work: Callable[[], T]) -> T:
        """Whoever is cancelled meanwhile waits until the thread has done with it."""
        done = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            with translated():
                return await asyncio.shield(done)
        except asyncio.CancelledError:
            while not done.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([done])
            if not done.cancelled():
                done.exception()  # nobody is there to hear of it
            raise

    def connect(self, *, writes: bool) -> Connection:
        return self.engine.connect().execution_options(**{WRITES: writes})

    def close(self) -> None:
        """While the engine is disposed of, which is awaited: a statement may wait for a lock."""
        thread, self._thread = self._thread, ThreadPoolExecutor(1, "writer")
        await_only(asyncio.to_thread(thread.shutdown))
        self.engine.dispose()


class _SqliteTurn:
    def __init__(self, sqlite: Sqlite) -> None:
        self._sqlite = sqlite
        self._connection: Connection | None = None

    async def run(self, step: Callable[[Connection], T]) -> T:
        def work() -> T:
            if self._connection is None:
                self._connection = self._sqlite.connect(writes=True)
            result = step(self._connection)
            if not self._connection.in_transaction():
                self._close()
            return result

        return await self._sqlite.run(work)

    async def end(self) -> None:
        if self._connection is not None:
            await self._sqlite.run(self._close)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


async def _verify_sqlite(connection: AsyncConnection) -> None:
    async def setting(pragma: str) -> Any:
        return (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()

    version = (await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one()
    found = {
        "journal_mode": await setting("journal_mode"),
        "synchronous": await setting("synchronous"),
        "foreign_keys": await setting("foreign_keys"),
        "busy_timeout": await setting("busy_timeout"),
    }
    if tuple(int(part) for part in version.split(".")) < SOUND_SQLITE:
        raise StoreError(
            f"SQLite {version} can corrupt databases",
            "import helpdesk.store.engine before anything that imports sqlite3",
        )
    if found["journal_mode"] != "wal":
        raise StoreError(
            f"the database is in journal mode {found['journal_mode']}, not WAL",
            "put it on a local disk that all our processes share",
        )
    if found["synchronous"] < 2:  # noqa: PLR2004 -- SQLite's number for FULL
        raise StoreError(
            "the database does not sync at commit (PRAGMA synchronous)", "set it to FULL"
        )
    if not found["foreign_keys"]:
        raise StoreError("the database does not check foreign keys", "use an SQLite that does")
    if found["busy_timeout"] < BUSY_TIMEOUT:
        raise StoreError(
            f"the database gives up waiting after {found['busy_timeout']} ms",
            f"set busy_timeout to {BUSY_TIMEOUT}",
        )
