"""The process that reads a large file: imported by the bot as well, so that a small file needs none."""

from __future__ import annotations

import gc
import json
import marshal
import os
import resource
import sys
from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.invoices.flat import Flat
from knowledge.invoices.imports import RowProblem, read_invoices
from knowledge.invoices.named import Named, named
from knowledge.tables import TableError, read_table

MODULE = "handlers.import_export.reader"  # this one
MEMORY = 2 * 2**30  # bytes of address space
RARELY = 100_000  # allocations between two collections: rows are no garbage, and hold no cycles


@dataclass(frozen=True, slots=True)
class Chunk:
    """`share` is how much of the file is behind us, up to 1. `unknown` columns are complete in the last one.

    `sounds`: of names that the file has not had before, as far as they are known.
    """

    invoices: list[Flat] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    share: float = 1.0
    unknown: tuple[str, ...] = ()
    sounds: dict[str, Named] = field(default_factory=dict)


def read(
    name: str, file: BinaryIO, size: int, rows: int, tax_ids: Collection[str] | None
) -> Generator[Chunk, None, None]:
    """Chunks of as many rows. TableError comes with the first, unless a file of line items has too many invoices."""
    with closing(read_table(name, file)) as table:
        found = read_invoices(table.rows, tax_ids)
        while batch := list(islice(found, rows)):
            invoices = [row for row in batch if isinstance(row, Flat)]
            problems = [row for row in batch if isinstance(row, RowProblem)]
            yield Chunk(invoices, problems, min(1.0, file.tell() / size), tuple(table.unknown))


def chunk_of(frame: Any) -> Chunk:
    """Raises TableError if that is what came."""
    if isinstance(frame[0], str):
        key, params = frame
        raise TableError(key, **params)
    invoices, problems, share, unknown, sounds = frame
    return Chunk(
        list(map(Flat._make, invoices)),
        [RowProblem(*row) for row in problems],
        share,
        unknown,
        {name: Named._make(rest) for name, *rest in sounds},
    )


def _write(frame: Any) -> None:
    content = marshal.dumps(frame)
    sys.stdout.buffer.write(len(content).to_bytes(4) + content)
    sys.stdout.buffer.flush()


def _main(asked: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gc.freeze()
    gc.set_threshold(RARELY)
    _slim_pinyin()
    path, name, rows, tax_ids = json.loads(asked)
    heard: set[str] = set()
    with Path(path).open("rb") as file:
        try:
            for chunk in read(name, file, Path(path).stat().st_size, rows, tax_ids and frozenset(tax_ids)):
                problems = [(p.line, p.field, p.key, dict(p.params), p.is_warning) for p in chunk.problems]
                invoices = [tuple(row) for row in chunk.invoices]
                _write((invoices, problems, chunk.share, chunk.unknown, _sounds(chunk.invoices, heard)))
        except TableError as error:
            _write((error.key, dict(error.problem.params)))
        except BrokenPipeError:
            pass  # nobody wants the rest


def _slim_pinyin() -> None:
    """20 MB less: pypinyin keeps two copies, and has its phrases from JSON, where each of 150,000 syllables is a list
    of its own, though there are 1,249. Before anything else is loaded, which then uses what has become free."""
    os.environ.update(PYPINYIN_NO_DICT_COPY="1")
    from pypinyin.constants import PHRASES_DICT

    shared: dict[tuple[str, ...], list[str]] = {}
    for syllables in PHRASES_DICT.values():
        syllables[:] = [shared.setdefault(tuple(one), one) for one in syllables]


def _sounds(invoices: Collection[Flat], heard: set[str]) -> list[tuple[Any, ...]]:
    """Of the names that are new."""
    names = {row.seller_name for row in invoices} | {row.buyer_name for row in invoices}
    new = names - heard
    heard |= new
    return [(name, *named(name)) for name in new]


if __name__ == "__main__":
    _main(sys.argv[1])
