"""What a license server says about a key, and what that means for those who read it.

A provider that cannot be asked is not a wrong license: only what it said counts.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from helpdesk.core.address import lookup_key
from helpdesk.core.license_keys import KNOWN_PATTERNS, KeyPattern, find_keys, forms_of, mask
from helpdesk.core.mail import FoundKey
from helpdesk.core.ticket import IntakeId, License
from helpdesk.core.token import Keyring

_FINGERPRINT = b"helpdesk license fingerprint\0"


def fingerprint_of(key: str, keyring: Keyring) -> str:
    """By which a key is known, in hex; rotation of the keyring does not change it."""
    oldest = keyring.keys[min(keyring.keys)]
    return hmac.digest(oldest, _FINGERPRINT + key.encode(), "sha256").hex()


def fingerprints_of(
    written: str, keyring: Keyring, patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS
) -> frozenset[str]:
    """By which a key that somebody typed is looked for, whoever may know it; `patterns` are all
    those of the installation (LicenseSettings.key_patterns). Empty: there is no key in it."""
    keys = set(forms_of(written))
    # The word stands there for patterns that ask for one.
    keys.update(found.key for found in find_keys([f"license key: {written}"], (), patterns))
    return frozenset(fingerprint_of(key, keyring) for key in keys)


def as_license(key: FoundKey, keyring: Keyring, intake: IntakeId | None = None) -> License:
    """What is remembered of a key: never the key itself."""
    fingerprint = fingerprint_of(key.key, keyring)
    return License(key.provider, mask(key.key), fingerprint, quoted=key.quoted, intake=intake)


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


@dataclass(frozen=True, slots=True)
class Terms:
    """How often a provider is asked about one key."""

    fresh: timedelta = timedelta(minutes=15)
    """So long a license that was found is not asked for again."""
    negative: timedelta = timedelta(minutes=5)
    """So long one that was not found is not."""
    per_minute: int = 60
    """Questions in all; 0: any number."""

    def is_fresh(self, answer: LicenseAnswer, now: datetime) -> bool:
        if answer.asked_at is None:
            return False
        age = self.fresh if answer.outcome is LookupOutcome.FOUND else self.negative
        return now - answer.asked_at < age


def owner_is(record: LicenseRecord, keys: Collection[str]) -> bool | None:
    """Whether the license belongs to whom these lookup keys of addresses belong to; None: the
    provider does not say whose it is."""
    if not record.owner_addresses:
        return None
    return not {lookup_key(each) for each in record.owner_addresses}.isdisjoint(keys)


def product_of(answer: LicenseAnswer) -> str:
    """Empty: it is not known, or there is none."""
    record = answer.record if answer.outcome is LookupOutcome.FOUND else None
    return (record.product or record.product_id) if record is not None else ""


def is_his(answer: LicenseAnswer, keys: Collection[str]) -> bool:
    """Whether it is known for sure that the license belongs to who has these lookup keys."""
    return answer.record is not None and owner_is(answer.record, keys) is True


def panel(
    licenses: Sequence[tuple[License, LicenseAnswer | None]], requester: frozenset[str]
) -> list[dict[str, Any]]:
    """What agents read about the licenses of a ticket, as plain values; `requester` are lookup keys
    of whoever asks. Of one key that several providers may know, the one that knows it is shown; if
    two of them do, it is said that nobody can tell which is meant.
    """
    by_key: dict[str, list[tuple[License, LicenseAnswer | None]]] = {}
    for found, answer in licenses:
        by_key.setdefault(found.fingerprint, []).append((found, answer))
    shown = []
    for answers in by_key.values():
        knowing = [each for each in answers if each[1] and each[1].outcome is LookupOutcome.FOUND]
        asked = [each for each in answers if each[1] is not None]
        found, answer = (knowing or asked or answers)[0]
        values = _panel(found, answer, requester)
        if len(knowing) > 1:
            names = ", ".join(each.provider for each, _ in knowing)
            values = _panel(found, LicenseAnswer(LookupOutcome.AMBIGUOUS), requester)
            values["provider"] = names
        shown.append(values)
    return shown


PENDING = "pending"
"""The outcome of a question that was not answered yet; of what nobody was asked for it is empty."""


def _panel(
    found: License, answer: LicenseAnswer | None, requester: frozenset[str]
) -> dict[str, Any]:
    outcome = "" if answer is None else answer.outcome or PENDING
    answer = answer or NOTHING_KNOWN
    record = answer.record or LicenseRecord()
    is_found = outcome == LookupOutcome.FOUND
    return {
        "provider": found.provider,
        "masked": found.masked,
        "quoted": found.quoted,
        "outcome": str(outcome),
        "trouble": answer.trouble.value if answer.trouble else "",
        "asked_at": _iso(answer.asked_at),
        "state": record.state.value if is_found else _state_of(answer),
        "detail": record.detail,
        "product": record.product or record.product_id,
        "plan": record.plan,
        "expires_at": _iso(record.expires_at),
        "support_until": _iso(record.support_until),
        "activations_used": record.activations_used,
        "activations_max": record.activations_max,
        "activations": [
            {"name": each.name, "platform": each.platform, "at": _iso(each.at)}
            for each in record.activations[:MOST_ACTIVATIONS]
        ],
        "owner": ", ".join(part for part in (record.owner_name, record.owner_company) if part),
        "owner_addresses": list(record.owner_addresses),
        "is_foreign": is_found and owner_is(record, requester) is False,
        "history_url": record.history_url,
    }


def _state_of(answer: LicenseAnswer) -> str:
    """Of a license that was not found; a provider that is away knows nothing against it."""
    return answer.outcome.value if answer.outcome else LicenseState.UNKNOWN.value


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at is not None else ""
