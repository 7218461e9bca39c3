"""Notices what other processes write into the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

INTERVAL = 0.5


@asynccontextmanager
async def watch(
    engine: AsyncEngine, on_change: Callable[[], None], *, interval: float = INTERVAL
) -> AsyncIterator[None]:
    """Call somebody whenever the database changed, as long as the block runs.

    PostgreSQL's processes tell each other; at an SQLite file one has to look.
    """
    if engine.dialect.name == "postgresql":
        from helpdesk.store.postgresql import listening

        async with listening(engine, on_change):
            yield
        return
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        seen = await _version(driver)  # before the block: nothing that it does comes too early
        task = asyncio.create_task(_watch(driver, seen, on_change, interval))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _watch(driver: Any, seen: object, on_change: Callable[[], None], interval: float) -> None:
    while True:
        await asyncio.sleep(interval)
        version = await _version(driver)
        if version != seen:
            on_change()
        seen = version


async def _version(driver: Any) -> object:
    # Outside of any transaction, else it would always be what it was at its beginning.
    cursor = await driver.execute("PRAGMA data_version")
    version = await cursor.fetchone()
    await cursor.close()
    return version
