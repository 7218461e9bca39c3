"""The reader's worker processes: limits, replacement, and what they may not do."""

import asyncio
import os
import pickle
import select
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from helpdesk.core.license_keys import KeyPattern
from helpdesk.core.mail import COULD_NOT_BE_READ, Message
from helpdesk.inbound import reader as reader_module
from helpdesk.inbound.header import digest, read_header
from helpdesk.inbound.parse import ReaderOptions, parse
from helpdesk.inbound.reader import Reader, ReaderUnavailableError

Start = Callable[..., Reader]


def mail(number: int, body: str = "It fails.") -> bytes:
    head = f"From: a@b.example\r\nSubject: mail {number}\r\nMessage-ID: <{number}@b.example>\r\n"
    return f"{head}Date: Mon, 6 Oct 2025 12:00:00 +0200\r\n\r\n{body}\r\n".encode()


def bomb(number: int = 99) -> bytes:
    """More than a worker with little memory can hold."""
    return mail(number, "x\n" * 20_000_000)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    readers: list[Reader] = []

    def new(options: ReaderOptions | None = None, **limits: float) -> Reader:
        readers.append(Reader(options, **limits))  # type: ignore[arg-type]  # one type per name
        return readers[-1]

    yield new
    for one in readers:
        await one.close()


def processes_of(parent: int) -> set[int]:
    """Of the children those that read mail; the tests may have servers, too."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    children = {child for path in tasks for child in path.read_text().split()}
    return {
        int(child)
        for child in children
        if b"helpdesk.inbound.worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


async def test_a_worker_reads_as_the_parser_does(start: Start) -> None:
    raws = [mail(number) for number in range(40)]
    messages = await start(workers=2).read_many(raws)

    assert messages == [parse(raw) for raw in raws]


async def test_a_mail_may_be_given_as_a_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(mail(1))

    assert await start(workers=1).read(path) == parse(mail(1))


async def test_the_options_reach_the_workers(start: Start) -> None:
    options = ReaderOptions((KeyPattern("shop", r"SHOP-\d{4}"),))
    message = await start(options, workers=1).read(mail(1, "my SHOP-1234"))

    assert [key.key for key in message.keys] == ["SHOP-1234"]


async def test_a_mail_that_kills_its_worker_harms_no_other(start: Start) -> None:
    reader = start(workers=1, memory=200_000_000)
    messages = await reader.read_many([mail(1), bomb(), mail(3)])

    assert [message.defects for message in messages] == [(), (COULD_NOT_BE_READ,), ()]
    assert [message.subject for message in messages] == ["mail 1", "mail 99", "mail 3"]
    assert messages[1].message_id == "99@b.example"
    assert messages[1].digest == digest(bomb(), read_header(bomb()))


async def test_a_mail_that_takes_too_long_is_given_up(start: Start) -> None:
    reader = start(workers=1, seconds=0.5)
    await reader.read(mail(1))
    for process in processes_of(os.getpid()):
        os.kill(process, signal.SIGSTOP)
    messages = [await reader.read(mail(2)), await reader.read(mail(3))]

    assert [message.subject for message in messages] == ["mail 2", "mail 3"]
    assert [message.defects for message in messages] == [(COULD_NOT_BE_READ,), ()]


async def test_a_worn_out_worker_is_replaced(start: Start) -> None:
    reader = start(workers=1, mails_per_worker=2)
    await reader.read(mail(1))
    first = processes_of(os.getpid())
    await reader.read(mail(2))
    message = await reader.read(mail(3))

    assert message.subject == "mail 3"
    assert processes_of(os.getpid()).isdisjoint(first)


async def test_a_worker_killed_from_outside_costs_no_mail_anything(start: Start) -> None:
    reader = start(workers=1)
    await reader.read(mail(1))
    for process in processes_of(os.getpid()):
        os.kill(process, signal.SIGKILL)

    assert await reader.read(mail(2)) == parse(mail(2))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_all_processes_of_the_gateway_is_not_for_workers(
    start: Start, number: signal.Signals
) -> None:
    reader = start(workers=1)
    await reader.read(mail(1))
    for process in processes_of(os.getpid()):
        os.kill(process, number)

    await reader.read(mail(2))

    assert reader.killed == 0


async def test_closing_ends_all_workers() -> None:
    before = processes_of(os.getpid())
    reader = Reader(workers=2)
    await reader.read_many([mail(number) for number in range(4)])
    assert processes_of(os.getpid()) != before
    await reader.close()

    assert processes_of(os.getpid()) == before
    with pytest.raises(RuntimeError, match="closed"):
        await reader.read(mail(1))


async def test_workers_end_when_the_gateway_dies() -> None:
    code = (
        "import asyncio\n"
        "from helpdesk.inbound.reader import Reader\n"
        "async def main():\n"
        "    reader = Reader(workers=1)\n"
        "    await reader.read(b'Subject: x\\r\\n\\r\\ny')\n"
        "    print(reader._idle[0]._process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    assert gateway.stdout is not None
    worker = os.pidfd_open(int(await gateway.stdout.readline()))
    gateway.kill()
    await gateway.wait()
    ended = select.poll()  # a process descriptor can be read when its process has ended
    ended.register(worker, select.POLLIN)

    assert await asyncio.to_thread(ended.poll, 20_000)
    os.close(worker)


async def test_workers_know_neither_the_database_nor_our_secrets() -> None:
    code = "import sys, helpdesk.inbound.worker, helpdesk.inbound.parse; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    modules = {name.partition(".")[0] for name in output.decode().split()}

    assert "mailparser" in modules
    assert not modules & {"sqlalchemy", "sqlmodel", "typer", "pydantic", "jinja2", "aiosmtplib"}
    assert set(reader_module._ENVIRONMENT) == {"PYTHONPATH", "LC_ALL"}


async def test_without_a_worker_the_fault_is_not_the_mails(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")

    with pytest.raises(ReaderUnavailableError):
        await start(workers=1).read(mail(1))
    with pytest.raises(ReaderUnavailableError):
        await start(workers=2).read_many([mail(number) for number in range(40)])


async def test_how_long_no_worker_starts_is_known(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = start(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nonexistent/python")
        for _ in range(2):
            with pytest.raises(ReaderUnavailableError):
                await reader.read(mail(1))
    since = reader.down_since
    await reader.read(mail(1))

    assert since is not None
    assert reader.down_since is None


async def test_ctrl_c_on_a_terminal_does_not_reach_a_worker(start: Start) -> None:
    reader = start(workers=1)
    await reader.read(mail(1))

    assert os.getpgid(reader._idle[0]._process.pid) != os.getpgid(0)


class _Evil:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return (os.system, ("true",))


@pytest.mark.parametrize("answer", [pickle.dumps(_Evil()), pickle.dumps(1), b"", b"rubbish"])
def test_the_gateway_takes_nothing_but_messages_from_a_worker(answer: bytes) -> None:
    with pytest.raises(reader_module._UNREADABLE):
        reader_module._message_of(answer)


def test_every_message_survives_the_way_to_the_gateway() -> None:
    message = parse(mail(1))
    copy: Message = reader_module._message_of(pickle.dumps(message))

    assert copy == message
