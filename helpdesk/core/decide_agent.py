"""What follows from an agent's mail: it goes to the customer, waits for his word, or stays here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from helpdesk.core import entitle
from helpdesk.core.acts import (
    NOT_WHEN_CROSSED,
    Actor,
    Done,
    Scene,
    act,
    done,
    failed,
    followers_of,
    ignored,
)
from helpdesk.core.address import lookup_key
from helpdesk.core.announce import announce, tell_of_note
from helpdesk.core.answering import DROPPED, files_to_send, leaks, written_since
from helpdesk.core.arguments import shown
from helpdesk.core.authentication import Authentication
from helpdesk.core.commands import Commanded, Line, Verb, first_verb, read_commands
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import HOUR, Draft
from helpdesk.core.mail import ENCRYPTED, Attachment, Words
from helpdesk.core.named_keys import hide_keys
from helpdesk.core.notices import (
    BETWEEN_REASONS,
    ask_agent,
    is_reachable,
    receipt,
    send_answer,
)
from helpdesk.core.outgoing import Notice, SentMail
from helpdesk.core.recipients import agent_of
from helpdesk.core.route import Route, is_reply_to
from helpdesk.core.sentences import plain, say, whole
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import (
    COMMANDED,
    Conversation,
    Entry,
    EntryKind,
    Person,
    Status,
    Visibility,
)
from helpdesk.core.token import Purpose, read_message_id
from helpdesk.core.written import visible_line

NOT_PROVED = say("it carries no proof of its sender")
ELSEWHERE = say("it did not come to your reply address")
OURS_ATTACHED = say("a mail is attached to it that is ours or has words of an internal note")
NO_REPLY = say("it is not a reply to our mail, your mail client may have completed an old address")
CROSSED = say("somebody wrote since the mail that you answered")
READ_FIRST = say(
    "Somebody wrote since the mail that you answered. Read that first, and say it again in a reply "
    "to it."
)
UNREACHABLE = say("there is no address at which mail reaches the customer")
MANY = say("many answers within an hour, a program may be answering in your name")
MAX_ANSWERS = 6
"""An agent's answers on one ticket within an hour that go out without a question: two programs
that answer each other would never end."""
NO_ORDER = say(
    "Nothing was done: the first line of your reply must be #send, #note or #drop. "
    "The answer still waits."
)
ONLY_THE_ORDER = say(
    "Not done: in a reply to our question only #send, #note or #drop counts. Say this in a reply "
    "to this mail."
)
DROPPED_TOO = say("Not done: it was dropped with your answer.")
MAYBE_QUOTED = say(
    "a message of the customer has this very line, so you may have quoted it; if you mean it, write"
    " it with / instead of #, or the other way round"
)
_SHOWING = (Verb.CC, Verb.MERGE)
LONGEST_SHOWN = 60
_TORN = re.compile(r"(?i)att\d{5}\.(?:txt|html?)")
"""Names that mail servers give to what stands below an image: more words, and what is quoted."""
MAX_EXPLAINED = 6
"""Replies without a command to our question that get an answer, within an hour."""
MAX_RECEIPTS = 20
"""Receipts to one agent about one ticket within an hour; more tell of a program."""
MAX_PARKED = 10
MAX_QUESTIONS = 3
"""So many answers may wait on one ticket before we stop asking about more: MAX_PARKED of those that
came to the agent's own reply address, MAX_QUESTIONS of all others."""


