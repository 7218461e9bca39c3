"""Clocks through the life of a ticket."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.calendar import Calendar
from helpdesk.core.clocks import (
    Change,
    Clock,
    Clocks,
    Event,
    counted,
    follow,
    from_values,
    meet,
    next_event,
    pause,
    raise_once,
    remaining,
    resume,
    tick,
    to_values,
)
from helpdesk.core.service_level import Amount, ClockKind, ServiceLevel, Target, preset
from helpdesk.core.ticket import Status
from tests.stepper import random_story, wrong_in_story

FIRST, NEXT, RESOLUTION = ClockKind
OPEN, IN_PROGRESS, WAITING, RESOLVED, CLOSED = Status
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SEEDS = st.integers(0, 2**64)
ALWAYS = Calendar("always", (((0, 1440),),) * 7, "UTC")
OFFICE = Calendar("office", (((540, 1080),),) * 5 + ((), ()))


def level(name: str, **hours: int) -> ServiceLevel:
    targets = {
        (kind, priority): Target(Amount(minutes=60 * amount), ALWAYS)
        for kind in ClockKind
        for priority, amount in hours.items()
    }
    return ServiceLevel(name, targets)


GOLD = level("gold", critical=1, high=4, normal=10, low=48)
SILVER = level("silver", normal=20)
LEVELS = {each.name: each for each in (GOLD, SILVER, preset("portal"))}


class Desk:
    """A ticket whose clocks follow what happens; time goes on by hours."""

    def __init__(self, priority: str = "normal", name: str = "gold", zone: str = "UTC") -> None:
        self.priority, self.name, self.zone = priority, name, zone
        self.now, self.status = NOON, OPEN
        self.clocks: Clocks = ()
        self.happens(OPEN, opened=True, requester_wrote=True)

    def happens(
        self,
        status: Status | None = None,
        *,
        opened: bool = False,
        requester_wrote: bool = False,
        agent_answered: bool = False,
    ) -> None:
        change = Change(
            self.status,
            status or self.status,
            opened=opened,
            requester_wrote=requester_wrote,
            agent_answered=agent_answered,
            priority=self.priority,
            level=self.name,
            zone=self.zone,
        )
        self.status = status or self.status
        self.clocks = follow(self.clocks, change, LEVELS, self.now)

    def after(self, hours: float) -> "Desk":
        self.now += hours * HOUR
        return self

    def answer(self, status: Status = WAITING) -> None:
        self.happens(status, agent_answered=True)

    def ask(self, status: Status = OPEN) -> None:
        self.happens(status, requester_wrote=True)

    def clock(self, kind: ClockKind) -> Clock:
        return next(each for each in self.clocks if each.kind is kind)

    def hours(self, kind: ClockKind) -> float:
        clock = self.clock(kind)
        return counted(clock, LEVELS.get(clock.level), self.now) / HOUR

    def tick(self) -> list[Event]:
        moved = [tick(each, LEVELS.get(each.level), self.now) for each in self.clocks]
        self.clocks = tuple(clock for clock, _ in moved)
        return [event for _, event in moved if event is not None]

    def next_look(self) -> datetime | None:
        coming = [next_event(each, LEVELS.get(each.level)) for each in self.clocks]
        return min((each[0] for each in coming if each is not None), default=None)


# --- first response -------------------------------------------------------------------------------


def test_opening_starts_the_first_response_and_the_resolution() -> None:
    desk = Desk()

    assert [each.kind for each in desk.clocks] == [FIRST, RESOLUTION]
    assert {each.due_at for each in desk.clocks} == {NOON + 10 * HOUR}


def test_the_first_public_answer_meets_the_first_response() -> None:
    desk = Desk()
    desk.after(3).answer()

    assert desk.clock(FIRST).met_at == NOON + 3 * HOUR
    assert desk.clock(FIRST).breached_at is None
    assert desk.after(5).hours(FIRST) == 3


@pytest.mark.parametrize("status", [RESOLVED, CLOSED])
def test_what_is_done_needs_no_response(status: Status) -> None:
    desk = Desk()
    desk.after(3).happens(status)

    assert [each.met_at for each in desk.clocks] == [desk.now, desk.now]


def test_a_note_or_another_status_is_no_response() -> None:
    desk = Desk()
    desk.after(1).happens(IN_PROGRESS)

    assert desk.clock(FIRST).met_at is None
    assert desk.clock(FIRST).due_at == NOON + 10 * HOUR


def test_asking_again_before_the_first_answer_starts_nothing() -> None:
    desk = Desk()
    desk.after(1).ask()

    assert [each.kind for each in desk.clocks] == [FIRST, RESOLUTION]


def test_an_answer_that_is_late_is_a_breach_although_nobody_looked() -> None:
    desk = Desk()
    desk.after(11).answer()

    assert desk.clock(FIRST).breached_at == NOON + 10 * HOUR
    assert desk.clock(FIRST).met_at == desk.now


def test_an_answer_at_the_last_moment_is_none() -> None:
    desk = Desk()
    desk.after(10).answer()

    assert desk.clock(FIRST).breached_at is None


# --- next response --------------------------------------------------------------------------------


def test_each_question_after_an_answer_is_a_round() -> None:
    desk = Desk()
    desk.after(1).answer()
    desk.after(20).ask()

    assert desk.clock(NEXT).started_at == desk.now
    assert desk.clock(NEXT).due_at == desk.now + 10 * HOUR

    desk.after(2).answer()

    assert desk.clock(NEXT).met_at == desk.now


def test_a_second_question_does_not_move_the_due_time_of_the_first() -> None:
    desk = Desk()
    desk.after(1).answer()
    desk.after(1).ask()
    due_at = desk.clock(NEXT).due_at
    desk.after(3).ask()

    assert desk.clock(NEXT).due_at == due_at


def test_breached_rounds_are_counted() -> None:
    desk = Desk()
    desk.after(1).answer()
    for hours in (11, 2, 12):
        desk.after(1).ask()
        desk.after(hours).answer()
    desk.after(1).ask()

    assert desk.clock(NEXT).breaches == 2
    assert desk.clock(NEXT).breached_at is None
    assert desk.clock(NEXT).all_breaches() == 2


@pytest.mark.parametrize("status", [RESOLVED, CLOSED])
def test_thanks_for_what_is_done_need_no_response(status: Status) -> None:
    desk = Desk()
    desk.after(1).answer(RESOLVED)
    desk.after(1).ask(status)

    assert [each.kind for each in desk.clocks] == [FIRST, RESOLUTION]


def test_a_ticket_from_before_there_were_clocks_gets_one_with_the_next_question() -> None:
    desk = Desk()
    desk.clocks = from_values([])
    desk.after(1).ask()

    assert [each.kind for each in desk.clocks] == [NEXT]


# --- pauses ---------------------------------------------------------------------------------------


def test_all_clocks_pause_while_the_customer_is_waited_for() -> None:
    desk = Desk()
    desk.after(2).happens(WAITING)

    assert [each.due_at for each in desk.clocks] == [None, None]
    assert [each.is_paused for each in desk.clocks] == [True, True]

    desk.after(30).ask()

    assert {each.due_at for each in desk.clocks} == {desk.now + 8 * HOUR}
    assert desk.hours(FIRST) == desk.hours(RESOLUTION) == 2


def test_a_pause_of_no_length_changes_nothing() -> None:
    desk = Desk()
    clock = desk.clock(FIRST)

    for now in (NOON, NOON + HOUR):
        assert resume(pause(clock, now), GOLD, now) == clock


def test_a_breach_that_nobody_told_before_a_pause_is_one() -> None:
    desk = Desk()
    desk.after(11).happens(WAITING)

    assert desk.clock(FIRST).breached_at == NOON + 10 * HOUR
    assert desk.tick() == []


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    desk = Desk()
    desk.after(-1).happens(WAITING)
    desk.after(-1).ask()

    assert desk.clock(FIRST).due_at == desk.now + 10 * HOUR
    assert desk.hours(FIRST) == 0


# --- resolution -----------------------------------------------------------------------------------


def test_a_reopened_ticket_goes_on_where_it_was() -> None:
    desk = Desk()
    desk.after(3).answer(RESOLVED)
    desk.after(50).ask(OPEN)

    assert desk.clock(RESOLUTION).met_at is None
    assert desk.clock(RESOLUTION).due_at == desk.now + 7 * HOUR
    assert desk.clock(FIRST).met_at == NOON + 3 * HOUR
    assert desk.clock(NEXT).due_at == desk.now + 10 * HOUR


def test_a_ticket_that_is_reopened_and_waits_does_not_run() -> None:
    desk = Desk()
    desk.after(3).happens(RESOLVED)
    desk.after(1).happens(WAITING)

    assert desk.clock(RESOLUTION).is_paused
    assert desk.clock(FIRST).met_at is not None


def test_closing_what_is_resolved_changes_nothing() -> None:
    desk = Desk()
    desk.after(3).happens(RESOLVED)
    before = desk.clocks
    desk.after(100).happens(CLOSED)

    assert desk.clocks == before


# --- another priority, level or zone --------------------------------------------------------------


def test_all_time_so_far_counts_for_another_priority() -> None:
    desk = Desk("low")
    desk.after(3).priority = "high"
    desk.happens()

    assert desk.clock(FIRST).due_at == NOON + 4 * HOUR
    assert desk.clock(FIRST).target == 4 * HOUR


def test_a_due_time_may_be_over_when_the_priority_is_raised() -> None:
    desk = Desk("low")
    desk.after(3).priority = "critical"
    desk.happens()

    assert desk.clock(FIRST).due_at == NOON + HOUR
    assert desk.tick() == [Event.BREACH, Event.BREACH]


def test_time_so_far_is_counted_anew_on_another_calendar() -> None:
    desk = Desk("normal", "portal", "Europe/Berlin")  # around the clock
    desk.after(66).priority = "high"  # business hours; it is Monday, 7:00 in Berlin
    desk.happens()

    assert desk.hours(FIRST) == 5  # Friday from 13:00 to 18:00 in Berlin
    assert desk.clock(FIRST).due_at == NOON + 4 * HOUR


def test_business_hours_are_those_of_the_requester() -> None:
    for zone, hours in (("Europe/Berlin", 4), ("America/New_York", 6), ("Asia/Tokyo", 64)):
        assert Desk("high", "portal", zone).clock(FIRST).due_at == NOON + hours * HOUR
    desk = Desk("high", "portal", "Asia/Tokyo")
    desk.zone = "Europe/Berlin"
    desk.happens()

    assert desk.clock(FIRST).due_at == NOON + 4 * HOUR


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_a_zone_that_nobody_knows_is_utc(zone: str) -> None:
    assert Desk("high", "portal", zone).clock(FIRST).due_at == NOON + 4 * HOUR


def test_a_breach_that_was_told_stays_told() -> None:
    desk = Desk("critical")
    desk.after(2).tick()
    desk.priority = "low"
    desk.happens()

    assert desk.clock(FIRST).breached_at == NOON + HOUR
    assert next_event(desk.clock(FIRST), GOLD) is None


def test_a_warning_is_given_again_for_a_later_due_time() -> None:
    desk = Desk()

    assert desk.after(9).tick() == [Event.WARNING, Event.WARNING]

    desk.priority = "low"
    desk.happens()

    assert next_event(desk.clock(FIRST), GOLD) == (NOON + 0.8 * 48 * HOUR, Event.WARNING)


def test_a_level_without_a_target_counts_all_the_same() -> None:
    desk = Desk("high", "silver")

    assert desk.clock(FIRST).due_at is None
    assert desk.tick() == []
    assert remaining(desk.clock(FIRST), SILVER, desk.now) is None

    desk.after(15).priority = "normal"
    desk.happens()

    assert desk.clock(FIRST).due_at == NOON + 20 * HOUR


def test_a_level_that_is_not_there_has_no_targets() -> None:
    desk = Desk(name="bronze")

    assert desk.clock(FIRST).level == "bronze"
    assert desk.clock(FIRST).due_at is None


def test_what_was_met_stays_as_it_was() -> None:
    desk = Desk()
    desk.after(1).answer()
    desk.priority = "critical"
    desk.after(1).happens()

    assert desk.clock(FIRST).priority == "normal"
    assert desk.clock(RESOLUTION).priority == "critical"


# --- what is told ---------------------------------------------------------------------------------


def test_a_warning_and_then_a_breach_are_told_once_each() -> None:
    desk = Desk()
    clock = desk.clock(FIRST)

    assert next_event(clock, GOLD) == (NOON + 8 * HOUR, Event.WARNING)
    assert tick(clock, GOLD, NOON + 8 * HOUR - MINUTE) == (clock, None)

    clock, event = tick(clock, GOLD, NOON + 8 * HOUR)

    assert event is Event.WARNING
    assert tick(clock, GOLD, NOON + 9 * HOUR) == (clock, None)
    assert next_event(clock, GOLD) == (NOON + 10 * HOUR, Event.BREACH)

    clock, event = tick(clock, GOLD, NOON + 10 * HOUR)

    assert event is Event.BREACH
    assert tick(clock, GOLD, NOON + 99 * HOUR) == (clock, None)


def test_of_a_late_warning_and_a_breach_only_the_breach_is_told() -> None:
    clock, event = tick(Desk().clock(FIRST), GOLD, NOON + 12 * HOUR)

    assert event is Event.BREACH
    assert (clock.warned_at, clock.breached_at) == (None, NOON + 10 * HOUR)


def test_whoever_wants_no_warning_gets_none() -> None:
    assert next_event(Desk().clock(FIRST), replace(GOLD, warn_at=0)) == (
        NOON + 10 * HOUR,
        Event.BREACH,
    )


def test_the_next_look_at_a_ticket_is_for_the_first_that_is_to_be_told() -> None:
    desk = Desk("high", "portal")
    desk.clocks = tuple(replace(each, warned_at=NOON) for each in desk.clocks)

    assert desk.next_look() == NOON + 4 * HOUR

    desk.after(1).answer()

    assert desk.next_look() is None


def test_nothing_is_told_of_what_is_met_or_paused() -> None:
    clock = Desk().clock(FIRST)

    assert next_event(meet(clock, NOON + HOUR), GOLD) is None
    assert next_event(pause(clock, NOON + HOUR), GOLD) is None


# --- a requester who writes after a missed target -------------------------------------------------


def test_a_missed_response_raises_the_priority_once() -> None:
    desk = Desk()

    assert raise_once(desk.clocks, NOON + 10 * HOUR) == (desk.clocks, False)

    desk.clocks, is_raised = raise_once(desk.clocks, NOON + 11 * HOUR)

    assert is_raised
    assert raise_once(desk.clocks, NOON + 12 * HOUR) == (desk.clocks, False)

    desk.priority = "high"
    desk.after(11).ask()

    assert raise_once(desk.clocks, NOON + 20 * HOUR) == (desk.clocks, False)
    assert desk.clock(FIRST).breached_at == NOON + 10 * HOUR


def test_a_new_breach_raises_again() -> None:
    desk = Desk()
    desk.clocks, _ = raise_once(desk.clocks, NOON + 11 * HOUR)
    desk.after(12).answer()
    desk.after(1).ask()
    desk.after(11)

    assert raise_once(desk.clocks, desk.now)[1]


def test_a_missed_resolution_or_an_answer_that_was_late_raises_nothing() -> None:
    desk = Desk()
    desk.after(11).answer()
    desk.tick()

    assert raise_once(desk.clocks, desk.now) == (desk.clocks, False)


# --- all together ---------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS)
def test_clocks_agree_with_the_clock_on_the_wall(seed: int) -> None:
    assert list(wrong_in_story(random_story(random.Random(seed)))) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(Status),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["low", "normal", "high", "critical"]),
        st.sampled_from(["gold", "silver", "portal", "bronze"]),
        st.sampled_from(["", "Europe/Berlin", "Asia/Tokyo"]),
        st.integers(0, 3000),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(STEPS)
def test_whatever_happens_clocks_are_sound(
    steps: list[tuple[Status, bool, bool, str, str, str, int]],
) -> None:
    desk = Desk()
    for status, asks, answers, desk.priority, desk.name, desk.zone, minutes in steps:
        desk.after(minutes / 60).happens(status, requester_wrote=asks, agent_answered=answers)
        desk.tick()

        assert from_values(json.loads(json.dumps(to_values(desk.clocks)))) == desk.clocks
        for clock in desk.clocks:
            ends = [moment for span in clock.spans for moment in span if moment is not None]
            assert ends == sorted(set(ends))
            assert clock.is_running + clock.is_paused + (clock.met_at is not None) == 1
            assert clock.is_running or clock.due_at is None
            assert clock.is_running == (clock.met_at is None and status is not WAITING)
            assert (
                clock.met_at is None
                or clock.kind is not RESOLUTION
                or status
                in (
                    RESOLVED,
                    CLOSED,
                )
            )
