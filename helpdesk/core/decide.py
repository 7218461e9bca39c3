"""What follows from one mail: the only place that combines the rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from helpdesk.core.address import is_address, lookup_key
from helpdesk.core.announce import tell_of_customer, tell_of_right
from helpdesk.core.answering import leaks
from helpdesk.core.authentication import Authentication, AuthenticationState, authenticate
from helpdesk.core.canary import is_canary
from helpdesk.core.classify import AutomaticPolicy, Classification, Kind, classify
from helpdesk.core.commands import CustomerLine, CustomerVerb, Fields
from helpdesk.core.decide_agent import agent_commanded, agent_wrote, agent_wrote_without_token
from helpdesk.core.decide_automatic import record_automatic
from helpdesk.core.decide_customer import (
    ABOUT_A_TICKET,
    CLICKED,
    asked,
    close_it,
    has_files,
    has_written,
    is_click,
    list_replied,
    says_more,
    wished,
)
from helpdesk.core.decide_delivery import all_agents, delivery_reported
from helpdesk.core.decide_files import (
    fold_logos,
    has_refused,
    settle_files,
    tell_refused,
    tell_writer,
    told_of,
)
from helpdesk.core.decision import Decision, Ids, Incoming, Known, Verdict
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.entitle import others_wait, reopened, requester_proved, settle_right
from helpdesk.core.forward import forwarded_message
from helpdesk.core.history import fold_known, newly_quoted
from helpdesk.core.license import NOTHING_KNOWN, is_his, product_of
from helpdesk.core.license_keys import masked
from helpdesk.core.mail import (
    AMBIGUOUS,
    COULD_NOT_BE_READ,
    HIDDEN_LEFT_OUT,
    Attachment,
    Forwarded,
    Mailbox,
    Message,
    Words,
)
from helpdesk.core.named_keys import (
    MOST_LOOKUPS,
    MOST_LOOKUPS_A_DAY,
    ask_providers,
    lookups_left,
    remember,
)
from helpdesk.core.notices import (
    NO_SUBJECT,
    NOT_SHOWN,
    UNKNOWN_SENDER,
    confirm,
    notify_agents,
)
from helpdesk.core.opening import note_duplicates, settle_new, settle_products, stated_fields
from helpdesk.core.outgoing import SentMail
from helpdesk.core.policy import Confirm, Desk
from helpdesk.core.raising import wrote_again
from helpdesk.core.reply_address import desks_for, is_ours
from helpdesk.core.route import AGENT_PURPOSES, Route, customer_line, follow_merges, route
from helpdesk.core.sentences import Sentence, say
from helpdesk.core.status import Trigger, takes_mail
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    LinkKind,
    Participant,
    Person,
    RightState,
    Role,
    Ticket,
    Visibility,
)
from helpdesk.core.token import Purpose, read_message_id, reply_marks
from helpdesk.core.wishes import Wish, wish_of

MAX_SUBJECT = 250
MAX_COPIED = 20
MAX_FOLDED = 40_000
"""Characters; longer ones are pasted files, and it would hold up other mails."""


def identity_of(message: Message) -> str:
    """The same for one mail on every way it can come to us."""
    return hashlib.sha256(f"{message.message_id}\0{message.digest}".encode()).hexdigest()


def decide(
    incoming: Incoming,
    known: Known,
    rules: Rules,
    ids: Ids,
    now: datetime,
    *,
    released: bool = False,
) -> Decision:
    """Total and deterministic. `released` mail was in quarantine and the operator let it go on."""
    mail = incoming.mail
    draft = Draft(rules, known, ids, now, incoming)
    draft.desks = desks_for(rules.policy, mail)
    fold_logos(draft, _author(draft))
    if known.seen is not None and known.seen.intake != incoming.intake:
        return _duplicate(draft)
    classification = classification_of(draft)
    draft.note("classify", classification.kind, classification.reason)
    if classification.kind is Kind.LOOP and not released:
        return draft.decision(Verdict.QUARANTINED, f"loop: {classification.reason}")
    authentication = authenticate(mail)
    draft.note("authenticate", authentication.state, authentication.detail)
    _note_protection(draft)
    if is_canary(mail, rules.policy, rules.keyring, now):
        return draft.decision(Verdict.RECORDED, "canary")
    found = route(mail, known, rules.policy, rules.keyring, now)
    draft.evidence.extend(found.evidence)
    _fold_what_we_sent(draft, found)
    if found.bounce is not None or classification.kind is Kind.BOUNCE:
        return delivery_reported(draft, found, classification, authentication)
    agent = _agent_of_token(draft, found)
    if classification.kind is Kind.HUMAN or classification.moves_status:
        return _somebody_wrote(draft, found, agent, classification, authentication)
    return _program_wrote(draft, found, classification, authentication)


def _note_protection(draft: Draft) -> None:
    protection = draft.message.protection
    if protection is None:
        return
    state = "encrypted" if protection.is_encrypted else "signed"
    detail = "cannot be read here" if protection.is_encrypted else "the signature is not verified"
    draft.note("protection", state, f"{protection.scheme}, {detail}")


def classification_of(draft: Draft) -> Classification:
    """By the rules of the desks that the mail is for."""
    policy = draft.policy
    automatic = AutomaticPolicy(
        own_addresses=frozenset(desk.address for desk in policy.desks),
        own_list_ids=frozenset(own for desk in policy.desks for own in desk.list_ids),
        automatic_senders=frozenset(a for desk in draft.desks for a in desk.automatic_senders),
        opens_for_generated=draft.desks[0].opens_for_generated,
    )
    return classify(
        draft.mail, automatic, lambda text: read_message_id(draft.rules.keyring, text) is not None
    )


def _fold_what_we_sent(draft: Draft, found: Route) -> None:
    """The words of the mail that it answers are known, however its client marks them."""
    sent = found.token or found.reference
    if sent is None:
        return
    words = draft.message.words
    marked = fold_known(words, (), reply_marks(draft.rules.keyring, sent.id))
    is_short = len(words.text) <= MAX_FOLDED
    after = fold_known(marked, [sent.text]) if is_short else marked
    if after is not marked and sent.purpose in AGENT_PURPOSES:
        # What the customer and he said before he may say again: only what else the mail had in it
        # shows that his client quoted it.
        after = after if _has_ours(newly_quoted(marked, after), sent, found) else marked
    if after is not words:
        draft.note("fold", "words of the mail that it answers", f"outbox {sent.id}")
        draft.fold(after)


def _has_ours(text: str, sent: SentMail, found: Route) -> bool:
    """Whether there is more of our mail in it than what was said between agent and customer."""
    conversation = found.conversation
    if conversation is None:
        return False
    return bool(leaks(text, replace(conversation, sent_texts=(sent.text,))))


def _duplicate(draft: Draft) -> Decision:
    """The same mail again; desks that it had not named before are recorded on its ticket."""
    seen = draft.known.seen
    if seen is None:
        raise ValueError("nothing was seen before")
    draft.note("identity", "seen before", f"intake {seen.intake}")
    new = [desk for desk in draft.desks if desk.name not in seen.desks]
    conversation = follow_merges(draft.known, seen.ticket)
    if new and conversation is not None:
        draft.about(conversation)
        names = ", ".join(desk.address for desk in new)
        draft.event(f"Also addressed to {names}", reason="also addressed")
    return draft.decision(Verdict.DUPLICATE, f"same mail as intake {seen.intake}")


# --- programs -------------------------------------------------------------------------------------


def _program_wrote(
    draft: Draft, found: Route, classification: Classification, authentication: Authentication
) -> Decision:
    conversation = found.conversation
    if conversation is not None and _belongs(draft, found, conversation):
        record_automatic(draft, conversation, classification, authentication, found)
        return draft.decision(Verdict.RECORDED, f"automatic: {classification.reason}")
    if classification.opens_ticket and not classification.is_reply:
        return _open(draft, found, classification, authentication)
    return draft.decision(Verdict.RECORDED, f"automatic: {classification.reason}")


def _belongs(draft: Draft, found: Route, conversation: Conversation) -> bool:
    """A program's mail is recorded on a ticket that it could not have guessed, or takes part in."""
    if found.by == "token" or found.reference is not None:
        return True
    author = _author(draft)
    return author is not None and conversation.participant(author.id) is not None


