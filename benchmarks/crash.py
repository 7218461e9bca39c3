"""Kills the daemon again and again under load, and looks whether a promise was broken.

A client sends mails and sends again what was not answered; a sink takes what goes out. The daemon
and its workers get SIGKILL at random moments and are started again at once; a database server of
our own can be made to crash as well, which the daemon must outlive. In the end everything is
finished, and what client, sink and store saw must agree. With --control the daemon has one promise
broken on purpose: a campaign that does not notice proves nothing.
"""

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import workload
from benchmarks.database import Postgresql, Reader
from benchmarks.gateway import ROOT, Gateway, Sink, Waiting, end_well_when_told
from benchmarks.weakened import WEAKNESSES

MAILS_PER_KILL_IN_CONTROL = 40
KILLS_IN_CONTROL = 6
AFTER_LOAD = 0.25
"""Share of the kills that come when the client is done, while mails are decided and sent."""
JITTER = 0.05
FINISH_SECONDS = 120.0
POLL_SECONDS = 0.01
RECOVERY_SECONDS = 20.0
LONGEST_AWAY = 1.5
"""Seconds that a crashed server takes to come back."""
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Options:
    folder: Path
    mails: int = 2_000
    kills: int = 20
    seed: int = 1
    connections: int = 16
    weakness: str = ""
    database: str = SQLITE
    crashes: int = 0
    """Of the database server."""

    @property
    def journal(self) -> Path:
        """What the client saw."""
        return self.folder / "journal.jsonl"

    @property
    def sunk(self) -> Path:
        """What the sink got."""
        return self.folder / "sink.jsonl"


@dataclass(slots=True)
class Outcome:
    violations: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    moments: list[str] = field(default_factory=list)


def campaign(options: Options) -> Outcome:
    mails = options.folder / "mails"
    made = workload.Options(
        count=options.mails, seed=options.seed, senders=options.mails // 4 + 1, large_share=0.02
    )
    workload.write(mails, made)
    command = [sys.executable, "-m", "benchmarks.weakened", options.weakness]
    sink = Sink(options.sunk)
    server = Postgresql() if options.database == POSTGRESQL else None
    gateway = Gateway(
        options.folder,
        sink.port,
        command=command if options.weakness else (),
        database=server,
    )
    outcome = Outcome()
    load: subprocess.Popen[str] | None = None
    try:
        gateway.start()
        load = _start_load(gateway.port, mails, options)
        _kill_again_and_again(gateway, load, options, outcome, server)
        said, _ = load.communicate(timeout=FINISH_SECONDS)
        try:
            gateway.await_work(FINISH_SECONDS)
        except RuntimeError as error:
            outcome.violations.append(str(error).partition("\n")[0])
        outcome.violations += _store_says(gateway)
        gateway.stop()
        outcome.violations += _oracle(gateway, options, outcome.figures)
        outcome.figures["client"] = json.loads(said)
    finally:
        if load is not None:
            load.kill()
            load.communicate()
        gateway.kill()
        sink.stop()
        if server is not None:
            server.end()
    return outcome


