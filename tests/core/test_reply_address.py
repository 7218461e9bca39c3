"""Addresses of ours and the tokens in them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helpdesk.core.address import MAX_LOCAL_PART
from helpdesk.core.mail import Arrival, Envelope, Mail, Mailbox, Message
from helpdesk.core.policy import Desk, Policy, ReplyAddress
from helpdesk.core.reply_address import (
    desks_for,
    desks_of,
    find_tokens,
    is_ours,
    reply_address,
    reverse_path,
)
from helpdesk.core.token import Keyring, Purpose, Token, reply_token

KEYRING = Keyring({1: b"k" * 32}, current=1)
OTHER = Keyring({1: b"x" * 32}, current=1)
SUPPORT = Desk("support", "Support@example.test", "Example Support")
SALES = Desk("sales", "sales@example.test", "Example Sales")
POLICY = Policy((SUPPORT, SALES), notifications_address="notifications@example.test")
SUBDOMAIN = replace(POLICY, reply_address=ReplyAddress.SUBDOMAIN, reply_domain="Reply.example.test")
PLAIN = replace(POLICY, reply_address=ReplyAddress.PLAIN)
TOKEN = reply_token(KEYRING, Purpose.ANSWER, 42)
FOUND = (Token(Purpose.ANSWER, 42),)


def test_a_reply_address_is_a_subaddress_of_its_desk() -> None:
    address = reply_address(POLICY, KEYRING, SALES, Purpose.ANSWER, 42)

    assert address == f"sales+{TOKEN}@example.test"
    assert find_tokens(POLICY, KEYRING, (address,), Message()) == FOUND
    assert is_ours(POLICY, address)


def test_a_reply_address_is_the_token_in_a_domain_of_its_own() -> None:
    address = reply_address(SUBDOMAIN, KEYRING, SALES, Purpose.ANSWER, 42)

    assert address == f"{TOKEN}@Reply.example.test"
    assert find_tokens(SUBDOMAIN, KEYRING, (address,), Message()) == FOUND
    assert is_ours(SUBDOMAIN, address)


def test_without_subaddresses_one_replies_to_the_desk() -> None:
    assert reply_address(PLAIN, KEYRING, SALES, Purpose.ANSWER, 42) == "sales@example.test"
    assert reverse_path(PLAIN, KEYRING, SALES, 42) == "sales@example.test"


def test_delivery_reports_come_to_a_bounce_token() -> None:
    address = reverse_path(POLICY, KEYRING, SUPPORT, 7)

    assert address.startswith("Support+")
    assert find_tokens(POLICY, KEYRING, (address,), Message()) == (Token(Purpose.BOUNCE, 7),)


def test_the_longest_desk_name_that_is_allowed_leaves_room_for_a_token() -> None:
    desk = Desk("d", "d" * 26 + "@example.test", "D")
    address = reply_address(POLICY, KEYRING, desk, Purpose.ANSWER, 2**40 - 1)

    assert len(address.rpartition("@")[0]) == MAX_LOCAL_PART


@pytest.mark.parametrize("name", ["x-original-to", "delivered-to", "envelope-to"])
def test_a_token_is_found_where_a_mail_system_noted_the_recipient(name: str) -> None:
    message = Message(fields=((name, f"<SUPPORT+{TOKEN.upper()}@EXAMPLE.TEST>"),))

    assert find_tokens(POLICY, KEYRING, (), message) == FOUND
    assert find_tokens(POLICY, KEYRING, ("support@example.test",), message) == FOUND


ADDRESSEE = (Mailbox(f"support+{TOKEN}@example.test"),)


@pytest.mark.parametrize("message", [Message(to=ADDRESSEE), Message(cc=ADDRESSEE)])
def test_a_token_is_found_in_the_addressees(message: Message) -> None:
    assert find_tokens(POLICY, KEYRING, (), message) == FOUND


def test_a_token_in_the_envelope_outweighs_those_in_the_message() -> None:
    other = reply_token(KEYRING, Purpose.CUSTOMER, 9)
    message = Message(to=(Mailbox(f"support+{other}@example.test"),))

    assert find_tokens(POLICY, KEYRING, (f"support+{TOKEN}@example.test",), message) == FOUND


def test_a_token_at_somebody_elses_address_in_the_message_does_not_count() -> None:
    message = Message(to=(Mailbox(f"support+{TOKEN}@elsewhere.test"),))

    assert find_tokens(POLICY, KEYRING, (), message) == ()


def test_a_token_of_another_installation_is_none() -> None:
    address = reply_address(POLICY, OTHER, SUPPORT, Purpose.ANSWER, 42)

    assert find_tokens(POLICY, KEYRING, (address,), Message()) == ()
    assert is_ours(POLICY, address)


def test_thousands_of_addressees_are_read_in_no_time() -> None:
    crowd = tuple(Mailbox("+" * 60 + f"{n}@example.test") for n in range(5_000))

    assert find_tokens(POLICY, KEYRING, (), Message(to=crowd)) == ()


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("support@example.test", True),
        ("SUPPORT@EXAMPLE.TEST", True),
        ("support+anything@example.test", True),
        ("support+a+b@example.test", True),
        ("sales+@example.test", True),
        ("notifications@example.test", True),
        ("Postmaster", True),
        ("postmaster@example.test", False),
        ("+support@example.test", False),
        ("support@example.test.evil.test", False),
        ("supportive@example.test", False),
        ("anything@reply.example.test", False),
        ("support", False),
        ("@example.test", False),
        ("", False),
    ],
)
def test_ours_are_desks_their_subaddresses_and_a_few_more(address: str, *, ours: bool) -> None:
    assert is_ours(POLICY, address) is ours


@pytest.mark.parametrize("address", ["anything@reply.example.test", "X@REPLY.EXAMPLE.TEST"])
def test_everything_in_the_reply_domain_is_ours(address: str) -> None:
    assert is_ours(SUBDOMAIN, address)


def test_another_separator_makes_other_subaddresses() -> None:
    dashed = Policy((Desk("help", "help-desk@example.test", "Help"),), separator="-")

    assert is_ours(dashed, f"help-desk-{TOKEN}@example.test")
    assert not is_ours(dashed, f"help-desk+{TOKEN}@example.test")


def test_desks_come_in_the_order_of_the_configuration_and_once() -> None:
    named = ["sales+x@example.test", "x@y.test", "SUPPORT@example.test", "sales@example.test"]

    assert desks_of(POLICY, named) == (SUPPORT, SALES)
    assert desks_of(POLICY, ["x@y.test", "postmaster"]) == ()


# --- mail without an envelope -------------------------------------------------------------------


def fetched(message: Message, source: str = "box", *recipients: str) -> Mail:
    envelope = Envelope("ana@customer.example", recipients)
    return Mail(Arrival(envelope, source, datetime(2026, 11, 21, tzinfo=UTC)), message)


@pytest.mark.parametrize("name", ["x-original-to", "delivered-to", "envelope-to"])
def test_without_an_envelope_the_noted_recipient_names_the_desk(name: str) -> None:
    message = Message(fields=((name, "sales@example.test"),))

    assert desks_for(POLICY, fetched(message)) == (SALES,)


def test_without_an_envelope_the_addressees_name_the_desks() -> None:
    message = Message(to=(Mailbox("sales@example.test"),), cc=(Mailbox("support@example.test"),))

    assert desks_for(POLICY, fetched(message)) == (SUPPORT, SALES)


def test_addressees_name_no_desk_when_there_is_an_envelope() -> None:
    message = Message(to=(Mailbox("sales@example.test"),))

    assert desks_for(POLICY, fetched(message, "mx", "support@example.test")) == (SUPPORT,)


def test_mail_that_names_no_desk_goes_to_the_desk_of_its_mailbox() -> None:
    policy = replace(POLICY, desk_of_source={"box": "sales"})
    hidden = Message(to=(Mailbox("undisclosed@elsewhere.example"),))

    assert desks_for(policy, fetched(hidden)) == (SALES,)
    assert desks_for(policy, fetched(hidden, "other")) == (SUPPORT,)
