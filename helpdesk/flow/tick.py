"""Time passed: reminders, targets, tickets that close by themselves.

Which tickets are due is only a hint: each is loaded and decided anew in one transaction, so that
several processes may look at the same time, and nothing happens twice. After an outage all that
was missed is done at once, in the order in which it was due.

Failures: a ticket that cannot be decided is left out, logged, and tried again later; the others go
on. A store that cannot be used is asked again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from helpdesk.core.decide_tick import time_passed
from helpdesk.core.decision import Keys
from helpdesk.core.draft import Rules
from helpdesk.core.route import follow_merges
from helpdesk.core.ticket import TicketNumber
from helpdesk.flow.patience import Patience
from helpdesk.flow.waiting import first_of
from helpdesk.ports import Clock, Tickets, Timers, Unavailable

BATCH = 64
LONGEST_SLEEP = timedelta(seconds=5)
"""The next due time may come nearer without anybody telling us."""
REST = timedelta(minutes=10)
"""So long a ticket is left alone that could not be decided."""

log = structlog.get_logger("tick")


@dataclass(slots=True)
class Ticker:
    timers: Timers
    tickets: Tickets
    rules: Rules
    clock: Clock
    settings: str = ""
    """Fingerprint of what due times are reckoned by."""
    batch: int = BATCH
    done: dict[str, int] = field(default_factory=dict)
    """Tickets to which something happened, and those that failed."""
    _resting: dict[TicketNumber, datetime] = field(default_factory=dict)
    _patience: Patience = field(default_factory=lambda: Patience(log))

    async def run(self, stop: asyncio.Event) -> None:
        self._patience.stop = stop
        with suppress(Unavailable):  # raised only when we are to stop
            await self._patience.insist(self.agree)
            while not stop.is_set():
                due = await self._patience.insist(self.run_once)
                if due < self.batch:
                    await first_of(stop, timeout=await self._patience.insist(self._sleep))

    async def agree(self) -> None:
        """Other settings than last time: each ticket is looked at, for it may be due earlier, or
        at all."""
        woken = await self.timers.agree(self.settings, self.clock.now())
        if woken:
            log.info("times reckoned anew", tickets=woken)

    async def _sleep(self) -> timedelta:
        coming = await self.timers.next_due()
        if coming is None:
            return LONGEST_SLEEP
        return min(max(coming - self.clock.now(), timedelta(seconds=1)), LONGEST_SLEEP)

    async def run_once(self) -> int:
        """Let time pass for one batch of tickets; how many were due."""
        now = self.clock.now()
        self._resting = {number: at for number, at in self._resting.items() if at > now}
        due = await self.timers.due(now, self.batch + len(self._resting))
        numbers = [number for number in due if number not in self._resting]
        if numbers:
            await self._let_pass(numbers)
        return len(numbers)

    async def _let_pass(self, numbers: Sequence[TicketNumber]) -> None:
        try:
            await self._decide(numbers)
        except Unavailable:
            raise
        except Exception as error:
            if len(numbers) == 1:
                log.exception("time stands still", ticket=numbers[0], error=type(error).__name__)
                self._resting[numbers[0]] = self.clock.now() + REST
                self._count("failed")
                return
            for number in numbers:
                await self._patience.insist(partial(self._let_pass, [number]))

    async def _decide(self, numbers: Sequence[TicketNumber]) -> None:
        now = self.clock.now()
        rights = self.rules.policy.asks_for_rights
        keys = [Keys(identity="", tickets=frozenset({number}), rights=rights) for number in numbers]
        happened = []
        async with self.tickets.work() as work:
            await work.load(keys)
            for wanted, number in zip(keys, numbers, strict=True):
                known = work.known(wanted)
                conversation = follow_merges(known, number)
                if conversation is None or conversation.ticket.number != number:
                    # Gone meanwhile; it must not be in front of the others again at once.
                    self._resting[number] = now + REST
                    continue
                decision = time_passed(conversation, known, self.rules, work.ids, now)
                if decision is not None:
                    work.apply(None, decision, now)
                    happened.append((number, decision))
            await work.commit()
        for number, decision in happened:
            self._count("done")
            log.info(
                "time passed", ticket=number, reason=decision.reason, outbox=len(decision.outbox)
            )

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1
