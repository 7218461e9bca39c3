"""What follows for a ticket when time passes; see helpdesk.core.timers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from helpdesk.core.announce import announce, remind, tell_awake, tell_of_target
from helpdesk.core.clocks import Event, tick
from helpdesk.core.decision import Decision, Ids, Known, Verdict
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.entitle import look_again
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
    return left[0] if left else None


def _target(draft: Draft, conversation: Conversation, timed: Timed) -> None:
    """What its clock has to tell by now: of a warning and a breach only the breach."""
    clock = timed.clock
    if clock is None or clock.due_at is None:
        raise ValueError("a target has a clock that runs")
    level = draft.policy.service_levels.get(draft.level)
    told, happened = tick(clock, level, draft.now)
    if happened is None:
        raise ValueError("a clock that is due has something to tell")
    draft.note("target", happened, clock.kind)
    notice, words = _TOLD[happened]
    what = clock.kind.value.replace("_", " ")
    draft.event(
        f"The target for the {what} {words}: {clock.due_at:%Y-%m-%d %H:%M} UTC",
        reason=notice.value,
    )
    draft.change(clocks=tuple(told if each is clock else each for each in draft.the_ticket.clocks))
    event: Mapping[str, Any] = {
        "clock": clock.kind.value,
        "due_at": moment(clock.due_at),
        "zone": draft.desk.zone,
    }
    tell_of_target(draft, conversation, notice, event)


_TOLD: Mapping[Event, tuple[Notice, str]] = {
    Event.WARNING: (Notice.TARGET_WARNING, "is near"),
    Event.BREACH: (Notice.TARGET_MISSED, "was missed"),
}


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


def _look_for_right(draft: Draft, conversation: Conversation, _: Timed) -> None:
    look_again(draft, conversation)
    announce(draft, conversation, None, "")


_HAPPENS: Mapping[Timer, Callable[[Draft, Conversation, Timed], None]] = {
    Timer.WARNING: _target,
    Timer.BREACH: _target,
    Timer.REMINDER: _remind,
    Timer.CLOSE_AHEAD: _say_that_it_closes,
    Timer.AUTO_CLOSE: _close,
    Timer.AWAKE: _wake,
    Timer.RIGHT: _look_for_right,
}
