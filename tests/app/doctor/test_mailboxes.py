"""What is wrong with a mailbox is one line, and nothing in it is changed."""

import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from helpdesk.app.doctor import Finding, mailboxes
from helpdesk.app.doctor.finding import Level
from helpdesk.app.doctor.mailboxes import folder_name
from tests.app.doctor.house import (
    DESK,
    examination,
    findings,
    lines,
    mailbox_config,
    now,
    settings_in,
)
from tests.app.doctor.imap_server import ImapServer

USUAL: dict[str, Any] = {
    "password": "right",
    "tls": "none",
    "done_folder": "Done",
    "failed_folder": "Failed",
}


async def asked(folder: Path, server: ImapServer, **config: Any) -> list[Finding]:
    async with server.listening():
        values = USUAL | config
        settings = settings_in(folder, mailbox_config(server.port, **values))
        return await findings(mailboxes.check, examination(settings))


async def test_a_healthy_mailbox_has_no_finding(
    tmp_path: Path, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    found = await asked(tmp_path, ImapServer(tls=server_tls), tls="tls", ca_file=ca_file)

    assert lines(found) == []
    assert lines(found, Level.OK)[1:] == [
        f"ok mailbox.login box: 127.0.0.1 takes the login of {DESK}",
        "ok mailbox.folder box: there: INBOX, Done, Failed",
        "ok mailbox.capability box: the server can do all that is used",
    ]


async def test_a_folder_that_the_daemon_makes_need_not_be_there(tmp_path: Path) -> None:
    found = await asked(tmp_path, ImapServer(folders=("INBOX", "Failed")))

    assert lines(found) == []
    assert "ok mailbox.folder box: there: INBOX, Failed; made with the first mail: Done" in lines(
        found, Level.OK
    )


async def test_nothing_in_a_mailbox_is_changed(tmp_path: Path) -> None:
    server = ImapServer()
    await asked(tmp_path, server)

    assert set(server.commands) - {"LOGOUT"} == {"LOGIN", "EXAMINE", "CAPABILITY"}


BROKEN: dict[str, tuple[dict[str, Any], dict[str, object], str]] = {
    "wrong password": (
        {"password": "another"},
        {},
        f"error mailbox.login box: 127.0.0.1 refuses the login of {DESK}",
    ),
    "no login for now": (
        {"password": "another", "refusal": "NO [UNAVAILABLE] Temporary authentication failure"},
        {},
        "warning mailbox.login box: 127.0.0.1 cannot log us in now",
    ),
    "folder missing": (
        {"folders": ("Done", "Failed")},
        {},
        "error mailbox.folder box: there is no folder INBOX (NO [NONEXISTENT] Unknown Mailbox)",
    ),
    "no folder for now": (
        {"folders": ("Done", "Failed"), "no_folder": "NO [INUSE] Mailbox is locked"},
        {},
        "warning mailbox.folder box: 127.0.0.1 cannot open INBOX now",
    ),
    "no IDLE": (
        {"capabilities": "IMAP4rev1 MOVE"},
        {},
        "warning mailbox.capability box: 127.0.0.1 does not know IDLE: looked for every 60 s",
    ),
    "no MOVE": (
        {"capabilities": "IMAP4rev1 IDLE"},
        {},
        "warning mailbox.capability box: 127.0.0.1 does not know MOVE: copied, then removed",
    ),
    "refuses us": (
        {"greeting": "* BYE too many"},
        {},
        "error mailbox.connection box: does not greet as an IMAP server does (* BYE too many)",
    ),
    "silent in the middle": (
        {"silent_after": "EXAMINE"},
        {},
        "error mailbox.connection box: says nothing for 2 s",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_fault_of_a_mailbox_is_exactly_its_line(tmp_path: Path, name: str) -> None:
    server, config, line = BROKEN[name]

    assert lines(await asked(tmp_path, ImapServer(**server), **config)) == [line]


async def test_a_password_that_only_the_daemon_gets_is_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    passed = "$CREDENTIALS_DIRECTORY/imap"
    found = await asked(tmp_path, ImapServer(), password="", password_file=passed)

    said = f"not checked: {passed}: only the daemon gets it (start it with systemctl)"
    assert lines(found, Level.SKIPPED) == [f"skipped mailbox.login box: {said}"]


async def test_a_server_that_is_down_is_one_line(tmp_path: Path) -> None:
    async with ImapServer().listening() as gone:
        port = gone.port
    settings = settings_in(tmp_path, mailbox_config(port, **USUAL))
    found = await findings(mailboxes.check, examination(settings))

    assert lines(found) == ["error mailbox.connection box: cannot be reached (connection refused)"]


async def test_a_certificate_that_has_expired_is_one_line(
    tmp_path: Path, authority: trustme.CA, ca_file: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=now() - timedelta(days=1)).configure_cert(context)
    found = await asked(tmp_path, ImapServer(tls=context), tls="tls", ca_file=ca_file)

    assert lines(found) == ["error mailbox.connection box: has a certificate that has expired"]


@pytest.mark.parametrize("token", ["right", "wrong"])
async def test_an_access_token_is_shown_to_a_mailbox_that_wants_one(
    tmp_path: Path, token: str
) -> None:
    server = ImapServer(token="right")
    async with server.listening():
        config = mailbox_config(server.port, tls="none")
        config += f'[mailboxes.oauth]\ncommand = ["/bin/echo", "{token}"]\n'
        found = await findings(mailboxes.check, examination(settings_in(tmp_path, config)))

    refused = f"error mailbox.login box: 127.0.0.1 refuses the login of {DESK}"
    assert lines(found) == ([] if token == "right" else [refused])


async def test_one_mailbox_does_not_hold_up_another(tmp_path: Path) -> None:
    silent = ImapServer(silent_after="LOGIN")
    async with silent.listening(), ImapServer().listening() as healthy:
        config = mailbox_config(silent.port, **USUAL)
        config += mailbox_config(healthy.port, **USUAL).replace('"box"', '"other"')
        found = await findings(mailboxes.check, examination(settings_in(tmp_path, config)))

    assert lines(found) == ["error mailbox.connection box: says nothing for 2 s"]
    assert "ok mailbox.folder other: there: INBOX, Done, Failed" in lines(found, Level.OK)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", "INBOX"),
        ("A&B", "A&-B"),
        ("Erledigt", "Erledigt"),
        ("Trucs à voir", "Trucs &AOA- voir"),
    ],
)
def test_names_of_folders_are_written_in_their_utf_7(name: str, written: str) -> None:
    assert folder_name(name) == written
