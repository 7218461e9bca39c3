"""What follows from one mail of an archive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from helpdesk.core.decide import identity_of
from helpdesk.core.decide_import import (
    EARLIEST,
    IMPORTED,
    History,
    Importing,
    Outcome,
    date_of,
    decide_import,
    failed_import,
    import_keys,
)
from helpdesk.core.decision import Decision, Ids, Incoming, Seen, Verdict
from helpdesk.core.draft import Rules
from helpdesk.core.mail import (
    COULD_NOT_BE_READ,
    Arrival,
    DeliveryReport,
    Envelope,
    Forwarded,
    FoundKey,
    Mail,
    Mailbox,
    Message,
    ReportedRecipient,
)
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Confirm, Policy
from helpdesk.core.subject import ticket_tags
from helpdesk.core.ticket import (
    Entry,
    EntryKind,
    IntakeId,
    Participant,
    Role,
    Status,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import message_id
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    RULES,
    SALES,
    SUPPORT,
    World,
    conversation,
    entry,
    message,
    ticket,
)

THEN = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
TO_DESK = (Mailbox(SUPPORT.address),)
TO_ANA = (Mailbox(ANA.address, ANA.name),)


def question(**more: Any) -> Message:
    return message(dmarc="", **({"to": TO_DESK} | more))


def answer(author: str = BOB.address, **more: Any) -> Message:
    return message(author, "Re: Printer on fire", "Use water.", dmarc="", **({"to": TO_ANA} | more))


def imported(
    of: Message,
    world: World | None = None,
    *,
    importing: Importing | None = None,
    seen: Seen | None = None,
    **history: Any,
) -> Decision:
    world = world or World()
    importing = importing or Importing(world.rules)
    past = History(**({"date": THEN, "ends_at": THEN} | history))
    mail = Mail(Arrival(Envelope("", ()), "import", NOW), of, 1000)
    policy, keyring = importing.rules.policy, importing.rules.keyring
    keys = import_keys(mail, identity_of(of), past, policy, keyring)
    ids = Ids({"ticket": 2000, "person": 100, "entry": 1000, "outbox": 9000})
    known = replace(world.known(), seen=seen)
    return decide_import(Incoming(IntakeId(7), mail, keys), known, past, importing, ids, NOW)


def earlier(*entries: Entry, **changes: Any) -> World:
    """Ticket 1001, opened by an import a day before."""
    values: dict[str, Any] = {
        "status": Status.CLOSED,
        "closed_at": THEN - timedelta(days=1),
        "created_at": THEN - timedelta(days=1),
        "updated_at": THEN - timedelta(days=1),
    }
    first = entry(reason=IMPORTED, at=THEN - timedelta(days=1))
    return World(
        conversations=(conversation(ticket(**(values | changes)), tail=(first, *entries)),)
    )


def appended(of: Message, world: World, **more: Any) -> Decision:
    return imported(of, world, **({"ticket": TicketNumber(1001)} | more))


def said(decision: Decision) -> Entry:
    [only] = [each for each in decision.entries if each.kind is not EntryKind.EVENT]
    return only


# --- dates ----------------------------------------------------------------------------------------


def test_the_first_stated_date_counts() -> None:
    assert date_of([THEN, NOW], NOW, NOW) == THEN


def test_a_date_is_kept_in_utc() -> None:
    stated = datetime(2024, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))

    assert date_of([stated], NOW, NOW) == datetime(2024, 3, 1, 7, 30, tzinfo=UTC)


def test_a_date_before_mail_or_in_the_future_does_not_count() -> None:
    absurd = [datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=400)]

    assert date_of([*absurd, THEN], NOW, NOW) == THEN


def test_a_clock_that_is_fast_by_hours_means_now() -> None:
    assert date_of([NOW + timedelta(hours=5)], THEN, NOW) == NOW


@pytest.mark.parametrize(
    ("noted", "clamped"),
    [(THEN, THEN), (NOW + timedelta(days=9), NOW), (datetime(1960, 1, 1, tzinfo=UTC), EARLIEST)],
)
def test_without_a_stated_date_the_files_own_is_clamped(noted: datetime, clamped: datetime) -> None:
    assert date_of([], noted, NOW) == clamped


def test_a_date_at_the_edge_of_time_does_not_count() -> None:
    edge = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12)))

    assert date_of([edge], THEN, NOW) == THEN


# --- new tickets ----------------------------------------------------------------------------------


def test_a_customers_mail_opens_a_ticket_with_its_own_dates() -> None:
    decision = imported(question())
    opened = decision.ticket

    assert opened is not None
    assert (decision.verdict, decision.reason) == (Verdict.OPENED, IMPORTED)
    assert (opened.created_at, opened.updated_at, said(decision).at) == (THEN, THEN, THEN)


def test_nobody_is_told_of_what_is_imported() -> None:
    assert imported(question()).outbox == ()


def test_an_archive_proves_nobody() -> None:
    proved = message(to=TO_DESK, dmarc="pass")

    assert imported(proved).proved == ()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.CLOSED, Status.CLOSED),
        (Outcome.RESOLVED, Status.RESOLVED),
        (Outcome.OPEN, Status.OPEN),
        (Outcome.WAITING, Status.WAITING),
    ],
)
def test_the_operator_chooses_the_status(outcome: Outcome, status: Status) -> None:
    opened = imported(question(), importing=Importing(RULES, outcome)).ticket

    assert opened is not None
    assert opened.status is status
    assert opened.closed_at == (THEN if status is Status.CLOSED else None)


@pytest.mark.parametrize(
    ("of", "ends_at", "status"),
    [
        (question(), NOW - timedelta(days=2), Status.OPEN),
        (answer(), NOW - timedelta(days=2), Status.WAITING),
        (question(), NOW - timedelta(days=31), Status.CLOSED),
    ],
)
def test_auto_looks_at_the_age_and_at_who_wrote_last(
    of: Message, ends_at: datetime, status: Status
) -> None:
    decision = imported(of, importing=Importing(RULES, Outcome.AUTO), ends_at=ends_at)

    assert decision.ticket is not None
    assert decision.ticket.status is status


def test_mail_that_names_no_desk_goes_to_the_chosen_one() -> None:
    nowhere = question(to=(Mailbox("old@elsewhere.example"),))

    chosen = imported(nowhere, importing=Importing(RULES, desk="sales")).ticket
    first = imported(nowhere).ticket

    assert chosen is not None
    assert first is not None
    assert (chosen.desk, first.desk) == ("sales", "support")


def test_the_desk_is_also_named_by_what_the_last_mail_system_noted() -> None:
    noted = question(to=(), fields=[("delivered-to", SALES.address)])

    opened = imported(noted).ticket

    assert opened is not None
    assert opened.desk == "sales"


def test_a_tag_of_another_helpdesk_leads_to_no_ticket_of_ours() -> None:
    foreign = question(subject="Re: [TICK-1001] Printer")
    assert ticket_tags(foreign.subject) == (1001,)

    decision = imported(foreign, earlier())

    assert decision.verdict is Verdict.OPENED


def test_keys_are_remembered_but_not_shown_in_the_subject() -> None:
    key = FoundKey("JKLMN-OPQRS-TUVWX-YZABC", "default")
    decision = imported(question(subject=f"Key {key.key}", keys=(key,)))

    assert decision.ticket is not None
    assert [found.provider for found in decision.licenses] == ["default"]
    assert "OPQRS" not in decision.ticket.subject


def test_the_form_users_reply_address_is_the_requester() -> None:
    desk = replace(SUPPORT, form_senders=("form@example.test",))
    rules = Rules(Policy((desk,)), KEYRING)
    form = question(author="form@example.test", reply_to=TO_ANA)

    decision = imported(form, World(rules=rules))

    assert decision.ticket is not None
    assert decision.ticket.requester == ANA.id


def test_a_mail_without_an_author_still_opens_a_ticket() -> None:
    nobody = question(authors=(), clean_author="")

    decision = imported(nobody)

    assert decision.verdict is Verdict.OPENED
    assert decision.people[0].address == ""


def test_what_could_not_be_read_is_on_the_ticket_as_a_file() -> None:
    broken = question(defects=(COULD_NOT_BE_READ,), authors=(), clean_author="")

    assert [file.filename for file in said(imported(broken)).attachments] == ["original.eml"]


# --- agents ---------------------------------------------------------------------------------------


def test_an_agents_mail_is_an_answer_and_the_first_response() -> None:
    decision = appended(answer(), earlier())

    assert decision.ticket is not None
    assert said(decision).kind is EntryKind.ANSWER
    assert said(decision).visibility is Visibility.PUBLIC
    assert decision.ticket.first_response_at == THEN
    assert decision.ticket.assignee == BOB.id


def test_a_later_answer_is_no_first_response() -> None:
    first = THEN - timedelta(hours=2)

    decision = appended(answer(), earlier(first_response_at=first, assignee=CARL.id))

    assert decision.ticket is not None
    assert (decision.ticket.first_response_at, decision.ticket.assignee) == (first, CARL.id)


def test_mail_in_the_desks_own_name_is_an_answer_by_nobody_in_particular() -> None:
    decision = appended(answer(SUPPORT.address), earlier())

    entry = said(decision)
    assert (entry.kind, entry.author) == (EntryKind.ANSWER, None)
    assert entry.author_address == SUPPORT.address
    assert decision.people == ()


def test_an_agents_mail_that_begins_a_thread_is_for_its_first_foreign_addressee() -> None:
    decision = imported(answer(to=(Mailbox(CARL.address), Mailbox(EVE.address, "Eve"))))

    assert decision.ticket is not None
    assert decision.ticket.requester == EVE.id
    assert said(decision).kind is EntryKind.ANSWER
    assert said(decision).author == BOB.id


def test_an_agents_message_id_is_not_for_later_references() -> None:
    decision = imported(answer())

    assert decision.ticket is not None
    assert decision.ticket.references == ()


def test_agents_who_write_among_themselves_are_not_read_by_the_customer() -> None:
    decision = appended(answer(to=(Mailbox(CARL.address), *TO_DESK)), earlier())

    assert decision.ticket is not None
    assert said(decision).kind is EntryKind.NOTE
    assert said(decision).visibility is Visibility.INTERNAL
    assert decision.ticket.first_response_at is None


def test_an_agents_own_request_is_a_message() -> None:
    decision = imported(answer(to=TO_DESK))

    assert decision.ticket is not None
    assert decision.ticket.requester == BOB.id
    assert said(decision).kind is EntryKind.MESSAGE


def test_the_first_foreign_author_takes_an_agents_place_as_requester() -> None:
    own = conversation(ticket(requester=BOB), tail=(entry(reason=IMPORTED),))
    own = replace(own, participants=(Participant(BOB, Role.REQUESTER),))

    decision = appended(question(), World(conversations=(own,)))

    assert decision.ticket is not None
    assert decision.ticket.requester == ANA.id
    assert {(p.person.id, p.role) for p in decision.participants} == {
        (ANA.id, Role.REQUESTER),
        (BOB.id, Role.COPIED),
    }


def test_what_an_agent_handed_in_is_his_customers_request() -> None:
    handed_in = answer(to=TO_DESK, forwarded=Forwarded(TO_ANA[0], "Smoke", "It smokes.", "see"))

    decision = imported(handed_in)

    assert decision.ticket is not None
    assert (decision.ticket.requester, decision.ticket.subject) == (ANA.id, "Smoke")
    assert (said(decision).kind, said(decision).text) == (EntryKind.MESSAGE, "It smokes.")
    assert said(decision).message_id == ""


# --- tickets that are there -----------------------------------------------------------------------


def test_a_thread_that_is_known_is_gone_on_with() -> None:
    decision = appended(question(subject="Re: Printer"), earlier())

    assert (decision.verdict, decision.is_new) == (Verdict.APPENDED, False)
    assert decision.ticket is not None
    assert decision.ticket.number == 1001
    assert (decision.ticket.closed_at, decision.ticket.updated_at) == (THEN, THEN)


def test_a_reference_to_a_stored_mail_leads_to_its_ticket() -> None:
    world = replace(earlier(), located=(("old@mua.example", 1001),))

    decision = imported(question(references=("old@mua.example",)), world)

    assert decision.ticket is not None
    assert decision.ticket.number == 1001


def test_a_merged_ticket_is_followed_to_its_target() -> None:
    merged = conversation(ticket(merged_into=TicketNumber(1002)))
    target = conversation(ticket(1002), tail=(entry(reason=IMPORTED),))

    decision = appended(question(), World(conversations=(merged, target)))

    assert decision.ticket is not None
    assert decision.ticket.number == 1002


def test_history_neither_reopens_nor_closes_a_ticket_that_somebody_works_on() -> None:
    live = entry(2, reason="answer")
    for status in Status:
        world = earlier(live, status=status, closed_at=None)
        for outcome in Outcome:
            decision = appended(question(), world, importing=Importing(RULES, outcome))

            assert decision.ticket is not None
            assert decision.ticket.status is status


def test_history_leaves_the_last_date_of_a_ticket_that_somebody_works_on() -> None:
    decision = appended(question(), earlier(entry(2, reason="answer"), updated_at=NOW))

    assert decision.ticket is not None
    assert decision.ticket.updated_at == NOW


def test_others_who_wrote_take_part_and_receive_nothing() -> None:
    decision = appended(question(author=EVE.address), earlier())

    assert decision.participants == (Participant(EVE, Role.COPIED),)


def test_older_mail_that_comes_later_moves_the_beginning() -> None:
    older = THEN - timedelta(days=40)

    decision = appended(question(), earlier(), date=older)

    assert decision.ticket is not None
    assert decision.ticket.created_at == older
    assert decision.ticket.closed_at == THEN - timedelta(days=1)


def test_mail_that_is_known_is_a_duplicate_and_changes_nothing() -> None:
    seen = Seen(IntakeId(3), Verdict.OPENED, TicketNumber(1001))

    decision = imported(question(), earlier(), seen=seen)

    assert decision.verdict is Verdict.DUPLICATE
    assert (decision.ticket, decision.entries, decision.outbox) == (None, (), ())


# --- programs -------------------------------------------------------------------------------------

OUT_OF_OFFICE = question(fields=[("auto-submitted", "auto-replied")])
REPORT = question(
    author="mailer-daemon@customer.example",
    content_type="multipart/report",
    report_type="delivery-status",
    report=DeliveryReport((ReportedRecipient("x@y.example", "5.1.1"),), "lost@example.test"),
)


@pytest.mark.parametrize("of", [OUT_OF_OFFICE, REPORT], ids=["out of office", "report"])
def test_automatic_mail_without_a_ticket_is_recorded_alone(of: Message) -> None:
    decision = imported(of)

    assert (decision.verdict, decision.ticket) == (Verdict.RECORDED, None)


@pytest.mark.parametrize("of", [OUT_OF_OFFICE, REPORT], ids=["out of office", "report"])
def test_automatic_mail_is_an_event_on_its_ticket(of: Message) -> None:
    decision = appended(of, earlier())

    [event] = decision.entries
    assert (decision.verdict, event.kind) == (Verdict.RECORDED, EntryKind.EVENT)
    assert (event.at, event.visibility) == (THEN, Visibility.INTERNAL)
    assert decision.ticket is not None
    assert decision.ticket.status is Status.CLOSED


def test_a_delivery_report_is_found_by_the_mail_that_it_names() -> None:
    mail = Mail(Arrival(Envelope("", ()), "import", NOW), REPORT)

    keys = import_keys(mail, "", History(THEN, THEN), POLICY, KEYRING)

    assert "lost@example.test" in keys.message_ids


@pytest.mark.parametrize("opens", [True, False])
def test_bulk_mail_opens_a_ticket_only_where_the_desk_says_so(opens: bool) -> None:  # noqa: FBT001
    rules = Rules(Policy((replace(SUPPORT, opens_for_generated=opens),)), KEYRING)
    bulk = question(fields=[("precedence", "bulk")])

    decision = imported(bulk, World(rules=rules))

    assert decision.verdict is (Verdict.OPENED if opens else Verdict.RECORDED)


def test_a_program_of_ours_opens_nothing() -> None:
    shop = answer(SUPPORT.address, fields=[("auto-submitted", "auto-generated")])

    assert imported(shop).verdict is Verdict.RECORDED


def test_our_own_mail_in_an_archive_is_recorded_alone() -> None:
    ours = answer(SUPPORT.address, message_id=message_id(KEYRING, 17, "example.test"))

    decision = imported(ours, earlier())

    assert (decision.verdict, decision.reason) == (Verdict.RECORDED, "loop: own message-id")


def test_what_we_cannot_decide_is_set_aside_with_the_error() -> None:
    mail = Mail(Arrival(Envelope("", ()), "import", NOW), question())
    keys = import_keys(mail, "", History(THEN, THEN), POLICY, KEYRING)
    ids = Ids({"ticket": 0, "person": 0, "entry": 0, "outbox": 0})
    incoming = Incoming(IntakeId(7), mail, keys)

    decision = failed_import(
        incoming, World().known(), Importing(RULES), ids, ValueError("odd"), NOW
    )

    assert decision.verdict is Verdict.QUARANTINED
    assert "ValueError: odd" in [step.detail for step in decision.evidence]


# --- notifications --------------------------------------------------------------------------------

NOTIFYING = Importing(RULES, Outcome.OPEN, notify=True)


def test_who_wants_notifications_gets_them_as_if_the_mail_had_just_come() -> None:
    decision = imported(question(), importing=NOTIFYING)

    assert decision.ticket is not None
    assert {mail.notice for mail in decision.outbox} == {Notice.NEW_TICKET, Notice.CONFIRMATION}
    assert {mail.created_at for mail in decision.outbox} == {NOW}
    assert decision.ticket.status is Status.OPEN


def test_dates_stay_the_original_ones_where_mail_is_written() -> None:
    decision = imported(question(), importing=NOTIFYING)

    assert decision.ticket is not None
    assert (decision.ticket.created_at, said(decision).at) == (THEN, THEN)


def test_nobody_is_told_of_an_agents_own_answer() -> None:
    assert appended(answer(), earlier(), importing=NOTIFYING).outbox == ()


def test_a_reply_is_told_to_agents_only() -> None:
    decision = appended(question(), earlier(), importing=NOTIFYING)

    assert {mail.notice for mail in decision.outbox} == {Notice.CUSTOMER_REPLIED}


def test_a_desk_that_confirms_only_proved_mail_confirms_no_import() -> None:
    rules = Rules(replace(POLICY, desks=(replace(SUPPORT, confirm=Confirm.PROVED),)), KEYRING)

    decision = imported(question(), importing=replace(NOTIFYING, rules=rules))

    assert Notice.CONFIRMATION not in {mail.notice for mail in decision.outbox}