# --- people ---------------------------------------------------------------------------------------


def _author(draft: Draft) -> Person | None:
    clean = draft.message.clean_author
    return draft.known.people.get(lookup_key(clean)) if clean else None


def _agent_of_token(draft: Draft, found: Route) -> Person | None:
    """The agent for whom the mail's token was made, if he is one now."""
    if found.token is None or found.token.purpose is Purpose.CUSTOMER:
        return None
    return next((a for a in all_agents(draft.known) if a.id == found.token.person), None)


def _somebody_wrote(
    draft: Draft,
    found: Route,
    agent: Person | None,
    classification: Classification,
    authentication: Authentication,
) -> Decision:
    author = _author(draft)
    if authentication.is_proved and author is not None:
        draft.proved.append(author.id)
        _learn_name(draft, author)
    conversation = found.conversation
    if found.token is not None and found.token.purpose is not Purpose.CUSTOMER:
        if conversation is None:
            draft.note("agent", "token of no ticket")
        elif found.token.purpose is Purpose.PARKED:
            return agent_commanded(draft, found, conversation, agent, authentication)
        else:
            return agent_wrote(draft, found, conversation, agent, authentication)
    line = _wish_in(draft, found, author)
    if line is not None and (conversation is None or line.verb not in ABOUT_A_TICKET):
        reason = _answer_request(draft, found, author, line, authentication)
        if not says_more(draft.message, line):
            return draft.decision(Verdict.RECORDED, reason)
        line = None
    if conversation is None:
        return _without_ticket(draft, found, author, classification, authentication)
    if _may_append(draft, found, conversation, author, authentication):
        return _append(draft, found, conversation, classification, authentication, line)
    if author is not None and _is_colleague(draft, author, conversation) and found.by != "token":
        return agent_wrote_without_token(draft, found, conversation, author, authentication)
    return _open(draft, found, classification, authentication, about=conversation)


