"""Whether what looks like a license key is one: by the words around it, and by its own letters.

Nothing but a license server knows for sure. Order numbers, serial numbers of hardware, UUIDs and
parts of addresses have the same shapes.
"""

import re
import unicodedata
from dataclasses import dataclass

BEFORE = 80
"""Characters before a key in which a word counts."""
AFTER = 40
_LONGEST_CHUNK = 300


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


# In case-folded words; each line is of some languages.
_KEY_WORD = _any(
    r"(?<![^\W\d_])(?:api|ssh|registry|primary|foreign|public|private|session|host|pgp|gpg|cache"
    r"|encryption|recovery|sort|index|shift|arrow|function|object)[ _-]?keys?(?![^\W\d_])()",
    r"(?:(?<![^\W\d_])|licen[cs]e|product|lizenz|produkt|activation|serial|purchase)[ _-]?keys?"
    r"(?![^\W\d_])",
    r"licen[csz]|lizenz|licenz|licens|liçen|lisen|lisans|лиценз|ліценз|άδεια|αδεια",
    r"schl(?:ü|ue)ssel|serial(?!i)|serien|seri[eë]nummer|série|serie(?=[ :])|seryjn|sériov|серийн",
    r"activation|aktivierung|activaci|ativaç|attivazione|aktyw|aktiver|активац|aktivasyon",
    r"(?<![^\W\d_])cl(?:é|ef)s?(?![^\W\d_])|(?<![^\W\d_])claves?(?![^\W\d_])|chiave|chave",
    r"sleutel|nyckel|nøgle|nøkkel|avain|(?<![^\W\d_])klíč|(?<![^\W\d_])klucz|kulcs|anahtar",
    r"ключ|κλειδ|キー|ライセンス|シリアル|プロダクト|密钥|密鑰|许可证|授权|序列号|激活码",
    r"키|라이선스|라이센스|시리얼|مفتاح|ترخيص|מפתח|רישיון",
    r"purchase.?code|kaufcode|product.?code|unlock|freischalt|dongle|webdepot|codesys|codemeter",
)
_OTHER_WORD = _any(
    r"(?<!in )(?<![^\W\d_])orders?(?![^\W\d_])|bestellung|bestell-?(?:nr|nummer)|auftrag|commande",
    r"pedido|ordine|encomenda|zamówieni|заказ|objednáv|rendelés|sipariş|παραγγελ|注文|订单|주문",
    r"invoice|rechnung|facture|factura|fattura|faktur|счет|счёт|請求|发票",
    r"tracking|sendung|parcel|shipment|suivi|colis|seguimiento|przesył|отправлен|追跡|运单",
    r"transaction|transaktion|transacci|confirmation|bestätigung|booking|buchung|reservation",
    r"gift.?card|gutschein|voucher|coupon|rabatt|promo",
    r"case (?:no|number|id)|case #|(?<![^\W\d_])tickets?(?![^\W\d_])|vorgang|anfrage|request",
    r"session|sitzung|trace|correlation|tenant|customer (?:no|number|id)|kunden-?(?:nr|nummer)",
    r"(?<![^\W\d_])ref(?:erence|erenz|\.)?(?![^\W\d_])|thumbprint|fingerprint|checksum|prüfsumme",
    r"(?<![^\W\d_])(?:md5|sha\d{0,3}|mac|eui|eui-64|wwn|guid|uuid|iban|tel|fax|phone)(?![^\W\d_])",
    r"firmware|asset|inventar|service.?tag|bearer|authorization|cookie|access.?token|id_token",
    r"machine.?id|device.?id|request.?id|hardware.?id",
)
_HARDWARE = (
    r"(?:laptop|notebook|monitor|display|printer|drucker|imprimante|scanner|router|switch|camera|kamera"
    r"|disk|drive|platte|ssd|hdd|board|cpu|gpu|ram|cable|kabel|model|modell|part|artikel|article|sku"
    r"|phone|tablet|handy|battery|akku|chassis|server|computer|pc)"
)
_OF_HARDWARE = re.compile(
    rf"{_HARDWARE}(?:'?s)?[\s:,(]{{0,4}}(?:s/n|sn|serial|serien|(?:no|nr|number|nummer)\b)[^\n]{{0,20}}\Z"
    rf"|{_HARDWARE}[:#]\s?\Z|(?<![^\W\d_])s/n\W{{0,3}}\Z"
)
_SAID_AFTER = re.compile(
    r"\W{0,3}\s{0,2}(?:is|was|ist|war|est|es|é|to|jest|är|er|это|—|-|=|\()(?!\w)([^\n]{0,40})"
)
_LABEL = re.compile(r"[^\W\d_][^\n:=：]{0,20}[:=：]\s{0,3}\Z")


@dataclass(frozen=True, slots=True)
class Context:
    """What the words around say about what stands there."""

    before: str
    """Case-folded, BEFORE characters."""
    is_called_key: bool
    is_called_other: bool
    """Nearer, and on the same line."""
    is_labelled: bool
    """A word for keys and a colon stand directly before it."""


