"""Facts in words, for people: the requester's line of what is known, and the agent's card."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.texts import Localized, Texts, literal

# In the order of the face of an invoice. What is not in here is for the flow itself.
SHOWN = (
    "kind",
    "family",
    "code",
    "number",
    "other_number",
    "tail",
    "issue_date",
    "amount",
    "check_code",
    "seller_name",
    "buyer_name",
    "buyer_tax_id",
    "right_tax_id",
    "buyer_details",
    "item",
    "delivery",
    "tax_status",
    "review",
    "system",
    "browser",
    "reason",
    "error",
)


def shown_facts(texts: Texts, facts: Mapping[str, str]) -> list[tuple[Localized, Localized]]:
    """(name, value) pairs. The kind says more than the family, so that one gives way to it."""
    names = [name for name in SHOWN if facts.get(name) and not (name == "family" and facts.get("kind"))]
    return [(texts(f"fact.{name}"), _value(texts, name, facts[name])) for name in names]


def _value(texts: Texts, name: str, value: str) -> Localized:
    """Closed sets have words; what was written stands as it is."""
    group = "invoice" if name in {"kind", "tax_status", "review"} else "fact"
    key = f"{group}.{name}.{value}"
    return texts(key) if key in texts else literal(value)
