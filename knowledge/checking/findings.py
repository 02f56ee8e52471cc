"""What a finding is, and where it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from knowledge.content import ContentError
from knowledge.routing import reread as routing
from knowledge.sources import FLOWS, FORMS, SUFFIXES


@dataclass(frozen=True, slots=True)
class Finding:
    """`file` as seen from the project's folder; `line` counts from 1. A warning (no error) does not stop anything."""

    file: str
    line: int | None
    field: str | None
    message: str
    is_error: bool = True

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        told = self.message if self.is_error else f"warning: {self.message}"
        return ": ".join(part for part in (place, self.field, told) if part)

    @property
    def place(self) -> tuple[str, int]:
        return self.file, self.line or 0


_FOLDERS = {suffix: folder for folder, suffix in SUFFIXES.items() if folder != FORMS}


def path_of(name: str) -> str:
    """Of a content file, whose kind its suffix tells unless it is one of the router's."""
    folder = routing.FOLDER if name in routing.FILES else _FOLDERS["." + name.rpartition(".")[2]]
    return f"knowledge/{folder}/{name}"


def findings(errors: Iterable[ContentError]) -> list[Finding]:
    return [Finding(path_of(error.file), error.line, error.field, error.message) for error in errors]


def found(name: str, line: int | None, field: str, message: str, *, is_error: bool = True) -> Finding:
    return Finding(path_of(name), line, field, message, is_error)


def of_forms(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same, in the folder of the forms: by its name a form's file might as well be a flow's."""
    for finding in findings:
        yield replace(finding, file=finding.file.replace(FLOWS, FORMS, 1))
