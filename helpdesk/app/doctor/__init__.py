"""Looks whether everything around the gateway is as it must be: all at once, each within a time.

Failures: none; what cannot be looked at is a finding, and so is a check that takes too long.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from helpdesk.app.build import build_renderer, unusable_secrets
from helpdesk.app.clock import SystemClock
from helpdesk.app.doctor import (
    canary,
    certificates,
    daemon,
    database,
    dns,
    machine,
    mailboxes,
    relay,
)
from helpdesk.app.doctor.examination import (
    AS_DAEMON,
    Examination,
    Limits,
    Options,
    Space,
    space_of,
)
from helpdesk.app.doctor.finding import CHECKS, Finding, Level, Say, error, ok, warning
from helpdesk.app.oauth import token_sources
from helpdesk.app.prepare import SetupError, lost_keys
from helpdesk.config import ConfigurationError, Settings, load_keyring
from helpdesk.config.checks import warnings
from helpdesk.core.token import Keyring
from helpdesk.ports import Clock

__all__ = ["CHECKS", "Finding", "Level", "Limits", "Options", "examine"]

log = structlog.get_logger("doctor")

Check = Callable[[Examination, Say], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    check: Check
    seconds: float
    first: str
    """The check that is named when it ends before any finding."""


async def examine(
    settings: Settings,
    options: Options,
    *,
    clock: Clock | None = None,
    space: Callable[[Path], Space] = space_of,
) -> AsyncGenerator[tuple[str, Sequence[Finding]], None]:
    """The findings, group by group, as they are complete."""
    clock = clock or SystemClock()
    yield "settings", _settings(settings)
    engine, said = await database.opened(settings, options.limits)
    try:
        examination = Examination(
            settings=settings,
            options=options,
            clock=clock,
            keyring=_keyring(settings),
            engine=engine,
            is_writable=said.level is Level.OK,
            space=space,
            tokens=token_sources(settings, clock),
        )
        tasks = [
            asyncio.create_task(_within_time(group, examination))
            for group in _groups(examination, said)
        ]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for pending in tasks:
                pending.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        if engine is not None:
            await engine.dispose()


def _groups(examination: Examination, said: Finding) -> list[_Group]:
    limits, options = examination.limits, examination.options

    async def database_too(examination: Examination, say: Say) -> None:
        say(said)
        await database.check(examination, say)

    async def names(examination: Examination, say: Say) -> None:
        await dns.check(examination, say, await _selectors(examination))

    return [
        _Group("database", database_too, limits.database + limits.group, "database.promises"),
        _Group("daemon", daemon.check, limits.group, "daemon.running"),
        _Group("machine", machine.check, limits.group, "machine.disk"),
        _Group("certificates", certificates.check, limits.group, "certificate.files"),
        _Group("dns", names, limits.group, "dns.resolver"),
        _Group("relay", relay.check, limits.group, "relay.connection"),
        _Group("mailboxes", mailboxes.check, limits.group, "mailbox.connection"),
        _Group("canary", canary.check, options.wait + limits.grace, "canary.return"),
    ]


async def _selectors(examination: Examination) -> Mapping[str, Sequence[str]] | None:
    """Of DKIM: as the operator says, else those of an earlier canary; None: a canary will tell."""
    if examination.options.selectors:
        names = [each.name for each in dns.domains_of(examination)]
        return dict.fromkeys(names, examination.options.selectors)
    if not await canary.why_not(examination):
        return None
    return await canary.earlier_selectors(examination.engine) if examination.engine else {}


async def _within_time(group: _Group, examination: Examination) -> tuple[str, Sequence[Finding]]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(group.seconds):
            await group.check(examination, found.append)
    except TimeoutError:
        problem = f"not all could be checked within {group.seconds:g} s"
        step = "try again; if it stays so, look at what is slow here"
        found.append(error(group.first, group.name, problem, step))
    except Exception as failure:
        # One check that breaks must not take the others with it.
        log.debug("check failed", group=group.name, exc_info=True)
        problem = f"the check itself failed: {type(failure).__name__} (a mistake of ours)"
        found.append(error(group.first, group.name, problem, "please report it"))
    return group.name, found


# --- settings -----------------------------------------------------------------------------------


def _settings(settings: Settings) -> list[Finding]:
    """What `helpdesk config check` says, but for what has a check of its own here."""
    name, place = "config.settings", str(settings.path)
    problems = list(unusable_secrets(settings))
    try:
        build_renderer(settings)
    except SetupError as fault:
        problems.append(str(fault))
    try:
        problems += lost_keys(settings)
        if settings.store.keys.exists() and not machine.keys_are_readable(settings):
            load_keyring(settings.store.keys)
    except ConfigurationError as fault:
        problems += fault.problems
    except OSError as failure:
        problems.append(f"{failure.filename}: {failure.strerror} ({AS_DAEMON})")
    found = [error(name, place, *_parted(problem)) for problem in problems]
    found += [warning(name, place, each, "correct it if you can") for each in warnings(settings)]
    return found or [ok(name, place, "no mistakes found")]


def _parted(line: str) -> tuple[str, str]:
    """What is wrong, and what to do, of `problem (next step)`."""
    problem, _, step = line.rpartition(" (")
    return (problem, step.removesuffix(")")) if problem else (line, "correct it")


def _keyring(settings: Settings) -> Keyring | None:
    try:
        return load_keyring(settings.store.keys)
    except ConfigurationError:
        return None  # the checks of settings or permissions say why
