"""Which files of customers are passed on, that nobody loses his ticket by them, and who hears."""

from dataclasses import replace
from typing import Any

import pytest

from helpdesk.core.decision import Decision, Known, Verdict
from helpdesk.core.files import CountPer, FilePolicy, folded, judged, logos, size_words, told
from helpdesk.core.mail import Attachment
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Confirm
from helpdesk.core.programs import WINDOWS
from helpdesk.core.sentences import in_language
from helpdesk.core.ticket import Participant, Role
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    EVE,
    World,
    conversation,
    mail,
    message,
    notices_to,
    only,
    rules,
    sent,
    token_address,
)

MB = 10**6
CUSTOMER = sent()


def file(name: str = "a.log", **more: Any) -> Attachment:
    values: dict[str, Any] = {
        "content_type": "text/plain",
        "size": 1000,
        "sha256": name,
        "part": name,
    }
    return Attachment(name, **(values | more))


EXE = file("setup.exe", content_type="application/octet-stream", executable=WINDOWS)
BIG = file("film.mp4", content_type="video/mp4", size=12 * MB)
LOGO = file("logo.png", content_type="image/png", size=9_000, sha256="logo")
SEVEN = tuple(file(f"{number}.log") for number in range(7))


@pytest.mark.parametrize(
    ("files", "policy", "already", "expected"),
    [
        ((file(),), {}, 0, [""]),
        ((EXE,), {}, 0, ["program for Windows"]),
        ((EXE,), {"refuse_executables": False}, 0, [""]),
        ((BIG, file()), {}, 0, ["larger than 10 MB", ""]),
        ((BIG,), {"max_size": 0}, 0, [""]),
        ((BIG,), {"max_size": 12 * MB}, 0, [""]),
        ((file(size=10 * 2**20),), {}, 0, [""]),
        ((file(size=10 * 2**20 + 1),), {}, 0, ["larger than 10 MB"]),
        (SEVEN, {}, 0, [""] * 5 + ["more than 5 in one mail"] * 2),
        (SEVEN, {}, 99, [""] * 5 + ["more than 5 in one mail"] * 2),
        (SEVEN, {"max_count": 0}, 0, [""] * 7),
        (SEVEN[:2], {"count_per": CountPer.TICKET}, 4, ["", "more than 5 in one ticket"]),
        (SEVEN[:2], {"count_per": CountPer.TICKET}, 9, ["more than 5 in one ticket"] * 2),
        # what is refused takes nobody's place
        ((EXE, *SEVEN[:5]), {}, 0, ["program for Windows", *[""] * 5]),
        (
            (file("a.PDF"), file("b.log"), LOGO),
            {"allowed": frozenset({".pdf", "image/*"})},
            0,
            ["", "not a kind of file that this desk takes", ""],
        ),
    ],
)
def test_a_file_is_refused_for_what_it_is_or_for_what_is_too_many(
    files: tuple[Attachment, ...], policy: dict[str, Any], already: int, expected: list[str]
) -> None:
    assert [each.refused for each in judged(files, FilePolicy(**policy), already)] == expected


@pytest.mark.parametrize(
    "extra",
    [
        replace(LOGO, quoted=True),
        replace(LOGO, recurs=True),
        file("smime.p7s", content_type="application/pkcs7-signature"),
        file("smime.p7s", content_type="application/octet-stream"),
        file("signature.asc", content_type="application/pgp-signature"),
        file("Re_ printer.eml", content_type="message/rfc822"),
    ],
)
def test_what_comes_along_by_itself_is_not_counted_and_may_be_of_any_kind(
    extra: Attachment,
) -> None:
    policy = FilePolicy(max_count=1, allowed=frozenset({".log"}))

    assert not any(each.refused for each in judged((extra, extra, file()), policy))


def test_a_program_among_the_images_of_a_signature_is_refused_and_named() -> None:
    hidden = replace(LOGO, quoted=True, executable=WINDOWS)

    decision = opened(hidden)

    assert only(decision.outbox, Notice.CONFIRMATION).variables["refused"]
    assert agents_files(decision)[0]["why_not"] == "not passed on: program for Windows"


