"""What can go wrong, and what it means for whoever is told.

    Exception
    ├── UserError               normal business: becomes a text in the person's language, or an HTTP status
    │   ├── InvalidInput        400  what was sent cannot be used
    │   ├── NotPermitted        403  the same words whether or not the thing exists
    │   ├── NotFound            404
    │   │   └── Withheld        it is somebody else's, or nowhere: told in the same words, and written down
    │   └── Conflict            409  somebody was quicker, or it is done already
    └── DeliveryError           a message did not certainly arrive
        ├── TryLater            wait `seconds`, for this chat only
        ├── NotSent             it never left, or the server failed: try again soon
        ├── OutcomeUnknown      it may have arrived: no answer came
        ├── Unreachable         the person blocked the bot or is gone
        ├── TopicLost           the forum topic is gone: make a new one
        ├── MessageLost         the message to edit, copy or answer is gone
        ├── ChatMoved           the group has a new id
        └── Refused             Telegram will never take it like this

Anything else is a bug and goes up with its traceback.
"""

from __future__ import annotations

from knowledge.texts import Param


class UserError(Exception):
    """Said to the person by text key."""

    def __init__(self, text_key: str, **params: Param) -> None:
        self.text_key, self.params = text_key, params
        super().__init__(text_key)


class InvalidInput(UserError):
    pass


class NotPermitted(UserError):
    def __init__(self) -> None:
        super().__init__("error.not_permitted")


class NotFound(UserError):
    pass


class Withheld(NotFound):
    pass


REFUSALS = (NotPermitted, Withheld)  # what the audit log is told of


class Conflict(UserError):
    pass


class DeliveryError(Exception):
    """See the tree above."""


class TryLater(DeliveryError):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"try again in {seconds} s")


class NotSent(DeliveryError):
    pass


class OutcomeUnknown(DeliveryError):
    pass


class Unreachable(DeliveryError):
    pass


class TopicLost(DeliveryError):
    pass


class MessageLost(DeliveryError):
    pass


class ChatMoved(DeliveryError):
    def __init__(self, new_chat_id: int) -> None:
        self.new_chat_id = new_chat_id
        super().__init__(f"the chat is {new_chat_id} now")


class Refused(DeliveryError):
    pass
