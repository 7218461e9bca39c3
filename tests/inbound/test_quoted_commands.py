"""What is quoted commands nothing: replies of many mail clients to a mail whose first lines look
like commands, with words above the quotation, below it, or none at all."""

# ruff: noqa: E501 -- lines of mails are as long as clients make them

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from helpdesk.core.commands import Verb, read_commands
from helpdesk.core.decide_agent import _said
from helpdesk.inbound.parse import parse
from tests.folded import for_each

OLD = [
    "#resolve",
    "#close",
    "/take",
    "Status: closed",
    "",
    "Ana Ruiz wrote:",
    "It burns.",
    "",
    "Ana",
]
EARLIER = [
    "# close",
    "#assign carl",
    "Priority: high",
    "#note",
    "Sorry, it is fixed now.",
    "",
    "Bob",
]
ADDRESS = "support+t.abc@example.test"
WORDS = {
    "en": "Please try the new version.\nIt is on our page.",
    "de": "Bitte nehmen Sie die neue Version.\nSie liegt auf unserer Seite.",
}
SIGNATURES = {
    "en": "Sent from my iPhone",
    "de": "Von meinem iPhone gesendet",
    "--": "-- \nBob Agent",
}


@dataclass(frozen=True)
class Layout:
    """How a client writes a reply: `{new}` and `{old}` are the words and the quotation."""

    name: str
    template: str
    mark: str = "> "
    is_html: bool = False

    def mail(self, new: str, old: list[str], extra: str = "") -> bytes:
        if self.is_html:
            said = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in new.splitlines())
            quoted = "<br>\r\n".join(map(escape, old))
        else:
            said = new
            quoted = "\n".join(f"{self.mark}{line}".rstrip() for line in old)
        body = self.template.replace("{new}", said).replace("{old}", quoted)
        subtype = "html" if self.is_html else "plain"
        head = (
            f"From: Bob Agent <bob@example.test>\nTo: {ADDRESS}\nSubject: Re: Printer\n{extra}"
            f"MIME-Version: 1.0\nContent-Type: text/{subtype}; charset=utf-8\n\n"
        )
        return (head + body).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def plain(name: str, template: str, mark: str = "> ") -> Layout:
    return Layout(name, template, mark)


def page(name: str, template: str) -> Layout:
    return Layout(name, f"<html><body>{template}</body></html>", is_html=True)


OUTLOOK_EN = (
    "From: Example Support <notifications@example.test>\nSent: Friday, November 20, 2026 10:00 AM\n"
    "To: Bob Agent <bob@example.test>\nSubject: Printer [TICK-1001]\n\n"
)
OUTLOOK_DE = (
    "Von: Example Support <notifications@example.test>\nGesendet: Freitag, 20. November 2026 10:00\n"
    "An: Bob Agent <bob@example.test>\nBetreff: Printer [TICK-1001]\n\n"
)


def html_fields(fields: str) -> str:
    return "<br>".join(
        f"<b>{line.partition(':')[0]}:</b>{escape(line.partition(':')[2])}"
        for line in fields.strip().splitlines()
    )


