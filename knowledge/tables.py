"""Read tables as people send them: CSV in any Chinese encoding, XLSX and XLS as exported, JSON lines.

CSV and JSON lines are streamed: a file of any size takes the memory of a few rows. A workbook is held as a whole,
so what it unpacks to is limited.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache, partial
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from knowledge.headers import headers, normalized
from knowledge.invoices.model import Problem

HEADER_ROWS = 10  # exports put up to five rows above their header
HEADER_HITS = 3
UNPACKED_LIMIT = 300 * 2**20  # bytes of a workbook once unzipped
CELL_LIMIT = 2_000  # characters kept of one cell
LINE_LIMIT = 2**20  # characters: a longer line is taken for several
COLUMNS_NAMED = 50  # in a message, or as unknown ones
_SCAN = 2**20
_MAIN_SHEET = "发票基础信息"
_LINE_COLUMNS = frozenset({"item_name", "tax_class", "qty"})
_NUMBERS = frozenset({"number", "digital_no"})
_SUMMARY = frozenset({"合计", "小计", "总计", "本页合计", "total", "subtotal"})
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NO_TABLE = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b", b"7z\xbc\xaf")
_PROTECTED = "EncryptedPackage".encode("utf-16-le")  # a workbook with a password is another container with this part
_JSON = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)

Cells = tuple[str, ...] | list[str]
Numbered = tuple[int, Cells]


class TableError(Exception):
    """The file as a whole can't be read: a text key and its parameters."""

    def __init__(self, key: str, **params: str | int) -> None:
        self.problem = Problem(key, params)
        super().__init__(key)

    @property
    def key(self) -> str:
        return self.problem.key


class Row(NamedTuple):
    """Non-empty cells by canonical column, unknown ones under their own header. `line` is the file's, from 1."""

    line: int
    values: Mapping[str, str]
    problem: Problem | None = None  # the row itself is damaged

    @property
    def is_line_item(self) -> bool:
        """One of several rows of the same invoice."""
        return not _LINE_COLUMNS.isdisjoint(self.values)


@dataclass(slots=True)
class Table:
    """`rows` are those below the header, without blank and 合计 rows. `unknown` names columns that nobody knows, kept
    as they are; it is complete when the rows are."""

    rows: Iterator[Row]
    unknown: dict[str, None] = field(default_factory=dict)
    text: io.TextIOWrapper | None = None

    def close(self) -> None:
        """Let go of the file, which stays open."""
        if self.text:
            self.text.detach()


