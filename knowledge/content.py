"""Content files (texts, flows, articles) and the one error they raise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources.abc import Traversable
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


class ContentError(Exception):
    """A content file that cannot be used: says where (file, line from 1, field) and what is wrong."""

    def __init__(self, file: str, message: str, *, line: int | None = None, field: str | None = None) -> None:
        self.file, self.message, self.line, self.field = file, message, line, field
        self.others: tuple[ContentError, ...] = ()  # what else was found wrong at the same time
        place = file if line is None else f"{file}:{line}"
        super().__init__(": ".join(part for part in (place, field, message) if part))


def refuse(errors: Iterable[ContentError]) -> None:
    """Raise the first, if there is one; it carries the others."""
    found = list(errors)
    if found:
        found[0].others += tuple(found[1:])
        raise found[0]


def sift(work: Callable[[_Item], _Made], items: Iterable[_Item]) -> tuple[list[_Made], list[ContentError]]:
    """What can be made of the items, and everything for which others were refused."""
    made, errors = list[_Made](), list[ContentError]()
    for item in items:
        try:
            made.append(work(item))
        except ContentError as error:
            errors += (error, *error.others)
            error.others = ()
    return made, errors


def read_folder(folder: Traversable, suffix: str) -> dict[str, str]:
    """The texts of its files by name, in alphabetical order. Raises ContentError for what is not UTF-8."""
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    texts, errors = sift(_read, (entry for entry in entries if entry.name.endswith(suffix)))
    refuse(errors)
    return dict(texts)


def _read(entry: Traversable) -> tuple[str, str]:
    try:
        return entry.name, entry.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(entry.name, "is not UTF-8: save it with that encoding") from error
