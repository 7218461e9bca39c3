"""Access tokens at the relay, and of what the operator is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from helpdesk.outbound.refusal import (
    LOGIN_TROUBLE,
    NULL_PATH_TROUBLE,
    REVERSE_PATH_TROUBLE,
    TROUBLE,
)
from helpdesk.outbound.transport import Relay, SmtpTransport, Tls
from helpdesk.ports import Delivery, Outcome, TokenRefused, TokenSource
from tests.fakes import RecordingAlarms
from tests.outbound.relay import DROP, ScriptedRelay

MAIL = Delivery("support+t@example.test", "ana@customer.test", b"Subject: one\r\n\r\nwords\r\n")
NULL = replace(MAIL, reverse_path="")


@dataclass
class Issuer:
    """Gives its tokens one after the other, each until it is forgotten; then what is left of them
    is a refusal."""

    tokens: list[str | TokenRefused]
    asked: int = 0

    async def token(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        first = self.tokens[0]
        if isinstance(first, TokenRefused):
            raise first
        return first

    def forget(self) -> None:
        if len(self.tokens) > 1:
            del self.tokens[0]


@asynccontextmanager
async def smtp(
    relay: ScriptedRelay,
    *,
    tokens: TokenSource | None = None,
    notes: RecordingAlarms | None = None,
    user: str = "desk",
    patience: float = 600,
) -> AsyncIterator[SmtpTransport]:
    settings = Relay("127.0.0.1", relay.port, Tls.NONE, user, "word", tokens=tokens)
    transport = SmtpTransport(settings, alarms=notes, pause=0, patience=patience)
    try:
        yield transport
    finally:
        await transport.close()


def google(*tokens: str, **script: str | list[str]) -> ScriptedRelay:
    return ScriptedRelay(
        dict(script), extensions=("AUTH LOGIN PLAIN XOAUTH2",), tokens=frozenset(tokens)
    )


# --- tokens ---------------------------------------------------------------------------------------


async def test_the_login_has_the_token_in_the_documented_form() -> None:
    async with google("good").listening() as relay, smtp(relay, tokens=Issuer(["good"])) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.DELIVERED
        assert relay.logins == [("desk", "good")]
        assert relay.commands[1] == "AUTH XOAUTH2 dXNlcj1kZXNrAWF1dGg9QmVhcmVyIGdvb2QBAQ=="


async def test_a_token_of_the_usual_length_fits() -> None:
    token = "t" * 4000
    async with google(token).listening() as relay, smtp(relay, tokens=Issuer([token])) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.DELIVERED


async def test_a_token_that_has_come_to_its_end_is_replaced_at_once() -> None:
    issuer = Issuer(["old", "new"])
    notes = RecordingAlarms()
    async with google("new").listening() as relay, smtp(relay, tokens=issuer, notes=notes) as out:
        attempt = await out.deliver(MAIL)

        assert attempt.outcome is Outcome.DELIVERED
        assert [token for _, token in relay.logins] == ["old", "new"]
        assert notes.told == []


async def test_a_second_token_that_is_not_taken_is_a_refused_login() -> None:
    issuer, notes = Issuer(["old", "older", "oldest"]), RecordingAlarms()
    async with google("new").listening() as relay, smtp(relay, tokens=issuer, notes=notes) as out:
        attempts = [await out.deliver(MAIL) for _ in range(3)]

        assert {attempt.outcome for attempt in attempts} == {Outcome.HELD}
        assert attempts[0].detail == "login: refused with 535"
        assert [token for _, token in relay.logins] == ["old", "older"]
        assert "helpdesk queue outbox release" in notes.active[LOGIN_TROUBLE]


async def test_a_relay_that_is_busy_at_the_login_costs_no_token() -> None:
    issuer, notes = Issuer(["good", "other"]), RecordingAlarms()
    relay = google("good", auth="454 4.7.0 Temporary authentication failure")
    async with relay.listening(), smtp(relay, tokens=issuer, notes=notes) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.DEFERRED
        assert issuer.asked == 1
        assert notes.told == []


@pytest.mark.parametrize(
    ("is_temporary", "outcome"), [(True, Outcome.DEFERRED), (False, Outcome.HELD)]
)
async def test_without_a_token_mail_waits_or_is_held_by_whose_fault_it_is(
    outcome: Outcome, *, is_temporary: bool
) -> None:
    issuer = Issuer([TokenRefused("the token server refused", is_temporary=is_temporary)])
    notes = RecordingAlarms()
    async with google("good").listening() as relay, smtp(relay, tokens=issuer, notes=notes) as out:
        attempt = await out.deliver(MAIL)

        assert attempt.outcome is outcome
        assert attempt.detail == "login: the token server refused"
        assert (LOGIN_TROUBLE in notes.active) is not is_temporary
        assert relay.connections == 0
        assert issuer.asked == 1


# --- what the operator is told --------------------------------------------------------------------


async def test_a_refused_login_is_told_and_the_next_success_ends_it() -> None:
    relay = ScriptedRelay({"auth": ["535 5.7.8 No"]}, extensions=("AUTH PLAIN",))
    notes = RecordingAlarms()
    async with relay.listening(), smtp(relay, notes=notes) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.HELD
        assert list(notes.active) == [LOGIN_TROUBLE]
        out._trouble_until = 0

        assert (await out.deliver(MAIL)).outcome is Outcome.DELIVERED
        assert notes.active == {}


@pytest.mark.parametrize(
    ("phase", "reply"),
    [
        ("mail", "530 5.7.0 Authentication required"),
        ("rcpt", "554 5.7.1 <ana@customer.test>: Relay access denied"),
    ],
)
async def test_a_relay_that_wants_a_login_is_told_of(phase: str, reply: str) -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({phase: [reply]})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.HELD
        assert list(notes.active) == [LOGIN_TROUBLE]
        await out.deliver(MAIL)
        assert notes.active == {}


async def test_mail_for_agents_does_not_end_the_trouble_of_mail_for_customers() -> None:
    notes = RecordingAlarms()
    to_agent = replace(MAIL, recipient="agent@example.test")
    denied = "554 5.7.1 <ana@customer.test>: Relay access denied"
    relay = ScriptedRelay({"rcpt": [denied, "250 2.1.5 Ok"]})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.HELD
        assert (await out.deliver(to_agent)).outcome is Outcome.DELIVERED
        assert list(notes.active) == [LOGIN_TROUBLE]
        await out.deliver(MAIL)
        assert notes.active == {}


@pytest.mark.parametrize("phase", ["mail", "rcpt", "content"])
@pytest.mark.parametrize(
    ("refused", "other", "cause"),
    [(MAIL, NULL, REVERSE_PATH_TROUBLE), (NULL, MAIL, NULL_PATH_TROUBLE)],
)
async def test_a_refused_reverse_path_is_told_until_one_of_its_kind_is_taken(
    refused: Delivery, other: Delivery, cause: str, phase: str
) -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({phase: ["553 5.7.1 Sender address rejected: not owned by user"]})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        assert (await out.deliver(refused)).outcome is Outcome.HELD
        assert 'reverse_path = "desk"' in notes.active[cause]
        await out.deliver(other)
        assert list(notes.active) == [cause]
        await out.deliver(refused)
        assert notes.active == {}


TOKENS = ("b" * 37, "c" * 37)


@pytest.mark.parametrize("path", ["sales@example.test", "sales+{}@example.test", "{}@reply.test"])
async def test_what_is_taken_of_one_desk_says_nothing_of_the_other(path: str) -> None:
    notes = RecordingAlarms()
    first, second = (replace(MAIL, reverse_path=path.format(token)) for token in TOKENS)
    assert second.reverse_path != MAIL.reverse_path
    relay = ScriptedRelay({"mail": ["553 5.7.1 Sender address rejected: not owned by user"]})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        await out.deliver(first)
        await out.deliver(MAIL)
        assert list(notes.active) == [REVERSE_PATH_TROUBLE]
        await out.deliver(second)
        assert notes.active == {}


@pytest.mark.parametrize(
    "reply", ["552 5.3.4 Too big", "451 4.7.1 Greylisted", "421 4.3.2 Closing"]
)
async def test_what_is_not_about_our_reverse_path_is_not_told(reply: str) -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({"mail": reply})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        await out.deliver(MAIL)

        assert notes.told == []


async def test_a_relay_that_stays_away_is_told_of_until_it_is_back() -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({"greeting": DROP})
    async with relay.listening(), smtp(relay, user="", notes=notes, patience=0) as out:
        assert (await out.deliver(MAIL)).outcome is Outcome.DEFERRED
        assert list(notes.active) == [TROUBLE]
        relay.script.clear()
        await out.deliver(MAIL)

        assert notes.active == {}


async def test_a_relay_that_is_away_for_a_moment_is_not_told_of() -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({"greeting": DROP})
    async with relay.listening(), smtp(relay, user="", notes=notes, patience=600) as out:
        for _ in range(5):
            await out.deliver(MAIL)

        assert relay.connections == 5
        assert notes.told == []


async def test_nobody_is_told_an_address_or_a_secret() -> None:
    notes = RecordingAlarms()
    relay = ScriptedRelay({"mail": f"550 5.7.1 <{MAIL.reverse_path}> word is not yours"})
    async with relay.listening(), smtp(relay, user="", notes=notes) as out:
        await out.deliver(MAIL)

        assert "(address)" in notes.active[REVERSE_PATH_TROUBLE]
        assert MAIL.reverse_path not in notes.active[REVERSE_PATH_TROUBLE]
