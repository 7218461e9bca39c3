"""What is new in a message, in the forms of many mail clients and languages."""

import time

import pytest

from benchmarks.hostile_texts import TEXTS
from helpdesk.core.quoting import INDENT_BEGIN, INDENT_END, QUOTE_BEGIN, QUOTE_END, split
from tests.folded import for_each

INTRODUCTIONS = [
    "On Mon, Oct 6, 2025 at 10:00 AM Ana Ruiz <ana@example.com> wrote:",
    "On Mon, 6 Oct 2025 10:00:00 +0000, Ana Ruiz\n<ana@example.com> wrote:",
    "On Nov 30, 2011, at 12:47 PM, Somebody <\nabc@some.example>\nwrote:",
    "Am 06.10.2025 um 10:00 schrieb Ana Ruiz:",
    "Am Mo., 6. Okt. 2025 um 10:00 Uhr schrieb Ana Ruiz <\nana@example.com>:",
    "Ana Ruiz <ana@example.com> schrieb am Mo., 6. Okt. 2025, 10:00:",
    "Le lun. 6 oct. 2025 à 10:00, Ana Ruiz <ana@example.com> a écrit :",
    "El lun, 6 oct 2025 a las 10:00, Ana Ruiz (<ana@example.com>) escribió:",
    "Em seg., 6 de out. de 2025 às 10:00, Ana <ana@example.com> escreveu:",
    "Il giorno lun 6 ott 2025 alle ore 10:00 Ana <ana@example.com> ha scritto:",
    "Op ma 6 okt 2025 om 10:00 schreef Ana Ruiz <ana@example.com>:",
    "Den mån 6 okt. 2025 kl 10:00 skrev Ana Ruiz <ana@example.com>:",
    "W dniu 6.10.2025 o 10:00, Ana Ruiz pisze:",
    "Dne 6. 10. 2025 v 10:00 Ana Ruiz napsal(a):",
    "пн, 6 окт. 2025 г. в 10:00, Ana Ruiz <ana@example.com>:",
    "6.10.2025 10:00, Ana Ruiz пишет:",
    "2025-10-06 10:00 GMT+02:00 Ana Ruiz <ana@example.com>:",
    "2025年10月6日(月) 10:00 Ana Ruiz <ana@example.com>:",
    "在 2025年10月6日 10:00，Ana <ana@example.com> 写道：",
    "Ana Ruiz <ana@example.com> ezt írta (időpont: 2025. okt. 6., H, 10:00):",
]
DIVIDERS = [
    "-----Original Message-----\nFrom: Ana\nSent: Monday\nTo: x\nSubject: y",
    "-----Ursprüngliche Nachricht-----\nVon: Ana",
    "-------- Message original --------",
    "-----Mensaje original-----",
    "---------- Forwarded message ---------\nFrom: Ana <ana@example.com>",
    "Begin forwarded message:",
    "________________________________\nFrom: Ana <ana@example.com>\nSent: Monday\nSubject: y",
    "From: Ana Ruiz <ana@example.com>\nSent: Monday, October 6, 2025 10:00 AM\nTo: x\nSubject: y",
    "*From:* Ana Ruiz <ana@example.com>\n*Sent:* Monday\n*Subject:* y",
    "Von: Ana Ruiz\nGesendet: Montag, 6. Oktober 2025 10:00\nAn: x\nBetreff: y",
    "De : Ana Ruiz\nEnvoyé : lundi 6 octobre 2025 10:00\nÀ : x\nObjet : y",
    "De: Ana\nEnviado el: lunes\nPara: x\nAsunto: y",
    "Da: Ana\nInviato: lunedì\nA: x\nOggetto: y",
    "От: Ana\nОтправлено: ‎четверг‎, ‎26‎ июня 2014 г. ‎15‎:‎05\nКому: x",
    '"Ana Ruiz" <ana@example.com>\n05.01.2026 10:12\n\nTo\n<bob@example.com>\ncc\n\nSubject\nx',
    "Ana Ruiz/Example\n05.01.2026 10:12\n\nAn\nBob/Example@Example\nKopie\n\nThema\nx",
    "差出人: Ana\n送信日時: 2025年10月6日\n宛先: x\n件名: y",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_a_quote_below_the_answer_is_history(introduction: str) -> None:
    words = split(f"Yes, it works.\n\n{introduction}\n\n> Does it work?\n> Ana\n")

    assert words.new == "Yes, it works."
    assert "Does it work?" in words.quoted


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_a_quote_without_marks_is_history_up_to_the_end(introduction: str) -> None:
    words = split(f"Yes, it works.\n\n{introduction}\n\nDoes it work?\n\nAna\n")

    assert words.new == "Yes, it works."
    assert words.quoted.endswith("Ana")


@pytest.mark.parametrize("divider", DIVIDERS)
def test_below_a_dividing_line_all_is_history(divider: str) -> None:
    words = split(f"Yes, it works.\n\n{divider}\n\nDoes it work?\n")

    assert words.new == "Yes, it works."
    assert words.quoted.endswith("Does it work?")


def test_an_answer_below_the_quote_is_new() -> None:
    words = split(f"{INTRODUCTIONS[0]}\n> Does it work?\n\nYes, it does.\n")

    assert words.new == "Yes, it does."


def test_answers_between_quotes_are_all_kept() -> None:
    text = f"Hi,\n\n{INTRODUCTIONS[3]}\n> One?\n\nFirst.\n\n> Two?\n\nSecond.\n"

    assert split(text).new.split() == ["Hi,", "First.", "Second."]


def test_an_answer_below_an_unmarked_introduction_is_new_if_nothing_else_is() -> None:
    words = split(f"{INTRODUCTIONS[0]}\n\nThe key is wrong.\n")

    assert words.new == "The key is wrong."
    assert words.quoted == words.new


def test_words_between_an_unmarked_introduction_and_a_quote_may_all_be_quoted() -> None:
    words = split(f"{INTRODUCTIONS[0]}\n\n#close\n\n{INTRODUCTIONS[3]}\n> A key.\n")

    assert words.new == words.quoted == "#close"


@pytest.mark.parametrize(
    "rule", ["-" * 20, "_" * 30, "------------------ Original ------------------"]
)
@pytest.mark.parametrize("said", ["", "Yes, it works.\n\n"])
def test_a_line_above_a_quotation_is_no_words(said: str, rule: str) -> None:
    marked = split(f"{said}{rule}\n\n{QUOTE_BEGIN}\nDoes it work?\n{QUOTE_END}\n")
    header = split(f"{said}{rule}\n{DIVIDERS[7]}\n\nDoes it work?\n")

    assert header.new == (said.strip() or header.quoted)
    if "Original" not in rule:
        assert marked.new == (said.strip() or marked.quoted)


@pytest.mark.parametrize(
    "text",
    [
        "#time 20m\n/take",
        "#time 20m\n\n#cc carl@example.test",
        "/take\n\n- #close",
        "#note\n\n#tag x",
    ],
)
@pytest.mark.parametrize(
    "below", ["", "\n\n-- \nAna Ruiz", "\n\nAna Ruiz", "\n\nSent from my iPhone"]
)
def test_no_command_is_taken_for_a_signature(text: str, below: str) -> None:
    words = split(f"{text}{below}\n\n{INTRODUCTIONS[0]}\n> Does it work?\n", "Ana Ruiz")

    assert words.new == text


def test_a_quoted_line_that_wrapping_cut_is_quoted() -> None:
    quoted = "> this question goes on for so long that the client of the sender broke it"
    words = split(f"Yes.\n\n{INTRODUCTIONS[0]}\n{quoted}\nin two\n> here.\n")

    assert words.new == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "As John wrote: this works.\nAnd more.",
        "On Monday I wrote the code:\n\nprint(1)",
        "Steps:\nFrom: the menu choose Save\nand wait",
        "Please note:\n-------\nall fails",
        "The log says at 10:00:\nerror 5",
        "See:\nThe log of 10:12 says:\nerror 5",
        "I want to travel.\n\nFrom: Berlin\nTo: Paris\nDate: 5 January",
    ],
)
def test_ordinary_words_are_no_history(text: str) -> None:
    assert split(text).new == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAna Ruiz\nExample GmbH\nTel. +49 89 1234567",
        "--\nAna",
        "Best regards,\nAna Ruiz",
        "Thanks,\nAna",
        "Thanks, Ana",
        "Mit freundlichen Grüßen\n\nAna Ruiz\nExample GmbH",
        "Viele Grüße\nAna",
        "Cordialement,\nAna",
        "Saludos\nAna",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Ana Ruiz\nSupport Engineer\n+49 89 1234567",
    ],
)
def test_a_signature_is_no_new_word(signature: str) -> None:
    words = split(f"It fails again, please help me.\n\n{signature}\n", "Ana Ruiz")

    assert words.new == "It fails again, please help me."
    assert words.signature == signature


