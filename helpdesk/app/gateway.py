"""Everything that a daemon runs, wired, and the roles it runs as."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.alarms import OperatorAlarms
from helpdesk.app.certificates import Certificate
from helpdesk.app.certificates import watch as watch_certificates
from helpdesk.app.metrics import Metrics
from helpdesk.app.oauth import Tokens
from helpdesk.app.sockets import Sockets
from helpdesk.app.watch import watch
from helpdesk.config import Settings
from helpdesk.config.settings import ListenerSettings
from helpdesk.flow.receive import Receiver
from helpdesk.flow.send import Sender
from helpdesk.inbound import smtp
from helpdesk.inbound.data import clear_spool
from helpdesk.inbound.imap import Fetcher
from helpdesk.inbound.intake import Intake
from helpdesk.inbound.reader import Reader
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
    listeners: tuple[tuple[ListenerSettings, smtp.Listener], ...]
    fetchers: tuple[Fetcher, ...]
    certificates: tuple[Certificate, ...]
    receiver: Receiver
    sender: Sender
    reader: Reader
    transport: Transport
    operator_way: Transport
    """By which the operator's alarms go; may be the same."""
    sources: Mapping[str, Tokens]
    alarms: OperatorAlarms
    metrics: Metrics
    mail_came: asyncio.Event
    mail_goes: asyncio.Event
    sockets: Sockets
    owns_sockets: bool
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    def roles(self) -> Mapping[str, Callable[[asyncio.Event], Awaitable[None]]]:
        return {
            "intake": self.run_intake,
            "fetch": self.run_fetch,
            "receive": self.run_receive,
            "send": self.run_send,
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
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await self.intake.close()
                await self.reader.close()
                await self.alarms.close()
                await self.transport.close()
                if self.operator_way is not self.transport:
                    await self.operator_way.close()
                for tokens in set(self.sources.values()):
                    await tokens.close()
        await self.engine.dispose()
