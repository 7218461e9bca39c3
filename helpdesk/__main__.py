"""The command `helpdesk`; starts `deliver`, which runs for every mail, without all the others."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main() -> NoReturn:
    arguments = arguments_of("deliver", sys.argv[1:])
    if arguments is not None and (status := _deliver(arguments)) is not None:
        sys.exit(status)
    from helpdesk.cli import main as command_line

    command_line()


def arguments_of(command: str, arguments: Sequence[str]) -> list[str] | None:
    """What stands around this command; None if it is another one."""
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        option = arguments[index]
        if option in {"-c", "--config"}:
            index += 2
        elif option == "--json" or option.startswith(("-c", "--config=")):
            index += 1
        else:
            return None
    if index >= len(arguments) or arguments[index] != command:
        return None
    return [*arguments[:index], *arguments[index + 1 :]]


def _deliver(arguments: Sequence[str]) -> int | None:
    try:
        from helpdesk.inbound import pipe
    except Exception:  # noqa: BLE001 -- a damaged installation must not bounce mails
        os.write(2, b"error: the installation is damaged (install the gateway again)\n")
        return os.EX_TEMPFAIL
    return pipe.main(arguments)


if __name__ == "__main__":
    main()
