"""Replies in plain text, one small function for each client."""

# ruff: noqa: E501 -- lines of mails are as long as clients make them

import textwrap
from dataclasses import replace

from tests.inbound.layout_frames import BELOW, NARROW, TOP, Reply, bare, marked, text

# ---------------------------------------------------------------- text, with quote marks


def wrapped(line: str, width: int = NARROW) -> str:
    return "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False))


@text("gmail")
def gmail(r: Reply) -> str:
    return marked(r, wrapped(r.introduction("gmail")))


@text("gmail-narrow")
def gmail_narrow(r: Reply) -> str:
    return marked(r, wrapped(r.introduction("gmail"), 40))


@text("gmail-cut-address")
def gmail_cut_address(r: Reply) -> str:
    """Gmail breaks the line after the angle bracket."""
    return marked(r, r.introduction("gmail").replace("<", "<\n", 1))


@text("apple-mail")
def apple_mail(r: Reply) -> str:
    return marked(r, r.introduction("apple"))


@text("ios-mail")
def ios_mail(r: Reply) -> str:
    return marked(r, r.introduction("apple"), "> \ufeff")


@text("thunderbird")
def thunderbird(r: Reply) -> str:
    return marked(r, r.introduction("thunderbird"), gap="\n")


@text("k9")
def k9(r: Reply) -> str:
    return marked(r, r.introduction("apple"), ">", gap="\n")


@text("mutt")
def mutt(r: Reply) -> str:
    return marked(r, r.introduction("thunderbird"), "| ", gap="\n")


@text("roundcube")
def roundcube(r: Reply) -> str:
    return marked(r, wrapped(r.introduction("thunderbird"), 72), gap="\n")


@text("no-colon", "en", "de", "fr", "es", "pt", "it", "nl", "sv", "pl", "ru", "fi", "tr")
def no_colon(r: Reply) -> str:
    return marked(r, r.introduction("gmail").rstrip(": "), gap="\n")


@text("quoted-introduction")
def quoted_introduction(r: Reply) -> str:
    return marked(r, f"> {r.introduction('gmail')}\n>", gap="\n")


@text("unmarked", styles=TOP)
def unmarked(r: Reply) -> str:
    """Many apps for telephones mark nothing."""
    return bare(r, r.introduction("gmail"))


@text("unmarked-apple", styles=TOP)
def unmarked_apple(r: Reply) -> str:
    return bare(r, r.introduction("apple"))


HORDE = {
    "en": "Quoting {n} <{a}>:", "de": "Zitat von {n} <{a}>:", "fr": "{n} <{a}> a écrit :",
    "es": "{n} <{a}> escribió:", "nl": "Citeren {n} <{a}>:", "pl": "Cytowanie {n} <{a}>:",
    "pt": "Citando {n} <{a}>:", "cs": "Cituji {n} <{a}>:", "it": "Citando {n} <{a}>:", "sv": "Citerar {n} <{a}>:",
}  # fmt: skip


@text("horde", *HORDE)
def horde(r: Reply) -> str:
    return marked(r, HORDE[r.language.code].format(n=r.name, a=r.address))


KMAIL = {
    "en": "On Monday, 5 January 2026 10:12:00 CET {n} wrote:",
    "de": "Am Montag, 5. Januar 2026, 10:12:00 CET schrieb {n}:",
    "fr": "Le lundi 5 janvier 2026, 10:12:00 CET {n} a écrit :",
    "es": "El lunes, 5 de enero de 2026 10:12:00 (CET) {n} escribió:",
    "it": "In data lunedì 5 gennaio 2026 10:12:00 CET, {n} ha scritto:",
    "nl": "Op maandag 5 januari 2026 10:12:00 CET schreef {n}:",
    "sv": "måndag 5 januari 2026 kl. 10:12:00 CET skrev  {n}:",
    "cs": "Dne pondělí 5. ledna 2026 10:12:00 CET, {n} napsal(a):",
    "ru": "В письме от понедельник, 5 января 2026 г. 10:12:00 MSK пользователь {n} написал:",
}


@text("kmail", *KMAIL)
def kmail(r: Reply) -> str:
    return marked(r, KMAIL[r.language.code].format(n=r.name), gap="\n")


EVOLUTION = {
    "en": "On Mon, 2026-01-05 at 10:12 +0100, {n} wrote:",
    "de": "Am Montag, dem 05.01.2026 um 10:12 +0100 schrieb {n}:",
    "fr": "Le lundi 05 janvier 2026 à 10:12 +0100, {n} a écrit :",
    "es": "El lun, 05-01-2026 a las 10:12 +0100, {n} escribió:",
    "it": "Il giorno lun, 05/01/2026 alle 10.12 +0100, {n} ha scritto:",
    "pl": "Dnia 2026-01-05, pon o godzinie 10:12 +0100, {n} pisze:",
    "cs": "{n} píše v Po 05. 01. 2026 v 10:12 +0100:",
    "ru": "В Пн, 05/01/2026 в 10:12 +0300, {n} пишет:",
}


