"""Names of foreign files must be safe to show and to save."""

import random
import unicodedata

import pytest

from helpdesk.core.filenames import LONGEST_NAME, LONGEST_OCTETS, safe_filename


@pytest.mark.parametrize(
    ("stated", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Prüfung – Größe.pdf", "Prüfung – Größe.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("C:\\Users\\ana\\log.txt", "log.txt"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        (" . .profile", "profile"),
        ("a\0b.png", "ab.png"),
        ("a\r\nb.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("what?*<>|.txt", "what_____.txt"),
        ("trailing. ", "trailing"),
        ("two  spaces\t.txt", "two spaces.txt"),
    ],
)
def test_a_name_loses_what_is_dangerous_and_nothing_else(stated: str, safe: str) -> None:
    assert safe_filename(stated) == safe


@pytest.mark.parametrize("stated", ["", "...", "/", "\u200b\u200e", "\0", "a/b/", "???"])
def test_a_name_is_never_empty(stated: str) -> None:
    assert safe_filename(stated, "application/pdf") == "attachment.pdf"


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_filename("x" * 5000 + ".pdf")

    assert len(name) == LONGEST_NAME
    assert name.endswith("x.pdf")


def test_a_long_name_in_any_script_fits_into_a_file_system() -> None:
    name = safe_filename("語" * 180 + ".pdf")

    assert len(name.encode()) <= LONGEST_OCTETS
    assert name.endswith("語.pdf")


def test_composed_and_decomposed_letters_give_one_name() -> None:
    assert safe_filename("Gro\u0308ße.txt") == safe_filename("Größe.txt")


def test_no_random_name_escapes() -> None:
    rng = random.Random(7)
    alphabet = 'ab.. /\\\0\u200b\u202e:*?"<>|\r\nÄ\udce9\ufeffCON'
    for _ in range(3000):
        name = safe_filename("".join(rng.choices(alphabet, k=rng.randrange(12))))

        assert name
        assert name == safe_filename(name)
        assert not name.startswith((".", " "))
        assert not set(name) & set('/\\\0:*?"<>|')
        assert all(unicodedata.category(char)[0] != "C" for char in name)
