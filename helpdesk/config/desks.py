"""The desks and their agents, as the configuration file has them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from helpdesk.config.files import FileSettings
from helpdesk.config.section import Section
from helpdesk.config.support import SupportSettings
from helpdesk.config.values import (
    Address,
    Language,
    LanguageOrEmpty,
    NameOrEmpty,
    ZoneName,
    ZoneNameOrEmpty,
    did_you_mean,
    language,
)
from helpdesk.core.assignment import Strategy
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES, Confirm, Desk, RaisePriority
from helpdesk.core.vocabulary import (
    CATEGORIES,
    COLORS,
    PRIORITIES,
    STATUSES,
    USUAL,
    Labels,
    Vocabulary,
    fold,
)
from helpdesk.core.wall import Quiet, parse_quiet, parse_time, parse_weekly

NEVER_QUIET = "none"
"""Instead of an agent's quiet hours: he may always be disturbed."""
LONGEST_LABEL = 40
LONGEST_NAME = 80


# --- words ----------------------------------------------------------------------------------------


def priority(text: str) -> str:
    """The name of a priority, from what people call it."""
    name = USUAL.priority_of(text)
    if name is None:
        raise ValueError(f"{_shown(text)} is no priority; write {_one_of(PRIORITIES)}")
    return name


def _shown(text: str) -> str:
    """A value in a message: nothing of it reaches a terminal but letters and signs."""
    return f'"{ascii(text[:LONGEST_LABEL])[1:-1]}"'


