"""A comparison in words, one part a field."""

from __future__ import annotations

from knowledge.invoices.compare import FIELDS, NAMES, Agreement, AmountMatch, Comparison, Edit
from knowledge.texts import Localized, Param, Texts, join


def explain(comparison: Comparison, texts: Texts) -> Localized:
    """`号码第 14 位 您填 7｜系统 1 · 日期差 1 天 · 金额一致`. Values only where `may_reveal`."""
    parts = [_explain(field, comparison, texts) for field in FIELDS if field in comparison.fields]
    return join(" · ", parts)


def _explain(field: str, comparison: Comparison, texts: Texts) -> Localized:
    name = texts(f"invoice.field.{field}")
    if comparison.fields[field] is Agreement.SAME:
        return texts("invoice.compare.same", field=name)
    if field in NAMES and comparison.fields[field] is Agreement.CLOSE:
        return texts("invoice.compare.similar", field=name)
    if not comparison.may_reveal(field):
        return texts("invoice.compare.different", field=name)
    if field == "tail" or (field == "number" and comparison.is_tail):
        return texts("invoice.compare.tail", tail=comparison.yours[field])
    if field == "number" and comparison.edits:
        edits = [_explain_edit(edit, name, texts) for edit in comparison.edits]
        return join(" · ", edits)
    if field == "issue_date" and comparison.days is not None:
        return texts("invoice.compare.days", days=abs(comparison.days))
    if field == "amount" and comparison.amount in {AmountMatch.NET_FOR_TOTAL, AmountMatch.TOTAL_FOR_NET}:
        return texts(f"invoice.compare.{comparison.amount}")
    theirs = comparison.theirs[field].replace("\n", " / ")
    return texts("invoice.compare.values", field=name, yours=comparison.yours[field], theirs=theirs)


def _explain_edit(edit: Edit, name: Localized, texts: Texts) -> Localized:
    params: dict[str, Param] = {
        "position": edit.position,
        "next": edit.position + 1,
        "yours": edit.yours,
        "theirs": edit.theirs,
    }
    return texts(f"invoice.compare.{edit.slip}", field=name, **params)
