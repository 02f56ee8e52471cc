"""The neutral form in which platforms report status changes (invoice-domain.md §7.2)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from knowledge.invoices.identity import invoice_key
from knowledge.invoices.model import Axis
from knowledge.invoices.status import VALUES

_STORABLE = StringConstraints(pattern=r"^[^\x00]*$")  # PostgreSQL stores no NUL


class InvoiceRef(BaseModel):
    """Either the 20-digit number or the old code and number; further fields are the platform's own affair."""

    model_config = ConfigDict(extra="ignore")

    digital_no: str = ""
    code: str = ""
    number: str = ""

    @property
    def key(self) -> str:
        return invoice_key(self.code, self.digital_no or self.number)

    @model_validator(mode="after")
    def _identifies(self) -> Self:
        _ = self.key  # ValueError says what an invoice needs
        return self


class Change(BaseModel):
    model_config = ConfigDict(extra="ignore")

    axis: Axis
    to: str
    reason: Annotated[str, _STORABLE] = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.to not in set(VALUES[self.axis]):
            raise ValueError(f"to: one of {', '.join(VALUES[self.axis])}")
        return self


class StatusChanged(BaseModel):
    """One event. Sent again with the same `event_id` it changes nothing."""

    model_config = ConfigDict(extra="ignore")

    event_id: Annotated[str, _STORABLE, Field(min_length=1, max_length=128)]
    event_type: Literal["invoice.status_changed", "red_form.changed", "usage.changed"]
    occurred_at: AwareDatetime
    invoice: InvoiceRef
    change: Change
