"""The page with charts is a whole, safe page whose numbers are right."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

from helpdesk.app.templates import templates_folder
from helpdesk.core.statistics import Life, Period, report
from helpdesk.core.ticket import Status
from helpdesk.outbound.charts import HEIGHT, Bar, bars, ceiling, columns
from helpdesk.outbound.statistics import page

PERIOD = Period(date(2026, 11, 2), date(2026, 11, 15))
NOW = datetime(2026, 11, 20, tzinfo=UTC)
NAME = '<script>alert(1)</script> & "Eve"'
VOID = {"meta", "line", "rect"}


class Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 -- as its parent
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def written(*lives: Life) -> str:
    return page(report(lives, PERIOD, NOW), templates_folder("pages"))


def test_a_page_is_well_formed_safe_and_alone() -> None:
    opened = datetime(2026, 11, 3, 12, tzinfo=UTC)
    html = written(
        Life(
            NAME,
            NAME,
            "normal",
            opened,
            Status.OPEN,
            answered_at=opened.replace(hour=15, minute=20),
        )
    )
    read = Reader(html)

    assert read.open == []
    assert not {"script", "link", "img", "iframe"} & set(read.tags)
    assert not re.search(r"https?:|//|@import|url\(", html)
    assert NAME in read.words
    assert "3 h 20 min" in read.words
    assert html.count("<svg ") == html.count("<desc ") == html.count("<title id=") == 5
    assert html.count("<table") == 8


def test_a_period_without_tickets_says_so() -> None:
    html = written()

    assert "There were no tickets in this period." in html
    assert "<svg" not in html
    assert Reader(html).open == []


def test_bars_are_parts_of_the_greatest() -> None:
    assert bars([("a", 4), ("b", 1), ("c", 0)]) == [
        Bar("a", 4, 100),
        Bar("b", 1, 25),
        Bar("c", 0, 0),
    ]
    assert bars([("a", 0)]) == [Bar("a", 0, 0)]
    assert bars([]) == []


def test_columns_stand_on_the_floor_and_keep_to_the_picture() -> None:
    picture = columns(["a", "b"], [[1, 20], [0, 10]])

    assert {round(box.y + box.height, 1) for box in picture.boxes} == {picture.floor}
    assert all(0 <= box.y <= HEIGHT and box.x + box.width <= picture.width for box in picture.boxes)
    assert picture.boxes[1].height == 2 * picture.boxes[3].height
    assert [line.text for line in picture.lines] == ["0", "10", "20"]


def test_the_axis_ends_at_a_number_with_a_half_that_is_easy_to_read() -> None:
    assert [ceiling(value) for value in (0, 1, 3, 11, 41, 150)] == [2, 2, 4, 20, 60, 200]