@text("evolution", *EVOLUTION)
def evolution(r: Reply) -> str:
    return marked(r, EVOLUTION[r.language.code].format(n=r.name), gap="\n")


SOGO = {
    "en": "On Monday, January 05, 2026 10:12 CET, {n} <{a}> wrote:",
    "de": "Am Montag, Januar 05, 2026 10:12 CET, schrieb {n} <{a}>:",
    "fr": "Le Lundi, Janvier 05, 2026 10:12 CET, {n} <{a}> a écrit:",
}


@text("sogo", *SOGO)
def sogo(r: Reply) -> str:
    return marked(r, SOGO[r.language.code].format(n=r.name, a=r.address))


PROTON = {
    "en": "On Monday, January 5th, 2026 at 10:12 AM, {n} <{a}> wrote:",
    "de": "{n} <{a}> schrieb am Montag, 5. Januar 2026 um 10:12:",
    "fr": "Le lundi 5 janvier 2026 à 10:12, {n} <{a}> a écrit :",
    "es": "El lunes, 5 de enero de 2026 a las 10:12, {n} <{a}> escribió:",
    "it": "In data lunedì 5 gennaio 2026 10:12, {n} <{a}> ha scritto:",
    "pl": "W dniu poniedziałek, 5 stycznia 2026 o 10:12 {n} <{a}> pisze:",
}


@text("proton", *PROTON)
def proton(r: Reply) -> str:
    return marked(r, PROTON[r.language.code].format(n=r.name, a=r.address))


@text("yandex")
def yandex(r: Reply) -> str:
    return marked(r, f'05.01.2026, 10:12, "{r.name}" <{r.address}>:', gap="\n")


THE_BAT = {
    "en": "Monday, January 5, 2026, 10:12:00 AM, you wrote:",
    "de": "Am Montag, 5. Januar 2026 um 10:12 schrieben Sie:",
    "ru": "Вы писали 5 января 2026 г., 10:12:00:",
    "pl": "W Twoim liście datowanym 5 stycznia 2026 (10:12:00) można przeczytać:",
}


@text("the-bat", "en", "de", "ru")
def the_bat(r: Reply) -> str:
    return marked(r, THE_BAT[r.language.code], "AR> ")


@text("fastmail", "en")
def fastmail(r: Reply) -> str:
    return marked(r, f"On Mon, 5 Jan 2026, at 10:12 AM, {r.name} wrote:", gap="\n")


YAHOO = {
    "en": "On Monday, January 5, 2026 at 10:12:00 AM GMT+1, {n} <{a}> wrote:",
    "de": "Am Montag, 5. Januar 2026 um 10:12:00 MEZ hat {n} <{a}> Folgendes geschrieben:",
    "fr": "Le lundi 5 janvier 2026 à 10:12:00 UTC+1, {n} <{a}> a écrit :",
    "es": "El lunes, 5 de enero de 2026, 10:12:00 CET, {n} <{a}> escribió:",
    "it": "Il lunedì 5 gennaio 2026 alle ore 10:12:00 CET, {n} <{a}> ha scritto:",
    "pt": "Em segunda-feira, 5 de janeiro de 2026 10:12:00 BRT, {n} <{a}> escreveu:",
    "nl": "Op maandag 5 januari 2026 om 10:12:00 CET schreef {n} <{a}>:",
    "zh_Hant": "{n} <{a}> 於 2026年1月5日 星期一 上午10:12:00 [GMT+8] 寫道：",
}


@text("yahoo", *YAHOO)
def yahoo(r: Reply) -> str:
    return marked(r, " " + YAHOO[r.language.code].format(n=r.name, a=r.address), " > ")


@text("yahoo-bare", *YAHOO, styles=TOP)
def yahoo_bare(r: Reply) -> str:
    return bare(r, "    " + YAHOO[r.language.code].format(n=r.name, a=r.address) + "  ")


TUTANOTA = {
    "en": "Jan 5, 2026, 10:12 by {a}:", "de": "5. Jan. 2026, 10:12 von {a}:", "fr": "5 janv. 2026, 10:12 de {a}:",
    "es": "5 ene 2026 10:12 por {a}:", "it": "5 gen 2026, 10:12 da {a}:", "nl": "5 jan. 2026, 10:12 door {a}:",
}  # fmt: skip


@text("tutanota", *TUTANOTA)
def tutanota(r: Reply) -> str:
    return marked(r, TUTANOTA[r.language.code].format(a=r.address), gap="\n\n")


@text("front", "en")
def front(r: Reply) -> str:
    return marked(r, f"On January 5, 2026 at 10:12 AM GMT+1 {r.name} <{r.address}> wrote:")


