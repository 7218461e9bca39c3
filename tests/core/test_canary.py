"""Canaries: fresh ones make nothing happen, and no mail of anybody else is taken for one."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.canary import LIFETIME, canary_number
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.mail import DeliveryReport, Mailbox, ReportedRecipient
from helpdesk.core.reply_address import reply_address
from helpdesk.core.token import MAX_ID, Purpose
from tests.builders import (
    ANA,
    BOB,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    SALES,
    SUPPORT,
    World,
    conversation,
    mail,
    message,
    sent,
    token_address,
)


def canary_address(at: datetime = NOW) -> str:
    return reply_address(POLICY, KEYRING, SUPPORT, Purpose.CANARY, canary_number(at, 7))


def came(*recipients: str, now: datetime = NOW, **more: Any) -> Decision:
    world = World(conversations=(conversation(),), sent=(sent(501), sent(601, Purpose.ANSWER, BOB)))
    return world.decide(mail(message(**more), recipients), now=now)


def happened(decision: Decision) -> tuple[object, ...]:
    return (
        decision.ticket,
        decision.people,
        decision.entries,
        decision.outbox,
        decision.deliveries,
        decision.proved,
    )


def test_a_canary_is_recorded_and_nothing_else_happens() -> None:
    decision = came(canary_address(), author=SUPPORT.address)

    assert (decision.verdict, decision.reason) == (Verdict.RECORDED, "canary")
    assert happened(decision) == (None, (), (), (), (), ())


@pytest.mark.parametrize("author", [EVE.address, ANA.address, BOB.address, SUPPORT.address])
@pytest.mark.parametrize("subject", ["Hello", "Re: Printer on fire [TICK-1001]", "#resolve"])
def test_who_learns_a_canary_address_can_make_nothing_happen(author: str, subject: str) -> None:
    decision = came(
        canary_address(), author=author, subject=subject, in_reply_to=("entry-1@mua.example",)
    )

    assert happened(decision) == (None, (), (), (), (), ())


def test_a_delivery_report_on_a_canary_is_recorded_with_it() -> None:
    report = DeliveryReport((ReportedRecipient("x@example.test", "5.1.1"),), "x@example.test")
    decision = came(
        canary_address(), content_type="multipart/report", report_type="x", report=report
    )

    assert (decision.verdict, decision.reason) == (Verdict.RECORDED, "canary")


def test_the_case_of_a_canary_address_does_not_count() -> None:
    assert came(canary_address().upper()).reason == "canary"


@pytest.mark.parametrize("age", [LIFETIME + timedelta(seconds=2), timedelta(days=400)])
def test_an_old_canary_that_still_says_what_it_is_never_opens_a_ticket(age: timedelta) -> None:
    fields = [("auto-submitted", "auto-replied")]
    decision = came(canary_address(), now=NOW + age, author=SUPPORT.address, fields=fields)

    assert decision.verdict is Verdict.RECORDED
    assert decision.reason != "canary"
    assert happened(decision) == (None, (), (), (), (), ())


def test_an_old_canary_address_is_as_good_as_the_desk() -> None:
    decision = came(canary_address(), now=NOW + LIFETIME + timedelta(seconds=2))

    assert decision.verdict is Verdict.OPENED


def test_a_canary_of_a_day_ago_is_still_one() -> None:
    assert came(canary_address(), now=NOW + LIFETIME).reason == "canary"


def test_a_token_of_the_far_future_is_no_canary() -> None:
    address = reply_address(POLICY, KEYRING, SUPPORT, Purpose.CANARY, MAX_ID)

    assert came(address).reason != "canary"


def test_a_mail_that_came_to_a_desk_too_is_somebodys_mail() -> None:
    assert came(canary_address(), SALES.address).verdict is Verdict.OPENED


def test_a_mail_to_a_desk_that_only_names_a_canary_is_somebodys_mail() -> None:
    decision = came(SUPPORT.address, to=(Mailbox(canary_address()),))

    assert decision.verdict is Verdict.OPENED


def test_a_mail_to_a_reply_token_and_a_canary_goes_to_its_ticket() -> None:
    decision = came(token_address(sent(501)), canary_address())

    assert (decision.verdict, decision.reason) == (Verdict.APPENDED, "token")


def test_a_canary_in_a_mailbox_is_known_by_its_header() -> None:
    decision = came(author=SUPPORT.address, to=(Mailbox(canary_address()),))

    assert decision.reason == "canary"


def test_a_mail_in_a_mailbox_to_a_desk_and_a_canary_is_somebodys_mail() -> None:
    to = (Mailbox(canary_address()), Mailbox(SUPPORT.address))

    assert came(to=to).verdict is Verdict.OPENED


def test_a_canary_with_another_keys_token_is_none() -> None:
    token = canary_address().partition("+")[2]

    assert came(f"support+{token[:-12]}aaaaaaaaaaaa@example.test").verdict is Verdict.OPENED


def test_canaries_of_one_second_differ() -> None:
    assert len({canary_number(NOW, salt) for salt in range(256)}) == 256
