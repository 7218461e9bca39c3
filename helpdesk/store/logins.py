"""Who may log in at the listener: addresses, and hashes of their passwords.

Standards: RFC 7914 (scrypt).
Failures: StoreError when a login cannot be what was asked for.
"""

import asyncio
import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.address import is_address, lookup_key, normalize
from helpdesk.store.engine import StoreError, reading, write_at_once
from helpdesk.store.tables import LOGINS

SHORTEST = 10
LONGEST_OCTETS = 255
"""RFC 4616 §2: clients need not send longer ones."""
SALT_OCTETS = 16
HASH_OCTETS = 32
Cost = tuple[int, int, int]
COST: Cost = (2**15, 8, 3)
"""N, r and p: 32 MiB and some tenths of a second on a small server."""
_MEMORY = 128 * 2**20
_REMEMBERED = 256

T = TypeVar("T")

# Each hash needs memory and a core: those who guess passwords get no more than this of them.
_THREADS = ThreadPoolExecutor(2, "password")


@dataclass(frozen=True, slots=True)
class Login:
    address: str
    created_at: datetime

    def to_json(self) -> dict[str, object]:
        return {"address": self.address, "created_at": self.created_at.isoformat()}


async def add_login(engine: AsyncEngine, address: str, password: str, now: datetime) -> None:
    """Or give the one who is there a new password."""
    if not is_address(address):
        raise StoreError(f"{address!r} is no address", "write it as name@domain")
    _check(password)
    key, made = lookup_key(address), await _in_thread(partial(hash_password, password))
    values = {"address": normalize(address), "password_hash": made, "created_at": now}

    await write_at_once(
        engine,
        lambda c: (
            c.execute(update(LOGINS).where(LOGINS.c.key == key).values(values)).rowcount
            or c.execute(insert(LOGINS).values(key=key, **values))
        ),
    )


async def remove_login(engine: AsyncEngine, address: str) -> None:
    """Who is logged in at this moment stays so until the connection ends."""
    statement = delete(LOGINS).where(LOGINS.c.key == lookup_key(address))
    if not await write_at_once(engine, lambda c: c.execute(statement).rowcount):
        raise StoreError(f"{address} has no login", "see `helpdesk logins list`")


async def list_logins(engine: AsyncEngine) -> list[Login]:
    statement = select(LOGINS.c.address, LOGINS.c.created_at).order_by(LOGINS.c.key)
    async with reading(engine) as connection:
        return [Login(row.address, row.created_at) for row in await connection.execute(statement)]


class Logins:
    """Checks passwords; one that was right lately is known again without hashing it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._secret = os.urandom(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()

    async def check(self, user: str, password: str) -> str:
        """The address that the user may write as; empty when one of both is wrong."""
        address, stored = await self._stored(user)
        # With the stored hash in it: a changed password is never taken for the one before.
        known = hmac.digest(self._secret, f"{stored}\0{password}".encode(), "sha256")
        if address and known in self._right:
            self._right.move_to_end(known)
            return address
        # Who is unknown takes as long as who has another password.
        is_right = await _in_thread(partial(is_password, password, stored or _UNKNOWN))
        if not address or not is_right:
            return ""
        self._right[known] = None
        if len(self._right) > _REMEMBERED:
            self._right.popitem(last=False)
        return address

    async def _stored(self, user: str) -> tuple[str, str]:
        if not is_address(user):
            return "", ""
        statement = select(LOGINS.c.address, LOGINS.c.password_hash)
        async with reading(self._engine) as connection:
            found = await connection.execute(statement.where(LOGINS.c.key == lookup_key(user)))
            row = found.one_or_none()
        return ("", "") if row is None else (row.address, row.password_hash)


def hash_password(password: str, cost: Cost = COST) -> str:
    """With its parameters in front, so that they can be raised later."""
    salt = os.urandom(SALT_OCTETS)
    return _written(cost, salt, _scrypt(password, salt, cost))


def _written(cost: Cost, salt: bytes, made: bytes) -> str:
    return "$".join(["scrypt", *map(str, cost), b64encode(salt).decode(), b64encode(made).decode()])


def is_password(password: str, stored: str) -> bool:
    kind, n, r, p, salt, expected = stored.split("$")
    if kind != "scrypt":
        raise ValueError(f"no hash of kind {kind} is known")
    made = _scrypt(password, b64decode(salt), (int(n), int(r), int(p)))
    return hmac.compare_digest(made, b64decode(expected))


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=HASH_OCTETS
    )


_UNKNOWN = _written(COST, os.urandom(SALT_OCTETS), os.urandom(HASH_OCTETS))
"""A hash that no password has."""


def _check(password: str) -> None:
    if not password.isprintable():
        raise StoreError("the password has a character that cannot be typed", "leave it out")
    if len(password) < SHORTEST:
        raise StoreError(
            f"the password is shorter than {SHORTEST} characters",
            "take a longer one, or --generate one",
        )
    if len(password.encode()) > LONGEST_OCTETS:
        raise StoreError(
            f"the password is longer than {LONGEST_OCTETS} octets", "take a shorter one"
        )


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
