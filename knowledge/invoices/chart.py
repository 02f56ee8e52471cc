"""Statistics as a picture for a phone. It has only our own words in it, for which a part of a font is enough."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from knowledge.invoices.model import Axis
from knowledge.invoices.statistics import STATES, Direction, Month, Statistics, Sums
from knowledge.invoices.status import status_label
from knowledge.texts import Locale, Localized, Texts, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT, FAMILY = "NotoSansCJKsc-part.otf", "Noto Sans CJK SC"
WIDTH, DPI = 7.2, 150  # inches: 1080 pixels
ABOVE, A_STATE, BELOW = 6.24, 0.43, 0.34  # inches of the height: down to the states, of each, and under them
MOST_MONTHS = 14  # more are shown as years
# Okabe and Ito's blue and orange: told apart by everybody, and in grey too.
COLOURS = {Direction.RECEIVED: "#0072B2", Direction.ISSUED: "#E69F00"}
_INK, _PALE, _GRID = "#1F2933", "#61707F", "#E3E8ED"
_UNITS: Mapping[Locale, Sequence[tuple[str, int]]] = {  # from how many yuan on
    Locale.ZH: (("yi", 100_000_000), ("wan", 10_000), ("yuan", 1)),
    Locale.EN: (("billion", 1_000_000_000), ("million", 1_000_000), ("thousand", 1_000), ("yuan", 1)),
}


@dataclass(frozen=True, slots=True)
class Bars:
    """One direction: its name and count, its sum in words, amounts by column (in the chart's unit), counts by state.

    `red` are the red-letter invoices, zero or less; `amounts` is what is above zero, all others.
    """

    colour: str
    name: str
    total: str
    amounts: Sequence[float]
    red: Sequence[float]
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """In one language, ready to be drawn."""

    title: str
    unit: str
    red: str
    columns: Sequence[str]
    states_title: str
    states: Sequence[str]
    bars: Sequence[Bars]


def chart(statistics: Statistics, texts: Texts, locale: Locale) -> Chart:
    def say(text: Localized) -> str:
        return plain(text[locale])

    columns = _columns(statistics)
    sums = {direction: _by_column(statistics, direction, columns) for direction in Direction}
    shown_sums = (fen for each in sums.values() for one in each for fen in (one.fen - one.red_fen, one.red_fen))
    largest = max(map(abs, shown_sums), default=0)
    unit, yuan = next(one for one in _UNITS[locale] if largest >= one[1] * 100 or one[1] == 1)
    shown = [state for state in STATES if any(state in statistics.by_status(direction) for direction in Direction)]
    year = statistics.year
    return Chart(
        title=say(texts("chart.year", year=year) if year else texts("chart.all")),
        unit=say(texts("chart.amount", unit=texts(f"chart.unit.{unit}"))),
        red=say(texts("chart.red")),
        columns=[say(label) for label in _labels(columns, texts, year)],
        states_title=say(texts("chart.states")),
        states=[say(texts(status_label(Axis.TAX_STATUS, state))) for state in shown],
        bars=[
            Bars(
                COLOURS[direction],
                say(_name(texts, direction, statistics.total(direction))),
                say(sum_in_words(texts, statistics.total(direction), locale)),
                [(one.fen - one.red_fen) / 100 / yuan for one in sums[direction]],
                [one.red_fen / 100 / yuan for one in sums[direction]],
                [statistics.by_status(direction).get(state, Sums()).count for state in shown],
            )
            for direction in Direction
        ],
    )


def _name(texts: Texts, direction: Direction, total: Sums) -> Localized:
    return texts("chart.name", direction=texts(f"direction.{direction}"), count=f"{total.count:,}")


def sum_in_words(texts: Texts, total: Sums, locale: Locale) -> Localized:
    """In the unit that suits it."""
    unit, yuan = next(one for one in _UNITS[locale] if abs(total.yuan) >= one[1] or one[1] == 1)
    sign = "-" if total.yuan < 0 else ""
    return texts(f"chart.sum.{unit}", sign=sign, amount=f"{abs(total.yuan) / yuan:,.2f}")


def _columns(statistics: Statistics) -> list[tuple[int, int]]:
    """Months, or years with 0 as their month, without a gap; none if nothing has a date."""
    if statistics.year is not None:
        return [(statistics.year, month) for month in range(1, 13)]
    months = [month for month in statistics.months if month]
    if not months:
        return []
    first, last = (year * 12 + month - 1 for year, month in (months[0], months[-1]))
    if last - first < MOST_MONTHS:
        return [(number // 12, number % 12 + 1) for number in range(first, last + 1)]
    return [(year, 0) for year in range(months[0][0], months[-1][0] + 1)]


def _by_column(statistics: Statistics, direction: Direction, columns: Sequence[tuple[int, int]]) -> list[Sums]:
    found: dict[Month, Sums] = {}
    for month, sums in statistics.by_month(direction).items():
        place = month if month in columns or month is None else (month[0], 0)
        found[place] = found.get(place, Sums()) + sums
    return [found.get(column, Sums()) for column in columns]


def _labels(columns: Sequence[tuple[int, int]], texts: Texts, year: int | None) -> list[Localized]:
    """Months; where the year is not said by the title, it stands under the first of each."""
    labels = []
    for index, (of_year, month) in enumerate(columns):
        if not month:
            labels.append(texts("chart.column_year", year=of_year))
        elif year is None and (index == 0 or month == 1):
            labels.append(texts("chart.column_both", month=texts(f"month.{month}"), year=of_year))
        else:
            labels.append(texts(f"month.{month}"))
    return labels


def draw(drawn: Chart) -> bytes:
    """A PNG. Takes a second and a hundred megabytes: for a process of its own."""
    import matplotlib as mpl  # takes a moment
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    with as_file(files("knowledge.invoices").joinpath("data", FONT)) as path:
        font_manager.fontManager.addfont(path)
        options: dict[Any, Any] = {"font.family": FAMILY, "axes.unicode_minus": False, "hatch.linewidth": 1.2}
        with mpl.rc_context(options):
            tall = height(drawn)
            figure = Figure(figsize=(WIDTH, tall), dpi=DPI, facecolor="white")

            def down(inches: float) -> float:
                """From the top, as matplotlib counts: shares of the height, upwards."""
                return 1 - inches / tall

            _head(figure, drawn, down)
            figure.text(0.05, down(2.02), drawn.unit, fontsize=14, color=_INK)
            _amounts(figure.add_axes((0.115, down(5.18), 0.845, 2.97 / tall)), drawn)
            figure.text(0.05, down(6.05), drawn.states_title, fontsize=14, color=_INK)
            states = (_margin(drawn), BELOW / tall, 0.92 - _margin(drawn), 1 - (ABOVE + BELOW) / tall)
            _states(figure.add_axes(states), drawn)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png")
    return buffer.getvalue()


def height(drawn: Chart) -> float:
    """In inches."""
    return ABOVE + A_STATE * max(len(drawn.states), 1) + BELOW


def _head(figure: Figure, drawn: Chart, down: Callable[[float], float]) -> None:
    """The title, and both directions with their figures: the legend too."""
    from matplotlib.patches import Rectangle

    figure.text(0.05, down(0.58), drawn.title, fontsize=24, color=_INK)
    for place, bars in zip((0.05, 0.52), drawn.bars, strict=True):
        figure.add_artist(Rectangle((place, down(1.49)), 0.012, down(0.91) - down(1.49), color=bars.colour))
        figure.text(place + 0.03, down(1.08), bars.name, fontsize=13, color=_PALE)
        figure.text(place + 0.03, down(1.47), bars.total, fontsize=17, color=_INK)


def _amounts(axes: Axes, drawn: Chart) -> None:
    """Red-letter invoices hang below zero, hatched."""
    from matplotlib.patches import Patch

    _plain(axes)
    axes.grid(axis="y", color=_GRID)
    for side, bars in zip((-0.2, 0.2), drawn.bars, strict=True):
        places = [number + side for number in range(len(drawn.columns))]
        axes.bar(places, bars.amounts, 0.38, color=bars.colour)
        hanging = {place: red for place, red in zip(places, bars.red, strict=True) if red < 0}
        look: dict[str, Any] = {"color": "white", "edgecolor": bars.colour, "hatch": "////", "linewidth": 1.2}
        axes.bar([*hanging], [*hanging.values()], 0.38, **look)
    axes.axhline(0, color=_PALE, linewidth=1)
    room = max(0, 5 - len(drawn.columns)) / 2
    axes.set_xlim(-0.6 - room, len(drawn.columns) - 0.4 + room)
    axes.set_xticks(range(len(drawn.columns)), drawn.columns, fontsize=11)
    if not any(any(bars.amounts) or any(bars.red) for bars in drawn.bars):
        axes.set_ylim(0, 1)
        axes.set_yticks([0])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    if any(amount < 0 for bars in drawn.bars for amount in bars.red):
        sample = Patch(facecolor="white", edgecolor=_PALE, hatch="////", label=drawn.red)
        axes.legend(
            handles=[sample],
            loc="lower right",
            bbox_to_anchor=(1.02, 1.01),
            frameon=False,
            fontsize=11,
            labelcolor=_PALE,
        )


def _margin(drawn: Chart) -> float:
    """Room for the states' names: an em is 0.023 of the width."""
    longest = max((sum(1 if ord(c) > 0x2E80 else 0.55 for c in state) for state in drawn.states), default=4)
    return 0.07 + 0.0245 * float(longest)


def _states(axes: Axes, drawn: Chart) -> None:
    """How many in each state; none of them needs no figure."""
    _plain(axes)
    axes.set_xticks([])
    for side, bars in zip((-0.2, 0.2), drawn.bars, strict=True):
        shown = axes.barh([number + side for number in range(len(drawn.states))], bars.counts, 0.36, color=bars.colour)
        axes.bar_label(
            shown, [f"{count:,}" if count else "" for count in bars.counts], padding=5, fontsize=10.5, color=_INK
        )
    axes.set_yticks(range(len(drawn.states)), drawn.states, fontsize=12)
    axes.set_ylim(max(len(drawn.states), 1) - 0.5, -0.5)
    axes.set_xlim(0, max([1, *(count for bars in drawn.bars for count in bars.counts)]) * 1.12)


def _plain(axes: Axes) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=_INK)
    axes.tick_params(axis="y", labelsize=11)
    axes.set_axisbelow(True)
