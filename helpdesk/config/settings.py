"""The sections of the configuration file: every choice with its default and its meaning."""

import hashlib
import ipaddress
import json
import typing
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import ByteSize, Field, PrivateAttr, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from helpdesk.config.desks import AgentSettings, DeskSettings
from helpdesk.config.licenses import LicenseSettings
from helpdesk.config.rules import RuleSettings
from helpdesk.config.secret import read_secret
from helpdesk.config.section import Section
from helpdesk.config.service_levels import (
    CalendarSettings,
    ServiceLevelSettings,
    service_levels,
)
from helpdesk.config.support import ProductSettings
from helpdesk.config.values import (
    Address,
    AddressOrEmpty,
    Count,
    DatabaseUrl,
    DomainOrEmpty,
    FewMinutes,
    FileMode,
    Host,
    Name,
    NetworkIn,
    OptionalDay,
    OptionalFile,
    OptionalFolder,
    OptionalPath,
    PathIn,
    Port,
    Seconds,
    did_you_mean,
)
from helpdesk.config.views import ViewSettings
from helpdesk.core.address import lookup_key
from helpdesk.core.license import Terms
from helpdesk.core.policy import SILENT_ONES, Budget, Policy, ReplyAddress, ReversePath, Sms
from helpdesk.core.service_level import ServiceLevel

ENVIRONMENT_PREFIX = "HELPDESK_"


