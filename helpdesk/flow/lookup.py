"""A license key was found in a mail: its provider is asked, after the mail is a ticket.

No mail waits for a provider. One that does not answer, or wants us to wait, is asked again later
and later; what it said before stays, and nobody is told that a license is wrong. After several
failures in a row it is left alone for a while, then tried with one question.

Failures: a question that nobody can ask any more, for the key is in no mail that we have, is
dropped; any exception of a provider counts as no answer. A store that cannot be used is asked
again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from helpdesk.core.decide_license import answered
from helpdesk.core.decision import Keys
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.license import (
    LicenseAnswer,
    LookupOutcome,
    LookupResult,
    Terms,
    product_of,
)
from helpdesk.core.mail import Message
from helpdesk.core.named_keys import key_of
from helpdesk.core.ticket import Conversation, IntakeId
from helpdesk.flow.pace import Pace
from helpdesk.flow.patience import Patience
from helpdesk.flow.waiting import first_of
from helpdesk.ports import (
    Alarms,
    Answers,
    Asked,
    Clock,
    Concerned,
    LicenseProvider,
    Reader,
    Tickets,
    Unavailable,
)

BATCH = 16
LEASE = timedelta(minutes=2)
LONGEST_QUESTION = timedelta(seconds=60)
"""Whatever time limit a provider has of its own."""
LONGEST_SLEEP = timedelta(seconds=30)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
FAILURES_THAT_OPEN = 5
"""In a row; then the provider is left alone."""
LONG = timedelta(minutes=15)
"""Without an answer, and the operator is told."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
_DOUBLINGS = 6

log = structlog.get_logger("lookup")


@dataclass(slots=True)
class Circuit:
    """Whether a provider is asked at all (a circuit breaker)."""

    failures: int = 0
    opens_at: datetime | None = None
    """When it is tried again; None: it is not left alone."""
    rest: timedelta = FIRST_REST
    failing_since: datetime | None = None

    def room(self, now: datetime) -> int:
        """How many questions may begin now; one to try it after a rest."""
        if self.opens_at is None:
            return BATCH
        return 1 if now >= self.opens_at else 0

    def take(self, outcome: LookupOutcome, now: datetime, wait: timedelta | None) -> None:
        if outcome.is_final:
            self.failures, self.opens_at, self.rest = 0, None, FIRST_REST
            self.failing_since = None
            return
        self.failures += 1
        self.failing_since = self.failing_since or now
        if wait is not None or self.failures >= FAILURES_THAT_OPEN:
            self.opens_at = now + max(self.rest, min(wait or self.rest, LONGEST_PAUSE))
            self.rest = min(2 * self.rest, LONGEST_REST)


