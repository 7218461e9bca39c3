"""What signs a mail, what devices and mail systems add, and what must not be taken for either."""

import time

import pytest

from helpdesk.core.banners import find_banners
from helpdesk.core.license_keys import find_keys
from helpdesk.core.quoting import split
from tests.folded import for_each

SAID = "The press stops at noon, and then it says: no paper."

CLOSINGS = {
    "en": ["Kind regards", "Best,", "Many thanks", "Thanks in advance!", "Yours sincerely"],
    "de": ["Mit freundlichen Grüßen", "Viele Grüße aus Berlin", "LG", "MfG", "Besten Dank"],
    "fr": ["Cordialement", "Bien à vous,", "Merci d'avance", "Salutations distinguées"],
    "es": ["Un saludo", "Saludos cordiales", "Atentamente", "Muchas gracias"],
    "ca": ["Salutacions cordials", "Moltes gràcies"][:1],
    "pt": ["Atenciosamente", "Cumprimentos", "Obrigado", "Um abraço"],
    "it": ["Cordiali saluti", "Distinti saluti", "Grazie mille"],
    "ro": ["Cu stimă", "Mulțumesc"],
    "nl": ["Met vriendelijke groet", "Groeten", "Alvast bedankt"],
    "sv": ["Med vänliga hälsningar", "Mvh", "Tack på förhand"],
    "da": ["Med venlig hilsen", "De bedste hilsner", "Tak"],
    "nb": ["Med vennlig hilsen", "Takk"],
    "fi": ["Ystävällisin terveisin", "Kiitos"],
    "is": ["Kveðja", "Bestu kveðju"][:1],
    "pl": ["Pozdrawiam", "Z poważaniem", "Dziękuję"],
    "cs": ["S pozdravem", "S přátelským pozdravem", "Děkuji"],
    "sk": ["S pozdravom", "Ďakujem"],
    "sl": ["Lep pozdrav", "Hvala"],
    "hr": ["Srdačan pozdrav", "S poštovanjem"],
    "hu": ["Üdvözlettel", "Köszönöm"],
    "ru": ["С уважением", "Спасибо"],
    "uk": ["З повагою", "Дякую"],
    "bg": ["Поздрави", "С уважение"],
    "el": ["Με εκτίμηση", "Ευχαριστώ"],
    "tr": ["Saygılarımla", "Teşekkürler", "İyi çalışmalar"],
    "et": ["Lugupidamisega", "Aitäh"],
    "lv": ["Ar cieņu", "Paldies"],
    "lt": ["Pagarbiai", "Ačiū"],
    "ja": ["よろしくお願いいたします。", "以上"],
    "zh": ["此致", "谢谢", "祝好"],
    "ko": ["감사합니다.", "고맙습니다"],
    "vi": ["Trân trọng"],
    "id": ["Terima kasih"],
    "he": ["בברכה", "תודה רבה"],
    "ar": ["مع التحية", "شكرا"],
}
DEVICES = [
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Sent from Mail for Windows",
    "Get Outlook for iOS",
    "Get BlueMail for Android",
    "Von meinem iPhone gesendet",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Gesendet mit der GMX Mail App",
    "Outlook für Android beziehen",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon appareil Galaxy",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Obtener Outlook para Android",
    "Enviado do meu iPhone",
    "Enviada do meu Samsung Galaxy",
    "Inviato da iPhone",
    "Scarica Outlook per iOS",
    "Verstuurd vanaf mijn iPhone",
    "Outlook voor iOS downloaden",
    "Skickat från min iPhone",
    "Hämta Outlook för iOS",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Pobierz program Outlook dla systemu iOS",
    "Odesláno z iPhonu",
    "Odoslané z iPhonu",
    "Elküldve az iPhone-omról",
    "Trimis de pe iPhone-ul meu",
    "Poslano s mog iPhonea",
    "Poslano iz mojega iPhona",
    "Poslato sa mog iPhone uređaja",
    "Отправлено с iPhone",
    "Отправлено из мобильной Почты Mail",
    "Надіслано з iPhone",
    "Изпратено от моя iPhone",
    "Στάλθηκε από το iPhone μου",
    "iPhone'umdan gönderildi",
    "Saadetud minu iPhone'ist",
    "Nosūtīts no mana iPhone",
    "Išsiųsta iš mano iPhone",
    "Enviat des del meu iPhone",
    "iPhoneから送信",
    "Outlook for iOS を入手",
    "发自我的iPhone",
    "从我的 iPhone 发送",
    "從我的iPhone傳送",
    "나의 iPhone에서 보냄",
    "Đã gửi từ iPhone của tôi",
    "Dikirim dari iPhone saya",
    "ส่งจาก iPhone ของฉัน",
    "נשלח מה-iPhone שלי",
    "ارسلت من الـ iPhone",
    "मेरे iPhone से भेजा गया",
]
BLOCKS = [
    "Ana Ruiz\nHead of Printing\nExample GmbH\nMain Street 5, 12345 Town\nTel. +49 89 1234567",
    "Ana Ruiz | Head of Printing\nana@customer.example",
    "Ana Ruiz, CTO",
    "— Ana",
    "-- Ana",
    "~Ana",
    "Thanks. AR",
    "Thanks,\nA.R.",
    "Ana Ruiz\nExample GmbH\n\nTel: +49 89 1234567\nwww.customer.example",
    "AR\n\n--\nExample GmbH",
    "Regards,\nAna Ruiz\n\nFollow us on LinkedIn\nhttps://linkedin.example/x",
    "*Best regards,*\n*Ana Ruiz*",
    "Thanks\n\nAna Ruiz\n____________________\nExample GmbH\nManaging director: Ben Wild",
    "________________________________________\nAna Ruiz\nExample GmbH\ntel: 202-555-7098",
    "tel: +1 202 555 7098\nana@customer.example",
]
NO_SIGNATURES = [
    "My new number is below.\n\n+49 89 1234567\nana@customer.example",
    "Hier ist meine neue Adresse.\n\nAna Ruiz\nHauptstr. 5\n12345 Stadt\nTel. 089 1234567",
    "Hi Bob,\n\nThanks for the help, it works now.",
    "Thanks for the help\nit works now",
    "It works now.\n\nThanks, but one question is left:\nwhere do I find it?",
    "Best regards to Paul too, he found it.",
    "It is solved.\n\nBest regards to Paul too, he found it",
    "Yes",
    "Hi,\n\nYes",
    "Hi Bob,\n\nBlue",
    "Please send it to:\n\nExample GmbH\nMain Street 5\n12345 Town\nTel: +49 89 1234567",
    "You find it here:\n\nhttps://customer.example/log",
    "I do not know what it is.\n\nhttps://customer.example/log",
    "Please call me.\n\n202-555-7098",
    "Please call me on my cell phone. 202-555-7098",
    "I read on the page:\n\nSent from my phone, the form is empty. Why?",
    "It came twice.\n\nSent from Outlook it works, sent from the phone it fails.",
    "The form asks for the name of the server.\n\nThanks, I know it is late. Can you look today?",
    "This message contains confidential logs, please treat them so.\n\nIt fails.",
    "Warning: the external disk fails.\n\nPlease help me.",
    "Important: this email must be answered today.\n\nIt burns.",
    "Attention: our sender address changed.\n\nPlease use the new one.",
    "The page says:\n\nDo not click links in mail.\n\nWhere do I change that?",
]
BANNERS = [
    (
        "CAUTION: This email originated from outside of the organization. Do not click links or "
        "open attachments unless you recognize the sender and know the content is safe."
    ),
    (
        "CAUTION: This email originated from outside of the organization. Do not click links or "
        "open\n attachments unless you recognize the sender."
    ),
    "[EXTERNAL]",
    "***EXTERNAL EMAIL***",
    "EXTERNAL SENDER: Do not click links or open attachments",
    "WARNING: This email came from an external source. Use caution when opening attachments.",
    (
        "This message was sent from outside the company.\nPlease do not click links or open "
        "attachments unless you recognize the source of this email."
    ),
    "You don't often get email from ana@customer.example. Learn why this is important",
    (
        "[You don't often get email from ana@customer.example. Learn why this is important at "
        "https://aka.example/LearnAboutSenderIdentification ]"
    ),
    (
        "Some people who received this message don't often get email from ana@customer.example. "
        "Learn why this is important"
    ),
    (
        "ZjQcmQRYFpfptBannerStart\nThis Message Is From an Untrusted Sender\nYou have not "
        "previously corresponded with this sender.\nReport Suspicious\n\nZjQcmQRYFpfptBannerEnd"
    ),
    "Achtung: Diese E-Mail stammt von einem externen Absender.",
    (
        "ACHTUNG! Diese E-Mail kommt von außerhalb der Organisation. Bitte keine Links oder "
        "Anhänge öffnen."
    ),
    (
        "Sie erhalten nicht häufig E-Mails von ana@customer.example. Erfahren Sie, warum dies "
        "wichtig ist"
    ),
    (
        "ATTENTION : Ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les "
        "liens."
    ),
    (
        "Vous ne recevez pas souvent de courriers de la part de ana@customer.example. Découvrez "
        "pourquoi ceci est important"
    ),
    "PRECAUCIÓN: Este correo electrónico se originó fuera de la organización.",
    "No suele recibir correos electrónicos de ana@customer.example. Por qué esto es importante",
    "ATENÇÃO: Este e-mail foi enviado de fora da organização. Não clique em links.",
    "ATTENZIONE: questa e-mail proviene da un mittente esterno.",
    (
        "Non si ricevono spesso messaggi di posta elettronica da ana@customer.example. Scopri "
        "perché è importante"
    ),
    "LET OP: deze e-mail is afkomstig van buiten de organisatie.",
    (
        "U ontvangt niet vaak e-mail van ana@customer.example. Meer informatie over waarom dit "
        "belangrijk is"
    ),
    "VARNING: Detta meddelande kommer från utanför organisationen.",
    "Du får inte ofta e-post från ana@customer.example. Läs om varför det är viktigt",
    "UWAGA: Wiadomość pochodzi spoza organizacji. Nie otwieraj załączników.",
    "UPOZORNĚNÍ: Tento e-mail pochází mimo organizaci.",
    "ВНИМАНИЕ: Это письмо отправлено из-за пределов организации.",
    "DİKKAT: Bu e-posta kuruluş dışından gönderilmiştir.",
    "【注意】このメールは組織外から送信されました。",
    "【警告】此邮件来自外部。",
]
DISCLAIMERS = [
    (
        "This email and any files transmitted with it are confidential and intended solely for the "
        "use of the individual or entity to whom they are addressed."
    ),
    (
        "CONFIDENTIALITY NOTICE: The contents of this message are for the recipient only. If you "
        "are not he, delete it and notify the sender."
    ),
    "If you are not the intended recipient, please notify the sender and delete this message.",
    (
        "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie "
        "nicht der richtige Adressat sind, informieren Sie bitte den Absender."
    ),
    (
        "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention "
        "exclusive de leurs destinataires."
    ),
    (
        "Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos exclusivamente a "
        "su destinatario."
    ),
    (
        "Questo messaggio e i suoi allegati sono riservati e destinati esclusivamente alle persone "
        "indicate; il destinatario non lo diffonde."
    ),
    "Esta mensagem e seus anexos são confidenciais e destinados exclusivamente ao destinatário.",
    "Dit bericht en de bijlagen zijn vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
    (
        "Niniejsza wiadomość jest poufna i przeznaczona wyłącznie dla jej adresata. Jeśli nim nie "
        "jesteś, usuń ją."
    ),
    (
        "Detta meddelande är konfidentiellt och avsett endast för den angivna mottagaren; radera "
        "det annars."
    ),
    "Denne e-mail kan indeholde fortrolige oplysninger og er kun beregnet til modtageren.",
    "Tato zpráva je důvěrná a je určena výhradně příjemci. Pokud jím nejste, smažte ji.",
    "Это сообщение и вложения к нему конфиденциальны и предназначены только для получателя.",
    "このメールには機密情報が含まれている場合があります。受信者以外の方は削除してください。",
    "本邮件及其附件含有保密信息，仅供收件人使用。如果您错误地收到本邮件，请删除。",
    "Bu e-posta gizli bilgiler içerebilir ve yalnızca alıcısı için gönderilmiştir; lütfen siliniz.",
]
NOTES = [
    "Please consider the environment before printing this e-mail",
    "Virus-free. www.avast.com",
    "Diese E-Mail wurde von Avast Antivirus-Software auf Viren geprüft.",
    "This email has been checked for viruses by AVG antivirus software.",
    (
        "L'absence de virus dans ce courrier électronique a été vérifiée par le logiciel antivirus "
        "Avast."
    ),
    "This message has been scanned for viruses by MailScanner",
]


