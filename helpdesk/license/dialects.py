"""How each kind of license server is asked, and what its answers mean.

Failures: NoAnswer, with what came of asking; Unreadable.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from helpdesk.config.licenses import ProviderKind, ProviderSettings
from helpdesk.core.license import (
    MOST_ACTIVATIONS,
    Activation,
    LookupOutcome,
    LookupResult,
)
from helpdesk.license.mappings import (
    Unreadable,
    at,
    down,
    found,
    license_of,
    moment,
    not_found,
    text,
    words,
)


class NoAnswer(Exception):  # noqa: N818 -- it names what happened
    """What came of asking, if it was no answer about the key."""

    def __init__(self, result: LookupResult) -> None:
        super().__init__(result.outcome.value)
        self.result = result


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; its URL and its content may hold the key."""

    url: str
    headers: Mapping[str, str]
    content: bytes | None = None

    @property
    def method(self) -> str:
        return "GET" if self.content is None else "POST"


Ask = Callable[[Request], Awaitable[Any]]


class Dialect(Protocol):
    async def lookup(self, key: str) -> LookupResult:
        """Raises NoAnswer and Unreadable."""


@dataclass(frozen=True, slots=True)
class _Asking:
    settings: ProviderSettings
    token: str = field(repr=False)
    ask: Ask
    now: Callable[[], datetime]

    def license(self, values: Mapping[str, Any], data: object) -> LookupResult:
        """Fields of the settings go before what we know of the answer."""
        own = {name: at(data, path) for name, path in self.settings.fields.items()}
        said = words(self.settings.states, self.settings.history_url)
        return found(license_of({**values, **own}, said, self.now()))

    async def ask_maker(self, request: Request) -> Any:
        """A ready-made server says otherwise than with 404 that it does not know a key."""
        try:
            return await self.ask(request)
        except NoAnswer as answer:
            if answer.result.outcome is not LookupOutcome.NOT_FOUND:
                raise
        raise NoAnswer(_forbidden("there is no such page or account (correct url or account)"))


class Generic(_Asking):
    """A server as the settings describe it."""

    async def lookup(self, key: str) -> LookupResult:
        settings = self.settings
        headers = {
            name: value.get_secret_value().replace("{token}", self.token)
            for name, value in settings.headers.items()
        }
        headers.setdefault("Accept", "application/json")
        is_placed = any("{token}" in v.get_secret_value() for v in settings.headers.values())
        if self.token and not is_placed and "{token}" not in settings.body:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None
        if settings.method == "POST":
            headers.setdefault("Content-Type", "application/json")
            body = settings.body.replace("{token}", _in_json(self.token))
            content = body.replace("{key}", _in_json(key)).encode()
        url = settings.url.replace("{key}", quote(key, safe=""))
        data = await self.ask(Request(url, headers, content))
        return self.license({}, data) if is_found(data, settings.found) else not_found()


class Keygen(_Asking):
    """Keygen's validation by key, and the machines of the license, for which it wants a token."""

    async def lookup(self, key: str) -> LookupResult:
        base = f"{self.settings.base_url}/v1/accounts/{self.settings.account}/licenses"
        content = json.dumps({"meta": {"key": key}}).encode()
        request = Request(f"{base}/actions/validate-key", self._headers(), content)
        data = await self.ask_maker(request)
        code = text(at(data, "meta.code"))
        if code == "NOT_FOUND":
            return not_found()
        if not isinstance(at(data, "data.attributes"), dict):
            raise Unreadable("it has no license" + (f" ({code})" if code else ""))
        result = self.license(_keygen_values(data, code), data)
        number = text(at(data, "data.id"))
        if result.record is None or not self.token or not number:
            return result
        url = f"{base}/{quote(number, safe='')}/machines?limit=100"
        return found(replace(result.record, activations=await self._machines(url)))

    def _headers(self) -> dict[str, str]:
        headers = dict.fromkeys(("Accept", "Content-Type"), "application/vnd.api+json")
        return headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    async def _machines(self, url: str) -> tuple[Activation, ...]:
        """The license counts without them: whatever goes wrong, there are none."""
        try:
            data = at(await self.ask(Request(url, self._headers())), "data")
            listed = [at(each, "attributes") for each in data] if isinstance(data, list) else []
            return latest([_keygen_machine(each) for each in listed if isinstance(each, dict)])
        except (NoAnswer, Unreadable):
            return ()


