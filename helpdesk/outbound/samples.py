"""Values with which every template is tried out: all that may stand in it, and nothing."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from helpdesk.core.outgoing import WITHOUT_TICKET, Notice, OutgoingMail
from helpdesk.core.ticket import OutboxId

_MAILTO = "mailto:support+cfqqaaaaaadrhy2hxrzsmtlldvycmwmasajkm@example.test"
_SAID = {
    "kind": "message",
    "author": "Ana Ruiz",
    "at": "2026-11-21 22:40 UTC",
    "text": "It says that the license is not valid.",
}
HISTORY = "https://licenses.example/42"
SAMPLE: Mapping[str, Any] = {
    "desk": {
        "name": "support",
        "display_name": "Support",
        "address": "support@example.test",
        "language": "en",
    },
    "ticket": {
        "number": 1001,
        "tag": "TICK-1001",
        "subject": "Cannot activate",
        "status": "open",
        "priority": "normal",
        "category": "general",
        "own": {"status": "", "priority": "", "category": ""},
        "created_at": "2026-11-21 22:40 UTC",
    },
    "recipient": {"name": "Ben Agent", "address": "ben@example.test"},
    "requester": {"name": "Ana Ruiz", "address": "ana@example.test"},
    "echo": True,
    "author": {"name": "Ana Ruiz", "address": "ana@example.test"},
    "text": "The program does not start.\n\nIt shows error 17.",
    "attachments": [
        {
            "filename": "screen.png",
            "size": 123456,
            "size_text": "123 kB",
            "content_type": "image/png",
            "sent": True,
            "why_not": "",
            "summary": "",
        },
    ],
    "refused": [
        {"filename": "setup.exe", "kind": "program", "limit": "5"},
        {"filename": "film.mp4", "kind": "size", "limit": "10 MB"},
        {"filename": "", "kind": "number", "limit": "5"},
    ],
    "history": [_SAID],
    "keys": [{"masked": "…-7F3A", "provider": "example", "quoted": False}],
    "licenses": [
        {
            "provider": "example",
            "masked": "…-7F3A",
            "quoted": False,
            "outcome": "found",
            "trouble": "",
            "asked_at": "2026-11-21T22:40:00+00:00",
            "state": "active",
            "detail": "",
            "product": "Planner Pro",
            "plan": "Team",
            "expires_at": "2027-05-31T22:00:00+00:00",
            "support_until": "2027-05-31T22:00:00+00:00",
            "activations_used": 3,
            "activations_max": 5,
            "activations": [
                {"name": "ws-17", "platform": "Linux", "at": "2026-11-20T09:00:00+00:00"}
            ],
            "owner": "Eva Owner, Owner Ltd",
            "owner_addresses": ["eva@owner.example"],
            "is_foreign": True,
            "history_url": HISTORY,
        }
    ],
    "possibly_about": "TICK-1000",
    "warnings": ["The sender's address is not verified."],
    "reason": "somebody wrote since the mail that you answered",
    "reply_does": "answer",
    "report": {
        "recipient": "ana@example.test",
        "status": "5.1.1",
        "diagnostic": "550 No such user",
        "delayed": False,
    },
    "between": [_SAID],
    "outcome": "Your answer was sent to Ana Ruiz.",
    "nothing_done": False,
    "folded": 12,
    "reachable": True,
    "forwarded_by": {"name": "Carl Agent", "address": "carl@example.test"},
    "facts": [{"label": "Received", "value": "2026-11-21 22:41 UTC"}],
    "language": "en",
    "state": {
        "status": "Waiting for You",
        "color": "orange",
        "priority": "High",
        "category": "Technical",
        "assignee": "Ben Agent",
    },
    "actions": [
        {"name": "close", "href": f"{_MAILTO}?subject=Close%20TICK-1001"},
        {"name": "reopen", "href": f"{_MAILTO}?subject=Reopen%20TICK-1001"},
        {"name": "raise", "href": f"{_MAILTO}?subject=Raise%20TICK-1001"},
    ],
    "promised": {"at": "2026-11-23T13:00:00+00:00", "zone": "Europe/Berlin"},
    "duplicates": [{"tag": "TICK-998", "subject": "Activation fails", "status": "open"}],
    "clocks": [
        {
            "kind": "first_response",
            "due_at": "2026-11-23T13:00:00+00:00",
            "zone": "Europe/Berlin",
            "state": "running",
            "left": "2 h 10 min",
        },
        {
            "kind": "resolution",
            "due_at": "",
            "zone": "Europe/Berlin",
            "state": "paused",
            "left": "20 h",
        },
    ],
    "right": {
        "kind": "given",
        "state": "reserved",
        "source": "Example Ltd",
        "on_hold": False,
        "credits": 1,
        "available": 4,
        "booked": "50 min",
        "budget": "1 h",
        "returned": 1,
        "percent": 83,
        "how_to_buy": "https://shop.example.test",
        "product": "Widget",
        "maker": "Maker Inc., support@maker.example",
    },
    "lines": [
        {"text": "#resolve", "outcome": "done", "words": "The ticket is Resolved."},
        {"text": "#tag vpn", "outcome": "ignored", "words": "It has vpn already."},
        {
            "text": "#assign Zed",
            "outcome": "failed",
            "words": "Zed is no agent here; write one of Ben Agent (ben@example.test).",
        },
    ],
    "told": ["Ana Ruiz (answer)"],
    "tickets": [
        {
            "tag": "TICK-1001",
            "subject": "Cannot activate",
            "status": "Waiting for You",
            "color": "orange",
            "updated_at": "2026-11-21T22:40:00+00:00",
            "number": 1001,
            "customer": "Ana Ruiz",
            "desk": "Support",
            "priority": "High",
            "opened_at": "2026-11-21T22:40:00+00:00",
            "due_at": "2026-11-23T13:00:00+00:00",
            "overdue": "2 h 10 min",
            "is_mine": False,
            "take": f"{_MAILTO}?subject=Take%20TICK-1001",
        }
    ],
    "query": "activate",
    "more": 3,
    "event": {
        "kind": "closed",
        "at": "2026-11-28T22:40:00+00:00",
        "until": "2026-12-28T22:40:00+00:00",
        "since": "2026-11-19T09:00:00+00:00",
        "clock": "first_response",
        "due_at": "2026-11-23T13:00:00+00:00",
        "zone": "Europe/Berlin",
    },
    "by": {"name": "Eva Agent"},
    "help": True,
    "can_mute": True,
    "figures": {
        "waiting": 4,
        "overdue": 1,
        "first": "2026-11-16",
        "last": "2026-11-22",
        "counts": [
            {"name": "opened", "value": 12, "before": 9},
            {"name": "resolved", "value": 10, "before": 11},
        ],
        "open": 7,
        "missed": 1,
        "times": [{"name": "first_response", "median": "2 h 10 min", "ninetieth": "1 d 3 h"}],
        "weeks": [
            {"label": "2026-11-09", "opened": 9, "resolved": 11, "missed": 0, "open": 5},
            {"label": "2026-11-16", "opened": 12, "resolved": 10, "missed": 1, "open": 7},
        ],
        "agents": [{"label": "Ben Agent", "value": 6}, {"label": "Eva Agent", "value": 4}],
        "priorities": [{"label": "High", "value": 2}, {"label": "Normal", "value": 10}],
    },
}


def _sparse(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The same sample with nothing in it that may be missing."""
    empty: dict[type, Any] = {str: "", list: [], bool: False, int: 0}
    kept = {"desk", "ticket", "recipient"}
    return {key: value if key in kept else empty.get(type(value)) for key, value in sample.items()}


def sample_mails(desk: str, desk_language: str, language: str) -> Iterator[OutgoingMail]:
    """Every notice with all that it may have and with nothing, for one desk and one reader."""
    of_desk = SAMPLE["desk"] | {"name": desk or "support", "language": desk_language}
    full = dict(SAMPLE) | {"desk": of_desk, "language": language}
    sparse = _sparse(SAMPLE) | {"desk": of_desk, "language": language}
    for notice in Notice:
        yield _sample_mail(desk, notice, full)
        without = {"ticket": None} if notice in WITHOUT_TICKET else {}
        yield _sample_mail(desk, notice, sparse | without)


def _sample_mail(desk: str, notice: Notice, variables: Mapping[str, Any]) -> OutgoingMail:
    return OutgoingMail(
        id=OutboxId(1),
        message_id="sample@example.test",
        notice=notice,
        desk=desk,
        recipient="ben@example.test",
        created_at=datetime(2026, 11, 21, 22, 40, tzinfo=UTC),
        variables=variables,
    )
