"""A database per test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.store.engine import database_file, open_engine
from helpdesk.store.people import AgentSetting, sync
from helpdesk.store.schema import upgrade
from tests.builders import BOB, CARL, SALES, SUPPORT
from tests.postgresql import Cluster, NoServer
from tests.store.house import House

AGENTS = (
    AgentSetting(BOB.name, (BOB.address,), ("support", "sales")),
    AgentSetting(CARL.name, (CARL.address,), ("support",)),
)


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; every test gets a copy."""
    path = tmp_path_factory.mktemp("new") / "helpdesk.db"
    with ThreadPoolExecutor(1) as pool:  # a loop of its own
        pool.submit(asyncio.run, make(f"sqlite+aiosqlite:///{path}")).result()
    return path


@pytest.fixture(scope="session")
def new_on_server(_maybe_cluster: Cluster | NoServer) -> Iterator[str]:
    """As `new_database`: the name of a database to be copied."""
    assert isinstance(_maybe_cluster, Cluster)
    with _maybe_cluster.database() as url:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, make(url)).result()
        yield url.partition("?")[0].rpartition("/")[2]


async def make(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    await sync(engine, (SUPPORT, SALES), AGENTS)
    await engine.dispose()


@pytest.fixture
def url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Of an empty database; where the test wants an `engine`, of one with desks and agents."""
    is_made = "engine" in request.fixturenames
    if database == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
        if is_made:
            copy(request.getfixturevalue("new_database"), database_file(url))
        yield url
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    like = request.getfixturevalue("new_on_server") if is_made else "template0"
    with cluster.database(like=like) as url:
        yield url


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def house(engine: AsyncEngine, tmp_path: Path) -> House:
    return House(engine, tmp_path / "objects")