def _without_ticket(
    draft: Draft,
    found: Route,
    author: Person | None,
    classification: Classification,
    authentication: Authentication,
) -> Decision:
    if author is None or not (_is_to_list(found, author) and authentication.is_proved):
        return _open(draft, found, classification, authentication)
    list_replied(draft, author)
    return draft.decision(Verdict.RECORDED, "reply to a list")


def _is_to_list(found: Route, author: Person) -> bool:
    """Whether an agent answers a list of many tickets, which was made for him."""
    token = found.token
    is_list = token is not None and token.purpose is Purpose.TAKE
    return is_list and author.is_agent and token is not None and author.id == token.person


def _answer_request(
    draft: Draft,
    found: Route,
    author: Person | None,
    line: CustomerLine,
    authentication: Authentication,
) -> str:
    """Answer what is asked for; returns the reason of the verdict. Words below it are a message of
    their own, which somebody has to read; if the request needs a ticket it is one whole."""
    is_more = says_more(draft.message, line)
    if is_more and line.verb in ABOUT_A_TICKET:
        return ""
    token = found.token
    by_token = token is not None and author is not None and token.person == author.id
    reason = asked(draft, line, authentication, by_token=by_token, is_more=is_more)
    if is_more:
        draft.leave_words(line.rest)
    return reason


def _is_colleague(draft: Draft, author: Person, conversation: Conversation) -> bool:
    """Whether an agent may be told of that ticket; one of other desks is anybody to it."""
    return author.is_agent and draft.policy.desk(conversation.ticket.desk).name in author.desks


def _learn_name(draft: Draft, author: Person) -> None:
    """Somebody whom we knew by his address only says who he is, and his address is proved."""
    shown = draft.message.author.name if draft.message.author else ""
    if shown and not author.name and not author.is_agent:
        draft.changed_people[author.id] = replace(author, name=shown)


def _wish_in(draft: Draft, found: Route, author: Person | None) -> CustomerLine | None:
    """What a customer asks for by a word or a click; agents have commands of their own on tickets
    that are not theirs as customers."""
    conversation = found.conversation
    is_agents = (
        author is not None
        and author.is_agent
        and conversation is not None
        and conversation.participant(author.id) is None
    )
    if is_agents or (conversation is None and forwarded_message(draft.message) is not None):
        return None
    line = customer_line(draft.message)
    click = found.click if found.click in CLICKED else None
    if click is None or not is_click(draft.message, click, draft.policy.ticket_prefix):
        return line
    rest = line.rest if line is not None else draft.message.words.new
    return CustomerLine(CLICKED[click], rest=rest)


