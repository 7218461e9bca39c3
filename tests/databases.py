"""Which kind of database a test runs on, if not on both; and a new one without its migrations."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from helpdesk.store.schema import upgrade

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def migrate(url: str) -> None:
    """From a test or fixture that may have a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, upgrade(url)).result()


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "helpdesk.db"
        migrate(f"sqlite+aiosqlite:///{path}")
        return path.read_bytes()


def put_database(folder: Path) -> None:
    """What `prepare` would make there, which takes longer than most tests."""
    (folder / "helpdesk.db").write_bytes(_migrated())
