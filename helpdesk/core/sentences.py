"""What we say to agents in one sentence, in English and in the languages of our mails.

The English sentence with its {placeholders} is the key; it is what is stored, and what stands in
events and evidence. A sentence that a language lacks is said in English.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Value = str | int | Callable[[str], str]
"""What stands in a placeholder; what has a name in each language is a function of the language."""

LONGEST_LOOKED_UP = 2_000
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_INNER = frozenset({"problem", "what", "why", "kind"})
"""Placeholders in which another sentence of ours stands."""


class Sentence(str):
    """An English text that still knows how it is said in other languages."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Value]


def say(sentence: str, **values: Value) -> Sentence:
    """The sentence in English, to be said `in_language` later."""
    if isinstance(sentence, Sentence):
        return sentence
    words = Sentence(said("en", sentence, **values))
    words.template, words.values = sentence, values
    return words


def said(language: str, sentence: str, **values: Value) -> str:
    template = _table(language).get(sentence, sentence)
    if not values:
        return template
    return template.format_map({name: _value(language, each) for name, each in values.items()})


def in_language(language: str, text: str) -> str:
    """A sentence in that language; of a text that was stored, by how it reads. What is none of our
    sentences stays as it is."""
    if isinstance(text, Sentence):
        return said(language, text.template, **text.values)
    return _looked_up(language, text) if _table(language) else text


def whole(words: str) -> Sentence:
    """With a capital letter, and a full stop at its end."""
    return say("{words}", words=lambda language: _whole(in_language(language, words)))


def _whole(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "?")) else ".")


def plain(words: str, separator: str) -> Sentence:
    """Without a full stop, and without what separates it from the next one."""
    return say(
        "{words}",
        words=lambda language: in_language(language, words).rstrip(".").replace(separator, ", "),
    )


def _value(language: str, value: Value) -> str:
    if callable(value):
        return value(language)
    return in_language(language, value) if isinstance(value, Sentence) else str(value)


def _table(language: str) -> Mapping[str, str]:
    return _TABLES.get(language.replace("_", "-").partition("-")[0].lower(), {})


# --- what was stored ----------------------------------------------------------------------------


def _looked_up(language: str, text: str) -> str:
    flat = _flat(text)
    if not flat or len(text) > LONGEST_LOOKED_UP:
        return text
    for pattern, sentence in _patterns():
        if found := pattern.fullmatch(flat):
            values = {
                name: in_language(language, value) if name in _INNER else value
                for name, value in found.groupdict().items()
            }
            return said(language, sentence, **values)
    return text