def _may_append(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    author: Person | None,
    authentication: Authentication,
) -> bool:
    """A number is a hint, a header a locator; only a token or a proved participant authorizes."""
    if author is None:
        draft.note("author", "nobody we know, or ambiguous")
        return False
    token = found.token
    if token is not None and found.by == "token":
        if token.person == author.id:
            draft.note("author", "the token's own person", f"person {author.id}")
            return True
        draft.note("author", "not the token's person", f"person {author.id}")
    participant = conversation.participant(author.id)
    if participant is None:
        draft.note("author", "takes no part in the ticket", f"person {author.id}")
        return False
    if not authentication.is_proved:
        draft.note("author", f"takes part as {participant.role}, but is not proved")
        return False
    draft.note("author", f"proved, takes part as {participant.role}")
    return True


def _warnings(draft: Draft, authentication: Authentication) -> list[Sentence]:
    warnings = []
    if not draft.message.clean_author:
        warnings.append(say("The sender is ambiguous: nobody can be sure who wrote this."))
    elif authentication.state is AuthenticationState.FAILED:
        warnings.append(say("Authentication of the sender failed: this may be forged."))
    elif not authentication.is_proved:
        warnings.append(say("The sender's address is not verified."))
    if COULD_NOT_BE_READ in draft.message.defects:
        warnings.append(NOT_SHOWN)
    elif draft.message.is_encrypted:
        warnings.append(say("This message is encrypted; the original is attached."))
    defects = set(draft.message.defects)
    if defects & AMBIGUOUS:
        warnings.append(
            say("The structure of this mail is ambiguous: other programs may show it differently.")
        )
    if HIDDEN_LEFT_OUT in defects:
        warnings.append(say("Text that this mail hides from its readers was left out."))
    return warnings


def message_entry(draft: Draft, ticket: Ticket, author: Person, words: Words) -> Entry:
    """The entry of a mail that somebody wrote to the desk."""
    message, incoming = draft.message, draft.incoming
    attachments = message.attachments
    is_unread = COULD_NOT_BE_READ in message.defects
    if is_unread or message.is_encrypted:
        whole = Attachment("original.eml", "message/rfc822", draft.mail.size, draft.mail.sha256)
        attachments = (*attachments, whole)
    if is_unread:
        words = replace(words, new=words.new or NOT_SHOWN, text=words.text or NOT_SHOWN)
    return Entry(
        id=draft.ids.entry(),
        ticket=ticket.number,
        kind=EntryKind.MESSAGE,
        at=draft.now,
        author=author.id,
        author_address=author.address,
        author_name=author.name or (message.author.name if message.author else ""),
        text=words.new,
        full_text="" if words.text == words.new else words.text,
        message_id=message.message_id,
        intake=incoming.intake if incoming else None,
        attachments=attachments,
    )


def _append(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    classification: Classification,
    authentication: Authentication,
    line: CustomerLine | None,
) -> Decision:
    ticket = conversation.ticket
    author = _author(draft)
    if author is None:
        raise ValueError("only somebody we know appends")
    participant = conversation.participant(author.id)
    is_requester = participant is not None and participant.role is Role.REQUESTER
    if not takes_mail(ticket, draft.now, draft.policy.reopen_within):
        draft.note("ticket", "closed for too long", draft.policy.tag(ticket.number))
        if not (is_requester and _only_closes(draft, line)):
            return _open(
                draft, found, classification, authentication, about=conversation, follows=True
            )
    draft.about(conversation)
    settle_files(draft, draft.desk, conversation.counted)
    warnings = _warnings(draft, authentication)
    if is_requester and authentication.is_proved:
        requester_proved(draft, conversation)
    if is_requester and line is not None:
        reason = _wished(draft, conversation, line, warnings)
        tell_writer(draft, conversation, author, classification, authentication)
        return draft.decision(*reason)
    if participant is None or participant.role is Role.COPIED:
        warnings.append(
            say(
                "{person} was copied on this ticket and receives no answers.",
                person=author.display,
            )
        )
    wish = _wish_of(draft) if is_requester and classification.moves_status else Wish.NONE
    if is_requester and classification.moves_status and wish is Wish.NONE:
        wrote_again(draft)
    entry = draft.entry(message_entry(draft, ticket, author, draft.message.words))
    remember_keys(draft, conversation)
    _also_addressed(draft)
    if wish is not Wish.NONE:
        _was_content(draft, conversation, entry, wish, warnings)
        return draft.decision(Verdict.APPENDED, f"{found.by}, {wish}")
    if classification.moves_status:
        has_written(draft, author, entry, is_requester=is_requester)
        reopened(draft, conversation)
    draft.run_clocks()
    notify_agents(
        draft,
        entry,
        conversation.requester,
        conversation=conversation,
        warnings=warnings,
    )
    tell_of_right(draft, conversation, None)
    tell_writer(draft, conversation, author, classification, authentication)
    return draft.decision(Verdict.APPENDED, found.by)


