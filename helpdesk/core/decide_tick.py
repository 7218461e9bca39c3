"""What follows for a ticket when time passes; see helpdesk.core.timers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from helpdesk.core.announce import announce, remind, tell_awake, tell_of_target
from helpdesk.core.clocks import Clock
from helpdesk.core.decision import Decision, Ids, Known, Verdict
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.notices import moment
from helpdesk.core.outgoing import Notice
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation, Ticket
from helpdesk.core.timers import Timed, Timer, timers

MOST = 20
"""Things that happen to one ticket at one time; what is left follows at once."""


def time_passed(
    conversation: Conversation, known: Known, rules: Rules, ids: Ids, now: datetime
) -> Decision | None:
    """All that is due by now, the earliest first; None if nothing is, which is no fault: somebody
    else may have been faster."""
    draft = Draft(rules, known, ids, now)
    draft.about(conversation)
    draft.run_clocks()  # a target may be another one by now
    first = _due(draft)
    if first is None:
        return None if draft.the_ticket.due_at is None else _put_right(draft, conversation.ticket)
    for _ in range(MOST):
        timed = _due(draft)
        if timed is None:
            break
        draft.note("time", timed.timer, f"due at {timed.at:%Y-%m-%d %H:%M} UTC")
        _HAPPENS[timed.timer](draft, conversation, timed)
    return draft.decision(Verdict.RECORDED, f"time passed: {first.timer}")


def _put_right(draft: Draft, before: Ticket) -> Decision | None:
    """The settings are others than when it was written down when to look at this ticket."""
    decision = draft.decision(Verdict.RECORDED, "nothing due any more")
    return None if decision.ticket == before else decision


def _due(draft: Draft) -> Timed | None:
    coming = timers(draft.the_ticket, draft.desk, draft.policy.service_levels, draft.level)
    due = [timed for timed in coming if timed.at <= draft.now]
    closes = any(timed.timer is Timer.AUTO_CLOSE for timed in due)
    # After a long silence of ours: nothing is announced that happens in the same moment.
    left = [timed for timed in due if not (closes and timed.timer is Timer.CLOSE_AHEAD)]
    return _not_only_warned(left[0], draft.now) if left else None


def _not_only_warned(timed: Timed, now: datetime) -> Timed:
    """Of a warning and a breach that are due together only the breach is told."""
    due_at = timed.clock.due_at if timed.clock is not None else None
    if timed.timer is Timer.WARNING and due_at is not None and due_at <= now:
        return replace(timed, at=due_at, timer=Timer.BREACH)
    return timed


def _warn(draft: Draft, conversation: Conversation, timed: Timed) -> None:
    _of_target(draft, conversation, timed, Notice.TARGET_WARNING, "is near", "warned_at")


def _miss(draft: Draft, conversation: Conversation, timed: Timed) -> None:
    _of_target(draft, conversation, timed, Notice.TARGET_MISSED, "was missed", "breached_at")


def _of_target(
    draft: Draft,
    conversation: Conversation,
    timed: Timed,
    notice: Notice,
    words: str,
    mark: str,
) -> None:
    clock = timed.clock
    if clock is None or clock.due_at is None:
        raise ValueError("a target has a clock that runs")
    what = clock.kind.value.replace("_", " ")
    draft.event(
        f"The target for the {what} {words}: {clock.due_at:%Y-%m-%d %H:%M} UTC",
        reason=notice.value,
    )
    _mark(draft, clock, mark)
    event: Mapping[str, Any] = {
        "clock": clock.kind.value,
        "due_at": moment(clock.due_at),
        "zone": draft.desk.zone,
    }
    tell_of_target(draft, conversation, notice, event)


def _mark(draft: Draft, clock: Clock, mark: str) -> None:
    at = draft.now if mark == "warned_at" else clock.due_at
    marked: Mapping[str, Any] = {mark: at}
    draft.change(
        clocks=tuple(
            replace(each, **marked) if each.kind is clock.kind else each
            for each in draft.the_ticket.clocks
        )
    )


def _remind(draft: Draft, conversation: Conversation, _: Timed) -> None:
    remind(draft, conversation, Notice.REMINDER)


def _say_that_it_closes(draft: Draft, conversation: Conversation, _: Timed) -> None:
    remind(draft, conversation, Notice.CLOSE_AHEAD)


def _close(draft: Draft, conversation: Conversation, _: Timed) -> None:
    draft.trigger(Trigger.AUTO_CLOSED, "no reply since it was resolved")
    announce(draft, conversation, None, "")


def _wake(draft: Draft, conversation: Conversation, _: Timed) -> None:
    draft.change(snoozed_until=None)
    draft.event("No longer set aside: the time is over", reason="awake")
    tell_awake(draft, conversation)


_HAPPENS: Mapping[Timer, Callable[[Draft, Conversation, Timed], None]] = {
    Timer.WARNING: _warn,
    Timer.BREACH: _miss,
    Timer.REMINDER: _remind,
    Timer.CLOSE_AHEAD: _say_that_it_closes,
    Timer.AUTO_CLOSE: _close,
    Timer.AWAKE: _wake,
}
