"""Who wants to know of an invoice, and what was decided about telling them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_new, insert_new_id
from storage.schema import notifications, subscriptions
from storage.sqlite_driver import LONG


@dataclass(frozen=True, slots=True)
class Subscription:
    user_id: int
    invoice_key: str
    created_at: datetime
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """One decision about one recipient: "sent" or "held", and why. `details` is what /why tells."""

    user_id: int
    type: str
    entity: str
    entity_version: int
    decision: str
    reason: str
    decided_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0


class Alerts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def subscribe(self, user_id: int, invoice_key: str, now: datetime) -> bool:
        """False if the person watches it already; a muted one speaks again either way."""
        values = {"user_id": user_id, "invoice_key": invoice_key, "muted": False, "created_at": now}
        is_new = await insert_new(self._connection, subscriptions, values)
        if not is_new:
            await self.mute(user_id, invoice_key, muted=False)
        return is_new

    async def unsubscribe(self, user_id: int, invoice_key: str) -> bool:
        where = (subscriptions.c.user_id == user_id) & (subscriptions.c.invoice_key == invoice_key)
        return (await self._connection.execute(delete(subscriptions).where(where))).rowcount == 1

    async def mute(self, user_id: int, invoice_key: str, *, muted: bool) -> bool:
        """False if the person does not watch it."""
        where = (subscriptions.c.user_id == user_id) & (subscriptions.c.invoice_key == invoice_key)
        return (await self._connection.execute(update(subscriptions).where(where).values(muted=muted))).rowcount == 1

    async def watching(self, invoice_key: str) -> list[Subscription]:
        query = select(subscriptions).where(subscriptions.c.invoice_key == invoice_key).order_by(subscriptions.c.id)
        return [_subscription(row) for row in await self._connection.execute(query)]

    async def watched(self, invoice_keys: Collection[str]) -> set[str]:
        """Which of thousands somebody watches."""
        query = select(subscriptions.c.invoice_key).where(subscriptions.c.invoice_key.in_(invoice_keys))
        return set((await self._connection.execute(query.prefix_with(LONG))).scalars())

    async def of_user(self, user_id: int) -> list[Subscription]:
        query = select(subscriptions).where(subscriptions.c.user_id == user_id).order_by(subscriptions.c.id)
        return [_subscription(row) for row in await self._connection.execute(query)]

    async def log(self, notification: Notification) -> int | None:
        """Keep a decision; its id, or None if this version was decided for this person before."""
        values = {
            "user_id": notification.user_id,
            "type": notification.type,
            "entity": notification.entity,
            "entity_version": notification.entity_version,
            "decision": notification.decision,
            "reason": notification.reason,
            "details": dict(notification.details),
            "decided_at": notification.decided_at,
        }
        return await insert_new_id(self._connection, notifications, values)

    async def hold(self, notification_id: int, reason: str) -> None:
        """What was decided to be sent is not, after all."""
        where = notifications.c.id == notification_id
        await self._connection.execute(update(notifications).where(where).values(decision="held", reason=reason))

    async def notification(self, notification_id: int, user_id: int) -> Notification | None:
        """None if it is another person's."""
        where = (notifications.c.id == notification_id) & (notifications.c.user_id == user_id)
        query = select(notifications).where(where)
        row = (await self._connection.execute(query)).one_or_none()
        return _notification(row) if row else None


def _notification(row: Any) -> Notification:
    return Notification(
        row.user_id,
        row.type,
        row.entity,
        row.entity_version,
        row.decision,
        row.reason,
        row.decided_at,
        row.details,
        row.id,
    )


def _subscription(row: Any) -> Subscription:
    return Subscription(row.user_id, row.invoice_key, row.created_at, row.muted)
