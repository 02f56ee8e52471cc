"""Forms: fields and uploads of a request."""

from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.playground.errors import bad
from bot.playground.spec import Upload

_MOST_FILES = 20
_LARGEST_FIELD = 2**21


@dataclass(frozen=True, slots=True)
class Form:
    items: tuple[tuple[str, str | Upload], ...]

    @property
    def fields(self) -> dict[str, str | Upload]:
        return dict(self.items)

    def values(self, name: str) -> list[str | Upload]:
        return [value for key, value in self.items if key == name]


async def read_form(request: Request) -> Form:
    """ApiError 400 for a body that is no form."""
    try:
        async with request.form(max_files=_MOST_FILES, max_part_size=_LARGEST_FIELD) as form:
            return Form(tuple([(key, await _value(value)) for key, value in form.multi_items()]))
    except HTTPException as error:
        raise bad(f"can't read the form: {error.detail}") from error


async def _value(value: str | UploadFile) -> str | Upload:
    if isinstance(value, str):
        return value
    return Upload(value.filename or "", await value.read(), value.content_type or "application/octet-stream")
