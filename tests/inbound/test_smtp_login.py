"""Logging in: only over TLS, only as oneself, and not by guessing."""

import asyncio
import base64
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from helpdesk.core.authentication import authenticate
from helpdesk.core.mail import Arrival, Mail, Trust
from helpdesk.core.reply import ACCEPTED, Reply
from helpdesk.inbound.listener import Listener
from helpdesk.inbound.login import FailedLogins
from helpdesk.inbound.parse import parse
from helpdesk.ports import Raw, Unavailable
from tests.inbound.smtp_peer import (
    OPENING,
    Client,
    Contexts,
    Stage,
    in_tls,
    listening,
    transact,
)

ANA = "ana@example.org"
PASSWORD = "päss word"
MAIL = b"From: ana@example.org\r\nSubject: hello\r\n\r\nwords\r\n"


async def check(user: str, password: str) -> str:
    return ANA if (user.lower(), password) == (ANA, PASSWORD) else ""


def b64(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def plain(user: str = ANA, password: str = PASSWORD, authorization: str = "") -> str:
    return b64(f"{authorization}\0{user}\0{password}")


Opened = tuple[Stage, Client]


@asynccontextmanager
async def opened(
    folder: Path, contexts: Contexts, *, is_implicit: bool = True, **changes: Any
) -> AsyncIterator[Opened]:
    """A client in TLS that said EHLO, at a listener where Ana may log in."""
    settings: dict[str, Any] = {
        "tls": contexts[0],
        "implicit_tls": is_implicit,
        "authenticate": check,
        "login_delay": 0.0,
        **changes,
    }
    async with listening(folder, **settings) as stage:
        client = await another(stage, contexts)
        yield stage, client


async def another(stage: Stage, contexts: Contexts, **options: Any) -> Client:
    if stage.listener.settings.implicit_tls:
        client = await stage.client(tls=contexts[1], **options)
    else:
        client = await in_tls(stage, contexts)
    await client.say("EHLO client.test")
    return client


# What is offered


@pytest.mark.parametrize("is_implicit", [True, False])
async def test_a_login_is_offered_over_both_kinds_of_tls(
    tmp_path: Path, contexts: Contexts, *, is_implicit: bool
) -> None:
    async with opened(tmp_path, contexts, is_implicit=is_implicit) as (_, client):
        assert "250 AUTH PLAIN LOGIN" in (await client.say("EHLO client.test")).split("\n")


async def test_no_login_is_offered_in_the_clear(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0], authenticate=check) as stage:
        client = await stage.client()

        assert "AUTH" not in await client.say("EHLO client.test")


@pytest.mark.parametrize("command", [f"AUTH PLAIN {plain()}", "AUTH LOGIN", "AUTH XOAUTH2"])
async def test_a_password_in_the_clear_is_not_taken(
    tmp_path: Path, contexts: Contexts, command: str
) -> None:
    async with listening(tmp_path, tls=contexts[0], authenticate=check) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")

        assert (await client.say(command))[:10] == "538 5.7.11"


async def test_without_logins_the_command_is_unknown(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts, authenticate=None) as (_, client):
        assert "AUTH" not in await client.say("EHLO client.test")
        assert (await client.say(f"AUTH PLAIN {plain()}"))[:9] == "500 5.5.1"


# The exchange

WAYS = {
    "plain, at once": [f"AUTH PLAIN {plain()}"],
    "plain, asked for": ["AUTH PLAIN", plain()],
    "plain, as oneself": [f"AUTH PLAIN {plain(authorization='Ana@Example.ORG')}"],
    "login": ["AUTH LOGIN", b64(ANA), b64(PASSWORD)],
    "login, user at once": [f"AUTH LOGIN {b64(ANA)}", b64(PASSWORD)],
    "in other letters": [f"auth pLaIn  {plain('ANA@example.org')}"],
}


