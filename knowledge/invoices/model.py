"""What an invoice is: kinds, the five independent state axes, and the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from knowledge.texts import Localized, Param, Texts


class Family(StrEnum):
    DIGITAL = "digital"  # 数电票: one number of 20 digits
    LEGACY = "legacy"  # a code of 10 or 12 digits and a number of 8


class Kind(StrEnum):
    PAPER_SPECIAL = "paper_special"
    PAPER_NORMAL = "paper_normal"
    E_SPECIAL = "e_special"
    E_NORMAL = "e_normal"
    ROLL = "roll"
    TOLL = "toll"
    VEHICLE = "vehicle"
    USED_VEHICLE = "used_vehicle"
    D_SPECIAL = "d_special"
    D_NORMAL = "d_normal"
    D_PAPER_SPECIAL = "d_paper_special"
    D_PAPER_NORMAL = "d_paper_normal"
    RAIL = "rail"
    AIR = "air"


class Axis(StrEnum):
    """Independent of each other: a void invoice may still be in review."""

    TAX_STATUS = "tax_status"
    RED_FORM = "red_form"
    USAGE = "usage"
    REVIEW = "review"
    REIMBURSE = "reimburse"


class TaxStatus(StrEnum):
    NORMAL = "normal"
    VOID = "void"
    RED = "red"  # a red-letter invoice itself (negative), or an old-system one reported as 已红冲
    PARTLY_RED = "partly_red"
    FULLY_RED = "fully_red"
    RED_PENDING = "red_pending"


class RedForm(StrEnum):
    """红字发票信息确认单, in the order of the tax authority's codes 01 to 13."""

    NOT_NEEDED = "not_needed"
    WAIT_BUYER = "wait_buyer"
    WAIT_SELLER = "wait_seller"
    CONFIRMED = "confirmed"
    REFUSED_BY_BUYER = "refused_by_buyer"
    REFUSED_BY_SELLER = "refused_by_seller"
    EXPIRED = "expired"  # not confirmed within 72 hours
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"  # after both had confirmed
    ABNORMAL = "abnormal"
    BLOCKED = "blocked"
    DECLINED = "declined"  # by a natural person
    REFUND_APPLIED = "refund_applied"


class Usage(StrEnum):
    UNUSED = "unused"
    SELECTED = "selected"  # 已勾选
    BOOKED = "booked"  # 已入账, deducted before income tax
    BOOKED_UNDEDUCTED = "booked_undeducted"
    REVOKED = "revoked"  # 入账撤销


class Review(StrEnum):
    """Our own document review; says nothing about the invoice at the tax authority."""

    DRAFT = "draft"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Reimburse(StrEnum):
    INIT = "init"
    LOCK = "lock"
    CLOSURE = "closure"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice. Axes hold a value of their enum, or "" while unknown; amounts are yuan with two decimals."""

    key: str
    kind: Kind | None
    code: str
    number: str
    seller_name: str = ""
    seller_tax_id: str = ""
    buyer_name: str = ""
    buyer_tax_id: str = ""
    issue_date: date | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    tax_status: str = ""
    red_form: str = ""
    usage: str = ""
    review: str = ""
    reimburse: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        return Family(self.key.partition(":")[0])

    @property
    def is_paper(self) -> bool:
        """数电纸质发票 carry a paper code beside their 20 digits. Without a kind, a code counts as paper."""
        if self.kind is not None:
            return self.kind in PAPER or (self.kind in SOMETIMES_PAPER and bool(self.code))
        return bool(self.code)

    def as_numbered(self, number: str) -> Invoice:
        """Seen under its number on paper, if this is it."""
        return replace(self, number=number) if number == self.extra.get("paper_number") else self

    def state(self, axis: Axis) -> str:
        return str(getattr(self, axis))


PAPER = frozenset(
    {Kind.PAPER_SPECIAL, Kind.PAPER_NORMAL, Kind.ROLL, Kind.D_PAPER_SPECIAL, Kind.D_PAPER_NORMAL},
)
SOMETIMES_PAPER = frozenset({Kind.VEHICLE, Kind.USED_VEHICLE})


@dataclass(frozen=True, slots=True)
class Problem:
    """What exactly is wrong, or worth saying, as a text key with its parameters."""

    key: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def text(self, texts: Texts) -> Localized:
        return texts(self.key, **self.params)


@dataclass(frozen=True, slots=True)
class Value:
    """One field, read: its canonical text, every fact that it settles, and notes on what was changed or looks odd."""

    text: str
    facts: Mapping[str, str]
    notes: tuple[Problem, ...] = ()
