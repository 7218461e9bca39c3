"""What is wrong with a relay is one line, and no mail is ever sent to find it."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from helpdesk.app.doctor import Finding, relay
from helpdesk.app.doctor.finding import Level
from tests.app.doctor.house import (
    DESK,
    examination,
    findings,
    lines,
    now,
    relay_config,
    settings_in,
)
from tests.outbound.relay import DROP, SILENCE, ScriptedRelay

BIG = ("SIZE 52428800", "AUTH PLAIN LOGIN")


async def asked(folder: Path, server: ScriptedRelay, **config: Any) -> tuple[list[Finding], str]:
    async with server.listening():
        settings = settings_in(folder, relay_config(server.port, **config))
        return await findings(relay.check, examination(settings)), f"127.0.0.1:{server.port}"


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(found)
    return found


async def test_a_healthy_relay_has_no_finding(
    tmp_path: Path, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = ScriptedRelay(extensions=BIG, tls=server_tls)
    found, place = await asked(
        tmp_path, server, tls="starttls", ca_file=ca_file, user="helpdesk", password="right"
    )

    assert lines(found) == []
    assert lines(found, Level.OK)[1:] == [
        f"ok relay.login {place}: takes the login of helpdesk",
        f"ok relay.reverse-path {place}: takes our reverse-path (verp)",
        f"ok relay.size {place}: takes mails up to 50.0 MiB",
    ]
    assert server.logins == [("helpdesk", "right")]


async def test_no_mail_is_sent_and_what_was_asked_is_taken_back(tmp_path: Path) -> None:
    server = ScriptedRelay(extensions=BIG)
    await asked(tmp_path, server)
    verbs = [command.partition(" ")[0] for command in server.commands]

    assert server.mails == []
    assert verbs[:4] == ["EHLO", "MAIL", "RCPT", "RSET"]


BROKEN: dict[str, tuple[dict[str, Any], dict[str, object], str]] = {
    "login refused": (
        {"script": {"auth": "535 5.7.8 wrong: c2VjcmV0"}},
        {"user": "helpdesk", "password": "wrong"},
        "error relay.login {place}: refuses the login of helpdesk (535)",
    ),
    "login refused for now": (
        {"script": {"auth": "454 4.7.0 later"}},
        {"user": "helpdesk", "password": "right"},
        "warning relay.login {place}: cannot log us in now (454)",
    ),
    "no login offered": (
        {"extensions": ("SIZE 52428800",)},
        {"user": "helpdesk", "password": "right"},
        "error relay.login {place}: offers no login",
    ),
    "reverse-path refused": (
        {"script": {"mail": "553 5.7.1 not yours"}},
        {},
        "error relay.reverse-path {place}: refuses our reverse-path (553)",
    ),
    "reverse-path refused at the recipient": (
        {"script": {"rcpt": ["554 5.7.1 sender rejected", "250 2.1.5 Ok"]}},
        {},
        "error relay.reverse-path {place}: refuses our reverse-path (554)",
    ),
    "reverse-path refused at the recipient, whichever it is": (
        {"script": {"rcpt": "553 5.7.1 <x>: Sender address rejected: not owned by user y"}},
        {"reverse_path": "desk"},
        "error relay.reverse-path {place}: refuses our reverse-path (553)",
    ),
    "null reverse-path refused": (
        {"script": {"mail": ["250 2.1.0 Ok", "550 5.1.7 Invalid address"]}},
        {},
        "error relay.reverse-path {place}: refuses the null reverse-path (550)",
    ),
    "null reverse-path refused at the recipient": (
        {"script": {"rcpt": ["250 2.1.5 Ok", "554 5.7.1 <>: Sender address rejected: No"]}},
        {},
        "error relay.reverse-path {place}: refuses the null reverse-path (554)",
    ),
    "relays for others only": (
        {"script": {"rcpt": "554 5.7.1 <x>: Relay access denied"}},
        {},
        "error relay.login {place}: takes no mail from us (554 5.7.1 <x>: Relay access denied)",
    ),
    "reverse-path refused for now": (
        {"script": {"mail": "451 4.3.0 later"}},
        {},
        "warning relay.reverse-path {place}: does not take our reverse-path now (451)",
    ),
    "no STARTTLS": (
        {},
        {"tls": "starttls"},
        "error relay.connection {place}: does not offer STARTTLS",
    ),
    "greeting refused": (
        {"script": {"greeting": "554 5.7.1 go away"}},
        {},
        "error relay.connection {place}: refuses us (554 5.7.1 go away)",
    ),
    "no SMTP server": (
        {"script": {"greeting": "HTTP/1.1 400 Bad Request"}},
        {},
        "error relay.connection {place}: does not speak SMTP",
    ),
    "hangs up": (
        {"script": {"greeting": DROP}},
        {},
        "error relay.connection {place}: closes the connection",
    ),
    "silent": (
        {"script": {"greeting": SILENCE}},
        {},
        "error relay.connection {place}: says nothing for 2 s",
    ),
    "takes small mails only": (
        {"extensions": ("SIZE 1048576",)},
        {},
        "warning relay.size {place}: takes mails up to 1.0 MiB",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_fault_of_the_relay_is_exactly_its_line(tmp_path: Path, name: str) -> None:
    server, config, line = BROKEN[name]
    found, place = await asked(tmp_path, ScriptedRelay(**{"extensions": BIG, **server}), **config)

    assert lines(found) == [line.format(place=place)]


async def test_the_relay_of_the_operator_is_asked_for_what_goes_by_it(tmp_path: Path) -> None:
    main, other = ScriptedRelay(extensions=BIG), ScriptedRelay(extensions=BIG)
    async with main.listening(), other.listening():
        own = (
            f'[operator]\naddresses = ["ops@other.example"]\n[operator.relay]\nport = {other.port}'
        )
        config = f'{relay_config(main.port)}{own}\nhost = "127.0.0.1"\ntls = "none"\n'
        found = await findings(relay.check, examination(settings_in(tmp_path, config)))

    assert lines(found) == []
    assert other.commands[1:4] == ["MAIL FROM:<>", "RCPT TO:<ops@other.example>", "RSET"]


Issue = Callable[[trustme.CA], trustme.LeafCert]
CERTIFICATES: dict[str, tuple[Issue, str]] = {
    "another name": (
        lambda authority: authority.issue_cert("mail.other.example"),
        "error relay.connection {place}: has a certificate that is not for 127.0.0.1",
    ),
    "expired": (
        lambda authority: authority.issue_cert("127.0.0.1", not_after=now() - timedelta(days=1)),
        "error relay.connection {place}: has a certificate that has expired",
    ),
    "ends soon": (
        lambda authority: authority.issue_cert(
            "127.0.0.1", not_after=now() + timedelta(days=9, hours=1)
        ),
        "warning relay.connection {place}: has a certificate that ends in 9 days",
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_fault_of_its_certificate_is_exactly_its_line(
    tmp_path: Path, authority: trustme.CA, ca_file: Path, name: str, tls: str
) -> None:
    issue, line = CERTIFICATES[name]
    server = ScriptedRelay(extensions=BIG, tls=context(issue(authority)), implicit=tls == "tls")
    found, place = await asked(tmp_path, server, tls=tls, ca_file=ca_file)

    assert lines(found) == [line.format(place=place)]


async def test_a_certificate_of_an_unknown_authority_is_an_error(
    tmp_path: Path, server_tls: ssl.SSLContext
) -> None:
    found, place = await asked(
        tmp_path, ScriptedRelay(extensions=BIG, tls=server_tls), tls="starttls"
    )

    (line,) = lines(found)
    assert line.startswith(
        f"error relay.connection {place}: has a certificate that nobody vouches for ("
    )


async def test_a_relay_that_is_down_is_one_line(tmp_path: Path) -> None:
    async with ScriptedRelay().listening() as gone:
        port = gone.port
    settings = settings_in(tmp_path, relay_config(port))
    found = await findings(relay.check, examination(settings))

    assert lines(found) == [
        f"error relay.connection 127.0.0.1:{port}: cannot be reached (connection refused)"
    ]


async def test_a_relay_without_an_address_is_one_line(tmp_path: Path) -> None:
    host = "fe80::1%nowhere"  # no interface has that name, and nobody has to be asked
    found = await findings(
        relay.check, examination(settings_in(tmp_path, relay_config(25, host=host)))
    )

    assert lines(found) == [f"error relay.connection {host}:25: {host} has no address"]


async def test_the_desk_itself_can_be_the_reverse_path(tmp_path: Path) -> None:
    server = ScriptedRelay(extensions=BIG)
    found, place = await asked(tmp_path, server, reverse_path="desk")

    assert f"MAIL FROM:<{DESK}>" in server.commands
    assert f"ok relay.reverse-path {place}: takes our reverse-path (desk)" in lines(found, Level.OK)


async def test_words_of_a_refused_login_are_not_repeated(tmp_path: Path) -> None:
    server = ScriptedRelay(extensions=BIG, script={"auth": "535 5.7.8 you said: topsecret"})
    found, _ = await asked(tmp_path, server, user="helpdesk", password="topsecret")

    assert not [each for each in found if "topsecret" in str(each.to_json())]


async def test_a_relay_that_wants_an_access_token_gets_one(tmp_path: Path) -> None:
    server = ScriptedRelay(extensions=(*BIG[:1], "AUTH XOAUTH2"))
    async with server.listening():
        config = relay_config(server.port, user="helpdesk")
        config += '[relay.oauth]\ncommand = ["/bin/echo", "token-1"]\n'
        found = await findings(relay.check, examination(settings_in(tmp_path, config)))

    assert [each for each in server.commands if each.startswith("AUTH XOAUTH2 ")]
    assert f"ok relay.login 127.0.0.1:{server.port}: takes the login of helpdesk" in lines(
        found, Level.OK
    )


async def test_a_command_that_gives_no_access_token_is_one_line(tmp_path: Path) -> None:
    server = ScriptedRelay(extensions=BIG)
    async with server.listening():
        config = relay_config(server.port, user="helpdesk")
        config += '[relay.oauth]\ncommand = ["/bin/false"]\n'
        found = await findings(relay.check, examination(settings_in(tmp_path, config)))

    (line,) = lines(found)
    assert line.startswith(f"error relay.login 127.0.0.1:{server.port}: there is no access token: ")


async def test_a_folder_that_cannot_be_written_into_is_an_error(tmp_path: Path) -> None:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "outbox" / name).mkdir(parents=True)
    settings = settings_in(tmp_path)
    healthy = await findings(relay.check, examination(settings))
    (tmp_path / "outbox" / "new").rmdir()
    (tmp_path / "outbox" / "new").write_text("in the way")
    broken = await findings(relay.check, examination(settings))

    assert lines(healthy) == []
    assert lines(broken) == [
        f"warning relay.folder {tmp_path}/outbox: there is no folder {tmp_path}/outbox/new"
    ]
