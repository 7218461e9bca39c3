"""Kinds of values in the configuration; each says what is wrong and what to do."""

import difflib
import importlib
import ipaddress
import os
import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from helpdesk.config.source import CREDENTIALS, in_folder
from helpdesk.core.address import normalize, normalize_domain
from helpdesk.core.calendar import known_zone, zone_names

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_REGEX = 500
MOST_WAYS = 100_000
"""In how many ways a license key pattern may match one text; more would be too slow."""

_HOST = re.compile(r"[\w.-]{1,253}")

folder: ContextVar[Path] = ContextVar("folder")
"""The folder of the file that is being read: relative paths in it start there."""


def _in_folder(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("has a character that no path has; remove it")
    try:
        return in_folder(path, folder.get(Path()))
    except RuntimeError:
        raise ValueError(f"nobody has the folder {path.parts[0]}; write the whole path") from None


def address(text: str) -> str:
    normal = normalize(text)
    if not normal:
        raise ValueError("is not a mail address; write it like support@example.com")
    return normal


def domain(text: str) -> str:
    normal = normalize_domain(text)
    if "." not in normal:
        raise ValueError("is not a domain name; write it like reply.example.com")
    return normal


def _host(text: str) -> str:
    """A name or an IP address, and nothing beside it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if text and not _HOST.fullmatch(text):
        raise ValueError(
            "is not a host; write only its name or IP address, the port stands in port"
        )
    try:
        text.encode("idna")  # as the resolver will
    except UnicodeError:
        raise ValueError(
            "is not a host; each part between the dots has 1 to 63 characters"
        ) from None
    return text


def _network(value: object) -> Network:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError as error:
        if "host bits" in str(error):
            whole = ipaddress.ip_network(str(value), strict=False)
            raise ValueError(f"has host bits set; write {whole}") from None
        raise ValueError("is not a network; write it like 10.0.0.0/8 or 192.0.2.7") from None


def _regex(text: str) -> str:
    if len(text) > LONGEST_REGEX:
        raise ValueError(f"is longer than {LONGEST_REGEX} characters; split it into two patterns")
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}; see the example") from None
    # Mail is hostile input: a pattern that may match in many ways could take hours for one text.
    parser = importlib.import_module("re._parser")
    if _ways(parser.parse(text), parser.MAXREPEAT) > MOST_WAYS:
        raise ValueError(
            "may match in too many ways; give every repetition its bounds, like [A-Z0-9]{5,8}"
        )
    return text


def _ways(items: Iterable[tuple[Any, Any]], unbounded: object) -> int:
    """An upper bound for the number of ways in which a parsed expression matches at one place."""
    ways = 1
    for operator, argument in items:
        name = str(operator)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            least, most, body = argument
            inner = _ways(body, unbounded)
            if most == unbounded:
                return MOST_WAYS + 1
            ways *= _repetitions(inner, least, most)
        elif name == "SUBPATTERN":
            ways *= _ways(argument[-1], unbounded)
        elif name == "BRANCH":
            ways *= sum(_ways(branch, unbounded) for branch in argument[1])
        elif name in {"ASSERT", "ASSERT_NOT"}:
            ways *= _ways(argument[1], unbounded)
        elif name in {"GROUPREF", "GROUPREF_EXISTS"}:
            return MOST_WAYS + 1
        if ways > MOST_WAYS:
            return ways
    return ways


def _repetitions(inner: int, least: int, most: int) -> int:
    if inner == 1:
        return most - least + 1
    total = 0
    for count in range(least, most + 1):
        total += min(inner, MOST_WAYS) ** min(count, MOST_WAYS.bit_length())
        if total > MOST_WAYS:
            break
    return total


def _database(text: str) -> str:
    """A path or a URL to the URL of SQLAlchemy."""
    if "://" not in text:
        return f"sqlite+aiosqlite:///{_in_folder(Path(text))}"
    scheme, rest = text.split("://", 1)
    kind = scheme.partition("+")[0]
    if kind in {"postgresql", "postgres"}:
        return _server(rest)
    if kind == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return f"sqlite+aiosqlite:///{_in_folder(Path(rest[1:]))}"
    raise ValueError("is neither a file name nor a URL that we know; write it like helpdesk.db")


def _server(rest: str) -> str:
    url = f"postgresql+asyncpg://{rest}"
    try:
        parts = urlsplit(url)
        named = parts.path.strip("/")
        _ = parts.port
    except ValueError:
        named = ""
    if not named or "/" in named:
        raise ValueError(
            "names no database on a server; write it like postgresql://helpdesk@localhost/helpdesk"
        )
    return url


def without_password(text: str) -> str:
    """A URL as it may be shown."""
    text = re.sub(r"(?<=://)([^/?#@:]*):[^/?#]*@", r"\1:***@", text)
    return re.sub(r"(?i)(?<=[?&])(password=)[^&#]*", r"\1***", text)


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}; create it or remove this line")
    return path


def _readable(path: Path) -> Path:
    if str(path).startswith(CREDENTIALS):  # for the daemon only; whoever needs it will say so
        return path
    if not os.access(path, os.R_OK) or not path.is_file():
        raise ValueError(f"there is no readable file {path}; correct the path or its permissions")
    return path


def _day(value: object) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is not a day; write it like 2027-11-30") from None


def _certain_day(value: object) -> date:
    day = _day(value)
    if day is None:
        raise ValueError("is not a day; write it like 2027-11-30")
    return day


def language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", code):
        raise ValueError(f"{code[:40]!a} is no language; write it like en or de-AT")
    return code


def zone_name(name: str, *others: str) -> str:
    """Of the IANA time zone database, or one of the `others`."""
    if name in others or known_zone(name):
        return name
    known = {each.casefold(): each for each in (*others, *sorted(zone_names()))}
    near = difflib.get_close_matches(name[:40].casefold(), known, 1)
    like = ", or ".join(("Europe/Berlin", *others))
    meant = f"did you mean {known[near[0]]}?" if near else f"write it like {like}"
    raise ValueError(f"{name[:40]!a} is no time zone; {meant}")


def did_you_mean(name: str, known: Sequence[str], what: str = "") -> str:
    """The next step for a name that is not known: the nearest one, or all that there are."""
    near = difflib.get_close_matches(name[:80], known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"{what}: {', '.join(known)}" if what else f"write one of {', '.join(known)}"


PathIn = Annotated[Path, AfterValidator(_in_folder)]
FileIn = Annotated[PathIn, AfterValidator(_readable)]
FolderIn = Annotated[PathIn, AfterValidator(_existing_folder)]
OptionalFile = Annotated[FileIn | None, BeforeValidator(lambda path: path or None)]
OptionalDay = Annotated[date | None, BeforeValidator(_day)]
Day = Annotated[date, BeforeValidator(_certain_day)]
OptionalPath = Annotated[PathIn | None, BeforeValidator(lambda path: path or None)]
FileMode = Annotated[str, Field(pattern=r"^0?[0-7]{3}$")]
OptionalFolder = Annotated[FolderIn | None, BeforeValidator(lambda path: path or None)]
Address = Annotated[str, AfterValidator(address)]
AddressOrEmpty = Annotated[str, AfterValidator(lambda text: text and address(text))]
DomainOrEmpty = Annotated[str, AfterValidator(lambda text: text and domain(text))]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
NameOrEmpty = Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")]
Language = Annotated[str, AfterValidator(language)]
LanguageOrEmpty = Annotated[str, AfterValidator(lambda code: code and language(code))]
ZoneName = Annotated[str, AfterValidator(zone_name)]
ZoneNameOrEmpty = Annotated[str, AfterValidator(lambda name: name and zone_name(name))]
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, Field(ge=0, le=65_535)]
NetworkIn = Annotated[Network, BeforeValidator(_network)]
Regex = Annotated[str, AfterValidator(_regex)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Seconds = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=1))]
FewMinutes = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=4))]
"""A connection that has died is to be noticed within five."""
Count = Annotated[int, Field(ge=1, le=100_000)]


def spelled(location: Iterable[str | int]) -> str:
    """`desks#2.address` for the address of the second desk."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"#{part + 1}"
        else:
            key += f".{part}" if key else part
    return key
