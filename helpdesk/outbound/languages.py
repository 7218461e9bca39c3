"""In which folders the template of a mail is looked for, by its desk and its reader's language."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpdesk.core.outgoing import Notice

DEFAULT = "en"
"""Language of our templates that stand in no folder of a language."""
DESKS = "desks"
FILES = ("subject.txt", "body.txt", "body.html")
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_NOTICES = frozenset(notice.value for notice in Notice)


def _folders_in(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    return {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}


def _languages_in(folder: Path | None) -> dict[str, Path]:
    """Folders named as a language, by its tag in lower case."""
    return {
        name.lower(): path
        for name, path in _folders_in(folder).items()
        if _TAG.fullmatch(name.lower())
    }


def _tags(language: str) -> tuple[str, ...]:
    """`de-AT` and what stands in for it, `de`; nothing for what is no language (RFC 4647 §3.4)."""
    tag = language.lower().replace("_", "-")
    if not _TAG.fullmatch(tag):
        return ()
    parts = tag.split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


@dataclass(frozen=True, slots=True)
class Chain:
    """The folders in the order in which a file is looked for, each with its language."""

    folders: tuple[tuple[Path, str], ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(path for path, _ in self.folders)

    def language_of(self, name: str) -> str:
        """In which language the file is that will be used."""
        found = (language for path, language in self.folders if (path / name).is_file())
        return next(found, DEFAULT)


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder with templates in several languages."""

    folder: Path | None
    languages: Mapping[str, Path]

    def named(self, tags: tuple[str, ...]) -> list[tuple[Path, str]]:
        return [(self.languages[tag], tag) for tag in tags if tag in self.languages]

    def plain(self, language: str) -> list[tuple[Path, str]]:
        return [(self.folder, language)] if self.folder is not None else []


def _place(folder: Path | None) -> _Place:
    return _Place(folder, _languages_in(folder))


_NO_PLACE = _Place(None, {})


@dataclass(slots=True)
class Languages:
    """All folders with templates, as they were found at the start."""

    templates: Path
    overrides: Path | None = None
    _ours: _Place = field(init=False)
    _theirs: _Place = field(init=False)
    _desks: dict[str, _Place] = field(init=False)
    _chains: dict[tuple[object, ...], Chain] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._ours = _place(self.templates)
        self._theirs = _place(self.overrides)
        desks = _folders_in(self.overrides / DESKS) if self.overrides is not None else {}
        self._desks = {name: _place(folder) for name, folder in desks.items()}

    @property
    def desks(self) -> tuple[str, ...]:
        """Those with templates of their own."""
        return tuple(self._desks)

    @property
    def known(self) -> tuple[str, ...]:
        """All languages that there is a folder for, and the default one."""
        places = (self._ours, self._theirs, *self._desks.values())
        return tuple(sorted({DEFAULT}.union(*(place.languages for place in places))))

    def chain(self, desk: str, desk_language: str, language: str) -> Chain:
        """Where to look for a reader of that language; without one he reads the desk's.

        What an operator put into no folder of a language is in the desk's language. Readers of
        another one see it only where there is nothing in theirs.
        """
        own = _tags(desk_language) or (DEFAULT,)
        tags = _tags(language) or own
        place = self._desks.get(desk, _NO_PLACE)
        known = tuple(tag for tag in tags if self._has(place, tag))
        is_own = tags[-1] == own[-1]
        # Strangers choose the language, so that only what is known may take room here.
        key = (desk if place is not _NO_PLACE else "", own[0], known, is_own)
        if key not in self._chains:
            self._chains[key] = self._new_chain(place, known, own[0], is_own=is_own)
        return self._chains[key]

    def _has(self, place: _Place, tag: str) -> bool:
        return tag == DEFAULT or any(
            tag in each.languages for each in (place, self._theirs, self._ours)
        )

    def _new_chain(
        self, place: _Place, tags: tuple[str, ...], plain: str, *, is_own: bool
    ) -> Chain:
        named = [each.named(tags) for each in (place, self._theirs, self._ours)]
        ours = (self.templates, DEFAULT)
        if is_own:
            theirs = named[0] + place.plain(plain) + named[1] + self._theirs.plain(plain)
            return Chain((*theirs, *named[2], ours))
        if DEFAULT in tags:
            return Chain((*named[0], *named[1], *named[2], ours))
        others = place.plain(plain) + self._theirs.plain(plain)
        return Chain((*named[0], *named[1], *named[2], *others, ours))

    # --- what no mail would use -------------------------------------------------------------

    def strays(self, desks: Mapping[str, str] | None = None) -> Iterator[str]:
        """Folders and files of the operator that no mail can use, each with a next step.

        `desks` are those that are served; without them any desk may have templates.
        """
        if self.overrides is None:
            return
        yield from _strays_in(self.overrides, "", (DESKS,))
        for name, place in self._desks.items():
            if desks is not None and name not in desks:
                yield f"template folder {DESKS}/{name}: there is no desk of that name"
            yield from _strays_in(place.folder, f"{DESKS}/{name}/")


def _strays_in(folder: Path | None, shown: str, also: tuple[str, ...] = ()) -> Iterator[str]:
    for name, path in _folders_in(folder).items():
        if name in _NOTICES:
            yield from _stray_files(path, f"{shown}{name}")
        elif _TAG.fullmatch(name.lower()):
            yield from _strays_in(path, f"{shown}{name}/")
        elif name not in also and not name.startswith(("_", ".")):
            yield (
                f"template folder {shown}{name}: there is no notice of that name"
                " (a folder of your own begins with _)"
            )


def _stray_files(folder: Path, shown: str) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        is_backup = path.name.endswith("~")
        if path.stem in {"subject", "body"} and path.name not in FILES and not is_backup:
            yield f"template {shown}/{path.name}: no mail uses it (only {', '.join(FILES)})"
