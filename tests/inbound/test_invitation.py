"""Invitations in one line, with the times that they state."""

import random
import time

import pytest

from helpdesk.inbound.invitation import summarize
from helpdesk.inbound.parse import parse

ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:DAYLIGHT\nDTSTART:19810329T020000\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
)


def calendar(*lines: str, method: str = "REQUEST") -> str:
    inside = "\n".join(lines)
    alarm = "BEGIN:VALARM\nSUMMARY:no\nEND:VALARM\n"
    head = f"BEGIN:VCALENDAR\nMETHOD:{method}\n" if method else "BEGIN:VCALENDAR\n"
    return f"{head}{ZONE}BEGIN:VEVENT\n{alarm}{inside}\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("lines", "method", "shown"),
    [
        (
            ["SUMMARY:Weekly\\, short", "DTSTART;TZID=Europe/Berlin:20251006T100000",
             "DTEND;TZID=Europe/Berlin:20251006T113000", "LOCATION:Room 5",
             'ORGANIZER;CN="Ruiz, Ana":mailto:ana@customer.example', "ATTENDEE:mailto:a@b.example",
             "ATTENDEE:mailto:c@b.example", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10"],
            "REQUEST",
            ("Invitation: Weekly, short; 2025-10-06 10:00 to 11:30 (Europe/Berlin); at Room 5; "
            "organized by Ruiz, Ana <ana@customer.example>; 2 invited; "
            "every 2 weeks on Monday, Wednesday, 10 times"),
        ),
        (["SUMMARY:a", "DTSTART:20251006T100000Z", "DTEND:20251007T090000Z"], "",
         "Event: a; 2025-10-06 10:00 to 2025-10-07 09:00 UTC"),
        (["SUMMARY:a", "DTSTART;VALUE=DATE:20251006", "DTEND;VALUE=DATE:20251007"], "PUBLISH",
         "Event: a; 2025-10-06"),
        (["SUMMARY:a", "DTSTART;VALUE=DATE:20251006", "DTEND;VALUE=DATE:20251101"], "CANCEL",
         "Cancelled event: a; 2025-10-06 to 2025-10-31"),
        (["SUMMARY:a", "DTSTART;TZID=A:20251006T100000", "DTEND;TZID=B:20251006T110000"], "",
         "Event: a; 2025-10-06 10:00 (A) to 2025-10-06 11:00 (B)"),
        (["SUMMARY:a", "DTSTART:20251006T100000", "DURATION:PT1H30M"], "",
         "Event: a; 2025-10-06 10:00 for 1 hour 30 minutes"),
        (["SUMMARY:a", "ATTENDEE;PARTSTAT=DECLINED;CN=Bo:MAILTO:b@b.example"], "REPLY",
         "Declined by Bo <b@b.example>: a"),
        (["SUMMARY:long", "  folded\n  again"], "", "Event: long folded again"),
        (["SUMMARY:folded\n  line\r\n\tagain"], "", "Event: folded lineagain"),
        (["SUMMARY:one\\ntwo \\\\ three"], "", "Event: one two \\ three"),
        (["RRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261231T000000Z"], "",
         "Event; every month on certain days, until 2026-12-31"),
        (["DTSTART:nonsense", "RRULE:nonsense", "DURATION:P"], "", "Event; repeats"),
    ],
)  # fmt: skip
def test_an_invitation_is_told_in_one_line(lines: list[str], method: str, shown: str) -> None:
    assert summarize(calendar(*lines, method=method)) == shown


@pytest.mark.parametrize("text", ["", "nonsense", "BEGIN:VCALENDAR\nEND:VCALENDAR", "END:VEVENT"])
def test_what_is_no_calendar_has_no_summary(text: str) -> None:
    assert summarize(text) == ""


def test_the_summary_stands_for_the_text_where_there_is_none() -> None:
    part = f"Content-Type: text/calendar; method=REQUEST\n\n{calendar('SUMMARY:Call')}"
    alone = parse(part.encode())
    head = "Content-Type: multipart/mixed; boundary=b\n\n"
    beside = parse(f"{head}--b\n\nwords\n--b\n{part}\n--b--\n".encode())

    assert alone.words.text == "Invitation: Call"
    assert beside.words.text == "words"
    for message in (alone, beside):
        (file,) = message.attachments
        assert (file.filename, file.summary) == ("attachment.ics", "Invitation: Call")


def test_a_calendar_file_of_another_type_has_a_summary_as_well() -> None:
    head = "Content-Type: application/octet-stream; name=x.ics\n\n"

    assert parse((head + calendar("SUMMARY:Call")).encode()).attachments[0].summary


@pytest.mark.parametrize(
    "text",
    ["BEGIN:VEVENT\n" * 100_000, calendar("SUMMARY" + ";A=b" * 50_000 + ":x"),
     calendar("SUMMARY:" + "\\n" * 100_000), calendar("A:b\n " * 60_000),
     calendar("RRULE:FREQ=WEEKLY;BYDAY=" + "MO," * 60_000), calendar('SUMMARY;X="' + "a" * 10**5)],
)  # fmt: skip
def test_a_hostile_calendar_costs_nothing(text: str) -> None:
    started = time.process_time()
    shown = summarize(text)

    assert len(shown) < 2_000
    assert time.process_time() - started < 1


def test_whatever_a_calendar_says_it_is_one_line() -> None:
    whole = calendar("SUMMARY:a", "DTSTART:20251006T100000Z", "DTEND:20251007", "RRULE:FREQ=DAILY")
    chance = random.Random(3)
    for _ in range(1_000):
        text = list(whole)
        for _ in range(5):
            text[chance.randrange(len(text))] = chance.choice('\n:;=\\"0T9Z\0é')
        assert "\n" not in summarize("".join(text))


def test_a_calendar_with_control_characters_has_a_clean_summary() -> None:
    text = calendar("SUMMARY:Call\x00s", "DTSTART;TZID=Europe\x00\x07/Berlin:20251006T100000")
    raw = f"Content-Type: text/calendar; method=REQUEST\n\n{text}".encode()

    (file,) = parse(raw).attachments

    assert file.summary.startswith("Invitation: Calls; 2025-10-06 10:00")
    assert file.summary.isprintable()
