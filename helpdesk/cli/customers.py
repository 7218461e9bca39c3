"""Commands about the people who write to us."""

import re
from dataclasses import replace
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
from helpdesk.cli.session import Config, Failure, Json, Limit, Offset, Session, group, session

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations, Wishes

app = group("See who wrote to us, how they are answered, and what agreements they have.")
AS_THE_DESK = "desk"
NO_NUMBER = "none"
ALL = "all"


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List customers, the latest first.

    \b
    Example:
      helpdesk customers list --limit 10
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.customers(current.limit(limit), offset))
    columns = (
        "address",
        "name",
        "tickets",
        "suppressed",
        "language",
        "zone",
        "muted",
        "away_until",
    )
    current.print_list(found, {name: name for name in columns}, "No customers.")


@app.command(name="set")
def set_(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Any address of the customer, or of an agent.")],
    *,
    language: Annotated[
        str | None, typer.Option(help="Such as de; `desk`: that of the desk.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Such as Europe/Madrid; `desk`: that of the desk.")
    ] = None,
    sms: Annotated[
        str | None, typer.Option(help="Number for short messages, with its country; or `none`.")
    ] = None,
    mute: Annotated[
        list[str] | None, typer.Option(help="A notice not to be sent; may be repeated.")
    ] = None,
    unmute: Annotated[
        list[str] | None, typer.Option(help="A notice to be sent again, or `all`.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Set the language and time zone of a customer, and which notices are not sent.

    Notices are named as in docs/notices.md. Answers and confirmations are always sent. A number
    gets short messages beside the mail where the settings name a gateway ([sms]).

    \b
    Examples:
      helpdesk customers set ana@example.com --language de --time-zone Europe/Madrid
      helpdesk customers set ana@example.com --mute reminder --mute status_changed
      helpdesk customers set ana@example.com --unmute all
      helpdesk customers set ana@example.com --sms +34600111222
    """
    current = session(context, config, as_json)
    if (language, time_zone, sms, mute, unmute) == (None,) * 5:
        raise Failure("there is nothing to set (see: helpdesk customers set --help)")
    wishes = _wishes(language, time_zone, mute or [], unmute or [])
    if sms is not None:
        wishes = replace(wishes, sms=_number(sms))
    done = current.operate(lambda operations: operations.set_wishes(address, wishes))
    _say(current, done)


@app.command(name="import")
def import_(
    context: typer.Context,
    file: File,
    *,
    dry_run: DryRun = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Take customers, accounts and agreements from a CSV file; what is there already is kept.

    Columns (docs/support-rights.md): address, name, account, language, time_zone, agreement,
    from, until, desk. Bad lines are told, the others are kept.

    \b
    Examples:
      helpdesk customers import customers.csv --dry-run
      helpdesk customers import customers.csv
    """
    current = session(context, config, as_json)

    async def work(operations: "Operations") -> dict[str, Any]:
        with telling() as tell:
            return await rights(operations).import_customers(file, tell, dry_run=dry_run)

    found = current.operate(work)
    counts = (("new", "new customers"), ("changed", "changed"), ("known", "as they were"))
    return finish(current, found, counts)


@app.command()
def agreements(
    context: typer.Context,
    who: MaybeHolder = "",
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List agreements that give a right to support, and whether they hold today (in UTC).

    \b
    Examples:
      helpdesk customers agreements
      helpdesk customers agreements Acme
    """
    current = session(context, config, as_json)
    named = maybe_holder(who)
    found = current.operate(lambda operations: rights(operations).agreements(named))
    columns = ("holder", "kind", "from", "until", "desk", "holds")
    current.print_list(found, {name: name for name in columns}, "No agreements.")


@app.command()
def agree(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="HOLDER", help="An address, @example.com, or an account.")
    ],
    *,
    kind: Annotated[str, typer.Option(help="contract, toolkit, oem or end_user.")],
    first: Annotated[
        str, typer.Option("--from", metavar="DAY", help="The first day; else ever since.")
    ] = "",
    last: Annotated[
        str, typer.Option("--until", metavar="DAY", help="The last day, included; else no end.")
    ] = "",
    desk: Annotated[str, typer.Option(metavar="NAME", help="Only there; else at all desks.")] = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write down an agreement; one of the same kind, desk and first day gets this last day.

    \b
    Examples:
      helpdesk customers agree Acme --kind contract --from 2026-01-01 --until 2026-12-31
      helpdesk customers agree @example.com --kind oem --desk support
    """
    current = session(context, config, as_json)
    from helpdesk.app.rights import Agreeing, BadLine, day_of, kind_of

    named = holder(who)
    try:
        wish = Agreeing(named, kind_of(kind), day_of(first), day_of(last), desk)
    except BadLine as error:
        raise Failure(str(error)) from None
    done = current.operate(lambda operations: rights(operations).agree(wish))
    before = {"new": "", "changed": " (changed)", "known": " (as before)"}[done["done"]]
    current.say(
        f"{done['holder']}: {done['kind']} from {done['from'] or 'ever'} until "
        f"{done['until'] or 'further notice'}, {done['desk'] or 'all desks'}{before}.",
        done,
    )


def _wishes(
    language: str | None, time_zone: str | None, mute: list[str], unmute: list[str]
) -> "Wishes":
    from helpdesk.app.operate import Wishes

    both = sorted({*mute} & {*unmute})
    if both:
        raise Failure(f"{both[0]} cannot be muted and unmuted at once (give one of the two)")
    return Wishes(
        language=None if language is None else _language(language),
        zone=None if time_zone is None else _zone(time_zone),
        mute=frozenset(mute),
        unmute=frozenset(unmute) - {ALL},
        unmute_all=ALL in unmute,
    )


def _language(text: str) -> str:
    from helpdesk.core.policy import LANGUAGES

    said = text.strip().casefold()
    if said == AS_THE_DESK:
        return ""
    for code, words in LANGUAGES.items():
        if said in words:
            return code
    raise Failure(f"we do not write in {text} (write one of {', '.join(LANGUAGES)}, or desk)")


def _zone(text: str) -> str:
    from helpdesk.config.values import zone_name

    if text.strip().casefold() == AS_THE_DESK:
        return ""
    try:
        return zone_name(text.strip())
    except ValueError as error:
        problem, _, step = str(error).partition("; ")
        raise Failure(f"{problem} ({step})") from None


def _number(text: str) -> str:
    """`+34600111222`, however it is spaced: it becomes a part of a mail address."""
    if text.strip().casefold() == NO_NUMBER:
        return ""
    plain = re.sub(r"[\s()./-]", "", text)
    plain = "+" + plain[2:] if plain.startswith("00") else plain
    # ITU-T E.164: at most 15 digits, and no country begins with 0.
    if not re.fullmatch(r"\+[1-9]\d{6,14}", plain, re.ASCII):
        raise Failure(f"{text} is no number with its country (write it like +34600111222, or none)")
    return plain


def _say(current: Session, done: dict[str, Any]) -> None:
    muted = ", ".join(done["muted"]) or "none"
    current.say(
        f"{done['address']}: language {done['language'] or 'of the desk'}, "
        f"time zone {done['zone'] or 'of the desk'}, SMS {done['sms'] or 'none'}, "
        f"notices switched off: {muted}.",
        done,
    )
