"""An IMAP server on loopback that knows one account and a few folders, and keeps no mail."""

import asyncio
import base64
import shlex
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    user: str = "support@acme.example"
    password: str = "right"
    token: str = ""
    """Of XOAUTH2; then no password is taken."""
    folders: tuple[str, ...] = ("INBOX", "Done", "Failed")
    no_folder: str = "NO [NONEXISTENT] Unknown Mailbox"
    refusal: str = "NO [AUTHENTICATIONFAILED] no"
    capabilities: str = "IMAP4rev1 IDLE MOVE"
    greeting: str = "* OK ready"
    tls: ssl.SSLContext | None = None
    silent_after: str = ""
    """A command that is never answered."""
    port: int = 0
    commands: list[str] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["ImapServer"]:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=self.tls)
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
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                writer.write(f"{self.greeting}\r\n".encode())
                while True:
                    line = (await reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
                    await self._obey(line, reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _obey(
        self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tag, verb, *arguments = shlex.split(line)
        self.commands.append(verb)
        if verb == self.silent_after:
            await reader.read()
            return
        match verb:
            case "CAPABILITY":
                writer.write(f"* CAPABILITY {self.capabilities}\r\n".encode())
                said = "OK done"
            case "LOGIN":
                is_right = not self.token and arguments == [self.user, self.password]
                said = "OK in" if is_right else self.refusal
            case "AUTHENTICATE":
                said = await self._xoauth2(reader, writer)
            case "EXAMINE":
                there = arguments[0] in self.folders
                writer.write(b"* 3 EXISTS\r\n" if there else b"")
                said = "OK [READ-ONLY] open" if there else self.no_folder
            case "LOGOUT":
                said = "OK bye"
            case _:
                said = "BAD what?"
        writer.write(f"{tag} {said}\r\n".encode())

    async def _xoauth2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        writer.write(b"+ \r\n")
        said = base64.b64decode(await reader.readuntil(b"\r\n")).decode()
        if said == f"user={self.user}\1auth=Bearer {self.token}\1\1":
            return "OK in"
        writer.write(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
        assert await reader.readuntil(b"\r\n") == b"\r\n"
        return "NO [AUTHENTICATIONFAILED] no"
