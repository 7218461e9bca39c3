"""What people write is understood in every language that we show it in, and nothing else is."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.sentences import in_language
from helpdesk.core.ticket import Status
from helpdesk.core.vocabulary import (
    CATEGORIES,
    COLORS,
    PRIORITIES,
    USUAL,
    Vocabulary,
    higher,
)

OWN = Vocabulary(
    categories=("technical", "OEM", "spare parts"),
    default_category="OEM",
    priority_names={"en": {"normal": "Medium", "high": "Urgent"}},
    category_names={"de": {"spare parts": "Ersatzteile"}},
    status_names={"en": {"waiting": "Waiting for Customer"}, "nl": {"waiting": "Wacht op u"}},
    status_colors={"waiting": "yellow"},
    aliases={"P0": "critical", "parked": "Waiting for Customer", "done": "closed", "medium": "low"},
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("low", "low"),
        (" HIGH ", "high"),
        ("High!", "high"),
        ("Medium", "normal"),
        ("Urgent", "critical"),
        ("emergency", "critical"),
        ("hoch", "high"),
        ("Niedrig", "low"),
        ("dringend", "critical"),
        ("sehr  hoch", "critical"),
        ("Ｈｉｇｈ", "high"),
        ("h\u200bigh", "high"),
        ("p1", "critical"),
        ("highish", None),
        ("", None),
        ("!!!", None),
        ("high " * 1000, None),
    ],
)
def test_a_priority_is_read_as_people_write_it(text: str, name: str | None) -> None:
    assert USUAL.priority_of(text) == name


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("open", Status.OPEN),
        ("in_progress", Status.IN_PROGRESS),
        ("In Progress", Status.IN_PROGRESS),
        ("in-progress", Status.IN_PROGRESS),
        ("In Bearbeitung", Status.IN_PROGRESS),
        ("pending", Status.WAITING),
        ("Waiting for You", Status.WAITING),
        ("waiting for customer", Status.WAITING),
        ("Warten auf Kunden", Status.WAITING),
        ("solved", Status.RESOLVED),
        ("done.", Status.RESOLVED),
        ("Gelöst", Status.RESOLVED),
        ("GELO\u0308ST", Status.RESOLVED),
        ("SCHLIESSEN", Status.CLOSED),
        ("geschlossen", Status.CLOSED),
        ("opening", None),
    ],
)
def test_a_status_is_read_as_people_write_it(text: str, status: Status | None) -> None:
    assert USUAL.status_of(text) is status


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Technical", "technical"),
        ("rechnung", "billing"),
        ("licence", "license"),
        ("Allgemein", "general"),
        ("sales", None),
    ],
)
def test_a_category_is_read_as_people_write_it(text: str, name: str | None) -> None:
    assert USUAL.category_of(text) == name


@pytest.mark.parametrize("words", [USUAL, OWN])
@pytest.mark.parametrize("language", ["en", "de", "de-AT", "nl", "fr"])
def test_every_label_is_read_as_what_it_stands_for(words: Vocabulary, language: str) -> None:
    assert [words.priority_of(words.priority_label(n, language)) for n in PRIORITIES] == list(
        PRIORITIES
    )
    assert [words.category_of(words.category_label(n, language)) for n in words.categories] == list(
        words.categories
    )
    for status, to_agent in product(Status, (False, True)):
        label = words.status_label(status, language, to_agent=to_agent)
        assert words.status_of(label) is status


def test_every_name_has_a_label_in_english_and_german() -> None:
    labels = [
        {name: USUAL.priority_label(name, code) for name in PRIORITIES}
        | {name: USUAL.category_label(name, code) for name in CATEGORIES}
        | {status: USUAL.status_label(status, code) for status in Status}
        for code in ("en", "de")
    ]

    assert labels[0].keys() == labels[1].keys()
    assert [key for key in labels[0] if labels[0][key] == labels[1][key]] == ["normal"]


def test_the_colors_are_those_of_the_portal() -> None:
    assert [USUAL.status_color(status) for status in Status] == list(COLORS)
    assert COLORS == ("blue", "yellow", "orange", "green", "gray")
    assert OWN.status_color(Status.WAITING) == "yellow"
    assert OWN.status_color(Status.OPEN) == "blue"


def test_the_customers_turn_is_not_shown_to_agents_as_theirs() -> None:
    assert USUAL.status_label(Status.WAITING, "en") == "Waiting for You"
    assert USUAL.status_label(Status.WAITING, "en", to_agent=True) == "Waiting for Customer"
    assert USUAL.status_label(Status.WAITING, "de-CH", to_agent=True) == "Wartet auf Kunden"
    assert USUAL.status_label(Status.OPEN, "de", to_agent=True) == "Offen"


def test_the_operators_words_come_before_ours() -> None:
    assert OWN.priority_label("normal", "en") == "Medium"
    assert OWN.priority_label("normal", "de") == "Normal"
    assert OWN.priority_of("Urgent") == "high"
    assert OWN.priority_of("critical") == "critical"
    assert OWN.status_label(Status.WAITING, "nl") == "Wacht op u"
    assert OWN.status_of("wacht op u") is Status.WAITING


def test_a_language_that_nobody_wrote_is_shown_in_english() -> None:
    assert OWN.status_label(Status.WAITING, "fr") == "Waiting for Customer"
    assert OWN.status_label(Status.CLOSED, "fr-CA") == "Closed"
    assert OWN.category_label("spare parts", "en") == "Spare parts"
    assert OWN.category_label("OEM", "de") == "OEM"


def test_an_alias_is_stronger_than_our_words_and_weaker_than_labels() -> None:
    assert OWN.priority_of("p0") == "critical"
    assert OWN.status_of("parked") is Status.WAITING
    assert OWN.status_of("done") is Status.CLOSED
    assert OWN.priority_of("medium") == "normal"


def test_a_category_that_the_desk_does_not_have_is_not_read() -> None:
    assert OWN.category_of("billing") is None
    assert OWN.category_of("rechnung") is None
    assert OWN.category_of("oem") == "OEM"
    assert OWN.category_of("SpareParts") == "spare parts"


def test_one_step_up_ends_at_the_top() -> None:
    assert [higher(name) for name in PRIORITIES] == ["normal", "high", "critical", None]
    assert higher("whatever") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            USUAL.no_priority("urgnt"),
            (
                '"urgnt" is no priority; did you mean Critical? '
                "There are Low, Normal, High and Critical"
            ),
        ),
        (
            USUAL.no_priority("blue"),
            '"blue" is no priority; there are Low, Normal, High and Critical',
        ),
        (
            in_language("de", USUAL.no_category("Abrechnng")),
            (
                "„Abrechnng“ ist keine Kategorie; meinten Sie Abrechnung? Es gibt Technik, "
                "Abrechnung, Lizenz und Allgemein"
            ),
        ),
        (
            USUAL.no_status("xyz"),
            (
                '"xyz" is no status; there are Open, In Progress, Waiting for Customer, Resolved '
                "and Closed"
            ),
        ),
        (
            USUAL.no_priority(" \n"),
            "there is no priority without a word; there are Low, Normal, High and Critical",
        ),
        (
            Vocabulary(("general",)).no_category("x"),
            '"x" is no category; there are General',
        ),
    ],
)
def test_a_word_that_is_none_of_ours_gets_one_line_with_what_there_is(line: str, said: str) -> None:
    assert line == said


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_whatever_people_write_is_answered_by_one_line(text: str) -> None:
    assert USUAL.no_status(text).isprintable()
    assert USUAL.status_of(text) in {*Status, None}


def test_a_vocabulary_whose_defaults_are_no_words_of_it_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="default category general"):
        Vocabulary(categories=("sales",))
    with pytest.raises(ValueError, match="default priority urgent"):
        Vocabulary(default_priority="urgent")


@pytest.mark.parametrize(
    ("language", "status", "priority"),
    [
        ("en", "Waiting for Customer", "Urgent"),
        ("de", "", "Brandeilig"),
        ("de-AT", "", "Brandeilig"),
    ],
)
def test_only_what_the_operator_calls_otherwise_is_his_own_label(
    language: str, status: str, priority: str
) -> None:
    desk = Vocabulary(
        priority_names={"en": {"critical": "Urgent"}, "de": {"critical": "Brandeilig"}},
        status_names={"en": {"waiting": "Waiting for Customer"}},
    )

    assert desk.own_labels(Status.WAITING, "critical", "billing", language) == {
        "status": status,
        "priority": priority,
        "category": "",
    }