def opened(*files: Attachment, world: World | None = None, **of: Any) -> Decision:
    return (world or World()).decide(mail(message(attachments=files, **of)))


def agents_files(decision: Decision, notice: Notice = Notice.NEW_TICKET) -> list[dict[str, Any]]:
    mails = [each for each in decision.outbox if each.notice is notice]
    (files,) = {str(each.variables["attachments"]): each for each in mails}.values()
    found: list[dict[str, Any]] = files.variables["attachments"]
    return found


def test_a_refused_file_never_costs_the_ticket() -> None:
    decision = opened(EXE, file())

    assert decision.verdict is Verdict.OPENED
    assert [each.refused for each in decision.entries[0].attachments] == [WINDOWS, ""]
    assert [each.filename for each in only_new_ticket(decision).files] == ["a.log"]
    assert [
        (each["filename"], each["sent"], each["why_not"]) for each in agents_files(decision)
    ] == [
        ("setup.exe", False, "not passed on: program for Windows"),
        ("a.log", True, ""),
    ]
    assert ("files", "refused", f"file 1: {WINDOWS}") in {
        (step.step, step.outcome, step.detail) for step in decision.evidence
    }


def only_new_ticket(decision: Decision) -> Any:
    return next(each for each in decision.outbox if each.notice is Notice.NEW_TICKET)


def test_the_confirmation_says_it_once_to_who_is_proved_with_the_name_of_the_file() -> None:
    decision = opened(EXE, BIG)

    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]
    assert only(decision.outbox, Notice.CONFIRMATION).variables["refused"] == [
        {"filename": "setup.exe", "kind": "program", "limit": "5"},
        {"filename": "film.mp4", "kind": "size", "limit": "10 MB"},
    ]


@pytest.mark.parametrize("author", [ANA.address, "new@elsewhere.example"])
def test_who_is_not_proved_reads_no_name_of_a_file(author: str) -> None:
    decision = opened(EXE, author=author, dmarc="")

    (found,) = only(decision.outbox, Notice.CONFIRMATION).variables["refused"]
    assert found["filename"] == ""


@pytest.mark.parametrize(
    ("fields", "dmarc"),
    [
        ((("auto-submitted", "auto-generated"),), "pass"),
        ((("precedence", "bulk"),), "pass"),
        ((), "fail"),
    ],
)
def test_programs_and_forgers_are_told_nothing(
    fields: tuple[tuple[str, str], ...], dmarc: str
) -> None:
    decision = opened(EXE, fields=fields, dmarc=dmarc)

    assert decision.entries[0].attachments[0].refused
    assert notices_to(decision, ANA) == []


def test_where_no_confirmations_are_sent_the_news_comes_alone() -> None:
    quiet = World(rules=rules(confirm=Confirm.NONE))

    assert notices_to(opened(EXE, world=quiet), ANA) == [Notice.FILES_REFUSED]
    assert notices_to(opened(file(), world=quiet), ANA) == []


def replied(*files: Attachment, talk: Any = None, to: str = "", **of: Any) -> Decision:
    world = World(
        conversations=(talk or conversation(),),
        sent=(CUSTOMER,),
        rules=rules(files=of.pop("policy", FilePolicy())),
    )
    return world.decide(mail(message(attachments=files, **of), to or token_address(CUSTOMER)))


def test_a_reply_with_a_refused_file_gets_one_mail_of_its_own() -> None:
    decision = replied(EXE, text="It still burns.")

    assert decision.verdict is Verdict.APPENDED
    assert notices_to(decision, ANA) == [Notice.FILES_REFUSED]
    notice = only(decision.outbox, Notice.FILES_REFUSED)
    assert notice.null_reverse_path
    assert notice.variables["refused"][0]["filename"] == "setup.exe"
    assert notices_to(replied(file(), text="It still burns."), ANA) == []


def test_a_reply_that_only_its_token_proves_reads_no_name() -> None:
    notice = only(replied(EXE, text="More.", dmarc="").outbox, Notice.FILES_REFUSED)

    assert notice.variables["echo"] is False
    assert "setup" not in str(notice.variables["refused"])
    assert notice.recipient_name == ""


