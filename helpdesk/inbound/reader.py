"""Worker processes that run `parse`, with limits on time and memory for every mail.

Failures: a mail that kills or stops its worker gives a message with its plain header fields and a
defect, and the worker is replaced. Where no worker starts, ReaderUnavailableError: try again later.
"""

import asyncio
import contextlib
import io
import os
import pickle
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import helpdesk
from helpdesk.core import mail
from helpdesk.core.mail import Message
from helpdesk.inbound.header import shallow_message
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.worker import LENGTH, MESSAGE, PATH, RAW, READY, START, frame
from helpdesk.ports import Unavailable

MOST_WORKERS = 4
SECONDS_PER_MAIL = 10.0
SECONDS_TO_START = 30.0
MEMORY = 512 * 1024 * 1024
MAILS_PER_WORKER = 1_000
BATCH = 16  # mails that one worker gets at once
LARGEST_ANSWER = 128 * 1024 * 1024

Raw = bytes | Path

# Nothing of our own environment, which may hold passwords; only where our package is.
_ENVIRONMENT = {"PYTHONPATH": str(Path(helpdesk.__file__).parents[1]), "LC_ALL": "C.UTF-8"}
_ALLOWED = frozenset(
    (mail.__name__, name)
    for name in (
        "AttachedMessage",
        "Attachment",
        "DeliveryReport",
        "Disposition",
        "Feedback",
        "Forwarded",
        "FoundKey",
        "Mailbox",
        "Message",
        "Protection",
        "ReportedRecipient",
        "Span",
        "Words",
    )
) | {("datetime", "datetime"), ("datetime", "timezone"), ("datetime", "timedelta")}


