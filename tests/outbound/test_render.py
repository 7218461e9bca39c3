"""Words of outgoing mails."""

import json
import re
import shutil
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.history import fold_known
from helpdesk.core.marker import REPLY_MARKER, marker_line
from helpdesk.core.outgoing import TO_CUSTOMERS, WITHOUT_TICKET, Notice
from helpdesk.core.quoting import split
from helpdesk.core.token import reply_marks
from helpdesk.outbound import render
from helpdesk.outbound.render import LONGEST_SUBJECT, MOST_OUTPUT, MailRenderer
from helpdesk.outbound.samples import HISTORY, SAMPLE
from helpdesk.ports import Unprocessable
from tests.builders import KEYRING
from tests.folded import for_each
from tests.outbound.mails import TEMPLATES, outgoing

ON_TICKETS = sorted(set(Notice) - WITHOUT_TICKET - {Notice.SMS})
WITH_HTML = sorted(set(Notice) - {Notice.SMS})
EVIL = "<b onload=x>{{7*7}}{% for x in y %}\u202egnp.exe\u0000\ud800 &amp; \"'"


def everywhere(value: object, evil: str) -> Any:
    """The same values with something evil in every string."""
    if isinstance(value, str):
        return value + evil
    if isinstance(value, Mapping):
        return {key: everywhere(item, evil) for key, item in value.items()}
    return [everywhere(item, evil) for item in value] if isinstance(value, list) else value


def with_template(folder: Path, notice: str, file: str, source: str) -> MailRenderer:
    (folder / notice).mkdir(exist_ok=True)
    (folder / notice / file).write_text(source)
    return MailRenderer(TEMPLATES, folder)


def test_the_templates_that_we_ship_have_no_fault(renderer: MailRenderer) -> None:
    assert renderer.check() == ()


def test_of_what_nobody_changed_only_the_absence_is_noticed_at_a_start(tmp_path: Path) -> None:
    ours = shutil.copytree(TEMPLATES, tmp_path / "ours")
    (ours / "answer" / "body.txt").unlink()
    (ours / "receipt" / "body.txt").write_text("{{ nobody.knows }}")
    theirs = tmp_path / "theirs"
    (theirs / "closed").mkdir(parents=True)
    (theirs / "closed" / "body.txt").write_text("{{ nobody.knows }}")

    (absent,) = MailRenderer(ours).check(ours=False)
    tried = MailRenderer(TEMPLATES, theirs).check(ours=False)

    assert absent == "template answer/body.txt: there is no such file"
    assert len(tried) == 1
    assert tried[0].startswith("template closed/body.txt:1:")


@for_each("notice", Notice)
def test_every_notice_is_rendered_for_values_that_came_out_of_the_store(
    notice: Notice, renderer: MailRenderer
) -> None:
    rendered = renderer.render(outgoing(notice, variables=json.loads(json.dumps(SAMPLE))))

    assert rendered == renderer.render(outgoing(notice))
    assert ("TICK-1001" in rendered.subject) or notice in WITHOUT_TICKET
    assert "\n" not in rendered.subject


@pytest.mark.parametrize("notice", sorted(set(Notice) - TO_CUSTOMERS))
def test_mail_to_agents_begins_with_the_line_to_reply_above(
    notice: Notice, renderer: MailRenderer
) -> None:
    rendered = renderer.render(outgoing(notice))

    assert rendered.text.startswith(REPLY_MARKER + "\n")
    body = rendered.html.partition("<body")[2]
    assert REPLY_MARKER in body[: body.index("</div>")]


@for_each("quote", ["", "> "])
@for_each("notice", sorted(set(Notice) - TO_CUSTOMERS))
def test_of_a_reply_only_what_stands_above_the_line_is_new(
    notice: Notice, quote: str, renderer: MailRenderer
) -> None:
    marked = {**SAMPLE, "marker": marker_line(KEYRING, 1)}
    text = renderer.render(outgoing(notice, variables=marked)).text
    reply = "Please try again.\n\n" + "".join(f"{quote}{line}\n" for line in text.split("\n"))

    words = fold_known(split(reply), [], reply_marks(KEYRING, 1))

    assert words.new == "Please try again."


@pytest.mark.parametrize("notice", sorted(TO_CUSTOMERS))
def test_mail_to_customers_looks_like_mail_from_people(
    notice: Notice, renderer: MailRenderer
) -> None:
    rendered = renderer.render(outgoing(notice))

    assert REPLY_MARKER not in rendered.text + rendered.html
    assert "#send" not in rendered.text


