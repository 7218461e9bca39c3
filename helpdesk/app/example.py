"""The settings as TOML: the commented example, a first file, and what holds right now."""

import re
import textwrap
import typing
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from helpdesk.config.desks import AgentSettings, DeskSettings
from helpdesk.config.section import Section
from helpdesk.config.settings import ListenerSettings, Settings
from helpdesk.config.values import without_password

MASK = "********"
_HEADER = """\
# Settings of the helpdesk gateway: every key with its meaning and its default.
# A line that begins with "#" holds what is taken anyway; uncomment it to change it.
# Unknown keys are errors. Paths are relative to the folder of this file; times are in seconds.
# An environment variable overrides a key: HELPDESK_RELAY__PASSWORD for password in [relay].
# Check your changes with: helpdesk config check
"""
_WIDTH = 98


def example() -> str:
    """The content of config.example.toml."""
    blocks = [_HEADER]
    shown: dict[type[Section], str] = {}
    for name, info in Settings.model_fields.items():
        model, is_list = _model_of(info)
        header = f"[[{name}]]" if is_list else f"[{name}]"
        is_open = not is_list or name in {"desks", "listeners"}
        blocks.append(_block(header, model, shown, is_open=is_open))
    return "\n".join(blocks)


def _block(
    header: str, model: type[Section], shown: dict[type[Section], str], *, is_open: bool
) -> str:
    mark = "" if is_open else "# "
    shown[model] = header
    title = (model.__doc__ or "").strip()
    lines = [*_comment(title), f"{mark}{header}"]
    inner: list[str] = []
    for key, info in model.model_fields.items():
        nested, is_list = _model_of(info)
        if nested is not Section:
            path = f"{header.strip('[]')}.{key}"
            header_in = f"[[{path}]]" if is_list else f"[{path}]"
            if nested in shown:
                said = f"{info.description} Keys as in {shown[nested]}."
                inner.append("\n".join([*_comment(said), f"# {header_in}", ""]))
            else:
                inner.append(_block(header_in, nested, shown, is_open=False))
            continue
        lines += _comment(info.description or "")
        is_required = info.is_required()
        value = toml_value(info.examples[0] if info.examples else _default(info))
        lines.append(f"{mark if is_required else '# '}{key} = {value}")
    return "\n".join([*lines, *(["", *inner] if inner else []), ""]).rstrip("\n") + "\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True, validated_data={})
    return "" if value is PydanticUndefined or value is None else value


def _model_of(info: FieldInfo) -> tuple[type[Section], bool]:
    """The section of a field, and whether there may be several; Section itself if there is none."""
    arguments = typing.get_args(info.annotation)
    candidate: Any = arguments[0] if arguments else info.annotation
    if isinstance(candidate, type) and issubclass(candidate, Section):
        return candidate, typing.get_origin(info.annotation) is tuple
    return Section, False


def toml_value(value: object) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, int | float):
        return str(int(value) if isinstance(value, int) else value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, SecretStr):
        value = MASK if value.get_secret_value() else ""
    return _quoted(str(value))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


# --- what holds -----------------------------------------------------------------------------------


def plain(settings: Settings) -> dict[str, Any]:
    """All values as they hold, ready for JSON; secrets are masked."""
    return {name: _plain(getattr(settings, name)) for name in type(settings).model_fields}


def changed(settings: Settings) -> dict[str, Any]:
    """Only what the file or the environment says otherwise than the defaults."""
    result: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        section: Any
        if isinstance(value, Section):
            section = _changed(value)
        elif name in settings.model_fields_set:
            section = [_changed(each) for each in value]
        else:
            continue
        if section:
            result[name] = section
    return result


def _changed(section: Section) -> dict[str, Any]:
    fields = type(section).model_fields
    values = {name: getattr(section, name) for name in section.model_fields_set}
    return {
        name: _plain(value)
        for name, value in values.items()
        if fields[name].is_required() or value != _default(fields[name])
    }


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds == int(seconds) else seconds
    if isinstance(value, Path | IPv4Network | IPv6Network | date):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return without_password(value) if isinstance(value, str) else value


def as_toml(values: dict[str, Any]) -> str:
    """The values of `plain` or `changed` as a TOML file."""
    return "\n".join(_tables(values, "")).strip("\n")


def _tables(values: dict[str, Any], path: str) -> Iterator[str]:
    simple = {k: v for k, v in values.items() if not _is_table(v) and v is not None}
    yield from (f"{_key(key)} = {toml_value(value)}" for key, value in simple.items())
    for key, value in values.items():
        if _is_table(value):
            name = f"{path}{_key(key)}"
            is_list = isinstance(value, list)
            for each in value if is_list else [value]:
                yield f"\n[[{name}]]" if is_list else f"\n[{name}]"
                yield from _tables(each, f"{name}.")


def _is_table(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict)
    return isinstance(value, dict)


# --- a first file ---------------------------------------------------------------------------------


def first_file(*, desk: str, agent: str) -> str:
    """A small file that works as it is: mail comes in on loopback and goes out into a folder."""
    listener = ListenerSettings.model_validate({})
    return f"""\
# A helpdesk on this machine only. All settings: helpdesk config example
# After a change: helpdesk config check, then kill -HUP of the daemon, or start it again.

{_sentence(DeskSettings)}
[[desks]]
address = {toml_value(desk)}

{_sentence(AgentSettings)}
[[agents]]
name = "Agent"
addresses = [{toml_value(agent)}]

{_sentence(ListenerSettings)}
# Whoever connects from this machine is believed to be who it says: take trust_network out before
# a mail server hands in mail from elsewhere.
[[listeners]]
name = "smtp"
host = {toml_value(listener.host)}
port = {listener.port}
trust_network = ["127.0.0.0/8", "::1/128"]

# Mail goes out into the folder outbox. For real mail: transport = "smtp", and host, user and
# password_file in [relay].
[outgoing]
transport = "maildir"
maildir = "outbox"
"""


def _sentence(model: type[Section]) -> str:
    return "\n".join(_comment((model.__doc__ or "").strip()))