@for_each("closing", [each for several in CLOSINGS.values() for each in several])
def test_closing_words_and_a_name_sign_a_mail(closing: str) -> None:
    signature = f"{closing}\nBob Somebody\nExample GmbH"

    words = split(f"{SAID}\n\n{signature}\n", "Ana Ruiz")

    assert (words.new, words.signature) == (SAID, signature)


@for_each("device", DEVICES)
def test_what_a_device_adds_is_no_new_word(device: str) -> None:
    words = split(f"{SAID}\n\n{device}\n", "Ana Ruiz")

    assert (words.new, words.signature) == (SAID, device)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_with_the_author_s_name_signs_without_closing_words(block: str) -> None:
    words = split(f"{SAID}\n\n{block}\n", "Ana Ruiz ana")

    assert (words.new, words.signature) == (SAID, block)


@pytest.mark.parametrize("text", NO_SIGNATURES)
def test_what_is_said_is_no_signature(text: str) -> None:
    words = split(text, "Ana Ruiz")

    assert words.new == text
    assert words.signature == words.banner == ""


@pytest.mark.parametrize("mark", ["PS:", "P.S.", "P.S:", "PPS -", "NB:"])
def test_a_postscript_is_new(mark: str) -> None:
    words = split(
        f"{SAID}\n\nThanks,\nAna\n\n{mark} it is blue.\n\nSent from my iPhone", "Ana Ruiz"
    )

    assert words.new.split("\n") == [SAID, "", f"{mark} it is blue."]
    assert "Ana" in words.signature
    assert "iPhone" in words.signature