def agent_wrote(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person | None,
    authentication: Authentication,
) -> Decision:
    """A mail to an agent's reply token: an answer or a note, if nothing speaks against it, and what
    its first lines command."""
    token = found.token
    if token is None:
        raise ValueError("without a token this is no agent's reply")
    draft.about(conversation)
    hide_keys(draft)
    if agent is None or draft.desk.name not in agent.desks:
        draft.note("agent", "has no right to this desk now", f"person {token.person}")
        draft.entry(_note(draft, conversation, None, ""))
        return draft.decision(Verdict.RECORDED, "agent without rights")
    doubt = _doubt(draft, agent, authentication)
    if doubt:
        return _keep_unverified(draft, found, conversation, agent, doubt)
    scene = _scene(draft, conversation, agent, token)
    said = with_note(read_commands(_said(draft.message.words)))
    is_note = token.purpose is Purpose.NOTE or _has(said, Verb.NOTE)
    has_words = bool(said.rest.strip() or _files(draft, conversation))
    reasons, since = _reasons_to_ask(draft, found, conversation, agent)
    crossed = since.refusal
    if found.click is Purpose.TAKE:
        said, is_note = _as_click(said, _stale(scene, agent), has_words=has_words), True
    if is_note or not has_words:
        said = _own_lines(said, conversation)
    if is_note:
        return _keep_note(scene, agent, said, has_words=has_words, crossed=crossed)
    if said.lines and not has_words and not _may_be_words(said) and NO_REPLY not in reasons:
        return _only_commands(scene, agent, said, crossed=crossed)
    if reasons:
        return _park(draft, conversation, agent, reasons, since.between)
    entry = _answer(draft, conversation, agent, parked="")
    lines = _publish(scene, agent, entry, said)
    if lines:
        _report(scene, agent, lines)
    return draft.decision(Verdict.APPENDED, "answer")


def _scene(
    draft: Draft, conversation: Conversation, agent: Person, token: SentMail | None
) -> Scene:
    entry = token.entry if token is not None else None
    return Scene(draft, conversation, Actor(agent, agent.display), entry)


def with_note(said: Commanded) -> Commanded:
    """What stands behind #note in its line is the beginning of the note."""
    begun = [line.argument for line in said.lines if line.verb is Verb.NOTE and line.argument]
    return replace(said, rest="\n".join([*begun, said.rest]).strip()) if begun else said


def _quoted(said: Commanded, conversation: Conversation) -> tuple[Line, ...]:
    """The commands that stand in a customer's words, too: not every quotation is recognized. What
    the customer quoted himself no notification shows."""
    if not said.lines:
        return ()
    theirs = "\n".join(
        " ".join(written.split()) if written.isascii() else visible_line(written)
        for entry in conversation.entries
        if entry.kind is EntryKind.MESSAGE
        for written in entry.text.splitlines()
    ).casefold()
    return tuple(line for line in said.lines if line.text.casefold() in theirs)


def _own_lines(said: Commanded, conversation: Conversation) -> Commanded:
    """What would show the ticket to somebody else is not done by a line that a customer wrote;
    about an answer with such a line its agent is asked."""
    quoted = [line for line in _quoted(said, conversation) if line.verb in _SHOWING]
    lines = (
        replace(line, problem=line.problem or MAYBE_QUOTED) if line in quoted else line
        for line in said.lines
    )
    return replace(said, lines=tuple(lines))


def _may_be_words(said: Commanded) -> bool:
    """Whether a line that cannot be obeyed may have been meant for the customer."""
    return any(
        line.verb is None or (line.problem and line.verb in _OF_PARKED) for line in said.lines
    )


def _has(said: Commanded, verb: Verb) -> bool:
    return any(line.verb is verb for line in said.lines)


def _stale(scene: Scene, agent: Person) -> str:
    """Why a click that takes a ticket comes too late, or empty: a link is as old as its mail."""
    ticket = scene.ticket
    if ticket.status in (Status.RESOLVED, Status.CLOSED):
        vocabulary = scene.draft.desk.vocabulary
        label = partial(vocabulary.status_label, ticket.status, to_agent=True)
        return say(
            "It is {status} already, and nobody has to take it. To take it all the same, write "
            "#take in a reply to a mail about it.",
            status=label,
        )
    other = agent_of(scene.draft, ticket.assignee)
    if other is None or other.id == agent.id:
        return ""
    return say(
        "{agent} has it already. To take it over, write #take in a reply to a mail about it.",
        agent=other.display,
    )


def _as_click(said: Commanded, stale: str, *, has_words: bool) -> Commanded:
    """A link in a mail of ours is one act. Whoever adds words to it did not mean the customer."""
    lines = said.lines if _has(said, Verb.TAKE) else (Line("#take", Verb.TAKE), *said.lines)
    if stale:
        lines = tuple(
            replace(line, problem=stale) if line.verb is Verb.TAKE else line for line in lines
        )
    if has_words and not _has(said, Verb.NOTE):
        first = said.rest.strip().partition("\n")[0][:LONGEST_SHOWN] or "(files)"
        lines = (*lines, Line(first, Verb.NOTE))
    return replace(said, lines=lines)


