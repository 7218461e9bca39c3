"""What must fit together between desks, agents and rules."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from helpdesk.config.desks import DeskSettings, of
from helpdesk.config.rules import RuleSettings, WhenSettings
from helpdesk.config.support import support_problems
from helpdesk.config.values import did_you_mean, spelled
from helpdesk.core.address import is_address, lookup_key
from helpdesk.core.vocabulary import PRIORITIES, STATUSES, fold

if TYPE_CHECKING:
    from helpdesk.config.settings import Settings


def life_problems(settings: "Settings") -> Iterator[str]:
    for index, desk in enumerate(settings.desks):
        yield from _word_problems(f"desks#{index + 1}", desk)
        yield from _team_problems(f"desks#{index + 1}.team", desk.team, settings)
        yield from _file_problems(f"desks#{index + 1}.files", desk)
    yield from _agent_problems(settings)
    yield from _rule_problems(settings)
    yield from support_problems(settings)


def _file_problems(key: str, desk: DeskSettings) -> Iterator[str]:
    for kind in desk.files.refused_anyway():
        yield (
            f"{key}.allowed: {kind[1:]} is a program, which is refused anyway (remove it, or set "
            "refuse_executables = false)"
        )


def life_warnings(settings: "Settings") -> Iterator[str]:
    """Who is no agent of the file may still be one by `helpdesk agents add`."""
    named = [
        (f"desks#{index + 1}.leads", address)
        for index, desk in enumerate(settings.desks)
        for address in desk.leads
    ] + [
        (f"rules#{index + 1}.then.assignee", rule.then.assignee)
        for index, rule in enumerate(settings.rules)
        if is_address(rule.then.assignee)
    ]
    known = {lookup_key(address) for agent in settings.agents for address in agent.addresses}
    for key, address in named:
        if lookup_key(address) not in known:
            yield f"{key}: {address} is no agent of this file (see: helpdesk agents list)"
    if not settings.agents:
        for key, team in _teams_named(settings):
            yield f"{key}: no agent of this file is in the team {team}"


# --- words ----------------------------------------------------------------------------------------


def _word_problems(key: str, desk: DeskSettings) -> Iterator[str]:
    yield from _same(f"{key}.categories", desk.categories)
    if not of(desk.usual_category, desk.categories):
        hint = did_you_mean(desk.default_category, desk.categories)
        yield f"{key}.default_category: there is no category {desk.default_category} ({hint})"
    kinds = (
        ("priority", PRIORITIES, desk.priority_names),
        ("category", desk.categories, desk.category_names),
        ("status", STATUSES, desk.status_names),
    )
    for kind, names, labels in kinds:
        yield from _label_problems(f"{key}.{kind}_names", kind, names, labels)
    yield from _same(f"{key}.status_colors", list(desk.status_colors))
    for name in desk.status_colors:
        if not of(name, STATUSES):
            yield f"{key}.status_colors: there is no status {name} ({did_you_mean(name, STATUSES)})"
    yield from _alias_problems(f"{key}.aliases", desk)


def _same(key: str, names: Sequence[str]) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        before = first.setdefault(fold(name), index)
        if before != index:
            yield f"{key}: {names[before]} and {name} read the same (change one)"


def _label_problems(
    key: str, kind: str, names: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Labels are read again in mail, of whichever language: each may mean one thing only."""
    meant = {fold(name): name for name in names}
    for language, words in labels.items():
        yield from _same(f"{key}.{language}", list(words))
        for written, text in words.items():
            name = of(written, names)
            if name is None:
                hint = did_you_mean(written, names)
                yield f"{key}.{language}: there is no {kind} {written} ({hint})"
                continue
            before = meant.setdefault(fold(text), name)
            if before != name:
                yield (
                    f"{key}.{language}: {text} for {name} reads the same as {before} "
                    "(take another word)"
                )