def test_a_vacation_notice_with_a_program_is_not_answered() -> None:
    decision = replied(EXE, fields=(("auto-submitted", "auto-replied"),))

    assert decision.entries[0].attachments[0].refused
    assert notices_to(decision, ANA) == []


def test_who_was_only_copied_gets_nothing() -> None:
    talk = conversation(None, Participant(EVE, Role.COPIED))

    decision = replied(
        EXE, talk=talk, to="support@example.test", author=EVE.address, subject="[TICK-1001]"
    )

    assert decision.verdict is Verdict.APPENDED
    assert notices_to(decision, EVE) == []


def test_the_files_of_a_ticket_are_counted_where_the_desk_says_so() -> None:
    talk = replace(conversation(), counted=4)
    policy = FilePolicy(count_per=CountPer.TICKET)

    decision = replied(*SEVEN[:2], talk=talk, text="Two more.", policy=policy)

    (found,) = only(decision.outbox, Notice.FILES_REFUSED).variables["refused"]
    assert (found["filename"], found["kind"]) == ("1.log", "ticket")


def test_files_of_agents_go_out_as_ever() -> None:
    asked = sent(601, Purpose.ANSWER, BOB)
    world = World(conversations=(conversation(),), sent=(asked,))
    answer = message(
        BOB.address, "Re: Printer on fire [TICK-1001]", "Run this.", attachments=(EXE, BIG)
    )

    decision = world.decide(mail(answer, token_address(asked)))

    assert [f.filename for f in only(decision.outbox, Notice.ANSWER).files] == [
        "setup.exe",
        "film.mp4",
    ]


# --- images that come with every mail -------------------------------------------------------------


def test_an_image_that_came_with_two_mails_of_its_sender_is_folded() -> None:
    known = {(ANA.id, "logo")}

    assert [each.recurs for each in folded((LOGO, file()), ANA, known)] == [True, False]
    assert [each.recurs for each in folded((LOGO,), EVE, known)] == [False]
    assert [each.recurs for each in folded((LOGO,), None, known)] == [False]


@pytest.mark.parametrize(
    "other",
    [replace(LOGO, size=100_000), replace(LOGO, size=0), replace(LOGO, content_type="image.png")],
)
def test_only_small_images_are_logos(other: Attachment) -> None:
    assert logos((other,)) == frozenset()
    assert not folded((other,), ANA, {(ANA.id, "logo")})[0].recurs


class Remembering(World):
    def known(self) -> Known:
        return replace(super().known(), logos=frozenset({(ANA.id, "logo")}))


def test_a_folded_image_is_kept_and_not_listed_and_no_file_of_the_mail() -> None:
    decision = opened(LOGO, file(), world=Remembering())

    assert [each.recurs for each in decision.entries[0].attachments] == [True, False]
    assert [each["filename"] for each in agents_files(decision)] == ["a.log"]


def test_thanks_with_the_usual_logo_are_thanks() -> None:
    world = Remembering(conversations=(conversation(),), sent=(CUSTOMER,))

    decision = world.decide(
        mail(message(text="Thank you!", attachments=(LOGO,)), token_address(CUSTOMER))
    )

    assert "thank" in decision.reason


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (10 * 2**20, "10 MB"),
        (10 * MB, "10 MB"),
        (512 * 1024, "512 kB"),
        (500_000, "500 kB"),
        (1_234_567, "1.23 MB"),
    ],
)
def test_a_limit_is_said_as_people_say_it(octets: int, words: str) -> None:
    assert size_words(octets) == words


def test_german_agents_read_german_reasons_of_what_was_stored() -> None:
    for each in judged((EXE, BIG, *SEVEN), FilePolicy(allowed=frozenset({".log"}))):
        stored = str(each.refused)
        assert not stored or in_language("de", stored) != stored
    assert in_language("de", "not passed on: larger than 10 MB") == (
        "nicht weitergegeben: größer als 10 MB"
    )


def test_a_customer_reads_which_kinds_are_taken() -> None:
    policy = FilePolicy(allowed=frozenset({".pdf", "image/*"}))

    (found,) = told(judged((file(),), policy), policy, echo=True)

    assert (found["kind"], found["limit"]) == ("kind", "image/*, pdf")
