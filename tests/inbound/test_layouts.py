"""Exactly the new words, from replies of many clients in many languages.

All combinations: `python -m benchmarks.layouts`, or HELPDESK_ALL_LAYOUTS=1.
"""

import os
from itertools import groupby, islice

from helpdesk.inbound.parse import parse
from tests.inbound.layouts import LAYOUTS, cases

EACH = 1 if os.environ.get("HELPDESK_ALL_LAYOUTS") else 17  # no divisor of a table's length


def test_clients_give_exactly_the_new_words() -> None:
    missed = [
        (layout.name, reply.language.code, reply.style, reply.name)
        for _, of_client in groupby(cases(), key=lambda case: case[0].name)
        for layout, reply in islice(of_client, 0, None, EACH)
        if " ".join(parse(layout.mail(reply)).words.new.split()) != reply.words
    ]

    assert missed == []


def test_there_are_enough_clients_and_languages() -> None:
    clients = {name.removesuffix("-html") for name in LAYOUTS}
    languages = {code for layout in LAYOUTS.values() for code in layout.languages}

    assert len(clients) >= 40
    assert len(languages) >= 25
    assert sum(layout.is_html for layout in LAYOUTS.values()) >= 30
