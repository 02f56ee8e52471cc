"""The public verification of an invoice, by whoever holds it: consistent, or one answer for everything else.

Nothing in it may tell whether an invoice is registered: the same statements, comparisons and words whether it is or
not. Only members of one of its parties are told which field differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from handlers.errors import NotPermitted
from handlers.invoices.service import InvoiceService
from knowledge.invoices.compare import compare
from knowledge.invoices.dates import is_too_new_to_verify, is_too_old_to_verify
from knowledge.invoices.explain import explain
from knowledge.invoices.identity import invoice_key
from knowledge.invoices.lookup import LookupResult, query_of
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.rules import Limit, limit
from knowledge.invoices.status import status_label
from knowledge.invoices.verification import NONE, mismatches
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Localized, Texts, join
from storage.unit_of_work import Storage, UnitOfWork
from storage.verifications import Tries

A_DAY_OF_PERSON = 20  # ours; how often an invoice can be verified is the platform's rule


class Verdict(StrEnum):
    CONSISTENT = "consistent"
    OTHERWISE = "otherwise"  # inconsistent, or not registered here
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class Verified:
    verdict: Verdict
    text: Localized


class VerifyService:
    def __init__(self, storage: Storage, texts: Texts, invoices: InvoiceService) -> None:
        self._storage, self._texts, self._invoices = storage, texts, invoices

    async def verify(self, user_id: int, facts: Mapping[str, str], now: datetime) -> Verified:
        async with self._storage.begin() as work:
            return await self.verify_in(work, user_id, facts, now)

    async def verify_in(self, work: UnitOfWork, user_id: int, facts: Mapping[str, str], now: datetime) -> Verified:
        """`facts` lack none of the form's fields. A try counts, whatever comes of it, until those of the day are used
        up: of an invoice by all together, and 20 of a person."""
        key, today = invoice_key(facts.get("code", ""), facts["number"]), self._invoices.today(now)
        tries = await work.verifications.tries(user_id, key, today)
        actor = await work.users.actor(user_id)
        invoice = await work.invoices.at_or_beside(key) or NONE
        is_it = invoice.key == key
        own = await self._invoices.find(actor, query_of(facts))
        differing = mismatches(facts, invoice)
        answers = self._answers(actor, facts, invoice, own, differing, today, is_it=is_it)
        if refusal := self._refusal(tries, today):
            return Verified(Verdict.USED_UP, refusal)
        await work.verifications.add(user_id, key, today)
        return answers[not is_it or bool(differing)]

    def _answers(
        self,
        actor: Actor,
        facts: Mapping[str, str],
        invoice: Invoice,
        own: LookupResult,
        differing: frozenset[str],
        today: date,
        *,
        is_it: bool,
    ) -> tuple[Verified, Verified]:
        """Both are made, whichever is given: (consistent, otherwise). Of an invoice of others nothing is explained, not
        even for nobody to read: how much there is to say would tell in the time it takes."""
        tax_ids = {invoice.buyer_tax_id, invoice.seller_tax_id}
        parties = Parties(frozenset(tax_ids if is_it else ()))
        if not allowed(actor, Action.VERIFY_INVOICE, parties):
            raise NotPermitted
        state = self._texts(status_label(Axis.TAX_STATUS, invoice.tax_status))
        same = Verified(Verdict.CONSISTENT, self._texts("verify.consistent", state=state))
        lines = [self._texts("verify.otherwise")]
        if is_it and allowed(actor, Action.SEE_INVOICE, parties):
            comparison = compare(facts, invoice)
            lines.append(self._texts("verify.differs", differs=explain(comparison, self._texts)))
            unknown = sorted(differing & comparison.untold)
            lines += [self._texts("verify.untold", field=self._texts(f"invoice.field.{name}")) for name in unknown]
        elif own.winner is not None:
            near = explain(own.winner.comparison, self._texts)
            lines.append(self._texts("verify.near", differs=near))
        lines += self._about_the_day(facts, today)
        lines.append(self._texts("verify.advice", limit=limit(Limit.VERIFY_PER_DAY, today)))
        return same, Verified(Verdict.OTHERWISE, join("\n\n", lines))

    def _about_the_day(self, facts: Mapping[str, str], today: date) -> list[Localized]:
        """From what was typed alone."""
        issued = date.fromisoformat(facts["issue_date"])
        if is_too_new_to_verify(issued, today):
            known = issued + timedelta(limit(Limit.VERIFY_AFTER_DAYS, today))
            return [self._texts("verify.too_new", day=known.isoformat())]
        if is_too_old_to_verify(issued, today):
            return [self._texts("verify.too_old", years=limit(Limit.VERIFY_YEARS, today))]
        return []

    def _refusal(self, tries: Tries, today: date) -> Localized | None:
        a_day_of_invoice = limit(Limit.VERIFY_PER_DAY, today)
        if tries.of_person >= A_DAY_OF_PERSON:
            return self._texts("verify.used_up_person", limit=A_DAY_OF_PERSON)
        if tries.of_invoice >= a_day_of_invoice:
            return self._texts("verify.used_up_invoice", limit=a_day_of_invoice)
        return None
