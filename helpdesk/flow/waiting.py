"""Waiting for one of several events, or for so long."""

import asyncio
from datetime import timedelta


async def first_of(*events: asyncio.Event, timeout: timedelta) -> None:  # noqa: ASYNC109 -- it ends a wait, it is no fault
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(
            waits, timeout=timeout.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