def _flat(text: str) -> str:
    """As `plain` leaves a sentence."""
    return text.rstrip(".").replace("; ", ", ")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What says most by its own words is tried first."""
    known = sorted(
        {sentence for table in _TABLES.values() for sentence in table},
        key=lambda sentence: (-len(_PLACEHOLDER.sub("", sentence)), sentence),
    )
    return tuple((_pattern(sentence), sentence) for sentence in known)


def _pattern(sentence: str) -> re.Pattern[str]:
    """A placeholder that comes again has the same value again."""
    parts: list[str] = []
    for place, part in enumerate(_PLACEHOLDER.split(_flat(sentence))):
        name = part if place % 2 else ""
        group = f"(?P<{name}>.*)"
        parts.append((f"(?P={name})" if group in parts else group) if name else re.escape(part))
    return re.compile("".join(parts), re.DOTALL)


# --- German -------------------------------------------------------------------------------------

_GERMAN: Mapping[str, str] = {
    # who works on it
    "Only an agent can take a ticket; say who: --as ADDRESS.": (
        "Nur ein Agent kann ein Ticket übernehmen; sagen Sie, welcher: --as ADDRESS."
    ),
    "nobody": "niemand",
    "It is yours already.": "Es ist Ihnen schon zugewiesen.",
    "The ticket is yours.": "Das Ticket ist jetzt Ihnen zugewiesen.",
    "Nobody has it anyway.": "Es ist ohnehin niemandem zugewiesen.",
    "Nobody has the ticket now.": "Das Ticket ist jetzt niemandem zugewiesen.",
    "{agent} has it already.": "Es ist {agent} schon zugewiesen.",
    "Assigned to {agent}.": "An {agent} zugewiesen.",
    "Assigned to {agent} (who is away today).": "An {agent} zugewiesen (heute abwesend).",
    "nobody is named; write one of {agents}": "es ist niemand genannt; möglich sind: {agents}",
    "{name} is no agent here; write one of {agents}": (
        "{name} ist hier kein Agent; möglich sind: {agents}"
    ),
    "{name} may be {agents}; write the address": (
        "mit {name} kann gemeint sein: {agents}; schreiben Sie die Adresse"
    ),
    "nobody of the team {team} is there now; name an agent": (
        "aus dem Team {team} ist gerade niemand da; nennen Sie einen Agenten"
    ),
    "{names}, {count} more": "{names}, {count} weitere",
    "the agents of this desk, of which there are none": "niemand, denn hier gibt es keine Agenten",
    # status
    "{agent} has it already. To take it over, write #take in a reply to a mail about it.": (
        "Es ist schon {agent} zugewiesen. Um es zu übernehmen, schreiben Sie #take in einer Antwort"
        " auf eine Mail dazu."
    ),
    "It is {status} already, and nobody has to take it. To take it all the same, write #take in a "
    "reply to a mail about it.": (
        "Der Status ist schon „{status}“, niemand muss es mehr nehmen. Um es trotzdem zu nehmen, "
        "schreiben Sie #take in einer Antwort auf eine Mail dazu."
    ),
    "It is {status} already.": "Der Status ist schon „{status}“.",
    "The ticket is {status}.": "Der Status ist jetzt „{status}“.",
    "The ticket is {status} again.": "Der Status ist wieder „{status}“.",
    "Set aside until {until}; a message of the customer ends it.": (
        "Zurückgestellt bis {until}; eine Nachricht des Kunden beendet das."
    ),
    # fields
    "The {field} is {label} already.": "Die {field} ist schon „{label}“.",
    "The {field} is {label}.": "Die {field} ist jetzt „{label}“.",
    "priority": "Priorität",
    "category": "Kategorie",
    "no priority": "keine Priorität",
    "no category": "keine Kategorie",
    "no status": "kein Status",
    "{most} and {last}": "{most} und {last}",
    '"{word}" is {what}; there are {names}': "„{word}“ ist {what}; es gibt {names}",
    '"{word}" is {what}; did you mean {meant}? There are {names}': (
        "„{word}“ ist {what}; meinten Sie {meant}? Es gibt {names}"
    ),
    "there is {what} without a word; there are {names}": (
        "ohne ein Wort ist es {what}; es gibt {names}"
    ),
    "It has {tags} already.": "Es hat {tags} schon.",
    "A ticket has at most {most} tags; take one away: #untag {tag}.": (
        "Ein Ticket hat höchstens {most} Schlagwörter; nehmen Sie eines weg: #untag {tag}."
    ),
    "Tagged {tags}.": "Schlagwort gesetzt: {tags}.",
    "It has no such tag; its tags: {tags}.": (
        "Es hat kein solches Schlagwort; seine Schlagwörter: {tags}."
    ),
    "none": "keine",
    "Tag {tags} removed.": "Schlagwort entfernt: {tags}.",
    "Booked {time}.": "Gebucht: {time}.",
    # people
    "{address} is an address of ours.": "{address} ist eine Adresse von uns.",
    "{person} is an agent; give the ticket away with #assign.": (
        "{person} ist ein Agent; geben Sie das Ticket mit #assign weiter."
    ),
    "{person} gets the answers already.": "{person} bekommt die Antworten schon.",
    "{person} was not added: {most} people follow already.": (
        "{person} wurde nicht hinzugefügt: {most} Personen bekommen die Antworten schon."
    ),
    "{person} gets all answers from now on.": "{person} bekommt von nun an alle Antworten.",
    # other tickets
    "There is no ticket {tag} that you may change.": (
        "Es gibt kein Ticket {tag}, das Sie ändern dürfen."
    ),
    "{tag} is a part of this ticket already.": "{tag} ist schon ein Teil dieses Tickets.",
    "{tag} is this very ticket.": "{tag} ist dieses Ticket selbst.",
    "It is linked with {tag} already.": "Es ist schon mit {tag} verknüpft.",
    "Linked with {tag}.": "Mit {tag} verknüpft.",
    "{old} is a part of {tag} now; replies to either go there.{rest}": (
        "{old} ist jetzt ein Teil von {tag}; Antworten auf beide landen dort.{rest}"
    ),
    " {person} gets no answers there; if that is wrong, say #cc {address}.": (
        " {person} bekommt dort keine Antworten; wenn das falsch ist, schreiben Sie #cc {address}."
    ),
    "{person} takes no part in {tag} and would read it; if that is right, say here first: "
    "#cc {address}.": (
        "{person} ist an {tag} nicht beteiligt und würde es lesen; wenn das so sein soll, "
        "schreiben Sie hier zuerst: #cc {address}."
    ),
    "The message is a ticket of its own already.": "Die Nachricht ist schon ein eigenes Ticket.",
    "{person} takes no part in {tag} and would read it; if that is right, say there first: "
    "#cc {address}.": (
        "{person} ist an {tag} nicht beteiligt und würde es lesen; wenn das so sein soll, "
        "schreiben Sie dort zuerst: #cc {address}."
    ),
    "Only a message of a customer can become a ticket of its own.": (
        "Nur eine Nachricht eines Kunden kann ein eigenes Ticket werden."
    ),
    "It is the only message of this ticket.": "Es ist die einzige Nachricht dieses Tickets.",
    "The message is {tag} now.": "Die Nachricht ist jetzt {tag}.",
    # words
    "The commands are listed below.": "Die Befehle stehen weiter unten.",
    "There is nothing here that it could be about.": "Hier gibt es nichts, worum es gehen könnte.",
    "There are no words to keep.": "Es gibt keinen Text, der zu behalten wäre.",
    "A note has at most {most} characters; this one has {length}.": (
        "Eine Notiz hat höchstens {most} Zeichen; diese hat {length}."
    ),
    "The note was added; no customer sees it.": (
        "Die Notiz wurde hinzugefügt; kein Kunde sieht sie."
    ),
    "The words below were kept as an internal note: no customer sees them.": (
        "Der Text darunter wurde als interne Notiz behalten: kein Kunde sieht ihn."
    ),
    "The words below were sent.": "Der Text darunter wurde gesendet.",
    "Somebody wrote since the mail that you answered. Read that first, and say it again in a "
    "reply to it.": (
        "Seit der Mail, auf die Sie geantwortet haben, hat jemand geschrieben. Lesen Sie das "
        "zuerst, und wiederholen Sie den Befehl in einer Antwort darauf."
    ),
    "the operator": "der Betreiber",
    "unknown sender": "unbekannter Absender",
    # an answer that waits
    "it carries no proof of its sender": "ihr Absender ist nicht nachgewiesen",
    "it did not come to your reply address": "sie kam nicht an Ihre Antwortadresse",
    "it is not a reply to our mail, your mail client may have completed an old address": (
        "sie ist keine Antwort auf unsere Mail, vielleicht hat Ihr Mailprogramm eine alte "
        "Adresse ergänzt"
    ),
    "{tag} was merged into {now} since the mail that you answered": (
        "seit der Mail, auf die Sie geantwortet haben, wurde {tag} mit {now} zusammengeführt"
    ),
    "{tag} was merged into {now} since the mail that you answered, so it would go to {new} and not "
    "to {old}": (
        "seit der Mail, auf die Sie geantwortet haben, wurde {tag} mit {now} zusammengeführt, sie "
        "ginge also an {new} und nicht an {old}"
    ),
    "{tag} was merged into {now} since the mail that you answered. Read what is in that, and say "
    "it again in a reply to a mail about it.": (
        "Seit der Mail, auf die Sie geantwortet haben, wurde {tag} mit {now} zusammengeführt. "
        "Lesen Sie, was dort steht, und wiederholen Sie den Befehl in einer Antwort auf eine Mail "
        "dazu."
    ),
    "the customer wrote {text}, too: you may have quoted him": (
        "auch der Kunde hat {text} geschrieben: vielleicht haben Sie ihn zitiert"
    ),
    "a message of the customer has this very line, so you may have quoted it; if you mean it, write"
    " it with / instead of #, or the other way round": (
        "eine Nachricht des Kunden hat genau diese Zeile, vielleicht haben Sie sie zitiert; wenn "
        "Sie sie meinen, schreiben Sie sie mit / statt #, oder umgekehrt"
    ),
    "somebody wrote since the mail that you answered": (
        "seit der Mail, auf die Sie geantwortet haben, hat jemand geschrieben"
    ),
    "there is no address at which mail reaches the customer": (
        "es gibt keine Adresse, unter der Mail den Kunden erreicht"
    ),
    "many answers within an hour, a program may be answering in your name": (
        "viele Antworten in einer Stunde, vielleicht antwortet ein Programm in Ihrem Namen"
    ),
    "its author is ambiguous": "ihr Verfasser ist nicht eindeutig",
    "it came from an address that is not yours": "sie kam von einer Adresse, die nicht Ihre ist",
    "no new words were found in it": "sie enthält keinen neuen Text",
    "a line of it looks like a command: {line}": "eine Zeile sieht aus wie ein Befehl: {line}",
    "it contains words of an internal note": "sie enthält Text einer internen Notiz",
    "it contains a part of our notification to you": (
        "sie enthält einen Teil unserer Benachrichtigung an Sie"
    ),
    "what is left of it ends with {text}: words may be missing": (
        "was davon übrig ist, endet mit {text}: Es könnten Worte fehlen"
    ),
    "a piece of its text came as the file {name}, read it first": (
        "ein Stück ihres Textes kam als Datei {name}, lesen Sie sie zuerst"
    ),
    "a mail is attached to it that is ours or has words of an internal note": (
        "eine Mail ist angehängt, die von uns ist oder Worte einer internen Notiz enthält"
    ),
    "Nothing was done: the first line of your reply must be #send, #note or #drop. "
    "The answer still waits.": (
        "Es wurde nichts getan: die erste Zeile Ihrer Antwort muss #send, #note oder #drop "
        "sein. Die Antwort an den Kunden wartet weiter."
    ),
    "Nothing was done: this answer does not wait any more.": (
        "Es wurde nichts getan: diese Antwort wartet nicht mehr."
    ),
    "Nothing was done: you are not an agent of this desk now.": (
        "Es wurde nichts getan: Sie sind hier kein Agent mehr."
    ),
    "Nothing was done: there is no address at which mail reaches the customer.": (
        "Es wurde nichts getan: es gibt keine Adresse, unter der Mail den Kunden erreicht."
    ),
    "Not done: in a reply to our question only #send, #note or #drop counts. Say this in a "
    "reply to this mail.": (
        "Nicht ausgeführt: in einer Antwort auf unsere Frage zählt nur #send, #note oder #drop. "
        "Schreiben Sie dies in einer Antwort auf diese Mail."
    ),
    "Not done: it was dropped with your answer.": (
        "Nicht ausgeführt: es wurde mit Ihrer Antwort verworfen."
    ),
    "Your answer was dropped: nobody received it. It stays on the ticket as a note.": (
        "Ihre Antwort wurde verworfen: niemand hat sie bekommen. Sie bleibt als Notiz am Ticket."
    ),
    "Your answer was kept as an internal note: the customer did not receive it.": (
        "Ihre Antwort wurde als interne Notiz behalten: der Kunde hat sie nicht bekommen."
    ),
    "Your mail had only commands.": "Ihre Mail enthielt nur Befehle.",
    "Your answer was sent to {person}.": "Ihre Antwort wurde an {person} gesendet.",
    # commands as they are written
    "#{command}: {problem}": "#{command}: {problem}",
    "#{command} needs {what}, such as #{command} {example}": (
        "#{command} braucht {what}, zum Beispiel #{command} {example}"
    ),
    "a name or an address": "einen Namen oder eine Adresse",
    "a status": "einen Status",
    "a priority": "eine Priorität",
    "a category": "eine Kategorie",
    "a word": "ein Wort",
    "a duration": "eine Dauer",
    "a ticket": "ein Ticket",
    "a key": "einen Schlüssel",
    "Only the end of the key was kept; say #license with the whole key again.": (
        "Nur das Ende des Schlüssels wurde aufbewahrt; schreiben Sie #license noch einmal mit dem "
        "ganzen Schlüssel."
    ),
    "That is no license key: such a key has at least 8 characters, with digits or groups of "
    "letters, and no spaces.": (
        "Das ist kein Lizenzschlüssel: ein solcher hat mindestens 8 Zeichen, mit Ziffern oder "
        "Gruppen von Buchstaben, und keine Leerzeichen."
    ),
    "The license {license} is a part of this ticket already.": (
        "Die Lizenz {license} gehört schon zu diesem Ticket."
    ),
    "The license {license} was added; nobody is asked about it.": (
        "Die Lizenz {license} wurde hinzugefügt; niemand wird nach ihr gefragt."
    ),
    "The license {license} was added; what its provider says stands in the ticket.": (
        "Die Lizenz {license} wurde hinzugefügt; was ihr Anbieter sagt, steht im Ticket."
    ),
    "an address": "eine Adresse",
    "a time": "einen Zeitpunkt",
    "#{command} stands alone; put your words on the next line": (
        "#{command} steht allein; schreiben Sie Ihren Text in die nächste Zeile"
    ),
    "{name} is no command; did you mean #{guess}?": "{name} ist kein Befehl; meinten Sie #{guess}?",
    "{name}: is no command; did you mean #{guess}?": (
        "{name}: ist kein Befehl; meinten Sie #{guess}?"
    ),
    "{name} is no command; write #help for the list of commands": (
        "{name} ist kein Befehl; #help nennt alle Befehle"
    ),
    "{text} is no command; put a space behind #{command}": (
        "{text} ist kein Befehl; setzen Sie hinter #{command} ein Leerzeichen"
    ),
    "{text} is no command; write it on the next line": (
        "{text} ist kein Befehl; schreiben Sie es in die nächste Zeile"
    ),
    '"{name}:" may begin a sentence or a note; write #note for an internal note, or begin your '
    "answer with another word": (
        "„{name}:“ kann ein Satz oder eine Notiz sein; schreiben Sie #note für eine interne "
        "Notiz, oder beginnen Sie Ihre Antwort mit einem anderen Wort"
    ),
    "{text} may be a command or text; write #{command} for the command, or put another line "
    "above it": (
        "{text} kann ein Befehl oder Text sein; schreiben Sie #{command} für den Befehl, oder "
        "setzen Sie eine andere Zeile darüber"
    ),
    "more than {most} commands; send the others in another mail": (
        "mehr als {most} Befehle; senden Sie die übrigen in einer weiteren Mail"
    ),
    # what stands behind a command
    "{text} is no duration; write 20m, 1h30 or 1:30": (
        "{text} ist keine Dauer; schreiben Sie 20m, 1h30 oder 1:30"
    ),
    "{text} is not between one minute and 24 hours; write 20m or 1h30": (
        "{text} liegt nicht zwischen einer Minute und 24 Stunden; schreiben Sie 20m oder 1h30"
    ),
    "{text} has no time of a day; write 14:00": (
        "{text} enthält keine Uhrzeit; schreiben Sie etwa 14:00"
    ),
    "{text} is no time; write 2d, monday or 2026-12-01 14:00": (
        "{text} ist kein Zeitpunkt; schreiben Sie 2d, montag oder 2026-12-01 14:00"
    ),
    "{text} is no day of the calendar; write 2026-12-01": (
        "{text} ist kein Tag des Kalenders; schreiben Sie etwa 2026-12-01"
    ),
    "{text} is in the past; write a later time, such as 2d": (
        "{text} liegt in der Vergangenheit; schreiben Sie einen späteren Zeitpunkt, etwa 2d"
    ),
    "{text} is not within a year; write a time such as 2d or 2w": (
        "{text} liegt nicht innerhalb eines Jahres; schreiben Sie etwa 2d oder 2w"
    ),
    "{text} is no ticket; write its number, such as {example}": (
        "{text} ist kein Ticket; schreiben Sie seine Nummer, etwa {example}"
    ),
    "{text} is no ticket of ours; write its number as {example}": (
        "{text} ist kein Ticket von uns; schreiben Sie seine Nummer wie {example}"
    ),
    "{text} is no mail address; write ana@example.org": (
        "{text} ist keine Mailadresse; schreiben Sie etwa ana@example.org"
    ),
    "{text} is not clear; write commas between addresses": (
        "{text} ist nicht eindeutig; setzen Sie Kommas zwischen die Adressen"
    ),
    "{text} has no or too many addresses; write one to {most}, such as ana@example.org, "
    "bob@example.org": (
        "{text} hat keine oder zu viele Adressen; schreiben Sie eine bis {most}, etwa "
        "ana@example.org, bob@example.org"
    ),
    "{text} is no status; write one of {names}": "{text} ist kein Status; möglich sind {names}",
    "{text} is no tag; write a word of letters, such as vpn": (
        "{text} ist kein Schlagwort; schreiben Sie ein Wort aus Buchstaben, etwa vpn"
    ),
    "{text} has no or too many tags; write one to {most}, such as vpn": (
        "{text} hat keine oder zu viele Schlagwörter; schreiben Sie eines bis {most}, etwa vpn"
    ),
    # warnings
    "The sender is ambiguous: nobody can be sure who wrote this.": (
        "Der Absender ist nicht eindeutig: niemand kann sicher sein, wer dies geschrieben hat."
    ),
    "Authentication of the sender failed: this may be forged.": (
        "Die Prüfung des Absenders ist fehlgeschlagen: dies kann gefälscht sein."
    ),
    "The sender's address is not verified.": "Die Adresse des Absenders ist nicht nachgewiesen.",
    "This message is encrypted; its words cannot be shown here.": (
        "Diese Nachricht ist verschlüsselt; ihre Worte können hier nicht gezeigt werden."
    ),
    "This message is encrypted; the original is attached.": (
        "Diese Nachricht ist verschlüsselt; das Original ist angehängt."
    ),
    "The structure of this mail is ambiguous: other programs may show it differently.": (
        "Der Aufbau dieser Mail ist mehrdeutig: andere Programme zeigen sie vielleicht anders an."
    ),
    "Text that this mail hides from its readers was left out.": (
        "Text, den diese Mail vor ihren Lesern verbirgt, wurde weggelassen."
    ),
    "it is encrypted and cannot be read here": (
        "sie ist verschlüsselt und kann hier nicht gelesen werden"
    ),
    "This message could not be shown fully; the original is attached.": (
        "Diese Nachricht konnte nicht vollständig gezeigt werden; das Original ist angehängt."
    ),
    "{person} was copied on this ticket and receives no answers.": (
        "{person} stand bei diesem Ticket in Kopie und bekommt keine Antworten."
    ),
    "This mail was imported from an archive: its sender's address is not verified.": (
        "Diese Mail wurde aus einem Archiv übernommen: die Adresse ihres Absenders ist nicht "
        "nachgewiesen."
    ),
    # what is known of a mail
    "(no subject)": "(kein Betreff)",
    "this machine": "diesem Rechner",
    "proved": "nachgewiesen",
    "unverified": "nicht nachgewiesen",
    "failed": "fehlgeschlagen",
    "author ambiguous": "Verfasser nicht eindeutig",
    "peer {peer}": "Gegenstelle {peer}",
    "no trusted peer vouches": "keine vertraute Gegenstelle bürgt",
    "logged in as {user}": "angemeldet als {user}",
    "logged in as {user}, which is not the author": (
        "angemeldet als {user}, was nicht der Verfasser ist"
    ),
    "unreadable {field} of {server}": "unlesbares {field} von {server}",
    "more than one dmarc result": "mehr als ein dmarc-Ergebnis",
    "no dmarc result of {server}": "kein dmarc-Ergebnis von {server}",
    "{detail} is not the author's domain": "{detail} ist nicht die Domain des Verfassers",
    # details
    "too large for this mail": "zu groß für diese Mail",
    # files that are refused
    "not passed on: {why}": "nicht weitergegeben: {why}",
    "larger than {size}": "größer als {size}",
    "not a kind of file that this desk takes": "keine Art von Datei, die dieser Desk annimmt",
    "more than {number} in one mail": "mehr als {number} in einer Mail",
    "more than {number} in one ticket": "mehr als {number} in einem Ticket",
    "program by its name": "Programm, dem Namen nach",
    "program by its media type": "Programm, dem Medientyp nach",
    "a program in an archive": "Programm in einem Archiv",
    "program for Windows": "Programm für Windows",
    "program for DOS": "Programm für DOS",
    "program for Linux": "Programm für Linux",
    "program for macOS": "Programm für macOS",
    "program for Java": "Programm für Java",
    "program for Android": "Programm für Android",
    "installer for Windows": "Installationsprogramm für Windows",
    "installation package": "Installationspaket",
    "script": "Skript",
    "shortcut that runs something": "Verknüpfung, die etwas ausführt",
    "help file with programs": "Hilfedatei mit Programmen",
    "notebook that can hold programs": "Notizbuch, das Programme enthalten kann",
    "disk image": "Abbild eines Datenträgers",
    "files refused": "abgelehnte Dateien",
    "{count} bytes": "{count} Bytes",
    "less than a minute": "weniger als eine Minute",
    # to whom we wrote, and what
    "confirmation": "Bestätigung",
    "new ticket": "neues Ticket",
    "customer replied": "Kunde hat geantwortet",
    "answer": "Antwort",
    "delivery trouble": "Zustellung gestört",
    "answer parked": "Rückfrage zu einer Antwort",
    "was this you": "Rückfrage zum Absender",
    "receipt": "Quittung",
    "ticket assigned": "Ticket zugewiesen",
    "status changed": "Status geändert",
    "resolved": "gelöst",
    "closed": "geschlossen",
    "reopened": "wieder geöffnet",
    "reminder": "Erinnerung",
    "close ahead": "wird bald geschlossen",
    "ticket list": "Liste der Tickets",
    "mail test": "Testmail",
    "customer receipt": "Quittung an den Kunden",
    "assigned": "zugewiesen",
    "note added": "neue Notiz",
    "customer acted": "Kunde hat etwas getan",
    "target warning": "Frist läuft bald ab",
    "target missed": "Frist verpasst",
    "awake": "Wiedervorlage",
    "digest": "Übersicht",
    "weekly report": "Wochenbericht",
    "license known": "Neues zu einer Lizenz",
    "sms": "SMS",
    "right": "Anspruch auf Support",
    "budget": "bezahlte Zeit",
    # rights to support
    "Booked {time}: {booked} of {budget} that its credits pay for.": (
        "{time} gebucht: {booked} von {budget}, die das Guthaben bezahlt."
    ),
    "This desk asks nobody for a right to support.": (
        "Dieser Desk fragt niemanden nach einem Anspruch auf Support."
    ),
    "It is free already.": "Es ist schon frei.",
    "Nobody needs a right to support for this ticket.": (
        "Für dieses Ticket braucht niemand einen Anspruch auf Support."
    ),
    "It is on hold already.": "Es ruht schon.",
    "Not done: mail does not reach the customer, who would hear nothing of it.": (
        "Nicht getan: Mail erreicht den Kunden nicht, er würde nichts davon erfahren."
    ),
    "Not done: {person} got as much automatic mail as is allowed, and would hear nothing of it; "
    "do it later.": (
        "Nicht getan: {person} hat so viel automatische Mail bekommen, wie erlaubt ist, und würde "
        "nichts davon erfahren; tun Sie es später."
    ),
    "It is on hold; end that first, with #free or #credit.": (
        "Es ruht; beenden Sie das zuerst, mit #free oder #credit."
    ),
    "It is done; reopen it first.": "Es ist erledigt; öffnen Sie es zuerst wieder.",
    "The ticket is on hold; the customer is told.": ("Das Ticket ruht; der Kunde erfährt es."),
    "{person} has not so many credits: {why}. Grant some with `helpdesk credits grant`.": (
        "{person} hat nicht so viel Guthaben: {why}. Neues gibt es mit `helpdesk credits grant`."
    ),
    "{amount} used for this ticket; {left} left.": (
        "{amount} für dieses Ticket verwendet; {left} übrig."
    ),
    "No credit was used for this ticket.": "Für dieses Ticket wurde kein Guthaben verwendet.",
    "Only {amount} used for this ticket.": "Für dieses Ticket nur {amount} verwendet.",
    "{amount} given back; {left} left.": "{amount} gutgeschrieben; {left} übrig.",
    "1 credit": "1 Guthaben",
    "{number} credits": "{number} Guthaben",
    "{text} is no number of credits; write one from 1 to {most}": (
        "{text} ist keine Zahl von Guthaben; schreiben Sie eine von 1 bis {most}"
    ),
    "agreement ({kind}) of {holder}": "Vereinbarung ({kind}) von {holder}",
    "agreement ({kind}) of {holder} until {day}": "Vereinbarung ({kind}) von {holder} bis {day}",
    "contract": "Vertrag",
    "toolkit": "Toolkit",
    "OEM contract": "OEM-Vertrag",
    "end user": "Endanwender",
    "support is included in {product}": "Support gehört zu {product}",
    "a license provider has not answered yet": (
        "ein Anbieter von Lizenzen hat noch nicht geantwortet"
    ),
    "there are credits, but the address is not proved": (
        "es gibt Guthaben, aber die Adresse ist nicht nachgewiesen"
    ),
    "a credit of {holder}": "ein Guthaben von {holder}",
    "no right was found": "kein Anspruch gefunden",
    "by a rule": "durch eine Regel",
    "by {name}": "durch {name}",
    "category {category}": "Kategorie {category}",
    "about {product}, but nobody can be told where to ask": (
        "zu {product}, aber niemandem kann gesagt werden, wo zu fragen ist"
    ),
    "{why}, and the requester cannot be told": "{why}, und dem Kunden kann es niemand sagen",
    "an earlier ticket waits for a credit, too": (
        "ein früheres Ticket wartet auch auf ein Guthaben"
    ),
    "split from {tag}": "abgetrennt von {tag}",
    # what a file is
    "message from {person}": "Nachricht von {person}",
    "encrypted message, cannot be read here": "verschlüsselte Nachricht, hier nicht lesbar",
    "Invitation: {title}": "Einladung: {title}",
    "Cancelled event: {title}": "Abgesagter Termin: {title}",
    "Event: {title}": "Termin: {title}",
    "Accepted by {person}": "Zugesagt von {person}",
    "Declined by {person}": "Abgesagt von {person}",
    "Accepted tentatively by {person}": "Mit Vorbehalt zugesagt von {person}",
}
_TABLES: Mapping[str, Mapping[str, str]] = {"de": _GERMAN}
