"""Log lines on standard error: for people on a terminal, else one JSON object per line.

Failures: none; whatever is logged becomes one line without control characters, and from INFO up
without the local part of any address.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from helpdesk.config.settings import LogFormat, LoggingSettings

_LOCAL_PART = re.compile(r"[^\s<>\"'(),:;@\[\]]{1,256}(?=@[A-Za-z0-9])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Libraries that tell bodies or addresses, or every statement, below these levels.
_TALKATIVE = {"aiosmtplib": logging.WARNING, "aiosqlite": logging.WARNING, "mail": logging.WARNING}


def configure(settings: LoggingSettings, stream: TextIO | None = None) -> None:
    """Send all log lines, those of libraries too, to one stream."""
    target = stream or sys.stderr
    is_human = settings.format is LogFormat.HUMAN or (
        settings.format is LogFormat.AUTO and target.isatty()
    )
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_addresses,
                *(_for_people(target) if is_human else _for_programs()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(max(level, least))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _for_people(stream: TextIO) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )
    return [_escaped, renderer]


def _for_programs() -> list[Processor]:
    return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str), _one_line]


def _without_addresses(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if event.get("level") != "debug":
        for key, value in event.items():
            if isinstance(value, str) and "@" in value and key != "message_id":
                event[key] = _LOCAL_PART.sub("***", value)
    return event


def _escaped(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A terminal would obey control characters; a traceback keeps its line ends."""
    for key, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if key in {"exception", "where"} else [value]
            event[key] = "\n".join(_CONTROL.sub(_escape, line) for line in lines)
    return event


def _escape(match: re.Match[str]) -> str:
    return ascii(match[0])[1:-1]


def _one_line(_logger: object, _method: str, line: Any) -> str:
    """JSON leaves some line separators and direction marks as they are."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", line)
