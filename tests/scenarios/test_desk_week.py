"""Two weeks at the desk of a license vendor over Christmas: 200 tickets, two agents, holidays,
missed targets, escalations, reminders, tickets that close by themselves and are reopened.
"""

import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, Table, select

from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.core.ticket import Status
from helpdesk.store.check import check
from helpdesk.store.engine import reading
from helpdesk.store.tables import ENTRIES, OUTBOX, TICKETS
from tests.databases import ONLY_SQLITE
from tests.fakes import FakeClock
from tests.reading import build_reading_here
from tests.scenarios.simulation import EDGE, STEP, Simulation, html_of, tag_of, text_of

pytestmark = ONLY_SQLITE

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 12, 21, 7, 0, tzinfo=UTC)
"""Of the week with Christmas; the 25th (Friday) is a holiday, as is the 1st of January."""
END = MONDAY + timedelta(days=21)
WHOLE = 200
TICKETS_OPENED = int(os.environ.get("HELPDESK_WEEK_TICKETS", "15"))
"""`make week` opens all of them, which takes minutes."""
SECRET = "the discount is secret"
CONFIG = f"""
[[desks]]
address = "support@example.test"
display_name = "Example Support"
service_level = "portal"
time_zone = "Europe/Berlin"
assign = "round_robin"
leads = ["lea@example.test"]

[[agents]]
name = "Anton Bauer"
addresses = ["anton@example.test"]
teams = ["billing"]

[[agents]]
name = "Lea Lang"
addresses = ["lea@example.test"]
language = "de"
away = ["2026-12-28/2026-12-29"]

[[calendars]]
name = "business"
time_zone = "Europe/Berlin"
business = "9:00-18:00"
holidays = "DE-BY"

[[rules]]
name = "Invoices"
when.words = ["invoice", "Rechnung"]
then.category = "billing"
then.tags = ["invoice"]
then.team = "billing"

[[rules]]
name = "Big customer"
when.senders = ["@bigcorp.example"]
then.priority = "high"

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[budget]
per_hour = 20
per_day = 60
per_ticket_and_day = 20

[reader]
workers = 1
"""
NAMES = ("Ana Ruiz", "Jörg Weiß", "Li Wei", "Zoë O'Neil", "Tomáš Dvořák")
SUBJECTS = (
    *("Cannot activate", "Crash at start", "Invoice missing", "License lost", "Export is empty"),
    *("Update fails", "Printing is slow", "Rechnung falsch", "Question about plans", "Login loop"),
)


