"""What an agent or the operator does to tickets, as by a command in a mail."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import (
    Config,
    Exit,
    Failure,
    Json,
    Session,
    one_line,
    print_error,
    print_json,
    session,
)
from helpdesk.cli.ticket_page import license_lines
from helpdesk.core.command_words import Verb

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations
    from helpdesk.core.ticket import TicketNumber

LONGEST_LINE = 400
LONGEST_NOTE = 100_000
LONGEST_KEY = 10_000

Tickets = Annotated[
    list[str], typer.Argument(metavar="TICKET", help="Their numbers: TICK-1001 or 1001.")
]
OneTicket = Annotated[str, typer.Argument(metavar="TICKET", help="Its number: TICK-1001 or 1001.")]
By = Annotated[
    str,
    typer.Option("--as", metavar="ADDRESS", help="The agent who does it; else the operator does."),
]


@dataclass(frozen=True, slots=True)
class _Act:
    """How a verb is explained; with an argument, that stands behind the tickets."""

    does: str
    examples: tuple[str, ...]
    argument: str = ""
    needs: str = ""
    """The argument in words."""
    bare: bool = True
    """A number without prefix in front of the argument is a ticket, too."""

    def explained(self) -> str:
        title = "Example" if len(self.examples) == 1 else "Examples"
        lines = "".join(f"\n  helpdesk tickets {each}" for each in self.examples)
        return f"{self.does}\n\n\b\n{title}:{lines}"


ACTS = {
    Verb.TAKE: _Act(
        "Take tickets: the agent works on them from now on.",
        ("take TICK-1001 --as ana@example.com",),
    ),
    Verb.RESOLVE: _Act(
        "Resolve tickets; the customer is told, and they close by themselves later.",
        ("resolve TICK-1001 --as ana@example.com", "resolve TICK-1001 TICK-1002"),
    ),
    Verb.CLOSE: _Act(
        "Close tickets; the customer is told.",
        ("close TICK-1001 --as ana@example.com", "close TICK-1001 TICK-1002"),
    ),
    Verb.ASSIGN: _Act(
        "Give tickets to an agent, to the next agent of a team, or to nobody.",
        ("assign TICK-1001 ana@example.com", "assign TICK-1001 TICK-1002 nobody"),
        "AGENT",
        "an agent: an address, a name or a team",
    ),
    Verb.STATUS: _Act(
        "Set the status of tickets, in any word that the desk knows.",
        ("status TICK-1001 waiting", "status TICK-1001 in progress"),
        "STATUS",
        "a status",
    ),
    Verb.PRIORITY: _Act(
        "Set the priority of tickets; their clocks are reckoned anew.",
        ("priority TICK-1001 high",),
        "PRIORITY",
        "a priority",
    ),
    Verb.CATEGORY: _Act(
        "Set the category of tickets.",
        ("category TICK-1001 billing",),
        "CATEGORY",
        "a category",
    ),
    Verb.TAG: _Act(
        "Tag tickets with words of your own.",
        ("tag TICK-1001 vpn printer",),
        "TAG",
        "a word",
        bare=False,
    ),
    Verb.UNTAG: _Act(
        "Take tags away from tickets.",
        ("untag TICK-1001 printer",),
        "TAG",
        "a word",
        bare=False,
    ),
    Verb.TIME: _Act(
        "Book the time that was worked on tickets.",
        ("time TICK-1001 20m --as ana@example.com", "time TICK-1001 1h30"),
        "DURATION",
        "a duration",
        bare=False,
    ),
    Verb.MERGE: _Act(
        "Make tickets a part of another one, the last; mail to either goes there.",
        ("merge TICK-1002 TICK-1001", "merge TICK-1002 TICK-1003 TICK-1001"),
        "INTO",
        "a ticket that it becomes a part of",
    ),
    Verb.LINK: _Act(
        "Link tickets with another one, the last; both show it.",
        ("link TICK-1001 TICK-1002",),
        "OTHER",
        "another ticket",
    ),
    Verb.CC: _Act(
        "Let more people have the answers to a ticket, and write to it.",
        ("cc TICK-1001 bob@example.com", 'cc TICK-1001 "Bob <bob@example.com>"'),
        "ADDRESS",
        "an address",
        bare=False,
    ),
    Verb.SNOOZE: _Act(
        "Set tickets aside until a time; a message of the customer ends it.",
        ("snooze TICK-1001 2d", "snooze TICK-1001 monday 14:00"),
        "UNTIL",
        "a time",
        bare=False,
    ),
    Verb.FREE: _Act(
        "Let tickets be answered without a right to support; credits are given back.",
        ("free TICK-1001 --as ana@example.com",),
    ),
    Verb.HOLD: _Act(
        "Put tickets on hold until there is a right to support; the customer is told.",
        ("hold TICK-1001 --as ana@example.com",),
    ),
    Verb.CREDIT: _Act(
        "Use further prepaid credits of the customer for tickets.",
        ("credit TICK-1001 1", "credit TICK-1001 2 --as ana@example.com"),
        "NUMBER",
        "a number of credits",
        bare=False,
    ),
    Verb.REFUND: _Act(
        "Give the credits back that were used for tickets; the customer is told.",
        ("refund TICK-1001 --as ana@example.com",),
    ),
}


def add_to(app: typer.Typer) -> None:
    """All acts become commands."""
    for verb, each in ACTS.items():
        make = _with_argument if each.argument else _without_argument
        app.command(name=verb.value, help=each.explained())(make(verb))
    app.command()(reopen)
    app.command()(note)
    app.command()(split)
    app.command(name="license")(license_)


def _without_argument(verb: Verb) -> Any:
    def command(
        context: typer.Context,
        tickets: Tickets,
        *,
        by: By = "",
        config: Config = None,
        as_json: Json = False,
    ) -> int:
        return _act(session(context, config, as_json), tickets, _Wanted(verb, by=by))

    return command


def _with_argument(verb: Verb) -> Any:
    explained = ACTS[verb]
    words_help = f"The tickets, then {explained.needs}."

    def command(
        context: typer.Context,
        words: Annotated[
            list[str],
            typer.Argument(metavar=f"TICKET {explained.argument}", help=words_help),
        ],
        *,
        by: By = "",
        config: Config = None,
        as_json: Json = False,
    ) -> int:
        current = session(context, config, as_json)
        if len(words) == 1:
            example = f"helpdesk tickets {explained.examples[0]}"
            raise Failure(
                f"{verb.value} needs {explained.needs} behind the ticket (such as: {example})",
                code=Exit.USAGE,
            )
        prefix = current.settings().tickets.prefix
        tickets = words[: _tickets_among(words, prefix, bare=explained.bare)]
        wanted = _Wanted(verb, " ".join(words[len(tickets) :]), by)
        return _act(current, tickets, wanted)

    return command


def reopen(
    context: typer.Context,
    tickets: Tickets,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept with the event.")] = "",
    by: By = "",
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Open tickets again that were resolved, closed or wait for the customer.

    \b
    Examples:
      helpdesk tickets reopen TICK-1001 --as ana@example.com
      helpdesk tickets reopen TICK-1001 --reason "it came back"
    """
    return _act(session(context, config, as_json), tickets, _Wanted(Verb.REOPEN, reason, by))


