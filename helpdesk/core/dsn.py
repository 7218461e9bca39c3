"""Delivery reports: which mail of ours did not arrive, with whom and why.

Standards: RFC 3464 (message/delivery-status), RFC 6533 (its addresses beyond ASCII),
RFC 3463 (status codes); the rest are reports in plain words as mail systems print them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from helpdesk.core.mail import DeliveryReport, ReportedRecipient
from helpdesk.core.report_parts import (
    ADDRESS,
    LONGEST_LINE,
    MAX_CONTENT,
    ReportPart,
    address_in,
    decoded,
    groups_of,
    returned_header,
)

MAX_LINES = 4_000
MAX_RECIPIENTS = 1_000
MAX_DIAGNOSTIC = 500
_MAX_WORDS = 5_000


_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FEEDBACK = "message/feedback-report"
_DISPOSITION = frozenset({"message/disposition-notification"})


def read_delivery_report(
    parts: Sequence[ReportPart], *, subject: str, author: str, text: str
) -> DeliveryReport | None:
    """What a delivery report says of each recipient; None if this is none.

    `author` is the From field as shown, `text` the visible text. Whether a report in plain words
    is believed is for `classify` to say; here it only has to look like one.
    """
    types = {part.content_type for part in parts}
    if _FEEDBACK in types:
        return None
    lines = [line[:LONGEST_LINE].rstrip() for line in text[:MAX_CONTENT].splitlines()[:MAX_LINES]]
    if not _may_be_report(types, subject, author, lines):
        return None
    said = _before_returned_message(lines)
    # RFC 5429 §2.1.2: a Sieve filter may refuse a mail by what is otherwise a read receipt.
    if not types.isdisjoint(_DISPOSITION) and not _REFUSED.search(_beginning(said)):
        return None
    returned = returned_header(parts, lines[len(said) :])
    # Where the structure of the message is damaged, the fields stand in its text.
    groups = _status_groups(parts) or [g for g in groups_of(lines) if "final-recipient" in g]
    recipients = _from_fields(groups, said)
    if not recipients and (groups or _looks_like_report(subject, author, said)):
        recipients = _in_plain_words(said, returned, subject, groups)
    if not recipients:
        return None
    message_id = returned.get("message-id", "").strip(" \t<>")
    return DeliveryReport(tuple(recipients[:MAX_RECIPIENTS]), message_id)


def _may_be_report(
    types: AbstractSet[str], subject: str, author: str, lines: Sequence[str]
) -> bool:
    """Whether it is worth looking at all lines; most mails are no reports."""
    if not types.isdisjoint(_STATUS_TYPES | _DISPOSITION):
        return True
    if is_report_author(author) or is_report_subject(subject):
        return True
    beginning = _beginning(lines).lower()
    if any(words in beginning for words in _IN_SENTENCES):
        return True
    return "final-recipient" in "\n".join(lines).lower()


# --- who writes reports, and under which subject ------------------------------------------------

_REPORT_LOCAL_PART = re.compile(
    r"(?:^|[\s<\"])(?:mailer-?daemon|post-?_?master|mail-?daemon|mdaemon|mail\.?delivery\.?system"
    r"|mail-?deliver(?:y|er)|mail-?system|smtpd?|uucp|bounces?)(?:[+._-][^@\s>]{0,64})?(?:\\?@|>|\s|$)",
    re.IGNORECASE,
)
_REPORT_NAME = re.compile(
    r"mail delivery|delivery (?:sub)?system|mail ?(?:er)?[ -]daemon|post ?master\b|mail system"
    r"|system administrator|mail administrator|ndr administrator|delivery (?:agent|service|report)"
    r"|returned mail|microsoft outlook|internet mail|mailerdaemon|correo.{0,20}administra",
    re.IGNORECASE,
)
_REPORT_SUBJECT = re.compile(
    r"\W*(?:\[[^\]]{0,40}\]\W*)?(?:un-?deliver(?:able|ed)|un-?zustellbar"
    r"|non (?:remis|remise|recapitabile)|failure (?:notice|delivery|report)|fail(?:ed|ure) mail"
    r"|returned (?:e-?)?mail|returned to sender|mail (?:system )?(?:delivery|failure|error)"
    r"|message (?:delivery|not delivered|undeliverable|status)|(?:mail )?delivery (?:status"
    r"|fail|problem|error|report|notification|has failed|delay|warning|subsystem)"
    r"|(?:e-?)?mail could not be delivered|nondeliverable|non-?delivery|delayed|deferred"
    r"|warning: (?:could not send|message|e-?mail|mail|.{1,80} - user unknown)"
    r"|auto(?:matically)? rejected mail|rejected mail|mail rejected|bounced?\b|dsn\b|ndn\b|ndr\b"
    r"|could ?n.t deliver|cannot deliver|unable to deliver|permanent (?:error|failure|delivery)"
    r"|nicht zustellbar|unzustellbare|zustell(?:ung|fehler)|nicht zugestellt|[üu]bermittlungsfehler"
    r"|benachrichtigung .{0,30}zustell|fehler bei der (?:zustell|[üu]bermitt|nachrichtenzust)"
    r"|(?:ihre )?(?:e-?mail|nachricht) (?:konnte )?nicht zugestellt|non distribuable"
    r"|[ée]chec de (?:la )?(?:remise|distribution)|non d[ée]livr|message non d(?:istribu|[ée]livr)"
    r"|rapport de non[ -]remise|non[ -]remise|no (?:se puede )?entrega(?:r|do|ble)"
    r"|(?:correo|mensaje) (?:no entregado|devuelto)|(?:error|fallo) (?:de|en la) entrega"
    r"|devoluci[oó]n|devuelto al remitente|notificaci[oó]n de estado de(?: la)? entrega"
    r"|n[ãa]o (?:foi |[ée] )?(?:poss[ií]vel|entreg)|falha (?:na|de) entrega|devolvido ao remetente"
    r"|mensagem n[ãa]o entregue|mancat[oa] (?:recapito|consegna)|errore di (?:recapito|consegna)"
    r"|messaggio non (?:recapit|consegn)|impossibile (?:recapitare|consegnare)"
    r"|onbestelbaar|niet be(?:zorgd|stelbaar)|niet afgeleverd|(?:ej|kan inte) leverera|olevererbart"
    r"|kan ikke leveres|u?leveret|ikke lever(?:et|t)|toimittamaton|(?:ei|ei voi(?:da)?) toimit"
    r"|perille toimit.{1,10} ep[äa]onnist|niedor[ęe]czaln"
    r"|nie (?:mo[żz]na )?dostarcz|niedostarcz|zwrot|nedoru[čc]|nelze doru[čc]it"
    r"|k[ée]zbes[íi]thetetlen|nem k[ée]zbes[íi]thet|nelivrabil|nu (?:s-a putut|poate fi) livra"
    r"|(?:teslim edil|.{1,2}letil)(?:emedi|emeyen)"
    r"|не(?: уда[её]тся|возможно)? ?доставл?(?:ен|ить|яем)"
    r"|(?:ваше )?сообщение не доставлено|неможливо доставити|не доставлено"
    r"|(?:δεν είναι δυνατή η|αποτυχία) παράδοση|μη παραδόσιμ"
    r"|配信(?:不能|でき|エラー)|配達不能|未配信|(?:メール)?(?:送信|配信)エラー|宛先不明"
    r"|退信|邮件退回|未送达|无法(?:投递|送达|传递)|無法(?:投遞|傳遞)|郵件無法|系统退信"
    r"|배달 ?(?:실패|되지)|전송 ?실패|غير قابل للتسليم|לא ניתן למסירה"
    r"|notice: mail delivery|message you sent (?:was )?blocked|transient failure"
    r"|problem delivering (?:your )?(?:e-?mail|message)|(?:your )?message could not be delivered"
    r"|there was an error sending your|considered unsolicited bulk)",
    re.IGNORECASE,
)
_HANDED_ON = re.compile(r"\s*(?:re|fw|fwd|aw|wg|tr|rv|sv|vs|antw|i|r)\s?:", re.IGNORECASE)


def is_report_author(author: str) -> bool:
    """Whether an address, alone or with its name, is one that mail systems write from."""
    author = author[:300]
    return bool(_REPORT_LOCAL_PART.search(author) or _REPORT_NAME.search(author))


def is_report_subject(subject: str) -> bool:
    """Whether mail systems write such subjects; a person's answer or forward has a prefix."""
    subject = subject[:200]
    return not _HANDED_ON.match(subject) and _REPORT_SUBJECT.match(subject) is not None


