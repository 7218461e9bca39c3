"""Who runs a role on a PostgreSQL: one process at a time, whichever machine it is on.

Beside an SQLite file a lock file says so (`helpdesk/app/serve.py`).

Failures: StoreError if another process has the role; StoreAway if the server is away, or does not
know yet that this process is no more. A lock that is lost with its connection is taken again as
soon as the server is there; only if another process was faster is the role over.
"""

import asyncio
import os
import socket
import zlib
from contextlib import suppress
from pathlib import Path

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.ports import Unavailable
from helpdesk.store.engine import StoreAway, StoreError, reading
from helpdesk.store.postgresql import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SPACE,
    connect_alone,
    explained,
    until_lost,
)

log = structlog.get_logger("store")

_TAKE = "SELECT pg_try_advisory_lock($1, $2)"
_HOLDER = (
    "SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted"
    " AND classid::bigint = $1 AND objid::bigint = $2 AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND classid::bigint = :space AND objid::bigint = :key AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
LONGEST_NAME = 63
"""Of an application, in PostgreSQL."""


def key_of(role: str) -> tuple[int, int]:
    return SPACE, zlib.crc32(role.encode()) & 0x7FFFFFFF


async def hold_role(engine: AsyncEngine, role: str) -> "RoleLock":
    """The right to run a role on this database, until it is released or lost."""
    lock = RoleLock(engine, role)
    try:
        await lock.take()
    except Unavailable as error:
        raise explained(engine, error) from None
    lock.keep()
    return lock


async def is_held(engine: AsyncEngine, role: str) -> bool:
    """Whether some process has the role now."""
    space, key = key_of(role)
    async with reading(engine) as connection:
        found = await connection.execute(_HELD, {"space": space, "key": key})
        return bool(found.scalar_one())


def name_of(role: str, process: int) -> str:
    """What the server shows of a process of this machine."""
    return f"{role} {process} {_boot()} on {socket.gethostname()}"[:LONGEST_NAME]


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii")[:8]
    except OSError:
        return "-"


def _has_ended(role: str, process: str, name: str) -> bool:
    """Whether a holder was a process of this machine that is no more."""
    if not process.isdecimal():
        return False
    ours = name_of(role, int(process))
    if name.partition(" on ")[2] != ours.partition(" on ")[2]:
        return False
    # Before the machine was started again all processes were others.
    if name != ours:
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class RoleLock:
    def __init__(self, engine: AsyncEngine, role: str) -> None:
        self._engine = engine
        self._role = role
        self._name = name_of(role, os.getpid())
        self._connection: asyncpg.Connection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._refusal: asyncio.Future[StoreError] = asyncio.get_running_loop().create_future()

    async def lost(self) -> StoreError:
        """Returns when another process has taken the role: this one must end it."""
        return await asyncio.shield(self._refusal)

    async def release(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._connection is not None:
            with suppress(*_ERRORS):
                await self._connection.close(timeout=2)

    def keep(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name=f"lock of {self._role}")

    async def take(self) -> None:
        connection = await connect_alone(self._engine, self._name)
        key = key_of(self._role)
        try:
            if not await connection.fetchval(_TAKE, *key):
                await self._refused(connection, await connection.fetchrow(_HOLDER, *key))
        except _ERRORS as error:
            connection.terminate()
            raise Unavailable(f"the database cannot be used: {error}") from error
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def _refused(self, connection: asyncpg.Connection, holder: asyncpg.Record | None) -> None:
        if holder is None:
            raise Unavailable("whoever had the role has just ended")
        if self._keeper is not None and holder["name"] == self._name:
            # Our own connection, of which the server has not yet heard that it is gone.
            await connection.execute("SELECT pg_terminate_backend($1)", holder["pid"])
            raise Unavailable("our earlier connection has just ended")
        name = str(holder["name"])
        process = name.split(" ")[1] if " on " in name else name
        database = self._engine.url.database
        if _has_ended(self._role, process, name):
            raise StoreAway(
                f"process {process} of this machine ran {self._role} on {database} and has ended",
                "the server will notice within about a minute",
            )
        machine = name.partition(" on ")[2]
        raise StoreError(
            f"another daemon (process {process}{f' on {machine}' if machine else ''}) runs"
            f" {self._role} on {database}",
            "stop it first, or run only roles that it does not have: --only ROLE",
        )

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            if self._connection is not None:
                with suppress(*_ERRORS):
                    await until_lost(self._connection)
                self._connection.terminate()
                self._connection = None
                log.warning("role lock lost", role=self._role)
            try:
                await self.take()
            except (Unavailable, StoreAway):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except StoreError as refusal:
                log.error("role taken by another process", role=self._role)  # noqa: TRY400 -- it says all
                self._refusal.set_result(refusal)
                return
            else:
                log.info("role lock taken again", role=self._role)
                pause = FIRST_PAUSE
