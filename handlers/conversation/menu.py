"""The menu and the questions of the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.browsing.view import OPEN
from handlers.incoming import Incoming
from handlers.messenger import Button, Message, Rows
from knowledge.texts import Texts
from knowledge.tickets import Ticket
from storage.users import User


def menu(texts: Texts, user: User) -> Message:
    """What the bot can do, one tap away; the last button changes the language."""

    def button(name: str) -> Button:
        return Button(texts(f"menu.button.{name}"), f"m:{name}")

    rows = (
        (button("fix"),),
        (button("lookup"), Button(texts("menu.button.invoices"), OPEN)),
        (button("verify"), button("watching")),
        (button("tickets"), button("human")),
        (button("org"), button("language")),
    )
    return Message(texts("menu.text", name=user.name), rows)


def human_row(texts: Texts, data: str) -> tuple[Button, ...]:
    return (Button(texts("routing.choice.human"), data),)


def clarify_rows(texts: Texts, topics: Sequence[Button], message: Incoming) -> Rows:
    """Up to three topics, none of them, a human; the last two say that the message is still unanswered."""
    other = Button(texts("routing.choice.other"), f"m:other:{message.message_id}")
    return (*((topic,) for topic in topics), (other, *human_row(texts, f"m:person:{message.message_id}")))


def which_ticket(
    texts: Texts, tickets: Sequence[Ticket], message: Incoming, *, may_be_imported: bool = False
) -> Message:
    """Where a message belongs when that is not clear: nothing is guessed, and nothing is lost meanwhile."""
    rows = [(Button(texts("upload.button.import"), f"m:import:{message.message_id}"),)] if may_be_imported else []
    rows += [
        (
            Button(
                texts("ticket.button.continue", number=ticket.number, subject=ticket.subject),
                f"m:to:{ticket.id}:{message.message_id}",
            ),
        )
        for ticket in tickets
    ]
    rows.append((Button(texts("ticket.button.new"), f"m:new:{message.message_id}"),))
    text = texts("upload.or_ticket" if may_be_imported else "ticket.which")
    return Message(text, tuple(rows), reply_to=message.message_id)
