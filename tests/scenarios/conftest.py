import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helpdesk.app.prepare import prepare
from helpdesk.app.serve import run_gateway
from helpdesk.config import load
from helpdesk.store.check import check
from tests.postgresql import Cluster
from tests.reading import build_reading_here
from tests.scenarios.office import CONFIG, Office


@pytest.fixture
def store(database: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """What the settings say of the store."""
    if database == "sqlite":
        yield ""
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database() as url:
        yield f'[store]\ndatabase = "{url}"\n'


@pytest.fixture
async def office(tmp_path: Path, store: str) -> AsyncIterator[Office]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings)
    gateway = build_reading_here(settings)
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