@for_each("banner", BANNERS)
def test_a_banner_above_the_words_is_folded(banner: str) -> None:
    words = split(f"{banner}\n\nHi Bob,\n\n{SAID}\n", "Ana Ruiz")

    assert words.new == f"Hi Bob,\n\n{SAID}"
    assert words.banner.split() == banner.split()


@for_each("banner", [*DISCLAIMERS, *NOTES, *BANNERS])
def test_a_banner_below_the_words_is_folded(banner: str) -> None:
    words = split(f"{SAID}\n\nAna Ruiz\n\n{banner}\n\nRegistered in Town\n", "Ana Ruiz")

    assert words.new == SAID
    assert words.banner.split() == banner.split()
    assert words.signature.split("\n")[0] == "Ana Ruiz"
    assert words.signature.split("\n")[-1] == "Registered in Town"


def test_a_banner_takes_no_word_from_the_line_below_it() -> None:
    words = split(f"{BANNERS[2]}\n{SAID}\n")

    assert (words.banner, words.new) == (BANNERS[2], SAID)


def test_a_disclaimer_of_two_paragraphs_is_one() -> None:
    text = (
        f"{SAID}\n\n{DISCLAIMERS[0]}\n\nIf it came to you in error, the sender asks that you "
        "delete it; copying is prohibited and we take no liability for viruses."
    )

    words = split(text)

    assert words.new == SAID
    assert words.banner.endswith("viruses.")


