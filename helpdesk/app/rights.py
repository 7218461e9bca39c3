"""What operators look at and do about support rights: credits, agreements, customers from a file.

Failures: StoreError, what is wrong and the next step. Of a file, lines that are bad are told and
the others are kept.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.clock import SystemClock
from helpdesk.config import Settings
from helpdesk.config.values import did_you_mean, zone_name
from helpdesk.core.address import display_name
from helpdesk.core.ledger import MOST_CREDITS, Balance, LedgerLine, Refusal
from helpdesk.core.policy import LANGUAGES
from helpdesk.core.rights import (
    Agreement,
    AgreementKind,
    Holder,
    HolderKind,
    NotAHolder,
    account_of,
    holder_of,
)
from helpdesk.store.engine import StoreError
from helpdesk.store.rights import (
    BATCH,
    Agreeing,
    Customer,
    Done,
    Granting,
    SqlRights,
    Writer,
    Written,
)

__all__ = ["Agreeing", "BadLine", "Granting", "Rights", "Tell", "day_of", "kind_of", "said"]

BY = "operator"
CREDIT_COLUMNS = ("holder", "credits", "reference", "note")
CUSTOMER_COLUMNS = (
    "address",
    "name",
    "account",
    "language",
    "time_zone",
    "agreement",
    "from",
    "until",
    "desk",
)
_LONGEST = 200
"""Characters of a note or a reference."""

Json = dict[str, Any]
T = TypeVar("T")
Tell = Callable[[int, int], None]
"""How many lines are done, of how many."""
Write = Callable[[Writer, Sequence[T]], Awaitable[Sequence[LedgerLine | Done | Refusal]]]


class BadLine(ValueError):  # noqa: N818 -- it names what was read
    """What is wrong with a line, with the next step in brackets."""


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """Lines of a file by their numbers: what is asked for, and what is wrong with the others."""

    good: list[tuple[int, T]]
    bad: list[tuple[int, str]]


class Rights:
    """Every answer is plain values, ready to be printed."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self._rights = SqlRights(engine)
        self._desks = [desk.name for desk in settings.desks]
        self._tag = settings.policy().tag

    async def grant(self, wish: Granting, *, dry_run: bool) -> Json:
        async with self._rights.writer(_written(), dry_run=dry_run) as writer:
            [line] = await writer.grant([wish])
        is_known = isinstance(line, Refusal) and line.is_known
        if isinstance(line, Refusal) and not is_known:
            raise StoreError(*_problem_and_step(line.reason))
        before = (await self._rights.balances([wish.holder.key])).get(wish.holder.key, Balance())
        added = wish.credits if dry_run and not is_known else 0
        return {
            "holder": wish.holder.name,
            "credits": wish.credits,
            "reference": wish.reference,
            "granted": not is_known,
            "dry_run": dry_run,
            "available": before.available + added,
        }

    async def ledger(self, holder: Holder | None) -> Sequence[Json]:
        names = await self._rights.names()
        lines = await self._rights.lines(None if holder is None else [holder.key])
        return [self._line(line, names) for line in lines]

    async def balances(self, holder: Holder | None) -> Sequence[Json]:
        names = await self._rights.names()
        found = await self._rights.balances(None if holder is None else [holder.key])
        if holder is not None:
            found = {holder.key: found.get(holder.key, Balance())}
        return [_balance(key, balance, names) for key, balance in found.items()]

    async def agreements(self, holder: Holder | None) -> Sequence[Json]:
        names = await self._rights.names()
        found = await self._rights.agreements(None if holder is None else [holder.key])
        today = SystemClock().now().date()
        return [_agreement(each, names, today) for each in found]

    async def agree(self, wish: Agreeing) -> Json:
        try:
            _check_agreement(wish, self._desks)
        except BadLine as error:
            raise StoreError(*_problem_and_step(str(error))) from None
        async with self._rights.writer(_written()) as writer:
            [done] = await writer.agree([wish])
        if isinstance(done, Refusal):
            raise StoreError(*_problem_and_step(done.reason))
        new = Agreement(0, wish.holder.key, wish.kind, wish.first, wish.last, wish.desk)
        names = {wish.holder.key: wish.holder.name}
        return _agreement(new, names, SystemClock().now().date()) | {"done": done.value}

    async def import_credits(self, path: Path, tell: Tell, *, dry_run: bool) -> Json:
        read = _read(path, CREDIT_COLUMNS, ("holder", "credits"), _granting)
        done = await self._import(
            read, lambda writer, batch: writer.grant(batch), tell, dry_run=dry_run
        )
        lines = [each for each in done if isinstance(each, LedgerLine)]
        return _report(read, done, dry_run=dry_run) | {
            "granted": len(lines),
            "credits": sum(line.credits for line in lines),
            "known": sum(isinstance(each, Refusal) and each.is_known for each in done),
        }

    async def import_customers(self, path: Path, tell: Tell, *, dry_run: bool) -> Json:
        def customer(values: Mapping[str, str]) -> Customer:
            return _customer(values, self._desks)

        read = _read(path, CUSTOMER_COLUMNS, ("address",), customer)
        done = await self._import(
            read, lambda writer, batch: writer.put(batch), tell, dry_run=dry_run
        )
        counts = {each.value: done.count(each) for each in Done}
        return _report(read, done, dry_run=dry_run) | counts

    async def _import(
        self, read: _Read[T], write: Write[T], tell: Tell, *, dry_run: bool
    ) -> list[LedgerLine | Done | Refusal]:
        found: list[LedgerLine | Done | Refusal] = []
        total = len(read.good)
        async with self._rights.writer(_written(), dry_run=dry_run) as writer:
            for start in range(0, total, BATCH):
                batch = read.good[start : start + BATCH]
                found += await write(writer, [wish for _, wish in batch])
                tell(len(found), total)
        return found

    def _line(self, line: LedgerLine, names: Mapping[str, str]) -> Json:
        return {
            "id": line.id,
            "holder": names.get(line.holder, line.holder),
            "kind": line.kind.value,
            "credits": line.credits,
            "ticket": None if line.ticket is None else self._tag(line.ticket),
            "at": line.at.isoformat(),
            "by": line.by,
            "reference": line.reference,
            "note": line.note,
        }