def context_of(text: str, start: int, end: int) -> Context:
    before = _folded(text[max(0, start - BEFORE) : start])
    line = before.rpartition("\n")[2]
    key_at, other_at = _last_key_word(before), _last(_OTHER_WORD, line)
    other_at = other_at + len(before) - len(line) if other_at else 0
    if _OF_HARDWARE.search(line):
        other_at = len(before)
    is_other = other_at > key_at
    is_key = key_at > 0 and not is_other
    if not is_key and not is_other:
        after = _SAID_AFTER.match(_folded(text[end : end + AFTER]))
        is_key = after is not None and _last_key_word(after[1]) > 0
    is_labelled = is_key and _LABEL.search(line) is not None
    return Context(before, is_key, is_other, is_labelled)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _last(words: re.Pattern[str], text: str) -> int:
    """Where the last of the words ends; 0: there is none."""
    return max((match.end() for match in words.finditer(text)), default=0)


def _last_key_word(text: str) -> int:
    """Leaves out keys of other kinds, such as API keys, which the first alternative takes."""
    return max((m.end() for m in _KEY_WORD.finditer(text) if m[1] is None), default=0)


def says_other(text: str) -> bool:
    return _OTHER_WORD.search(_folded(text)) is not None


_WHOLE_WORDS = frozenset({"key", "stick"})


def says(before: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands there; short ones must not be parts of other words."""
    for word in words:
        if word not in _WHOLE_WORDS:
            if word in before:
                return True
        elif word == "key":
            if _last_key_word(before):
                return True
        elif re.search(rf"(?<![^\W\d_]){word}s?(?![^\W\d_])|cmstick", before):
            return True
    return False


# --- where it stands ----------------------------------------------------------------------------

_CHUNK = re.compile(r"[^\s<>\"'`|,;(\[]{1,300}\Z")
_ADDRESS = re.compile(
    r"://|^www\.|\\|%2f|^(?:urn|cid|mid|tel|sip|mailto|sha\d{0,3}|md5|uuid|data):"
)
_DOMAIN_AFTER = re.compile(
    r"\.[A-Za-z0-9-]{1,60}\.[A-Za-z]{2,24}|\.(?:com|net|org|de|io|git|local)(?![a-z])"
)


def stands_alone(text: str, at: int, token: str, span: tuple[int, int]) -> bool:
    """Whether that span of the token at that place is not a piece of an address, a path or the
    name of a host."""
    chunk = _CHUNK.search(text[max(0, at - _LONGEST_CHUNK) : at])
    if chunk is not None and _ADDRESS.search(chunk[0].casefold()):
        return False
    ahead, behind = token[: span[0]], token[span[1] :]
    if len(token) == _UUID and text[max(0, at - 1) : at] == "{" and text[at + _UUID :][:1] == "}":
        return False  # of a class or an interface
    if _DOMAIN_AFTER.match(behind):
        return False
    if "/" in ahead:
        return _is_list(ahead)
    if ahead.endswith("."):
        return ahead[:-1].isalpha() and not _SUFFIX.match(behind)
    return not ahead.endswith("+")


_UUID = 36
_SUFFIX = re.compile(r"\.\w")


def _is_list(ahead: str) -> bool:
    """Such as `AAAA-BBBB/CCCC-DDDD`, of equal pieces with digits or capitals."""
    pieces = ahead.split("/")
    return pieces[-1] == "" and all("-" in each and each.upper() == each for each in pieces[:-1])


# --- what it looks like itself ------------------------------------------------------------------

_HEX_DIGITS = frozenset("0123456789ABCDEF")
_VOWELS = re.compile("[AEIOUY]")
_CONSONANTS = re.compile("[^AEIOUY]{4}|^[^AEIOUY]{3}|(?:[AEIOUY]{3})")
_MODEL = re.compile(r"[A-Z]{1,5}[0-9]{1,5}")


def is_placeholder(key: str) -> bool:
    """XXXXX-XXXXX and the like."""
    groups = key.upper().split("-")
    same = [group for group in groups if len(group) > 1 and len(set(group)) == 1]
    return len(same) > 1 or any(group[0] == "X" for group in same)


def is_wordlike(key: str) -> bool:
    """Whether each of its groups could be a word."""
    return all(_is_word(group) for group in key.upper().split("-"))


def _is_word(group: str) -> bool:
    return group.isalpha() and bool(_VOWELS.search(group)) and not _CONSONANTS.search(group)


def looks_like_chance(key: str) -> bool:
    """Whether nobody would have made it up: no words, numbers, models or addresses."""
    groups = key.upper().split("-")
    if set("".join(groups)) <= _HEX_DIGITS:
        return False
    if key.isupper() and "".join(groups).isalpha():
        return not is_wordlike(key)
    numbers = sum(group.isdigit() for group in groups)
    words = sum(_is_word(group) for group in groups)
    scrambled = sum(
        not group.isalpha() and not group.isdigit() and not _MODEL.fullmatch(group)
        for group in groups
    )
    if scrambled == 0:
        return False
    return scrambled > 1 or (numbers == 0 and words <= 1)


def is_mixed(key: str) -> bool:
    """At least two of its groups have letters and digits."""
    groups = key.split("-")
    return sum(not group.isalpha() and not group.isdigit() for group in groups) > 1