@dataclass(slots=True)
class LookingUp:
    """The flow with what it needs from the world."""

    answers: Answers
    tickets: Tickets
    providers: Mapping[str, LicenseProvider]
    reader: Reader
    raw: Callable[[IntakeId], Awaitable[bytes]]
    """Raises KeyError if the mail is gone."""
    rules: Rules
    clock: Clock
    alarms: Alarms | None = None
    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many questions ended in each, by provider."""
    _circuits: dict[str, Circuit] = field(default_factory=dict)
    _paces: dict[str, Pace] = field(default_factory=dict)
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Who is told of one answer is known before the next one is told."""
    _patience: Patience = field(default_factory=lambda: Patience(log))

    def __post_init__(self) -> None:
        self._circuits = {name: Circuit() for name in self.providers}
        self._paces = {name: Pace(self._terms(name).per_minute) for name in self.providers}

    def _terms(self, provider: str) -> Terms:
        return self.rules.policy.providers.get(provider, Terms())

    def left_alone(self) -> tuple[str, ...]:
        """The providers that are not asked for now, for they did not answer."""
        now = self.clock.now()
        return tuple(name for name, each in self._circuits.items() if not each.room(now))

    def in_trouble(self) -> tuple[str, ...]:
        """The providers that are left alone, or tried with one question at a time."""
        return tuple(name for name, each in self._circuits.items() if each.opens_at is not None)

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        self._patience.stop = stop
        with suppress(Unavailable):  # raised only when we are to stop
            while not stop.is_set():
                wake.clear()
                if not await self.run_once():
                    await first_of(stop, wake, timeout=await self._sleep())

    async def _sleep(self) -> timedelta:
        now = self.clock.now()
        names = [name for name in self.providers if self._room(name, now) > 0]
        coming = await self._patience.insist(lambda: self.answers.next_due(names))
        if coming is None:
            return LONGEST_SLEEP if len(names) == len(self.providers) else FIRST_REST / 6
        return min(max(coming - now, timedelta(seconds=1)), LONGEST_SLEEP)

    def _room(self, name: str, now: datetime) -> int:
        with self._paces[name].places(now, self._circuits[name].room(now)) as places:
            return places.left

    async def run_once(self) -> int:
        """Ask one batch of what is due; how many questions that were."""
        now = self.clock.now()
        room = {name: self._room(name, now) for name in self.providers}
        asked = await self._patience.insist(lambda: self.answers.claim(now, room, now + LEASE))
        async with asyncio.TaskGroup() as group:
            for each in asked:
                group.create_task(self._look_up(each))
        return len(asked)

    async def _look_up(self, asked: Asked) -> None:
        key = await self._key(asked)
        if key is None:
            log.info("license dropped", provider=asked.provider, reason="its mail is gone")
            await self._keep(asked, asked.answer, None)
        else:
            await self.ask(asked, key)

    async def ask(self, asked: Asked, key: str) -> LookupResult:
        """Ask about this key now, and keep what is said; if it is in no mail, that is all."""
        with self._paces[asked.provider].places(self.clock.now(), 1) as places:
            result = await self._ask(asked.provider, key)
            if places.left:
                places.ended(self.clock.now())
        now = self.clock.now()
        self._count(asked.provider, result)
        circuit = self._circuits[asked.provider]
        is_back = result.outcome.is_final and circuit.opens_at is not None
        circuit.take(result.outcome, now, result.retry_after)
        self._alarm(asked.provider, circuit, result, now)
        answer, due_at = _conclude(asked, result, now)
        await self._keep(asked, answer, due_at if asked.mails else None)
        if is_back:
            log.info("provider is back", provider=asked.provider)
            await self._patience.insist(lambda: self.answers.hasten(asked.provider, now))
        return result

    async def _key(self, asked: Asked) -> str | None:
        """The key itself, read anew out of a mail."""
        for mail in asked.mails:
            message = await self._message(mail)
            key = key_of(asked.fingerprint, message, self.rules.keyring) if message else None
            if key is not None:
                return key
        return None

    async def _message(self, mail: IntakeId) -> Message | None:
        """None: the mail is gone."""
        try:
            raw = await self._patience.insist(partial(self.raw, mail))
        except KeyError:
            return None
        (message,) = await self._patience.insist(partial(self.reader.read_many, [raw]))
        return message

    async def _ask(self, name: str, key: str) -> LookupResult:
        try:
            async with asyncio.timeout(LONGEST_QUESTION.total_seconds()):
                return await self.providers[name].lookup(key)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the provider gave no answer
            # Its words could hold the key.
            log.error("provider failed", provider=name, error=type(error).__name__)  # noqa: TRY400
            return LookupResult(LookupOutcome.DOWN, detail=type(error).__name__)

    def _alarm(self, name: str, circuit: Circuit, result: LookupResult, now: datetime) -> None:
        """What only an operator can mend, or what lasts long."""
        if self.alarms is None:
            return
        cause, since = f"license {name}", circuit.failing_since
        if result.outcome.is_final:
            self.alarms.over(cause)
        elif result.outcome is LookupOutcome.FORBIDDEN:
            words = f"the license provider {name} refuses to answer us: {result.detail}"
            self.alarms.tell(cause, f"{words} (check its token and what that may do)")
        elif since is not None and now - since >= LONG:
            words = f"the license provider {name} has not answered since {since:%H:%M} UTC"
            self.alarms.tell(cause, f"{words}: {result.detail} (look whether it runs)")

    def _count(self, provider: str, result: LookupResult) -> None:
        key = (provider, result.outcome.value)
        self.outcomes[key] = self.outcomes.get(key, 0) + 1
        if not result.outcome.is_final:
            log.warning(
                "license not looked up",
                provider=provider,
                outcome=result.outcome.value,
                detail=result.detail,
            )

    async def _keep(self, asked: Asked, answer: LicenseAnswer, due_at: datetime | None) -> None:
        async with self._one_by_one:
            await self._keep_and_tell(asked, answer, due_at)

    async def _keep_and_tell(
        self, asked: Asked, answer: LicenseAnswer, due_at: datetime | None
    ) -> None:
        now = self.clock.now()
        concerned = await self._patience.insist(
            lambda: self.answers.answered(asked, answer, due_at, now)
        )
        is_news = (answer.outcome, answer.record) != (asked.answer.outcome, asked.answer.record)
        if concerned and is_news:
            messages: dict[IntakeId, Message] = {}
            if product_of(answer) != product_of(asked.answer) and self._has_product_rules():
                for mail in asked.mails:
                    message = await self._message(mail)
                    messages |= {mail: message} if message is not None else {}
            await self._patience.insist(lambda: self._tell(asked, concerned, messages, now))

    def _has_product_rules(self) -> bool:
        return any(rule.when.products for rule in self.rules.policy.rules)

    async def _tell(
        self,
        asked: Asked,
        concerned: Sequence[Concerned],
        messages: Mapping[IntakeId, Message],
        now: datetime,
    ) -> None:
        """Each ticket has in its conversation what was found out."""
        which = (asked.provider, asked.fingerprint)
        rights = self.rules.policy.asks_for_rights
        keys = [
            Keys(identity="", tickets=frozenset({each.ticket}), rights=rights) for each in concerned
        ]
        async with self.tickets.work() as work:
            await work.load(keys)
            for wanted, each in zip(keys, concerned, strict=True):
                known = work.known(wanted)
                conversation = known.conversations.get(each.ticket)
                if conversation is None:
                    continue
                draft = Draft(self.rules, known, work.ids, now)
                decision = answered(
                    draft,
                    conversation,
                    which,
                    before=asked.answer,
                    told=each.told,
                    message=_named_in(conversation, which, messages),
                )
                if decision is not None:
                    work.apply(None, decision, now)
            await work.commit()


def _named_in(
    conversation: Conversation, which: tuple[str, str], messages: Mapping[IntakeId, Message]
) -> Message | None:
    """The mail of the ticket that names the key."""
    for each in conversation.licenses:
        if (each.provider, each.fingerprint) == which and each.intake is not None:
            return messages.get(each.intake)
    return None


def _conclude(
    asked: Asked, result: LookupResult, now: datetime
) -> tuple[LicenseAnswer, datetime | None]:
    """What is known by now, and when to ask again; what was said earlier is not forgotten because
    the provider is away."""
    if result.outcome.is_final:
        return LicenseAnswer(result.outcome, result.record, now), None
    tries = asked.answer.tries + 1
    pause = min(FIRST_PAUSE * (1 << min(tries - 1, _DOUBLINGS)), LONGEST_PAUSE)
    wait = min(max(result.retry_after or pause, FIRST_REST), LONGEST_PAUSE)
    answer = replace(asked.answer, trouble=result.outcome, tries=tries)
    return answer, now + wait
