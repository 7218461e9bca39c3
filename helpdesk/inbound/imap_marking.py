"""Flags or moves the mails that were dealt with; what fails is tried again in every round.

Standards: RFC 3501 §2.3.2 (flags), §6.4.7 (COPY), RFC 6851 §3 (MOVE).
Failures: a server that declines is told to the operator, and a mail that is not marked is not taken
again; any other trouble ends the connection.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum

import structlog

from helpdesk.inbound.imap_connection import LIST, Connection, Trouble
from helpdesk.ports import Alarms

log = structlog.get_logger("imap")

SWEPT = 500
"""Mails for which marking is tried again in one round."""
MOST_FAILURES = 20
"""Of these attempts in one round; so many find one bad mail among LIST."""
MOST_LOSSES = 3
"""So many connections in a row that end in it, and these mails stay unmarked."""
SWEEP_WINDOW = 10_000
MOST_UNMARKED = 10_000


class Mark(Enum):
    DONE = r"\Seen"
    FAILED = r"\Flagged"


class Marking:
    """Of one mailbox; it outlives every connection."""

    def __init__(
        self,
        name: str,
        folders: Mapping[Mark, str],
        alarms: Alarms,
        kept: Callable[[Sequence[int]], Awaitable[set[int]]],
    ) -> None:
        """`folders`: where marked mails are moved to; none: they are flagged. `kept`: those of
        which intake has the mail.
        """
        self.cause = f"marking in mailbox {name}"
        self._name = name
        self._folders = folders
        self._alarms = alarms
        self._kept = kept
        self._unmarked: dict[int, Mark] = {}
        """Dealt with, but not yet flagged or moved."""
        self._copied: set[int] = set()
        """Of these: what is in the other folder already, but could not be removed from this one."""
        self._lost = 0
        """So many connections in a row."""
        self._swept = 0
        self._sweep_to = 0

    @property
    def promised(self) -> AbstractSet[int]:
        """What is dealt with and yet to be marked."""
        return self._unmarked.keys()

    def promise(self, uid: int, mark: Mark) -> None:
        self._unmarked[uid] = mark

    def begin_anew(self, sweep_to: int) -> None:
        """The UIDs are new ones; up to this one all was dealt with before."""
        self._unmarked.clear()
        self._copied.clear()
        self._swept, self._sweep_to = 0, sweep_to

    async def mark(self, connection: Connection, uids: Sequence[int], mark: Mark) -> None:
        if not uids:
            return
        self._unmarked.update(dict.fromkeys(uids, mark))
        folder = self._folders[mark]
        if folder:
            is_done = await self._move(connection, uids, folder)
        else:
            is_done = await connection.flag(uids, mark.value)
        if is_done:
            for uid in uids:
                del self._unmarked[uid]
            if not self._unmarked:
                self._alarms.over(self.cause)
            return
        how = f"moved to {folder}" if folder else "flagged"
        log.warning("mail not marked", mailbox=self._name, mails=len(uids))
        self._alarms.tell(
            self.cause,
            f"mailbox {self._name}: mail is taken but cannot be {how}; it is not taken again "
            "(check that the folder may be written to, and its quota)",
        )
        while len(self._unmarked) > MOST_UNMARKED:
            del self._unmarked[next(iter(self._unmarked))]
        self._copied &= self._unmarked.keys()

    async def _move(self, connection: Connection, uids: Sequence[int], folder: str) -> bool:
        """Where there is no MOVE, what was copied once is not copied again."""
        if "MOVE" in connection.capabilities:
            return await connection.move(uids, folder)
        new = [uid for uid in uids if uid not in self._copied]
        if new and not await connection.copy(new, folder):
            return False
        self._copied.update(new)
        if not await connection.remove(uids):
            return False
        self._copied.difference_update(uids)
        return True

    async def mark_again(self, connection: Connection) -> None:
        """What could not be marked so far."""
        for mark in Mark:
            uids = sorted(uid for uid, each in self._unmarked.items() if each is mark)[:SWEPT]
            parts = deque(uids[start : start + LIST] for start in range(0, len(uids), LIST))
            failures = 0
            while parts and failures < MOST_FAILURES:
                some = parts.popleft()
                try:
                    await self.mark(connection, some, mark)
                except Trouble:
                    self._lost += 1
                    if self._lost >= MOST_LOSSES:  # else it would go on like this for ever
                        self._lost = 0
                        for uid in some:
                            del self._unmarked[uid]
                    raise
                self._lost = 0
                if some[0] in self._unmarked:
                    failures += 1
                    if len(some) > 1:  # one of them may be what the server refuses
                        middle = len(some) // 2
                        parts += some[:middle], some[middle:]

    async def sweep(self, connection: Connection) -> None:
        """What was kept before this process began, but could not be marked then."""
        looked = 0
        criteria = "UNDELETED" if self._folders[Mark.DONE] else "UNDELETED UNSEEN"
        while self._swept < self._sweep_to and looked < SWEPT:
            high = min(self._swept + SWEEP_WINDOW, self._sweep_to)
            uids = await connection.search(f"UID {self._swept + 1}:{high} {criteria}")
            for start in range(0, len(uids), LIST):
                some = [uid for uid in uids[start : start + LIST] if uid not in self._unmarked]
                await self.mark(connection, sorted(await self._kept(some)), Mark.DONE)
            looked += len(uids)
            self._swept = high
