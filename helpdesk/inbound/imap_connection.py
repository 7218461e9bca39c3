"""One connection to an IMAP server: every answer is bounded in octets and in time.

Standards: RFC 3501 §2.2 (commands and responses), §5.1.3 (names of folders), RFC 2177 §3 (IDLE),
RFC 4315 §2.1 (UID EXPUNGE), RFC 5530 §3 (response codes), RFC 6851 §3 (MOVE).
Failures: whatever the server does, or fails to do, is a `Trouble`; then this connection is over. A
command that the server declines is `Declined` or False; then the connection goes on.
"""

import asyncio
import base64
import contextlib
import logging
import re
import ssl
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from aioimaplib import aioimaplib

# It formats everything that it receives and sends, passwords too.
logging.getLogger("aioimaplib").setLevel(logging.WARNING)

FEW_OCTETS = 64 * 1024
"""What the server may say to a command that asks for nothing."""
LIST = 200
"""Mails that one command is about."""
LIST_OCTETS = 1024 * 1024
HEADER_OCTETS = 4096
SEARCH_OCTETS = 4 * 1024 * 1024
MOST_RESPONSES = 2_000
SLOWEST = 64 * 1024
"""Octets in a second; a slower transfer of a mail is given up."""
LARGEST_UID = 2**32 - 1

