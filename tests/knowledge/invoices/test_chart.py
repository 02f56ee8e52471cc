"""The picture: its font has every glyph that it needs, its figures are the statistics', and it can be drawn."""

from __future__ import annotations

import string
import struct
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import as_file, files

import pytest
from matplotlib.ft2font import FT2Font

from knowledge.invoices.chart import COLOURS, DPI, FONT, MOST_MONTHS, WIDTH, Chart, chart, draw, height
from knowledge.invoices.model import Axis, TaxStatus
from knowledge.invoices.statistics import STATES, Direction, Statistics, Sums, Tally
from knowledge.invoices.status import status_label
from knowledge.texts import Locale, Texts, plain

TEXTS = Texts.load()
RECEIVED, ISSUED = Direction.RECEIVED, Direction.ISSUED


def glyphs() -> set[str]:
    """Whatever may stand in the picture."""
    keys = [key for key in TEXTS.keys() if key.startswith(("chart.", "month.", "direction."))]  # noqa: SIM118 - no mapping
    keys += [status_label(Axis.TAX_STATUS, state) for state in STATES]
    written = "".join(plain(TEXTS.template(key)[locale]) for key in keys for locale in Locale)
    return set(string.printable[:95]) | set(written) - {"\n"}


def one(day: date | None, fen: int, status: str = TaxStatus.NORMAL) -> Tally:
    return Tally(day, status, Sums(1, fen, int(fen < 0), min(fen, 0)))


def made(
    received: Sequence[Tally], issued: Sequence[Tally] = (), year: int | None = 2026, locale: Locale = Locale.ZH
) -> Chart:
    found: Mapping[Direction, Sequence[Tally]] = {RECEIVED: received, ISSUED: issued}
    return chart(Statistics(year, found), TEXTS, locale)


def test_the_font_has_every_glyph() -> None:
    source = files("knowledge.invoices").joinpath("data", FONT)
    with as_file(source) as path:
        font = FT2Font(str(path))
        assert {glyph for glyph in glyphs() if not font.get_char_index(ord(glyph))} == set()
        assert path.stat().st_size < 100_000
        assert "SIL OPEN FONT LICENSE" in path.with_suffix(".LICENSE").read_text(encoding="utf-8")


def test_a_picture_says_only_what_the_font_has() -> None:
    every = [one(date(year, month, 1), -5, state) for year in (1999, 2026) for month in (1, 12) for state in STATES]
    for locale in Locale:
        for year in (None, 2026):
            drawn = made(every, [one(date(2026, 1, 1), 10**15)], year, locale)
            said = [drawn.title, drawn.unit, drawn.red, drawn.states_title, *drawn.columns, *drawn.states]
            said += [text for bars in drawn.bars for text in (bars.name, bars.total)]
            assert set("".join(said)) - {"\n"} <= glyphs()


def test_a_year_has_its_twelve_months() -> None:
    drawn = made([one(date(2026, 9, 1), 20_000_000_00), one(date(2026, 9, 2), -5_000_000_00)])
    received, issued = drawn.bars
    assert drawn.columns == [f"{month} 月" for month in range(1, 13)]
    assert (drawn.title, drawn.unit, drawn.states) == ("2026 年发票统计", "价税合计（万元）", ["正常"])
    assert (received.name, received.total) == ("取得 2 张", "1,500.00 万元")
    assert (received.amounts[8], received.red[8], sum(received.amounts), sum(received.red)) == (2000, -500, 2000, -500)
    assert (received.counts, issued.counts, sum(issued.amounts)) == ([2], [0], 0)


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (90_00, "90.00 元", "¥90.00"),
        (12_800_00, "1.28 万元", "¥12.80 thousand"),
        (3_000_000_00, "300.00 万元", "¥3.00 million"),
        (-3_000_000_00, "-300.00 万元", "-¥3.00 million"),
        (2_500_000_000_00, "25.00 亿元", "¥2.50 billion"),
    ],
)
def test_sums_are_in_a_unit_that_suits_them(fen: int, chinese: str, english: str) -> None:
    said = [made([one(date(2026, 1, 1), fen)], locale=locale).bars[0].total for locale in (Locale.ZH, Locale.EN)]
    assert said == [chinese, english]


def test_all_years_are_months_while_these_are_few() -> None:
    few = made([one(date(2025, 12, 1), 1), one(date(2026, 2, 1), 2)], year=None, locale=Locale.EN)
    assert few.columns == ["Dec\n2025", "Jan\n2026", "Feb"]
    many = made([one(date(2024, 12, 1), 1), one(date(2026, 2, 1), 2), one(None, 4)], year=None)
    assert MOST_MONTHS < 15
    assert many.columns == ["2024", "2025", "2026"]
    assert [amount * 100 for amount in many.bars[0].amounts] == [1, 0, 2]
    assert many.bars[0].name == "取得 3 张"


@pytest.mark.filterwarnings("error")  # a glyph that is missing is a warning
@pytest.mark.parametrize("year", [None, 2026])
def test_it_is_drawn(year: int | None) -> None:
    tallies = [one(date(2026, 9, 1), -100_00), *(one(date(2026, 5, 1), 900_00, state) for state in STATES)]
    sizes = []
    for received in (tallies, tallies[:1], []):
        picture = draw(drawn := made(received, year=year))
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", picture[16:24]) == (round(WIDTH * DPI), int(height(drawn) * DPI))
        sizes.append(height(drawn))
    assert sizes == sorted(sizes, reverse=True)  # no emptier than need be
    assert sizes[0] > sizes[1]


def test_what_has_no_date_has_no_column() -> None:
    for drawn in (made([], year=None), made([one(None, 500)], year=None)):
        assert (drawn.columns, drawn.bars[0].amounts) == ([], [])


def test_colours_differ_in_brightness_too() -> None:
    """What somebody without colour vision, or a copier, sees of them."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted(map(luminance, COLOURS.values()))
    assert (lighter + 0.05) / (darker + 0.05) > 2