def _wish_of(draft: Draft) -> Wish:
    """A mail with a file says more than thanks."""
    return Wish.NONE if has_files(draft.message) else wish_of(draft.message.words.new)


def _only_closes(draft: Draft, line: CustomerLine | None) -> bool:
    """To close what is closed anyway needs no new ticket."""
    return (
        line is not None
        and line.verb is CustomerVerb.CLOSE
        and not line.rest.strip()
        and not has_files(draft.message)
    )


def _was_content(
    draft: Draft, conversation: Conversation, entry: Entry, wish: Wish, warnings: Sequence[str]
) -> None:
    """Thanks, or the word that it can be closed: no new question to anybody."""
    kind = "thanked"
    if wish is Wish.CLOSE and close_it(draft, conversation.requester, entry) == "closed":
        kind = "closed"
    else:
        draft.trigger(Trigger.REQUESTER_THANKED)
    draft.note("customer", "was content", kind)
    draft.run_clocks()
    tell_of_customer(draft, conversation, kind, entry=entry, warnings=warnings)
    tell_of_right(draft, conversation, None)


def _wished(
    draft: Draft, conversation: Conversation, line: CustomerLine, warnings: Sequence[str]
) -> tuple[Verdict, str]:
    """A click or a command of the requester; his further words are kept. Returns the verdict."""
    entry, author = None, conversation.requester
    if line.rest.strip() or draft.message.attachments:
        words = replace(draft.message.words, new=line.rest)
        entry = draft.entry(message_entry(draft, conversation.ticket, author, words))
    kind = wished(draft, conversation, line.verb, entry, warnings)
    verdict = Verdict.APPENDED if entry is not None else Verdict.RECORDED
    return verdict, f"customer: {kind}"


def remember_keys(draft: Draft, conversation: Conversation | None) -> None:
    new = remember(draft, (*draft.message.keys, *draft.stated_keys), conversation)
    left = lookups_left(draft)
    if ask_providers(draft, new, min(left, MOST_LOOKUPS)) and left < MOST_LOOKUPS:
        draft.event(
            f"License keys were not looked up: {MOST_LOOKUPS_A_DAY} of this requester within a day",
            reason="too many keys",
        )


def _also_addressed(draft: Draft) -> None:
    """One mail makes one ticket; further desks that it was sent to are recorded on it."""
    others = [desk.address for desk in draft.desks if desk.name != draft.the_ticket.desk]
    if others:
        draft.event(f"Also addressed to {', '.join(others)}", reason="also addressed")


# --- new tickets ----------------------------------------------------------------------------------


def _requester_of(
    draft: Draft, desk: Desk, authentication: Authentication
) -> tuple[Person, Forwarded | None]:
    """Who asks, and the forwarded message when an agent hands in a customer's mail."""
    message = draft.message
    author = _author(draft)
    forwarded = forwarded_message(message)
    if (
        author is not None
        and author.is_agent
        and authentication.is_proved
        and forwarded is not None
        and forwarded.author is not None
        and is_address(forwarded.author.address)
        and not is_ours(draft.policy, forwarded.author.address)
    ):
        draft.note("requester", "forwarded by an agent", f"person {author.id}")
        return draft.person(forwarded.author.address, forwarded.author.name), forwarded
    asking = form_user(draft, desk)
    if asking is not None:
        return asking, None
    clean = message.clean_author
    if clean and is_address(clean) and not is_ours(draft.policy, clean):
        return draft.person(clean, message.authors[0].name), None
    shown = message.authors[0] if message.authors else Mailbox("")
    draft.note("requester", "no usable author address")
    return draft.somebody(shown.name or shown.address or UNKNOWN_SENDER), None


