"""Guided troubleshooting: runs the pure engine on stored sessions, its actions, and what follows its end."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.errors import Conflict, Withheld
from handlers.flows.prompt import known_line, prompt_message
from handlers.incoming import Incoming, Person
from handlers.invoices.service import InvoiceService
from handlers.invoices.verify import VerifyService
from handlers.invoices.waiting import WaitService
from handlers.messenger import Message, Rows, post, strip
from handlers.tickets.service import Request, TicketService
from knowledge.flows import engine
from knowledge.flows.answers import told
from knowledge.flows.groups import check_of, groups, symptom_at
from knowledge.flows.loader import load_forms, parse_flow
from knowledge.flows.model import Act, Ask, End, Flow
from knowledge.flows.ordering import plan
from knowledge.flows.state import Action, Back, Cancel, Choose, Done, Earlier, Human, Input, Say, Skip, State, Turn, Why
from knowledge.flows.validators import volunteered
from knowledge.invoices.lookup import query_of
from knowledge.texts import Locale, Localized, Texts, join
from storage.flows import Session
from storage.messages import Outgoing
from storage.steps import EndedStep
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

NUDGE, EXPIRE = "flow.nudge", "flow.expire"
NUDGE_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=7)
SLOT = "flow"
ABOUT = "about"  # a fact: the flow was begun from the card of this invoice, which is anything but missing
MAX_MESSAGES = 20
LONGEST_STEP = 30 * 60  # seconds; whoever is away for longer isn't busy with the step
MAX_ACTIONS = 10  # an action's outcome may lead straight to the next one; a flow that only does that is broken

_CONTROLS: Mapping[str, Input] = {"b": Back(), "s": Skip(), "w": Why(), "h": Human(), "x": Cancel()}


@dataclass(frozen=True, slots=True)
class FlowActions:
    """What a flow can have done, and what may follow its end."""

    invoices: InvoiceService
    verifications: VerifyService
    waits: WaitService


class FlowService:
    def __init__(
        self,
        storage: Storage,
        texts: Texts,
        flows: Mapping[str, Flow],
        actions: FlowActions,
        tickets: TicketService,
        zone: ZoneInfo,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._storage, self._texts, self._do = storage, texts, actions
        self._flows = {**load_forms(), **flows}
        self._tickets, self._zone = tickets, zone
        self._chance = chance
        self._old: dict[str, Flow] = {}

    def replace(self, flows: Mapping[str, Flow], forms: Mapping[str, Flow]) -> None:
        """For sessions that begin from now on; running ones keep the version that they began with."""
        self._flows = {**forms, **flows}

    def exists(self, name: str) -> bool:
        return name in self._flows

    def title(self, name: str) -> Localized:
        return self._flows[name].title

    def name(self, slug: str) -> Localized | None:
        flow = self._flows.get(slug)
        return flow.title if flow else None

    def volunteered(self, text: str, now: datetime) -> Mapping[str, str]:
        """Facts in a text, to begin a flow with."""
        return volunteered(text, self._today(now))

    async def begin(
        self,
        work: UnitOfWork,
        user: User,
        name: str,
        now: datetime,
        *,
        facts: Mapping[str, str] | None = None,
        message: Incoming | None = None,
        said: str = "",
    ) -> None:
        """Start a flow with what is known already, also from what was said; one that was running is put aside."""
        written = [(message.message_id, message.text, message.html)] if message else []
        left = await self._leave_question(work, user) if await work.flows.running(user.id) else []
        await work.outbox.clear_slot(user.id, SLOT)
        known = {**told(self._flows[name], said), **(facts or {})}
        await self._start(work, user, name, known, written, (), now)
        await work.outbox.add(*left, now=now)

    async def _start(
        self,
        work: UnitOfWork,
        user: User,
        name: str,
        facts: Mapping[str, str],
        written: Sequence[tuple[int, str, str]],
        earlier: tuple[Earlier, ...],
        now: datetime,
    ) -> None:
        flow = self._flows[name]
        await work.flows.remember(flow.version, flow.name, flow.source)
        seen = await work.steps.seen(flow.name) if groups(flow) else []
        offers = plan(flow, seen, (self._chance(), self._chance()))
        turn = engine.start(flow, facts, self._today(now), offers, earlier)
        session = await work.flows.begin(
            Session(0, user.id, flow.name, flow.version, turn.state.to_json(), written, 1, True, now)
        )
        await self._show(work, user, flow, session, turn, now)

    async def _leave_question(self, work: UnitOfWork, user: User) -> list[Outgoing]:
        """The next question will be a message of its own; the result takes the buttons off the last one."""
        last = await work.outbox.slot(user.id, SLOT)
        await work.outbox.clear_slot(user.id, SLOT)
        return [strip(user.id, last)] if last else []

    async def accepts(self, work: UnitOfWork, session: Session, text: str, now: datetime) -> bool:
        """Whether this text answers the question being asked; if not, it is something in between."""
        flow = await self._flow(work, session)
        return engine.accepts(flow, State.from_json(session.state), text, self._today(now))

    async def say(self, work: UnitOfWork, user: User, session: Session, message: Incoming, now: datetime) -> None:
        """A typed answer. The next question is a message of its own below it; bad answers are kept for a ticket."""
        left = await self._leave_question(work, user)
        step = session.state["step"]
        turn = await self._advance(work, user, session, Say(message.text), now)
        await work.outbox.add(*left, now=now)
        if turn.state.step == step and turn.state.strikes:
            moved = await work.flows.get(session.id)
            if moved is not None:
                await work.flows.save(_keeping(moved, (0, message.text, "")))

    async def keep(self, work: UnitOfWork, session: Session, message: Incoming) -> None:
        """Something sent along the way that is no answer (a picture, a file): a ticket will carry it."""
        await work.flows.save(_keeping(session, (message.message_id, message.text, "")))

    async def tap(self, user_id: int, session_id: int, version: int, word: str, now: datetime) -> None:
        """A button of a question. Raises Conflict if the question is no longer the current one."""
        async with self._storage.begin() as work:
            session = await work.flows.get(session_id)
            user = await work.users.get(user_id)
            if session is None or user is None or session.user_id != user_id:
                raise Withheld("error.unknown_button")
            if not session.running or session.version != version:
                raise Conflict("flow.stale")
            given = _CONTROLS.get(word) or Choose(word.removeprefix("c"))
            await self._advance(work, user, session, given, now)

    async def resume(self, work: UnitOfWork, user: User, session: Session, now: datetime) -> None:
        """Ask the current question again, after something in between, with where we were."""
        flow = await self._flow(work, session)
        state = State.from_json(session.state)
        turn = engine.resume(flow, state)
        step = flow.steps.get(state.step)
        title = step.title if isinstance(step, Ask) else flow.title
        left = await self._leave_question(work, user)
        notice = self._texts("flow.we_were_at", title=title)
        await self._show(work, user, flow, session, replace(turn, notice=notice), now)
        await work.outbox.add(*left, now=now)

    async def end(self, work: UnitOfWork, user: User, session: Session, given: Cancel | Human, now: datetime) -> None:
        """Leave the flow by a command: cancelled, or over to a human with all facts. The answer comes below it."""
        left = await self._leave_question(work, user)
        await self._advance(work, user, session, given, now)
        await work.outbox.add(*left, now=now)

    async def nudge(self, session_id: int, now: datetime) -> None:
        """Nobody has answered for a while: one reminder, silent."""
        async with self._storage.begin() as work:
            session = await work.flows.get(session_id)
            if session is None or not session.running or now - session.updated_at < NUDGE_AFTER:
                return
            flow = await self._flow(work, session)
            step = flow.steps.get(State.from_json(session.state).step)
            title = step.title if isinstance(step, Ask) else flow.title
            message = Message(self._texts("flow.nudge", title=title), silent=True)
            await work.outbox.add(post(session.user_id, message), now=now)

    async def expire(self, session_id: int, now: datetime) -> None:
        """A flow that was left alone for a week is put aside without a word."""
        async with self._storage.begin() as work:
            session = await work.flows.get(session_id)
            if session is not None and session.running and now - session.updated_at >= KEPT:
                await work.flows.save(replace(session, running=False))

    async def _advance(self, work: UnitOfWork, user: User, session: Session, given: Input, now: datetime) -> Turn:
        flow = await self._flow(work, session)
        before = State.from_json(session.state)
        turn = engine.advance(flow, before, given, self._today(now))
        ended = turn.state.ended_since(before)
        if ended is not None:
            spent = min(max(1, int((now - session.updated_at).total_seconds())), LONGEST_STEP)
            check = check_of(flow, ended.step)
            symptom = symptom_at(flow, ended.step, before.facts)
            await work.steps.add(
                EndedStep(session.id, flow.name, ended.step, check, ended.outcome, spent, now, symptom)
            )
        await self._show(work, user, flow, session, turn, now)
        return turn

    async def _show(
        self, work: UnitOfWork, user: User, flow: Flow, session: Session, turn: Turn, now: datetime
    ) -> None:
        """Run the actions that are due, keep the state, show the question or finish."""
        for _ in range(MAX_ACTIONS):
            if turn.action is None or turn.action.name == "link":
                break
            done = await self._run(work, user, turn.action, now)
            turn = engine.advance(flow, turn.state, done, self._today(now))
        session = replace(
            session,
            state=turn.state.to_json(),
            version=session.version + 1,
            running=turn.state.end is None and turn.action is None,
            updated_at=now,
        )
        await work.flows.save(session)
        if turn.action is not None:
            await self._follow(work, user, session, turn.state, turn.action, now)
        elif turn.prompt is not None:
            message = prompt_message(self._texts, session, turn)
            await work.outbox.add(post(user.id, message, slot=SLOT), now=now)
            await work.timers.set(NUDGE, session.id, now + NUDGE_AFTER)
            await work.timers.set(EXPIRE, session.id, now + KEPT)
        else:
            await self._finish(work, user, flow, session, turn, now)

    async def _follow(
        self, work: UnitOfWork, user: User, session: Session, state: State, link: Action, now: datetime
    ) -> None:
        """Into another flow, with all that was said and tried; its question takes the place of the last one."""
        await work.timers.cancel(NUDGE, session.id)
        await work.timers.cancel(EXPIRE, session.id)
        await self._start(work, user, link.flow, link.facts, session.messages, state.way(), now)

    async def _run(self, work: UnitOfWork, user: User, action: Action, now: datetime) -> Done:
        if action.name == "verify":
            verified = await self._do.verifications.verify_in(work, user.id, action.facts, now)
            return Done(verified.verdict, note=verified.text)
        if action.name != "lookup":
            raise LookupError(action.name)
        actor = await work.users.actor(user.id)
        return await self._do.invoices.diagnose(actor, action.facts)

    async def _finish(
        self, work: UnitOfWork, user: User, flow: Flow, session: Session, turn: Turn, now: datetime
    ) -> None:
        await work.timers.cancel(NUDGE, session.id)
        await work.timers.cancel(EXPIRE, session.id)
        state = turn.state
        text = turn.notice or self._texts(f"flow.end.{state.end}")
        known = known_line(self._texts, state.facts)
        if known is not None and state.end is not End.CANCELLED:
            text = join("\n\n", [text, known])
        rows = await self._rows(work, user, flow, state, now)
        await work.outbox.add(post(user.id, Message(text, rows), slot=SLOT), now=now)
        if state.end is End.HUMAN:
            await self._tickets.file(work, user, await self._request(work, user, flow, session, state), now)

    async def _rows(self, work: UnitOfWork, user: User, flow: Flow, state: State, now: datetime) -> Rows:
        """Whoever was looking for an invoice, and leaves without it, may have it looked for."""
        looks = any(isinstance(step, Act) and step.action == "lookup" for step in flow.steps.values())
        is_there = state.facts.get("invoice_key") or state.facts.get("exists")
        if state.end is not End.LATER or not looks or is_there or not query_of(state.facts).tokens:
            return ()
        return await self._do.waits.offer(work, user, state.facts, "", now)

    async def _request(self, work: UnitOfWork, user: User, flow: Flow, session: Session, state: State) -> Request:
        person = Person(user.id, user.name)
        messages = tuple(
            Incoming(person, user.id, message_id, text, html=html)
            for message_id, text, html in session.messages
            if message_id
        )
        words = tuple(text for message_id, text, _ in session.messages if not message_id)
        tried = await self._tried(work, state)
        subject = self._texts("ticket.subject.problem") if state.facts.get(ABOUT) else flow.title
        return Request(subject, flow.name, state.facts, tried, messages, words)

    async def _tried(self, work: UnitOfWork, state: State) -> tuple[tuple[str, str], ...]:
        """(step in words, outcome) for the agent, from all flows on the way."""
        locale = self._tickets.desk.locale
        found: list[tuple[str, str]] = []
        for part in state.way():
            flow = await self._version(work, part.flow, part.version)
            found += [(_label(flow, tried.step, tried.choice, locale), tried.outcome) for tried in part.tried]
        return tuple(found)

    async def _flow(self, work: UnitOfWork, session: Session) -> Flow:
        """The version of the flow that this session began with, whatever the files say today."""
        return await self._version(work, session.flow, session.flow_version)

    async def _version(self, work: UnitOfWork, name: str, version: str) -> Flow:
        current = self._flows.get(name)
        if current is not None and current.version == version:
            return current
        if version not in self._old:
            source = await work.flows.source(version)
            if source is None:
                raise LookupError(version)
            self._old[version] = parse_flow(source, f"{name}@{version}")
        return self._old[version]

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


def _keeping(session: Session, message: tuple[int, str, str]) -> Session:
    return replace(session, messages=[*session.messages, message][-MAX_MESSAGES:])


def _label(flow: Flow, step_id: str, choice_id: str, locale: Locale) -> str:
    """A tried step in words, with the button that was chosen."""
    step = flow.steps.get(step_id)
    title = getattr(step, "title", None)
    label = title[locale] if isinstance(title, Localized) else step_id
    chosen = next((c.label[locale] for c in step.choices if c.id == choice_id), "") if isinstance(step, Ask) else ""
    return f"{label} → {chosen}" if chosen else label
