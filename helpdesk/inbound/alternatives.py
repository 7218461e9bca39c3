"""Which of several forms of one text is shown.

Standards: RFC 2046 §5.1.4 (multipart/alternative).
Failures: none.
"""

import html
import re

from helpdesk.inbound.markup import read_markup

LONGEST_NOTICE = 1_500  # characters; longer texts say something
MOST_OTHER_WORDS = 15  # beside the sentences that send the reader elsewhere
LEAST_WORDS = 3

# Pieces of the sentences that programs put where they have no plain text, in lower case.
_PIECES = (
    # English
    "support html",
    "supports html",
    "display html",
    "read html",
    "view html",
    "html e-mail",
    "html email",
    "html mail",
    "html message",
    "html format",
    "html version",
    "html-enabled",
    "html enabled",
    "html capable",
    "html-capable",
    "html compatible",
    "html reader",
    "html viewer",
    "contains html",
    "contains only html",
    "html-compatible",
    "in your browser",
    "in a browser",
    "in a web browser",
    "view online",
    "view it online",
    "online version",
    "web version",
    # German
    "html-mail",
    "html-e-mail",
    "html-format",
    "html-fähig",
    "html-nachricht",
    "html-darstellung",
    "kein html",
    "keine html",
    "im browser",
    "onlineversion",
    "online-version",
    # French
    "au format html",
    "messages html",
    "le html",
    "dans votre navigateur",
    "version en ligne",
    # Spanish, Portuguese, Italian
    "formato html",
    "mensajes html",
    "mensagens html",
    "messaggi html",
    "el html",
    "o html",
    "en su navegador",
    "en tu navegador",
    "no seu navegador",
    "nel browser",
    "nel tuo browser",
    # Dutch, Swedish, Danish, Polish, Czech
    "geen html",
    "in uw browser",
    "in je browser",
    "i webbläsaren",
    "i din browser",
    "formacie html",
    "formátu html",
    "w przeglądarce",
    "v prohlížeči",
    # Russian, Japanese, Chinese
    "формате html",
    "в браузере",
    "html形式",
    "htmlメール",
    "html格式",
    "html邮件",
    "浏览器",
)
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>]{1,2000}")
_SENTENCE_END = re.compile(r"[.!?:。！？\n]")
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff]")


def best_alternative(texts: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """RFC 2046 §5.1.4 prefers the last; for reading and quoting plain text serves better, unless
    it says nothing."""
    last = next((several for several in reversed(texts) if several), [])
    markup = next((text for kind, text in last if kind == "text/html"), "")
    for several in texts:
        plain = "\n".join(text for kind, text in several if kind == "text/plain")
        if plain.strip():
            if not markup or not stands_in_for(plain, markup):
                return several
            # The sentence may hold the one link that works: it follows, nothing is left out.
            return [*last, ("text/html", f"<pre>{html.escape(plain.strip())}</pre>")]
    return last


def stands_in_for(plain: str, markup: str) -> bool:
    """Whether a reader of `plain` learns nothing, and one of the HTML does.

    It is so where the plain text is nothing but links, or a sentence about HTML mail and hardly
    another word.
    """
    if len(plain) > LONGEST_NOTICE:
        return False
    without_links = _ADDRESS.sub(" ", plain.lower())
    others = _other_sentences(without_links)
    known = len(_WORD.findall(without_links if others is None else others))
    if known > (0 if others is None else MOST_OTHER_WORDS):
        return False
    shown = _ADDRESS.sub(" ", read_markup(markup).text.lower())
    words = _WORD.findall(shown)
    says_more = not set(words) <= set(_WORD.findall(without_links))
    return says_more and len(words) >= LEAST_WORDS and len(words) > 2 * known


def _other_sentences(text: str) -> str | None:
    """The sentences that do not speak of HTML; None if none does."""
    text = " ".join(text.split()) if text.count("\n") > 1 else text
    if not any(piece in text for piece in _PIECES):
        return None
    sentences = _SENTENCE_END.split(text)
    others = [s for s in sentences if not any(piece in s for piece in _PIECES)]
    return " ".join(others) if len(others) < len(sentences) else None
