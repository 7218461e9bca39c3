"""Makes the words of an outgoing mail from its template and its variables.

Failures: whatever is wrong with a template is Unprocessable, with file, line and message.

Every template gets `desk`, `ticket`, `recipient`, `requester`, `echo`, `author`, `text`,
`attachments`, `history`, `keys`, `possibly_about`, `warnings`, `reason`, `reply_does`, `report`,
`between`, `outcome`, `folded`, `reachable`, `forwarded_by` and `facts` from the outbox entry;
`marker` and `images` are added here.
"""

import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from helpdesk.core.outgoing import Notice, OutgoingMail, Rendered
from helpdesk.core.quoting import REPLY_MARKER
from helpdesk.core.ticket import OutboxId
from helpdesk.outbound.compose import images_of
from helpdesk.ports import Unprocessable

MOST_OUTPUT = 256 * 1024
"""Characters that a template may add to the words it was given."""
_GROWTH = 6
"""The most that one character of those becomes in HTML: `&#34;`, `&nbsp;`, `<br>` and newline."""
LONGEST_SUBJECT = 250
LONGEST_LINE = 1_000
TEXT_WIDTH = 76
FRESH_FOR = 1.0
"""Seconds until the file of a template is looked at again."""
FILES = ("subject.txt", "body.txt", "body.html")
PARAGRAPHS = frozenset({"text", "outcome"})
"""Variables that may have several lines; all others are made one line."""

# Control characters, and those that let a name change the direction of what stands beside it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0\ufdd1]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufdd0\ufdd1]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LINK = re.compile(r"https?://[^\s<>\"'`]{1,2000}")


# --- filters ------------------------------------------------------------------------------------


def fill(text: str) -> str:
    """Our own paragraphs, each broken into lines of at most 76 characters."""
    return "\n\n".join(_fill_one(part) for part in text.split("\n\n") if part.strip())


