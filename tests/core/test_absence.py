"""Until when somebody is away: sentences of many languages, and dates that say nothing of it."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.absence import LONGEST, MOST_CHARACTERS, absence_of, away_until
from helpdesk.core.absence_words import fold
from helpdesk.core.classify import Classification, Kind
from helpdesk.core.mail import Arrival, Envelope, Mail, Message, Words
from tests.folded import for_each

WRITTEN = date(2026, 12, 18)  # a Friday
IN_SUMMER = date(2026, 7, 30)  # a Thursday

# Everything is written on WRITTEN, unless the day is one of the summer before.
SAID = [
    ("en", "I am out of the office and back on 5 January.", "2027-01-05"),
    ("en", "I'll return to my desk on Tuesday, January 5th, 2027.", "2027-01-05"),
    ("en", "I am away until Monday.", "2026-12-21"),
    ("en", "Back Monday, 4 Jan.", "2027-01-04"),
    ("en", "On vacation from Aug 3 through Aug 14.", "2026-08-14"),
    ("en", "I am on leave 3-14 August 2026 and read no mail.", "2026-08-14"),
    ("en", "I will be away August 3 - 14.", "2026-08-14"),
    ("en", "Our office is closed from 24/12/2026 to 04/01/2027.", "2027-01-04"),
    ("en", "I am away 12/21/2026 - 01/05/2027.", "2027-01-05"),
    ("en", "I will answer after the 5th of January.", "2027-01-05"),
    ("en", "On 5 January I will be back in the office.", "2027-01-05"),
    ("en", "I am on parental leave until 2027-06-30.", "2027-06-30"),
    ("en", "Out until 4 January. I return on 5 January.", "2027-01-05"),
    ("en", "Out until 5-Jan-27, no access to mail.", "2027-01-05"),
    ("de", "Ich bin ab dem 5.1.2027 wieder im Büro.", "2027-01-05"),
    ("de", "Ich bin vom 3. bis 14. August nicht im Haus.", "2026-08-14"),
    ("de", "Bis einschließlich 4. Januar bin ich im Urlaub.", "2027-01-04"),
    ("de", "Bis einschl. Montag, den 4. Januar, bin ich nicht da.", "2027-01-04"),
    ("de", "Ihre Nachricht lese ich nach dem 6. Januar.", "2027-01-06"),
    ("de", "Am 5. Jänner bin ich zurück.", "2027-01-05"),
    ("de", "Urlaub 24.12. - 05.01.2027", "2027-01-05"),
    ("de", "Ich bin bis 5.1. nicht da, ab 6.1. wieder.", "2027-01-06"),
    ("de", "Ich bin am Montag wieder erreichbar.", "2026-12-21"),
    ("fr", "Je suis absente jusqu’au 5 janvier.", "2027-01-05"),
    ("fr", "De retour le 1er septembre.", "2026-09-01"),
    ("fr", "En congés du 3 au 14 août, je lirai votre message ensuite.", "2026-08-14"),
    ("fr", "Je serai de retour lundi.", "2026-12-21"),
    ("es", "Estaré fuera hasta el 5 de enero de 2027.", "2027-01-05"),
    ("es", "Regreso el lunes 4 de enero.", "2027-01-04"),
    ("es", "Estoy de vacaciones del 3 al 14 de agosto.", "2026-08-14"),
    ("pt", "Estou ausente até 5 de janeiro.", "2027-01-05"),
    ("pt", "Regresso no dia 04/01/2027.", "2027-01-04"),
    ("pt", "Voltarei na segunda-feira.", "2026-12-21"),
    ("it", "Sono in ferie fino al 6 gennaio compreso.", "2027-01-06"),
    ("it", "Rientrerò il 07/01/2027.", "2027-01-07"),
    ("it", "Sarò assente dal 3 al 14 agosto.", "2026-08-14"),
    ("nl", "Ik ben afwezig tot en met 4 januari.", "2027-01-04"),
    ("nl", "Ik ben op 5 januari weer op kantoor.", "2027-01-05"),
    ("nl", "Met vakantie t/m 14 augustus.", "2026-08-14"),
    ("sv", "Jag är ledig till och med den 4 januari.", "2027-01-04"),
    ("sv", "Jag är åter på måndag.", "2026-12-21"),
    ("da", "Jeg er på ferie til og med 14. august.", "2026-08-14"),
    ("da", "Jeg er tilbage den 5. januar 2027.", "2027-01-05"),
    ("no", "Jeg er tilbake mandag 4. januar.", "2027-01-04"),
    ("no", "Jeg har fri frem til 5. januar.", "2027-01-05"),
    ("fi", "Olen lomalla 4.1.2027 asti.", "2027-01-04"),
    ("fi", "Palaan töihin 5. tammikuuta.", "2027-01-05"),
    ("pl", "Jestem na urlopie do dnia 5 stycznia.", "2027-01-05"),
    ("pl", "Wracam 04.01.2027.", "2027-01-04"),
    ("pl", "Nieobecna od 3 do 14 sierpnia.", "2026-08-14"),
    ("cs", "Jsem na dovolené do 5. ledna.", "2027-01-05"),
    ("cs", "Vrátím se v pondělí 4. ledna 2027.", "2027-01-04"),
    ("sk", "Som na dovolenke do 5. januára 2027.", "2027-01-05"),
    ("hu", "Szabadságon vagyok 2027. január 5-ig.", "2027-01-05"),
    ("hu", "Január 5-én újra elérhető leszek.", "2027-01-05"),
    ("ro", "Sunt în concediu până pe 5 ianuarie.", "2027-01-05"),
    ("tr", "5 Ocak 2027 tarihine kadar izindeyim.", "2027-01-05"),
    ("tr", "14 Ağustos'a kadar ofis dışındayım.", "2026-08-14"),
    ("tr", "4 Ocak Pazartesi günü geri döneceğim.", "2027-01-04"),
    ("ru", "Я в отпуске до 5 января.", "2027-01-05"),
    ("ru", "Меня не будет с 3 по 14 августа.", "2026-08-14"),
    ("ru", "Вернусь в понедельник.", "2026-12-21"),
    ("uk", "Я у відпустці до 5 січня 2027 р.", "2027-01-05"),
    ("el", "Θα λείπω μέχρι τις 5 Ιανουαρίου.", "2027-01-05"),
    ("el", "Επιστρέφω στις 05/01/2027.", "2027-01-05"),
    ("ja", "1月5日まで休暇をいただきます。", "2027-01-05"),
    ("ja", "12月28日から1月4日まで不在です。", "2027-01-04"),
    ("ja", "２０２７年１月５日（火）より通常業務に戻ります。", "2027-01-05"),
    ("zh", "我在休假，至2027年1月5日。", "2027-01-05"),
    ("zh", "我将于1月5日返回办公室。", "2027-01-05"),
    ("ko", "1월 5일까지 휴가입니다.", "2027-01-05"),
    ("ko", "2027년 1월 5일에 복귀합니다.", "2027-01-05"),
    ("ar", "أنا خارج المكتب حتى 05/01/2027", "2027-01-05"),
    ("he", "אני בחופשה עד 5.1.2027", "2027-01-05"),
]


def written_for(expected: str) -> date:
    return IN_SUMMER if expected.startswith("2026-0") else WRITTEN


@for_each(("language", "words", "expected"), SAID)
def test_the_day_is_read_in_every_language(language: str, words: str, expected: str) -> None:
    assert language
    assert str(away_until("", words, written_for(expected))) == expected


NOTHING = [
    "I am out of the office.",
    "I am on vacation since 1 December.",
    "Ich bin seit 1. Dezember im Ruhestand.",
    "Je ne travaille plus ici depuis le 1er décembre.",
    "Ab 4. Januar bin ich im Urlaub.",
    "I left the company on 31 December.",
    "Call +49 30 05.01.27 or 030/12.01.27 until I am here.",
    "Call 555-01-05-2027 if it cannot wait until then.",
    "I was born on 5 January 1980.",
    "Please use version 5.1.2027 until further notice.",
    "I am away until v 5.1.27 is out.",
    "Do not upgrade until release 5.1.",
    "I am back at 10.12 Uhr.",
    "The office is open until 5 pm.",
    "Open Monday to Friday, 9:00-17:00.",
    "Visit us at the fair, 4-8 January 2027.",
    "Back on 5 November 2026.",  # long ago
    "Back on 10 December.",  # a week ago: nobody has switched it off
    "Back on 5 January 2029.",  # too far
    "Back on 31 February.",
    "Back on 35.13.2027.",
    "Back on 05/01/2027.",  # May or January?
    "Your ticket 2026-12-20 was received.",
    "Mensaje recibido el 20 de diciembre.",
    "We moved: 5 January Street 7.",
    "Gerne bis dann! Mit Gruß, 20.12.2026",
    "1.2.3.4 is back",
    "",
]


@for_each("words", NOTHING)
def test_other_dates_say_nothing_of_an_absence(words: str) -> None:
    assert away_until("Automatic reply: Printer", words, WRITTEN) is None


def test_who_writes_day_and_month_in_this_order_elsewhere_does_so_here() -> None:
    words = "Away from 24/12/2026. Back on 05/01/2027."

    assert away_until("", words, WRITTEN) == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Out of office until 5 January", "2027-01-05"),
        ("Abwesend bis 05.01.2027: Drucker brennt", "2027-01-05"),
        ("Automatic reply: Licence needed until 5 January", "None"),
        ("Réponse automatique : retour le 5 janvier", "None"),
    ],
)
def test_of_a_subject_only_what_is_not_the_other_mails_counts(subject: str, expected: str) -> None:
    assert str(away_until(subject, "", WRITTEN)) == expected


def test_a_sentence_goes_on_over_the_end_of_its_line_but_not_over_an_empty_one() -> None:
    assert away_until("", "I am away until\nMonday, 4\nJanuary", WRITTEN) == date(2027, 1, 4)
    assert away_until("", "I am away until\n\n4 January: fair in Rome", WRITTEN) is None


def test_the_absence_counts_and_not_what_is_advertised_below() -> None:
    words = "I am away until 5 January.\n\nAll books at half price until 31 March!"

    assert away_until("", words, WRITTEN) == date(2027, 1, 5)


def test_a_weekday_is_the_next_one_never_today() -> None:
    assert away_until("", "I am back on Friday.", WRITTEN) == date(2026, 12, 25)


def test_folding_leaves_the_syllables_of_korean_whole() -> None:
    assert fold("İstanbul, Łódź, Ａ１, 월, が") == "istanbul, lodz, a1, 월, か"


@given(st.text(max_size=300), st.dates())
def test_a_day_is_never_over_and_at_most_a_year_ahead(words: str, written: date) -> None:
    found = away_until(words, f"until {words} back on 5 January {words}", written)

    assert found is None or written <= found <= written + LONGEST


@pytest.mark.parametrize(
    "piece", ["until ", "5.1.", "5 January ", "1-", "back ", "a. ", "a a ", "20 ", "\n\n", "1月5日"]
)
def test_the_time_is_linear(piece: str) -> None:
    begin = time.process_time()
    away_until("x", piece * (MOST_CHARACTERS // len(piece) + 5), WRITTEN)

    assert time.process_time() - begin < 0.5


def away(date_field: datetime | None, received: datetime, text: str = "Back on Friday.") -> str:
    message = Message(subject="Automatic reply: x", date=date_field, words=Words(text, text))
    found = Mail(Arrival(Envelope("", ()), "smtp", received), message)
    reply = Classification(Kind.AUTOMATIC, "test", is_reply=True)
    return str(absence_of(found, reply))


RECEIVED = datetime(2026, 12, 17, 23, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("date_field", "received", "expected"),
    [
        (None, RECEIVED, "2026-12-18"),
        # Friday has begun where he is.
        (
            datetime(2026, 12, 18, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            RECEIVED,
            "2026-12-25",
        ),
        (datetime(1999, 1, 1, tzinfo=UTC), RECEIVED, "2026-12-18"),  # a wrong clock
        (RECEIVED, datetime.min.replace(tzinfo=UTC), "2026-12-18"),  # read from a file
        (None, datetime.min.replace(tzinfo=UTC), "None"),
    ],
)
def test_a_weekday_is_counted_from_the_day_on_which_it_was_written(
    date_field: datetime | None, received: datetime, expected: str
) -> None:
    assert away(date_field, received) == expected
