"""What operators look at and do beside the daemon: the store's reads and repairs for one gateway.

Failures: StoreError, what is wrong and the next step; SetupError when there is no usable database.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app import pages
from helpdesk.app.clock import SystemClock
from helpdesk.app.finding import Asked, Found, of_content, with_view
from helpdesk.app.prepare import SetupError, require_database
from helpdesk.config import ConfigurationError, Settings, load_keyring
from helpdesk.config.desks import agent_name, label
from helpdesk.config.values import did_you_mean
from helpdesk.core.address import lookup_key
from helpdesk.core.decision import Keys
from helpdesk.core.outgoing import OutboxState
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES
from helpdesk.core.ticket import IntakeId, OutboxId, Person, TicketNumber
from helpdesk.core.vocabulary import PRIORITIES
from helpdesk.store import listing, logins, people, reads
from helpdesk.store.check import check
from helpdesk.store.engine import StoreError, open_engine
from helpdesk.store.queues import SqlIntake, SqlOutbox
from helpdesk.store.schema import require_current

if TYPE_CHECKING:
    from helpdesk.core.decide_act import Order
    from helpdesk.core.draft import Rules
    from helpdesk.flow.act import Acting

__all__ = ["Asked", "Operations", "StoreError", "Wishes", "opened"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What changes of what somebody wants to be told; None: nothing."""

    language: str | None = None
    """Empty: that of the desk."""
    zone: str | None = None
    sms: str | None = None
    """Number for short messages, in digits; empty: none."""
    mute: frozenset[str] = frozenset()
    """Names of notices, as `unmute`."""
    unmute: frozenset[str] = frozenset()
    unmute_all: bool = False