_SENTENCE = re.compile(
    r"(?:could|can|may) ?not be (?:successfully )?delivered|couldn.t be delivered"
    r"|(?:was|were|is|has) not (?:yet )?(?:been )?delivered|(?:un|not |wasn.t )able to deliver"
    r"|did not reach (?:some|the|all)|deliver(?:y|ing) .{0,40}(?:fail|error|postponed|delayed)"
    r"|(?:fail|error|undeliver).{0,40}deliver|was (?:automatically )?rejected|is undeliverable"
    r"|n.a pas pu [eê]tre (?:d[eé]livr|remis|distribu|envoy)|konnten? nicht .{0,40}zugestellt"
    r"|nicht zugestellt werden|no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entrega"
    r"|n[aã]o (?:p[oôu]de|foi|pode) (?:ser )?(?:entreg|poss[ií]vel entreg)"
    r"|non (?:[eè] stato possibile|pu[oò] essere) (?:recapit|consegn)|kon niet worden (?:bezorgd"
    r"|afgeleverd)|(?:送信|配信|配達)できません|не (?:может быть|было|удалось) достав"
    r"|无法(?:投递|送达|发送|递送)|無法(?:投遞|傳送)|전달(?:되지|할 수 없)"
    r"|fehler bei der nachrichtenzust|bezorging is mislukt|[ée]chec de la remise|falha na entrega"
    r"|recapito non riuscito|dostarcz.{1,40}nie powiod|doru[čc]en.{1,40}nezda[řr]ilo|сбой доставки"
    r"|配信に失敗|傳遞.{0,20}失敗|传递.{0,30}失败|未能.{0,20}传递"
    r"|배달하지 못|gick inte att leverera",
    re.IGNORECASE,
)
# One of these is in every such sentence: looking for them first is much faster.
_IN_SENTENCES = (
    *("deliver", "did not reach", "rejected", "a pas pu", "zugestellt", "entreg", "recapit"),
    *("nachrichtenzust", "mislukt", "remise", "falha na", "dostarcz", "doru", "доставки", "失敗"),
    *(
        "失败",
        "未能",
        "배달하지",
        "gick inte",
        "consegn",
        "kon niet worden",
        "できません",
        "достав",
        "无法",
        "無法",
        "전달",
    ),
)
_REFUSED = re.compile(
    r"\b(?:rejected|refused|abgelehnt|rejet[eé]|rechazado|rifiutato)", re.IGNORECASE
)
_FIRST_LINES = 15


