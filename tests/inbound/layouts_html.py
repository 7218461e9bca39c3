"""Replies in HTML, one small function for each client."""

# ruff: noqa: E501 -- lines of mails are as long as clients make them

from dataclasses import replace
from html import escape

from tests.inbound.layout_frames import BELOW, TOP, Reply, boxed, div, labelled, page
from tests.inbound.layouts_text import (
    EVOLUTION,
    HORDE,
    KMAIL,
    MAIL_RU,
    NETEASE,
    PROTON,
    SOGO,
    TUTANOTA,
    YAHOO,
)

# ---------------------------------------------------------------- HTML


@page("gmail")
def gmail_page(r: Reply) -> str:
    intro = f'<div dir="ltr" class="gmail_attr">{escape(r.introduction("gmail"))}<br></div>'
    return boxed(
        r,
        intro,
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">',
        "</blockquote>",
        '<div class="gmail_quote gmail_quote_container">',
        "</div>",
    )


@page("gmail-old")
def gmail_old_page(r: Reply) -> str:
    return boxed(
        r,
        f"{escape(r.introduction('gmail'))}<br>",
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">',
        "</blockquote>",
        '<div class="gmail_quote">',
        "</div>",
    )


@page("apple-mail")
def apple_page(r: Reply) -> str:
    intro = f'<div><blockquote type="cite"><div>{escape(r.introduction("apple"))}</div></blockquote></div>'
    return boxed(
        r,
        intro,
        '<br class="Apple-interchange-newline"><div><blockquote type="cite"><div style="word-wrap: break-word">',
        "</div></blockquote></div>",
    )


@page("ios-mail")
def ios_page(r: Reply) -> str:
    intro = f'<div dir="ltr"><blockquote type="cite">{escape(r.introduction("apple"))}<br><br></blockquote></div>'
    return boxed(r, intro, '<blockquote type="cite"><div dir="ltr">\ufeff', "</div></blockquote>")


@page("thunderbird")
def thunderbird_page(r: Reply) -> str:
    intro = f'<div class="moz-cite-prefix">{escape(r.introduction("thunderbird"))}<br></div>'
    return boxed(r, intro, '<blockquote type="cite" cite="mid:1@example.org">', "</blockquote>")


def word(r: Reply, color: str = "#E1E1E1") -> str:
    return f'<div><div style="border:none;border-top:solid {color} 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{labelled(r, "fdts")}<o:p></o:p></p></div></div>'


def paragraphs(lines: tuple[str, ...]) -> str:
    return "".join(f'<p class="MsoNormal">{escape(line)}<o:p></o:p></p>' for line in lines)


@page("outlook-desktop", styles=TOP)
def outlook_page(r: Reply) -> str:
    return f'<div class="WordSection1">{paragraphs(r.new)}<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{word(r)}<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{paragraphs(r.old)}</div>'


@page("outlook-desktop-name", styles=TOP)
def outlook_name_page(r: Reply) -> str:
    name = replace(r, address="")
    head = word(name, "#B5C4DF").replace(" &lt;&gt;", "")
    return f'<div class="WordSection1">{paragraphs(r.new)}{head}{paragraphs(r.old)}</div>'


@page("outlook-desktop-indented", styles=TOP)
def outlook_indented_page(r: Reply) -> str:
    return f'<div class="WordSection1">{paragraphs(r.new)}<div style="border:none;border-left:solid blue 1.5pt;padding:0cm 0cm 0cm 4.0pt">{word(r)}{paragraphs(r.old)}</div></div>'


@page("outlook-web", styles=TOP)
def outlook_web_page(r: Reply) -> str:
    return f'<div class="elementToProof">{div(r.new)}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri" color="#000000">{labelled(r, "fdts")}</font><div>&nbsp;</div></div><div>{div(r.old)}</div>'


@page("outlook-ios", styles=TOP)
def outlook_ios_page(r: Reply) -> str:
    return f'<div dir="ltr">{div(r.new)}</div><div id="mail-editor-reference-message-container"><hr style="width:98%"><div id="divRplyFwdMsg" style="font-size:11pt">{labelled(r, "fdts")}</div><br>{div(r.old)}</div>'


@page("outlook-new", styles=TOP)
def outlook_new_page(r: Reply) -> str:
    return f'<div class="elementToProof">{div(r.new)}</div><div id="ms-outlook-mobile-signature"></div><div id="mail-editor-reference-message-container" class="ms-outlook-mobile-reference-message skipProofing"><div style="border-width:1pt medium medium;border-style:solid none none;border-color:rgb(181,196,223)">{labelled(r, "fdts")}</div>{div(r.old)}</div>'