@for_each("notice", Notice)
def test_our_own_lines_of_text_are_short(notice: Notice, renderer: MailRenderer) -> None:
    for line in renderer.render(outgoing(notice)).text.split("\n"):
        assert len(line) <= 78 or re.fullmatch(r"<mailto:\S+>", line)


LONG = {
    "ticket": SAMPLE["ticket"] | {"subject": "a long subject " * 10},
    "requester": {"name": "Ana Maria " * 12, "address": "ana@example.test"},
    "author": {"name": "Ana Maria " * 12, "address": "other@example.test"},
    "reason": "a long reason " * 20,
    "warnings": ["a long warning " * 20],
    "outcome": "a long outcome " * 20 + "\n- and a second line of it",
    "possibly_about": "TICK-1 " * 20,
    "facts": [{"label": "Sender", "value": "a long fact " * 20}],
    "report": {"recipient": "ana@example.test", "status": "5.0.0", "diagnostic": "no " * 99},
    "state": dict.fromkeys(SAMPLE["state"], "a long label " * 9),
    "duplicates": [SAMPLE["duplicates"][0] | {"subject": "a long subject " * 10}],
    "lines": [SAMPLE["lines"][0] | {"text": "#tag " + "long " * 20, "words": "a long word " * 20}],
    "told": ["Ana Maria <ana@example.test>"] * 9,
    "tickets": [SAMPLE["tickets"][0] | {"subject": "a long subject " * 10}],
    "query": "long words " * 20,
    "by": {"name": "Eva Maria " * 12},
}


@for_each("reply_does", ["answer", "command"])
@for_each("notice", Notice)
def test_long_values_are_wrapped_in_our_own_lines(
    notice: Notice, reply_does: str, renderer: MailRenderer
) -> None:
    variables = dict(SAMPLE) | LONG | {"reply_does": reply_does, "attachments": []}
    text = renderer.render(outgoing(notice, variables=variables)).text

    # What a reply does, and who signs, stand in one line however long the name is.
    one = ("Reply = ", "Ana Maria", "<mailto:")
    own = [line for line in text.split("\n") if not line.startswith(one)]
    assert max(map(len, own)) <= 78


def rendered_both(renderer: MailRenderer, notice: Notice, **more: Any) -> tuple[str, str]:
    """Text and HTML, each with single spaces only."""
    mail = renderer.render(outgoing(notice, variables=dict(SAMPLE) | more))
    html = unescape(re.sub(r"<[^>]*>", " ", mail.html))
    return " ".join(mail.text.split()), " ".join(html.split())


@pytest.mark.parametrize("notice", sorted(set(Notice) - TO_CUSTOMERS - WITHOUT_TICKET))
def test_a_customer_never_looks_like_the_sender_of_a_notice(
    notice: Notice, renderer: MailRenderer
) -> None:
    for words in rendered_both(renderer, notice):
        assert "From:" not in words
        assert re.search("Customer:? Ana Ruiz", words)


@pytest.mark.parametrize("notice", [Notice.ANSWER_PARKED, Notice.WAS_THIS_YOU])
def test_a_question_shows_its_choices_what_came_between_and_the_lack_of_words(
    notice: Notice, renderer: MailRenderer
) -> None:
    for words in rendered_both(renderer, notice, text="", reply_does="command"):
        assert "Reply = tell us what to do" in words
        assert "(no words)" in words
        assert "It says that the license is not valid." in words
        assert all(command in words for command in ("#send", "#note", "#drop"))


def test_whose_name_was_used_can_judge_by_facts(renderer: MailRenderer) -> None:
    reason = "it came from an address that is not yours"
    for words in rendered_both(renderer, Notice.WAS_THIS_YOU, reason=reason):
        assert f"It could not be proved that this mail is yours: {reason}." in words
        assert re.search("Received:? 2026-11-21 22:41 UTC", words)
        assert "Since then" in words


@pytest.mark.parametrize("notice", [Notice.NEW_TICKET, Notice.CUSTOMER_REPLIED])
def test_an_agent_learns_what_is_folded_and_who_cannot_be_reached(
    notice: Notice, renderer: MailRenderer
) -> None:
    for words in rendered_both(renderer, notice):
        assert "12 more lines (quotation, signature) are folded:" in words
        assert "Start your reply with #note to keep it as an internal note." in words
        assert "Reply = answer to Ana Ruiz" in words
        assert "Forwarded by Carl Agent" in words
        assert re.search("License:? …-7F3A", words)
        assert re.search("About:? possibly TICK-1000", words)
        assert "The customer's address comes from the forwarded text" in words
    for words in rendered_both(renderer, notice, folded=1, reachable=False, forwarded_by=None):
        assert "1 more line (quotation, signature) is folded:" in words
        assert "A reply cannot reach the customer: there is no usable address." in words
        assert "Reply = answer" not in words
        assert "orwarded" not in words
    other = {"name": "Eva", "address": "eva@example.test"}
    for words in rendered_both(renderer, notice, folded=0, author=other):
        assert "folded" not in words
        assert re.search("Author:? Eva <eva@example.test", words)


