"""A login that dies is told while mail still flows."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.build import build
from helpdesk.app.oauth import Tokens
from helpdesk.app.prepare import prepare
from helpdesk.app.token_watch import TokenWatch
from helpdesk.config import load
from tests.app.token_server import GOOD, TokenServer
from tests.fakes import NOON, FakeClock, RecordingAlarms

GONE = (400, {"error": "invalid_grant", "error_description": "expired or revoked"})
AWAY: tuple[int, dict[str, str]] = (503, {})
NAME = "mailbox support"
REFUSED = {
    f"token {NAME}": f"{NAME}: mail stops with the next login: the token server refused with 400: "
    "invalid_grant expired or revoked (log in anew, or correct oauth)"
}


@dataclass
class House:
    server: TokenServer
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    alarms: RecordingAlarms = field(default_factory=RecordingAlarms)

    def watch(self, **more: Any) -> TokenWatch:
        tokens = Tokens(NAME, self.server.settings(self.folder, **more), self.clock, seconds=5)
        return TokenWatch({NAME: tokens}, self.alarms, self.clock, timedelta(milliseconds=1))

    @asynccontextmanager
    async def watching(
        self, watch: TokenWatch, roles: Collection[str] = ("fetch",)
    ) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(watch.run(stop, roles))
        try:
            yield
            assert not task.done()
        finally:
            stop.set()
            await task

    async def asked(self, times: int) -> None:
        """Until the server was asked so many times more."""
        wanted = len(self.server.forms) + times
        async with asyncio.timeout(10):
            while len(self.server.forms) < wanted:  # noqa: ASYNC110 -- the watch's own task is waited for
                await asyncio.sleep(0.001)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with TokenServer([(200, GOOD)]).listening() as server:
        yield House(server, tmp_path)


async def test_a_login_that_died_is_told_although_nobody_needs_a_token(house: House) -> None:
    watch = house.watch()
    async with house.watching(watch):
        await house.asked(1)
        house.server.answers = [GONE]
        house.clock.tick(timedelta(minutes=55))
        await house.asked(2)
        assert house.alarms.active == REFUSED
        assert (watch.sources[NAME].expires_at or NOON) > house.clock.now()
        house.server.answers = [(200, GOOD)]
        await house.asked(1)
        async with asyncio.timeout(10):
            while house.alarms.active:  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.001)


async def test_a_token_that_holds_is_not_asked_for_again(house: House) -> None:
    watch = house.watch()
    async with house.watching(watch):
        await house.asked(1)
    await watch.sources[NAME].token()

    assert len(house.server.forms) == 1


async def test_a_token_server_may_be_away_for_a_while_before_it_is_told(
    house: House,
) -> None:
    house.server.answers = [AWAY]
    async with house.watching(house.watch()):
        await house.asked(2)
        house.clock.tick(timedelta(minutes=14))
        await house.asked(2)
        assert house.alarms.told == []
        house.clock.tick(timedelta(minutes=1))
        await house.asked(2)

    assert list(house.alarms.active) == [f"token {NAME}"]


async def test_who_does_not_fetch_leaves_the_tokens_of_mailboxes_alone(house: House) -> None:
    stop = asyncio.Event()
    async with asyncio.timeout(10):
        await house.watch().run(stop, ("intake", "send"))

    assert house.server.forms == []


@pytest.mark.parametrize(
    ("days", "is_told"), [(15, False), (14, True), (1, True), (-1, True)], ids=str
)
async def test_the_end_of_a_secret_is_told_two_weeks_before(
    house: House, days: int, *, is_told: bool
) -> None:
    end = (house.clock.now() + timedelta(days=days)).date()
    async with house.watching(house.watch(secret_ends_on=end)):
        await house.asked(1)

    assert list(house.alarms.active) == [f"secret {NAME}"] * is_told
    assert all(f"ends on {end}" in words for words in house.alarms.active.values())


async def test_the_end_of_a_refresh_token_is_told_if_the_server_says_when(house: House) -> None:
    house.server.answers = [(200, GOOD | {"refresh_token_expires_in": 7 * 86_400})]
    watch = house.watch(secret_ends_on="2099-01-01")
    async with house.watching(watch):
        await house.asked(1)

    assert watch.sources[NAME].login_ends_at == house.clock.now() + timedelta(days=7)
    assert list(house.alarms.active) == [f"secret {NAME}"]


@pytest.mark.parametrize("transport", ["maildir", "smtp"])
async def test_the_login_of_a_relay_is_watched_if_mail_goes_by_it(
    tmp_path: Path, transport: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
desks = [{{ address = "support@example.test" }}]
[outgoing]
transport = "{transport}"
[relay]
host = "relay.example"
user = "support@example.test"
oauth = {{ command = ["/usr/bin/token"] }}
"""
    )
    settings = load(path)
    await prepare(settings)
    gateway = build(settings)

    assert list(gateway.token_watch.sources) == ["relay"] * (transport == "smtp")
    await gateway.close()