@page("outlook-mac", styles=TOP)
def outlook_mac_page(r: Reply) -> str:
    return f'<div>{div(r.new)}</div><div><br></div><span id="OLK_SRC_BODY_SECTION"><div style="border-top: #b5c4df 1pt solid">{labelled(r, "fdts")}</div><div><br></div>{div(r.old)}</span>'


@page("windows-mail", styles=TOP)
def windows_mail_page(r: Reply) -> str:
    return f'{div(r.new)}<div style="font: 10pt tahoma"><div>&nbsp;</div><div style="background: #f5f5f5">{labelled(r, "fdts", "</div><div>")}</div></div><div>&nbsp;</div>{div(r.old)}'


@page("owa-exchange", styles=TOP)
def owa_page(r: Reply) -> str:
    return f'<div style="direction: ltr">{div(r.new)}<hr tabindex="-1"><div style="direction: ltr;" id="divRpF100"><font face="Tahoma" size="2" color="#000000">{labelled(r, "fdts")}<br></font><br></div><div></div><div>{div(r.old)}</div></div>'


@page("yahoo", *YAHOO, styles=BELOW)
def yahoo_page(r: Reply) -> str:
    intro = YAHOO[r.language.code].format(n=r.name, a=r.address)
    box = f'<div id="yahoo_quoted_4711" class="yahoo_quoted"><div style="font-size:13px"><div> {escape(intro)} </div><div><br></div><div>{div(r.old)}</div></div></div>'
    return (
        f'<div class="yahoo-style-wrap">{div(r.new)}</div>{box}'
        if r.style == "top"
        else f"{box}{div(r.new)}"
    )


@page("yahoo-basic", *YAHOO, styles=BELOW)
def yahoo_basic_page(r: Reply) -> str:
    intro = YAHOO[r.language.code].format(n=r.name, a=r.address)
    box = f'<div id="ydpa1b2yahoo_quoted_4711" class="ydpa1b2yahoo_quoted"><div>{escape(intro)}</div><div>{div(r.old)}</div></div>'
    return f"{div(r.new)}{box}" if r.style == "top" else f"{box}{div(r.new)}"


@page("aol", styles=TOP)
def aol_page(r: Reply) -> str:
    return f'<font color="black">{div(r.new)}<br><br><div style="font-family:arial">-----{escape(r.language.original)}-----<br>{"<br>".join(map(escape, r.header("ftds")))}<br><br><div id="AOLMsgPart_0_x">{div(r.old)}</div></div></font>'


@page("proton", *PROTON)
def proton_page(r: Reply) -> str:
    intro = escape(PROTON[r.language.code].format(n=r.name, a=r.address)) + "<br>"
    return boxed(
        r,
        intro,
        '<blockquote class="protonmail_quote" type="cite">',
        "</blockquote>",
        '<div class="protonmail_quote">',
        "</div>",
    )


@page("tutanota", *TUTANOTA)
def tutanota_page(r: Reply) -> str:
    intro = f"<div>{escape(TUTANOTA[r.language.code].format(a=r.address))}<br></div>"
    return boxed(
        r,
        intro,
        '<blockquote class="tutanota_quote" style="border-left: 1px solid #93A3B8; padding-left: 10px">',
        "</blockquote>",
    )


@page("zimbra", styles=TOP)
def zimbra_page(r: Reply) -> str:
    return f'<div style="font-family: arial">{div(r.new)}<br><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><blockquote style="border-left:2px solid #1010FF">{labelled(r, "ftds")}<br></blockquote></div><div data-marker="__QUOTED_TEXT__"><blockquote style="border-left:2px solid #1010FF">{div(r.old)}</blockquote></div></div>'


@page("notes", styles=TOP)
def notes_page(r: Reply) -> str:
    lines = [line.partition("\t") for line in r.header("ftds", space="\t")]
    head = "<br>".join(
        f'<font size=1 color=#5f5f5f face="sans-serif">{escape(a)} &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1 face="sans-serif">{escape(b)}</font>'
        for a, _, b in lines
    )
    return f"{'<br>'.join(map(escape, r.new))}<br><br><br><br>{head}<br><hr noshade><br><br><br>{'<br>'.join(map(escape, r.old))}"


@page("hcl-verse", styles=BELOW)
def verse_page(r: Reply) -> str:
    box = f'<blockquote data-history-content-modified="1" dir="ltr" style="border-left:solid #aaaaaa 2px; margin-left:5px">----- {escape(r.language.original)} -----<br>{"<br>".join(map(escape, r.header("ftsd")))}<br><br>{div(r.old)}</blockquote>'
    return f"<div>{div(r.new)}<br>{box}</div>" if r.style == "top" else f"{box}{div(r.new)}"


