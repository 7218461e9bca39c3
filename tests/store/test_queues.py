"""The queues lose nothing and give each entry to one worker at a time."""

import asyncio
import hashlib
import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.decision import Decision, DeliveryNews, Verdict
from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.core.outgoing import (
    AutoSubmitted,
    Notice,
    OutboxState,
    OutgoingFile,
    OutgoingMail,
    Rendered,
)
from helpdesk.core.ticket import (
    IntakeId,
    OutboxId,
    Participant,
    PersonId,
    Role,
)
from helpdesk.core.token import Purpose
from helpdesk.ports import Attempt, Outcome, Raw, Sent
from helpdesk.store import queues
from helpdesk.store.engine import StoreError, open_engine, reading
from helpdesk.store.queues import SqlIntake
from helpdesk.store.raw import LARGE, pack
from helpdesk.store.tables import INTAKE, OUTBOX, RAW_MESSAGES
from tests.builders import ANA, NOW, entry, ticket
from tests.databases import ONLY_SQLITE
from tests.store.house import House, raw

ARRIVAL = Arrival(
    Envelope("ana@customer.example", ("support@example.test", "sales@example.test")),
    "smtp",
    NOW,
    Trust("192.0.2.1", "mx.example.test", network=True, user="ana"),
)
MINUTE = timedelta(minutes=1)
KIM = replace(ANA, id=PersonId(11))


async def keep(house: House, *contents: bytes) -> None:
    await house.intake.keep([(ARRIVAL, raw(content)) for content in contents])


# --- intake -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Subject: x\r\n\r\nbare\rbare\n\0\xff", id="small"),
        pytest.param(b"the same line again\r\n" * 3_000, id="shrinks"),
        pytest.param(os.urandom(100_000), id="does not shrink"),
        pytest.param(os.urandom(LARGE), id="large"),
    ],
)
async def test_a_mail_comes_out_as_it_went_in(house: House, content: bytes) -> None:
    await keep(house, content)

    (claimed,) = await house.intake.claim(NOW, 10)

    assert claimed.raw == content
    assert claimed.arrival == ARRIVAL
    assert not claimed.released


async def test_a_mail_in_a_file_is_taken_over(house: House, tmp_path: Path) -> None:
    for content in (b"small", os.urandom(LARGE + 1)):
        path = tmp_path / "spilled"
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        await house.intake.keep([(ARRIVAL, Raw(len(content), digest, None, path))])
        path.unlink()

        (claimed,) = await house.intake.claim(NOW, 10)

        assert claimed.raw == content


async def test_the_same_large_mail_twice_is_two_files(house: House) -> None:
    content = os.urandom(LARGE)
    await keep(house, content, content)

    paths = {row.path for row in await house.rows(RAW_MESSAGES)}

    assert len(paths) == 2
    assert all((house.objects / path).stat().st_mode & 0o077 == 0 for path in paths)


async def test_keep_is_all_or_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    good = raw(os.urandom(LARGE))
    await keep(house, b"before")
    without_digest: Any = None

    with pytest.raises(IntegrityError):
        await house.intake.keep(
            [(ARRIVAL, good), (ARRIVAL, Raw(1, without_digest, b"x")), (ARRIVAL, raw(b"y"))]
        )
    monkeypatch.setattr(queues, "pack", fail_at_second(pack))
    with pytest.raises(OSError, match="No space left"):
        await house.intake.keep([(ARRIVAL, good), (ARRIVAL, good)])

    assert len(await house.rows(INTAKE)) == len(await house.rows(RAW_MESSAGES)) == 1
    assert not [path for path in house.objects.rglob("*") if path.is_file()]
    monkeypatch.undo()
    await keep(house, b"after")
    assert [row.id for row in await house.rows(INTAKE)] == [1, 2]


