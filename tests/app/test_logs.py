"""Log lines: one each, for people or programs, without what does not belong there."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from helpdesk.app.logs import configure
from helpdesk.config.settings import LogFormat, LoggingSettings, LogLevel


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_programs_get_one_object_per_line() -> None:
    stream = io.StringIO()
    configure(LoggingSettings(), stream)
    structlog.get_logger("x").info("decided", ticket=1001, reason="a\r\nb\u2028c\x1b[2J")
    logging.getLogger("alembic").warning("hello %s", "there")

    ours, theirs = logged(stream)
    assert ours["event"] == "decided"
    assert ours["reason"] == "a\r\nb\u2028c\x1b[2J"
    assert theirs["event"] == "hello there"
    assert stream.getvalue().replace("\n", "").isprintable()


def test_people_get_no_control_characters() -> None:
    stream = Terminal()
    configure(LoggingSettings(format=LogFormat.HUMAN), stream)
    structlog.get_logger("x").info("decided", reason="a\x1b[2J\r\nb\u202ec")

    [line] = stream.getvalue().splitlines()
    assert "a\\x1b[2J\\r\\nb\\u202ec" in line


def test_no_address_is_logged_from_info_on() -> None:
    stream = io.StringIO()
    configure(LoggingSettings(), stream)
    error = ValueError("cannot write to ana.ruiz@example.com")
    structlog.get_logger("x").error("failed", exc_info=error, peer="<ana@example.com>")

    [line] = logged(stream)
    assert "ana" not in stream.getvalue()
    assert line["peer"] == "<***@example.com>"
    assert "cannot write to ***@example.com" in line["exception"]


def test_a_level_leaves_out_what_is_below_it() -> None:
    stream = io.StringIO()
    configure(LoggingSettings(level=LogLevel.WARNING), stream)
    structlog.get_logger("x").info("no")
    logging.getLogger("y").info("no")
    structlog.get_logger("x").warning("yes")

    assert [line["event"] for line in logged(stream)] == ["yes"]


def test_talkative_libraries_are_kept_quiet_at_info() -> None:
    stream = io.StringIO()
    configure(LoggingSettings(), stream)
    logging.getLogger("mail.log").info("peer: ('127.0.0.1', 1)")

    assert stream.getvalue() == ""


def test_the_format_follows_the_stream() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        configure(LoggingSettings(), stream)
        structlog.get_logger("x").info("started")

    assert not terminal.getvalue().startswith("{")
    assert file.getvalue().startswith("{")
