"""How mail clients introduce a quotation, in the words and dates of many languages.

`{n}` is the author's name, `{a}` the address, `{d}` the date and `{t}` the time, in the form that
the client takes for the language: dates are CLDR skeletons or patterns, written by Babel.
"""

# ruff: noqa: E501 -- one language, one line of each table

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, format_skeleton

TWELVE_HOURS = {"en", "ar", "el", "ko", "zh_Hant"}


@dataclass(frozen=True)
class Language:
    code: str
    gmail: str
    apple: str
    thunderbird: str
    labels: tuple[str, str, str, str]
    """Of Outlook: from, sent, to, subject."""
    original: str
    """What Outlook writes in a line of dashes."""
    new: tuple[str, str]
    old: tuple[str, str]

    def introduction(self, client: str, name: str, address: str, when: datetime) -> str:
        skeleton = {"gmail": "yMMMEd", "apple": "yMMMd"}.get(client, "yMd")
        date = format_skeleton(skeleton, when, locale=self.code)
        clock = format_skeleton("hm" if self.code in TWELVE_HOURS else "Hm", when, locale=self.code)
        template = {"gmail": self.gmail, "apple": self.apple}.get(client, self.thunderbird)
        return template.format(n=name, a=address, d=date, t=clock)

    def long_date(self, when: datetime) -> str:
        date = format_date(when, "full", locale=self.code)
        return f"{date} {format_skeleton('Hm', when, locale=self.code)}"


