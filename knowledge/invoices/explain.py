"""A comparison in words, one part a field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from knowledge.invoices.compare import FIELDS, NAMES, Agreement, AmountMatch, Comparison, Edit
from knowledge.invoices.diagnosis import Clue, diagnose, slips
from knowledge.texts import Localized, Param, Texts, join


def explain(comparison: Comparison, texts: Texts) -> Localized:
    """`号码第 14 位 您填 7｜系统 1 · 日期差 1 天 · 金额一致`. Values only where `may_reveal`."""
    clues = diagnose(comparison).clues
    told = [field for field in FIELDS if field in comparison.fields and not _is_in_clue(field, clues)]
    parts = [_explain(field, comparison, texts) for field in told]
    return join(" · ", [*parts, *(texts(f"invoice.clue.{clue}") for clue in clues)])


def _is_in_clue(field: str, clues: tuple[Clue, ...]) -> bool:
    return Clue.SWAPPED in clues and field in {"number", "code"}


def _explain(field: str, comparison: Comparison, texts: Texts) -> Localized:
    name = texts(f"invoice.field.{field}")
    if comparison.fields[field] is Agreement.SAME:
        if field == "tail":
            return texts("invoice.compare.tail", tail=comparison.yours[field])
        if field == "head":
            return texts("invoice.compare.head", head=comparison.yours[field])
        return texts("invoice.compare.same", field=name)
    if field in NAMES and comparison.fields[field] is Agreement.CLOSE:
        return texts("invoice.compare.similar", field=name)
    if not comparison.may_reveal(field):
        is_about = field == "amount" and comparison.amount is AmountMatch.ABOUT
        return texts("invoice.compare.similar" if is_about else "invoice.compare.different", field=name)
    if field == "number" and comparison.is_tail:
        return texts("invoice.compare.tail", tail=comparison.yours[field])
    if edits := slips(field, comparison):
        return join(" · ", [_explain_edit(edit, name, texts) for edit in edits])
    if field == "issue_date" and comparison.days is not None:
        if _is_year_off(comparison):
            return texts("invoice.compare.year", years=abs(_year(comparison.yours) - _year(comparison.theirs)))
        return texts("invoice.compare.days", days=abs(comparison.days))
    if field == "amount" and comparison.amount in {AmountMatch.NET_FOR_TOTAL, AmountMatch.TOTAL_FOR_NET}:
        return texts(f"invoice.compare.{comparison.amount}")
    yours, theirs = comparison.yours[field], comparison.theirs[field].replace("\n", " / ")
    if field in {"tail", "head"}:
        theirs = theirs[-len(yours) :] if field == "tail" else theirs[: len(yours)]
    return texts("invoice.compare.values", field=name, yours=yours, theirs=theirs)


def _is_year_off(comparison: Comparison) -> bool:
    """The same day of another year."""
    yours, theirs = (date.fromisoformat(side["issue_date"]) for side in (comparison.yours, comparison.theirs))
    return yours.year != theirs.year and (yours.month, yours.day) == (theirs.month, theirs.day)


def _year(facts: Mapping[str, str]) -> int:
    return int(facts["issue_date"][:4])


def _explain_edit(edit: Edit, name: Localized, texts: Texts) -> Localized:
    params: dict[str, Param] = {
        "position": edit.position,
        "next": edit.position + 1,
        "yours": edit.yours,
        "theirs": edit.theirs,
    }
    return texts(f"invoice.compare.{edit.slip}", field=name, **params)
