"""The one door: whatever comes in is durable before anybody is told that we have it.

Failures: a full disk is 452 4.3.1, any other fault of ours 451 4.3.0; the sender keeps the mail.
While the store cannot be used one mail after the other looks whether it can be used again; those
that come meanwhile are answered at once, so that connections do not pile up.
"""

import asyncio
import contextlib
import errno
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from helpdesk.core.mail import Arrival
from helpdesk.core.reply import ACCEPTED, DISK_FULL, SHUTTING_DOWN, TRY_LATER, Reply
from helpdesk.ports import IntakeStore, Raw, Unavailable

log = structlog.get_logger(__name__)

GROUP_MAILS = 64
GROUP_OCTETS = 8 * 1024 * 1024
FAILURES_ALONE = 3
"""So many mails failing alone one after the other, and the fault is not the mail's."""
PATIENCE = 20.0
"""Seconds after which a client gets its answer, or as soon as what is being written ends."""

DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
DISK_FULL_TEXT = "database or disk is full"
DISK_FULL_SQLSTATE = "53100"


def reply_to(error: BaseException) -> Reply:
    """What the client is told about a fault of ours: always temporary, never the fault's words."""
    return DISK_FULL if any(map(_says_disk_full, _chain(error))) else TRY_LATER


def refuse(error: BaseException, event: str, **context: object) -> Reply:
    """Log a fault of ours and say what the client is told about it."""
    reply = reply_to(error)
    log.error(event, reply=str(reply), **context, **describe(error))
    return reply


def describe(error: BaseException) -> dict[str, str]:
    """A fault for the log. Its own words may quote the mail and are left out."""
    chain = tuple(_chain(error))
    codes = (
        getattr(link, "sqlite_errorname", None)
        or getattr(link, "sqlstate", None)
        or (errno.errorcode.get(link.errno or 0) if isinstance(link, OSError) else None)
        for link in chain
    )
    return {
        "error": " from ".join(type(link).__name__ for link in chain),
        "code": next((str(code) for code in codes if code), ""),
        "where": "".join(traceback.format_tb(chain[-1].__traceback__)),
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__context__ if link.__cause__ is None else link.__cause__


def _says_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
        return True
    return getattr(error, "sqlstate", "") == DISK_FULL_SQLSTATE or DISK_FULL_TEXT in str(error)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    arrival: Arrival
    raw: Raw
    reply: asyncio.Future[Reply]

    def answer(self, reply: Reply) -> None:
        remove_spilled(self.raw)
        if not self.reply.done():  # else the client is gone
            self.reply.set_result(reply)


class Intake:
    """Groups concurrent mails into one commit: who comes while one runs joins the next."""

    def __init__(self, store: IntakeStore, *, on_kept: Callable[[], None]) -> None:
        self._store = store
        self._on_kept = on_kept
        self._waiting: deque[_Waiting] = deque()
        self._committer: asyncio.Task[None] | None = None
        self._closed = False
        self._trouble: Reply | None = None
        """What clients are told while the store cannot be used."""
        self._refused_before = 0
        self.accepted = 0
        self.refused = 0

    async def accept(self, arrival: Arrival, raw: Raw) -> Reply:
        """Keep the mail; a caller that is cancelled meanwhile leaves the commit alone."""
        if self._closed:
            remove_spilled(raw)
            self.refused += 1
            return SHUTTING_DOWN
        if self._trouble is not None and self._committer is not None:
            remove_spilled(raw)
            self.refused += 1
            return self._trouble
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(arrival, raw, reply))
        if self._committer is None:
            self._committer = asyncio.create_task(self._commit_all(), name="intake")
        return await reply

    async def close(self) -> None:
        """Take nothing more and finish what is waiting."""
        self._closed = True
        if self._committer is not None:
            await asyncio.shield(self._committer)

    async def _commit_all(self) -> None:
        group: list[_Waiting] = []
        try:
            while self._waiting:
                group = self._next_group()
                await self._commit(group)
        except BaseException as error:
            # Not a fault of the store but the end of us: nobody may be left waiting for ever.
            self._abandon([*group, *self._waiting], error)
            self._waiting.clear()
            raise
        finally:
            self._committer = None

    def _abandon(self, mails: list[_Waiting], error: BaseException) -> None:
        for mail in mails:
            if mail.reply.done():
                continue
            if isinstance(error, asyncio.CancelledError):
                mail.reply.cancel()
            else:
                mail.reply.set_exception(error)

    def _next_group(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        octets = group[0].raw.size
        while self._waiting and len(group) < GROUP_MAILS:
            octets += self._waiting[0].raw.size
            if octets > GROUP_OCTETS:
                break
            group.append(self._waiting.popleft())
        return group

    async def _commit(self, group: list[_Waiting]) -> None:
        refusal = await self._keep(group)
        if refusal is None:
            self._answer(group, ACCEPTED)
        elif self._trouble is TRY_LATER:
            # Nobody's mail is at fault, and each try may take as long as the store waits for locks.
            self._answer([*group, *self._waiting], refusal)
            self._waiting.clear()
        elif len(group) == 1:
            self._answer(group, refusal)
        else:
            await self._commit_each(group)

    async def _commit_each(self, group: list[_Waiting]) -> None:
        """One bad mail may not fail the others, and a store that is down is not asked 64 times."""
        failures = 0
        for number, mail in enumerate(group):
            refusal = await self._keep([mail])
            failures = failures + 1 if refusal else 0
            self._answer([mail], refusal or ACCEPTED)
            if refusal and failures == FAILURES_ALONE:
                self._answer(group[number + 1 :], refusal)
                return

    async def _keep(self, group: list[_Waiting]) -> Reply | None:
        """None when they are durable, else why the clients must try again."""
        mails = [(mail.arrival, mail.raw) for mail in group]
        limit = asyncio.timeout(PATIENCE)
        try:
            async with limit:
                await self._store.keep(mails)
        except Exception as error:  # noqa: BLE001 -- any fault of ours is temporary to the client
            if isinstance(error, Unavailable) or limit.expired():
                return self._cannot_be_used(error)
            return refuse(error, "mail not kept", mails=len(group))
        self._can_be_used()
        return None

    def _cannot_be_used(self, error: Exception) -> Reply:
        reply = reply_to(error)
        if self._trouble is None:
            self._refused_before = self.refused
            refuse(error, "store unavailable")
        self._trouble = reply
        return reply

    def _can_be_used(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            log.warning("store is back", refused=self.refused - self._refused_before)

    def _answer(self, mails: list[_Waiting], reply: Reply) -> None:
        for mail in mails:
            mail.answer(reply)
        if reply.is_positive:
            self.accepted += len(mails)
            self._on_kept()
        else:
            self.refused += len(mails)


def remove_spilled(raw: Raw) -> None:
    if raw.path is not None:
        with contextlib.suppress(OSError):
            raw.path.unlink()
