"""Writes winmail.dat files for tests (MS-OXTNEF)."""

import struct

IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")
STRING, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102

Property = tuple[int, int, bytes]


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + struct.pack("<H", 0)


def properties(*values: Property) -> bytes:
    """Of variable length only; and one with a name, one of a fixed length, one of many values."""
    named = struct.pack("<HH", UNICODE, 0x8005) + bytes(16)
    name = "Keywords\0".encode("utf-16-le")
    named += struct.pack("<II", 1, len(name)) + name + bytes(-len(name) % 4)
    packed = [named + _value(b"x\0"), struct.pack("<HHHH", 0x000B, 0x0E1B, 1, 0)]
    packed.append(struct.pack("<HHIII", 0x1003, 0x6789, 2, 7, 8))
    packed += [struct.pack("<HH", kind, number) + _value(value) for number, kind, value in values]
    return struct.pack("<I", len(packed)) + b"".join(packed)


def _value(value: bytes) -> bytes:
    return struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)


def text(number: int, value: str) -> Property:
    return number, UNICODE, f"{value}\0".encode("utf-16-le")


def file(name: str, content: bytes, *values: Property, long_name: str = "") -> bytes:
    written = attribute(2, 0x9002, bytes(14))
    written += attribute(2, 0x8010, name.encode("cp1252") + b"\0")
    if content:
        written += attribute(2, 0x800F, content)
    named = (text(0x3707, long_name),) if long_name else ()
    return written + attribute(2, 0x9005, properties(*named, *values))


def winmail(*attributes: bytes, page: int = 1252) -> bytes:
    begin = b"\x78\x9f\x3e\x22" + b"\x01\x00" + attribute(1, 0x9006, struct.pack("<I", 0x10000))
    return begin + attribute(1, 0x9007, struct.pack("<II", page, 0)) + b"".join(attributes)


def packed_rtf(rich: bytes) -> bytes:
    """Every octet as it is, in the compressed form."""
    out = b""
    for start in range(0, len(rich), 8):
        out += b"\0" + rich[start : start + 8]
    return struct.pack("<II4sI", len(out) + 12, len(rich), b"LZFu", 0) + out
