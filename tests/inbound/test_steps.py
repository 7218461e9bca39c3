"""The benchmark of reading times every step by its name; none must fall out unseen."""

from benchmarks.reading import STEPS, Stopwatch
from helpdesk.inbound import parse

MAIL = b"""From: Ana <ana@example.org>
Subject: x
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c

It fails.
--c
Content-Type: text/html

<p>It fails.
--c--
--b
Content-Type: application/pdf; name=a.pdf
Content-Transfer-Encoding: base64

YQ==
--b--
"""
ONLY_MARKUP = b"Content-Type: text/html\n\n<p>It fails."


def test_every_step_of_the_benchmark_is_one_of_the_reader() -> None:
    watch = Stopwatch()
    with watch.watching():
        parse.parse(MAIL)
        parse.parse(ONLY_MARKUP)

    assert watch.seconds.keys() == STEPS.keys()
