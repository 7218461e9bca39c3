"""The composition root: from settings to objects that know each other. All choices meet here."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

import helpdesk
from helpdesk.app.clock import SystemClock
from helpdesk.app.prepare import SetupError
from helpdesk.app.sockets import Sockets
from helpdesk.app.watch import watch
from helpdesk.config import ConfigurationError, Settings, load_keyring
from helpdesk.config.settings import ListenerSettings, Protocol, Tls, TransportKind
from helpdesk.core.draft import Rules
from helpdesk.core.mail import Trust
from helpdesk.core.reply_address import is_ours
from helpdesk.flow.receive import Receiver
from helpdesk.flow.send import Sender
from helpdesk.flow.undelivered import TellingOutbox
from helpdesk.inbound import smtp
from helpdesk.inbound.data import clear_spool
from helpdesk.inbound.intake import Intake
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parse import open_part
from helpdesk.inbound.reader import Reader
from helpdesk.outbound import transport
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from helpdesk.ports import Tickets, Transport, Work
from helpdesk.store.engine import open_engine
from helpdesk.store.queues import SqlIntake, SqlOutbox
from helpdesk.store.tickets import SqlTickets

SPOOL = "arriving"
GRACE = 3.0
"""Seconds that a mail under way may take when we are to end."""
CLOSING = 1.0
"""Seconds for connections to be ended politely."""

log = structlog.get_logger("serve")


def templates_folder() -> Path:
    """In an installed package beside the code, in a checkout above it."""
    package = Path(helpdesk.__file__).parent
    installed = package / "templates"
    return (installed if installed.is_dir() else package.parent / "templates") / "mail"


def build_transport(settings: Settings) -> Transport:
    if settings.outgoing.transport is TransportKind.MAILDIR:
        return transport.MaildirTransport(settings.outgoing.maildir)
    relay = settings.relay
    seconds = relay.timeout.total_seconds()
    kinds = {
        Tls.STARTTLS: transport.Tls.REQUIRED,
        Tls.TLS: transport.Tls.IMPLICIT,
        Tls.NONE: transport.Tls.NONE,
    }
    return transport.SmtpTransport(
        transport.Relay(
            host=relay.host,
            port=relay.real_port,
            tls=kinds[relay.tls],
            user=relay.user,
            password=relay.read_password(),
            name=socket.gethostname(),
            connections=relay.max_connections,
            timeouts=transport.Timeouts(connect=min(seconds, 30), command=seconds, data=seconds),
        )
    )


def faults(settings: Settings) -> list[str]:
    """What in the files that the settings name would keep a daemon from starting."""
    found = []
    checks: list[Callable[[], object]] = [
        lambda: build_renderer(settings),
        *(partial(_tls_context, each) for each in settings.listeners),
    ]
    for check in checks:
        try:
            check()
        except SetupError as error:
            found.append(str(error))
    if settings.store.keys.exists():
        try:
            load_keyring(settings.store.keys)
        except ConfigurationError as error:
            found += error.problems
    return found


def build_renderer(settings: Settings) -> MailRenderer:
    renderer = MailRenderer(templates_folder(), settings.templates.overrides)
    if faults := renderer.check():
        raise SetupError(f"{faults[0]} (correct the template or remove it)")
    return renderer


def trust_in(settings: ListenerSettings, peer: str) -> Trust:
    """What the configuration says about a peer, by its IP address."""
    if settings.socket is not None:  # who may open it is decided by its permissions
        return Trust(authserv_id=settings.authserv_id)
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return Trust(peer)
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    is_trusted = any(address in network for network in settings.trusted_peers)
    return Trust(
        peer=peer,
        authserv_id=settings.authserv_id if is_trusted else "",
        network=any(address in network for network in settings.trust_network),
    )


@dataclass(slots=True)
class _Waking:
    """Calls somebody after every unit of work that ended well."""

    tickets: Tickets
    on_end: Callable[[], None]

    def work(self) -> AbstractAsyncContextManager[Work]:
        return self._work()

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[Work]:
        async with self.tickets.work() as work:
            yield work
        self.on_end()


@dataclass(slots=True)
class Gateway:
    """Everything that a daemon runs, wired."""

    settings: Settings
    engine: AsyncEngine
    intake: Intake
    listeners: tuple[tuple[ListenerSettings, smtp.Listener], ...]
    receiver: Receiver
    sender: Sender
    reader: Reader
    transport: Transport
    mail_came: asyncio.Event
    mail_goes: asyncio.Event
    sockets: Sockets
    owns_sockets: bool
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    def roles(self) -> Mapping[str, Callable[[asyncio.Event], Awaitable[None]]]:
        return {"intake": self.run_intake, "receive": self.run_receive, "send": self.run_send}

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
            await stop.wait()
        finally:
            self.listening.clear()
            await asyncio.gather(*(listener.close(GRACE) for _, listener in self.listeners))

    async def run_receive(self, stop: asyncio.Event) -> None:
        async with watch(self.engine, self.mail_came.set):
            await self.receiver.run(stop, self.mail_came)

    async def run_send(self, stop: asyncio.Event) -> None:
        await self.sender.outbox.release()
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
                await self.transport.close()
        await self.engine.dispose()


def build(settings: Settings, sockets: Sockets | None = None) -> Gateway:
    """Nothing of it runs yet; `sockets` outlive the gateway if they are given."""
    keyring = load_keyring(settings.store.keys)
    policy = settings.policy()
    clock = SystemClock()
    engine = open_engine(settings.store.database)
    objects = settings.store.objects
    spool = objects / SPOOL
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    mail_came, mail_goes = asyncio.Event(), asyncio.Event()
    queue = SqlIntake(engine, objects)
    intake = Intake(queue, on_kept=mail_came.set)
    tickets = _Waking(SqlTickets(engine), mail_goes.set)
    rules = Rules(policy, keyring)
    outgoing = build_transport(settings)
    reader = build_reader(settings)
    receiver = Receiver(queue=queue, tickets=tickets, reader=reader, rules=rules, clock=clock)
    return Gateway(
        settings=settings,
        engine=engine,
        intake=intake,
        listeners=tuple(
            (
                each,
                smtp.Listener(
                    smtp.ListenerSettings(
                        name=each.name,
                        hostname=socket.gethostname(),
                        spool_dir=spool,
                        accept=intake.accept,
                        is_ours=partial(is_ours, policy),
                        trust=partial(trust_in, each),
                        now=clock.now,
                        lmtp=each.protocol is Protocol.LMTP,
                        tls=_tls_context(each),
                        size_limit=each.size_limit,
                        max_connections=each.max_connections,
                        max_connections_per_address=each.max_connections_per_address,
                        idle_timeout=each.idle_timeout.total_seconds(),
                    )
                ),
            )
            for each in settings.listeners
        ),
        receiver=receiver,
        sender=Sender(
            outbox=TellingOutbox(SqlOutbox(engine, objects), tickets, rules),
            renderer=build_renderer(settings),
            composer=MailComposer(policy, keyring),
            transport=outgoing,
            opener=open_part,
            clock=clock,
            is_busy=receiver.is_busy,
        ),
        reader=reader,
        transport=outgoing,
        mail_came=mail_came,
        mail_goes=mail_goes,
        sockets=sockets or Sockets(),
        owns_sockets=sockets is None,
    )


def build_reader(settings: Settings) -> Reader:
    return Reader(
        ReaderOptions(key_patterns=settings.licenses.key_patterns()),
        workers=settings.reader.workers,
        seconds=settings.reader.time_limit.total_seconds(),
    )


def _tls_context(settings: ListenerSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (ssl.SSLError, OSError) as error:
        raise SetupError(
            f"{settings.tls_certificate}: certificate and key cannot be used: {error.strerror} "
            "(both in PEM, the key without a password and belonging to the certificate)"
        ) from None
    return context
