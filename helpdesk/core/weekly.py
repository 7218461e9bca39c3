"""The numbers of the last week, as a mail to the agents of a desk or to whom it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from helpdesk.core.decision import Decision, Ids, Known, Verdict
from helpdesk.core.draft import Draft, Letter, Rules
from helpdesk.core.notices import language_of, variables
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Desk
from helpdesk.core.queue import report_mark, reports_due
from helpdesk.core.sentences import say
from helpdesk.core.statistics import NOBODY, By, Counted, Figures, Life, Period, duration, report
from helpdesk.core.ticket import Person
from helpdesk.core.token import Purpose

WEEKS = 8
"""That the charts show."""
MOST_AGENTS = 20
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weeks:
    """What is known about a desk when its report is written."""

    desk: Desk
    monday: date
    """Of the week in which it is written; it tells of the one before."""
    lives: Sequence[Life] = ()

    @property
    def week(self) -> Period:
        return Period(self.monday - _WEEK, self.monday - _DAY, self.desk.zone)

    @property
    def all(self) -> Period:
        return Period(self.monday - WEEKS * _WEEK, self.monday - _DAY, self.desk.zone)


def weekly_report(
    weeks: Weeks, known: Known, rules: Rules, ids: Ids, now: datetime
) -> Decision | None:
    """None: its time has not come, or somebody else was faster."""
    desk = weeks.desk
    if (desk, weeks.monday) not in reports_due(rules.policy, known.marks, now):
        return None
    draft = Draft(rules, known, ids, now, desks=(desk,))
    draft.marks = {report_mark(desk.name): weeks.monday.isoformat()}
    for reader in _readers(draft):
        values = figures_of(weeks, now, language_of(draft, reader), desk)
        is_agent = reader.is_agent
        draft.send(
            reader,
            Letter(
                Notice.WEEKLY_REPORT,
                variables(draft, reader, None, figures=values, can_mute=is_agent),
                # An agent's reply comes to an address that is his; it offers nothing to take.
                purpose=Purpose.TAKE if is_agent else None,
                from_address=draft.policy.notifications_address,
            ),
        )
    return draft.decision(Verdict.RECORDED, "weekly report")


def _readers(draft: Draft) -> list[Person]:
    desk, known = draft.desk, draft.known
    if not desk.report_to:
        agents = known.agents.get(desk.name, ())
        return [agent for agent in agents if not agent.is_away(draft.now)]
    return [draft.person(address, "") for address in desk.report_to]


# --- numbers --------------------------------------------------------------------------------------


def figures_of(weeks: Weeks, now: datetime, language: str, desk: Desk) -> dict[str, Any]:
    """For the template: totals, and the rows of charts whose bars it makes."""
    last = report(weeks.lives, weeks.week, now, by=(By.AGENT, By.PRIORITY))
    trend = report(weeks.lives, weeks.all, now, by=(By.WEEK,)).groups[By.WEEK]
    before = trend[-2].figures.counts
    names = desk.vocabulary.priority_label
    return {
        "first": weeks.week.first.isoformat(),
        "last": weeks.week.last.isoformat(),
        "counts": [
            {"name": each.value, "value": last.total.counts[each], "before": before[each]}
            for each in Counted
        ],
        "open": last.total.open or 0,
        "missed": _missed(last.total),
        "times": [
            {"name": name, "median": _spelled(times.median), "ninetieth": _spelled(times.ninetieth)}
            for name, times in (
                ("first_response", last.total.first_response),
                ("resolution", last.total.resolution),
            )
        ],
        "weeks": [
            {
                "label": row.name,
                "opened": row.figures.counts[Counted.OPENED],
                "resolved": row.figures.counts[Counted.RESOLVED],
                "missed": _missed(row.figures),
                "open": row.figures.open or 0,
            }
            for row in trend
        ],
        "agents": _resolved((row.name, row.figures) for row in last.groups[By.AGENT]),
        "priorities": [
            {"label": names(row.name, language), "value": row.figures.counts[Counted.OPENED]}
            for row in last.groups[By.PRIORITY]
            if row.figures.counts[Counted.OPENED]
        ],
    }


def _resolved(rows: Iterable[tuple[str, Figures]]) -> list[dict[str, Any]]:
    most = sorted(rows, key=lambda row: -row[1].counts[Counted.RESOLVED])[:MOST_AGENTS]
    return [
        {"label": say("nobody") if name == NOBODY else name, "value": each.counts[Counted.RESOLVED]}
        for name, each in most
        if each.counts[Counted.RESOLVED]
    ]


def _missed(figures: Figures) -> int:
    return sum(figures.missed.values())


def _spelled(length: timedelta | None) -> str:
    return "" if length is None else duration(length)
