"""Exactly the new words, from replies of many clients in many languages.

All combinations: `python -m benchmarks.layouts`, or HELPDESK_ALL_LAYOUTS=1.
"""

import os

from helpdesk.inbound.parse import parse
from tests.folded import for_each
from tests.inbound.layouts import LAYOUTS, cases

EACH = 1 if os.environ.get("HELPDESK_ALL_LAYOUTS") else 7  # no divisor of a table's length


@for_each("name", LAYOUTS)
def test_a_client_gives_exactly_the_new_words(name: str) -> None:
    of_client = (case for case in cases() if case[0].name == name)
    for layout, reply in list(of_client)[::EACH]:
        words = parse(layout.mail(reply)).words

        assert " ".join(words.new.split()) == reply.words, (reply.language.code, reply.style)


def test_there_are_enough_clients_and_languages() -> None:
    clients = {name.removesuffix("-html") for name in LAYOUTS}
    languages = {code for layout in LAYOUTS.values() for code in layout.languages}

    assert len(clients) >= 40
    assert len(languages) >= 25
    assert sum(layout.is_html for layout in LAYOUTS.values()) >= 30
