"""What was said is found by its words, on both databases alike."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.listing import Order, Sort
from helpdesk.core.search_words import LONGEST_TEXT, query_of
from helpdesk.core.ticket import Entry, EntryId, EntryKind, Status, TicketNumber
from helpdesk.store import finding
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.engine import StoreError, database_file, read_at_once, write_at_once, writing
from helpdesk.store.finding import tickets_with
from helpdesk.store.listing import TicketFilter, list_tickets, places
from helpdesk.store.schema import migrate
from helpdesk.store.tables import TICKETS
from tests.builders import ANA, EVE, NOW, message
from tests.store.house import House

ASKED: tuple[tuple[str, list[int]], ...] = (
    ("rechnung", [1001]),
    ("RECHN", [1001]),
    ("chnung", []),
    ("rec", []),
    ("creme brulee", [1001]),
    ('"brulee creme"', []),
    ("rechnung xylofon", [1001]),
    ("印刷", [1002]),
    ("刷印", []),
    ("strasse", [1002]),
    ("1002", [1002]),
    ("1001 rechnung", [1001]),
    ('rechnung OR "strasse', []),
    ("rech* NEAR(", []),
    ("' & | ! <-> :*", []),
)


async def ask(house: House, words: str, *, order: Order | None = None, **which: str) -> list[int]:
    found = await list_tickets(house.engine, TicketFilter(words=words, **which), order)  # type: ignore[arg-type]
    return [line.number for line in found.lines]


async def open_two(house: House) -> None:
    await house.receive(message(EVE.address, "Rechnungsnummer", text="Crème Brûlée xylofon"))
    await house.receive(message(ANA.address, "印刷できない", text="Lange Straße 7"))


async def test_what_was_said_is_found_and_what_was_deleted_is_not(house: House) -> None:
    await open_two(house)

    assert [(words, await ask(house, words)) for words, _ in ASKED] == list(ASKED)

    await delete_ticket(house.engine, house.objects, TicketNumber(1001), NOW)

    assert await ask(house, "rechnung") == []
    assert await ask(house, "strasse") == [1002]
    if house.engine.dialect.name == "sqlite":
        assert b"xylofon" not in database_file(str(house.engine.url)).read_bytes()


async def test_what_was_moved_is_found_where_it_is(house: House) -> None:
    await house.receive(message(EVE.address, "lamp", text="It is red."))
    await house.receive(message(EVE.address, "cable", text="It is green."))
    await house.act(1002, Verb.NOTE, "He called about snow.")
    await house.act(1002, Verb.MERGE, "1001")

    assert await ask(house, "green lamp") == [1001]
    assert await ask(house, "green cable") == []
    assert await ask(house, "snow lamp") == [1001]
    assert await ask(house, "cable") == [1002]


async def test_a_new_subject_is_that_of_all_that_was_said(house: House) -> None:
    await house.receive(message(EVE.address, "lamp", text="It is red."))
    known = await house.known(tickets=frozenset({TicketNumber(1001)}))
    ticket = known.conversations[TicketNumber(1001)].ticket

    await house.apply(
        Decision(Verdict.RECORDED, "test", ticket=replace(ticket, subject="candle")),
        tickets=frozenset({TicketNumber(1001)}),
    )

    assert await ask(house, "red candle") == [1001]
    assert await ask(house, "lamp") == []


async def test_pages_of_what_was_found_have_each_ticket_once(house: House) -> None:
    for subject in ("one", "two", "three"):
        await house.receive(message(EVE.address, subject, text="lamp"))
    for _ in range(3):
        await house.act(1002, Verb.NOTE, "the lamp again")

    for ascending, numbers in ((False, [1003, 1002, 1001]), (True, [1001, 1002, 1003])):
        found: list[int] = []
        after, is_last = "", False
        while not is_last:
            order = Order(Sort.ENTRY, ascending)
            which = TicketFilter(words="lamp")
            page = await list_tickets(house.engine, which, order, limit=1, after=after)
            found += [line.number for line in page.lines]
            after, is_last = page.places[-1], page.is_last
        assert found == numbers
    assert await ask(house, "lamp", order=Order(Sort.UPDATED), status=Status.OPEN) == [
        1003,
        1002,
        1001,
    ]
    assert await ask(house, "lamp", order=Order(Sort.UPDATED), status=Status.CLOSED) == []


async def test_a_hit_is_shown_with_its_place_and_who_said_it(house: House) -> None:
    await house.receive(message(EVE.address, "one", text="The red lamp is on."))
    await house.act(1001, Verb.NOTE, "Which lamp?")
    lines = (await list_tickets(house.engine, TicketFilter(words="lamp"))).lines

    note, said = (await places(house.engine, "lamp", lines))[1001]

    assert (note.text, note.hits, note.internal) == ("Which lamp?", ((6, 10),), True)
    assert (said.text, said.hits, said.internal) == ("The red lamp is on.", ((8, 12),), False)
    assert (said.author, said.kind, said.entry) == (EVE.address, "message", 1)


async def test_places_are_shown_of_tickets_that_lie_far_apart(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_MOST_TOGETHER", 2)
    for subject in ("one", "two", "three"):
        await house.receive(message(EVE.address, subject, text="The lamp is on."))
    page = await list_tickets(house.engine, TicketFilter(words="lamp"))

    found = await places(house.engine, "lamp", page.lines)

    assert {number: len(each) for number, each in found.items()} == {1003: 1, 1002: 1, 1001: 1}


async def test_the_longest_text_and_the_most_words_are_taken(house: House) -> None:
    """PostgreSQL takes no more than 1 MB of words, and counts no further than 16,383."""
    scripts = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    entries = tuple(
        Entry(EntryId(10 + place), TicketNumber(1001), EntryKind.NOTE, NOW, text=text)
        for place, text in enumerate(
            (
                scripts * 6,
                "".join(map(chr, range(0x20000, 0x20000 + LONGEST_TEXT))),
                " ".join(f"{number:064}" for number in range(20_000)),
            )
        )
    )
    await house.receive(message(EVE.address, "one"))
    known = await house.known(tickets=frozenset({TicketNumber(1001)}))
    ticket = known.conversations[TicketNumber(1001)].ticket

    await house.apply(
        Decision(Verdict.RECORDED, "test", ticket=ticket, entries=entries),
        tickets=frozenset({TicketNumber(1001)}),
    )

    assert await ask(house, scripts[15_000:15_010]) == [1001]
    assert await ask(house, scripts[19_000:19_010]) == []


LATER = (
    *(("attachments", name) for name in ("recurs", "refused", "counted", "logo_of", "summary")),
    ("people", "away_until"),
)


async def test_a_migration_finds_what_was_said_before_as_it_is_found_today(house: House) -> None:
    await open_two(house)
    await house.act(1001, Verb.NOTE, "Snow, Ｓｎｏｗ")

    def again(connection: Connection) -> tuple[int, bool]:
        """Take away the index, and what came after it, and have the migrations make them anew."""
        rows = "SELECT * FROM search ORDER BY 1, 2"
        if connection.dialect.name == "sqlite":
            rows = "SELECT rowid, words FROM search ORDER BY 1"
        before = connection.exec_driver_sql(rows).all()
        connection.exec_driver_sql("DROP TABLE search")
        names = ("assignee", "category", "created_at", "desk", "priority", "updated_at")
        for name in (*(f"{each}_number" for each in names), "target"):
            connection.exec_driver_sql(f"DROP INDEX tickets_{name}")
        connection.exec_driver_sql("DROP INDEX attachments_logo")
        for table, column in LATER:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        migrate(connection, "0006")
        return len(before), connection.exec_driver_sql(rows).all() == before

    async with writing(house.engine) as connection:
        assert await connection.run_sync(again) == (5, True)


async def test_no_words_break_a_question(house: House) -> None:
    await house.receive(message(EVE.address, "one"))
    questions: list[str] = []

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(st.text(min_size=1))
    def collect(words: str) -> None:
        questions.append(words)

    collect()

    def run(connection: Connection) -> None:
        for words in questions:
            if terms := query_of(words):
                list(tickets_with(connection, terms, None))

    await read_at_once(house.engine, run)


# --- lists --------------------------------------------------------------------------------------

SORTED: tuple[tuple[Order, list[int]], ...] = (
    (Order(), [1004, 1003, 1002, 1001]),
    (Order(Sort.ENTRY, ascending=True), [1001, 1002, 1003, 1004]),
    (Order(Sort.UPDATED), [1002, 1004, 1003, 1001]),
    (Order(Sort.UPDATED, ascending=True), [1001, 1003, 1004, 1002]),
    (Order(Sort.PRIORITY), [1003, 1004, 1002, 1001]),
    (Order(Sort.PRIORITY, ascending=True), [1001, 1002, 1004, 1003]),
    (Order(Sort.DUE), [1003, 1001, 1004, 1002]),
    (Order(Sort.DUE, ascending=False), [1001, 1003, 1004, 1002]),
)


async def open_four(house: House) -> None:
    """Of which 1003 is high, 1001 low, 1002 was changed last; 1003 and 1001 have a target."""
    for minutes, subject in enumerate(("one", "two", "three", "four")):
        now = NOW + timedelta(minutes=minutes)
        await house.receive(message(EVE.address, subject), now=now)
    values = (
        (1001, {"priority": "low", "target_at": NOW + timedelta(hours=2)}),
        (1002, {"updated_at": NOW + timedelta(hours=1)}),
        (1003, {"priority": "high", "target_at": NOW + timedelta(hours=1)}),
    )

    def change(connection: Connection) -> None:
        for number, changed in values:
            connection.execute(update(TICKETS).where(TICKETS.c.number == number).values(**changed))

    await write_at_once(house.engine, change)


async def pages(house: House, which: TicketFilter, order: Order) -> list[int]:
    """One by one."""
    found: list[int] = []
    after, is_last = "", False
    while not is_last:
        page = await list_tickets(house.engine, which, order, limit=1, after=after)
        found += [line.number for line in page.lines]
        after, is_last = (page.places or ("",))[-1], page.is_last
    return found


async def test_a_list_is_sorted_and_its_pages_have_each_ticket_once(house: House) -> None:
    await open_four(house)

    for order, numbers in SORTED:
        page = await list_tickets(house.engine, None, order)
        assert [line.number for line in page.lines] == numbers, order
        assert await pages(house, TicketFilter(), order) == numbers, order
        assert await pages(house, TicketFilter(words="one"), order) == [1001], order
        days = TicketFilter(since=NOW, until=NOW + timedelta(seconds=90))
        assert await pages(house, days, order) == [n for n in numbers if n < 1003], order


FAR = ("entry/0/99999999999999999999", "entry/0/-99999999999999999999")
OUT_OF_TIME = ("2026-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00")


@pytest.mark.parametrize("at", OUT_OF_TIME)
async def test_a_place_at_a_time_that_there_is_not_is_refused(house: House, at: str) -> None:
    with pytest.raises(StoreError, match="no place in this list"):
        await list_tickets(house.engine, order=Order(Sort.UPDATED), after=f"updated/0/{at}/1")


async def test_a_place_of_another_list_is_refused(house: House) -> None:
    for place in (
        "nonsense",
        "entry/0/x",
        "entry/7/1001",
        "entry/-1/1001",
        "due/1",
        "updated/0/1",
        *FAR,
    ):
        with pytest.raises(StoreError, match="no place in this list"):
            await list_tickets(house.engine, order=Order(), after=place)
