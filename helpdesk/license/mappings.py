"""From the words of a provider to a license.

Failures: Unreadable, if a value is there that makes no sense.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import quote

from helpdesk.core.address import normalize as normalize_address
from helpdesk.core.license import LicenseRecord, LicenseState, LookupOutcome, LookupResult
from helpdesk.core.license_keys import mask

LONGEST_TEXT = 200
MOST_ADDRESSES = 20
_MILLISECONDS = 10**11  # seconds since 1970 have fewer digits until the year 5138
_STATES: Mapping[str, LicenseState] = {
    **{state.value: state for state in LicenseState},
    "valid": LicenseState.ACTIVE,
    "enabled": LicenseState.ACTIVE,
    "expiring": LicenseState.ACTIVE,
    "disabled": LicenseState.INACTIVE,
    "blocked": LicenseState.BANNED,
    "revoked": LicenseState.BANNED,
}


class Unreadable(ValueError):  # noqa: N818 -- it names what the answer is
    """Which field makes no sense, in words without its value."""


@dataclass(frozen=True, slots=True)
class Words:
    """How one provider speaks."""

    states: Mapping[str, LicenseState]
    history_url: str = ""


def words(states: Mapping[str, LicenseState], history_url: str) -> Words:
    own = {word.casefold(): state for word, state in states.items()}
    return Words({**_STATES, **own}, history_url)


def license_of(values: Mapping[str, Any], said: Words, now: datetime) -> LicenseRecord:
    """A license of values by the names of our fields. Without a state it is active; an active one
    ends with its time."""
    expires_at = moment(values.get("expires"), "expires")
    word = text(values.get("state"))
    state = LicenseState.ACTIVE
    if word:
        state = said.states.get(word.casefold(), LicenseState.UNKNOWN)
    if state is LicenseState.ACTIVE and expires_at is not None and expires_at <= now:
        state = LicenseState.EXPIRED
    return LicenseRecord(
        state=state,
        detail=word,
        product=text(values.get("product")),
        product_id=text(values.get("product_id")),
        plan=text(values.get("plan")),
        expires_at=expires_at,
        support_until=moment(values.get("support_until"), "support_until"),
        activations_used=count(values.get("activations_used"), "activations_used"),
        activations_max=count(values.get("activations_max"), "activations_max"),
        owner_name=text(values.get("owner")),
        owner_company=text(values.get("company")),
        owner_addresses=addresses(values.get("email")),
        history_url=history(values, said.history_url),
    )


def text(value: object) -> str:
    """One line; empty for what is no plain value."""
    if value is None or isinstance(value, dict | list | tuple | bytes):
        return ""
    printable = "".join(char if char.isprintable() else " " for char in str(value)[:2000])
    return " ".join(printable.split())[:LONGEST_TEXT]


def moment(value: object, name: str) -> datetime | None:
    """A date alone is its last second, in UTC; a time without a zone is UTC."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value in ("", 0, "0"):
        return None
    try:
        return _moment(value)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"{name} is no date") from None


def _moment(value: object) -> datetime:
    if isinstance(value, str) and re.fullmatch(r"\d{9,14}", value):
        value = int(value)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)
    if isinstance(value, str):
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        value = date.fromisoformat(value) if is_day else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59), UTC)
    raise ValueError


def count(value: object, name: str) -> int | None:
    if isinstance(value, list):
        return len(value)
    if value is None or text(value) == "":
        return None
    written = text(value).removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", written):
        raise Unreadable(f"{name} is no number")
    return int(written)


def addresses(value: object) -> tuple[str, ...]:
    """Mail addresses in a text or a list of texts; whatever else stands there is left out."""
    given = value if isinstance(value, list) else [value]
    parts = [part for each in given for part in re.split(r"[\s,;<>]+", text(each))]
    normal = (normalize_address(part) for part in parts if "@" in part)
    return tuple(dict.fromkeys(filter(None, normal)))[:MOST_ADDRESSES]


def history(values: Mapping[str, Any], template: str) -> str:
    said = str(values.get("history_url") or "").strip()
    if re.fullmatch(r"https?://[!-~]{1,2000}", said):
        return said
    if "{id}" not in template:
        return template
    number = text(values.get("id"))
    return template.replace("{id}", quote(number, safe="")) if number else ""


def at(data: object, path: str) -> Any:
    """What stands at a dotted path, such as data.0.attributes.expiry; None if nothing does."""
    for name in path.split("."):
        if isinstance(data, dict):
            data = data.get(name)
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return None
    return data


def without_key(result: LookupResult, key: str) -> LookupResult:
    """The same, should the provider have repeated the key somewhere."""
    pattern = re.compile("|".join(map(re.escape, {key, quote(key, safe="")})), re.IGNORECASE)

    def clean(value: str) -> str:
        return pattern.sub(lambda _: mask(key), value)

    record = result.record
    if record is not None:
        is_told = pattern.search(record.history_url) is not None
        record = replace(
            record,
            detail=clean(record.detail),
            product=clean(record.product),
            product_id=clean(record.product_id),
            plan=clean(record.plan),
            owner_name=clean(record.owner_name),
            owner_company=clean(record.owner_company),
            activations=tuple(replace(each, name=clean(each.name)) for each in record.activations),
            history_url="" if is_told else record.history_url,
        )
    return replace(result, record=record, detail=clean(result.detail))


def found(record: LicenseRecord) -> LookupResult:
    return LookupResult(LookupOutcome.FOUND, record)


def not_found(detail: str = "") -> LookupResult:
    return LookupResult(LookupOutcome.NOT_FOUND, detail=detail)


def down(detail: str) -> LookupResult:
    return LookupResult(LookupOutcome.DOWN, detail=detail)
