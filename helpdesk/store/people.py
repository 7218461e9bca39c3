"""Desks and agents: brought in line with the configuration at the start, or changed by command.

Failures: StoreError when an agent cannot be what was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk.core.address import is_address, lookup_key
from helpdesk.core.policy import Desk
from helpdesk.core.ticket import PersonId
from helpdesk.store.engine import StoreError, writing
from helpdesk.store.mapping import to_json
from helpdesk.store.queues import take_ids
from helpdesk.store.tables import (
    ABSENCES,
    ADDRESSES,
    AGENT_DESKS,
    AGENT_TEAMS,
    AGENTS,
    DESKS,
    PEOPLE,
)

CONFIG = "config"
COMMAND = "command"


@dataclass(frozen=True, slots=True)
class AgentSetting:
    """An agent as the operator names one; we write to the first address."""

    name: str
    addresses: tuple[str, ...]
    desks: tuple[str, ...]
    teams: tuple[str, ...] = ()
    away: tuple[tuple[date, date], ...] = ()
    """First and last days of absences."""
    language: str = ""
    zone: str = ""
    muted: tuple[str, ...] = ()


async def sync(engine: AsyncEngine, desks: Sequence[Desk], agents: Sequence[AgentSetting]) -> None:
    """Make the database agree with the configuration; agents added by command stay."""
    _check(agents)
    names = {desk.name for desk in desks}
    for agent in agents:
        _check_desks(agent, names)
    async with writing(engine) as connection:
        await _sync_desks(connection, desks)
        configured = [await _put(connection, agent, CONFIG) for agent in agents]
        gone = AGENTS.c.person.not_in(configured) & (AGENTS.c.source == CONFIG)
        await connection.execute(update(AGENTS).where(gone).values(active=False))


async def add_agent(engine: AsyncEngine, agent: AgentSetting) -> PersonId:
    _check([agent])
    async with writing(engine) as connection:
        statement = select(DESKS.c.name).where(DESKS.c.active.is_(True))
        _check_desks(agent, set((await connection.execute(statement)).scalars()))
        for address in agent.addresses:
            if await _source(connection, address) == CONFIG:
                raise StoreError(f"{address} is an agent in the configuration", "change it there")
        return await _put(connection, agent, COMMAND)


async def remove_agent(engine: AsyncEngine, address: str) -> None:
    """What they wrote stays; their mail is a customer's from now on."""
    async with writing(engine) as connection:
        source = await _source(connection, address)
        if source is None:
            raise StoreError(f"{address} is no agent", "see `helpdesk agents list`")
        if source == CONFIG:
            raise StoreError(f"{address} is an agent in the configuration", "remove it there")
        person = select(ADDRESSES.c.person).where(ADDRESSES.c.key == lookup_key(address))
        await connection.execute(
            update(AGENTS).where(AGENTS.c.person == person.scalar_subquery()).values(active=False)
        )


def _check(agents: Sequence[AgentSetting]) -> None:
    owners: dict[str, str] = {}
    for agent in agents:
        if not agent.addresses:
            raise StoreError(f"agent {agent.name!r} has no address", "give one")
        if not agent.desks:
            raise StoreError(f"agent {agent.addresses[0]} has no desk", "name at least one")
        for address in agent.addresses:
            if not is_address(address):
                raise StoreError(f"{address!r} is no address", "write it as name@domain")
            if lookup_key(address) in owners:
                raise StoreError(f"two agents have the address {address}", "give it to one of them")
        owners.update((lookup_key(address), agent.name) for address in agent.addresses)


def _check_desks(agent: AgentSetting, known: set[str]) -> None:
    if missing := sorted(set(agent.desks) - known):
        raise StoreError(
            f"there is no desk {missing[0]}", f"name one of: {', '.join(sorted(known))}"
        )


async def _sync_desks(connection: AsyncConnection, desks: Sequence[Desk]) -> None:
    known = set((await connection.execute(select(DESKS.c.name))).scalars())
    await connection.execute(update(DESKS).values(active=False))
    for position, desk in enumerate(desks):
        values = {
            "address": desk.address,
            "display_name": desk.display_name,
            "position": position,
            "active": True,
        }
        if desk.name in known:
            await connection.execute(
                update(DESKS).where(DESKS.c.name == desk.name).values(**values)
            )
        else:
            await connection.execute(insert(DESKS).values(name=desk.name, **values))


async def _source(connection: AsyncConnection, address: str) -> str | None:
    """Where the active agent with that address comes from."""
    statement = (
        select(AGENTS.c.source)
        .join_from(AGENTS, ADDRESSES, ADDRESSES.c.person == AGENTS.c.person)
        .where(ADDRESSES.c.key == lookup_key(address), AGENTS.c.active.is_(True))
    )
    source: str | None = (await connection.execute(statement)).scalar_one_or_none()
    return source


async def _put(connection: AsyncConnection, agent: AgentSetting, source: str) -> PersonId:
    person = await _person(connection, agent)
    exists = select(AGENTS.c.person).where(AGENTS.c.person == person)
    if (await connection.execute(exists)).first() is None:
        await connection.execute(insert(AGENTS).values(person=person, active=True, source=source))
    else:
        await connection.execute(
            update(AGENTS).where(AGENTS.c.person == person).values(active=True, source=source)
        )
    await connection.execute(AGENT_DESKS.delete().where(AGENT_DESKS.c.person == person))
    await connection.execute(
        insert(AGENT_DESKS),
        [{"person": person, "desk": desk} for desk in dict.fromkeys(agent.desks)],
    )
    await _put_teams(connection, person, agent)
    if source == CONFIG or agent.away:  # `agents add` says nothing about absences
        await _put_absences(connection, person, agent, source)
    return person