def _written() -> Written:
    return Written(SystemClock().now(), BY)


def _problem_and_step(reason: str) -> tuple[str, str]:
    """Of a text like `what is wrong (what to do)`."""
    problem, _, step = reason.partition(" (")
    return problem, step.removesuffix(")") or "see `helpdesk credits ledger`"


# --- what is shown ------------------------------------------------------------------------------


def _balance(holder: str, balance: Balance, names: Mapping[str, str]) -> Json:
    return {
        "holder": names.get(holder, holder),
        "available": balance.available,
        "reserved": balance.reserved,
        "consumed": balance.consumed,
        "refunded": balance.refunded,
        "granted": balance.granted,
    }


def _agreement(agreement: Agreement, names: Mapping[str, str], today: date) -> Json:
    return {
        "holder": names.get(agreement.holder, agreement.holder),
        "kind": agreement.kind.value,
        "from": agreement.first and agreement.first.isoformat(),
        "until": agreement.last and agreement.last.isoformat(),
        "desk": agreement.desk,
        "holds": agreement.holds_on(today),
    }


def _report(read: _Read[T], done: Sequence[LedgerLine | Done | Refusal], *, dry_run: bool) -> Json:
    refused = [
        (number, each.reason)
        for (number, _), each in zip(read.good, done, strict=True)
        if isinstance(each, Refusal) and not each.is_known
    ]
    bad = sorted([*read.bad, *refused])
    return {
        "dry_run": dry_run,
        "lines": len(read.good) + len(read.bad),
        "bad": [{"line": number, "problem": problem} for number, problem in bad],
    }


# --- files --------------------------------------------------------------------------------------


def _read(
    path: Path,
    columns: Sequence[str],
    needed: Sequence[str],
    wish: Callable[[Mapping[str, str]], T],
) -> _Read[T]:
    found: _Read[T] = _Read([], [])
    try:
        rows = _rows(path)
        heading = [cell.strip().casefold() for cell in next(rows, (0, []))[1]]
        _check_heading(path, heading, columns, needed)
        for number, cells in rows:
            try:
                found.good.append((number, wish(_values(heading, cells))))
            except BadLine as error:
                found.bad.append((number, str(error)))
    except csv.Error as error:
        raise StoreError(f"{path} cannot be read as CSV ({error})", "save it anew") from None
    return found


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, and the number of its first line in the file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StoreError(f"{path} is not in UTF-8", "save it as CSV in UTF-8") from None
    except OSError as error:
        raise StoreError(f"cannot read {path} ({error.strerror})", "check the path") from None
    heading = text.lstrip("\r\n").partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    for cells in reader:
        if any(map(str.strip, cells)):
            yield number, cells
        number = reader.line_num + 1


