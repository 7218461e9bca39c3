"""Rules do what the operator wrote, say so, and cannot be made slow by a mail."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.mail import Attachment, FoundKey, Words
from helpdesk.core.rules import (
    LONGEST_FIELD,
    LONGEST_WORDS,
    Conditions,
    Effects,
    Facts,
    HeaderCondition,
    Rule,
    RuleEffects,
    apply_rules,
    facts_of,
    has_words,
)
from tests.builders import message

FACTS = Facts(
    desk="support",
    sender="Ana@Shop.Customer.example",
    subject="Re: Invoice 4711",
    words="Hello,\n\nthe purchase\n  order is wrong. It's for C++ on an e-mail server.",
    fields=(("x-priority", "1 (Highest)"), ("x-priority", "5"), ("x-mailer", "Foo 1.2")),
    providers=frozenset({"keygen"}),
    has_attachment=True,
    priority="normal",
    category="general",
)
HIGH = Effects(priority="high")


def holds(**when: Any) -> bool:
    return apply_rules([Rule("r", Conditions(**when), HIGH)], FACTS).then == HIGH


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"desks": ("sales", "support")},
        {"senders": ("ana@shop.customer.example",)},
        {"senders": ("@shop.customer.example",)},
        {"senders": ("*.customer.example",)},
        {"senders": ("*.example", "nobody@x.example")},
        {"words": ("invoice",)},
        {"words": ("ORDER",)},
        {"words": ("purchase order",)},
        {"words": ("c++",)},
        {"words": ("e-mail",)},
        {"words": ("it's",)},
        {"words": ("nothing", "wrong.")},
        {"subject": ("invoice 4711",)},
        {"providers": ("own", "keygen")},
        {"headers": (HeaderCondition("x-priority", "^[12]"),)},
        {"headers": (HeaderCondition("x-priority", "^5"),)},
        {"headers": (HeaderCondition("x-none", "a"), HeaderCondition("x-mailer", "FOO"))},
        {"has_attachment": True},
        {"priorities": ("normal",)},
        {"categories": ("General",)},
        {"desks": ("support",), "words": ("wrong",), "has_attachment": True},
    ],
)
def test_a_condition_holds(when: dict[str, Any]) -> None:
    assert holds(**when)


@pytest.mark.parametrize(
    "when",
    [
        {"desks": ("sales",)},
        {"senders": ("@customer.example",)},
        {"senders": ("*.shop.customer.example",)},
        {"senders": ("*.omer.example",)},
        {"senders": ("na@shop.customer.example",)},
        {"words": ("voice",)},
        {"words": ("orders",)},
        {"words": ("order purchase",)},
        {"subject": ("purchase",)},
        {"providers": ("own",)},
        {"products": ("keygen",)},
        {"headers": (HeaderCondition("x-priority", "^3"),)},
        {"headers": (HeaderCondition("x-none", "."),)},
        {"has_attachment": False},
        {"priorities": ("high", "low")},
        {"categories": ("billing",)},
        {"desks": ("support",), "words": ("nothing",)},
    ],
)
def test_a_condition_does_not_hold(when: dict[str, Any]) -> None:
    assert not holds(**when)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("打印机", "我的打印机坏了"),
        ("プリンター", "プリンターが壊れました"),
        ("straße", "In der STRASSE"),
        ("über", "U\u0308ber alles"),
        ("invoice", "in\u00advoice"),
        ("ｉｎｖｏｉｃｅ", "invoice"),
    ],
)
def test_words_are_found_in_every_script(word: str, text: str) -> None:
    rule = Rule("r", Conditions(words=(word,)), HIGH)

    assert apply_rules([rule], Facts("support", words=text)).then == HIGH


def test_a_product_is_what_a_provider_said() -> None:
    rule = Rule("r", Conditions(products=("CodeMeter  Pro",)), HIGH)

    assert apply_rules([rule], FACTS, "codemeter pro").then == HIGH
    assert apply_rules([rule], FACTS, "codemeter").then == Effects()


def test_what_an_earlier_rule_set_a_later_one_leaves_and_tags_add_up() -> None:
    rules = [
        Rule("one", then=Effects(priority="high", tags=("a", "b"))),
        Rule("two", then=Effects(priority="low", category="billing", tags=("b", "c"))),
        Rule("three", then=Effects(category="license", service_level="portal")),
    ]

    assert apply_rules(rules, FACTS).then == Effects(
        priority="high", category="billing", tags=("a", "b", "c"), service_level="portal"
    )


def test_an_agent_and_a_team_are_one_question() -> None:
    rules = [Rule("one", then=Effects(team="billing")), Rule("two", then=Effects(assignee="Ana"))]

    assert apply_rules(rules, FACTS).then == Effects(team="billing")


def test_a_rule_sees_what_earlier_ones_set() -> None:
    rules = [
        Rule("words", Conditions(words=("invoice",)), Effects(category="billing")),
        Rule("team", Conditions(categories=("billing",)), Effects(team="money")),
    ]

    assert apply_rules(rules, FACTS).then == Effects(category="billing", team="money")
    assert apply_rules(rules[1:], FACTS).then == Effects()


def test_a_rule_that_stops_ends_only_when_it_holds() -> None:
    last = Rule("last", then=HIGH)
    stop = Rule("stop", Conditions(desks=("support",)), Effects(tags=("x",)), stop=True)
    other = replace(stop, when=Conditions(desks=("sales",)))

    assert apply_rules([stop, last], FACTS).then == Effects(tags=("x",))
    assert apply_rules([other, last], FACTS).then == HIGH


def test_every_rule_that_held_says_why_and_what_it_did() -> None:
    rules = [
        Rule("Invoices", Conditions(desks=("support",), words=("x", "invoice")), HIGH),
        Rule("All", then=Effects(priority="low", tags=("new",)), stop=True),
        Rule("Never", then=HIGH),
    ]
    found = apply_rules(rules, FACTS).evidence

    assert [(step.step, step.outcome, step.detail) for step in found] == [
        ("rule", "Invoices: priority high", "desk support, word invoice"),
        (
            "rule",
            "All: tags new, no further rules",
            "for every mail; priority low: Invoices came first",
        ),
    ]


def test_without_rules_nothing_is_done() -> None:
    assert apply_rules([], FACTS) == RuleEffects()


def test_what_a_mail_quotes_is_not_looked_at() -> None:
    quoted = Attachment("logo.png", "image/png", 1, "0", quoted=True)
    mail = message(
        text="x",
        words=Words("new\n> invoice", "new", quoted="> invoice"),
        keys=(FoundKey("A", "keygen", quoted=True), FoundKey("B", "own")),
        attachments=(quoted,),
    )
    facts = facts_of(mail, "support", priority="high")

    assert facts.words == "new"
    assert facts.providers == {"own"}
    assert not facts.has_attachment
    assert (facts.sender, facts.priority) == ("ana@customer.example", "high")
    assert facts_of(replace(mail, authors=(), clean_author=""), "support").sender == ""
    assert facts_of(replace(mail, attachments=(replace(quoted, quoted=False),)), "x").has_attachment


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    late = Facts("support", words="x" * LONGEST_WORDS + " invoice")
    far = Facts("support", fields=(("x-a", " " * LONGEST_FIELD + "1"),))

    assert not apply_rules([Rule("r", Conditions(words=("invoice",)), HIGH)], late).evidence
    rule = Rule("r", Conditions(headers=(HeaderCondition("x-a", "1"),)), HIGH)
    assert not apply_rules([rule], far).evidence


@pytest.mark.parametrize(
    "text", ["a ", "a", "\n", "(((", "\ufdfa", "a\u0301", "打", "aa b", "\u200b", "'"]
)
def test_a_hostile_text_takes_no_long_time(text: str) -> None:
    words = (*(f"{'a' * n} b{n}" for n in range(20)), "aaaa", "aa aa", "打打打x")
    rules = [Rule(f"r{n}", Conditions(words=words), HIGH) for n in range(100)]
    facts = Facts(
        "support", "a" * 1000 + "@" + "b." * 1000, text * 500_000, text * 500_000, (("x", text),)
    )
    start = time.process_time()

    apply_rules(rules, facts)

    assert time.process_time() - start < 2


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_text_that_stands_alone_is_always_found(text: str, before: str, after: str) -> None:
    facts = Facts("support", words=f"{before}\n{text}\n{after}")
    found = apply_rules([Rule("r", Conditions(words=(text,)), HIGH)], facts)

    assert found.evidence or not re.search(r"\w", text) or not has_words(text)
