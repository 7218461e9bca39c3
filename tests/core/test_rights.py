"""Rights belong to persons, domains and accounts, and agreements hold on their days."""

from datetime import date

import pytest

from helpdesk.core.rights import (
    Agreement,
    AgreementKind,
    HolderKind,
    NotAHolder,
    holder_of,
    holders_of,
)

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "key", "name", "kind"),
    [
        (" Ana@Example.COM ", "ana@example.com", "Ana@example.com", HolderKind.PERSON),
        ("ana@gmail.com", "ana@gmail.com", "ana@gmail.com", HolderKind.PERSON),
        ("@Example.com", "@example.com", "@example.com", HolderKind.DOMAIN),
        ("@bücher.example", "@xn--bcher-kva.example", "@xn--bcher-kva.example", HolderKind.DOMAIN),
        ("Acme  GmbH", "acme gmbh", "Acme GmbH", HolderKind.ACCOUNT),
    ],
)
def test_a_holder_is_known_however_it_is_written(
    text: str, key: str, name: str, kind: HolderKind
) -> None:
    holder = holder_of(text)

    assert (holder.key, holder.name, holder.kind) == (key, name, kind)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@gmail.com", "everybody can have an address at gmail.com"),
        ("@GMX.de", "everybody can have an address at gmx.de"),
        ("@com", "'@com' is no domain"),
        ("@", "'@' is no domain"),
        ("ana@@example.com", "'ana@@example.com' is no address"),
        ("", "'' cannot be the name of an account"),
        ("Ac\x1bme", "'Ac\\x1bme' cannot be the name of an account"),
        ("x" * 81, f"{'x' * 80!r} cannot be the name of an account"),
    ],
)
def test_what_is_no_holder_is_refused(text: str, problem: str) -> None:
    with pytest.raises(NotAHolder) as caught:
        holder_of(text)

    assert caught.value.problem == problem


def test_an_address_has_the_rights_of_its_domain_and_accounts() -> None:
    accounts = {
        "acme": ("@example.com", "carl@example.org"),
        "beta": ("ana@example.com",),
        "other": ("@sub.example.com", "@gmail.com"),
    }

    assert holders_of(["Ana@example.com"], accounts) == (
        "ana@example.com",
        "@example.com",
        "acme",
        "beta",
    )
    assert holders_of(["carl@example.org"], accounts)[2:] == ("acme",)
    assert holders_of(["eve@gmail.com", "root"], accounts) == ("eve@gmail.com",)
    assert holders_of([], accounts) == ()


def test_an_agreement_holds_on_its_first_and_last_day() -> None:
    agreement = Agreement(1, "acme", AgreementKind.CONTRACT, FIRST, LAST)

    assert agreement.holds_on(FIRST)
    assert agreement.holds_on(LAST)
    assert not agreement.holds_on(date(2025, 12, 31))
    assert not agreement.holds_on(date(2027, 1, 1))


def test_an_agreement_may_be_open_on_both_sides() -> None:
    always = Agreement(1, "acme", AgreementKind.OEM)

    assert always.holds_on(date.min)
    assert always.holds_on(date.max)


def test_an_agreement_is_for_one_desk_or_all() -> None:
    assert Agreement(1, "acme", AgreementKind.OEM, desk="sales").covers("sales")
    assert not Agreement(1, "acme", AgreementKind.OEM, desk="sales").covers("support")
    assert Agreement(1, "acme", AgreementKind.OEM).covers("support")
