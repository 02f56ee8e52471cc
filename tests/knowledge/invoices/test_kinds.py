from __future__ import annotations

import pytest

from knowledge.invoices.kinds import kind_named, kind_of_qr, kinds
from knowledge.invoices.model import Kind
from knowledge.invoices.structure import is_blockchain_code, kind_of_code


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("增值税专用发票", Kind.PAPER_SPECIAL),
        ("机动车销售统一发票", Kind.VEHICLE),
        ("增值税普通发票", Kind.PAPER_NORMAL),
        ("增值税电子专用发票", Kind.E_SPECIAL),
        ("增值税电子普通发票", Kind.E_NORMAL),
        ("增值税普通发票（卷式）", Kind.ROLL),
        ("道路通行费电子普通发票", Kind.TOLL),
        ("二手车销售统一发票", Kind.USED_VEHICLE),
        ("数电发票（增值税专用发票）", Kind.D_SPECIAL),
        ("电子发票(增值税专用发票)", Kind.D_SPECIAL),
        ("数电发票（普通发票）", Kind.D_NORMAL),
        ("数电发票（机动车销售统一发票）", Kind.VEHICLE),
        ("全电纸质发票（增值税专用发票）", Kind.D_PAPER_SPECIAL),
        ("全电纸质发票（普通发票）", Kind.D_PAPER_NORMAL),
        ("数电发票（铁路电子客票）", Kind.RAIL),
        ("数电发票（航空运输电子客票行程单）", Kind.AIR),
        ("数电发票（通行费发票）", Kind.TOLL),
        # codes of the tax authority, and of 百望 where it has others
        ("01", Kind.PAPER_SPECIAL), ("08", Kind.E_SPECIAL), ("10", Kind.E_NORMAL), ("81", Kind.D_SPECIAL),
        ("82", Kind.D_NORMAL), ("85", Kind.D_PAPER_SPECIAL), ("51", Kind.RAIL), ("61", Kind.AIR),
        ("31", Kind.D_SPECIAL), ("32", Kind.D_NORMAL), ("59", Kind.TOLL), ("88", Kind.USED_VEHICLE),
        ("20", None),  # only a QR text calls 电子专票 so
        # verified elsewhere
        ("货物运输业增值税专用发票", None), ("财政电子票据", None), ("通用定额发票", None), ("收据", None),
    ],
)  # fmt: skip
def test_names_and_codes(name: str, kind: Kind | None) -> None:
    assert kind_named(name, digital=False, paper=False) is kind


def test_an_export_s_short_name_is_of_the_invoice_s_family() -> None:
    assert kind_named("增值税专用发票", digital=True, paper=False) is Kind.D_SPECIAL
    assert kind_named("增值税专用发票", digital=True, paper=True) is Kind.D_PAPER_SPECIAL


@pytest.mark.parametrize(
    ("code", "kind"),
    [("01", Kind.PAPER_SPECIAL), ("20", Kind.E_SPECIAL), ("08", None), ("31", Kind.D_SPECIAL), ("51", Kind.RAIL),
     ("81", None), ("02", None)],
)  # fmt: skip
def test_codes_of_qr_texts(code: str, kind: Kind | None) -> None:
    assert kind_of_qr(code) is kind


@pytest.mark.parametrize("vocabulary", ["qr", "tax_codes", "baiwang"])
def test_no_code_means_two_kinds(vocabulary: str) -> None:
    codes = [code for info in kinds().values() for code in getattr(info, vocabulary)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("011002600104", Kind.PAPER_NORMAL), ("011002600105", Kind.PAPER_NORMAL), ("011002600106", Kind.ROLL),
        ("011002600107", Kind.ROLL), ("011002600111", Kind.E_NORMAL), ("011002600112", Kind.TOLL),
        ("011002600113", Kind.E_SPECIAL), ("011002600117", Kind.USED_VEHICLE), ("111002620001", Kind.VEHICLE),
        ("1100263130", Kind.PAPER_SPECIAL), ("1100263530", Kind.PAPER_SPECIAL), ("1100263360", Kind.PAPER_NORMAL),
        ("1100263660", Kind.PAPER_NORMAL), ("1100263230", None), ("1100263730", None), ("144031809110", None),
    ],
)  # fmt: skip
def test_codes_of_invoices(code: str, kind: Kind | None) -> None:
    assert kind_of_code(code) is kind


def test_blockchain_codes() -> None:
    assert is_blockchain_code("144031809110")
    assert not any(map(is_blockchain_code, ["011002600111", "111002620001", "1440318091", ""]))