def test_the_name_of_the_author_alone_is_a_signature() -> None:
    assert split("It fails\n\nAna", "Ana Ruiz").signature == "Ana"
    assert split("It runs on\n\nWindows", "Ana Ruiz").signature == ""


def test_the_signature_above_the_quote_is_found() -> None:
    words = split(f"Yes.\n\nRegards,\nAna\n\n{INTRODUCTIONS[0]}\n> Does it?\n")

    assert (words.new, words.signature) == ("Yes.", "Regards,\nAna")


@pytest.mark.parametrize(
    "text", ["Thanks", "Thank you!", "Ana", "-- \nAna", "> quoted only", "Best regards,\nAna"]
)
def test_a_message_with_words_never_has_no_new_words(text: str) -> None:
    assert split(text, "Ana").new.strip()


def test_an_empty_text_has_no_words() -> None:
    words = split("\n \n")

    assert (words.new.strip(), words.signature, words.quoted.strip()) == ("", "", "")


def test_parts_that_the_markup_reader_marked_are_quoted() -> None:
    words = split(
        f"Yes.\n{QUOTE_BEGIN}\nDoes it?\n{QUOTE_BEGIN}\nold\n{QUOTE_END}\n{QUOTE_END}\nBye now"
    )

    assert words.new == "Yes.\nBye now"
    assert words.quoted == "Does it?\nold"
    assert QUOTE_BEGIN not in words.text


