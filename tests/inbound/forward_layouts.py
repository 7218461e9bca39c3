"""One message, forwarded by many mail clients in many languages: what stands in the text.

Every layout is a template that names the words of a language; clients that exist in one language
only have them written out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

AUTHOR = ("Ana Ruiz", "ana.ruiz@customer.example")
RECIPIENT = "bob@partner.example"
SUBJECT = "The press stops at noon"
TEXT = """Good morning,

the press stops at noon, and then it says: no paper.
We have paper.

Ana Ruiz"""
NOTE = "Please look at this one.\n\nBob"


@dataclass(frozen=True, slots=True)
class Language:
    """The words of the header section, and of the lines above it, as clients write them."""

    code: str
    sender: str
    sent: str
    date: str
    to: str
    cc: str
    subject: str
    forwarded: str
    """Between dashes."""
    begin: str
    """Alone in its line, as Apple Mail has it."""
    original: str
    """Between dashes, as Outlook has it."""
    introduction: str
    """With {date} and {author}, as Outlook for the Mac has it."""
    when: str
    prefix: str = "Fwd: "


_TABLE = """
en|From|Sent|Date|To|Cc|Subject|Forwarded message|Begin forwarded message|Original Message|On {date}, {author} wrote|Monday, October 6, 2025 10:00 AM|Fwd: 
en|From|Date|Date|To|CC|Subject|Forwarded Message|Forwarded message|Original message|{author} wrote on {date}|October 6, 2025 at 10:00:12 CEST|FW: 
de|Von|Gesendet|Datum|An|Cc|Betreff|Weitergeleitete Nachricht|Anfang der weitergeleiteten Nachricht|Ursprüngliche Nachricht|Am {date} schrieb {author}|06.10.2025, 10:00|WG: 
fr|De|Envoyé|Date|À|Cc|Objet|Message transféré|Début du message transféré|Message d'origine|Le {date}, {author} a écrit|lundi 6 octobre 2025 10:00|TR : 
fr|De|Envoyé le|Date|Pour|Copie à|Sujet|Message transmis|Début du message réexpédié|Message original|Le {date}, {author} a écrit|lundi 6 octobre 2025 à 10:00|Tr: 
es|De|Enviado|Fecha|Para|CC|Asunto|Mensaje reenviado|Inicio del mensaje reenviado|Mensaje original|El {date}, {author} escribió|lunes, 6 de octubre de 2025 10:00|RV: 
pt|De|Enviado|Data|Para|Cc|Assunto|Mensagem reencaminhada|Início da mensagem reencaminhada|Mensagem original|Em {date}, {author} escreveu|6 de outubro de 2025 10:00|FW: 
pt-br|De|Enviada em|Data|Para|Cc|Assunto|Mensagem encaminhada|Início da mensagem encaminhada|Mensagem original|Em {date}, {author} escreveu|segunda-feira, 6 de outubro de 2025 10:00|ENC: 
it|Da|Inviato|Data|A|Cc|Oggetto|Messaggio inoltrato|Inizio messaggio inoltrato|Messaggio originale|Il giorno {date}, {author} ha scritto|lunedì 6 ottobre 2025 10:00|I: 
nl|Van|Verzonden|Datum|Aan|CC|Onderwerp|Doorgestuurd bericht|Begin doorgestuurd bericht|Oorspronkelijk bericht|Op {date} heeft {author} geschreven|maandag 6 oktober 2025 10:00|Doorst: 
sv|Från|Skickat|Datum|Till|Kopia|Ämne|Vidarebefordrat meddelande|Vidarebefordrat mejl|Ursprungligt meddelande|Den {date} skrev {author} följande|den 6 oktober 2025 10:00|VB: 
da|Fra|Sendt|Dato|Til|Cc|Emne|Videresendt besked|Start på videresendt besked|Oprindelig meddelelse|Den {date} skrev {author}|6. oktober 2025 10:00|VS: 
da|Fra|Sendt|Dato|Til|Kopi|Emne|Videresendt meddelelse|Videresendt meddelelse|Original meddelelse|Den {date} skrev {author}|mandag den 6. oktober 2025 10.00|Fwd: 
nb|Fra|Sendt|Dato|Til|Kopi|Emne|Videresendt melding|Videresendt melding|Opprinnelig melding|{author} skrev følgende den {date}|mandag 6. oktober 2025 10:00|VS: 
nn|Frå|Sendt|Dato|Til|Kopi|Emne|Vidaresend melding|Vidaresend melding|Opphavleg melding|{author} skreiv den {date}|måndag 6. oktober 2025 10:00|VS: 
fi|Lähettäjä|Lähetetty|Päivämäärä|Vastaanottaja|Kopio|Aihe|Välitetty viesti|Välitetty viesti alkaa|Alkuperäinen viesti|{author} kirjoitti {date}|maanantai 6. lokakuuta 2025 10.00|VL: 
is|Frá|Sent|Dagsetning|Til|Afrit|Efni|Áframsend skilaboð|Upphaf framsendra skilaboða|Upprunaleg skilaboð|Þann {date} skrifaði {author}|mánudagur, 6. október 2025 10:00|Fwd: 
pl|Od|Wysłano|Data|Do|DW|Temat|Przekazana wiadomość|Początek przekazywanej wiadomości|Wiadomość oryginalna|Dnia {date} użytkownik {author} napisał|poniedziałek, 6 października 2025 10:00|PD: 
cs|Od|Odesláno|Datum|Komu|Kopie|Předmět|Přeposlaná zpráva|Začátek přeposílané zprávy|Původní zpráva|Dne {date} {author} napsal(a)|pondělí 6. října 2025 10:00|Fwd: 
sk|Od|Odoslané|Dátum|Komu|Kópia|Predmet|Preposlaná správa|Začiatok preposlanej správy|Pôvodná správa|Dňa {date} {author} napísal|pondelok 6. októbra 2025 10:00|Fwd: 
hu|Feladó|Elküldve|Dátum|Címzett|Másolat|Tárgy|Továbbított üzenet|Továbbított levél kezdete|Eredeti üzenet|{author} ezt írta ({date})|2025. október 6., hétfő 10:00|Fwd: 
ro|De la|Trimis|Dată|Către|Cc|Subiect|Mesaj redirecționat|Începe mesajul redirecționat|Mesaj original|La {date}, {author} a scris|luni, 6 octombrie 2025 10:00|Fwd: 
hr|Od|Poslano|Datum|Za|Kopija|Predmet|Proslijeđena poruka|Započni proslijeđenu poruku|Izvorna poruka|Dana {date}, {author} napisao je|ponedjeljak, 6. listopada 2025. 10:00|Fwd: 
hr|Šalje|Poslano|Datum|Prima|CC|Naslov|Proslijeđena poruka|Početak proslijeđene poruke|Originalna poruka|{author} je napisao {date}|6. listopada 2025. 10:00|Fwd: 
sr|Od|Poslato|Datum|Za|Kopija|Naslov|Prosleđena poruka|Početak prosleđene poruke|Originalna poruka|Dana {date} {author} je napisao|ponedeljak, 6. oktobar 2025. 10:00|Fwd: 
sr-cyrl|Од|Послато|Датум|За|Копија|Наслов|Прослеђена порука|Почетак прослеђене поруке|Изворна порука|Дана {date} {author} је написао|6. октобар 2025. 10:00|Fwd: 
sl|Od|Poslano|Datum|Za|Kp|Zadeva|Posredovano sporočilo|Začetek posredovanega sporočila|Izvirno sporočilo|Dne {date} je {author} napisal|ponedeljek, 6. oktober 2025 10:00|Fwd: 
bg|От|Изпратено|Дата|До|Копие|Относно|Препратено съобщение|Начало на препратеното съобщение|Оригинално съобщение|На {date} {author} написа|понеделник, 6 октомври 2025 г. 10:00|Fwd: 
mk|Од|Испратено|Датум|До|Копија|Предмет|Препратена порака|Почеток на препратената порака|Оригинална порака|На {date} {author} напиша|6 октомври 2025 10:00|Fwd: 
ru|От|Отправлено|Дата|Кому|Копия|Тема|Пересылаемое сообщение|Начало переадресованного сообщения|Исходное сообщение|{date} пользователь {author} написал|6 октября 2025 г. 10:00|Fwd: 
ru|От кого|Отправлено|Дата|Кому|Копия|Тема|Перенаправленное сообщение|Начало пересылаемого сообщения|Первоначальное сообщение|{date}, {author} пишет|понедельник, 6 октября 2025, 10:00 +03:00|Пер: 
uk|Від|Надіслано|Дата|Кому|Копія|Тема|Перенаправлене повідомлення|Початок листа, що пересилається|Вихідне повідомлення|{date} {author} написав|6 жовтня 2025 р. 10:00|Fwd: 
uk|Від кого|Відправлено|Дата|Кому|Копія|Тема|Переслане повідомлення|Початок переадресованого повідомлення|Оригінальне повідомлення|{date}, {author} пише|понеділок, 6 жовтня 2025 р., 10:00|Fwd: 
be|Ад|Адпраўлена|Дата|Каму|Копія|Тэма|Перасланае паведамленне|Пачатак перасланага ліста|Зыходнае паведамленне|{date} {author} піша|6 кастрычніка 2025 г. 10:00|Fwd: 
el|Από|Στάλθηκε|Ημερομηνία|Προς|Κοιν.|Θέμα|Προωθημένο μήνυμα|Έναρξη προωθημένου μηνύματος|Αρχικό μήνυμα|Στις {date}, ο χρήστης {author} έγραψε|Δευτέρα, 6 Οκτωβρίου 2025 10:00|ΠΡΘ: 
tr|Kimden|Gönderildi|Tarih|Kime|Bilgi|Konu|İletilen İleti|İletilmiş ileti başlangıcı|Orijinal İleti|{author}, {date} tarihinde şunu yazdı|6 Ekim 2025 Pazartesi 10:00|İLT: 
tr|Gönderen|Gönderilen|Tarih|Alıcı|Cc|Konu|Yönlendirilmiş mesaj|Yönlendirilen ileti|Özgün İleti|{author}, {date} tarihinde şunu yazdı|6 Ekim 2025 Pazartesi 10:00|Fwd: 
et|Saatja|Saadetud|Kuupäev|Saaja|Koopia|Teema|Edastatud kiri|Edastatud kirja algus|Algne kiri|{author} kirjutas {date}|esmaspäev, 6. oktoober 2025 10:00|Fwd: 
lv|No|Nosūtīts|Datums|Kam|Kopija|Temats|Pārsūtīts ziņojums|Pārsūtītā ziņojuma sākums|Sākotnējais ziņojums|{date} {author} rakstīja|pirmdiena, 2025. gada 6. oktobris 10:00|Fwd: 
lt|Nuo|Išsiųsta|Data|Kam|Kopija|Tema|Persiųstas laiškas|Persiunčiamo laiško pradžia|Pradinis pranešimas|{date}, {author} rašė|2025 m. spalio 6 d., pirmadienis 10:00|Fwd: 
ca|De|Enviat|Data|Per a|A/c|Assumpte|Missatge reenviat|Inici del missatge reenviat|Missatge original|El {date}, {author} va escriure|dilluns, 6 d'octubre de 2025 10:00|Fwd: 
ja|差出人|送信日時|日付|宛先|CC|件名|転送されたメッセージ|転送されたメッセージ|元のメッセージ|{date}、{author}のメール|2025年10月6日月曜日 10:00|Fwd: 
ja|送信元|送信日時|日付|送信先|Cc|件名|メッセージを転送|転送されたメール|Original Message|{date}に{author}さんは書きました|2025年10月6日 10:00|転送: 
zh-cn|发件人|发送时间|日期|收件人|抄送|主题|转发的邮件|开始转发邮件|邮件原件|在 {date}，{author} 写道|2025年10月6日 10:00|转发: 
zh-tw|寄件者|寄件日期|日期|收件者|副本|主旨|轉寄的郵件|開始轉寄郵件|原始郵件|{author} 於 {date} 寫道|2025年10月6日 10:00|轉寄: 
ko|보낸 사람|보낸 날짜|날짜|받는 사람|참조|제목|전달된 메시지|전달된 메시지 시작|원본 메시지|{date}, {author}님이 작성|2025년 10월 6일 월요일 10:00|전달: 
he|מאת|נשלח|תאריך|אל|עותק|נושא|הודעה שהועברה|תחילת ההודעה שהועברה|הודעה מקורית|בתאריך {date}, {author} כתב/ה|יום שני 06 אוקטובר 2025 10:00|Fwd: 
ar|من|تم الإرسال|التاريخ|إلى|نسخة|الموضوع|رسالة معاد توجيهها|بداية الرسالة المُعاد توجيهها|الرسالة الأصلية|في {date}، كتب {author}|الاثنين، 6 أكتوبر 2025 10:00|Fwd: 
fa|از|ارسال شده|تاریخ|به|رونوشت|موضوع|پیام هدایت شده|شروع پیام هدایت شده|پیام اصلی|در {date}، {author} نوشت|دوشنبه 14 مهر 1404 10:00|Fwd: 
vi|Từ|Đã gửi|Ngày|Đến|Cc|Chủ đề|Thư đã chuyển tiếp|Bắt đầu thư được chuyển tiếp|Thư gốc|Vào {date}, {author} đã viết|Thứ Hai, 6 tháng 10, 2025 10:00|Fwd: 
id|Dari|Dikirim|Tanggal|Kepada|Cc|Subjek|Pesan terusan|Mulai pesan yang diteruskan|Pesan Asli|Pada {date}, {author} menulis|Senin, 06 Oktober 2025 10:00|Fwd: 
th|จาก|ส่งแล้ว|วันที่|ถึง|สำเนา|เรื่อง|ข้อความที่ส่งต่อ|เริ่มข้อความที่ส่งต่อ|ข้อความต้นฉบับ|เมื่อ {date} {author} เขียนว่า|วันจันทร์ที่ 6 ตุลาคม 2025 10:00|Fwd: 
"""  # noqa: E501, W291 -- a table
LANGUAGES = tuple(Language(*row.split("|")) for row in _TABLE.strip("\n").split("\n"))
ENGLISH = LANGUAGES[0]


def _fields(language: Language, order: str, *, before: str = "", after: str = "") -> str:
    """The header section: f(rom), s(ent), d(ate), t(o), c(c), j (subject)."""
    values = {
        "f": (language.sender, f"{AUTHOR[0]} <{AUTHOR[1]}>"),
        "F": (language.sender, f'"{AUTHOR[0]}" <{AUTHOR[1]}>'),
        "m": (language.sender, f"{AUTHOR[0]} [mailto:{AUTHOR[1]}]"),
        "s": (language.sent, language.when),
        "d": (language.date, language.when),
        "t": (language.to, f"Bob <{RECIPIENT}>"),
        "c": (language.cc, "Eve <eve@partner.example>, Carl <carl@partner.example>"),
        "j": (language.subject, SUBJECT),
    }
    colon = " :" if language.code == "fr" else ":"
    lines = (f"{before}{values[x][0]}{colon}{before} {values[x][1]}{after}" for x in order)
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _introduction(language: Language) -> str:
    author = f'"{AUTHOR[0]}" <{AUTHOR[1]}>'
    date = "6/10/2025, 10:00" if language.when[:1].isdigit() is False else language.when
    return language.introduction.format(date=date, author=author) + ":"


def _in_one_line(language: Language) -> str:
    """Yahoo's text part, in which the line breaks of the header section are lost."""
    return _fields(language, "Ftsj").replace("\n", "")


