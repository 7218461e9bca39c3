"""License keys: how they look, and who is asked about them."""

import typing
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from helpdesk.config.secret import read_secret
from helpdesk.config.section import Section
from helpdesk.config.source import in_folder
from helpdesk.config.values import (
    Count,
    FewMinutes,
    Name,
    OptionalFile,
    OptionalPath,
    Regex,
    Seconds,
    did_you_mean,
    folder,
)
from helpdesk.core.license import LicenseState
from helpdesk.core.license_keys import KNOWN_PATTERNS, KeyPattern

FIELDS = (
    *("key", "id", "state", "product", "product_id", "plan", "expires", "support_until"),
    *("owner", "company", "email", "activations_used", "activations_max", "history_url"),
)
"""What a provider may say of a license, by the names that settings use."""

_SCHEMES = ("https://", "http://127.0.0.1:", "http://[::1]:", "http://localhost:")


class PatternSettings(Section):
    """How the keys of one provider look."""

    provider: Name = Field(description="Name of the provider.", examples=["own"])
    regex: Regex = Field(
        min_length=1,
        description="Regular expression of a whole key; every repetition has bounds.",
        examples=["ACME-[0-9]{4}-[0-9]{4}"],
    )
    near: tuple[str, ...] = Field(
        default=(), description="Words of which one must stand shortly before the key."
    )


class ProviderKind(StrEnum):
    CSV = "csv"
    SQL = "sql"
    HTTP = "http"
    KEYGEN = "keygen"
    CRYPTOLENS = "cryptolens"
    LICENSESPRING = "licensespring"


class Method(StrEnum):
    GET = "GET"
    POST = "POST"


_BASE_URLS = {
    ProviderKind.KEYGEN: "https://api.keygen.sh",
    ProviderKind.CRYPTOLENS: "https://api.cryptolens.io",
    ProviderKind.LICENSESPRING: "https://saas.licensespring.com",
}
_WEB = ("url", "token", "token_file", "fields", "states")
_TAKES: Mapping[ProviderKind, tuple[str, ...]] = {
    ProviderKind.CSV: ("file", "columns", "states"),
    ProviderKind.SQL: ("url", "url_file", "query", "states"),
    ProviderKind.HTTP: (*_WEB, "method", "headers", "body", "found"),
    ProviderKind.KEYGEN: (*_WEB, "account"),
    ProviderKind.CRYPTOLENS: (*_WEB, "product"),
    ProviderKind.LICENSESPRING: _WEB,
}
_OF_SOME_KINDS = frozenset(name for names in _TAKES.values() for name in names)
_NEEDS: Mapping[ProviderKind, tuple[tuple[str, ...], ...]] = {
    ProviderKind.CSV: (("file",),),
    ProviderKind.SQL: (("url", "url_file"), ("query",)),
    ProviderKind.HTTP: (("url",), ("fields",)),
    ProviderKind.KEYGEN: (("account",),),
    ProviderKind.CRYPTOLENS: (("token", "token_file"), ("product",)),
    ProviderKind.LICENSESPRING: (("token", "token_file"),),
}


def _url(text: str) -> str:
    if not text:
        return text
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL; write it like https://licenses.example.com") from None
    if not parts.scheme or "://" not in text:
        raise ValueError("is not a URL; write it like https://licenses.example.com")
    if parts.scheme.startswith("sqlite"):
        _, _, path = text.partition(":///")
        if not path:
            raise ValueError("names no SQLite file; write it like sqlite:///licenses.db")
        return f"sqlite:///{in_folder(Path(path), folder.get(Path()))}"
    return text


def _known_fields(given: dict[str, str]) -> dict[str, str]:
    for name in given:
        if name not in FIELDS:
            raise ValueError(f"there is no field {name[:40]!a}; {did_you_mean(name, FIELDS)}")
    return given


FieldMap = Annotated[dict[str, str], AfterValidator(_known_fields)]


