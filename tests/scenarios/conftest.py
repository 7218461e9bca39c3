import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helpdesk.app.prepare import prepare
from helpdesk.app.serve import run_gateway
from helpdesk.config import load
from helpdesk.store.check import check
from tests.databases import migrate, put_database
from tests.postgresql import Cluster, NoServer
from tests.reading import build_reading_here
from tests.scenarios.office import CONFIG, Office


@pytest.fixture(scope="session")
def migrated_on_server(_maybe_cluster: Cluster | NoServer) -> Iterator[str]:
    """The name of a database to be copied."""
    assert isinstance(_maybe_cluster, Cluster)
    with _maybe_cluster.database() as url:
        migrate(url)
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def store(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """What the settings say of the store, which has its tables and nothing in them."""
    if database == "sqlite":
        put_database(tmp_path)
        yield ""
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    like = request.getfixturevalue("migrated_on_server")
    with cluster.database(like=like) as url:
        yield f'[store]\ndatabase = "{url}"\n'


@pytest.fixture
async def office(tmp_path: Path, store: str) -> AsyncIterator[Office]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings, new_keys=True)
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