def _alias_problems(key: str, desk: DeskSettings) -> Iterator[str]:
    if not of(desk.usual_category, desk.categories):
        return
    vocabulary = desk.vocabulary()
    names = (*PRIORITIES, *desk.categories, *STATUSES)
    labels = (desk.priority_names, desk.category_names, desk.status_names)
    own = {
        fold(text): text for each in labels for words in each.values() for text in words.values()
    }
    own |= {fold(name): name for name in names}
    yield from _same(key, list(desk.aliases))
    for alias, meant in desk.aliases.items():
        readings = (vocabulary.priority_of, vocabulary.category_of, vocabulary.status_of)
        if not any(read(meant) for read in readings):
            hint = did_you_mean(meant, names)
            yield f"{key}: {alias} = {meant}: there is no such name ({hint})"
        if fold(alias) in own:
            yield f"{key}: {alias} is a name or label already (remove it)"


# --- agents and teams -----------------------------------------------------------------------------


def _teams_named(settings: "Settings") -> Iterator[tuple[str, str]]:
    for index, desk in enumerate(settings.desks):
        if desk.team:
            yield f"desks#{index + 1}.team", desk.team
    for index, rule in enumerate(settings.rules):
        if rule.then.team:
            yield f"rules#{index + 1}.then.team", rule.then.team


def _agent_problems(settings: "Settings") -> Iterator[str]:
    """Whoever writes `#assign NAME` must not have to guess whether an agent or a team gets it."""
    names = {fold(agent.name): agent.name for agent in settings.agents}
    for index, agent in enumerate(settings.agents):
        for team in agent.teams:
            if fold(team) in names:
                key = spelled(("agents", index, "teams"))
                yield f"{key}: {team} is also an agent's name (take another name for the team)"


def _team_problems(key: str, team: str, settings: "Settings") -> Iterator[str]:
    teams = list(dict.fromkeys(chain.from_iterable(agent.teams for agent in settings.agents)))
    if team and settings.agents and team not in teams:
        hint = did_you_mean(team, teams, "teams") if teams else "give teams to some [[agents]]"
        yield f"{key}: there is no team {team} ({hint})"


# --- rules ----------------------------------------------------------------------------------------


def _rule_problems(settings: "Settings") -> Iterator[str]:
    yield from _same("rules.name", [rule.name for rule in settings.rules])
    desks = [desk.name for desk in settings.desks]
    for index, rule in enumerate(settings.rules):
        key = spelled(("rules", index))
        missing = [name for name in rule.when.desks if name not in desks]
        for name in missing:
            hint = did_you_mean(name, desks, "desks")
            yield f"{key}.when.desks: there is no desk {name} ({hint})"
        if rule.stop and rule.when == WhenSettings() and index + 1 < len(settings.rules):
            yield f"{key}: stops every mail, so no later rule is looked at (move it to the end)"
        if not missing:
            yield from _category_problems(key, rule, settings)
        yield from _team_problems(f"{key}.then.team", rule.then.team, settings)
        yield from _assignee_problems(f"{key}.then.assignee", rule.then.assignee, settings)
        yield from _provider_problems(f"{key}.when.providers", rule, settings)


def _category_problems(key: str, rule: RuleSettings, settings: "Settings") -> Iterator[str]:
    """A category that is set must be one of every desk, one that is asked for of one of them."""
    desks = rule.desks_of(settings.desks)
    if rule.then.category:
        for desk in desks:
            if not of(rule.then.category, desk.categories):
                hint = did_you_mean(rule.then.category, desk.categories)
                yield (
                    f"{key}.then.category: the desk {desk.name} has no category "
                    f"{rule.then.category} ({hint})"
                )
    every = list(dict.fromkeys(chain.from_iterable(desk.categories for desk in desks)))
    for category in rule.when.categories:
        if not of(category, every):
            hint = did_you_mean(category, every)
            yield f"{key}.when.categories: there is no category {category} ({hint})"


def _assignee_problems(key: str, name: str, settings: "Settings") -> Iterator[str]:
    names = [agent.name for agent in settings.agents]
    if name and not is_address(name) and names and not of(name, names):
        yield f"{key}: there is no agent {name} ({did_you_mean(name, names, 'agents')})"


def _provider_problems(key: str, rule: RuleSettings, settings: "Settings") -> Iterator[str]:
    patterns = settings.licenses.key_patterns()
    providers = list(dict.fromkeys(pattern.provider for pattern in patterns))
    for provider in rule.when.providers:
        if provider not in providers:
            hint = did_you_mean(provider, providers, "providers") if providers else "none is known"
            yield f"{key}: there is no license provider {provider} ({hint})"