def read_table(name: str, file: BinaryIO) -> Table:
    """The file's table. TableError comes at once, not while iterating: nothing of a file that is none is ever read."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_WORKBOOK):
        return _started(_read_sheets(name, file))
    if head.startswith(_NO_TABLE):
        raise TableError("table.unsupported", name=name)
    text = io.TextIOWrapper(file, encoding_of(name, file), newline="")
    start = text.read(1000).lstrip()
    text.seek(0)
    if start.startswith(("[", "<")):
        raise TableError("table.json_array" if start.startswith("[") else "table.web_page", name=name)
    table = _read_json_lines(_lines(text)) if start.startswith("{") else _below_header([_csv_rows(text)])
    table.text = text
    return _started(table)


def _started(table: Table) -> Table:
    """Reads up to the first row, so that errors come now."""
    first = next(table.rows, None)
    if first is None:
        raise TableError("table.no_rows")
    table.rows = chain((first,), table.rows)
    return table


def encoding_of(name: str, file: BinaryIO) -> str:
    """BOM, else strict UTF-8, else GB18030 (what Chinese Excel writes), of the whole file, whose first
    Chinese character may come late. Raises TableError for none of them and for nothing at all."""
    head = file.read(2)
    encodings = ("utf-16",) if head in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        file.seek(0)
        decoder, blank = getincrementaldecoder(encoding)(), True
        try:
            for chunk in iter(partial(file.read, _SCAN), b""):
                text = decoder.decode(chunk)
                if "\x00" in text:
                    raise TableError("table.encoding", name=name)
                blank = blank and not text.strip()
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        if blank:
            raise TableError("table.empty")
        return encoding
    raise TableError("table.encoding", name=name)


# ── Sources ───────────────────────────────────────────────────────────────────


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    return iter(partial(text.readline, LINE_LIMIT), "")


def _csv_rows(text: io.TextIOWrapper) -> Iterator[Numbered | Row]:
    delimiter = _delimiter([text.readline(LINE_LIMIT) for _ in range(HEADER_ROWS)])
    text.seek(0)
    reader = csv.reader(_lines(text), delimiter=delimiter)
    line = 1
    while True:
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error:  # a quote that nobody closed: the reader goes on below what it swallowed
            yield Row(line, {}, Problem("table.row_quote", {"last": reader.line_num}))
            line = reader.line_num + 1
        else:
            return


def _delimiter(head: Iterable[str]) -> str:
    """The one that makes the most known headers; commas and semicolons may well stand in remarks."""
    lines, aliases = [line[: 64 * 1024].strip() for line in head], headers()

    def hits(delimiter: str) -> int:
        return max(sum(normalized(cell.strip('"')) in aliases for cell in line.split(delimiter)) for line in lines)

    return max(",\t;", key=hits)


def _read_sheets(name: str, file: BinaryIO) -> Table:
    try:
        _check_workbook(name, file)
        workbook = CalamineWorkbook.from_filelike(file)
        names = sorted(workbook.sheet_names, key=lambda sheet: sheet != _MAIN_SHEET)
        return _below_header([_sheet_rows(workbook, sheet) for sheet in names])
    except PasswordError as error:
        raise TableError("table.password", name=name) from error
    except (CalamineError, zipfile.BadZipFile) as error:
        raise TableError("table.broken", name=name) from error


def _check_workbook(name: str, file: BinaryIO) -> None:
    if file.read(2) == b"PK":
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
            raise TableError("table.too_large", name=name)
        if not any(entry.filename.startswith(("xl/", "content.xml")) for entry in entries):
            raise TableError("table.unsupported", name=name)
    elif _PROTECTED in file.read(UNPACKED_LIMIT):
        raise TableError("table.password", name=name)
    file.seek(0)


def _sheet_rows(workbook: CalamineWorkbook, sheet: str) -> Iterator[Numbered]:
    for line, cells in enumerate(workbook.get_sheet_by_name(sheet).iter_rows(), 1):
        yield line, tuple(map(cell_text, cells))


def cell_text(cell: object) -> str:
    """A whole number without its `.0`, a moment in ISO form. 20 digits kept as a number stay `2.4e+19`: lost."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if isinstance(cell, timedelta) else str(cell)


def _read_json_lines(lines: Iterator[str]) -> Table:
    table = Table(iter(()))
    table.rows = _json_rows(lines, table.unknown)
    return table


def _json_rows(lines: Iterator[str], unknown: dict[str, None]) -> Iterator[Row]:
    """The first object must have a number: else its keys are not what they should be, and no other row's are."""
    last: tuple[str, ...] = ()
    for line, source in enumerate(lines, 1):
        if not source.strip():
            continue
        data = _json_object(source)
        if data is None:
            yield Row(line, {}, Problem("table.row_json"))
            continue
        names = _json_names(tuple(data))
        if names is not last:
            if not last:
                _check_number(names, tuple(data))
            _note_unknown(unknown, names)
            last = names
        yield Row(line, _values(names, [v if type(v) is str else _json_text(v) for v in data.values()]))


def _json_object(source: str) -> dict[str, object] | None:
    try:
        data = _JSON.decode(source)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


