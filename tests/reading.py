"""A reader without processes, for tests that read hundreds of mails and ask about other things.

What the processes do is asked by tests/inbound/test_reader.py, and by every test of a daemon.
"""

from collections.abc import Sequence

import pytest

from helpdesk.app import build
from helpdesk.app.gateway import Gateway
from helpdesk.config import Settings
from helpdesk.core.mail import Message
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parse import parse
from helpdesk.inbound.reader import Raw, Reader


class ParsingReader(Reader):
    async def read_many(self, raws: Sequence[Raw]) -> list[Message]:
        read = (raw if isinstance(raw, bytes) else raw.read_bytes() for raw in raws)
        return [parse(raw, self._options) for raw in read]


def build_reader_here(settings: Settings) -> Reader:
    return ParsingReader(ReaderOptions(key_patterns=settings.licenses.key_patterns()))


def build_reading_here(settings: Settings) -> Gateway:
    """A gateway that reads mail in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "build_reader", build_reader_here)
        return build.build(settings)