LAYOUTS = [
    plain(
        "gmail-en",
        "{new}\n\nOn Fri, Nov 20, 2026 at 10:00 AM Example Support <notifications@example.test>\n"
        "wrote:\n\n{old}\n",
    ),
    plain(
        "gmail-de",
        "{new}\n\nAm Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Example Support <\n"
        "notifications@example.test>:\n\n{old}\n",
    ),
    page(
        "gmail-html-en",
        '<div dir="ltr">{new}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr"'
        ' class="gmail_attr">On Fri, Nov 20, 2026 at 10:00 AM Example Support &lt;<a href="mailto:'
        'notifications@example.test">notifications@example.test</a>&gt; wrote:<br></div><blockquote'
        ' class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{old}</blockquote></div>',
    ),
    page(
        "gmail-html-de",
        '<div dir="ltr">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Am'
        " Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Example Support &lt;notifications@example.test&gt;:"
        '<br></div><blockquote class="gmail_quote">{old}</blockquote></div>',
    ),
    plain(
        "gmail-mobile-en",
        "{new}\n\nOn Fri, 20 Nov 2026, 10:00 Example Support, <notifications@example.test>\nwrote:\n\n{old}\n",
    ),
    page(
        "gmail-mobile-html-de",
        '<div dir="auto">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        "Example Support &lt;notifications@example.test&gt; schrieb am Fr., 20. Nov. 2026, 10:00:<br>"
        '</div><blockquote class="gmail_quote">{old}</blockquote></div>',
    ),
    plain("outlook-en", "{new}\n\n" + OUTLOOK_EN + "{old}\n", ""),
    plain("outlook-de", "{new}\n\n" + OUTLOOK_DE + "{old}\n", ""),
    plain(
        "outlook-original-en", "{new}\n\n-----Original Message-----\n" + OUTLOOK_EN + "{old}\n", ""
    ),
    plain(
        "outlook-original-de",
        "{new}\n\n-----Ursprüngliche Nachricht-----\n" + OUTLOOK_DE + "{old}\n",
        "",
    ),
    page(
        "outlook-html-en",
        '<div class="WordSection1"><p class="MsoNormal">{new}</p><p class="MsoNormal">&nbsp;</p><div>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p'
        f' class="MsoNormal">{html_fields(OUTLOOK_EN)}</p></div></div><p class="MsoNormal">&nbsp;</p>'
        '<p class="MsoNormal">{old}</p></div>',
    ),
    page(
        "outlook-html-de",
        '<div class="WordSection1">{new}<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div style="border:'
        'none;border-top:solid #B5C4DF 1.0pt"><p class="MsoNormal">'
        f"{html_fields(OUTLOOK_DE)}<o:p></o:p></p></div>"
        "<p>{old}</p></div>",
    ),
    page(
        "outlook-web-en",
        '<div class="elementToProof">{new}</div><div id="appendonsend"></div><hr style="display:'
        'inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">'
        f"{html_fields(OUTLOOK_EN)}</font><div>&nbsp;</div></div><div>" + "{old}</div>",
    ),
    plain(
        "outlook-web-plain-de",
        "{new}\n________________________________\n" + OUTLOOK_DE + "{old}\n",
        "",
    ),
    page(
        "outlook-ios-en",
        '<div dir="ltr">{new}</div><div id="ms-outlook-mobile-signature"></div><hr style="display:'
        'inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font style="font-size:11pt">'
        f"{html_fields(OUTLOOK_EN)}</font></div>" + "<div>{old}</div>",
    ),
    page(
        "outlook-mac-de",
        '<div>{new}</div><div><br></div><div id="mail-editor-reference-message-container"><div style='
        '"border:none;border-top:solid #B5C4DF 1.0pt"><p>'
        f"{html_fields(OUTLOOK_DE)}</p></div>" + "<div>{old}</div></div>",
    ),
    plain(
        "apple-mail-en",
        "{new}\n\n> On 20. Nov 2026, at 10:00, Example Support <notifications@example.test> wrote:\n> \n"
        "{old}\n",
    ),
    plain(
        "apple-mail-de",
        "{new}\n\n> Am 20.11.2026 um 10:00 schrieb Example Support <notifications@example.test>:\n> \n"
        "{old}\n",
    ),
    page(
        "apple-mail-html-en",
        '{new}<div><br><blockquote type="cite"><div>On Nov 20, 2026, at 10:00 AM, Example Support'
        ' &lt;notifications@example.test&gt; wrote:</div><br class="Apple-interchange-newline"><div>'
        "{old}</div></blockquote></div>",
    ),
    plain(
        "ios-mail-en",
        "{new}\n\nOn Nov 20, 2026, at 10:00 AM, Example Support\n<notifications@example.test> wrote:\n\n"
        "\ufeff\n{old}\n",
    ),
    page(
        "ios-mail-html-de",
        '<div dir="ltr">{new}</div><div dir="ltr"><br><blockquote type="cite">Am 20.11.2026 um 10:00'
        " schrieb Example Support &lt;notifications@example.test&gt;:<br><br></blockquote></div>"
        '<blockquote type="cite"><div dir="ltr">\ufeff{old}</div></blockquote>',
    ),
    plain("thunderbird-en", "{new}\n\nOn 11/20/26 10:00, Example Support wrote:\n{old}\n"),
    plain("thunderbird-de", "{new}\n\nAm 20.11.26 um 10:00 schrieb Example Support:\n{old}\n"),
    plain("thunderbird-below-en", "On 11/20/26 10:00, Example Support wrote:\n{old}\n\n{new}\n"),
    plain(
        "thunderbird-below-de", "Am 20.11.26 um 10:00 schrieb Example Support:\n{old}\n\n{new}\n"
    ),
    page(
        "thunderbird-html-de",
        '<p>{new}</p><div class="moz-cite-prefix">Am 20.11.26 um 10:00 schrieb Example Support:<br>'
        '</div><blockquote type="cite" cite="mid:x@example.test">{old}</blockquote>',
    ),
    page(
        "yahoo-html-en",
        '<div class="yahoo-style-wrap"><div>{new}</div><br></div><div id="yahoo_quoted_1" class='
        '"yahoo_quoted"><div><div>On Friday, November 20, 2026 at 10:00:00 AM GMT+1, Example Support'
        " &lt;notifications@example.test&gt; wrote:</div><div><br></div><div>{old}</div></div></div>",
    ),
    plain(
        "yahoo-en",
        "{new}\n\n    On Friday, November 20, 2026 at 10:00:00 AM GMT+1, Example Support"
        " <notifications@example.test> wrote:\n \n {old}\n",
        " ",
    ),
    plain(
        "proton-en",
        "{new}\n\nOn Friday, November 20th, 2026 at 10:00, Example Support"
        " <notifications@example.test> wrote:\n\n{old}\n",
    ),
    plain(
        "proton-de",
        "{new}\n\nAm Freitag, 20. November 2026 um 10:00, schrieb Example Support"
        " <notifications@example.test>:\n\n{old}\n",
    ),
    page(
        "proton-html-en",
        '<div style="font-family: Arial">{new}</div><div class="protonmail_quote">On Friday, November'
        " 20th, 2026 at 10:00, Example Support &lt;notifications@example.test&gt; wrote:<br><blockquote"
        ' class="protonmail_quote" type="cite">{old}</blockquote></div>',
    ),
    plain(
        "zimbra-en",
        "{new}\n\n----- Original Message -----\nFrom: Example Support <notifications@example.test>\n"
        "To: Bob Agent <bob@example.test>\nSent: Fri, 20 Nov 2026 10:00:00 +0100 (CET)\n"
        "Subject: Printer [TICK-1001]\n\n{old}\n",
        "",
    ),
    page(
        "zimbra-html-de",
        '<div style="font-family: arial">{new}<br><hr id="zwchr" data-marker="__DIVIDER__"><div data-'
        'marker="__HEADERS__"><b>Von: </b>"Example Support" &lt;notifications@example.test&gt;<br><b>'
        "An: </b>bob@example.test<br><b>Gesendet: </b>Freitag, 20. November 2026 10:00:00<br><b>Betreff:"
        ' </b>Printer<br></div><div data-marker="__QUOTED_TEXT__">{old}</div></div>',
    ),
    plain(
        "lotus-notes-en",
        "{new}\n\n\n\nFrom:   Example Support <notifications@example.test>\nTo:     bob@example.test\n"
        "Date:   20.11.2026 10:00\nSubject:        Printer [TICK-1001]\n\n\n\n{old}\n",
        "",
    ),
    plain(
        "lotus-notes-de",
        "{new}\n\n\n\nVon:    Example Support <notifications@example.test>\nAn:     bob@example.test\n"
        "Datum:  20.11.2026 10:00\nBetreff:        Printer [TICK-1001]\n\n\n\n{old}\n",
        "",
    ),
    plain(
        "k9-en",
        "{new}\n\n\nOn November 20, 2026 10:00:00 AM GMT+01:00, Example Support <notifications@example.test>"
        " wrote:\n{old}\n",
        ">",
    ),
    plain(
        "k9-de",
        "{new}\n\n\nAm 20. November 2026 10:00:00 MEZ schrieb Example Support"
        " <notifications@example.test>:\n{old}\n",
        ">",
    ),
    plain(
        "samsung-en",
        "{new}\n\n-------- Original message --------\nFrom: Example Support"
        " <notifications@example.test>\nDate: 20/11/2026 10:00 (GMT+01:00)\nTo: bob@example.test\n"
        "Subject: Printer\n\n{old}\n",
        "",
    ),
    page(
        "samsung-html-de",
        '<div dir="auto">{new}</div><div align="left" dir="auto" style="font-size:100%;color:#000000">'
        "<div>-------- Ursprüngliche Nachricht --------</div><div>Von: Example Support"
        " &lt;notifications@example.test&gt; </div><div>Datum: 20.11.26  10:00  (GMT+01:00) </div><div>"
        "An: bob@example.test </div><div>Betreff: Printer </div><div><br></div></div>{old}",
    ),
    plain(
        "mutt-below-en",
        "On Fri, Nov 20, 2026 at 10:00:00AM +0100, Example Support wrote:\n{old}\n\n{new}\n",
    ),
    plain(
        "mutt-en",
        "{new}\n\nOn Fri, Nov 20, 2026 at 10:00:00AM +0100, Example Support wrote:\n{old}\n",
    ),
    plain("roundcube-en", "{new}\n\nOn 2026-11-20 10:00, Example Support wrote:\n{old}\n"),
    plain("roundcube-de", "{new}\n\nAm 2026-11-20 10:00, schrieb Example Support:\n{old}\n"),
    page(
        "roundcube-html-de",
        '<p>{new}</p><p id="reply-intro">Am 2026-11-20 10:00, schrieb Example Support:</p><blockquote'
        ' type="cite" style="padding: 0 0.4em">{old}</blockquote>',
    ),
    page(
        "gmx-html-de",
        '<div style="font-family: Verdana"><div>{new}</div><div>&nbsp;<div name="quote" style="margin:'
        '10px 5px 5px 10px"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Freitag, 20. November'
        " 2026 um 10:00 Uhr<br/><b>Von:</b>&nbsp;&quot;Example Support&quot;"
        " &lt;notifications@example.test&gt;<br/><b>An:</b>&nbsp;bob@example.test<br/><b>Betreff:</b>"
        '&nbsp;Printer</div><div name="quoted-content">{old}</div></div></div></div>',
    ),
    plain(
        "webde-de",
        '{new}\n\nGesendet: Freitag, 20. November 2026 um 10:00 Uhr\nVon: "Example Support"'
        " <notifications@example.test>\nAn: bob@example.test\nBetreff: Printer\n{old}\n",
        "",
    ),
    plain(
        "fastmail-en", "{new}\n\nOn Fri, 20 Nov 2026, at 10:00 AM, Example Support wrote:\n{old}\n"
    ),
    page(
        "fastmail-html-en",
        "<div>{new}</div><div><br></div><div>On Fri, 20 Nov 2026, at 10:00 AM, Example Support wrote:"
        '</div><blockquote type="cite" id="qt">{old}</blockquote>',
    ),
    page(
        "yandex-html-en",
        "<div>{new}</div><div>&nbsp;</div><div>20.11.2026, 10:00, &quot;Example Support&quot;"
        " &lt;notifications@example.test&gt;:</div><blockquote><p>{old}</p></blockquote>",
    ),
    plain(
        "yandex-en",
        '{new}\n\n20.11.2026, 10:00, "Example Support" <notifications@example.test>:\n{old}\n',
    ),
    page(
        "qq-html-en",
        '<div>{new}</div><div><br></div><div><div style="font-size: 12px;background:#efefef">'
        "------------------&nbsp;Original&nbsp;------------------</div><div><b>From:</b>&nbsp;"
        '"Example Support"&lt;notifications@example.test&gt;;</div><div><b>Date:</b>&nbsp;Fri, Nov 20,'
        ' 2026 10:00 AM</div><div><b>To:</b>&nbsp;"bob"&lt;bob@example.test&gt;;</div><div><b>Subject:'
        "</b>&nbsp;Printer</div></div><div>{old}</div>",
    ),
    page(
        "163-html",
        '<div>{new}</div><p><br></p><div id="isReplyContent"><p>At 2026-11-20 10:00:00, "Example Support"'
        ' &lt;notifications@example.test&gt; wrote:</p><blockquote id="isReplyContent">{old}'
        "</blockquote></div>",
    ),
    plain(
        "163-en",
        '{new}\n\n\n\n\n\nAt 2026-11-20 10:00:00, "Example Support" <notifications@example.test>'
        " wrote:\n{old}\n",
        ">",
    ),
    page(
        "hcl-verse-html-en",
        '<div class="socmaildefaultfont">{new}<br><blockquote data-history-content-modified="1" dir="ltr"'
        ' style="border-left:solid #aaaaaa 2px">----- Original message -----<br>From: "Example Support"'
        " &lt;notifications@example.test&gt;<br>To: bob@example.test<br>Subject: Printer<br>Date: Fri,"
        " Nov 20, 2026 10:00 AM<br><br>{old}</blockquote></div>",
    ),
]
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def said_in(raw: bytes) -> str:
    return _said(parse(raw).words)


