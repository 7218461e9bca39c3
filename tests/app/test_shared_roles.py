"""The roles of a daemon whose database is a server's: held, lost, waited for."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from benchmarks.gateway import await_greeting, free_port
from helpdesk.app import roles
from helpdesk.app.doctor import daemon
from helpdesk.app.doctor.examination import Examination, Options
from helpdesk.app.doctor.finding import Finding, Level
from helpdesk.app.prepare import NotYet, SetupError, prepare
from helpdesk.app.serve import GaveUp, shared_roles
from helpdesk.config import Settings, load
from helpdesk.store.engine import open_engine
from helpdesk.store.locks import key_of
from tests.fakes import FakeClock
from tests.postgresql import Cluster, NoServer, Server, unavailable

ROLES = ("receive", "send")
PATIENCE = 20
CONFIG = '[store]\ndatabase = "{url}"\n[[desks]]\naddress = "support@example.test"\n'


def settings_for(folder: Path, url: str, more: str = "") -> Settings:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(url=url) + more, encoding="utf-8")
    return load(path)


@pytest.fixture(autouse=True)
def _nobody_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of the tests outlives a role that is lost."""
    monkeypatch.setattr("helpdesk.app.serve.LAST_RESORT", 3600)


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    with cluster.database() as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, url: str) -> Settings:
    return settings_for(tmp_path, url)


async def test_keys_that_another_machine_has_are_not_made_anew(settings: Settings) -> None:
    await prepare(settings)
    settings.store.keys.unlink()

    with pytest.raises(SetupError, match=r"keys of this database are not here.*--new-keys -c"):
        await prepare(settings)
    assert not settings.store.keys.exists()
    await prepare(settings, new_keys=True)
    assert settings.store.keys.exists()


async def test_a_second_daemon_with_one_of_the_roles_is_refused_in_one_line(
    settings: Settings,
) -> None:
    async with shared_roles(settings, ROLES, asyncio.Event()):
        with pytest.raises(
            SetupError, match=r"^another daemon \(process \d+ on .+\) runs send"
        ) as no:
            async with shared_roles(settings, ["intake", "send"], asyncio.Event()):
                pass

    assert not isinstance(no.value, NotYet)
    assert "\n" not in str(no.value)


async def test_roles_are_free_when_their_daemon_has_ended_or_was_refused(
    settings: Settings,
) -> None:
    stop = asyncio.Event()
    async with shared_roles(settings, ["send"], stop):
        with pytest.raises(SetupError):
            async with shared_roles(settings, ROLES, stop):
                pass
        async with shared_roles(settings, ["receive"], stop):
            pass
    async with shared_roles(settings, ROLES, stop):
        pass

    assert not stop.is_set()


@asynccontextmanager
async def in_line(url: str, role: str) -> AsyncIterator["asyncio.Task[None]"]:
    """Somebody who gets the role as soon as its connection is cut."""
    connection = await asyncpg.connect(url)
    waiting = asyncio.create_task(
        connection.fetchval("SELECT pg_advisory_lock($1, $2)", *key_of(role))
    )
    try:
        yield waiting
    finally:
        waiting.cancel()
        connection.terminate()


CUT = """
SELECT pg_terminate_backend(held.pid) FROM pg_locks held
JOIN pg_locks waiting USING (locktype, classid, objid)
WHERE locktype = 'advisory' AND held.granted AND NOT waiting.granted
"""


async def test_a_role_that_another_process_took_ends_the_daemon_with_an_error(
    settings: Settings, url: str
) -> None:
    """Not with one of the settings, after which systemd would not start it again."""
    stop = asyncio.Event()

    async def run() -> None:
        async with shared_roles(settings, ROLES, stop):
            admin = await asyncpg.connect(url)
            async with in_line(url, "send") as waiting:
                while not waiting.done():
                    await admin.execute(CUT)
                await stop.wait()
            await admin.close()

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(GaveUp, match=r"^another daemon .* runs send on"):
            await run()


async def test_a_server_that_is_away_may_come(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "postgresql://helpdesk@127.0.0.1:1/helpdesk")

    with pytest.raises(NotYet, match="start the server"):
        async with shared_roles(settings, ROLES, asyncio.Event()):
            pass
    with pytest.raises(NotYet, match="start the server"):
        await prepare(settings)


@pytest.mark.parametrize("wrong", ["/nowhere", "nobody@/helpdesk", "sslmode=perhaps"])
async def test_a_wrong_url_is_not_tried_again(tmp_path: Path, url: str, wrong: str) -> None:
    place, _, query = url.partition("?")
    changed = {
        "/nowhere": f"{place.rpartition('/')[0]}/nowhere?{query}",
        "nobody@/helpdesk": url.replace("postgres@", "nobody@"),
        "sslmode=perhaps": f"{url}&sslmode=perhaps",
    }[wrong]
    settings = settings_for(tmp_path, changed)

    with pytest.raises(SetupError) as caught:
        async with shared_roles(settings, ROLES, asyncio.Event()):
            pass

    assert not isinstance(caught.value, NotYet)


@pytest.mark.timeout(90)
def test_a_daemon_waits_for_its_server_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    try:
        server = Server()
    except NoServer as error:
        unavailable(error)
        raise
    port = free_port()
    settings_for(tmp_path, server.url, f"[[listeners]]\nport = {port}\n")
    server.stop(signal.SIGQUIT)
    command = [sys.executable, "-m", "helpdesk", "run", "-c", str(tmp_path / "config.toml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        server.start()
        greeted = await_greeting(port, 60, process)
        process.terminate()
        status = process.wait(PATIENCE)
    finally:
        process.kill()
        process.communicate()
        server.end()

    assert (said["event"], greeted, status) == ("waiting for the database", True, 0)


@pytest.mark.parametrize(
    ("roles", "level", "words"),
    [
        ((), Level.ERROR, "no daemon runs on it"),
        (("intake", "fetch", "receive", "tick", "lookup"), Level.ERROR, "nobody does: send"),
        (roles.ROLES, Level.OK, "somebody does: receive, send, tick"),  # nothing comes in here
    ],
)
async def test_the_doctor_sees_who_runs_on_the_server(
    settings: Settings, roles: tuple[str, ...], level: Level, words: str
) -> None:
    found: list[Finding] = []
    engine = open_engine(settings.store.database)
    examination = Examination(
        settings.model_copy(update={"listeners": []}), Options(), FakeClock(), None, engine
    )
    try:
        async with shared_roles(settings, roles, asyncio.Event()):
            await daemon.check(examination, found.append)
    finally:
        await engine.dispose()

    assert [(each.level, each.problem) for each in found] == [(level, words)]
