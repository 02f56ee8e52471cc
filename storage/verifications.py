"""How often somebody has tried the public verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import verifications

_OF_INVOICE = verifications.c.invoice_key == bindparam("key")
_OF_PERSON = verifications.c.user_id == bindparam("person")
_TRIES = select(func.count().filter(_OF_INVOICE), func.count().filter(_OF_PERSON)).where(
    verifications.c.day == bindparam("today"), _OF_INVOICE | _OF_PERSON
)


@dataclass(frozen=True, slots=True)
class Tries:
    """Of one local day: of this invoice, whoever tried, and of this person, whatever it was."""

    of_invoice: int
    of_person: int


class Verifications:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tries(self, user_id: int, key: str, day: date) -> Tries:
        row = (await self._connection.execute(_TRIES, {"person": user_id, "key": key, "today": day})).one()
        return Tries(*row)

    async def add(self, user_id: int, key: str, day: date) -> None:
        await self._connection.execute(insert(verifications).values(user_id=user_id, invoice_key=key, day=day))

    async def forget_before(self, day: date) -> None:
        await self._connection.execute(delete(verifications).where(verifications.c.day < day))
