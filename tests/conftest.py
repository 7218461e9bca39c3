"""Options of the test suite, and the databases that it runs on."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import cast

import pytest
import structlog

from tests.postgresql import Cluster, NoServer, memory, running, unavailable

# Whatever this shell says: tests start hundreds of commands and daemons, and each of them would
# compile the gateway anew, as each process of a parallel run would compile the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Where pytest has the folders of tests, if nobody says where.
if (found := memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(found))

# Where no command has said how logs look, each logged exception would be drawn in boxes, with the
# values of all names: that takes a second, and nobody reads it.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what is rendered now into tests/golden instead of comparing it",
    )


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """Commands that run in this process keep what they write from others; later tests may not."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """Commands that run in this process say where logs go; later tests have them as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture(scope="session")
def _maybe_cluster() -> Iterator[Cluster | NoServer]:
    """Tried once; every test that needs it hears why there is none."""
    with ExitStack() as stack:
        try:
            found: Cluster | NoServer = stack.enter_context(running())
        except NoServer as error:
            found = error
        yield found


@pytest.fixture
def cluster(_maybe_cluster: Cluster | NoServer) -> Cluster:
    if isinstance(_maybe_cluster, NoServer):
        unavailable(_maybe_cluster)
    return cast("Cluster", _maybe_cluster)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on: both, unless it says otherwise."""
    return str(request.param)
