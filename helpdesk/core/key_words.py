"""Words that say what a row of letters and digits is, in the languages of those who write to us.

All are looked for in case-folded text. Words for license keys; words for what has the shape of one
and is none.
"""

import re

_START, _END = r"(?<![^\W\d_])", r"(?![^\W\d_])"
"""No letter stands there."""


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_WIRELESS = r"(?:wi-?fi|wlan|wpa[23]?|wep|wireless)"

KEY_WORD = _any(
    # Keys to something else.
    rf"(?P<other>{_START}(?:api|ssh|registry|primary|foreign|public|private|session|host|pgp|gpg"
    rf"|cache|encryption|recovery|sort|index|shift|arrow|function|partition|{_WIRELESS})"
    rf"[ _-]?keys?{_END}"
    rf"|{_START}(?:{_WIRELESS}[ -]?(?:netzwerk|netz|sicherheits)?-?|wiederherstellungs)"
    r"schl(?:ü|ue)ssel"
    rf"|{_START}(?:cl(?:é|ef)s?|claves?|chiave|chave) (?:de (?:la |red )?|della |do )?{_WIRELESS}"
    rf"|{_START}(?:cl(?:é|ef)s? de r[ée]cup[ée]ration|clave de recuperación|chiave di ripristino)"
    rf"|{_START}keys? (?:words?|fingerprint)|licen[cs]e plates?)",
    # English
    rf"(?:{_START}|licen[cs]e|product|activation|serial|purchase|lizenz|produkt)[ _-]?keys?{_END}",
    r"activation|unlock|registration.?code|purchase.?code|product.?code|access.?code",
    # The word for licenses in most languages of Europe
    r"licen[csz]|lizenz|liçen|lisen|lisans|licenţ|licenț|лиценз|ліценз|άδεια",
    # Serial numbers
    r"serial(?!i)|serien|seri[eë]nummer|serie(?=[ :])|série|seryjn|sériov|nomor seri|серийн|серійн",
    # German, French, Spanish, Italian, Portuguese
    r"schl(?:ü|ue)ssel|aktivierung|freischalt|kaufcode",
    rf"{_START}cl(?:é|ef)s?{_END}|{_START}claves?{_END}|activaci|chiave|attivazione|chave|ativaç",
    # Dutch, Swedish, Danish, Norwegian, Finnish
    r"sleutel|nyckel|nøgle|nøkkel|avain|aktiver",
    # Czech, Polish, Hungarian, Turkish
    rf"{_START}klíč|{_START}klucz|aktyw|kulcs|anahtar|aktivasyon",
    # Russian, Ukrainian, Greek
    r"ключ|активац|κλειδ",
    # Japanese, Chinese, Korean
    r"キー|ライセンス|シリアル|プロダクト|密钥|密鑰|许可证|授权|序列号|激活码|키|라이선스|라이센스|시리얼",
    # Arabic, Hebrew, Thai, Hindi, Vietnamese
    r"مفتاح|ترخيص|מפתח|רישיון|ลิขสิทธิ์|लाइसेंस|bản quyền",
    # Dongles and their shops
    r"dongle|webdepot|codesys|codemeter|cmcontainer|wibu|container (?:no|nr|number|serial)",
)

CODE_WORD = _any(
    rf"{_START}(?:codes?|kode|kod|код|código|codice|numéro de série|κωδικ\w{{0,3}}){_END}",
    r"コード|코드|代码",
)

