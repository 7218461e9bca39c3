"""Which template a mail gets: by its desk, its notice, and the language of its reader."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.marker import REPLY_MARKER
from helpdesk.core.outgoing import TO_CUSTOMERS, WITHOUT_TICKET, Notice
from helpdesk.core.quoting import split
from helpdesk.outbound.filters import day, mail_link, moment
from helpdesk.outbound.languages import Languages
from helpdesk.outbound.render import MailRenderer
from helpdesk.outbound.samples import HISTORY, SAMPLE
from helpdesk.ports import Unprocessable
from tests.folded import for_each
from tests.outbound.mails import TEMPLATES, outgoing, said_in_german
from tests.outbound.test_render import EVIL, everywhere

OURS = {"en": "thank you for your message", "de": "vielen Dank für Ihre Nachricht"}


def placed(folder: Path, *places: str) -> MailRenderer:
    """A renderer with overrides of the body of confirmations, each with its place as its words."""
    for place in places:
        file = folder / place / "confirmation" / "body.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"<{place}>")
    return MailRenderer(TEMPLATES, folder)


def words(
    renderer: MailRenderer, language: str, *, desk_language: str = "en", desk: str = "support"
) -> str:
    of_desk = SAMPLE["desk"] | {"name": desk, "language": desk_language}
    variables = dict(SAMPLE) | {"language": language, "desk": of_desk}
    mail = outgoing(Notice.CONFIRMATION, desk=desk, variables=variables)
    return renderer.render(mail).text.strip()


def in_language(renderer: MailRenderer, notice: Notice, language: str, **more: Any) -> Any:
    return renderer.render(outgoing(notice, variables=dict(SAMPLE) | {"language": language} | more))


# --- order --------------------------------------------------------------------------------------

ALL = ("desks/support/de", "desks/support", "de", ".")


@pytest.mark.parametrize("first", range(len(ALL)))
def test_a_reader_of_the_desks_language_gets_the_nearest_template(
    first: int, tmp_path: Path
) -> None:
    renderer = placed(tmp_path, *ALL[first:])

    assert words(renderer, "de", desk_language="de") == f"<{ALL[first]}>"
    assert words(renderer, "", desk_language="de") == f"<{ALL[first]}>"


@pytest.mark.parametrize("language", ["de", "de-AT", "de_AT", "DE-at", "de-DE-1996"])
def test_a_variant_of_a_language_falls_back_to_it(language: str, renderer: MailRenderer) -> None:
    assert OURS["de"] in words(renderer, language)


def test_a_variant_with_its_own_template_wins_over_its_language(tmp_path: Path) -> None:
    renderer = placed(tmp_path, "de", "de-AT")

    assert words(renderer, "de-at") == "<de-AT>"
    assert words(renderer, "de-CH") == "<de>"


@pytest.mark.parametrize(
    "language", ["xx", "zz-ZZ", "en", "en-GB", "../de", "de/", "/etc", "%", "a" * 500, "d\0e", "."]
)
def test_what_is_no_language_or_unknown_is_read_in_english(
    language: str, renderer: MailRenderer
) -> None:
    assert OURS["en"] in words(renderer, language)


def test_without_a_language_the_reader_gets_the_desks(renderer: MailRenderer) -> None:
    assert OURS["de"] in words(renderer, "", desk_language="de")
    assert OURS["en"] in words(renderer, "", desk_language="pt")


@pytest.mark.parametrize("place", [".", "desks/support"])
def test_the_desks_own_words_are_not_for_readers_of_a_language_that_we_have(
    place: str, tmp_path: Path
) -> None:
    renderer = placed(tmp_path, place)

    assert words(renderer, "en") == f"<{place}>"
    assert OURS["de"] in words(renderer, "de")
    assert OURS["en"] in words(renderer, "en", desk_language="de")
    assert words(renderer, "fr") == f"<{place}>"


@pytest.mark.parametrize("place", ["de", "desks/support/de"])
def test_an_operators_translation_wins_over_ours(place: str, tmp_path: Path) -> None:
    renderer = placed(tmp_path, place, ".")

    assert words(renderer, "de") == f"<{place}>"
    assert words(renderer, "en") == "<.>"


def test_a_language_that_only_the_operator_has_is_used(tmp_path: Path) -> None:
    renderer = placed(tmp_path, "fr", ".")
    french = in_language(renderer, Notice.CONFIRMATION, "fr-CA")

    assert french.text == "<fr>\n"
    assert words(renderer, "en") == "<.>"


def test_a_desk_does_not_get_the_words_of_another(tmp_path: Path) -> None:
    renderer = placed(tmp_path, "desks/sales", "desks/sales/de")

    assert words(renderer, "en", desk="sales") == "<desks/sales>"
    assert words(renderer, "de", desk="sales") == "<desks/sales/de>"
    assert OURS["en"] in words(renderer, "en")
    assert OURS["de"] in words(renderer, "de")


def test_one_shared_file_changes_the_words_of_all_notices_of_a_language(tmp_path: Path) -> None:
    ours = (TEMPLATES / "de" / "_base" / "words.txt").read_text()
    (tmp_path / "de" / "_base").mkdir(parents=True)
    (tmp_path / "de" / "_base" / "words.txt").write_text(ours.replace("Guten Tag", "Grüezi"))
    renderer = MailRenderer(TEMPLATES, tmp_path)

    assert renderer.check() == ()
    for notice in sorted(TO_CUSTOMERS - {Notice.ANSWER, Notice.CONFIRMATION, Notice.SMS}):
        assert in_language(renderer, notice, "de").text.startswith("Grüezi")
        assert in_language(renderer, notice, "en").text.startswith("Hello")


def test_readers_cannot_make_the_gateway_keep_more_and_more(tmp_path: Path) -> None:
    placed(tmp_path, *ALL)
    languages = Languages(TEMPLATES, tmp_path)
    chains = {
        languages.chain(desk, "en", f"{language}-{number}")
        for desk in ("support", "other")
        for language in ("de", "en", "xx")
        for number in range(100, 200)
    }

    assert len(chains) <= 6
    assert len(languages._chains) <= 6


# --- what is in them ----------------------------------------------------------------------------


@for_each(("language", "lang"), [("en", "en"), ("de-AT", "de"), ("xx", "en")])
@for_each("notice", sorted(set(Notice) - {Notice.SMS}))
def test_the_html_says_in_which_language_it_is(
    notice: Notice, language: str, lang: str, renderer: MailRenderer
) -> None:
    assert f'<html lang="{lang}">' in in_language(renderer, notice, language).html


@for_each("notice", Notice)
def test_no_english_word_of_ours_is_left_in_german_mail(
    notice: Notice, renderer: MailRenderer
) -> None:
    more = said_in_german(json.loads(json.dumps(dict(SAMPLE))))
    for name in ("history", "between"):
        more[name] = []
    more |= {"text": "", "state": dict.fromkeys(SAMPLE["state"], "")}
    more |= {"ticket": SAMPLE["ticket"] | {"subject": ""}, "tickets": [], "attachments": []}
    more |= {"duplicates": [], "language": "de"}
    mail = renderer.render(outgoing(notice, variables=more))
    own = mail.text.replace(REPLY_MARKER, "").replace("helpdesk tickets show", "")
    own = re.sub(r"<mailto:.*>|#[a-z]+( [a-zA-Z/]+)?", "", own)

    english = re.findall(r"\b(?:the|you|your|to|of|is|and|reply|with|mail system|this|by)\b", own)
    assert english == []


@for_each("notice", Notice)
@for_each("language", ["de", "en"])
def test_german_and_english_say_as_much(
    notice: Notice, language: str, renderer: MailRenderer
) -> None:
    rendered = in_language(renderer, notice, language)
    html = rendered.html.partition("<body")[2]
    shown = [link.strip("<>") for link in re.findall(r"<mailto:\S+>", rendered.text)]

    links = [link for link in re.findall(r'href="([^"]*)"', html) if link != HISTORY]
    assert links == shown
    assert ("TICK-1001" in rendered.subject) or notice in WITHOUT_TICKET
    assert (REPLY_MARKER in rendered.text) == (notice not in TO_CUSTOMERS)
    assert rendered.subject == in_language(renderer, notice, "en").subject or (
        notice in WITHOUT_TICKET
    )


@pytest.mark.parametrize("notice", sorted(set(Notice) - TO_CUSTOMERS))
def test_of_a_reply_to_a_german_notice_only_what_stands_above_the_line_is_new(
    notice: Notice, renderer: MailRenderer
) -> None:
    text = in_language(renderer, notice, "de").text
    reply = "Bitte noch einmal.\n\n" + "".join(f"> {line}\n" for line in text.split("\n"))

    assert split(reply).new == "Bitte noch einmal."


def test_labels_and_state_are_in_the_readers_language(renderer: MailRenderer) -> None:
    text = in_language(renderer, Notice.NEW_TICKET, "de", warnings=[]).text

    assert "Kunde:     Ana Ruiz <ana@example.test>\n" in text
    assert "Ticket:    TICK-1001, offen, Priorität normal, Allgemeines\n" in text
    assert "Erste Antwort:   fällig Montag, 23. November 2026, 14:00 Uhr (MEZ)" in text
    assert "Antworten = Antwort an Ana Ruiz" in text


@pytest.mark.parametrize(
    ("language", "priority"), [("en", "R&D now priority"), ("de", "Priorität R&D now")]
)
def test_an_agent_reads_the_desk_s_own_words_and_ours_for_the_rest(
    renderer: MailRenderer, language: str, priority: str
) -> None:
    own = {"status": "On <hold>", "priority": "R&D now", "category": ""}
    ticket = SAMPLE["ticket"] | {"own": own}
    told = in_language(renderer, Notice.NEW_TICKET, language, ticket=ticket)

    line = f"TICK-1001, On <hold>, {priority}, "
    assert line in told.text
    assert line in unescape(told.html)
    assert "On <hold>" not in told.html


# --- new words ----------------------------------------------------------------------------------


def both(renderer: MailRenderer, notice: Notice, **more: Any) -> tuple[str, str]:
    rendered = in_language(renderer, notice, "en", **more)
    html = unescape(re.sub(r"<[^>]*>", "", rendered.html))
    return " ".join(rendered.text.split()), " ".join(html.split())


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_customer_hears_who_has_his_ticket_and_not_who_gave_it_away(
    renderer: MailRenderer, language: str
) -> None:
    given = in_language(
        renderer,
        Notice.TICKET_ASSIGNED,
        language,
        by={"name": "Ben Giver"},
        state=SAMPLE["state"] | {"assignee": "Cleo Taker"},
    )

    assert "Cleo Taker" in given.text
    assert "Cleo Taker" in given.html
    assert "Ben Giver" not in given.text + given.html


@pytest.mark.parametrize(
    ("notice", "phrase"),
    [
        (Notice.CONFIRMATION, "You will hear from us by Monday, 23 November 2026, 14:00 (CET)."),
        (Notice.TICKET_ASSIGNED, "Ben Agent now takes care of your request TICK-1001"),
        (Notice.RESOLVED, "closes by itself on Saturday, 28 November 2026, 23:40 (CET), unless"),
        (Notice.CLOSED, "until Monday, 28 December 2026, 23:40 (CET)"),
        (Notice.REMINDER, "waiting for your answer since Thursday, 19 November 2026 about"),
        (Notice.REMINDER, "reply to this mail by Saturday, 28 November 2026, 23:40 (CET)."),
        (Notice.CLOSE_AHEAD, "will be closed on Saturday, 28 November 2026, 23:40 (CET)"),
        (Notice.TICKET_LIST, "these are your tickets for “activate”:"),
        (Notice.TICKET_LIST, "and 3 more"),
        (Notice.MAIL_TEST, "we received it on Saturday, 28 November 2026, 23:40 (CET)."),
        (Notice.ASSIGNED, "Eva Agent assigned this ticket to you."),
        (Notice.CUSTOMER_ACTED, "closed the ticket."),
        (Notice.TARGET_WARNING, "First response due on Monday, 23 November 2026, 14:00 (CET)."),
        (Notice.TARGET_MISSED, "First response missed: it was due on Monday, 23 November 2026,"),
        (Notice.NEW_TICKET, "Possibly the same as TICK-998: Activation fails (open)"),
        (Notice.NEW_TICKET, "#take #resolve #close #priority high"),
        (Notice.RECEIPT, "Written to: Ana Ruiz (answer)"),
        (Notice.CUSTOMER_RECEIPT, "the time zone in which we tell times"),
    ],
)
def test_a_notice_says_what_happened(notice: Notice, phrase: str, renderer: MailRenderer) -> None:
    for text in both(renderer, notice):
        assert phrase in text


@pytest.mark.parametrize("kind", ["closed", "reopened", "thanked", "raised"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_act_of_a_customer_has_its_own_words(
    kind: str, language: str, renderer: MailRenderer
) -> None:
    event, none = {"kind": kind}, {"kind": "something"}
    said = in_language(renderer, Notice.CUSTOMER_ACTED, language, event=event, by=None)

    assert said != in_language(renderer, Notice.CUSTOMER_ACTED, language, event=none, by=None)
    assert "Ana Ruiz" in said.text


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_wish_of_a_customer_has_its_own_words(language: str, renderer: MailRenderer) -> None:
    kinds = (
        *("muted", "unmuted", "language", "time_zone", "not_proved", "no_notice", "no_language"),
        *("no_zone", "no_ticket", "not_yet", "once", "top", "help"),
    )
    said = {
        kind: in_language(
            renderer,
            Notice.CUSTOMER_RECEIPT,
            language,
            event={"kind": kind, "names": ["reminder"], "zone": "Europe/Madrid", "at": ""},
        ).text
        for kind in kinds
    }

    assert len(set(said.values())) == len(kinds)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_test_mail_says_what_its_proof_is_worth(language: str, renderer: MailRenderer) -> None:
    said = {
        in_language(renderer, Notice.MAIL_TEST, language, event={"kind": kind, "at": ""}).text
        for kind in ("proved", "unverified", "failed")
    }

    assert len(said) == 3


@pytest.mark.parametrize("notice", [Notice.RECEIPT, Notice.ANSWER_PARKED])
def test_each_line_of_a_mail_is_accounted_for(notice: Notice, renderer: MailRenderer) -> None:
    rendered = in_language(renderer, notice, "en")

    assert "✓ #resolve: The ticket is Resolved.\n" in rendered.text
    assert "– #tag vpn: It has vpn already.\n" in rendered.text
    assert "✗ #assign Zed: Zed is no agent here; write one of Ben Agent\n" in rendered.text
    assert all(mark in rendered.html for mark in ("✓", "–", "✗"))


def test_a_receipt_of_lines_needs_no_other_outcome(renderer: MailRenderer) -> None:
    for text in both(renderer, Notice.RECEIPT, outcome=""):
        assert "Done." not in text
    for text in both(renderer, Notice.RECEIPT, outcome="", lines=[]):
        assert "Done." in text


@for_each("notice", Notice)
def test_only_who_can_get_fewer_mails_is_told_how(notice: Notice, renderer: MailRenderer) -> None:
    line = {
        Notice.DIGEST: "To get no such lists, reply with #notify off digest as the first line.",
        Notice.WEEKLY_REPORT: "To get no such numbers, reply with #notify off report as the first "
        "line.",
    }.get(notice, "To get fewer of these mails, reply with #notify off as the first line.")
    if notice not in {Notice.CONFIRMATION, Notice.SMS}:
        for text in both(renderer, notice):
            assert line in text
    for text in both(renderer, notice, can_mute=False):
        assert line not in text


@pytest.mark.parametrize(
    ("state", "phrase"),
    [
        ("running", "due Monday, 23 November 2026, 14:00 (CET), 1 h left"),
        ("paused", "paused, due Monday, 23 November 2026, 14:00 (CET), 1 h left"),
        ("missed", "missed, was due Monday, 23 November 2026, 14:00 (CET)"),
        ("met", "met"),
    ],
)
def test_a_clock_says_how_it_stands(state: str, phrase: str, renderer: MailRenderer) -> None:
    clock = SAMPLE["clocks"][0] | {"state": state, "left": "1 h"}
    for text in both(renderer, Notice.CUSTOMER_REPLIED, clocks=[clock]):
        assert re.search(rf"First response:? ?{re.escape(phrase)}", text)


def test_an_entry_of_an_older_gateway_is_still_rendered(renderer: MailRenderer) -> None:
    names = list(SAMPLE)[: list(SAMPLE).index("facts") + 1]
    old: dict[str, Any] = {name: SAMPLE[name] for name in names}
    old |= {"desk": {k: v for k, v in SAMPLE["desk"].items() if k != "language"}}
    assert "language" not in old

    for notice in (Notice.CONFIRMATION, Notice.NEW_TICKET, Notice.ANSWER, Notice.RECEIPT):
        assert "TICK-1001" in renderer.render(outgoing(notice, variables=old)).subject


# --- hostile values -----------------------------------------------------------------------------


@for_each("language", ["en", "de"])
@for_each("notice", Notice)
@for_each("evil", [EVIL, '"><img src=x>', "\r\nBcc: evil@x.test", "' onclick='x"])
def test_no_value_becomes_markup(
    notice: Notice, evil: str, language: str, renderer: MailRenderer
) -> None:
    variables = everywhere(SAMPLE, evil) | {"language": language}
    rendered = renderer.render(outgoing(notice, variables=variables))

    assert "<b onload" not in rendered.html
    assert "<img" not in rendered.html
    for tag in re.findall(r"<[^>]*>", rendered.html):
        assert "onclick" not in re.sub(r'"[^"]*"', "", tag)
    for part in (rendered.subject, rendered.text, rendered.html):
        assert not {"\u202e", "\0", "\ud800", "\r"} & set(part)
    assert "\n" not in rendered.subject


@pytest.mark.parametrize(
    "href",
    [
        'mailto:a@b.test?subject="onclick="x',
        "mailto:a@b.test'>x",
        "mailto:a@b.test?body=a\nb <i>",
        "mailto:a@b.test?body=ä\u202e",
    ],
)
def test_a_link_ends_where_it_should(href: str, renderer: MailRenderer) -> None:
    actions = [{"name": "close", "href": href}]
    rendered = in_language(renderer, Notice.CLOSED, "en", actions=actions)
    (found,) = re.findall(r'href="([^"]*)"', rendered.html)

    assert re.fullmatch(r"mailto:[\w%!$&*+,./:;=?@~-]+", unescape(found))
    assert f"<{unescape(found)}>" in rendered.text


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://x.test", "", "mailto:", "data:x"])
def test_an_action_is_a_mail_and_nothing_else(href: str, renderer: MailRenderer) -> None:
    actions = [{"name": "close", "href": href}]

    with pytest.raises(Unprocessable, match="not a mailto"):
        in_language(renderer, Notice.CLOSED, "en", actions=actions)


def test_a_link_that_is_right_stays_as_it_is() -> None:
    href = "mailto:support+abc@example.test?subject=Close%20TICK-1001&body=%23close%0D%0A"

    assert mail_link(href) == href


def test_an_unknown_color_is_gray(renderer: MailRenderer) -> None:
    state = SAMPLE["state"] | {"color": "red;background:url(x)"}
    html = in_language(renderer, Notice.ANSWER, "en", state=state).html

    assert "url(" not in html
    assert "#59636e" in html


# --- faults -------------------------------------------------------------------------------------


def test_a_broken_german_override_is_named_and_leaves_english_alone(tmp_path: Path) -> None:
    placed(tmp_path, "de", "desks/support/de")
    for place in ("de", "desks/support/de"):
        (tmp_path / place / "confirmation" / "body.txt").write_text("gut\n{{ tikcet.tag }}")
    renderer = MailRenderer(TEMPLATES, tmp_path)

    assert renderer.check() == (
        "template de/confirmation/body.txt:2: UndefinedError: 'tikcet' is undefined",
        "template desks/support/de/confirmation/body.txt:2: UndefinedError: 'tikcet' is undefined",
    )
    assert OURS["en"] in words(renderer, "en")
    with pytest.raises(Unprocessable, match="desks/support/de/confirmation"):
        words(renderer, "de")


def test_a_syntax_error_is_found_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "de" / "_base").mkdir(parents=True)
    (tmp_path / "de" / "_base" / "words.txt").write_text("{% set x = %}")

    problems = MailRenderer(TEMPLATES, tmp_path).check()

    assert [line.partition(": ")[0] for line in problems] == ["template de/_base/words.txt:1"]


def test_what_no_mail_can_use_is_named_and_nothing_else(tmp_path: Path) -> None:
    problems = {
        "anwser/body.txt": "template folder anwser: there is no notice of that name",
        "de/anwser/body.txt": "template folder de/anwser: there is no notice",
        "desks/sales/body.txt": "template folder desks/sales: there is no desk of that name",
        "desks/support/x/body.txt": "template folder desks/support/x: there is no notice",
        "answer/body.htm": "template answer/body.htm: no mail uses it (only subject.txt,",
    }
    for place in (*problems, "answer/body.txt~", "_mine/footer.txt", ".git/config", "README"):
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    found = MailRenderer(TEMPLATES, tmp_path, desks={"support": "en"}).check()

    assert len(found) == len(problems)
    for problem in problems.values():
        assert any(line.startswith(problem) for line in found), problem


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "zone", "written"),
    [
        ("en", "Europe/Berlin", "Monday, 30 November 2026, 14:00 (CET)"),
        ("de", "Europe/Berlin", "Montag, 30. November 2026, 14:00 Uhr (MEZ)"),
        ("fr", "Europe/Berlin", "lundi 30 novembre 2026, 14:00 (CET)"),
        ("en", "UTC", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("en", "America/New_York", "Monday, 30 November 2026, 08:00 (EST)"),
        ("de", "Asia/Kolkata", "Montag, 30. November 2026, 18:30 Uhr (IST)"),
        ("en", "America/Sao_Paulo", "Monday, 30 November 2026, 10:00 (UTC-03:00)"),
        ("en", "Nowhere/Land", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("en", "../../etc/passwd", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("en", "Europe", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("en", "", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("en", "a\0b", "Monday, 30 November 2026, 13:00 (UTC)"),
        ("xx", "UTC", "Monday, 30 November 2026, 13:00 (UTC)"),
    ],
)
def test_a_time_is_told_in_the_readers_language_and_zone(
    language: str, zone: str, written: str
) -> None:
    assert moment("2026-11-30T13:00:00+00:00", zone, language=language) == written
    assert day("2026-11-30T13:00:00Z", zone, language=language) == written.rpartition(",")[0]


def test_midnight_moves_the_day_with_the_zone() -> None:
    assert day("2026-11-30T23:30:00+00:00", "Europe/Berlin") == "Tuesday, 1 December 2026"


@pytest.mark.parametrize("text", ["", "2026-11-21 22:40 UTC", "soon", "<b>", "0001-01-01T00:00"])
def test_what_is_no_time_stays_as_it_is(text: str) -> None:
    shown = moment(text, "America/New_York")

    assert shown == text or "0001" in text
