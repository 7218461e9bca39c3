import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.app.build import build
from helpdesk.app.prepare import prepare
from helpdesk.app.serve import run_gateway
from helpdesk.config import load
from helpdesk.store.check import check
from tests.scenarios.office import CONFIG, Office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    settings = load(path)
    await prepare(settings)
    gateway = build(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(run_gateway(gateway, {"intake", "receive", "send"}, stop))
    await gateway.started({"intake"})
    try:
        yield Office(gateway, settings.outgoing.maildir)
        report = await check(gateway.engine, settings.store.objects, deep=True)
        assert report.violations == ()
    finally:
        stop.set()
        await running
        await gateway.close()
