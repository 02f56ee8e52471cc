"""People as we come to know them: on first contact, and which language they chose."""

from __future__ import annotations

from datetime import datetime

from handlers.incoming import Person
from knowledge.texts import Locale
from storage.unit_of_work import UnitOfWork
from storage.users import User


class UserService:
    def __init__(self, default: Locale) -> None:
        self._default = default

    async def seen(self, work: UnitOfWork, person: Person, now: datetime) -> User:
        """The person behind a message; a new one gets the default language, whatever the phone is set to."""
        return await work.users.seen(person.id, person.name, self._default, now)

    async def speak(self, work: UnitOfWork, user: User, locale: Locale) -> User:
        await work.users.speak(user.id, locale)
        return User(user.id, user.name, locale, user.reachable)
