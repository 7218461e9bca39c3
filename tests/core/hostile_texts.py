"""Texts that cost a careless reader of quotations more than their length: size → text.

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


HOSTILE: dict[str, Callable[[int], str]] = {
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
}
