"""Commands about the people who write to us."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import Config, Failure, Json, Limit, Offset, Session, group, session

if TYPE_CHECKING:
    from helpdesk.app.operate import Wishes

app = group("See who wrote to us, and in which language they are answered.")
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
    columns = ("address", "name", "tickets", "suppressed", "language", "zone", "muted")
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
