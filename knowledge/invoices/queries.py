"""Read a line of text as a look-up: which pieces it has, and everything that each of them may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeGuard

from knowledge.chinese import in_simplified_characters
from knowledge.invoices import shapes
from knowledge.invoices.digits import fold
from knowledge.invoices.parties import TAKEN, find_goods, find_names, is_chatter, side_before, starts_name
from knowledge.invoices.periods import find_days
from knowledge.invoices.qr import Qr, parse_qr
from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    GoodsReading,
    HeadReading,
    JoinedReading,
    NameReading,
    NumberReading,
    PairReading,
    Query,
    Reading,
    TailReading,
    TaxIdReading,
    Token,
    YearlessReading,
)
from knowledge.invoices.runs import Group, chains, long_runs, readings, repaired, short_runs
from knowledge.invoices.structure import is_number_like
from knowledge.invoices.sums import find_sums
from knowledge.invoices.tax_ids import has_valid_organization_code, repaired_tax_id

LIMIT = 4096  # characters of a text that are looked at
MOST_TOKENS = 24
_BEFORE = 18  # characters in front of a piece that may say what it is

_DONE = TAKEN + " "


@dataclass(frozen=True, slots=True)
class Piece:
    """A token in its place: from, to in the folded text."""

    start: int
    end: int
    token: Token


def understand(text: str, today: date) -> Query:
    """Never raises. `today` is the asker's local day; only the first LIMIT characters and MOST_TOKENS pieces count."""
    return Query(text, tuple(piece.token for piece in pieces(fold(text, LIMIT), today)))


def pieces(folded: str, today: date, *, names: bool = True) -> list[Piece]:
    """The tokens of a folded text in its order, each with its place; those of a QR text share one."""
    reader = _Reader(folded, today)
    reader.read(names=names)
    return sorted(reader.found, key=lambda piece: piece.start)


def bare_name(query: Query) -> str:
    """The name that is all of the text; "" if it says anything else."""
    readings = query.tokens[0].readings if len(query.tokens) == 1 else ()
    said = _letters(fold(query.text, LIMIT))
    names = (reading.text for reading in readings if isinstance(reading, NameReading))
    return next((name for name in names if _letters(name) == said), "")


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def qr_within(folded: str) -> Qr | None:
    """The first QR text of an invoice inside a folded text."""
    found = shapes.QR.search(folded)
    qr = parse_qr(found[0]) if found else None
    return qr if isinstance(qr, Qr) else None


