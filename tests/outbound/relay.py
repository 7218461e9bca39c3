"""A relay on loopback that says exactly what a test tells it to, and can fall silent or hang up."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

DROP = "(drop)"
SILENCE = "(silence)"

USUAL = {
    "greeting": "220 relay.test ESMTP",
    "helo": "250 relay.test",
    "starttls": "220 2.0.0 Ready",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 End data with <CR><LF>.<CR><LF>",
    "content": "250 2.0.0 Queued",
    "rset": "250 2.0.0 Ok",
    "quit": "221 2.0.0 Bye",
}


class HungUp(Exception):  # noqa: N818 -- it ends a connection, it is no error
    pass


@dataclass(frozen=True)
class Received:
    reverse_path: str
    recipient: str
    content: bytes


@dataclass
class ScriptedRelay:
    """`script` overrides what is usually said in a phase: a reply, DROP or SILENCE; a list is said
    one after the other, the usual reply after its end."""

    script: dict[str, str | list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 1000000",)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    port: int = 0
    mails: list[Received] = field(default_factory=list)
    """Everything that came up to the final dot, whatever was said then."""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with every mail."""
    commands: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    tokens: frozenset[str] | None = None
    """Access tokens that are taken; others are refused as Google does it, after a challenge."""
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    in_clear: list[str] = field(default_factory=list)
    """Commands that came without TLS."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["ScriptedRelay"]:
        server = await asyncio.start_server(
            self._client, "127.0.0.1", 0, ssl=self.tls if self.implicit else None, limit=2**25
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            with suppress(HungUp, OSError, asyncio.IncompleteReadError):
                await _Session(self, reader, writer).run()
        finally:
            self._tasks.discard(task)
            self.open_now -= 1
            self.closed.set()
            writer.transport.abort()

    def answer(self, phase: str) -> str:
        told = self.script.get(phase, USUAL.get(phase, "500 5.5.2 What?"))
        if isinstance(told, list):
            return told.pop(0) if told else USUAL[phase]
        return told


class _Session:
    def __init__(
        self, relay: ScriptedRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.encrypted = relay.implicit
        self.reverse_path = self.recipient = ""

    async def run(self) -> None:
        await self.say("greeting")
        while True:
            line = (await self.reader.readuntil(b"\r\n"))[:-2].decode()
            verb = line.split(" ")[0].split(":")[0].upper()
            self.relay.commands.append(line)
            if not self.encrypted:
                self.relay.in_clear.append(line)
            await self.obey(verb, line)

    async def obey(self, verb: str, line: str) -> None:
        match verb:
            case "EHLO":
                await self.greet()
            case "STARTTLS":
                if (await self.say("starttls")).startswith("2"):
                    assert self.relay.tls is not None
                    await self.writer.start_tls(self.relay.tls)
                    self.encrypted = True
            case "AUTH":
                await self.log_in(line)
            case "DATA":
                if (await self.say("data")).startswith("3"):
                    await self.take_content()
            case "QUIT":
                await self.say("quit")
                raise HungUp
            case _:
                if verb == "MAIL":
                    self.reverse_path = line.partition("<")[2].partition(">")[0]
                if verb == "RCPT":
                    self.recipient = line.partition("<")[2].partition(">")[0]
                await self.say(verb.lower())

    async def greet(self) -> None:
        if "ehlo" in self.relay.script:
            await self.say("ehlo")
            return
        extensions = list(self.relay.extensions)
        if self.relay.tls and not self.encrypted:
            extensions.append("STARTTLS")
        lines = ["relay.test", *extensions]
        ends = [*("-" for _ in lines[1:]), " "]
        await self.write("".join(f"250{end}{x}\r\n" for end, x in zip(ends, lines, strict=True)))

    async def log_in(self, line: str) -> None:
        _, mechanism, initial = line.split(" ")
        if mechanism == "XOAUTH2":
            user, token = self.read_xoauth2(initial)
            self.relay.logins.append((user, token))
            if self.relay.tokens is not None and token not in self.relay.tokens:
                challenge = base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
                await self.write(f"334 {challenge}\r\n")
                assert await self.reader.readuntil(b"\r\n") == b"\r\n"
                await self.write("535 5.7.8 Username and Password not accepted.\r\n")
                return
            await self.say("auth")
            return
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            await self.write("334 UGFzc3dvcmQ6\r\n")
            user = base64.b64decode(initial).decode()
            password = base64.b64decode(await self.reader.readuntil(b"\r\n")).decode()
        self.relay.logins.append((user, password))
        await self.say("auth")

    @staticmethod
    def read_xoauth2(initial: str) -> tuple[str, str]:
        """User and token of the form that Google and Microsoft document."""
        words = base64.b64decode(initial, validate=True).decode().split("\1")
        assert [words[0][:5], words[1][:12], *words[2:]] == ["user=", "auth=Bearer ", "", ""]
        return words[0][5:], words[1][12:]

    async def take_content(self) -> None:
        content = b"\r\n"
        while not content.endswith(b"\r\n.\r\n"):
            content += await self.reader.readuntil(b"\r\n")
        unstuffed = content[:-3].replace(b"\r\n..", b"\r\n.")[2:]
        self.relay.mails.append(Received(self.reverse_path, self.recipient, unstuffed))
        self.relay.came.set()
        await self.say("content")

    async def say(self, phase: str) -> str:
        told = self.relay.answer(phase)
        if told == DROP:
            raise HungUp
        if told == SILENCE:
            await self.reader.read()
            raise HungUp
        await self.write(f"{told}\r\n")
        if told.startswith("421"):
            raise HungUp
        return told

    async def write(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()