def _start_load(port: int, mails: Path, options: Options) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.load", str(mails), f"127.0.0.1:{port}"),
            *(
                "--connections",
                str(options.connections),
                "--journal",
                str(options.journal),
                "--retry",
            ),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill_again_and_again(
    gateway: Gateway,
    load: "subprocess.Popen[str]",
    options: Options,
    outcome: Outcome,
    server: Postgresql | None,
) -> None:
    journal, sunk = options.journal, options.sunk
    rng = random.Random(f"kills {options.seed}")
    later = int(options.kills * AFTER_LOAD)
    starts = []
    points = [(rng.randrange(options.mails), False) for _ in range(options.kills - later)]
    points += [(rng.randrange(options.mails), True) for _ in range(options.crashes)]
    for point, is_servers in sorted(points):
        while load.poll() is None and _accepted(journal) < point:
            time.sleep(POLL_SECONDS)
        if is_servers and server is not None:
            _crash(server, gateway, load, rng.uniform(0, LONGEST_AWAY), options, outcome)
        else:
            starts.append(_kill(gateway, rng.uniform(0, JITTER), journal, outcome))
    load.wait(FINISH_SECONDS)
    for _ in range(later):
        point = _lines(sunk) + rng.randrange(options.mails // options.kills + 1)
        while _lines(sunk) < point and gateway.waiting() != Waiting(0, 0):
            time.sleep(POLL_SECONDS)
        starts.append(_kill(gateway, rng.uniform(0, JITTER), journal, outcome))
    outcome.figures["kills"] = len(starts)
    outcome.figures["slowest_start_seconds"] = round(max(starts, default=0.0), 2)


def _crash(
    server: Postgresql,
    gateway: Gateway,
    load: "subprocess.Popen[str]",
    away: float,
    options: Options,
    outcome: Outcome,
) -> None:
    server.crash(away)
    accepted, began = _accepted(options.journal), time.monotonic()
    while load.poll() is None and _accepted(options.journal) == accepted:
        if not gateway.is_running:
            outcome.violations.append("the daemon ended when its database server was away")
            gateway.start()
        if time.monotonic() > began + RECOVERY_SECONDS:
            outcome.violations.append(f"no mail was accepted for {RECOVERY_SECONDS:.0f} s")
            break
        time.sleep(POLL_SECONDS)
    took = time.monotonic() - began
    outcome.moments.append(
        f"(the server, for {away:.1f} s) after {_lines(options.journal)} attempts; "
        f"mail was accepted again after {took:.2f} s"
    )
    slowest = float(str(outcome.figures.get("slowest_recovery_seconds", 0.0)))
    outcome.figures["slowest_recovery_seconds"] = round(max(slowest, took), 2)


def _accepted(journal: Path) -> int:
    return journal.read_bytes().count(b'"accepted"') if journal.exists() else 0


def _kill(gateway: Gateway, after: float, journal: Path, outcome: Outcome) -> float:
    time.sleep(after)
    waiting = gateway.waiting()
    outcome.moments.append(
        f"after {_lines(journal)} attempts and {1000 * after:.0f} ms, "
        f"{waiting.intake} mails and {waiting.outbox} notifications waiting"
    )
    gateway.kill()
    return gateway.start()


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


# --- what must be true afterwards -----------------------------------------------------------------


def _store_says(gateway: Gateway) -> Iterator[str]:
    for violation in gateway.check()["violations"]:
        yield f"helpdesk check: {violation}"


def _oracle(gateway: Gateway, options: Options, figures: dict[str, object]) -> Iterator[str]:
    last = {line["message_id"]: line for line in _journal(options.journal)}
    figures["accepted"] = sum(line["answer"] == "accepted" for line in last.values())
    for line in _journal(options.journal):
        if line["answer"] == "refused":
            yield f"{line['message_id']} was refused for good: {line['reply']}"
    for message_id, line in last.items():
        if line["answer"] != "accepted":
            yield f"{message_id} was never accepted: {line['answer']} {line['reply']}"
    with gateway.reading() as connection:
        yield from _mails_are_kept(connection, gateway.folder, last.values(), figures)
        yield from _each_belongs_to_one_ticket(connection)
        yield from _each_notification_is_one(connection, _journal(options.sunk), figures)
    spool = [path for path in gateway.folder.rglob("arriving-*") if path.is_file()]
    if spool:
        yield f"{len(spool)} files of mails under way were left behind"


def _journal(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _mails_are_kept(
    connection: Reader,
    folder: Path,
    last: Iterable[dict[str, str]],
    figures: dict[str, object],
) -> Iterator[str]:
    """Each accepted mail is there once, byte for byte; what came again is known as that."""
    found: dict[str, list[str]] = {}
    named = set()
    rows = connection.execute(
        "SELECT id, verdict, sha256, encoding, path, body FROM intake "
        "LEFT JOIN raw_messages ON intake = id"
    )
    for number, verdict, sha256, encoding, path, body in rows:
        named.add(path)
        if hashlib.sha256(_unpacked(folder, encoding, path, body)).hexdigest() != sha256:
            yield f"intake entry {number} has not the bytes that it had"
        found.setdefault(sha256, []).append(verdict)
    expected = {line["sha256"]: line["message_id"] for line in last if line["answer"] == "accepted"}
    for sha256, message_id in expected.items():
        verdicts = Counter(found.get(sha256, []))
        again = verdicts.pop("duplicate", 0)
        if sum(verdicts.values()) != 1 or not verdicts.keys() <= {"opened", "appended"}:
            yield f"{message_id} was accepted and is in the store as {dict(verdicts)} (+{again})"
    for sha256 in found.keys() - expected.keys():
        yield f"the store has a mail that was not sent: {sha256}"
    objects = [path for path in (folder / "objects").rglob("*") if path.is_file()]
    figures["duplicates"] = sum(verdicts.count("duplicate") for verdicts in found.values())
    figures["object_files"] = len(objects)
    figures["object_files_without_row"] = sum(
        str(path.relative_to(folder / "objects")) not in named for path in objects
    )


def _unpacked(folder: Path, encoding: str | None, path: str | None, body: bytes | None) -> bytes:
    try:
        if path:
            return (folder / "objects" / path).read_bytes()
        return zlib.decompress(body or b"") if encoding == "zlib" else body or b""
    except (OSError, zlib.error):
        return b""


QUESTIONS = {
    "mail {} is not one entry of its ticket": """
        SELECT intake.id FROM intake LEFT JOIN entries
          ON entries.intake = intake.id AND entries.kind = 'message'
             AND entries.ticket = intake.ticket
        WHERE intake.verdict IN ('opened', 'appended')
        GROUP BY intake.id HAVING count(entries.id) <> 1""",
    "mail {} has entries in two tickets": """
        SELECT intake FROM entries WHERE intake IS NOT NULL
        GROUP BY intake HAVING count(DISTINCT ticket) > 1""",
    "ticket {} was not opened by one mail": """
        SELECT number FROM tickets LEFT JOIN intake
          ON intake.ticket = number AND intake.verdict = 'opened'
        GROUP BY number HAVING count(intake.id) <> 1""",
    "ticket {} has not one confirmation": """
        SELECT number FROM tickets LEFT JOIN outbox
          ON outbox.ticket = number AND outbox.notice = 'confirmation'
        GROUP BY number HAVING count(outbox.id) <> 1""",
    "notification {} is there twice for one entry and person": """
        SELECT min(id) FROM outbox GROUP BY ticket, entry, notice, recipient_key
        HAVING count(*) > 1""",
    "notification {} was not delivered": """
        SELECT id FROM outbox WHERE state <> 'delivered'""",
}


def _each_belongs_to_one_ticket(connection: Reader) -> Iterator[str]:
    for words, question in QUESTIONS.items():
        for [number] in connection.execute(question):
            yield words.format(number)


def _each_notification_is_one(
    connection: Reader, sunk: Iterable[dict[str, str]], figures: dict[str, object]
) -> Iterator[str]:
    """The sink saw the one Message-ID of each outbox entry and no other, at times twice."""
    copies = Counter((line["message_id"], line["recipient"]) for line in sunk)
    planned = {tuple(row) for row in connection.execute("SELECT message_id, recipient FROM outbox")}
    for message_id, recipient in copies.keys() - planned:
        yield f"{recipient} got {message_id}, which no outbox entry has"
    for message_id, recipient in planned - copies.keys():
        yield f"{recipient} never got {message_id}"
    figures["notifications"] = len(planned)
    figures["sent_again"] = sum(copies.values()) - len(copies)


# --- command --------------------------------------------------------------------------------------


def _report(outcome: Outcome, options: Options) -> None:
    name = options.weakness or "the daemon as it is"
    kills = f"{options.kills} kills" + (f", {options.crashes} crashes" if options.crashes else "")
    print(f"{name}, {options.database}: {options.mails} mails, {kills}, seed {options.seed}")
    for moment in outcome.moments:
        print(f"  killed {moment}")
    for name, figure in outcome.figures.items():
        print(f"  {name}: {figure}")
    for violation in outcome.violations[:20]:
        print(f"  VIOLATION {violation}")
    print(f"  {len(outcome.violations)} violations", flush=True)


def _run(options: Options) -> bool:
    """Whether it ended as it should."""
    options.folder.mkdir()
    outcome = campaign(options)
    _report(outcome, options)
    return bool(outcome.violations) == bool(options.weakness)


def main() -> int:
    end_well_when_told()
    parser = argparse.ArgumentParser(prog="benchmarks.crash", description=__doc__)
    parser.add_argument("--mails", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument(
        "--control",
        choices=(*WEAKNESSES, "all", "none"),
        default="all",
        help="which broken promises must be noticed as well",
    )
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    parser.add_argument(
        "--crashes", type=int, default=0, help="so many crashes of the PostgreSQL server as well"
    )
    given = parser.parse_args()
    if given.crashes and given.database != POSTGRESQL:
        parser.error("--crashes is for --database postgresql")
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-crash-", dir="/var/tmp"))
    controls = {"all": tuple(WEAKNESSES), "none": ()}.get(given.control, (given.control,))
    sent = MAILS_PER_KILL_IN_CONTROL * KILLS_IN_CONTROL
    plain = Options(
        folder / "plain",
        given.mails,
        given.kills,
        given.seed,
        given.connections,
        database=given.database,
        crashes=given.crashes,
    )
    campaigns = [plain] + [
        replace(
            plain,
            folder=folder / name,
            mails=sent,
            kills=KILLS_IN_CONTROL,
            weakness=name,
            crashes=0,
        )
        for name in controls
    ]
    try:
        results = [_run(options) for options in campaigns]
    finally:
        shutil.rmtree(folder)
    well = all(results)
    print("as it should be" if well else "NOT as it should be")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