def _looks_like_report(subject: str, author: str, said: Sequence[str]) -> bool:
    if is_report_author(author):
        return True
    # People write of such things, too: then nothing in their words is a transcript.
    if is_report_subject(subject) and _STATUS.search(" ".join(said)[:_MAX_WORDS]):
        return True
    beginning = _beginning(said)
    lowered = beginning.lower()
    return (
        any(words in lowered for words in _IN_SENTENCES) and _SENTENCE.search(beginning) is not None
    )


def _beginning(said: Sequence[str]) -> str:
    return " ".join([line for line in said if line.strip()][:_FIRST_LINES])


# --- RFC 3464 -----------------------------------------------------------------------------------

_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
_RECIPIENT_GROUP = frozenset({*_RECIPIENT_FIELDS, "action", "status"})
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def _status_groups(parts: Sequence[ReportPart]) -> list[Mapping[str, str]]:
    """The groups of all status parts that speak of a recipient."""
    groups = [
        group
        for part in parts
        if part.content_type in _STATUS_TYPES
        for group in groups_of(decoded(part.content).splitlines())
    ]
    return [group for group in groups if group.keys() & _RECIPIENT_GROUP]


def _from_fields(
    groups: Sequence[Mapping[str, str]], said: Sequence[str]
) -> list[ReportedRecipient]:
    found: dict[str, ReportedRecipient] = {}
    about = _sections(said) if groups else {}
    for group in groups:
        address = _recipient(group)
        if address and address.lower() not in found:
            words = about.get(address.lower(), "")[:_MAX_WORDS]
            found[address.lower()] = _reported(address, group, words)
    return list(found.values())


