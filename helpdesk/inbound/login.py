"""Logging in at the listener: what the mechanisms exchange, and how often somebody may be wrong.

Standards: RFC 4954 (AUTH), RFC 4616 (PLAIN); LOGIN has no standard, but many clients know only it.
Failures: `MalformedError`, the client's words are not what the mechanism wants.
"""

import binascii
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from typing import cast

from helpdesk.core.address import lookup_key

VALUE_OCTETS = 255
"""RFC 4616 §2: so much of each must be taken, and nobody has more."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who somebody says to be. Without a repr, so that no log tells the password."""

    user: str
    password: str

    @property
    def is_possible(self) -> bool:
        """Whether anybody can have these at all."""
        values = (self.user, self.password)
        return all(v and len(v.encode()) <= VALUE_OCTETS and "\0" not in v for v in values)


class MalformedError(ValueError):
    """A response that the mechanism does not know."""


Exchange = Generator[bytes, bytes, Credentials]
"""Yields challenges, is sent responses, returns what they say."""


def decode(text: bytes | bytearray) -> bytes:
    """One response in base64; strictly, as RFC 4954 §4 demands."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise MalformedError from None


def encode(challenge: bytes) -> str:
    return binascii.b2a_base64(challenge, newline=False).decode("ascii")


def _plain() -> Exchange:
    # RFC 4616 §2: [authzid] NUL authcid NUL passwd
    parts = (yield b"").split(b"\0", 2)
    try:
        authorization, user, password = parts
    except ValueError:
        raise MalformedError from None
    credentials = _credentials(user, password)
    # Nobody may act as somebody else.
    if authorization and lookup_key(_text(authorization)) != lookup_key(credentials.user):
        return Credentials("", "")
    return credentials


def _login() -> Exchange:
    user = yield b"Username:"
    return _credentials(user, (yield b"Password:"))


def _credentials(user: bytes, password: bytes) -> Credentials:
    # RFC 4616 §2 wants SASLprep. Users are addresses, which have a lookup key; passwords count as
    # the octets that were sent, so one that is not ASCII must be typed the same way everywhere.
    return Credentials(_text(user), _text(password))


def _text(value: bytes) -> str:
    """Nobody is called, or has as password, what is not UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ""


async def exchange(
    mechanism: Exchange, initial: bytes, ask: Callable[[bytes], Awaitable[bytes | bytearray | None]]
) -> Credentials | None:
    """What the client says, which may have begun with the command; None when it left instead."""
    line: bytes | bytearray | None = b"" if initial == b"=" else initial or None
    challenge = next(mechanism)
    try:
        while True:
            if line is None:
                line = await ask(challenge)
            if line is None:
                return None
            challenge = mechanism.send(decode(line))
            line = None
    except StopIteration as end:
        return cast(Credentials, end.value)


MECHANISMS: Mapping[str, Callable[[], Exchange]] = {"PLAIN": _plain, "LOGIN": _login}


class FailedLogins:
    """Counts failed logins by peer; listeners that share one share its limit.

    Attempts count before they are checked, so that many at one time are no way around it.
    """

    def __init__(self, most: int = 20, seconds: float = 600.0, remembered: int = 10_000) -> None:
        self._most = most
        self._seconds = seconds
        self._remembered = remembered
        self._since: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._since)

    def attempt(self, peer: str, now: float) -> bool:
        """Whether this peer may try now. An empty one may always: many may be behind it."""
        if not peer:
            return True
        since, count = self._since.get(peer, (now, 0))
        if now - since >= self._seconds:
            since, count = now, 0
        if count >= self._most:
            return False
        self._since[peer] = since, count + 1
        self._since.move_to_end(peer)
        if len(self._since) > self._remembered:
            self._since.popitem(last=False)
        return True

    def take_back(self, peer: str) -> None:
        """The attempt was no failure."""
        since, count = self._since.get(peer, (0.0, 0))
        if count > 1:
            self._since[peer] = since, count - 1
        else:
            self._since.pop(peer, None)

    def hand_over(self) -> Mapping[str, tuple[float, int]]:
        """Since when each failed, and how often."""
        return self._since

    def take_over(self, since: Mapping[str, tuple[float, int]]) -> None:
        self._since.update(since)
