"""What a customer is sent does not depend on what a license provider says: nobody finds out by mail
whether a key exists, whose it is, or whether it is still good.

The same mails come to two gateways, whose providers differ. All that customers get is compared byte
for byte, with what no reader can make anything of put in place of ids.
"""

import os
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from helpdesk.app.build import build
from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.core import decide_license
from helpdesk.core.announce import announce
from helpdesk.core.draft import LOOKUP_PATIENCE
from helpdesk.core.license import LookupOutcome
from helpdesk.core.status import Trigger
from helpdesk.flow import lookup
from helpdesk.ports import Delivery
from helpdesk.store import queues
from helpdesk.store.check import check
from helpdesk.store.engine import reading
from helpdesk.store.tables import ENTRIES, OUTBOX
from tests.fakes import FakeClock
from tests.scenarios.simulation import EDGE, Post, Simulation

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAILS = int(os.environ.get("HELPDESK_ORACLE_MAILS", "20"))
"""`make oracle` sends 1,000 to each gateway."""
TALKATIVE = 20
"""Every so manyth customer writes more than once."""
AGENT = "bob@example.test"
DESK = "support@example.test"
CONFIG = f"""
[[desks]]
address = "{DESK}"
display_name = "Example Support"

[[agents]]
name = "Bob Agent"
addresses = ["{AGENT}"]

[[licenses.providers]]
name = "own"
kind = "csv"
patterns = ["ACME-[0-9]{{4}}-[0-9]{{4}}"]
file = "licenses.csv"
max_per_minute = 100000

[[rules]]
name = "Suite"
when.products = ["Suite"]
then.priority = "critical"
then.category = "billing"
then.assignee = "{AGENT}"
then.tags = ["suite"]

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[budget]
per_hour = 20
per_day = 20

[reader]
workers = 1
"""
TITLES = "key,email,owner,state,expires,product,plan\n"
SECRETS = ("Suite", "owner@elsewhere.example", "Olga Owner", "Gold")
OWN = "own"
"""A license of whoever writes; rules that name its product hold, and he may see what they do."""


def customer(number: int) -> str:
    return f"c{number:04}@customer.example"


def key(number: int) -> str:
    return f"ACME-{number:04}-{(number * 7919) % 10000:04}"


def line(number: int, kind: str) -> str:
    mail = customer(number) if kind == OWN else "owner@elsewhere.example"
    # What a customer owns he may know: rules for "Suite" are about others here.
    product = "Basic" if kind == OWN else "Suite"
    ends = "2020-01-31" if kind == "expired" else "2030-01-31"
    return f"{key(number)},{mail},Olga Owner,active,{ends},{product},Gold\n"


def csv(kinds: Iterable[str]) -> str:
    """A license of one of these kinds for every customer; of none if there are no kinds."""
    known = list(kinds)
    lines = (line(number, known[number % len(known)]) for number in range(MAILS) if known)
    return TITLES + "".join(lines)


# --- what is compared ---------------------------------------------------------------------------

_CONSTANTS: tuple[tuple[bytes, bytes], ...] = (
    (rb"=\r\n", b""),
    (rb"\r\n[ \t]+", b" "),
    (rb"TICK-\d+", b"TICK"),
    (rb"support(\+|%2B)[a-z0-9]+(?=@)", rb"support\1TOKEN"),
    (rb"<[^<>@\s]+@example\.test>", b"<ID>"),
    (rb"=_[0-9a-f]{16,}", b"BOUNDARY"),
    (rb"Date: [^\r\n]+", b"Date: DATE"),
)


def comparable(content: bytes) -> bytes:
    for pattern, constant in _CONSTANTS:
        content = re.sub(pattern, constant, content)
    return content


@dataclass
class Listening(Post):
    """Keeps what customers get as it goes over the wire, in the order in which it does."""

    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def deliver(self, delivery: Delivery) -> Any:
        if delivery.recipient != AGENT:
            reverse_path = re.sub(r"\+[^@]+", "+TOKEN", delivery.reverse_path)
            self.sent.append((delivery.recipient, reverse_path, comparable(delivery.content)))
        return await super().deliver(delivery)


@dataclass(frozen=True)
class Seen:
    """What customers can learn, and what agents read."""

    sent: list[tuple[str, str, bytes]]
    times: list[tuple[Any, ...]]
    """Of the customers' mails before they go: when they may."""
    agents: list[EmailMessage]
    events: list[str]


