"""Where the configuration file is, and what stands in it; imports nothing that starts slowly.

Failures: `ConfigurationError`, one line for each problem.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SEARCHED = (Path("config.toml"), Path("var/config.toml"), Path("/etc/helpdesk/config.toml"))
CREDENTIALS = "$CREDENTIALS_DIRECTORY/"
"""Begins the path of a secret that systemd passes to the daemon, and to nobody else."""

LONGEST_SOCKET = 107
"""Octets of the name of a unix socket (unix(7))."""


class ConfigurationError(Exception):
    """What is wrong with the configuration, one line for each problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def find(path: Path | None = None) -> Path:
    """The configuration file: the given or named one, else the first of SEARCHED that is there."""
    given = path or (Path(named) if (named := os.environ.get("HELPDESK_CONFIG")) else None)
    if given is not None:
        return given
    closed: list[Path] = []
    for candidate in SEARCHED:
        try:
            if candidate.is_file():
                return _trusted(candidate)
        except PermissionError:  # the working folder may be one that this user may not look into
            closed.append(candidate)
    searched = ", ".join(map(str, SEARCHED))
    step = "make one with: helpdesk init"
    if closed:
        searched += f"; this user may not look at {', '.join(map(str, closed))}"
        step = "run it as the user of the daemon (sudo -u helpdesk), in a folder open to it"
    raise ConfigurationError([f"no configuration found, looked for {searched} ({step})"])


def _trusted(found: Path) -> Path:
    """Settings name commands to run: whoever may write into a folder such as /tmp could have us
    run his.
    """
    owner = found.stat().st_uid
    if not found.is_absolute() and owner not in {0, os.geteuid()}:
        problem = f"{found}: belongs to another user (if you trust it: -c {found})"
        raise ConfigurationError([problem])
    return found


def read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        # Some editors put a byte order mark in front.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problem = "there is no such file (make one with: helpdesk init)"
    except OSError as error:
        problem = f"cannot be read: {error.strerror} (check the path and its permissions)"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text (save it as UTF-8)"
    except tomllib.TOMLDecodeError as error:
        problem = f"is not TOML: {error} (text stands in quotes, sections in [brackets])"
    except (ValueError, RecursionError):
        problem = "has a number that is too long, or too many brackets in each other (correct it)"
    raise ConfigurationError([f"{path}: {problem}"])


def in_folder(path: Path, folder: Path) -> Path:
    """A path of the file in this folder, as the operator means it."""
    text = str(path)
    if text.startswith(CREDENTIALS):
        passed = os.environ.get("CREDENTIALS_DIRECTORY")
        return Path(passed) / text.removeprefix(CREDENTIALS) if passed else path
    return folder / path.expanduser()