def _check_heading(
    path: Path, heading: Sequence[str], columns: Sequence[str], needed: Sequence[str]
) -> None:
    for name in heading:
        if name not in columns:
            raise StoreError(f"{path} has a column {name[:40]!r}", did_you_mean(name, columns))
        if heading.count(name) > 1:
            raise StoreError(f"{path} has two columns {name}", "leave one of them out")
    for name in needed:
        if name not in heading:
            raise StoreError(
                f"{path} has no column {name}",
                f"its first line names the columns: {', '.join(columns)}",
            )


def _values(heading: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(heading):
        raise BadLine(
            f"it has {len(cells)} cells, the first line {len(heading)} "
            "(put a cell that has a comma in it into quotation marks)"
        )
    return {name: cell.strip() for name, cell in zip(heading, cells, strict=True)}


def _granting(values: Mapping[str, str]) -> Granting:
    try:
        amount = int(values["credits"]) if values["credits"].isdecimal() else 0
    except ValueError:  # more digits than Python reads
        amount = 0
    if not 0 < amount <= MOST_CREDITS:
        raise BadLine(
            f"{values['credits'][:40]!r} is no number of credits (write 1 to {MOST_CREDITS})"
        )
    reference, note = values.get("reference", ""), values.get("note", "")
    return Granting(_holder(values["holder"]), amount, said(reference), said(note))


def said(text: str) -> str:
    """A reference or a note as it is kept. Raises BadLine."""
    plain = " ".join(text.split())
    if len(plain) > _LONGEST or not plain.isprintable():
        raise BadLine(
            f"{plain[:40]!r} is no reference or note (write up to {_LONGEST} characters that can "
            "be printed)"
        )
    return plain


def _holder(text: str, read: Callable[[str], Holder] = holder_of) -> Holder:
    try:
        return read(text)
    except NotAHolder as error:
        raise BadLine(f"{error.problem} ({error.next_step})") from None


def _customer(values: Mapping[str, str], desks: Sequence[str]) -> Customer:
    given = {name: values.get(name, "") for name in CUSTOMER_COLUMNS}
    holder = _holder(given["address"])
    if holder.kind is HolderKind.ACCOUNT:
        raise BadLine(f"{given['address'][:80]!r} is no address (write it as name@domain)")
    account = _holder(given["account"], account_of) if given["account"] else None
    customer = Customer(
        holder,
        display_name(given["name"]),
        account,
        _language(given["language"]),
        _zone(given["time_zone"]),
        _agreeing(given, account or holder, desks),
    )
    if holder.kind is HolderKind.DOMAIN and (customer.name or customer.language or customer.zone):
        raise BadLine("a domain has no name, language or time zone (leave them empty)")
    return customer


def _agreeing(given: Mapping[str, str], holder: Holder, desks: Sequence[str]) -> Agreeing | None:
    if not given["agreement"]:
        for name in ("from", "until", "desk"):
            if given[name]:
                raise BadLine(f"{name} without an agreement (write its kind: {_kinds()})")
        return None
    first, last = day_of(given["from"]), day_of(given["until"])
    wish = Agreeing(holder, kind_of(given["agreement"]), first, last, given["desk"])
    _check_agreement(wish, desks)
    return wish


def _check_agreement(wish: Agreeing, desks: Sequence[str]) -> None:
    if wish.first is not None and wish.last is not None and wish.last < wish.first:
        raise BadLine(
            f"an agreement from {wish.first} until {wish.last} ends before it begins "
            "(write its first day first)"
        )
    if wish.desk and wish.desk not in desks:
        raise BadLine(f"there is no desk {wish.desk[:40]} ({did_you_mean(wish.desk, desks)})")


def _kinds() -> str:
    return ", ".join(AgreementKind)


def kind_of(text: str) -> AgreementKind:
    """Raises BadLine."""
    try:
        return AgreementKind(text.strip().casefold().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise BadLine(f"{text[:40]!r} is no kind of agreement (write one of {_kinds()})") from None


def day_of(text: str) -> date | None:
    """None for an empty text. Raises BadLine."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadLine(f"{text[:40]!r} is no day (write it like 2026-12-31)") from None


def _language(text: str) -> str:
    wanted = text.casefold()
    for code, words in LANGUAGES.items():
        if wanted in words:
            return code
    if wanted:
        raise BadLine(f"we do not write in {text[:40]!r} (write one of {', '.join(LANGUAGES)})")
    return ""


def _zone(text: str) -> str:
    try:
        return zone_name(text) if text else ""
    except ValueError as error:
        problem, _, step = str(error).partition("; ")
        raise BadLine(f"{problem} ({step})") from None