def form_user(draft: Draft, desk: Desk) -> Person | None:
    """Who filled in a web form that writes to the desk: its Reply-To says so."""
    clean = draft.message.clean_author
    if not clean or lookup_key(clean) not in {lookup_key(form) for form in desk.form_senders}:
        return None
    asking = next((box for box in draft.message.reply_to if is_address(box.address)), None)
    if asking is None or is_ours(draft.policy, asking.address):
        return None
    draft.note("requester", "Reply-To of a form sender")
    return draft.person(asking.address, asking.name)


def _open(
    draft: Draft,
    found: Route,
    classification: Classification,
    authentication: Authentication,
    *,
    about: Conversation | None = None,
    follows: bool = False,
) -> Decision:
    """A new ticket; `follows` one of the same people that was closed for too long."""
    desk = draft.desks[0]
    settle_files(draft, desk)
    message = draft.message
    was_known = _author(draft) is not None
    requester, forwarded = _requester_of(draft, desk, authentication)
    agent = _author(draft) if forwarded is not None else None
    fields = stated_fields(draft, desk) if forwarded is None else Fields(rest=message.words.new)
    draft.is_new = True
    draft.requester = requester
    draft.ticket = Ticket(
        number=draft.ids.ticket(),
        desk=desk.name,
        subject=_subject(draft, forwarded, about if follows else None),
        requester=requester.id,
        created_at=draft.now,
        updated_at=draft.now,
        status_since=draft.now,
        priority=desk.vocabulary.default_priority,
        category=desk.vocabulary.default_category,
        possibly_about=about.ticket.number if about is not None and not follows else None,
    )
    if about is not None and follows:
        draft.link(about.ticket.number, LinkKind.FOLLOWS)
    draft.remember_reference(message.message_id if forwarded is None else "")
    draft.participants.append(Participant(requester, Role.REQUESTER))
    words = replace(message.words, new=fields.rest)
    if forwarded is not None:
        words = Words(text=forwarded.text, new=forwarded.text)  # the rest is not for everybody
    entry = message_entry(draft, draft.ticket, requester, words)
    if forwarded is not None:
        # The mail is the agent's: its Message-ID must never reach the customer.
        entry = draft.entry(replace(entry, message_id="", author_name=requester.name))
        _keep_forwarders_note(draft, entry, forwarded)
    else:
        entry = draft.entry(entry)
        if authentication.is_proved:
            _remember_copied(draft, requester)
    then = settle_new(draft, fields)
    remember_keys(draft, None)
    _also_addressed(draft)
    refusal = _why_not_written_to(draft, classification, authentication, requester)
    # A web form proves itself, and not whose credits it would cost; an agent answers for whom he
    # names.
    is_his_own = agent is not None or lookup_key(message.clean_author) in requester.keys
    settle_right(
        draft,
        then,
        requester,
        proved=authentication.is_proved and is_his_own,
        can_tell=not refusal
        and not requester.suppressed
        and (draft.is_within_budget(requester.address) or others_wait(draft, requester)),
    )
    # Nobody promised anything to a program.
    draft.happened.opened = draft.happened.requester_wrote = classification.moves_status
    draft.run_clocks()
    duplicates = note_duplicates(draft)
    _confirm(draft, refusal, authentication, requester, was_known=was_known)
    _settle_known_products(draft, requester)
    # What makes a ticket "possibly about" another is for agents; nothing of the other is sent.
    if not waits_for_nobody(draft):
        notify_agents(
            draft,
            entry,
            requester,
            conversation=None,
            warnings=_warnings(draft, authentication),
            forwarded_by=agent,
            duplicates=duplicates,
        )
    if follows:
        return draft.decision(Verdict.OPENED, "follows")
    return draft.decision(Verdict.OPENED, "possibly about" if about is not None else found.by)


def _settle_known_products(draft: Draft, requester: Person) -> None:
    """Of licenses that were looked up for another ticket. After the confirmation, which is the same
    whatever is known of a key."""
    for found in draft.licenses:
        answer = draft.known.answers.get((found.provider, found.fingerprint), NOTHING_KNOWN)
        product = product_of(answer)
        if product and not found.quoted:
            owned = is_his(answer, requester.keys)
            settle_products(draft, draft.message, product, is_his=owned)


