"""The composition root: from settings to objects that know each other. All choices meet here."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from helpdesk.app.certificates import Certificate
from helpdesk.app.clock import SystemClock
from helpdesk.app.gateway import SPOOL, Gateway
from helpdesk.app.metrics import Metrics, Roles, Watched
from helpdesk.app.oauth import OPERATOR_RELAY, RELAY, Tokens, mailbox_source, token_sources
from helpdesk.app.prepare import SetupError
from helpdesk.app.relay import build_alarms, build_relay, check_trust, trusting
from helpdesk.app.sockets import Sockets
from helpdesk.app.templates import templates_folder
from helpdesk.app.token_watch import TokenWatch
from helpdesk.config import ConfigurationError, Settings, load_keyring
from helpdesk.config.settings import (
    ListenerSettings,
    Login,
    MailboxSettings,
    MailboxTls,
    Protocol,
    RelaySettings,
    TransportKind,
)
from helpdesk.config.source import CREDENTIALS
from helpdesk.core.draft import Rules
from helpdesk.core.mail import Trust
from helpdesk.core.reply_address import is_ours
from helpdesk.flow.lookup import LookingUp
from helpdesk.flow.pace import Pace
from helpdesk.flow.periodic import Periodic
from helpdesk.flow.receive import Receiver
from helpdesk.flow.send import Sender
from helpdesk.flow.tick import Ticker
from helpdesk.flow.undelivered import TellingOutbox
from helpdesk.inbound import limits
from helpdesk.inbound.imap import Fetcher, MailboxOptions
from helpdesk.inbound.intake import Intake
from helpdesk.inbound.listener import Listener
from helpdesk.inbound.login import FailedLogins
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parse import open_part
from helpdesk.inbound.reader import Reader
from helpdesk.license import build_provider
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.maildir import MaildirTransport
from helpdesk.outbound.render import MailRenderer
from helpdesk.ports import Alarms, LicenseProvider, Tickets, TokenSource, Transport, Work
from helpdesk.store.cursors import SqlCursors
from helpdesk.store.engine import open_engine
from helpdesk.store.licenses import SqlAnswers
from helpdesk.store.logins import Logins
from helpdesk.store.numbers import numbers
from helpdesk.store.queues import SqlIntake, SqlOutbox
from helpdesk.store.statistics import SqlStatistics
from helpdesk.store.tickets import SqlTickets
from helpdesk.store.timers import SqlTimers


def build_transport(
    settings: Settings,
    sources: Mapping[str, TokenSource] | None = None,
    alarms: Alarms | None = None,
) -> Transport:
    if settings.outgoing.transport is TransportKind.MAILDIR:
        return MaildirTransport(settings.outgoing.maildir)
    sources = token_sources(settings, SystemClock()) if sources is None else sources
    return build_relay(settings.relay, sources.get(RELAY), alarms)


def faults(settings: Settings) -> list[str]:
    """What in the files that the settings name would keep a daemon from starting."""
    found = []
    checks: list[Callable[[], object]] = [
        lambda: build_renderer(settings),
        *(partial(_certificate, each) for each in settings.listeners),
        *(partial(_mailbox_tls, each) for each in settings.mailboxes),
        *(partial(check_trust, each) for each in _relays(settings)),
    ]
    for check in checks:
        try:
            check()
        except SetupError as error:
            found.append(str(error))
    found += unusable_secrets(settings)
    if settings.store.keys.exists():
        try:
            load_keyring(settings.store.keys)
        except ConfigurationError as error:
            found += error.problems
    return found


def unusable_secrets(settings: Settings) -> Iterator[str]:
    """Files that should hold a password."""
    accounts: list[RelaySettings | MailboxSettings] = [*_relays(settings), *settings.mailboxes]
    for each in accounts:
        if each.password_file is None or str(each.password_file).startswith(CREDENTIALS):
            continue  # Those of systemd are for the daemon, which says it.
        try:
            each.read_password()
        except ConfigurationError as error:
            yield from error.problems


def _relays(settings: Settings) -> Iterator[RelaySettings]:
    """Those that are used."""
    if settings.outgoing.transport is TransportKind.SMTP:
        yield settings.relay
    if settings.operator.relay is not None:
        yield settings.operator.relay


def build_renderer(settings: Settings) -> MailRenderer:
    desks = {desk.name: desk.language for desk in settings.desks}
    renderer = MailRenderer(templates_folder(), settings.templates.overrides, desks=desks)
    if faults := renderer.check(ours=False):
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


def build(
    settings: Settings, sockets: Sockets | None = None, tokens: Collection[Tokens] = ()
) -> Gateway:
    """Nothing of it runs yet; `sockets` outlive the gateway if they are given, and so may the
    `tokens` of the one before.
    """
    keyring = load_keyring(settings.store.keys)
    policy = settings.policy()
    clock = SystemClock()
    engine = open_engine(settings.store.database)
    objects = settings.store.objects
    spool = objects / SPOOL
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    mail_came, mail_goes, keys_came = asyncio.Event(), asyncio.Event(), asyncio.Event()
    queue = SqlIntake(engine, objects)
    intake = Intake(queue, on_kept=mail_came.set)

    def wake() -> None:
        mail_goes.set()
        keys_came.set()

    tickets = _Waking(SqlTickets(engine), wake)
    rules = Rules(policy, keyring)
    sources = token_sources(settings, clock, tokens)
    goes_by_relay = settings.outgoing.transport is TransportKind.SMTP
    watched = {name: each for name, each in sources.items() if name != RELAY or goes_by_relay}
    alarms = build_alarms(settings, clock)
    outgoing = build_transport(settings, sources, alarms)
    own = settings.operator.relay
    operator_way = build_relay(own, sources.get(OPERATOR_RELAY)) if own else outgoing
    alarms.goes_by(operator_way)
    reader = build_reader(settings)
    receiver = Receiver(queue=queue, tickets=tickets, reader=reader, rules=rules, clock=clock)
    logins, failed_logins = Logins(engine), FailedLogins()
    certificates = {each.name: _certificate(each) for each in settings.listeners}

    def listener(each: ListenerSettings) -> Listener:
        own = certificates[each.name]
        return Listener(
            limits.ListenerSettings(
                name=each.name,
                hostname=socket.gethostname(),
                spool_dir=spool,
                accept=intake.accept,
                is_ours=partial(is_ours, policy),
                trust=partial(trust_in, each),
                now=clock.now,
                lmtp=each.protocol is Protocol.LMTP,
                tls=own.context if own else None,
                implicit_tls=each.implicit_tls,
                authenticate=None if each.login is Login.OFF else logins.check,
                login_required=each.login is Login.REQUIRED,
                size_limit=each.size_limit,
                max_connections=each.max_connections,
                max_connections_per_address=each.max_connections_per_address,
                idle_timeout=each.idle_timeout.total_seconds(),
            ),
            failed_logins=failed_logins,
        )

    listeners = tuple((each, listener(each)) for each in settings.listeners)
    fetchers = {
        each.name: Fetcher(
            _mailbox(each, sources),
            accept=intake.accept,
            cursors=SqlCursors(engine),
            alarms=alarms,
            now=clock.now,
        )
        for each in settings.mailboxes
    }
    sender = Sender(
        outbox=TellingOutbox(SqlOutbox(engine, objects), tickets, rules),
        renderer=build_renderer(settings),
        composer=MailComposer(policy, keyring),
        transport=outgoing,
        opener=open_part,
        clock=clock,
        is_busy=receiver.is_busy,
        pace=Pace(settings.relay.max_per_minute),
    )
    looking_up = LookingUp(
        answers=SqlAnswers(engine),
        tickets=tickets,
        providers=build_providers(settings),
        reader=reader,
        raw=SqlOutbox(engine, objects).raw,
        rules=rules,
        clock=clock,
        alarms=alarms,
    )
    ticker = Ticker(SqlTimers(engine), tickets, rules, clock, settings.times())
    periodic = Periodic(SqlCursors(engine), SqlStatistics(engine), tickets, rules, clock)
    metrics = Metrics(
        Watched(
            roles=Roles(),
            intake=intake,
            verdicts=lambda: receiver.verdicts,
            outcomes=lambda: sender.outcomes,
            ticks=lambda: ticker.done,
            lookups=lambda: looking_up.outcomes,
            providers=tuple(looking_up.providers),
            troubled=looking_up.in_trouble,
            killed=lambda: reader.killed,
            reader_down_since=lambda: reader.down_since,
            mailboxes={name: fetcher.state for name, fetcher in fetchers.items()},
            sources=sources,
            listeners=[(each.name, listener.connections) for each, listener in listeners],
            certificates={
                each.name: each.tls_certificate
                for each in settings.listeners
                if each.tls_certificate is not None
            },
            alarms=alarms,
        ),
        clock,
        partial(numbers, engine),
    )
    reader.on_read = metrics.on_read
    return Gateway(
        settings=settings,
        engine=engine,
        intake=intake,
        listeners=listeners,
        failed_logins=failed_logins,
        fetchers=tuple(fetchers.values()),
        certificates=tuple(each for each in certificates.values() if each is not None),
        receiver=receiver,
        sender=sender,
        ticker=ticker,
        periodic=periodic,
        looking_up=looking_up,
        reader=reader,
        transport=outgoing,
        operator_way=operator_way,
        sources=sources,
        token_watch=TokenWatch(watched, alarms, clock),
        alarms=alarms,
        metrics=metrics,
        mail_came=mail_came,
        mail_goes=mail_goes,
        keys_came=keys_came,
        sockets=sockets or Sockets(),
        owns_sockets=sockets is None,
    )


def build_providers(settings: Settings) -> dict[str, LicenseProvider]:
    now = SystemClock().now
    try:
        return {each.name: build_provider(each, now) for each in settings.licenses.providers}
    except ConfigurationError as error:
        raise SetupError(error.problems[0]) from None


def build_reader(settings: Settings) -> Reader:
    return Reader(
        ReaderOptions(key_patterns=settings.licenses.key_patterns()),
        workers=settings.reader.workers,
        seconds=settings.reader.time_limit.total_seconds(),
    )


def _certificate(settings: ListenerSettings) -> Certificate | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_certificate, settings.tls_key)


def _mailbox(settings: MailboxSettings, sources: Mapping[str, TokenSource]) -> MailboxOptions:
    tokens = sources.get(mailbox_source(settings.name))
    return MailboxOptions(
        name=settings.name,
        host=settings.host,
        port=settings.port,
        tls=_mailbox_tls(settings),
        user=settings.user,
        password="" if tokens else settings.read_password(),
        tokens=tokens,
        folder=settings.folder,
        done_folder=settings.done_folder,
        failed_folder=settings.failed_folder,
        first=settings.first.value,
        use_idle=settings.idle,
        poll=settings.poll.total_seconds(),
        timeout=settings.timeout.total_seconds(),
        authserv_id=settings.authserv_id,
        size_limit=settings.size_limit,
    )


def _mailbox_tls(settings: MailboxSettings) -> ssl.SSLContext | None:
    if settings.tls is MailboxTls.NONE:
        return None
    context = trusting(settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