def _recipient(group: Mapping[str, str]) -> str:
    """The original recipient is the address we wrote to; the final one may be an alias of it."""
    for name in _RECIPIENT_FIELDS:
        address = _generic_address(group.get(name, ""))
        if address:
            return address
    return ""


def _generic_address(value: str) -> str:
    """The address behind `type;` (RFC 3464 §2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    rest = rest if semicolon else kind
    # RFC 6533 §3: characters beyond ASCII may be written \x{HEX}. RFC 3461 §4: "+" and "=" come
    # as +2B and +3D, and not every mail system undoes that.
    rest = _ESCAPED.sub(lambda match: _character(match[1]), rest[:LONGEST_LINE])
    rest = rest.replace("+2B", "+").replace("+3D", "=")
    return address_in(rest).rstrip(".")


def _character(digits: str) -> str:
    """A character beyond ASCII; empty for what is none (also a surrogate) or needs no escape."""
    try:
        character = chr(int(digits, 16))
        character.encode()
    except (ValueError, OverflowError):
        return ""
    return "" if character.isascii() else character


_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_ACTION_OF_CLASS = {"2": "delivered", "4": "delayed", "5": "failed"}
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")


def _reported(address: str, group: Mapping[str, str], words: str) -> ReportedRecipient:
    """What the fields say; `words` is what the report says of the address in plain words."""
    kind, semicolon, diagnostic = group.get("diagnostic-code", "").partition(";")
    diagnostic = diagnostic if semicolon else kind
    match = _STATUS.search(group.get("status", ""))
    stated = match.group() if match else ""
    status = stated
    if _is_general(stated):
        status = _telling_status(diagnostic) or _telling_status(words) or stated
    action = re.split(r"[\s(;]", group.get("action", "").strip().lower())[0]
    if action not in _ACTIONS:
        action = _ACTION_OF_CLASS.get(status[:1], "failed")
    return ReportedRecipient(address, status, action, _smtp_code(diagnostic), _one_line(diagnostic))


def _is_general(status: str) -> bool:
    return not status or status.endswith(".0.0")


def _one_line(text: str) -> str:
    return " ".join(text[: 4 * MAX_DIAGNOSTIC].split())[:MAX_DIAGNOSTIC]


# --- codes --------------------------------------------------------------------------------------

_CODE_AND_STATUS = re.compile(r"(?<![\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_SMTP_CODE = re.compile(r"(?<![\d.:-])([45][0-5]\d)(?:[ :-]|$)(?!\d+ (?:bytes|octets))")


def _telling_status(text: str) -> str:
    """The status code that stands behind an SMTP code, else the first that is not general."""
    beside = _CODE_AND_STATUS.findall(text)
    codes = [*beside, *(code for code in _STATUS.findall(text) if code[0] != "2")]
    return next((code for code in codes if not _is_general(code)), codes[0] if codes else "")


def _smtp_code(text: str) -> str:
    match = _SMTP_CODE.search(text)
    return match[1] if match else ""


def _has_code(text: str) -> bool:
    return bool(_telling_status(text) or _smtp_code(text))


# --- plain words --------------------------------------------------------------------------------

_RULE = " \t>*=_#-.|"
_RETURNED = re.compile(
    r"(?:below|above|enclosed|attach(?:ed|ment)|here)\b.{0,60}\b(?:cop(?:y|ie)|header|original)"
    r"|(?:the|this|following)\b.{0,60}\b(?:cop(?:y|ie)|headers?)\b|.{0,60}\bmessage follows"
    r"|(?:original|returned|unsent|undelivered|forwarded|your|rejected|unzugestellte) "
    r"(?:e-?mail |mail )?(?:message|mail|text)?(?: body| headers?)?\s?"
    r"(?:follows?|below|is attached)"
    r"|(?:message|mail) (?:headers?|contents?|text|body) (?:follow|removed|suppressed)"
    r"|(?:original|forwarded|unsent|returned|undelivered) (?:e-?mail|message|mail)"
    r"(?:$|:?\s?$|:? headers?)"
    r"|mensaje original|message d.origine|urspr[üu]ngliche nachricht|the first \d+ lines",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(r"(?:received: |return-path: ?<|x-[\w-]{1,40}: \S)", re.IGNORECASE)


def _before_returned_message(lines: Sequence[str]) -> Sequence[str]:
    """What the mail system itself says: all up to the copy of the returned message."""
    for number, line in enumerate(lines):
        if number and (_HEADER_LINE.match(line) or _RETURNED.match(line.strip(_RULE))):
            return lines[:number]
    return lines


# What may stand before the address on a line that is about one recipient, and behind it.
_LEAD = re.compile(
    r"(?:>>> |--> )?[\s*\"'\[<|•·=-]*(?:(?:smtp|mailto|to|rcpt):\s*|rfc822;\s*)?[<'\"\[]*",
    re.IGNORECASE,
)
_LEAD_LENGTH = 40
_LABEL = re.compile(
    r"[\s*|-]{0,20}(?:(?:final|original|failed|invalid|bad|intended|envelope|unknown|mail"
    r"|undeliverable|unsuccessful)[ -]?)?(?:recipients?|rcpt to|error-for|addressee|user"
    r"|e-?mail address|address(?:es)?|destinat\w{2,8}|empf[äa]nger|undeliverable to"
    r"|expanded from|affected|addressed to"
    r"|宛先|收件人|收件地址|받는 사람|получател\w{1,4}|адресат\w{0,4})"
    r"[\w ()]{0,20}\s*[:=][\w \[<'\"(;:.-]{0,30}",
    re.IGNORECASE,
)
_LABEL_LENGTH = 100
# "Ana Ruiz (ana@example.com)" alone on its line, but not "a message sent by <...>".
_PERSON = re.compile(
    r"(?!.*\b(?:by|from|von|de|par|por|da|contact|please|help)\b)[\w .,'-]{1,60}[(<]", re.IGNORECASE
)
_PERSON_TAIL = re.compile(r"[)>]\s{0,5}(?:<mailto:[^>]{0,300}>)?\s*$", re.IGNORECASE)
_TAIL = re.compile(
    r"[>\"'\]]{0,3}\s*(?:$|<[^>\s]{1,320}>\s*$|[:;,.(…]|-\s|->|on \w|failed"
    r"|does not|is not|has |user"
    r"|no such|unknown|the )",
    re.IGNORECASE,
)
_EXPANDED = re.compile(r"\s*\(expanded from: ?<?", re.IGNORECASE)
# A line of the header that some reports repeat: it names all recipients, not those that failed.
_HEADER_TO = re.compile(r"[\s|]*(?:to|an|para|cc):[\s<\"']*", re.IGNORECASE)
_INLINE = re.compile(
    r"\b(?:to|recipients?|address(?:es)?|users?(?:id)?|mailbox|mailfolder|account|for|attempts"
    r"|an|[àa]|para|al|destinat\w{2,8})\b[^@]{0,60}$",
    re.IGNORECASE,
)
_INLINE_LENGTH = 80
_TRANSCRIPT = re.compile(r"(?:rcpt to: ?<?|(?<!\d)[45]\d\d[ -](?:\d\.\d+\.\d+ )?<)$", re.IGNORECASE)
_NOBODY = re.compile(r"(?:post-?master|mailer-?daemon|abuse|support|helpdesk|noc)@", re.IGNORECASE)


def _named_by(line: str) -> str:
    """The address that the line is about: it begins with it, or has it behind a label."""
    match = ADDRESS.search(line) if "@" in line else None
    if match is None:
        return ""
    before, after = line[: match.start()], line[match.end() :]
    is_labelled = len(before) <= _LABEL_LENGTH and (
        _LABEL.fullmatch(before) or _EXPANDED.fullmatch(before)
    )
    is_first = len(before) <= _LEAD_LENGTH and _LEAD.fullmatch(before) and _TAIL.match(after)
    is_person = (
        _PERSON.fullmatch(before) and _PERSON_TAIL.match(after) and not _NOBODY.match(match[1])
    )
    return match[1].rstrip(".") if is_labelled or is_first or is_person else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _named(said: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line with the address it is about, or empty. A line that stands further to the right
    than the first one of these goes on with it.
    """
    most: int | None = None
    for line in said:
        address = _named_by(line)
        if address and not _EXPANDED.match(line):
            most = _indent(line) if most is None else most
            address = address if _indent(line) <= most else ""
        yield line, address