def layouts(language: Language) -> Iterator[tuple[str, str]]:
    """The name of each client's layout, and the forwarded message in it."""
    mixed = Language(
        language.code, language.sender, "Sent", "Date", "To", "Cc", "Subject",
        *("Forwarded message", "", "", ""), language.when,
    )  # fmt: skip
    words, said = language.forwarded, f"\n\n{TEXT}"
    yield "gmail", f"---------- Forwarded message ---------\n{_fields(mixed, 'fdjt')}\n\n{said}"
    yield "gmail old", f"---------- {words} ----------\n{_fields(language, 'fdjt')}\n\n{said}"
    yield "hubspot", f"---------- {words} ---------\n{_fields(language, 'fdjtc')}{said}"
    apple = f"{_fields(language, 'fjdtc')}{said}"
    yield "apple", f"{_quoted(f'{language.begin}:')}\n>\n{_quoted(apple)}"
    yield "apple, unquoted", f"{language.begin}:\n\n{apple}"
    yield "apple, marker unquoted", f"{language.begin}:\n\n{_quoted(apple)}"
    bold = _fields(language, "fdtj", before="*")
    yield "ios", f"{language.begin}:\n\n{_quoted(f'{bold}{said}')}"
    yield (
        "thunderbird",
        (
            f"-------- {words} --------\n"
            + _fields(language, "jdftc").replace(": ", ": \t")
            + "\n\n\n"
            + said
        ),
    )
    yield "outlook", f"{_fields(language, 'fstcj')}{said}"
    yield "outlook, address in brackets", f"{_fields(language, 'mstj')}{said}"
    yield "outlook new", f"{_fields(language, 'fdtcj')}\n{TEXT}"
    yield "outlook web", f"{'_' * 32}\n{_fields(language, 'fstcj')}{said}"
    yield "outlook mobile", f"{'_' * 32}\n{_fields(language, 'fstj', before='*')}{said}"
    yield "outlook old", f"-----{language.original}-----\n{_fields(language, 'fstj')}{said}"
    yield (
        "outlook mac",
        f"\ufeff{_introduction(language)}\n\n"
        + "\n".join(f"    {line}".rstrip() for line in TEXT.split("\n")),
    )
    yield "yahoo", f"   ----- {words} ----- {_in_one_line(language)}\n {TEXT}"
    yield "yahoo, lines", f"----- {words} -----\n{_fields(language, 'Ftcsj')}{said}"
    yield "proton", f"------- {words} -------\n{_fields(language, 'fdjt')}\n\n{_quoted(TEXT)}"
    yield "zimbra", f"----- {words} -----\n{_fields(language, 'Ftsj')}{said}"
    yield "em client", f"------ {words} ------\n{_fields(language, 'Ftsj')}{said}"
    yield "ionos", f"---------- {language.original} ----------\n{_fields(language, 'ftdj')}{said}"
    yield "samsung", f"-------- {language.original} --------\n{_fields(language, 'fdtj')}{said}"
    yield "gmx", f"{_fields(language, 'sFtj')}{said}"
    yield "mailmate", f"{language.begin}:\n\n{_quoted(_fields(language, 'ftjd') + said)}"
    yield "spark", f"---------- {words} ----------\n{_fields(language, 'fdtj')}{said}"
    yield "evolution", f"-------- {words} --------\n{_fields(language, 'ftjd')}{said}"
    yield (
        "kmail",
        f"----------  {words}  ----------\n\n{_fields(language, 'jdft')}{said}\n{'-' * 41}",
    )
    wrapped = _fields(language, "fdjt").replace(" <", "\n <")
    yield "wrapped addresses", f"---------- {words} ---------\n{wrapped}{said}"
    if language.code == "en":
        yield from _english()
    elif language.code == "ru":
        yield from _russian(language)
    elif language.code.startswith("zh"):
        yield from _chinese(language)


