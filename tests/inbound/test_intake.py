import asyncio
import errno
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from helpdesk.core.mail import Arrival, Envelope
from helpdesk.core.reply import ACCEPTED, DISK_FULL, SHUTTING_DOWN, TRY_LATER, Reply
from helpdesk.inbound.intake import (
    FAILURES_ALONE,
    GROUP_MAILS,
    GROUP_OCTETS,
    Intake,
    reply_to,
)
from helpdesk.ports import Raw

ARRIVAL = Arrival(
    Envelope("ana@example.org", ("support@example.com",)),
    "mx",
    datetime(2026, 11, 21, tzinfo=UTC),
)


class Shelf:
    """A store that shows its commits, can be held up, and refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.calls = 0
        self.is_free = asyncio.Event()
        self.is_free.set()
        self.is_busy = asyncio.Event()
        self.fault: Callable[[list[str]], BaseException | None] = lambda _: None

    async def keep(self, mails: Sequence[tuple[Arrival, Raw]]) -> None:
        self.calls += 1
        self.is_busy.set()
        await self.is_free.wait()
        names = [content(raw).decode() for _, raw in mails]
        error = self.fault(names)
        if error is not None:
            raise error
        self.commits.append(names)


def content(raw: Raw) -> bytes:
    found = raw.content if raw.path is None else raw.path.read_bytes()
    assert found is not None
    return found


def mail(name: str, size: int | None = None) -> Raw:
    octets = name.encode()
    return Raw(size or len(octets), hashlib.sha256(octets).hexdigest(), octets)


@pytest.fixture
async def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def intake(shelf: Shelf) -> Intake:
    return Intake(shelf, on_kept=lambda: None)


async def while_busy(intake: Intake, shelf: Shelf, raws: Sequence[Raw]) -> list[Reply]:
    """The replies to mails that all came while a first one, named 0, was being committed."""
    shelf.is_free.clear()
    first = asyncio.create_task(intake.accept(ARRIVAL, mail("0")))
    await shelf.is_busy.wait()
    others = [asyncio.create_task(intake.accept(ARRIVAL, raw)) for raw in raws]
    await asyncio.sleep(0)
    shelf.is_free.set()
    assert await first == ACCEPTED
    return list(await asyncio.gather(*others))


async def test_a_mail_is_kept_before_it_is_accepted(intake: Intake, shelf: Shelf) -> None:
    assert await intake.accept(ARRIVAL, mail("a")) == ACCEPTED
    assert shelf.commits == [["a"]]


async def test_mails_that_come_during_a_commit_share_the_next(intake: Intake, shelf: Shelf) -> None:
    replies = await while_busy(intake, shelf, [mail(str(n)) for n in range(1, 6)])

    assert replies == [ACCEPTED] * 5
    assert shelf.commits == [["0"], ["1", "2", "3", "4", "5"]]


async def test_a_group_has_a_limit_of_mails(intake: Intake, shelf: Shelf) -> None:
    await while_busy(intake, shelf, [mail(str(n)) for n in range(GROUP_MAILS + 1)])

    assert [len(commit) for commit in shelf.commits] == [1, GROUP_MAILS, 1]


async def test_a_group_has_a_limit_of_octets(intake: Intake, shelf: Shelf) -> None:
    sizes = [GROUP_OCTETS // 2, GROUP_OCTETS // 2, 1, GROUP_OCTETS * 2, 1]
    await while_busy(intake, shelf, [mail(str(n), size) for n, size in enumerate(sizes, 1)])

    assert shelf.commits == [["0"], ["1", "2"], ["3"], ["4"], ["5"]]


async def test_a_client_that_goes_cancels_nothing(intake: Intake, shelf: Shelf) -> None:
    shelf.is_free.clear()
    first = asyncio.create_task(intake.accept(ARRIVAL, mail("a")))
    await shelf.is_busy.wait()
    second = asyncio.create_task(intake.accept(ARRIVAL, mail("b")))
    third = asyncio.create_task(intake.accept(ARRIVAL, mail("c")))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    shelf.is_free.set()

    assert await third == ACCEPTED
    assert first.cancelled()
    assert second.cancelled()
    assert shelf.commits == [["a"], ["b", "c"]]
    assert intake.accepted == 3


async def test_one_bad_mail_fails_no_other(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda names: ValueError("bad") if "3" in names else None
    replies = await while_busy(intake, shelf, [mail(str(n)) for n in range(1, 6)])

    assert replies == [ACCEPTED, ACCEPTED, TRY_LATER, ACCEPTED, ACCEPTED]
    assert shelf.commits == [["0"], ["1"], ["2"], ["4"], ["5"]]
    assert (intake.accepted, intake.refused) == (5, 1)


async def test_a_store_that_is_down_is_not_asked_for_each_mail(
    intake: Intake, shelf: Shelf
) -> None:
    shelf.fault = lambda names: None if names == ["0"] else TimeoutError("locked")
    replies = await while_busy(intake, shelf, [mail(str(n)) for n in range(1, 41)])

    assert replies == [TRY_LATER] * 40
    assert shelf.calls == 1 + 1 + FAILURES_ALONE


async def test_after_a_fault_the_next_mail_is_kept(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: RuntimeError("bug")
    assert await intake.accept(ARRIVAL, mail("a")) == TRY_LATER
    shelf.fault = lambda _: None

    assert await intake.accept(ARRIVAL, mail("b")) == ACCEPTED


def caused(cause: BaseException) -> Exception:
    error = RuntimeError("(sqlite3.OperationalError) something [parameters: (b'secret',)]")
    error.__cause__ = cause
    return error


class PostgresError(Exception):
    sqlstate = "53100"


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DISK_FULL),
        (OSError(errno.EIO, "Input/output error"), TRY_LATER),
        (RuntimeError("database or disk is full"), DISK_FULL),
        (caused(RuntimeError("database or disk is full")), DISK_FULL),
        (caused(OSError(errno.ENOSPC, "No space left on device")), DISK_FULL),
        (caused(PostgresError()), DISK_FULL),
        (caused(RuntimeError("database is locked")), TRY_LATER),
        (TimeoutError(), TRY_LATER),
        (ExceptionGroup("several", [ValueError("x")]), TRY_LATER),
    ],
)
def test_the_reply_says_whether_the_disk_is_full(error: Exception, reply: Reply) -> None:
    assert reply_to(error) == reply


def test_exceptions_that_cause_each_other_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one

    assert reply_to(one) == TRY_LATER


async def test_the_log_names_the_fault_but_quotes_nothing(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: caused(OSError(errno.ENOSPC, "secret"))
    with capture_logs() as logs:
        await intake.accept(ARRIVAL, mail("secret words"))

    assert [entry["event"] for entry in logs] == ["mail not kept"]
    assert logs[0]["error"] == "RuntimeError from OSError"
    assert logs[0]["code"] == "ENOSPC"
    assert "secret" not in str(logs)
    assert "example" not in str(logs)


@pytest.mark.parametrize("error", [None, RuntimeError("bug")])
async def test_a_spilled_file_is_removed_either_way(
    intake: Intake, shelf: Shelf, tmp_path: Path, error: Exception | None
) -> None:
    shelf.fault = lambda _: error
    path = tmp_path / "arriving"
    path.write_bytes(b"large")
    await intake.accept(ARRIVAL, Raw(5, "", None, path))

    assert not path.exists()
    assert shelf.commits == ([] if error else [["large"]])


async def test_a_spilled_file_is_there_until_its_last_try(
    intake: Intake, shelf: Shelf, tmp_path: Path
) -> None:
    path = tmp_path / "arriving"
    path.write_bytes(b"large")
    shelf.fault = lambda names: ValueError("bad") if len(names) > 1 else None
    replies = await while_busy(intake, shelf, [mail("1"), Raw(5, "", None, path)])

    assert replies == [ACCEPTED, ACCEPTED]
    assert shelf.commits == [["0"], ["1"], ["large"]]
    assert not path.exists()


async def test_the_receive_role_is_woken_only_for_kept_mail(shelf: Shelf) -> None:
    woken: list[int] = []
    intake = Intake(shelf, on_kept=lambda: woken.append(len(shelf.commits)))
    await intake.accept(ARRIVAL, mail("a"))
    shelf.fault = lambda _: RuntimeError("bug")
    await intake.accept(ARRIVAL, mail("b"))

    assert woken == [1]


async def test_closing_finishes_what_waits_and_takes_nothing_more(
    intake: Intake, shelf: Shelf, tmp_path: Path
) -> None:
    path = tmp_path / "arriving"
    path.write_bytes(b"late")
    shelf.is_free.clear()
    waiting = [asyncio.create_task(intake.accept(ARRIVAL, mail(name))) for name in "ab"]
    await shelf.is_busy.wait()
    closing = asyncio.create_task(intake.close())
    await asyncio.sleep(0)

    assert await intake.accept(ARRIVAL, Raw(4, "", None, path)) == SHUTTING_DOWN
    assert not path.exists()
    assert not closing.done()
    shelf.is_free.set()
    await closing
    assert await asyncio.gather(*waiting) == [ACCEPTED, ACCEPTED]
    assert intake.refused == 1


class PowerCutError(BaseException):
    """Not an Exception: nothing may take it for a fault of the store."""


async def test_the_end_of_the_process_is_not_a_reply(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: PowerCutError()
    waiting = [asyncio.create_task(intake.accept(ARRIVAL, mail(name))) for name in "ab"]
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(result) for result in results] == [PowerCutError, PowerCutError]
    assert (intake.accepted, intake.refused) == (0, 0)
