"""Secrets that stand in the settings or in a file of their own."""

from pathlib import Path

from pydantic import SecretStr

from helpdesk.config.source import CREDENTIALS, ConfigurationError


def read_secret(given: SecretStr, file: Path | None) -> str:
    if file is None:
        return given.get_secret_value()
    if str(file).startswith(CREDENTIALS):
        raise ConfigurationError([f"{file}: only the daemon gets it (start it with systemctl)"])
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "is not UTF-8 text"
        problem = f"{file}: {words} (check the secret and who may read it)"
        raise ConfigurationError([problem]) from None
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise ConfigurationError([f"{file}: its first line is empty (put the secret there)"])
    return secret
