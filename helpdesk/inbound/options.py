"""What the reader needs to know of the configuration."""

from dataclasses import dataclass

from helpdesk.core.license_keys import KNOWN_PATTERNS, KeyPattern


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """Goes to the worker processes, so it holds plain values only."""

    key_patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS
