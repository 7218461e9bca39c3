"""A ticket as a page for people, in the words of its desk: how it stands, panels, a timeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from helpdesk.cli.session import cell, one_line, shown
from helpdesk.core.ledger import number_of
from helpdesk.core.notices import folded_lines

Json = dict[str, Any]
_WIDTH = 14
_LONGEST_SUMMARY = 400


def print_ticket(ticket: Json, *, full: bool = False) -> None:
    """As `Operations.for_people` gives it; `full`: with what is quoted."""
    print(f"{ticket['number']}  {shown(ticket['subject'])}")
    for name, value in _rows(ticket).items():
        if value:
            print(f"  {name + ':':<{_WIDTH - 1}} {shown(value)}")
    for title, lines in _PANELS.items():
        _print_panel(title, list(lines(ticket)))
    print("\nTimeline")
    number, last = 0, "event"
    for entry in ticket["entries"]:
        if entry["kind"] != "event" or last != "event":
            print()
        last = entry["kind"]
        if entry["kind"] == "event":
            print(f"  * {cell(entry['at'])}  {one_line(entry['text'], 400)}{_for_agents(entry)}")
        else:
            number = _print_entry(entry, number, full=full)


def _rows(ticket: Json) -> Mapping[str, str]:
    """What stands above the conversation; what is empty is left out."""
    others = [each for each in ticket["participants"] if each != ticket["requester"]]
    return {
        "Status": f"{ticket['status']}{_since(ticket)}",
        "Priority": ticket["priority"],
        "Category": ticket["category"],
        "Tags": ", ".join(ticket.get("tags") or ()),
        "Desk": ticket["desk"],
        "Requester": person(ticket["requester"]),
        "Participants": ", ".join(map(person, others)),
        "Assignee": person(ticket["assignee"]) or "nobody",
        "Set aside": f"until {cell(until)}" if (until := ticket.get("snoozed_until")) else "",
        "Booked": _minutes(ticket.get("minutes") or 0),
        "Created": cell(ticket["created_at"]),
        "Updated": cell(ticket["updated_at"]),
        "Answered": cell(at) if (at := ticket["first_response_at"]) else "",
        "Linked with": _lines(f"{each['ticket']} ({each['kind']})" for each in _links(ticket)),
        "Merged into": ticket["merged_into"] or "",
        "Maybe about": ticket["possibly_about"] or "",
    }


def _since(ticket: Json) -> str:
    return f" since {cell(since)}" if (since := ticket.get("status_since")) else ""


def _links(ticket: Json) -> list[Json]:
    return ticket.get("links") or []


def _lines(texts: Any) -> str:
    return ("\n" + " " * (_WIDTH + 2)).join(texts)


_OUTCOMES = {
    "": "nobody was asked about it",
    "pending": "being looked up",
    "not_found": "not known to the provider",
    "ambiguous": "several licenses have this key",
}
_TROUBLES = {
    "down": "the provider did not answer",
    "rate_limited": "the provider wants us to wait",
    "forbidden": "the provider refuses to answer us",
}


def license_lines(each: Json) -> Iterator[str]:
    """What a provider said about a license, and how old that is."""
    words = _found(each) if each["outcome"] == "found" else _OUTCOMES[each["outcome"]]
    age = f" ({each['age']} ago)" if each.get("age") else ""
    more = [f"as of {cell(each['asked_at'])}{age}" if each["asked_at"] else ""]
    more.append(f"{_TROUBLES[each['trouble']]}, asked again" if each["trouble"] else "")
    quoted = ", quoted only" if each["quoted"] else ""
    tail = "".join(f"; {part}" for part in more if part)
    yield one_line(f"{each['masked']} ({each['provider']}{quoted}): {words}{tail}", 400)
    if each["is_foreign"]:
        owner = ", ".join(part for part in (each["owner"], *each["owner_addresses"]) if part)
        yield one_line(f"! belongs to somebody else: {owner}", 400)
    for one in each["activations"]:
        at = cell(one["at"]) if one["at"] else ""
        parts = (one["name"], one["platform"], at)
        yield one_line(f"- {', '.join(part for part in parts if part)}", 400)
    if each["history_url"]:
        yield one_line(each["history_url"], 400)


_RIGHTS = {
    "free": "free",
    "covered": "covered",
    "reserved": "a credit is reserved",
    "consumed": "paid by a credit",
    "returned": "the credit was given back",
    "pending": "not known yet",
    "missing": "missing",
    "unclear": "unclear, an agent decides",
    "third_party": "another maker's product",
}


def right_lines(right: Json) -> Iterator[str]:
    """Whether the requester has a right to support, and what of it is used."""
    source = f" ({right['source']})" if right["source"] else ""
    yield one_line(f"{_RIGHTS[right['state']]}{source}", 400)
    if right["held_at"]:
        yield f"! on hold since {cell(right['held_at'])}"
    if right["booked_minutes"] or right.get("budget_minutes"):
        most = right.get("budget_minutes")
        of = f" of {_minutes(most)}" if most else ""
        yield f"{_minutes(right['booked_minutes']) or '0 min'}{of} worked"
    if right["credits"] or right["available"]:
        yield f"{number_of(right['credits'])} used, {right['available']} left"


def _found(each: Json) -> str:
    used, most = each["activations_used"], each["activations_max"]
    parts = [
        each["state"],
        each["product"],
        each["plan"],
        f"expires {cell(each['expires_at'])}" if each["expires_at"] else "",
        f"support until {cell(each['support_until'])}" if each["support_until"] else "",
        ""
        if used is None
        else f"{used} of {'any number of' if most is None else most} activations",
    ]
    return ", ".join(part for part in parts if part)


def _print_panel(title: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{title}")
    for line in lines:
        print(f"  {shown(line)}")


def _clocks(ticket: Json) -> Iterator[str]:
    """Each clock with a target, and how the ticket stands towards it."""
    clocks = ticket["clocks_left"]
    longest = max((len(each["kind"]) for each in clocks), default=0)
    for each in clocks:
        due = f"due {cell(each['due_at'])}, " if each["due_at"] else ""
        yield f"{each['kind'] + ':':<{longest + 1}} {due}{each['left']}"


def _licenses(ticket: Json) -> Iterator[str]:
    for each in ticket["licenses"]:
        first, *more = license_lines(each)
        yield first
        yield from (f"  {line}" for line in more)
    if ticket.get("licenses_asked_again"):
        yield "(being asked again: look again in a moment)"


def _right(ticket: Json) -> Iterable[str]:
    right = ticket.get("right")
    return right_lines(right) if right else ()


_PANELS: Mapping[str, Callable[[Json], Iterable[str]]] = {
    "Clocks": _clocks,
    "Licenses": _licenses,
    "Right to support": _right,
}
"""What stands between the ticket and its timeline, one title and its lines each; a panel without
lines is left out."""


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{rest} min"] if rest else [])])


def person(who: Mapping[str, str] | None) -> str:
    if who is None:
        return ""
    if not who["name"] or not who["address"]:
        return who["name"] or who["address"]
    return f"{who['name']} <{who['address']}>"


def _for_agents(entry: Json) -> str:
    return " (internal)" if entry["visibility"] == "internal" else ""


def _what_became_of(file: Json) -> str:
    if file["refused"]:
        return f", refused: {file['refused']}"
    return ", came with earlier mails, too" if file["recurs"] else ""


def _print_entry(entry: Json, files: int, *, full: bool) -> int:
    """Print a message, an answer or a note; how many files there were up to its end."""
    author = f" by {person(entry['author'])}" if entry["author"] else ""
    parked = f", waits: {entry['parked']}" if entry["parked"] else ""
    kind = f"{entry['kind']} {entry['id']}"
    print(shown(f"--- {cell(entry['at'])}  {kind}{author}{_for_agents(entry)}{parked}"))
    text = entry["full_text" if full else "text"]
    if text:
        print("\n".join(f"    {line}".rstrip() for line in shown(text).split("\n")))
    folded = folded_lines(text, entry["full_text"])
    if folded > 0:
        lines = "1 more line" if folded == 1 else f"{folded} more lines"
        print(f"    ({lines} in the mail; --full shows {'it' if folded == 1 else 'them'})")
    for file in entry["attachments"]:
        files += 1
        size = f"{file['content_type']}, {file['size']} octets"
        print(shown(f"    file {files}: {file['filename']} ({size}){_what_became_of(file)}"))
        if file["summary"]:
            print(shown(f"      {one_line(file['summary'], _LONGEST_SUMMARY)}"))
    return files