class StoreSettings(Section):
    """What is remembered, and where."""

    database: DatabaseUrl = Field(
        default="helpdesk.db",
        description=(
            "Name of the SQLite file, or URL of a PostgreSQL database "
            "(docs/postgresql.md), better in HELPDESK_STORE__DATABASE if it has a password."
        ),
    )
    objects: PathIn = Field(default=Path("objects"), description="Folder for large raw messages.")
    keys: PathIn = Field(
        default=Path("keys"),
        description="File with the secrets that sign reply tokens; `helpdesk init` makes it.",
    )

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a PostgreSQL."""
        if not self.database.startswith("sqlite"):
            return None
        return Path(self.database.split(":///", 1)[1])


class Protocol(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"


_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Login(StrEnum):
    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"


class ListenerSettings(Section):
    """A door for mail. A socket of this name that systemd passes is used instead of a new one."""

    name: Name = Field(
        default="", description="Short name for logs; the protocol unless it is given."
    )
    protocol: Protocol = Field(
        default=Protocol.SMTP, description="smtp, or lmtp behind a mail server such as Postfix."
    )
    host: Host = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: Port = Field(default=8025, description="Port to listen on.")
    socket: OptionalPath = Field(
        default=None, description="Unix socket to listen on, instead of host and port."
    )
    socket_mode: FileMode = Field(
        default="660", description="Permissions of that socket, in octal digits."
    )
    authserv_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]{0,253}$",
        description=(
            "Name under which the mail server in front writes Authentication-Results; only its "
            "results count. Empty: none do."
        ),
    )
    trusted_peers: tuple[NetworkIn, ...] = Field(
        default=_LOOPBACK,
        description="Where that mail server connects from.",
    )
    trust_network: tuple[NetworkIn, ...] = Field(
        default=(),
        description=(
            "Peers whose own mail (without any Received field) is taken as proved. Never a mail "
            "server that relays for others."
        ),
    )
    tls_certificate: OptionalFile = Field(
        default=None, description="Certificate chain (PEM); with it STARTTLS is offered."
    )
    tls_key: OptionalFile = Field(default=None, description="Its private key (PEM).")
    implicit_tls: bool = Field(
        default=False, description="TLS from the first byte (port 465) instead of STARTTLS."
    )
    login: Login = Field(
        default=Login.OFF,
        description=(
            "AUTH over TLS, for those of `helpdesk logins`: off, offered, or required before mail."
        ),
    )
    size_limit: ByteSize = Field(
        default=ByteSize(50 * 1024 * 1024),
        ge=65_536,  # RFC 5321 §4.5.3.1.7: everybody must take that much
        le=1024**3,
        description='Largest mail that is accepted, in bytes or like "50 MiB".',
    )
    max_connections: Count = Field(default=200, description="Connections at one time.")
    max_connections_per_address: Count = Field(
        default=50, description="Connections at one time from one IP address."
    )
    idle_timeout: Seconds = Field(
        default=timedelta(seconds=300),  # RFC 5321 §4.5.3.2.7
        description="Seconds without a word before a connection is closed.",
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("name"):
            return {**data, "name": data.get("protocol", Protocol.SMTP)}
        return data

    @model_validator(mode="after")
    def _trust_makes_sense(self) -> typing.Self:
        if self.authserv_id and self.trust_network:
            raise ValueError(
                "trust_network and authserv_id exclude each other: behind a mail server the whole "
                "Internet would be trusted; remove one of them"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together; give both or none")
        return self

    @model_validator(mode="after")
    def _doors_make_sense(self) -> typing.Self:
        if self.implicit_tls and self.tls_certificate is None:
            raise ValueError("implicit_tls needs a certificate; give tls_certificate and tls_key")
        if self.login is not Login.OFF and self.tls_certificate is None:
            raise ValueError(
                "login needs TLS, or passwords could be read; give tls_certificate and tls_key"
            )
        if self.login is not Login.OFF and self.protocol is Protocol.LMTP:
            raise ValueError("login is for smtp; remove it from this lmtp listener")
        if self.socket is not None and self.implicit_tls:
            raise ValueError("a unix socket needs no TLS; remove implicit_tls")
        return self


class OAuthProvider(StrEnum):
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    OTHER = "other"


class OAuthSettings(Section):
    """Where access tokens come from: a command that prints one, or a refresh token."""

    command: tuple[str, ...] = Field(
        default=(),
        description="Program with arguments; the first line that it prints is the access token.",
        examples=[["/usr/local/bin/mail-token"]],
    )
    provider: OAuthProvider = Field(
        default=OAuthProvider.OTHER,
        description="google, microsoft, or other with its token_url.",
    )
    tenant: str = Field(
        default="common", min_length=1, description="The directory (tenant), for microsoft."
    )
    token_url: str = Field(default="", description="Where tokens are asked for, for other.")
    client_id: str = Field(default="", description="Of the application that was registered there.")
    client_secret: SecretStr = Field(
        default=SecretStr(""), description="Its secret, if it has one."
    )
    client_secret_file: OptionalFile = Field(
        default=None, description="File whose first line is that secret."
    )
    refresh_token_file: OptionalFile = Field(
        default=None,
        description=(
            "File with the refresh token; written anew when the provider gives another one. "
            "Without it the application itself logs in (client credentials)."
        ),
    )
    scope: str = Field(
        default="", description="What is asked for; what mail needs, for google and microsoft."
    )
    secret_ends_on: OptionalDay = Field(
        default=None,
        description=(
            "Day on which the client secret or the refresh token ends, like 2027-11-30, if the "
            "provider limits it; the operator is warned two weeks before."
        ),
    )

    @model_validator(mode="after")
    def _source_is_whole(self) -> typing.Self:
        if self.command and (self.client_id or self.token_url):
            raise ValueError("command and client_id exclude each other; remove one of them")
        if self.command:
            return self
        if not self.client_id:
            raise ValueError("needs command or client_id; see the example")
        if self.provider is OAuthProvider.OTHER and not self.token_url:
            raise ValueError("provider = other needs token_url; add it, or name the provider")
        if self.token_url and not self.token_url.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError("token_url must begin with https://; correct it")
        if self.client_secret.get_secret_value() and self.client_secret_file is not None:
            raise ValueError("client_secret and client_secret_file exclude each other; remove one")
        return self

    @model_validator(mode="after")
    def _provider_can(self) -> typing.Self:
        if self.command or self.refresh_token_file is not None:
            return self
        if self.provider is OAuthProvider.GOOGLE:
            raise ValueError(
                "google gives tokens for a refresh token only; give refresh_token_file, or command "
                "for a service account"
            )
        if self.provider is OAuthProvider.MICROSOFT and self.tenant == "common":
            raise ValueError(
                "an application can log in to one directory only; give its tenant, or "
                "refresh_token_file"
            )
        return self

    def read_client_secret(self) -> str:
        return read_secret(self.client_secret, self.client_secret_file)


class MailboxTls(StrEnum):
    TLS = "tls"
    NONE = "none"


class First(StrEnum):
    UNSEEN = "unseen"
    ALL = "all"
    NEW = "new"


class MailboxSettings(Section):
    """A mailbox that is fetched by IMAP."""

    name: Name = Field(description="Short name for logs and metrics.", examples=["support"])
    host: Host = Field(min_length=1, description="Its IMAP server.", examples=["imap.example.com"])
    port: Port = Field(default=993, description="Its port.")
    tls: MailboxTls = Field(
        default=MailboxTls.TLS,
        description="tls (from the first byte), or none on this machine only.",
    )
    ca_file: OptionalFile = Field(
        default=None, description="Certificates (PEM) to trust instead of the system's."
    )
    user: str = Field(min_length=1, description="Login name.", examples=["support@example.com"])
    password: SecretStr = Field(
        default=SecretStr(""), description="Password; better in password_file."
    )
    password_file: OptionalFile = Field(
        default=None, description="File whose first line is the password."
    )
    oauth: OAuthSettings | None = Field(
        default=None, description="XOAUTH2 instead of a password (Gmail, Microsoft 365)."
    )
    folder: str = Field(default="INBOX", min_length=1, description="Folder with the new mail.")
    done_folder: str = Field(
        default="",
        description="Folder for mail that was taken; empty: it stays, marked as seen.",
    )
    failed_folder: str = Field(
        default="",
        description="Folder for mail that cannot be fetched; empty: it stays, flagged.",
    )
    desk: str = Field(
        default="", description="Desk of mail that names none of our addresses; else the first one."
    )
    first: First = Field(
        default=First.UNSEEN,
        description="What of the mail that is there at the first time: unseen, all or new (none).",
    )
    idle: bool = Field(
        default=True, description="Let the server say when mail comes, if it can (RFC 2177)."
    )
    poll: Seconds = Field(
        default=timedelta(seconds=60), description="Seconds between two looks without that."
    )
    timeout: FewMinutes = Field(
        default=timedelta(seconds=60), description="Seconds to wait for the server's words."
    )
    authserv_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]{0,253}$",
        description=(
            "Name under which the mailbox's provider writes Authentication-Results; only its "
            "results count. Empty: none do."
        ),
    )
    size_limit: ByteSize = Field(
        default=ByteSize(50 * 1024 * 1024),
        ge=65_536,
        le=1024**3,
        description='Largest mail that is fetched, in bytes or like "50 MiB".',
    )

    @model_validator(mode="after")
    def _login_is_whole(self) -> typing.Self:
        ways = [
            bool(self.password.get_secret_value()),
            self.password_file is not None,
            self.oauth is not None,
        ]
        if sum(ways) != 1:
            raise ValueError("needs one of password, password_file and oauth; give exactly one")
        if self.tls is MailboxTls.NONE and not _is_loopback(self.host):
            raise ValueError("tls = none is for this machine only; remove it")
        return self

    def read_password(self) -> str:
        return read_secret(self.password, self.password_file)


class TransportKind(StrEnum):
    MAILDIR = "maildir"
    SMTP = "smtp"


class OutgoingSettings(Section):
    """How mail goes out."""

    transport: TransportKind = Field(
        default=TransportKind.MAILDIR,
        description="maildir (a folder, for trying things out) or smtp (through [relay]).",
    )
    maildir: PathIn = Field(
        default=Path("outbox"), description="The folder for `transport = maildir`."
    )
    notifications_address: AddressOrEmpty = Field(
        default="",
        description=(
            "From address of notifications to agents; notifications@ at the domain of the "
            "first desk unless it is given."
        ),
    )
    reply_address: ReplyAddress = Field(
        default=ReplyAddress.SUBADDRESS,
        description=(
            "Where reply tokens stand: subaddress (support+TOKEN@example.com), subdomain "
            "(TOKEN@reply_domain) or plain (nowhere: the mail system knows neither)."
        ),
    )
    reply_domain: DomainOrEmpty = Field(
        default="", description="The domain for `reply_address = subdomain`."
    )
    separator: str = Field(
        default="+",
        pattern=r"^[+=_#.-]$",
        description="The character before the token of a subaddress.",
    )

    @model_validator(mode="after")
    def _reply_domain_fits(self) -> typing.Self:
        is_subdomain = self.reply_address is ReplyAddress.SUBDOMAIN
        if is_subdomain and not self.reply_domain:
            raise ValueError(
                "reply_address = subdomain needs reply_domain; "
                'add reply_domain = "reply.example.com"'
            )
        if self.reply_domain and not is_subdomain:
            raise ValueError(
                "reply_domain is used only with reply_address = subdomain; remove one of them"
            )
        return self


class Tls(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class RelaySettings(Section):
    """The SMTP server that takes our mail, for `transport = smtp`."""

    host: Host = Field(default="", description="Host name of the relay.")
    port: Port = Field(
        default=0, description="Its port; 587 with starttls, 465 with tls, 25 with none if 0."
    )
    tls: Tls = Field(
        default=Tls.STARTTLS, description="starttls, tls (from the first byte) or none."
    )
    user: str = Field(default="", description="Login name; empty: no login.")
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Password; better in password_file or HELPDESK_RELAY__PASSWORD.",
    )
    password_file: OptionalFile = Field(
        default=None, description="File whose first line is the password."
    )
    oauth: OAuthSettings | None = Field(
        default=None, description="XOAUTH2 instead of a password (Gmail, Microsoft 365)."
    )
    ca_file: OptionalFile = Field(
        default=None, description="Certificates (PEM) to trust instead of the system's."
    )
    max_connections: Annotated[int, Field(ge=1, le=100)] = Field(
        default=4, description="Connections at one time."
    )
    max_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="Mails in a minute that the relay allows; 0: as many as there are."
    )
    reverse_path: ReversePath = Field(
        default=ReversePath.VERP,
        description=(
            "verp (an address for each mail, so that every delivery report finds it) or desk, for "
            "relays that take only their login address."
        ),
    )
    timeout: Seconds = Field(
        default=timedelta(seconds=60), description="Seconds to wait for the relay's words."
    )

    @model_validator(mode="after")
    def _login_is_whole(self) -> typing.Self:
        has_password = bool(self.password.get_secret_value()) or self.password_file is not None
        if self.password.get_secret_value() and self.password_file is not None:
            raise ValueError("password and password_file exclude each other; remove one of them")
        if has_password and self.oauth is not None:
            raise ValueError("password and oauth exclude each other; remove one of them")
        has_password = has_password or self.oauth is not None
        if has_password != bool(self.user):
            raise ValueError("user and password (or oauth) go together; give both or none")
        if has_password and self.is_readable:
            raise ValueError(
                "tls = none would send the password readable by anybody; use starttls or tls"
            )
        return self

    @property
    def is_readable(self) -> bool:
        """Whether mail leaves this machine without encryption."""
        return self.tls is Tls.NONE and not _is_loopback(self.host)

    @property
    def real_port(self) -> int:
        return self.port or {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}[self.tls]

    def read_password(self) -> str:
        return read_secret(self.password, self.password_file)


class OperatorSettings(Section):
    """Who is told when only an operator can help: a login that is refused, a full disk."""

    addresses: tuple[Address, ...] = Field(
        default=(), description="Addresses of the operators; empty: only the log tells."
    )
    relay: RelaySettings | None = Field(
        default=None,
        description="Another way for this mail, for it may be about [relay] itself.",
    )


class SmsSettings(Section):
    """Short messages beside the mail, by a gateway that takes mail; see `customers set --sms`."""

    address: str = Field(
        default="",
        pattern=r"^$|^[A-Za-z0-9._+-]*\{number\}[A-Za-z0-9._+-]*@[A-Za-z0-9.-]+$",
        description=(
            "Address of the gateway, with {number} where the number stands; empty: no SMS is sent."
        ),
        examples=["{number}@sms.example.com"],
    )
    notices: tuple[str, ...] = Field(
        default=("answer", "resolved", "closed"),
        description="Notices to customers that are told by SMS, too.",
    )

    @model_validator(mode="after")
    def _known_notices(self) -> typing.Self:
        possible = [*SILENT_ONES, "answer", "confirmation"]
        for name in self.notices:
            if name not in possible:
                hint = did_you_mean(name, possible)
                raise ValueError(f"notices: there is no notice {name}; {hint}")
        return self


class MetricsSettings(Section):
    """Numbers for Prometheus (/metrics) and a look at the health (/healthz), by HTTP."""

    host: Host = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: Port = Field(default=0, description="Port to listen on; 0: neither is served.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class TicketSettings(Section):
    """Tickets and their numbers."""

    prefix: str = Field(
        default="TICK",
        pattern=r"^[A-Z][A-Z0-9]{0,9}$",
        description="Stands before the number: TICK-1001.",
    )
    reopen_within_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        default=30,
        description="A reply to a ticket that was closed longer ago opens a new, linked one.",
    )


_BUDGET = Budget()


# The store looks at no more than so many of the latest mails to an address.
Budgeted = Annotated[int, Field(ge=1, le=1000)]


class BudgetSettings(Section):
    """How much automatic mail one address may get, so that mail loops end."""

    per_hour: Budgeted = Field(default=_BUDGET.per_hour, description="In an hour.")
    per_day: Budgeted = Field(default=_BUDGET.per_day, description="In a day.")
    per_ticket_and_day: Budgeted = Field(
        default=_BUDGET.per_ticket_and_day, description="In a day about one ticket."
    )

    @model_validator(mode="after")
    def _day_holds_an_hour(self) -> typing.Self:
        if self.per_day < self.per_hour:
            raise ValueError("per_day is less than per_hour; raise per_day or lower per_hour")
        return self


class ReaderSettings(Section):
    """The processes that take messages apart."""

    workers: Annotated[int, Field(ge=0, le=64)] = Field(
        default=0, description="Number of processes; 0: one for each core, at most 4."
    )
    time_limit: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),
        description="Seconds for one message; then it is stopped.",
    )


class TemplateSettings(Section):
    """The words of outgoing mail."""

    overrides: OptionalFolder = Field(
        default=None,
        description="Folder with templates that replace ours (docs/templates.md).",
    )


class LogFormat(StrEnum):
    AUTO = "auto"
    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LoggingSettings(Section):
    """What the daemon tells while it runs, on standard error."""

    format: LogFormat = Field(
        default=LogFormat.AUTO, description="human, json, or auto: human on a terminal, else json."
    )
    level: LogLevel = Field(default=LogLevel.INFO, description="debug, info, warning or error.")


class Settings(BaseSettings):
    """Everything that the operator decides."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
    )
    _path: Path = PrivateAttr(default=Path())

    store: StoreSettings = Field(default_factory=StoreSettings)
    desks: tuple[DeskSettings, ...] = Field(min_length=1)
    agents: tuple[AgentSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = ()
    listeners: tuple[ListenerSettings, ...] = ()
    mailboxes: tuple[MailboxSettings, ...] = ()
    outgoing: OutgoingSettings = Field(default_factory=OutgoingSettings)
    relay: RelaySettings = Field(default_factory=RelaySettings)
    operator: OperatorSettings = Field(default_factory=OperatorSettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    tickets: TicketSettings = Field(default_factory=TicketSettings)
    calendars: tuple[CalendarSettings, ...] = ()
    service_levels: tuple[ServiceLevelSettings, ...] = ()
    views: tuple[ViewSettings, ...] = ()
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    licenses: LicenseSettings = Field(default_factory=LicenseSettings)
    products: tuple[ProductSettings, ...] = ()
    reader: ReaderSettings = Field(default_factory=ReaderSettings)
    templates: TemplateSettings = Field(default_factory=TemplateSettings)
    logging: LoggingSettings = Field(default_factory=LoggingSettings)

    @model_validator(mode="before")
    @classmethod
    def _has_a_door(cls, data: Any) -> Any:
        """One listener with its defaults, unless mail comes in otherwise."""
        if not isinstance(data, dict) or data.get("mailboxes"):
            return data
        return {"listeners": [{}], **data}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- pydantic-settings names them
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def path(self) -> Path:
        """The file that this was read from."""
        return self._path

    def policy(self) -> Policy:
        desks = tuple(each.desk() for each in self.desks)
        return Policy(
            desks=desks,
            ticket_prefix=self.tickets.prefix,
            notifications_address=self.notifications_address,
            reply_address=self.outgoing.reply_address,
            reply_domain=self.outgoing.reply_domain,
            separator=self.outgoing.separator,
            reverse_path=self.relay.reverse_path,
            budget=Budget(**dict(self.budget)),
            reopen_within=timedelta(days=self.tickets.reopen_within_days),
            rules=tuple(each.rule(desks) for each in self.rules),
            service_levels=self.levels(),
            sms=Sms(self.sms.address, frozenset(self.sms.notices)) if self.sms.address else None,
            providers={
                each.name: Terms(each.fresh, each.negative, each.max_per_minute)
                for each in self.licenses.providers
            },
            products=tuple(each.product() for each in self.products),
            quiet={
                lookup_key(address): agent.quiet()
                for agent in self.agents
                if agent.quiet_hours
                for address in agent.addresses
            },
            key_patterns=self.licenses.key_patterns(),
            desk_of_source={each.name: each.desk for each in self.mailboxes if each.desk},
        )

    def times(self) -> str:
        """A fingerprint of all by which it is reckoned when something happens to a ticket."""
        of_desks = (
            *("name", "time_zone", "service_level"),
            *("remind_after_hours", "close_after_days", "close_notice_days"),
        )
        values = [
            [[getattr(desk, name) for name in of_desks] for desk in self.desks],
            [desk.support.model_dump(mode="json") for desk in self.desks],
            [each.model_dump(mode="json") for each in self.products],
            [each.model_dump(mode="json") for each in self.calendars],
            [each.model_dump(mode="json") for each in self.service_levels],
        ]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    def levels(self) -> Mapping[str, ServiceLevel]:
        """All service levels by name, those that are always there among them."""
        return service_levels(self.calendars, self.service_levels)

    @property
    def notifications_address(self) -> str:
        domain = self.desks[0].address.rpartition("@")[2]
        return self.outgoing.notifications_address or f"notifications@{domain}"
