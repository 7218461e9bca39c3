"""What the operator decided, as far as the rules need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from helpdesk.core.address import lookup_key
from helpdesk.core.assignment import Strategy
from helpdesk.core.files import USUAL_FILES, FilePolicy
from helpdesk.core.license import Terms
from helpdesk.core.license_keys import KNOWN_PATTERNS, KeyPattern
from helpdesk.core.rights import Product, Source
from helpdesk.core.rules import Rule
from helpdesk.core.service_level import ServiceLevel
from helpdesk.core.vocabulary import USUAL, Vocabulary
from helpdesk.core.wall import Quiet, Weekly


class ReplyAddress(StrEnum):
    """Where the reply token stands in an address of ours."""

    SUBADDRESS = "subaddress"
    SUBDOMAIN = "subdomain"
    PLAIN = "plain"


class ReversePath(StrEnum):
    """Where delivery reports go."""

    VERP = "verp"
    """To an address for each mail; for confirmations nowhere (RFC 3834 §3.3)."""
    DESK = "desk"
    """To the desk, for every mail: there are relays that take no other address."""


class Confirm(StrEnum):
    """Who gets a confirmation."""

    ALL = "all"
    PROVED = "proved"
    NONE = "none"


LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "de": ("de", "deutsch", "german"),
    "en": ("en", "englisch", "english"),
}
"""Those in which we write, and how people call them."""


class RaisePriority(StrEnum):
    """When a requester who writes again raises the priority by one step."""

    AFTER_TARGET = "after_target"
    """After a target that was missed, once for each."""
    ALWAYS = "always"
    NEVER = "never"


SILENT_ONES = (
    *("ticket_assigned", "status_changed", "resolved", "closed", "reopened"),
    *("reminder", "close_ahead"),
)
"""Notices to customers that a desk may leave out."""
MUTED_ONES = (
    *("new_ticket", "customer_replied", "assigned", "note_added", "customer_acted"),
    *("target_warning", "target_missed", "awake", "budget", "digest", "weekly_report"),
    "license_known",
)
"""Notices to agents that one may switch off for himself; the others ask him something."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much automatic mail one address may get; counted on what we send."""

    per_hour: int = 3
    per_day: int = 10
    per_ticket_and_day: int = 5


@dataclass(frozen=True, slots=True)
class Sms:
    """Short messages by a gateway that takes mail."""

    address: str
    """Of the gateway, `{number}` in it."""
    notices: frozenset[str]
    """Names of the notices that are told by SMS, too."""

    def address_of(self, number: str) -> str:
        return self.address.replace("{number}", number.lstrip("+"))


@dataclass(frozen=True, slots=True)
class Support:
    """Who has a right to be answered at a desk."""

    required: bool = False
    order: tuple[Source, ...] = tuple(Source)
    """What is looked for, the first that is found counts."""
    free_categories: frozenset[str] = frozenset()
    """For which nobody needs a right."""
    minutes_per_credit: int = 60
    """Of work; 0: any."""
    warn_at: int = 80
    """Percent of those minutes at which agents are warned."""
    how_to_buy: str = ""
    """What a customer without a right is told, in one line."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An address we serve, with its policy."""

    name: str
    address: str
    display_name: str
    language: str = "en"
    confirm: Confirm = Confirm.ALL
    list_ids: tuple[str, ...] = ()
    """List-Ids of mailing lists that are this desk's own."""
    form_senders: tuple[str, ...] = ()
    """Senders (web forms) whose Reply-To is the requester."""
    automatic_senders: tuple[str, ...] = ()
    """Programs that may open tickets (monitoring)."""
    opens_for_generated: bool = True
    """Bulk and generated mail that belongs to no ticket opens one."""
    vocabulary: Vocabulary = USUAL
    service_level: str = ""
    """Name; empty: no targets."""
    zone: str = "UTC"
    """Where the desk is; holds for requesters whose zone is not known."""
    customer_fields: bool = True
    """Customers may state priority, category and license in their first lines."""
    raise_priority: RaisePriority = RaisePriority.AFTER_TARGET
    assign: Strategy = Strategy.NONE
    team: str = ""
    """To whose agents alone new tickets are given; empty: to all of the desk."""
    remind_after: timedelta | None = timedelta(hours=48)
    """So long after our answer the customer is reminded; None: never."""
    close_after: timedelta | None = timedelta(days=7)
    """So long after it was resolved a ticket closes by itself; None: never."""
    close_notice: timedelta | None = timedelta(days=2)
    """So long before it closes by itself the customer is told; None: not."""
    leads: tuple[str, ...] = ()
    """Addresses of agents who also hear of targets that are near or missed."""
    silent: frozenset[str] = frozenset()
    """Names of notices that the customers of this desk do not get."""
    support: Support = Support()
    files: FilePolicy = USUAL_FILES
    in_entry_order: bool = False
    """Whether its tickets are worked on in the order of their entry, overdue or not."""
    digest_at: int | None = None
    """Minutes after midnight when agents get the list of what waits, on working days; None: never.
    """
    report_at: Weekly | None = None
    """When the numbers of the last week are sent; None: never."""
    report_to: tuple[str, ...] = ()
    """To whom; empty: to the agents of the desk."""
    quiet: Quiet | None = None
    """When agents are not disturbed."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Policy:
    """All desks in the order of the configuration, and what holds for every desk."""

    desks: tuple[Desk, ...]
    ticket_prefix: str = "TICK"
    notifications_address: str = ""
    """From address of notifications to agents; no agent owns it."""
    reply_address: ReplyAddress = ReplyAddress.SUBADDRESS
    reply_domain: str = ""
    """The subdomain that takes `<token>@`, with `reply_address = subdomain`."""
    separator: str = "+"
    reverse_path: ReversePath = ReversePath.VERP
    budget: Budget = Budget()
    token_lifetime: timedelta = timedelta(days=180)
    reopen_within: timedelta = timedelta(days=30)
    desk_of_source: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For mail that states no address of ours: the desk's name by the name of its mailbox."""
    sms: Sms | None = None
    rules: tuple[Rule, ...] = ()
    """For new tickets, in their order."""
    service_levels: Mapping[str, ServiceLevel] = field(default_factory=dict, hash=False)
    """By name."""
    providers: Mapping[str, Terms] = field(default_factory=dict, hash=False)
    """The license providers that can be asked, by name."""
    products: tuple[Product, ...] = ()
    quiet: Mapping[str, Quiet | None] = field(default_factory=dict, hash=False)
    """The own quiet hours of agents by lookup key of an address; None: he has none."""
    key_patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS
    """How license keys look."""
    _by_address: Mapping[str, Desk] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, Desk] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.desks:
            raise ValueError("a gateway without a desk has nothing to do")
        object.__setattr__(
            self, "_by_address", {lookup_key(desk.address): desk for desk in self.desks}
        )
        object.__setattr__(self, "_by_name", {desk.name: desk for desk in self.desks})

    @property
    def asks_for_rights(self) -> bool:
        return any(desk.support.required for desk in self.desks)

    def desk(self, name: str) -> Desk:
        """The desk of that name; the first one if it was removed from the configuration."""
        return self._by_name.get(name, self.desks[0])

    def desk_at(self, address: str) -> Desk | None:
        """The desk with exactly that address, a subaddress not undone."""
        return self._by_address.get(lookup_key(address))

    def tag(self, number: int) -> str:
        return f"{self.ticket_prefix}-{number}"
