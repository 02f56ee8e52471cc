"""The one funnel for what people write in private: decides whose it is and has it answered.

In order: a reply to a ticket's message → what we asked for → the running flow → a ticket that a human owns →
what the desk taught → the router. Whatever comes, something is answered, and nothing that was written is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handlers.conversation.answers import (
    EXPECT_LOOKUP,
    EXPECT_TICKET,
    LONG,
    MAIN_FLOW,
    Answers,
    Features,
    is_over,
)
from handlers.conversation.menu import human_row, which_ticket
from handlers.import_export.uploads import is_table
from handlers.incoming import Incoming
from handlers.messenger import Message
from knowledge.flows.state import Cancel, Human, State
from knowledge.invoices.identity import invoice_key
from knowledge.routing import Route, Zone, is_continuation, is_thanks
from knowledge.routing.router import HUMAN, SMALLTALK
from knowledge.texts import Texts
from knowledge.tickets import Ticket, TicketState
from storage.flows import Session
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User


class ConversationService:
    def __init__(self, storage: Storage, texts: Texts, answers: Answers, features: Features) -> None:
        self._storage, self._texts, self._answers, self._do = storage, texts, answers, features

    async def wrote(self, message: Incoming, now: datetime) -> None:
        """A text, a picture or a file in a private chat.

        The router takes milliseconds: it is asked before the transaction, and remembers its answer for within.
        """
        await asyncio.to_thread(self._answers.route, message, now)
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            talk = await work.users.conversation(user.id)
            if talk.expecting:
                await work.users.save_conversation(user.id, replace(talk, expecting=""))
            ticket = await self._answered_ticket(work, message)
            session = await work.flows.running(user.id)
            if ticket is not None:
                await self._answers.into_ticket(work, user, ticket, message, now)
            elif talk.expecting == EXPECT_TICKET:
                await self._answers.file(work, user, message, now, about=message.text)
            elif (
                session is None
                and not message.has_file
                and await self._answers.told_apart(work, user, talk.expecting, message, now)
            ):
                return
            elif talk.expecting == EXPECT_LOOKUP and session is None and not message.has_file:
                await self._answers.looked_for(work, user, message, now)
            elif await self._brings_table(work, user, session, message):
                await self._answers.take_table(work, user, message, now)
            elif session is not None:
                await self._within_flow(work, user, session, message, now)
            else:
                await self._outside_flow(work, user, message, now)

    async def _answered_ticket(self, work: UnitOfWork, message: Incoming) -> Ticket | None:
        if message.reply_to is None:
            return None
        return await self._do.tickets.of_message(work, message.chat_id, message.reply_to)

    async def _brings_table(self, work: UnitOfWork, user: User, session: Session | None, message: Incoming) -> bool:
        """A file goes to the flow or the ticket that is open, unless its caption says otherwise."""
        if not is_table(message.document):
            return False
        return self._do.uploads.asks_import(message.text) or (
            session is None and not await work.tickets.live_of_user(user.id)
        )

    async def _within_flow(
        self, work: UnitOfWork, user: User, session: Session, message: Incoming, now: datetime
    ) -> None:
        if message.has_file:
            await self._do.flows.keep(work, session, message)
            kept = "flow.kept_table" if is_table(message.document) else "flow.kept_file"
            await self._answers.say(work, user, Message(self._texts(kept)), now)
            return
        if is_continuation(message.text) or await self._do.flows.accepts(work, session, message.text, now):
            await self._do.flows.say(work, user, session, message, now)
            return
        route = self._answers.route(message, now)
        if await self._answers.taught(work, user, route, message, now):
            await self._back(work, user, session, now)
        elif session.flow in (route.slug, route.flow):
            await self._do.flows.resume(work, user, session, now)
        elif not _interrupts(route) and len(message.text) > LONG:
            await self._answers.too_long(work, user, message, now)
        elif not _interrupts(route) and await self._answers.told_beside_flow(work, user, message, now):
            await self._back(work, user, session, now)
        elif not _interrupts(route):
            await self._do.flows.say(work, user, session, message, now)
        elif route.slug == HUMAN:
            await self._do.flows.end(work, user, session, Human(), now)
        else:
            await self._answers.routed(work, user, route, message, now)
            if await self._has_come(work, user, session, route):
                await self._do.flows.end(work, user, session, Cancel(), now)
            else:
                await self._back(work, user, session, now)

    async def _has_come(self, work: UnitOfWork, user: User, session: Session, route: Route) -> bool:
        """Whether the flow was looking for what has just been found: it came in since, or the person joined since."""
        facts = State.from_json(session.state).facts
        is_sought = session.flow == MAIN_FLOW and "exists" not in facts and "invoice_key" not in facts
        key = _key(route.facts) if is_sought else ""
        if not key or key != _key(facts):
            return False
        return await self._do.invoices.visible(work, user.id, key) is not None

    async def _back(self, work: UnitOfWork, user: User, session: Session, now: datetime) -> None:
        """To the flow's question, unless what came in between has begun or ended something."""
        if await work.flows.running(user.id) == session:
            await self._do.flows.resume(work, user, session, now)

    async def _outside_flow(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        live = await work.tickets.live_of_user(user.id)
        if live and is_table(message.document) and await self._do.uploads.may_import(work, user):
            question = which_ticket(self._texts, live, message, may_be_imported=True)
            await self._answers.say(work, user, question, now)
            return
        if len(live) == 1:
            await self._answers.into_ticket(work, user, live[0], message, now)
            return
        solved = [ticket for ticket in await work.tickets.of_user(user.id) if ticket.state is TicketState.SOLVED]
        recent = [ticket for ticket in solved if not is_over(ticket, now)]
        if recent and is_thanks(message.text):
            await self._do.tickets.thanks(work, recent[0], message, now)
        elif live or recent:
            await self._answers.say(work, user, which_ticket(self._texts, live or recent[:1], message), now)
        elif message.has_file:
            row = human_row(self._texts, f"m:file:{message.message_id}")
            await self._answers.say(
                work, user, Message(self._texts("file.received"), (row,), reply_to=message.message_id), now
            )
        else:
            await self._answers.carry_out(work, user, self._answers.route(message, now), message, now)


def _interrupts(route: Route) -> bool:
    """Only what is surely something else stands between a flow's question and its answer."""
    is_vague = route.slug == SMALLTALK and route.score < 1
    return route.zone is Zone.ANSWER and not is_vague


def _key(facts: Mapping[str, str]) -> str:
    """Of an invoice, or "" if there is no number in full."""
    try:
        return invoice_key(facts.get("code", ""), facts.get("number", ""))
    except ValueError:
        return ""
