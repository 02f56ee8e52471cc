"""Scripted misfortune: calls that fail, or are carried out without an answer ever coming back."""

from dataclasses import dataclass

from bot.playground.errors import ApiError, too_many_requests


class NoAnswer(Exception):
    """The caller shall get no answer: the connection is held, or cut off."""

    def __init__(self, *, hang_up: bool) -> None:
        super().__init__("hang up" if hang_up else "hold")
        self.hang_up = hang_up


@dataclass(frozen=True, slots=True)
class Silence:
    carried_out: bool
    hang_up: bool


_SILENCES = {
    "timeout": Silence(carried_out=True, hang_up=False),
    "unreachable": Silence(carried_out=False, hang_up=False),
    "reset": Silence(carried_out=True, hang_up=True),
    "refused": Silence(carried_out=False, hang_up=True),
}
_NAMED = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "chat_not_found": (400, "Bad Request: chat not found"),
    "thread_not_found": (400, "Bad Request: message thread not found"),
    "topic_deleted": (400, "Bad Request: TOPIC_DELETED"),
    "topic_id_invalid": (400, "Bad Request: TOPIC_ID_INVALID"),
    "topic_closed": (400, "Bad Request: TOPIC_CLOSED"),
    "not_modified": (400, "Bad Request: message is not modified"),
    "query_too_old": (400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    "entities": (400, "Bad Request: can't parse entities: scripted"),
    "migrated": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    "unauthorized": (401, "Unauthorized"),
}
_BY_STATUS = {
    400: "Bad Request: scripted",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


@dataclass(slots=True)
class Fault:
    """`times` None: for good. `method` or `chat_id` None: any."""

    error: int | str
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    retry_after: int = 1
    migrate_to: int | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        known = (*_SILENCES, *_NAMED)
        if isinstance(self.error, str) and self.error not in known:
            raise ValueError(f"unknown fault {self.error!r}: one of {', '.join(known)} or an HTTP status")

    def matches(self, method: str, chat_id: object) -> bool:
        wanted = self.method is None or self.method.lower() == method.lower()
        return wanted and self.chat_id in (None, chat_id)

    @property
    def silence(self) -> Silence | None:
        """How the answer is kept back; None when there is one, an error."""
        return _SILENCES.get(self.error) if isinstance(self.error, str) else None

    def to_error(self) -> ApiError:
        if self.error == 429:
            return too_many_requests(self.retry_after)
        if isinstance(self.error, int):
            fallback = _BY_STATUS.get(self.error, f"Error {self.error}")
            return ApiError(self.error, self.description or fallback)
        code, description = _NAMED[self.error]
        extra = {"migrate_to_chat_id": self.migrate_to} if self.migrate_to else {}
        return ApiError(code, self.description or description, **extra)


class Faults:
    """First scripted, first used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, chat_id: object) -> Fault | None:
        found = next((fault for fault in self._faults if fault.matches(method, chat_id)), None)
        if found and found.times is not None:
            found.times -= 1
            if found.times <= 0:
                self._faults.remove(found)
        return found