async def _put_teams(connection: AsyncConnection, person: PersonId, agent: AgentSetting) -> None:
    await connection.execute(AGENT_TEAMS.delete().where(AGENT_TEAMS.c.person == person))
    teams = [{"person": person, "team": team} for team in dict.fromkeys(agent.teams)]
    if teams:
        await connection.execute(insert(AGENT_TEAMS), teams)


async def _put_absences(
    connection: AsyncConnection, person: PersonId, agent: AgentSetting, source: str
) -> None:
    """Those that were said by command stay."""
    mine = ABSENCES.c.person == person
    await connection.execute(ABSENCES.delete().where(mine, ABSENCES.c.source == source))
    days: dict[date, date] = {}
    for first, last in agent.away:
        days[first] = max(last, days.get(first, last))
    rows = [
        {"person": person, "first": first, "last": last, "source": source}
        for first, last in days.items()
    ]
    if rows:
        await connection.execute(insert(ABSENCES), rows)


async def set_absence(
    engine: AsyncEngine, address: str, days: tuple[date, date] | None, now: datetime
) -> None:
    """An agent is away on these days, and not on others that were said by command and are not over;
    None: on none. Raises StoreError if that is no agent, or for days that end before they begin."""
    if days is not None and days[1] < days[0]:
        raise StoreError(
            f"an absence from {days[0]} to {days[1]} ends before it begins",
            "name its first day first",
        )
    async with writing(engine) as connection:
        person = await _agent(connection, address)
        said = (ABSENCES.c.person == person, ABSENCES.c.source == COMMAND)
        replaced = ABSENCES.c.last >= now.date()
        if days is not None:  # one that is over may go on
            replaced |= ABSENCES.c.first == days[0]
        await connection.execute(ABSENCES.delete().where(*said, replaced))
        if days is None:
            return
        first, last = days
        row = {"person": person, "first": first, "last": last, "source": COMMAND}
        await connection.execute(insert(ABSENCES).values(**row))


async def _agent(connection: AsyncConnection, address: str) -> PersonId:
    statement = (
        select(AGENTS.c.person)
        .join_from(AGENTS, ADDRESSES, ADDRESSES.c.person == AGENTS.c.person)
        .where(ADDRESSES.c.key == lookup_key(address), AGENTS.c.active.is_(True))
    )
    found = (await connection.execute(statement)).scalar_one_or_none()
    if found is None:
        raise StoreError(f"{address} is no agent", "see `helpdesk agents list`")
    return PersonId(found)


async def set_wishes(engine: AsyncEngine, address: str, wishes: Mapping[str, str]) -> None:
    """What somebody wants: `language`, `zone`, `sms`, `muted_json`. Raises StoreError."""
    async with writing(engine) as connection:
        statement = select(ADDRESSES.c.person).where(ADDRESSES.c.key == lookup_key(address))
        person = (await connection.execute(statement)).scalar_one_or_none()
        if person is None:
            raise StoreError(f"nobody has the address {address}", "see `helpdesk customers list`")
        await connection.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(**wishes))


def _wishes(agent: AgentSetting) -> dict[str, str]:
    """What the operator decided for an agent; what he leaves open the agent may say by mail."""
    stated = {
        "language": agent.language,
        "zone": agent.zone,
        "muted_json": to_json(tuple(agent.muted)) if agent.muted else "",
    }
    return {name: value for name, value in stated.items() if value}


async def _person(connection: AsyncConnection, agent: AgentSetting) -> PersonId:
    """The person with one of these addresses, or a new one; all of the addresses are theirs."""
    keys = {lookup_key(address): address for address in agent.addresses}
    statement = select(ADDRESSES.c.key, ADDRESSES.c.person).where(ADDRESSES.c.key.in_(list(keys)))
    owners = {row.key: PersonId(row.person) for row in await connection.execute(statement)}
    person = next((owners[key] for key in keys if key in owners), None)
    if person is None:
        person = PersonId(await take_ids(connection, "person", 1))
        await connection.execute(
            insert(PEOPLE).values(
                id=person, address=agent.addresses[0], name=agent.name, **_wishes(agent)
            )
        )
    else:
        await connection.execute(
            update(PEOPLE)
            .where(PEOPLE.c.id == person)
            .values(address=agent.addresses[0], name=agent.name, **_wishes(agent))
        )
    # An address that the operator no longer names may be somebody else's by now.
    await connection.execute(
        ADDRESSES.delete().where(ADDRESSES.c.person == person, ADDRESSES.c.key.not_in(list(keys)))
    )
    for key, address in keys.items():
        if key in owners:
            await connection.execute(
                update(ADDRESSES)
                .where(ADDRESSES.c.key == key)
                .values(person=person, address=address)
            )
        else:
            await connection.execute(
                insert(ADDRESSES).values(
                    key=key, person=person, address=address, failures=0, suppressed=False
                )
            )
    return person
