"""What an agent may do to a ticket, by a line of a mail or a command of the command line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from helpdesk.core import entitle
from helpdesk.core.assignment import find_agent
from helpdesk.core.clocks import Change, follow
from helpdesk.core.commands import (
    BadArgumentError,
    Verb,
    addresses_of,
    credits_of,
    minutes_of,
    moment_of,
    number_of,
    tags_of,
)
from helpdesk.core.decision import Move
from helpdesk.core.draft import Draft
from helpdesk.core.mail import Mailbox
from helpdesk.core.named_keys import MOST_LOOKUPS, ask_providers, remember
from helpdesk.core.recipients import agents_of
from helpdesk.core.reply_address import is_ours
from helpdesk.core.rights import Found
from helpdesk.core.route import follow_merges
from helpdesk.core.sentences import Sentence, Value, say, whole
from helpdesk.core.status import SETTING, Trigger
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import (
    NO_RIGHT,
    Conversation,
    Entry,
    EntryId,
    EntryKind,
    Link,
    LinkKind,
    Participant,
    Person,
    Right,
    RightState,
    Role,
    Status,
    Ticket,
    Visibility,
)
from helpdesk.core.timers import next_due

MAX_TAGS = 20
MAX_FOLLOWERS = 20
MAX_SUBJECT = 250
LISTED_BELOW = say("The commands are listed below.")
NOBODY = frozenset({"nobody", "none", "-", "niemand"})


class Outcome(StrEnum):
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one command."""

    outcome: Outcome
    words: Sentence
    """One sentence for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an agent, or the operator at the command line."""

    person: Person | None
    name: str

    def may_act_for(self, desk: str) -> bool:
        return self.person is None or desk in self.person.desks


@dataclass(slots=True)
class Scene:
    """What one command is about; `conversation` becomes another one when the ticket is merged."""

    draft: Draft
    conversation: Conversation
    actor: Actor
    entry: EntryId | None = None
    """The entry that the mail answers."""

    @property
    def ticket(self) -> Ticket:
        return self.draft.the_ticket


def done(words: str, **values: Value) -> Done:
    return Done(Outcome.DONE, say(words, **values))


def ignored(words: str, **values: Value) -> Done:
    return Done(Outcome.IGNORED, say(words, **values))


def failed(words: str, **values: Value) -> Done:
    return Done(Outcome.FAILED, say(words, **values))


def act(scene: Scene, verb: Verb, argument: str) -> Done:
    """Carry out one command on the ticket of the scene; nothing is sent here."""
    try:
        result = _ACTS[verb](scene, argument.strip())
    except BadArgumentError as error:
        result = failed(whole(error.sentence))
    scene.draft.note("command", f"{verb} {result.outcome}", result.words)
    return result


# --- who works on it ----------------------------------------------------------------------------


def _take(scene: Scene, _argument: str) -> Done:
    person, ticket = scene.actor.person, scene.ticket
    if person is None:
        return failed("Only an agent can take a ticket; say who: --as ADDRESS.")
    if ticket.assignee == person.id and ticket.status is not Status.OPEN:
        return ignored("It is yours already.")
    if ticket.assignee != person.id:
        assign(scene.draft, person, f"Taken by {person.display}", "taken")
    scene.draft.trigger(Trigger.AGENT_TOOK)
    return done("The ticket is yours.")


def _assign(scene: Scene, argument: str) -> Done:
    draft, ticket = scene.draft, scene.ticket
    if argument.casefold() in NOBODY:
        if ticket.assignee is None:
            return ignored("Nobody has it anyway.")
        draft.change(assignee=None)
        draft.event(f"Given back by {scene.actor.name}: nobody has it", reason="unassigned")
        return done("Nobody has the ticket now.")
    agents = agents_of(draft)
    found = find_agent(
        argument, agents, draft.now, me=scene.actor.person, strategy=draft.desk.assign
    )
    if isinstance(found, str):
        return failed(whole(found))
    if found.id == ticket.assignee:
        return ignored("{agent} has it already.", agent=found.display)
    assign(draft, found, f"Assigned to {found.display} by {scene.actor.name}", "assigned")
    if found.is_away(draft.now):
        return done("Assigned to {agent} (who is away today).", agent=found.display)
    return done("Assigned to {agent}.", agent=found.display)


def assign(draft: Draft, agent: Person, words: str, reason: str) -> None:
    draft.event(words, reason=reason, author=agent.id)
    draft.change(assignee=agent.id)
    draft.trigger(Trigger.AGENT_ASSIGNED)