def fail_at_second(pack: Any) -> Any:
    calls = []

    def packing(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return pack(*arguments)

    return packing


@pytest.mark.parametrize("size", [20 * 2**10, LARGE])
async def test_a_keep_that_is_cancelled_keeps_all_or_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    packing, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        packing.set()
        go_on.wait(5)
        return pack(*arguments)

    monkeypatch.setattr(queues, "pack", slow)
    task = asyncio.create_task(keep(house, os.urandom(size), b"small"))
    await asyncio.to_thread(packing.wait, 5)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = len(await house.rows(INTAKE))
    await keep(house, b"after")

    files = [path for path in house.objects.rglob("*") if path.is_file()]
    paths = [row.path for row in await house.rows(RAW_MESSAGES) if row.path]
    assert kept in {0, 2}
    assert len(files) == len(paths)
    assert len(await house.rows(INTAKE)) == len(await house.rows(RAW_MESSAGES)) == kept + 1


async def test_groups_that_are_kept_at_the_same_time_all_have_their_own_ids(house: House) -> None:
    await asyncio.gather(*(keep(house, b"one", b"two") for _ in range(5)))

    assert [row.id for row in await house.rows(INTAKE)] == list(range(1, 11))


async def test_what_is_kept_survives_this_process(house: House, url: str) -> None:
    await keep(house, b"one", b"two")

    other = open_engine(url)
    claimed = await SqlIntake(other, house.objects).claim(NOW, 10)
    await other.dispose()

    assert [entry.raw for entry in claimed] == [b"one", b"two"]


async def test_a_batch_is_the_oldest_fresh_entries_each_claimed_once(house: House) -> None:
    await keep(house, b"1", b"2", b"3")

    first = await house.intake.claim(NOW, 2)
    second = await house.intake.claim(NOW, 2)

    assert [entry.raw for entry in first] == [b"1", b"2"]
    assert [entry.attempts for entry in first] == [0, 0]
    assert [entry.raw for entry in second] == [b"3"]
    assert await house.intake.claim(NOW, 2) == ()


async def test_a_batch_is_bounded_in_bytes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MAX_BATCH", 10)
    await keep(house, b"x" * 30, b"x" * 6, b"x" * 4, b"x")

    batches = [await house.intake.claim(NOW, 9) for _ in range(4)]

    assert [len(batch) for batch in batches] == [1, 2, 1, 0]


async def test_what_a_batch_failed_with_is_tried_alone_and_first_when_due(house: House) -> None:
    await keep(house, b"1", b"2")
    batch = await house.intake.claim(NOW, 9)
    await house.intake.failed([entry.id for entry in batch], NOW + MINUTE, "boom")
    await keep(house, b"3")

    early = await house.intake.claim(NOW, 9)
    alone = [await house.intake.claim(NOW + MINUTE, 9) for _ in range(3)]

    assert [entry.raw for entry in early] == [b"3"]
    assert [[entry.raw for entry in batch] for batch in alone] == [[b"1"], [b"2"], []]


async def test_an_attempt_is_counted_before_the_work(house: House) -> None:
    await keep(house, b"1")
    await house.intake.claim(NOW, 9)
    seen = []
    for _ in range(3):
        await house.intake.release()  # as if the process had died
        (claimed,) = await house.intake.claim(NOW, 9)
        seen.append(claimed.attempts)

    assert seen == [1, 2, 3]


async def test_release_gives_back_what_a_dead_process_had_each_alone(house: House) -> None:
    await keep(house, b"1", b"2")
    await house.intake.claim(NOW, 9)

    assert await house.intake.claim(NOW, 9) == ()
    await house.intake.release()

    for content in (b"1", b"2"):
        (claimed,) = await house.intake.claim(NOW, 9)
        assert (claimed.raw, claimed.attempts) == (content, 1)


async def test_quarantine_keeps_an_entry_until_it_is_freed(house: House) -> None:
    await keep(house, b"1")
    (claimed,) = await house.intake.claim(NOW, 9)
    await house.intake.failed([claimed.id], NOW, "boom")
    await house.intake.claim(NOW, 9)
    await house.intake.quarantine(claimed.id, "failed three times", "Traceback", NOW)
    await house.intake.release()

    assert await house.intake.claim(NOW + MINUTE, 9) == ()
    await house.intake.free(claimed.id, NOW)
    (freed,) = await house.intake.claim(NOW, 9)

    assert (freed.raw, freed.attempts, freed.released) == (b"1", 1, True)


async def test_only_what_is_in_quarantine_can_be_freed(house: House) -> None:
    await keep(house, b"1")

    for number in (1, 77):
        with pytest.raises(StoreError, match="not in quarantine"):
            await house.intake.free(IntakeId(number), NOW)


async def test_a_waiting_entry_can_be_tried_at_once(house: House) -> None:
    await keep(house, b"1")
    (claimed,) = await house.intake.claim(NOW, 9)
    with pytest.raises(StoreError, match="does not wait"):
        await house.intake.retry(claimed.id, NOW)
    await house.intake.failed([claimed.id], NOW + 60 * MINUTE, "boom")

    await house.intake.retry(claimed.id, NOW)

    assert len(await house.intake.claim(NOW, 9)) == 1


async def test_a_raw_message_that_is_gone_does_not_stop_the_others(house: House) -> None:
    await keep(house, os.urandom(LARGE), b"2")
    for path in house.objects.rglob("*.*"):
        path.unlink()

    claimed = await house.intake.claim(NOW, 9)

    assert [entry.raw for entry in claimed] == [b"2"]
    (lost, _) = await house.rows(INTAKE)
    assert (lost.state, lost.reason) == ("quarantined", "raw message cannot be read")


# --- outbox -------------------------------------------------------------------------------------


def outgoing(number: int = 1, **more: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "id": OutboxId(number),
        "message_id": f"out-{number}@example.test",
        "notice": Notice.ANSWER,
        "desk": "support",
        "recipient": KIM.address,
        "created_at": NOW,
        "variables": {},
        "ticket": ticket().number,
    }
    return OutgoingMail(**(values | more))


async def put(house: House, *mails: OutgoingMail) -> None:
    """A ticket that causes these mails."""
    async with house.tickets.work() as work:
        await work.load([])
        is_new = work.ids.last["ticket"] == 1000
        for kind, number in {"ticket": 1001, "person": 11, "entry": 10, "outbox": 100}.items():
            work.ids.last[kind] = number
        new: dict[str, Any] = {
            "is_new": True,
            "people": (KIM,),
            "participants": (Participant(KIM, Role.REQUESTER),),
            "entries": (entry(5, KIM),),
        }
        decision = Decision(
            Verdict.RECORDED,
            "test",
            ticket=ticket(requester=KIM),
            outbox=mails,
            **(new if is_new else {}),
        )
        work.apply(None, decision, NOW)
        await work.commit()


def outcome(number: int, what: Outcome, *, due: int | None = None, detail: str = "") -> Sent:
    due_at = None if due is None else NOW + due * MINUTE
    return Sent(OutboxId(number), Attempt(what, detail), due_at)


async def test_an_outgoing_mail_comes_out_as_it_went_in(house: House) -> None:
    mail = outgoing(
        variables={"name": "Ána\u2028", "list": [1, None, {"deep": "x"}]},
        recipient_name="Ana",
        person=KIM.id,
        entry=entry(5).id,
        from_name="Bob",
        from_address="support@example.test",
        purpose=Purpose.CUSTOMER,
        version=3,
        auto_submitted=AutoSubmitted.REPLIED,
        null_reverse_path=True,
        in_reply_to="a@b",
        references=("a@b", "c@d"),
        files=(
            OutgoingFile(
                IntakeId(1), "2.1", "a.pdf", "application/pdf", 5, "ab", "cid", inline=True
            ),
        ),
    )
    await put(house, mail, outgoing(2))

    first, second = await house.outbox.claim(NOW, 9, NOW + MINUTE)

    assert first.mail == mail
    assert second.mail == outgoing(2)
    assert (first.attempts, first.rendered) == (0, None)


async def test_a_claimed_mail_is_nobody_elses_until_the_lease_ends(house: House) -> None:
    await put(house, outgoing(1), outgoing(2))

    assert len(await house.outbox.claim(NOW, 1, NOW + MINUTE)) == 1
    assert len(await house.outbox.claim(NOW, 9, NOW + MINUTE)) == 1
    assert await house.outbox.claim(NOW, 9, NOW + MINUTE) == ()
    assert await house.outbox.next_due() == NOW + MINUTE
    again = await house.outbox.claim(NOW + MINUTE, 9, NOW + 2 * MINUTE)

    assert [due.attempts for due in again] == [1, 1]


async def test_what_a_dead_process_had_claimed_is_due_again(house: House) -> None:
    await put(house, outgoing())
    await house.outbox.claim(NOW, 9, NOW + 60 * MINUTE)

    await house.outbox.release()

    assert len(await house.outbox.claim(NOW, 9, NOW + MINUTE)) == 1


async def test_the_words_are_rendered_once(house: House) -> None:
    await put(house, outgoing(1), outgoing(2))
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    words = Rendered("Sübject", "text", "<p>")
    await house.outbox.keep_rendered([(OutboxId(2), words)])

    again = await house.outbox.claim(NOW + MINUTE, 9, NOW + 2 * MINUTE)

    assert [due.rendered for due in again] == [None, words]


async def test_each_outcome_has_its_state(house: House) -> None:
    await put(house, *(outgoing(number) for number in range(1, 5)))
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    await house.outbox.finish(
        [
            outcome(1, Outcome.DELIVERED, detail="250 ok"),
            outcome(2, Outcome.DEFERRED, due=5, detail="451 later"),
            outcome(3, Outcome.FAILED, detail="550 no such user"),
            outcome(4, Outcome.HELD, detail="template"),
        ],
        NOW,
    )

    rows = await house.rows(OUTBOX)

    assert [row.state for row in rows] == ["delivered", "deferred", "failed", "held"]
    assert [row.delivered_at for row in rows] == [NOW, None, None, None]
    assert [row.last_detail for row in rows] == [
        "250 ok",
        "451 later",
        "550 no such user",
        "template",
    ]
    assert await house.outbox.next_due() == NOW + 5 * MINUTE
    assert [
        d.mail.id for d in await house.outbox.claim(NOW + 9 * MINUTE, 9, NOW + 10 * MINUTE)
    ] == [2]


async def test_a_report_that_came_first_is_not_overruled(house: House) -> None:
    await put(house, outgoing())
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    news = DeliveryNews(OutboxId(1), OutboxState.FAILED, "5.1.1")
    await house.apply(
        Decision(Verdict.RECORDED, "report", deliveries=(news,)), outbox=frozenset({OutboxId(1)})
    )

    await house.outbox.finish([outcome(1, Outcome.DELIVERED)], NOW)

    (row,) = await house.rows(OUTBOX)
    assert (row.state, row.due_at) == ("failed", None)


async def test_a_report_of_delay_sends_nothing_again(house: House) -> None:
    await put(house, outgoing())
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    await house.outbox.finish([outcome(1, Outcome.DELIVERED)], NOW)
    news = DeliveryNews(OutboxId(1), OutboxState.DEFERRED, "4.4.1")
    await house.apply(
        Decision(Verdict.RECORDED, "report", deliveries=(news,)), outbox=frozenset({OutboxId(1)})
    )

    (row,) = await house.rows(OUTBOX)

    assert (row.state, row.last_detail) == ("delivered", "4.4.1")
    assert await house.outbox.next_due() is None


@pytest.mark.parametrize("what", [Outcome.FAILED, Outcome.HELD, Outcome.DEFERRED])
async def test_the_operator_can_have_a_mail_sent_now(house: House, what: Outcome) -> None:
    await put(house, outgoing())
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    await house.outbox.finish([outcome(1, what, due=60)], NOW)

    await house.outbox.retry(OutboxId(1), NOW)

    (due,) = await house.outbox.claim(NOW, 9, NOW + MINUTE)
    assert (due.mail.message_id, due.attempts) == ("out-1@example.test", 0)


async def test_what_is_delivered_or_on_its_way_is_not_sent_again(house: House) -> None:
    await put(house, outgoing())
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    with pytest.raises(StoreError):
        await house.outbox.retry(OutboxId(1), NOW)
    await house.outbox.finish([outcome(1, Outcome.DELIVERED)], NOW)

    with pytest.raises(StoreError):
        await house.outbox.retry(OutboxId(1), NOW)


async def test_all_held_mails_are_released_together(house: House) -> None:
    await put(house, outgoing(1), outgoing(2), outgoing(3))
    await house.outbox.claim(NOW, 9, NOW + MINUTE)
    await house.outbox.finish(
        [outcome(1, Outcome.HELD), outcome(2, Outcome.HELD), outcome(3, Outcome.FAILED)], NOW
    )

    assert await house.outbox.release_held(NOW) == 2
    assert len(await house.outbox.claim(NOW, 9, NOW + MINUTE)) == 2


async def test_a_message_id_is_given_once(house: House) -> None:
    await put(house, outgoing())

    with pytest.raises(IntegrityError):
        await put(house, outgoing(2, message_id="out-1@example.test"))

    assert len(await house.rows(OUTBOX)) == 1


async def test_the_outbox_reads_files_from_the_raw_message(house: House) -> None:
    await keep(house, b"mail with a file")

    assert await house.outbox.raw(IntakeId(1)) == b"mail with a file"
    with pytest.raises(KeyError):
        await house.outbox.raw(IntakeId(2))


@ONLY_SQLITE
@pytest.mark.parametrize("statement", [queues._FRESH, queues._ALONE], ids=["fresh", "alone"])
async def test_looking_for_work_walks_over_waiting_entries_only(
    engine: AsyncEngine, statement: Select[Any]
) -> None:
    query = statement.params(most=1, now=NOW).compile(
        dialect=engine.dialect, compile_kwargs={"literal_binds": True}
    )
    async with reading(engine) as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")
        steps = [row["detail"] for row in plan.mappings()]

    assert "INDEX intake_due" in steps[0]
