"""Reads an SPF record and all that it includes, and counts the questions that it costs.

Standards: RFC 7208 §3.2 (one record), §4.5 (which TXT record), §4.6.4 (at most ten questions),
§5.2 (a record that is included must be there).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

MOST_LOOKUPS = 10
_ASKS = frozenset({"include", "a", "mx", "ptr", "exists"})
_KNOWN = _ASKS | {"all", "ip4", "ip6"}

Texts = Callable[[str], Awaitable[list[str]]]
"""The TXT records of a name."""


class SpfFault(Exception):  # noqa: N818 -- what is wrong with the record, in words
    """What makes every receiver take the record for broken (permerror)."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step


def records_in(texts: Iterable[str]) -> list[str]:
    return [each for each in texts if each.lower().split(" ", 1)[0] == "v=spf1"]


def lets_everybody(record: str) -> bool:
    terms = record.lower().split()[1:]
    return any(
        term.removeprefix("+") == "all" or (term[0] not in "-~?" and term.endswith("/0"))
        for term in terms
    )


def lets_nobody(record: str) -> bool:
    return record.lower().split()[1:] in (["-all"], ["~all"])


async def count_lookups(domain: str, record: str, texts: Texts) -> int:
    """The questions that a receiver asks at most; raises SpfFault from the eleventh on."""
    counted = 0

    async def follow(domain: str, record: str, path: tuple[str, ...]) -> None:
        nonlocal counted
        targets = []
        for term in record.split()[1:]:
            name, target = _read(term, domain)
            if name in _ASKS or name == "redirect":
                counted += 1
            if name in {"include", "redirect"}:
                targets.append(target)
        if counted > MOST_LOOKUPS:
            raise SpfFault(
                f"needs more than {MOST_LOOKUPS} lookups, so it counts as broken",
                "remove an include, a or mx that is no longer needed",
            )
        for target in targets:
            if "%" in target:  # depends on the mail
                continue
            if target in path:
                raise SpfFault(f"includes itself by way of {target}", f"remove include:{target}")
            found = _only(target, records_in(await texts(target)))
            await follow(target, found, (*path, target))

    await follow(domain, record, (domain.lower(),))
    return counted


def _only(target: str, records: Sequence[str]) -> str:
    """Of what is included."""
    if len(records) != 1:
        what = "no SPF record" if not records else f"{len(records)} SPF records"
        raise SpfFault(
            f"includes {target}, which has {what}",
            f"correct or remove include:{target}",
        )
    if lets_everybody(records[0]):
        raise SpfFault(
            f"lets everybody send mail as this domain (+all of {target})",
            f"remove include:{target}, or have it corrected there",
        )
    return records[0]


def _read(term: str, domain: str) -> tuple[str, str]:
    """The mechanism or modifier of a term in lower case, and the domain behind it."""
    modifier, equals, value = term.partition("=")
    if equals and ":" not in modifier and "/" not in modifier:
        return modifier.lower(), value.lower().rstrip(".")
    mechanism, _, value = term.lstrip("+-~?").partition(":")
    name = mechanism.partition("/")[0].lower()
    if name not in _KNOWN:
        raise SpfFault(f'has "{term[:60]}", which means nothing in SPF', "correct or remove it")
    return name, (value.partition("/")[0] or domain).lower().rstrip(".")
