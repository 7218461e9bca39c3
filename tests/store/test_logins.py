"""Passwords are known by their hashes, and a change of one works at once."""

import asyncio
import time
from base64 import b64encode
from datetime import datetime

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.store.engine import StoreError, reading, writing
from helpdesk.store.logins import (
    LONGEST_OCTETS,
    Logins,
    add_login,
    hash_password,
    is_password,
    list_logins,
    remove_login,
)
from helpdesk.store.tables import LOGINS
from tests.builders import NOW
from tests.databases import ONLY_SQLITE

ANA = "ana@example.org"
PASSWORD = "a päss word"


CHEAP = (16, 1, 1)


async def give(engine: AsyncEngine, password: str, address: str = ANA) -> None:
    """As `add_login`, with a hash that takes no time."""
    made = hash_password(password, CHEAP)
    async with writing(engine) as connection:
        await connection.execute(delete(LOGINS).where(LOGINS.c.key == address))
        await connection.execute(
            insert(LOGINS).values(key=address, address=address, password_hash=made, created_at=NOW)
        )


def b64(octets: bytes) -> str:
    return b64encode(octets).decode()


async def stored(engine: AsyncEngine) -> list[str]:
    async with reading(engine) as connection:
        return list((await connection.execute(select(LOGINS.c.password_hash))).scalars())


async def test_who_has_a_login_and_the_password_may_write_as_that_address(
    engine: AsyncEngine,
) -> None:
    await add_login(engine, "Ana@Example.ORG", PASSWORD, NOW)
    logins = Logins(engine)

    assert await logins.check("ana@EXAMPLE.org", PASSWORD) == "Ana@example.org"
    assert await logins.check(ANA, "a pass word") == ""
    assert await logins.check("bob@example.org", PASSWORD) == ""


async def test_what_is_no_address_is_nobody(engine: AsyncEngine) -> None:
    logins = Logins(engine)

    assert await logins.check("an\0a@example.org", PASSWORD) == ""
    assert await logins.check("x" * 300 + "@a.example", PASSWORD) == ""


async def test_a_new_password_takes_the_place_of_the_old_one_at_once(engine: AsyncEngine) -> None:
    await give(engine, PASSWORD)
    logins = Logins(engine)
    assert await logins.check(ANA, PASSWORD) == ANA
    await add_login(engine, ANA.upper(), "another one", NOW)

    assert await logins.check(ANA, PASSWORD) == ""
    assert await logins.check(ANA, "another one") != ""
    assert len(await stored(engine)) == 1


async def test_who_was_removed_may_not_log_in_again(engine: AsyncEngine) -> None:
    await give(engine, PASSWORD)
    logins = Logins(engine)
    assert await logins.check(ANA, PASSWORD) == ANA
    await remove_login(engine, ANA)

    assert await logins.check(ANA, PASSWORD) == ""


@ONLY_SQLITE
async def test_a_password_that_was_right_costs_no_second_hash(engine: AsyncEngine) -> None:
    await add_login(engine, ANA, PASSWORD, NOW)
    logins = Logins(engine)
    started = time.process_time()
    await logins.check(ANA, PASSWORD)
    first = time.process_time() - started
    started = time.process_time()
    for _ in range(50):
        assert await logins.check(ANA, PASSWORD) == ANA

    assert time.process_time() - started < 10 * first


@ONLY_SQLITE
async def test_who_is_unknown_costs_as_much_as_who_is_wrong(engine: AsyncEngine) -> None:
    await add_login(engine, ANA, PASSWORD, NOW)
    logins = Logins(engine)

    async def cost(user: str) -> float:
        started = time.process_time()
        await logins.check(user, "guess")
        return time.process_time() - started

    known, unknown, odd = await cost(ANA), await cost("bob@example.org"), await cost("bob")
    assert unknown > known / 4
    assert odd > known / 4


@ONLY_SQLITE
async def test_hashing_does_not_stop_the_others(engine: AsyncEngine) -> None:
    await add_login(engine, ANA, PASSWORD, NOW)
    check = asyncio.create_task(Logins(engine).check(ANA, "guess"))
    turns = 0
    while not check.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 100


async def test_what_is_stored_says_how_it_was_made(engine: AsyncEngine) -> None:
    await add_login(engine, ANA, PASSWORD, NOW)

    assert (await stored(engine))[0].startswith("scrypt$32768$8$3$")


def test_hashes_with_other_parameters_are_understood() -> None:
    # RFC 7914 §12, the first 32 octets of its third vector.
    made = bytes.fromhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
    stored = f"scrypt$16384$8$1${b64(b'SodiumChloride')}${b64(made)}"

    assert is_password("pleaseletmein", stored)
    assert not is_password("pleaseletmeout", stored)


def test_a_password_has_another_hash_each_time() -> None:
    assert hash_password(PASSWORD, CHEAP) != hash_password(PASSWORD, CHEAP)


async def test_a_hash_that_we_do_not_know_is_a_fault(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(
            insert(LOGINS).values(
                key=ANA, address=ANA, password_hash="md5$1$1$1$AA==$AA==", created_at=NOW
            )
        )

    with pytest.raises(ValueError, match="md5"):
        await Logins(engine).check(ANA, PASSWORD)


async def test_logins_are_listed_without_passwords(engine: AsyncEngine) -> None:
    await give(engine, PASSWORD, "bob@example.org")
    await give(engine, PASSWORD)
    found = [each.to_json() for each in await list_logins(engine)]

    assert [set(each) for each in found] == [{"address", "created_at"}] * 2
    assert [each["address"] for each in found] == [ANA, "bob@example.org"]
    assert {datetime.fromisoformat(str(each["created_at"])) for each in found} == {NOW}


@pytest.mark.parametrize(
    ("address", "password", "problem"),
    [
        ("ana", PASSWORD, "no address"),
        (ANA, "short one", "shorter than 10"),
        (ANA, "x" * (LONGEST_OCTETS + 1), "longer than 255"),
        (ANA, "ä" * 200, "longer than 255"),
        (ANA, "with a \0 in it", "cannot be typed"),
        (ANA, "with \udce9 in it", "cannot be typed"),
    ],
)
async def test_a_login_that_cannot_be_is_refused(
    engine: AsyncEngine, address: str, password: str, problem: str
) -> None:
    with pytest.raises(StoreError, match=problem) as caught:
        await add_login(engine, address, password, NOW)

    assert password not in str(caught.value)
    assert await list_logins(engine) == []


async def test_only_a_login_can_be_removed(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError, match="has no login"):
        await remove_login(engine, ANA)