@for_each("name", TEXTS)
def test_the_time_grows_no_faster_than_the_text(name: str) -> None:
    times = []
    for size in (3_000, 30_000):
        text = TEXTS[name](size)
        start = time.process_time()
        split(text, "Ana Ruiz")
        times.append(time.process_time() - start)

    assert times[1] < 20 * times[0] + 0.1


def test_what_is_wholly_quoted_can_be_told_from_new_words() -> None:
    words = split("> old\n> older")

    assert words.new == words.quoted == "> old\n> older"


@pytest.mark.parametrize("before", ["Yes, it works.", "Yes", "It works:"])
@pytest.mark.parametrize("dashes", ["", "--- "])
def test_words_and_an_introduction_in_one_line_are_told_apart(before: str, dashes: str) -> None:
    line = f"{before} {dashes}{INTRODUCTIONS[0]}"
    words = split(f"Hi,\n{line}\n> Does it work?\n")

    assert words.new.split("\n") == ["Hi,", f"{before} " if not dashes else before]
    assert words.text.split("\n")[1] == line


def test_answers_below_words_and_an_introduction_in_one_line_are_new() -> None:
    words = split(f"Hi, see below. {INTRODUCTIONS[0]}\n> One?\n\nFirst.\n\n> Two?\n\nSecond.\n")

    assert words.new.split("\n")[0] == "Hi, see below. "
    assert words.new.split()[-2:] == ["First.", "Second."]


def test_an_introduction_may_stand_in_one_line_with_its_quotation() -> None:
    words = split(f"Yes.\n\n{INTRODUCTIONS[0]} > Does it work? > Ana\n")

    assert words.new == "Yes."


@pytest.mark.parametrize("mark", ["> ", ">", "| ", "» ", "AR> ", "Ana>"])
def test_marks_of_many_kinds_quote(mark: str) -> None:
    text = f"{INTRODUCTIONS[0]}\n{mark}One?\n\nFirst.\n\n{mark}Two?\n\nSecond.\n"

    assert split(text).new.split() == ["First.", "Second."]


@pytest.mark.parametrize(
    "text",
    [
        "| name | value |\n| lamp | red |",
        "»Rot« leuchtet sie, »rot«.",
        "SQL> select 1 from dual;\nERROR at line 1",
        "C> dir\nfile not found",
    ],
)
def test_tables_quotation_marks_and_prompts_are_no_quotes(text: str) -> None:
    assert split(text).new == text


@pytest.mark.parametrize("below", ["\n", "\nnew words below\n"])
def test_a_set_off_block_is_a_quotation_below_an_introduction_only(below: str) -> None:
    block = f"{INDENT_BEGIN}\nthe error says no\n{INDENT_END}{below}"

    assert "the error says no" in split(f"Look:\n{block}").new
    introduced = split(f"Yes.\n{INTRODUCTIONS[0]}\n{block}")
    assert introduced.new.split("\n") == ["Yes.", *below.split("\n")[1:-1]]


def test_an_address_in_a_line_of_its_own_belongs_to_its_introduction() -> None:
    introduction = "On Jan 5, 2026, at 10:12 AM, Ana Ruiz <\nana@example.com\n> wrote:"

    assert split(f"Yes.\n\n{introduction}\n> Does it?").new == "Yes."
