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
    """Call somebody whenever the database changed, as long as the block runs."""
    task = asyncio.create_task(_watch(engine, on_change, interval))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _watch(engine: AsyncEngine, on_change: Callable[[], None], interval: float) -> None:
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        seen: object = None
        while True:
            # Outside of any transaction, else it would always be what it was at its beginning.
            cursor = await driver.execute("PRAGMA data_version")
            version = await cursor.fetchone()
            await cursor.close()
            if seen not in (None, version):
                on_change()
            seen = version
            await asyncio.sleep(interval)
