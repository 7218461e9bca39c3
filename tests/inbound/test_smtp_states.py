"""Every sequence of three commands, and of two in a transaction, leads where a model says."""

import asyncio
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.inbound.smtp_peer import Client, Contexts, listening

LOGIN = b"AUTH PLAIN AGFuYUBleGFtcGxlLm9yZwBzZWNyZXQ="
NO_LOGIN = b"AUTH PLAIN AGFuYUBleGFtcGxlLm9yZwBndWVzcw=="
TEXT = b"..words\r\nDATA\r\n.\r\n"
TOO_LONG = b"x" * 1500 + b"\r\n.\r\n"

IN_THE_CLEAR = [
    b"EHLO client.test",
    b"HELO client.test",
    b"MAIL FROM:<ana@example.org>",
    b"MAIL FROM:<>",
    b"RCPT TO:<support@example.com>",
    b"RCPT TO:<nobody@example.net>",
    b"DATA",
    b"DATA too long",  # its content is
    b"RSET",
    b"NOOP",
    b"QUIT",
]
OPENING = (IN_THE_CLEAR[0], IN_THE_CLEAR[2], IN_THE_CLEAR[4])
IN_TLS = [*OPENING, LOGIN, NO_LOGIN, b"DATA", b"RSET"]
ALWAYS = {b"RSET": "250", b"NOOP": "250", b"QUIT": "221"}


@dataclass
class Model:
    greeted: bool = False
    mail: bool = False
    recipients: int = 0
    user: bool = False
    kept: int = 0

    def expects(self, command: bytes) -> list[str]:
        """The codes of the replies to a command and, with DATA, to what follows."""
        match command.split()[0]:
            case b"EHLO" | b"HELO":
                self.greeted = True
                self.reset()
                return ["250"]
            case b"MAIL":
                is_wrong = not self.greeted or self.mail
                self.mail |= self.greeted
                return ["503" if is_wrong else "250"]
            case b"RCPT" if self.mail:
                is_ours = b"support" in command
                self.recipients += is_ours
                return ["250" if is_ours else "550"]
            case b"DATA" if self.recipients:
                is_long = b"long" in command
                self.kept += not is_long
                self.reset()
                return ["354", "552" if is_long else "250"]
            case b"AUTH":
                return [self.authenticated(command)]
            case b"RSET":
                self.reset()
        return [ALWAYS.get(command, "503")]

    def authenticated(self, command: bytes) -> str:
        if not self.greeted or self.mail or self.user:
            return "503"
        self.user = command == LOGIN
        return "235" if self.user else "535"

    def reset(self) -> None:
        self.mail, self.recipients = False, 0


def played(commands: tuple[bytes, ...]) -> tuple[bytes, list[str], int]:
    """What a client sends, all at once, the codes that it gets, and how many mails are kept."""
    model, sent, codes = Model(), b"", ["220"]
    for command in commands:
        expected = model.expects(command)
        sent += command.removesuffix(b" too long") + b"\r\n"
        if expected[0] == "354":
            sent += TOO_LONG if b"long" in command else TEXT
        codes += expected
        if command == b"QUIT":
            return sent, codes, model.kept
    return sent + b"QUIT\r\n", [*codes, "221"], model.kept


async def secret_of_ana(user: str, password: str) -> str:
    return user if password == "secret" else ""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("is_in_tls", [False, True])
async def test_commands_lead_where_the_model_says(
    tmp_path: Path, contexts: Contexts, *, is_in_tls: bool
) -> None:
    ways: dict[str, Any] = {"size_limit": 1000, "login_delay": 0.0, "max_failed_logins": 9}
    if is_in_tls:
        ways |= {"tls": contexts[0], "implicit_tls": True, "authenticate": secret_of_ana}
    async with listening(tmp_path, **ways) as stage:
        differences = []
        alphabet = IN_TLS if is_in_tls else IN_THE_CLEAR
        opened = ((*OPENING, *pair) for pair in product(alphabet, repeat=2))
        for commands in (*product(alphabet, repeat=3), *opened):
            sent, codes, kept = played(commands)
            before = len(stage.door.mails)
            stage.listener.failed_logins._since.clear()
            client = await stage.client(greeted=False, tls=contexts[1] if is_in_tls else None)
            found = await conversation(client, sent)
            if (found, len(stage.door.mails) - before) != (codes, kept):
                differences.append((commands, found, codes))

        assert differences == []
        assert stage.door.mails


async def conversation(client: Client, sent: bytes) -> list[str]:
    await client.send(sent)
    codes = [reply[:3] for reply in await client.rest()]
    client.writer.close()
    await asyncio.sleep(0)
    return codes