# --- status -------------------------------------------------------------------------------------


def _status(scene: Scene, argument: str) -> Done:
    vocabulary = scene.draft.desk.vocabulary
    status = vocabulary.status_of(argument)
    if status is None:
        return failed(whole(vocabulary.no_status(argument)))
    return _set_status(scene, status, SETTING[status])


def _resolve(scene: Scene, _argument: str) -> Done:
    return _set_status(scene, Status.RESOLVED, Trigger.AGENT_RESOLVED)


def _close(scene: Scene, _argument: str) -> Done:
    return _set_status(scene, Status.CLOSED, Trigger.AGENT_CLOSED)


def _reopen(scene: Scene, argument: str) -> Done:
    if scene.ticket.status in (Status.OPEN, Status.IN_PROGRESS):
        return ignored("It is {status} already.", status=_label(scene, scene.ticket.status))
    why = f": {argument}" if argument else ""
    scene.draft.trigger(Trigger.AGENT_REOPENED, f"by {scene.actor.name}{why}")
    return done("The ticket is {status} again.", status=_label(scene, scene.ticket.status))


def _set_status(scene: Scene, status: Status, trigger: Trigger) -> Done:
    if scene.ticket.status is status:
        return ignored("It is {status} already.", status=_label(scene, status))
    scene.draft.trigger(trigger, f"by {scene.actor.name}")
    return done("The ticket is {status}.", status=_label(scene, status))


def _label(scene: Scene, status: Status) -> Value:
    return partial(scene.draft.desk.vocabulary.status_label, status, to_agent=True)


def _snooze(scene: Scene, argument: str) -> Done:
    draft, actor = scene.draft, scene.actor.person
    zone = (actor.zone if actor else "") or draft.desk.zone
    until = moment_of(argument, draft.now, ZoneInfo(zone))
    draft.event(
        f"Set aside until {until:%Y-%m-%d %H:%M} UTC by {scene.actor.name}", reason="snoozed"
    )
    draft.change(snoozed_until=until)
    return done(
        "Set aside until {until}; a message of the customer ends it.",
        until=f"{until:%Y-%m-%d %H:%M} UTC",
    )


# --- fields -------------------------------------------------------------------------------------


def _priority(scene: Scene, argument: str) -> Done:
    vocabulary = scene.draft.desk.vocabulary
    priority = vocabulary.priority_of(argument)
    if priority is None:
        return failed(whole(vocabulary.no_priority(argument)))
    return _set(scene, "priority", priority, partial(vocabulary.priority_label, priority))


def _category(scene: Scene, argument: str) -> Done:
    vocabulary = scene.draft.desk.vocabulary
    category = vocabulary.category_of(argument)
    if category is None:
        return failed(whole(vocabulary.no_category(argument)))
    return _set(scene, "category", category, partial(vocabulary.category_label, category))


def _set(scene: Scene, field: str, value: str, label: Value) -> Done:
    before = getattr(scene.ticket, field)
    if before == value:
        return ignored("The {field} is {label} already.", field=say(field), label=label)
    set_field(scene.draft, field, value, f"by {scene.actor.name}")
    return done("The {field} is {label}.", field=say(field), label=label)


def set_field(draft: Draft, field: str, value: str, why: str) -> None:
    """Change the priority or the category, which leaves an event."""
    before = getattr(draft.the_ticket, field)
    words = f"{field.capitalize()}: {before} → {value} ({why})"
    draft.event(words, reason=f"{field} changed", visibility=Visibility.PUBLIC)
    draft.change(**{field: value})
    if field == "category" and not draft.is_new:
        entitle.category_changed(draft)


def _tag(scene: Scene, argument: str) -> Done:
    wanted, has = tags_of(argument), scene.ticket.tags
    new = tuple(tag for tag in wanted if tag not in has)
    if not new:
        return ignored("It has {tags} already.", tags=_listed(wanted))
    if len(has) + len(new) > MAX_TAGS:
        return failed(
            "A ticket has at most {most} tags; take one away: #untag {tag}.",
            most=MAX_TAGS,
            tag=has[0],
        )
    add_tags(scene.draft, new, f"by {scene.actor.name}")
    return done("Tagged {tags}.", tags=_listed(new))


def add_tags(draft: Draft, tags: Iterable[str], why: str) -> None:
    tags = tuple(tags)
    draft.event(f"Tagged {_listed(tags)} ({why})", reason="tagged")
    draft.change(tags=tuple(sorted({*draft.the_ticket.tags, *tags})))


