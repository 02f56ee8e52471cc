"""Read tables as people send them: CSV in any Chinese encoding, XLSX and XLS as exported, JSON lines."""

from __future__ import annotations

import csv
import io
import json
import tomllib
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import chain, islice

from python_calamine import CalamineError, CalamineWorkbook

from knowledge.content import ContentError
from knowledge.invoices.model import Problem

HEADER_ROWS = 10  # exports put up to five rows above their header
HEADER_HITS = 3
UNPACKED_LIMIT = 300 * 2**20  # bytes of a workbook once unzipped
CELL_LIMIT = 2_000  # characters kept of one cell
_MAIN_SHEET = "发票基础信息"
_LINE_COLUMNS = frozenset({"item_name", "tax_class", "qty"})
_SUMMARY = frozenset({"合计", "小计", "总计", "本页合计", "total", "subtotal"})

Cells = tuple[str, ...]
Numbered = tuple[int, Cells]


class TableError(Exception):
    """The file as a whole can't be read: a text key and its parameters."""

    def __init__(self, key: str, **params: str | int) -> None:
        self.problem = Problem(key, params)
        super().__init__(key)

    @property
    def key(self) -> str:
        return self.problem.key

    @property
    def params(self) -> Mapping[str, object]:
        return self.problem.params


@dataclass(frozen=True, slots=True)
class Row:
    """Non-empty cells by canonical column, unknown ones under their own header. `line` is the file's, from 1."""

    line: int
    values: Mapping[str, str]
    problem: Problem | None = None  # the row itself is damaged

    @property
    def is_line_item(self) -> bool:
        """One of several rows of the same invoice."""
        return not _LINE_COLUMNS.isdisjoint(self.values)


def read_table(name: str, content: bytes) -> Iterator[Row]:
    """The rows below the header; blank and 合计 rows are left out. TableError comes at once, not while iterating."""
    if not content.strip():
        raise TableError("table.empty")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _started(_read_sheets(name, content))
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b")):
        raise TableError("table.unsupported", name=name)
    text = decode(name, content)
    if not text.strip():
        raise TableError("table.empty")
    if text.lstrip().startswith("{"):
        return _started(_read_json_lines(text))
    return _started(_below_header([_csv_rows(name, text)]))


def _started(rows: Iterator[Row]) -> Iterator[Row]:
    """Reads up to the first row, so that errors come now."""
    first = next(rows, None)
    if first is None:
        raise TableError("table.no_rows")
    return chain((first,), rows)


def decode(name: str, content: bytes) -> str:
    """BOM, else strict UTF-8, else GB18030 (what Chinese Excel writes)."""
    encodings = ("utf-8-sig", "gb18030")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16", "utf-16")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise TableError("table.encoding", name=name)


# ── Sources ───────────────────────────────────────────────────────────────────


def _csv_rows(name: str, text: str) -> Iterator[Numbered]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            yield line, tuple(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError("table.broken", name=name) from error


def _delimiter(text: str) -> str:
    """The one that makes the most known headers; commas and semicolons may well stand in remarks."""
    head, aliases = text[: 64 * 1024].splitlines()[:HEADER_ROWS], headers()

    def hits(delimiter: str) -> int:
        return max(sum(normalized(cell.strip('"')) in aliases for cell in line.split(delimiter)) for line in head)

    return max(",\t;", key=hits)


def _read_sheets(name: str, content: bytes) -> Iterator[Row]:
    try:
        if content.startswith(b"PK"):
            _check_size(name, content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = sorted(workbook.sheet_names, key=lambda sheet: sheet != _MAIN_SHEET)
        sheets = [_sheet_rows(workbook, sheet) for sheet in names]
        yield from _below_header(sheets)
    except (CalamineError, zipfile.BadZipFile) as error:
        raise TableError("table.broken", name=name) from error


def _check_size(name: str, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
            raise TableError("table.too_large", name=name)


def _sheet_rows(workbook: CalamineWorkbook, sheet: str) -> Iterator[Numbered]:
    for line, cells in enumerate(workbook.get_sheet_by_name(sheet).iter_rows(), 1):
        yield line, tuple(map(cell_text, cells))


def cell_text(cell: object) -> str:
    """A whole number without its `.0`, a moment in ISO form. 20 digits kept as a number stay `2.4e+19`: lost."""
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if isinstance(cell, timedelta) else str(cell)


def _read_json_lines(text: str) -> Iterator[Row]:
    aliases = headers()
    for line, source in enumerate(text.splitlines(), 1):
        if source.strip():
            yield _json_row(line, source, aliases)


def _json_row(line: int, source: str, aliases: Mapping[str, str]) -> Row:
    try:
        data = json.loads(source, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return Row(line, {}, Problem("table.row_json"))
    names = [aliases.get(normalized(key), key) for key in data]
    return Row(line, _values(names, [_json_text(value) for value in data.values()]))


def _json_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# ── Header ────────────────────────────────────────────────────────────────────


def _below_header(sheets: Iterable[Iterator[Numbered]]) -> Iterator[Row]:
    """The first sheet with a header of invoices; one with a row for each line item only if there is no better."""
    items: tuple[list[str], Iterator[Numbered]] | None = None
    for rows in sheets:
        found = _find_header(rows)
        if found and _LINE_COLUMNS.isdisjoint(found[0]):
            return _rows(*found)
        items = items or found
    if items is None:
        raise TableError("table.no_header", rows=HEADER_ROWS)
    return _rows(*items)


def _find_header(rows: Iterator[Numbered]) -> tuple[list[str], Iterator[Numbered]] | None:
    """(column names, the rows below) of the best of the first rows; None without HEADER_HITS known columns."""
    head = list(islice(rows, HEADER_ROWS))
    aliases = headers()
    scored = [(sum(normalized(cell) in aliases for cell in set(cells)), -n) for n, (_, cells) in enumerate(head)]
    hits, place = max(scored, default=(0, 0))
    if hits < HEADER_HITS:
        return None
    _, cells = head[-place]
    names = [aliases.get(normalized(cell), cell.strip()) for cell in cells]
    return names, chain(head[-place + 1 :], rows)


def _rows(names: list[str], rows: Iterable[Numbered]) -> Iterator[Row]:
    for line, cells in rows:
        filled = [cell for cell in cells if cell.strip()]
        if not filled or normalized(filled[0]) in _SUMMARY:
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            yield Row(line, _values(names, cells), Problem("table.row_cells", _counts(cells, names)))
        else:
            yield Row(line, _values(names, cells))


def _counts(cells: Sequence[str], names: Sequence[str]) -> dict[str, str | int]:
    return {"cells": len(cells), "columns": len(names)}


def _values(names: Iterable[str], cells: Iterable[str]) -> dict[str, str]:
    """If two columns mean the same, the first that is filled counts."""
    values: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        text = cell.strip()[:CELL_LIMIT]
        if name and text:
            values.setdefault(name, text)
    return values


def normalized(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).lower()
    return "".join(c for c in folded if not c.isspace() and c not in "*::")


@lru_cache(maxsize=1)
def headers() -> Mapping[str, str]:
    """Normalized header → canonical column."""
    source = files("knowledge.invoices").joinpath("data/headers.toml").read_text(encoding="utf-8")
    return parse_headers(source)


def parse_headers(source: str, file: str = "headers.toml") -> Mapping[str, str]:
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ContentError(file, str(error)) from error
    aliases: dict[str, str] = {}
    for column, names in table.items():
        for name in (column, *names):
            if aliases.setdefault(normalized(name), column) != column:
                raise ContentError(file, f"{name!r} means two columns", field=column)
    return aliases