def _sections(said: Sequence[str]) -> Mapping[str, str]:
    """By address in lower case: what the report says from the line that is about it on."""
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line, address in _named(said):
        if address:
            current = sections.setdefault(address.lower(), [])
        if current is not None:
            current.append(line)
    return {address: " ".join(lines) for address, lines in sections.items()}


def _addresses_said(said: Sequence[str], sender: str) -> list[str]:
    """The recipients that a report names, by the surest way in which it names any."""
    sure: list[str] = []
    repeated: list[str] = []
    inline: list[str] = []
    transcript: list[str] = []
    for line, address in _named(said):
        if address:
            is_repeated = _HEADER_TO.fullmatch(line[: line.find(address)])
            (repeated if is_repeated else sure).append(address)
            continue
        start = 0
        for match in ADDRESS.finditer(line) if "@" in line else ():
            before = line[max(start, match.start() - _INLINE_LENGTH) : match.start()]
            start = match.end()
            if _TRANSCRIPT.search(before):
                transcript.append(match[1])
            elif _INLINE.search(before) and not _NOBODY.match(match[1]):
                inline.append(match[1])
    others = [
        [a.rstrip(".") for a in found if a.lower() != sender]
        for found in (sure, repeated, inline, transcript)
    ]
    return next((found for found in others if found), [])


