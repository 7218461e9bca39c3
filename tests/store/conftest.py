"""A database per test."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.store.engine import database_file, open_engine
from helpdesk.store.people import AgentSetting, sync
from helpdesk.store.schema import upgrade
from tests.builders import BOB, CARL, SALES, SUPPORT
from tests.store.house import House

AGENTS = (
    AgentSetting(BOB.name, (BOB.address,), ("support", "sales")),
    AgentSetting(CARL.name, (CARL.address,), ("support",)),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; every test gets a copy."""
    path = tmp_path_factory.mktemp("new") / "helpdesk.db"
    with ThreadPoolExecutor(1) as pool:  # a loop of its own
        pool.submit(asyncio.run, make(f"sqlite+aiosqlite:///{path}")).result()
    return path


async def make(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    await sync(engine, (SUPPORT, SALES), AGENTS)
    await engine.dispose()


@pytest.fixture
async def engine(url: str, new_database: Path) -> AsyncIterator[AsyncEngine]:
    copy(new_database, database_file(url))
    engine = open_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def house(engine: AsyncEngine, tmp_path: Path) -> House:
    return House(engine, tmp_path / "objects")
