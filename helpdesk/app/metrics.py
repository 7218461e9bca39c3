"""Numbers for Prometheus and a look at the health.

The store is asked by a task of the event loop, never by who asks us: /metrics and /healthz answer
at once whatever the store does.

Standards: the text formats of Prometheus and OpenMetrics.
Failures: none; what cannot be known is left out.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)

import helpdesk
from helpdesk.app.expiry import not_after
from helpdesk.core.decision import Verdict
from helpdesk.core.license import LookupOutcome
from helpdesk.ports import Clock, Outcome
from helpdesk.store.numbers import Numbers

log = structlog.get_logger("metrics")

REFRESH = 12.0
"""Seconds between two looks at the store."""
STORE_SILENCE = 60.0
"""So long without an answer, and the store counts as away."""
READER_DOWN = 60.0
"""So long no process that reads mail may start: the machine may be busy for a moment."""
BEAT = 1.0
STILL = 10.0
"""Seconds without a beat after which the event loop counts as stuck."""
BEATS_KEPT = 15
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


# --- what is watched ------------------------------------------------------------------------------


class Counting(Protocol):
    """Intake."""

    accepted: int
    refused: int


class Mailbox(Protocol):
    connected: bool
    last_contact_at: datetime | None
    fetched: int
    failed: int


class Connections(Protocol):
    open: int
    refused: int


class Source(Protocol):
    """Of access tokens."""

    @property
    def expires_at(self) -> datetime | None: ...

    @property
    def login_ends_at(self) -> datetime | None: ...

    @property
    def refused(self) -> str: ...


class Troubles(Protocol):
    @property
    def active(self) -> Mapping[str, datetime]: ...


class RoleState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    """It waits to be started again."""


class Roles:
    """How the roles of this process are; told by whoever runs them."""

    def __init__(self, roles: Iterable[str] = ()) -> None:
        self.states = dict.fromkeys(roles, RoleState.STARTING)
        self.failures = dict.fromkeys(self.states, 0)

    def running(self, role: str) -> None:
        self.states[role] = RoleState.RUNNING

    def failed(self, role: str) -> None:
        self.states[role] = RoleState.FAILED
        self.failures[role] = self.failures.get(role, 0) + 1


def _nothing() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Watched:
    """Live objects of a daemon; every one of them may be missing."""

    roles: Roles = field(default_factory=Roles)
    intake: Counting | None = None
    verdicts: Callable[[], Mapping[str, int]] = _nothing
    outcomes: Callable[[], Mapping[str, int]] = _nothing
    ticks: Callable[[], Mapping[str, int]] = _nothing
    lookups: Callable[[], Mapping[tuple[str, str], int]] = dict
    """Questions about license keys, by provider and outcome."""
    providers: tuple[str, ...] = ()
    """Of licenses."""
    troubled: Callable[[], Iterable[str]] = tuple
    """Those of them that do not answer."""
    killed: Callable[[], int] = lambda: 0
    """Reader processes."""
    reader_down_since: Callable[[], float | None] = lambda: None
    """On the monotonic clock."""
    mailboxes: Mapping[str, Mailbox] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    listeners: Iterable[tuple[str, Connections]] = ()
    """By name; names that occur twice are added up."""
    certificates: Mapping[str, Path] = field(default_factory=dict)
    """Of listeners."""
    alarms: Troubles | None = None


# --- state ----------------------------------------------------------------------------------------


class Metrics:
    """Everything that is shown. Read in another thread, so whatever changes is one assignment."""

    def __init__(
        self,
        watched: Watched,
        clock: Clock,
        store: Callable[[], Awaitable[Numbers]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watched = watched
        self.registry = CollectorRegistry(auto_describe=False)
        self._clock = clock
        self._store = store
        self._monotonic = monotonic
        self._numbers: Numbers | None = None
        self._answered_at = monotonic()
        self._beat_at = monotonic()
        self._lags: deque[float] = deque(maxlen=BEATS_KEPT)
        self._expiries: Mapping[str, datetime] = {}
        reading = Histogram(
            "helpdesk_reader_seconds",
            "Time to take one message apart.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.on_read: Callable[[float], None] = reading.observe
        """For the reader: how long one message took."""
        self.registry.register(_Live(self))
        ProcessCollector(registry=self.registry)

    async def run(self, stop: asyncio.Event) -> None:
        """Feel the pulse of the event loop and ask the store, until stopped."""
        asking: asyncio.Task[None] | None = None
        next_look = 0.0
        try:
            while not stop.is_set():
                began = self.beat()
                # One question at a time: one that hangs is not joined by a second.
                if (asking is None or asking.done()) and began >= next_look:
                    asking = asyncio.create_task(self.look())
                    next_look = began + REFRESH
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), BEAT)
                self._lags.append(max(self._monotonic() - began - BEAT, 0.0))
        finally:
            if asking is not None:
                asking.cancel()
                await asyncio.wait([asking], timeout=1)

    def beat(self) -> float:
        self._beat_at = self._monotonic()
        return self._beat_at

    async def look(self) -> None:
        """Ask the store once, and look at the certificates."""
        self._expiries = await asyncio.to_thread(_expiries, self.watched.certificates)
        try:
            self._numbers = await self._store()
        except Exception as error:  # noqa: BLE001 -- it is shown, and told by those who need the store
            log.info("no numbers from the store", error=type(error).__name__)
        else:
            self._answered_at = self._monotonic()

    @property
    def store_is_up(self) -> bool:
        return self._monotonic() - self._answered_at < STORE_SILENCE

    def health(self) -> tuple[bool, dict[str, object]]:
        """Whether all is well, and what is not."""
        reasons = []
        if (still := self._monotonic() - self._beat_at) >= STILL:
            reasons.append(f"the event loop has been stuck for {still:.0f} s")
        if not self.store_is_up:
            silence = self._monotonic() - self._answered_at
            reasons.append(f"the store has not answered for {silence:.0f} s")
        began = self.watched.reader_down_since()
        if began is not None and (down := self._monotonic() - began) >= READER_DOWN:
            reasons.append(f"no process that reads mail has started for {down:.0f} s")
        states = dict(self.watched.roles.states)
        reasons += [
            f"role {role} is {state.value}"
            for role, state in states.items()
            if state is not RoleState.RUNNING
        ]
        troubles = self.watched.alarms.active if self.watched.alarms is not None else {}
        return not reasons, {
            "status": "failing" if reasons else "ok",
            "reasons": reasons,
            "roles": {role: state.value for role, state in states.items()},
            "alarms": len(troubles),
            "version": helpdesk.__version__,
        }

    # --- families ---------------------------------------------------------------------------------

    def families(self) -> Iterator[Metric]:
        """Everything but the histogram, as it is right now."""
        yield InfoMetricFamily(
            "helpdesk_build", "What runs here.", value={"version": helpdesk.__version__}
        )
        yield from self._of_process()
        yield from self._of_mail()
        yield from self._of_store()
        yield from self._of_sources()
        yield from self._of_licenses()

    def _of_process(self) -> Iterator[Metric]:
        lags = tuple(self._lags)
        still = max(self._monotonic() - self._beat_at - BEAT, 0.0)
        yield GaugeMetricFamily(
            "helpdesk_loop_lag_seconds",
            "Longest delay of the event loop in the last seconds.",
            value=max((*lags, still)),
        )
        roles = self.watched.roles
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_role_running",
            "1 for a role that runs, 0 for one that starts or failed.",
            "role",
            {role: float(state is RoleState.RUNNING) for role, state in dict(roles.states).items()},
        )
        yield _labelled(
            CounterMetricFamily,
            "helpdesk_role_failures",
            "Times that a role failed and was started again.",
            "role",
            dict(roles.failures),
        )
        kinds: dict[str, float] = {}
        active = self.watched.alarms.active if self.watched.alarms is not None else {}
        for cause in tuple(active):
            # Only the kind: the rest of a cause may name somebody.
            kind = cause.partition(" ")[0]
            kinds[kind] = kinds.get(kind, 0) + 1
        yield _labelled(
            GaugeMetricFamily, "helpdesk_alarms", "Troubles that need the operator.", "kind", kinds
        )

    def _of_mail(self) -> Iterator[Metric]:
        watched = self.watched
        accepted, refused = (
            (watched.intake.accepted, watched.intake.refused) if watched.intake else (0, 0)
        )
        yield CounterMetricFamily(
            "helpdesk_intake_accepted", "Mails that were accepted.", value=accepted
        )
        yield CounterMetricFamily(
            "helpdesk_intake_refused",
            "Mails that were refused for a fault of ours; their senders try again.",
            value=refused,
        )
        yield _labelled(
            CounterMetricFamily,
            "helpdesk_verdicts",
            "Where accepted mails ended.",
            "verdict",
            _from_zero(Verdict, watched.verdicts()),
        )
        yield _labelled(
            CounterMetricFamily,
            "helpdesk_sent",
            "Attempts to send a mail.",
            "outcome",
            _from_zero(Outcome, watched.outcomes()),
        )
        ticks = watched.ticks()
        yield _labelled(
            CounterMetricFamily,
            "helpdesk_ticks",
            "Tickets to which something happened because time passed.",
            "outcome",
            {outcome: ticks.get(outcome, 0) for outcome in ("done", "failed")},
        )
        yield CounterMetricFamily(
            "helpdesk_reader_killed",
            "Reader processes that a message killed or that took too long.",
            value=watched.killed(),
        )
        open_now: dict[str, float] = {}
        turned_away: dict[str, float] = {}
        for name, connections in watched.listeners:
            open_now[name] = open_now.get(name, 0) + connections.open
            turned_away[name] = turned_away.get(name, 0) + connections.refused
        yield _labelled(
            GaugeMetricFamily, "helpdesk_connections", "Open connections.", "listener", open_now
        )
        yield _labelled(
            CounterMetricFamily,
            "helpdesk_connections_refused",
            "Connections beyond the limits.",
            "listener",
            turned_away,
        )

    def _of_store(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "helpdesk_store_up",
            "1 if the store answered in the last minute.",
            value=float(self.store_is_up),
        )
        found = self._numbers
        if found is None or not self.store_is_up:
            return  # Old numbers would look as if they were true.
        now = self._clock.now()
        yield GaugeMetricFamily(
            "helpdesk_intake_pending", "Accepted mails not yet worked off.", value=found.pending
        )
        yield GaugeMetricFamily(
            "helpdesk_intake_oldest_seconds",
            "Age of the oldest of them.",
            value=_age(found.oldest_pending_at, now),
        )
        yield GaugeMetricFamily(
            "helpdesk_quarantined", "Mails that were set aside.", value=found.quarantined
        )
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_outbox",
            "Outgoing mails: queued, deferred (tried in vain), held (needs the operator).",
            "state",
            found.outbox,
        )
        yield GaugeMetricFamily(
            "helpdesk_outbox_oldest_due_seconds",
            "For how long the first of them has been due.",
            value=_age(found.oldest_due_at, now),
        )
        yield GaugeMetricFamily(
            "helpdesk_license_due", "License keys to be looked up.", value=found.lookups
        )
        yield GaugeMetricFamily(
            "helpdesk_license_oldest_due_seconds",
            "For how long the first of them has been due.",
            value=_age(found.oldest_lookup_at, now),
        )

    def _of_licenses(self) -> Iterator[Metric]:
        watched = self.watched
        counts = dict(watched.lookups())
        asked = CounterMetricFamily(
            "helpdesk_license_lookups",
            "Questions to license providers.",
            labels=["provider", "outcome"],
        )
        for name in watched.providers:
            for outcome in LookupOutcome:
                asked.add_metric([name, outcome.value], counts.get((name, outcome.value), 0))
        yield asked
        troubled = frozenset(watched.troubled())
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_license_provider_left_alone",
            "1 for a provider that does not answer, and is tried only now and then.",
            "provider",
            {name: float(name in troubled) for name in watched.providers},
        )

    def _of_sources(self) -> Iterator[Metric]:
        now, watched = self._clock.now(), self.watched
        boxes = dict(watched.mailboxes)
        for kind, name, words, values in (
            (
                GaugeMetricFamily,
                "helpdesk_mailbox_connected",
                "1 while the mailbox is connected.",
                {name: float(box.connected) for name, box in boxes.items()},
            ),
            (
                GaugeMetricFamily,
                "helpdesk_mailbox_last_contact_seconds",
                "Since the mailbox's server said something.",
                {
                    name: _age(box.last_contact_at, now)
                    for name, box in boxes.items()
                    if box.last_contact_at is not None
                },
            ),
            (
                CounterMetricFamily,
                "helpdesk_mailbox_fetched",
                "Mails taken from the mailbox.",
                {name: float(box.fetched) for name, box in boxes.items()},
            ),
            (
                CounterMetricFamily,
                "helpdesk_mailbox_failed",
                "Mails that could not be taken and were set aside.",
                {name: float(box.failed) for name, box in boxes.items()},
            ),
        ):
            yield _labelled(kind, name, words, "mailbox", values)
        sources = watched.sources
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_token_expires_seconds",
            "Until the end of the last access token; negative: there is no new one.",
            "source",
            {name: _until(at, now) for name, each in sources.items() if (at := each.expires_at)},
        )
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_token_refused",
            "1 if the last request for an access token failed.",
            "source",
            {name: float(bool(each.refused)) for name, each in sources.items()},
        )
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_token_login_ends_seconds",
            "Until no access token is given any more without a new login.",
            "source",
            {name: _until(at, now) for name, each in sources.items() if (at := each.login_ends_at)},
        )
        yield _labelled(
            GaugeMetricFamily,
            "helpdesk_certificate_expires_seconds",
            "Until the end of the listener's certificate.",
            "listener",
            {name: _until(at, now) for name, at in self._expiries.items()},
        )


class _Live:
    """As the library wants it: a collector that describes what it collects."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics.families()


def _labelled(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    words: str,
    label: str,
    values: Mapping[str, float],
) -> Metric:
    family = kind(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _from_zero(kinds: type[StrEnum], counts: Mapping[str, int]) -> dict[str, float]:
    """Prometheus sees no increase in a number that begins with the first that it counts."""
    return {kind.value: counts.get(kind, 0) for kind in kinds}


def _age(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at is not None else 0.0


def _until(at: datetime, now: datetime) -> float:
    return (at - now).total_seconds()


def _expiries(certificates: Mapping[str, Path]) -> dict[str, datetime]:
    found = {}
    for name, path in certificates.items():
        with suppress(OSError, ValueError, IndexError):
            found[name] = not_after(path.read_text(encoding="ascii"))
    return found