@dataclass
class Week:
    """Everybody's habits, from one random number generator."""

    simulation: Simulation
    random: random.Random
    handled: Counter[str] = field(default_factory=Counter)
    questions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def hours(self, least: float, most: float) -> timedelta:
        return timedelta(hours=self.random.uniform(least, most))

    # --- customers ------------------------------------------------------------------------------

    def open_tickets(self) -> None:
        for number in range(TICKETS_OPENED):
            who = number % 60
            domain = "bigcorp" if number % 20 == 0 else "customer"
            customer = f"{NAMES[who % len(NAMES)]} {who} <c{who}@{domain}.example>"
            moment = MONDAY + timedelta(days=5) * self.random.random() ** 0.8
            subject = self.random.choice(SUBJECTS)
            first = self.random.choice(
                ("", "", "Priority: high\n", "Priority: Urgent\n", "Priority: low\n")
            )
            body = f"{first}Hello,\nthis is request {number}: {subject.lower()}. Please help.\n"
            self.simulation.at(moment, partial(self._write, customer, f"{subject} {number}", body))
        for number in range(0, 60, 4):
            ask = partial(self._write, f"c{number}@customer.example", "Sprache", "#language de\n")
            self.simulation.at(MONDAY - timedelta(minutes=30), ask)

    async def _write(self, author: str, subject: str, body: str) -> None:
        self.simulation.send(author, "support@example.test", subject, body)

    def got(self, recipient: str, mail: EmailMessage) -> None:
        if recipient.endswith("@example.test"):
            self._agent_got(recipient, mail)
        else:
            self._customer_got(recipient, mail)

    def _customer_got(self, customer: str, mail: EmailMessage) -> None:
        kind = self._kind(mail)
        plans = {
            "answer": self._after_answer,
            "reminder": self._after_reminder,
            "resolved": self._after_resolved,
            "closed": self._after_closed,
            "confirmation": self._after_confirmation,
        }
        plan = plans.get(kind)
        if plan is not None:
            plan(customer, mail)

    def _kind(self, mail: EmailMessage) -> str:
        return self.simulation.notice_of(mail).value

    def _later(self, delay: timedelta, customer: str, mail: EmailMessage, words: str) -> None:
        async def reply() -> None:
            self.simulation.reply(customer, mail, words)

        self.simulation.after(delay, reply)

    def _click_later(self, delay: timedelta, customer: str, mail: EmailMessage, name: str) -> None:
        async def click() -> None:
            self.handled[f"click {name}"] += self.simulation.click(customer, mail, name)

        self.simulation.after(delay, click)

    def _after_confirmation(self, customer: str, mail: EmailMessage) -> None:
        if self.chance(0.05):
            self._click_later(self.hours(0.5, 2), customer, mail, "raise")
        elif self.chance(0.15):
            self._later(self.hours(5, 30), customer, mail, "Is anybody there? We wait.")

    def _after_answer(self, customer: str, mail: EmailMessage) -> None:
        drawn = self.random.random()
        if drawn < 0.35:
            self.questions[tag_of(mail)] += 1
            if self.questions[tag_of(mail)] < 4:
                self._later(
                    self.hours(0.2, 20), customer, mail, "It still does not work: error 17."
                )
        elif drawn < 0.5:
            self._later(self.hours(0.2, 20), customer, mail, "Thank you, that helped!")
        elif drawn < 0.6:
            self._later(self.hours(0.2, 20), customer, mail, "Thanks, you can close the ticket.")
        elif drawn < 0.7:
            self._click_later(self.hours(0.2, 30), customer, mail, "close")
        elif drawn < 0.73:
            self._away(customer, mail)

    def _away(self, customer: str, mail: EmailMessage) -> None:
        async def answer() -> None:
            message = self.simulation.write(
                customer,
                str(mail["Reply-To"]).rpartition("<")[2].strip(">"),
                f"Automatic reply: {mail['Subject']}",
                "I am out of office.",
                Auto_Submitted="auto-replied",
                In_Reply_To=str(mail["Message-ID"]),
            )
            self.simulation.hand_in(message, str(message["To"]))

        self.simulation.after(timedelta(minutes=1), answer)

    def _after_reminder(self, customer: str, mail: EmailMessage) -> None:
        if self.chance(0.4):
            self._later(
                self.hours(1, 20), customer, mail, "Sorry for the delay. Version 2.4, on Linux."
            )
        elif self.chance(0.5):
            self._click_later(self.hours(1, 20), customer, mail, "close")

    def _after_resolved(self, customer: str, mail: EmailMessage) -> None:
        if self.chance(0.12):
            self._later(self.hours(1, 60), customer, mail, "No, the error is back since today.")
        elif self.chance(0.08):
            self._click_later(self.hours(1, 60), customer, mail, "reopen")
        elif self.chance(0.2):
            self._later(self.hours(1, 20), customer, mail, "Danke!")

    def _after_closed(self, customer: str, mail: EmailMessage) -> None:
        if self.chance(0.1):
            self._later(
                self.hours(10, 90), customer, mail, "It happens again, please look once more."
            )
        elif self.chance(0.15):
            self._click_later(self.hours(10, 90), customer, mail, "reopen")

    # --- agents ---------------------------------------------------------------------------------

    def _agent_got(self, agent: str, mail: EmailMessage) -> None:
        kind = self._kind(mail)
        if kind in ("new_ticket", "customer_replied", "assigned"):
            slow = 0.12 if kind == "new_ticket" else 0.06
            delay = self.hours(20, 40) if self.chance(slow) else self.hours(0.1, 3)
            self.simulation.at(self._at_work(delay), partial(self._answer, agent, mail))
        elif kind in ("target_warning", "target_missed") and self.chance(0.6):
            self.simulation.at(
                self._at_work(self.hours(0.1, 0.6)), partial(self._answer, agent, mail)
            )
        elif kind == "customer_acted" and "reopened" in text_of(mail) and self.chance(0.9):
            self.simulation.at(
                self._at_work(self.hours(0.2, 3)), partial(self._answer, agent, mail)
            )
        elif kind in ("answer_parked", "was_this_you"):
            self.simulation.at(
                self._at_work(self.hours(0, 0.2)), partial(self._say, agent, mail, "#send")
            )
        elif kind == "note_added" and self.chance(0.5):
            self.simulation.at(
                self._at_work(self.hours(0, 1)), partial(self._say, agent, mail, "Understood.")
            )

    def _at_work(self, delay: timedelta) -> datetime:
        """When somebody is there who works from 9 to 17 on days that are no holidays."""
        moment = (self.simulation.now + delay).astimezone(BERLIN)
        while True:
            is_free = moment.weekday() > 4 or (moment.month, moment.day) in {(12, 25), (1, 1)}
            if is_free or moment.hour >= 17:
                day = moment.date() + timedelta(days=1)
                moment = datetime.combine(day, time(9, self.random.randrange(60)), BERLIN)
            elif moment.hour < 9:
                moment = moment.replace(hour=9, minute=self.random.randrange(60))
            else:
                return moment.astimezone(UTC)

    async def _say(self, agent: str, mail: EmailMessage, words: str) -> None:
        self.simulation.reply(agent, mail, words)

    async def _answer(self, agent: str, mail: EmailMessage) -> None:
        tag = tag_of(mail)
        self.handled[tag] += 1
        drawn = self.random.random()
        if drawn < 0.45:
            words = f"Please install version 2.{self.random.randrange(9)}. Does that help?"
        elif drawn < 0.8:
            words = "#resolve #time 20m\n\nThat was a mistake of ours; it is mended in version 2.5."
        elif drawn < 0.86:
            words = f"#note\n{SECRET}, do not tell {tag}."
        elif drawn < 0.92:
            words = "#priority high\n#tag vpn\n#assign Anton\n#nonsense\n"
        elif drawn < 0.96:
            words = "#status in progress\n"
        else:
            words = "#close\n"
        self.simulation.reply(agent, mail, words)
        if drawn >= 0.8 and drawn < 0.96:
            self.simulation.at(
                self._at_work(self.hours(0.5, 4)), partial(self._finish, agent, mail)
            )

    async def _finish(self, agent: str, mail: EmailMessage) -> None:
        self.simulation.reply(agent, mail, "#resolve\nWe found it: the server was down.")


