"""The operator's choices: one TOML file, checked as a whole before anything starts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpdesk.config.keys import create_keys, load_keyring
    from helpdesk.config.reading import load
    from helpdesk.config.settings import Settings
    from helpdesk.config.source import ConfigurationError, find

__all__ = ["ConfigurationError", "Settings", "create_keys", "find", "load", "load_keyring"]

# `helpdesk deliver` starts for every mail and needs only `source`: the rest comes when it is used.
_HOMES = {
    "ConfigurationError": "source",
    "Settings": "settings",
    "create_keys": "keys",
    "find": "source",
    "load": "reading",
    "load_keyring": "keys",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no {name}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
