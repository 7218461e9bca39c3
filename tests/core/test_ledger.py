"""A ledger of credits never owes anybody anything, and loses nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core import ledger
from helpdesk.core.ledger import (
    Balance,
    LedgerLine,
    LineKind,
    Refusal,
    Stamp,
    balance_of,
    faults_of,
)
from helpdesk.core.ticket import TicketNumber
from tests.builders import NOW

ANA = "ana@example.com"
ONE, TWO = TicketNumber(1001), TicketNumber(1002)

Operation = tuple[str, int, int]
"""What is done, of which ticket (or with which order), with how many credits."""
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "reserve", "consume", "refund"]),
        st.integers(0, 3),
        st.integers(-1, 4),
    ),
    max_size=40,
)
Step = Callable[[Sequence[LedgerLine], Stamp, Operation], LedgerLine | Refusal]


def step(lines: Sequence[LedgerLine], stamp: Stamp, operation: Operation) -> LedgerLine | Refusal:
    name, which, amount = operation
    if name == "grant":
        return ledger.grant(lines, stamp, amount, f"order {which}" if which else "")
    act = {"reserve": ledger.reserve, "consume": ledger.consume, "refund": ledger.refund}[name]
    return act(lines, stamp, TicketNumber(1001 + which), amount)


def careless(
    lines: Sequence[LedgerLine], stamp: Stamp, operation: Operation
) -> LedgerLine | Refusal:
    """A variant that forgets what was refunded."""
    if operation[0] == "refund":
        lines = [line for line in lines if line.kind is not LineKind.REFUNDED]
    return step(lines, stamp, operation)


def written(operations: Sequence[Operation], how: Step = step) -> list[LedgerLine]:
    lines: list[LedgerLine] = []
    for number, operation in enumerate(operations, 1):
        line = how(lines, Stamp(number, ANA, NOW, "operator"), operation)
        if isinstance(line, LedgerLine):
            lines.append(line)
    return lines


def assert_sound(lines: Sequence[LedgerLine]) -> None:
    for number in range(len(lines) + 1):
        before = lines[:number]
        balance = balance_of(before)
        parts = (balance.available, balance.reserved, balance.consumed)
        assert min(parts) >= 0
        assert sum(parts) == balance.granted
        assert balance.granted == total(before, LineKind.GRANTED)
        assert balance.refunded == total(before, LineKind.REFUNDED)
        for ticket in {line.ticket for line in before} - {None}:
            of_it = [line for line in before if line.ticket == ticket]
            reserved = total(of_it, LineKind.RESERVED)
            assert total(of_it, LineKind.CONSUMED) <= reserved
            assert total(of_it, LineKind.REFUNDED) <= reserved
    orders = [line.reference for line in lines if line.reference]
    assert len(orders) == len(set(orders))
    assert list(faults_of(lines)) == []


def total(lines: Sequence[LedgerLine], kind: LineKind) -> int:
    return sum(line.credits for line in lines if line.kind is kind)


@given(OPERATIONS)
def test_whatever_is_asked_for_nothing_is_owed_and_nothing_lost(
    operations: list[Operation],
) -> None:
    assert_sound(written(operations))


def test_the_property_notices_a_ledger_that_refunds_twice() -> None:
    operations = [("grant", 0, 1), ("reserve", 0, 1), ("refund", 0, 1), ("refund", 0, 1)]
    assert_sound(written(operations))

    with pytest.raises(AssertionError):
        assert_sound(written(operations, careless))


def test_a_credit_is_reserved_consumed_and_given_back() -> None:
    operations: list[Operation] = [("grant", 0, 5)]
    seen = []
    for name in ("reserve", "consume", "refund"):
        operations.append((name, 0, 1))
        seen.append(balance_of(written(operations)))

    assert seen == [Balance(5, 1, 0, 0), Balance(5, 0, 1, 0), Balance(5, 0, 0, 1)]
    assert [each.available for each in seen] == [4, 4, 5]


def refusal(operations: Sequence[Operation]) -> str:
    lines = written(operations[:-1])
    answer = step(lines, Stamp(99, ANA, NOW, "operator"), operations[-1])
    assert isinstance(answer, Refusal)
    return answer.reason


def test_what_is_not_possible_is_refused_with_its_reason() -> None:
    granted: Operation = ("grant", 1, 1)
    reserved: Operation = ("reserve", 0, 1)
    consumed: Operation = ("consume", 0, 1)
    refunded: Operation = ("refund", 0, 1)

    assert refusal([reserved]) == "1 credit wanted, 0 available"
    assert refusal([granted, ("reserve", 0, 2)]) == "2 credits wanted, 1 available"
    nothing = "1 credit wanted, 0 reserved for this ticket"
    assert refusal([granted, consumed]) == nothing
    assert refusal([granted, reserved, consumed, consumed]) == nothing
    assert refusal([granted, reserved, refunded, consumed]) == nothing
    nothing = "1 credit wanted, 0 reserved or consumed for this ticket"
    assert refusal([granted, refunded]) == nothing
    assert refusal([granted, reserved, consumed, refunded, refunded]) == nothing
    assert refusal([granted, reserved, ("refund", 1, 1)]) == nothing
    assert refusal([granted, ("reserve", 0, 0)]) == "a line is about one credit or more"
    assert refusal([("grant", 0, 1_000_001)]).startswith("1000001 is no number of credits")


def test_an_order_is_granted_once() -> None:
    lines = written([("grant", 1, 5)])
    stamp = Stamp(2, ANA, NOW, "operator")

    assert ledger.grant(lines, stamp, 5, "order 1") == Refusal(
        "5 credits granted for order 1 before", is_known=True
    )
    assert ledger.grant(lines, stamp, 6, "order 1") == Refusal(
        "5 credits granted for order 1 before"
    )
    assert isinstance(ledger.grant(lines, stamp, 5, "order 2"), LedgerLine)
    assert isinstance(
        ledger.grant(lines, replace(stamp, holder="@example.com"), 5, "order 1"), LedgerLine
    )


def test_lines_that_cannot_be_are_found() -> None:
    granted, reserved = written([("grant", 1, 1), ("reserve", 0, 1)])
    bad = [
        replace(reserved, id=3, ticket=TWO),
        replace(reserved, id=4, kind=LineKind.CONSUMED, ticket=None),
        replace(granted, id=5, ticket=ONE, reference=""),
        replace(granted, id=6),
    ]

    assert [number for number, _ in faults_of([granted, reserved, *bad])] == [3, 4, 5, 6]