_KEYGEN_CODES = frozenset({"BANNED", "SUSPENDED", "EXPIRED", "OVERDUE"})


def _keygen_values(data: object, code: str) -> dict[str, Any]:
    attributes = at(data, "data.attributes")
    owner = _included(data, "users")
    meta = at(attributes, "metadata")
    full = " ".join(filter(None, (text(owner.get("firstName")), text(owner.get("lastName")))))
    return {
        "id": at(data, "data.id"),
        "state": code if code in _KEYGEN_CODES else attributes.get("status"),
        "product": _included(data, "products").get("name") or attributes.get("name"),
        "product_id": at(data, "data.relationships.product.data.id"),
        "plan": _included(data, "policies").get("name"),
        "expires": attributes.get("expiry"),
        "activations_used": at(data, "data.relationships.machines.meta.count"),
        "activations_max": attributes.get("maxMachines"),
        "owner": owner.get("fullName") or full or at(meta, "name"),
        "company": at(meta, "company"),
        "email": owner.get("email") or at(meta, "email"),
    }


def _included(data: object, kind: str) -> dict[str, Any]:
    listed = at(data, "included")
    for each in listed if isinstance(listed, list) else []:
        attributes = at(each, "attributes")
        if at(each, "type") == kind and isinstance(attributes, dict):
            return attributes
    return {}


def _keygen_machine(given: Mapping[str, Any]) -> Activation:
    name = text(given.get("name")) or text(given.get("hostname")) or text(given.get("fingerprint"))
    return Activation(name, text(given.get("platform")), moment(given.get("created"), "created"))


class Cryptolens(_Asking):
    """The method GetKey of Cryptolens' Web API 3; it writes names in either case."""

    async def lookup(self, key: str) -> LookupResult:
        form = {
            "token": self.token,
            "ProductId": self.settings.product,
            "Key": key,
            "Sign": "false",
            "FieldsToReturn": "0",
            "Metadata": "false",
        }
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        url = f"{self.settings.base_url}/api/key/GetKey"
        data = _lowered(await self.ask_maker(Request(url, headers, urlencode(form).encode())))
        if text(at(data, "result")) != "0":
            return _cryptolens_refusal(text(at(data, "message")).replace(self.token, "(token)"))
        given = at(data, "licensekey")
        if not isinstance(given, dict):
            raise Unreadable("it has no license")
        machines = given.get("activatedmachines")
        machines = machines if isinstance(machines, list) else []
        values = {
            "id": given.get("id"),
            "state": "blocked" if given.get("block") is True else None,
            "product_id": given.get("productid"),
            "expires": given.get("expires"),
            "activations_used": len(machines),
            "activations_max": given.get("maxnoofmachines"),
            "owner": at(given, "customer.name"),
            "company": at(given, "customer.companyname"),
            "email": at(given, "customer.email"),
        }
        result = self.license(values, data)
        if result.record is None:
            return result
        used = latest([_cryptolens_machine(each) for each in machines if isinstance(each, dict)])
        return found(replace(result.record, activations=used))


def _cryptolens_machine(given: Mapping[str, Any]) -> Activation:
    name = text(given.get("friendlyname")) or text(given.get("mid"))
    return Activation(name, at=moment(given.get("time"), "time"))


