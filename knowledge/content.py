"""Content files (texts, flows, articles) and the one error they raise."""

from __future__ import annotations


class ContentError(Exception):
    """A content file that cannot be used: says where (file, line from 1, field) and what is wrong."""

    def __init__(self, file: str, message: str, *, line: int | None = None, field: str | None = None) -> None:
        self.file, self.message, self.line, self.field = file, message, line, field
        place = file if line is None else f"{file}:{line}"
        super().__init__(": ".join(part for part in (place, field, message) if part))
