"""The numbers of the week: those of the statistics, to whom they are for, once a week."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.outgoing import Notice
from helpdesk.core.service_level import ClockKind
from helpdesk.core.statistics import NOBODY, By, Change, Counted, Life, Missed, Period, report
from helpdesk.core.ticket import Status
from helpdesk.core.wall import Weekly
from helpdesk.core.weekly import WEEKS, Weeks, figures_of
from tests.builders import BOB, CARL, World, notices_to, only, rules

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MARK = "weekly report of support"


def life(
    days: float, agent: str = BOB.name, priority: str = "normal", *, done: bool = True
) -> Life:
    """A ticket that was opened so many days before the Monday, and resolved a day later."""
    opened = datetime(2026, 11, 16, tzinfo=UTC) - days * DAY
    solved = Change(opened + DAY, Status.OPEN, Status.RESOLVED)
    return Life(
        desk="support",
        agent=agent,
        priority=priority,
        opened_at=opened,
        status=Status.RESOLVED if done else Status.OPEN,
        answered_at=opened + DAY / 24,
        changes=(solved,) if done else (),
        missed=() if done else (Missed(opened + DAY / 2, ClockKind.FIRST_RESPONSE),),
    )


LIVES = (
    life(3),
    life(4, CARL.name, "high"),
    life(5, NOBODY, done=False),
    life(10),
    life(20),
    life(80),
    life(-0.1),
)
DESK = rules(report_at=Weekly(0, 8 * 60)).policy.desks[0]


def world(**desk: Any) -> World:
    made: dict[str, Any] = {"report_at": Weekly(0, 8 * 60)} | desk
    return World(rules=rules(**made), marks={MARK: "2026-11-09"})


def test_the_numbers_are_those_of_the_statistics() -> None:
    figures = figures_of(Weeks(DESK, MONDAY, LIVES), NOW, "en", DESK)
    week = Period(date(2026, 11, 9), date(2026, 11, 15), DESK.zone)
    same = report(LIVES, week, NOW, by=(By.AGENT,)).total

    assert (figures["first"], figures["last"]) == ("2026-11-09", "2026-11-15")
    assert {each["name"]: each["value"] for each in figures["counts"]} == {
        what.value: count for what, count in same.counts.items()
    }
    assert {each["name"]: each["before"] for each in figures["counts"]}["opened"] == 1
    assert (figures["open"], figures["missed"]) == (same.open, 1) == (1, 1)
    assert figures["times"][0] == {"name": "first_response", "median": "1 h", "ninetieth": "1 h"}
    assert same.counts[Counted.OPENED] == 3


def test_the_charts_show_eight_whole_weeks_and_who_resolved() -> None:
    figures = figures_of(Weeks(DESK, MONDAY, LIVES), NOW, "de", DESK)

    assert len(figures["weeks"]) == WEEKS
    assert figures["weeks"][0]["label"] == "2026-09-21"
    assert [each["opened"] for each in figures["weeks"]] == [0, 0, 0, 0, 0, 1, 1, 3]
    assert figures["agents"] == [
        {"label": BOB.name, "value": 1},
        {"label": CARL.name, "value": 1},
    ]
    assert figures["priorities"] == [
        {"label": "Hoch", "value": 1},
        {"label": "Normal", "value": 2},
    ]


def test_a_desk_without_tickets_has_noughts() -> None:
    figures = figures_of(Weeks(DESK, MONDAY), NOW, "en", DESK)

    assert figures["open"] == figures["missed"] == 0
    assert figures["times"][0]["median"] == ""
    assert figures["agents"] == figures["priorities"] == []


@pytest.mark.parametrize(
    ("now", "done", "comes"),
    [
        (NOW - timedelta(minutes=1), "2026-11-09", False),
        (NOW, "2026-11-09", True),
        (NOW + 6 * DAY, "2026-11-09", True),
        (NOW, "2026-11-16", False),
        (NOW, "2026-11-23", False),
        (NOW, "2031-01-06", True),
    ],
    ids=["too early", "on time", "late", "sent already", "the clock went back", "it was wrong"],
)
def test_it_comes_once_a_week(now: datetime, done: str, *, comes: bool) -> None:
    where = replace(world(), marks={MARK: done})

    decision = where.weekly_report(MONDAY, now, LIVES)

    assert (decision is not None) is comes
    if decision is not None:
        assert decision.marks == {MARK: "2026-11-16"}
        assert notices_to(decision, BOB) == notices_to(decision, CARL) == [Notice.WEEKLY_REPORT]


def test_who_is_away_or_wants_none_gets_none() -> None:
    away = replace(CARL, away=((MONDAY, MONDAY),))
    mute = replace(BOB, muted=frozenset({"weekly_report"}))

    decision = replace(world(), agents=(mute, away)).weekly_report(MONDAY, NOW)

    assert decision is not None
    assert decision.outbox == ()
    assert decision.marks


def test_a_desk_may_name_who_gets_it() -> None:
    decision = world(report_to=("boss@example.org",)).weekly_report(MONDAY, NOW, LIVES)

    assert decision is not None
    found = only(decision.outbox, Notice.WEEKLY_REPORT)
    assert (found.recipient, found.purpose) == ("boss@example.org", None)
    assert found.variables["can_mute"] is False
    assert [person.address for person in decision.people] == ["boss@example.org"]
