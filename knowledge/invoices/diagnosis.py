"""A near miss taken apart: which fields differ, which of their values may be shown, and what the mistake looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from knowledge.invoices.compare import NAMES, Agreement, Comparison, Edit, Slip, edits_between
from knowledge.invoices.structure import kind_of_code

_NUMBER, _CODE, _DATE = "number", "code", "issue_date"


class Clue(StrEnum):
    """What a difference is a sign of, beside its digits."""

    SWAPPED = "swapped_fields"  # code and number, each in the other's place
    SHORT = "short"  # eight digits of a number of twenty
    NO_CODE = "no_code"  # a code was given, and the invoice has none: another kind
    OTHER_KIND = "other_kind"  # the code of another kind
    REGION = "region"  # the code of another region
    CODE_YEAR = "code_year"  # the code of another year
    YEAR = "year"  # number and date that were typed name different years


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`differing`: fields that are not the same on both sides. `hidden`: those of them whose values stay untold,
    because fewer than two other fields match."""

    differing: frozenset[str]
    hidden: frozenset[str]
    clues: tuple[Clue, ...]


def _is_called(field: str, comparison: Comparison) -> bool:
    """A short or misspelt name is a name that was known: nobody gets at digits by it."""
    return field in NAMES and comparison.fields[field] is Agreement.CLOSE


def diagnose(comparison: Comparison) -> Diagnosis:
    strange = {_CODE} if _has_no_code(comparison) else set()
    differing = frozenset(
        {name for name, agreement in comparison.fields.items() if agreement is not Agreement.SAME} | strange
    )
    hidden = frozenset(
        name for name in differing if not comparison.may_reveal(name) and not _is_called(name, comparison)
    )
    clues = tuple(clue for clue, (field, holds) in _CLUES.items() if _may_say(field, comparison) and holds(comparison))
    return Diagnosis(differing, hidden, clues)


def _may_say(field: str, comparison: Comparison) -> bool:
    """A clue about a field of the invoice tells of its value; one about what was typed doesn't."""
    return not field or comparison.may_reveal(field)


def _are_swapped(comparison: Comparison) -> bool:
    yours, theirs = comparison.yours, comparison.theirs
    crossed = [yours.get(one) == theirs[other] for one, other in ((_NUMBER, _CODE), (_CODE, _NUMBER)) if yours.get(one)]
    return bool(crossed) and all(crossed) and bool(theirs[_CODE])


def _is_short(comparison: Comparison) -> bool:
    return len(comparison.yours.get(_NUMBER, "")) == 8 and len(comparison.theirs[_NUMBER]) == 20


def _has_no_code(comparison: Comparison) -> bool:
    return _CODE in comparison.untold and not comparison.theirs[_CODE] and len(comparison.theirs[_NUMBER]) == 20


def _is_other_kind(comparison: Comparison) -> bool:
    codes = _codes(comparison)
    kinds = {kind_of_code(code) for code in codes}
    return bool(codes) and len(kinds) == 2 and None not in kinds


def _is_other_region(comparison: Comparison) -> bool:
    return len({_region(code) for code in _codes(comparison)}) == 2


def _is_other_code_year(comparison: Comparison) -> bool:
    return len({_year(code) for code in _codes(comparison)}) == 2


def _codes(comparison: Comparison) -> tuple[str, ...]:
    """Both, if they are of the same length and no mere slip moves everything that stands behind it."""
    yours, theirs = comparison.yours.get(_CODE, ""), comparison.theirs[_CODE]
    return (yours, theirs) if yours and yours != theirs and len(yours) == len(theirs) else ()


def _region(code: str) -> str:
    """Province alone: electronic invoices may name a city behind it."""
    return code[1:3] if len(code) == 12 else code[:2]


def _year(code: str) -> str:
    return code[5:7] if len(code) == 12 else code[4:6]


def _years_differ(comparison: Comparison) -> bool:
    number, day = comparison.yours.get(_NUMBER, ""), comparison.yours.get(_DATE, "")
    same = {name for name in (_NUMBER, _DATE) if comparison.fields.get(name) is Agreement.SAME}
    return len(number) == 20 and bool(day) and number[:2] != day[2:4] and len(same) < 2


# In whose value it lies; "" if it follows from what was typed.
_CLUES: dict[Clue, tuple[str, Callable[[Comparison], bool]]] = {
    Clue.SWAPPED: ("", _are_swapped),
    Clue.SHORT: (_NUMBER, _is_short),
    Clue.NO_CODE: (_NUMBER, _has_no_code),
    Clue.OTHER_KIND: (_CODE, _is_other_kind),
    Clue.REGION: (_CODE, _is_other_region),
    Clue.CODE_YEAR: (_CODE, _is_other_code_year),
    Clue.YEAR: ("", _years_differ),
}


def slips(field: str, comparison: Comparison) -> tuple[Edit, ...]:
    """Position by position, of a number or a code; none if more than two slips lie between."""
    if field == _NUMBER:
        return comparison.edits
    if field != _CODE or _CODE not in comparison.yours:
        return ()
    return edits_between(comparison.yours[_CODE], comparison.theirs[_CODE]) or ()


def marked(field: str, comparison: Comparison) -> frozenset[int]:
    """Positions, from 1, of the invoice's digits that differ from what was typed."""
    found: set[int] = set()
    for edit in slips(field, comparison):
        if edit.slip is not Slip.EXTRA:
            found |= {edit.position, edit.position + (edit.slip is Slip.SWAPPED)}
    return frozenset(found)
