"""A gateway daemon as a measured process, and what the kernel and its database say about it.

Failures: RuntimeError with the end of the daemon's log when it does not start or ends by itself.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.database import Database, File, Reader

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
# Compiled once, as it is when it is installed, whatever this shell says.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.005
CONFIG = """\
[store]
database = "{database}"

[[desks]]
address = "support@example.test"

[[agents]]
name = "Agent"
addresses = ["agent@example.test"]

[[listeners]]
host = "127.0.0.1"
port = {port}
authserv_id = "mx.example.test"
max_connections = 1000
max_connections_per_address = 1000

[outgoing]
transport = "smtp"

[relay]
host = "127.0.0.1"
port = {relay}
tls = "none"

# The workload has few senders, and each shall get every confirmation.
[budget]
per_hour = 1000
per_day = 1000
per_ticket_and_day = 1000

[logging]
format = "json"
"""


def end_well_when_told() -> None:
    """SIGTERM as Ctrl-C: what was started is stopped, and no folder is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def await_greeting(port: int, seconds: float, process: subprocess.Popen[Any] | None = None) -> bool:
    """Wait until an SMTP server says 220; False if its process ended or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            return False
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1.0) as peer,
        ):
            if peer.recv(3) == b"220":
                return True
        time.sleep(POLL_SECONDS)
    return False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that is not done."""

    intake: int
    outbox: int


@dataclass(frozen=True, slots=True)
class Memory:
    """In MB (1,000,000 octets)."""

    peak_daemon: float
    peak_workers: tuple[float, ...]
    pss: float
    """Of all processes now; pages that they share are counted once."""

    @property
    def peak_sum(self) -> float:
        return self.peak_daemon + sum(self.peak_workers)


class Gateway:
    """One store and configuration in a folder, and the daemon on it while it runs."""

    def __init__(
        self,
        folder: Path,
        relay: int,
        *,
        command: Sequence[str] = (),
        database: Database | None = None,
    ) -> None:
        """`database`: a server's; else a file in the folder."""
        self.folder = folder
        self.port = free_port()
        self.database = folder / "helpdesk.db"
        self._database = database or File(folder)
        self.log = folder / "daemon.log"
        self._config = folder / "config.toml"
        self._command = tuple(command) or (sys.executable, "-m", "helpdesk", "run")
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        settings = CONFIG.format(database=self._database.url, port=self.port, relay=relay)
        self._config.write_text(settings, encoding="utf-8")

    def start(self, *options: str) -> float:
        """Seconds until the daemon greets."""
        began = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "-c", str(self._config), *options],
                cwd=ROOT,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not await_greeting(self.port, START_SECONDS, self._process):
            self.kill()
            raise RuntimeError(f"the daemon did not start:\n{self._end_of_log()}")
        return time.perf_counter() - began

    def stop(self) -> None:
        """Ask it to end; what it does not end in time is killed."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the daemon and its workers, all at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # --- what its database says -------------------------------------------------------------------

    def reading(self) -> AbstractContextManager[Reader]:
        return self._database.reading()

    def waiting(self) -> Waiting:
        with self.reading() as connection:
            return _waiting(connection)

    def await_work(self, seconds: float) -> tuple[float, float]:
        """The times at which the last mail had become an entry, and the last notification left."""
        end = time.monotonic() + seconds
        decided_at = 0.0
        with self.reading() as connection:
            while time.monotonic() < end:
                waiting = _waiting(connection)
                if not waiting.intake:
                    decided_at = decided_at or time.time()
                    if not waiting.outbox:
                        return decided_at, time.time()
                if not self.is_running:
                    break
                time.sleep(POLL_SECONDS)
        raise RuntimeError(f"work was left after {seconds} s: {waiting}\n{self._end_of_log()}")

    def count(self, table: str) -> int:
        with self.reading() as connection:
            [[count]] = connection.execute(f"SELECT count(*) FROM {table}")
        return int(count)

    def check(self) -> dict[str, Any]:
        """What `helpdesk check` says about the promises."""
        done = self._run("check", "--json")
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except json.JSONDecodeError:
            raise RuntimeError(f"helpdesk check said: {done.stdout}{done.stderr}") from None
        return answer

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "helpdesk", *words, "-c", str(self._config)],
            cwd=ROOT,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    # --- what the kernel says ---------------------------------------------------------------------

    def processes(self) -> list[int]:
        """The daemon first, then its workers."""
        return _tree(self._process.pid) if self._process is not None else []

    def cpu_seconds(self) -> float:
        """User and system time of the daemon, its workers, and the workers that have ended."""
        return sum(map(_cpu_seconds, self.processes()))

    def memory(self) -> Memory:
        daemon, *workers = self.processes()
        peaks = tuple(_kilobytes(f"/proc/{pid}/status", "VmHWM") for pid in workers)
        pss = sum(_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") for pid in (daemon, *workers))
        return Memory(_kilobytes(f"/proc/{daemon}/status", "VmHWM"), peaks, pss)


def _waiting(connection: Reader) -> Waiting:
    count = "SELECT count(*) FROM {} WHERE due_at IS NOT NULL"
    [[intake]] = connection.execute(count.format("intake"))
    [[outbox]] = connection.execute(count.format("outbox"))
    return Waiting(intake, outbox)


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def _kilobytes(path: str, name: str) -> float:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return 0.0
    found = next((line.split()[1] for line in lines if line.startswith(f"{name}:")), "0")
    return int(found) * 1024 / 1e6


class Sink:
    """benchmarks.sink as a process."""

    def __init__(self, journal: Path | None = None) -> None:
        options = ["--journal", str(journal)] if journal else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._line())

    def _line(self) -> str:
        if self._process.stdout is None:
            raise RuntimeError("the sink has no output")
        return self._process.stdout.readline()

    def counts(self) -> dict[str, float]:
        """Since the start or the last time this was asked."""
        self._process.send_signal(signal.SIGUSR1)
        counts: dict[str, float] = json.loads(self._line())
        return counts

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
