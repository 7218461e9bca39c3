"""Whose turn it is, and who is meant by a name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from helpdesk.core.assignment import Candidate, Strategy, choose, find_agent
from helpdesk.core.ticket import Person, PersonId

NOW = datetime(2026, 12, 24, 10, tzinfo=UTC)


def agent(number: int, name: str, *teams: str, **more: object) -> Person:
    first = name.partition(" ")[0].lower() or f"agent{number}"
    address = f"{first}@example.test"
    person = Person(
        PersonId(number),
        address,
        name,
        frozenset({address}),
        desks=frozenset({"support"}),
        teams=frozenset(teams),
    )
    return replace(person, **more)  # type: ignore[arg-type]


ANA = agent(1, "Ana Ruiz", "billing")
BEN = agent(2, "Ben Okafor", "billing", "Second Level")
CAT = agent(3, "Catherine Lee")
ALL = (ANA, BEN, CAT)


def ago(**time: int) -> datetime:
    return NOW - timedelta(**time)


def turn(strategy: Strategy, *candidates: Candidate, **where: str) -> Person | None:
    return choose(strategy, candidates, NOW, **where)


def test_nobody_is_chosen_where_agents_choose_themselves() -> None:
    assert turn(Strategy.NONE, Candidate(ANA)) is None


def test_who_waited_longest_is_next() -> None:
    given = (Candidate(ANA, 0, ago(hours=1)), Candidate(BEN, 9, ago(hours=3)), Candidate(CAT, 0))

    assert turn(Strategy.ROUND_ROBIN, *given) is CAT
    assert turn(Strategy.ROUND_ROBIN, *given[:2]) is BEN
    assert turn(Strategy.ROUND_ROBIN, Candidate(BEN), Candidate(ANA)) is ANA


def test_everybody_gets_one_before_anybody_gets_two() -> None:
    last: dict[PersonId, datetime] = {}
    got = []
    for minute in range(9):
        given = [Candidate(each, 0, last.get(each.id)) for each in ALL]
        chosen = choose(Strategy.ROUND_ROBIN, given, NOW)
        assert chosen is not None
        last[chosen.id] = NOW + timedelta(minutes=minute)
        got.append(chosen.id)

    assert got == [1, 2, 3] * 3


def test_who_has_the_fewest_open_tickets_is_next() -> None:
    given = (Candidate(ANA, 4), Candidate(BEN, 2, ago(hours=1)), Candidate(CAT, 2, ago(hours=2)))

    assert turn(Strategy.LEAST_LOADED, *given) is CAT
    assert turn(Strategy.LEAST_LOADED, *given[:2]) is BEN


@pytest.mark.parametrize("strategy", [Strategy.ROUND_ROBIN, Strategy.LEAST_LOADED])
def test_only_agents_of_the_desk_and_team_get_something(strategy: Strategy) -> None:
    given = [Candidate.of(each) for each in ALL]
    former = Candidate(replace(ANA, desks=frozenset()))

    assert turn(strategy, *given, team="Second Level") is BEN
    assert turn(strategy, *given, desk="sales") is None
    assert turn(strategy, *given, team="nobody's") is None
    assert turn(strategy, former) is None
    assert turn(strategy, Candidate(replace(ANA, suppressed=True)), Candidate(BEN)) is BEN
    assert turn(strategy) is None


@pytest.mark.parametrize(
    ("first", "last", "is_away"),
    [
        (date(2026, 12, 24), date(2026, 12, 24), True),
        (date(2026, 12, 20), date(2026, 12, 24), True),
        (date(2026, 12, 25), date(2027, 1, 6), False),
        (date(2026, 12, 1), date(2026, 12, 23), False),
    ],
)
def test_who_is_away_gets_nothing(first: date, last: date, *, is_away: bool) -> None:
    away = replace(ANA, away=((date(2026, 1, 1), date(2026, 1, 2)), (first, last)))

    assert away.is_away(NOW) is is_away
    assert (turn(Strategy.ROUND_ROBIN, Candidate(away)) is None) is is_away


def test_days_of_absence_are_days_in_utc() -> None:
    away = replace(ANA, away=((date(2026, 12, 24), date(2026, 12, 24)),))
    late = datetime(2026, 12, 24, 22, tzinfo=timezone(-timedelta(hours=5)))

    assert not away.is_away(late)
    assert away.is_away(late - timedelta(hours=12))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ana@example.test", ANA),
        ("BEN@Example.Test", BEN),
        ("ana ruiz", ANA),
        ("Ana", ANA),
        ("@ben", BEN),
        ("okafor", BEN),
        ("cath", CAT),
        ("catherine l", CAT),
        (" lee ", CAT),
        ("me", CAT),
        ("Second  level", BEN),
        ("billing", ANA),
    ],
)
def test_an_agent_is_found_by(name: str, found: Person) -> None:
    assert find_agent(name, ALL, NOW, me=CAT) is found


def test_a_name_that_fits_two_is_asked_back() -> None:
    other = agent(4, "Lima Ana")

    assert find_agent("ana", (*ALL, other), NOW) == (
        "ana may be Ana Ruiz (ana@example.test), Lima Ana (lima@example.test); write the address"
    )


def test_a_whole_name_is_stronger_than_the_beginning_of_another() -> None:
    ann, anna = agent(4, "Ann"), agent(5, "Anna Ann")

    assert find_agent("ann", (anna, ann), NOW) is ann
    assert find_agent("anna", (anna, ann), NOW) is anna


def test_the_next_of_a_team_is_one_who_is_there() -> None:
    away = replace(ANA, away=((NOW.date(), NOW.date()),))

    assert find_agent("billing", (away, BEN), NOW) is BEN
    assert find_agent("billing", (away,), NOW) == (
        "nobody of the team billing is there now; name an agent"
    )
    assert find_agent("ana", (away, BEN), NOW) is away


def test_a_team_goes_by_the_strategy_of_the_desk() -> None:
    busy, free = replace(ANA, open_tickets=3), replace(BEN, last_assigned_at=NOW)

    assert find_agent("billing", (busy, free), NOW) is busy
    assert find_agent("billing", (busy, free), NOW, strategy=Strategy.NONE) is busy
    assert find_agent("billing", (busy, free), NOW, strategy=Strategy.LEAST_LOADED) is free


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "nobody is named; write one of Ana Ruiz (ana@example.test)"),
        ("zoe", "zoe is no agent here; write one of Ana Ruiz (ana@example.test)"),
        ("me", "me is no agent here; write one of Ana Ruiz (ana@example.test)"),
        ("z\n\u202ex", "z x is no agent here; write one of Ana Ruiz (ana@example.test)"),
    ],
)
def test_a_name_of_nobody_is_told_in_one_line(name: str, said: str) -> None:
    assert find_agent(name, (ANA,), NOW) == said


def test_of_many_agents_only_some_are_listed() -> None:
    many = [agent(number, "") for number in range(20)]

    assert str(find_agent("zoe", many, NOW)).endswith("agent4@example.test), 15 more")
    assert "none" in str(find_agent("zoe", (), NOW))
