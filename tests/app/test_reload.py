"""New settings without a restart; the old ones stay if the new are wrong."""

import asyncio
import errno
import importlib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from benchmarks.gateway import await_greeting, free_port
from helpdesk.app import oauth
from helpdesk.app.build import build
from helpdesk.app.prepare import prepare
from helpdesk.app.serve import Daemon
from helpdesk.app.sockets import Sockets
from helpdesk.app.supervisor import Supervisor
from helpdesk.config import load
from helpdesk.inbound.intake import Intake
from helpdesk.store.engine import open_engine
from helpdesk.store.reads import list_agents
from tests.app.token_server import FIRST, TokenServer
from tests.databases import put_database

CONFIG = """
[[desks]]
address = "support@example.test"
{more}
[[listeners]]
port = {port}
trust_network = ["127.0.0.0/8"]

[[agents]]
name = "Bob"
addresses = ["bob@example.test"]

[reader]
workers = 1
"""
MAIL = "From: ana@customer.example\r\nTo: {to}\r\nSubject: Hello\r\n\r\nIt burns.\r\n"
ROLES = frozenset({"intake", "fetch", "receive", "send", "tick", "lookup"})


class Listening(Supervisor):
    """A supervisor that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: asyncio.Queue[str] = asyncio.Queue()

    def _tell(self, *lines: str) -> None:
        self.told.put_nowait("\n".join(lines))

    async def hears(self, words: str) -> str:
        async with asyncio.timeout(20):
            while words not in (told := await self.told.get()):
                pass
        return told


@dataclass
class House:
    folder: Path
    port: int
    supervisor: Listening = field(default_factory=Listening)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> Path:
        return self.folder / "config.toml"

    def write(self, more: str = "") -> None:
        self.path.write_text(CONFIG.format(port=self.port, more=more))
        if not (self.folder / "helpdesk.db").exists():
            put_database(self.folder)

    async def reloaded(self) -> str:
        """What systemd is told when the reload is over."""
        self.reload.set()
        await self.supervisor.hears("RELOADING=1")
        return await self.supervisor.hears("READY=1")

    def send(self, to: str = "support@example.test") -> str:
        """Empty, or why the mail was refused."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            try:
                client.sendmail("ana@customer.example", to, MAIL.format(to=to))
            except smtplib.SMTPRecipientsRefused as error:
                return str(error.recipients[to][0])
        return ""

    async def sends(self, to: str = "support@example.test") -> str:
        return await asyncio.to_thread(self.send, to)


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else writes into the database and does not end."""
    # As the store has it: two libraries in one process do not see each other's locks.
    sqlite = importlib.import_module("sqlite3")
    with closing(sqlite.connect(house.folder / "helpdesk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    settings = load(house.path)
    await prepare(settings, new_keys=True)
    sockets = Sockets()
    daemon = Daemon(ROLES, sockets, house.supervisor)
    task = asyncio.create_task(daemon.run(settings, house.stop, house.reload))
    await house.supervisor.hears("READY=1")
    try:
        yield
    finally:
        house.stop.set()
        await task
        sockets.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, free_port())
    house.write()
    async with running(house):
        yield house


async def test_a_desk_that_was_added_takes_mail_after_a_reload(house: House) -> None:
    before = await house.sends("sales@example.test")
    house.write('[[desks]]\naddress = "sales@example.test"')

    await house.reloaded()

    assert before == "550"
    assert await house.sends("sales@example.test") == ""


async def test_wrong_settings_change_nothing_and_are_told(house: House) -> None:
    house.write('[[desks]]\naddress = "sales@example.test"\nlanguag = "en"')

    told = await house.reloaded()

    assert "desks#2.languag: unknown key (did you mean language?)" in told
    assert await house.sends("sales@example.test") == "550"
    assert await house.sends() == ""


async def test_a_template_that_is_wrong_changes_nothing_and_is_told(house: House) -> None:
    folder = house.folder / "words" / "confirmation"
    folder.mkdir(parents=True)
    (folder / "body.txt").write_text("{{ no_such_variable }}")
    house.path.write_text(house.path.read_text() + '\n[templates]\noverrides = "words"\n')

    told = await house.reloaded()

    assert "no_such_variable" in told
    assert await house.sends() == ""


async def test_settings_that_are_not_taken_leave_the_agents_as_they_were(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = house.path.read_text().replace("bob@", "eve@")
        house.path.write_text(f"{text}\n[metrics]\nport = {other.getsockname()[1]}\n")

        told = await house.reloaded()

    engine = open_engine(load(house.path).store.database)
    agents = [agent.addresses for agent in await list_agents(engine) if agent.active]
    await engine.dispose()
    assert "for metrics: address already in use" in told
    assert agents == [("bob@example.test",)]


def healthz(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        return str(answer.read())


async def test_settings_that_are_not_taken_leave_the_numbers_where_they_were(house: House) -> None:
    port, other = free_port(), free_port()
    text = house.path.read_text()
    house.path.write_text(f"{text}\n[metrics]\nport = {port}\n")
    await house.reloaded()
    (house.folder / "file").touch()
    outgoing = '[outgoing]\nmaildir = "file/outbox"\n'
    house.path.write_text(f"{text}\n{outgoing}[metrics]\nport = {other}\n")

    told = await house.reloaded()

    assert "file/outbox" in told
    assert '"intake": "running"' in await asyncio.to_thread(healthz, port)


async def test_another_database_needs_a_restart(house: House) -> None:
    house.path.write_text(house.path.read_text() + '\n[store]\ndatabase = "other.db"\n')

    told = await house.reloaded()

    assert "store.database: cannot change while the daemon runs (restart it)" in told
    assert not (house.folder / "other.db").exists()


async def test_a_port_that_is_taken_leaves_the_old_one_in_use(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = house.path.read_text()
        taken = other.getsockname()[1]
        house.path.write_text(text.replace(f"port = {house.port}", f"port = {taken}"))

        told = await house.reloaded()

    assert "already in use" in told
    assert await house.sends() == ""


async def test_no_client_is_refused_while_settings_are_taken(house: House) -> None:
    refused: list[str] = []
    over = asyncio.Event()
    came_through = asyncio.Event()

    async def write_all_the_time() -> None:
        while not over.is_set():
            try:
                refused.extend(filter(None, [await house.sends()]))
                came_through.set()
            except smtplib.SMTPResponseException as error:
                if error.smtp_code != 421:  # the old gateway ends; a client comes again
                    refused.append(str(error))
            except smtplib.SMTPServerDisconnected:
                pass  # it had heard the 421 already
            except OSError as error:
                refused.append(str(error))

    writing = asyncio.create_task(write_all_the_time())
    for _ in range(3):
        await house.reloaded()
    came_through.clear()
    await came_through.wait()
    over.set()
    await writing

    assert refused == []


async def test_a_mail_under_way_is_taken_by_the_gateway_that_began_it(house: House) -> None:
    def begin() -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", house.port, timeout=10)
        client.ehlo()
        client.mail("ana@customer.example")
        client.rcpt("support@example.test")
        client.docmd("DATA")
        return client

    client = await asyncio.to_thread(begin)
    house.reload.set()
    await house.supervisor.hears("RELOADING=1")
    content = MAIL.format(to="support@example.test") + ".\r\n"
    await asyncio.to_thread(client.send, content)
    reply = await asyncio.to_thread(client.getreply)
    client.close()
    await house.supervisor.hears("READY=1")

    assert reply[0] == 250


async def test_the_end_does_not_wait_for_a_reload_that_waits_for_the_database(
    house: House,
) -> None:
    with locked(house):
        house.reload.set()
        await house.supervisor.hears("RELOADING=1")
        house.stop.set()

        await house.supervisor.hears("STOPPING=1")


async def test_who_is_told_to_reload_while_it_starts_is_ready_before(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    house.write()
    settings = load(house.path)
    await prepare(settings, new_keys=True)
    house.path.write_text("[[desks]]\n")
    house.reload.set()
    sockets = Sockets()
    running = Daemon(ROLES, sockets, house.supervisor).run(settings, house.stop, house.reload)
    task = asyncio.create_task(running)

    told = [await house.supervisor.hears("STATUS") for _ in range(3)]

    house.stop.set()
    await task
    sockets.close()
    assert [each.partition("=")[0] for each in told] == ["READY", "RELOADING", "READY"]
    assert "settings not taken" in told[2]


class Stuck:
    """A part that cannot be closed, as the intake while the database is locked."""

    async def close(self) -> None:
        await asyncio.Event().wait()


async def test_what_holds_one_part_up_leaves_no_other_part_open(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    house.write()
    settings = load(house.path)
    await prepare(settings, new_keys=True)
    gateway = build(settings, Sockets())
    gateway.intake = cast(Intake, Stuck())

    await gateway.close()

    with pytest.raises(RuntimeError, match="the reader is closed"):
        await gateway.reader.read(b"words")


async def test_who_guessed_passwords_has_no_more_guesses_after_a_reload(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    house.write()
    settings = load(house.path)
    await prepare(settings, new_keys=True)
    last, following = build(settings), build(settings)
    while last.failed_logins.attempt("192.0.2.1", 5.0):
        pass

    following.take_over(last)

    (_, listener), *_ = following.listeners
    assert not listener.failed_logins.attempt("192.0.2.1", 6.0)
    assert listener.failed_logins.attempt("192.0.2.2", 6.0)
    await last.close()
    await following.close()


async def test_whom_the_operator_was_told_about_is_known_after_a_reload(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    house.write('[outgoing]\ntransport = "smtp"\n[relay]\nhost = "relay.example"')
    settings = load(house.path)
    await prepare(settings, new_keys=True)
    last, following = build(settings), build(settings)
    last.alarms.tell("relay login", "refused (correct the password)")
    last.sender.pace.ends.append(datetime(2026, 11, 22, tzinfo=UTC))

    following.take_over(last)

    assert set(following.alarms.active) == {"relay login"}
    assert len(following.sender.pace.ends) == 1
    await last.close()
    await following.close()


async def test_a_refresh_token_that_could_not_be_written_is_known_after_a_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "UNKNOWN_LIFETIME", timedelta(0))
    monkeypatch.setattr(oauth, "_write_secret", refuse)
    renewed = {"access_token": "ya29.token", "refresh_token": "1//second"}
    async with TokenServer([(200, renewed)]).listening() as server:
        house = House(tmp_path, free_port())
        (tmp_path / "refresh").write_text(FIRST)
        house.write(
            f"""
