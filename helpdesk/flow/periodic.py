"""What agents get by the clock: the list of what waits for them, and the numbers of the week.

That it was done is written down in the transaction that writes the mail: whatever dies, and
however many daemons there are, each is sent once. What was missed is sent late on the same day, or
in the same week; that of earlier ones is not.

Failures: what cannot be made is logged and tried again later. A store that cannot be used is asked
again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from helpdesk.core.address import lookup_key
from helpdesk.core.decision import Decision, Keys, Known, Verdict
from helpdesk.core.digest import digests
from helpdesk.core.draft import Rules
from helpdesk.core.queue import (
    digest_mark,
    digests_due,
    first_marks,
    marks_of,
    report_mark,
    reports_due,
)
from helpdesk.core.weekly import Weeks, weekly_report
from helpdesk.flow.patience import Patience
from helpdesk.flow.waiting import first_of
from helpdesk.ports import Clock, Marks, Statistics, Tickets, Unavailable, Work

EVERY = timedelta(seconds=20)
REST = timedelta(minutes=10)
"""After one that could not be made."""

log = structlog.get_logger("periodic")


@dataclass(slots=True)
class Periodic:
    marks: Marks
    statistics: Statistics
    tickets: Tickets
    rules: Rules
    clock: Clock
    _resting: dict[str, datetime] = field(default_factory=dict)
    _patience: Patience = field(default_factory=lambda: Patience(log))

    async def run(self, stop: asyncio.Event) -> None:
        if not marks_of(self.rules.policy):
            await stop.wait()
            return
        self._patience.stop = stop
        with suppress(Unavailable):  # raised only when we are to stop
            while not stop.is_set():
                await self._patience.insist(self.run_once)
                await first_of(stop, timeout=EVERY)

    async def run_once(self) -> int:
        """Send what is due; how many mails that were."""
        policy, now = self.rules.policy, self.clock.now()
        wanted = marks_of(policy)
        if not wanted:
            return 0
        done = await self.marks.positions(wanted)
        if wanted - done.keys():
            return await self._try("first marks", partial(self._begin, wanted))
        number = 0
        if any(digests_due(policy, done, now)):
            number += await self._try("digest", self._digests)
        for desk, monday in reports_due(policy, done, now):
            number += await self._try(
                report_mark(desk.name), partial(self._report, Weeks(desk, monday))
            )
        return number

    async def _try(self, what: str, act: Callable[[], Awaitable[int]]) -> int:
        now = self.clock.now()
        if self._resting.get(what, now) > now:
            return 0
        try:
            return await act()
        except Unavailable:
            raise
        except Exception as error:
            log.exception("not sent", what=what, error=type(error).__name__)
            self._resting[what] = now + REST
            return 0

    async def _begin(self, wanted: frozenset[str]) -> int:
        """What was switched on just now begins with its next time."""

        def decide(known: Known, _: Work) -> Decision | None:
            marks = first_marks(self.rules.policy, known.marks, self.clock.now())
            return Decision(Verdict.RECORDED, "begins", marks=marks) if marks else None

        return await self._decide(Keys(identity="", marks=wanted), decide)

    async def _digests(self) -> int:
        policy = self.rules.policy
        names = frozenset(desk.name for desk in policy.desks if desk.digest_at is not None)
        keys = Keys(identity="", queues=names, marks=frozenset(map(digest_mark, names)))
        return await self._decide(
            keys, lambda known, work: digests(known, self.rules, work.ids, self.clock.now())
        )

    async def _report(self, weeks: Weeks) -> int:
        # Read before the work: it may take long, and would keep all others from writing.
        lives = await self.statistics.lives(weeks.all, weeks.desk.name)
        told = Weeks(weeks.desk, weeks.monday, lives)
        keys = Keys(
            identity="",
            marks=frozenset({report_mark(weeks.desk.name)}),
            addresses=frozenset(map(lookup_key, weeks.desk.report_to)),
        )
        return await self._decide(
            keys,
            lambda known, work: weekly_report(told, known, self.rules, work.ids, self.clock.now()),
        )

    async def _decide(self, keys: Keys, decide: Callable[[Known, Work], Decision | None]) -> int:
        async with self.tickets.work() as work:
            await work.load([keys])
            decision = decide(work.known(keys), work)
            if decision is None:
                return 0
            work.apply(None, decision, self.clock.now())
            await work.commit()
        log.info("by the clock", what=decision.reason, outbox=len(decision.outbox))
        return len(decision.outbox)