def _subject(draft: Draft, forwarded: Forwarded | None, before: Conversation | None) -> str:
    """Of a command about an earlier ticket that one's; it has none of its own."""
    subject = draft.message.subject
    if before is not None and customer_line(draft.message) is not None:
        return before.ticket.subject
    if forwarded is not None:
        subject = forwarded.subject or subject
    return subject_for(draft, subject)


def subject_for(draft: Draft, text: str) -> str:
    """Subjects go into every mail of ours, and no key may be read there."""
    subject = masked(base_subject(text, draft.policy.ticket_prefix), draft.message.keys)
    return subject[:MAX_SUBJECT] or NO_SUBJECT


def _keep_forwarders_note(draft: Draft, entry: Entry, forwarded: Forwarded) -> None:
    """What the agent wrote above the customer's mail stays between us."""
    agent = _author(draft)
    if agent is not None:
        draft.event(f"Forwarded by {agent.display}", reason="forwarded by an agent")
        said = "\n\n".join(filter(str.strip, (forwarded.note, forwarded.below)))
        if said:
            note = Entry(
                id=draft.ids.entry(),
                ticket=entry.ticket,
                kind=EntryKind.NOTE,
                at=draft.now,
                visibility=Visibility.INTERNAL,
                author=agent.id,
                author_address=agent.address,
                author_name=agent.name,
                text=said,
                intake=entry.intake,
            )
            draft.entry(note)


def _remember_copied(draft: Draft, requester: Person) -> None:
    """Who the proved requester named may add to the ticket; he receives nothing by it."""
    copied: set[str] = set()
    for box in (*draft.message.to, *draft.message.cc)[:MAX_COPIED]:
        key = lookup_key(box.address) if is_address(box.address) else ""
        if not key or key in copied or key in requester.keys or is_ours(draft.policy, box.address):
            continue
        copied.add(key)
        person = draft.person(box.address, box.name)
        if not person.is_agent:
            draft.participants.append(Participant(person, Role.COPIED))


def _why_not_written_to(
    draft: Draft,
    classification: Classification,
    authentication: Authentication,
    requester: Person,
) -> str:
    """Why nothing may be sent to the requester by ourselves; empty: it may."""
    clean = draft.message.clean_author
    if not classification.may_confirm:
        return classification.reason
    if not clean or lookup_key(clean) not in requester.keys:
        # RFC 3834 §4: never to a Reply-To, which people set for other people.
        return "the requester did not write this mail himself"
    if authentication.state is AuthenticationState.FAILED:
        return "authentication failed"
    if draft.desk.confirm is Confirm.PROVED and not authentication.is_proved:
        return "not proved"
    return ""


def waits_for_nobody(draft: Draft) -> bool:
    """Whether the agents are not to hear of a new ticket yet, or at all."""
    right = draft.the_ticket.right
    return right.is_quiet or right.state is RightState.THIRD_PARTY


def _confirm(
    draft: Draft,
    refusal: str,
    authentication: Authentication,
    requester: Person,
    *,
    was_known: bool,
) -> None:
    """A human gets a confirmation within the budgets, unless his authentication failed outright;
    where the desk sends none, still the news that nobody works on it yet."""
    says_more = waits_for_nobody(draft) and draft.the_ticket.right.state is not RightState.PENDING
    if not refusal and draft.desk.confirm is Confirm.NONE and not says_more:
        refusal = "the desk sends none"
        if has_refused(draft):
            tell_refused(draft, requester, echo=authentication.is_proved)
    if refusal:
        draft.note("confirm", "no", refusal)
        return
    if not draft.is_within_budget(requester.address):
        draft.note("confirm", "no", "budget exhausted")
        draft.event(
            "No confirmation was sent: the budget of this address is exhausted",
            reason="budget exhausted",
        )
        return
    echo = authentication.is_proved or was_known
    confirm(
        draft,
        requester,
        echo=echo,
        in_reply_to=draft.message.message_id,
        # Whoever this is, he may know that somebody wrote; the name of a file is a word of its own.
        refused=told_of(draft, echo=authentication.is_proved),
    )