def _untag(scene: Scene, argument: str) -> Done:
    gone = tuple(tag for tag in tags_of(argument) if tag in scene.ticket.tags)
    if not gone:
        tags = _listed(scene.ticket.tags) or say("none")
        return ignored("It has no such tag; its tags: {tags}.", tags=tags)
    scene.draft.event(f"Tag {_listed(gone)} removed by {scene.actor.name}", reason="untagged")
    scene.draft.change(tags=tuple(tag for tag in scene.ticket.tags if tag not in gone))
    return done("Tag {tags} removed.", tags=_listed(gone))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _time(scene: Scene, argument: str) -> Done:
    minutes = minutes_of(argument)
    person = scene.actor.person
    scene.draft.event(
        f"{scene.actor.name} booked {spell_minutes(minutes)}",
        reason="time booked",
        minutes=minutes,
        author=person.id if person else None,
    )
    entitle.book(scene.draft, minutes)
    right = scene.ticket.right
    most = entitle.budget(scene.draft, right)
    if not most:
        return done("Booked {time}.", time=spell_minutes(minutes))
    return done(
        "Booked {time}: {booked} of {budget} that its credits pay for.",
        time=spell_minutes(minutes),
        booked=spell_minutes(right.booked),
        budget=spell_minutes(most),
    )


def spell_minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part, is_there in ((f"{hours} h", hours), (f"{rest} min", rest)) if is_there
    )


# --- right to support ---------------------------------------------------------------------------

NO_RIGHTS = say("This desk asks nobody for a right to support.")


def _free(scene: Scene, argument: str) -> Done:
    if not scene.draft.desk.support.required:
        return ignored(NO_RIGHTS)
    if scene.ticket.right.state is RightState.FREE:
        return ignored("It is free already.")
    entitle.set_free(scene.draft, _because(scene, argument), scene.actor.name)
    return done("Nobody needs a right to support for this ticket.")


def _hold(scene: Scene, argument: str) -> Done:
    draft = scene.draft
    if not draft.desk.support.required:
        return ignored(NO_RIGHTS)
    if scene.ticket.right.is_held:
        return ignored("It is on hold already.")
    if scene.ticket.status in (Status.RESOLVED, Status.CLOSED):
        return failed("It is done; reopen it first.")
    requester = scene.conversation.requester
    if not requester.address or requester.suppressed:
        return failed("Not done: mail does not reach the customer, who would hear nothing of it.")
    if not draft.is_within_budget(requester.address):
        draft.event(
            "Not put on hold: the budget of its customer is exhausted", reason="budget exhausted"
        )
        return failed(
            "Not done: {person} got as much automatic mail as is allowed, and would hear nothing "
            "of it; do it later.",
            person=requester.display,
        )
    if scene.ticket.right.credits:
        draft.give_back(_because(scene, "on hold"), scene.actor.name)
    entitle.hold(draft, Found(RightState.MISSING, _because(scene, argument)))
    return done("The ticket is on hold; the customer is told.")


def _credit(scene: Scene, argument: str) -> Done:
    if not scene.draft.desk.support.required:
        return ignored(NO_RIGHTS)
    if scene.ticket.status is Status.CLOSED and scene.ticket.first_response_at is None:
        return failed("It is done; reopen it first.")
    amount, requester = credits_of(argument), scene.conversation.requester
    refusal = entitle.add_credits(scene.draft, requester, amount, scene.actor.name)
    if refusal is not None:
        return failed(
            "{person} has not so many credits: {why}. Grant some with `helpdesk credits grant`.",
            person=requester.display,
            why=refusal.reason,
        )
    left = scene.draft.standing(requester).available
    return done(
        "{amount} used for this ticket; {left} left.", amount=amount_of(amount), left=str(left)
    )


def _refund(scene: Scene, argument: str) -> Done:
    right = scene.ticket.right
    if not right.credits:
        return ignored("No credit was used for this ticket.")
    amount = credits_of(argument) if argument else right.credits
    if amount > right.credits:
        return failed("Only {amount} used for this ticket.", amount=amount_of(right.credits))
    name = scene.actor.name
    scene.draft.give_back(say("by {name}", name=name), name, amount)
    left = scene.draft.standing(scene.conversation.requester).available
    return done("{amount} given back; {left} left.", amount=amount_of(amount), left=str(left))


