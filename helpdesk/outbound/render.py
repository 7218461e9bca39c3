"""Makes the words of an outgoing mail from its template and its variables.

Failures: whatever is wrong with a template is Unprocessable, with file, line and message.

Every template gets `desk`, `ticket`, `recipient`, `requester`, `echo`, `author`, `text`,
`attachments`, `refused`, `history`, `keys`, `possibly_about`, `warnings`, `reason`, `reply_does`,
`report`, `between`, `outcome`, `nothing_done`, `folded`, `reachable`, `forwarded_by`, `facts`,
`language`, `state`, `actions`, `promised`, `duplicates`, `clocks`, `lines`, `told`, `tickets`,
`query`, `more`, `event`, `by`, `help`, `can_mute` and `figures` from the outbox entry; `lang`,
`marker` and `images` are added here.
docs/templates.md says what each of them is.
"""

import re
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from helpdesk.core.marker import REPLY_MARKER
from helpdesk.core.notices import NOTHING_TOLD
from helpdesk.core.outgoing import Notice, OutgoingMail, Rendered
from helpdesk.outbound.compose import images_of
from helpdesk.outbound.filters import (
    as_html,
    bars,
    day,
    fill,
    mail_link,
    moment,
    named_in,
    quoted,
    short_moment,
    tidy,
    weeks,
    with_links,
)
from helpdesk.outbound.languages import DEFAULT, FILES, Chain, Languages
from helpdesk.outbound.samples import sample_mails
from helpdesk.ports import Unprocessable

MOST_OUTPUT = 256 * 1024
"""Characters that a template may add to the words it was given."""
_GROWTH = 6
"""The most that one character of those becomes in HTML: `&#34;`, `&nbsp;`, `<br>` and newline."""
LONGEST_SUBJECT = 250
LONGEST_LINE = 1_000
FRESH_FOR = 1.0
"""Seconds until the file of a template is looked at again."""
PARAGRAPHS = frozenset({"text", "outcome"})
"""Variables that may have several lines; all others are made one line."""
NO_EVENT: Mapping[str, str] = dict.fromkeys(
    ("kind", "at", "until", "since", "clock", "due_at", "zone", "kept"), ""
)
"""What a template finds of an event that has less."""
NO_FIGURES: Mapping[str, Any] = {
    **dict.fromkeys(("first", "last"), ""),
    **dict.fromkeys(("waiting", "overdue", "open", "missed"), 0),
    **{name: [] for name in ("counts", "times", "weeks", "agents", "priorities")},
}
"""What it finds of figures that are less."""

NOTHING_OWED: Mapping[str, Any] = dict.fromkeys(
    ("kind", "state", "source", "booked", "budget", "how_to_buy", "product", "maker"), ""
) | dict.fromkeys(("credits", "available", "returned", "percent", "on_hold"), 0)
"""The same of a right to support."""

# Control characters, and those that let a name change the direction of what stands beside it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0\ufdd1]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufdd0\ufdd1]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


# --- variables ----------------------------------------------------------------------------------


def one_line(text: str) -> str:
    if not text:
        return text
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


_EXPORTED = frozenset({Macro, str, dict, list, int})


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
        """Nearly all that a template reads is an item of our plain values, or a word or macro of
        another template, which need no guard."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if type(obj) is TemplateModule and type(vars(obj).get(attribute)) in _EXPORTED:
            return vars(obj)[attribute]
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


class _Compiled(jinja2.BytecodeCache):
    """Each file is compiled once, for however many desks and languages it is used."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


@dataclass(frozen=True, slots=True)
class _Words:
    """The templates for one desk and one language."""

    environment: jinja2.Environment
    chain: Chain
    languages: dict[str, str] = field(default_factory=dict)
    """In which language each notice is written."""

    def language_of(self, notice: Notice) -> str:
        if notice.value not in self.languages:
            self.languages[notice.value] = self.chain.language_of(f"{notice.value}/body.html")
        return self.languages[notice.value]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "fill": fill,
    "quoted": quoted,
    "tidy": tidy,
    "named_in": named_in,
    "as_html": as_html,
    "with_links": with_links,
    "mail_link": mail_link,
    "moment": moment,
    "day": day,
    "short_moment": short_moment,
    "weeks": weeks,
    "bars": bars,
}
_DATES = ("moment", "day", "short_moment", "weeks")


def _environment(chain: Chain) -> jinja2.Environment:
    environment = _Environment(
        loader=_Loader(chain.paths),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        cache_size=200,
        bytecode_cache=_COMPILED,
    )
    language = chain.language_of("_base/words.txt")
    environment.filters.update(FILTERS)
    for name in _DATES:
        environment.filters[name] = partial(FILTERS[name], language=language)
    return environment


