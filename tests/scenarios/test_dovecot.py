"""The fetcher against a real IMAP server: nothing is lost, and nothing is taken twice."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.inbound.imap import Pace
from helpdesk.store.cursors import SqlCursors
from helpdesk.store.engine import open_engine
from helpdesk.store.schema import upgrade
from tests.inbound.imap_server import NOW, QUICK, Station, Tokens, letter, running, until
from tests.scenarios.dovecot import Dovecot, Network, dovecot
from tests.scenarios.office import Office

IS_LONG = os.environ.get("HELPDESK_LONG_FAULTS") == "1"
MANY, SOME, CUTS = (10_000, 1_000, 60) if IS_LONG else (3_000, 300, 30)
OLD = NOW.timestamp() - 86_400


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running_server:
        yield running_server


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await upgrade(url)
    engine = open_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def station(engine: AsyncEngine, tmp_path: Path, server: Dovecot) -> Station:
    return Station(engine, tmp_path / "objects", server.port)


def letters(number: int) -> list[bytes]:
    return [letter(each) for each in range(number)]


@pytest.mark.timeout(180)
async def test_thousands_of_mails_are_fetched_once_each_across_a_restart(
    server: Dovecot, station: Station
) -> None:
    server.fill("many", letters(MANY))
    first = station.fetcher(user="many")
    async with running(first):
        await until(lambda: first.state.fetched > MANY // 3, patience=60)
    second = station.fetcher(user="many")
    async with running(second):
        await until(lambda: len(station.accepted) >= MANY, patience=90)
        await until(lambda: second.state.connected and not second.state.waiting)

    assert server.flagged("many", "S") == MANY
    assert sorted(await station.uids()) == list(range(1, MANY + 1))
    assert MANY // 3 < first.state.fetched < MANY


@pytest.mark.timeout(180)
async def test_many_cuts_of_the_connection_lose_nothing_and_double_nothing(
    server: Dovecot, station: Station
) -> None:
    async def fetch_across(cut: int) -> int:
        user = f"cut{cut}"
        server.fill(user, letters(20))
        from_client = cut % 2 == 1
        octets = cut * 420 // CUTS + 1 if from_client else cut * 4_200 // CUTS + 1
        network = Network(server.port, octets, from_client)
        async with network.running():
            fetcher = station.fetcher(name=user, user=user, port=network.port)
            async with running(fetcher):
                await until(lambda: server.flagged(user, "S") == 20, patience=60)
        return network.connections

    connections = []
    for start in range(0, CUTS, 10):
        cuts = range(start, start + 10)
        connections += await asyncio.gather(*map(fetch_across, cuts))

    mailboxes = Counter(origin.split(":")[1] for origin in await station.origins())
    assert mailboxes == {f"cut{cut}": 20 for cut in range(CUTS)}
    assert sum(number > 1 for number in connections) >= CUTS * 3 // 4
    assert station.bell.told == []


async def test_after_a_renumbering_all_is_looked_at_and_known_mail_is_a_duplicate(
    server: Dovecot, office: Office
) -> None:
    engine = office.gateway.engine
    user = f"renumbered-{engine.dialect.name}"
    station = Station(engine, office.maildir, server.port)
    station.intake, station.cursors = office.gateway.intake, SqlCursors(engine)
    mails = [
        b"From: ana@customer.example\r\nTo: sales@example.test\r\nSubject: Mail %d\r\n"
        b"Message-ID: <%d@mua.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n"
        b"It burns.\r\n" % (number, number)
        for number in range(4)
    ]
    server.fill(user, mails[:3])
    async with running(station.fetcher(user=user)):
        await until(lambda: server.flagged(user, "S") == 3)
    server.renumber(user, 4242)
    server.fill(user, mails[3:], start=3)
    second = station.fetcher(user=user)
    async with running(second):
        await until(lambda: second.state.last_contact_at and not second.state.waiting)
    await office.settled()

    assert await office.verdicts() == {"opened": 4, "duplicate": 3}
    assert await station.position() == "4242:4"
    assert await office.count("SELECT count(*) FROM tickets WHERE desk = 'sales'") == 4


async def test_mail_that_was_left_out_stays_so_after_a_renumbering(
    server: Dovecot, station: Station
) -> None:
    server.fill("late", letters(3), new=False)
    for path in server.maildir("late").glob("cur/*"):
        os.utime(path, (OLD, OLD))
    first = station.fetcher(user="late", first="new")
    async with running(first):
        await until(lambda: first.state.last_contact_at)
    server.renumber("late", 4242)
    server.fill("late", letters(4)[3:], start=3)
    second = station.fetcher(user="late", first="new")
    async with running(second):
        await until(lambda: second.state.fetched)
        await until(lambda: server.flagged("late", "S") == 1)

    assert await station.origins() == ["imap:box:late/INBOX:127.0.0.1/4242:4"]


async def test_mail_for_a_connection_that_died_in_idle_is_caught_up_with(
    server: Dovecot, station: Station
) -> None:
    server.fill("silent", letters(1))
    network = Network(server.port)
    pace = Pace(idle=0.3, first_pause=0.001, longest_pause=0.02, jitter=lambda: 1.0)
    async with network.running():
        fetcher = station.fetcher(pace, user="silent", port=network.port, timeout=1.0)
        async with running(fetcher):
            await until(lambda: server.flagged("silent", "S") == 1)
            network.is_black_hole = True
            server.fill("silent", letters(2)[1:], start=1)
            await until(lambda: fetcher.state.fetched == 2)

    assert network.connections == 2
    assert sorted(await station.uids()) == [1, 2]


async def test_the_server_tells_of_new_mail_at_once(server: Dovecot, station: Station) -> None:
    server.fill("told", letters(1))
    network = Network(server.port)
    async with network.running():
        fetcher = station.fetcher(user="told", port=network.port)
        async with running(fetcher):
            await until(lambda: server.flagged("told", "S") == 1)
            server.fill("told", letters(2)[1:], start=1)
            await until(lambda: fetcher.state.fetched == 2)

    assert network.connections == 1


async def test_mail_that_cannot_be_moved_is_taken_once_and_moved_later(
    server: Dovecot, station: Station
) -> None:
    server.fill("stuck", letters(3))
    done = server.maildir("stuck", "Done")
    for name in ("cur", "new", "tmp"):
        (done / name).mkdir(parents=True)
    server.own(done)
    for name in ("cur", "new", "tmp"):
        (done / name).chmod(0o555)
    pace = Pace(idle=0.05, first_pause=0.001, longest_pause=0.02, jitter=lambda: 1.0)
    async with running(station.fetcher(pace, user="stuck", done_folder="Done")):
        await until(lambda: "marking in mailbox box" in station.bell.active)
        assert len(server.files("stuck")) == 3
        for name in ("cur", "new", "tmp"):
            (done / name).chmod(0o755)
        await until(lambda: server.files("stuck") == [])

    assert len(server.files("stuck", "Done")) == 3
    assert await station.uids() == [1, 2, 3]
    assert len(station.accepted) == 3


@pytest.mark.timeout(180)
@pytest.mark.parametrize("knows_size", [True, False])
async def test_a_mail_that_the_server_cannot_read_blocks_none_of_hundreds(
    server: Dovecot, station: Station, *, knows_size: bool
) -> None:
    user = f"poison-{knows_size}".lower()
    mails = letters(SOME)
    mails[SOME // 2] = letter(SOME // 2, size=70_000)
    server.fill(user, mails)
    [poison] = server.maildir(user).glob("new/*.M0P1.*")
    if not knows_size:  # then it cannot even be listed
        poison = poison.rename(poison.with_name(poison.name.partition(",")[0]))
    poison.chmod(0)
    fetcher = station.fetcher(user=user, size_limit=65_536, failed_folder="Failed")
    async with running(fetcher):
        await until(
            lambda: fetcher.state.failed == 2 and fetcher.state.fetched == SOME - 2, patience=60
        )

    assert sorted(await station.uids()) == [
        u for u in range(1, SOME + 1) if u not in {1, SOME // 2 + 1}
    ]
    told = [words for cause, words in station.bell.told if cause == "mail set aside in box"]
    assert ["cannot be fetched" in words for words in told] == [False, True]


async def test_a_folder_with_a_foreign_name_is_made_and_filled(
    server: Dovecot, station: Station
) -> None:
    server.fill("foreign", letters(2))
    name = 'Erledigt & "fertig" für 台北'
    async with running(station.fetcher(user="foreign", done_folder=name)):
        await until(lambda: server.files("foreign") == [])
    async with running(station.fetcher(user="foreign", name="again", folder=name)):
        await until(lambda: len(station.accepted) == 4)

    assert len(await station.origins()) == 4


@pytest.mark.parametrize("password", ["wrong", 'se"same\\'])
async def test_a_wrong_password_rings(server: Dovecot, station: Station, password: str) -> None:
    server.fill("wrong", letters(1))
    async with running(station.fetcher(QUICK, user="wrong", password=password)):
        await until(lambda: station.bell.active)

    assert "login refused" in station.bell.active["mailbox box"]


async def test_an_old_access_token_is_replaced_and_the_mail_comes(
    server: Dovecot, station: Station
) -> None:
    server.fill("tokens", letters(2))
    server.tokens["fresh"] = "tokens"
    tokens = Tokens("old", "fresh")
    async with running(station.fetcher(user="tokens", tokens=tokens)):
        await until(lambda: server.flagged("tokens", "S") == 2)

    assert tokens.forgotten == 1
    assert station.bell.told == []


async def test_the_access_token_of_somebody_else_rings(server: Dovecot, station: Station) -> None:
    server.tokens["his"] = "him"
    async with running(station.fetcher(user="tokens", tokens=Tokens("his"))):
        await until(lambda: station.bell.active)

    assert "login refused" in station.bell.active["mailbox box"]
