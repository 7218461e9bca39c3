"""Texts that cost a careless reader of quotations or of license keys more than their length: size
→ text.

Each function makes about `size` characters, and its text grows evenly: ten times the size is ten
times the same trouble.
"""

from collections.abc import Callable

from helpdesk.core.quoting import INDENT_BEGIN, INDENT_END, QUOTE_BEGIN, QUOTE_END


def _repeated(piece: str) -> Callable[[int], str]:
    return lambda size: piece * max(1, size // len(piece))


def _one_line(piece: str) -> Callable[[int], str]:
    return lambda size: piece.replace("\n", " ") * max(1, size // len(piece))


def deep_quotes(size: int) -> str:
    """Each line one level deeper than the one above."""
    lines, level, length = [], 1, 0
    while length < size:
        lines.append(">" * min(level, 900) + " deeper")
        length += len(lines[-1]) + 1
        level += 1
    return "\n".join(lines)


def nested_marks(size: int) -> str:
    half = max(1, size // 4)
    return f"{QUOTE_BEGIN}\n" * half + "words\n" + f"{QUOTE_END}\n" * half


def crossed_marks(size: int) -> str:
    piece = f"{QUOTE_BEGIN}{INDENT_BEGIN}a{QUOTE_END}\n{INDENT_END}b\n"
    return piece * max(1, size // len(piece))


def wrapped_introductions(size: int) -> str:
    """Up to the last word each of them could be one."""
    piece = "On Mon, Jan 5, 2026 at 10:12 AM\nAna Ruiz <ana@example.org>\nsaid a few words:\n\n"
    return piece * max(1, size // len(piece))


def long_near_introductions(size: int) -> str:
    """Long lines with everything but a verb."""
    piece = "On 5.1.2026 10:12 " + "on am le el em il op den w dne " * 14 + "ana@example.org x:\n"
    return piece * max(1, size // len(piece))


def initials_of_everybody(size: int) -> str:
    pieces, length, number = [], 0, 0
    while length < size:
        name = f"{chr(65 + number % 26)}{chr(65 + number // 26 % 26)}"
        pieces.append(f"On 5.1.2026 10:12, Ana wrote:\n{name}> old\nnew\n\n")
        length += len(pieces[-1])
        number += 1
    return "".join(pieces)


TEXTS: dict[str, Callable[[int], str]] = {
    "deep quotes": deep_quotes,
    "nested marks": nested_marks,
    "crossed marks": crossed_marks,
    "wrapped introductions": wrapped_introductions,
    "long near introductions": long_near_introductions,
    "initials of everybody": initials_of_everybody,
    "only >": _repeated(">"),
    "lines of >": _repeated(">\n"),
    "starts without end": _repeated("On Mon, Jan 5, 2026 at 10:12 AM "),
    "lines of starts": _repeated("On Mon, Jan 5, 2026 at 10:12 AM\n"),
    "dashes": _repeated("-"),
    "lines of dashes": _repeated("-" * 78 + "\n"),
    "dashes and words": _repeated("----- Original -----x\n"),
    "labels": _repeated("From:\n"),
    "labels of one field": _repeated("To: ana\n"),
    "labels and continuations": _repeated("To: ana@example.org,\n  carl@example.org,\n"),
    "colons": _repeated(":"),
    "lines of colons": _repeated(":\n"),
    "verbs": _repeated("a@b 10:00 wrote "),
    "lines of verbs": _repeated("12:00 wrote no\n"),
    "clocks and addresses": _repeated("12:00 @x:\n"),
    "empty lines": _repeated("\n"),
    "short lines": _repeated("a\n"),
    "no line end": _one_line("word, "),
    "alternating": _repeated("> old\nnew\n"),
    "alternating, wrapped": _repeated("> " + "old " * 20 + "\nnew\n> x\n"),
    "alternating introductions": _repeated("On 5.1.2026 10:12, Ana wrote:\n> old\n\nnew\n\n"),
    "words and introductions": _repeated("Yes. On 5.1.2026 10:12, Ana wrote:\n> old\n"),
    "one line of introductions": _one_line("On 5.1.2026 10:12, Ana wrote: > "),
    "unclosed addresses": _repeated("Ana <\n"),
    "closed addresses": _repeated("Ana <\nana@example.org\n> wrote:\n"),
    "unicode spaces": _repeated("\u2003\u00a0\u3000"),
    "lines of unicode spaces": _repeated("\u2003\u00a0\u3000\n"),
    "directions": _repeated("\u202b\u200f:\n"),
    "bars": _repeated("| a | b\n"),
    "closings": _repeated("Thanks,\n"),
    "separators": _repeated("-- \nAna\n\n"),
    "Chinese": _repeated("于2026年1月5日 10:12写道 "),
    "spaced marks": _repeated("> > "),
    "broken introductions": _repeated("On Mon, 6 Oct 2025 at 10:00, A\n"),
    "introductions": _repeated("On Mon, 6 Oct 2025 at 10:00, A <a@b.example> wrote:\n"),
    "header blocks": _repeated("From: a@b.example\nSent: x\nTo: y\nSubject: z\n\n"),
    "labels in one line": _repeated("From: From: From: From:\n"),
    "dividers": _repeated("-----Original Message-----\n"),
    "forwards": _repeated("---------- Forwarded message ---------\n"),
    "spaces": _repeated(" "),
    "spaces and line ends": _repeated(" \n"),
    "brackets": _repeated("<("),
    "addresses": _repeated("a@b.example <a@b.example>\n"),
    "dots": _repeated("a."),
    "stars": _repeated("*a* _b_ "),
    "commands": _repeated("#close\n"),
    "flags": _repeated("\U0001f1e9\U0001f1ea"),
    "combining": _repeated("a\u0301\u0327"),
}

KEYS: dict[str, Callable[[int], str]] = {
    "spaced dashes": _repeated(" - "),
    "keys": _repeated("A1B2C-D3E4F-G5H6J-K7L8M-N9P0Q\n"),
    "near keys": _repeated("H7KQ2-9ZXCV-B4N5M-QW3ER "),
    "keys glued together": _repeated("H7KQ2-"),
    "dashes and letters": _repeated("AAAA-"),
    "one long token": _repeated("a1B-"),
    "one long word": _repeated("A"),
    "groups apart": _repeated("license H4ZH VL2X 9GJJ "),
    "groups on lines": _repeated("H4ZH\n"),
    "broken groups": _repeated("H7KQ2-\n"),
    "quoted empty lines": _repeated("\n> "),
    "breaks": lambda size: "-" + "\n" * size,
    "soft breaks": _repeated("AB=\n"),
    "signed keys": _repeated(f"key/{'a' * 60}\n"),
    "one signed key": lambda size: "key/" + f"{'a' * 64}\n" * (size // 65),
    "tokens": _repeated("eyJ"),
    "Cyrillic": _repeated("АВСЕ-"),
    "Cyrillic words": _repeated("мотор "),
    "wide": _repeated("Ｈ７"),
    "UUIDs": _repeated("purchase 3f2c7c1e-8f11-1a55-9e0b-0d8f7a1c2b3d "),
    "one address": lambda size: "https://" + "a/" * (size // 2),
    "order numbers": _repeated("order A1BX-C3D4-5EF6-G7H8\n"),
    "keys in one token": _repeated("H4ZH-VL2X-9GJJ-X2J6="),
    "hexadecimal": _repeated("1A2B-3C4D-5E6F-7A8B="),
    "hidden signs": _repeated("H\u200b"),
    "entities": _repeated("A&#8209;"),
    "letters one by one": _repeated("A B C D - "),
    "dashes read out": _repeated("H4ZH dash "),
    "Wi-Fi keys": _repeated("wi-fi key A1BX-C3D4-5EF6-G7H8 "),
    "lists of keys": _repeated("- H4ZH-VL2X-9GJJ-X2J6 (PC)\n"),
    "Arabic digits": _repeated("H٤-"),
}
