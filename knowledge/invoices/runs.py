"""Digits inside a text that no word explains: which belong together, and everything that they may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from knowledge.invoices.days import compact_day
from knowledge.invoices.digits import LOOK_ALIKES
from knowledge.invoices.query import (
    AmountReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    JoinedReading,
    NumberReading,
    PairReading,
    Reading,
    TailReading,
    YearlessReading,
)
from knowledge.invoices.structure import is_code_like, is_number_like, is_plausible_code, is_plausible_number

LONG = 17  # digits of what can only be a number, or code and number in one
_LONGEST = 22  # 20 with two too many
_MOST_GROUPS = 22  # a digit each
_WORD = re.compile(r"[0-9A-Za-z|]+")
_LABEL = re.compile(r"(?:number|num|no|nr|invoice|inv|fphm|fpdm|fp|rmb|cny|usd)(?=[0-9])", re.IGNORECASE)
_SOFT = re.compile(r"[ \t._·-]{1,3}")
_REPAIR = str.maketrans(LOOK_ALIKES)
_YEAR = re.compile("20[0-3][0-9]")
_MOBILE = re.compile("1[3-9][0-9]{9}")
_TAIL = 8  # the most digits that a tail has
_STRAYS = 2
_LIKE_0_AND_1 = set("0123456789OoIl|")

Group = tuple[int, int, str]  # from, to, the digits


def repaired(run: str) -> str:
    """Digits only: what looks like one becomes one, before any lower-casing; any other letter is a slip."""
    return "".join(c for c in run.translate(_REPAIR) if "0" <= c <= "9")


def chains(text: str) -> Iterator[list[Group]]:
    """Runs of digits with nothing but a space or a hyphen between them, or nothing but dots: 30 5159960.47 is two."""
    chain: list[Group] = []
    is_dotted = False
    for match in _WORD.finditer(text):
        group = _group(match)
        if group is None:
            continue
        if chain:
            gap = text[chain[-1][1] : group[0]]
            if not _SOFT.fullmatch(gap) or (len(chain) > 1 and is_dotted is not ("." in gap)):
                yield chain
                chain = []
            is_dotted = "." in gap
        chain.append(group)
    if chain:
        yield chain


def _group(match: re.Match[str]) -> Group | None:
    start, run = match.start(), match[0]
    if run.isdecimal():
        return start, match.end(), run
    if label := _LABEL.match(run):
        start, run = start + label.end(), run[label.end() :]
    return (start, match.end(), repaired(run)) if _is_number_like(run) else None


def _is_number_like(run: str) -> bool:
    """Mostly digits; a letter that looks like none is a slip in a long run, and a word or a flight in a short one."""
    digits = sum("0" <= c <= "9" for c in run)
    strays = len(run) - len(repaired(run))
    if len(run) > 5 and digits > 1 and set(run) <= _LIKE_0_AND_1:
        return True
    if digits * 2 < len(run) or strays > _STRAYS or (strays and len(run) < LONG):
        return False
    return digits >= (3 if "0" <= run[0] <= "9" else 5)


def long_runs(chain: list[Group]) -> Iterator[Group]:
    """Runs that are long in themselves, and groups that make one long number together."""
    at = 0
    while at < len(chain):
        end = _end_of_groups(chain, at) or (at + 1 if len(chain[at][2]) >= LONG else 0)
        if end:
            yield _join(chain[at:end])
        at = end or at + 1


def _join(groups: list[Group]) -> Group:
    return groups[0][0], groups[-1][1], "".join(digits for _, _, digits in groups)


def _end_of_groups(chain: list[Group], at: int) -> int:
    """Twenty digits with a real beginning; or all groups of a chain, about twenty digits. 0: neither."""
    groups = [digits for _, _, digits in chain[at : at + _MOST_GROUPS]]
    text = ""
    for n, digits in enumerate(groups, 1):
        text += digits
        if len(text) == 20 and n > 1 and is_plausible_number(text) and not _is_swapped(groups[:n]):
            return at + n
        if len(text) > _LONGEST:
            return 0
    return len(chain) if at == 0 and len(chain) == len(groups) > 1 and _is_one(groups, text) else 0


def _is_one(groups: list[str], text: str) -> bool:
    """Written in groups, with a digit or two lost or added. No piece is a day, a code or a number of its own."""
    if not LONG <= len(text) <= _LONGEST or max(map(len, groups)) > 12 or any(map(_is_day, groups)):
        return False
    return is_number_like(text) or (len(groups) > 2 and max(map(len, groups)) <= 8 and len(groups[0]) <= 6)


def _is_swapped(groups: list[str]) -> bool:
    """Number and code, in this order."""
    return [len(group) for group in groups] == [8, 12] and is_plausible_code(groups[1])


def _is_day(digits: str) -> bool:
    return len(digits) == 8 and bool(compact_day(digits))


def short_runs(chain: list[Group]) -> Iterator[tuple[Group, tuple[str, ...]]]:
    """Each run by itself, or a chain whose groups make one number or code; with the groups."""
    groups = tuple(digits for _, _, digits in chain)
    text = "".join(groups)
    is_grouped = len(groups) > 1 and max(map(len, groups)) <= 6 and not any(map(_YEAR.fullmatch, groups))
    is_slipped = len(text) in {7, 9} and text[0] == "0"  # no sum begins so
    if is_grouped and (len(text) == 8 or is_slipped or (len(text) in {10, 12} and is_plausible_code(text))):
        yield _join(chain), groups
        return
    for group in chain:
        yield group, (group[2],)


def readings(digits: str, groups: tuple[str, ...] = ()) -> tuple[Reading, ...]:
    """Everything that bare digits may be, the likeliest first. Groups of eight may also be two things side by side."""
    if len(digits) >= LONG:
        return _read_long(digits)
    found = _read(digits)
    if len(groups) > 1:
        found = (*found, *_pairs(groups), *(reading for group in groups for reading in _read(group)))
    return tuple(dict.fromkeys(found))


def _pairs(groups: tuple[str, ...]) -> Iterator[PairReading]:
    if len(groups) == 2:
        for one, other in (groups, groups[::-1]):
            firsts = (r for r in _read(one) if isinstance(r, TailReading | DayReading | YearlessReading))
            amounts = [r for r in _read(other) if isinstance(r, AmountReading)]
            yield from (PairReading(first, amount) for first in firsts for amount in amounts)


@lru_cache(maxsize=1024)
def _read(digits: str) -> tuple[Reading, ...]:
    size = len(digits)
    tail, number, days, money = (
        (TailReading(digits[-_TAIL:]),),
        (NumberReading(digits),),
        compact_day(digits),
        _money(digits),
    )
    if size < 3:
        return money if size == 2 else ()
    if size == 3:
        return (*money, *tail)
    if size == 4:
        return (*days, *money, *tail) if _YEAR.fullmatch(digits) else (*tail, *money, *days)
    if size <= 7:
        check = (CheckCodeReading(digits),) if size == 6 else ()
        return (*tail, *money, *(number if size > 5 else ()), *days, *check)
    if size == 8:
        return (*days, *number, *tail, *money) if _is_recent(digits) else (*number, *tail, *days, *money)
    if size == 11 and _MOBILE.fullmatch(digits) and not is_code_like(digits):
        return ()
    code = (CodeReading(digits),) if size <= 13 else ()
    if size <= 10:
        return (*code, *number, *tail) if is_plausible_code(digits) else (*number, *code, *tail, *money)
    return (*code, *compact_day(digits[:8]), *tail) if size == 14 else (*code, *tail)


def _is_recent(digits: str) -> bool:
    return "2012" <= digits[:4] <= "2035" and _is_day(digits)


def _money(digits: str) -> tuple[AmountReading, ...]:
    """Yuan; who begins with a zero or writes more than nine digits means no amount."""
    return () if digits[0] == "0" or len(digits) > 9 else (AmountReading(int(digits) * 100, has_cents=False),)


@lru_cache(maxsize=1024)
def _read_long(digits: str) -> tuple[Reading, ...]:
    """A number of 20 digits with its slips, or code and number in one; of more, the first and the last twenty."""
    size = len(digits)
    if size > _LONGEST:
        return (NumberReading(digits[:20]), NumberReading(digits[-20:]), *_joined(digits[:20]))
    number = (NumberReading(digits),) if size >= 18 else (NumberReading(digits), TailReading(digits[-_TAIL:]))
    joined = _joined(digits)
    return (*number, *joined) if size == 20 and is_plausible_number(digits) else (*joined, *number)


def _joined(digits: str) -> tuple[Reading, ...]:
    """Code and number in either order, with one digit lost or added in one of them."""
    ways = [(digits[:cut], digits[cut:]) for cut in (12, 10, 11, 13, 9)]
    if len(digits) in {18, 20}:
        ways.append((digits[8:], digits[:8]))
    found = tuple(JoinedReading(code, number) for code, number in ways if _is_pair(code, number))
    if digits[0] not in "01" and (found or is_number_like(digits)):
        return found
    return tuple(dict.fromkeys((*found, JoinedReading(digits[:-8], digits[-8:]))))  # the slip may be in its start


def _is_pair(code: str, number: str) -> bool:
    slips = abs(len(number) - 8) + (len(code) not in {10, 12})
    return slips <= 1 and is_code_like(code)
