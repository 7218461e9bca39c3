"""What a license server says about a key, and what that means for those who read it.

A provider that cannot be asked is not a wrong license: only what it said counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from helpdesk.core.address import lookup_key


class LookupOutcome(StrEnum):
    """What came of asking a provider about one key."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    """The provider, or two of them, know more than one license by this key."""
    DOWN = "down"
    """No answer, or none that could be understood."""
    RATE_LIMITED = "rate_limited"
    FORBIDDEN = "forbidden"
    """The provider does not let us ask: an operator has to act."""

    @property
    def is_final(self) -> bool:
        """Whether the provider said something about the key; else it is asked again."""
        return self in _FINAL


_FINAL = frozenset({LookupOutcome.FOUND, LookupOutcome.NOT_FOUND, LookupOutcome.AMBIGUOUS})


class LicenseState(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    """Not activated yet, or disabled."""
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    BANNED = "banned"
    OVERDUE = "overdue"
    """It should have checked in with its server and did not."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Activation:
    """A machine that a license is used on."""

    name: str
    """Of the machine, or as much of its fingerprint as tells it apart."""
    platform: str = ""
    at: datetime | None = None
    """When it was activated or heard of last."""


@dataclass(frozen=True, slots=True)
class LicenseRecord:
    """A license as its provider describes it; what it does not say is empty."""

    state: LicenseState = LicenseState.UNKNOWN
    detail: str = ""
    """The provider's own word for the state, in one line."""
    product: str = ""
    product_id: str = ""
    plan: str = ""
    expires_at: datetime | None = None
    """None: never, or not said."""
    support_until: datetime | None = None
    """End of support or maintenance; None: not said."""
    activations_used: int | None = None
    activations_max: int | None = None
    activations: tuple[Activation, ...] = ()
    """The latest ones, at most MOST_ACTIVATIONS."""
    owner_name: str = ""
    owner_company: str = ""
    owner_addresses: tuple[str, ...] = ()
    """Mail addresses of whom the license belongs to."""
    history_url: str = ""
    """A page of the provider with all activations, for agents."""


MOST_ACTIVATIONS = 5


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The answer of one provider about one key."""

    outcome: LookupOutcome
    record: LicenseRecord | None = None
    """Of FOUND."""
    detail: str = ""
    """Why not, in one line without the key; for operators and agents."""
    retry_after: timedelta | None = None
    """When the provider wants to be asked again (RFC 9110 §10.2.3)."""


@dataclass(frozen=True, slots=True)
class LicenseAnswer:
    """What we know of a license: the last word of its provider, however old."""

    outcome: LookupOutcome | None = None
    """Of the last word that says something about the key; None: there was none yet."""
    record: LicenseRecord | None = None
    asked_at: datetime | None = None
    """When that word was given."""
    trouble: LookupOutcome | None = None
    """Why the provider could not be asked since; None: it could."""
    tries: int = 0
    """In a row that came to nothing."""


NOTHING_KNOWN = LicenseAnswer()


def owner_is(record: LicenseRecord, keys: Collection[str]) -> bool | None:
    """Whether the license belongs to whom these lookup keys of addresses belong to; None: the
    provider does not say whose it is."""
    if not record.owner_addresses:
        return None
    return not {lookup_key(each) for each in record.owner_addresses}.isdisjoint(keys)
