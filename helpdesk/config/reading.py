"""Reads the configuration file, and says of every mistake in one line what to do.

Failures: `ConfigurationError` carries every problem that was found.
"""

import difflib
import os
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from helpdesk.config.checks import contradictions
from helpdesk.config.settings import ENVIRONMENT_PREFIX, Settings
from helpdesk.config.source import ConfigurationError, read_toml
from helpdesk.config.values import folder, spelled

_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://")
"""What Kubernetes and Docker put into HELPDESK_METRICS_PORT for a service helpdesk-metrics."""


def load(path: Path) -> Settings:
    """Read and check the file; relative paths in it are relative to its folder."""
    data = read_toml(path)
    if slips := list(_slips(os.environ)):
        raise ConfigurationError(slips)
    token = folder.set(path.resolve().parent)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        problems = dict.fromkeys(map(_line, _without_echoes(error.errors(include_url=False))))
        raise ConfigurationError([f"{path}: {problem}" for problem in problems]) from None
    except SettingsError as error:
        raise ConfigurationError(
            [f"environment: {error} (write lists and tables as JSON)"]
        ) from None
    finally:
        folder.reset(token)
    if problems := dict.fromkeys(contradictions(settings)):
        raise ConfigurationError([f"{path}: {problem}" for problem in problems])
    settings._path = path.resolve()  # noqa: SLF001 -- ours
    return settings


def _slips(environment: Mapping[str, str]) -> Iterator[str]:
    """Variables with one line between section and key, which nobody would read."""
    for name, value in environment.items():
        if _OF_A_SERVICE.match(value):
            continue
        for section, info in Settings.model_fields.items():
            begin = f"{ENVIRONMENT_PREFIX}{section}_".upper()
            known = getattr(info.annotation, "model_fields", {})
            key = name.upper().removeprefix(begin)
            if name.upper().startswith(begin) and key.lower() in known:
                yield f"environment: {name}: is no setting (did you mean {begin}_{key}?)"


def _without_echoes(errors: Sequence[Any]) -> list[Any]:
    """All but lists that are empty only because none of their items is right."""
    places = [error["loc"] for error in errors]
    return [
        error
        for error, place in zip(errors, places, strict=True)
        if error["type"] != "too_short"
        or not any(len(each) > len(place) and each[: len(place)] == place for each in places)
    ]


_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "byte_size": 'a size such as "25 MiB"',
    "byte_size_unit": 'a size such as "25 MiB"',
    "dict_type": "a table such as [relay]",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_attributes_type": "a table such as [relay]",
    "model_type": "a table such as [relay]",
    "path_type": "a path in quotes",
    "string_type": "text in quotes",
    "time_delta_parsing": "a number of seconds",
    "time_delta_type": "a number of seconds",
    "tuple_type": 'a list such as ["one", "two"]',
}


def _line(error: Mapping[str, Any]) -> str:
    """One problem as people read it: the key, what is wrong, what to do."""
    location: tuple[str | int, ...] = error["loc"]
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    key = spelled(location)
    if kind == "extra_forbidden":
        return f"{key}: unknown key ({_hint(location)})"
    if kind == "missing":
        return f"{key}: is missing ({_example(location)})"
    if kind == "value_error":
        said, _, step = str(context["error"]).partition("; ")
        return f"{key}: {said}" + (f" ({step})" if step else "")
    given = _given(location, error["input"])
    if kind in _EXPECTED:
        is_of_tables = kind == "tuple_type" and _model_at((*location, 0)) is not None
        expected = f"tables that begin with [[{key}]]" if is_of_tables else _EXPECTED[kind]
        return f"{key}: must be {expected}{given}"
    if kind == "enum":
        return f"{key}: must be {context['expected'].replace(chr(39), '')}{given}"
    if kind == "string_pattern_mismatch":
        return f"{key}: has a character or a form that is not allowed{given} ({_example(location)})"
    if kind in {"too_short", "string_too_short"}:
        return f"{key}: must not be empty ({_example(location)})"
    message = str(error["msg"]).removeprefix("Input should be ")
    return f"{key}: must be {message}{given}" if message != error["msg"] else f"{key}: {message}"


def _given(location: Sequence[str | int], value: object) -> str:
    if _is_secret(location) or isinstance(value, dict | list | tuple):
        return ""
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return f", not {ascii(shown)[1:-1][:60]}"


_SECRET = frozenset({"password", "database", "client_secret", "token", "url"})


def _is_secret(location: Sequence[str | int]) -> bool:
    return bool(location) and str(location[-1]) in _SECRET


def _hint(location: Sequence[str | int]) -> str:
    """The known key that is nearest to an unknown one."""
    model = _model_at(location[:-1])
    known = list(model.model_fields) if model else []
    name = str(location[-1])
    for inner in known:
        if name in getattr(_model_at((*location[:-1], inner)), "model_fields", ()):
            return f"did you mean {inner}.{name}?"
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"


def _example(location: Sequence[str | int]) -> str:
    model = _model_at(location[:-1])
    info = model.model_fields.get(str(location[-1])) if model else None
    if location == ("desks",):
        return 'add [[desks]] with address = "support@example.com"'
    if info is None or not (info.examples or info.description):
        return "see config.example.toml"
    if not info.examples:
        return str(info.description).rstrip(".")
    return f"write it like {location[-1]} = {_toml(info.examples[0])}"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"'


def _model_at(location: Iterable[str | int]) -> type[BaseModel] | None:
    model: Any = Settings
    for part in location:
        if isinstance(part, str):
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                return None
            info = model.model_fields.get(part)
            model = info.annotation if info else None
            if isinstance(model, types.UnionType):
                model = typing.get_args(model)[0]
        else:
            model = next(iter(typing.get_args(model)), None)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None
