"""An LMTP server that says what it is told to, and `helpdesk deliver` as mail systems start it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.machine import NOBODY, ROOT, need_code_for_nobody

SILENCE = None
CUT = b""
Words = bytes | None
REPLIES: Mapping[str, Words] = {
    "greeting": b"220 mx.example.com LMTP\r\n",
    "LHLO": b"250-mx.example.com\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    "MAIL": b"250 2.1.0 Sender ok\r\n",
    "RCPT": b"250 2.1.5 Recipient ok\r\n",
    "DATA": b"354 Go ahead\r\n",
    "QUIT": b"221 2.0.0 Goodbye\r\n",
}
STEPS = ("greeting", "LHLO", "MAIL", "RCPT", "DATA", "dot")
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("HELPDESK_") and name not in {"SENDER", "RECIPIENT"}
}
PATIENCE = 30.0


@dataclass
class Script:
    """By step, or `RCPT bob@example.com`; what is not there is answered well."""

    says: dict[str, Words] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    """As they came over the wire."""
    reached: dict[str, asyncio.Event] = field(
        default_factory=lambda: {step: asyncio.Event() for step in STEPS}
    )

    @property
    def recipients(self) -> int:
        return sum(each.startswith("RCPT") for each in self.commands)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say("greeting", reader, writer)
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.partition(" ")[0]
            name = command.partition("<")[2].partition(">")[0]
            step = f"RCPT {name}" if f"RCPT {name}" in self.says else verb
            words = await self._say(step, reader, writer)
            if verb == "DATA" and (words or b"").startswith(b"354"):
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                await self._say("dot", reader, writer)

    async def _say(
        self, step: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Words:
        if step in self.reached:
            self.reached[step].set()
        default = b"250 2.0.0 Kept\r\n" * self.recipients if step == "dot" else REPLIES.get(step)
        words = self.says.get(step, default)
        if words is SILENCE:
            await reader.read()  # until the client has had enough
            raise ConnectionAbortedError
        if words == CUT:
            raise ConnectionAbortedError
        writer.write(words)
        await writer.drain()
        return words


@asynccontextmanager
async def playing(path: Path, **says: Words) -> AsyncIterator[Script]:
    script = Script({name.replace("_", " "): words for name, words in says.items()})
    server = await asyncio.start_unix_server(script.serve, path, limit=128 * 1024 * 1024)
    try:
        yield script
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class Result:
    status: int | None
    out: str
    err: str


async def start(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str | Path] = (),
    folder: Path | None = None,
    user: int | None = None,
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "helpdesk",
        *map(str, before),
        "deliver",
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**ENVIRONMENT, **(environment or {}), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        user=user,
        group=user,
    )


def somebody_else() -> int | None:
    """For `start`: a user whom permissions stop, because nothing stops root."""
    if os.geteuid() != 0:
        return None
    need_code_for_nobody()
    return NOBODY


async def ended(process: asyncio.subprocess.Process, mail: bytes | None = None) -> Result:
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate(mail)
    finally:
        if process.returncode is None:
            process.kill()
    if process.stdin is not None:
        with suppress(ConnectionError):  # Python 3.11.2 complains if nobody asks for it
            await process.stdin.wait_closed()
    return Result(process.returncode, out.decode(), err.decode())


async def deliver(
    mail: bytes,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str | Path] = (),
    folder: Path | None = None,
) -> Result:
    process = await start(*arguments, environment=environment, before=before, folder=folder)
    return await ended(process, mail)