def _keep_note(
    scene: Scene, agent: Person, said: Commanded, *, has_words: bool, crossed: str
) -> Decision:
    draft = scene.draft
    if has_words:
        note = _note(draft, scene.conversation, agent, "")
        note = draft.entry(replace(note, text=said.rest))
        draft.trigger(Trigger.NOTE_ADDED)
        tell_of_note(draft, scene.conversation, agent, note)
    lines = _carry_out(scene, said, crossed=crossed, has_words=has_words)
    announce(draft, scene.conversation, agent, agent.display)
    if lines:
        _report(scene, agent, lines)
    if not has_words:
        return draft.decision(Verdict.RECORDED, "command")
    return draft.decision(Verdict.APPENDED, "note")


def _only_commands(scene: Scene, agent: Person, said: Commanded, *, crossed: str) -> Decision:
    """Nothing is posted."""
    lines = _carry_out(scene, said, crossed=crossed, has_words=False)
    announce(scene.draft, scene.conversation, agent, agent.display)
    _report(scene, agent, lines)
    return scene.draft.decision(Verdict.RECORDED, "command")


def _carry_out(
    scene: Scene, said: Commanded, *, crossed: str, has_words: bool
) -> list[dict[str, str]]:
    """Every line of the commands, and what became of it."""
    lines = []
    for line in said.lines:
        if line.verb is None or line.problem:
            result = failed(whole(line.problem))
        elif line.verb is Verb.NOTE:
            kept = say("The words below were kept as an internal note: no customer sees them.")
            result = done(kept) if has_words else ignored("There are no words to keep.")
        elif line.verb is Verb.SEND and has_words:
            result = done("The words below were sent.")
        elif crossed and line.verb in NOT_WHEN_CROSSED:
            result = failed(crossed)
        else:
            result = act(scene, line.verb, line.argument)
        lines.append(_line(line.text, result))
    return lines


def _line(text: str, result: Done) -> dict[str, str]:
    return {"text": text, "outcome": result.outcome.value, "words": result.words}


def _report(scene: Scene, agent: Person, lines: Sequence[dict[str, str]]) -> None:
    """One receipt for the mail, and one event with what he commanded."""
    draft = scene.draft
    earlier = [e for e in scene.conversation.entries if e.reason == COMMANDED]
    words = "; ".join(f"{line['text']} ({line['outcome']})" for line in lines)
    draft.event(
        f"{agent.display} commanded {words}"[:1000],
        reason=COMMANDED,
        author=agent.id,
        intake=draft.mail_intake,
    )
    if _in_last_hour(earlier, draft.now) >= MAX_RECEIPTS:
        draft.note("receipt", "not sent", f"{MAX_RECEIPTS} within an hour")
        return
    receipt(draft, agent, scene.conversation.requester, None, "", lines=lines)


def _park(
    draft: Draft,
    conversation: Conversation,
    agent: Person,
    reasons: Sequence[str],
    between: Sequence[Entry],
) -> Decision:
    """Keep an answer until its agent says what to do with it."""
    parked = BETWEEN_REASONS.join(reasons)
    draft.note("answer", "parked", parked)
    entry = draft.entry(_answer(draft, conversation, agent, parked=parked))
    waiting = sum(each.author == agent.id for each in conversation.parked)
    if waiting >= (MAX_QUESTIONS if reasons[0] == ELSEWHERE else MAX_PARKED):
        draft.note("agent", "not asked", f"{waiting} questions are open already")
    else:
        ask_agent(draft, Notice.ANSWER_PARKED, agent, entry, conversation.requester, between)
    return draft.decision(Verdict.APPENDED, "parked")


def agent_wrote_without_token(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person,
    authentication: Authentication,
) -> Decision:
    """A mail in an agent's name that found its ticket without his token: he is asked first."""
    draft.about(conversation)
    hide_keys(draft)
    if not authentication.is_proved:
        return _keep_unverified(
            draft, found, conversation, agent, BETWEEN_REASONS.join([NOT_PROVED, ELSEWHERE])
        )
    reasons, since = _reasons_to_ask(draft, found, conversation, agent)
    return _park(draft, conversation, agent, [ELSEWHERE, *reasons], since.between)