OTHER_WORD = _any(
    # Orders
    rf"(?<!in ){_START}orders?{_END}|{_START}order-?(?:nummer|nr)|bestellung|bestel+-?(?:nr|num)",
    r"auftrag|commande|pedido|ordine|encomenda|zamówieni|заказ|objednáv|rendelés|sipariş|παραγγελ",
    rf"注文|订单|주문|{_START}(?:quotes?|offer|angebot|contract|vertrag|purchase order|po){_END}",
    rf"{_START}(?:ordre|tilaus)(?:nr|nummer|numero)?{_END}|comenzi|comand[aă]|narudžb|поръчк|замовлен",
    r"đơn hàng|คำสั่งซื้อ|ऑर्डर|رقم الطلب|سفارش|הזמנה|訂單",
    # Money
    rf"invoice|rechnung|facture|factura|fattura|fakt[uú]r|счет|счёт|請求|发票|{_START}(?:receipt|iban)",
    r"transaction|transaktion|transacci|confirmation|bestätigung|booking|buchung|reservation",
    r"gift.?card|gutschein|voucher|co?upon|kupon|cup[oó]n|cupom|rabatt|promo|discount|remise|descuento"
    r"|desconto|sconto|скидк|промокод|クーポン|割引|优惠|折扣|쿠폰|mandat",
    # Parcels
    r"tracking|sendung|parcel|shipment|suivi|colis|seguimiento|przesył|отправлен|追跡",
    r"运单|waybill|frachtbrief|bill of lading|consignment",
    rf"{_START}(?:rma|pallets?|paletten?){_END}",
    # What other desks and programs count
    rf"{_START}(?:tickets?|vorgang|anfrage|request|case|session|sitzung|trace|correlation|tenant|jobs?|task){_END}",
    rf"{_START}(?:customer|client|member|user|account|kunde|kunden|conn|ref|reference|referenz){_END}",
    r"(?:kunden|mitglieds?)-?(?:nr|nummer)|(?:machine|device|hardware|installation)[ _-]?id",
    # What a program shows before it is activated
    r"(?:machine|device|hardware|computer|request|challenge)[ _-]?code",
    r"(?:geräte|maschinen|rechner|anforderungs|anfrage)(?:code|kennung|-?id)",
    r"code (?:de (?:la )?)?machine|código de (?:la )?(?:máquina|equipo|solicitud)",
    r"codice (?:macchina|(?:di )?richiesta)",
    r"код(?:а|у|ом)? (?:запроса|компьютера|оборудования|установки)",
    r"机器码|申请码|请求码|マシンコード|リクエストコード|要求コード|ハードウェアid",
    # What a program says when it fails
    r"(?:error|fehler|erreur)[ _-]?code|code d['’]erreur|código de error|codice (?:di )?errore",
    r"kod błędu|код(?:а|у|ом)? ошибки|エラーコード|错误代码|오류 코드",
    # Fingerprints and addresses of machines
    r"thumbprint|fingerprint|checksum|prüfsumme|firmware|asset|inventar|service.?tag",
    r"licen[cs]e plate",
    rf"{_START}(?:md5|sha\d{{0,3}}|mac|eui|eui-64|wwn|guid|uuid|tel|fax|phone){_END}",
    # What programs log in with
    rf"{_START}(?:passwor[dt]|kennwort|passcode|mot de passe|contraseña|senha|hasło|пароль)",
    rf"{_START}(?:wachtwoord|lösenord|adgangskode|passord|kodeord|salasana|heslo|jelszó|şifre|parola){_END}",
    r"パスワード|密码|비밀번호|(?:backup|recovery|two-factor|2fa)[ _-]?codes?",
    r"bearer|authorization|cookie(?:: ?[a-z_]{1,20}=)?|access.?token|id_token",
)

LABEL_OF_OTHERS = re.compile(
    rf"[^\W\d_]{{3}}[ _.-]?{_START}"
    r"(?:number|nummer|numer|número|numéro|numero|no|nr|ids?|ref|n°|№|č)"
    r"\W{0,4}\Z|[^\W\d_]{3}nummer\W{0,4}\Z|(?:番号|编号)\W{0,4}\Z"
)
"""Number of something."""

_HARDWARE = (
    r"(?:laptop|notebook|monitor|display|printer|drucker|imprimante|impresora|scanner|router|switch"
    r"|camera|kamera|disk|drive|platte|ssd|hdd|board|cpu|gpu|ram|cable|kabel|model|modell|part|artikel"
    r"|article|sku|phone|tablet|handy|battery|batterie|akku|chassis|server|computer|pc)"
)
OF_HARDWARE = re.compile(
    rf"{_HARDWARE}(?:'?s)?[\s:,(-]{{0,4}}"
    rf"(?:s/n|sn|serial|serien|num[eé]ro de s[ée]rie|número de serie|(?:no|nr|number|nummer){_END})"
    rf"[^\n]{{0,20}}\Z|{_HARDWARE}[:#]\s?\Z|{_START}s/n\W{{0,3}}\Z"
)