@text("superhuman", "en")
def superhuman(r: Reply) -> str:
    return marked(r, f"On Mon, Jan 05, 2026 at 10:12 AM, {r.name} < {r.address} > wrote:")


MAIL_RU = {
    "ru": "Понедельник, 5 января 2026, 10:12 +03:00 от {n} <{a}>:",
    "en": "Monday, January 5, 2026 10:12 AM +03:00 from {n} <{a}>:",
    "uk": "Понеділок, 5 січня 2026, 10:12 +02:00 від {n} <{a}>:",
}


@text("mail.ru", *MAIL_RU)
def mail_ru(r: Reply) -> str:
    return marked(r, MAIL_RU[r.language.code].format(n=r.name, a=r.address) + "\n> ", ">", gap="\n")


NETEASE = {
    "zh": '在 2026-01-05 10:12:00，"{n}" <{a}> 写道：',
    "en": 'At 2026-01-05 10:12:00, "{n}" <{a}> wrote:',
    "zh_Hant": '在 2026-01-05 10:12:00，"{n}" <{a}> 寫道：',
}


@text("163", *NETEASE)
def netease(r: Reply) -> str:
    return marked(r, "\n\n" + NETEASE[r.language.code].format(n=r.name, a=r.address), ">", gap="\n")


@text("zoho", "en")
def zoho(r: Reply) -> str:
    return marked(
        r,
        f" ---- On Mon, 05 Jan 2026 10:12:00 +0100  {r.name} <{r.address}> wrote --- ",
        " > ",
        gap="\n",
    )


@text("guillemets")
def guillemets(r: Reply) -> str:
    return marked(r, r.introduction("gmail"), "» ")


@text("newton")
def newton(r: Reply) -> str:
    return marked(r, r.introduction("gmail").replace(r.address, f"\n{r.address}\n", 1), gap="\n")


# ---------------------------------------------------------------- text, with a header section


@text("outlook", styles=TOP)
def outlook(r: Reply) -> str:
    return bare(r, f"-----{r.language.original}-----", *r.header())


@text("outlook-header", styles=TOP)
def outlook_header(r: Reply) -> str:
    return bare(r, *r.header())


@text("outlook-web", styles=TOP)
def outlook_web(r: Reply) -> str:
    return bare(r, "________________________________", *r.header())


@text("outlook-mobile", styles=TOP)
def outlook_mobile(r: Reply) -> str:
    return bare(r, "________________________________", *r.header(bold="*"))


@text("outlook-name-only", styles=TOP)
def outlook_name_only(r: Reply) -> str:
    """Within a company there are no addresses."""
    name = replace(r, address="")
    return bare(r, *(line.replace(" <>", "") for line in name.header()))


@text("outlook-express", styles=BELOW)
def outlook_express(r: Reply) -> str:
    return (
        marked(r, "\n".join([f"----- {r.language.original} ----- ", *r.header("ftds")]))
        if r.style == "top"
        else marked(
            r,
            "\n".join(
                [
                    f"> ----- {r.language.original} ----- ",
                    *(f"> {line}" for line in r.header("ftds")),
                ]
            ),
        )
    )


@text("zimbra", styles=TOP)
def zimbra(r: Reply) -> str:
    return bare(r, f"----- {r.language.original} -----", *r.header("ftds"))


@text("notes", styles=TOP)
def notes(r: Reply) -> str:
    return bare(r, "", "", *r.header("ftds", space="\t"))


@text("samsung", styles=TOP)
def samsung(r: Reply) -> str:
    return bare(r, f"-------- {r.language.original} --------", *r.header("fdts"))


@text("gmx", styles=TOP)
def gmx(r: Reply) -> str:
    return bare(r, *r.header("dfts"))


@text("aol", styles=TOP)
def aol(r: Reply) -> str:
    return bare(r, f"-----{r.language.original}-----", *r.header("ftds"))


@text("qq", "zh", "en", styles=TOP)
def qq(r: Reply) -> str:
    original = {"zh": "原始邮件", "en": "Original"}[r.language.code]
    return bare(
        r,
        f"------------------ {original} ------------------",
        *(f"{line};" for line in r.header("fdts")),
    )


@text("foxmail", "zh", "zh_Hant", "en", styles=TOP)
def foxmail(r: Reply) -> str:
    colon = ":" if r.language.code == "en" else "："
    return bare(r, " ", *r.header("fdts", colon=colon))


@text("em-client", styles=TOP)
def em_client(r: Reply) -> str:
    return bare(r, f"------ {r.language.original} ------", *r.header("ftds", colon=""))


@text("quoted-header", styles=BELOW)
def quoted_header(r: Reply) -> str:
    return marked(r, "\n".join(f"> {line}" for line in r.header()) + "\n>", gap="\n")