class _Reader:
    """Takes one sort of piece after the other out of the text, the surest first; each position is read once."""

    def __init__(self, folded: str, today: date) -> None:
        self.said = folded
        self.simple = simplified(folded)  # for the words round a piece
        self.rest = self.simple  # what is not understood yet
        self.today = today
        self.found: list[Piece] = []

    def read(self, *, names: bool) -> None:
        for take in (
            self._qr,
            self._links,
            self._not_ours,
            self._check_codes,
            self._tax_ids,
            self._heads,
            self._tails,
            self._long_runs,
            self._days_with_sums,
            self._times_and_sums,
            self._spoken_runs,
            self._short_runs,
            *((self._goods, self._names) if names else ()),
        ):
            if len(self.found) < MOST_TOKENS and self.rest.strip(_DONE):
                take()

    def _add(self, start: int, end: int, found: Iterable[Reading]) -> None:
        piece = self.rest[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        if TAKEN in piece.strip():
            return
        unique = tuple(dict.fromkeys(found))
        if unique and len(self.found) < MOST_TOKENS:
            self.found.append(Piece(start, end, Token(self.said[start:end].strip(), unique)))
            self._blank(start, end)

    def _blank(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + TAKEN * (end - start) + self.rest[end:]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self.rest = pattern.sub(lambda match: TAKEN * len(match[0]), self.rest)

    def _before(self, start: int) -> str:
        return self.simple[max(0, start - _BEFORE) : start]

    # ── The surest ──

    def _qr(self) -> None:
        if (match := shapes.QR.search(self.rest)) and (qr := qr_within(match[0])):
            self.found += [Piece(*match.span(), Token(match[0], (reading,))) for reading in _of_qr(qr)]
            self._blank(*match.span())

    def _links(self) -> None:
        """Never opened; numbers in them count."""
        for link in shapes.LINK.finditer(self.rest):
            for number in shapes.IN_LINK.finditer(link[0]):
                start = link.start() + number.start()
                self._add(start, start + len(number[0]), self._wanted(start, readings(number[0])))
        self._skip(shapes.LINK)

    def _not_ours(self) -> None:
        for pattern in shapes.NOT_OURS:
            self._skip(pattern)

    def _check_codes(self) -> None:
        for match in shapes.CHECK.finditer(self.rest):
            digits = re.sub("[ -]", "", match["digits"]).translate(shapes.REPAIR)
            self._add(*match.span(), (CheckCodeReading(digits[-6:]),))
        for match in shapes.CHECK_GROUPS.finditer(self.rest):
            digits = match[0].replace(" ", "")
            self._add(*match.span(), (CheckCodeReading(digits[-6:]), *readings(digits)))

    def _tax_ids(self) -> None:
        for match in shapes.TAX_ID.finditer(self.rest):
            raw = re.sub("[ -]", "", match[0]).upper()
            named = shapes.TAX_ID_LABEL.search(self._before(match.start())) is not None
            if 15 <= len(raw) <= 20 and (found := _tax_id(raw, side_before(self._before(match.start())), named=named)):
                self._add(*match.span(), found)

    def _heads(self) -> None:
        if not shapes.HEAD_SIGN.search(self.rest):
            return
        for match in shapes.HEAD.finditer(self.rest):
            name = next(name for name in ("begun", "named", "rounded", "masked") if match[name])
            start, end, said = match.start(), match.end(), match[name]
            if name == "named":
                size = shapes.SIZE_SAID.search(match[0][: match.start(name) - start])
                said = _first_groups(said, shapes.SIZES.get(size[1], 0) if size else 0)
                end = match.start(name) + len(said)
            elif " " in said and not is_number_like(said.replace(" ", "")):  # 2300 9942开头
                start, said = match.start() + said.rindex(" ") + 1, said.rpartition(" ")[2]
            head = HeadReading(_unrounded(said) if name == "rounded" else re.sub("[ -]", "", said))
            self._add(start, end, (head, *(readings(head.digits) if match["dots"] else ())))

    def _tails(self) -> None:
        for match in shapes.TAIL.finditer(self.rest):
            name = next(name for name in ("words", "named", "masked", "ended") if match[name])
            if name == "words":
                self._add(*match.span(), (TailReading(_from_english(match[name])[-8:]),))
                continue
            size = shapes.SIZE_SAID.search(match[0][: match.start(name) - match.start()])
            said = _first_groups(match[name], shapes.SIZES.get(size[1], 0) if size else 8 if name == "ended" else 0)
            end = match.end() if name == "ended" else match.start(name) + len(said)
            digits = repaired(said.translate(shapes.CHINESE_DIGITS))
            if match["head"] and len(match["head"]) > 2:  # 2631****3017
                self._add(*match.span("head"), (HeadReading(match["head"]),))
                self._add(match.end("head"), end, (TailReading(digits[-8:]),))
                continue
            self._add(match.start(), end, (TailReading(digits[-8:]),))

    def _long_runs(self) -> None:
        """Before a day or a sum is seen inside of them."""
        for match in shapes.SPREADSHEET.finditer(self.rest):
            self._add(*match.span(), readings(match[0].replace(",", "")))
        for chain in chains(self.rest):
            for start, end, digits in long_runs(chain):
                self._add(start, end, readings(digits))

    # ── Days, sums, digits ──

    def _days_with_sums(self) -> None:
        """Aug 29,303.41: of that day, or 29,303.41 in August; a full-width comma is one like any other."""
        for match in shapes.MONTH_DAY_SUM.finditer(self.rest) if "," in self.rest else ():
            (_, _, (day, *_)) = find_days(f"{match['name']} {match['d']}", self.today)[0]
            (_, _, (month, *_)) = find_days(f"in {match['name']}", self.today)[0]
            found = ((day, match["sum"]), (month, f"{match['d']}{match['sum']}"))
            self._add(*match.span(), [PairReading(when, _sum(text)) for when, text in found if _is_time(when)])

    def _times_and_sums(self) -> None:
        """12.26元 is a sum, 12.26 a day or a sum, 1280.00 a sum."""
        sums = list(find_sums(self.rest))
        for start, end, reading, is_marked in sums:
            if is_marked:
                self._add(start, end, (reading,))
        for start, end, found in find_days(self.rest, self.today):
            self._add(start, end, found)
        for start, end, reading, _ in sums:
            self._add(start, end, (reading,))
        self._skip(shapes.COUNTED)

    def _spoken_runs(self) -> None:
        for match in shapes.SPOKEN_IN_ENGLISH.finditer(self.rest):
            self._add(*match.span(), readings(_from_english(match[0])))
        for match in shapes.CHINESE_RUN.finditer(self.rest):
            self._add(*match.span(), readings(match[0].translate(shapes.CHINESE_DIGITS)))

    def _short_runs(self) -> None:
        for chain in chains(self.rest):
            for (start, end, digits), groups in short_runs(chain):
                if not self._is_in_name((start, end, digits)):
                    self._add(start, end, self._wanted(start, readings(digits, groups)))

    def _wanted(self, start: int, found: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """What the word in front says, and nothing else if the digits suit it: code and number are often mixed up."""
        before = self._before(start)
        sorts = next((sorts for pattern, sorts in shapes.LABELS if pattern.search(before)), ())
        named = tuple(reading for reading in found if isinstance(reading, sorts))
        is_code = any(isinstance(reading, CodeReading) for reading in found)
        return found if not named or (is_code and CodeReading not in sorts) else named

    def _is_in_name(self, run: Group) -> bool:
        return len(run[2]) <= 3 and starts_name(self.rest, run[1])

    # ── The rest ──

    def _goods(self) -> None:
        for start, end, sold_by in find_goods(self.rest):
            self._add(start, end, (GoodsReading(sold_by),))

    def _names(self) -> None:
        for start, end, spellings, side in find_names(self.said, self.rest, alone=not self.found):
            names = [NameReading(text, side) for text in spellings]
            is_aside = not side and is_chatter(self.simple[start:end])
            self._add(start, end, [*names, AsideReading()] if is_aside else names)


def _is_time(reading: Reading) -> TypeGuard[DayReading | YearlessReading]:
    return isinstance(reading, DayReading | YearlessReading)


def _sum(text: str) -> AmountReading:
    return AmountReading(int(Decimal(text) * 100), has_cents="." in text)


def _unrounded(said: str) -> str:
    """2.6312E+19: what a spreadsheet has left of twenty digits. The last one may have been rounded up."""
    digits = said.replace(".", "")
    exact = digits.rstrip("0")
    return exact if exact != digits else digits[:-1]


def _first_groups(said: str, size: int) -> str:
    """As many groups of digits as make the size that was told; without one, a short group and others like it."""
    groups = list(re.finditer("[^ -]+", said))
    first, end = len(groups[0][0]), groups[0].end()
    count = first
    for group in groups[1:]:
        is_like = len(group[0]) == first < 4
        if count + len(group[0]) > (size or 6) or not (size or is_like):
            break
        count, end = count + len(group[0]), group.end()
    return said[:end]


def _from_english(said: str) -> str:
    """one double two three is 1223."""
    digits, times = "", 1
    for word in re.findall("[a-z]+", said.lower()):
        times, digits = {"double": (2, digits), "triple": (3, digits)}.get(
            word, (1, digits + shapes.ENGLISH_DIGITS.get(word, "") * times)
        )
    return digits


def _of_qr(qr: Qr) -> Iterator[Reading]:
    yield JoinedReading(qr.code, qr.number) if qr.code else NumberReading(qr.number)
    yield DayReading(qr.issue_date, qr.issue_date)
    if qr.amount:
        yield AmountReading(int(qr.amount * 100))
    if qr.check_code:
        yield CheckCodeReading(qr.check_code[-6:])


def _tax_id(raw: str, side: str, *, named: bool) -> tuple[Reading, ...]:
    """With letters or its name it is an id; 18 digits whose check character holds may be a number with two lost."""
    fixed = repaired_tax_id(raw)
    tax_id = TaxIdReading(fixed or raw, side)
    if named or (fixed and not fixed.isdecimal()):
        return (tax_id,)
    if fixed:  # 18 digits
        is_id = fixed[0] != "2" and has_valid_organization_code(fixed)
        return (tax_id, *readings(fixed)) if is_id else (*readings(fixed), tax_id)
    letters = sum(c.isalpha() and c not in "OIL" for c in raw)
    digits = sum("0" <= c <= "9" for c in raw)
    is_near = 17 <= len(raw) <= 19 and letters and digits >= 8 and shapes.TAX_ID_START.match(raw)
    return (tax_id,) if is_near else ()


def simplified(text: str) -> str:
    """Traditional characters made simplified, each in its place."""
    if text.isascii():
        return text
    found = in_simplified_characters(text)
    return found if len(found) == len(text) else text
