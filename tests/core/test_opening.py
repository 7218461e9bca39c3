"""What a new ticket is: its fields, rules, whose turn it is, duplicates, the promised time."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.core.assignment import Strategy
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.outgoing import Notice
from helpdesk.core.rules import Conditions, Effects, Rule
from helpdesk.core.service_level import preset
from helpdesk.core.ticket import LinkKind, Person, Status, Ticket, TicketNumber
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    NOW,
    World,
    mail,
    message,
    notices_to,
    only,
    rules,
    ticket,
)

H = timedelta(hours=1)
ALL = Conditions()
OFF = ((date(2026, 11, 20), date(2026, 11, 20)),)


def opened(text: str = "It burns.", where: World | None = None, **more: Any) -> Decision:
    decision = (where or World()).decide(mail(message(text=text, **more)))
    assert decision.verdict is Verdict.OPENED
    return decision


def the_ticket(decision: Decision) -> Ticket:
    assert decision.ticket is not None
    return decision.ticket


def by_rule(then: Effects, when: Conditions = ALL, **desk: Any) -> World:
    return World(rules=rules(more={"rules": (Rule("test", when, then),)}, **desk))


# --- fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "priority", "category", "left"),
    [
        ("Priority: High\nIt burns.", "high", "general", "It burns."),
        ("Priorität: dringend\nKategorie: Rechnung\n\nHilfe", "critical", "billing", "Hilfe"),
        ("Category: billing\nPriority: low\nX", "low", "billing", "X"),
        ("It burns.\nPriority: High", "normal", "general", "It burns.\nPriority: High"),
        ("Priority: as soon as you can please\nX", "normal", "general", None),
        ("Priority: High\nPriority: Low\nX", "high", "general", "Priority: Low\nX"),
    ],
)
def test_first_lines_of_a_customer_set_the_fields(
    text: str, priority: str, category: str, left: str | None
) -> None:
    decision = opened(text)

    assert (the_ticket(decision).priority, the_ticket(decision).category) == (priority, category)
    words = next(e.text for e in decision.entries if e.kind == "message")
    assert words == (text if left is None else left)


def test_a_desk_may_take_them_for_text() -> None:
    decision = opened("Priority: High\nX", World(rules=rules(customer_fields=False)))

    assert the_ticket(decision).priority == "normal"


def test_a_word_that_is_none_of_the_desk_s_is_an_event() -> None:
    decision = opened("Priority: gigantic\nX")

    assert the_ticket(decision).priority == "normal"
    assert [e.text for e in decision.entries if e.reason == "stated"] == [
        "The customer stated 'gigantic', which is none here"
    ]


def test_a_license_that_the_customer_states_is_kept_masked() -> None:
    decision = opened("License: abcde-fghij-klmno\nX")

    (found,) = decision.licenses
    assert found.provider == "stated"
    assert "fghij" not in repr(found).lower()


def test_a_license_that_looks_like_no_key_is_an_event_masked() -> None:
    decision = opened("License: FOO-77\nX")

    assert decision.licenses == ()
    assert [e.text for e in decision.entries if e.reason == "stated"] == [
        "The customer stated the license '***-77', which looks like no key"
    ]


# --- rules ----------------------------------------------------------------------------------------


def test_rules_have_the_last_word_and_say_so() -> None:
    then = Effects(priority="critical", category="billing", tags=("vip",), service_level="portal")
    where = by_rule(then, Conditions(words=("invoice",)), levels=(preset("portal"),))

    decision = opened("Priority: low\nMy invoice is wrong.", where)

    found = the_ticket(decision)
    assert (found.priority, found.category, found.tags) == ("critical", "billing", ("vip",))
    assert found.service_level == "portal"
    assert found.due_at == NOW + timedelta(minutes=48)
    assert any(step.step == "rule" for step in decision.evidence)


@pytest.mark.parametrize("name", ["carl", "Carl", "carl@example.test"])
def test_a_rule_gives_a_ticket_to_an_agent(name: str) -> None:
    decision = opened(where=by_rule(Effects(assignee=name)))

    assert the_ticket(decision).assignee == CARL.id
    assert the_ticket(decision).status is Status.OPEN
    assert notices_to(decision, CARL) == [Notice.NEW_TICKET]
    assert notices_to(decision, BOB) == []
    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]


def test_a_rule_that_names_nobody_leaves_the_ticket_to_the_desk_and_says_so() -> None:
    where = by_rule(Effects(assignee="zoe"), assign=Strategy.ROUND_ROBIN)

    decision = opened(where=where)

    assert the_ticket(decision).assignee == BOB.id
    assert any("zoe is no agent here" in e.text for e in decision.entries)


def busy(agent: Person, open_tickets: int, hours_ago: float, **more: Any) -> Person:
    return replace(agent, open_tickets=open_tickets, last_assigned_at=NOW - hours_ago * H, **more)


@pytest.mark.parametrize(
    ("strategy", "who"), [(Strategy.LEAST_LOADED, CARL), (Strategy.ROUND_ROBIN, BOB)]
)
def test_a_team_gets_tickets_as_its_desk_chooses(strategy: Strategy, who: Person) -> None:
    team = frozenset({"billing"})
    agents = (busy(BOB, 9, 5, teams=team), busy(CARL, 1, 1, teams=team))
    where = replace(by_rule(Effects(team="billing"), assign=strategy), agents=agents)

    assert the_ticket(opened(where=where)).assignee == who.id


def test_a_team_that_is_away_leaves_the_ticket_to_the_desk() -> None:
    agents = (BOB, replace(CARL, teams=frozenset({"billing"}), away=OFF))
    where = replace(by_rule(Effects(team="billing"), assign=Strategy.ROUND_ROBIN), agents=agents)

    decision = opened(where=where)

    assert the_ticket(decision).assignee == BOB.id
    assert any(e.reason == "not assigned" for e in decision.entries)


# --- whose turn it is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "agents", "who"),
    [
        (Strategy.NONE, (BOB, CARL), None),
        (Strategy.ROUND_ROBIN, (busy(BOB, 0, 1), busy(CARL, 9, 2)), CARL),
        (Strategy.ROUND_ROBIN, (busy(BOB, 0, 1), CARL), CARL),
        (Strategy.LEAST_LOADED, (busy(BOB, 1, 9), busy(CARL, 0, 1)), CARL),
        (Strategy.ROUND_ROBIN, (busy(BOB, 0, 1), busy(CARL, 9, 2, away=OFF)), BOB),
        (Strategy.ROUND_ROBIN, (replace(BOB, away=OFF), replace(CARL, away=OFF)), None),
        (Strategy.ROUND_ROBIN, (replace(BOB, suppressed=True), CARL), CARL),
        (Strategy.ROUND_ROBIN, (), None),
    ],
)
def test_a_desk_gives_its_new_tickets_away(
    strategy: Strategy, agents: tuple[Person, ...], who: Person | None
) -> None:
    where = World(rules=rules(assign=strategy), agents=agents)

    assert the_ticket(opened(where=where)).assignee == (who.id if who else None)


def test_a_desk_may_give_them_to_a_team_only() -> None:
    agents = (BOB, busy(CARL, 9, 1, teams=frozenset({"first line"})))
    where = World(rules=rules(assign=Strategy.ROUND_ROBIN, team="first line"), agents=agents)

    assert the_ticket(opened(where=where)).assignee == CARL.id


def test_who_is_given_a_ticket_while_away_is_told_with_the_others() -> None:
    where = replace(by_rule(Effects(assignee="carl")), agents=(BOB, replace(CARL, away=OFF)))

    decision = opened(where=where)

    assert the_ticket(decision).assignee == CARL.id
    assert {m.person for m in decision.outbox if m.notice is Notice.NEW_TICKET} == {
        BOB.id,
        CARL.id,
    }


# --- asked before ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "is_found"),
    [
        ({}, True),
        ({"subject": "Re: [TICK-1001] printer ON fire!"}, True),
        ({"subject": "Printer on fire again"}, True),
        ({"subject": "Printer"}, False),
        ({"subject": "Invoice of May"}, False),
        ({"status": Status.WAITING}, True),
        ({"status": Status.RESOLVED}, True),
        ({"status": Status.CLOSED}, False),
        ({"merged_into": TicketNumber(900)}, False),
        ({"created_at": NOW - timedelta(days=30)}, True),
        ({"created_at": NOW - timedelta(days=31)}, False),
        ({"requester": EVE}, False),
    ],
)
def test_a_similar_question_of_the_same_requester_is_noticed(
    earlier: dict[str, Any], *, is_found: bool
) -> None:
    decision = opened(where=World(recent=(ticket(**earlier),)))

    linked = [(link.other, link.kind) for link in decision.links]
    assert linked == ([(1001, LinkKind.DUPLICATE)] if is_found else [])
    told = only((m for m in decision.outbox if m.person == BOB.id), Notice.NEW_TICKET)
    assert [each["tag"] for each in told.variables["duplicates"]] == ["TICK-1001"] * is_found
    assert "TICK-1001" not in str(only(decision.outbox, Notice.CONFIRMATION).variables)


def test_at_most_three_duplicates_are_named() -> None:
    many = tuple(ticket(number) for number in range(1009, 1000, -1))

    assert [link.other for link in opened(where=World(recent=many)).links] == [1009, 1008, 1007]


# --- what is promised -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("It burns.", "2026-11-21T10:00:00+00:00"),
        ("Priority: critical\nX", "2026-11-20T11:00:00+00:00"),
    ],
)
def test_a_confirmation_says_by_when_we_answer(text: str, at: str) -> None:
    ana = replace(ANA, zone="Europe/Madrid")
    where = World(rules=rules(service_level="standard"), people=(ana, BOB, CARL))

    confirmation = only(opened(text, where).outbox, Notice.CONFIRMATION)

    assert confirmation.variables["promised"] == {"at": at, "zone": "Europe/Madrid"}
    actions = {action["name"] for action in confirmation.variables["actions"]}
    assert actions == ({"close"} if "critical" in text else {"close", "raise"})


def test_without_a_service_level_nothing_is_promised() -> None:
    confirmation = only(opened().outbox, Notice.CONFIRMATION)

    assert confirmation.variables["promised"] is None
    assert [action["name"] for action in confirmation.variables["actions"]] == ["close"]


def test_bulk_mail_has_no_clocks_and_no_promise() -> None:
    where = World(rules=rules(service_level="standard"))

    decision = opened("Buy!", where, fields=(("list-unsubscribe", "<mailto:x@y.example>"),))

    assert the_ticket(decision).clocks == ()
    assert the_ticket(decision).due_at is None
    assert notices_to(decision, ANA) == []