_PORTION = 500
_TICKET_KEYS = frozenset({"number", "ticket", "merged_into", "possibly_about"})
_COMMAND = re.compile(r"(?<!\S)#([a-z]+)(?=[ .,;:]|$)")
"""A command in a mail, as the words of an act name it."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator["Operations"]:
    require_database(settings)
    try:
        engine = open_engine(settings.store.database)
        try:
            await require_current(engine)
        except StoreError:
            await engine.dispose()
            raise
    except StoreError as error:
        raise SetupError(f"{error.problem} ({error.next_step})") from None
    try:
        yield Operations(engine, settings)
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class Operations:
    """Every answer is plain values, ready to be printed; tickets are named by their tag."""

    engine: AsyncEngine
    settings: Settings

    # Tickets

    def number(self, text: str) -> TicketNumber:
        """`TICK-1001`, `[TICK-1001]` or `1001`."""
        prefix = self.settings.tickets.prefix
        match = re.fullmatch(rf"(?i)\[?(?:{prefix}-|#)?(\d{{1,12}})\]?", text.strip())
        if match is None:
            raise StoreError(f"{text} is no ticket number", f"write it like {prefix}-1001")
        return TicketNumber(int(match[1]))

    async def tickets(
        self, asked: Asked, limit: int, after: str = "", *, with_places: bool = False
    ) -> Found:
        """`with_places`: each ticket has as `found` the messages that have the words."""
        wanted, order = with_view(asked, self.settings)
        if wanted.pop("overdue", False):
            wanted["late_at"] = SystemClock().now()
        try:
            wanted |= of_content(wanted, self.settings)
        except ConfigurationError as error:
            raise SetupError(error.problems[0]) from None
        wanted.pop("license", None)
        for name in ("category", "priority"):
            if name in wanted:
                wanted[name] = self._called(name, wanted[name])
        if "assignee" in wanted:
            wanted["assignee"] = await self._assignee(wanted["assignee"])
        if "tag" in wanted:
            wanted["tag"] = wanted["tag"].casefold().removeprefix("#")
        which = listing.TicketFilter(**wanted)
        page = await listing.list_tickets(self.engine, which, order, limit=limit, after=after)
        if not page.lines:
            self._refuse_unknown("category", which.category)
            self._refuse_unknown("priority", which.priority)
        lines = zip(self._all(page.lines), page.places, strict=True)
        tickets = [ticket | {"place": place} for ticket, place in lines]
        if with_places:
            found = await listing.places(self.engine, which.words, page.lines)
            for line, ticket in zip(page.lines, tickets, strict=True):
                ticket["found"] = [each.to_json() for each in found.get(line.number, ())]
        return Found(tickets, page.is_last)

    async def every_ticket(self, asked: Asked, most: int, after: str = "") -> AsyncIterator[Json]:
        """As `tickets`, page by page, so that memory does not grow with their number."""
        while most > 0:
            page = await self.tickets(asked, min(most, _PORTION), after)
            for ticket in page.tickets:
                yield ticket
            if page.is_last:
                return
            most, after = most - len(page.tickets), page.tickets[-1]["place"]

    def _called(self, kind: str, said: str) -> str:
        """The name of a priority or category that any desk calls so."""
        for desk in self.settings.policy().desks:
            read = (
                desk.vocabulary.priority_of if kind == "priority" else desk.vocabulary.category_of
            )
            if name := read(said):
                return name
        return said

    def _refuse_unknown(self, kind: str, said: str | None) -> None:
        """Raises StoreError for what no desk calls so; old tickets may still have it."""
        desks = [desk.vocabulary for desk in self.settings.policy().desks]
        known = list(
            PRIORITIES
            if kind == "priority"
            else dict.fromkeys(name for each in desks for name in each.categories)
        )
        if said is not None and said not in known:
            hint = did_you_mean(said, known)
            raise StoreError(f"no ticket and no desk has the {kind} {said[:60]}", hint)

    async def _assignee(self, said: str) -> str:
        if said.casefold() == "nobody":
            return ""
        return said if "@" in said else await self._address_of(said)

    async def ticket(self, number: TicketNumber) -> Json:
        return self._one(await reads.show_ticket(self.engine, number))

    async def view(self, number: TicketNumber, *, refresh: bool = False) -> Json:
        """A ticket that somebody looks at: providers are asked again about licenses of which the
        last word is old, with `refresh` about all (`licenses_asked_again`: how many)."""
        found = await self.ticket(number)
        again = 0
        if found["licenses"]:
            from helpdesk.app.licenses import look_again

            again = await look_again(self.engine, self.settings, number, whatever=refresh)
        return found | {"licenses_asked_again": again}

    def for_people(self, ticket: Json) -> Json:
        """A ticket, or a line of a list, in the words of its desk, with what its clocks have left
        (`clocks_left`).
        """
        policy, now = self.settings.policy(), SystemClock().now()
        left = pages.clocks_left(ticket, policy.service_levels, now)
        page = pages.labelled(ticket, policy) | {
            "clocks_left": left,
            "licenses": pages.with_ages(ticket.get("licenses") or (), now),
        }
        if right := ticket.get("right"):
            minutes = policy.desk(ticket["desk"]).support.minutes_per_credit
            page["right"] = right | {"budget_minutes": right["credits"] * minutes}
        return page

    async def clocks(self, number: TicketNumber) -> Json:
        """The clocks of a ticket with their arithmetic."""
        ticket = await self.ticket(number)
        levels, now = self.settings.levels(), SystemClock().now()
        return {
            "number": ticket["number"],
            "merged_into": ticket["merged_into"],
            "clocks": pages.clocks_explained(ticket, levels, now),
        }

    async def act(
        self, numbers: Sequence[TicketNumber], order: "Order", agent: str = ""
    ) -> AsyncIterator[Json]:
        """One act on each of these tickets, in the name of the agent with this address; empty: of
        the operator. `outcome` and `words` are those of a receipt; what is refused has failed.
        """
        acting = self._acting()
        for number in numbers:
            yield await self._act(acting, number, order, agent)

    async def _act(
        self, acting: "Acting", number: TicketNumber, order: "Order", agent: str
    ) -> Json:
        from helpdesk.core.acts import Outcome
        from helpdesk.flow.act import Refused

        tag = self.settings.policy().tag
        into = None
        try:
            into = await self._merged_into(number)
            done = await acting.act(number, order, agent)
            outcome, words = done.outcome, str(done.words)
        except (Refused, StoreError) as error:
            outcome, words = Outcome.FAILED, f"{error.problem} ({error.next_step})"
        return {
            "ticket": tag(number),
            "merged_into": None if into is None else tag(into),
            "verb": order.verb.value,
            "outcome": outcome.value,
            "words": self._for_a_terminal(words, order, tag(number if into is None else into)),
        }

    def _for_a_terminal(self, words: str, order: "Order", tag: str) -> str:
        """What to write in a mail, as it is written here. Of a merge it is about the target, unless
        it says "here"."""
        from helpdesk.core.commands import Verb

        if order.verb is Verb.MERGE and "#" in words and "say here" not in words:
            tag = self.settings.policy().tag(self.number(order.argument))
        return _COMMAND.sub(rf"helpdesk tickets \1 {tag}", words)

    async def _merged_into(self, number: TicketNumber) -> TicketNumber | None:
        """The ticket that this one is a part of by now. Raises StoreError."""
        last: int = number
        seen = {last}
        while (into := (await reads.show_ticket(self.engine, TicketNumber(last))).merged_into) and (
            into not in seen
        ):
            seen.add(last := into)
        return None if last == number else TicketNumber(last)

    def _acting(self) -> "Acting":
        from helpdesk.flow.act import Acting
        from helpdesk.store.tickets import SqlTickets

        return Acting(SqlTickets(self.engine), self._rules(), SystemClock())

    def _rules(self) -> "Rules":
        from helpdesk.core.draft import Rules

        try:
            return Rules(self.settings.policy(), load_keyring(self.settings.store.keys))
        except ConfigurationError as error:
            raise SetupError(error.problems[0]) from None

    async def add_license(self, number: TicketNumber, key: str, agent: str = "") -> Json:
        """Add a license to a ticket, and ask its providers at once, for its key is kept nowhere;
        `licenses` are all those of the ticket, `silent` the providers that gave no answer."""
        from helpdesk.app.licenses import ask_now
        from helpdesk.core.commands import Verb
        from helpdesk.core.decide_act import Order

        done = await self._act(self._acting(), number, Order(Verb.LICENSE, key), agent)
        silent: Sequence[str] = ()
        if done["outcome"] != "failed":
            silent = await ask_now(self.engine, self.settings, self._rules(), key)
        into = await self._merged_into(number)
        found = await reads.show_ticket(self.engine, number if into is None else into)
        return done | {"silent": list(silent), "licenses": list(found.licenses)}

    async def why(self, number: TicketNumber) -> Sequence[Json]:
        return self._all(await reads.why(self.engine, number))

    async def delete(self, number: TicketNumber, reason: str) -> Json:
        """Remove a ticket with all that was said in it."""
        from helpdesk.store.deletion import delete_ticket

        done = await delete_ticket(
            self.engine, self.settings.store.objects, number, SystemClock().now(), reason=reason
        )
        return asdict(done) | {
            "ticket": self.settings.policy().tag(number),
            "deleted_at": done.deleted_at.isoformat(),
            "merged": [self.settings.policy().tag(each) for each in done.merged],
        }

    async def mails(self, number: TicketNumber) -> Sequence[IntakeId]:
        await reads.show_ticket(self.engine, number)
        return await reads.mails_of(self.engine, number)

    async def raw(self, intake: IntakeId) -> bytes:
        return await reads.raw_of(self.engine, self.settings.store.objects, intake)

    async def attachments(self, number: TicketNumber) -> Sequence[reads.ShownAttachment]:
        ticket = await reads.show_ticket(self.engine, number)
        return [file for entry in ticket.entries for file in entry.attachments]

    async def content(self, file: reads.ShownAttachment) -> bytes:
        if file.intake is None:
            raise StoreError(f"the mail with {file.filename} is gone", "look into a backup")
        from helpdesk.inbound.parse import open_part

        raw = await self.raw(IntakeId(file.intake))
        return await asyncio.to_thread(open_part, raw, file.part)

    # People and desks

    async def agents(self) -> Sequence[Json]:
        return self._all(await reads.list_agents(self.engine))

    async def add_agent(
        self,
        name: str,
        addresses: Sequence[str],
        desks: Sequence[str],
        teams: Sequence[str] = (),
    ) -> None:
        everywhere = [each.name for each in self.settings.desks]
        try:
            name, named = agent_name(name), tuple(map(label, teams))
        except ValueError as error:
            raise StoreError(*str(error).split("; ", 1)) from None
        setting = people.AgentSetting(name, tuple(addresses), tuple(desks or everywhere), named)
        ours = {self.settings.policy().desk_at(address) for address in addresses} - {None}
        if ours:
            raise StoreError("that is the address of a desk", "give the agent's own address")
        await people.add_agent(self.engine, setting)

    async def remove_agent(self, agent: str) -> None:
        """By any address, or by the name if only one active agent has it."""
        await people.remove_agent(
            self.engine, agent if "@" in agent else await self._address_of(agent)
        )

    async def _address_of(self, name: str) -> str:
        found = [
            each.addresses[0]
            for each in await reads.list_agents(self.engine)
            if each.active and each.name.casefold() == name.casefold()
        ]
        if not found:
            raise StoreError(f"there is no agent {name}", "see `helpdesk agents list`")
        if len(found) > 1:
            raise StoreError(
                f"{len(found)} agents have the name {name}", f"name one of: {', '.join(found)}"
            )
        return found[0]

    async def set_away(self, agent: str, days: tuple[date, date] | None) -> Json:
        """In place of all absences that were said by command and are not over; None: none. Returns
        those that there are by now, of the settings as well.
        """
        address = agent if "@" in agent else await self._address_of(agent)
        await people.set_absence(self.engine, address, days, SystemClock().now())
        key = lookup_key(address)
        agents = [each.to_json() for each in await reads.list_agents(self.engine) if each.active]
        [found] = [each for each in agents if key in map(lookup_key, each["addresses"])]
        return {"name": found["name"], "address": address, "away": found.get("away", [])}

    async def set_wishes(self, address: str, wishes: Wishes) -> Json:
        """Of a customer or an agent: what is given changes, and all of it is returned."""
        person = await self._person(address)
        known = MUTED_ONES if person.is_agent else SILENT_ONES
        for name in wishes.mute | wishes.unmute:
            if name not in known:
                raise StoreError(
                    f"{name} is no notice that {address} could do without",
                    did_you_mean(name, known),
                )
        language = person.language if wishes.language is None else wishes.language
        zone = person.zone if wishes.zone is None else wishes.zone
        kept = frozenset() if wishes.unmute_all else person.muted - wishes.unmute
        muted = sorted(kept | wishes.mute)
        sms = person.sms if wishes.sms is None else wishes.sms
        values = {"language": language, "zone": zone, "sms": sms, "muted_json": json.dumps(muted)}
        await people.set_wishes(self.engine, address, values)
        known_by = {"address": person.address, "language": language, "zone": zone}
        return known_by | {"sms": sms, "muted": muted}

    async def _person(self, address: str) -> Person:
        from helpdesk.store.tickets import SqlTickets

        keys = Keys(identity="", addresses=frozenset({lookup_key(address)}))
        async with SqlTickets(self.engine).work() as work:
            await work.load([keys])
            found = work.known(keys).people.get(lookup_key(address))
        if found is None:
            raise StoreError(f"nobody has the address {address}", "see `helpdesk customers list`")
        return found

    async def customers(self, limit: int, offset: int) -> Sequence[Json]:
        return self._all(await reads.list_customers(self.engine, limit=limit, offset=offset))

    async def desks(self) -> Sequence[Json]:
        return self._all(await reads.list_desks(self.engine))

    # Logins

    async def logins(self) -> Sequence[Json]:
        return [each.to_json() for each in await logins.list_logins(self.engine)]

    async def add_login(self, address: str, password: str) -> None:
        if self.settings.policy().desk_at(address) is not None:
            raise StoreError("that is the address of a desk", "give the writer's own address")
        await logins.add_login(self.engine, address, password, SystemClock().now())

    async def remove_login(self, address: str) -> None:
        await logins.remove_login(self.engine, address)

    # Queues

    async def queue(
        self, name: str, limit: int, offset: int, states: Collection[str] = ()
    ) -> Sequence[Json]:
        lists: dict[str, Callable[..., Awaitable[Sequence[reads.Shown]]]] = {
            "intake": partial(reads.list_intake, states=states),
            "quarantine": reads.list_quarantine,
            "outbox": partial(reads.list_outbox, states=states),
        }
        return self._all(await lists[name](self.engine, limit=limit, offset=offset))

    async def queue_entry(self, name: str, entry: int) -> Json:
        shows: dict[str, Callable[[], Awaitable[reads.Shown]]] = {
            "intake": partial(reads.show_intake, self.engine, IntakeId(entry)),
            "quarantine": partial(reads.show_intake, self.engine, IntakeId(entry)),
            "outbox": partial(reads.show_outbox, self.engine, entry),
        }
        return self._one(await shows[name]())

    async def retry(self, name: str, entry: int) -> None:
        await self.queue_entry(name, entry)
        now = SystemClock().now()
        if name == "intake":
            await self._intake().retry(IntakeId(entry), now)
            return
        try:
            await self._outbox().retry(OutboxId(entry), now)
        except StoreError:
            # Only now, so that what is said cannot be older than what was tried.
            state = (await reads.show_outbox(self.engine, entry)).state
            if state == OutboxState.DELIVERED:
                problem, step = "is delivered already", "there is nothing to do"
            else:
                problem, step = "is being sent right now", "wait for what comes of it"
            raise StoreError(f"outbox entry {entry} {problem}", step) from None

    async def free(self, entry: int) -> None:
        """Let a mail out of quarantine."""
        await self.queue_entry("quarantine", entry)
        await self._intake().free(IntakeId(entry), SystemClock().now())

    async def release_held(self) -> int:
        return await self._outbox().release_held(SystemClock().now())

    async def check(self) -> Json:
        report = await check(self.engine, self.settings.store.objects)
        return report.to_json()

    def _intake(self) -> SqlIntake:
        return SqlIntake(self.engine, self.settings.store.objects)

    def _outbox(self) -> SqlOutbox:
        return SqlOutbox(self.engine, self.settings.store.objects)

    def _all(self, values: Sequence[reads.Shown]) -> Sequence[Json]:
        return [self._one(value) for value in values]

    def _one(self, value: reads.Shown) -> Json:
        return self._tagged(value.to_json())

    def _tagged(self, values: Json) -> Json:
        """Tickets are named by their tag, those that it is linked with as well."""
        tag = self.settings.policy().tag
        found: Json = {
            key: tag(each) if key in _TICKET_KEYS and each is not None else each
            for key, each in values.items()
        }
        if found.get("links"):
            found["links"] = [self._tagged(link) for link in found["links"]]
        return found