@pytest.mark.parametrize(
    "text", [BANNERS[0], DISCLAIMERS[0], "-- \nAna", DEVICES[0], CLOSINGS["en"][0]]
)
def test_a_mail_with_nothing_else_is_shown(text: str) -> None:
    assert split(text, "Ana Ruiz").new in {text, "Ana"}


def test_a_key_in_a_signature_is_found() -> None:
    key = "A1B2-E5F6-C9D0-A3B4"
    words = split(f"{SAID}\n\nThanks,\nAna Ruiz\nLicense: {key}", "Ana Ruiz")

    assert key in words.new + words.signature
    assert [each.key for each in find_keys((words.new, words.signature))] == [key]


def test_somebody_signs_once() -> None:
    text = f"{SAID}\n\nThanks,\nAna\n\nOn Mon, 6 Oct 2025, Bob wrote:\n> Hi\n\n--\nAna Ruiz\nTown"

    words = split(text, "Ana Ruiz")

    assert (words.new, words.signature) == (SAID, "Thanks,\nAna")
    assert words.quoted.endswith("Town")


@pytest.mark.parametrize(
    "piece",
    [
        *("Thanks\n", "Sent from my ", "iPhone ", "CAUTION: external ", "[EXTERNAL]\n", "a\n\n"),
        *("ZjQcmQRYFpfptBannerStart\n", "This email is confidential ", "+1 202 ", "Ana Ruiz\n"),
        *("This email is confidential\n", "PS: x\n", "-" * 50, "x" * 99 + "\n"),
        *("Virus-free.\n\n", "Get Outlook "),
    ],
)
def test_the_time_grows_no_faster_than_the_text(piece: str) -> None:
    times = []
    for size in (10_000, 100_000):
        text = piece * (size // len(piece))
        start = time.process_time()
        find_banners(text.split("\n"))
        split(text, "Ana Ruiz")
        times.append(time.process_time() - start)

    assert times[1] < 30 * times[0] + 0.2
