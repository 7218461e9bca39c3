"""What operators choose about words, rules, teams and times, and what cannot be together."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from helpdesk.app.example import as_toml, changed, plain
from helpdesk.config import ConfigurationError, Settings, load
from helpdesk.config.checks import warnings
from helpdesk.core.assignment import Strategy
from helpdesk.core.files import CountPer, FilePolicy
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES, Desk, RaisePriority
from helpdesk.core.rules import Conditions, Effects, HeaderCondition, Rule
from helpdesk.core.ticket import Status
from helpdesk.core.vocabulary import USUAL
from helpdesk.core.wall import Quiet, Weekly

ROOT = Path(__file__).parent.parent
DESK = '[[desks]]\naddress = "support@example.com"\n'
AGENT = '[[agents]]\nname = "Ana Ruiz"\naddresses = ["ana@example.com"]\nteams = ["billing"]\n'
RULE = '[[rules]]\nname = "r"\n'
THEN = "then.priority = 'low'\n"
SHOWN = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/rules.md").read_text(), re.DOTALL)


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    start = f"{folder / 'config.toml'}: "
    assert all(line.startswith(start) and line.isprintable() for line in caught.value.problems)
    return [line.removeprefix(start) for line in caught.value.problems]


MISTAKES = {
    "a size that is none": (
        DESK + "[desks.files]\nmax_size = 'large'",
        'desks#1.files.max_size: must be a size such as "25 MiB", not "large"',
    ),
    "a negative number of files": (
        DESK + "[desks.files]\nmax_count = -1",
        "desks#1.files.max_count: must be greater than or equal to 0, not -1",
    ),
    "files counted of nothing": (
        DESK + "[desks.files]\ncount_per = 'day'",
        'desks#1.files.count_per: must be mail or ticket, not "day"',
    ),
    "a kind of file that is none": (
        DESK + "[desks.files]\nallowed = ['*.pdf']",
        (
            "desks#1.files.allowed#1: '*.pdf' is no kind of file (write an extension like pdf or "
            "a media type like image/png or image/*)"
        ),
    ),
    "a program that is allowed": (
        DESK + "[desks.files]\nallowed = ['pdf', 'exe']",
        (
            "desks#1.files.allowed: exe is a program, which is refused anyway (remove it, or set "
            "refuse_executables = false)"
        ),
    ),
    "no time of day": (
        DESK + "digest = '8 am'",
        "desks#1.digest: is no time of day (write it like 08:00)",
    ),
    "no time of the week": (
        DESK + "weekly_report = 'mondays 08:00'",
        "desks#1.weekly_report: is no time of the week (write it like monday 08:00)",
    ),
    "hours of no length": (
        DESK + "quiet_hours = '22:00-22:00'",
        "desks#1.quiet_hours: begin and end at the same time (write them like 22:00-07:00)",
    ),
    "quiet hours of an agent": (
        DESK + AGENT + "quiet_hours = 'never'",
        "agents#1.quiet_hours: are no quiet hours (write them like 22:00-07:00)",
    ),
    "report that nobody sends": (
        DESK + "report_to = ['boss@example.com']",
        (
            "desks#1: report_to is used only with weekly_report (add weekly_report, or remove "
            "report_to)"
        ),
    ),
    "zone with a slip": (
        DESK + "time_zone = 'Europe/Berln'",
        "desks#1.time_zone: 'Europe/Berln' is no time zone (did you mean Europe/Berlin?)",
    ),
    "zone in small letters": (
        DESK + AGENT + "time_zone = 'europe/madrid'",
        "agents#1.time_zone: 'europe/madrid' is no time zone (did you mean Europe/Madrid?)",
    ),
    "name of no letters": (
        DESK + AGENT.replace("Ana Ruiz", " "),
        'agents#1.name: " " has nothing to read (write a word)',
    ),
    "name with a control character": (
        DESK + AGENT.replace("Ana Ruiz", "Ana\\u001b[2J"),
        'agents#1.name: "Ana\\x1b[2J" has nothing to read (write a word)',
    ),
    "two tags in one": (
        DESK + RULE + "then.tags = ['vpn, printer;x']",
        'rules#1.then.tags#1: "vpn, printer;x" is no tag (write one word of letters, such as vpn)',
    ),
    "a star for all of a domain": (
        DESK + RULE + "when.senders = ['*@example.com']\nthen.priority = 'high'",
        "rules#1.when.senders#1: is no sender (all of a domain are @example.com)",
    ),
    "zone that is a path": (
        DESK + "time_zone = '../../etc/passwd'",
        "desks#1.time_zone: '../../etc/passwd' is no time zone (write it like Europe/Berlin)",
    ),
    "zone of the machine": (
        DESK + "time_zone = 'localtime'",
        "desks#1.time_zone: 'localtime' is no time zone (write it like Europe/Berlin)",
    ),
    "same category twice": (
        DESK + "categories = ['sales', 'Sales']",
        "desks#1.categories: sales and Sales read the same (change one)",
    ),
    "no category": (
        DESK + "categories = []",
        "desks#1.categories: must not be empty (What tickets are about)",
    ),
    "default of no category": (
        DESK + "default_category = 'billng'",
        "desks#1.default_category: there is no category billng (did you mean billing?)",
    ),
    "default of no priority": (
        DESK + 'default_priority = "urg\\u001bnt"',
        (
            'desks#1.default_priority: "urg\\x1bnt" is no priority '
            "(write low, normal, high or critical)"
        ),
    ),
    "raised when": (
        DESK + "raise_priority = 'sometimes'",
        ('desks#1.raise_priority: must be after_target, always or never, not "sometimes"'),
    ),
    "given to whom": (
        DESK + "assign = 'random'",
        'desks#1.assign: must be none, round_robin or least_loaded, not "random"',
    ),
    "team without turns": (
        DESK + "team = 'billing'",
        "desks#1: team is used only with assign (add assign, or remove team)",
    ),
    "team of nobody": (
        DESK + "assign = 'round_robin'\nteam = 'biling'\n" + AGENT,
        "desks#1.team: there is no team biling (did you mean billing?)",
    ),
    "team where there is none": (
        DESK + "assign = 'round_robin'\nteam = 'x'\n" + AGENT.replace("teams", "#"),
        "desks#1.team: there is no team x (give teams to some [[agents]])",
    ),
    "team with an agent's name": (
        DESK + AGENT.replace('"billing"', '"ana ruiz"'),
        "agents#1.teams: ana ruiz is also an agent's name (take another name for the team)",
    ),
    "told too early": (
        DESK + "close_after_days = 2",
        (
            "desks#1: close_notice_days = 2 is not less than close_after_days = 2 "
            "(lower it, 0 for no notice)"
        ),
    ),
    "half an hour": (
        DESK + "remind_after_hours = 0.5",
        "desks#1.remind_after_hours: must be a whole number, not 0.5",
    ),
    "answers left out": (
        DESK + "silent = ['answer']",
        (
            'desks#1.silent: "answer" cannot be left out (write one of ticket_assigned, '
            "status_changed, resolved, closed, reopened, reminder, close_ahead)"
        ),
    ),
    "receipts switched off": (
        DESK + AGENT + "mute = ['note_aded']",
        'agents#1.mute: "note_aded" cannot be switched off (did you mean note_added?)',
    ),
    "lead without address": (
        DESK + "leads = ['ana']",
        "desks#1.leads#1: is not a mail address (write it like support@example.com)",
    ),
    "label of no status": (
        DESK + "status_names.en = { waitng = 'Waiting' }",
        "desks#1.status_names.en: there is no status waitng (did you mean waiting?)",
    ),
    "label twice": (
        DESK + "status_names.en = { in_progress = 'On it', 'In Progress' = 'Busy' }",
        "desks#1.status_names.en: in_progress and In Progress read the same (change one)",
    ),
    "label in no language": (
        DESK + "status_names.english = { waiting = 'Waiting' }",
        "desks#1.status_names: 'english' is no language (write it like en or de-AT)",
    ),
    "label without language": (
        DESK + "status_names = { waiting = 'Waiting' }",
        'desks#1.status_names.waiting: must be a table such as [relay], not "Waiting"',
    ),
    "label that is another name": (
        DESK + "status_names.en = { waiting = 'Open' }",
        "desks#1.status_names.en: Open for waiting reads the same as open (take another word)",
    ),
    "two labels that read the same": (
        DESK + "priority_names = { en = { high = 'Hot' }, de = { low = 'hot!' } }",
        "desks#1.priority_names.de: hot! for low reads the same as high (take another word)",
    ),
    "label of nothing": (
        DESK + 'priority_names.en = { high = "\\u200b!" }',
        'desks#1.priority_names: "\\u200b!" has nothing to read (write a word)',
    ),
    "label too long": (
        DESK + f"category_names.en = {{ general = '{'x' * 41}' }}",
        f"desks#1.category_names: {'x' * 20}... is longer than 40 characters (shorten it)",
    ),
    "label of no category": (
        DESK + "categories = ['sales']\ncategory_names.en = { billing = 'Billing' }",
        "desks#1.category_names.en: there is no category billing (write one of sales)",
    ),
    "color": (
        DESK + "status_colors = { open = 'red' }",
        'desks#1.status_colors: "red" is no color here (write blue, yellow, orange, green or gray)',
    ),
    "color of no status": (
        DESK + "status_colors = { opne = 'blue' }",
        "desks#1.status_colors: there is no status opne (did you mean open?)",
    ),
    "color twice": (
        DESK + "status_colors = { open = 'blue', Open = 'green' }",
        "desks#1.status_colors: open and Open read the same (change one)",
    ),
    "alias of nothing": (
        DESK + "aliases = { P1 = 'crtical' }",
        "desks#1.aliases: P1 = crtical: there is no such name (did you mean critical?)",
    ),
    "alias that is a name": (
        DESK + "aliases = { High = 'low' }",
        "desks#1.aliases: High is a name or label already (remove it)",
    ),
    "absence that ends before it begins": (
        DESK + AGENT + "away = ['2027-01-06/2026-12-24']",
        "agents#1.away#1: 2027-01-06 is after 2026-12-24 (write the first day first)",
    ),
    "absence without days": (
        DESK + AGENT + "away = ['Christmas']",
        'agents#1.away#1: "Christmas" names no days (write them like 2026-12-24/2027-01-06)',
    ),
    "agent's language": (
        DESK + AGENT + "language = 'German'",
        "agents#1.language: 'German' is no language (write it like en or de-AT)",
    ),
    "rule without a name": (
        DESK + "[[rules]]\nstop = true",
        'rules#1.name: is missing (write it like name = "Invoices")',
    ),
    "rule that does nothing": (
        DESK + RULE,
        "rules#1: does nothing (give it something in then, or stop = true)",
    ),
    "effect outside of then": (
        DESK + RULE + "priority = 'low'\nstop = true",
        "rules#1.priority: unknown key (did you mean then.priority?)",
    ),
    "two rules of one name": (
        DESK + (RULE + THEN) * 2,
        "rules.name: r and r read the same (change one)",
    ),
    "rule after the last": (
        DESK + RULE + "stop = true\n" + RULE.replace('"r"', '"s"') + THEN,
        "rules#1: stops every mail, so no later rule is looked at (move it to the end)",
    ),
    "rule of no desk": (
        DESK + RULE + THEN + "when.desks = ['suport']",
        "rules#1.when.desks: there is no desk suport (did you mean support?)",
    ),
    "rule with no priority": (
        DESK + RULE + "then.priority = 'soon'",
        'rules#1.then.priority: "soon" is no priority (write low, normal, high or critical)',
    ),
    "rule with a category of another desk": (
        DESK
        + "[[desks]]\naddress = 'sales@example.com'\ncategories = ['orders']\n"
        + RULE
        + "then.category = 'billing'",
        ("rules#1.then.category: the desk sales has no category billing (write one of orders)"),
    ),
    "rule for no category": (
        DESK + RULE + THEN + "when.categories = ['sales']",
        (
            "rules#1.when.categories: there is no category sales "
            "(write one of technical, billing, license, general)"
        ),
    ),
    "rule for nobody": (
        DESK + AGENT + RULE + "then.assignee = 'Anna Ruiz'",
        "rules#1.then.assignee: there is no agent Anna Ruiz (did you mean Ana Ruiz?)",
    ),
    "rule for no team": (
        DESK + AGENT + RULE + "then.team = 'sales'",
        "rules#1.then.team: there is no team sales (teams: billing)",
    ),
    "rule for an agent and a team": (
        DESK + AGENT + RULE + "then = { team = 'billing', assignee = 'Ana Ruiz' }",
        "rules#1: then.assignee and then.team exclude each other (remove one of them)",
    ),
    "rule for no provider": (
        DESK + RULE + THEN + "when.providers = ['keygn']",
        "rules#1.when.providers: there is no license provider keygn (did you mean keygen?)",
    ),
    "sender without @": (
        DESK + RULE + THEN + "when.senders = ['customer.example']",
        (
            "rules#1.when.senders#1: is no sender (write it like ana@example.com, @example.com "
            "(all of that domain) or *.example.com (all below it))"
        ),
    ),
    "sender of no domain": (
        DESK + RULE + THEN + "when.senders = ['@example']",
        "rules#1.when.senders#1: is not a domain name (write it like reply.example.com)",
    ),
    "words of nothing": (
        DESK + RULE + THEN + "when.words = ['...']",
        "rules#1.when.words#1: has no letter and no digit to look for (write a word)",
    ),
    "header without end": (
        DESK + RULE + THEN + "when.headers = [{ name = 'X-A', matches = '(a+)+b' }]",
        (
            "rules#1.when.headers#1.matches: may match in too many ways "
            "(give every repetition its bounds, like [A-Z0-9]{5,8})"
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(mistake: str, tmp_path: Path) -> None:
    text, line = MISTAKES[mistake]

    assert problems(tmp_path, text) == [line]


def test_who_is_only_known_to_the_database_is_a_warning(tmp_path: Path) -> None:
    rule = RULE + "then.assignee = 'Ben@example.com'\n" + RULE.replace('"r"', '"s"')
    text = DESK + "leads = ['cleo@example.com']\n" + rule + "then.team = 'billing'"

    assert list(warnings(read(tmp_path, text))) == [
        "desks#1.leads: cleo@example.com is no agent of this file (see: helpdesk agents list)",
        (
            "rules#1.then.assignee: Ben@example.com is no agent of this file "
            "(see: helpdesk agents list)"
        ),
        "rules#2.then.team: no agent of this file is in the team billing",
    ]
    known = DESK + "leads = ['ANA@example.com']\n" + AGENT + RULE + "then.team = 'billing'"
    assert list(warnings(read(tmp_path, known))) == []


def test_a_desk_without_a_word_is_as_it_would_be_in_code(tmp_path: Path) -> None:
    [desk] = read(tmp_path, DESK).policy().desks

    assert desk == Desk("support", "support@example.com", "Support")
    assert desk.vocabulary == USUAL


def test_a_desk_is_as_the_settings_say(tmp_path: Path) -> None:
    text = DESK + (
        "time_zone = 'Europe/Berlin'\nservice_level = 'portal'\ncustomer_fields = false\n"
        "raise_priority = 'never'\nassign = 'least_loaded'\nteam = 'billing'\n"
        "remind_after_hours = 24\nclose_after_days = 10\nclose_notice_days = 3\n"
        "leads = ['Ana@Example.com']\nsilent = ['reminder', 'reminder']\n"
        "default_priority = 'Medium'\n"
    )
    [desk] = read(tmp_path, text + AGENT).policy().desks

    assert (desk.zone, desk.service_level, desk.customer_fields) == (
        "Europe/Berlin",
        "portal",
        False,
    )
    assert (desk.raise_priority, desk.assign, desk.team) == (
        RaisePriority.NEVER,
        Strategy.LEAST_LOADED,
        "billing",
    )
    assert desk.remind_after == timedelta(days=1)
    assert (desk.close_after, desk.close_notice) == (timedelta(days=10), timedelta(days=3))
    assert (desk.leads, desk.silent) == (("Ana@example.com",), frozenset({"reminder"}))
    assert desk.vocabulary.default_priority == "normal"


def test_what_comes_by_the_clock_is_as_the_settings_say(tmp_path: Path) -> None:
    (block,) = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs/digest.md").read_text(encoding="utf-8"), re.DOTALL
    )
    policy = read(tmp_path, block).policy()
    (desk,) = policy.desks

    assert (desk.digest_at, desk.report_at) == (480, Weekly(0, 480))
    assert (desk.report_to, desk.quiet) == (("cleo@example.com",), Quiet(1320, 420))
    assert policy.quiet == {"ana@example.com": Quiet(1200, 480)}


def test_an_agent_without_quiet_hours_is_none_that_has_those_of_the_desk(tmp_path: Path) -> None:
    never = read(tmp_path, DESK + AGENT + "quiet_hours = 'none'").policy()
    desks = read(tmp_path, DESK + AGENT).policy()

    assert list(never.quiet.values()) == [None]
    assert desks.quiet == {}


def test_nought_is_never(tmp_path: Path) -> None:
    text = "remind_after_hours = 0\nclose_after_days = 0\n"
    [desk] = read(tmp_path, DESK + text).policy().desks

    assert (desk.remind_after, desk.close_after, desk.close_notice) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("", "general"),
        ("default_category = 'Billing'", "billing"),
        ("categories = ['OEM', 'sales']", "OEM"),
        ("categories = ['sales', 'General']", "general"),
        ("categories = ['OEM', 'sales']\ndefault_category = 'SALES'", "sales"),
    ],
)
def test_a_new_ticket_has_the_category(text: str, default: str, tmp_path: Path) -> None:
    [desk] = read(tmp_path, DESK + text).policy().desks

    assert desk.vocabulary.default_category == default


def test_labels_may_be_written_for_names_in_any_case(tmp_path: Path) -> None:
    text = DESK + (
        "categories = ['Technical', 'OEM']\n"
        "category_names.de = { oem = 'OEM-Vertrag' }\n"
        "status_names.en = { 'In Progress' = 'On it' }\n"
        "status_colors = { In_Progress = 'orange' }\n"
    )
    [desk] = read(tmp_path, text).policy().desks

    assert desk.vocabulary.category_label("OEM", "de") == "OEM-Vertrag"
    assert desk.vocabulary.category_label("technical", "de") == "Technik"
    assert desk.vocabulary.status_label(Status.IN_PROGRESS, "en") == "On it"
    assert desk.vocabulary.status_color(Status.IN_PROGRESS) == "orange"


def test_absences_are_read_in_every_form(tmp_path: Path) -> None:
    text = AGENT + "away = ['2026-12-24/2027-01-06', '2027-02-01 / 2027-02-01', 2027-03-01]"
    [agent] = read(tmp_path, DESK + text).agents

    assert agent.absences() == (
        (date(2026, 12, 24), date(2027, 1, 6)),
        (date(2027, 2, 1), date(2027, 2, 1)),
        (date(2027, 3, 1), date(2027, 3, 1)),
    )


def test_a_rule_is_as_the_settings_say(tmp_path: Path) -> None:
    text = (
        DESK
        + "categories = ['OEM']\n"
        + AGENT
        + RULE
        + (
            "stop = true\n"
            "when = { desks = ['support'], senders = ['*.Customer.example', '@Bücher.example'],"
            " words = ['a b'], has_attachment = false, priorities = ['Urgent'],"
            " categories = ['oem'],"
            " headers = [{ name = 'X-A', matches = '^1' }] }\n"
            "then = { priority = 'medium', category = 'oem', tags = ['Very Big'],"
            " assignee = 'ana@Example.com', service_level = 'portal' }\n"
        )
    )

    assert read(tmp_path, text).policy().rules == (
        Rule(
            "r",
            Conditions(
                desks=("support",),
                senders=("*.customer.example", "@xn--bcher-kva.example"),
                words=("a b",),
                headers=(HeaderCondition("x-a", "^1"),),
                has_attachment=False,
                priorities=("critical",),
                categories=("OEM",),
            ),
            Effects("normal", "OEM", ("very-big",), "ana@example.com", "", "portal"),
            stop=True,
        ),
    )


@pytest.mark.parametrize("text", SHOWN)
def test_what_the_document_shows_is_a_configuration(text: str, tmp_path: Path) -> None:
    settings = read(tmp_path, text)

    assert settings.policy().desks
    assert plain(read(tmp_path, as_toml(plain(settings)))) == plain(settings)
    assert plain(read(tmp_path, as_toml(changed(settings)))) == plain(settings)


def test_the_document_shows_what_it_says(tmp_path: Path) -> None:
    policies = [read(tmp_path, text).policy() for text in SHOWN]
    words = policies[0].desks[0].vocabulary

    assert words.priority_label("critical", "en") == "Urgent"
    assert words.status_label(Status.WAITING, "nl") == "Wacht op u"
    assert words.category_label("OEM", "de-AT") == "OEM-Vertrag"
    assert [rule.name for rule in policies[1].rules] == [
        "Invoices",
        "Monitoring",
        "License server",
        "Screenshots",
    ]
    assert [desk.assign for desk in policies[2].desks] == ["round_robin", "least_loaded"]


def test_the_document_names_every_notice_that_can_be_left_out() -> None:
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")

    assert [name for name in (*SILENT_ONES, *MUTED_ONES) if f"`{name}`" not in page] == []


def test_what_asks_somebody_something_cannot_be_left_out() -> None:
    must = {Notice.CONFIRMATION, Notice.ANSWER, Notice.ANSWER_PARKED, Notice.WAS_THIS_YOU}

    assert not must & {*SILENT_ONES, *MUTED_ONES}


def test_what_a_desk_takes_of_files(tmp_path: Path) -> None:
    files = (
        "[desks.files]\nmax_size = '2 MB'\nmax_count = 3\ncount_per = 'ticket'\n"
        "allowed = ['PDF', '.log', 'Image/*', 'pdf']\nrefuse_executables = false\n"
    )

    (desk,) = read(tmp_path, DESK + files).policy().desks

    kinds = frozenset({".pdf", ".log", "image/*"})
    assert desk.files == FilePolicy(2_000_000, 3, CountPer.TICKET, kinds, refuse_executables=False)
    assert read(tmp_path, DESK).policy().desks[0].files == FilePolicy()