def _doubt(draft: Draft, agent: Person, authentication: Authentication) -> str:
    """Why this mail may not be the agent's own, or empty."""
    clean = draft.message.clean_author
    if not clean:
        return say("its author is ambiguous")
    if lookup_key(clean) not in agent.keys:
        return say("it came from an address that is not yours")
    if not authentication.is_proved:
        return NOT_PROVED
    return ""


def _keep_unverified(
    draft: Draft, found: Route, conversation: Conversation, agent: Person, doubt: str
) -> Decision:
    """Keep it as a note that nobody receives, and ask the agent whether it was he."""
    draft.note("agent", "unverified", doubt)
    reasons, since = _reasons_to_ask(draft, found, conversation, agent)
    parked = BETWEEN_REASONS.join([doubt, *(reason for reason in reasons if reason != doubt)])
    entry = draft.entry(_note(draft, conversation, agent, parked))
    waiting = sum(parked.kind is EntryKind.NOTE for parked in conversation.parked)
    if waiting >= MAX_QUESTIONS:
        draft.note("agent", "not asked", f"{waiting} questions are open already")
    else:
        ask_agent(draft, Notice.WAS_THIS_YOU, agent, entry, conversation.requester, since.between)
    return draft.decision(Verdict.RECORDED, "unverified note")


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since the mail that an agent answers."""

    between: tuple[Entry, ...]
    """What others wrote."""
    merged: str = ""
    """Why an answer waits: its ticket is a part of another one by now. Empty: it is not."""
    read_on: str = ""
    """Why a command is not done, then."""

    @property
    def reasons(self) -> list[str]:
        """Why an answer must not go out before its agent was asked."""
        return [reason for reason in (CROSSED if self.between else "", self.merged) if reason]

    @property
    def refusal(self) -> str:
        """Why a command that ends or merges the ticket is not done, or empty."""
        return READ_FIRST if self.between else self.read_on


def _since(
    draft: Draft,
    conversation: Conversation,
    token: SentMail | None,
    between: tuple[Entry, ...],
) -> Since:
    number = token.ticket if token is not None else None
    before = draft.known.conversations.get(number) if number is not None else None
    if before is None or number == conversation.ticket.number:
        return Since(between)
    tag, now = map(draft.policy.tag, (before.ticket.number, conversation.ticket.number))
    old, new = before.requester, conversation.requester
    read_on = say(
        "{tag} was merged into {now} since the mail that you answered. Read what is in that, and "
        "say it again in a reply to a mail about it.",
        tag=tag,
        now=now,
    )
    if old.id == new.id:
        merged = say(
            "{tag} was merged into {now} since the mail that you answered", tag=tag, now=now
        )
    else:
        merged = say(
            "{tag} was merged into {now} since the mail that you answered, so it would go to {new} "
            "and not to {old}",
            tag=tag,
            now=now,
            new=new.display,
            old=old.display,
        )
    return Since(between, merged, read_on)


def _reasons_to_ask(
    draft: Draft, found: Route, conversation: Conversation, agent: Person
) -> tuple[list[str], Since]:
    """Why an answer must not go out before its agent was asked, and what came between."""
    reasons: list[str] = []
    said = _said(draft.message.words)
    if not is_reply_to(draft.message, conversation, draft.known, found, draft.policy):
        reasons.append(NO_REPLY)
    token = found.token
    is_his = token is not None and token.person == agent.id
    version = token.version if token is not None and is_his else conversation.ticket.version
    between = written_since(conversation, version, agent.id)
    since = _since(draft, conversation, token, between)
    reasons += since.reasons
    commanded = read_commands(said)
    if not said.strip() and not _files(draft, conversation):
        reasons.append(say("no new words were found in it"))
    elif _breaks_off(said, draft.message.words):
        end = said.rstrip().rpartition("\n")[2][-LONGEST_SHOWN:]
        reasons.append(say("what is left of it ends with {text}: words may be missing", text=end))
    if draft.message.is_encrypted:
        reasons.append(say("it is encrypted and cannot be read here"))
    reasons += map(_plain_problem, commanded.problems)
    reasons += [
        say("the customer wrote {text}, too: you may have quoted him", text=shown(copied.text))
        for copied in _quoted(commanded, conversation)[:1]
    ]
    if commanded.suspicious:
        line = commanded.suspicious[0][:LONGEST_SHOWN]
        reasons.append(say("a line of it looks like a command: {line}", line=line))
    answers = [
        e for e in conversation.entries if e.kind is EntryKind.ANSWER and e.author == agent.id
    ]
    if _in_last_hour(answers, draft.now) >= MAX_ANSWERS:
        reasons.append(MANY)
    torn = next((f for f in _files(draft, conversation) if _TORN.fullmatch(f.filename)), None)
    if torn is not None:
        reasons.append(
            say("a piece of its text came as the file {name}, read it first", name=torn.filename)
        )
    leak = leaks(said, conversation) or _leak_in_attached(draft, conversation)
    reasons += filter(None, [leak, _unreachable(conversation)])
    return reasons, since


def _breaks_off(said: str, words: Words) -> bool:
    """Whether only a greeting or an announcement is left above what was taken for a quotation, a
    signature or a disclaimer."""
    is_folded = words.signature.strip() or words.banner.strip() or words.quoted.strip()
    return bool(is_folded) and said.rstrip(" \n*_").endswith((":", ",", "：", "，", "،"))


def _leak_in_attached(draft: Draft, conversation: Conversation) -> str:
    """Some mail clients attach the mail that is answered, which is our notification."""
    attached = draft.message.attached
    keyring = draft.rules.keyring
    if any(read_message_id(keyring, each.message_id) is not None for each in attached):
        return OURS_ATTACHED
    text = "\n\n".join(each.text for each in attached)
    return OURS_ATTACHED if text and leaks(text, conversation) else ""


def _plain_problem(problem: str) -> str:
    return plain(problem, BETWEEN_REASONS)


def _in_last_hour(entries: Iterable[Entry], now: datetime) -> int:
    return sum(entry.at > now - HOUR for entry in entries)


def _unreachable(conversation: Conversation) -> str:
    return "" if is_reachable(conversation.requester) else UNREACHABLE


def _said(words: Words) -> str:
    """The agent's own words: a mail that is nothing but a quotation has none, nor has one that
    nobody can read here."""
    return "" if words.new.strip() in {words.quoted.strip(), ENCRYPTED} else words.new


def _files(draft: Draft, conversation: Conversation) -> tuple[Attachment, ...]:
    """The agent's own files: attached to his new words, or shown among them."""
    return tuple(files_to_send(draft.message.attachments, conversation))