def amount_of(number: int) -> Sentence:
    return say("1 credit") if number == 1 else say("{number} credits", number=str(number))


def _because(scene: Scene, why: str) -> str:
    name, words = scene.actor.name, " ".join(why.split())[:200]
    return f"{words} ({name})" if words else say("by {name}", name=name)


# --- people -------------------------------------------------------------------------------------


def _cc(scene: Scene, argument: str) -> Done:
    results = [_follow(scene, box) for box in addresses_of(argument)]
    worst = max(results, key=lambda each: list(Outcome).index(each.outcome))
    places = {f"box{chr(97 + place)}": each.words for place, each in enumerate(results)}
    return Done(worst.outcome, say(" ".join(f"{{{name}}}" for name in places), **places))


def _follow(scene: Scene, box: Mailbox) -> Done:
    draft = scene.draft
    if is_ours(draft.policy, box.address):
        return failed("{address} is an address of ours.", address=box.address)
    person = draft.person(box.address, box.name)
    if person.is_agent:
        return failed(
            "{person} is an agent; give the ticket away with #assign.", person=person.display
        )
    known = [*scene.conversation.participants, *draft.participants]
    if any(each.person.id == person.id and each.role is not Role.COPIED for each in known):
        return ignored("{person} gets the answers already.", person=person.display)
    if len(followers_of(draft, scene.conversation)) >= MAX_FOLLOWERS:
        return failed(
            "{person} was not added: {most} people follow already.",
            person=person.display,
            most=MAX_FOLLOWERS,
        )
    draft.participants.append(Participant(person, Role.FOLLOWER))
    draft.event(
        f"{person.display} <{person.address}> gets the answers, added by {scene.actor.name}",
        reason="follower added",
    )
    return done("{person} gets all answers from now on.", person=person.display)


def followers_of(draft: Draft, conversation: Conversation) -> list[Person]:
    """Who gets every answer beside the requester."""
    number = conversation.ticket.number
    added = (joined for ticket, joined in draft.joins if ticket == number)
    joined = [*conversation.participants, *added]
    if draft.the_ticket.number == number:
        joined += draft.participants
    found = {p.person.id: p.person for p in joined if p.role is Role.FOLLOWER}
    return [found[number] for number in sorted(found)]


# --- licenses -----------------------------------------------------------------------------------


def _license(scene: Scene, argument: str) -> Done:
    draft = scene.draft
    keys = draft.named_keys.get(argument)
    if keys is None:
        return failed("Only the end of the key was kept; say #license with the whole key again.")
    if not keys:
        return failed(
            "That is no license key: such a key has at least 8 characters, with digits or groups "
            "of letters, and no spaces."
        )
    new = remember(draft, keys, scene.conversation)
    if not new:
        return ignored("The license {license} is a part of this ticket already.", license=argument)
    draft.event(f"License {argument} added by {scene.actor.name}", reason="license added")
    if not any(each.provider in draft.policy.providers for each in new):
        return done("The license {license} was added; nobody is asked about it.", license=argument)
    ask_providers(draft, new, MOST_LOOKUPS)
    return done(
        "The license {license} was added; what its provider says stands in the ticket.",
        license=argument,
    )


# --- other tickets ------------------------------------------------------------------------------


def _other(scene: Scene, argument: str) -> Conversation | Done:
    """The ticket that an argument names, if the actor may touch it."""
    draft = scene.draft
    number = number_of(argument, draft.policy.ticket_prefix)
    found = follow_merges(draft.known, number)
    tag = draft.policy.tag(number)
    desk = draft.policy.desk(found.ticket.desk).name if found is not None else ""
    if found is None or not scene.actor.may_act_for(desk):
        return failed("There is no ticket {tag} that you may change.", tag=tag)
    if found.ticket.number == scene.ticket.number:
        if number != scene.ticket.number:
            return ignored("{tag} is a part of this ticket already.", tag=tag)
        return failed("{tag} is this very ticket.", tag=tag)
    return found


def _link(scene: Scene, argument: str) -> Done:
    other = _other(scene, argument)
    if isinstance(other, Done):
        return other
    draft, number = scene.draft, other.ticket.number
    tag = draft.policy.tag(number)
    ends = {scene.ticket.number, number}
    links = (each for each in scene.conversation.links if each.kind is LinkKind.RELATED)
    if any({each.ticket, each.other} == ends for each in links):
        return ignored("It is linked with {tag} already.", tag=tag)
    draft.link(number, LinkKind.RELATED)
    draft.event(f"Linked with {tag} by {scene.actor.name}", reason="linked")
    return done("Linked with {tag}.", tag=tag)