def note(
    context: typer.Context,
    ticket: OneTicket,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS", help="The note; else standard input is read."),
    ] = None,
    *,
    by: By = "",
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Add an internal note to a ticket; no customer sees it.

    \b
    Examples:
      helpdesk tickets note TICK-1001 "The invoice was sent twice."
      helpdesk tickets note TICK-1001 --as ana@example.com < call.txt
    """
    current = session(context, config, as_json)
    text = _note_of(words or [])
    return _act(current, [ticket], _Wanted(Verb.NOTE, text, by))


def split(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    ticket: OneTicket,
    subject: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUBJECT", help="Of the new ticket; else that of the old."),
    ] = None,
    *,
    entry: Annotated[
        int, typer.Option(min=1, help="The customer's message, as `tickets show` numbers it.")
    ],
    by: By = "",
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Make a message of a customer a ticket of its own; both are linked.

    \b
    Examples:
      helpdesk tickets split TICK-1001 --entry 7
      helpdesk tickets split TICK-1001 --entry 7 "Another invoice"
    """
    current = session(context, config, as_json)
    wanted = _Wanted(Verb.SPLIT, " ".join(subject or []), by, entry)
    return _act(current, [ticket], wanted)


def license_(
    context: typer.Context,
    ticket: OneTicket,
    *,
    by: By = "",
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Add a license to a ticket; its key is read from standard input, where no shell keeps it.

    Only the end of the key is kept, so its providers are asked at once. Say it again to ask again.

    \b
    Examples:
      helpdesk tickets license TICK-1001 < key.txt
      helpdesk tickets license TICK-1001 --as ana@example.com
    """
    current = session(context, config, as_json)
    if sys.stdin.isatty():
        print("Write the key; end it with the Enter key.", file=sys.stderr)
    key = _clean(sys.stdin.readline(LONGEST_KEY)).strip()
    if not key:
        raise Failure("there is no key (pipe it in, or write it when asked)")
    done = current.operate(lambda each: each.add_license(each.number(ticket), key, by))
    _tell(current, done)
    if not current.json:
        for each in done["licenses"] if done["outcome"] != "failed" else ():
            for line in license_lines(each):
                print(f"  {line}")
        for name in done["silent"]:
            print_error(f"{name} gave no answer (ask again: helpdesk tickets license {ticket})")
    return Exit.NEGATIVE if done["outcome"] == "failed" or done["silent"] else Exit.OK


# --- the same for all -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    verb: Verb
    argument: str = ""
    by: str = ""
    entry: int | None = None


def _act(current: Session, tickets: Sequence[str], wanted: _Wanted) -> int:
    """One line for each ticket as soon as it is done; a slip in a number keeps all from it."""
    has_failed = False

    async def work(operations: "Operations") -> None:
        nonlocal has_failed
        from helpdesk.core.decide_act import Order
        from helpdesk.core.ticket import EntryId

        numbers: list[TicketNumber] = list(dict.fromkeys(map(operations.number, tickets)))
        entry = None if wanted.entry is None else EntryId(wanted.entry)
        order = Order(wanted.verb, _clean(wanted.argument), entry)
        async for done in operations.act(numbers, order, wanted.by):
            has_failed |= done["outcome"] == "failed"
            _tell(current, done)

    current.operate(work)
    return Exit.NEGATIVE if has_failed else Exit.OK


def _tell(current: Session, done: dict[str, Any]) -> None:
    if current.json:
        print_json(done)
        return
    into = f" (merged into {done['merged_into']})" if done["merged_into"] else ""
    line = f"{done['ticket']}{into} {done['outcome']}: {done['words']}"
    if done["outcome"] == "failed":
        print_error(line)
    else:
        print(one_line(line, LONGEST_LINE), flush=True)


def _tickets_among(words: Sequence[str], prefix: str, *, bare: bool) -> int:
    """How many of the words are tickets: the first, and those behind it that look like tickets as
    long as something remains for the argument.
    """
    number = rf"(?:{re.escape(prefix)}-|#?)" if bare else rf"{re.escape(prefix)}-"
    pattern = re.compile(rf"\[?{number}\d{{1,12}}\]?", re.IGNORECASE | re.ASCII)
    count = 1
    while count < len(words) - 1 and pattern.fullmatch(words[count]):
        count += 1
    return count


def _note_of(words: Sequence[str]) -> str:
    text = " ".join(words)
    if text in {"", "-"}:
        if sys.stdin.isatty():
            print("Write the note; end it with Ctrl-D on a new line.", file=sys.stderr)
        text = sys.stdin.buffer.read(8 * LONGEST_NOTE).decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Failure("the note has no words (write them behind the ticket, or pipe them in)")
    if len(text) > LONGEST_NOTE:
        raise Failure(
            f"the note is longer than {LONGEST_NOTE} characters (shorten it, or send it as a mail)"
        )
    return text


def _clean(text: str) -> str:
    """Words of a shell as text that every database keeps."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "�")