class ProviderSettings(Section):
    """Who is asked about license keys (docs/licenses.md)."""

    name: Name = Field(description="Short name for agents, rules and logs.", examples=["own"])
    kind: ProviderKind = Field(
        description="csv, sql, http, keygen, cryptolens or licensespring.",
        examples=["csv"],
    )
    patterns: tuple[Regex, ...] = Field(
        default=(),
        description=(
            "Regular expressions of whole keys; for keygen, cryptolens and licensespring the known "
            "ones unless they are given. []: only keys that customers and agents call so."
        ),
        examples=[["ACME-[0-9]{4}-[0-9]{4}"]],
    )
    near: tuple[str, ...] = Field(
        default=(), description="Words of which one must stand shortly before a key."
    )
    file: OptionalPath = Field(
        default=None, description="For csv: the file.", examples=["licenses.csv"]
    )
    columns: FieldMap = Field(
        default={},
        description='For csv: column titles that differ from our names, like { key = "Serial" }.',
    )
    url: Annotated[str, AfterValidator(_url)] = Field(
        default="",
        description=(
            "For sql: URL of the database. For http: where to ask, with {key}. For the others: the "
            "server, unless it is the maker's."
        ),
    )
    url_file: OptionalFile = Field(
        default=None, description="For sql: file whose first line is the URL, if it has a password."
    )
    query: str = Field(
        default="",
        description="For sql: SELECT with :key, whose result columns have our names.",
    )
    method: Method = Field(default=Method.GET, description="For http: GET or POST.")
    headers: dict[str, SecretStr] = Field(
        default={}, description="For http: further header fields; {token} stands for the token."
    )
    body: str = Field(
        default="", description="For http with POST: JSON with {key}, and {token} if needed."
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="What we log in with; for http as Authorization: Bearer. Better in token_file.",
    )
    token_file: OptionalFile = Field(
        default=None, description="File whose first line is the token."
    )
    account: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]*$",
        description="For keygen: ID or slug of the account.",
    )
    product: str = Field(
        default="", pattern=r"^[0-9]*$", description="For cryptolens: the ProductId."
    )
    fields: FieldMap = Field(
        default={},
        description=(
            'Where our fields stand in the JSON answer, like { expires = "data.0.expiry" }.'
        ),
    )
    states: dict[str, LicenseState] = Field(
        default={}, description='The provider\'s words for states, like { paid = "active" }.'
    )
    found: str = Field(
        default="",
        description=(
            'For http: path that must be there, true and not empty, or "path = value"; else there '
            "is no such license. Empty: each answer with status 200 is a license."
        ),
    )
    history_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Page with all activations, for agents; {id} stands for the license's id.",
    )
    timeout: FewMinutes = Field(
        default=timedelta(seconds=5), description="Seconds for a whole lookup."
    )
    max_per_minute: Count = Field(default=60, description="Lookups in a minute.")
    fresh: Seconds = Field(
        default=timedelta(minutes=15), description="Seconds for which a found license is kept."
    )
    negative: Seconds = Field(
        default=timedelta(minutes=5), description="Seconds for which any other answer is kept."
    )

    @model_validator(mode="after")
    def _kind_fits(self) -> typing.Self:
        fields = type(self).model_fields
        for name in sorted(_OF_SOME_KINDS.difference(_TAKES[self.kind])):
            if getattr(self, name) != fields[name].default:
                raise ValueError(f"{name} is not for kind = {self.kind}; remove it")
        for names in _NEEDS[self.kind]:
            if not any(_is_given(getattr(self, name)) for name in names):
                raise ValueError(f"kind = {self.kind} needs {' or '.join(names)}; add it")
        for one, other in (("token", "token_file"), ("url", "url_file")):
            if _is_given(getattr(self, one)) and _is_given(getattr(self, other)):
                raise ValueError(f"{one} and {other} exclude each other; remove one")
        return self

    @model_validator(mode="after")
    def _question_fits(self) -> typing.Self:
        if self.kind is ProviderKind.SQL:
            if ":key" not in self.query:
                raise ValueError("query asks for no key; write it like WHERE key = :key")
            return self
        if self.url and not self.url.startswith(_SCHEMES):
            raise ValueError("url must begin with https://, or be on this machine; correct it")
        if self.kind is ProviderKind.HTTP and "{key}" not in self.url + self.body:
            raise ValueError("neither url nor body has {key}; write it where the key belongs")
        if self.body and self.method is Method.GET:
            raise ValueError('a GET has no body; add method = "POST"')
        return self

    @property
    def base_url(self) -> str:
        """Of a ready-made kind, without a slash at its end."""
        return (self.url or _BASE_URLS.get(self.kind, "")).rstrip("/")

    def read_token(self) -> str:
        return read_secret(self.token, self.token_file)

    def read_url(self) -> str:
        return self.url or read_secret(SecretStr(""), self.url_file)

    def key_patterns(self) -> Iterator[KeyPattern]:
        near = tuple(word.casefold() for word in self.near)
        if self.patterns:
            for regex in self.patterns:
                yield KeyPattern(self.name, regex, near)
            return
        for known in KNOWN_PATTERNS:
            if known.provider == self.kind:
                yield KeyPattern(self.name, known.regex, near or known.near)


def _is_given(value: Any) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


class LicenseSettings(Section):
    """Where license keys are looked for."""

    known: bool = Field(
        default=True, description="Look for the key shapes of well-known license servers."
    )
    patterns: tuple[PatternSettings, ...] = Field(default=(), description="Your own key shapes.")
    providers: tuple[ProviderSettings, ...] = Field(
        default=(), description="Who is asked about license keys."
    )

    def key_patterns(self) -> tuple[KeyPattern, ...]:
        """Those of providers take the place of equal known ones."""
        own = [
            KeyPattern(each.provider, each.regex, tuple(word.casefold() for word in each.near))
            for each in self.patterns
        ]
        own += [pattern for each in self.providers for pattern in each.key_patterns()]
        taken = {each.regex for each in own}
        known = KNOWN_PATTERNS if self.known else ()
        return (*own, *(each for each in known if each.regex not in taken))


def license_problems(settings: LicenseSettings) -> Iterator[str]:
    """Providers that no key would ever be given to."""
    named = {each.provider for each in settings.key_patterns()}
    for number, each in enumerate(settings.providers, 1):
        if each.name not in named and "patterns" not in each.model_fields_set:
            yield (
                f"licenses.providers#{number}.patterns: is missing, so no key of {each.name} is "
                'found (write it like patterns = ["ACME-[0-9]{4}-[0-9]{4}"], or [] for keys that '
                "customers and agents call so)"
            )
