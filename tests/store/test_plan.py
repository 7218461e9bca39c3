"""The order and the threads of an archive."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from helpdesk.core.ticket import TicketNumber
from helpdesk.store.plan import MOST_MATES, ArchivePlan

START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def plan() -> Iterator[ArchivePlan]:
    plan = ArchivePlan()
    yield plan
    plan.close()


def add(
    plan: ArchivePlan,
    message_id: str = "",
    *named: str,
    day: int = 0,
    content: str | None = None,
    size: int = 100,
) -> None:
    text = f"{message_id}{named}{day}" if content is None else content
    plan.add(
        (Path("/mail/old.mbox"), "mbox", 0, size),
        sha256(text.encode()).hexdigest(),
        START + timedelta(days=day),
        message_id,
        named,
    )


def threads(plan: ArchivePlan) -> list[int]:
    """Of the mails, in the order in which they were added."""
    plan.finish()
    taken = sorted(plan.take(1_000_000, 2**60), key=lambda each: each.number)
    return [each.thread for each in taken]


def groups(found: Sequence[int]) -> list[list[int]]:
    return [[i for i, each in enumerate(found) if each == one] for one in dict.fromkeys(found)]


def test_mails_come_in_the_order_of_their_dates(plan: ArchivePlan) -> None:
    for day in (3, 1, 2):
        add(plan, f"m{day}", day=day)
    plan.finish()

    assert [each.date.day for each in plan.take(9, 2**30)] == [2, 3, 4]


def test_mails_of_one_second_come_in_the_order_of_the_archive(plan: ArchivePlan) -> None:
    for name in "cab":
        add(plan, name)
    plan.finish()

    assert [each.number for each in plan.take(9, 2**30)] == [1, 2, 3]


def test_every_mail_is_taken_once(plan: ArchivePlan) -> None:
    for number in range(25):
        add(plan, f"m{number}", day=number % 3)
    plan.finish()
    taken: list[int] = []
    while batch := plan.take(4, 2**30):
        taken += [each.number for each in batch]

    assert sorted(taken) == list(range(1, 26))


def test_a_batch_is_bounded_in_octets_but_never_empty(plan: ArchivePlan) -> None:
    for number, size in enumerate((900, 40, 40, 40)):
        add(plan, f"m{number}", day=number, size=size)
    plan.finish()

    sizes = [[each.size for each in plan.take(9, 100)] for _ in range(3)]

    assert sizes == [[900], [40, 40], [40]]


def test_a_reply_is_in_the_thread_of_what_it_names(plan: ArchivePlan) -> None:
    add(plan, "first")
    add(plan, "second", "first")

    assert groups(threads(plan)) == [[0, 1]]


def test_replies_to_a_mail_that_is_missing_are_one_thread(plan: ArchivePlan) -> None:
    add(plan, "a", "missing")
    add(plan, "b", "missing")

    assert groups(threads(plan)) == [[0, 1]]


def test_a_late_mail_joins_what_stood_apart(plan: ArchivePlan) -> None:
    add(plan, "a")
    add(plan, "b")
    add(plan, "c", "a", "b")

    assert groups(threads(plan)) == [[0, 1, 2]]


def test_mails_without_a_message_id_stand_alone(plan: ArchivePlan) -> None:
    add(plan, day=1)
    add(plan, day=2)
    add(plan, "x")

    assert groups(threads(plan)) == [[0], [1], [2]]


def test_threads_are_right_however_mails_name_each_other(plan: ArchivePlan) -> None:
    random = Random(7)
    names = [[f"t{number % 40}.{random.randrange(8)}" for _ in range(2)] for number in range(400)]
    parent = {name: name for pair in names for name in pair}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for one, other in names:
        add(plan, one, other, content=f"{random.random()}")
        parent[root(one)] = root(other)
    found = threads(plan)

    expected = [root(one) for one, _ in names]
    assert sorted(groups(found)) == sorted(
        [i for i, each in enumerate(expected) if each == one] for one in dict.fromkeys(expected)
    )


def test_copies_of_one_mail_have_names_of_their_own(plan: ArchivePlan) -> None:
    for _ in range(3):
        add(plan, "same", content="the same")
    plan.finish()
    [portion] = plan.origins()

    digest = sha256(b"the same").hexdigest()
    assert [origin for _, origin, _ in portion] == [
        f"archive:{digest}",
        f"archive:{digest}:2",
        f"archive:{digest}:3",
    ]


def test_what_is_passed_over_is_not_taken(plan: ArchivePlan) -> None:
    for number in range(3):
        add(plan, f"m{number}", size=10)
    plan.finish()
    plan.pass_over([1, 3])

    assert plan.left() == (1, 10)
    assert [each.number for each in plan.take(9, 2**30)] == [2]


def test_a_thread_knows_its_mails_until_it_has_a_ticket(plan: ArchivePlan) -> None:
    add(plan, "first")
    add(plan, "second", "first", day=4)
    plan.finish()
    [one, _] = plan.take(9, 2**30)
    before = plan.thread(one.thread)
    plan.settle({one.thread: TicketNumber(1007)})
    after = plan.thread(one.thread)

    assert (before.ticket, before.mates) == (None, ("first", "second"))
    assert (after.ticket, after.mates) == (1007, ())
    assert before.ends_at == START + timedelta(days=4)


def test_of_a_long_thread_only_some_mails_are_looked_for(plan: ArchivePlan) -> None:
    for number in range(MOST_MATES + 30):
        add(plan, f"m{number}", "root", day=number)
    [thread] = set(threads(plan))

    assert len(plan.thread(thread).mates) == MOST_MATES


def test_a_file_name_may_be_anything(plan: ArchivePlan) -> None:
    path = Path("/mail/\udcff\n.eml")
    plan.add((path, "file", 0, 1), sha256(b"").hexdigest(), START, "", ())
    plan.finish()

    assert [each.path for each in plan.take(1, 1)] == [path]


def test_a_plan_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    plan = ArchivePlan()
    for number in range(20_000):
        add(plan, f"message number {number} of a long archive", day=number % 400)
    plan.finish()

    assert list(tmp_path.iterdir()) == []
