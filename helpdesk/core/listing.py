"""The orders of a list of tickets."""

from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    ENTRY = "entry"
    UPDATED = "updated"
    PRIORITY = "priority"
    DUE = "due"
    """By the next target; tickets without one come last."""


@dataclass(frozen=True, slots=True)
class Order:
    sort: Sort = Sort.ENTRY
    ascending: bool | None = None
    """None: as people want to see it, the newest, the highest or what is due first."""

    @property
    def is_ascending(self) -> bool:
        return self.sort is Sort.DUE if self.ascending is None else self.ascending