@page("gmx", styles=BELOW)
def gmx_page(r: Reply) -> str:
    box = f'<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5"><div style="margin:0 0 10px 0;">{labelled(r, "dfts", "<br/>")}</div><div name="quoted-content">{div(r.old)}</div></div>'
    return (
        f"<div><div>{div(r.new)}</div><div>&nbsp;{box}</div></div>"
        if r.style == "top"
        else f"{box}{div(r.new)}"
    )


@page("mail.ru", *MAIL_RU)
def mail_ru_page(r: Reply) -> str:
    intro = escape(MAIL_RU[r.language.code].format(n=r.name, a=r.address))
    box = '<blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">'
    return boxed(r, f"{box}{intro}<br></blockquote>", box, "</blockquote>")


@page("yandex")
def yandex_page(r: Reply) -> str:
    return boxed(
        r,
        f"<div>05.01.2026, 10:12, &quot;{escape(r.name)}&quot; &lt;{r.address}&gt;:</div>",
        "<blockquote>",
        "</blockquote>",
    )


@page("qq", "zh", "en", styles=TOP)
def qq_page(r: Reply) -> str:
    original = {"zh": "原始邮件", "en": "Original"}[r.language.code]
    head = "".join(f"<div>{line}</div>" for line in labelled(r, "fdts", ";\n").split("\n"))
    return f'{div(r.new)}<div><br></div><div style="font-size: 12px">------------------&nbsp;{original}&nbsp;------------------</div><div style="background:#efefef;padding:8px">{head}</div><div><br></div>{div(r.old)}'


@page("163", *NETEASE, styles=TOP)
def netease_page(r: Reply) -> str:
    intro = escape(NETEASE[r.language.code].format(n=r.name, a=r.address))
    return f'<div>{div(r.new)}</div><p><br></p><div id="divNeteaseMailCard"></div><p>{intro}</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; BORDER-LEFT: #ccc 1px solid">{div(r.old)}</blockquote>'


@page("foxmail", "zh", "zh_Hant", "en", styles=TOP)
def foxmail_page(r: Reply) -> str:
    head = "".join(
        f"<div>{line}</div>"
        for line in labelled(r, "fdts", "\n").replace(":</b>", "：</b>").split("\n")
    )
    return f'{div(r.new)}<div>&nbsp;</div><blockquote style="margin-top: 0px; margin-bottom: 0px; margin-left: 0.5em" class="___WRD_EMBED_SUB_1"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div style="font-size: 12px;background:#efefef">{head}</div></div><div>{div(r.old)}</div></blockquote>'


@page("samsung", styles=TOP)
def samsung_page(r: Reply) -> str:
    return f'<div dir="auto">{div(r.new)}</div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- {escape(r.language.original)} --------</div><div>{"</div><div>".join(map(escape, r.header("fdts")))} </div><div><br></div></div>{div(r.old)}'


@page("bluemail")
def bluemail_page(r: Reply) -> str:
    intro = f'<div class="replyHeader" dir="auto">{escape(r.introduction("apple"))}</div>'
    return boxed(
        r,
        intro,
        '<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204)"><div class="blue">',
        "</div></blockquote>",
        '<div class="gmail_quote">',
        "</div>",
    )


@page("k9")
def k9_page(r: Reply) -> str:
    return boxed(
        r,
        f"{escape(r.introduction('apple'))}",
        '<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid">',
        "</blockquote>",
        '<div class="gmail_quote">',
        "</div>",
    )


@page("roundcube")
def roundcube_page(r: Reply) -> str:
    intro = f'<p id="reply-intro">{escape(r.introduction("thunderbird"))}</p>'
    return boxed(
        r,
        intro,
        '<blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0">',
        "</blockquote>",
    )


@page("horde", *HORDE)
def horde_page(r: Reply) -> str:
    intro = f"<p>{escape(HORDE[r.language.code].format(n=r.name, a=r.address))}</p>"
    return boxed(
        r,
        intro,
        '<blockquote type="cite" style="border-left:2px solid blue;margin-left:2px">',
        "</blockquote>",
    )


@page("sogo", *SOGO)
def sogo_page(r: Reply) -> str:
    return boxed(
        r,
        f"<br>{escape(SOGO[r.language.code].format(n=r.name, a=r.address))}<br>",
        '<blockquote type="cite" cite="x">',
        "</blockquote>",
    )


