"""What delivery needs from outside, besides the messenger."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Pace(Protocol):
    """Keeps us below Telegram's limits. One call a row is counted when the row is taken."""

    def spent(self, chat_id: int, now: datetime) -> None:
        """One more call than that."""

    def refused(self, chat_id: int, now: datetime, seconds: float) -> None:
        """Telegram wants to hear nothing for this chat, for so long."""