def test_a_receipt_repeats_the_choices_while_the_answer_waits(renderer: MailRenderer) -> None:
    for words in rendered_both(renderer, Notice.RECEIPT, reply_does="command"):
        assert "Reply = tell us what to do" in words
        assert all(command in words for command in ("#send", "#note", "#drop"))
    no_more: dict[str, Any] = {"lines": [], "can_mute": False}
    for words in rendered_both(renderer, Notice.RECEIPT, reply_does="answer", **no_more):
        assert "Reply = answer to Ana Ruiz" in words
        assert "#" not in words.replace(REPLY_MARKER, "")


@pytest.mark.parametrize(("files", "word"), [(1, "file."), (2, "files.")])
def test_an_answer_of_files_only_says_so(files: int, word: str, renderer: MailRenderer) -> None:
    attachments = SAMPLE["attachments"] * files
    for words in rendered_both(renderer, Notice.ANSWER, text="", attachments=attachments):
        assert f"Please see the attached {word}" in words


def test_a_confirmation_leaves_a_blank_line_before_the_desk(renderer: MailRenderer) -> None:
    for echo in (True, False):
        variables = dict(SAMPLE) | {"echo": echo, "actions": []}
        text = renderer.render(outgoing(Notice.CONFIRMATION, variables=variables)).text
        assert "\n\nSupport\n\n-- \n" in text


@for_each("notice", WITH_HTML)
def test_values_are_never_markup_or_template(notice: Notice, renderer: MailRenderer) -> None:
    rendered = renderer.render(outgoing(notice, variables=everywhere(SAMPLE, EVIL)))

    assert "<b onload" not in rendered.html
    assert "&lt;b onload=x&gt;{{7*7}}" in rendered.html
    assert "{{7*7}}" in rendered.text
    for words in (rendered.subject, rendered.text, rendered.html):
        assert not {"\u202e", "\0", "\ud800", "\r"} & set(words)
        words.encode()


@for_each("notice", Notice)
def test_nothing_is_loaded_from_elsewhere(notice: Notice, renderer: MailRenderer) -> None:
    html = renderer.render(outgoing(notice)).html
    # A link of an agent's to his own license server loads nothing.
    html = html.replace(f'<a href="{HISTORY}"', "<a")

    for word in ("http:", "https:", "src=", "url(", "<link", "<script", "<style", "@import"):
        assert word not in html


@for_each("notice", WITH_HTML)
def test_the_text_has_the_same_words_as_the_html(notice: Notice, renderer: MailRenderer) -> None:
    unlike = {"author": {"name": "Zoe", "address": "z@x.test"}, "text": "Words of their own."}
    rendered = renderer.render(outgoing(notice, variables=dict(SAMPLE) | unlike))

    for words in ("Words of their own.", "Zoe", "TICK-1001", "#send", "#drop", "Ana Ruiz"):
        assert (words in rendered.text) == (words in rendered.html)


def test_an_unproved_sender_gets_no_word_of_his_back(renderer: MailRenderer) -> None:
    variables = everywhere(SAMPLE, "secretword") | {"echo": False, "desk": SAMPLE["desk"]}
    variables["promised"] = SAMPLE["promised"]
    variables["refused"] = [{"filename": "secretword.exe", "kind": "program", "limit": "5"}]
    variables["ticket"]["tag"] = "TICK-1001"
    rendered = renderer.render(outgoing(Notice.CONFIRMATION, variables=variables))

    assert rendered.subject == "We received your message [TICK-1001]"
    assert "secretword" not in rendered.text + rendered.html
    assert "Ben Agent" not in rendered.text + rendered.html


def test_the_subject_of_a_conversation_never_changes(renderer: MailRenderer) -> None:
    constant = set(ON_TICKETS) - {Notice.NEW_TICKET}
    subjects = {renderer.render(outgoing(notice)).subject for notice in constant}

    assert subjects == {"Re: Cannot activate [TICK-1001]"}


@pytest.mark.parametrize("subject", ["", "x" * 5_000, "two\nlines\r\nBcc: evil", "  spaces  "])
def test_a_subject_is_one_clean_line_and_keeps_its_tag(
    subject: str, renderer: MailRenderer
) -> None:
    variables = dict(SAMPLE) | {"ticket": SAMPLE["ticket"] | {"subject": subject}}
    rendered = renderer.render(outgoing(variables=variables))

    assert rendered.subject.isprintable()
    assert len(rendered.subject) <= LONGEST_SUBJECT
    assert rendered.subject.endswith("[TICK-1001]")
    assert "  " not in rendered.subject


