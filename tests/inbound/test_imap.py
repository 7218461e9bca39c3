"""Mail is fetched exactly once, whatever the server does."""

import asyncio
import resource
import ssl
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import trustme
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.mail import Arrival
from helpdesk.core.reply import TRY_LATER
from helpdesk.inbound.imap import Pace, reverse_path
from helpdesk.inbound.imap_connection import LIST, folder_name, uid_set
from helpdesk.inbound.imap_place import Place
from helpdesk.ports import TokenRefused
from helpdesk.store.engine import database_file, open_engine
from helpdesk.store.schema import upgrade
from tests.inbound.imap_server import (
    BOX,
    NOW,
    QUICK,
    Fault,
    ImapServer,
    Session,
    Station,
    Tokens,
    letter,
    running,
    until,
)

SEEN, FLAGGED = "\\Seen", "\\Flagged"


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; every test gets a copy."""
    path = tmp_path_factory.mktemp("new") / "helpdesk.db"
    with ThreadPoolExecutor(1) as pool:  # a loop of its own
        pool.submit(asyncio.run, upgrade(f"sqlite+aiosqlite:///{path}")).result()
    return path


@pytest.fixture
async def engine(tmp_path: Path, new_database: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    copy(new_database, database_file(url))
    engine = open_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    server = ImapServer()
    async with server.running():
        yield server


@pytest.fixture
def station(engine: AsyncEngine, tmp_path: Path, server: ImapServer) -> Station:
    return Station(engine, tmp_path / "objects", server.port)


def letters(number: int) -> list[bytes]:
    return [letter(each) for each in range(1, number + 1)]


def once(start: str, fault: Fault, times: int = 1) -> Fault:
    """Only for the first commands that begin like this."""
    left = times

    async def only(session: Session, command: str) -> bool:
        nonlocal left
        if left and command.startswith(start):
            left -= 1
            return await fault(session, command)
        return False

    return only


async def cut(session: Session, _command: str) -> bool:
    session.cut()
    return True


async def decline(session: Session, _command: str) -> bool:
    session.answer("NO not now")
    return True


async def hang(session: Session, _command: str) -> bool:
    await session.hang()
    return True


# --- the straight way ---------------------------------------------------------------------------


async def test_each_mail_is_kept_once_with_its_place_and_then_seen(
    server: ImapServer, station: Station, tmp_path: Path
) -> None:
    server.inbox.add(*letters(3))
    async with running(station.fetcher(authserv_id="mx.example.test")):
        await until(lambda: server.idling)

    assert await station.origins() == ["7:1", "7:2", "7:3"]
    assert await station.contents(tmp_path / "objects") == letters(3)
    assert server.inbox.flagged(SEEN) == {1, 2, 3}
    assert await station.position() == "7:3"
    assert {a.source for a in station.accepted} == {"box"}
    assert {a.trust.authserv_id for a in station.accepted} == {"mx.example.test"}


async def test_octets_are_kept_as_the_server_gives_them(
    server: ImapServer, station: Station, tmp_path: Path
) -> None:
    odd = b'Subject: \xff\r\n\r\nbare \n and \r, * OK, a) UID 9 {3}\r\nabc "* " \x00'
    server.inbox.add(odd, odd.replace(b"\r\n", b"\n"))
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.contents(tmp_path / "objects") == [odd, odd.replace(b"\r\n", b"\n")]


async def test_mail_that_comes_while_the_server_is_asked_to_tell_is_fetched_at_once(
    server: ImapServer, station: Station
) -> None:
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: server.idling)
        server.deliver(letter())
        await until(lambda: fetcher.state.fetched)

    assert await station.uids() == [1]


async def test_without_idle_the_mailbox_is_polled(server: ImapServer, station: Station) -> None:
    server.capabilities = "IMAP4REV1"
    fetcher = station.fetcher(poll=0.01)
    async with running(fetcher):
        await until(lambda: server.said("NOOP"))
        server.inbox.add(letter())
        await until(lambda: fetcher.state.fetched)

    assert server.said("IDLE") == []


async def test_idle_that_is_announced_but_declined_is_not_asked_for_again(
    server: ImapServer, station: Station
) -> None:
    server.fault = once("IDLE", decline, 9)
    fetcher = station.fetcher(poll=0.01)
    async with running(fetcher):
        await until(lambda: len(server.said("NOOP")) > 2)

    assert len(server.said("IDLE")) == 1


async def test_a_server_that_always_ends_in_idle_is_polled(
    server: ImapServer, station: Station
) -> None:
    async def end(session: Session, command: str) -> bool:
        if command != "IDLE":
            return False
        session.say(b"+ idling")
        await session.writer.drain()
        return await cut(session, command)

    server.fault = end
    fetcher = station.fetcher(poll=0.01)
    async with running(fetcher):
        await until(lambda: len(server.said("NOOP")) > 2)
        server.inbox.add(letter())
        await until(lambda: fetcher.state.fetched)

    assert len(server.said("IDLE")) == 3


async def test_tls_is_spoken_from_the_first_octet(station: Station) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    secret = ImapServer()
    secret.tls = context
    secret.inbox.add(letter())
    async with secret.running():
        fetcher = station.fetcher(port=secret.port, tls=trusting)
        async with running(fetcher):
            await until(lambda: fetcher.state.fetched)

        doubting = station.fetcher(port=secret.port, tls=ssl.create_default_context())
        async with running(doubting):
            await until(lambda: "mailbox box" in station.bell.active)

    assert "ca_file" in station.bell.active["mailbox box"]


# --- where to begin, and where to go on ---------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "taken"), [("all", [1, 2, 3, 4]), ("unseen", [2, 4]), ("new", [4])]
)
async def test_the_first_look_takes_what_the_operator_wants_and_later_everything(
    server: ImapServer, station: Station, first: str, taken: list[int]
) -> None:
    server.inbox.add(letter(1), flags=[SEEN])
    server.inbox.add(letter(2))
    server.inbox.add(letter(3), flags=[SEEN])
    async with running(station.fetcher(first=first)):
        await until(lambda: server.idling)
    server.inbox.add(letter(4), flags=[SEEN])
    if first == "new":
        server.inbox.flags[2].clear()
    async with running(station.fetcher(first=first)):
        await until(lambda: len(server.said("IDLE")) == 2)

    assert await station.uids() == taken


async def test_dying_in_the_first_look_does_not_make_old_mail_new(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(60))
    server.inbox.add(*letters(40), flags=[SEEN])
    server.fault = once("UID FETCH 51:60 (UID BODY", hang)
    async with running(station.fetcher(first="unseen")):
        await until(lambda: server.said("UID FETCH 51:60 (UID BODY"))
    assert await station.position() == f"7:50 unseen:101 first:{NOW.timestamp():.0f}"
    async with running(station.fetcher(first="unseen")):
        await until(lambda: server.idling)

    assert await station.uids() == list(range(1, 61))


def test_a_place_survives_the_store() -> None:
    last = 2**32 - 1
    for place in (
        Place("imap.example.com/7", 3),
        Place("imap.example.com/7", 0, 100),
        Place(f"[2001:db8::1]/{last}", last),
        Place("imap.example.com/7", 1, 9, 1_790_000_000, 9),
        Place("imap.example.com/7", 3, restored=2),
    ):
        assert Place.parse(str(place)) == place
    assert str(Place("x/7", 99, 100, 5, 100)) == "x/7:99 first:5"
    assert [Place.parse(text) for text in ("", "x/7", ":7", "x/7:b", "x/7:2 unseen")] == [None] * 5


async def test_after_a_restart_only_new_mail_is_fetched(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3))
    async with running(station.fetcher()):
        await until(lambda: server.idling)
    server.inbox.add(letter(4))
    server.commands.clear()
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 2, 3, 4]
    assert [c for c in server.said("UID FETCH") if "BODY" in c] == ["UID FETCH 4 (UID BODY.PEEK[])"]


async def test_a_renumbered_folder_is_looked_at_from_its_beginning(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3))
    async with running(station.fetcher()):
        await until(lambda: server.idling)
    server.folders["INBOX"] = renumbered = type(server.inbox)(uidvalidity=8)
    renumbered.add(*letters(4), flags=[SEEN])
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert (await station.origins())[3:] == [f"8:{uid}" for uid in (1, 2, 3, 4)]
    assert await station.position() == "8:4"


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_folder_that_was_restored_from_a_copy_is_looked_at_from_its_beginning(
    server: ImapServer, station: Station, tmp_path: Path, *, is_running: bool
) -> None:
    def restore() -> None:
        server.folders["INBOX"] = restored = type(server.inbox)()
        restored.add(*letters(2), *letters(7)[5:])
        for session in server.sessions:
            session.cut()

    server.inbox.add(*letters(5))
    async with running(station.fetcher()):
        await until(lambda: server.idling)
        if is_running:
            restore()
            await until(lambda: len(server.said("IDLE")) > 1 and server.idling)
    if not is_running:
        restore()
        async with running(station.fetcher()):
            await until(lambda: len(server.said("IDLE")) > 1 and server.idling)
    async with running(station.fetcher()):
        await until(lambda: len(server.said("IDLE")) > 2 and server.idling)

    assert (await station.origins())[5:] == [f"7.1:{uid}" for uid in (1, 2, 3, 4)]
    assert (await station.contents(tmp_path / "objects"))[-2:] == letters(7)[5:]
    assert await station.position() == "7:4 restored:1"


@pytest.mark.parametrize("uidnext", [b"", b"* OK [UIDNEXT 2] wrong"])
async def test_a_server_that_does_not_know_its_next_number_was_not_restored(
    server: ImapServer, station: Station, uidnext: bytes
) -> None:
    async def select(session: Session, command: str) -> bool:
        if not command.startswith("SELECT"):
            return False
        session.selected = server.inbox
        session.say(b"* OK [UIDVALIDITY 7] valid")
        session.say(uidnext or b"* OK nothing more")
        session.answer("OK done")
        return True

    server.fault = select
    server.inbox.add(*letters(3))
    async with running(station.fetcher()):
        await until(lambda: server.idling)
    if not uidnext:
        server.inbox.remove(3)
    async with running(station.fetcher()):
        await until(lambda: len(server.said("IDLE")) > 1 and server.idling)

    assert await station.uids() == [1, 2, 3]
    assert await station.position() == "7:3"


@pytest.mark.parametrize("first", ["unseen", "new"])
async def test_what_was_left_out_stays_so_when_a_folder_is_renumbered(
    server: ImapServer, station: Station, first: str
) -> None:
    old, new = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    server.inbox.add(*letters(3), flags=[SEEN], at=old)
    async with running(station.fetcher(first=first)):
        await until(lambda: server.idling)
    server.folders["INBOX"] = renumbered = type(server.inbox)(uidvalidity=8)
    renumbered.add(*letters(2), flags=[SEEN], at=old - timedelta(days=400))
    renumbered.add(letter(3), at=old)
    renumbered.add(letter(4), flags=[SEEN], at=new)
    fetcher = station.fetcher(first=first)
    async with running(fetcher):
        await until(lambda: server.idling)
        # What somebody moves into the folder keeps its date.
        server.inbox.add(letter(5), at=old)
        server.deliver(letter(6))
        await until(lambda: fetcher.state.fetched == 3 and server.idling)

    assert await station.uids() == [4, 5, 6]
    assert await station.position() == f"8:6 first:{NOW.timestamp():.0f}"


@pytest.mark.parametrize("changed", [{"user": "sales@example.test"}, {"folder": "Sales"}])
async def test_another_mailbox_under_the_same_name_is_read_from_its_beginning(
    server: ImapServer, station: Station, changed: dict[str, Any]
) -> None:
    """Also where all have the same UIDVALIDITY, as with some providers."""
    server.inbox.add(*letters(3))
    async with running(station.fetcher()):
        await until(lambda: server.idling)
    other = server.folders[changed.get("folder", "INBOX")] = type(server.inbox)()
    other.add(*letters(5)[3:])
    async with running(station.fetcher(**changed)):
        await until(lambda: server.idling)

    assert len(await station.origins()) == 5
    assert other.flagged(SEEN) == {1, 2}


async def test_another_server_of_the_same_mailbox_gives_new_numbers(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3), flags=[SEEN], at=NOW - timedelta(hours=1))
    async with running(station.fetcher(first="new")):
        await until(lambda: server.idling)
    server.folders["INBOX"] = moved = type(server.inbox)()
    moved.add(*letters(3), flags=[SEEN], at=NOW - timedelta(hours=1))
    moved.add(letter(4), flags=[SEEN], at=NOW + timedelta(hours=1))
    async with running(station.fetcher(first="new", host="localhost")):
        await until(lambda: server.idling)

    assert await station.uids() == [4]
    assert await station.origins() == ["imap:box:support@example.test/INBOX:localhost/7:4"]


async def test_unseen_mail_that_a_renumbering_overtakes_is_taken(
    server: ImapServer, station: Station
) -> None:
    old, new = NOW - timedelta(days=30), NOW + timedelta(hours=1)
    server.inbox.add(letter(1), at=old)
    server.fault = once("UID FETCH 1 (UID BODY", hang)
    async with running(station.fetcher(first="unseen")):
        await until(lambda: server.said("UID FETCH 1 (UID BODY"))
    server.folders["INBOX"] = renumbered = type(server.inbox)(uidvalidity=8)
    renumbered.add(letter(2), flags=[SEEN], at=old)
    renumbered.add(letter(1), at=old)
    renumbered.add(letter(3), flags=[SEEN], at=new)
    async with running(station.fetcher(first="unseen")):
        await until(lambda: server.idling)

    assert await station.uids() == [2, 3]


async def test_dying_between_the_intake_and_the_cursor_keeps_one_mail_and_marks_it(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3))
    server.fault = once("UID STORE", hang)
    async with running(station.fetcher()):
        await until(lambda: server.said("UID STORE"))
    assert await station.position() == "7:0"
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 2, 3]
    assert server.inbox.flagged(SEEN) == {1, 2, 3}
    assert len([c for c in server.said("UID FETCH") if "BODY" in c]) == 1


@pytest.mark.parametrize("found", [b"* search 1 2 3", b"* Search 3 2\r\n* SEARCH 1 3"])
async def test_what_was_found_is_taken_however_it_is_written(
    server: ImapServer, station: Station, found: bytes
) -> None:
    async def find(session: Session, _command: str) -> bool:
        session.say(found)
        session.answer("OK done")
        return True

    server.inbox.add(*letters(3))
    server.fault = once("UID SEARCH UID 1:3", find)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 2, 3]


async def test_an_answer_in_other_words_is_not_taken_for_an_empty_folder(
    server: ImapServer, station: Station
) -> None:
    async def find(session: Session, _command: str) -> bool:
        session.say(f'* ESEARCH (TAG "{session.tag}") UID ALL 1:3'.encode())
        session.answer("OK done")
        return True

    server.inbox.add(*letters(3))
    server.fault = once("UID SEARCH UID 1:3", find)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 2, 3]


async def test_gaps_of_a_million_uids_are_crossed(server: ImapServer, station: Station) -> None:
    server.inbox.uidnext = 5_000_000
    server.inbox.add(letter())
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [5_000_000]
    assert len(server.said("UID SEARCH")) < 40


async def test_who_has_much_to_catch_up_with_is_not_silent(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(60))
    server.fault = once("UID FETCH 51:60 (UID BODY", hang)
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: server.said("UID FETCH 51:60 (UID BODY"))

        assert fetcher.state.last_contact_at == NOW


# --- marking ------------------------------------------------------------------------------------


async def test_nothing_is_marked_before_it_is_kept(server: ImapServer, station: Station) -> None:
    server.inbox.add(letter())
    station.refusal = TRY_LATER
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: len(server.sessions) > 3)
        assert server.said("UID STORE") == []
        assert fetcher.state.last_error == "mail cannot be kept now"
        station.refusal = None
        await until(lambda: server.idling)

    assert await station.uids() == [1]
    assert server.inbox.flagged(SEEN) == {1}


@pytest.mark.parametrize("capabilities", ["IMAP4REV1 MOVE", "IMAP4REV1 UIDPLUS"])
async def test_taken_mail_is_moved_into_a_folder_that_is_made_for_it(
    server: ImapServer, station: Station, capabilities: str
) -> None:
    server.capabilities = capabilities
    server.inbox.add(*letters(3))
    async with running(station.fetcher(done_folder="Done")):
        await until(lambda: server.said("NOOP") or not server.inbox.mails)

    assert server.inbox.mails == {}
    assert list(server.folders["Done"].mails.values()) == letters(3)


async def test_without_uidplus_nobody_elses_deleted_mail_is_expunged(
    server: ImapServer, station: Station
) -> None:
    server.capabilities = "IMAP4REV1"
    server.inbox.add(*letters(2))
    async with running(station.fetcher(done_folder="Done", poll=0.01)):
        await until(lambda: len(server.said("NOOP")) > 1)

    assert server.inbox.flagged("\\Deleted") == {1, 2}
    assert len(server.folders["Done"].mails) == 2
    assert not any("EXPUNGE" in command for command in server.commands)


@pytest.mark.parametrize("done_folder", ["", "Done"])
async def test_marking_that_fails_is_tried_again_and_fetches_nothing_twice(
    server: ImapServer, station: Station, done_folder: str
) -> None:
    start = "UID MOVE" if done_folder else "UID STORE"
    server.inbox.add(*letters(3))
    server.fault = once(start, decline, 2)
    async with running(station.fetcher(done_folder=done_folder)):
        await until(lambda: "marking in mailbox box" in station.bell.active)
        await until(lambda: server.idling)
        server.deliver(letter(4))
        await until(lambda: len(server.said("IDLE")) > 1)

        assert await station.uids() == [1, 2, 3, 4]
        left = server.inbox.mails.keys() - server.inbox.flagged(SEEN)
        assert left == set()
        assert station.bell.active == {}


@pytest.mark.parametrize("fault", [decline, cut])
@pytest.mark.parametrize("step", ["UID STORE", "UID EXPUNGE"])
async def test_what_was_copied_but_cannot_be_removed_is_not_copied_again(
    server: ImapServer, station: Station, step: str, fault: Fault
) -> None:
    server.capabilities = "IMAP4REV1 UIDPLUS"
    server.inbox.add(*letters(3))
    server.fault = once(step, fault, 2)
    async with running(station.fetcher(done_folder="Done", poll=0.01)):
        await until(lambda: not server.inbox.mails)

    assert list(server.folders["Done"].mails.values()) == letters(3)
    assert await station.uids() == [1, 2, 3]


async def test_a_mail_that_cannot_be_moved_keeps_no_other_from_being_moved(
    server: ImapServer, station: Station
) -> None:
    async def refuse(session: Session, command: str) -> bool:
        if not command.startswith("UID MOVE"):
            return False
        is_there = 33 in server._uids(session, command.split()[2])
        return is_there and await decline(session, command)

    server.fault = refuse
    server.inbox.add(*letters(150))
    async with running(station.fetcher(replace(QUICK, idle=0.01), done_folder="Done")):
        await until(lambda: server.inbox.mails.keys() == {33})
        server.inbox.add(letter(151))
        await until(lambda: len(server.folders["Done"].mails) == 150)

        assert "marking in mailbox box" in station.bell.active
        server.fault = None
        await until(lambda: not station.bell.active)

    assert len(station.accepted) == 151


async def test_marking_that_failed_before_a_restart_is_made_good(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter(0), flags=[])
    async with running(station.fetcher(first="new")):
        await until(lambda: server.idling)
    server.inbox.add(*letters(3))
    server.fault = once("UID STORE", decline, 99)
    async with running(station.fetcher()):
        await until(lambda: len(server.said("IDLE")) > 1)
    assert (await station.position()).startswith("7:4 ")
    server.fault = None
    async with running(station.fetcher()):
        await until(lambda: server.inbox.flagged(SEEN))

    assert server.inbox.flagged(SEEN) == {2, 3, 4}
    assert await station.uids() == [2, 3, 4]


async def test_a_server_that_dies_of_marking_still_gives_its_mail(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3))
    server.fault = once("UID STORE", cut, 99)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 2, 3]


# --- mails that cannot be fetched ---------------------------------------------------------------


async def garbage(session: Session, _command: str) -> bool:
    session.say(b"* 1 FETCH (UID 1 BODY[] NIL)")
    session.answer("OK done")
    return True


async def huge(session: Session, _command: str) -> bool:
    session.say(b"* 1 FETCH (UID 1 BODY[] {4294967295}")
    return True


@pytest.mark.parametrize(
    ("poison", "number"), [(cut, 1000), *((each, 130) for each in (hang, decline, garbage, huge))]
)
async def test_a_poison_mail_first_of_many_blocks_none_of_the_others(
    server: ImapServer, station: Station, poison: Fault, number: int
) -> None:
    async def poisoned(session: Session, command: str) -> bool:
        named = command.startswith(("UID FETCH 1 ", "UID FETCH 1:")) and "BODY" in command
        return named and await poison(session, command)

    server.fault = poisoned
    server.inbox.add(*letters(number))
    fetcher = station.fetcher(timeout=0.3 if poison is hang else 10)
    async with running(fetcher):
        await until(lambda: server.inbox.flagged(FLAGGED) and server.idling)

    assert sorted(await station.uids()) == list(range(2, number + 1))
    assert server.inbox.flagged(SEEN) == set(range(2, number + 1))
    assert server.inbox.flagged(FLAGGED) == {1}
    assert "mail set aside in box" in station.bell.active
    assert await station.position() == f"7:{number}"
    assert fetcher.state.failed == 1


async def omit(session: Session, command: str) -> bool:
    """As a server does that skips what it cannot read."""
    numbers, items = command.removeprefix("UID FETCH ").split(" ", 1)
    first, _, last = numbers.partition(":")
    assert session.selected is not None
    for uid in range(int(first) + (first == "1"), int(last or first) + 1):
        size = len(session.selected.mails[uid])
        session.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size})".encode())
    assert "SIZE" in items
    session.answer("OK done")
    return True


@pytest.mark.parametrize("poison", [cut, hang, decline, omit])
@pytest.mark.parametrize("number", [1, LIST + 50])
async def test_a_mail_that_cannot_even_be_listed_blocks_none_of_the_others(
    server: ImapServer, station: Station, poison: Fault, number: int
) -> None:
    async def poisoned(session: Session, command: str) -> bool:
        named = command.startswith(("UID FETCH 1 ", "UID FETCH 1:")) and "SIZE" in command
        return named and await poison(session, command)

    server.fault = poisoned
    server.inbox.add(*letters(number))
    fetcher = station.fetcher(timeout=0.3 if poison is hang else 10)
    async with running(fetcher):
        await until(lambda: server.inbox.flagged(FLAGGED) and server.idling)

    assert sorted(await station.uids()) == list(range(2, number + 1))
    assert server.inbox.flagged(FLAGGED) == {1}
    assert "UID 1 " in station.bell.active["mail set aside in box"]
    assert await station.position() == f"7:{number}"
    assert fetcher.state.failed == 1


async def test_a_connection_that_is_lost_once_while_listing_costs_little(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(150))
    server.fault = once("UID FETCH", cut)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert len(await station.uids()) == 150
    assert len(server.said("UID FETCH")) == 5


async def test_a_mail_that_cannot_be_listed_at_first_may_still_be_too_large(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter(1), letter(2, size=70_000))
    server.fault = once("UID FETCH", decline, 3)
    fetcher = station.fetcher(size_limit=65_536)
    async with running(fetcher):
        await until(lambda: server.inbox.flagged(FLAGGED) and server.idling)

    assert await station.uids() == [1]
    assert fetcher.state.failed == 1
    assert "larger than size_limit" in station.bell.active["mail set aside in box"]


async def test_a_server_that_gives_no_mail_for_half_an_hour_has_none_set_aside(
    server: ImapServer, station: Station
) -> None:
    async def out_of_order(session: Session, command: str) -> bool:
        return "FETCH" in command and await decline(session, command)

    server.fault = out_of_order
    server.inbox.add(*letters(3))
    pace = replace(QUICK, idle=0.01, again_after=Pace().again_after)
    async with running(station.fetcher(pace)):
        for _ in range(30):
            server.commands.clear()
            await until(lambda: len(server.said("NOOP")) > 1)
            station.clock.tick(timedelta(minutes=1))
        told = station.bell.active["mailbox box"]
        server.fault = None
        server.deliver(letter(4))
        await until(lambda: server.inbox.flagged(SEEN) == {1, 2, 3, 4})
        await until(lambda: not station.bell.active)

    assert "does not give mails that are there: 3" in told
    assert server.inbox.flagged(FLAGGED) == set()


async def test_a_server_that_lists_nothing_is_not_asked_for_one_mail_after_the_other(
    server: ImapServer, station: Station
) -> None:
    async def out_of_order(session: Session, command: str) -> bool:
        return "FETCH" in command and await decline(session, command)

    server.fault = out_of_order
    server.inbox.add(*letters(3 * LIST))
    pace = replace(QUICK, first_pause=0.5, longest_pause=0.5, again_after=Pace().again_after)
    fetcher = station.fetcher(pace)
    async with running(fetcher):
        await until(lambda: fetcher.state.last_error)
        assert fetcher.state.last_error == "command declined"
        assert len(server.said("UID FETCH")) == LIST + 1
        server.fault = None
        await until(lambda: fetcher.state.fetched == 3 * LIST)

    assert server.inbox.flagged(FLAGGED) == set()


async def test_a_mail_that_intake_refuses_is_set_aside_once(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(*letters(3))
    server.fault = once("UID FETCH 1:3 (UID BODY", cut)
    station.refused = {f"{BOX}7:2"}
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: server.idling)
        server.deliver(letter(4))
        await until(lambda: server.inbox.flagged(SEEN) == {1, 3, 4} and server.idling)

    assert fetcher.state.failed == 1
    assert await station.position() == "7:4"


async def test_who_dies_while_a_mail_is_set_aside_tells_of_it_later(
    server: ImapServer, station: Station
) -> None:
    async def poisoned(session: Session, command: str) -> bool:
        if command.startswith("UID FETCH 1 ") and "HEADER" in command:
            return await hang(session, command)
        return command.startswith("UID FETCH 1 (UID BODY") and await decline(session, command)

    server.fault = poisoned
    server.inbox.add(letter())
    async with running(station.fetcher()):
        await until(lambda: any("HEADER" in command for command in server.commands))
    assert await station.position() == "7:0"
    assert station.bell.told == []


async def test_a_mail_that_two_lost_connections_hit_is_not_set_aside(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter())
    server.fault = once("UID FETCH 1 (UID BODY", cut, 2)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [1]
    assert station.bell.told == []


async def test_a_lone_suspect_is_not_tried_before_its_time(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter())
    server.fault = once("UID FETCH 1 (UID BODY", cut, 99)
    pace = type(QUICK)(idle=30, first_pause=0.001, longest_pause=0.02, jitter=lambda: 1.0)
    async with running(station.fetcher(pace)):
        await until(lambda: server.idling)

    assert len(server.said("UID FETCH 1 (UID BODY")) == 1
    assert server.inbox.flagged(FLAGGED) == set()


@pytest.mark.parametrize("failed_folder", ["", "Failed"])
async def test_a_mail_over_the_limit_is_set_aside_unfetched_and_blocks_nothing(
    server: ImapServer, station: Station, failed_folder: str
) -> None:
    server.inbox.add(letter(1), letter(2, size=70_000), letter(3))
    async with running(station.fetcher(size_limit=65_536, failed_folder=failed_folder)):
        await until(lambda: server.idling)

    assert await station.uids() == [1, 3]
    assert "larger than size_limit" in station.bell.active["mail set aside in box"]
    if failed_folder:
        assert list(server.folders["Failed"].mails.values()) == [letter(2, size=70_000)]
    else:
        assert server.inbox.flagged(FLAGGED) == {2}


async def test_the_operator_hears_which_mails_were_set_aside(
    server: ImapServer, station: Station
) -> None:
    header = b"From: Ana <ana@customer.example>\r\nSubject: =?utf-8?q?Fire=21?=\r\n\r\n"
    server.inbox.add(*[header + b"x" * 70_000] * 2, b"x" * 70_000)
    fetcher = station.fetcher(size_limit=65_536)
    async with running(fetcher):
        await until(lambda: server.inbox.flagged(FLAGGED) == {1, 2, 3})

    said = station.bell.active["mail set aside in box"]
    which = "(from Ana <ana@customer.example>, subject Fire!)"
    assert [f"UID {uid} {which}: larger" in said for uid in (1, 2)] == [True, True]
    assert "UID 3: larger than size_limit" in said
    assert "not taken: 3 " in said


async def test_what_was_set_aside_before_a_reload_is_told_with_what_comes_after(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(b"x" * 70_000)
    last = station.fetcher(size_limit=65_536)
    async with running(last):
        await until(lambda: server.inbox.flagged(FLAGGED) == {1} and server.idling)
    following = station.fetcher(size_limit=65_536)
    following.take_over(*last.hand_over())
    server.inbox.add(b"x" * 70_000)
    async with running(following):
        await until(lambda: server.inbox.flagged(FLAGGED) == {1, 2})

    said = station.bell.active["mail set aside in box"]
    assert "not taken: 2 " in said
    assert [f"UID {uid}: larger than size_limit" in said for uid in (1, 2)] == [True, True]
    assert following.state.failed == 1


@pytest.mark.parametrize("fault", [cut, decline])
async def test_a_mail_whose_header_kills_the_connection_is_set_aside_once(
    server: ImapServer, station: Station, fault: Fault
) -> None:
    server.inbox.add(letter(1, size=70_000), letter(2))

    async def on_header(session: Session, command: str) -> bool:
        return "HEADER" in command and await fault(session, command)

    server.fault = on_header
    fetcher = station.fetcher(size_limit=65_536)
    async with running(fetcher):
        await until(lambda: server.inbox.flagged(FLAGGED) == {1})
        await until(lambda: server.inbox.flagged(SEEN) == {2})

    assert fetcher.state.failed == 1


async def test_a_mail_that_was_set_aside_is_tried_again_when_it_is_copied_back(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter(1, size=70_000))
    async with running(station.fetcher(size_limit=65_536)):
        await until(lambda: server.inbox.flagged(FLAGGED) and server.idling)
    server.inbox.add(letter(1, size=70_000))
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert await station.uids() == [2]


# --- trouble with the server --------------------------------------------------------------------


async def test_a_dead_connection_in_idle_is_noticed_and_the_mail_is_caught_up_with(
    server: ImapServer, station: Station
) -> None:
    async def swallow(session: Session, _command: str) -> bool:
        session.say(b"+ idling")
        await session.hang()
        return True

    server.fault = once("IDLE", swallow)
    pace = type(QUICK)(idle=0.05, first_pause=0.001, longest_pause=0.02, jitter=lambda: 1.0)
    fetcher = station.fetcher(pace, timeout=0.2)
    async with running(fetcher):
        await until(lambda: server.said("IDLE"))
        server.inbox.add(letter())
        await until(lambda: fetcher.state.fetched)

    assert len(server.sessions) == 2


def test_a_dead_connection_is_noticed_within_five_minutes() -> None:
    assert type(QUICK)().idle + 60 <= 300


@pytest.mark.parametrize(
    "step", ["LOGIN", "CAPABILITY", "SELECT", "UID SEARCH", "UID FETCH", "NOOP"]
)
@pytest.mark.parametrize("fault", [cut, hang])
async def test_any_command_may_lose_the_connection_or_hang(
    server: ImapServer, station: Station, step: str, fault: Fault
) -> None:
    server.inbox.add(*letters(3))
    server.fault = once(step, fault)
    pace = type(QUICK)(idle=0.01, first_pause=0.001, longest_pause=0.02, jitter=lambda: 1.0)
    async with running(station.fetcher(pace, timeout=0.2)):
        await until(lambda: len(server.sessions) >= 2 and server.said("NOOP"))

    assert await station.uids() == [1, 2, 3]


async def test_a_refused_password_rings_and_stops_when_it_is_right_again(
    server: ImapServer, station: Station
) -> None:
    server.password = "another"
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: station.bell.active)
        told = station.bell.active["mailbox box"]
        assert told.startswith("mailbox box: login refused (check user and password")
        assert "sesame" not in told
        assert fetcher.state.last_error == "login refused"
        server.password = "sesame"
        await until(lambda: server.idling)

    assert station.bell.active == {}
    assert fetcher.state.last_error == ""


async def test_a_server_with_trouble_of_its_own_does_not_refuse_the_login(
    server: ImapServer, station: Station
) -> None:
    async def unavailable(session: Session, _command: str) -> bool:
        session.answer("NO [UNAVAILABLE] later")
        return True

    server.fault = once("LOGIN", unavailable, 2)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert station.bell.told == []


@pytest.mark.parametrize("password", ['qu"ote\\back', "späße", " ", "{5}", "a b(c)*%"])
async def test_any_password_is_said_correctly(
    server: ImapServer, station: Station, password: str
) -> None:
    server.password = password
    async with running(station.fetcher(password=password, user='su"pport')):
        await until(lambda: server.idling)

    assert server.said("LOGIN")[0].startswith('LOGIN "su\\"pport" "')


@pytest.mark.parametrize("capabilities", ["IMAP4REV1 IDLE SASL-IR", "IMAP4REV1 IDLE"])
async def test_an_old_access_token_is_replaced_at_once(
    server: ImapServer, station: Station, capabilities: str
) -> None:
    server.capabilities = capabilities
    server.tokens = {"fresh"}
    tokens = Tokens("old", "fresh")
    async with running(station.fetcher(tokens=tokens)):
        await until(lambda: server.idling)

    assert tokens.forgotten == 1
    assert station.bell.told == []


async def test_access_tokens_that_are_refused_ring(server: ImapServer, station: Station) -> None:
    tokens = Tokens("old")
    fetcher = station.fetcher(tokens=tokens)
    async with running(fetcher):
        await until(lambda: station.bell.active)
        assert len(server.said("AUTHENTICATE")) == 2
        server.tokens = {"old"}
        await until(lambda: server.idling)

    assert station.bell.active == {}


async def test_no_access_token_rings_with_the_words_of_its_source(station: Station) -> None:
    class NoTokens(Tokens):
        async def token(self) -> str:
            raise TokenRefused("invalid_grant (log in again)")

    async with running(station.fetcher(tokens=NoTokens())):
        await until(lambda: station.bell.active)

    assert station.bell.active["mailbox box"] == "mailbox box: invalid_grant (log in again)"


async def test_a_token_server_that_is_away_rings_only_when_it_lasts(station: Station) -> None:
    class NoTokens(Tokens):
        async def token(self) -> str:
            raise TokenRefused("token server is away (look at the network)", is_temporary=True)

    fetcher = station.fetcher(tokens=NoTokens())
    async with running(fetcher):
        await until(lambda: fetcher.state.last_error)
        assert station.bell.told == []
        station.clock.tick(timedelta(minutes=15))
        await until(lambda: station.bell.active)

    assert "token server is away" in station.bell.active["mailbox box"]


async def test_a_server_that_says_without_end_that_mail_came_is_asked_once_a_breath(
    server: ImapServer, station: Station
) -> None:
    async def push(session: Session, command: str) -> bool:
        if command != "IDLE":
            session.say(b"* 1 EXISTS")
            return False
        session.say(b"+ idling")
        session.say(b"* 1 EXISTS")
        await session.writer.drain()
        await session.reader.readline()
        session.answer("OK done")
        return True

    server.fault = push
    pace = replace(QUICK, breath=0.1)
    loop = asyncio.get_running_loop()
    fetcher = station.fetcher(pace)
    async with running(fetcher):
        began = loop.time()
        await until(lambda: len(server.said("NOOP")) >= 4)
        passed = loop.time() - began
        server.inbox.add(letter())
        await until(lambda: fetcher.state.fetched)

    assert passed >= 0.3


async def test_a_host_that_is_no_name_is_only_unreachable(station: Station) -> None:
    fetcher = station.fetcher(host="imap..example.test")
    async with running(fetcher):
        await until(lambda: fetcher.state.last_error)

    assert fetcher.state.last_error == "cannot connect"


async def test_a_fault_of_ours_in_one_mailbox_ends_no_other(
    server: ImapServer, station: Station
) -> None:
    server.inbox.add(letter())
    broken, sound = station.fetcher(name="broken", authserv_id="x"), station.fetcher()

    def fail(arrival: Arrival) -> None:
        if arrival.source == "broken":
            raise LookupError("a fault")

    station.after_keeping = fail
    async with running(broken), running(sound):
        await until(lambda: broken.state.last_error and sound.state.fetched)

    assert broken.state.last_error == "internal error"


@pytest.mark.parametrize("answer", ["NO [INUSE] locked", "BAD not connected"])
async def test_a_folder_that_cannot_be_opened_just_now_is_not_missing(
    server: ImapServer, station: Station, answer: str
) -> None:
    async def locked(session: Session, _command: str) -> bool:
        session.answer(answer)
        return True

    server.fault = once("SELECT", locked, 2)
    async with running(station.fetcher()):
        await until(lambda: server.idling)

    assert station.bell.told == []


async def test_a_missing_folder_rings(station: Station) -> None:
    async with running(station.fetcher(folder="Nowhere")):
        await until(lambda: station.bell.active)

    assert "no such folder" in station.bell.active["mailbox box"]


async def test_trouble_rings_only_when_it_lasts(server: ImapServer, station: Station) -> None:
    server.greeting = b"* BYE not today"
    async with running(station.fetcher()):
        await until(lambda: len(server.sessions) > 3)
        assert station.bell.told == []
        station.clock.tick(timedelta(minutes=15))
        await until(lambda: station.bell.active)
        server.greeting = b"* OK ready"
        await until(lambda: server.idling)

    assert "15 minutes" in station.bell.told[0][1]
    assert station.bell.active == {}


async def test_who_is_let_in_only_to_be_sent_away_comes_less_and_less_often(
    server: ImapServer, station: Station
) -> None:
    async def send_away(session: Session, command: str) -> bool:
        return command in {"IDLE", "NOOP"} and await cut(session, command)

    server.fault = send_away
    pace = replace(QUICK, first_pause=0.01, longest_pause=9)
    began = time.monotonic()
    async with running(station.fetcher(pace, poll=0.001)):
        await until(lambda: len(server.sessions) > 6)

    assert time.monotonic() - began > 0.01 * (1 + 2 + 4 + 8 + 16 + 32)


async def test_a_stop_ends_a_fetcher_that_waits_for_an_answer(
    server: ImapServer, station: Station
) -> None:
    server.fault = hang
    fetcher = station.fetcher(timeout=60)
    async with running(fetcher):
        await until(lambda: server.commands)

    assert not fetcher.state.connected


# --- hostile servers ----------------------------------------------------------------------------


async def endless_lines(session: Session, _command: str) -> bool:
    for _ in range(100_000):
        session.say(b"* 5 RECENT" * 100)
        await session.writer.drain()
    return True


async def no_newline(session: Session, _command: str) -> bool:
    for _ in range(100_000):
        session.writer.write(b"*" * 10_000)
        await session.writer.drain()
    return True


async def tiny_lines(session: Session, _command: str) -> bool:
    for _ in range(100_000):
        session.writer.write(b"* \r\n" * 1000)
        await session.writer.drain()
    return True


async def deep(session: Session, _command: str) -> bool:
    session.writer.write(b"(" * 60_000 + b"\r\n" + b"\xff" * 2000 + b"\r\n")
    session.answer("OK what")
    return True


async def not_a_number(session: Session, _command: str) -> bool:
    session.say(b"* OK [UIDVALIDITY 99999999999999999999]")
    session.answer("OK done")
    return True


@pytest.mark.parametrize(
    ("start", "fault"),
    [
        ("LOGIN", endless_lines),
        ("LOGIN", no_newline),
        ("SELECT", tiny_lines),
        ("UID SEARCH", endless_lines),
        ("UID SEARCH", no_newline),
        ("UID SEARCH", tiny_lines),
        ("UID FETCH", no_newline),
        ("UID FETCH", huge),
        ("IDLE", endless_lines),
        ("IDLE", tiny_lines),
        ("SELECT", deep),
        ("SELECT", not_a_number),
    ],
)
async def test_a_hostile_server_is_left_soon_and_costs_little_memory(
    server: ImapServer, station: Station, start: str, fault: Fault
) -> None:
    server.inbox.add(letter())
    server.fault = once(start, fault)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with running(station.fetcher(timeout=5)):
        await until(lambda: len(server.sessions) > 1 and server.idling)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert await station.uids() == [1]


async def test_a_folder_of_a_thousand_million_mails_is_only_a_claim(
    server: ImapServer, station: Station
) -> None:
    async def boast(session: Session, _command: str) -> bool:
        session.selected = server.inbox
        session.say(b"* 1000000000 EXISTS")
        session.say(b"* OK [UIDVALIDITY 7]")
        session.say(b"* OK [UIDNEXT 4294967295]")
        session.answer("OK done")
        return True

    server.inbox.add(letter())
    server.fault = once("SELECT", boast)
    fetcher = station.fetcher()
    async with running(fetcher):
        await until(lambda: fetcher.state.fetched)

    assert await station.uids() == [1]


# --- the wire -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", '"INBOX"'),
        ("Entwürfe", '"Entw&APw-rfe"'),
        ("台北", '"&U,BTFw-"'),  # the second example of RFC 3501 §5.1.3
        ("~peter/mail/日本語", '"~peter/mail/&ZeVnLIqe-"'),
        ("A & B", '"A &- B"'),
        ('say "hi\\"', '"say \\"hi\\\\\\""'),
        ("😀", '"&2D3eAA-"'),
    ],
)
def test_names_of_folders_are_quoted_in_modified_utf_7(name: str, wire: str) -> None:
    assert folder_name(name) == wire


def test_sets_of_uids_are_short() -> None:
    assert uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


def test_a_list_fits_into_one_command() -> None:
    assert len(uid_set(range(2**31, 2**31 + 2 * LIST, 2))) < 8000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Return-Path: <ana@x.com>\r\nReturn-Path: <>\r\n", "ana@x.com"),
        (b"Received: x\r\nReturn-Path:\r\n <ana@x.com>\r\n", "ana@x.com"),
        (b"return-path: ana@x.com\r\n", "ana@x.com"),
        (b"Return-Path: <>\r\nReturn-Path: <ana@x.com>\r\n", ""),
        (b"From: ana@x.com\r\n", ""),
        (b"Subject: x\r\n\r\nReturn-Path: <ana@x.com>\r\n", ""),
    ],
)
def test_the_reverse_path_is_what_the_final_delivery_noted(header: bytes, expected: str) -> None:
    assert reverse_path(header + b"\r\n") == expected


def test_a_reverse_path_without_end_is_soon_left() -> None:
    began = time.process_time()
    assert reverse_path(b"Return-Path: " + b"a" * 250_000 + b"@x\r\n\r\n") == ""
    assert time.process_time() - began < 0.1
