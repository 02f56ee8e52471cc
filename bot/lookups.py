"""Answers for the command line in the formats that batches are exchanged in."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import Services, utc_now
from handlers.errors import InvalidInput
from handlers.invoices.near import despite
from handlers.invoices.verify import Verified
from knowledge.flows.facts import infer
from knowledge.invoices.lookup import explain
from knowledge.invoices.model import Invoice
from knowledge.invoices.queries import understand
from knowledge.invoices.verification import missing
from knowledge.texts import Locale, Localized, plain
from storage.scope import EVERYTHING, Everything, Scope

ALL = "*"  # organizations, as it is typed
NOBODY = 0  # in place of a Telegram id: whoever has the command line, counted as one person
EXACT = 100.0  # above all that the fields of a near one can add up to


async def lookup_lines(
    services: Services, lines: Sequence[Mapping[str, Any]], org_tax_id: str, limit: int, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """An answer a line, in their order. Lines of one scope are answered one after the other, when it is in memory."""
    given = [_scope(line, org_tax_id) for line in lines]
    own = await _tax_ids(services, {one for scope in given for one in scope})
    scopes = [sorted({tax_id for one in scope for tax_id in own[one]}) for scope in given]
    answers: dict[int, dict[str, Any]] = {}
    for scope, places in groupby(
        sorted(range(len(lines)), key=lambda place: scopes[place]), lambda place: scopes[place]
    ):
        visible = EVERYTHING if ALL in scope else scope
        await services.features.invoices.prepare(visible)
        for place in places:
            answers[place] = await _lookup_line(services, lines[place], visible, limit, zone)
    return [answers[place] for place in range(len(lines))]


def _scope(line: Mapping[str, Any], org_tax_id: str) -> list[str]:
    """A line's own `orgs` are the asker's scope. No scope at all is an error, an empty one finds nothing."""
    scope = line.get("orgs", [org_tax_id])
    if not isinstance(scope, list) or not all(isinstance(tax_id, str) and tax_id for tax_id in scope):
        raise InvalidInput("cli.line_scope")
    return scope


async def _tax_ids(services: Services, given: Collection[str]) -> dict[str, Sequence[str]]:
    """Each with all tax ids of the organization that has it: its members see the invoices of all of them."""
    async with services.storage.read() as work:
        known = {one: await work.organizations.by_tax_id(one) for one in given if one != ALL}
    return {one: found.tax_ids if (found := known.get(one)) else [one] for one in given}


async def _lookup_line(
    services: Services, line: Mapping[str, Any], scope: Scope, limit: int, zone: ZoneInfo
) -> dict[str, Any]:
    """The line's keys plus `results` (best first), `found` and `ms`, with the scope in memory."""
    begun = time.perf_counter()
    query = understand(line["query"], _today(zone))
    result = await services.features.invoices.find_in(scope, query)
    said = plain("".join(told[Locale.ZH] for told in despite(services.texts, result)))
    rows = [_row(result.exact, scope, EXACT, said)] if result.exact else []
    for match in result.near:
        differs = plain(explain(match.comparison, services.texts)[Locale.ZH])
        rows.append(_row(match.invoice, scope, match.score, differs))
    ms = (time.perf_counter() - begun) * 1000
    return {**line, "results": rows[:limit], "found": bool(rows), "ms": round(ms, 3)}


def _row(invoice: Invoice, scope: Scope, score: float, differs: str) -> dict[str, Any]:
    """`party`: the one that is not the asker."""
    ours = () if isinstance(scope, Everything) else scope
    is_ours = invoice.seller_tax_id in ours and invoice.buyer_tax_id not in ours
    return {
        "key": invoice.key,
        "code": invoice.code,
        "number": invoice.number,
        "party": (invoice.buyer_name if is_ours else invoice.seller_name) or invoice.seller_name,
        "score": score,
        "differs": differs,
    }


async def verify_text(services: Services, text: str) -> Verified:
    """Raises InvalidInput that names what the official form asks for and the text lacks."""
    now, features = utc_now(), services.features
    facts = infer(features.flows.volunteered(text, now))
    if open_fields := missing(facts):
        names = [services.texts(f"fact.{name}") for name in open_fields]
        fields = Localized("、".join(name.zh for name in names), ", ".join(name.en for name in names))
        raise InvalidInput("verify.missing", fields=fields)
    return await features.verifications.verify(NOBODY, facts, now)


def ask_line(services: Services, line: Mapping[str, Any], zone: ZoneInfo) -> tuple[dict[str, Any], str]:
    """The line's keys plus zone, slug, top3, score and ms; and why, in words."""
    begun = time.perf_counter()
    route = services.router.route(line["text"], _today(zone))
    ms = (time.perf_counter() - begun) * 1000
    answer = {
        "zone": route.zone,
        "slug": route.slug,
        "top3": list(route.top3),
        "score": route.score,
        "ms": round(ms, 3),
    }
    return {**line, **answer}, route.reason


async def lesson_for(services: Services, text: str, zone: ZoneInfo) -> dict[str, Any] | None:
    """The lesson that would answer, or is in shadow: id, state and slug."""
    async with services.storage.read() as work:
        lesson = await services.features.lessons.found(work, services.router.route(text, _today(zone)), text)
    return {"id": lesson.id, "state": lesson.state, "slug": lesson.topic} if lesson else None


def _today(zone: ZoneInfo) -> date:
    return utc_now().astimezone(zone).date()
