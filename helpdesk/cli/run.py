"""The command that runs the daemon."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from helpdesk.app.roles import ROLES
from helpdesk.cli.session import Config, Exit, Failure, Json, session

if TYPE_CHECKING:
    from helpdesk.config import Settings


def run(
    context: typer.Context,
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ROLE", help="One role: intake, fetch, receive or send."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run the daemon until SIGTERM or Ctrl-C; what is accepted by then is kept.

    \b
    Examples:
      helpdesk run -c /etc/helpdesk/config.toml
      helpdesk run --only intake
    """
    roles = tuple(dict.fromkeys(only or ROLES))
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise Failure(f"there is no role {unknown[0]} (roles: {', '.join(ROLES)})", code=Exit.USAGE)
    with _held_back(signal.SIGHUP):
        _run(session(context, config, as_json).settings(), frozenset(roles))


@contextmanager
def _held_back(number: int) -> Iterator[None]:
    """Until the daemon listens to it, this signal would end it; it hears of it then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(settings: "Settings", roles: frozenset[str]) -> None:
    from helpdesk.app.prepare import SetupError, Taken
    from helpdesk.app.serve import GaveUp, serve
    from helpdesk.config import ConfigurationError

    try:
        serve(settings, roles)
    except ConfigurationError as error:
        raise Failure(*error.problems, code=Exit.CONFIGURATION) from None
    except Taken as error:
        raise Failure(str(error), code=Exit.TEMPORARY) from None
    except SetupError as error:
        raise Failure(str(error), code=Exit.CONFIGURATION) from None
    except GaveUp as error:
        raise Failure(str(error), code=Exit.NEGATIVE) from None
