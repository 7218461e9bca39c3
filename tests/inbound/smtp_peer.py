"""A client and a door for the listener's tests: real sockets, mails kept in a list."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk.core.mail import Arrival, Trust
from helpdesk.core.reply import ACCEPTED, Reply
from helpdesk.inbound.limits import Connections, ListenerSettings
from helpdesk.inbound.listener import Listener
from helpdesk.ports import Raw

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]
"""Of a server, and of a client that trusts it."""
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OPENING = b"EHLO client.test\r\nMAIL FROM:<ana@example.org>\r\nRCPT TO:<support@example.com>\r\n"


@dataclass
class Door:
    """Keeps mails, unless told otherwise."""

    mails: list[tuple[Arrival, bytes]] = field(default_factory=list)
    raws: list[Raw] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def accept(self, arrival: Arrival, raw: Raw) -> Reply:
        if self.before is not None:
            await self.before()
        content = raw.content if raw.path is None else raw.path.read_bytes()
        assert content is not None
        self.mails.append((arrival, content))
        self.raws.append(raw)
        return ACCEPTED

    @property
    def contents(self) -> list[bytes]:
        return [content for _, content in self.mails]


class Client:
    """Says anything, and reads replies."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> str:
        """The next reply, its lines joined by LF; empty when the server has closed."""
        lines = []
        async with asyncio.timeout(10):
            while line := await self.reader.readline():
                assert line.endswith(b"\r\n")
                lines.append(line[:-2].decode("ascii"))
                if line[3:4] != b"-":
                    break
        return "\n".join(lines)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(10):
            await self.writer.drain()

    async def say(self, command: str | bytes) -> str:
        await self.send((command.encode() if isinstance(command, str) else command) + b"\r\n")
        return await self.reply()

    async def begin(self, *, recipients: int = 1, hello: str = "EHLO") -> None:
        """Up to the 354 of DATA."""
        await self.say(f"{hello} client.test")
        await self.say("MAIL FROM:<ana@example.org>")
        for number in range(recipients):
            await self.say(f"RCPT TO:<support+{number}@example.com>")
        assert (await self.say("DATA"))[:3] == "354"

    async def codes(self, number: int) -> list[str]:
        return [(await self.reply())[:3] for _ in range(number)]

    async def rest(self) -> list[str]:
        """All replies until the server closes."""
        replies = []
        while reply := await self.reply():
            replies.append(reply)
        return replies

    async def start_tls(self, context: ssl.SSLContext) -> None:
        await self.writer.start_tls(context, server_hostname="mx.example.com")

    def reset(self) -> None:
        """Leave without a word: the server sees the connection reset."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Stage:
    """A listener, its door, and clients that are closed at the end."""

    listener: Listener
    door: Door
    spool: Path
    _stack: AsyncExitStack

    async def client(
        self,
        *,
        source: str = "127.0.0.1",
        greeted: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> Client:
        """A client; in TLS from the first byte if it is given a context."""
        name: dict[str, Any] = {"server_hostname": "mx.example.com"} if tls else {}
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.listener.port, local_addr=(source, 0), ssl=tls, **name
        )
        self._stack.callback(writer.close)
        client = Client(reader, writer)
        if greeted:
            assert (await client.reply())[:3] == "220"
        return client

    @property
    def spooled(self) -> list[Path]:
        return list(self.spool.iterdir())

    async def until(self, is_true: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if is_true():
                return
            await asyncio.sleep(0.001)
        raise AssertionError("it never came true")

    async def until_nobody_is_connected(self) -> None:
        await self.until(lambda: self.listener.connections.open == 0)


@asynccontextmanager
async def listening(
    spool: Path, connections: Connections | None = None, **changes: Any
) -> AsyncIterator[Stage]:
    door = Door()
    settings: dict[str, Any] = {
        "name": "mx",
        "hostname": "mx.example.com",
        "spool_dir": spool,
        "accept": door.accept,
        "is_ours": is_ours,
        "trust": lambda peer: Trust(peer=peer),
        "now": lambda: NOW,
    }
    listener = Listener(ListenerSettings(**(settings | changes)), connections)
    await listener.start(host="127.0.0.1")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(listener.close, 0.2)
        yield Stage(listener, door, spool, stack)


async def in_tls(stage: Stage, contexts: Contexts, injected: bytes = b"") -> Client:
    """A client after STARTTLS, with something said in the clear behind it."""
    client = await stage.client()
    assert "250 STARTTLS" in (await client.say("EHLO client.test")).split("\n")
    await client.send(b"STARTTLS\r\n" + injected)
    assert (await client.reply())[:3] == "220"
    await client.start_tls(contexts[1])
    return client


async def transact(client: Client, content: bytes) -> str:
    await client.begin()
    await client.send(content + b".\r\n")
    return await client.reply()


def is_ours(address: str) -> bool:
    return address.lower().endswith("@example.com") or address.lower() == "postmaster"
