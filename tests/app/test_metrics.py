"""Numbers and health over real HTTP, whatever the store does."""

import asyncio
import json
import re
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from helpdesk.app import metrics_server
from helpdesk.app.alarms import Letterhead, OperatorAlarms
from helpdesk.app.expiry import not_after
from helpdesk.app.metrics import (
    READER_DOWN,
    STILL,
    STORE_SILENCE,
    Metrics,
    Roles,
    RoleState,
    Watched,
)
from helpdesk.app.metrics_server import MetricsServer, Pages
from helpdesk.app.prepare import SetupError
from helpdesk.core.license import LookupOutcome
from helpdesk.inbound.limits import Connections
from helpdesk.inbound.reader import Reader
from helpdesk.store.engine import open_engine
from helpdesk.store.numbers import Numbers, numbers
from helpdesk.store.schema import upgrade
from tests.fakes import NOON, FakeClock

ROOT = Path(__file__).parent.parent.parent
WAITING = Numbers(3, NOON - timedelta(minutes=2), 1, {"queued": 4, "deferred": 2, "held": 5}, NOON)


@dataclass
class Steps:
    """A clock that only goes on when told to."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Box:
    connected: bool = True
    last_contact_at: datetime | None = NOON - timedelta(seconds=7)
    fetched: int = 12
    failed: int = 1


@dataclass
class Source:
    expires_at: datetime | None = NOON + timedelta(seconds=90)
    refused: str = ""
    login_ends_at: datetime | None = NOON + timedelta(days=90)


@dataclass
class Door:
    accepted: int = 40
    refused: int = 2


@dataclass
class House:
    clock: FakeClock = field(default_factory=FakeClock)
    steps: Steps = field(default_factory=Steps)
    roles: Roles = field(default_factory=lambda: Roles(("intake", "send")))
    found: Numbers | Exception = WAITING

    async def ask(self) -> Numbers:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def metrics(self, **more: Any) -> Metrics:
        for role in self.roles.states:
            self.roles.running(role)
        watched = Watched(roles=self.roles, **more)
        return Metrics(watched, self.clock, self.ask, monotonic=self.steps)


def everything() -> Watched:
    """All that can be watched, so that every family has a sample."""
    connections = Connections()
    connections.enter("192.0.2.1")
    alarms = OperatorAlarms(Letterhead((), "n@example.test"), FakeClock())
    for cause in ("mailbox support", "mailbox sales", "relay login"):
        alarms.tell(cause, "No login.")
    return Watched(
        intake=Door(),
        verdicts=lambda: {"opened": 7, "duplicate": 1},
        outcomes=lambda: {"delivered": 9},
        killed=lambda: 2,
        lookups=lambda: {("shop", "found"): 3},
        providers=("shop",),
        mailboxes={"support": Box()},
        sources={"relay": Source(), "mailbox support": Source(None, "refused")},
        listeners=[("smtp", connections), ("smtp", connections)],
        alarms=alarms,
    )


@contextmanager
def served(metrics: Metrics) -> Iterator[int]:
    server = MetricsServer(metrics, "127.0.0.1", 0)
    try:
        yield server.port
    finally:
        server.close()


def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    request = Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urlopen(request, timeout=5) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and values of the labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def full_page(certificates: dict[str, Path] | None = None) -> str:
    house = House()
    watched = replace(everything(), roles=house.roles, certificates=certificates or {})
    for role in house.roles.states:
        house.roles.running(role)
    metrics = Metrics(watched, house.clock, house.ask, monotonic=house.steps)
    metrics.on_read(0.02)
    await metrics.look()
    with served(metrics) as port:
        status, text = await asyncio.to_thread(get, port, "/metrics")

    assert status == 200
    return text


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (("helpdesk_intake_accepted_total",), 40),
        (("helpdesk_intake_refused_total",), 2),
        (("helpdesk_intake_pending",), 3),
        (("helpdesk_intake_oldest_seconds",), 120),
        (("helpdesk_quarantined",), 1),
        (("helpdesk_verdicts_total", "opened"), 7),
        (("helpdesk_verdicts_total", "quarantined"), 0),
        (("helpdesk_outbox", "held"), 5),
        (("helpdesk_outbox_oldest_due_seconds",), 0),
        (("helpdesk_sent_total", "delivered"), 9),
        (("helpdesk_sent_total", "failed"), 0),
        (("helpdesk_reader_seconds_count",), 1),
        (("helpdesk_reader_killed_total",), 2),
        (("helpdesk_mailbox_connected", "support"), 1),
        (("helpdesk_mailbox_last_contact_seconds", "support"), 7),
        (("helpdesk_mailbox_fetched_total", "support"), 12),
        (("helpdesk_mailbox_failed_total", "support"), 1),
        (("helpdesk_token_expires_seconds", "relay"), 90),
        (("helpdesk_token_login_ends_seconds", "relay"), 90 * 86400),
        (("helpdesk_token_refused", "relay"), 0),
        (("helpdesk_token_refused", "mailbox support"), 1),
        (("helpdesk_connections", "smtp"), 2),
        (("helpdesk_connections_refused_total", "smtp"), 0),
        (("helpdesk_alarms", "mailbox"), 2),
        (("helpdesk_alarms", "relay"), 1),
        (("helpdesk_store_up",), 1),
        (("helpdesk_loop_lag_seconds",), 0),
        (("helpdesk_role_running", "intake"), 1),
        (("helpdesk_role_failures_total", "send"), 0),
    ],
)
async def test_the_page_says_what_is_so(sample: tuple[str, ...], value: float) -> None:
    assert samples(await full_page())[sample] == value


async def test_no_label_holds_an_address() -> None:
    assert "@" not in await full_page()


async def test_a_store_that_went_away_leaves_no_old_numbers() -> None:
    house = House()
    metrics = house.metrics()
    await metrics.look()
    house.steps.at += STORE_SILENCE
    house.found = RuntimeError("locked")
    await metrics.look()
    with served(metrics) as port:
        _, text = await asyncio.to_thread(get, port, "/metrics")

    found = samples(text)
    assert found[("helpdesk_store_up",)] == 0
    assert ("helpdesk_intake_pending",) not in found


async def test_the_reader_tells_how_long_messages_took_and_what_it_killed() -> None:
    metrics = House().metrics()
    reader = Reader(workers=1, on_read=metrics.on_read)
    try:
        await reader.read_many([b"Subject: one\r\n\r\nwords\r\n"] * 3)
        worker = reader._idle[0]
        worker._process.kill()
        await reader.read(b"Subject: two\r\n\r\nwords\r\n")
    finally:
        await reader.close()

    count = metrics.registry.get_sample_value("helpdesk_reader_seconds_count")
    assert count == 4
    assert reader.killed == 1


# --- health ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [READER_DOWN - 1, READER_DOWN])
def test_a_reader_that_starts_no_process_is_not_well(seconds: float) -> None:
    house = House()
    metrics = house.metrics(reader_down_since=lambda: house.steps.at - seconds)

    is_well, found = metrics.health()

    assert is_well == (seconds < READER_DOWN)
    assert is_well or found["reasons"] == ["no process that reads mail has started for 60 s"]


async def test_all_is_well() -> None:
    metrics = House().metrics()
    with served(metrics) as port:
        status, text = await asyncio.to_thread(get, port, "/healthz")

    found = json.loads(text)
    assert (status, found["status"], found["reasons"]) == (200, "ok", [])
    assert found["roles"] == {"intake": "running", "send": "running"}
    assert len(text) < 500


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (STILL, "the event loop has been stuck for 10 s"),
        (STORE_SILENCE, "the store has not answered for 60 s"),
    ],
)
async def test_what_stands_still_is_said(seconds: float, reason: str) -> None:
    house = House()
    metrics = house.metrics()
    house.steps.at += seconds
    with served(metrics) as port:
        status, text = await asyncio.to_thread(get, port, "/healthz")

    assert status == 503
    assert reason in json.loads(text)["reasons"]


@pytest.mark.parametrize("state", [RoleState.STARTING, RoleState.FAILED])
async def test_a_role_that_does_not_run_is_said(state: RoleState) -> None:
    house = House()
    metrics = house.metrics()
    house.roles.states["send"] = state
    with served(metrics) as port:
        status, text = await asyncio.to_thread(get, port, "/healthz")

    assert status == 503
    assert json.loads(text)["reasons"] == [f"role send is {state.value}"]


@asynccontextmanager
async def running(metrics: Metrics) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(metrics.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_both_pages_are_served_while_the_database_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "helpdesk.db"
    await upgrade(f"sqlite+aiosqlite:///{path}")
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("PRAGMA locking_mode = EXCLUSIVE")
    lock.execute("BEGIN EXCLUSIVE")
    engine = open_engine(f"sqlite+aiosqlite:///{path}")
    asked, answered = asyncio.Event(), asyncio.Event()

    async def ask() -> Numbers:
        asked.set()
        found = await numbers(engine)
        answered.set()
        return found

    metrics = Metrics(Watched(), FakeClock(), ask)
    try:
        async with running(metrics), asyncio.timeout(20):
            await asked.wait()
            with served(metrics) as port:
                status, _ = await asyncio.to_thread(get, port, "/metrics")
                well, _ = await asyncio.to_thread(get, port, "/healthz")
            assert not answered.is_set()
            lock.execute("ROLLBACK")
            lock.close()
            await answered.wait()
    finally:
        lock.close()
        await engine.dispose()

    assert (status, well) == (200, 200)


@dataclass
class Strides(Steps):
    """Goes on by itself, and at its end stops who looks at it."""

    left: int = 20
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        self.at += 5
        self.left -= 1
        if self.left == 0:
            self.stop.set()
        return self.at


@pytest.mark.parametrize(("hangs", "least"), [(True, 1), (False, 3)])
async def test_a_store_that_hangs_is_not_asked_a_second_time(
    monkeypatch: pytest.MonkeyPatch, least: int, *, hangs: bool
) -> None:
    monkeypatch.setattr("helpdesk.app.metrics.BEAT", 0.01)
    steps = Strides()
    asked = 0

    async def ask() -> Numbers:
        nonlocal asked
        asked += 1
        if hangs:
            await asyncio.Event().wait()
        return WAITING

    await Metrics(Watched(), FakeClock(), ask, monotonic=steps).run(steps.stop)

    assert asked == 1 if hangs else asked >= least


# --- the server -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 404),
        ("/metrics/", "GET", 404),
        ("/metrics", "POST", 405),
        ("/healthz", "DELETE", 405),
        ("/healthz", "HEAD", 200),
        ("/metrics?name[]=helpdesk_store_up", "GET", 200),
    ],
)
def test_there_are_two_pages_and_they_are_only_read(path: str, method: str, status: int) -> None:
    with served(House().metrics()) as port:
        assert get(port, path, method)[0] == status


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/"])
def test_no_page_tells_versions_of_libraries(path: str) -> None:
    with (
        served(House().metrics()) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        head = client.makefile("rb").read().partition(b"\r\n\r\n")[0]

    assert b"Server: helpdesk" in head
    assert b"python" not in head.lower()


@pytest.mark.parametrize("request_line", ["GET / HTTP/7.0", f"GET /{'x' * 70_000} HTTP/1.0"])
def test_no_complaint_about_a_request_tells_them_either(request_line: str) -> None:
    with (
        served(House().metrics()) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        client.sendall(f"{request_line}\r\n\r\n".encode())
        answer = client.makefile("rb").read()

    assert b"rror" in answer
    assert b"python" not in answer.lower()


def test_a_slow_client_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_server, "SECONDS", 0.2)
    with (
        served(House().metrics()) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        client.sendall(b"GET /metrics HTTP/1.1\r\nX-Slow: ")

        assert client.recv(1) == b""


def test_many_slow_clients_at_once_are_turned_away_and_keep_nobody_out_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics_server, "SECONDS", 0.5)
    with served(House().metrics()) as port:
        clients = [
            socket.create_connection(("127.0.0.1", port), timeout=5)
            for _ in range(3 * metrics_server.MOST_AT_ONCE)
        ]
        for client in clients:
            with suppress(OSError):
                client.sendall(b"GET /met")
        for client in clients:
            with suppress(OSError):
                assert client.recv(1) == b""
            client.close()

        assert threading.active_count() < 4 * metrics_server.MOST_AT_ONCE
        assert eventually(port) == 200


def eventually(port: int) -> int:
    """The threads of the last clients may take a moment to end."""
    for _ in range(100):
        with suppress(OSError):
            return get(port, "/healthz")[0]
    return 0


def test_a_taken_port_is_said_with_the_next_step() -> None:
    metrics = House().metrics()
    with served(metrics) as port, pytest.raises(SetupError, match=r"\[metrics\]"):
        MetricsServer(metrics, "127.0.0.1", port)


@contextmanager
def pages(metrics: Metrics | None = None) -> Iterator[Pages]:
    """On a port that the system chose, as if it stood in the settings."""
    shown = Pages()
    if metrics is not None:
        shown._server = MetricsServer(metrics, "127.0.0.1", 0)
        shown._place = ("127.0.0.1", shown.port)
    try:
        yield shown
    finally:
        shown.close()


def test_after_a_reload_the_same_port_shows_the_new_numbers() -> None:
    with pages(House().metrics()) as shown:
        shown.show(House(roles=Roles(("tick",))).metrics(), "127.0.0.1", shown.port)

        assert json.loads(get(shown.port, "/healthz")[1])["roles"] == {"tick": "running"}


def test_a_new_port_that_is_taken_leaves_the_old_one_open() -> None:
    metrics = House().metrics()
    with pages(metrics) as shown, socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(SetupError):
            shown.show(metrics, "127.0.0.1", taken.getsockname()[1])

        assert get(shown.port, "/healthz")[0] == 200


def test_port_0_means_no_pages() -> None:
    with pages() as shown:
        shown.show(House().metrics(), "127.0.0.1", 0)

        assert shown.port == 0


# --- certificates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2027, 2049, 2050, 2110])
def test_the_end_of_a_certificate_is_read_in_both_its_forms(year: int) -> None:
    until = datetime(year, 3, 4, 5, 6, 7, tzinfo=UTC)
    cert = trustme.CA().issue_cert("mail.test", not_after=until)
    pem = cert.cert_chain_pems[0].bytes().decode()

    assert not_after(pem) == until


async def test_the_end_of_a_listener_s_certificate_is_shown(tmp_path: Path) -> None:
    cert = trustme.CA().issue_cert("mail.test", not_after=NOON + timedelta(days=3))
    cert.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    (tmp_path / "other.pem").write_text("nonsense")
    text = await full_page({"smtp": tmp_path / "cert.pem", "lmtp": tmp_path / "other.pem"})

    found = samples(text)
    assert found[("helpdesk_certificate_expires_seconds", "smtp")] == 3 * 86_400
    assert ("helpdesk_certificate_expires_seconds", "lmtp") not in found


# --- what is written about them -------------------------------------------------------------------


async def names() -> set[str]:
    """Of all samples that are ours."""
    return {key[0] for key in samples(await full_page()) if key[0].startswith("helpdesk_")} | {
        "helpdesk_certificate_expires_seconds"
    }


async def test_questions_to_license_providers_are_counted_from_zero() -> None:
    watched = Watched(
        lookups=lambda: {("shop", "found"): 3},
        providers=("shop", "portal"),
        troubled=lambda: ("portal",),
    )
    families = {each.name: each for each in Metrics(watched, FakeClock(), House().ask).families()}

    asked = families["helpdesk_license_lookups"].samples
    assert len(asked) == 2 * len(LookupOutcome)
    assert {s.labels["outcome"]: s.value for s in asked if s.value} == {"found": 3}
    alone = families["helpdesk_license_provider_left_alone"].samples
    assert {s.labels["provider"]: s.value for s in alone} == {"shop": 0, "portal": 1}


async def test_every_alert_rule_uses_numbers_that_are_there() -> None:
    rules = (ROOT / "contrib" / "prometheus" / "alerts.yml").read_text()
    expressions = re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)
    used = {name for line in expressions for name in re.findall(r"\bhelpdesk_\w+", line)}

    assert len(expressions) == rules.count("- alert:") >= 10
    assert used - await names() == set()


@pytest.mark.parametrize("number", ["helpdesk_alarms", "helpdesk_role_running"])
def test_an_alert_rule_looks_at(number: str) -> None:
    rules = (ROOT / "contrib" / "prometheus" / "alerts.yml").read_text()

    assert re.search(rf"^ +expr: {number}\b", rules, re.MULTILINE)


def test_an_alarm_pages_nobody_while_mail_flows() -> None:
    rules = (ROOT / "contrib" / "prometheus" / "alerts.yml").read_text().split("- alert:")
    pages = [rule for rule in rules if "helpdesk_alarms" in rule and "severity: page" in rule]

    assert len(pages) == 1
    assert 'helpdesk_alarms{kind=~"relay|mailbox|token"} > 0' in pages[0]


async def test_every_number_is_in_the_table_of_the_documents() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    described = set(re.findall(r"^\| `(helpdesk_\w+)", page, re.MULTILINE))
    shown = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in await names()}

    assert described == shown