def _merge(scene: Scene, argument: str) -> Done:
    target = _other(scene, argument)
    if isinstance(target, Done):
        return target
    draft, source = scene.draft, scene.conversation
    refusal = _refuse_merge(draft, source, target)
    if refusal:
        return failed(refusal)
    tag = draft.policy.tag(target.ticket.number)
    old = draft.policy.tag(scene.ticket.number)
    number, was = scene.ticket.number, scene.ticket.status
    bring_credits = entitle.bring_credits(draft, target, scene.actor.name)
    draft.take_along(target.ticket.number)
    draft.trigger(Trigger.MERGED, f"merged into {tag} by {scene.actor.name}")
    draft.others.append(
        replace(
            draft.change(merged_into=target.ticket.number, snoozed_until=None),
            clocks=(),
            due_at=None,
        )
    )
    draft.moves.append(Move(number, target.ticket.number))
    moved = scene.ticket
    draft.about(target)
    draft.link(number, LinkKind.MERGED)
    draft.event(f"{old} was merged into this ticket by {scene.actor.name}", reason="merged")
    draft.change(
        version=draft.the_ticket.version + moved.version,
        tags=tuple(sorted({*draft.the_ticket.tags, *moved.tags})[:MAX_TAGS]),
        first_response_at=draft.the_ticket.first_response_at or moved.first_response_at,
    )
    bring_credits()
    entitle.book(draft, moved.right.booked)
    draft.licenses.extend(each for each in source.licenses if each not in target.licenses)
    _bring_people(draft, source, target)
    _go_on(draft, was, old)
    scene.conversation = target
    return done(
        "{old} is a part of {tag} now; replies to either go there.{rest}",
        old=old,
        tag=tag,
        rest=_left_out(scene, source),
    )


def _left_out(scene: Scene, source: Conversation) -> str:
    """What happens to the one who waits for the answer to a ticket that was merged."""
    draft, target, person = scene.draft, scene.conversation, source.requester
    told = [target.requester, *followers_of(draft, target)]
    if any(each.id == person.id for each in told):
        return ""
    return say(
        " {person} gets no answers there; if that is wrong, say #cc {address}.",
        person=person.display,
        address=person.address,
    )


def _go_on(draft: Draft, was: Status, old: str) -> None:
    """What the ticket that was merged leaves to be done at its target."""
    if any(e.kind is EntryKind.ANSWER and not e.parked for e in draft.entries):
        draft.happened.agent_answered = True
        draft.trigger(Trigger.AGENT_ANSWERED, f"answered in {old}")
    elif was in (Status.OPEN, Status.IN_PROGRESS):
        draft.happened.requester_wrote = True
        draft.trigger(Trigger.AGENT_REOPENED, f"{old} was open")


def _refuse_merge(draft: Draft, source: Conversation, target: Conversation) -> str:
    """One conversation would be shown to somebody of the other: the agent has to say so first."""
    requester, other = source.requester, target.requester
    if target.participant(requester.id) is None:
        return say(
            "{person} takes no part in {tag} and would read it; if that is right, say there "
            "first: #cc {address}.",
            person=requester.display,
            tag=draft.policy.tag(target.ticket.number),
            address=requester.address,
        )
    added = any(joined.person.id == other.id for joined in draft.participants)
    if source.participant(other.id) is None and not added:
        return say(
            "{person} takes no part in {tag} and would read it; if that is right, say here first: "
            "#cc {address}.",
            person=other.display,
            tag=draft.policy.tag(source.ticket.number),
            address=other.address,
        )
    return ""


def _bring_people(draft: Draft, source: Conversation, target: Conversation) -> None:
    """They may add to it; who gets answers is said anew, for this is another conversation. Who was
    added by this very mail stays added, but loses nothing that he is there."""
    added = draft.participants
    draft.joins += [(source.ticket.number, each) for each in added]
    draft.participants = [each for each in added if not _is_more(target, each.person)]
    for each in source.participants:
        if target.participant(each.person.id) is None:
            draft.participants.append(Participant(each.person, Role.COPIED))


def _is_more(target: Conversation, person: Person) -> bool:
    known = target.participant(person.id)
    return known is not None and known.role is not Role.COPIED


