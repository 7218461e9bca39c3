"""Authentication-Results: the grammar, which fields count, and what they prove."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.authentication import (
    Authentication,
    AuthenticationState,
    authenticate,
    parse_results,
)
from helpdesk.core.mail import Arrival, Envelope, Mail, Message, Trust
from tests.folded import for_each

EDGE = "mx.example.com"
PASS = f"{EDGE}; dmarc=pass header.from=x.com"
RECEIVED = ("received", "from a by b")
PROVED, UNVERIFIED, FAILED = AuthenticationState


def mail(*fields: tuple[str, str], author: str = "ana@x.com", trust: Trust | None = None) -> Mail:
    trust = trust or Trust(peer="192.0.2.1", authserv_id=EDGE)
    envelope = Envelope("ana@x.com", ("support@example.com",))
    arrival = Arrival(envelope, "smtp", datetime(2026, 11, 21, tzinfo=UTC), trust)
    return Mail(arrival, Message(fields=fields, clean_author=author))


def results(value: str) -> tuple[str, str]:
    return ("authentication-results", value)


def state(*fields: tuple[str, str], author: str = "ana@x.com") -> AuthenticationState:
    return authenticate(mail(*fields, author=author)).state


# --- the grammar --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "example.com; none",
        "example.com 1; none",
        " (c) example.com (c) 1 (c) ; (c) none (c) ",
    ],
)
def test_no_result_is_a_result(value: str) -> None:
    parsed = parse_results(value)

    assert parsed is not None
    assert parsed.authserv_id == "example.com"
    assert parsed.results == ()


def test_every_part_of_a_value_is_read() -> None:
    parsed = parse_results(
        'MX.Example.com 1; SPF=pass (sender (really) is \\) fine) smtp.mailfrom="a b"@x.com;'
        ' dkim=fail reason="bad; key" header.d=x.com header.i=@x.com header.b=Ab/+9=;'
        ' dmarc / 1 = Pass (p=none; sp="x") header.From = X.com policy.dmarc=none;'
        " iprev=pass smtp.remote-ip=2001:db8::1"
    )

    assert parsed is not None
    assert parsed.authserv_id == EDGE
    assert [(result.method, result.result) for result in parsed.results] == [
        ("spf", "pass"),
        ("dkim", "fail"),
        ("dmarc", "pass"),
        ("iprev", "pass"),
    ]
    assert parsed.results[0].properties == {"smtp.mailfrom": "a b@x.com"}
    assert parsed.results[1].reason == "bad; key"
    assert parsed.results[1].properties["header.b"] == "Ab/+9="
    assert parsed.results[2].properties == {"header.from": "X.com", "policy.dmarc": "none"}
    assert parsed.results[3].properties == {"smtp.remote-ip": "2001:db8::1"}


@for_each(
    "value",
    [
        "",
        ";",
        "mx",
        "mx;",
        "mx; ",
        "mx 1",
        "mx x; none",
        "mx 1 2; none",
        "mx; none;",
        "mx; none; dmarc=pass",
        "mx; dmarc=pass; none",
        "mx; dmarc=pass;",
        "mx; dmarc",
        "mx; dmarc=",
        "mx; =pass",
        "mx; dmarc==pass",
        "mx; dmarc=pass header.from",
        "mx; dmarc=pass header.from=",
        "mx; dmarc=pass headerfrom=x.com",
        "mx; dmarc=pass header.from=x.com,y.com",
        "mx; dmarc=pass action=none header.from=x.com",
        "mx; dmarc=pass header.from=x.com(.attack.com",
        "mx; dmarc=pass header.from=x.com(.attack.com)",
        'mx; dmarc=pass header.from="x.com',
        'mx; dmarc=pass header.from="x.com"header.d=y.com',
        "mx; dmarc=pass (a header.from=x.com",
        "mx; dmarc=pass a) header.from=x.com",
        "mx; dmarc=pass header.from=<x.com>",
        "mx; dmarc=pass header.from=x.com\x00.attack.com",
        "mx; dmarc=pass\r\nX: y",
        "mx; dmarc/x=pass header.from=x.com",
        "mx; dmarc=pass header.from=xя.com",
        "mx; dmarc=pass header.from=x.com reason=late",
        "spf=pass smtp.mailfrom=x.com; dmarc=pass header.from=x.com",
    ],
)
def test_what_is_outside_of_the_grammar_does_not_count_at_all(value: str) -> None:
    assert parse_results(value) is None


@given(st.text(alphabet='mx;= "()\\./1adnoe-\n', max_size=60))
def test_reading_a_value_never_raises(value: str) -> None:
    parsed = parse_results(value)

    assert parsed is None or parsed.authserv_id is not None


@pytest.mark.parametrize("bomb", ["(", "()", '"', "\\", "a", " ", ";a=b", " a.b=c", "a.", '"a" '])
def test_a_hostile_value_is_read_in_time(bomb: str) -> None:
    start = time.process_time()
    for head in ("", "mx;", "mx; a=b ", "mx; a=b c.d="):
        parse_results(head + bomb * (45_000 // len(bomb)))

    assert time.process_time() - start < 2


# --- who is proved ------------------------------------------------------------------------------


def test_dmarc_pass_of_the_edge_for_the_authors_domain_proves() -> None:
    found = authenticate(mail(RECEIVED, results(PASS)))

    assert found == Authentication(PROVED, "dmarc", "dmarc=pass header.from=x.com")
    assert found.is_proved


@pytest.mark.parametrize("word", ["fail", "FAIL"])
def test_dmarc_fail_refutes(word: str) -> None:
    assert state(results(f"{EDGE}; dmarc={word} header.from=x.com")) is FAILED


@pytest.mark.parametrize("word", ["none", "temperror", "permerror", "bestguesspass", "passed"])
def test_any_other_dmarc_result_proves_nothing(word: str) -> None:
    assert state(results(f"{EDGE}; dmarc={word} header.from=x.com")) is UNVERIFIED


@pytest.mark.parametrize(
    "domain",
    [
        "y.com",
        "sub.x.com",
        "attacker-x.com",
        "com",
        "x.com.attack.com",
        '""',
        "x.com.",
        '"x.com\'"',
    ],
)
def test_dmarc_pass_for_another_domain_proves_nothing(domain: str) -> None:
    assert state(results(f"{EDGE}; dmarc=pass header.from={domain}")) is UNVERIFIED


def test_dmarc_pass_that_names_no_domain_proves_nothing() -> None:
    assert state(results(f"{EDGE}; dmarc=pass")) is UNVERIFIED


@pytest.mark.parametrize(
    "value",
    [
        "MX.example.COM; dmarc=pass header.from=X.COM",
        f'"{EDGE}"; dmarc=pass header.from=x.com',
        f"{EDGE} 1; spf=fail; dmarc=pass (p=none) header.from=ana@x.com",
    ],
)
def test_ways_to_write_the_same_result_mean_the_same(value: str) -> None:
    assert state(results(value)) is PROVED


def test_a_domain_beyond_ascii_is_compared_by_its_a_label() -> None:
    field = results(f"{EDGE}; dmarc=pass header.from=xn--bcher-kva.example")

    assert state(field, author="ana@xn--bcher-kva.example") is PROVED


@pytest.mark.parametrize(
    "value",
    [
        "other.example; dmarc=pass header.from=x.com",
        f"x{EDGE}; dmarc=pass header.from=x.com",
        f"{EDGE}; spf=pass smtp.mailfrom=x.com; dkim=pass header.d=x.com",
        f"{EDGE}; none",
    ],
)
def test_nothing_but_dmarc_of_the_edge_proves(value: str) -> None:
    assert state(results(value)) is UNVERIFIED


def test_t5_a_field_below_the_second_received_came_from_outside() -> None:
    assert state(RECEIVED, results(PASS), RECEIVED) is PROVED
    assert state(RECEIVED, RECEIVED, results(PASS)) is UNVERIFIED


def test_t5_the_topmost_field_of_the_edge_decides() -> None:
    failed = results(f"{EDGE}; dmarc=fail header.from=x.com")

    assert state(failed, results(PASS)) is FAILED
    assert state(results(PASS), failed) is PROVED


def test_fields_of_others_above_do_not_matter() -> None:
    others = results("other.example; dmarc=fail header.from=x.com"), results("(((broken")

    assert state(*others, results(PASS)) is PROVED


def test_t5_a_field_of_the_edge_without_dmarc_is_not_completed_by_one_below() -> None:
    assert state(results(f"{EDGE}; spf=fail"), results(PASS)) is UNVERIFIED


def test_a_broken_field_of_the_edge_above_the_one_used_proves_nothing() -> None:
    broken = results(f"{EDGE}; dmarc=pass (header.from=x.com")

    assert state(broken, results(PASS)) is UNVERIFIED
    assert state(results(PASS), broken) is PROVED


def test_two_dmarc_results_in_one_field_prove_nothing() -> None:
    both = results(f"{PASS}; dmarc=fail header.from=x.com")

    assert state(both) is UNVERIFIED


@pytest.mark.parametrize("trust", [Trust(peer="192.0.2.1"), Trust(peer="192.0.2.1", network=False)])
def test_t5_a_peer_that_is_not_the_edge_proves_nothing(trust: Trust) -> None:
    assert authenticate(mail(results(PASS), trust=trust)).state is UNVERIFIED


def test_who_logged_in_is_proved_for_his_own_address_only() -> None:
    found = authenticate(mail(RECEIVED, trust=Trust(user="Ana@x.com")))

    assert (found.state, found.method) == (PROVED, "smtp-auth")
    for other in ("ana", "bob@x.com", ""):
        assert authenticate(mail(RECEIVED, trust=Trust(user=other))).state is not PROVED


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{EDGE}; auth=pass smtp.auth=ana@x.com", PROVED),
        (f"{EDGE}; auth=pass smtp.auth=Ana@X.com smtp.mailfrom=ana@x.com", PROVED),
        (f"{EDGE}; auth=pass smtp.auth=bob@x.com", UNVERIFIED),
        (f"{EDGE}; auth=pass smtp.auth=ana", UNVERIFIED),
        (f"{EDGE}; auth=fail smtp.auth=ana@x.com", UNVERIFIED),
        (f"{EDGE}; auth=pass", UNVERIFIED),
        (f"{EDGE}; auth=pass smtp.auth=ana@x.com; auth=pass smtp.auth=bob@x.com", UNVERIFIED),
        (f"{EDGE}; auth=pass smtp.auth=ana@x.com; dmarc=fail header.from=x.com", FAILED),
        ("other.example; auth=pass smtp.auth=ana@x.com", UNVERIFIED),
    ],
)
def test_a_login_at_the_edge_proves_its_own_address(
    value: str, expected: AuthenticationState
) -> None:
    assert state(results(value)) is expected


def test_a_trusted_network_proves_only_what_it_did_not_relay() -> None:
    trust = Trust(peer="127.0.0.1", network=True)

    assert authenticate(mail(trust=trust)).method == "trust_network"
    assert authenticate(mail(RECEIVED, trust=trust)).state is UNVERIFIED


@pytest.mark.parametrize(
    "trust",
    [Trust(user="ana"), Trust(peer="127.0.0.1", network=True), Trust(authserv_id=EDGE)],
)
def test_an_ambiguous_author_is_never_proved(trust: Trust) -> None:
    found = authenticate(mail(results(PASS), author="", trust=trust))

    assert found == Authentication(UNVERIFIED, "", "author ambiguous")


# --- mailboxes ----------------------------------------------------------------------------------


def fetched(*fields: tuple[str, str]) -> AuthenticationState:
    """What is found of a mail out of an IMAP mailbox: nobody knows its envelope."""
    arrival = Arrival(
        Envelope("ana@x.com", ()),
        "box",
        datetime(2026, 11, 21, tzinfo=UTC),
        Trust(authserv_id=EDGE),
    )
    return authenticate(Mail(arrival, Message(fields=fields, clean_author="ana@x.com"))).state


def test_hops_within_the_provider_of_a_mailbox_do_not_hide_its_result() -> None:
    assert fetched(RECEIVED, RECEIVED, RECEIVED, results(PASS)) is PROVED


def test_a_forged_result_below_the_one_of_the_mailbox_provider_is_ignored() -> None:
    real = results(f"{EDGE}; dmarc=fail header.from=x.com")

    assert fetched(RECEIVED, real, RECEIVED, results(PASS)) is FAILED


def test_a_forged_result_below_that_of_another_name_in_a_mailbox_is_ignored() -> None:
    other = results("mx.other.example; dmarc=none header.from=x.com")

    assert fetched(RECEIVED, other, RECEIVED, results(PASS)) is UNVERIFIED