EACH = [(name, old) for name in BY_NAME for old in (OLD, EARLIER, [*EARLIER, "", *OLD])]


def test_there_are_enough_clients() -> None:
    clients = {layout.name.split("-")[0] for layout in LAYOUTS}

    assert len(BY_NAME) == len(LAYOUTS)
    assert len(clients) >= 18
    assert sum(layout.is_html for layout in LAYOUTS) >= 20


@for_each(("name", "old"), EACH)
@for_each("language", WORDS)
def test_words_without_a_command_have_none_whatever_they_quote(
    name: str, old: list[str], language: str
) -> None:
    said = said_in(BY_NAME[name].mail(WORDS[language], old))

    assert said.split() == WORDS[language].split()
    assert read_commands(said).lines == ()
    assert read_commands(said).suspicious == ()


@for_each(("name", "old"), EACH)
def test_a_reply_without_words_commands_nothing(name: str, old: list[str]) -> None:
    found = read_commands(said_in(BY_NAME[name].mail("", old)))

    assert found.lines == ()
    assert found.rest.strip() == ""


@for_each(("name", "old"), EACH)
@for_each("signature", SIGNATURES)
def test_a_reply_with_nothing_but_a_signature_commands_nothing(
    name: str, old: list[str], signature: str
) -> None:
    found = read_commands(said_in(BY_NAME[name].mail(SIGNATURES[signature], old)))

    assert found.lines == ()
    assert "#" not in found.rest
    assert "Status" not in found.rest


