"""An IMAP server that misbehaves on demand, and a fetcher with a real store in front of it."""

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.mail import Arrival
from helpdesk.core.reply import TOO_MANY_HOPS, Reply
from helpdesk.inbound.imap import Fetcher, MailboxOptions, Pace
from helpdesk.inbound.intake import Intake
from helpdesk.ports import Raw, TokenSource
from helpdesk.store.cursors import SqlCursors
from helpdesk.store.engine import reading
from helpdesk.store.queues import SqlIntake, raw_message
from helpdesk.store.tables import CURSORS, INTAKE
from tests.fakes import RecordingAlarms

BOX = "imap:box:support@example.test/INBOX:127.0.0.1/"
"""What the origins of a station begin with, if it does not say otherwise."""
ALL = "IMAP4REV1 SASL-IR IDLE MOVE UIDPLUS"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"|\(([^)]*)\)|(\S+)')
QUICK = Pace(
    idle=30, first_pause=0.001, longest_pause=0.02, again_after=0, breath=0, jitter=lambda: 1.0
)


def letter(number: int = 1, size: int = 0) -> bytes:
    body = b"x" * size or b"It burns.\r\n"
    return b"From: ana@customer.example\r\nSubject: Mail %d\r\n\r\n" % number + body


@dataclass
class Folder:
    uidvalidity: int = 7
    uidnext: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    came_at: dict[int, datetime] = field(default_factory=dict)

    def add(self, *contents: bytes, flags: Iterable[str] = (), at: datetime = NOW) -> None:
        for content in contents:
            self.mails[self.uidnext] = content
            self.flags[self.uidnext] = set(flags)
            self.came_at[self.uidnext] = at
            self.uidnext += 1

    def flagged(self, flag: str) -> set[int]:
        return {uid for uid, flags in self.flags.items() if flag in flags}

    def remove(self, uid: int) -> None:
        del self.mails[uid], self.flags[uid], self.came_at[uid]


@dataclass
class Session:
    """One client; says what it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    tag: str = ""
    selected: Folder | None = None

    def say(self, line: bytes) -> None:
        self.writer.write(line + b"\r\n")

    def answer(self, result: str) -> None:
        self.say(f"{self.tag} {result}".encode())

    async def hang(self) -> None:
        """Say nothing more, until the client leaves."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(4096):
                pass

    def cut(self) -> None:
        self.writer.transport.abort()


Fault = Callable[[Session, str], Awaitable[bool]]
"""Sees each command without its tag; True: it was dealt with, False: the server goes on."""