@dataclass
class Desk:
    simulation: Simulation
    post: Listening
    times: list[tuple[Any, ...]] = field(default_factory=list)

    async def rows(self, *which: Any) -> list[Row[Any]]:
        async with reading(self.simulation.gateway.engine) as connection:
            return list((await connection.execute(select(*which))).all())

    async def settle(self) -> None:
        """Read what came, look keys up, send; with a look at the times in between."""
        gateway = self.simulation.gateway
        await self.simulation.take_in()
        await self._note_times()
        while await gateway.looking_up.run_once():
            pass
        await self._note_times()
        while await gateway.sender.run_once():
            pass
        self.simulation.clock.tick(LOOKUP_PATIENCE + timedelta(seconds=1))
        while await gateway.sender.run_once():
            pass

    async def _note_times(self) -> None:
        columns = ("recipient", "notice", "created_at", "due_at", "attempts", "state")
        found = await self.rows(*(OUTBOX.c[name] for name in ("id", *columns)))
        self.times += [tuple(row)[1:] for row in sorted(found) if row.recipient != AGENT]

    def answer(self, numbers: Iterable[int]) -> None:
        """The agent answers, with all that his notification says of the license quoted below."""
        first = {str(mail["From"]): mail for mail in reversed(self.post.boxes[AGENT])}
        for number in numbers:
            name = customer(number).partition("@")[0]
            mail = next(mail for sender, mail in first.items() if name in sender)
            self.simulation.reply(AGENT, mail, "Please install it again.")

    def reply(self, number: int, body: str) -> None:
        first = self.post.boxes[customer(number)][0]
        self.simulation.reply(customer(number), first, body)


def files(folder: Path, licenses: str, more: str) -> Path:
    folder.mkdir()
    path = folder / "config.toml"
    path.write_text(CONFIG + more, encoding="utf-8")
    (folder / "licenses.csv").write_text(licenses, encoding="utf-8")
    return path


@asynccontextmanager
async def desk(folder: Path, licenses: str, more: str = "") -> AsyncIterator[Desk]:
    settings = load(files(folder, licenses, more))
    await prepare(settings)
    gateway = build(settings)
    clock, post = FakeClock(NOON), Listening()
    gateway.looking_up.clock = clock
    try:
        yield Desk(Simulation(gateway, clock, post), post)
        report = await check(gateway.engine, settings.store.objects)
        assert report.violations == ()
    finally:
        await gateway.close()


async def lived(folder: Path, licenses: str, more: str = "", mails: int = MAILS) -> Seen:
    """Everybody writes with a key; some are answered, write again, ask, and close."""
    async with desk(folder, licenses, more) as house:
        send = house.simulation.send
        for number in range(mails):
            subject = f"Cannot activate {key(number)}" if number % 2 else "Cannot activate"
            body = f"License: {key(number)}\n\nIt fails." if number % 3 else f"{key(number)} fails."
            send(customer(number), DESK, subject, body)
        await house.settle()
        house.answer(range(0, mails, TALKATIVE))
        await house.settle()
        for words in ("It still fails.\n\n{key}", "#raise", "#tickets", "#close"):
            for number in range(0, mails, TALKATIVE):
                house.reply(number, words.format(key=key(number)))
            await house.settle()
        texts = await house.rows(ENTRIES.c.text, ENTRIES.c.reason)
        events = [row.text for row in texts if row.reason == "license looked up"]
        return Seen(house.post.sent, house.times, house.post.boxes[AGENT], events)


@pytest.mark.timeout(60 + MAILS)
async def test_customers_get_the_same_whatever_a_provider_says(tmp_path: Path) -> None:
    unknown = await lived(tmp_path / "unknown", csv([]))

    known = await lived(tmp_path / "known", csv([OWN, "foreign", "expired"]))

    assert len(known.sent) == MAILS + 3 * len(range(0, MAILS, TALKATIVE))
    assert known.sent == unknown.sent
    assert known.times == unknown.times
    assert not any(secret.encode() in mail for *_, mail in known.sent for secret in SECRETS)
    # Else nothing was compared: agents did read it.
    assert {event.partition(" ")[2].partition(" ")[2] for event in unknown.events} == {
        "is not known to its provider (own)"
    }
    assert sum("Gold" in event for event in known.events) == MAILS


# --- and it would be found ----------------------------------------------------------------------


def tells_who_has_a_license(
    draft: Any, conversation: Any, which: tuple[str, str], **more: Any
) -> Any:
    """A decision that tells the customer when his key is known."""
    found = decide_license.answered(draft, conversation, which, **more)
    if found is None or draft.known.answers[which].outcome is not LookupOutcome.FOUND:
        return found
    draft.trigger(Trigger.AGENT_TOOK)
    announce(draft, conversation, None, "")
    return draft.decision(found.verdict, "leaks")


async def seen_twice(tmp_path: Path, more: str = "") -> tuple[Seen, Seen]:
    known = await lived(tmp_path / "known", csv([OWN, "foreign"]), more, mails=3)
    return known, await lived(tmp_path / "unknown", csv([]), more, mails=3)


async def test_a_decision_that_leaks_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "answered", tells_who_has_a_license)

    known, unknown = await seen_twice(tmp_path)

    assert known.sent != unknown.sent
    assert known.times != unknown.times


async def test_a_template_that_leaks_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a license is kept from customers where their mail is taken from the queue,
    not by the templates."""
    template = tmp_path / "templates" / "confirmation" / "body.txt"
    template.parent.mkdir(parents=True)
    template.write_text("{% for key in licenses %}{{ key.state }}{% endfor %}", encoding="utf-8")
    more = f'[templates]\noverrides = "{tmp_path / "templates"}"\n'
    known, unknown = await seen_twice(tmp_path, more)
    assert known.sent == unknown.sent
    monkeypatch.setattr(queues, "_is_to_agent", lambda row: row["rendered_json"] is None)

    (tmp_path / "again").mkdir()
    known, unknown = await seen_twice(tmp_path / "again", more)

    assert known.sent != unknown.sent