def _from_mail(draft: Draft, conversation: Conversation, agent: Person | None) -> Entry:
    message = draft.message
    author = message.author
    words = message.words
    return Entry(
        id=draft.ids.entry(),
        ticket=conversation.ticket.number,
        kind=EntryKind.NOTE,
        at=draft.now,
        visibility=Visibility.INTERNAL,
        author=agent.id if agent else None,
        author_address=author.address if author else "",
        author_name=(author.name if author else "") or (agent.name if agent else ""),
        text=_said(words),
        full_text="" if words.text == _said(words) else words.text,
        message_id=message.message_id,
        intake=draft.incoming.intake if draft.incoming else None,
        attachments=_files(draft, conversation),
    )


def _answer(draft: Draft, conversation: Conversation, agent: Person, *, parked: str) -> Entry:
    entry = _from_mail(draft, conversation, agent)
    return replace(
        entry,
        kind=EntryKind.ANSWER,
        author_address=agent.address,
        author_name=agent.name,
        parked=parked,
    )


def _note(draft: Draft, conversation: Conversation, agent: Person | None, parked: str) -> Entry:
    return replace(
        _from_mail(draft, conversation, agent),
        parked=parked,
        reason="unverified" if parked or agent is None else "note",
    )


def _publish(scene: Scene, agent: Person, entry: Entry, said: Commanded) -> list[dict[str, str]]:
    """Make it an answer, do what its first lines command, and send it to the customer; returns what
    became of the lines. A command that he confirmed although nobody knows it is text."""
    draft, conversation = scene.draft, scene.conversation
    last_id = next(
        (
            written.message_id
            for written in reversed(conversation.entries)
            if written.kind is EntryKind.MESSAGE and written.message_id
        ),
        "",
    )
    ticket = draft.the_ticket
    draft.happened.agent_answered = True
    draft.change(
        first_response_at=ticket.first_response_at or draft.now,
        assignee=ticket.assignee or agent.id,
    )
    entry = draft.entry(
        replace(
            entry,
            kind=EntryKind.ANSWER,
            visibility=Visibility.PUBLIC,
            author=agent.id,
            author_address=agent.address,
            author_name=agent.name,
            text=said.rest,
            full_text=entry.full_text or (entry.text if entry.text != said.rest else ""),
            parked="",
            reason="answer",
        )
    )
    if ticket.assignee is None:
        draft.event(f"Assigned to {agent.display}, who answered first", reason="answered first")
    entitle.answered(draft)
    draft.trigger(Trigger.AGENT_ANSWERED)
    draft.run_clocks()
    lines = _carry_out(scene, said, crossed="", has_words=True)
    draft.run_clocks()
    # A command may have merged the ticket; the words are for those of the one that was answered.
    for person in [conversation.requester, *followers_of(draft, conversation)]:
        send_answer(draft, agent, person, entry, last_id)
    announce(draft, scene.conversation, agent, agent.display)
    return lines


