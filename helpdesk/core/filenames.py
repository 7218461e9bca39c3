"""File names from foreign mail, made safe to show and to save."""

import re
import unicodedata

LONGEST_NAME = 200
LONGEST_OCTETS = 240
"""Of a name in UTF-8: file systems take 255."""
LONGEST_EXTENSION = 20
LONGEST_STATED = 4_000
NAMELESS = "attachment"

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"|?*]')

_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
}

_TYPES = {extension: media_type for media_type, extension in _EXTENSIONS.items()} | {
    ".eml": "message/rfc822",
    ".p7s": "application/pkcs7-signature",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
}
UNKNOWN_TYPE = "application/octet-stream"


def type_of_name(name: str) -> str:
    """The media type of a file for which only its name is known."""
    return _TYPES.get("." + name.lower().rpartition(".")[2], UNKNOWN_TYPE)


def better_name(filename: str, name: str) -> str:
    """The file name of the disposition, unless it lost letters that the other name has."""
    if "?" in filename and len(filename) == len(name):
        is_same = all(a in ("?", b) for a, b in zip(filename, name, strict=True))
        return name if is_same else filename
    return filename or name


def safe_filename(stated: str, content_type: str = "") -> str:
    """The base name of what the message states; made up from the media type if nothing is left.

    Invisible characters go first: `\\u200b.htaccess` must not pass as a name without a leading dot.
    """
    if len(stated) > LONGEST_STATED:
        stated = stated[:LONGEST_NAME] + stated[-LONGEST_NAME:]
    name = unicodedata.normalize("NFC", stated)
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    name = re.split(r"[/\\]", name)[-1]
    name = " ".join(_FORBIDDEN.sub("_", name).split())
    name = name.lstrip(". ").rstrip(". ")
    if not name.strip("_"):
        return NAMELESS + _EXTENSIONS.get(content_type, "")
    if _RESERVED.fullmatch(name):
        name = "_" + name
    return shorten(name)


def shorten(name: str) -> str:
    """At most LONGEST_NAME characters and LONGEST_OCTETS octets, with the extension kept."""
    if len(name) <= LONGEST_NAME and len(name.encode()) <= LONGEST_OCTETS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or not 0 < len(extension) <= LONGEST_EXTENSION:
        stem, end = name, ""
    else:
        end = f".{extension}"
    stem = stem[: LONGEST_NAME - len(end)]
    room = LONGEST_OCTETS - len(end.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + end
