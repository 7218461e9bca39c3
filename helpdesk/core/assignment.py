"""Who gets a ticket: the next agent of a desk or a team, or the one whom somebody names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from helpdesk.core.address import display_name, lookup_key
from helpdesk.core.sentences import say
from helpdesk.core.ticket import Person

MOST_NAMED = 5
"""Agents whom a problem lists; more make no line that people read."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_ME = frozenset({"me", "myself", "i", "mich", "mir", "ich"})


class Strategy(StrEnum):
    """How new tickets are given to agents."""

    NONE = "none"
    """They belong to all agents until one takes them."""
    ROUND_ROBIN = "round_robin"
    """To the one who was given a ticket longest ago."""
    LEAST_LOADED = "least_loaded"
    """To the one with the fewest open tickets."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent, and what is known about the work that he has."""

    person: Person
    open_tickets: int = 0
    last_assigned_at: datetime | None = None

    @classmethod
    def of(cls, person: Person) -> "Candidate":
        return cls(person, person.open_tickets, person.last_assigned_at)


def choose(
    strategy: Strategy,
    candidates: Iterable[Candidate],
    now: datetime,
    *,
    desk: str = "",
    team: str = "",
) -> Person | None:
    """The next agent; None if nobody is there, or if this desk leaves it to its agents.

    With a desk or team only those who belong to it count. Who is away gets nothing, nor who cannot
    be reached by mail.
    """
    if strategy is Strategy.NONE:
        return None
    there = [each for each in candidates if _can_take(each.person, now, desk, team)]
    first = min(there, key=_load if strategy is Strategy.LEAST_LOADED else _turn, default=None)
    return None if first is None else first.person


def _can_take(person: Person, now: datetime, desk: str, team: str) -> bool:
    return (
        (desk in person.desks if desk else person.is_agent)
        and (not team or team in person.teams)
        and not person.suppressed
        and not person.is_away(now)
    )


def _turn(candidate: Candidate) -> tuple[datetime, int]:
    return candidate.last_assigned_at or _NEVER, candidate.person.id


def _load(candidate: Candidate) -> tuple[int, datetime, int]:
    return candidate.open_tickets, *_turn(candidate)


# --- by name --------------------------------------------------------------------------------------


def find_agent(
    name: str,
    agents: Sequence[Person],
    now: datetime,
    *,
    me: Person | None = None,
    strategy: Strategy = Strategy.ROUND_ROBIN,
) -> Person | str:
    """The agent who is meant, or why nobody is, in one line with the next step.

    By an address, "me", the whole name, the name of a team (its next agent), a word of the name, or
    how any of these words begins; each only if it fits one agent alone. Somebody who is named is
    meant even while away.
    """
    said = _folded(name.strip().removeprefix("@"))
    if not said:
        return say("nobody is named; write one of {agents}", agents=_listed(agents))
    if said in _ME and me is not None:
        return me
    for is_meant in (_has_address, _is_called):
        if found := [agent for agent in agents if is_meant(agent, said)]:
            return _only(name, found)
    if team := _team(said, agents):
        return _next_of(team, agents, now, strategy)
    for fits in (str.__eq__, str.startswith):
        if found := [each for each in agents if any(fits(word, said) for word in _words(each))]:
            return _only(name, found)
    return say(
        "{name} is no agent here; write one of {agents}",
        name=_shown(name),
        agents=_listed(agents),
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _has_address(agent: Person, said: str) -> bool:
    return lookup_key(said) in agent.keys | {lookup_key(agent.address)}


def _is_called(agent: Person, said: str) -> bool:
    return said == _folded(agent.name)


def _words(agent: Person) -> list[str]:
    """By which an agent may be called for short."""
    name = _folded(agent.name)
    return [name, *name.split(), agent.address.partition("@")[0].casefold()]


def _only(name: str, found: Sequence[Person]) -> Person | str:
    if len(found) == 1:
        return found[0]
    return say(
        "{name} may be {agents}; write the address", name=_shown(name), agents=_listed(found)
    )


def _team(said: str, agents: Iterable[Person]) -> str:
    teams = {_folded(team): team for agent in agents for team in sorted(agent.teams)}
    return teams.get(said, "")


def _next_of(
    team: str, agents: Iterable[Person], now: datetime, strategy: Strategy
) -> Person | str:
    by = Strategy.ROUND_ROBIN if strategy is Strategy.NONE else strategy
    chosen = choose(by, map(Candidate.of, agents), now, team=team)
    return chosen or say("nobody of the team {team} is there now; name an agent", team=team)


def _listed(agents: Sequence[Person]) -> str:
    named = [f"{agent.name} ({agent.address})".lstrip(" ") for agent in agents[:MOST_NAMED]]
    if len(agents) > MOST_NAMED:
        more = len(agents) - MOST_NAMED
        return say("{names}, {count} more", names=", ".join(named), count=more)
    return ", ".join(named) or say("the agents of this desk, of which there are none")


def _shown(name: str) -> str:
    return display_name(name)[:40].rstrip()
