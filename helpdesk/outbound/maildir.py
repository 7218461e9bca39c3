"""One delivery into a Maildir, for trying things out.

Standards: RFC 5321 §4.4 (Return-Path).
Failures: whatever the file system refuses is deferred.
"""

import asyncio
import errno
import itertools
import os
import re
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from helpdesk.outbound.refusal import fault_of
from helpdesk.ports import Attempt, Delivery, Outcome


class MaildirTransport:
    """Puts mail into a Maildir, as a final delivery does.

    Mails that come at the same time share one sync of the directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[tuple[Delivery, asyncio.Future[Attempt]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._counter = itertools.count()
        # "/" and ":" have a meaning in names of Maildir files.
        self._host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())

    async def deliver(self, delivery: Delivery) -> Attempt:
        fault = fault_of(delivery)
        if fault is not None:
            return fault
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Attempt] = loop.create_future()
        self._waiting.append((delivery, future))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write_waiting())
        return await future

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            deliveries = [delivery for delivery, _ in batch]
            try:
                attempts = await asyncio.to_thread(self._write, deliveries)
            except BaseException:
                for _, future in batch:
                    future.set_exception(RuntimeError("the Maildir writer was stopped"))
                raise
            for (_, future), attempt in zip(batch, attempts, strict=True):
                if not future.done():
                    future.set_result(attempt)

    def _write(self, deliveries: Sequence[Delivery]) -> list[Attempt]:
        try:
            for name in ("", "tmp", "new", "cur"):
                (self._path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return [_could_not_write(error)] * len(deliveries)
        attempts = [self._write_one(delivery) for delivery in deliveries]
        try:
            _sync_directory(self._path / "new")
        except OSError as error:
            return [_could_not_write(error)] * len(deliveries)
        return attempts

    def _write_one(self, delivery: Delivery) -> Attempt:
        now = time.time_ns()
        seconds, nanoseconds = divmod(now, 10**9)
        unique = f"M{nanoseconds // 1000}P{os.getpid()}Q{next(self._counter)}"
        name = f"{seconds}.{unique}.{self._host}"
        temporary = self._path / "tmp" / name
        # RFC 5321 §4.4: the final delivery keeps the reverse-path on top.
        trace = f"Return-Path: <{delivery.reverse_path}>\nDelivered-To: {delivery.recipient}\n"
        # Mail clients expect the line ends of the system in a Maildir.
        content = trace.encode() + delivery.content.replace(b"\r\n", b"\n")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self._path / "new" / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            return _could_not_write(error)
        return Attempt(Outcome.DELIVERED, f"maildir: {name}")


def _could_not_write(error: OSError) -> Attempt:
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Attempt(Outcome.DEFERRED, f"maildir: {reason}")


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
