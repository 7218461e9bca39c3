"""The file with the secrets that sign reply tokens and Message-IDs."""

import os
import re
import secrets
from pathlib import Path

from helpdesk.config.source import ConfigurationError
from helpdesk.core.token import MAX_KEY_ID, MIN_KEY, Keyring

_KEYS_HEADER = """\
# The secrets that sign reply tokens and Message-IDs: number and 32 random bytes in hex.
# The last line signs; all of them verify. Keep this file as safe as the database.
"""
_KEY_BYTES = 32
_OTHERS = 0o077


def create_keys(path: Path) -> None:
    """Write a file with one new key, readable by its owner only; never over another one."""
    content = f"{_KEYS_HEADER}0 {secrets.token_hex(_KEY_BYTES)}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def load_keyring(path: Path) -> Keyring:
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise _bad_keys(path, "there is no such file", "make it with: helpdesk init") from None
    except (OSError, UnicodeDecodeError):
        raise _bad_keys(path, "cannot be read", "check its permissions") from None
    if mode & _OTHERS:
        raise _bad_keys(path, "others can read the secrets in it", f"chmod 600 {path}")
    keys: dict[int, bytes] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\d{1,2}) ([0-9a-f]+)", line.strip())
        if not match or len(match[2]) % 2 or len(match[2]) < 2 * MIN_KEY:
            raise _bad_keys(path, f"line {number} is no key", "restore it from your backup")
        if int(match[1]) > MAX_KEY_ID or int(match[1]) in keys:
            problem = f"line {number} has a number that is taken or above {MAX_KEY_ID}"
            raise _bad_keys(path, problem, "number the keys 0, 1, 2 ...")
        keys[int(match[1])] = bytes.fromhex(match[2])
    if not keys:
        raise _bad_keys(path, "has no key", "restore it from your backup")
    return Keyring(keys, current=list(keys)[-1])


def _bad_keys(path: Path, problem: str, step: str) -> ConfigurationError:
    return ConfigurationError([f"{path}: {problem} ({step})"])