[outgoing]
transport = "smtp"
[relay]
host = "relay.example"
user = "support@example.test"
[relay.oauth]
token_url = "http://127.0.0.1:{server.port}/token"
client_id = "our-client"
refresh_token_file = "refresh"
"""
        )
        async with running(house), asyncio.timeout(20):
            await server.asked.wait()
            server.asked.clear()
            await house.reloaded()
            await server.asked.wait()

    assert [form["refresh_token"] for form in server.forms] == [FIRST, "1//second"]


def refuse(_path: Path, _secret: str) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


async def test_which_mails_were_set_aside_is_known_after_a_reload(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    mailbox = 'name = "{}"\nhost = "imap.example"\nuser = "{}"\npassword = "x"\n'
    boxes = [mailbox.format(name, name) for name in ("kept", "gone")]
    house.write("".join(f"[[mailboxes]]\n{box}" for box in boxes))
    await prepare(load(house.path), new_keys=True)
    last = build(load(house.path))
    for fetcher in last.fetchers:
        fetcher.take_over(2, [f"UID 7 in {fetcher.name}"])
    house.write(f"[[mailboxes]]\n{boxes[0]}")
    following = build(load(house.path))

    following.take_over(last)

    assert [each.hand_over() for each in following.fetchers] == [(2, ("UID 7 in kept",))]
    await last.close()
    await following.close()


async def test_what_no_part_can_end_any_more_is_over_after_a_reload(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    house.write()
    text = house.path.read_text()
    relay = '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "relay.example"\n'
    house.path.write_text(f"{text}\n{relay}")
    await prepare(load(house.path), new_keys=True)
    last = build(load(house.path))
    last.alarms.tell("relay login", "refused (correct the password)")
    house.path.write_text(text)
    following = build(load(house.path))

    following.take_over(last)

    assert not following.alarms.active
    await last.close()
    await following.close()


# --- the process ----------------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(config: str) -> "subprocess.Popen[bytes]":
        (tmp_path / "config.toml").write_text(config)
        command = [sys.executable, "-m", "helpdesk", "run", "-c", str(tmp_path / "config.toml")]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def test_a_daemon_with_a_silent_client_and_a_silent_relay_ends_within_five_seconds(
    start: Callable[[str], "subprocess.Popen[bytes]"],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as relay:
        port = free_port()
        config = CONFIG.format(port=port, more="")
        config += '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "127.0.0.1"\ntls = "none"\n'
        process = start(config + f"port = {relay.getsockname()[1]}\n")
        assert await_greeting(port, 30, process)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail(
                "ana@customer.example", "support@example.test", MAIL.format(to="support@x")
            )
            silent, _ = relay.accept()  # the confirmation is on its way, and hears nothing
            client.mail("ana@customer.example")
            client.rcpt("support@example.test")
            client.docmd("DATA")
            began = time.monotonic()
            os.kill(process.pid, signal.SIGTERM)
            process.wait(20)
            took = time.monotonic() - began
            client.close()
            silent.close()

    assert took < 5
    assert process.returncode == 0


def test_a_daemon_takes_new_settings_when_it_hangs_up(
    start: Callable[[str], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    port, other = free_port(), free_port()
    process = start(CONFIG.format(port=port, more=""))
    assert await_greeting(port, 30, process)
    (tmp_path / "config.toml").write_text(CONFIG.format(port=other, more=""))

    os.kill(process.pid, signal.SIGHUP)

    assert await_greeting(other, 30, process)
    assert process.poll() is None


def test_a_daemon_that_is_told_to_read_its_settings_while_it_reads_them_starts(
    tmp_path: Path,
) -> None:
    port, path = free_port(), tmp_path / "config.toml"
    os.mkfifo(path)
    command = [sys.executable, "-m", "helpdesk", "run", "-c", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            with path.open("w") as settings:  # it is there as soon as the daemon reads
                os.kill(process.pid, signal.SIGHUP)
                path.unlink()
                path.write_text(CONFIG.format(port=port, more=""))
                settings.write(path.read_text())

            assert await_greeting(port, 30, process)
        finally:
            process.kill()