_REFUSED = re.compile(r"access|denied|permission|token|authenticat|not allowed", re.IGNORECASE)
_MISSING = re.compile(r"not (be )?f(ou|i)nd|unable to find|not exist|no such", re.IGNORECASE)


def _cryptolens_refusal(message: str) -> LookupResult:
    """It has no codes, only words."""
    if _REFUSED.search(message):
        return _forbidden(f"the server says: {message} (see the rights of the token)")
    if _MISSING.search(message) and "product" not in message.casefold():
        return not_found()
    return down(f"the server says: {message or 'nothing that could be understood'}")


def _lowered(data: object) -> Any:
    if isinstance(data, dict):
        return {str(name).casefold(): _lowered(value) for name, value in data.items()}
    return [_lowered(each) for each in data] if isinstance(data, list) else data


class LicenseSpring(_Asking):
    """The list of licenses of LicenseSpring's Management API, filtered by key."""

    async def lookup(self, key: str) -> LookupResult:
        query = urlencode({"license_key": key, "limit": 2})
        headers = {"Accept": "application/json", "Authorization": f"Api-Key {self.token}"}
        url = f"{self.settings.base_url}/api/v1/licenses/?{query}"
        listed = at(await self.ask_maker(Request(url, headers)), "results")
        if not isinstance(listed, list):
            raise Unreadable("it has no results")
        # A server that does not know the filter gives all licenses there are.
        same = [each for each in listed if text(at(each, "license_key")) == key]
        if not same:
            return not_found()
        if len(same) > 1:
            detail = "the server has more than one license with this key"
            return LookupResult(LookupOutcome.AMBIGUOUS, detail=detail)
        return self.license(_licensespring_values(same[0]), same[0])


def _licensespring_values(given: Mapping[str, Any]) -> dict[str, Any]:
    product = given.get("product_details") or given.get("product")
    customer = given.get("customer")
    names = (text(at(customer, "first_name")), text(at(customer, "last_name")))
    return {
        "id": given.get("id"),
        "state": _licensespring_state(given),
        "product": at(product, "product_name"),
        "product_id": at(product, "product_id") or at(product, "id"),
        "plan": given.get("license_type"),
        "expires": given.get("validity_period"),
        "support_until": given.get("maintenance_period"),
        "activations_used": given.get("times_activated"),
        "activations_max": given.get("max_activations"),
        "owner": at(customer, "name") or " ".join(filter(None, names)),
        "company": at(customer, "company_name"),
        "email": at(customer, "email"),
    }


def _licensespring_state(given: Mapping[str, Any]) -> str:
    if given.get("license_enabled", given.get("enabled")) is False:
        return "disabled"
    if given.get("is_expired") is True:
        return "expired"
    return "inactive" if given.get("license_active", given.get("active")) is False else "active"


DIALECTS: Mapping[ProviderKind, Callable[..., Dialect]] = {
    ProviderKind.HTTP: Generic,
    ProviderKind.KEYGEN: Keygen,
    ProviderKind.CRYPTOLENS: Cryptolens,
    ProviderKind.LICENSESPRING: LicenseSpring,
}


def is_found(data: object, rule: str) -> bool:
    """Whether what stands at a path is there and true, or is the value of `path = value`."""
    path, equals, value = (part.strip() for part in rule.partition("="))
    if not path:
        return True
    there = at(data, path)
    if not equals:
        return bool(there)
    return (json.dumps(there) if isinstance(there, bool) else text(there)) == value


def latest(machines: list[Activation]) -> tuple[Activation, ...]:
    never = datetime.min.replace(tzinfo=UTC)
    ordered = sorted(machines, key=lambda each: each.at or never, reverse=True)
    return tuple(ordered[:MOST_ACTIVATIONS])


def _forbidden(detail: str) -> LookupResult:
    return LookupResult(LookupOutcome.FORBIDDEN, detail=detail)


def _in_json(value: str) -> str:
    """Between the quotes of a JSON text."""
    return json.dumps(value)[1:-1]