class ImapServer:
    def __init__(self) -> None:
        self.folders = {"INBOX": Folder()}
        self.capabilities = ALL
        self.password = "sesame"
        self.tokens: set[str] = set()
        self.greeting = b"* OK ready"
        self.sessions: list[Session] = []
        self.commands: list[str] = []
        self.fault: Fault | None = None
        self.idling: list[Session] = []
        self.tls: ssl.SSLContext | None = None
        self.port = 0

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    def deliver(self, *contents: bytes) -> None:
        """And tell those who wait for it."""
        self.inbox.add(*contents)
        for session in self.idling:
            session.say(b"* %d EXISTS" % len(self.inbox.mails))

    def said(self, start: str) -> list[str]:
        return [command for command in self.commands if command.startswith(start)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for session in self.sessions:
                session.cut()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, len(self.sessions) + 1)
        self.sessions.append(session)
        try:
            session.say(self.greeting)
            while line := await reader.readline():
                session.tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                self.commands.append(command)
                if not (self.fault and await self.fault(session, command)):
                    await self._obey(session, command)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.idling = [each for each in self.idling if each is not session]
            writer.transport.abort()

    async def _obey(self, session: Session, command: str) -> None:
        words = command.split()
        name = "_".join(words[:2] if words[0] == "UID" else words[:1]).lower()
        arguments = [
            next(part for part in match if part is not None).decode()
            for match in (m.groups() for m in _ARGUMENT.finditer(command.encode()))
        ]
        obey = getattr(self, f"_{name}", None)
        result = "BAD unknown command" if obey is None else await obey(session, arguments)
        session.answer(result)

    async def _capability(self, session: Session, _arguments: list[str]) -> str:
        session.say(f"* CAPABILITY {self.capabilities}".encode())
        return "OK done"

    async def _noop(self, _session: Session, _arguments: list[str]) -> str:
        return "OK done"

    async def _logout(self, session: Session, _arguments: list[str]) -> str:
        session.say(b"* BYE")
        return "OK done"

    async def _login(self, _session: Session, arguments: list[str]) -> str:
        password = re.sub(r"\\(.)", r"\1", arguments[2])
        is_right = password == self.password
        return "OK [CAPABILITY IMAP4rev1] in" if is_right else "NO [AUTHENTICATIONFAILED] no"

    async def _authenticate(self, session: Session, arguments: list[str]) -> str:
        if len(arguments) < 3:
            session.say(b"+ ")
            await session.writer.drain()
            arguments.append((await session.reader.readline()).decode().strip())
        token = base64.b64decode(arguments[2]).decode().split("\1")[1].removeprefix("auth=Bearer ")
        if token in self.tokens:
            return "OK in"
        session.say(b"+ " + base64.b64encode(b'{"status":"400"}'))
        await session.writer.drain()
        answer = await session.reader.readline()
        return "NO [AUTHENTICATIONFAILED] no" if answer == b"\r\n" else "BAD what?"

    async def _select(self, session: Session, arguments: list[str]) -> str:
        session.selected = folder = self.folders.get(arguments[1])
        if folder is None:
            return "NO no such folder"
        session.say(b"* %d EXISTS" % len(folder.mails))
        session.say(b"* OK [UIDVALIDITY %d] valid" % folder.uidvalidity)
        session.say(b"* OK [UIDNEXT %d] next" % folder.uidnext)
        return "OK [READ-WRITE] done"

    async def _create(self, _session: Session, arguments: list[str]) -> str:
        self.folders[arguments[1]] = Folder()
        return "OK done"

    async def _idle(self, session: Session, _arguments: list[str]) -> str:
        session.say(b"+ idling")
        await session.writer.drain()
        self.idling.append(session)
        await session.reader.readline()
        self.idling.remove(session)
        return "OK done"

    def _uids(self, session: Session, wanted: str) -> list[int]:
        """As RFC 3501 has it: `*` is the last one, and a range may be turned around."""
        assert session.selected is not None
        mails = session.selected.mails
        last = max(mails, default=0)
        found: set[int] = set()
        for part in wanted.split(","):
            ends = [last if end == "*" else int(end) for end in part.split(":")]
            found |= {uid for uid in mails if min(ends) <= uid <= max(ends)}
        return sorted(found)

    async def _uid_search(self, session: Session, arguments: list[str]) -> str:
        assert session.selected is not None
        uids = self._uids(session, arguments[3])
        words = iter(arguments[4:])
        for word in words:
            if word == "OR":
                either = self._found(session.selected, uids, words)
                uids = sorted({*either, *self._found(session.selected, uids, words)})
            else:
                uids = self._found(session.selected, uids, chain([word], words))
        session.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in uids))
        return "OK done"

    def _found(self, folder: Folder, uids: list[int], words: Iterator[str]) -> list[int]:
        word = next(words)
        if word == "SINCE":  # days, whatever the time
            day = datetime.strptime(next(words), "%d-%b-%Y").replace(tzinfo=UTC).date()
            return [uid for uid in uids if folder.came_at[uid].date() >= day]
        marked = folder.flagged(f"\\{word.removeprefix('UN').capitalize()}")
        return [uid for uid in uids if uid not in marked]

    async def _uid_fetch(self, session: Session, arguments: list[str]) -> str:
        assert session.selected is not None
        for number, uid in enumerate(self._uids(session, arguments[2]), 1):
            content = session.selected.mails[uid]
            flags = " ".join(sorted(session.selected.flags[uid])).encode()
            if "BODY.PEEK[]" in arguments[3]:
                start = b"* %d FETCH (UID %d BODY[] {%d}" % (number, uid, len(content))
                session.say(start)
                session.writer.write(content)
                session.say(b")")
            elif "HEADER.FIELDS" in arguments[3]:
                header = content.partition(b"\r\n\r\n")[0][:4092] + b"\r\n\r\n"
                what = b"BODY[HEADER.FIELDS (FROM SUBJECT DATE)]<0>"
                session.say(b"* %d FETCH (UID %d %s {%d}" % (number, uid, what, len(header)))
                session.writer.write(header)
                session.say(b")")
            else:
                at = session.selected.came_at[uid].strftime("%d-%b-%Y %H:%M:%S %z").encode()
                session.say(
                    b'* %d FETCH (UID %d FLAGS (%s) INTERNALDATE "%s" RFC822.SIZE %d)'
                    % (number, uid, flags, at, len(content))
                )
        return "OK done"

    async def _uid_store(self, session: Session, arguments: list[str]) -> str:
        assert session.selected is not None
        for uid in self._uids(session, arguments[2]):
            session.selected.flags[uid] |= set(arguments[4].split())
        return "OK done"

    async def _uid_copy(self, session: Session, arguments: list[str]) -> str:
        assert session.selected is not None
        target = self.folders.get(arguments[3])
        if target is None:
            return "NO [TRYCREATE] no such folder"
        target.add(*(session.selected.mails[uid] for uid in self._uids(session, arguments[2])))
        return "OK done"

    async def _uid_move(self, session: Session, arguments: list[str]) -> str:
        result = await self._uid_copy(session, arguments)
        if result.startswith("OK"):
            assert session.selected is not None
            for uid in self._uids(session, arguments[2]):
                session.selected.remove(uid)
        return result

    async def _uid_expunge(self, session: Session, arguments: list[str]) -> str:
        assert session.selected is not None
        for uid in self._uids(session, arguments[2]):
            if uid in session.selected.flagged("\\Deleted"):
                session.selected.remove(uid)
        return "OK done"


