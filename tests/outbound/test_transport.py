"""Delivery over real sockets to relays that say and do everything."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
import trustme

from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from helpdesk.outbound.transport import Relay, SmtpTransport, Timeouts, Tls
from helpdesk.ports import Delivery, Outcome
from tests.outbound.mails import outgoing
from tests.outbound.relay import DROP, SILENCE, ScriptedRelay

MAIL = Delivery(
    "support+token@example.test",
    "ana@customer.test",
    b"From: <support@example.test>\r\nMessage-ID: <one@example.test>\r\n\r\n.\r\n..\r\nwords\r\n",
)
SHORT = Timeouts(connect=0.15, command=0.15, data=0.15, final=0.15)
LONG = Timeouts(connect=5, command=5, data=5, final=5)


@asynccontextmanager
async def smtp(
    relay: ScriptedRelay,
    *,
    tls: Tls = Tls.NONE,
    ca_file: Path | None = None,
    timeouts: Timeouts = LONG,
    user: str = "",
    idle: float = 60,
    connections: int = 4,
    pause: float = 0,
) -> AsyncIterator[SmtpTransport]:
    settings = Relay(
        "127.0.0.1",
        relay.port,
        tls,
        user,
        "secret word",
        ca_file=ca_file,
        timeouts=timeouts,
        idle=idle,
        connections=connections,
    )
    transport = SmtpTransport(settings, pause=pause)
    try:
        yield transport
    finally:
        await transport.close()


async def test_a_mail_arrives_as_it_was_given() -> None:
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        attempt = await transport.deliver(MAIL)

        assert attempt.outcome is Outcome.DELIVERED
        assert "Queued" in attempt.detail
        (mail,) = relay.mails
        assert (mail.reverse_path, mail.recipient) == (MAIL.reverse_path, MAIL.recipient)
        assert mail.content == MAIL.content


async def test_a_null_reverse_path_stays_null() -> None:
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        await transport.deliver(replace(MAIL, reverse_path=""))

        assert any(command.startswith("MAIL FROM:<> ") for command in relay.commands)


# --- every phase and everything that can happen in it ---------------------------------------------

GREETING = ("greeting", "ehlo", "starttls")
TABLE = [
    (phase, fault, outcome)
    for phase, refused in [
        *((phase, Outcome.DEFERRED) for phase in GREETING),
        ("auth", Outcome.HELD),
        ("mail", Outcome.HELD),
        ("rcpt", Outcome.FAILED),
        ("data", Outcome.FAILED),
        ("content", Outcome.FAILED),
    ]
    for fault, outcome in [
        ("451 4.3.0 Later", Outcome.DEFERRED),
        ("421 4.3.2 Closing", Outcome.DEFERRED),
        ("550 5.1.1 No", refused),
        ("299 What is this", Outcome.DEFERRED),
        ("garbage without a code", Outcome.DEFERRED),
        (DROP, Outcome.DEFERRED),
        (SILENCE, Outcome.DEFERRED),
    ]
    if (phase, fault) != ("content", "299 What is this")
]


@pytest.mark.parametrize(("phase", "fault", "outcome"), TABLE)
async def test_every_fault_in_every_phase_has_its_outcome_and_no_mail_gets_a_second_id(
    phase: str, fault: str, outcome: Outcome, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    tls = Tls.REQUIRED if phase in {"starttls", "auth"} else Tls.NONE
    relay = ScriptedRelay(
        {phase: fault},
        tls=server_tls if tls is Tls.REQUIRED else None,
        extensions=("AUTH PLAIN LOGIN",),
    )
    if phase == "ehlo":
        relay.script["helo"] = fault
    timeouts = replace(SHORT, connect=0.5) if phase == "auth" else SHORT
    async with (
        relay.listening(),
        smtp(relay, tls=tls, ca_file=ca_file, user="desk", timeouts=timeouts) as transport,
    ):
        first = await transport.deliver(MAIL)

        assert first.outcome is outcome
        assert "secret" not in first.detail
        assert MAIL.reverse_path not in first.detail

        relay.script.clear()
        if phase == "auth" and outcome is Outcome.HELD:
            return  # It stays refused for a while: see below.
        second = await transport.deliver(MAIL)

        assert second.outcome is Outcome.DELIVERED
        ids = {message_from_bytes(mail.content)["Message-ID"] for mail in relay.mails}
        assert ids == {"<one@example.test>"}


@pytest.mark.parametrize(
    ("phase", "reply", "outcome"),
    [
        ("mail", "552 5.3.4 Message size exceeds limit", Outcome.HELD),
        ("mail", "530 5.7.0 Authentication required", Outcome.HELD),
        ("rcpt", "530 5.7.0 Authentication required", Outcome.HELD),
        ("rcpt", "554 5.7.1 <ana@customer.test>: Relay access denied", Outcome.HELD),
        ("rcpt", "550 5.7.54 Unable to relay recipient in non-accepted domain", Outcome.HELD),
        ("rcpt", "554 5.7.1 <x[192.0.2.7]>: Client host rejected: Access denied", Outcome.HELD),
        ("rcpt", "553 5.7.1 <s@x>: Sender address rejected: not owned by user s", Outcome.HELD),
        ("rcpt", "550 Sender verify failed", Outcome.HELD),
        (
            "rcpt",
            "550 5.1.1 <a@x>: Recipient address rejected: User unknown in relay recipient table",
            Outcome.FAILED,
        ),
        ("rcpt", "550 5.1.8 Bad sender", Outcome.HELD),
        ("rcpt", "550 5.1.1 <s@x>: Recipient address rejected: User unknown", Outcome.FAILED),
        ("rcpt", "552 5.2.2 Mailbox full", Outcome.FAILED),
        ("rcpt", "552 Mailbox full", Outcome.FAILED),
        ("rcpt", "452 4.2.2 Mailbox full", Outcome.DEFERRED),
        ("rcpt", "250 Ok\r\n250 Too much", Outcome.DEFERRED),
        ("data", "354 Go on\r\n250 Too early", Outcome.DEFERRED),
        ("content", "250 Ok\r\n250 Too much", Outcome.DELIVERED),
        ("rcpt", "251 2.1.5 Will forward", Outcome.DELIVERED),
        ("rcpt", "354 Go on", Outcome.DEFERRED),
        ("data", "250 Ok", Outcome.DEFERRED),
        ("content", "552 5.3.4 Too big", Outcome.HELD),
        ("content", "552 Too big", Outcome.HELD),
        ("content", "554 5.2.252 SendAsDenied; a@x not allowed to send as b@x", Outcome.HELD),
        (
            "content",
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            Outcome.HELD,
        ),
        ("content", "552 5.2.3 Too big for this mailbox", Outcome.FAILED),
        ("content", "554 5.7.1 Looks like spam", Outcome.FAILED),
        ("content", "354 Go on", Outcome.DEFERRED),
    ],
)
async def test_a_reply_says_whose_fault_it_is(phase: str, reply: str, outcome: Outcome) -> None:
    async with ScriptedRelay({phase: reply}).listening() as relay, smtp(relay) as transport:
        attempt = await transport.deliver(MAIL)

        assert attempt.outcome is outcome


async def test_no_reply_after_the_final_dot_is_unknown_and_said_so() -> None:
    async with (
        ScriptedRelay({"content": DROP}).listening() as relay,
        smtp(relay) as transport,
    ):
        attempt = await transport.deliver(MAIL)

        assert attempt.outcome is Outcome.DEFERRED
        assert "not known" in attempt.detail
        assert len(relay.mails) == 1


async def test_a_relay_that_is_not_there_defers() -> None:
    async with ScriptedRelay().listening() as relay:
        pass
    async with smtp(relay) as transport:
        assert (await transport.deliver(MAIL)).outcome is Outcome.DEFERRED


async def test_replies_are_kept_without_addresses_of_ours() -> None:
    refusal = "550 5.1.1 <Ana@customer.test> from <SUPPORT+token@example.test>: \x1b[31m no"
    async with ScriptedRelay({"rcpt": refusal}).listening() as relay, smtp(relay) as transport:
        attempt = await transport.deliver(MAIL)

        assert "Ana@customer.test" in attempt.detail
        assert "token" not in attempt.detail.lower()
        assert attempt.detail.isprintable()


async def test_a_reply_that_came_too_early_does_not_answer_for_a_later_command() -> None:
    relay = ScriptedRelay({"content": ["250 Ok\r\n250 Ok", "554 5.7.1 No"]})
    async with relay.listening(), smtp(relay) as transport:
        first, second = await transport.deliver(MAIL), await transport.deliver(MAIL)

        assert (first.outcome, second.outcome) == (Outcome.DELIVERED, Outcome.FAILED)
        assert relay.connections == 2


# --- connections ----------------------------------------------------------------------------------


async def test_a_connection_is_used_again() -> None:
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        for _ in range(5):
            assert (await transport.deliver(MAIL)).outcome is Outcome.DELIVERED

        assert relay.connections == 1
        assert "RSET" not in relay.commands


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "content"])
async def test_a_refused_mail_does_not_spoil_the_connection_for_the_next_one(phase: str) -> None:
    relay = ScriptedRelay({phase: ["550 5.1.1 No"]})
    async with relay.listening(), smtp(relay) as transport:
        await transport.deliver(MAIL)

        assert (await transport.deliver(MAIL)).outcome is Outcome.DELIVERED
        assert relay.connections == 1


@pytest.mark.parametrize("fault", [DROP, "421 4.4.2 Idle for too long"])
async def test_a_connection_that_went_stale_is_replaced_at_once(fault: str) -> None:
    relay = ScriptedRelay({"mail": ["250 Ok", fault]})
    async with relay.listening(), smtp(relay) as transport:
        await transport.deliver(MAIL)

        assert (await transport.deliver(MAIL)).outcome is Outcome.DELIVERED
        assert relay.connections == 2


@pytest.mark.parametrize("phase", ["rcpt", "data", "content"])
async def test_a_mail_that_the_relay_heard_of_is_not_tried_again_at_once(phase: str) -> None:
    usual = {"rcpt": "250 Ok", "data": "354 Go on", "content": "250 Ok"}
    relay = ScriptedRelay({phase: [usual[phase], DROP]})
    async with relay.listening(), smtp(relay) as transport:
        await transport.deliver(MAIL)

        assert (await transport.deliver(MAIL)).outcome is Outcome.DEFERRED
        assert relay.connections == 1


async def test_a_fresh_connection_that_breaks_is_not_replaced() -> None:
    async with ScriptedRelay({"mail": DROP}).listening() as relay, smtp(relay) as transport:
        assert (await transport.deliver(MAIL)).outcome is Outcome.DEFERRED
        assert relay.connections == 1


async def test_no_more_connections_are_opened_than_allowed() -> None:
    async with (
        ScriptedRelay().listening() as relay,
        smtp(relay, connections=3) as transport,
    ):
        attempts = await asyncio.gather(*(transport.deliver(MAIL) for _ in range(20)))

        assert {attempt.outcome for attempt in attempts} == {Outcome.DELIVERED}
        assert len(relay.mails) == 20
        assert relay.most_open <= 3


async def test_an_idle_connection_is_closed() -> None:
    async with (
        ScriptedRelay().listening() as relay,
        smtp(relay, idle=0.02) as transport,
    ):
        await transport.deliver(MAIL)
        async with asyncio.timeout(5):
            await relay.closed.wait()

        assert relay.commands[-1] == "QUIT"
        assert (await transport.deliver(MAIL)).outcome is Outcome.DELIVERED


async def test_one_connection_that_failed_speaks_for_those_that_waited_for_it() -> None:
    async with (
        ScriptedRelay({"greeting": DROP}).listening() as relay,
        smtp(relay, connections=1, pause=60) as transport,
    ):
        attempts = await asyncio.gather(*(transport.deliver(MAIL) for _ in range(10)))

        assert {attempt.outcome for attempt in attempts} == {Outcome.DEFERRED}
        assert relay.connections == 1


# --- TLS and login --------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.IMPLICIT])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_a_login_goes_over_tls(
    tls: Tls, mechanism: str, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    relay = ScriptedRelay(
        tls=server_tls, implicit=tls is Tls.IMPLICIT, extensions=(f"AUTH {mechanism}",)
    )
    async with (
        relay.listening(),
        smtp(relay, tls=tls, ca_file=ca_file, user="desk") as transport,
    ):
        attempt = await transport.deliver(MAIL)

        assert attempt.outcome is Outcome.DELIVERED
        assert relay.logins == [("desk", "secret word")]
        assert not any("AUTH" in command or "MAIL" in command for command in relay.in_clear)


async def test_a_relay_without_starttls_hears_neither_login_nor_mail(ca_file: Path) -> None:
    relay = ScriptedRelay(extensions=("AUTH PLAIN",))
    async with (
        relay.listening(),
        smtp(relay, tls=Tls.REQUIRED, ca_file=ca_file, user="desk") as transport,
    ):
        assert (await transport.deliver(MAIL)).outcome is Outcome.DEFERRED
        assert [command.split()[0] for command in relay.commands] == ["EHLO"]


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.IMPLICIT])
async def test_a_relay_with_another_certificate_hears_neither_login_nor_mail(
    tls: Tls, server_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    relay = ScriptedRelay(tls=server_tls, implicit=tls is Tls.IMPLICIT, extensions=("AUTH PLAIN",))
    async with (
        relay.listening(),
        smtp(relay, tls=tls, ca_file=other, user="desk") as transport,
    ):
        attempt = await transport.deliver(MAIL)

        assert attempt.outcome is Outcome.DEFERRED
        assert "CERTIFICATE_VERIFY_FAILED" in attempt.detail
        assert not relay.logins
        assert not relay.mails


async def test_words_injected_before_tls_are_not_taken_for_replies(
    server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    relay = ScriptedRelay(
        {"starttls": "220 Ready\r\n250 AUTH PLAIN"}, tls=server_tls, extensions=("SIZE",)
    )
    async with (
        relay.listening(),
        smtp(relay, tls=Tls.REQUIRED, ca_file=ca_file, timeouts=LONG) as transport,
    ):
        await transport.deliver(MAIL)

        assert not any(command.startswith(("MAIL", "AUTH")) for command in relay.in_clear)


async def test_a_refused_login_is_not_repeated_for_every_mail() -> None:
    relay = ScriptedRelay({"auth": "535 5.7.8 secret word is wrong"}, extensions=("AUTH PLAIN",))
    async with relay.listening(), smtp(relay, user="desk") as transport:
        attempts = [await transport.deliver(MAIL) for _ in range(3)]

        assert {attempt.outcome for attempt in attempts} == {Outcome.HELD}
        assert "535" in attempts[0].detail
        assert "secret" not in attempts[0].detail
        assert len(relay.logins) == 1


@pytest.mark.parametrize("host", ["relay.test", "192.0.2.1"])
def test_a_login_in_clear_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="TLS"):
        Relay(host, 25, Tls.NONE, "desk", "secret")


def test_the_password_is_not_printed() -> None:
    assert "secret" not in repr(Relay("relay.test", 587, user="desk", password="secret"))


# --- what must never reach the wire ---------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "d\r\nRCPT TO:<evil@evil.test>\r\n@b.test",
        "ana@customer.test>\r\nRCPT TO:<evil@evil.test",
        "ana@customer.test SIZE=1",
        "Ana <ana@customer.test>",
        "ana@customer.test,evil@evil.test",
        "<ana@customer.test>",
        '"a b"@customer.test',
        "ana@customer.test\0",
        "ana",
        "",
        "jos\udce9@customer.test",
        "ana@bücher.test",
        "a" * 65 + "@customer.test",
    ],
)
async def test_only_an_address_is_given_to_the_relay(address: str) -> None:
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        as_recipient = await transport.deliver(replace(MAIL, recipient=address))
        as_reverse_path = await transport.deliver(replace(MAIL, reverse_path=address or "x"))

        assert as_recipient.outcome is Outcome.FAILED
        assert as_reverse_path.outcome is Outcome.HELD
        assert relay.connections == 0


FAKE_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\n.\r",
    b"\r.\n",
    b"\r\r\n.\r\r\n",
]
SMUGGLED = "MAIL FROM:<evil@evil.test>\r\nRCPT TO:<you@evil.test>\r\nDATA\r\nSubject: smuggled"


@pytest.mark.parametrize("end", FAKE_ENDS)
async def test_no_words_of_anybody_end_a_mail_early(
    end: bytes, renderer: MailRenderer, composer: MailComposer
) -> None:
    words = f"before{end.decode()}{SMUGGLED}{end.decode()}after"
    variables = dict(outgoing().variables) | {"text": words}
    variables["ticket"] = dict(variables["ticket"]) | {"subject": words}
    mail = outgoing(variables=variables, recipient_name=words, from_name=words)
    delivery = composer.compose(mail, renderer.render(mail), [])
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        attempt = await transport.deliver(delivery)

        assert attempt.outcome is Outcome.DELIVERED
        (received,) = relay.mails
        assert received.content == delivery.content
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", received.content)
        assert sum(command.startswith("MAIL") for command in relay.commands) == 1


@pytest.mark.parametrize("end", [end for end in FAKE_ENDS if b"\0" not in end])
async def test_content_with_a_bare_line_end_is_held(end: bytes) -> None:
    async with ScriptedRelay().listening() as relay, smtp(relay) as transport:
        attempt = await transport.deliver(replace(MAIL, content=b"a: b\r\n\r\nx" + end + b"y\r\n"))

        assert attempt.outcome is Outcome.HELD
        assert relay.connections == 0


async def test_a_mail_larger_than_the_relay_takes_is_held_before_it_is_sent() -> None:
    relay = ScriptedRelay(extensions=("SIZE 20",))
    async with relay.listening(), smtp(relay) as transport:
        assert (await transport.deliver(MAIL)).outcome is Outcome.HELD
        assert not any(command.startswith("MAIL") for command in relay.commands)
