"""What the Bot API answers when a call fails; sentences as in the official server and TDLib."""


class ApiError(Exception):
    """A call's failure: the HTTP status, Telegram's description, and its extra parameters (retry_after …)."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, object]:
        answer: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**answer, "parameters": self.parameters} if self.parameters else answer


class PlaygroundError(Exception):
    """A person tried what a Telegram client would not let them do; the text says what and why."""


def bad(sentence: str) -> ApiError:
    return ApiError(400, f"Bad Request: {sentence}")


def forbidden(sentence: str) -> ApiError:
    return ApiError(403, f"Forbidden: {sentence}")


def conflict(sentence: str) -> ApiError:
    return ApiError(409, f"Conflict: {sentence}")


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def not_enough_rights(action: str) -> ApiError:
    return bad(f"not enough rights to {action}")