class MailRenderer:
    """Templates in `<notice>/{subject.txt,body.txt,body.html}`; `overrides` has the operator's own.

    docs/templates.md has the order in which they are looked for. A template that was changed is
    read again a second later; a new override needs a restart. `desks` are the languages of those
    that are served, for `check`.
    """

    def __init__(
        self,
        templates: Path,
        overrides: Path | None = None,
        *,
        desks: Mapping[str, str] | None = None,
    ) -> None:
        self._folders = [folder for folder in (overrides, templates) if folder is not None]
        self._templates = templates
        self._languages = Languages(templates, overrides)
        self._desks = desks
        self._words: dict[Chain, _Words] = {}

    def render(self, mail: OutgoingMail) -> Rendered:
        """Raises Unprocessable when the template is wrong."""
        copies = _Copies()
        variables = _complete(copies.of(mail.variables))
        desk_language = (variables.get("desk") or {}).get("language") or DEFAULT
        words = self._words_for(mail.desk, desk_language, variables["language"] or "")
        variables["lang"] = words.language_of(mail.notice)
        variables["marker"] = variables.get("marker") or REPLY_MARKER
        variables["images"] = copies.of(
            [
                {"content_id": content_id, "filename": file.filename}
                for file, content_id in images_of(mail)
            ]
        )
        most = MOST_OUTPUT + _GROWTH * copies.extent
        render = partial(self._render_one, words, mail.notice, variables=variables, most=most)
        subject, text, html = (render(name) for name in FILES)
        return Rendered(
            subject=one_line(subject)[:LONGEST_SUBJECT],
            text=paragraphs(text) + "\n",
            html=f"{html.strip()}\n" if html.strip() else "",
        )

    def _words_for(self, desk: str, desk_language: str, language: str) -> _Words:
        chain = self._languages.chain(desk, desk_language, language)
        if chain not in self._words:
            self._words[chain] = _Words(_environment(chain), chain)
        return self._words[chain]

    def _render_one(
        self, words: _Words, notice: Notice, name: str, *, variables: dict[str, Any], most: int
    ) -> str:
        template_name = f"{notice.value}/{name}"
        parts: list[str] = []
        try:
            template = words.environment.get_template(template_name)
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
            file = self._shown(error.filename or "") or file
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if shown := self._shown(frame.filename):
                    file, line = shown, frame.lineno or 0
        if isinstance(error, jinja2.TemplateNotFound):
            message = (
                f"there is no {error.name}"  # Its own message has the folders on this machine.
            )
        place = f"{file}:{line}" if line else file
        return one_line(f"template {place}: {type(error).__name__}: {message}")[:500]

    def _shown(self, filename: str) -> str:
        """A template's name within its folder; nothing for any other file."""
        for folder in self._folders:
            if Path(filename).is_relative_to(folder):
                return str(Path(filename).relative_to(folder))
        return ""

    def check(self, *, ours: bool = True) -> tuple[str, ...]:
        """What is wrong with the templates: each is compiled, and rendered with sample values, for
        every desk that has its own and in every language that there is.

        Without `ours` what no operator changed has to be there only: that it is right is tested
        before it is shipped, and to try it takes longer than all else at a start.
        """
        problems = dict.fromkeys(self._languages.strays(self._desks))
        seen: set[Chain] = set()
        for desk, desk_language, language in self._readers():
            chain = self._languages.chain(desk, desk_language, language)
            if chain in seen:
                continue
            seen.add(chain)
            if ours or not all(path.is_relative_to(self._templates) for path in chain.paths):
                problems |= dict.fromkeys(self._faults(desk, desk_language, language))
            else:
                problems |= dict.fromkeys(_missing(chain))
        return tuple(problems)

    def _readers(self) -> Iterator[tuple[str, str, str]]:
        """Desk, its language and the reader's."""
        languages = dict.fromkeys(("", *self._languages.desks), DEFAULT) | dict(self._desks or {})
        for desk, desk_language in languages.items():
            for language in ("", *self._languages.known):
                yield desk, desk_language, language

    def _faults(self, desk: str, desk_language: str, language: str) -> Iterator[str]:
        for mail in sample_mails(desk, desk_language, language):
            try:
                self.render(mail)
            except Unprocessable as error:
                yield str(error)


def _missing(chain: Chain) -> Iterator[str]:
    for notice in Notice:
        for name in FILES:
            file = f"{notice.value}/{name}"
            if not any((path / file).is_file() for path in chain.paths):
                yield f"template {file}: there is no such file"


def _complete(variables: dict[str, Any]) -> dict[str, Any]:
    """With all that a template may ask for: an older gateway may have written the entry."""
    complete = {**NOTHING_TOLD, **variables}
    may_be_less = (
        ("state", NOTHING_TOLD["state"]),
        ("event", NO_EVENT),
        ("figures", NO_FIGURES),
        ("right", NOTHING_OWED),
    )
    for name, empty in may_be_less:
        complete[name] = {**empty, **(complete[name] or {})}
    return complete
