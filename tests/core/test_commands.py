"""Commands in the first lines of a mail: what is one, what is text, and what must be asked."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.command_words import CUSTOMER_WORDS, WORDS, by_word
from helpdesk.core.commands import (
    BadArgumentError,
    CustomerLine,
    CustomerVerb,
    Fields,
    Verb,
    addresses_of,
    first_verb,
    minutes_of,
    moment_of,
    number_of,
    read_commands,
    read_customer_command,
    read_fields,
    status_of,
    tags_of,
)
from helpdesk.core.mail import Mailbox
from helpdesk.core.ticket import Status
from helpdesk.core.written import LONGEST_TEXT, visible_line
from tests.folded import for_each

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # a Friday
BERLIN = ZoneInfo("Europe/Berlin")


def verbs(said: str) -> list[tuple[Verb | None, str]]:
    found = read_commands(said)
    assert found.problems == ()
    return [(line.verb, line.argument) for line in found.lines]


# --- which command ------------------------------------------------------------------------------


@for_each(
    "line",
    [
        "#close",
        "# close",
        "/close",
        "#Close",
        "#CLOSE.",
        "#close!",
        "＃close",
        "#ｃｌｏｓｅ",
        "#\u200bclo\u00adse",
        "#\ufe0fclose",
        "\u00a0#close\u00a0",
        "\u2060#close",
        "• #close",
        "- #close",
        "* #close",
        "1. #close",
        "**#close**",
        "`#close`",
        "“#close”",
        "(#close)",
        "#closed",
        "#schließen",
        "#schliessen",
        "#geschlossen",
        "/Geschlossen.",
    ],
)
def test_a_command_is_known_in_whatever_form_phones_write_it(line: str) -> None:
    assert verbs(line) == [(Verb.CLOSE, "")]


@for_each("word", sorted(by_word(WORDS)))
def test_every_word_of_the_table_is_its_command(word: str) -> None:
    found = read_commands(f"#{word}\n").lines

    assert [line.verb for line in found] == [by_word(WORDS)[word]]


@for_each(
    ("line", "verb", "argument"),
    [
        ("#assign Bob Miller", Verb.ASSIGN, "Bob Miller"),
        ("#assignee: bob@example.org", Verb.ASSIGN, "bob@example.org"),
        ("#zuweisen Bob", Verb.ASSIGN, "Bob"),
        ("#mine", Verb.TAKE, ""),
        ("#uebernehmen", Verb.TAKE, ""),
        ("#status waiting", Verb.STATUS, "waiting"),
        ("#status: in progress.", Verb.STATUS, "in progress"),
        ("#status=closed", Verb.STATUS, "closed"),
        ("#pending", Verb.STATUS, "waiting"),
        ("#solved", Verb.RESOLVE, ""),
        ("#erledigt", Verb.RESOLVE, ""),
        ("#prio Ｈｉｇｈ", Verb.PRIORITY, "High"),
        ("#tag #vpn #printer", Verb.TAG, "#vpn #printer"),
        ("#time 1h30", Verb.TIME, "1h30"),
        ("#zeit 20 Min.", Verb.TIME, "20 Min"),
        ("#merge [TICK-1002]", Verb.MERGE, "[TICK-1002]"),
        ("#snooze monday 14:00", Verb.SNOOZE, "monday 14:00"),
        ("#cc a@b.example, C <c@d.example>", Verb.CC, "a@b.example, C <c@d.example>"),
        ("#note see #1002 about #vpn, 5 m²", Verb.NOTE, "see #1002 about #vpn, 5 m²"),
        ("*#note* he called", Verb.NOTE, "he called"),
        ("#internal", Verb.NOTE, ""),
        ("#help time", Verb.HELP, "time"),
        ("#split Another printer", Verb.SPLIT, "Another printer"),
        ("Status: closed", Verb.STATUS, "closed"),
        ("*Status:* closed", Verb.STATUS, "closed"),
        ("**Status**: closed", Verb.STATUS, "closed"),
        ("Priority: High", Verb.PRIORITY, "High"),
        ("Priorität: hoch", Verb.PRIORITY, "hoch"),
        ("Category: billing", Verb.CATEGORY, "billing"),
        ("Tags: vpn, printer", Verb.TAG, "vpn, printer"),
        ("Assignee: Bob Miller", Verb.ASSIGN, "Bob Miller"),
        ("Time: 20m", Verb.TIME, "20m"),
        ("Cc: a@b.example", Verb.CC, "a@b.example"),
        ("Merge: TICK-1002", Verb.MERGE, "TICK-1002"),
    ],
)
def test_a_command_has_its_argument(line: str, verb: Verb, argument: str) -> None:
    assert verbs(line) == [(verb, argument)]


def test_several_commands_stand_in_one_line_and_in_several() -> None:
    found = verbs("#resolve #tag vpn #time 20m\n\n/take\nStatus: closed\n\nIt is fixed.")

    assert [verb for verb, _ in found] == [
        Verb.RESOLVE,
        Verb.TAG,
        Verb.TIME,
        Verb.TAKE,
        Verb.STATUS,
    ]
    assert read_commands("#take\n\nIt is\n\nfixed.\n").rest == "It is\n\nfixed."


def test_a_note_keeps_its_words_and_a_command_behind_it_is_one() -> None:
    assert verbs("#note #close") == [(Verb.NOTE, ""), (Verb.CLOSE, "")]
    assert verbs("#note ask him about #close") == [(Verb.NOTE, "ask him about #close")]


# --- what is text -------------------------------------------------------------------------------


@for_each(
    "said",
    [
        "#123",
        "#123 is a duplicate",
        "#1 priority for us",
        "#TICK-1002 is done",
        "#include <stdio.h>",
        "#define X 1",
        "#!/bin/sh",
        "/etc/passwd",
        "/etc/hosts has a wrong line",
        "/home/x",
        "/usr is full",
        "/close/the/door",
        "/notes.txt",
        "# Heading",
        "## Installation",
        "C# is nice",
        "https://example.org/#close",
        "Hello: how are you?",
        "Link: https://example.org/x",
        "Priority: we look at this before all others",
        "Status: the server is down since Monday",
        "Time: we need about a week for this",
        "Done.",
        "Erledigt.",
        "Please close the window.",
        "#",
        "/",
        "",
    ],
)
def test_what_is_no_command_is_text_and_not_suspicious(said: str) -> None:
    found = read_commands(said)

    assert (found.lines, found.rest, found.suspicious) == ((), said, ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("#tiem 20m", "#tiem is no command; did you mean #time?"),
        ("#colse", "#colse is no command; did you mean #close?"),
        ("/clsoe", "/clsoe is no command; did you mean #close?"),
        ("# resovle", "#resovle is no command; did you mean #resolve?"),
        ("#time20m", "#time20m is no command; did you mean #time?"),
        ("##close", "##close is no command; did you mean #close?"),
        ("#foo", "#foo is no command; write #help for the list of commands"),
        ("#take#close", '"#take#close" is no command; put a space behind #take'),
        ("#time", "#time needs a duration, such as #time 20m"),
        ("#assign", "#assign needs a name or an address, such as #assign bob@example.org"),
        ("#time soon", '#time: "soon" is no duration; write 20m, 1h30 or 1:30'),
        ("#resolve It works now", "#resolve stands alone; put your words on the next line"),
        ("#take please", "#take stands alone; put your words on the next line"),
        ("# Close the ticket", "#close stands alone; put your words on the next line"),
        ("#merge that one", '#merge: "that one" is no ticket; write its number, such as TICK-1002'),
        ("#cc bob", '#cc: "bob" is no mail address; write ana@example.org'),
        (
            "Note: the server restarts at 5",
            (
                '"Note:" may begin a sentence or a note; write #note for an internal note, or begin'
                " your answer with another word"
            ),
        ),
        (
            "Time: 14:00",
            (
                '"Time: 14:00" may be a command or text; write #time for the command,'
                " or put another line above it"
            ),
        ),
        ("Statsu: closed", "Statsu: is no command; did you mean #status?"),
        ("Time:", "#time needs a duration, such as #time 20m"),
    ],
)
def test_what_cannot_be_told_is_a_problem_with_a_next_step(line: str, problem: str) -> None:
    found = read_commands(f"{line}\nWords.")

    assert [each.problem for each in found.lines] == [problem]
    assert found.rest == "Words."


@pytest.mark.parametrize(
    "line",
    [
        "#close",
        "/note he is angry",
        "# resolve",
        "• #send",
        "##drop",
        "#colse",
        "> #note this",
        "It is done. #close",
        "Status: closed",
        "Internal: he did not pay",
        "„#note“",
    ],
)
def test_a_command_below_words_stays_there_and_is_reported(line: str) -> None:
    found = read_commands(f"#take\nHello,\n\n{line}\n\nBob")

    assert [each.verb for each in found.lines] == [Verb.TAKE]
    assert found.rest == f"Hello,\n\n{line}\n\nBob"
    assert found.suspicious == (line,)


@pytest.mark.parametrize(
    "line", ["See #1002.", "/etc/hosts", "Note: it restarts", "Time: 14:00", "C# 9", "# Steps"]
)
def test_ordinary_words_below_are_not_suspicious(line: str) -> None:
    assert read_commands(f"Hello,\n\n{line}\n\nBob").suspicious == ()


@pytest.mark.parametrize("said", ["close", "Resolve.", "send", "note", "\nhelp\n"])
def test_a_lone_command_word_without_a_mark_is_suspicious(said: str) -> None:
    assert read_commands(said).suspicious == (said.strip(),)


def test_too_many_commands_are_a_problem_and_none_is_lost() -> None:
    found = read_commands("#take\n" * 50)

    assert len(found.lines) == 31
    assert found.lines[-1].problem == "more than 30 commands; send the others in another mail"
    assert found.rest.split() == ["#take"] * 20


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("#send", Verb.SEND),
        ("send", Verb.SEND),
        ("\n\n/Send.\nthanks", Verb.SEND),
        ("# note", Verb.NOTE),
        ("\u200bdrop!", Verb.DROP),
        ("verwerfen", Verb.DROP),
        ("send it", None),
        ("sned", None),
        ("", None),
    ],
)
def test_the_first_line_may_be_a_bare_verb(said: str, verb: Verb | None) -> None:
    assert first_verb(said) is verb


# --- whatever anybody writes --------------------------------------------------------------------

PIECES = ["#close", "#tiem", "#tag", "vpn", "#note", "/etc", "/take", "#", "/", "Status:", "Time:"]
PIECES += [
    "20m",
    "Note:",
    "\n",
    "\n\n",
    " ",
    "\u200b",
    "＃",
    "x",
    "#1",
    "•",
    "**",
    "\r\n",
    "\u2028",
]
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)
)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_every_line_is_in_the_commands_or_in_the_rest(said: str) -> None:
    found = read_commands(said)
    written = [line for line in map(visible_line, said.splitlines()) if line]
    rest = [line for line in map(visible_line, found.rest.splitlines()) if line]
    head = written[: len(written) - len(rest)]
    texts = [line.text for line in found.lines if line.text != "…"]

    assert written[len(head) :] == rest
    assert bool(head) == bool(texts)
    shown = "".join("".join(texts).split())
    assert all(len(text) <= LONGEST_TEXT and text.splitlines() == [text] for text in texts)
    if all(len(line) < LONGEST_TEXT for line in head):
        at = 0
        for char in shown:  # nothing is added, and only bullets and the like are taken away
            at = "".join("".join(head).split()).index(char, at) + 1
        assert sum(map(str.isalnum, shown)) >= sum(map(str.isalpha, "".join(head)))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_customers_words_without_fields_stay_as_they_are(said: str) -> None:
    read_customer_command(said)
    fields = read_fields(said)
    if not (fields.priority or fields.category or fields.license):
        assert fields.rest == said


def soon(text: str) -> datetime:
    moment = moment_of(text, NOW, BERLIN)
    assert moment > NOW
    return moment


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_wrong_argument_is_one_short_line(said: str) -> None:
    for parse in (minutes_of, number_of, addresses_of, status_of, tags_of, soon):
        message = problem_of(parse, said)

        assert len(message) < 200
        assert len(message.splitlines()) <= 1


def problem_of(parse: Callable[[str], object], said: str) -> str:
    try:
        parse(said)
    except BadArgumentError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "unit",
    [
        "#",
        "# ",
        "#a ",
        "#a\n",
        "#note #",
        "a: ",
        "\n",
        "/",
        "\u200b",
        "*",
        "ﷺ",
        "x\na:b\n",
        '("',
        "#take ",
        "#tag #",
        "a",
        "x #a",
        "#cc a@b.example, ",
        "Status: ",
        "1. ",
        "#time 1",
    ],
)
def test_the_time_is_linear_in_the_text(unit: str) -> None:
    said = unit * (100_000 // len(unit))
    started = time.process_time()

    found = read_commands(said)
    read_customer_command(said)
    read_fields(said)

    assert len(found.lines) <= 31
    assert time.process_time() - started < 3


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("20m", 20),
        ("90", 90),
        ("1h", 60),
        ("1h30", 90),
        ("1h 30m", 90),
        ("1:30", 90),
        ("0:05", 5),
        ("1.5h", 90),
        ("1,25 h", 75),
        ("20 Min.", 20),
        ("2 Stunden", 120),
        ("1 Stunde und 5 Minuten", 65),
        ("1 hour", 60),
        ("24h", 1440),
    ],
)
def test_a_duration_is_read_in_minutes(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["", "0", "1441", "25h", "x", "-5", "1:75", "1.5h 30m", "9" * 50])
def test_a_wrong_duration_says_what_to_write(text: str) -> None:
    with pytest.raises(BadArgumentError, match="write 20m"):
        minutes_of(text)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2d", "2026-11-29 09:00"),
        ("in 2 Tagen", "2026-11-29 09:00"),
        ("3h", "2026-11-27 14:00"),
        ("45 min", "2026-11-27 11:45"),
        ("2w", "2026-12-11 09:00"),
        ("monday", "2026-11-30 09:00"),
        ("friday", "2026-12-04 09:00"),
        ("next monday", "2026-11-30 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("Montag 8:30", "2026-11-30 08:30"),
        ("bis Freitag", "2026-12-04 09:00"),
        ("tomorrow", "2026-11-28 09:00"),
        ("morgen um 14 Uhr", "2026-11-28 14:00"),
        ("today 18:00", "2026-11-27 18:00"),
        ("14:00", "2026-11-27 14:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00"),
        ("1.12.", "2026-12-01 09:00"),
        ("1.12.2026", "2026-12-01 09:00"),
        ("am 3.12. um 9:15", "2026-12-03 09:15"),
        ("1.11.", "2027-11-01 09:00"),
        ("29.3.2027 2:30", "2027-03-29 02:30"),
    ],
)
def test_a_time_is_meant_where_its_author_is(text: str, local: str) -> None:
    moment = moment_of(text, NOW, BERLIN)

    assert moment.utcoffset() == timedelta(0)
    assert f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("today", "in the past"),
        ("9:00", "in the past"),
        ("2020-01-01", "in the past"),
        ("0001-01-01", "in the past"),
        ("9999-12-31", "not within a year"),
        ("400d", "not within a year"),
        ("999999h", "not within a year"),
        ("31.2.", "no day of the calendar"),
        ("25:00", "no time of a day"),
        ("soon", "no time; write 2d"),
        ("", "no time; write 2d"),
    ],
)
def test_a_wrong_time_says_what_to_write(text: str, problem: str) -> None:
    with pytest.raises(BadArgumentError, match=problem):
        moment_of(text, NOW, BERLIN)


def test_a_time_that_the_clock_leaves_out_is_the_one_after_it() -> None:
    spring = datetime(2027, 3, 27, 12, tzinfo=UTC)

    assert moment_of("28.3. 2:30", spring, BERLIN) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["TICK-1002", "[TICK-1002]", "tick 1002", "#TICK-1002", "#1002", "1002", "１００２"]
)
def test_a_ticket_is_named_in_many_ways(text: str) -> None:
    assert number_of(text, "TICK") == number_of(text) == 1002


@pytest.mark.parametrize("text", ["", "ABC-1", "TICK-0", "0", "1002 and 1003", "TICK-", "T1002"])
def test_what_is_no_ticket_of_ours_says_what_to_write(text: str) -> None:
    with pytest.raises(BadArgumentError, match="TICK-1002"):
        number_of(text, "TICK")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@b.example", [("a@b.example", "")]),
        ("a@b.example, C <c@d.example>", [("a@b.example", ""), ("c@d.example", "C")]),
        ("a@b.example c@d.example", [("a@b.example", ""), ("c@d.example", "")]),
        ("A@b.example; a@B.example", [("A@b.example", "")]),
        ("a@b.example<mailto:a@b.example>", [("a@b.example", "")]),
        ('"x, y" <a@b.example>', [("a@b.example", "x, y")]),
    ],
)
def test_addresses_are_read_each_once(text: str, found: list[tuple[str, str]]) -> None:
    assert addresses_of(text) == tuple(Mailbox(address, name) for address, name in found)


@pytest.mark.parametrize(
    "text", ["", "bob", "a@b.example C <c@d.example>", "a@b@c.example", "a@b.example, x"]
)
def test_wrong_addresses_are_told(text: str) -> None:
    with pytest.raises(BadArgumentError, match="write"):
        addresses_of(text)


def test_more_addresses_than_anybody_needs_are_refused() -> None:
    with pytest.raises(BadArgumentError, match="one to 20"):
        addresses_of(", ".join(f"a{number}@b.example" for number in range(21)))


def test_a_status_has_many_names() -> None:
    names = ["open", "In Progress", "in-progress", "wartet", "Gelöst.", "geloest", "CLOSED"]

    assert [status_of(name) for name in names] == [
        Status.OPEN,
        Status.IN_PROGRESS,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.RESOLVED,
        Status.RESOLVED,
        Status.CLOSED,
    ]


def test_tags_are_words_in_lower_case() -> None:
    assert tags_of("#VPN, printer; vpn hp-laser") == ("vpn", "printer", "hp-laser")
    with pytest.raises(BadArgumentError, match="such as vpn"):
        tags_of("<b>")


# --- customers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "verb", "argument"),
    [
        ("#tickets", CustomerVerb.TICKETS, ""),
        ("#tickets open printer", CustomerVerb.TICKETS, "open printer"),
        ("/Tickets", CustomerVerb.TICKETS, ""),
        ("\n\n# test\n", CustomerVerb.TEST, ""),
        ("#close.", CustomerVerb.CLOSE, ""),
        ("#schließen", CustomerVerb.CLOSE, ""),
        ("#reopen", CustomerVerb.REOPEN, ""),
        ("#raise", CustomerVerb.RAISE, ""),
        ("#notify off", CustomerVerb.NOTIFY, "off"),
        ("#notify: off status", CustomerVerb.NOTIFY, "off status"),
        ("#benachrichtigungen aus", CustomerVerb.NOTIFY, "off"),
        ("#language de", CustomerVerb.LANGUAGE, "de"),
        ("#sprache de-AT", CustomerVerb.LANGUAGE, "de-AT"),
        ("#timezone Europe/Madrid", CustomerVerb.TIME_ZONE, "Europe/Madrid"),
        (
            "#time-zone America/Argentina/Ushuaia",
            CustomerVerb.TIME_ZONE,
            "America/Argentina/Ushuaia",
        ),
        ("#zeitzone UTC", CustomerVerb.TIME_ZONE, "UTC"),
        ("＃ｈｅｌｐ", CustomerVerb.HELP, ""),
        ("#hilfe", CustomerVerb.HELP, ""),
    ],
)
def test_a_customers_command_is_his_first_line(
    said: str, verb: CustomerVerb, argument: str
) -> None:
    assert read_customer_command(said) == CustomerLine(verb, argument)


@pytest.mark.parametrize(
    "said",
    [
        "#1 problem",
        "close",
        "tickets",
        "#closed source",
        "#close my account",
        "#notify",
        "#tag",
        "#notify me",
        "#language",
        "#timezone ../etc",
        "/test/x",
        "Hi\n#close",
        "",
        "> #close",
        "##close",
        "#raise it please",
        "#test the printer",
        "#help I cannot print",
        "Re: #tickets",
    ],
)
def test_anything_else_of_a_customer_is_text(said: str) -> None:
    assert read_customer_command(said) is None


def test_the_words_below_a_customers_command_are_kept() -> None:
    assert read_customer_command("#reopen\n\nIt burns again.\n") == CustomerLine(
        CustomerVerb.REOPEN, rest="It burns again."
    )


@for_each("word", sorted(by_word(CUSTOMER_WORDS)))
def test_no_word_of_customers_is_anothers(word: str) -> None:
    if " " in word:
        return
    needed = {"notify": " off", "language": " de", "time_zone": " UTC"}
    verb = by_word(CUSTOMER_WORDS)[word]
    found = read_customer_command(f"#{word}{needed.get(verb, '')}")

    assert found is not None
    assert found.verb is verb


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("Priority: High\nIt burns.", Fields(priority="High", rest="It burns.")),
        (
            "\nKategorie: Rechnung\n\n*Priorität:* sehr hoch\nIt burns.\n\nAna",
            Fields(priority="sehr hoch", category="Rechnung", rest="It burns.\n\nAna"),
        ),
        ("License: ABC-DEF\nlicence: X", Fields(license="ABC-DEF", rest="licence: X")),
        ("Priority: high", Fields(priority="high")),
        ("It burns.\nPriority: high", Fields(rest="It burns.\nPriority: high")),
        ("Priority:\nx", Fields(rest="Priority:\nx")),
        ("Priority: why is it low?", Fields(rest="Priority: why is it low?")),
        (
            "Priority: we need it fixed today",
            Fields(rest="Priority: we need it fixed today"),
        ),
        ("", Fields()),
    ],
)
def test_a_customer_states_fields_in_his_first_lines(said: str, fields: Fields) -> None:
    assert read_fields(said) == fields


@pytest.mark.parametrize(
    "said",
    [
        *("note\nHe does not pay.", "Note:\nHe does not pay.", "NOTE\n\nHe does not pay."),
        *("[note]\nHe does not pay.", "#\nnote\nHe does not pay.", "**Internal**\nHe pays not."),
        *("@note he does not pay", "!note he does not pay", "internal note\nHe does not pay."),
        *("#tag x\nnote\nHe does not pay.", "Notiz\nEr zahlt nicht.", "%note\nHe does not pay."),
    ],
)
def test_a_note_without_its_mark_is_asked_about(said: str) -> None:
    found = read_commands(said)

    assert found.suspicious or found.problems


@pytest.mark.parametrize(
    "said",
    [
        *("Note that it takes a day.", "Notes are in the manual.", "Please note\nthat it works."),
        *("Internal errors are mended.", "Hello Ana,\nnote\nthis.", "Noted!", "(Note the date.)"),
    ],
)
def test_a_sentence_about_notes_is_a_sentence(said: str) -> None:
    assert read_commands(said).suspicious == ()
