"""Replies as mail clients write them: all layouts, in all languages and styles of posting."""

import itertools
from collections.abc import Iterator

from tests.inbound import layouts_html, layouts_text
from tests.inbound.layout_frames import LAYOUTS, Layout, Reply
from tests.inbound.reply_languages import LANGUAGES

__all__ = ["LAYOUTS", "cases", "layouts_html", "layouts_text"]

NAMES = (
    "Ana Ruiz",
    "Dr. Eva-Maria Öztürk (Support)",
    "O'Neill, Sam",
    "木村 花子",
    "support@example.org",
)


def cases() -> Iterator[tuple[Layout, Reply]]:
    """All layouts in all languages and styles; the names and the minutes take turns."""
    names = itertools.cycle(NAMES)
    for layout in LAYOUTS.values():
        for code in layout.languages:
            for style in layout.styles:
                yield layout, Reply(LANGUAGES[code], style, next(names))