_LITERAL = re.compile(rb"\{(\d{1,20})\+?\}$")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID (\d{1,10})\b", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,20})\b", re.IGNORECASE)
_CAME_AT = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
_BODY_LITERAL = re.compile(rb"\bBODY\[\] \{\d+\+?\}$", re.IGNORECASE)
_BODY_QUOTED = re.compile(rb'\bBODY\[\] "((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d{1,10})\]", re.IGNORECASE)
_UIDNEXT = re.compile(rb"\[UIDNEXT (\d{1,10})\]", re.IGNORECASE)
_EXISTS = re.compile(rb"\d+ EXISTS$", re.IGNORECASE)
PASSING = "UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN"
"""RFC 5530 §3: the server's own trouble, which says nothing about login or folder."""
_PASSING = re.compile(rf"^\[({PASSING})\b".encode(), re.IGNORECASE)

Parts = list[bytes | bytearray]
"""One response: its line, cut wherever a literal stands in it."""
T = TypeVar("T")


class Reason(StrEnum):
    """What is wrong with a mailbox, in constant words."""

    UNREACHABLE = "cannot connect"
    UNTRUSTED = "certificate is not trusted"
    LOST = "connection lost"
    SILENT = "no answer"
    TOO_MUCH = "server sends too much"
    NONSENSE = "server does not speak IMAP"
    REFUSED = "login refused"
    NO_LOGIN = "login is not possible now"
    NO_FOLDER = "no such folder"
    DECLINED = "command declined"
    STORE = "mail cannot be kept now"
    FAULT = "internal error"


class Trouble(Exception):  # noqa: N818 -- it names a state, as in the docs
    """This connection is of no more use."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Declined(Exception):  # noqa: N818 -- it names what the server did
    """The server said NO or BAD to one command."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder as the server presents it."""

    uidvalidity: int
    uidnext: int
    is_guessed: bool = False
    """UIDNEXT, from the last mail that is there now."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail in the folder."""

    uid: int
    size: int
    came_at: datetime | None = None
    """Into this folder, or the one that it was moved from (RFC 3501 §2.3.3)."""


class _Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]
    """The library's protocol with other framing: its own is recursive and has no bounds, drops
    octets of lines, and tells nobody that the connection is lost.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop, self._on_lost)
        self.lost: asyncio.Future[Reason] = loop.create_future()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.responses: list[Parts] = []
        self.pushed = False
        self.on_push: asyncio.Future[None] | None = None
        self.heard_at = loop.time()
        self.sasl = b""
        self._octets = FEW_OCTETS
        self._largest = 0
        self._buffer = bytearray()
        self._searched = 0
        self._parts: Parts = []
        self._literal: bytearray | None = None
        self._missing = 0

    def expect(self, octets: int, largest: int) -> None:
        """Before a command: how much its answer and one literal in it may have."""
        self.responses = []
        self._octets, self._largest = octets, largest
        self.heard_at = self.loop.time()

    def fail(self, reason: Reason) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)
        if self.transport is not None:
            self.transport.abort()

    def _on_lost(self, error: Exception | None) -> None:  # noqa: ARG002 -- the library's callback
        self.fail(Reason.LOST)

    def data_received(self, data: bytes) -> None:
        if self.lost.done():
            return
        self.heard_at = self.loop.time()
        self._octets -= len(data)
        if self._octets < 0:
            self.fail(Reason.TOO_MUCH)
            return
        try:
            self._feed(data)
        except Exception:  # noqa: BLE001 -- the library raises anything at what it does not expect
            self.fail(Reason.NONSENSE)

    def _feed(self, data: bytes) -> None:
        self._buffer += data
        while not self.lost.done() and self._take_literal():
            end = self._buffer.find(b"\r\n", self._searched)
            if end < 0:
                self._searched = max(len(self._buffer) - 1, 0)
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            self._searched = 0
            self._parts.append(line)
            announced = _LITERAL.search(line)
            if announced:
                self._begin_literal(int(announced[1]))
                continue
            parts, self._parts = self._parts, []
            self._dispatch(parts)

    def _begin_literal(self, size: int) -> None:
        if size > self._largest:
            self.fail(Reason.TOO_MUCH)
            return
        self._literal, self._missing = bytearray(), size

    def _take_literal(self) -> bool:
        """Whether none is open any more."""
        if self._literal is None:
            return True
        piece = self._buffer[: self._missing]
        del self._buffer[: self._missing]
        self._literal += piece
        self._missing -= len(piece)
        if self._missing:
            return False
        self._parts.append(self._literal)
        self._literal = None
        return True

    def _dispatch(self, parts: Parts) -> None:
        line = bytes(parts[0])
        if self.state == aioimaplib.CONNECTED:
            self._greeting(line)
        elif line.startswith(b"* "):
            self._untagged(line, parts)
        elif line.startswith(b"+"):
            self._continuation(line)
        elif aioimaplib.tagged_status_response_re.match(line):
            self._response_done(line)

    def _greeting(self, line: bytes) -> None:
        if line.startswith((b"* OK", b"* PREAUTH")):
            is_known = line.startswith(b"* PREAUTH")
            self.state = aioimaplib.AUTH if is_known else aioimaplib.NONAUTH
            self.greeted.set_result(None)
        else:
            is_imap = line.startswith(b"* BYE")
            self.fail(Reason.UNREACHABLE if is_imap else Reason.NONSENSE)

    def _untagged(self, line: bytes, parts: Parts) -> None:
        if line[2:5].upper() == b"BYE":
            self.fail(Reason.LOST)
        elif _EXISTS.fullmatch(line[2:]):
            self.pushed = True
            if self.on_push is not None and not self.on_push.done():
                self.on_push.set_result(None)
        if self.has_pending_idle_command():
            return
        self.responses.append(parts)
        if len(self.responses) > MOST_RESPONSES:
            self.fail(Reason.TOO_MUCH)

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name == "AUTHENTICATE":
            # A refused XOAUTH2 is a challenge first; it wants an empty answer, then says NO.
            self.transport.write(self.sasl + b"\r\n")
            self.sasl = b""
            return
        super()._continuation(line)


class Connection:
    """A conversation with an IMAP server, one command at a time."""

    def __init__(self, protocol: _Protocol, patience: float) -> None:
        self._protocol = protocol
        self._patience = patience
        self.capabilities: frozenset[str] = frozenset()
        self.selected = Selected(0, 0)

    @classmethod
    async def open(
        cls, host: str, port: int, tls: ssl.SSLContext | None, patience: float
    ) -> "Connection":
        loop = asyncio.get_running_loop()
        protocol = _Protocol(loop)
        connection = cls(protocol, patience)
        try:
            async with asyncio.timeout(patience):
                await loop.create_connection(lambda: protocol, host, port, ssl=tls)
            await connection._until(_wait_for(protocol.greeted), patience)
        except ssl.SSLCertVerificationError:
            raise Trouble(Reason.UNTRUSTED) from None
        except (OSError, ValueError):  # TimeoutError is an OSError; some names are none at all
            raise Trouble(Reason.UNREACHABLE) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Leave; a goodbye is not waited for."""
        transport = self._protocol.transport
        if transport is not None and not transport.is_closing():
            with contextlib.suppress(Exception):
                transport.write(b"bye LOGOUT\r\n")
            transport.abort()

    # --- login ----------------------------------------------------------------------------------

    @property
    def is_logged_in(self) -> bool:
        return bool(self._protocol.state == aioimaplib.AUTH)

    async def login(self, user: str, password: str) -> None:
        quoted_user = aioimaplib.quoted(user)
        self._judge(await self._do(self._protocol.login(quoted_user, password)))

    async def xoauth2(self, user: str, token: str) -> None:
        await self._read_capabilities()
        if "SASL-IR" in self.capabilities:
            response = await self._do(self._protocol.xoauth2(user, token))
        else:
            words = f"user={user}\1auth=Bearer {token}\1\1".encode()
            self._protocol.sasl = base64.b64encode(words)
            response = await self._do(self._execute("AUTHENTICATE", "XOAUTH2"))
        self._judge(response)
        self._protocol.state = aioimaplib.AUTH

    def _judge(self, response: Any) -> None:
        if response.result == "OK":
            return
        raise Trouble(Reason.NO_LOGIN if _is_passing(response) else Reason.REFUSED)

    async def _read_capabilities(self) -> None:
        await self._do(self._execute("CAPABILITY"))
        words = b" ".join(
            bytes(parts[0])[2:] for parts in self._responses if parts[0][2:12] == b"CAPABILITY"
        )
        found = words.decode("ascii", "replace").upper().split()
        self.capabilities = frozenset(found)
        self._protocol.capabilities = set(found)  # the library asks them before some commands

    # --- the folder -----------------------------------------------------------------------------

    async def select(self, folder: str) -> Selected:
        """The library has no read-only look at a folder that allows fetching: SELECT and PEEK."""
        await self._read_capabilities()
        response = await self._do(self._protocol.select(folder_name(folder)))
        if response.result != "OK":
            is_missing = response.result == "NO" and not _is_passing(response)
            raise Trouble(Reason.NO_FOLDER if is_missing else Reason.DECLINED)
        uidvalidity, uidnext = self._stated(_UIDVALIDITY), self._stated(_UIDNEXT)
        if not uidvalidity:
            raise Trouble(Reason.NONSENSE)
        is_guessed = not uidnext
        if is_guessed:  # RFC 3501 §6.3.1: it may be missing
            uidnext = await self.last() + 1
        self.selected = Selected(uidvalidity, uidnext, is_guessed)
        return self.selected

    async def last(self) -> int:
        """The highest UID that is there; 0 in an empty folder."""
        return max(await self.search("UID *"), default=0)

    def _stated(self, pattern: re.Pattern[bytes]) -> int:
        found = (pattern.search(parts[0]) for parts in self._responses)
        return next((int(match[1]) for match in found if match), 0)

    async def search(self, criteria: str) -> list[int]:
        """The UIDs of what is there, in ascending order, each once."""
        self._protocol.pushed = False
        work = self._protocol.search(criteria, charset=None, by_uid=True)
        response = await self._do(work, octets=SEARCH_OCTETS)
        if response.result != "OK":
            raise Trouble(Reason.DECLINED)
        uids: set[int] = set()
        for parts in self._responses:
            words = bytes(parts[0]).upper().split()
            if words[1:2] == [b"ESEARCH"]:  # RFC 4731, not asked for; to find nothing loses mail
                raise Trouble(Reason.NONSENSE)
            if words[1:2] == [b"SEARCH"]:
                uids.update(int(word) for word in words[2:] if word.isdigit())
        return sorted(uid for uid in uids if 0 < uid <= LARGEST_UID)

    async def listing(self, uids: Sequence[int]) -> list[Listed]:
        await self._fetch(uids, "(UID FLAGS INTERNALDATE RFC822.SIZE)", LIST_OCTETS, 0)
        wanted = set(uids)
        found: dict[int, Listed] = {}
        for parts in self._responses:
            words = _outside_literals(parts)
            uid, size = _number(_UID, words), _number(_SIZE, words)
            if uid in wanted and _SIZE.search(words):
                found[uid] = Listed(uid, size, _came_at(words))
        return [found[uid] for uid in sorted(found)]

    async def bodies(self, uids: Sequence[int], octets: int, largest: int) -> dict[int, bytes]:
        """The mails as the server has them, octet by octet."""
        await self._fetch(uids, "(UID BODY.PEEK[])", octets + LIST_OCTETS, largest)
        wanted = set(uids)
        found: dict[int, bytes] = {}
        for parts in self._responses:
            uid = _number(_UID, _outside_literals(parts))
            body = _body(parts)
            if uid in wanted and body is not None:
                found[uid] = body
        self._protocol.responses = []
        return found

    async def header(self, uid: int) -> bytes:
        """What tells people which mail it is; empty if the server does not say."""
        fields = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)]"
        await self._fetch([uid], f"(UID {fields}<0.{HEADER_OCTETS}>)", FEW_OCTETS, FEW_OCTETS)
        for parts in self._responses:
            if _number(_UID, _outside_literals(parts)) == uid:
                return next((bytes(part) for part in parts if isinstance(part, bytearray)), b"")
        return b""

    async def _fetch(self, uids: Sequence[int], items: str, octets: int, largest: int) -> None:
        work = self._protocol.uid("FETCH", uid_set(uids), items)
        response = await self._do(work, octets=octets, largest=largest)
        if response.result != "OK":
            raise Declined

    # --- what was taken -------------------------------------------------------------------------

    async def flag(self, uids: Sequence[int], flag: str) -> bool:
        work = self._protocol.uid("STORE", uid_set(uids), "+FLAGS.SILENT", f"({flag})")
        return await self._is_done(work)

    async def move(self, uids: Sequence[int], folder: str) -> bool:
        return await self._into("MOVE", uids, folder)

    async def copy(self, uids: Sequence[int], folder: str) -> bool:
        return await self._into("COPY", uids, folder)

    async def _into(self, command: str, uids: Sequence[int], folder: str) -> bool:
        """A folder, which is made if the server says that it is missing."""
        name = folder_name(folder)
        for _ in range(2):
            work = self._protocol.uid(command, uid_set(uids), name)
            response = await self._do(work, octets=LIST_OCTETS)
            if response.result == "OK":
                return True
            if not _said(response).upper().startswith(b"[TRYCREATE]"):
                return False
            if not await self._is_done(self._execute("CREATE", name)):
                return False
        return False

    async def remove(self, uids: Sequence[int]) -> bool:
        """What was copied. Without UIDPLUS it stays, marked: EXPUNGE takes what others marked."""
        if not await self.flag(uids, r"\Deleted"):
            return False
        if "UIDPLUS" in self.capabilities:
            return await self._is_done(self._protocol.uid("EXPUNGE", uid_set(uids)))
        return True

    async def _is_done(self, work: Coroutine[Any, Any, Any]) -> bool:
        return bool((await self._do(work, octets=LIST_OCTETS)).result == "OK")

    # --- waiting --------------------------------------------------------------------------------

    async def idle(self, seconds: float) -> None:
        """Until something comes, but no longer."""
        protocol = self._protocol
        if protocol.pushed:
            return
        protocol.expect(FEW_OCTETS, 0)
        idling = asyncio.ensure_future(protocol.idle())
        try:
            await self._until(protocol.wait_for_idle_response(), self._patience, also=idling)
            await self._quiet(seconds, idling)
            if not idling.done():
                protocol.idle_done()
            await self._until(_wait_for(idling), self._patience)
        finally:
            await _end(idling)

    async def rest(self, seconds: float) -> None:
        """Wait, but not beyond the end of the connection."""
        self._protocol.expect(FEW_OCTETS, 0)
        await self._quiet(seconds, None)

    async def _quiet(self, seconds: float, idling: "asyncio.Future[Any] | None") -> None:
        protocol = self._protocol
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        came: asyncio.Future[None] = loop.create_future()
        protocol.on_push = came
        waiting: set[asyncio.Future[Any]] = {came, protocol.lost}
        if idling is not None:
            waiting.add(idling)
        while not (protocol.pushed or any(each.done() for each in waiting)):
            left = end - loop.time()
            if left <= 0:
                break
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        protocol.on_push = None
        if protocol.lost.done():
            raise Trouble(protocol.lost.result())

    async def noop(self) -> None:
        """Hear that the server is still there."""
        await self._do(self._execute("NOOP"))

    # --- commands -------------------------------------------------------------------------------

    @property
    def _responses(self) -> list[Parts]:
        found: list[Parts] = self._protocol.responses
        return found

    def _execute(self, name: str, *arguments: str) -> Coroutine[Any, Any, Any]:
        protocol = self._protocol
        command = aioimaplib.Command(name, protocol.new_tag(), *arguments, loop=protocol.loop)
        found: Coroutine[Any, Any, Any] = protocol.execute(command)
        return found

    async def _do(
        self, work: Coroutine[Any, Any, T], *, octets: int = FEW_OCTETS, largest: int = 0
    ) -> T:
        self._protocol.expect(octets, largest)
        return await self._until(work, self._patience + octets / SLOWEST)

    async def _until(
        self,
        work: Coroutine[Any, Any, T],
        seconds: float,
        *,
        also: "asyncio.Future[Any] | None" = None,
    ) -> T:
        """What comes of it before the connection ends, or the server is silent for too long."""
        protocol = self._protocol
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        protocol.heard_at = loop.time()
        task = asyncio.ensure_future(work)
        waiting: set[asyncio.Future[Any]] = {task, protocol.lost}
        if also is not None:
            waiting.add(also)
        try:
            while not task.done() and not protocol.lost.done():
                left = min(end, protocol.heard_at + self._patience) - loop.time()
                if left <= 0:
                    protocol.fail(Reason.SILENT)
                elif also is not None and also.done():
                    protocol.fail(Reason.DECLINED)
                else:
                    await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        except Exception:  # noqa: BLE001 -- the library raises anything at what it does not expect
            protocol.fail(Reason.NONSENSE)
        finally:
            await _end(task)
        raise Trouble(protocol.lost.result())


