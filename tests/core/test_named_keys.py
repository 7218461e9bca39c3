"""Keys that people name: which are looked for, who is asked, and that nothing keeps them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helpdesk.core.decide import decide
from helpdesk.core.decision import Decision, Incoming, Keys, Known
from helpdesk.core.draft import Draft
from helpdesk.core.license import Terms, fingerprint_of, fingerprints_of
from helpdesk.core.license_keys import KeyPattern
from helpdesk.core.mail import FoundKey, Words
from helpdesk.core.named_keys import MOST_LOOKUPS_A_DAY, key_of, keys_in_words, lookups_left
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Policy
from helpdesk.core.rules import Conditions, Effects, Facts, Rule, apply_rules
from helpdesk.core.ticket import IntakeId
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    KEYRING,
    NOW,
    World,
    conversation,
    mail,
    message,
    next_ids,
    only,
    rules,
    sent,
    token_address,
)

KEY = "ACME-1234-ABCD"
SHOP = KeyPattern("shop", "ACME-[0-9]{4}-[A-Z]{4}")
HIDDEN = "****-****-ABCD"


def asking(*names: str, patterns: tuple[KeyPattern, ...] = (SHOP,)) -> Policy:
    providers = {name: Terms() for name in names}
    return rules(more={"providers": providers, "key_patterns": patterns}).policy


@pytest.mark.parametrize(
    "typed", [KEY, f"  {KEY.lower()}\n", "ACME\u20131234\u2013ABCD", f'"{KEY}"']
)
def test_a_key_is_found_by_its_fingerprint_however_it_is_typed(typed: str) -> None:
    assert fingerprint_of(KEY, KEYRING) in fingerprints_of(typed, KEYRING, (SHOP,))


def test_a_key_of_a_shape_that_nobody_has_is_found_as_it_was_stated() -> None:
    (stated,) = keys_in_words("foo-12345-bar", asking())

    assert stated.provider == "stated"
    assert fingerprint_of(stated.key, KEYRING) in fingerprints_of("Foo-12345-bar", KEYRING, ())
    assert fingerprints_of(" \n", KEYRING) == frozenset()


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        (asking("shop"), {"shop"}),
        (asking("shop", "open"), {"shop"}),
        (asking("open"), {"open"}),
        (asking(), {"shop"}),
        (asking("open", patterns=()), {"open"}),
        (asking(patterns=()), {"stated"}),
    ],
)
def test_a_stated_key_is_for_whose_it_looks_like_else_for_those_without_a_pattern(
    policy: Policy, asked: set[str]
) -> None:
    assert {found.provider for found in keys_in_words(KEY.lower(), policy)} == asked


@pytest.mark.parametrize("written", ["Enterprise", "", "two words 12345678", "abc"])
def test_what_cannot_be_a_key_is_none(written: str) -> None:
    assert keys_in_words(written, asking("open")) == ()


def test_a_stated_key_is_looked_up_and_found_again_in_its_mail() -> None:
    where = World(rules=rules(more={"providers": {"open": Terms()}, "key_patterns": ()}))
    told = message(text="License: foo-12345-bar\nIt fails.")

    decision = where.decide(mail(told))

    ((provider, fingerprint),) = decision.lookups
    assert provider == "open"
    assert key_of(fingerprint, told, KEYRING) == "FOO-12345-BAR"


# --- at most so many ------------------------------------------------------------------------------


def test_beyond_a_number_of_keys_a_day_nobody_is_asked_and_agents_are_told() -> None:
    where = World(rules=rules(more={"providers": {"shop": Terms()}}))
    named = [(NOW - timedelta(hours=1), "shop", f"f{n}") for n in range(MOST_LOOKUPS_A_DAY - 1)]
    told = message(keys=(FoundKey(KEY, "shop"), FoundKey("ACME-1234-WXYZ", "shop")))

    known = replace(where.known(), named_keys={ANA.id: tuple(named)})
    incoming = Incoming(IntakeId(1), mail(told), Keys(""))

    decision = decide(incoming, known, where.rules, next_ids(), NOW)

    assert len(decision.licenses) == 2
    assert len(decision.lookups) == 1
    assert [e.visibility for e in decision.entries if e.reason == "too many keys"] == ["internal"]


def test_only_what_was_named_today_and_could_be_asked_for_counts() -> None:
    where = World(rules=rules(more={"providers": {"shop": Terms()}}))
    named = (
        (NOW - timedelta(days=2), "shop", "f1"),
        (NOW, "shop", "f2"),
        (NOW - timedelta(hours=1), "shop", "f2"),
        (NOW, "dongle", "f3"),
    )
    draft = Draft(where.rules, Known(named_keys={ANA.id: named}), next_ids(), NOW)
    draft.about(conversation())

    assert lookups_left(draft) == MOST_LOOKUPS_A_DAY - 1


# --- an agent's command ---------------------------------------------------------------------------


TO_BOB = sent(601, Purpose.ANSWER, BOB)
WHERE = World(
    conversations=(conversation(),),
    sent=(TO_BOB,),
    rules=rules(more={"providers": {"shop": Terms()}, "key_patterns": (SHOP,)}),
)


def commanded(text: str, **more: Any) -> Decision:
    told = message(BOB.address, "Re: Printer on fire [TICK-1001]", text, **more)
    return WHERE.decide(mail(told, token_address(TO_BOB)))


@pytest.mark.parametrize("word", ["#license", "#Lizenz", "/licence"])
def test_an_agent_adds_a_key_of_which_nothing_keeps_more_than_its_end(word: str) -> None:
    decision = commanded(f"{word} {KEY.lower()}\n#priority high")

    (found,) = decision.licenses
    assert (found.provider, found.masked, found.intake) == ("shop", HIDDEN, 1)
    assert decision.lookups == (("shop", fingerprint_of(KEY, KEYRING)),)
    assert decision.ticket is not None
    assert decision.ticket.priority == "high"
    assert "1234" not in repr(decision)
    receipt = only(decision.outbox, Notice.RECEIPT)
    assert [line["outcome"] for line in receipt.variables["lines"]] == ["done", "done"]


def test_the_key_of_a_command_does_not_reach_the_customer() -> None:
    text = f"#license {KEY}\nI have added it."
    words = Words(f"{text}\n\n> What about {KEY}?", text, f"> What about {KEY}?")

    decision = commanded(text, words=words)

    answer = only(decision.outbox, Notice.ANSWER)
    assert answer.variables["text"] == "I have added it."
    assert [each.masked for each in decision.licenses] == [HIDDEN]
    assert KEY not in repr(decision.entries) + repr(decision.outbox)


@pytest.mark.parametrize("bad", ["my secret key 1234", "Enterprise", "1234"])
def test_what_is_no_key_is_refused_without_being_repeated(bad: str) -> None:
    decision = commanded(f"#license {bad}")

    (line,) = only(decision.outbox, Notice.RECEIPT).variables["lines"]
    assert line["outcome"] == "failed"
    assert "no license key" in line["words"]
    assert decision.licenses == ()
    assert bad not in repr(decision.outbox)


def test_a_key_that_the_ticket_has_is_not_added_again() -> None:
    known = commanded(f"#license {KEY}").licenses
    where = replace(WHERE, conversations=(replace(conversation(), licenses=known),))
    told = message(BOB.address, "Re: Printer on fire [TICK-1001]", f"#license {KEY}")

    decision = where.decide(mail(told, token_address(TO_BOB)))

    assert decision.licenses == ()
    (line,) = only(decision.outbox, Notice.RECEIPT).variables["lines"]
    assert line["outcome"] == "ignored"


def test_of_a_command_that_waits_only_the_end_is_kept() -> None:
    """The answer is parked for its second line; the key is not in what waits."""
    decision = commanded(f"#license {KEY}\n#resloved\nDone.")

    (entry,) = decision.entries
    assert KEY not in repr(entry)
    assert f"#license {HIDDEN}" in entry.text


def test_a_customer_gives_no_such_command() -> None:
    decision = World(rules=WHERE.rules).decide(mail(message(text=f"#license {KEY}")))

    assert decision.entries[0].text == f"#license {KEY}"


# --- rules that name products ---------------------------------------------------------------------


def test_rules_that_name_no_product_are_not_done_twice() -> None:
    high = Rule("high", Conditions(products=("Suite",)), Effects(priority="high", tags=("b",)))
    first = Rule("first", Conditions(), Effects(priority="low", tags=("a",)))
    facts = Facts("support")

    assert apply_rules([first, high], facts).then == Effects(priority="low", tags=("a",))
    assert apply_rules([first, high], facts, "suite").then == Effects(tags=("b",))
    assert apply_rules([high, first], facts, "suite").then == Effects(priority="high", tags=("b",))
    stop = replace(first, stop=True)
    assert apply_rules([stop, high], facts, "suite").then == Effects()
