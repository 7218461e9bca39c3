"""What only PostgreSQL does: several processes on one database, and a server that goes away."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.watch import watch
from helpdesk.core.decision import Keys
from helpdesk.core.reply import DISK_FULL
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.inbound.intake import reply_to
from helpdesk.ports import Unavailable
from helpdesk.store.engine import (
    StoreAway,
    StoreError,
    open_engine,
    reading,
    verify_settings,
    write_at_once,
    writing,
)
from helpdesk.store.locks import hold_role, is_held, key_of, name_of
from helpdesk.store.people import sync
from helpdesk.store.postgresql import refusals
from helpdesk.store.schema import require_current, upgrade
from helpdesk.store.tables import OUTBOX, TICKETS
from tests.builders import EVE, NOW, SALES, SUPPORT, mail, message
from tests.postgresql import Cluster, NoServer, Server, unavailable
from tests.store.house import LATER, House, decide_in, raw

PATIENCE = 20


@pytest.fixture
def database() -> str:
    """Of all tests here."""
    return "postgresql"


@pytest.fixture
async def other(url: str, house: House) -> AsyncIterator[House]:
    """Another gateway on the same database."""
    engine = open_engine(url)
    yield House(engine, house.objects)
    await engine.dispose()


# --- several at once ----------------------------------------------------------------------------


async def test_two_who_claim_at_once_never_get_the_same_mail(house: House, other: House) -> None:
    for number in range(30):
        await house.intake.keep([(mail(message()).arrival, raw(f"{number}".encode()))])

    async def take(house: House) -> list[bytes]:
        found: list[bytes] = []
        while batch := await house.intake.claim(NOW, 3):
            found += [each.raw for each in batch]
        return found

    one, two = await asyncio.gather(take(house), take(other))

    assert sorted(one + two, key=int) == [f"{number}".encode() for number in range(30)]


async def test_two_who_claim_what_is_tried_alone_never_get_the_same_mail(
    house: House, other: House
) -> None:
    await house.intake.keep([(mail(message()).arrival, raw(b"x"))] * 20)
    await house.intake.claim(NOW, 64)
    await house.intake.release()

    async def take(house: House) -> list[IntakeId]:
        found: list[IntakeId] = []
        while batch := await house.intake.claim(NOW, 3):
            found += [each.id for each in batch]
        return found

    one, two = await asyncio.gather(take(house), take(other))

    assert sorted(one + two) == list(range(1, 21))


async def test_two_senders_never_claim_the_same_mail(house: House, other: House) -> None:
    for number in range(10):
        await house.receive(message(f"c{number}@x.example", f"{number}"))

    async def take(house: House) -> list[OutboxId]:
        found: list[OutboxId] = []
        while due := await house.outbox.claim(LATER, 2, LATER.replace(year=2030)):
            found += [each.mail.id for each in due]
        return found

    one, two = await asyncio.gather(take(house), take(other))

    assert sorted(one + two) == [row.id for row in await house.rows(OUTBOX)]


async def test_works_of_two_gateways_wait_for_each_other_and_both_commit(
    house: House, other: House
) -> None:
    mails = [(await house.keep(message(f"c{n}@x.example", f"{n}")))[0] for n in range(8)]

    async def work(house: House, number: int) -> None:
        async with house.tickets.work() as work:
            await work.load([mails[number].keys])
            await asyncio.sleep(0)
            decide_in(work, mails[number])
            await work.commit()

    await asyncio.gather(*(work((house, other)[n % 2], n) for n in range(8)))

    assert [row.number for row in await house.rows(TICKETS)] == list(range(1001, 1009))


async def test_mail_is_kept_while_somebody_decides(house: House, other: House) -> None:
    async with house.tickets.work() as work:
        await work.load([Keys("")])
        async with asyncio.timeout(PATIENCE):
            await other.intake.keep([(mail(message()).arrival, raw(b"x"))])
            claimed = await other.intake.claim(NOW, 1)

    assert [each.raw for each in claimed] == [b"x"]


async def test_the_settings_are_brought_in_by_one_at_a_time(house: House, other: House) -> None:
    await asyncio.gather(*(sync(each.engine, (SUPPORT, SALES), ()) for each in (house, other) * 3))

    assert (await house.known()).agents == {}


# --- telling each other -------------------------------------------------------------------------


@asynccontextmanager
async def hearing(engine: AsyncEngine) -> AsyncIterator[asyncio.Event]:
    heard = asyncio.Event()
    async with watch(engine, heard.set):
        yield heard


async def hears(heard: asyncio.Event, change: Awaitable[object]) -> None:
    heard.clear()
    await change
    async with asyncio.timeout(PATIENCE):
        await heard.wait()


async def test_kept_mail_wakes_another_process(house: House, other: House) -> None:
    async with hearing(other.engine) as heard:
        await hears(heard, house.intake.keep([(mail(message()).arrival, raw(b"x"))]))


async def test_outgoing_mail_wakes_another_process(house: House, other: House) -> None:
    async with hearing(other.engine) as heard:
        await hears(heard, house.receive(message(EVE.address)))


async def test_what_an_operator_frees_or_retries_wakes_another_process(
    house: House, other: House
) -> None:
    (incoming,) = await house.keep(message())
    await house.intake.quarantine(incoming.intake, "loop", "", NOW)
    await house.receive(message(EVE.address))
    async with hearing(other.engine) as heard:
        await hears(heard, house.intake.free(incoming.intake, NOW))
        await hears(heard, house.intake.retry(incoming.intake, NOW))
        await hears(heard, house.outbox.retry(OutboxId(1), NOW))


async def test_a_process_is_not_woken_by_itself(house: House, other: House) -> None:
    async with hearing(house.engine) as own, hearing(other.engine) as heard:
        await hears(heard, house.intake.keep([(mail(message()).arrival, raw(b"x"))]))
        # What the other one tells comes after what was told before.
        assert not own.is_set()
        await hears(own, other.intake.keep([(mail(message()).arrival, raw(b"x"))]))


async def test_who_listens_hears_again_after_his_connection_was_cut(
    house: House, other: House, cluster: Cluster
) -> None:
    async with hearing(other.engine) as heard:
        cluster.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'listens'"
        )
        async with asyncio.timeout(PATIENCE):
            await heard.wait()  # for something may have been told meanwhile
        await hears(heard, house.intake.keep([(mail(message()).arrival, raw(b"x"))]))


# --- roles --------------------------------------------------------------------------------------


async def test_a_role_is_held_by_one_process(house: House, other: House) -> None:
    lock = await hold_role(house.engine, "send")

    with pytest.raises(StoreError, match=r"another daemon \(process \d+ on .+\) runs send") as no:
        await hold_role(other.engine, "send")
    elsewhere = await hold_role(other.engine, "receive")

    assert "--only ROLE" in str(no.value)
    await lock.release()
    await elsewhere.release()
    await (await hold_role(other.engine, "send")).release()


async def test_who_asks_hears_whether_a_role_is_held(house: House, other: House) -> None:
    before = await is_held(other.engine, "send")
    lock = await hold_role(house.engine, "send")
    during = await is_held(other.engine, "send")
    await lock.release()

    assert (before, during) == (False, True)


@asynccontextmanager
async def held_by(url: str, name: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(url, server_settings={"application_name": name})
    try:
        assert await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", *key_of("send"))
        yield
    finally:
        await connection.close()


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


async def test_a_role_is_waited_for_that_an_ended_process_of_this_machine_had(
    house: House, url: str
) -> None:
    """Its connection outlives it on the server when the whole machine stopped at once."""
    process = ended_process()
    async with held_by(url, name_of("send", process)):
        with pytest.raises(StoreAway, match=f"process {process} of this machine .* has ended"):
            await hold_role(house.engine, "send")


async def test_a_role_is_waited_for_that_a_process_had_before_this_machine_was_started_again(
    house: House, url: str
) -> None:
    number, boot = os.getppid(), name_of("send", 1).split(" ")[2]
    async with held_by(url, name_of("send", number).replace(boot, "0fe0fe0f")):
        with pytest.raises(StoreAway):
            await hold_role(house.engine, "send")


@pytest.mark.parametrize(
    "name", [name_of("send", os.getppid()), "send 4711 0fe0fe0f on elsewhere", "psql", "send"]
)
async def test_a_role_that_somebody_has_is_not_waited_for(
    house: House, url: str, name: str
) -> None:
    async with held_by(url, name):
        with pytest.raises(StoreError, match="another daemon") as caught:
            await hold_role(house.engine, "send")

    assert not isinstance(caught.value, StoreAway)


def cut(cluster: Cluster, name: str) -> None:
    cluster.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE application_name LIKE '{name} %'"
    )


async def held(engine: AsyncEngine, role: str) -> bool:
    try:
        lock = await hold_role(engine, role)
    except StoreError:
        return True
    await lock.release()
    return False


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 -- another process is what we wait for
            await asyncio.sleep(0.02)


async def test_a_lock_whose_connection_was_cut_is_taken_again(
    house: House, other: House, cluster: Cluster
) -> None:
    lock = await hold_role(house.engine, "send")
    before = lock._connection

    cut(cluster, "send")

    async def again() -> bool:
        return lock._connection not in {None, before}

    await until(again)
    assert await held(other.engine, "send")
    await lock.release()


async def test_a_role_that_another_process_took_meanwhile_is_lost(
    house: House, other: House, cluster: Cluster
) -> None:
    lock = await hold_role(house.engine, "send")
    async with other.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        # It waits in line, and has the lock when the connection of the first one is cut.
        waiting = asyncio.create_task(
            driver.fetchval("SELECT pg_advisory_lock($1, $2)", *key_of("send"))
        )
        await until(lambda: is_waiting(house.engine))
        cut(cluster, "send")
        await waiting

        async with asyncio.timeout(PATIENCE):
            refusal = await lock.lost()

    assert "another daemon" in str(refusal)
    await lock.release()


async def is_waiting(engine: AsyncEngine) -> bool:
    async with reading(engine) as connection:
        found = await connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        return bool(found.scalar_one())


# --- a server that goes away --------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    try:
        server = Server()
    except NoServer as error:
        unavailable(error)
        raise
    yield server
    server.end()


@pytest.fixture
async def mortal(own_server: Server, tmp_path: Path) -> AsyncIterator[House]:
    """On a server that may be stopped."""
    name = tmp_path.name.lower()
    cluster = Cluster(own_server.url)
    cluster.sql(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0')
    url = cluster.url_of(name)
    cluster.close()
    await upgrade(url)
    engine = open_engine(url)
    await sync(engine, (SUPPORT, SALES), ())
    yield House(engine, tmp_path / "objects")
    await engine.dispose()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
async def test_a_server_that_was_away_is_used_again_without_a_restart_of_ours(
    mortal: House, own_server: Server, how: signal.Signals
) -> None:
    kept = [(mail(message()).arrival, raw(b"before"))]
    await mortal.intake.keep(kept)
    async with hearing(mortal.engine) as heard:
        own_server.stop(how)
        with pytest.raises(Unavailable):
            await mortal.intake.keep(kept)
        with pytest.raises(Unavailable):
            await mortal.intake.claim(NOW, 9)
        with pytest.raises(Unavailable):
            await mortal.receive(message(EVE.address))
        own_server.start()

        await until(lambda: can_keep(mortal))
        async with asyncio.timeout(PATIENCE):
            await heard.wait()

    assert {each.raw for each in await mortal.intake.claim(NOW, 9)} == {b"before", b"after"}


async def can_keep(house: House) -> bool:
    try:
        await house.intake.keep([(mail(message()).arrival, raw(b"after"))])
    except Unavailable:
        return False
    return True


async def test_a_work_whose_connection_is_cut_did_nothing(house: House, cluster: Cluster) -> None:
    (incoming,) = await house.keep(message(EVE.address))

    async def work() -> None:
        async with house.tickets.work() as work:
            await work.load([incoming.keys])
            decide_in(work, incoming)
            cluster.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'helpdesk' AND state = 'idle in transaction'"
            )
            await work.commit()

    with pytest.raises(Unavailable):
        await work()

    assert await house.rows(TICKETS) == []
    await work_again(house, incoming)
    assert [row.number for row in await house.rows(TICKETS)] == [1001]


async def work_again(house: House, incoming: Any) -> None:
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        decide_in(work, incoming)
        await work.commit()


async def test_a_full_disk_is_told_to_the_client_as_such(house: House) -> None:
    def fill(connection: Any) -> None:
        connection.exec_driver_sql(
            "DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
        )

    with pytest.raises(Unavailable) as caught:
        await write_at_once(house.engine, fill)

    assert reply_to(caught.value) == DISK_FULL


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57P01", "57014", "53300", "25006"])
async def test_what_is_no_mails_fault_is_unavailable(house: House, state: str) -> None:
    with pytest.raises(Unavailable):
        async with writing(house.engine) as connection:
            await connection.exec_driver_sql(
                f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
            )


# --- setting it up ------------------------------------------------------------------------------


async def test_text_with_the_one_character_that_cannot_be_stored_is_kept(house: House) -> None:
    await house.receive(message(EVE.address, "nothing\0here"))

    (row,) = await house.rows(TICKETS)
    assert row.subject == "nothing\ufffdhere"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("ALTER DATABASE {} SET synchronous_commit = off", "does not sync at commit"),
        ("UPDATE pg_database SET encoding = 8 WHERE datname = '{}'", "encoding LATIN1"),
    ],
)
async def test_every_weaker_setting_of_the_database_is_refused(
    cluster: Cluster, url: str, change: str, named: str
) -> None:
    name = url.partition("?")[0].rpartition("/")[2]
    cluster.sql(change.format(name))
    engine = open_engine(url)

    with pytest.raises(StoreError, match=named):
        await verify_settings(engine)

    await engine.dispose()


GOOD = {
    "version": 15,
    "is_standby": False,
    "encoding": "UTF8",
    "fsync": "on",
    "synchronous_commit": "on",
}


@pytest.mark.parametrize(
    ("worse", "named"),
    [({"version": 12}, "too old"), ({"is_standby": True}, "standby"), ({"fsync": "off"}, "fsync")],
)
def test_every_weaker_server_is_refused(worse: dict[str, Any], named: str) -> None:
    assert list(refusals(GOOD)) == []

    (refusal,) = refusals(GOOD | worse)

    assert named in str(refusal)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (("@", ":s3cret@"), "start the server"),
        (("/helpdesk_test_", "/no_such_database_"), "CREATE DATABASE"),
        (("postgres@", "nobody_there@"), "correct the user"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(
    url: str, tmp_path: Path, wrong: tuple[str, str], named: str
) -> None:
    if "s3cret" in wrong[1]:
        url = f"postgresql://helpdesk:s3cret@/helpdesk?host={tmp_path}"
    engine = open_engine(url if "s3cret" in wrong[1] else url.replace(*wrong, 1))

    for look in (lambda: require_current(engine), lambda: hold_role(engine, "send")):
        with pytest.raises(StoreError, match=named) as caught:
            await look()
        assert "\n" not in str(caught.value)
        assert "s3cret" not in str(caught.value)

    await engine.dispose()
