"""Roles are started again, and given up; a second daemon is refused."""

import asyncio
import os
import shutil
import threading
from pathlib import Path

import pytest

from helpdesk.app.build import build, trust_in
from helpdesk.app.prepare import SetupError, prepare
from helpdesk.app.roles import ROLES
from helpdesk.app.serve import MOST_FAILURES, GaveUp, claim_role, end_soon, greeting, keep_running
from helpdesk.app.watch import watch
from helpdesk.config import Settings, load
from helpdesk.config.settings import ListenerSettings
from helpdesk.core.mail import Trust
from helpdesk.store.engine import open_engine, writing


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text('[[desks]]\naddress = "support@example.test"\n')
    return load(path)


async def test_a_role_that_failed_is_started_again() -> None:
    stop = asyncio.Event()
    starts = 0

    async def role(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts < MOST_FAILURES:
            raise RuntimeError("boom")
        stop.set()

    await keep_running("receive", role, stop, first_pause=0)

    assert starts == MOST_FAILURES


async def test_a_role_that_fails_again_and_again_ends_the_process() -> None:
    starts = 0

    async def role(_stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        raise RuntimeError("boom")

    with pytest.raises(GaveUp, match=r"^receive failed 5 times in a row, last with RuntimeError"):
        await keep_running("receive", role, asyncio.Event(), first_pause=0)

    assert starts == MOST_FAILURES


async def test_a_mistake_of_the_operator_is_not_tried_again() -> None:
    starts = 0

    async def role(_stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        raise SetupError("cannot listen")

    with pytest.raises(SetupError):
        await keep_running("intake", role, asyncio.Event(), first_pause=0)

    assert starts == 1


async def test_a_pause_ends_when_everything_stops() -> None:
    stop = asyncio.Event()

    async def role(stop: asyncio.Event) -> None:
        stop.set()
        raise RuntimeError("boom")

    async with asyncio.timeout(5):
        await keep_running("send", role, stop, first_pause=600)


def test_a_second_daemon_with_the_same_role_is_refused(settings: Settings) -> None:
    with (
        claim_role(settings, "receive"),
        pytest.raises(
            SetupError, match=rf"\(process {os.getpid()}\) runs receive on .*helpdesk.db"
        ),
    ):
        claim_role(settings, "receive")


def test_another_role_and_a_later_daemon_are_not(settings: Settings) -> None:
    with claim_role(settings, "receive"), claim_role(settings, "intake"):
        pass
    with claim_role(settings, "receive"):
        pass


async def test_what_another_process_writes_is_noticed(settings: Settings) -> None:
    await prepare(settings)
    seen = asyncio.Event()
    ours, other = open_engine(settings.store.database), open_engine(settings.store.database)
    try:
        async with watch(ours, seen.set, interval=0.001):
            before = seen.is_set()
            async with writing(other) as connection:
                await connection.exec_driver_sql("UPDATE counters SET last = last + 1")
            async with asyncio.timeout(5):
                await seen.wait()
    finally:
        await ours.dispose()
        await other.dispose()

    assert before is False


@pytest.mark.parametrize(
    ("peer", "trust"),
    [
        ("10.1.2.3", Trust("10.1.2.3", network=True)),
        ("::ffff:10.1.2.3", Trust("::ffff:10.1.2.3", network=True)),
        ("192.0.2.1", Trust("192.0.2.1")),
        ("fe80::1%eth0", Trust("fe80::1%eth0")),
        ("", Trust("")),
    ],
)
def test_only_the_trusted_network_is_trusted(peer: str, trust: Trust) -> None:
    listener = ListenerSettings.model_validate({"trust_network": ["10.0.0.0/8"]})

    assert trust_in(listener, peer) == trust


def test_results_count_only_from_a_trusted_peer() -> None:
    listener = ListenerSettings.model_validate({"authserv_id": "mx.example.test"})

    assert trust_in(listener, "127.0.0.1").authserv_id == "mx.example.test"
    assert trust_in(listener, "192.0.2.1").authserv_id == ""


def test_the_greeting_says_how_to_begin(settings: Settings) -> None:
    text = greeting(settings, [("smtp", "127.0.0.1:8025")])

    assert "Mail comes in  smtp 127.0.0.1:8025" in text
    assert "smtplib.SMTP('127.0.0.1', 8025)" in text
    assert f"cat {settings.outgoing.maildir}/new/*" in text
    assert f"tickets list -c {settings.path}" in text


async def test_a_process_that_cannot_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else holds the database: what waits for it may not hold up a restart."""
    ended = threading.Event()
    monkeypatch.setattr("helpdesk.app.serve.LAST_RESORT", 0.01)
    monkeypatch.setattr("os._exit", lambda _: ended.set())
    stop = asyncio.Event()

    end_soon(stop)

    assert stop.is_set()
    assert await asyncio.to_thread(ended.wait, 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write beside another user's files")
async def test_root_does_not_write_beside_another_user_s_database(settings: Settings) -> None:
    await prepare(settings)
    file = settings.store.file
    assert file is not None
    shutil.chown(file, "nobody")

    with pytest.raises(SetupError, match=r"belongs to nobody \(run this as that user: sudo -u"):
        await prepare(settings)


async def test_every_role_that_is_named_is_one_of_a_gateway(settings: Settings) -> None:
    await prepare(settings)
    gateway = build(settings)

    assert tuple(gateway.roles()) == ROLES
    await gateway.close()
