"""What the doctor says between a real Postfix and a real Dovecot, whole and broken."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.app.doctor.nameserver import NameServer
from tests.scenarios.surroundings import (
    BOX_DESK,
    DESK,
    EDGE,
    Examined,
    Surroundings,
    examined,
    name_server,
    surroundings,
)

pytestmark = pytest.mark.timeout(120)

CLOCK = "warning machine.clock"
"""It is that of whoever runs the tests."""
REMOVED = "Reply-To was removed on the way; replies lose their ticket"
FORGED = f"a forged result of {EDGE} came through, so anybody could write as an agent"


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    with surroundings() as found:
        yield found


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server() as found:
        yield found


async def examination(around: Surroundings, names: NameServer) -> Examined:
    return await asyncio.to_thread(examined, around.daemon, names)


async def test_a_canary_comes_back_by_lmtp_and_by_a_mailbox(
    around: Surroundings, names: NameServer
) -> None:
    found = await examination(around, names)

    assert found.status == 0
    assert [line for line in found.lines() if not line.startswith(CLOCK)] == []
    assert {
        f"ok canary.return {DESK}: came back by edge",
        f"ok canary.return {BOX_DESK}: came back by sales",
        f"ok canary.results {DESK}: {EDGE} says dmarc=pass",
        f"ok canary.results {BOX_DESK}: {EDGE} says dmarc=pass",
        "ok certificate.served submission: the one in the file is presented",
    } <= set(found.lines("ok"))
    [row] = around.daemon.rows("SELECT count(*) AS number FROM tickets")
    assert row["number"] == 0


async def test_what_postfix_changes_on_the_way_is_told(
    around: Surroundings, names: NameServer
) -> None:
    rules = around.postfix.folder / "conf/header_checks"
    good = rules.read_text()
    rules.write_text("/^Reply-To:/ IGNORE\n")
    around.postfix.say("postfix", "reload")
    found = await examination(around, names)
    rules.write_text(good)
    around.postfix.say("postfix", "reload")

    for desk in (DESK, BOX_DESK):
        assert [line for line in found.lines() if desk in line] == [
            f"error canary.fields {desk}: {REMOVED}",
            f"error canary.forged {desk}: {FORGED}",
        ]


async def test_a_postfix_without_subaddresses_is_told_what_to_set(
    around: Surroundings, names: NameServer
) -> None:
    around.postfix.set("recipient_delimiter=")
    found = await examination(around, names)
    around.postfix.set("recipient_delimiter=+")

    errors = [each for each in found.findings if each["level"] == "error"]
    assert {each["subject"] for each in errors} == {DESK, BOX_DESK}
    assert all("550 5.1.1" in each["problem"] for each in errors)
    assert all("(Postfix: recipient_delimiter = +)" in each["next_step"] for each in errors)