@pytest.mark.parametrize("way", WAYS)
async def test_who_logs_in_is_known_to_whoever_gets_the_mail(
    tmp_path: Path, contexts: Contexts, way: str
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        replies = [await client.say(line) for line in WAYS[way]]
        assert [reply[:3] for reply in replies] == ["334"] * (len(replies) - 1) + ["235"]
        await transact(client, MAIL)

        assert stage.door.mails[0][0].trust == Trust(peer="127.0.0.1", user=ANA)


async def test_each_mechanism_asks_as_clients_expect(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        # RFC 4954 §4: an empty challenge has a space behind the code.
        assert await client.say("AUTH PLAIN") == "334 "
        await client.say("*")
        assert await client.say("AUTH LOGIN") == f"334 {b64('Username:')}"
        assert await client.say(b64(ANA)) == f"334 {b64('Password:')}"


ODD = {
    "unknown mechanism": (["AUTH CRAM-MD5"], "504 5.5.4"),
    "no mechanism": (["AUTH"], "501 5.5.4"),
    "cancelled": (["AUTH PLAIN", "*"], "501 5.7.0"),
    "cancelled later": (["AUTH LOGIN", b64(ANA), "*"], "501 5.7.0"),
    "no base64": (["AUTH PLAIN", "nonsense!"], "501 5.5.2"),
    "no base64 at once": (["AUTH PLAIN !!"], "501 5.5.2"),
    "padding in the middle": (["AUTH PLAIN AAA=BBB="], "501 5.5.2"),
    "padding in front": (["AUTH PLAIN =AAA"], "501 5.5.2"),
    "padding missing": ([f"AUTH PLAIN {plain().rstrip('=')}x"], "501 5.5.2"),
    "white space within": (["AUTH PLAIN AGEA YWI="], "501 5.5.2"),
    "empty": (["AUTH PLAIN ="], "501 5.5.2"),
    "empty when asked": (["AUTH PLAIN", ""], "501 5.5.2"),
    "equals sign when asked": (["AUTH PLAIN", "="], "501 5.5.2"),
    "no separators": (["AUTH PLAIN", b64("ana secret")], "501 5.5.2"),
    "one separator": (["AUTH PLAIN", b64("ana\0secret")], "501 5.5.2"),
    "control character": (["AUTH PLAIN", plain()[:8] + "\t" + plain()[8:]], "501 5.5.2"),
    "not ASCII": (["AUTH PLAIN", "ÄÖÜ="], "501 5.5.2"),
    "too long": (["AUTH PLAIN", "A" * 12_288], "500 5.5.6"),
    "far too long at once": (["AUTH PLAIN " + "A" * 5_000], "500 5.5.2"),
}


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_exchange_ends_and_the_session_goes_on(
    tmp_path: Path, contexts: Contexts, name: str
) -> None:
    lines, expected = ODD[name]
    async with opened(tmp_path, contexts) as (_, client):
        for line in lines[:-1]:
            assert (await client.say(line))[:3] == "334"

        assert (await client.say(lines[-1]))[:9] == expected
        assert (await client.say(f"AUTH PLAIN {plain()}"))[:3] == "235"


WRONG = {
    "other password": plain(password="password"),
    "other user": plain("bob@example.org"),
    "as somebody else": plain(authorization="bob@example.org"),
    "no user": plain(user=""),
    "no password": plain(password=""),
    "NUL in the password": plain(password=f"{PASSWORD}\0"),
    "not UTF-8": b64(b"\0ana@example.org\0p\xe4ss word"),
    "long password": plain(password="x" * 9_000),
    "long user": plain(user="x" * 9_000),
}


@pytest.mark.parametrize("name", WRONG)
async def test_who_is_wrong_is_not_told_in_what(
    tmp_path: Path, contexts: Contexts, name: str
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say("AUTH PLAIN")

        assert await client.say(WRONG[name]) == "535 5.7.8 User or password is not right"
        await transact(client, MAIL)
        assert stage.door.mails[0][0].trust.user == ""


async def test_a_response_may_be_as_long_as_the_standard_says(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        await client.say("AUTH PLAIN")

        assert (await client.say(b64("\0a\0" + "x" * 9_210)))[:3] == "535"


async def test_a_response_without_an_end_is_cut_off(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say("AUTH PLAIN")
        await client.send(b"A" * 100_000)

        assert await client.rest() == ["500 5.5.2 Command line is too long"]
        await stage.until_nobody_is_connected()


async def test_who_leaves_within_the_exchange_gives_the_place_back(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say("AUTH LOGIN")
        client.writer.close()

        await stage.until_nobody_is_connected()


# In which state


@pytest.mark.parametrize(
    "before",
    [
        [f"AUTH PLAIN {plain()}"],
        ["MAIL FROM:<ana@example.org>"],
        ["MAIL FROM:<ana@example.org>", "RCPT TO:<support@example.com>"],
    ],
)
async def test_a_login_has_its_place(tmp_path: Path, contexts: Contexts, before: list[str]) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        for command in before:
            assert (await client.say(command))[0] == "2"

        assert (await client.say(f"AUTH PLAIN {plain()}"))[:3] == "503"


@pytest.mark.parametrize("greeting", ["NOOP", "HELO client.test"])
async def test_a_login_needs_ehlo(tmp_path: Path, contexts: Contexts, greeting: str) -> None:
    async with opened(tmp_path, contexts) as (stage, _):
        client = await stage.client(tls=contexts[1])
        await client.say(greeting)

        assert (await client.say(f"AUTH PLAIN {plain()}"))[:3] == "503"


@pytest.mark.parametrize("between", ["RSET", "EHLO other.test", "NOOP"])
async def test_a_login_lasts_as_long_as_the_connection(
    tmp_path: Path, contexts: Contexts, between: str
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        for _ in range(2):
            await client.say(between)
            await transact(client, MAIL)

        assert [arrival.trust.user for arrival, _ in stage.door.mails] == [ANA, ANA]


async def test_where_a_login_is_required_nothing_is_taken_before(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts, login_required=True) as (stage, client):
        assert (await client.say("MAIL FROM:<ana@example.org>"))[:9] == "530 5.7.0"
        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "503"
        await client.say(f"AUTH PLAIN {plain()}")
        await transact(client, MAIL)

        assert stage.door.contents == [MAIL]


async def test_where_a_login_is_required_the_clear_is_not_enough(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(
        tmp_path, tls=contexts[0], authenticate=check, login_required=True
    ) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")

        assert (await client.say("MAIL FROM:<ana@example.org>"))[:9] == "530 5.7.0"


# What it is good for


async def judged(stage: Stage) -> tuple[bool, str]:
    arrival, content = stage.door.mails[0]
    found = authenticate(Mail(arrival, parse(content)))
    return found.is_proved, found.method


async def test_who_logs_in_is_proved_as_author(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        await transact(client, MAIL)

        assert await judged(stage) == (True, "smtp-auth")


async def test_who_logs_in_is_proved_as_nobody_else(tmp_path: Path, contexts: Contexts) -> None:
    trusted: dict[str, Any] = {"trust": lambda peer: Trust(peer=peer, network=True)}
    async with opened(tmp_path, contexts, **trusted) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        await transact(client, b"From: bob@example.org\r\n\r\nwords\r\n")

        assert await judged(stage) == (False, "")


async def test_no_network_speaks_for_who_logged_in_and_takes_the_name_off(
    tmp_path: Path, contexts: Contexts
) -> None:
    trusted: dict[str, Any] = {"trust": lambda peer: Trust(peer=peer, network=True)}
    async with opened(tmp_path, contexts, login_required=True, **trusted) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        await client.say("MAIL FROM:<ana@example.org> AUTH=<>")
        await client.say("RCPT TO:<support@example.com>")
        await client.say("DATA")
        await client.say(b"From: bob@example.org\r\n\r\nwords\r\n.")

        assert await judged(stage) == (False, "")


async def test_who_logs_in_writes_to_our_recipients_only(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        await client.say(f"AUTH PLAIN {plain()}")
        await client.say("MAIL FROM:<ana@example.org>")

        assert (await client.say("RCPT TO:<friend@example.net>"))[:9] == "550 5.1.1"


@pytest.mark.parametrize(
    ("parameter", "user"),
    [
        ("AUTH=<>", ""),  # RFC 4954 §5: then nobody may be taken to have submitted it
        ("AUTH=ana@example.org", ANA),
        ("AUTH=bob+2Bx@example.org", ANA),
        ("auth=e+3Dmc2@example.com SIZE=9", ANA),
    ],
)
async def test_the_submitter_that_a_client_names_is_believed_only_if_nobody(
    tmp_path: Path, contexts: Contexts, parameter: str, user: str
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        assert (await client.say(f"MAIL FROM:<a@example.org> {parameter}"))[:3] == "250"
        await client.say("RCPT TO:<support@example.com>")
        await client.say("DATA")
        await client.say(b"words\r\n.")
        await transact(client, MAIL)

        assert [arrival.trust.user for arrival, _ in stage.door.mails] == [user, ANA]


@pytest.mark.parametrize("parameter", ["AUTH=", "AUTH", "AUTH=a+2", "AUTH=a=b", "AUTH=é"])
async def test_a_malformed_submitter_is_refused(
    tmp_path: Path, contexts: Contexts, parameter: str
) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        assert (await client.say(f"MAIL FROM:<a@example.org> {parameter}"))[:9] == "501 5.5.4"


# Who guesses


async def test_the_answer_to_a_wrong_password_takes_its_time_for_nobody_else(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts, login_delay=3600.0) as (stage, client):
        await client.send(f"AUTH PLAIN {plain(password='guess')}\r\n".encode())
        answer = asyncio.create_task(client.reader.readline())
        other = await another(stage, contexts)

        assert (await other.say(f"AUTH PLAIN {plain()}"))[:3] == "235"
        assert not answer.done()
        answer.cancel()


async def test_a_connection_has_only_so_many_guesses(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts, max_failed_logins=3) as (stage, client):
        await client.send(f"AUTH PLAIN {plain(password='guess')}\r\n".encode() * 9)

        assert [reply[:3] for reply in await client.rest()] == ["535", "535", "535", "421"]
        await stage.until_nobody_is_connected()


async def test_an_address_has_only_so_many_guesses(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        stage.listener.failed_logins = FailedLogins(most=1)
        await client.say(f"AUTH PLAIN {plain(password='guess')}")
        second = await another(stage, contexts)
        elsewhere = await another(stage, contexts, source="127.0.0.2")

        assert (await second.say(f"AUTH PLAIN {plain()}"))[:9] == "454 4.7.0"
        assert (await elsewhere.say(f"AUTH PLAIN {plain()}"))[:3] == "235"


async def test_listeners_share_their_limit_from_the_first_guess_on(
    tmp_path: Path, contexts: Contexts
) -> None:
    shared = FailedLogins(most=1)
    async with opened(tmp_path, contexts) as (stage, _):
        one, other = (Listener(stage.listener.settings, failed_logins=shared) for _ in range(2))

    assert one.failed_logins.attempt("192.0.2.1", 0.0)
    assert not other.failed_logins.attempt("192.0.2.1", 0.0)


async def test_guesses_at_one_time_count_like_those_one_after_the_other(
    tmp_path: Path, contexts: Contexts
) -> None:
    free, asked = asyncio.Event(), []

    async def waits(user: str, password: str) -> str:
        asked.append(password)
        await free.wait()
        return await check(user, password)

    async with opened(tmp_path, contexts, authenticate=waits) as (stage, client):
        stage.listener.failed_logins = FailedLogins(most=2)
        clients = [client, *[await another(stage, contexts) for _ in range(3)]]
        for each in clients:
            await each.send(f"AUTH PLAIN {plain(password='guess')}\r\n".encode())
        barred = await asyncio.gather(clients[2].reply(), clients[3].reply())
        free.set()

        assert [reply[:3] for reply in barred] == ["454", "454"]
        assert len(asked) == 2


async def test_a_right_password_is_no_guess(tmp_path: Path, contexts: Contexts) -> None:
    async with opened(tmp_path, contexts) as (stage, _):
        stage.listener.failed_logins = FailedLogins(most=1)
        for _ in range(3):
            client = await another(stage, contexts)

            assert (await client.say(f"AUTH PLAIN {plain()}"))[:3] == "235"
        assert len(stage.listener.failed_logins) == 0


def test_guesses_are_forgiven_after_a_while() -> None:
    failed = FailedLogins(most=1, seconds=60)

    assert failed.attempt("192.0.2.1", now=1000.0)
    assert not failed.attempt("192.0.2.1", now=1059.0)
    assert failed.attempt("192.0.2.1", now=1060.0)


def test_only_so_many_who_guess_are_remembered() -> None:
    failed = FailedLogins(most=1, remembered=2)
    for peer in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        failed.attempt(peer, now=0.0)

    assert len(failed) == 2
    assert failed.attempt("192.0.2.1", now=1.0)
    assert not failed.attempt("192.0.2.3", now=1.0)


def test_those_behind_a_unix_socket_are_not_one_who_guesses() -> None:
    failed = FailedLogins(most=1)

    assert failed.attempt("", now=0.0)
    assert failed.attempt("", now=0.0)


@pytest.mark.parametrize("error", [Unavailable("secret"), RuntimeError("secret"), KeyError()])
async def test_a_fault_of_ours_is_no_wrong_password(
    tmp_path: Path, contexts: Contexts, error: Exception
) -> None:
    async def breaks(_user: str, _password: str) -> str:
        raise error

    async with opened(tmp_path, contexts, authenticate=breaks) as (stage, client):
        reply = await client.say(f"AUTH PLAIN {plain()}")

        assert reply == "454 4.7.0 Logins cannot be checked, please try again later"
        assert len(stage.listener.failed_logins) == 0
        assert (await client.say("NOOP"))[:3] == "250"


@pytest.mark.parametrize("is_right", [True, False])
async def test_no_password_is_logged(
    tmp_path: Path, contexts: Contexts, caplog: pytest.LogCaptureFixture, *, is_right: bool
) -> None:
    async def breaks(user: str, password: str) -> str:
        raise RuntimeError(user, password)

    caplog.set_level("DEBUG")
    async with opened(tmp_path, contexts, max_failed_logins=9) as (_, client):
        with structlog.testing.capture_logs() as logs:
            for line in (plain(password=PASSWORD if is_right else "guess"), "AA=A"):
                await client.say(f"AUTH PLAIN {line}")
    async with opened(tmp_path, contexts, authenticate=breaks) as (_, client):
        with structlog.testing.capture_logs() as faults:
            await client.say(f"AUTH PLAIN {plain()}")

    assert [line["event"] for line in logs] == ([] if is_right else ["login refused"])
    assert [line["event"] for line in faults] == ["login not checked"]
    told = repr((logs, faults, caplog.text))
    assert not [word for word in (PASSWORD, "guess", plain(), ANA) if word in told]


# What stands behind a login


async def test_commands_behind_a_login_are_obeyed_after_it(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts, login_required=True) as (stage, client):
        await client.send(
            f"AUTH PLAIN {plain()}\r\n".encode()
            + OPENING.partition(b"\r\n")[2]
            + b"DATA\r\n"
            + MAIL
            + b".\r\nQUIT\r\n"
        )

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "235 250 250 354 250 221"
        assert stage.door.mails[0][0].trust.user == ANA


async def test_commands_behind_a_refused_login_are_nobodys(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts, login_required=True) as (stage, client):
        await client.send(
            f"AUTH PLAIN {plain(password='guess')}\r\n".encode()
            + b"MAIL FROM:<ana@example.org>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nQUIT\r\n"
        )

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "535 530 503 503 221"
        assert not stage.door.mails


async def test_a_command_in_the_place_of_a_response_is_not_obeyed(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        await client.send(b"AUTH PLAIN\r\nMAIL FROM:<evil@example.net>\r\nNOOP\r\n")

        assert await client.codes(3) == ["334", "501", "250"]
        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "503"


async def test_a_response_that_ends_in_a_bare_line_feed_is_refused(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with opened(tmp_path, contexts) as (_, client):
        await client.say("AUTH PLAIN")
        await client.send(plain().encode() + b"\n")

        assert (await client.reply())[:9] == "501 5.5.2"


@pytest.mark.parametrize(
    "injected",
    [
        f"AUTH PLAIN {plain()}\r\n".encode(),
        f"EHLO evil.test\r\nAUTH PLAIN {plain()}\r\n".encode(),
        f"EHLO evil.test\r\nAUTH PLAIN\r\n{plain()}\r\n".encode(),
    ],
)
async def test_a_login_injected_before_tls_logs_nobody_in(
    tmp_path: Path, contexts: Contexts, injected: bytes
) -> None:
    async with listening(tmp_path, tls=contexts[0], authenticate=check) as stage:
        client = await in_tls(stage, contexts, injected)
        await transact(client, MAIL)

        assert stage.door.mails[0][0].trust.user == ""


@pytest.mark.parametrize("fake", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r"])
async def test_nothing_is_smuggled_by_who_is_logged_in(
    tmp_path: Path, contexts: Contexts, fake: bytes
) -> None:
    async with opened(tmp_path, contexts) as (stage, client):
        await client.say(f"AUTH PLAIN {plain()}")
        await transact(client, b"one" + fake + OPENING + b"DATA\r\nevil\r\n")

        assert len(stage.door.mails) == 1


# A client of somebody else


async def test_the_client_of_the_standard_library_logs_in(
    tmp_path: Path, contexts: Contexts
) -> None:
    def send(port: int, login: Callable[[smtplib.SMTP_SSL], object]) -> None:
        with smtplib.SMTP_SSL("localhost", port, context=contexts[1], timeout=10) as client:
            login(client)
            client.sendmail(ANA, "support@example.com", MAIL)

    def by(mechanism: str) -> Callable[[smtplib.SMTP_SSL], object]:
        def login(client: smtplib.SMTP_SSL) -> None:
            client.ehlo()
            client.user, client.password = ANA, "secret-word"
            client.auth(mechanism, getattr(client, f"auth_{mechanism.lower()}"))

        return login

    async def accept(arrival: Arrival, _raw: Raw) -> Reply:
        users.append(arrival.trust.user)
        return ACCEPTED

    async def knows(user: str, password: str) -> str:
        return user if password == "secret-word" else ""

    users: list[str] = []
    doors: dict[str, Any] = {"authenticate": knows, "accept": accept}
    async with opened(tmp_path, contexts, **doors) as (stage, _):
        for mechanism in ("PLAIN", "LOGIN"):
            await asyncio.to_thread(send, stage.listener.port, by(mechanism))

    assert users == [ANA, ANA]