def agent_commanded(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person | None,
    authentication: Authentication,
) -> Decision:
    """A reply to our question what to do with a parked answer: `#send`, `#note` or `#drop`."""
    draft.about(conversation)
    hide_keys(draft)
    token = found.token
    entry = next((e for e in conversation.parked if token and e.id == token.entry), None)
    clean = draft.message.clean_author
    if agent is None or not clean or lookup_key(clean) not in agent.keys:
        draft.note("agent", "not the one who was asked")
        draft.entry(_note(draft, conversation, None, ""))
        return draft.decision(Verdict.RECORDED, "not the agent who was asked")
    # An answer of unproved origin is confirmed by the token alone: it went to the agent's known
    # address only. All else needs a proved mail, as every act of an agent does.
    if entry is not None and entry.kind is EntryKind.ANSWER and not authentication.is_proved:
        return _keep_unverified(draft, found, conversation, agent, NOT_PROVED)
    said = _orders(draft.message.words.new)
    scene = _scene(draft, conversation, agent, token)
    outcome, lines = _obey(scene, found, agent, entry, said)
    word = said.lines[0].text if said.lines else "no command"
    draft.note("command", word, outcome)
    earlier = [e for e in conversation.entries if e.reason == COMMANDED]
    draft.event(
        f"{agent.display} said {word}: {outcome or 'asked again'}",
        reason=COMMANDED,
        author=agent.id,
        intake=draft.mail_intake,
    )
    most = MAX_RECEIPTS if said.lines else MAX_EXPLAINED
    lines += _beside(said)
    if outcome and _in_last_hour(earlier, draft.now) < most:
        receipt(draft, agent, scene.conversation.requester, entry, outcome, lines=lines)
    return draft.decision(Verdict.RECORDED, "command")


def _orders(new: str) -> Commanded:
    """A reply to our question: the first word counts without its mark, too."""
    said = read_commands(new)
    if said.lines:
        return said
    verb = first_verb(new)
    if verb not in _OF_PARKED:
        return said
    first, _, rest = new.strip().partition("\n")
    return Commanded((Line(first.strip()[:200], verb),), rest)


_OF_PARKED = (Verb.SEND, Verb.NOTE, Verb.DROP)


def _beside(said: Commanded) -> list[dict[str, str]]:
    """What stood beside the order in a reply to our question counts for nothing; he is told."""
    order = next((line for line in said.lines if line.verb in _OF_PARKED), None)
    if order is None:
        return []
    left = [line.text for line in said.lines if line is not order]
    left += filter(None, [said.rest.strip().partition("\n")[0][:LONGEST_SHOWN]])
    return [_line(text, ignored(ONLY_THE_ORDER)) for text in left]


