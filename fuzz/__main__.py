"""`python -m fuzz [TARGET ...] --runs N --seconds S --jobs J`: fuzz, and print what came of it.

`--again FILE` runs one input without atheris, to see a finding.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.targets import TARGETS, Target
from fuzz.tokens import TOKENS
from fuzz.watch import FINDINGS, Counters, Watch

CORPUS = Path("fuzz/corpus")
SECONDS = 60
SECONDS_TO_HANG = 30
MEGABYTES = 1_024
MOST_STARTS = 20  # of one job: an input that kills the process ends it

_MISSING = (
    "error: atheris is not installed. `make fuzz` installs it; it exists for Linux on x86-64 with "
    "Python 3.11 to 3.13."
)


@dataclass(slots=True)
class Job:
    """One process after the other, until the runs or the seconds are used up."""

    target: Target
    number: int
    folder: Path
    runs: int
    until: float
    corpus: Sequence[Path]
    is_plain: bool = False
    done: Counters = field(default_factory=Counters)
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def notes(self) -> Path:
        return self.folder / f"{self.number}.json"

    def start(self) -> None:
        self.starts += 1
        self.notes.unlink(missing_ok=True)
        left = max(1, int(self.until - time.monotonic()))
        arguments = [
            f"-max_total_time={left}",
            f"-timeout={SECONDS_TO_HANG}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={self.target.longest}",
            "-len_control=0",
            "-reload=1",
            f"-artifact_prefix={FINDINGS}/{self.target.name}-",
            f"-dict={self.folder / 'tokens'}",
            *map(str, self.corpus),
        ]
        runs = max(1, self.runs - self.done.executions) if self.runs else 0
        if runs:
            arguments.append(f"-runs={runs}")
        given = {
            "target": self.target.name,
            "findings": str(FINDINGS),
            "notes": str(self.notes),
            "runs": runs,
            "arguments": arguments,
            "number": f"{self.number} {self.starts}",
            "seconds": left,
            "corpus": [str(each) for each in self.corpus],
        }
        module = "fuzz.plain" if self.is_plain else "fuzz.worker"
        with (self.folder / f"{self.number}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, json.dumps(given)],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def poll(self) -> bool:
        """Whether it still works; starts a new process where an input killed the last one."""
        if self.process is None:
            return False
        code = self.process.poll()
        if code is None:
            return True
        self.done = self.counted()
        self.notes.unlink(missing_ok=True)
        self.process = None
        if code == 0:
            return False
        self.done.findings += 1
        self._explain(code)
        if self.starts < MOST_STARTS and time.monotonic() < self.until - 1:
            self.start()
            return True
        return False

    def _explain(self, code: int) -> None:
        """Beside what libFuzzer kept of an input that ended the process, how to see it again."""
        log = (self.folder / f"{self.number}.log").read_text(errors="replace")
        for path in FINDINGS.glob(f"{self.target.name}-*"):
            text = path.with_suffix(".txt")
            if path.suffix or text.exists():
                continue
            again = f"python -m fuzz {self.target.name} --again {path}"
            text.write_text(f"{again}\n\nthe process ended with {code}\n\n{log[-4_000:]}")

    def counted(self) -> Counters:
        try:
            noted = Counters(**json.loads(self.notes.read_text()))
        except (OSError, ValueError):
            noted = Counters()
        return self.done + noted


def _write_tokens(path: Path) -> None:
    quoted = ("".join(f"\\x{octet:02x}" for octet in token) for token in TOKENS)
    path.write_text("".join(f'"{each}"\n' for each in quoted))


def _own_corpus(target: Target) -> Path:
    """The seeds, and whatever earlier campaigns found to be new."""
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return folder


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is asked for."""

    runs: int
    seconds: int
    jobs: int
    corpus: Path | None
    is_plain: bool


def campaign(target: Target, asked: Campaign) -> Counters:
    """Fuzz one target and print its line."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    corpus = [_own_corpus(target), *([asked.corpus] if asked.corpus else [])]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        _write_tokens(folder / "tokens")
        share = -(-asked.runs // asked.jobs) if asked.runs else 0
        all_jobs = [
            Job(target, number, folder, share, began + asked.seconds, corpus, asked.is_plain)
            for number in range(asked.jobs)
        ]
        try:
            for job in all_jobs:
                job.start()
            while any([job.poll() for job in all_jobs]):  # noqa: C419 -- each is looked after
                time.sleep(0.2)
        finally:
            for job in all_jobs:
                if job.process is not None:
                    job.process.kill()
                    job.process.wait()
        every = [job.counted() for job in all_jobs]
        if not sum(each.executions for each in every):
            print((folder / "0.log").read_text(errors="replace")[-2_000:], file=sys.stderr)
    total = sum(every, Counters())
    took = time.monotonic() - began
    print(
        f"{target.name:8} {total.executions:9,} executions  {total.executions / took:6.0f}/s  "
        f"{total.executions / max(total.seconds, 0.01):6.0f}/s of processor time  "
        f"slowest {total.slowest:5.2f} s  findings {total.findings}",
        flush=True,
    )
    return total


def again(target: Target, path: Path) -> int:
    """Run one input, as often as it takes to see the fault."""
    watch = Watch(target, FINDINGS)
    try:
        data = path.read_bytes()
    except OSError as error:
        print(f"error: {path}: {error.strerror} (name a file of {FINDINGS})", file=sys.stderr)
        return 1
    began = time.process_time()
    target.run(data)
    watch.counters.slowest = time.process_time() - began
    print(f"{target.name}: no fault, {watch.counters.slowest:.3f} s of processor time")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--runs", type=int, default=0, help="of each target, all jobs together")
    parser.add_argument(
        "--seconds", type=int, help=f"of each target; {SECONDS}, or no limit with --runs"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--corpus",
        type=Path,
        default=os.environ.get("FUZZ_CORPUS"),
        help="more inputs to begin with; also FUZZ_CORPUS",
    )
    parser.add_argument(
        "--plain", action="store_true", help="without atheris: blind, and about twice as fast"
    )
    parser.add_argument("--again", type=Path, metavar="FILE", help="run this input only")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]}; there are: {', '.join(TARGETS)}")
    targets = [TARGETS[name] for name in given.targets or TARGETS]
    if given.again:
        return again(targets[0], given.again)
    if not given.plain and importlib.util.find_spec("atheris") is None:
        print(_MISSING, file=sys.stderr)
        return 1
    seconds = given.seconds or (10**6 if given.runs else SECONDS)
    asked = Campaign(given.runs, seconds, given.jobs, given.corpus, given.plain)
    findings = sum(campaign(target, asked).findings for target in targets)
    if findings:
        print(f"\nfindings are in {FINDINGS}/; the first line of each .txt shows it again")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
