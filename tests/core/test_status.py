"""What changes the status of a ticket: every cell, and the mail, act or time that leads to it."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision
from helpdesk.core.mail import DeliveryReport, ReportedRecipient
from helpdesk.core.reply_address import reverse_path
from helpdesk.core.status import SETTING, TRANSITIONS, Trigger, next_status, takes_mail
from helpdesk.core.ticket import Participant, Role, Status
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    EVE,
    NOW,
    POLICY,
    RULES,
    World,
    conversation,
    entry,
    mail,
    message,
    sent,
    ticket,
    token_address,
)
from tests.folded import for_each

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "tickets.md"
LETTERS = dict(zip("OPWRC", Status, strict=True))
NAMES = {status.value.replace("_", " "): letter for letter, status in LETTERS.items()}
STAYS = "OPWRC"

# From open, in progress, waiting, resolved, closed.
TABLE: Mapping[str, str] = {
    "requester_wrote": "OPOOO",
    "participant_wrote": "OPORC",
    "requester_thanked": STAYS,
    "requester_confirmed": "CCCCC",
    "requester_reopened": "OPOOO",
    "agent_took": "PPWRC",
    "agent_assigned": STAYS,
    "agent_answered": "WWWRC",
    "note_added": STAYS,
    "agent_opened": "OOOOO",
    "agent_started": "PPPPP",
    "agent_waits": "WWWWW",
    "agent_resolved": "RRRRR",
    "agent_closed": "CCCCC",
    "agent_reopened": "OPOOO",
    "merged": "CCCCC",
    "reminded": STAYS,
    "auto_closed": "OPWCC",
    "automatic_reply": STAYS,
    "delivery_report": STAYS,
}


def test_the_table_has_a_row_for_every_trigger() -> None:
    assert set(TABLE) == {trigger.value for trigger in Trigger} == set(TRANSITIONS)


@for_each("trigger", Trigger)
@for_each("place", range(5))
def test_every_cell_is_as_it_was_meant(trigger: Trigger, place: int) -> None:
    before = tuple(Status)[place]

    assert next_status(before, trigger) is LETTERS[TABLE[trigger][place]]


@pytest.mark.parametrize("status", Status)
def test_an_agent_can_set_every_status_from_every_other(status: Status) -> None:
    assert {next_status(before, SETTING[status]) for before in Status} == {status}


def documented() -> dict[str, tuple[str, str]]:
    """What the table of the document says, in letters, and why."""
    rows = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found = re.fullmatch(r"`(\w+)`", cells[0])
        if found and found[1] in TABLE:
            statuses = [
                letter if cell == "·" else NAMES[cell]
                for letter, cell in zip(STAYS, cells[1:6], strict=True)
            ]
            rows[found[1]] = "".join(statuses), cells[6]
    return rows


def test_the_document_has_the_same_table_with_a_reason_for_each_row() -> None:
    rows = documented()

    assert {name: letters for name, (letters, _) in rows.items()} == TABLE
    assert all(len(why) > 10 for _, why in rows.values())


# --- from mails, acts and time -------------------------------------------------------------------

CUSTOMER = sent(501)
AGENT = sent(601, Purpose.ANSWER, BOB)
ELSEWHERE = conversation(ticket(1002), tail=(entry(9, ticket=1002),))


def world(status: Status, since: timedelta = timedelta(days=1)) -> World:
    closed_at = NOW - since if status is Status.CLOSED else None
    of = ticket(status=status, status_since=NOW - since, closed_at=closed_at)
    talk = conversation(of, Participant(EVE, Role.COPIED))
    return World(conversations=(talk, ELSEWHERE), sent=(CUSTOMER, AGENT))


def customer(text: str, purpose: Purpose = Purpose.CUSTOMER) -> Callable[[Status], Decision]:
    def wrote(status: Status) -> Decision:
        return world(status).decide(
            mail(message(text=text), token_address(CUSTOMER, purpose)), now=NOW
        )

    return wrote


def agent(text: str) -> Callable[[Status], Decision]:
    def wrote(status: Status) -> Decision:
        said = message(BOB.address, "Re: Printer on fire [TICK-1001]", text)
        return world(status).decide(mail(said, token_address(AGENT)))

    return wrote


def command(verb: Verb, argument: str = "") -> Callable[[Status], Decision]:
    return lambda status: world(status).act(verb, argument)[0]


def after(**since: float) -> Callable[[Status], Decision | None]:
    return lambda status: world(status, timedelta(**since)).tick()


def participant_writes(status: Status) -> Decision:
    return world(status).decide(mail(message(EVE.address, "Re: [TICK-1001]", "Me, too.")))


def out_of_office(status: Status) -> Decision:
    automatic = message(text="I am away", fields=(("auto-submitted", "auto-replied"),))
    return world(status).decide(mail(automatic, token_address(CUSTOMER)))


def delivery_report(status: Status) -> Decision:
    report = DeliveryReport((ReportedRecipient(ANA.address, "5.1.1", "failed"),))
    address = reverse_path(POLICY, RULES.keyring, POLICY.desk("support"), CUSTOMER.id)
    told = message("mailer-daemon@customer.example", "Undelivered", report=report)
    return world(status).decide(mail(told, address, reverse_path=""))


SITUATIONS: Mapping[str, tuple[Callable[[Status], Decision | None], str]] = {
    "the requester writes": (customer("It burns again."), "OPOOO"),
    "somebody who was copied writes": (participant_writes, "OPORC"),
    "the requester says thanks": (customer("Thank you very much!"), STAYS),
    "the requester says that it can be closed": (customer("You can close the ticket."), "CCCCC"),
    "the requester commands close": (customer("#close"), "CCCCC"),
    "the requester clicks close": (customer("#close", Purpose.CLOSE), "CCCCC"),
    "the requester commands reopen": (customer("#reopen"), "OPOOO"),
    "the requester clicks reopen": (customer("#reopen", Purpose.REOPEN), "OPOOO"),
    "the requester clicks raise": (customer("#raise", Purpose.RAISE), STAYS),
    "the requester raises with words": (customer("#raise\nIt burns."), "OPOOO"),
    "a vacation notice of the requester comes": (out_of_office, STAYS),
    "a delivery report comes": (delivery_report, STAYS),
    "an agent answers": (agent("Use water."), "WWWRC"),
    "an agent answers and resolves": (agent("#resolve\nUse water."), "RRRRR"),
    "an agent answers and takes": (agent("#take\nUse water."), "WWWRC"),
    "an agent notes": (agent("#note\nHe is angry."), STAYS),
    "an agent takes": (agent("#take"), "PPWRC"),
    "an agent assigns": (agent("#assign carl"), STAYS),
    "an agent sets open": (agent("#status open"), "OOOOO"),
    "an agent sets in progress": (agent("#status in progress"), "PPPPP"),
    "an agent sets waiting": (agent("#waiting"), "WWWWW"),
    "an agent resolves": (agent("#resolve"), "RRRRR"),
    "an agent closes": (agent("#close"), "CCCCC"),
    "an agent reopens": (agent("#reopen"), "OPOOO"),
    "an agent's other commands come": (agent("#tag vpn\n#time 5m\n#priority high"), STAYS),
    "take at the command line": (command(Verb.TAKE), "PPWRC"),
    "assign at the command line": (command(Verb.ASSIGN, "carl"), STAYS),
    "a note at the command line": (command(Verb.NOTE, "He is angry."), STAYS),
    "status at the command line": (command(Verb.STATUS, "waiting"), "WWWWW"),
    "resolve at the command line": (command(Verb.RESOLVE), "RRRRR"),
    "close at the command line": (command(Verb.CLOSE), "CCCCC"),
    "reopen at the command line": (command(Verb.REOPEN, "it burns again"), "OPOOO"),
    "an hour passes": (after(hours=1), STAYS),
    "the time of the reminder comes": (after(hours=49), STAYS),
    "the time before the close comes": (after(days=5, hours=1), STAYS),
    "the time of the close comes": (after(days=7, hours=1), "OPWCC"),
    "a year passes without us": (after(days=365), "OPWCC"),
}


@for_each("situation", SITUATIONS)
@for_each("place", range(5))
def test_what_happens_moves_the_status_as_the_table_says(situation: str, place: int) -> None:
    happens, letters = SITUATIONS[situation]
    before = tuple(Status)[place]

    decision = happens(before)

    now = before if decision is None or decision.ticket is None else decision.ticket.status
    assert now is LETTERS[letters[place]]
    changes = [e for e in decision.entries if e.text.startswith("Status: ")] if decision else []
    assert bool(changes) is (now is not before) or situation == "an agent answers and takes"


@pytest.mark.parametrize("before", Status)
def test_a_merged_ticket_is_closed_whatever_it_was(before: Status) -> None:
    decision = agent("#merge TICK-1002")(before)

    (source,) = decision.others
    assert (source.number, source.status, source.merged_into) == (1001, Status.CLOSED, 1002)


@pytest.mark.parametrize(
    ("ago", "belongs"), [(timedelta(days=30), True), (timedelta(days=30, seconds=1), False)]
)
def test_a_closed_ticket_takes_mail_for_thirty_days(ago: timedelta, *, belongs: bool) -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW - ago)

    assert takes_mail(closed, NOW, timedelta(days=30)) is belongs
