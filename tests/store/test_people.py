"""Who is an agent follows the configuration; commands may only add to it."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.ticket import Person
from helpdesk.store.engine import StoreError
from helpdesk.store.people import AgentSetting, add_agent, remove_agent, sync
from helpdesk.store.reads import list_agents, list_desks
from helpdesk.store.tables import ADDRESSES, PEOPLE
from tests.builders import BOB, CARL, EVE, SALES, SUPPORT, message
from tests.store.house import House

DESKS = (SUPPORT, SALES)
DAN = AgentSetting("Dan", ("dan@example.test", "Dan@home.example"), ("support",))
BOBS = AgentSetting(BOB.name, (BOB.address,), ("support", "sales"))


async def agents(house: House, desk: str = "support") -> list[str]:
    return [agent.address for agent in (await house.known()).agents.get(desk, ())]


async def person(house: House, key: str) -> Person:
    return (await house.known(addresses=frozenset({key}))).people[key]


async def test_a_second_start_changes_nothing(house: House) -> None:
    before = await house.rows(ADDRESSES), await house.rows(PEOPLE)
    carls = AgentSetting(CARL.name, (CARL.address,), ("support",))

    await sync(house.engine, DESKS, (BOBS, carls))

    assert (await house.rows(ADDRESSES), await house.rows(PEOPLE)) == before


async def test_who_vanished_from_the_configuration_is_no_agent_any_more(house: House) -> None:
    await add_agent(house.engine, DAN)

    await sync(house.engine, DESKS, (BOBS,))

    assert await agents(house) == [BOB.address, DAN.addresses[0]]
    assert not (await person(house, CARL.address)).is_agent


async def test_a_customer_can_become_an_agent_and_stays_the_same_person(house: House) -> None:
    await house.receive(message(EVE.address))
    eve = await person(house, EVE.address)

    await add_agent(house.engine, AgentSetting("Eve", (EVE.address, "eve@b.example"), ("sales",)))

    assert (await person(house, "eve@b.example")).id == eve.id
    assert await agents(house, "sales") == [BOB.address, EVE.address]


async def test_an_agent_loses_the_addresses_that_are_not_named_any_more(house: House) -> None:
    await add_agent(house.engine, DAN)
    await add_agent(house.engine, AgentSetting("Dan", ("dan@example.test",), ("sales",)))

    known = await house.known(addresses=frozenset({"dan@home.example"}))

    assert known.people == {}
    assert await agents(house, "sales") == [BOB.address, "dan@example.test"]
    assert "dan@example.test" not in await agents(house, "support")


async def test_an_agent_added_by_command_can_be_removed(house: House) -> None:
    await add_agent(house.engine, DAN)

    await remove_agent(house.engine, "DAN@home.example")

    assert DAN.addresses[0] not in await agents(house)
    with pytest.raises(StoreError, match="no agent"):
        await remove_agent(house.engine, DAN.addresses[0])


async def test_commands_do_not_change_the_agents_of_the_configuration(
    engine: AsyncEngine,
) -> None:
    with pytest.raises(StoreError, match="in the configuration"):
        await remove_agent(engine, BOB.address)
    with pytest.raises(StoreError, match="in the configuration"):
        await add_agent(engine, BOBS)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"desks": ("billing",)}, "there is no desk billing"),
        ({"desks": ()}, "has no desk"),
        ({"addresses": ()}, "has no address"),
        ({"addresses": ("dan",)}, "is no address"),
    ],
)
async def test_an_agent_without_address_or_desk_is_refused(
    house: House, values: dict[str, Any], named: str
) -> None:
    setting = {"name": "Dan", "addresses": ("dan@x.example",), "desks": ("support",)} | values

    with pytest.raises(StoreError, match=named):
        await add_agent(house.engine, AgentSetting(**setting))

    assert len(await house.rows(PEOPLE)) == 2


async def test_the_configuration_cannot_name_a_desk_that_is_not_there(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError, match="there is no desk support"):
        await sync(engine, (SALES,), (BOBS,))


async def test_two_agents_cannot_have_one_address(engine: AsyncEngine) -> None:
    twin = AgentSetting("Twin", ("BOB@example.test",), ("sales",))

    with pytest.raises(StoreError, match="two agents"):
        await sync(engine, DESKS, (BOBS, twin))


async def test_a_desk_that_is_gone_stays_for_its_tickets(engine: AsyncEngine) -> None:
    await sync(engine, (SALES,), (AgentSetting("Bob", (BOB.address,), ("sales",)),))

    assert [(desk.name, desk.active) for desk in await list_desks(engine)] == [
        ("sales", True),
        ("support", False),
    ]
    assert [(agent.name, agent.active, agent.source) for agent in await list_agents(engine)] == [
        ("Bob", True, "config"),
        ("Carl", False, "config"),
    ]
