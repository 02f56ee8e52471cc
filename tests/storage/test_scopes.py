"""There is no way to ask for an organization's rows without saying whose may be seen."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, get_args, get_type_hints

import pytest

from knowledge.invoices.lookup import query_of
from knowledge.invoices.model import Invoice
from storage.alerts import Notification, Subscription
from storage.gaps import Gaps
from storage.invoices import StatusChange, Stored
from storage.lessons import Lessons
from storage.organizations import Invitation, Member, Organization
from storage.scope import EVERYTHING
from storage.steps import Steps
from storage.unit_of_work import Storage, UnitOfWork
from tests.fixtures.invoices import build
from tests.storage.conftest import NOW

OWNED = {Invoice, Stored, StatusChange, Notification, Subscription, Member, Invitation, Organization}
SCOPES = {"tax_ids", "org_id", "user_id"}

# What gives such rows without a scope, and why it may.
REASONS = {
    "Invoices.unscoped": "a platform reports about any invoice; nobody reads the row",
    "Invoices.unscoped_many": "an import merges any invoice; nobody reads the rows",
    "Invoices.at_or_beside": "the public verification compares with any invoice; only its parties read of the row",
    "Invoices.last_change": "whether a platform's report comes too late; nobody reads the row",
    "Alerts.watching": "who is to be told of a change; each is asked for permission before",
    "Organizations.add": "makes it: for the command line only",
    "Organizations.by_tax_id": "permission is asked of the row itself; or it is an import's or the command line's",
    "Organizations.all": "for the command line only",
    "Organizations.move": "gives back what it was given",
}


LAZY = {repository.__name__: repository for repository in (Gaps, Lessons, Steps)}  # loaded when they are asked for


def repositories() -> Iterator[type]:
    for name, member in vars(UnitOfWork).items():
        if isinstance(member, cached_property):
            known = vars(inspect.getmodule(UnitOfWork)) | LAZY
            hinted: type = get_type_hints(member.func, known)["return"]
            assert inspect.isclass(hinted), name
            yield hinted


def methods() -> Iterator[tuple[str, Callable[..., Any]]]:
    for repository in repositories():
        for name, member in vars(repository).items():
            if inspect.isfunction(member) and not name.startswith("_"):
                yield f"{repository.__name__}.{name}", member


def named(hint: Any) -> set[Any]:
    """Every type in an annotation."""
    return {hint}.union(*(named(part) for part in get_args(hint)))


def unscoped() -> set[str]:
    """Methods that give such rows and take none of the scopes, or one that may be left out."""
    found = set()
    for name, method in methods():
        parameters = inspect.signature(method).parameters
        given = [one for one in parameters if one in SCOPES and parameters[one].default is inspect.Parameter.empty]
        if named(get_type_hints(method)["return"]) & OWNED and not given:
            found.add(name)
    return found


def test_rows_of_organizations_take_a_scope() -> None:
    assert unscoped() == set(REASONS)


def test_the_test_sees_every_repository() -> None:
    known = {name for name, _ in methods()}
    assert {"Invoices.scope", "Invoices.visible", "Invoices.changes", "Organizations.members"} <= known
    assert len(known) > 80


@pytest.mark.parametrize("name", ["Invoices.scope", "Invoices.visible", "Invoices.changes"])
def test_the_ways_to_invoices_are_named(name: str) -> None:
    assert "tax_ids" in inspect.signature(dict(methods())[name]).parameters


async def test_finding_without_a_scope_is_no_way_to_everything(storage: Storage) -> None:
    (invoice,) = build(1)
    async with storage.begin() as work:
        await work.invoices.save([invoice], NOW)
    query = query_of({"number": invoice.number})
    with pytest.raises(TypeError):
        await storage.finder.find(query, None)  # type: ignore[arg-type]
    assert (await storage.finder.find(query, EVERYTHING)).exact == invoice