def _said(response: Any) -> bytes:
    return bytes(response.lines[-1]) if response.lines else b""


def _is_passing(response: Any) -> bool:
    return _PASSING.match(_said(response)) is not None


async def _wait_for(future: "asyncio.Future[T]") -> T:
    return await asyncio.shield(future)


async def _end(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# --- the wire -----------------------------------------------------------------------------------


def uid_set(uids: Sequence[int]) -> str:
    """As short as it can be: 1:3,7."""
    ranges: list[tuple[int, int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], uid)
        else:
            ranges.append((uid, uid))
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def folder_name(name: str) -> str:
    """Quoted, in modified UTF-7 (RFC 3501 §5.1.3)."""
    coded = []
    foreign = ""
    for char in [*name, ""]:
        if char and not " " <= char <= "~":
            foreign += char
            continue
        if foreign:
            units = base64.b64encode(foreign.encode("utf-16-be")).rstrip(b"=")
            coded.append("&" + units.replace(b"/", b",").decode() + "-")
            foreign = ""
        coded.append("&-" if char == "&" else char)
    found: str = aioimaplib.quoted("".join(coded))
    return found


def _outside_literals(parts: Parts) -> bytes:
    """Without the flags too: anybody who shares the mailbox may give them any name."""
    return _FLAGS.sub(b"", b" ".join(bytes(part) for part in parts if isinstance(part, bytes)))


def _number(pattern: re.Pattern[bytes], words: bytes) -> int:
    match = pattern.search(words)
    return int(match[1]) if match else 0


def _came_at(words: bytes) -> datetime | None:
    match = _CAME_AT.search(words)
    try:
        text = match[1].decode("ascii").strip() if match else ""
        return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z")
    except ValueError:  # UnicodeDecodeError is one
        return None


def _body(parts: Parts) -> bytes | None:
    for line, literal in pairwise(parts):
        if isinstance(literal, bytearray) and _BODY_LITERAL.search(line):
            return bytes(literal)
    quoted = _BODY_QUOTED.search(parts[0])
    return re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else None
