"""The IMAP fetcher: takes the new mail of one mailbox, each exactly once, and marks what it took.

How far it has come is a cursor in the store, UIDVALIDITY and UID (RFC 3501 §2.3.1.1), never a flag
and never a date; intake knows each mail by its place, so that dying between its commit and the
move of the cursor makes no second mail. A mail is flagged or moved only after it is kept.

Standards: RFC 3501 §2.3.1.1 (UIDs).
Failures: any trouble with the server ends the connection, and a new one is tried after a pause. A
mail that cannot be fetched, or that is too large, is set aside and never blocks the others.
"""

import asyncio
import hashlib
import random
import re
import ssl
from collections import deque
from collections.abc import (
    Awaitable,
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.core.reply import Reply
from helpdesk.inbound.header import read_header
from helpdesk.inbound.imap_about import about
from helpdesk.inbound.imap_connection import (
    LARGEST_UID,
    LIST,
    Connection,
    Declined,
    Listed,
    Reason,
    Trouble,
    uid_set,
)
from helpdesk.inbound.imap_marking import Mark, Marking
from helpdesk.inbound.imap_place import Place
from helpdesk.ports import Alarms, Cursors, Raw, TokenRefused, TokenSource, Unavailable

log = structlog.get_logger("imap")

MANY = 20
"""If not one of so many can be listed, the server is out of order."""
BATCH_MAILS = 50
BATCH_OCTETS = 2 * 1024 * 1024
FIRST_WINDOW = 1_000
LARGEST_WINDOW = 2**18
"""UIDs that are searched at once; more and more while hardly any are found."""
SHOWN_ASIDE = 5
"""Of mails that were set aside, so many are named to the operator."""
ATTEMPTS = 3
"""So many failures of a mail alone, and it is set aside."""
LONGER = 60.0
"""So many times as long is the next pause before another attempt: a server that can give no mail
at all for a while must not make us set all of them aside."""
RENEWED_WITHIN = 290.0
"""Seconds within which a connection that has died in silence is noticed."""
SIZE_SLACK = 64 * 1024
"""Servers count line ends differently in RFC822.SIZE."""
HASHED_ASIDE = 1024 * 1024
LONGEST_PATH = 1_000
"""Octets of a reverse-path that are looked at; the search takes its time for each of them."""

_ADDRESS = re.compile(rb"[^<>\x00-\x20\x7f]{1,250}@[^<>\x00-\x20\x7f]{1,250}")
T = TypeVar("T")

NEXT_STEP: Mapping[Reason, str] = {
    Reason.UNREACHABLE: "check host, port and tls of the mailbox, and the network",
    Reason.UNTRUSTED: "check host, or name the certificate's issuer in ca_file",
    Reason.LOST: "look into the server's log",
    Reason.SILENT: "look at the server and the network",
    Reason.TOO_MUCH: "check that host and port are those of an IMAP server",
    Reason.NONSENSE: "check that host and port are those of an IMAP server, and tls",
    Reason.REFUSED: "check user and password, and that IMAP is allowed for this mailbox",
    Reason.NO_LOGIN: "the server has trouble of its own; look at its status",
    Reason.NO_FOLDER: "create the folder, or correct folder",
    Reason.DECLINED: "look into the server's log",
    Reason.STORE: "look at disk and database: helpdesk doctor",
    Reason.FAULT: "a fault of this program; report what the log says",
}
AT_ONCE = frozenset({Reason.REFUSED, Reason.NO_FOLDER, Reason.UNTRUSTED})
"""Only an operator can mend these; the others may pass by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxOptions:
    """What the operator decided about one mailbox."""

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    user: str
    password: str = field(default="", repr=False)
    tokens: TokenSource | None = None
    folder: str = "INBOX"
    done_folder: str = ""
    failed_folder: str = ""
    first: str = "unseen"
    """What of the mail that is there at the first time: unseen, all or new (none)."""
    use_idle: bool = True
    poll: float = 60.0
    timeout: float = 60.0
    authserv_id: str = ""
    size_limit: int = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the fetcher waits for what, in seconds."""

    idle: float = 240.0
    """RFC 2177 §3 wants IDLE renewed within 29 minutes; a dead connection is noticed earlier."""
    first_pause: float = 1.0
    longest_pause: float = 300.0
    again_after: float = 60.0
    """Between the first two attempts at a mail when nothing else shows that the server is well."""
    breath: float = 1.0
    """From one look in vain to the next, however often the server says that mail came."""
    alarm_after: timedelta = timedelta(minutes=15)
    jitter: Callable[[], float] = random.random
    """From 0 to 1, for pauses of different length: not all mailboxes shall come back at once."""


@dataclass(slots=True)
class MailboxState:
    """How the mailbox is, for metrics."""

    connected: bool = False
    last_contact_at: datetime | None = None
    last_error: str = ""
    """Short constant words; empty when all is well."""
    fetched: int = 0
    failed: int = 0
    waiting: int = 0


class _NewTokenWanted(Exception):  # noqa: N818 -- it names what happened
    """The server refused the access token, which may only be old."""


@dataclass(slots=True)
class _Suspect:
    """A mail that was under way when something went wrong; from then on it is fetched alone."""

    failures: int = 0
    fetched: int = 0
    """How many mails had been fetched then; a higher number shows that the server is well."""
    failed_at: datetime | None = None


class Fetcher:
    """Runs one mailbox; it outlives every connection."""

    def __init__(
        self,
        options: MailboxOptions,
        *,
        accept: Callable[[Arrival, Raw], Awaitable[Reply]],
        cursors: Cursors,
        alarms: Alarms,
        now: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._options = options
        self._accept = accept
        self._cursors = cursors
        self._alarms = alarms
        self._now = now
        self._pace = pace or Pace()
        self._cause = f"mailbox {options.name}"
        self._aside_cause = f"mail set aside in {options.name}"
        # Another user or folder under the same name is another source, with mail of its own.
        self._source = f"imap:{options.name}:{options.user}/{options.folder}"
        self._place = Place("", 0)
        self._scanned = 0
        """Up to here everything was dealt with, but for the suspects."""
        self._window = FIRST_WINDOW
        self._suspects: dict[int, _Suspect] = {}
        folders = {Mark.DONE: options.done_folder, Mark.FAILED: options.failed_folder}
        self._marking = Marking(options.name, folders, alarms, self._kept)
        self._lost_listing = 0
        """The first UID of what was listed when the connection was lost."""
        self._may_idle = options.use_idle
        self._lost_idling = 0
        """So many times in a row."""
        self._troubles = 0
        self._trouble_since: datetime | None = None
        self._has_new_token = False
        self._aside: deque[str] = deque(maxlen=SHOWN_ASIDE)
        self._aside_before = 0
        """So many were told of by the one whom this one follows."""
        self.state = MailboxState()

    @property
    def causes(self) -> frozenset[str]:
        """Of all alarms that it may tell."""
        return frozenset({self._cause, self._marking.cause, self._aside_cause})

    @property
    def name(self) -> str:
        return self._options.name

    def hand_over(self) -> tuple[int, Sequence[str]]:
        """How many mails were set aside, and which were the last ones."""
        return self._aside_before + self.state.failed, tuple(self._aside)

    def take_over(self, number: int, last: Sequence[str]) -> None:
        """The operator may be yet to hear of them: there is one mail a day."""
        self._aside_before = number
        self._aside.extend(last)

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop`, whatever the server does."""
        serving = asyncio.create_task(self._serve(), name=self._cause)
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (serving, stopping):
                task.cancel()
            await asyncio.gather(serving, stopping, return_exceptions=True)
            self.state.connected = False

    # --- connections ----------------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            try:
                await self._stay()
            except _NewTokenWanted:
                continue
            except Trouble as trouble:
                self._in_trouble(trouble.reason)
                pause = self._pause(trouble.reason)
            except TokenRefused as refused:
                reason = Reason.NO_LOGIN if refused.is_temporary else Reason.REFUSED
                self._in_trouble(reason, str(refused))
                pause = self._pause(reason)
            except Unavailable:
                self._in_trouble(Reason.STORE)
                pause = self._pause(Reason.STORE)
            except Exception:
                # One mailbox must not end the others, nor the daemon.
                log.exception("mailbox failed", mailbox=self._options.name)
                self._in_trouble(Reason.FAULT)
                pause = self._pause(Reason.FAULT)
            await asyncio.sleep(pause)

    async def _stay(self) -> None:
        """One connection, until it ends."""
        options = self._options
        connection = await Connection.open(options.host, options.port, options.tls, options.timeout)
        try:
            await self._log_in(connection)
            await connection.select(options.folder)
            self.state.connected = True
            await self._find_place(connection)
            loop = asyncio.get_running_loop()
            while True:
                began, dealt_with = loop.time(), self.state.fetched + self.state.failed
                await self._round(connection)
                self._well()
                await self._wait(connection)
                self._troubles = 0
                if self.state.fetched + self.state.failed == dealt_with:
                    # Some servers say with each answer that there is mail.
                    await asyncio.sleep(began + self._pace.breath - loop.time())
        finally:
            self.state.connected = False
            connection.close()

    async def _log_in(self, connection: Connection) -> None:
        options = self._options
        if connection.is_logged_in:
            return
        if options.tokens is None:
            await connection.login(options.user, options.password)
            return
        try:
            async with asyncio.timeout(options.timeout):
                token = await options.tokens.token()
        except TimeoutError:
            raise Trouble(Reason.NO_LOGIN) from None
        try:
            await connection.xoauth2(options.user, token)
        except Trouble as trouble:
            if trouble.reason is Reason.REFUSED:
                options.tokens.forget()
                if not self._has_new_token:
                    self._has_new_token = True
                    raise _NewTokenWanted from None
            raise
        self._has_new_token = False

    async def _wait(self, connection: Connection) -> None:
        options = self._options
        self.state.last_contact_at = self._now()
        longest = min(self._pace.idle, max(RENEWED_WITHIN - options.timeout, 30.0))
        seconds = min([longest, *map(self._due_in, self._suspects.values())])
        if self._may_idle and "IDLE" in connection.capabilities:
            try:
                await connection.idle(seconds)
            except Trouble as trouble:
                # It announces what it then declines, or what ends it.
                self._lost_idling += 1
                is_declined = trouble.reason is Reason.DECLINED
                self._may_idle = not is_declined and self._lost_idling < ATTEMPTS
                raise
            self._lost_idling = 0
        else:
            await connection.rest(min(options.poll, seconds))
        await connection.noop()
        self.state.last_contact_at = self._now()

    def _well(self) -> None:
        self._trouble_since = None
        self.state.last_error = ""
        self.state.last_contact_at = self._now()
        late = [each for each in self._suspects.values() if self._is_late(each)]
        if late:
            self._alarms.tell(
                self._cause,
                f"mailbox {self._options.name}: the server does not give mails that are there: "
                f"{len(late)} (they are tried again; look into the server's log)",
            )
        else:
            self._alarms.over(self._cause)

    def _is_late(self, suspect: _Suspect) -> bool:
        failed_at = suspect.failed_at
        return failed_at is not None and self._now() - failed_at >= self._pace.alarm_after

    def _in_trouble(self, reason: Reason, words: str = "") -> None:
        now = self._now()
        self._troubles += 1
        self._trouble_since = self._trouble_since or now
        self.state.last_error = reason.value
        log.warning("mailbox in trouble", mailbox=self._options.name, reason=reason.value)
        since = now - self._trouble_since
        said = words or f"{reason.value} ({NEXT_STEP[reason]})"
        if reason in AT_ONCE:
            self._alarms.tell(self._cause, f"mailbox {self._options.name}: {said}")
        elif since >= self._pace.alarm_after:
            minutes = int(since.total_seconds() // 60)
            self._alarms.tell(
                self._cause,
                f"mailbox {self._options.name}: no mail is fetched since {minutes} minutes: {said}",
            )

    def _pause(self, reason: Reason) -> float:
        pace = self._pace
        if reason is Reason.REFUSED:  # whoever asks often is locked out
            pause = pace.longest_pause
        else:
            pause = min(pace.first_pause * 2 ** min(self._troubles - 1, 20), pace.longest_pause)
        return pause * (0.5 + pace.jitter() / 2)

    # --- the cursor -----------------------------------------------------------------------------

    async def _find_place(self, connection: Connection) -> None:
        """Where to go on in the folder; at the first time, and in a new one, where to begin."""
        uidnext = connection.selected.uidnext
        given_by = f"{self._options.host.lower()}/{connection.selected.uidvalidity}"
        is_same = self._place.given_by == given_by
        if is_same and not await self._went_back(connection, self._scanned):
            return
        known = Place.parse(await self._patiently(self._cursors.position(self._source)))
        if known is None:
            first = self._options.first
            place = Place.first(given_by, uidnext, first, self._now())
            log.info("first look at mailbox", mailbox=self._options.name, first=first)
        elif known.given_by != given_by:
            place = known.renumbered(given_by, uidnext)
            log.warning("mailbox was renumbered, all is looked at", mailbox=self._options.name)
        elif is_same or await self._went_back(connection, known.uid):
            place = known.gone_back(uidnext)
            log.warning("mailbox was restored, all is looked at", mailbox=self._options.name)
        else:
            place = known
        self._suspects.clear()
        self._marking.begin_anew(place.uid)
        self._scanned = place.uid
        self._window = FIRST_WINDOW
        self._place = place
        if place != known:
            await self._patiently(self._cursors.move(self._source, str(place), self._now()))

    async def _went_back(self, connection: Connection, uid: int) -> bool:
        """Whether this UID, which we have dealt with, is yet to come: the server must not do so
        (RFC 3501 §2.3.1.1), but one that was restored from a copy does.
        """
        selected = connection.selected
        if selected.is_guessed or uid < selected.uidnext:
            return False
        return await connection.last() < selected.uidnext  # else it only states a wrong number

    async def _advance(self, uid: int) -> None:
        """All up to this UID was dealt with, but for the suspects; remember it."""
        self._scanned = max(self._scanned, uid)
        reached = min(self._scanned, *(each - 1 for each in self._suspects), LARGEST_UID)
        if reached > self._place.uid:
            place = self._place.reached(reached)
            await self._patiently(self._cursors.move(self._source, str(place), self._now()))
            self._place = place

    async def _patiently(self, work: Awaitable[T]) -> T:
        """The store too may be so late that it is better to begin anew."""
        try:
            async with asyncio.timeout(self._options.timeout):
                return await work
        except TimeoutError:
            raise Trouble(Reason.STORE) from None

    def _origin(self, uid: int) -> str:
        return f"{self._source}:{self._place.numbering}:{uid}"

    async def _kept(self, uids: Sequence[int]) -> set[int]:
        """Those of which intake has the mail."""
        origins = {self._origin(uid): uid for uid in uids}
        kept = await self._patiently(self._cursors.kept(tuple(origins)))
        return {origins[origin] for origin in kept}

    # --- a round --------------------------------------------------------------------------------

    async def _round(self, connection: Connection) -> None:
        while (found := await self._next(connection)) is not None:
            uids, last = found
            for start in range(0, len(uids), LIST):
                self.state.waiting = len(uids) - start + len(self._suspects)
                await self._take(connection, uids[start : start + LIST])
            await self._advance(last)
        await self._try_suspects(connection)
        self.state.waiting = len(self._suspects)
        # Last, for should the server die of it, all the mail is in nevertheless.
        await self._marking.mark_again(connection)
        await self._marking.sweep(connection)

    async def _next(self, connection: Connection) -> tuple[list[int], int] | None:
        """The next UIDs that were not looked at, and up to where these are all."""
        low, uidnext = self._scanned + 1, connection.selected.uidnext
        if low >= uidnext:  # `*` is the last mail, even if that is below
            uids = [uid for uid in await connection.search(f"UID {low}:*") if uid >= low]
            return (uids, uids[-1]) if uids else None
        high = min(low + self._window, uidnext) - 1
        criteria, below = self._place.wanted_from(low)
        if below:
            high = min(high, below - 1)
        found = await connection.search(f"UID {low}:{high}{criteria}")
        uids = [uid for uid in found if low <= uid <= high]
        is_thin = len(uids) * 10 < self._window
        self._window = min(self._window * 2, LARGEST_WINDOW) if is_thin else FIRST_WINDOW
        return uids, high

    async def _take(self, connection: Connection, uids: Sequence[int]) -> None:
        """Some mails in their order: those that are kept already are only marked."""
        kept = await self._kept(uids)
        for uid in kept:
            self._suspects.pop(uid, None)
        await self._marking.mark(connection, sorted(kept - self._marking.promised), Mark.DONE)
        late = {uid for uid, each in self._suspects.items() if each.failures}
        settled = kept | late | self._marking.promised
        open_ = [uid for uid in uids if uid not in settled]
        listed = await self._listing(connection, [u for u in open_ if u not in self._suspects])
        for uid in open_:
            if uid in self._suspects:
                listed += await self._listing(connection, [uid])
        if len(open_) >= MANY and self._suspects.keys() >= set(open_) and not listed:
            raise Trouble(Reason.DECLINED)  # it is rather the server than so many mails
        listed.sort(key=lambda each: each.uid)
        fitting = await self._fitting(connection, listed)
        for batch in _batches(fitting, self._suspects):
            await self._fetch(connection, batch)
            await self._advance(batch[-1].uid)

    async def _listing(self, connection: Connection, uids: Sequence[int]) -> list[Listed]:
        """What the server knows of these mails. Those that are gone are missing; those of which it
        cannot even tell that are suspects from then on.
        """
        if not uids:
            return []
        is_alone = len(uids) == 1
        try:
            listed = await connection.listing(uids)
            untold = set(uids) - {each.uid for each in listed}
            there = await connection.search(f"UID {uid_set(sorted(untold))}") if untold else []
        except Declined:
            self._failed(uids, alone=is_alone)
            return []
        except Trouble:
            # Once it is the network's fault rather than a mail's, and one by one takes its time.
            if is_alone or self._lost_listing == uids[0]:
                self._failed(uids, alone=is_alone)
            self._lost_listing = uids[0]
            raise
        self._failed(untold.intersection(there), alone=is_alone)
        return listed

    async def _fitting(self, connection: Connection, listed: Iterable[Listed]) -> list[Listed]:
        """Without what is left out, and without what is too large, which is set aside."""
        fitting = []
        for each in listed:
            if self._place.leaves_out(each.uid, each.came_at):
                continue
            if each.size > self._options.size_limit:
                await self._set_aside(connection, each.uid, "larger than size_limit")
            else:
                fitting.append(each)
        return fitting

    async def _fetch(self, connection: Connection, batch: Sequence[Listed]) -> None:
        sizes = {listed.uid: listed.size for listed in batch}
        largest = self._options.size_limit + SIZE_SLACK
        octets = largest if len(batch) == 1 else 2 * sum(sizes.values()) + SIZE_SLACK
        try:
            bodies = await connection.bodies(list(sizes), octets, largest)
        except Declined:
            self._failed(sizes, alone=len(batch) == 1)
            return
        except Trouble:
            self._failed(sizes, alone=len(batch) == 1)
            raise
        found = {uid: body for uid, body in bodies.items() if body or not sizes[uid]}
        await self._hand_in(connection, found)
        missing = await self._listing(connection, [uid for uid in sizes if uid not in found])
        self._failed([listed.uid for listed in missing], alone=len(batch) == 1)

    async def _hand_in(self, connection: Connection, bodies: Mapping[int, bytes]) -> None:
        uids = sorted(bodies)
        given = [self._hand_in_one(uid, bodies[uid]) for uid in uids]
        replies = dict(zip(uids, await self._patiently(asyncio.gather(*given)), strict=True))
        taken = [uid for uid, reply in replies.items() if reply.is_positive]
        for uid in taken:
            self._suspects.pop(uid, None)
        if taken:
            self.state.fetched += len(taken)
            self.state.last_contact_at = self._now()
            self._troubles, self._trouble_since = 0, None
        await self._marking.mark(connection, taken, Mark.DONE)
        for uid, reply in replies.items():
            if not (reply.is_positive or reply.is_temporary):
                await self._set_aside(connection, uid, "refused by intake")
        if any(reply.is_temporary for reply in replies.values()):
            raise Trouble(Reason.STORE)

    async def _hand_in_one(self, uid: int, body: bytes) -> Reply:
        arrival = Arrival(
            # IMAP has no envelope; whom the mail was for stands in the message at best.
            Envelope(reverse_path(body), ()),
            self._options.name,
            self._now(),
            Trust(authserv_id=self._options.authserv_id),
            self._origin(uid),
        )
        return await self._accept(arrival, await _raw(body))

    # --- mails that cannot be fetched -----------------------------------------------------------

    def _failed(self, uids: Iterable[int], *, alone: bool) -> None:
        """They were under way when something went wrong. Only alone it tells about the mail."""
        for uid in uids:
            suspect = self._suspects.setdefault(uid, _Suspect())
            if alone:
                suspect.failures += 1
                suspect.fetched = self.state.fetched
                suspect.failed_at = self._now()

    def _due_in(self, suspect: _Suspect) -> float:
        """Not before anything shows that the server is well, be it only time."""
        if suspect.failed_at is None or suspect.failures >= ATTEMPTS:
            return 0
        if self.state.fetched > suspect.fetched:
            return 0
        passed = (self._now() - suspect.failed_at).total_seconds()
        return max(self._pace.again_after * LONGER ** (suspect.failures - 1) - passed, 0)

    async def _try_suspects(self, connection: Connection) -> None:
        """After all others, each alone."""
        await self._advance(self._scanned)
        due = sorted(uid for uid, each in self._suspects.items() if self._due_in(each) <= 0)[:LIST]
        kept = await self._kept(due)
        for uid in due:
            if uid in kept:
                del self._suspects[uid]
                await self._marking.mark(connection, [uid], Mark.DONE)
            else:
                await self._try_alone(connection, uid)
            # Not before: who dies now shall find what nobody was told about.
            await self._advance(self._scanned)

    async def _try_alone(self, connection: Connection, uid: int) -> None:
        suspect = self._suspects[uid]
        before = suspect.failures
        if before < ATTEMPTS:
            listed = await self._listing(connection, [uid])
            for each in await self._fitting(connection, listed):
                await self._fetch(connection, [each])
        if suspect.failures >= ATTEMPTS:
            if uid in await connection.search(f"UID {uid}"):
                await self._set_aside(connection, uid, "cannot be fetched")
        elif suspect.failures > before:
            return
        self._suspects.pop(uid, None)  # else it is gone, or left out

    async def _set_aside(self, connection: Connection, uid: int, why: str) -> None:
        self._suspects.pop(uid, None)
        self._marking.promise(uid, Mark.FAILED)  # for should the server die of what follows
        try:
            words = about(await connection.header(uid))
        except (Declined, Trouble) as error:
            self._tell_of_aside(uid, why, "")
            if isinstance(error, Trouble):
                raise
        else:
            self._tell_of_aside(uid, why, words)
        await self._marking.mark(connection, [uid], Mark.FAILED)

    def _tell_of_aside(self, uid: int, why: str, words: str) -> None:
        options = self._options
        self.state.failed += 1
        log.warning("mail set aside", mailbox=options.name, uid=uid, reason=why)
        self._aside.append(f"UID {uid}{words}: {why}")
        where = f"moved to {options.failed_folder}" if options.failed_folder else "flagged"
        number = self._aside_before + self.state.failed
        last = f", the last {len(self._aside)}" if number > len(self._aside) else ""
        self._alarms.tell(
            self._aside_cause,
            f"mailbox {options.name}: mails that were not taken: {number} (read them there: they "
            f"were {where}; copied back into {options.folder} they are tried again){last}: "
            f"{'; '.join(self._aside)}",
        )


def _batches(listed: Iterable[Listed], alone: Container[int]) -> Iterator[list[Listed]]:
    """As they follow each other, a few at a time."""
    batch: list[Listed] = []
    octets = 0
    for each in listed:
        is_alone = each.uid in alone
        is_full = len(batch) == BATCH_MAILS or octets + each.size > BATCH_OCTETS
        if batch and (is_alone or is_full):
            yield batch
            batch, octets = [], 0
        batch.append(each)
        octets += each.size
        if is_alone:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


async def _raw(body: bytes) -> Raw:
    if len(body) < HASHED_ASIDE:
        digest = hashlib.sha256(body).hexdigest()
    else:
        digest = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
    return Raw(len(body), digest, body)


def reverse_path(raw: bytes) -> str:
    """What the final delivery noted on top (RFC 5321 §4.4). Empty for `<>`, and also if nothing is
    noted, which is no sign of a program: the classifier looks into the field to tell them apart.
    """
    for name, value in read_header(raw).fields:
        if name == b"return-path":
            match = _ADDRESS.search(value[:LONGEST_PATH])
            return match[0].decode("utf-8", "replace") if match else ""
    return ""
