"""Runs a target on one input after the other, counts, and keeps what it finds as files."""

import hashlib
import json
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from fuzz.targets import Target

SECONDS_PER_CALL = 1.0
MOST_SLOW = 5  # slow inputs of one process that are kept; the slowest comes last
FINDINGS = Path("fuzz/findings")
_WRITE_EVERY = 2.0  # seconds between two notes of the counters


@dataclass(slots=True)
class Counters:
    executions: int = 0
    seconds: float = 0.0
    """Of processor time, in all executions."""
    slowest: float = 0.0
    """Seconds of processor time of one execution."""
    findings: int = 0
    slow: int = 0
    """Of the findings, those that took too long."""

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(
            self.executions + other.executions,
            self.seconds + other.seconds,
            max(self.slowest, other.slowest),
            self.findings + other.findings,
            self.slow + other.slow,
        )


class Watch:
    """One process of a campaign; a fault is kept once for each place that raises it."""

    def __init__(
        self,
        target: Target,
        findings: Path,
        notes: Path | None = None,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.counters = Counters()
        self._target = target
        self._findings = findings
        self._notes = notes
        self._clock = clock
        self._places: set[str] = set()
        self._noted = 0.0

    def run(self, data: bytes) -> None:
        self.counters.executions += 1
        began = self._clock()
        try:
            self._target.run(data)
        except Exception as error:  # noqa: BLE001 -- this is what we are looking for
            self._keep_fault(data, error)
        seconds = self._clock() - began
        self.counters.seconds += seconds
        if seconds > self.counters.slowest:
            self.counters.slowest = seconds
            if seconds > SECONDS_PER_CALL and self.counters.slow < MOST_SLOW:
                self.counters.slow += 1
                self._keep(data, "slow", f"{seconds:.2f} s of processor time")
        if began - self._noted > _WRITE_EVERY:
            self._noted = began
            self.note()

    def note(self) -> None:
        """Write the counters down; whoever started this process may be all that remains of it."""
        if self._notes is not None:
            self._notes.write_text(json.dumps(asdict(self.counters)))

    def _keep_fault(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        place = f"{type(error).__name__} {' '.join(ours[-2:])}"
        if place not in self._places:
            self._places.add(place)
            self._keep(data, "fault", "".join(traceback.format_exception(error)))

    def _keep(self, data: bytes, kind: str, why: str) -> None:
        self.counters.findings += 1
        self._findings.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(data).hexdigest()[:12]
        path = self._findings / f"{self._target.name}-{kind}-{digest}"
        path.write_bytes(data)
        again = f"python -m fuzz {self._target.name} --again {path}"
        path.with_suffix(".txt").write_text(f"{again}\n\n{why}\n", encoding="utf-8")