def _one_of(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """A text that can be shown in one line, and be read again."""
    plain = " ".join(text.split())
    if not fold(plain) or not plain.isprintable():
        raise ValueError(f"{_shown(text)} has nothing to read; write a word")
    if len(plain) > longest:
        raise ValueError(f"{plain[:20]}... is longer than {longest} characters; shorten it")
    return plain


def agent_name(text: str) -> str:
    return label(text, LONGEST_NAME)


def _teams(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, however it is written."""
    return tuple({fold(name): name for name in reversed(names)}.values())[::-1]


def _category(text: str) -> str:
    """Our own categories are known by their names in lower case."""
    plain = label(text)
    return plain.lower() if plain.lower() in CATEGORIES else plain


def _notices(names: tuple[str, ...], known: tuple[str, ...], word: str) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise ValueError(f"{_shown(name)} cannot be {word}; {did_you_mean(name, known)}")
    return tuple(dict.fromkeys(names))


def _words(given: Mapping[str, str]) -> dict[str, str]:
    return {label(key): label(value) for key, value in given.items()}


def _languages(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {language(code): _words(labels) for code, labels in given.items()}


def _colors(given: Mapping[str, str]) -> dict[str, str]:
    for color in given.values():
        if color not in COLORS:
            raise ValueError(f"{_shown(color)} is no color here; write {_one_of(COLORS)}")
    return _words(given)


def _readable_as(parse: Callable[[str], object], text: str) -> str:
    if text:
        parse(text)
    return text


Priority = Annotated[str, AfterValidator(priority)]
Category = Annotated[str, AfterValidator(_category)]
Word = Annotated[str, AfterValidator(label)]
WordOrEmpty = Annotated[str, AfterValidator(lambda text: text and label(text))]
LabelsIn = Annotated[dict[str, dict[str, str]], AfterValidator(_languages)]
Aliases = Annotated[dict[str, str], AfterValidator(_words)]
Colors = Annotated[dict[str, str], AfterValidator(_colors)]
Silent = Annotated[
    tuple[str, ...], AfterValidator(lambda names: _notices(names, SILENT_ONES, "left out"))
]
Muted = Annotated[
    tuple[str, ...], AfterValidator(lambda names: _notices(names, MUTED_ONES, "switched off"))
]
TimeOfDay = Annotated[str, AfterValidator(lambda text: _readable_as(parse_time, text))]
TimeOfWeek = Annotated[str, AfterValidator(lambda text: _readable_as(parse_weekly, text))]
QuietHours = Annotated[str, AfterValidator(lambda text: _readable_as(parse_quiet, text))]
OwnQuietHours = Annotated[
    str,
    AfterValidator(lambda text: text if text == NEVER_QUIET else _readable_as(parse_quiet, text)),
]
Days = Annotated[int, Field(ge=0, le=3650)]


class QueueOrder(StrEnum):
    OVERDUE = "overdue"
    ENTRY = "entry"


# --- desks ----------------------------------------------------------------------------------------


class DeskSettings(Section):
    """An address that is served; the order counts: a mail to several desks goes to the first."""

    address: Address = Field(
        description="Mail to this address becomes tickets.", examples=["support@example.com"]
    )
    name: NameOrEmpty = Field(
        default="", description="Short name; the part before the @ unless it is given."
    )
    display_name: str = Field(
        default="",
        max_length=80,
        description="Name beside the address in outgoing mail; the short name unless it is given.",
    )
    language: Language = Field(default="en", description="Language of the templates.")
    confirm: Confirm = Field(
        default=Confirm.ALL,
        description="Who gets a confirmation: all, proved (senders whose address is proved), none.",
    )
    list_ids: tuple[str, ...] = Field(
        default=(), description="List-Ids of mailing lists that are this desk's own."
    )
    form_senders: tuple[Address, ...] = Field(
        default=(), description="Senders (web forms) whose Reply-To is the requester."
    )
    automatic_senders: tuple[Address, ...] = Field(
        default=(), description="Programs that may open tickets (monitoring)."
    )
    opens_for_generated: bool = Field(
        default=True,
        description="Whether bulk and generated mail that belongs to no ticket opens one.",
    )
    time_zone: ZoneName = Field(
        default="UTC",
        description=(
            "Where the desk is, like Europe/Berlin; used for requesters whose zone is not known."
        ),
    )
    service_level: WordOrEmpty = Field(
        default="",
        description="Name of the service level that holds for its tickets; empty: none.",
    )
    customer_fields: bool = Field(
        default=True,
        description=(
            "Whether customers may set priority, category and license by first lines such as "
            "Priority: High."
        ),
    )
    raise_priority: RaisePriority = Field(
        default=RaisePriority.AFTER_TARGET,
        description=(
            "When a customer who writes again raises the priority by one step: after_target "
            "(after a missed target, once for each), always, never."
        ),
    )
    assign: Strategy = Field(
        default=Strategy.NONE,
        description=(
            "To whom new tickets are given: none (to all agents), round_robin (each in turn), "
            "least_loaded (the one with the fewest open tickets)."
        ),
    )
    team: WordOrEmpty = Field(
        default="",
        description="With assign: only to agents of this team; empty: to all of the desk.",
    )
    leads: tuple[Address, ...] = Field(
        default=(),
        description="Addresses of agents who also hear of targets that are near or missed.",
    )
    remind_after_hours: Annotated[int, Field(ge=0, le=8760)] = Field(
        default=48,
        description="Hours after which a customer who owes an answer is reminded; 0: never.",
    )
    close_after_days: Days = Field(
        default=7, description="Days after which a resolved ticket closes by itself; 0: never."
    )
    close_notice_days: Days = Field(
        default=2, description="Days before that when the customer is told; 0: not."
    )
    queue: QueueOrder = Field(
        default=QueueOrder.OVERDUE,
        description=(
            "In which order the digest lists what waits: overdue (first what is overdue, then in "
            "order of entry), or entry (first come, first served)."
        ),
    )
    support: SupportSettings = Field(
        default_factory=SupportSettings, description="Who has a right to be answered."
    )
    files: FileSettings = Field(
        default_factory=FileSettings, description="Which files of customers are passed on."
    )
    digest: TimeOfDay = Field(
        default="",
        description=(
            "When each agent gets a list of the tickets that wait for him or for anybody, on "
            "working days, like 08:00 (docs/digest.md); empty: never."
        ),
    )
    weekly_report: TimeOfWeek = Field(
        default="",
        description="When the numbers of the last week are sent, like monday 08:00; empty: never.",
    )
    report_to: tuple[Address, ...] = Field(
        default=(), description="To whom they are sent; to the agents of the desk unless given."
    )
    quiet_hours: QuietHours = Field(
        default="",
        description=(
            "When agents get no mail that can wait, like 22:00-07:00: it comes when they are over. "
            "Customers always get theirs at once."
        ),
    )
    silent: Silent = Field(
        default=(),
        description=f"Notices that customers do not get: of {', '.join(SILENT_ONES)}.",
    )
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=100)] = Field(
        default=CATEGORIES, description="What tickets are about."
    )
    default_category: WordOrEmpty = Field(
        default="",
        description="Of a new ticket; general if there is that one, else the first, if empty.",
    )
    default_priority: Priority = Field(
        default="normal", description="Of a new ticket: low, normal, high or critical."
    )
    priority_names: LabelsIn = Field(
        default_factory=dict,
        description='Your own words, by language, like { en = { normal = "Medium" } }.',
    )
    category_names: LabelsIn = Field(
        default_factory=dict,
        description='The same for categories, like { de = { license = "Lizenzen" } }.',
    )
    status_names: LabelsIn = Field(
        default_factory=dict,
        description='The same for statuses, like { en = { waiting = "Waiting for Customer" } }.',
    )
    status_colors: Colors = Field(
        default_factory=dict,
        description=f'Like {{ waiting = "yellow" }}: {_one_of(COLORS)}.',
    )
    aliases: Aliases = Field(
        default_factory=dict,
        description=(
            "What people write besides names and labels, like "
            '{ P1 = "critical", parked = "waiting" }.'
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = dict(data)
        address = named.get("address")
        if isinstance(address, str) and not named.get("name"):
            named["name"] = address.partition("@")[0]
        if isinstance(named.get("name"), str) and not named.get("display_name"):
            named["display_name"] = named["name"][:1].upper() + named["name"][1:]
        return named

    @model_validator(mode="after")
    def _times_make_sense(self) -> Self:
        if self.close_after_days and self.close_notice_days >= self.close_after_days:
            raise ValueError(
                f"close_notice_days = {self.close_notice_days} is not less than close_after_days "
                f"= {self.close_after_days}; lower it, 0 for no notice"
            )
        if self.report_to and not self.weekly_report:
            raise ValueError(
                "report_to is used only with weekly_report; add weekly_report, or remove report_to"
            )
        if self.team and self.assign is Strategy.NONE:
            raise ValueError("team is used only with assign; add assign, or remove team")
        return self

    @property
    def usual_category(self) -> str:
        """The category of a new ticket; what is written if it is none of the categories."""
        if self.default_category:
            return of(self.default_category, self.categories) or self.default_category
        return "general" if "general" in self.categories else self.categories[0]

    def vocabulary(self) -> Vocabulary:
        """Raises ValueError unless helpdesk.config.desk_checks finds nothing."""
        return Vocabulary(
            categories=self.categories,
            default_category=self.usual_category,
            default_priority=self.default_priority,
            priority_names=_named(self.priority_names, PRIORITIES),
            category_names=_named(self.category_names, self.categories),
            status_names=_named(self.status_names, STATUSES),
            status_colors=_named({"": self.status_colors}, STATUSES)[""],
            aliases=self.aliases,
        )

    def desk(self) -> Desk:
        return Desk(
            name=self.name,
            address=self.address,
            display_name=self.display_name,
            language=self.language,
            confirm=self.confirm,
            list_ids=self.list_ids,
            form_senders=self.form_senders,
            automatic_senders=self.automatic_senders,
            opens_for_generated=self.opens_for_generated,
            vocabulary=self.vocabulary(),
            service_level=self.service_level,
            zone=self.time_zone,
            customer_fields=self.customer_fields,
            raise_priority=self.raise_priority,
            assign=self.assign,
            team=self.team,
            remind_after=timedelta(hours=self.remind_after_hours) or None,
            close_after=timedelta(days=self.close_after_days) or None,
            close_notice=timedelta(days=self.close_notice_days * bool(self.close_after_days))
            or None,
            leads=self.leads,
            silent=frozenset(self.silent),
            support=self.support.support(self.categories),
            files=self.files.policy(),
            in_entry_order=self.queue is QueueOrder.ENTRY,
            digest_at=parse_time(self.digest) if self.digest else None,
            report_at=parse_weekly(self.weekly_report) if self.weekly_report else None,
            report_to=self.report_to,
            quiet=parse_quiet(self.quiet_hours) if self.quiet_hours else None,
        )


def of(text: str, names: Iterable[str]) -> str | None:
    """The name that reads like the text."""
    return next((name for name in names if fold(name) == fold(text)), None)


def _named(labels: Labels, names: Sequence[str]) -> dict[str, dict[str, str]]:
    return {
        language: {of(key, names) or key: text for key, text in words.items()}
        for language, words in labels.items()
    }


# --- agents ---------------------------------------------------------------------------------------


def _absence(value: object) -> str:
    """`2026-12-24/2027-01-06`, or one day."""
    first, slash, last = str(value).partition("/")
    try:
        days = [date.fromisoformat(each.strip()) for each in ((first, last) if slash else (first,))]
    except ValueError:
        raise ValueError(
            f"{_shown(str(value))} names no days; write them like 2026-12-24/2027-01-06"
        ) from None
    if days[0] > days[-1]:
        raise ValueError(f"{first} is after {last}; write the first day first")
    return "/".join(map(str, dict.fromkeys(days)))


Absence = Annotated[str, BeforeValidator(_absence)]


class AgentSettings(Section):
    """Somebody who answers. Agents can also be added with `helpdesk agents add`."""

    name: Annotated[str, AfterValidator(agent_name)] = Field(
        min_length=1, description="Name that customers see.", examples=["Ana Ruiz"]
    )
    addresses: tuple[Address, ...] = Field(
        min_length=1,
        description="The agent's own addresses; notifications go to the first.",
        examples=[["ana@example.com"]],
    )
    desks: tuple[str, ...] = Field(
        default=(), description="Names of the desks; all desks unless they are given."
    )
    teams: Annotated[tuple[Word, ...], AfterValidator(_teams)] = Field(
        default=(),
        description="Teams that tickets can be given to by their name.",
        examples=[["billing"]],
    )
    away: tuple[Absence, ...] = Field(
        default=(),
        description="First and last day of each absence: new tickets are given to others.",
        examples=[["2026-12-24/2027-01-06"]],
    )
    language: LanguageOrEmpty = Field(
        default="", description="Language of notifications; the desk's unless it is given."
    )
    time_zone: ZoneNameOrEmpty = Field(
        default="", description="Where the agent is; the desk's unless it is given."
    )
    mute: Muted = Field(
        default=(),
        description=f"Notifications that the agent does not want: of {', '.join(MUTED_ONES)}.",
    )

    quiet_hours: OwnQuietHours = Field(
        default="",
        description=(
            "Instead of those of the desk, in the agent's time zone; none: there are none for him."
        ),
    )

    def quiet(self) -> Quiet | None:
        """His own, if he has any that are not those of the desk."""
        return None if self.quiet_hours == NEVER_QUIET else parse_quiet(self.quiet_hours)

    def absences(self) -> tuple[tuple[date, date], ...]:
        """As in helpdesk.core.ticket.Person."""
        spans = ([date.fromisoformat(day) for day in each.split("/")] for each in self.away)
        return tuple((days[0], days[-1]) for days in spans)
