"""Saved views: lists of tickets with a name."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from helpdesk.config.desks import DeskSettings, of, priority
from helpdesk.config.section import Section
from helpdesk.config.values import AddressOrEmpty, Name, NameOrEmpty, OptionalDay, did_you_mean
from helpdesk.core.listing import Sort
from helpdesk.core.ticket import Status


def _status(text: str) -> str:
    names = [each.value for each in Status]
    if text and text not in names:
        raise ValueError(f"there is no status {text[:40]!a}; {did_you_mean(text, names)}")
    return text


class Direction(StrEnum):
    USUAL = "usual"
    ASCENDING = "ascending"
    DESCENDING = "descending"


class ViewSettings(Section):
    """A list of tickets with a name: helpdesk tickets list --view NAME (docs/finding.md)."""

    name: Name = Field(description="By which it is asked for.", examples=["late"])
    status: Annotated[str, AfterValidator(_status)] = Field(
        default="", description="Only with this status."
    )
    desk: NameOrEmpty = Field(default="", description="Only of this desk.")
    category: str = Field(default="", description="Only in this category.")
    priority: Annotated[str, AfterValidator(lambda text: text and priority(text))] = Field(
        default="", description="Only with this priority."
    )
    assignee: str = Field(
        default="", description="Only of this agent, by address or name; or nobody."
    )
    requester: AddressOrEmpty = Field(default="", description="Only of this address.")
    tag: str = Field(default="", description="Only with this tag.")
    overdue: bool = Field(default=False, description="Only with a target that was missed.")
    on_hold: bool = Field(default=False, description="Only what waits for a right to support.")
    since: OptionalDay = Field(default=None, description="Only from this day on, in UTC.")
    until: OptionalDay = Field(
        default=None, description="Only up to this day, which counts, in UTC."
    )
    words: str = Field(default="", description="Only with all these words.")
    sort: Sort = Field(default=Sort.ENTRY, description="entry, updated, priority or due.")
    direction: Direction = Field(
        default=Direction.USUAL, description="usual, ascending or descending."
    )

    @property
    def ascending(self) -> bool | None:
        if self.direction is Direction.USUAL:
            return None
        return self.direction is Direction.ASCENDING


def view_problems(
    views: Sequence[ViewSettings], desks: Sequence[DeskSettings]
) -> Iterator[tuple[str, str]]:
    """The place of each, and what is wrong there: desks and categories that there are not."""
    names = [each.name for each in desks]
    for number, view in enumerate(views, 1):
        if view.desk and view.desk not in names:
            hint = did_you_mean(view.desk, names, "desks")
            yield f"views#{number}.desk", f"there is no desk {view.desk} ({hint})"
            continue
        known = [word for desk in desks if view.desk in ("", desk.name) for word in _words(desk)]
        if view.category and not of(view.category, known):
            hint = did_you_mean(view.category, list(dict.fromkeys(known)), "categories")
            said = ascii(view.category[:40])[1:-1]
            yield f"views#{number}.category", f"there is no category {said} ({hint})"


def _words(desk: DeskSettings) -> Iterator[str]:
    """By which a category of the desk is called."""
    yield from desk.categories
    for labels in desk.category_names.values():
        yield from labels.values()
    yield from desk.aliases