def _split(scene: Scene, argument: str) -> Done:
    draft = scene.draft
    entry = next((e for e in scene.conversation.entries if e.id == scene.entry), None)
    if entry is None or entry.kind is not EntryKind.MESSAGE:
        return failed("Only a message of a customer can become a ticket of its own.")
    if scene.ticket.right.is_quiet:
        return failed("It is on hold; end that first, with #free or #credit.")
    if any(move.takes(entry.id) for move in draft.moves):
        return ignored("The message is a ticket of its own already.")
    if sum(e.kind is EntryKind.MESSAGE for e in scene.conversation.entries) < 2:  # noqa: PLR2004
        return failed("It is the only message of this ticket.")
    new = _ticket_of(scene, entry, argument)
    tag, old = draft.policy.tag(new.number), draft.policy.tag(scene.ticket.number)
    draft.open_beside(new, _author(scene, entry))
    draft.moves.append(Move(scene.ticket.number, new.number, (entry.id,)))
    draft.event(f"A message became {tag}, by {scene.actor.name}", reason="split")
    draft.event(f"Split from {old} by {scene.actor.name}", reason="split", ticket=new.number)
    draft.links.append(Link(new.number, scene.ticket.number, LinkKind.SPLIT))
    return done("The message is {tag} now.", tag=tag)


def _author(scene: Scene, entry: Entry) -> Person:
    requester = scene.conversation.requester
    if entry.author is None or entry.author == requester.id:
        return requester
    found = scene.conversation.participant(entry.author)
    return found.person if found is not None else requester


def _ticket_of(scene: Scene, entry: Entry, subject: str) -> Ticket:
    draft, old = scene.draft, scene.ticket
    now = draft.now
    new = Ticket(
        number=draft.ids.ticket(),
        desk=old.desk,
        subject=base_subject(subject, draft.policy.ticket_prefix)[:MAX_SUBJECT] or old.subject,
        requester=_author(scene, entry).id,
        created_at=now,
        updated_at=now,
        status_since=now,
        priority=old.priority,
        category=old.category,
        assignee=old.assignee,
        version=1,
        service_level=old.service_level,
        references=(entry.message_id,) if entry.message_id else (),
        right=_right_beside(scene),
    )
    change = Change(
        before=new.status,
        after=new.status,
        opened=True,
        requester_wrote=True,
        agent_answered=False,
        priority=new.priority,
        level=draft.level,
        zone=draft.zone,
    )
    levels = draft.policy.service_levels
    new = replace(new, clocks=follow((), change, levels, now))
    return replace(new, due_at=next_due(new, draft.desk, levels, draft.level))


def _right_beside(scene: Scene) -> Right:
    """An agent made two tickets of one, for which nobody pays twice."""
    old = scene.ticket
    if old.right.state is RightState.NONE:
        return NO_RIGHT
    source = say("split from {tag}", tag=scene.draft.policy.tag(old.number))
    return Right(RightState.COVERED, source, proved=old.right.proved)


# --- words --------------------------------------------------------------------------------------


def _help(_scene: Scene, _argument: str) -> Done:
    return done(LISTED_BELOW)


def _of_an_answer(_scene: Scene, _argument: str) -> Done:
    return ignored("There is nothing here that it could be about.")


_ACTS: Mapping[Verb, Callable[[Scene, str], Done]] = {
    Verb.TAKE: _take,
    Verb.ASSIGN: _assign,
    Verb.STATUS: _status,
    Verb.RESOLVE: _resolve,
    Verb.CLOSE: _close,
    Verb.REOPEN: _reopen,
    Verb.PRIORITY: _priority,
    Verb.CATEGORY: _category,
    Verb.TAG: _tag,
    Verb.UNTAG: _untag,
    Verb.TIME: _time,
    Verb.MERGE: _merge,
    Verb.SPLIT: _split,
    Verb.LINK: _link,
    Verb.CC: _cc,
    Verb.LICENSE: _license,
    Verb.SNOOZE: _snooze,
    Verb.FREE: _free,
    Verb.HOLD: _hold,
    Verb.CREDIT: _credit,
    Verb.REFUND: _refund,
    Verb.HELP: _help,
    Verb.NOTE: _of_an_answer,
    Verb.SEND: _of_an_answer,
    Verb.DROP: _of_an_answer,
}
NOT_WHEN_CROSSED = frozenset({Verb.RESOLVE, Verb.CLOSE, Verb.STATUS, Verb.MERGE})
"""What an agent would not do if he had seen what was written meanwhile."""