@pytest.mark.parametrize(
    "text", ['"\n ' * 70_000, "<" * 200_000, "long " * 50_000, "ä\u2028" * 9_000]
)
def test_a_long_answer_goes_out_whole(text: str, renderer: MailRenderer) -> None:
    rendered = renderer.render(outgoing(variables=dict(SAMPLE) | {"text": text}))

    assert rendered.text.count("\n") >= text.count("\n")
    assert len(rendered.text) > 0.99 * len(text.strip())


def test_the_layout_of_an_answer_is_kept_in_html(renderer: MailRenderer) -> None:
    text = "See https://example.test/a?b=1&c=2.\n\n  if x:\n\treturn"
    html = renderer.render(outgoing(variables=dict(SAMPLE) | {"text": text})).html

    assert '<a href="https://example.test/a?b=1&amp;c=2">' in html
    assert "</a>.<br>\n<br>\n&nbsp; if x:<br>\n&nbsp; &nbsp; return" in html


@pytest.mark.parametrize("text", ["javascript:alert(1)", 'https://x.test/"onclick="x'])
def test_a_link_can_only_lead_to_the_web(text: str, renderer: MailRenderer) -> None:
    html = renderer.render(outgoing(variables=dict(SAMPLE) | {"text": text})).html

    assert 'href="javascript' not in html
    assert '"onclick=' not in html


# --- templates of operators -----------------------------------------------------------------------


def test_an_operator_overrides_one_file_and_keeps_the_others(tmp_path: Path) -> None:
    mine = with_template(tmp_path, "answer", "subject.txt", "Mine: {{ ticket.subject }}")

    assert mine.render(outgoing()).subject == "Mine: Cannot activate"
    assert mine.render(outgoing()).text == MailRenderer(TEMPLATES).render(outgoing()).text


def test_a_template_that_was_mended_is_used_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "FRESH_FOR", 0)
    mine = with_template(tmp_path, "answer", "subject.txt", "{{ oops }}")
    with pytest.raises(Unprocessable):
        mine.render(outgoing())
    (tmp_path / "answer" / "subject.txt").write_text("mended, and longer than before")

    assert mine.render(outgoing()).subject == "mended, and longer than before"


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("fine\n{{ tiket.tag }}", "answer/body.txt:2", "'tiket' is undefined"),
        ("fine\n\n{{ ticket.nmber }}", "answer/body.txt:3", "has no attribute 'nmber'"),
        ("{% if %}", "answer/body.txt:1", "Expected an expression"),
        ("{% for x in %}", "answer/body.txt:1", "TemplateSyntaxError"),
        ("\n{{ 1 // 0 }}", "answer/body.txt:2", "ZeroDivisionError"),
        ("{{ ''.__class__ }}", "answer/body.txt:1", "unsafe"),
        ("{{ ticket.update({}) }}", "answer/body.txt:1", "SecurityError"),
        ("{{ 'a' * 10**9 }}", "answer/body.txt:1", "not allowed"),
        ("{{ text | nosuch }}", "answer/body.txt:1", "No filter named 'nosuch'"),
        ("{% include 'nosuch.txt' %}", "answer/body.txt:1", "nosuch.txt"),
        ("{% include '../../etc/passwd' %}", "answer/body.txt:1", "etc/passwd"),
        ("{% include 'answer/body.txt' %}", "answer/body.txt:1", "RecursionError"),
        ("{% for x in range(90000) %}{{ text }}{% endfor %}", "answer/body.txt", "too long"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(
    source: str, place: str, message: str, tmp_path: Path
) -> None:
    mine = with_template(tmp_path, "answer", "body.txt", source)

    with pytest.raises(Unprocessable) as caught:
        mine.render(outgoing())
    assert place in str(caught.value)
    assert message in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    (problem,) = mine.check()
    assert problem == str(caught.value) or "too long" in message


def test_a_template_cannot_make_much_out_of_nothing(tmp_path: Path) -> None:
    source = f"{{{{ 'x' | center({MOST_OUTPUT * 2}) }}}}"

    with pytest.raises(Unprocessable, match="too long"):
        with_template(tmp_path, "answer", "body.html", source).render(outgoing())


def test_only_plain_values_reach_a_template(renderer: MailRenderer) -> None:
    with pytest.raises(Unprocessable, match="Path"):
        renderer.render(outgoing(variables=dict(SAMPLE) | {"text": Path("/etc/passwd")}))
