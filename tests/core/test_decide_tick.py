"""What the time does to a ticket, also when it was not looked at for long."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.calendar import around_the_clock
from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.outgoing import Notice
from helpdesk.core.service_level import Amount, ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import (
    EntryKind,
    Participant,
    Person,
    Role,
    Status,
    Ticket,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    CARL,
    NOW,
    World,
    conversation,
    entry,
    mail,
    message,
    notices_to,
    only,
    rules,
    sent,
    ticket,
    token_address,
)

H, DAY = timedelta(hours=1), timedelta(days=1)
ANSWER = entry(2, BOB, "Which printer?", kind=EntryKind.ANSWER, version=2)


def world(rules_: Any = None, *, requester: Person = ANA, **of: Any) -> World:
    talk = conversation(
        ticket(**{"status_since": NOW, **of}),
        tail=(entry(), ANSWER),
        participants=(Participant(requester, Role.REQUESTER),),
    )
    return World(conversations=(talk,), rules=rules_ or rules())


def test_a_target_that_is_longer_by_now_is_not_missed_at_its_old_time() -> None:
    where = opened()
    two_days = Target(Amount(minutes=48 * 60), around_the_clock())
    level = ServiceLevel("standard", {(kind, "normal"): two_days for kind in ClockKind})
    where.rules = rules(levels=(level,), service_level="standard")

    decision = where.tick(NOW + 25 * H)

    assert decision is not None
    assert decision.outbox == ()
    assert decision.ticket is not None
    assert decision.ticket.due_at == NOW + 48 * H * 0.8


def test_the_tickets_of_a_desk_that_is_gone_are_those_of_the_first_desk() -> None:
    where = world(desk="gone", status=Status.OPEN, snoozed_until=NOW)

    woken = where.tick()
    _, taken = where.act(Verb.ASSIGN, "Carl")

    assert woken is not None
    assert [mail.person for mail in woken.outbox] == [BOB.id, CARL.id]
    assert taken.outcome == "done"


def opened(level: str = "standard", **of: Any) -> World:
    """A ticket that a mail opened at NOW, with its clocks and due time."""
    where = World(rules=rules(service_level=level, leads=(CARL.address,)))
    first = where.decide(mail(message()))
    assert first.ticket is not None
    kept = replace(first.ticket, number=TicketNumber(1001), **of)
    return replace(where, conversations=(conversation(kept),))


def after(where: World, decision: Decision | None) -> World:
    assert decision is not None
    assert decision.ticket is not None
    talk = where.conversations[0]
    talk = replace(talk, ticket=decision.ticket, tail=(*talk.tail, *decision.entries))
    return replace(where, conversations=(talk,))


def state(where: World) -> Ticket:
    return where.conversations[0].ticket


def lived(where: World, *times: datetime) -> list[tuple[float, int | None, str]]:
    """All that was sent, with the hours since NOW."""
    told: list[tuple[float, int | None, str]] = []
    for now in times:
        decision = where.tick(now)
        if decision is not None:
            where = after(where, decision)
            hours = (now - NOW) / H
            told += [(hours, m.person, m.notice.value) for m in decision.outbox]
    return told


# --- reminders and closing ------------------------------------------------------------------------

EVERY_HOUR = [NOW + n * H for n in range(1, 24 * 30)]


def test_a_customer_who_does_not_answer_is_reminded_once_and_the_ticket_waits_on() -> None:
    where = world(status=Status.WAITING)

    assert lived(where, *EVERY_HOUR) == [(48, ANA.id, "reminder")]


def test_the_reminder_repeats_our_question_and_offers_to_close() -> None:
    decision = world(status=Status.WAITING).tick(NOW + 48 * H)

    assert decision is not None
    reminder = only(decision.outbox, Notice.REMINDER)
    assert reminder.variables["text"] == "Which printer?"
    assert [action["name"] for action in reminder.variables["actions"]] == ["close"]
    assert reminder.purpose is Purpose.CUSTOMER
    assert decision.verdict is Verdict.RECORDED
    assert [e.reason for e in decision.entries] == ["reminder"]


def test_a_new_turn_of_the_customer_is_reminded_anew() -> None:
    where = after(world(status=Status.WAITING), world(status=Status.WAITING).tick(NOW + 48 * H))
    for status in ("open", "waiting"):
        decision, _ = where.act(Verb.STATUS, status, now=NOW + 50 * H)
        where = after(where, decision)

    assert lived(where, NOW + 97 * H, NOW + 98 * H) == [(98, ANA.id, "reminder")]


def test_a_resolved_ticket_is_announced_to_close_and_closes() -> None:
    where = world(status=Status.RESOLVED)

    assert lived(where, *EVERY_HOUR) == [
        (5 * 24, ANA.id, "close_ahead"),
        (7 * 24, ANA.id, "closed"),
    ]


def test_a_closed_ticket_says_until_when_it_can_be_reopened() -> None:
    decision = world(status=Status.RESOLVED, reminded_at=NOW).tick(NOW + 7 * DAY)

    assert decision is not None
    assert decision.ticket is not None
    assert (decision.ticket.status, decision.ticket.closed_at) == (Status.CLOSED, NOW + 7 * DAY)
    closed = only(decision.outbox, Notice.CLOSED)
    assert closed.variables["event"]["until"] == "2026-12-27T10:00:00+00:00"
    assert closed.variables["by"] is None
    assert [action["name"] for action in closed.variables["actions"]] == ["reopen"]


def test_after_an_outage_a_ticket_that_closes_is_not_announced_to_close() -> None:
    assert lived(world(status=Status.RESOLVED), NOW + 90 * DAY) == [(90 * 24, ANA.id, "closed")]


@pytest.mark.parametrize("status", [Status.OPEN, Status.IN_PROGRESS, Status.CLOSED])
def test_nothing_else_is_reminded_of_or_closes(status: Status) -> None:
    assert lived(world(status=status), *EVERY_HOUR) == []


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"remind_after": None}, Status.WAITING),
        ({"close_after": None}, Status.RESOLVED),
    ],
)
def test_a_desk_may_do_without(settings: dict[str, Any], status: Status) -> None:
    assert lived(world(rules(**settings), status=status), *EVERY_HOUR) == []


def test_a_desk_may_close_without_a_word_before() -> None:
    where = world(rules(close_notice=None), status=Status.RESOLVED)

    assert lived(where, *EVERY_HOUR) == [(7 * 24, ANA.id, "closed")]


@pytest.mark.parametrize("status", Status)
def test_nothing_happens_to_a_merged_ticket(status: Status) -> None:
    merged = world(
        status=status, merged_into=TicketNumber(1002), due_at=None, snoozed_until=NOW + H
    )

    assert lived(merged, *EVERY_HOUR) == []


@pytest.mark.parametrize(
    "requester",
    [
        replace(ANA, suppressed=True),
        replace(ANA, address=""),
        replace(ANA, muted=frozenset({"reminder"})),
    ],
)
def test_who_cannot_or_will_not_be_reminded_is_not_tried_again(requester: Person) -> None:
    where = world(status=Status.WAITING, requester=requester)
    first = where.tick(NOW + 48 * H)

    assert first is not None
    assert first.outbox == ()
    assert "reminder" not in [e.reason for e in first.entries]
    assert after(where, first).tick(NOW + 49 * H) is None


# --- targets --------------------------------------------------------------------------------------


def test_a_target_is_warned_of_at_eighty_percent_and_missed_at_its_end() -> None:
    told = lived(opened(assignee=BOB.id), *(NOW + n * timedelta(minutes=12) for n in range(1, 300)))

    both = [BOB.id, CARL.id]  # the assignee, and who leads
    assert told == [
        *((19.2, agent, "target_warning") for agent in both),
        *((24, agent, "target_missed") for agent in both),
    ]


def test_of_a_warning_and_a_miss_that_are_due_together_only_the_miss_is_told() -> None:
    where = opened(assignee=BOB.id)
    decision = where.tick(NOW + 30 * H)

    assert decision is not None
    assert {m.notice for m in decision.outbox} == {Notice.TARGET_MISSED}
    assert [e.reason for e in decision.entries] == ["target_missed"]
    assert after(where, decision).tick(NOW + 40 * H) is None


def test_a_missed_target_says_which_and_when_it_was_due_where_the_desk_is() -> None:
    where = opened()
    berlin = replace(where, rules=rules(service_level="standard", zone="Europe/Berlin"))
    decision = berlin.tick(NOW + 24 * H)

    assert decision is not None
    (told, *_) = decision.outbox
    event = told.variables["event"]
    assert event["clock"] == ClockKind.FIRST_RESPONSE.value
    assert (event["due_at"], event["zone"]) == ("2026-11-21T10:00:00+00:00", "Europe/Berlin")
    assert told.variables["reply_does"] == "answer"
    assert all(e.visibility is Visibility.INTERNAL for e in decision.entries)


def test_without_an_assignee_all_agents_hear_of_a_missed_target() -> None:
    decision = opened().tick(NOW + 24 * H)

    assert decision is not None
    assert {m.person for m in decision.outbox} == {BOB.id, CARL.id}


def test_while_the_assignee_is_away_the_others_hear_of_it_too() -> None:
    away = replace(BOB, away=((date(2026, 11, 21), date(2026, 11, 21)),))
    where = replace(opened(assignee=BOB.id), agents=(away, CARL))

    decision = where.tick(NOW + 24 * H)

    assert decision is not None
    assert {m.person for m in decision.outbox} == {BOB.id, CARL.id}


def test_an_answer_ends_the_target_and_waiting_stops_the_clocks() -> None:
    where = opened()
    agent = sent(601, Purpose.ANSWER, BOB, created_at=NOW)
    where = replace(where, sent=(agent,))
    answer = message(BOB.address, "Re: [TICK-1001]", "Use water.")

    where = after(where, where.decide(mail(answer, token_address(agent)), now=NOW + H))

    assert state(where).status is Status.WAITING
    assert state(where).due_at == NOW + 49 * H
    assert lived(where, *EVERY_HOUR) == [(49, ANA.id, "reminder")]


# --- set aside ------------------------------------------------------------------------------------


def test_who_set_a_ticket_aside_is_told_when_the_time_is_over() -> None:
    where = world(assignee=BOB.id, snoozed_until=NOW + 3 * H)

    assert lived(where, NOW + 2 * H, NOW + 3 * H, NOW + 4 * H) == [(3, BOB.id, "awake")]


def test_at_most_one_mail_for_each_person_though_several_things_are_due() -> None:
    where = opened(assignee=BOB.id, snoozed_until=NOW + 3 * H)

    decision = where.tick(NOW + 30 * H)

    assert decision is not None
    assert notices_to(decision, BOB) == [Notice.AWAKE]
    assert [e.reason for e in decision.entries] == ["awake", "target_missed"]
    assert decision.ticket is not None
    assert decision.ticket.snoozed_until is None


# --- when to look again ---------------------------------------------------------------------------


def test_the_due_time_is_the_next_thing_that_will_happen() -> None:
    where = opened()
    assert state(where).due_at == NOW + 19.2 * H

    where = after(where, where.tick(NOW + 19.2 * H))
    assert state(where).due_at == NOW + 24 * H

    where = after(where, where.tick(NOW + 24 * H))
    assert state(where).due_at is None


def test_nothing_is_decided_before_its_time_and_nothing_twice() -> None:
    where = world(status=Status.WAITING, due_at=NOW + 48 * H)

    assert where.tick(NOW + 48 * H - timedelta(seconds=1)) is None
    later = after(where, where.tick(NOW + 48 * H))
    assert later.tick(NOW + 48 * H) is None


def test_settings_that_changed_since_put_the_due_time_right() -> None:
    where = world(rules(remind_after=DAY * 4), status=Status.WAITING, due_at=NOW + 48 * H)

    decision = where.tick(NOW + 48 * H)

    assert decision is not None
    assert decision.outbox == ()
    assert decision.ticket is not None
    assert decision.ticket.due_at == NOW + 4 * DAY
    assert after(where, decision).tick(NOW + 48 * H) is None


def test_a_service_level_that_is_gone_leaves_nothing_to_be_done() -> None:
    where = replace(opened(), rules=rules(levels=(), service_level=""))

    decision = where.tick(NOW + 24 * H)

    assert decision is not None
    assert decision.outbox == ()
    assert decision.ticket is not None
    assert decision.ticket.due_at is None


def test_a_desk_that_is_gone_leaves_its_tickets_to_the_first_one() -> None:
    where = world(status=Status.WAITING, desk="removed")

    assert lived(where, NOW + 48 * H) == [(48, ANA.id, "reminder")]