@pytest.fixture
async def week(tmp_path: Path, store: str) -> AsyncIterator[Week]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings, new_keys=True)
    gateway = build_reading_here(settings)
    simulation = Simulation(gateway, FakeClock(MONDAY - timedelta(hours=1)))
    yield Week(simulation, random.Random(7))
    report = await check(gateway.engine, settings.store.objects)
    assert report.violations == ()
    await gateway.close()


async def rows(week: Week, table: Table) -> list[Row[Any]]:
    async with reading(week.simulation.gateway.engine) as connection:
        statement = select(table).order_by(*table.primary_key.columns)
        return list((await connection.execute(statement)).all())


def by_ticket(found: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in found:
        grouped[row.ticket].append(row)
    return grouped


async def test_two_weeks_at_the_desk(week: Week) -> None:
    simulation = week.simulation
    simulation.on_mail = week.got
    week.open_tickets()

    await simulation.run_until(END)

    dump(week)
    tickets = {row.number: row for row in await rows(week, TICKETS)}
    entries = by_ticket(await rows(week, ENTRIES))
    mails = by_ticket(row for row in await rows(week, OUTBOX) if row.ticket is not None)
    assert len(tickets) >= TICKETS_OPENED
    nothing_internal_went_out(week)
    everybody_reads_his_language(week)
    for number, ticket in tickets.items():
        status_is_what_its_events_say(ticket, entries[number])
        closes_only_as_promised(entries[number], mails[number])
        is_reminded_after_48_hours(entries[number], mails[number])
        is_missed_in_working_time_only(entries[number])
        is_raised_once_for_each_missed_target(entries[number])
        is_given_to_somebody_who_is_there(entries[number])
    if TICKETS_OPENED >= WHOLE:
        everything_happened(mails, entries)


def nothing_internal_went_out(week: Week) -> None:
    for recipient, mails in week.simulation.post.boxes.items():
        if not recipient.endswith("@example.test"):
            for mail in mails:
                assert SECRET not in text_of(mail) + html_of(mail)
                assert "#note" not in text_of(mail)


def everybody_reads_his_language(week: Week) -> None:
    for recipient, mails in week.simulation.post.boxes.items():
        number = re.fullmatch(r"c(\d+)@customer\.example", recipient)
        for mail in mails:
            is_letter = week.simulation.notice_of(mail).value in {
                "confirmation",
                "reminder",
                "closed",
            }
            if number and is_letter:
                hello = "Guten Tag" if int(number[1]) % 4 == 0 else "Hello"
                assert text_of(mail).startswith(hello)


def status_is_what_its_events_say(ticket: Row[Any], entries: Sequence[Row[Any]]) -> None:
    status = Status.OPEN.value
    for entry in entries:
        change = re.match(r"Status: (\w+) → (\w+)", entry.text) if entry.kind == "event" else None
        if change:
            assert change[1] == status
            status = change[2]
    assert ticket.status == status


def closes_only_as_promised(entries: Sequence[Row[Any]], mails: Sequence[Row[Any]]) -> None:
    resolved_at: datetime | None = None
    for entry in entries:
        if "→ resolved" in entry.text:
            resolved_at = entry.at
        if entry.reason == "auto_closed":
            assert resolved_at is not None
            assert timedelta(days=7) <= entry.at - resolved_at <= timedelta(days=7) + STEP
            told = [m.created_at for m in mails if m.notice == "close_ahead"]
            assert any(resolved_at + timedelta(days=5) <= at < entry.at for at in told)


def is_reminded_after_48_hours(entries: Sequence[Row[Any]], mails: Sequence[Row[Any]]) -> None:
    for mail in mails:
        if mail.notice == "reminder":
            changes = [e.at for e in entries if "→ waiting" in e.text and e.at < mail.created_at]
            waited = mail.created_at - max(changes)
            assert timedelta(hours=48) <= waited <= timedelta(hours=48) + STEP


def is_missed_in_working_time_only(entries: Sequence[Row[Any]]) -> None:
    """What is promised in business hours is not due at night, at a weekend, or on a holiday."""
    priority = "normal"
    for entry in entries:
        change = re.match(r"Priority: (\w+) → (\w+)", entry.text)
        priority = change[2] if change else priority
        due = re.search(r"was missed: (\S+ \S+) UTC", entry.text)
        if due and entry.reason == "target_missed" and priority in ("high", "low"):
            moment = datetime.fromisoformat(f"{due[1]}+00:00").astimezone(BERLIN)
            assert moment.weekday() < 5
            assert (moment.month, moment.day) not in {(12, 25), (1, 1), (1, 6)}
            assert time(9) <= moment.time() <= time(18)


def is_raised_once_for_each_missed_target(entries: Sequence[Row[Any]]) -> None:
    raised = [e for e in entries if "wrote after a missed target" in e.text]
    asked = [e for e in entries if "the customer asked for it" in e.text]
    answers = sum(e.kind == "answer" for e in entries)
    assert len(raised) + len(asked) <= answers + 1


def is_given_to_somebody_who_is_there(entries: Sequence[Row[Any]]) -> None:
    for entry in entries:
        if "round robin" in entry.text and "Lea" in entry.text:
            assert (entry.at.month, entry.at.day) not in {(12, 28), (12, 29)}


def everything_happened(
    mails: Mapping[int, Sequence[Row[Any]]], entries: Mapping[int, Sequence[Row[Any]]]
) -> None:
    """A week in which one of these is missing shows less than it says."""
    sent = Counter(mail.notice for each in mails.values() for mail in each)
    for notice in (
        *("confirmation", "answer", "closed", "close_ahead", "reminder", "reopened"),
        *("ticket_assigned", "status_changed", "receipt", "answer_parked", "new_ticket"),
        *("customer_replied", "customer_acted", "target_warning", "target_missed", "note_added"),
    ):
        assert sent[notice], notice
    happened = Counter(entry.reason for each in entries.values() for entry in each)
    for reason in (
        *("auto_closed", "requester_confirmed", "requester_wrote", "requester_reopened"),
        *("time booked", "tagged", "possible duplicate", "automatic_reply", "asked again"),
    ):
        assert happened[reason], reason
    texts = " ".join(entry.text for each in entries.values() for entry in each)
    assert "wrote after a missed target" in texts
    assert "closed → open" in texts
    assert "resolved → open" in texts


def dump(week: Week) -> None:
    """For people who want to read what was sent: HELPDESK_WEEK_MAILS names a folder."""
    folder = os.environ.get("HELPDESK_WEEK_MAILS")
    if not folder:
        return
    for recipient, mails in week.simulation.post.boxes.items():
        for number, mail in enumerate(mails):
            kind = week.simulation.notice_of(mail).value
            name = f"{kind}-{recipient.replace('@', '_')}-{number}"
            Path(folder).mkdir(parents=True, exist_ok=True)
            head = "\n".join(
                f"{k}: {mail[k]}" for k in ("From", "To", "Subject", "Date", "Reply-To")
            )
            (Path(folder) / f"{name}.txt").write_text(f"{head}\n\n{text_of(mail)}")
            (Path(folder) / f"{name}.html").write_text(html_of(mail))
