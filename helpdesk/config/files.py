"""What a desk takes of the files of its customers, as the configuration file has it."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, ByteSize, Field

from helpdesk.config.section import Section
from helpdesk.core.files import MEBI, CountPer, FilePolicy
from helpdesk.core.programs import is_program

LARGEST = 1024**3
MOST_KINDS = 200
_EXTENSION = re.compile(r"\.?([a-z0-9][a-z0-9_+-]{0,19})")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,80})")


def _kind(text: str) -> str:
    """An extension with its dot, or a media type."""
    plain = text.strip().lower()
    if _MEDIA_TYPE.fullmatch(plain):
        return plain
    found = _EXTENSION.fullmatch(plain)
    if found is None:
        raise ValueError(
            f"{text[:40]!a} is no kind of file; write an extension like pdf or a media type "
            "like image/png or image/*"
        )
    return f".{found[1]}"


def _once(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kinds))


Kinds = Annotated[
    tuple[Annotated[str, AfterValidator(_kind)], ...],
    AfterValidator(_once),
    Field(max_length=MOST_KINDS),
]


class FileSettings(Section):
    """Which files of customers are passed on to agents (docs/files.md)."""

    max_size: ByteSize = Field(
        default=ByteSize(10 * MEBI),
        ge=0,
        le=LARGEST,
        description='Largest file, in bytes or like "10 MiB"; 0: any.',
    )
    max_count: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=5, description="Most files; images of a signature do not count; 0: any number."
    )
    count_per: CountPer = Field(
        default=CountPer.MAIL, description="Of what they are counted: of each mail, or ticket."
    )
    allowed: Kinds = Field(
        default=(),
        description="The only kinds, as extensions or media types; empty: all.",
        examples=[["pdf", "txt", "log", "zip", "image/*"]],
    )
    refuse_executables: bool = Field(
        default=True,
        description=(
            "Whether programs are refused: by content, by every name, and by what archives list."
        ),
    )

    def policy(self) -> FilePolicy:
        return FilePolicy(
            max_size=int(self.max_size),
            max_count=self.max_count,
            count_per=self.count_per,
            allowed=frozenset(self.allowed),
            refuse_executables=self.refuse_executables,
        )

    def refused_anyway(self) -> tuple[str, ...]:
        """Kinds that are allowed in vain."""
        if not self.refuse_executables:
            return ()
        return tuple(kind for kind in self.allowed if kind[0] == "." and is_program(f"a{kind}"))