COMMANDED: list[tuple[str, list[Verb], str]] = [
    ("#resolve", [Verb.RESOLVE], ""),
    ("#resolve\n#time 20m", [Verb.RESOLVE, Verb.TIME], ""),
    ("#time 20m\n/take", [Verb.TIME, Verb.TAKE], ""),
    ("#time 20m\n\n#cc carl@example.test", [Verb.TIME, Verb.CC], ""),
    ("#waiting #tag vpn\nPlease try this.", [Verb.STATUS, Verb.TAG], "Please try this."),
    ("Status: waiting\nPlease try this.", [Verb.STATUS], "Please try this."),
    ("#note\nHe called.\n-- \nBob Agent", [Verb.NOTE], "He called."),
    ("/take\n-- \nBob Agent", [Verb.TAKE], ""),
    ("#close\n\nBob Agent", [Verb.CLOSE], ""),
]


@for_each("name", BY_NAME)
@for_each(("new", "verbs", "rest"), COMMANDED)
def test_a_command_of_ones_own_is_found_beside_every_quotation(
    name: str, new: str, verbs: list[Verb], rest: str
) -> None:
    found = read_commands(said_in(BY_NAME[name].mail(new, OLD)))

    assert [line.verb for line in found.lines] == verbs
    assert found.problems == ()
    assert " ".join(found.rest.split()) == rest


@for_each("change", [str.upper, lambda old: old.replace("#", "# ")])
@for_each("name", BY_NAME)
def test_other_forms_of_quoted_commands_are_no_commands(
    name: str, change: Callable[[str], str]
) -> None:
    said = said_in(BY_NAME[name].mail(WORDS["en"], [change(line) for line in OLD]))

    assert read_commands(said).lines == ()
