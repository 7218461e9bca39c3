"""Thanks and "you can close it", told from everything else. A ticket that was closed against its
customer's will is worse than one that an agent closes."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.wishes import LONGEST, Wish, is_courtesy, wish_of
from tests.folded import for_each

THANKS = """\
Solved, thanks!
Thanks - all works
Thanks! You guys are great
Thanks!
Thanks
Thank you.
Thank you so much, works now.
Thank you very much!
Many thanks
Thx
Thanks a lot, Bob!
Thanks Bob
Hi Bob,|thanks for your help!
Hello,||Thank you for the quick response.||Best regards,|Ana
Thanks for the quick fix, it works now.
Thanks, that did the trick!
Perfect, thanks!
Great, thank you :-)
Thanks 👍
👍
🙏
It works now, thank you!
That fixed it. Thanks again.
Thank you for letting me know.
Thanks for your help and support
Thank you all!
Thanks, problem solved.
Awesome, thanks so much for looking into this!
Ok thanks
OK, thank you. Have a nice day!
Thanks for the info.
Got it, thanks
Much appreciated.
I really appreciate your help!
Cheers, works like a charm.
Thank you for your quick and kind help
All good now, thanks
Thanks. Everything is working again.
Dear Bob,|Thank you for the update.|Kind regards
Danke!
Danke
Vielen Dank!
Danke, hat geklappt!
Vielen Dank, es funktioniert jetzt wieder.
Herzlichen Dank für die schnelle Hilfe!
Danke für die schnelle Antwort
Hallo Bob,|vielen Dank für Ihre Hilfe.|Viele Grüße|Ana
Super, danke!
Perfekt, vielen Dank
Danke schön
Dankeschön, läuft wieder.
Besten Dank und schöne Grüße
Alles klar, danke.
Hallo Herr Müller, danke für die Info.
Danke, jetzt geht es.
Klasse, vielen Dank für die Unterstützung!
Danke dir!
Ich danke Ihnen.
Vielen Dank für die schnelle und kompetente Hilfe
Prima, funktioniert. Danke!
Merci beaucoup !
Merci pour votre aide
Bonjour,|merci pour votre réponse rapide.|Cordialement
¡Muchas gracias!
Gracias por su ayuda
Grazie mille!
Grazie per la risposta
Muito obrigado!
Obrigada pela ajuda
Bedankt!
Dank je wel, het werkt
Hartelijk dank voor de snelle reactie
"""
CLOSE = """\
We're good, please close
Yes, please close it.
You can close this ticket.
you can close this ticket
You can close the ticket now, thanks.
Please close.
Please close the ticket
Please close this case.
case closed, thanks
Thanks, you can close this.
Thank you, please close the ticket.
It works now. You can close the ticket. Thanks!
This ticket can be closed.
The ticket can be closed now. Thank you very much!
Ticket can be closed
Thanks! The case can now be closed.
Feel free to close this ticket.
I think we can close this now.
Please go ahead and close this ticket.
Hi Bob,|thanks, works. Please close the case.|Regards,|Ana
I'd like to close this ticket.
Let's close this ticket
Close this ticket please
Can be closed.
Please consider this ticket closed.
This is no longer needed, please close.
Everything works, we can close the ticket
Problem solved, you may close the case.
Das Ticket kann geschlossen werden
Das Ticket kann geschlossen werden, vielen Dank!
Hat sich erledigt
Hat sich erledigt, danke.
Hallo,|das Thema hat sich erledigt.|Viele Grüße
Die Anfrage hat sich inzwischen erledigt.
Das hat sich bereits erledigt, danke!
Danke, kann geschlossen werden.
Bitte schließen.
Bitte Ticket schließen
Bitte das Ticket schließen, danke
Sie können das Ticket schließen.
Sie können das Ticket gerne schließen. Vielen Dank!
Funktioniert wieder, Ticket kann geschlossen werden
Ihr könnt den Fall schließen
Dieser Fall kann abgeschlossen werden.
Von mir aus kann das Ticket geschlossen werden.
Bitte schließen Sie das Ticket.
Das Ticket bitte schließen
Damit hat sich das Ticket erledigt.
Vielen Dank, damit kann das Ticket geschlossen werden.
Ticket bitte schliessen
"""
NONE = """\
Please close|Ana Ruiz
It is not solved
Thanks, but it still does not work
Please do not close
Please don't close this ticket.
Do not close the ticket yet
It closes itself when I click
thanks for the info. Another question: how do I export?
When will you close this?
Can you close this ticket?
Could you please close the window remotely?
Thanks in advance
Thank you in advance!
Danke im Voraus
Thanks for nothing
Thanks, I will try it tomorrow.
Thanks. It does not start any more.
Thank you, however the error is back.
Please close the window and try again, that is what it says.
You can close the application.
Please close my account
Please close the port 25
Close
Close it.
close enough
You can close this ticket when it works.
You can close the ticket once I confirm.
Please close the ticket if you cannot reproduce it.
Please close only the second one.
You can't close this ticket
You cannot close this ticket
Why did you close this ticket
You closed the ticket, why?
I closed the window
The case is not closed.
The ticket was closed but the problem remains
This ticket should not be closed
Never close this ticket
Not solved, please reopen.
Please reopen the ticket.
Thanks, please call me.
Thanks, see attached.
Thank you. Please also add Bob.
Thank you for your patience, I will get back to you
Thanks, waiting for your reply.
Thanks?
OK
Ok.
Perfect!
Yes
Done
Noted.
It works, but slowly.
It works sometimes
It worked yesterday
Works only in Chrome
Thanks, one more thing
Thanks, any news?
Thanks, now I get error 5
Danke, aber es geht immer noch nicht
Danke, geht leider nicht.
Vielen Dank für die Info. Noch eine Frage: wie exportiere ich?
Bitte nicht schließen
Bitte das Ticket noch nicht schließen
Das Ticket kann noch nicht geschlossen werden
Das Ticket kann nicht geschlossen werden
Das Fenster kann geschlossen werden
Bitte schließen Sie das Fenster.
Das Programm schließt sich von selbst
Wann wird das Ticket geschlossen?
Kann das Ticket geschlossen werden?
Warum wurde das Ticket geschlossen
Hat sich nicht erledigt
Hat sich leider nicht erledigt
Es hat sich noch nicht erledigt.
Das hat sich erledigt, aber jetzt kommt ein anderer Fehler
Wenn es läuft, kann das Ticket geschlossen werden
Bitte schließen, sobald es läuft
Danke, ich probiere es morgen.
Danke, ich melde mich
Vielen Dank, bitte um Rückruf
Danke, funktioniert nicht
Danke für nichts
Ja
Nein danke
No thanks
No, thank you
Merci, mais ça ne marche pas
Merci de me rappeler
Merci d'avance
Gracias, pero no funciona
Grazie, ma non funziona
Obrigado, mas não funciona
Bedankt, maar het werkt niet
Thanks 👎
😡
Please close 😡
Thanks ERROR
Thanks Problem
The issue is closed source
Please close the issue tracker
close the deal
Please close this ticket and open a new one for Bob
You can close the ticket, but only the old one
We can close the year with this license
Sie können das Programm schließen
Können wir das Ticket schließen?
Ticket schließen? Nein!
I want to close the file
Thank you for closing the ticket, it is not solved
My key is ABCD-EFGH
Hello
Hi Bob,
Best regards,|Ana
Still broken
Please close.|Tomorrow I will open another
Please close!|NOT
The ticket can be closed by whom
Thanks, the ticket can be closed unless Bob objects
Until then you can close the ticket
"""


def labelled() -> list[tuple[str, Wish]]:
    sets = ((THANKS, Wish.THANKS), (CLOSE, Wish.CLOSE), (NONE, Wish.NONE))
    found = [(text.replace("|", "\n"), wish) for texts, wish in sets for text in texts.splitlines()]
    return [*found, ("", Wish.NONE), ("  \n ", Wish.NONE), ("...", Wish.NONE)]


def test_there_are_enough_labelled_texts_and_none_twice() -> None:
    texts = [text for text, _ in labelled()]

    assert len(texts) == len(set(texts)) >= 150


@for_each(("text", "wish"), labelled())
def test_a_text_wishes_what_people_read_in_it(text: str, wish: Wish) -> None:
    assert wish_of(text) is wish


@for_each("text", CLOSE.splitlines())
@for_each(
    "more",
    [
        "{}\nNot yet, please.",
        "{} But it still fails.",
        "{}?",
        "If it works: {}",
        "{} Aber erst morgen.",
    ],
)
def test_a_wish_with_more_words_is_none(text: str, more: str) -> None:
    assert wish_of(more.format(text.replace("|", "\n"))) is Wish.NONE


@for_each("change", [str.upper, str.lower])
@for_each("text", CLOSE.splitlines())
def test_a_wish_does_not_depend_on_capitals_except_for_names(text: str, change: type[str]) -> None:
    changed = change(text.replace("|", "\n"))

    assert wish_of(changed) in (Wish.CLOSE, *([Wish.NONE] if "|" in text else []))


@given(st.text(max_size=LONGEST + 10))
@settings(max_examples=200, deadline=None)
def test_no_text_is_too_much_for_it(text: str) -> None:
    assert wish_of(text) in Wish


WORDS = """
please not bitte close thanks it never the kann ticket now aber geschlossen werden is so
"""
MIXED = st.lists(st.sampled_from([*WORDS.split(), ",", ".", "?", "\n"]), max_size=80).map(" ".join)


@given(MIXED)
@settings(max_examples=300, deadline=None)
def test_no_text_with_a_negation_closes(text: str) -> None:
    if {"not", "never", "aber", "?"} & set(text.split()):
        assert wish_of(text) is not Wish.CLOSE


@pytest.mark.parametrize(
    "word",
    ["bitte", "so", "wunderbar", "thanks", "very", "now", "gut", "please", "ok", "the ticket"],
)
def test_repeated_words_cost_no_time(word: str) -> None:
    started = time.process_time()

    for text in [" ".join([word] * 100), " ".join([word] * 15) + " x", f"{word}, " * 80]:
        wish_of(text)

    assert time.process_time() - started < 1


@for_each("text", CLOSE.splitlines())
def test_one_word_of_doubt_anywhere_is_enough(text: str) -> None:
    words = text.replace("|", "\n").split(" ")
    for doubt in [
        "not",
        "never",
        "don't",
        "nicht",
        "kein",
        "but",
        "aber",
        "if",
        "when",
        "wenn",
        "until",
        "before",
        "only",
        "nur",
    ]:
        for place in range(len(words) + 1):
            doubtful = " ".join([*words[:place], doubt, *words[place:]])
            assert wish_of(doubtful) is not Wish.CLOSE, doubtful


@pytest.mark.parametrize(
    "said",
    [
        "",
        "\n \n",
        "Ana Ruiz",
        "Thanks!\nAna",
        "Mit freundlichen Grüßen\nAna Ruiz",
        "Best regards,\n",
    ],
)
def test_a_greeting_and_a_name_need_no_reader(said: str) -> None:
    assert is_courtesy(said)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "It burns.",
            "Thanks, but it burns.",
            "You can close it.",
            "Why?",
            "Thanks, it works now.",
        ),
        *("Ana Ruiz\nTel. 0123", "x" * 700, "💥"),
    ],
)
def test_all_other_words_are_read_by_somebody(said: str) -> None:
    assert not is_courtesy(said)