def _obey(
    scene: Scene,
    found: Route,
    agent: Person,
    entry: Entry | None,
    said: Commanded,
) -> tuple[str, list[dict[str, str]]]:
    """What to tell the agent, and what became of the lines of his parked answer; nothing to tell
    when he was asked again instead."""
    draft, conversation = scene.draft, scene.conversation
    if entry is None:
        return say("Nothing was done: this answer does not wait any more."), []
    verb = next((line.verb for line in said.lines if line.verb in _OF_PARKED), None)
    if verb is None:
        return NO_ORDER, []
    if draft.desk.name not in agent.desks:
        return say("Nothing was done: you are not an agent of this desk now."), []
    parked = with_note(read_commands(entry.text))
    shown = found.token.version if found.token is not None else 0
    between = written_since(conversation, min(shown, entry.version), agent.id)
    since = _since(draft, conversation, found.token, between)
    if verb is Verb.SEND and not _has(parked, Verb.NOTE):
        return _send_parked(scene, agent, entry, since)
    if verb is Verb.DROP:
        _keep_parked(draft, agent, entry, DROPPED)
        dropped = say(
            "Your answer was dropped: nobody received it. It stays on the ticket as a note."
        )
        return dropped, [_line(line.text, ignored(DROPPED_TOO)) for line in parked.lines]
    has_words = bool(parked.rest.strip() or entry.attachments)
    _keep_parked(draft, agent, replace(entry, text=parked.rest or entry.text), "note")
    lines = _carry_out(scene, parked, crossed=since.refusal, has_words=has_words)
    announce(draft, scene.conversation, agent, agent.display)
    kept = say("Your answer was kept as an internal note: the customer did not receive it.")
    return kept, lines


def _keep_parked(draft: Draft, agent: Person, entry: Entry, reason: str) -> None:
    draft.entry(
        replace(
            entry,
            kind=EntryKind.NOTE,
            visibility=Visibility.INTERNAL,
            author=agent.id,
            parked="",
            reason=reason,
        )
    )


def _send_parked(
    scene: Scene, agent: Person, entry: Entry, since: Since
) -> tuple[str, list[dict[str, str]]]:
    """Send it, unless there is something that the agent was not asked about; `since` is what
    happened since the state of the ticket that his question showed."""
    draft, conversation = scene.draft, scene.conversation
    said = read_commands(entry.text)
    if not said.rest.strip() and not entry.attachments and said.lines:
        _keep_parked(draft, agent, entry, DROPPED)
        lines = _carry_out(scene, said, crossed=since.refusal, has_words=False)
        announce(draft, scene.conversation, agent, agent.display)
        return say("Your mail had only commands."), lines
    if not is_reachable(conversation.requester):
        return say("Nothing was done: there is no address at which mail reaches the customer."), []
    leak = leaks(entry.text, conversation)
    reasons = since.reasons
    reasons += [leak] if leak and leak not in entry.parked else []
    if not reasons:
        lines = _publish(scene, agent, entry, _as_confirmed(said))
        to = conversation.requester.display
        return say("Your answer was sent to {person}.", person=to), lines
    _ask_again(scene, agent, entry, reasons, since.between)
    return "", []


def _as_confirmed(said: Commanded) -> Commanded:
    """Lines that nobody knows as commands are words, now that their author says so."""
    unknown = [line.text for line in said.lines if line.verb is None]
    known = tuple(line for line in said.lines if line.verb is not None)
    return Commanded(known, "\n".join([*unknown, said.rest]) if unknown else said.rest)


def _ask_again(
    scene: Scene,
    agent: Person,
    entry: Entry,
    reasons: Sequence[str],
    between: Sequence[Entry],
) -> None:
    """A new entry for the new question: the token of the old one leads to nothing that waits."""
    draft = scene.draft
    parked = dict.fromkeys([*entry.parked.split(BETWEEN_REASONS), *reasons])
    again = draft.entry(replace(entry, id=draft.ids.entry(), parked=BETWEEN_REASONS.join(parked)))
    draft.entry(
        replace(
            entry,
            kind=EntryKind.EVENT,
            text=f"{agent.display} was asked again: {', '.join(reasons)}",
            full_text="",
            message_id="",
            attachments=(),
            parked="",
            reason="asked again",
        )
    )
    draft.note("answer", "parked again", again.parked)
    notice = Notice.ANSWER_PARKED if entry.kind is EntryKind.ANSWER else Notice.WAS_THIS_YOU
    ask_agent(draft, notice, agent, again, scene.conversation.requester, between)