def _english() -> Iterator[tuple[str, str]]:
    name, address = AUTHOR
    english, said = ENGLISH, f"\n\n{TEXT}"
    yield (
        "mutt",
        (
            f"----- Forwarded message from {name} <{address}> -----\n\n"
            f"{_fields(english, 'dftj')}{said}\n\n----- End forwarded message -----"
        ),
    )
    yield "alpine", f"---------- Forwarded message ----------\n{_fields(english, 'dftj')}{said}"
    yield (
        "notes",
        (
            "----- Forwarded by Bob Agent/Partner on 10/06/2025 10:00 AM -----\n\n"
            f"{_fields(english, 'ftdj')}{said}"
        ),
    )
    upper = _fields(english, "jdft")
    for label in ("Subject", "Date", "From", "To"):
        upper = upper.replace(f"{label}:", f"{label.upper()}:")
    yield "roundcube", f"-------- Original Message --------\n{upper}{said}"
    yield "fastmail", f"----- Original message -----\n{_fields(english, 'ftjd')}{said}"
    yield "missive", f"---------- Forwarded message ----------\n{_fields(english, 'fdjtc')}{said}"
    yield (
        "entourage",
        (
            f"------ Forwarded Message\n{_fields(english, 'fdtj')}{said}\n"
            "------ End of Forwarded Message"
        ),
    )
    yield (
        "hey",
        f"> ---------- Forwarded message ---------\n{_quoted(_fields(english, 'fdjt') + said)}",
    )
    yield "opera", f"------- Forwarded message -------\n{_fields(english, 'ftjd')}{said}"
    rule = "============ Forwarded message ============"
    yield (
        "zoho",
        f"{rule}\n{_fields(english, 'ftdj')}\n{rule}{said}",
    )


def _russian(language: Language) -> Iterator[tuple[str, str]]:
    name, address = AUTHOR
    said = f"\n\n{TEXT}"
    yield (
        "yandex",
        (
            "-------- Пересылаемое сообщение --------\n"
            f'06.10.2025, 10:00, "{name}" <{address}>:{said}\n\n'
            "-------- Конец пересылаемого сообщения --------"
        ),
    )
    yield (
        "mail.ru",
        (
            f"-------- Пересылаемое сообщение --------\n{_fields(language, 'ftdj')}{said}\n\n"
            "----------------------------------------------------------------------"
        ),
    )


def _chinese(language: Language) -> Iterator[tuple[str, str]]:
    said = f"\n\n{TEXT}"
    fields = _fields(language, "Fstj", after=";").replace('" <', '"<')
    fields = fields.removesuffix(";")
    yield "qq", f"------------------ 原始邮件 ------------------\n{fields}{said}"
    wide = _fields(language, "fdtj").replace(": ", "：")
    yield "163", f"-------- 转发邮件信息 --------\n{wide}{said}"