@lru_cache(maxsize=256)
def _json_names(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(headers().get(normalized(key), key.strip()) for key in keys)


def _json_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# ── Header ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Header:
    hits: int
    cells: Cells
    names: tuple[str, ...]
    below: Iterator[Numbered | Row]

    @property
    def is_of_invoices(self) -> bool:
        return self.hits >= HEADER_HITS and not _NUMBERS.isdisjoint(self.names)


def _below_header(sheets: Iterable[Iterator[Numbered | Row]]) -> Table:
    """The first sheet with a header of invoices; one with a row for each line item only if there is no better."""
    others: list[_Header] = []
    for rows in sheets:
        header = _find_header(rows)
        if header.is_of_invoices and _LINE_COLUMNS.isdisjoint(header.names):
            return _table(header)
        others.append(header)
    if found := next((header for header in others if header.is_of_invoices), None):
        return _table(found)
    best = max(others, key=lambda header: header.hits, default=None)
    if best is not None and best.hits >= HEADER_HITS:
        _check_number(best.names, best.cells)
    raise TableError("table.no_header", rows=HEADER_ROWS, found=_listed(best.cells if best else ()))


def _find_header(rows: Iterator[Numbered | Row]) -> _Header:
    """The best of the first rows: the one with the most known columns, and of these the first."""
    aliases = headers()
    head = list(islice(rows, HEADER_ROWS))
    lines: list[Cells] = [[] if isinstance(row, Row) else row[1] for row in head]
    scored = [(sum(normalized(cell) in aliases for cell in set(cells)), -n) for n, cells in enumerate(lines)]
    hits, place = max(scored, default=(0, 0))
    cells = lines[-place] if lines else []
    names = tuple(aliases.get(normalized(cell), cell.strip()) for cell in cells)
    return _Header(hits, cells, names, chain(head[-place + 1 :], rows))


def _check_number(names: Sequence[str], cells: Sequence[str]) -> None:
    """Without a column of numbers every row would be refused: say it once, with what may have been meant."""
    if not _NUMBERS.isdisjoint(names):
        return
    wanted = [alias for alias, column in headers().items() if column in _NUMBERS]
    for name in names:
        if name and name not in headers() and (meant := get_close_matches(normalized(name), wanted, 1, 0.7)):
            raise TableError("table.typo", column=name[:100], meant=meant[0], found=_listed(cells))
    raise TableError("table.no_number", found=_listed(cells))


def _listed(cells: Iterable[str]) -> str:
    named = [text[:40] for cell in cells if (text := cell.strip())]
    return ", ".join(named[:COLUMNS_NAMED]) + (" …" if len(named) > COLUMNS_NAMED else "") or "—"


def _table(header: _Header) -> Table:
    table = Table(_rows(header.names, header.below))
    _note_unknown(table.unknown, header.names)
    return table


def _note_unknown(unknown: dict[str, None], names: Iterable[str]) -> None:
    if len(unknown) < COLUMNS_NAMED:
        known = set(headers().values())
        unknown.update(dict.fromkeys(name[:100] for name in names if name and name not in known))


def _rows(names: tuple[str, ...], rows: Iterable[Numbered | Row]) -> Iterator[Row]:
    columns = len(names)
    for row in rows:
        if isinstance(row, Row):
            yield row
            continue
        line, cells = row
        first = next(filter(None, map(str.strip, cells)), "")
        if not first or (not first.isdigit() and _is_summary(first)):
            continue
        if len(cells) > columns and any(map(str.strip, cells[columns:])):
            yield Row(
                line, _values(names, cells), Problem("table.row_cells", {"cells": len(cells), "columns": columns})
            )
        else:
            yield Row(line, _values(names, cells))


@lru_cache(maxsize=1024)
def _is_summary(cell: str) -> bool:
    return normalized(cell) in _SUMMARY


def _values(names: Iterable[str], cells: Iterable[str]) -> dict[str, str]:
    """If two columns mean the same, the first that is filled counts."""
    values: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        text = cell.strip()
        if text and name and name not in values:
            values[name] = text if len(text) <= CELL_LIMIT else text[:CELL_LIMIT]
    return values
