"""Commands about prepaid support tickets."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.files import (
    DryRun,
    File,
    MaybeHolder,
    finish,
    holder,
    maybe_holder,
    rights,
    telling,
)
from helpdesk.cli.session import Config, Failure, Json, group, session

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations

app = group("See and grant credits: prepaid support tickets.")


@app.command()
def grant(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="HOLDER", help="An address, @example.com, or an account.")
    ],
    amount: Annotated[int, typer.Argument(metavar="N", help="How many support tickets.")],
    *,
    reference: Annotated[
        str, typer.Option(metavar="ORDER", help="Number of the order; granted once.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="Words for the ledger.")] = "",
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Grant credits to a person, a domain or an account; the same order only once.

    \b
    Examples:
      helpdesk credits grant ana@example.com 5 --reference "order 4711"
      helpdesk credits grant @example.com 10 --note "goodwill"
    """
    current = session(context, config, as_json)
    from helpdesk.app.rights import BadLine, Granting, said

    try:
        wish = Granting(holder(who), amount, said(reference), said(note))
    except BadLine as error:
        raise Failure(str(error)) from None
    done = current.operate(lambda operations: rights(operations).grant(wish, dry_run=dry_run))
    verb = "would be granted" if dry_run else "granted"
    words = f"{done['credits']} {verb}" if done["granted"] else f"{reference} was granted before"
    current.say(f"{done['holder']}: {words}, {done['available']} available.", done)


@app.command()
def ledger(
    context: typer.Context,
    who: MaybeHolder = "",
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the lines of the ledger, the first one first.

    \b
    Examples:
      helpdesk credits ledger
      helpdesk credits ledger ana@example.com
    """
    current = session(context, config, as_json)
    named = maybe_holder(who)
    found = current.operate(lambda operations: rights(operations).ledger(named))
    columns = ("holder", "kind", "credits", "ticket", "reference", "note", "by")
    heads = {"line": "id", "at": "at"} | {name: name for name in columns}
    current.print_list(found, heads, "No lines.")


@app.command()
def balance(
    context: typer.Context,
    who: MaybeHolder = "",
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List who has how many credits: available, reserved for tickets, and consumed.

    \b
    Examples:
      helpdesk credits balance
      helpdesk credits balance @example.com
    """
    current = session(context, config, as_json)
    named = maybe_holder(who)
    found = current.operate(lambda operations: rights(operations).balances(named))
    columns = ("holder", "available", "reserved", "consumed", "refunded", "granted")
    current.print_list(found, {name: name for name in columns}, "No credits.")


@app.command(name="import")
def import_(
    context: typer.Context,
    file: File,
    *,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Grant what a CSV file of orders says; an order that was granted before is left out.

    Columns (docs/support-rights.md): holder, credits, reference, note. Bad lines are told, the
    others are kept.

    \b
    Examples:
      helpdesk credits import orders.csv --dry-run
      helpdesk credits import orders.csv
    """
    current = session(context, config, as_json)

    async def work(operations: "Operations") -> dict[str, Any]:
        with telling() as tell:
            return await rights(operations).import_credits(file, tell, dry_run=dry_run)

    found = current.operate(work)
    verb = "would be granted" if dry_run else "granted"
    counts = (("granted", verb), ("credits", "credits in them"), ("known", "granted before"))
    return finish(current, found, counts)
