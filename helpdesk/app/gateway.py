"""Everything that a daemon runs, wired, and the roles it runs as."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.alarms import OperatorAlarms
from helpdesk.app.certificates import Certificate, cause_of
from helpdesk.app.certificates import watch as watch_certificates
from helpdesk.app.metrics import Metrics
from helpdesk.app.oauth import Tokens
from helpdesk.app.sockets import Sockets
from helpdesk.app.token_watch import TokenWatch
from helpdesk.app.watch import watch
from helpdesk.config import Settings
from helpdesk.config.settings import ListenerSettings, TransportKind
from helpdesk.flow.lookup import LookingUp
from helpdesk.flow.periodic import Periodic
from helpdesk.flow.receive import Receiver
from helpdesk.flow.send import Sender
from helpdesk.flow.tick import Ticker
from helpdesk.inbound.data import clear_spool
from helpdesk.inbound.imap import Fetcher
from helpdesk.inbound.intake import Intake
from helpdesk.inbound.listener import Listener
from helpdesk.inbound.login import FailedLogins
from helpdesk.inbound.reader import Reader
from helpdesk.outbound.refusal import TROUBLES
from helpdesk.ports import Transport

SPOOL = "arriving"
GRACE = 2.5
"""Seconds that a mail under way may take when we are to end."""
CLOSING = 0.7
"""Seconds for connections to be ended politely."""

log = structlog.get_logger("serve")


@dataclass(slots=True)
class Gateway:
    """Built by helpdesk.app.build; runs until it is told to stop, and then is closed."""

    settings: Settings
    engine: AsyncEngine
    intake: Intake
    listeners: tuple[tuple[ListenerSettings, Listener], ...]
    failed_logins: FailedLogins
    fetchers: tuple[Fetcher, ...]
    certificates: tuple[Certificate, ...]
    receiver: Receiver
    sender: Sender
    ticker: Ticker
    periodic: Periodic
    looking_up: LookingUp
    reader: Reader
    transport: Transport
    operator_way: Transport
    """By which the operator's alarms go; may be the same."""
    sources: Mapping[str, Tokens]
    token_watch: TokenWatch
    alarms: OperatorAlarms
    metrics: Metrics
    mail_came: asyncio.Event
    mail_goes: asyncio.Event
    keys_came: asyncio.Event
    sockets: Sockets
    owns_sockets: bool
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    def roles(self) -> Mapping[str, Callable[[asyncio.Event], Awaitable[None]]]:
        return {
            "intake": self.run_intake,
            "fetch": self.run_fetch,
            "receive": self.run_receive,
            "send": self.run_send,
            "tick": self.run_tick,
            "lookup": self.run_lookup,
        }

    async def started(self, roles: Collection[str]) -> None:
        if "intake" in roles:
            await self.listening.wait()

    async def run_intake(self, stop: asyncio.Event) -> None:
        spool = self.settings.store.objects / SPOOL
        if left := clear_spool(spool):
            log.info("removed unfinished mail", files=left)
        try:
            for settings, listener in self.listeners:
                await listener.start(sockets=self.sockets.listen(settings))
            self.listening.set()
            await watch_certificates(self.certificates, stop, alarms=self.alarms)
        finally:
            self.listening.clear()
            await asyncio.gather(*(listener.close(GRACE) for _, listener in self.listeners))

    async def run_fetch(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for fetcher in self.fetchers:
                group.create_task(fetcher.run(stop))
            await stop.wait()

    async def run_receive(self, stop: asyncio.Event) -> None:
        async with watch(self.engine, self.mail_came.set):
            await self.receiver.run(stop, self.mail_came)

    async def run_send(self, stop: asyncio.Event) -> None:
        async with watch(self.engine, self.mail_goes.set):
            await self.sender.run(stop, self.mail_goes)

    async def run_tick(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.ticker.run(stop))
            group.create_task(self.periodic.run(stop))

    async def run_lookup(self, stop: asyncio.Event) -> None:
        if not self.looking_up.providers:
            await stop.wait()  # nobody is to be asked, so nothing has to be looked for
            return
        async with watch(self.engine, self.keys_came.set):
            await self.looking_up.run(stop, self.keys_came)

    def take_over(self, last: "Gateway") -> None:
        """What the gateway before this one knew and no file tells: whom the operator was told
        about, which mails were set aside, how much the relay had in the last minute, and who
        guesses passwords.
        """
        gone = last.alarm_causes() - self.alarm_causes()
        self.alarms.take_over(last.alarms.hand_over(), gone)
        set_aside = {each.name: each.hand_over() for each in last.fetchers}
        for fetcher in self.fetchers:
            if fetcher.name in set_aside:
                fetcher.take_over(*set_aside[fetcher.name])
        self.sender.pace.ends.extend(last.sender.pace.ends)
        self.failed_logins.take_over(last.failed_logins.hand_over())

    def alarm_causes(self) -> frozenset[str]:
        return self.token_watch.causes.union(
            *(fetcher.causes for fetcher in self.fetchers),
            map(cause_of, self.certificates),
            TROUBLES if self.settings.outgoing.transport is TransportKind.SMTP else (),
        )

    def doors(self) -> list[tuple[str, str]]:
        """Protocol and place of each listener."""
        return [
            (
                settings.protocol.value,
                f"{settings.host}:{listener.port}" if listener.port else str(settings.socket),
            )
            for settings, listener in self.listeners
        ]

    async def close(self) -> None:
        if self.owns_sockets:
            self.sockets.close()
        await asyncio.gather(
            _end(self.intake.close),
            _end(self.reader.close),
            self._end_ways_out(),
            *(_end(tokens.close) for tokens in set(self.sources.values())),
            *(_end(provider.close) for provider in self.looking_up.providers.values()),
        )
        await self.engine.dispose()

    async def _end_ways_out(self) -> None:
        # The alarms first: what they still have to say goes by the others.
        await _end(self.alarms.close, CLOSING / 2)
        ways = {id(each): each for each in (self.transport, self.operator_way)}
        await asyncio.gather(*(_end(way.close, CLOSING / 2) for way in ways.values()))


async def _end(close: Callable[[], Awaitable[None]], seconds: float = CLOSING) -> None:
    """Whatever becomes of it, the other parts are closed, too."""
    try:
        async with asyncio.timeout(seconds):
            await close()
    except TimeoutError:
        pass  # what it waits for has ended with its connections by now, or ends with the process
    except Exception as error:
        log.exception("not closed", error=type(error).__name__)