def _mentions(said: Sequence[str]) -> Mapping[str, str]:
    """By address in lower case: the lines that have it, such as those of an SMTP transcript."""
    mentions: dict[str, list[str]] = {}
    for line in said:
        for address in {match[1].lower() for match in ADDRESS.finditer(line)}:
            mentions.setdefault(address, []).append(line)
    return {address: " ".join(lines) for address, lines in mentions.items()}


_DELAYED = re.compile(
    r"not yet been delivered|has been (?:delayed|postponed)|will (?:continue|keep|be retried)"
    r"|still (?:being )?(?:retried|trying)|is (?:just |only )?a warning|delivery attempts will"
    r"|warning message only|delayed (?:mail|message|delivery)|could not send message for past"
    r"|you do not need to (?:resend|do anything)|\bdelay(?:ed)? \d+ |wird weiter versucht"
    r"|no action is required on your part|only a temporary failure",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"given up|giving up|will not (?:be )?(?:try|retr)|permanent|failed after|too long"
    r"|could not be delivered for \d+ days|deleted from (?:the )?queue",
    re.IGNORECASE,
)


def _in_plain_words(
    said: Sequence[str],
    returned: Mapping[str, str],
    subject: str,
    groups: Sequence[Mapping[str, str]],
) -> list[ReportedRecipient]:
    """Read what is said; fields that name no address still tell status and action."""
    all_said = " ".join(said)
    is_delay = _DELAYED.search(f"{subject[:200]} {all_said}") and not _GAVE_UP.search(all_said)
    fields = dict(groups[0]) if groups else {}
    fields.setdefault("action", "delayed" if is_delay else "failed")
    sender = address_in(returned.get("return-path") or returned.get("from", "")).lower()
    addresses = _addresses_said(said, sender) or ADDRESS.findall(returned.get("to", ""))
    once = {address.lower(): address for address in addresses[:MAX_RECIPIENTS]}
    about = (_sections(said), _mentions(said))
    of_all = _as_said(all_said[:_MAX_WORDS], fields)
    found = []
    for key, address in once.items():
        words = next((w for told in about if _has_code(w := told.get(key, "")[:_MAX_WORDS])), "")
        found.append(replace(_as_said(words, fields) if words else of_all, address=address))
    return found


def _as_said(words: str, fields: Mapping[str, str]) -> ReportedRecipient:
    return _reported("", {"diagnostic-code": f"words; {words}", **fields}, words)