class Tokens:
    """Gives the next of its tokens when the last one was bad."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.forgotten = 0

    async def token(self) -> str:
        return self.left[0]

    def forget(self) -> None:
        self.forgotten += 1
        if len(self.left) > 1:
            self.left.pop(0)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def tick(self, step: timedelta) -> None:
        self.at += step


class Station:
    """A fetcher with the real intake and the real store."""

    def __init__(self, engine: AsyncEngine, objects: Path, port: int) -> None:
        self.engine = engine
        self.port = port
        self.intake = Intake(SqlIntake(engine, objects), on_kept=lambda: None)
        self.cursors = SqlCursors(engine)
        self.bell = RecordingAlarms()
        self.clock = Clock()
        self.accepted: list[Arrival] = []
        self.refusal: Reply | None = None
        self.refused: set[str] = set()
        """Origins of mails that are refused for good."""
        self.after_keeping: Callable[[Arrival], None] = lambda _: None

    async def accept(self, arrival: Arrival, raw: Raw) -> Reply:
        if self.refusal is not None:
            return self.refusal
        if arrival.origin in self.refused:
            return TOO_MANY_HOPS
        reply = await self.intake.accept(arrival, raw)
        self.accepted.append(arrival)
        self.after_keeping(arrival)
        return reply

    def fetcher(
        self, pace: Pace = QUICK, tokens: TokenSource | None = None, **options: Any
    ) -> Fetcher:
        values: dict[str, Any] = {
            "name": "box",
            "host": "127.0.0.1",
            "port": self.port,
            "tls": None,
            "user": "support@example.test",
            "password": "sesame",
            "tokens": tokens,
            "first": "all",
            "timeout": 10.0,
        }
        return Fetcher(
            MailboxOptions(**(values | options)),
            accept=self.accept,
            cursors=self.cursors,
            alarms=self.bell,
            now=self.clock.now,
            pace=pace,
        )

    async def origins(self) -> list[str]:
        async with reading(self.engine) as connection:
            rows = await connection.execute(select(INTAKE.c.origin).order_by(INTAKE.c.id))
            return [str(origin).removeprefix(BOX) for origin in rows.scalars()]

    async def uids(self) -> list[int]:
        return [int(origin.rpartition(":")[2]) for origin in await self.origins()]

    async def contents(self, objects: Path) -> list[bytes]:
        async with reading(self.engine) as connection:
            ids = (await connection.execute(select(INTAKE.c.id).order_by(INTAKE.c.id))).scalars()
            return [await raw_message(connection, each, objects) for each in ids.all()]

    async def position(self) -> str:
        """In the only mailbox, as UIDVALIDITY:UID and what else is remembered."""
        async with reading(self.engine) as connection:
            found = (await connection.execute(select(CURSORS.c.position))).scalar_one()
        return str(found).removeprefix("127.0.0.1/")


@asynccontextmanager
async def running(fetcher: Fetcher) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(fetcher.run(stop))
    try:
        yield
        assert not task.done()
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def until(is_true: Callable[[], object], patience: float = 20) -> None:
    async with asyncio.timeout(patience):
        while not is_true():  # noqa: ASYNC110 -- the fetcher's own task is what we wait for
            await asyncio.sleep(0.002)