class _Unpickler(pickle.Unpickler):
    """Builds values of core/mail.py and dates, nothing else: hostile mail may have taken over the
    process that wrote them."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a message")
        return super().find_class(module, name)


def _message_of(answer: bytes) -> Message:
    message = _Unpickler(io.BytesIO(answer)).load()
    if not isinstance(message, Message):
        raise pickle.UnpicklingError("no message")
    return message


class ReaderUnavailableError(Unavailable):
    """No worker process can be started: a fault of this machine, not of the mail."""

    what = "reader"


# What unpickling nonsense may raise.
_UNREADABLE = (pickle.UnpicklingError, ValueError, TypeError, EOFError, AttributeError, IndexError)


class _WorkerFailedError(Exception):
    """The process ended, was silent for too long, or said nonsense."""


class _Worker:
    """One process and the mails it has read."""

    def __init__(
        self, process: Process, to: asyncio.StreamWriter, answers: asyncio.StreamReader
    ) -> None:
        self._process = process
        self._to = to
        self._answers = answers
        self.mails = 0

    @classmethod
    async def start(cls, options: ReaderOptions, seconds: float, memory: int) -> "_Worker":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "helpdesk.inbound.worker",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_ENVIRONMENT,
            process_group=0,  # Ctrl-C is for us; a worker ends when we do
        )
        if process.stdin is None or process.stdout is None:
            raise _WorkerFailedError
        worker = cls(process, process.stdin, process.stdout)
        try:
            worker._to.write(frame(START, pickle.dumps((options, memory, int(seconds)))))
            await asyncio.wait_for(worker._expect(READY), SECONDS_TO_START)
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def read(
        self,
        batch: Sequence[Raw],
        messages: list[Message],
        seconds: float,
        on_read: Callable[[float], None],
    ) -> None:
        """Add the messages, up to the first that this process cannot read."""
        sending = asyncio.create_task(self._send(batch))
        try:
            for _ in batch:
                # It works on one mail after the other, so each has its own time.
                began = time.monotonic()
                answer = await asyncio.wait_for(self._expect(MESSAGE), seconds)
                on_read(time.monotonic() - began)
                messages.append(_message_of(answer))
                self.mails += 1
        finally:
            sending.cancel()
            await asyncio.wait({sending})
            if not sending.cancelled():
                sending.exception()  # it is told by what the process did not answer

    async def _send(self, batch: Sequence[Raw]) -> None:
        for raw in batch:
            if isinstance(raw, Path):
                self._to.write(frame(PATH, os.fsencode(raw.resolve())))
            else:
                self._to.write(frame(RAW, raw))
            await self._to.drain()

    async def _expect(self, expected: bytes) -> bytes:
        try:
            kind, length = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
            if kind != expected or length > LARGEST_ANSWER:
                raise _WorkerFailedError
            return await self._answers.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise _WorkerFailedError from error

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def end(self, seconds: float) -> None:
        """Close the pipe; the process ends by itself, or is made to."""
        self._to.close()
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            await self.kill()


class Reader:
    """Reads mail in a pool of worker processes, which are started when first needed."""

    def __init__(
        self,
        options: ReaderOptions | None = None,
        *,
        workers: int = 0,
        seconds: float = SECONDS_PER_MAIL,
        memory: int = MEMORY,
        mails_per_worker: int = MAILS_PER_WORKER,
        on_read: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._options = options or ReaderOptions()
        self._count = workers or min(os.cpu_count() or 1, MOST_WORKERS)
        self._seconds = seconds
        self._memory = memory
        self._mails_per_worker = mails_per_worker
        self.on_read = on_read
        """Hears how many seconds each message took."""
        self.killed = 0
        """Workers that had to be ended, or were found dead."""
        self.down_since: float | None = None
        """Since when no worker starts, on the monotonic clock; None while they do."""
        self._idle: list[_Worker] = []
        self._slots = asyncio.Semaphore(self._count)
        self._closed = False

    async def read(self, raw: Raw) -> Message:
        return (await self.read_many([raw]))[0]

    async def read_many(self, raws: Sequence[Raw]) -> list[Message]:
        """The messages in the order of the mails; several workers share them."""
        if self._closed:
            raise RuntimeError("the reader is closed")
        size = max(1, min(BATCH, -(-len(raws) // self._count)))
        batches = [raws[start : start + size] for start in range(0, len(raws), size)]
        if len(batches) == 1:
            return await self._read_batch(batches[0])
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._read_batch(batch)) for batch in batches]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [message for task in tasks for message in task.result()]

    async def close(self) -> None:
        """End all workers, after the mails that they are working on."""
        self._closed = True
        for _ in range(self._count):
            await self._slots.acquire()
        workers, self._idle = self._idle, []
        await asyncio.gather(*(worker.end(self._seconds) for worker in workers))

    async def _read_batch(self, batch: Sequence[Raw]) -> list[Message]:
        messages: list[Message] = []
        needs_new = False
        async with self._slots:
            while len(messages) < len(batch):
                worker = await self._start() if needs_new or not self._idle else self._idle.pop()
                was_new = worker.mails == 0
                rest = batch[len(messages) :]
                read, in_time = await self._read_with(worker, rest)
                messages += read
                if len(read) == len(rest):
                    break
                # A worker can die for what came before, or by the hand of somebody else.
                needs_new = in_time and not (was_new and not read)
                if not needs_new:
                    messages.append(await _shallow(rest[len(read)]))
        return messages

    async def _start(self) -> _Worker:
        try:
            worker = await _Worker.start(self._options, self._seconds, self._memory)
        except (_WorkerFailedError, TimeoutError, OSError) as error:
            self.down_since = self.down_since or time.monotonic()
            raise ReaderUnavailableError("no mail reader process starts") from error
        self.down_since = None
        return worker

    async def _read_with(self, worker: _Worker, batch: Sequence[Raw]) -> tuple[list[Message], bool]:
        """What the worker could read, and whether it kept the time; it goes back to the pool
        unless it failed or is worn out."""
        read: list[Message] = []
        try:
            await worker.read(batch, read, self._seconds, self.on_read)
        except TimeoutError:
            self.killed += 1
            await worker.kill()
            return read, False
        except (_WorkerFailedError, OSError, *_UNREADABLE):
            self.killed += 1
            await worker.kill()
        except BaseException:
            await worker.kill()
            raise
        else:
            if worker.mails >= self._mails_per_worker:
                await worker.end(self._seconds)
            else:
                self._idle.append(worker)
        return read, True


async def _shallow(raw: Raw) -> Message:
    content = await asyncio.to_thread(raw.read_bytes) if isinstance(raw, Path) else raw
    return shallow_message(content)
