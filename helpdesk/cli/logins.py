"""Commands about who may log in at the listener."""

import sys
from typing import Annotated

import typer

from helpdesk.cli.session import Config, Exit, Failure, Json, group, print_json, session

GENERATED_OCTETS = 15

app = group("See who may log in at the listeners, and add or remove them.")


@app.command(name="list")
def list_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """List the addresses that may log in.

    \b
    Example:
      helpdesk logins list
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.logins())
    current.print_list(found, {"address": "address", "created": "created_at"}, "No logins.")


@app.command()
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="User name, and From of what is written.")],
    *,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the password from standard input, one line.")
    ] = False,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make a password and print it this once.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let an address log in; one that may already gets this password. Asks for it unless told.

    \b
    Examples:
      helpdesk logins add ana@example.com
      helpdesk logins add ana@example.com --generate
      pass show helpdesk/ana | helpdesk logins add ana@example.com --stdin
    """
    current = session(context, config, as_json)
    if stdin and generate:
        raise Failure("--stdin and --generate exclude each other", code=Exit.USAGE)
    current.settings()  # before anybody types a password in vain
    password = _generated() if generate else _read() if stdin else _asked(address)
    current.operate(lambda operations: operations.add_login(address, password))
    if current.json:
        print_json({"added": address} | ({"password": password} if generate else {}))
    else:
        print(f"{address} may log in now.")
        if generate:
            print(f"Password: {password}")


@app.command()
def remove(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The address.")],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Remove a login; who is connected at this moment may end that.

    \b
    Example:
      helpdesk logins remove ana@example.com
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.remove_login(address))
    current.say(f"{address} may not log in any more.", {"removed": address})


def _generated() -> str:
    import secrets

    return secrets.token_urlsafe(GENERATED_OCTETS)


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked(address: str) -> str:
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at (give --stdin or --generate)")
    from getpass import getpass

    password = getpass(f"Password for {address}: ")
    if getpass("Again: ") != password:
        raise Failure("the two differ (start again)")
    return password