GMAIL = {
    "en": "On {d} at {t} {n} <{a}> wrote:",
    "de": "Am {d} um {t} Uhr schrieb {n} <{a}>:",
    "fr": "Le {d} à {t}, {n} <{a}> a écrit :",
    "es": "El {d} a las {t}, {n} (<{a}>) escribió:",
    "ca": "Missatge de {n} <{a}> del dia {d} a les {t}:",
    "pt": "Em {d} às {t}, {n} <{a}> escreveu:",
    "pt_PT": "{n} <{a}> escreveu ({d} à(s) {t}):",
    "it": "Il giorno {d} alle ore {t} {n} <{a}> ha scritto:",
    "nl": "Op {d} om {t} schreef {n} <{a}>:",
    "sv": "Den {d} kl {t} skrev {n} <{a}>:",
    "da": "Den {d} kl. {t} skrev {n} <{a}>:",
    "nb": "{d} kl. {t} skrev {n} <{a}>:",
    "fi": "{d} klo {t} {n} ({a}) kirjoitti:",
    "et": "Kuupäev {d} kell {t} kirjutas kasutaja {n} (<{a}>):",
    "lv": "{d}, plkst. {t} — lietotājs {n} (<{a}>) rakstīja:",
    "lt": "{d} {t} {n} <{a}> rašė:",
    "pl": "{d} o {t} {n} <{a}> napisał(a):",
    "cs": "{d} v {t} odesílatel {n} <{a}> napsal:",
    "sk": "{d} o {t} {n} <{a}> napísal(a):",
    "sl": "V V {d} ob {t} je oseba {n} <{a}> napisala:",
    "hr": "{d} u {t} {n} <{a}> napisao je:",
    "sr": "{d} у {t} {n} <{a}> је написао/ла:",
    "hu": "{n} <{a}> ezt írta (időpont: {d}, {t}):",
    "ro": "În {d} la {t}, {n} <{a}> a scris:",
    "bg": "На {d} в {t} {n} <{a}> написа:",
    "ru": "{d} в {t}, {n} <{a}>:",
    "uk": "{d} о {t} {n} <{a}> пише:",
    "el": "Στις {d} στις {t}, ο/η {n} <{a}> έγραψε:",
    "tr": "{n} <{a}>, {d}, {t} tarihinde şunu yazdı:",
    "he": "\u202bבתאריך {d} ב-{t} מאת \u202a{n}\u202c\u200f <\u202a{a}\u202c\u200f>:\u202c",
    "ar": "في {d} في {t} تمت كتابة ما يلي بواسطة {n} <{a}>:",
    "fa": "در تاریخ {d} ساعت {t} {n} <{a}> نوشت:",
    "th": "ในวันที่ {d} เวลา {t} {n} <{a}> เขียนว่า:",
    "vi": "Vào {d} vào lúc {t} {n} <{a}> đã viết:",
    "id": "Pada tanggal {d} pukul {t} {n} <{a}> menulis:",
    "zh": "{n} <{a}> 于{d} {t}写道：",
    "zh_Hant": "{n} <{a}> 於 {d} {t}寫道：",
    "ja": "{d} {t} {n} <{a}>:",
    "ko": "{d} {t}, {n} <{a}>님이 작성:",
}
APPLE = {
    "en": "On {d}, at {t}, {n} <{a}> wrote:",
    "de": "Am {d} um {t} schrieb {n} <{a}>:",
    "fr": "Le {d} à {t}, {n} <{a}> a écrit :",
    "es": "El {d}, a las {t}, {n} <{a}> escribió:",
    "ca": "El {d}, a les {t}, {n} <{a}> va escriure:",
    "pt": "Em {d}, à(s) {t}, {n} <{a}> escreveu:",
    "pt_PT": "No dia {d}, às {t}, {n} <{a}> escreveu:",
    "it": "Il giorno {d}, alle ore {t}, {n} <{a}> ha scritto:",
    "nl": "Op {d}, om {t} heeft {n} <{a}> het volgende geschreven:",
    "sv": "{d} kl. {t} skrev {n} <{a}>:",
    "da": "Den {d} kl. {t} skrev {n} <{a}>:",
    "nb": "{d} kl. {t} skrev {n} <{a}>:",
    "fi": "{n} <{a}> kirjoitti {d} kello {t}:",
    "et": "{n} <{a}> kirjutas {d} kell {t}:",
    "lv": "{d} plkst. {t} {n} <{a}> rakstīja:",
    "lt": "{d}, {t}, {n} <{a}> parašė:",
    "pl": "Wiadomość napisana przez {n} <{a}> w dniu {d}, o godz. {t}:",
    "cs": "{d} v {t}, {n} <{a}>:",
    "sk": "Dňa {d} o {t} užívateľ {n} <{a}> napísal:",
    "sl": "{n} <{a}> je {d} ob {t} napisal(a):",
    "hr": "{n} <{a}> je dana {d} u {t} napisao:",
    "sr": "Дана {d}, у {t}, {n} <{a}> је написао/ла:",
    "hu": "{d} dátummal, {t} időpontban {n} <{a}> írta:",
    "ro": "Pe {d}, la {t}, {n} <{a}> a scris:",
    "bg": "На {d}, в {t}, {n} <{a}> написа:",
    "ru": "{d}, в {t}, {n} <{a}> написал(а):",
    "uk": "{d} о {t} {n} <{a}> написав(-ла):",
    "el": "Στις {d}, στις {t}, ο/η {n} <{a}> έγραψε:",
    "tr": "{n} <{a}> şunları yazdı ({d} {t}):",
    "he": "\u200fב-{d}, בשעה {t}, \u200f{n} <{a}> כתב/ה:",
    "ar": "في {d}، الساعة {t}، كتب/كتبت {n} <{a}>:",
    "fa": "در {d}، ساعت {t}، {n} <{a}> نوشته است:",
    "th": "เมื่อ {d} เวลา {t} {n} <{a}> เขียนว่า:",
    "vi": "Vào {t}, {d}, {n} <{a}> đã viết:",
    "id": "Pada {d}, pukul {t}, {n} <{a}> menulis:",
    "zh": "{d} {t}，{n} <{a}> 写道：",
    "zh_Hant": "{n} <{a}> 於 {d} {t} 寫道：",
    "ja": "{d} {t}、{n} <{a}>のメール:",
    "ko": "{d} {t}, {n} <{a}> 작성:",
}
THUNDERBIRD = {
    "en": "On {d} {t}, {n} wrote:",
    "de": "Am {d} um {t} schrieb {n}:",
    "fr": "Le {d} à {t}, {n} a écrit :",
    "es": "El {d} a las {t}, {n} escribió:",
    "ca": "El {d} a les {t}, {n} ha escrit:",
    "pt": "Em {d} {t}, {n} escreveu:",
    "pt_PT": "Às {t} de {d}, {n} escreveu:",
    "it": "Il {d} {t}, {n} ha scritto:",
    "nl": "Op {d} om {t} schreef {n}:",
    "sv": "Den {d} kl. {t}, skrev {n}:",
    "da": "Den {d} kl. {t} skrev {n}:",
    "nb": "Den {d} {t}, skrev {n}:",
    "fi": "{n} kirjoitti {d} klo {t}:",
    "et": "{d} {t} {n} kirjutas:",
    "lv": "{d} {t}, {n} rakstīja:",
    "lt": "{d} {t}, {n} rašė:",
    "pl": "W dniu {d} o {t}, {n} pisze:",
    "cs": "Dne {d} v {t} {n} napsal(a):",
    "sk": "Dňa {d} o {t} {n} napísal(a):",
    "sl": "Dne {d} ob {t} je {n} napisal(a):",
    "hr": "{n} je napisao/la dana {d} u {t}:",
    "sr": "{n} је написао/ла дана {d} у {t}:",
    "hu": "{d} {t} keltezéssel, {n} írta:",
    "ro": "La {d} {t}, {n} a scris:",
    "bg": "На {d} в {t}, {n} написа:",
    "ru": "{d} {t}, {n} пишет:",
    "uk": "{d} {t}, {n} пише:",
    "el": "Στις {d} {t}, ο/η {n} έγραψε:",
    "tr": "{d} {t} tarihinde {n} yazdı:",
    "he": "בתאריך {d} בשעה {t}, {n} כתב:",
    "ar": "في {d} {t}، كتب {n}:",
    "fa": "در {d} {t}، {n} نوشت:",
    "th": "เมื่อ {d} {t}, {n} เขียนว่า:",
    "vi": "Vào lúc {t} ngày {d}, {n} đã viết:",
    "id": "Pada {d} {t}, {n} menulis:",
    "zh": "在 {d} {t}, {n} 写道:",
    "zh_Hant": "{n} 於 {d} {t} 寫道:",
    "ja": "{d} {t}、{n} さんは書きました:",
    "ko": "{d} {t}에 {n} 이(가) 쓴 글:",
}
OUTLOOK = {
    "en": ("From", "Sent", "To", "Subject", "Original Message"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Ursprüngliche Nachricht"),
    "fr": ("De", "Envoyé", "À", "Objet", "Message d'origine"),
    "es": ("De", "Enviado el", "Para", "Asunto", "Mensaje original"),
    "ca": ("De", "Enviat el", "Per a", "Tema", "Missatge original"),
    "pt": ("De", "Enviada em", "Para", "Assunto", "Mensagem original"),
    "pt_PT": ("De", "Enviado", "Para", "Assunto", "Mensagem Original"),
    "it": ("Da", "Inviato", "A", "Oggetto", "Messaggio originale"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "Oorspronkelijk bericht"),
    "sv": ("Från", "Skickat", "Till", "Ämne", "Ursprungligt meddelande"),
    "da": ("Fra", "Sendt", "Til", "Emne", "Oprindelig meddelelse"),
    "nb": ("Fra", "Sendt", "Til", "Emne", "Opprinnelig melding"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe", "Alkuperäinen viesti"),
    "et": ("Saatja", "Saadetud", "Adressaat", "Teema", "Algne sõnum"),
    "lv": ("No", "Nosūtīts", "Kam", "Tēma", "Sākotnējais ziņojums"),
    "lt": ("Nuo", "Išsiųsta", "Kam", "Tema", "Pradinis pranešimas"),
    "pl": ("Od", "Wysłano", "Do", "Temat", "Wiadomość oryginalna"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět", "Původní zpráva"),
    "sk": ("Od", "Odoslané", "Komu", "Predmet", "Pôvodná správa"),
    "sl": ("Od", "Poslano", "Za", "Zadeva", "Izvirno sporočilo"),
    "hr": ("Od", "Poslano", "Prima", "Predmet", "Izvorna poruka"),
    "sr": ("Од", "Послато", "Прима", "Тема", "Оригинална порука"),
    "hu": ("Feladó", "Elküldve", "Címzett", "Tárgy", "Eredeti üzenet"),
    "ro": ("De la", "Trimis", "Către", "Subiect", "Mesaj original"),
    "bg": ("От", "Изпратено", "До", "Относно", "Оригинално съобщение"),
    "ru": ("От", "Отправлено", "Кому", "Тема", "Исходное сообщение"),
    "uk": ("Від", "Надіслано", "Кому", "Тема", "Вихідне повідомлення"),
    "el": ("Από", "Στάλθηκε", "Προς", "Θέμα", "Αρχικό μήνυμα"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu", "Özgün İleti"),
    "he": ("מאת", "נשלח", "אל", "נושא", "הודעה מקורית"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع", "الرسالة الأصلية"),
    "fa": ("از", "ارسال شده", "به", "موضوع", "پیام اصلی"),
    "th": ("จาก", "ส่ง", "ถึง", "เรื่อง", "ข้อความต้นฉบับ"),
    "vi": ("Từ", "Đã gửi", "Tới", "Chủ đề", "Thư gốc"),
    "id": ("Dari", "Dikirim", "Kepada", "Subjek", "Pesan Asli"),
    "zh": ("发件人", "发送时间", "收件人", "主题", "邮件原件"),
    "zh_Hant": ("寄件者", "寄件日期", "收件者", "主旨", "原始郵件"),
    "ja": ("差出人", "送信日時", "宛先", "件名", "元のメッセージ"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목", "원본 메시지"),
}
# Two new lines and two quoted ones of each.
SAID = {
    "en": "I have restarted it twice.|The lamp is still red.|Did you restart the printer?|Which lamp is on?",
    "de": "Ich habe ihn zweimal neu gestartet.|Die Lampe ist noch rot.|Haben Sie den Drucker neu gestartet?|Welche Lampe brennt?",
    "fr": "Je l'ai redémarrée deux fois.|Le voyant est encore rouge.|Avez-vous redémarré l'imprimante ?|Quel voyant est allumé ?",
    "es": "La he reiniciado dos veces.|La luz sigue roja.|¿Ha reiniciado la impresora?|¿Qué luz está encendida?",
    "ca": "L'he reiniciada dues vegades.|El llum encara és vermell.|Heu reiniciat la impressora?|Quin llum és encès?",
    "pt": "Já reiniciei duas vezes.|A luz continua vermelha.|Reiniciou a impressora?|Qual luz está acesa?",
    "pt_PT": "Já a reiniciei duas vezes.|A luz continua vermelha.|Reiniciou a impressora?|Que luz está acesa?",
    "it": "L'ho riavviata due volte.|La spia resta rossa.|Ha riavviato la stampante?|Quale spia è accesa?",
    "nl": "Ik heb hem twee keer herstart.|Het lampje is nog rood.|Hebt u de printer herstart?|Welk lampje brandt?",
    "sv": "Jag har startat om den två gånger.|Lampan lyser fortfarande rött.|Har du startat om skrivaren?|Vilken lampa lyser?",
    "da": "Jeg har genstartet den to gange.|Lampen er stadig rød.|Har du genstartet printeren?|Hvilken lampe lyser?",
    "nb": "Jeg har startet den på nytt to ganger.|Lampen er fortsatt rød.|Har du startet skriveren på nytt?|Hvilken lampe lyser?",
    "fi": "Käynnistin sen kahdesti uudelleen.|Valo on yhä punainen.|Käynnistitkö tulostimen uudelleen?|Mikä valo palaa?",
    "et": "Taaskäivitasin selle kaks korda.|Tuli on ikka punane.|Kas taaskäivitasite printeri?|Milline tuli põleb?",
    "lv": "Es to divreiz pārstartēju.|Lampiņa joprojām ir sarkana.|Vai pārstartējāt printeri?|Kura lampiņa deg?",
    "lt": "Paleidau jį du kartus.|Lemputė vis dar raudona.|Ar paleidote spausdintuvą iš naujo?|Kuri lemputė dega?",
    "pl": "Uruchomiłem ją ponownie dwa razy.|Lampka nadal jest czerwona.|Czy uruchomiono drukarkę ponownie?|Która lampka się świeci?",
    "cs": "Restartoval jsem ji dvakrát.|Kontrolka je pořád červená.|Restartovali jste tiskárnu?|Která kontrolka svítí?",
    "sk": "Reštartoval som ju dvakrát.|Kontrolka je stále červená.|Reštartovali ste tlačiareň?|Ktorá kontrolka svieti?",
    "sl": "Dvakrat sem ga znova zagnal.|Lučka je še vedno rdeča.|Ste tiskalnik znova zagnali?|Katera lučka sveti?",
    "hr": "Ponovno sam ga pokrenuo dva puta.|Lampica je još crvena.|Jeste li ponovno pokrenuli pisač?|Koja lampica svijetli?",
    "sr": "Поново сам га покренуо два пута.|Лампица је још црвена.|Да ли сте поново покренули штампач?|Која лампица светли?",
    "hu": "Kétszer újraindítottam.|A lámpa még mindig piros.|Újraindította a nyomtatót?|Melyik lámpa ég?",
    "ro": "Am repornit-o de două ori.|Becul este tot roșu.|Ați repornit imprimanta?|Ce bec este aprins?",
    "bg": "Рестартирах го два пъти.|Лампата още е червена.|Рестартирахте ли принтера?|Коя лампа свети?",
    "ru": "Я перезапустил его дважды.|Лампочка всё ещё красная.|Вы перезапускали принтер?|Какая лампочка горит?",
    "uk": "Я перезапустив його двічі.|Лампочка досі червона.|Ви перезапускали принтер?|Яка лампочка горить?",
    "el": "Τον επανεκκίνησα δύο φορές.|Το λαμπάκι είναι ακόμα κόκκινο.|Επανεκκινήσατε τον εκτυπωτή;|Ποιο λαμπάκι ανάβει;",
    "tr": "İki kez yeniden başlattım.|Lamba hâlâ kırmızı.|Yazıcıyı yeniden başlattınız mı?|Hangi lamba yanıyor?",
    "he": "הפעלתי אותה מחדש פעמיים.|הנורה עדיין אדומה.|האם הפעלת מחדש את המדפסת?|איזו נורה דולקת?",
    "ar": "أعدت تشغيلها مرتين.|المصباح ما زال أحمر.|هل أعدت تشغيل الطابعة؟|أي مصباح يضيء؟",
    "fa": "دو بار آن را دوباره روشن کردم.|چراغ هنوز قرمز است.|آیا چاپگر را دوباره روشن کردید؟|کدام چراغ روشن است؟",
    "th": "ฉันเปิดเครื่องใหม่สองครั้งแล้ว|ไฟยังเป็นสีแดงอยู่|คุณเปิดเครื่องพิมพ์ใหม่หรือยัง|ไฟดวงไหนติด",
    "vi": "Tôi đã khởi động lại hai lần.|Đèn vẫn đỏ.|Bạn đã khởi động lại máy in chưa?|Đèn nào đang sáng?",
    "id": "Saya sudah menyalakan ulang dua kali.|Lampunya masih merah.|Apakah printernya sudah dinyalakan ulang?|Lampu mana yang menyala?",
    "zh": "我已经重启了两次。|灯还是红色的。|您重启打印机了吗？|哪盏灯亮着？",
    "zh_Hant": "我已經重新啟動兩次。|燈還是紅色的。|您重新啟動印表機了嗎？|哪盞燈亮著？",
    "ja": "二回再起動しました。|ランプはまだ赤いです。|プリンターを再起動しましたか。|どのランプが点いていますか。",
    "ko": "두 번 다시 시작했습니다.|램프가 아직 빨간색입니다.|프린터를 다시 시작하셨나요?|어느 램프가 켜져 있나요?",
}


def _language(code: str) -> Language:
    *labels, original = OUTLOOK[code]
    new1, new2, old1, old2 = SAID[code].split("|")
    sender, sent, to, subject = labels
    return Language(
        code,
        GMAIL[code],
        APPLE[code],
        THUNDERBIRD[code],
        (sender, sent, to, subject),
        original,
        (new1, new2),
        (old1, old2),
    )


LANGUAGES = {code: _language(code) for code in GMAIL}
