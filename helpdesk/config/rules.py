"""Rules for new tickets, as the configuration file has them."""

from collections.abc import Sequence
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from helpdesk.config.desks import DeskSettings, Priority, Word, WordOrEmpty, label, of, priority
from helpdesk.config.section import Section
from helpdesk.config.values import Regex, address, domain
from helpdesk.core.arguments import tags_of
from helpdesk.core.policy import Desk
from helpdesk.core.rules import Conditions, Effects, HeaderCondition, Rule, has_words

LONGEST_PHRASE = 200

_Named = TypeVar("_Named", Desk, DeskSettings)


def _sender(text: str) -> str:
    for begin in ("@", "*."):
        if text.startswith(begin):
            return begin + domain(text.removeprefix(begin))
    if text.startswith("*@"):
        raise ValueError(f"is no sender; all of a domain are {text[1:]}")
    if "@" not in text:
        raise ValueError(
            "is no sender; write it like ana@example.com, @example.com (all of that domain) or "
            "*.example.com (all below it)"
        )
    return address(text)


def _phrase(text: str) -> str:
    if not has_words(text):
        raise ValueError("has no letter and no digit to look for; write a word")
    if len(text) > LONGEST_PHRASE:
        raise ValueError(f"is longer than {LONGEST_PHRASE} characters; shorten it")
    return text


def _assignee(text: str) -> str:
    return address(text) if "@" in text else text and label(text)


def _tag(text: str) -> str:
    """As #tag reads it, so that #untag and lists find it again."""
    try:
        (tag,) = tags_of("-".join(label(text).split()))
    except ValueError:
        shown = f'"{ascii(text[:40])[1:-1]}"'
        raise ValueError(f"{shown} is no tag; write one word of letters, such as vpn") from None
    return tag


Sender = Annotated[str, AfterValidator(_sender)]
Phrase = Annotated[str, AfterValidator(_phrase)]
Assignee = Annotated[str, AfterValidator(_assignee)]
PriorityOrEmpty = Annotated[str, AfterValidator(lambda text: text and priority(text))]
Tag = Annotated[str, AfterValidator(_tag)]


class HeaderSettings(Section):
    """A header field of the mail."""

    name: str = Field(
        pattern=r"^[!-9;-~]{1,100}$", description="Its name.", examples=["X-Priority"]
    )
    matches: Regex = Field(
        min_length=1,
        description="Regular expression for a part of its value; every repetition has bounds.",
        examples=["^[12]"],
    )


class WhenSettings(Section):
    """Conditions: all that are given must hold, each by one of the items of its list."""

    desks: tuple[Word, ...] = Field(default=(), description="Names of desks.")
    senders: tuple[Sender, ...] = Field(
        default=(),
        description=(
            "Addresses of senders: ana@example.com, @example.com (that domain) or *.example.com "
            "(all domains below it)."
        ),
    )
    words: tuple[Phrase, ...] = Field(
        default=(),
        description="Whole words or phrases in the subject or in what is newly written.",
        examples=[["invoice", "purchase order"]],
    )
    subject: tuple[Phrase, ...] = Field(
        default=(), description="Whole words or phrases in the subject."
    )
    providers: tuple[Word, ...] = Field(
        default=(), description="Providers of a license key in the mail."
    )
    products: tuple[Word, ...] = Field(
        default=(), description="Products of a license that is named in the mail."
    )
    has_attachment: bool | None = Field(
        default=None,
        description="true: only with an attached file; false: only without one.",
        examples=[True],
    )
    priorities: tuple[Priority, ...] = Field(
        default=(), description="What the priority is by now, maybe by an earlier rule."
    )
    categories: tuple[Word, ...] = Field(default=(), description="The same for the category.")
    headers: tuple[HeaderSettings, ...] = Field(default=(), description="Header fields.")


class ThenSettings(Section):
    """What is done."""

    priority: PriorityOrEmpty = Field(default="", description="low, normal, high or critical.")
    category: WordOrEmpty = Field(
        default="", description="One of the desk's categories.", examples=["billing"]
    )
    tags: tuple[Tag, ...] = Field(default=(), description="Tags; those of all rules add up.")
    assignee: Assignee = Field(
        default="", description="Agent who gets the ticket: address, or whole name."
    )
    team: WordOrEmpty = Field(
        default="", description="Team whose next agent gets the ticket.", examples=["billing"]
    )
    service_level: WordOrEmpty = Field(default="", description="Name of a service level.")
    free: bool = Field(
        default=False, description="Nobody needs a right to support for such a ticket."
    )
    third_party: str = Field(
        default="",
        description="Name of the product of another maker that it is about; he is named.",
    )


class RuleSettings(Section):
    """A rule for new tickets (docs/rules.md); what one sets, a later one leaves."""

    name: Word = Field(description="Name for `helpdesk why`.", examples=["Invoices"])
    stop: bool = Field(default=False, description="If it holds, no further rule is looked at.")
    when: WhenSettings = Field(default_factory=WhenSettings, description="Conditions.")
    then: ThenSettings = Field(default_factory=ThenSettings, description="What is done.")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        then = self.then
        if not any(getattr(then, name) for name in type(then).model_fields) and not self.stop:
            raise ValueError("does nothing; give it something in then, or stop = true")
        if then.assignee and then.team:
            raise ValueError("then.assignee and then.team exclude each other; remove one of them")
        if then.free and then.third_party:
            raise ValueError("then.free and then.third_party exclude each other; remove one")
        return self

    def rule(self, desks: Sequence[Desk]) -> Rule:
        """For these desks, which helpdesk.config.desk_checks found to have its categories."""
        known = self.desks_of(desks)[0].vocabulary.categories
        when, then = self.when, self.then
        return Rule(
            self.name,
            Conditions(
                desks=when.desks,
                senders=when.senders,
                words=when.words,
                subject=when.subject,
                providers=when.providers,
                products=when.products,
                headers=tuple(
                    HeaderCondition(each.name.lower(), each.matches) for each in when.headers
                ),
                has_attachment=when.has_attachment,
                priorities=when.priorities,
                categories=tuple(of(each, known) or each for each in when.categories),
            ),
            Effects(**dict(then) | {"category": of(then.category, known) or ""}),
            self.stop,
        )

    def desks_of(self, desks: Sequence[_Named]) -> list[_Named]:
        """Those that it may hold for."""
        named = self.when.desks
        return [desk for desk in desks if not named or desk.name in named]