def _fill_one(paragraph: str) -> str:
    lines: list[str] = []
    line = ""
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > TEXT_WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def quoted(text: str) -> str:
    """Every line with `> ` before it."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def as_html(text: str) -> Markup:
    """Plain words in HTML: line ends and indentation kept without a style sheet."""
    words = str(escape(text)).replace("\t", "    ").replace("  ", "&nbsp; ")
    return Markup(words.replace("\n", "<br>\n"))  # noqa: S704 -- escaped just above


def with_links(text: str) -> Markup:
    """Like `as_html`, with web addresses to click on."""
    parts: list[Markup] = []
    end = 0
    for match in _LINK.finditer(text):
        address = match[0].rstrip(".,;:!?)]}")
        parts.append(as_html(text[end : match.start()]))
        parts.append(Markup('<a href="{0}">{0}</a>').format(address))
        end = match.start() + len(address)
    parts.append(as_html(text[end:]))
    return Markup("").join(parts)


# --- variables ----------------------------------------------------------------------------------


def one_line(text: str) -> str:
    text = text[: 2 * LONGEST_LINE]
    if not (text.isascii() and text.isprintable()):
        text = _UNPRINTABLE.sub(" ", text)
    return " ".join(text.split())[:LONGEST_LINE]


def paragraphs(text: str) -> str:
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).strip("\n")


_ATOMS = (bool, int, float, type(None))


@dataclass(slots=True)
class _Copies:
    """Copies made of plain values only, their strings clean."""

    extent: int = 0
    """How many characters they have."""

    def of(self, value: object, *, is_text: bool = False) -> Any:
        if isinstance(value, str):
            text = paragraphs(value) if is_text else one_line(value)
            self.extent += len(text)
            return text
        if isinstance(value, _ATOMS):
            return value
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        if isinstance(value, Mapping):
            return {
                str(key): self.of(item, is_text=key in PARAGRAPHS) for key, item in value.items()
            }
        raise Unprocessable(f"a variable is a {type(value).__name__}, not a plain value")


# --- rendering ----------------------------------------------------------------------------------


class _Environment(ImmutableSandboxedEnvironment):
    """A template can neither reach objects nor make long texts out of short ones."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        if operator == "**" or not (isinstance(left, int) and isinstance(right, int)):
            raise SecurityError(f"{operator} is not allowed here")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Nearly all that a template reads is an item of our plain values or one of the templates'
        macros, which need no guard."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if type(obj) is TemplateModule and type(macro := vars(obj).get(attribute)) is Macro:
            return macro
        return super().getattr(obj, attribute)

    def call(self, context: jinja2.runtime.Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Nearly all that a template calls is its own macros; the rest is guarded."""
        if type(obj) is not Macro:
            return super().call(context, obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(context.eval_ctx, *args, **kwargs)


class _Loader(jinja2.FileSystemLoader):
    """A file that was looked at just now is not looked at again for each of many mails."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, file, is_unchanged = super().get_source(environment, template)
        looked_at = time.monotonic()

        def is_fresh() -> bool:
            nonlocal looked_at
            now = time.monotonic()
            if now - looked_at < FRESH_FOR:
                return True
            looked_at = now
            return is_unchanged()

        return source, file, is_fresh


class MailRenderer:
    """Templates in `<notice>/{subject.txt,body.txt,body.html}`; `overrides` has the operator's own.

    A template that was changed is read again a second later; a new override needs a restart.
    """

    def __init__(self, templates: Path, overrides: Path | None = None) -> None:
        self._folders = [folder for folder in (overrides, templates) if folder is not None]
        self._environment = _Environment(
            loader=_Loader(self._folders),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            cache_size=200,
        )
        filters: dict[str, Callable[[str], str]] = {
            "fill": fill,
            "quoted": quoted,
            "as_html": as_html,
            "with_links": with_links,
        }
        self._environment.filters.update(filters)

    def render(self, mail: OutgoingMail) -> Rendered:
        """Raises Unprocessable when the template is wrong."""
        copies = _Copies()
        variables = copies.of(mail.variables)
        variables["marker"] = REPLY_MARKER
        variables["images"] = copies.of(
            [
                {"content_id": content_id, "filename": file.filename}
                for file, content_id in images_of(mail)
            ]
        )
        most = MOST_OUTPUT + _GROWTH * copies.extent
        render = partial(self._render_one, mail.notice, variables=variables, most=most)
        subject, text, html = (render(name) for name in FILES)
        return Rendered(
            subject=one_line(subject)[:LONGEST_SUBJECT],
            text=paragraphs(text) + "\n",
            html=html.strip() + "\n",
        )

    def _render_one(
        self, notice: Notice, name: str, *, variables: dict[str, Any], most: int
    ) -> str:
        template_name = f"{notice.value}/{name}"
        parts: list[str] = []
        try:
            template = self._environment.get_template(template_name)
            for part in template.generate(variables):
                parts.append(part)
                most -= len(part)
                if most < 0:
                    break
        except Exception as error:
            raise Unprocessable(self._explain(template_name, error)) from error
        if most < 0:
            raise Unprocessable(f"template {template_name}: the output is too long")
        return "".join(parts)

    def _explain(self, template_name: str, error: Exception) -> str:
        """File, line and message of whatever a template did."""
        file, line, message = template_name, 0, str(error)
        if isinstance(error, jinja2.TemplateSyntaxError):
            file, line = error.name or template_name, error.lineno
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                for folder in self._folders:
                    if Path(frame.filename).is_relative_to(folder):
                        file = str(Path(frame.filename).relative_to(folder))
                        line = frame.lineno or 0
        if isinstance(error, jinja2.TemplateNotFound):
            message = (
                f"there is no {error.name}"  # Its own message has the folders on this machine.
            )
        place = f"{file}:{line}" if line else file
        return one_line(f"template {place}: {type(error).__name__}: {message}")[:500]

    def check(self) -> tuple[str, ...]:
        """What is wrong with the templates: each is compiled, and rendered with sample values."""
        problems: dict[str, None] = {}
        for notice in Notice:
            for variables in (SAMPLE, _sparse(SAMPLE)):
                try:
                    self.render(_sample_mail(notice, variables))
                except Unprocessable as error:
                    problems[str(error)] = None
        return tuple(problems)


# --- sample values ------------------------------------------------------------------------------

_SAID = {
    "kind": "message",
    "author": "Ana Ruiz",
    "at": "2026-11-21 22:40 UTC",
    "text": "It says that the license is not valid.",
}
SAMPLE: Mapping[str, Any] = {
    "desk": {"name": "support", "display_name": "Support", "address": "support@example.test"},
    "ticket": {
        "number": 1001,
        "tag": "TICK-1001",
        "subject": "Cannot activate",
        "status": "open",
        "priority": "normal",
        "category": "general",
        "created_at": "2026-11-21 22:40 UTC",
    },
    "recipient": {"name": "Ben Agent", "address": "ben@example.test"},
    "requester": {"name": "Ana Ruiz", "address": "ana@example.test"},
    "echo": True,
    "author": {"name": "Ana Ruiz", "address": "ana@example.test"},
    "text": "The program does not start.\n\nIt shows error 17.",
    "attachments": [
        {
            "filename": "screen.png",
            "size": 123456,
            "size_text": "123 kB",
            "content_type": "image/png",
            "sent": True,
            "why_not": "",
        }
    ],
    "history": [_SAID],
    "keys": [{"masked": "…-7F3A", "provider": "example", "quoted": False}],
    "possibly_about": "TICK-1000",
    "warnings": ["The sender is not verified."],
    "reason": "somebody wrote since the mail that you answered",
    "reply_does": "answer",
    "report": {
        "recipient": "ana@example.test",
        "status": "5.1.1",
        "diagnostic": "550 No such user",
        "delayed": False,
    },
    "between": [_SAID],
    "outcome": "Your answer was sent to Ana Ruiz.",
    "folded": 12,
    "reachable": True,
    "forwarded_by": {"name": "Carl Agent", "address": "carl@example.test"},
    "facts": [{"label": "Received", "value": "2026-11-21 22:41 UTC"}],
}


def _sparse(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The same sample with nothing in it that may be missing."""
    empty: dict[type, Any] = {str: "", list: [], bool: False}
    kept = {"desk", "ticket", "recipient"}
    return {key: value if key in kept else empty.get(type(value)) for key, value in sample.items()}


def _sample_mail(notice: Notice, variables: Mapping[str, Any]) -> OutgoingMail:
    return OutgoingMail(
        id=OutboxId(1),
        message_id="sample@example.test",
        notice=notice,
        desk="support",
        recipient="ben@example.test",
        created_at=datetime(2026, 11, 21, 22, 40, tzinfo=UTC),
        variables=variables,
    )