@page("zoho", "en")
def zoho_page(r: Reply) -> str:
    intro = f'<div id="Zm-_Id_-Sgn1">---- On Mon, 05 Jan 2026 10:12:00 +0100 <b>{escape(r.name)} &lt;{r.address}&gt;</b> wrote ----</div><br>'
    return boxed(
        r,
        intro,
        '<blockquote id="blockquote_zmail" style="margin: 0px;"><div>',
        "</div></blockquote>",
        '<div class="zmail_extra" style="margin: 0px">',
        "</div>",
    )


@page("fastmail", "en")
def fastmail_page(r: Reply) -> str:
    return boxed(
        r,
        f"<div>On Mon, 5 Jan 2026, at 10:12 AM, {escape(r.name)} wrote:</div>",
        '<blockquote type="cite" id="qt">',
        "</blockquote>",
    )


@page("hey", "en")
def hey_page(r: Reply) -> str:
    return boxed(
        r,
        f"<div>On January 5, 2026, {escape(r.name)} &lt;{r.address}&gt; wrote:</div>",
        "<blockquote>",
        "</blockquote>",
    )


@page("superhuman", "en")
def superhuman_page(r: Reply) -> str:
    intro = f'On Mon, Jan 05, 2026 at 10:12 AM, {escape(r.name)} <span dir="ltr">&lt;<a href="mailto:x">{r.address}</a>&gt;</span> wrote:<br>'
    return boxed(
        r,
        intro,
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div class="sh-color-black">',
        "</div></blockquote>",
        '<div class="gmail_quote">',
        "</div>",
    )


@page("front", "en")
def front_page(r: Reply) -> str:
    intro = f"On January 5, 2026 at 10:12 AM GMT+1 {escape(r.name)} &lt;{r.address}&gt; wrote:<br>"
    return boxed(r, intro, '<blockquote type="cite" class="front-blockquote">', "</blockquote>")


@page("spark")
def spark_page(r: Reply) -> str:
    intro = f"{escape(r.introduction('apple'))}<br/>"
    if r.style == "interleaved":
        return boxed(
            r, intro, '<blockquote type="cite" style="border-left-color: grey">', "</blockquote>"
        )
    box = f'<div name="messageReplySection">{intro}<blockquote type="cite" style="border-left-color: grey">{div(r.old)}</blockquote></div>'
    return (
        f'<div name="messageBodySection">{div(r.new)}</div>{box}'
        if r.style == "top"
        else f"{box}{div(r.new)}"
    )


@page("edison")
def edison_page(r: Reply) -> str:
    box = f'<div id="edo-original"><div><blockquote type="cite" style="border-left:1px #ccc solid;padding-left:0.5ex;"><div>{escape(r.introduction("apple"))}</div><br>{div(r.old)}</blockquote></div></div>'
    if r.style == "interleaved":
        return boxed(
            r,
            f'<blockquote type="cite">{escape(r.introduction("apple"))}</blockquote>',
            '<blockquote type="cite">',
            "</blockquote>",
        )
    return (
        f'<div id="edo-message">{div(r.new)}</div>{box}'
        if r.style == "top"
        else f"{box}{div(r.new)}"
    )


@page("newton", styles=TOP)
def newton_page(r: Reply) -> str:
    return f'{div(r.new)}<br><div class="cm_quote" style=" color: #787878">{escape(r.introduction("gmail"))}</div><br><div id="oldcontent" style="background: rgb(255, 255, 255);"><blockquote style="">{div(r.old)}</blockquote></div>'


@page("em-client", styles=TOP)
def em_client_page(r: Reply) -> str:
    head = "</div><div>".join(map(escape, r.header("ftds", colon="")))
    return f'{div(r.new)}<div><br></div><div>------ {escape(r.language.original)} ------</div><div>{head}</div><div><br></div><div id="x0a1"><blockquote cite="x" type="cite" class="cite2">{div(r.old)}</blockquote></div>'


@page("mailbird")
def mailbird_page(r: Reply) -> str:
    intro = f"<div>{escape(r.introduction('apple'))}</div>"
    return boxed(
        r,
        intro,
        '<blockquote class="history_container" type="cite" style="border-left-style: solid; border-width: 1px">',
        "</blockquote>",
    )


@page("evolution", *EVOLUTION)
def evolution_page(r: Reply) -> str:
    return boxed(
        r,
        f"<div>{escape(EVOLUTION[r.language.code].format(n=r.name))}</div>",
        '<blockquote type="cite" style="margin:0 0 0 .8ex; border-left:2px #729fcf solid;padding-left:1ex">',
        "</blockquote>",
    )


@page("kmail", *KMAIL)
def kmail_page(r: Reply) -> str:
    return boxed(
        r,
        f"<p>{escape(KMAIL[r.language.code].format(n=r.name))}</p>",
        "<blockquote>",
        "</blockquote>",
    )
