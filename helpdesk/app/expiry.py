"""When a certificate ends; the standard library tells it of no file of our own.

Standards: RFC 5280 §4.1.2.5 (validity).
"""

import ssl
from datetime import UTC, datetime

_END = "-----END CERTIFICATE-----"
_VERSION = 0xA0
_UTC_TIME = 0x17
_LONG = 0x80
_PIVOT = 2050


def not_after(pem: str) -> datetime:
    """Of the first certificate. Raises ValueError or IndexError if there is none."""
    first, end, _ = pem.partition(_END)
    start = first.find("-----BEGIN CERTIFICATE-----")
    if start < 0 or not end:
        raise ValueError("no certificate in PEM")
    der = ssl.PEM_cert_to_DER_cert(first[start:] + end)
    _, at, _ = _item(der, 0)  # Certificate
    _, at, _ = _item(der, at)  # TBSCertificate
    if der[at] == _VERSION:
        at = _item(der, at)[2]
    for _ in ("serialNumber", "signature", "issuer"):
        at = _item(der, at)[2]
    _, at, _ = _item(der, at)  # Validity
    _, _, at = _item(der, at)  # notBefore
    kind, at, end_at = _item(der, at)
    text = der[at:end_at].decode("ascii")
    if kind == _UTC_TIME:
        # Python would take 50 to 68 for this century.
        century = "20" if int(text[:2]) < _PIVOT % 100 else "19"
        text = century + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _item(der: bytes, at: int) -> tuple[int, int, int]:
    """Tag, and where the content begins and ends."""
    length = der[at + 1]
    start = at + 2
    if length & _LONG:
        octets = length - _LONG
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    return der[at], start, start + length
