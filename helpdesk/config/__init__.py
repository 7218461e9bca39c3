"""The operator's choices: one TOML file, checked as a whole before anything starts."""

from helpdesk.config.keys import create_keys, load_keyring
from helpdesk.config.reading import ConfigurationError, find, load
from helpdesk.config.settings import Settings

__all__ = ["ConfigurationError", "Settings", "create_keys", "find", "load", "load_keyring"]
