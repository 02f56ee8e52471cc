from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices.periods import find_days
from knowledge.invoices.query import DayReading

ANY_DAY = st.dates(date(2019, 3, 1), date(2030, 12, 31))
SAID = (
    "元旦", "春节前", "清明", "五一", "端午", "中秋前后", "国庆后", "双十一", "圣诞", "夏天",
    "暑假", "前几天", "最近", "半个月前",
    "上上周", "last summer", "before Chinese New Year",
    "the other day", "last May", "last year", "the week before last",
)  # fmt: skip


def days(text: str, today: date) -> list[DayReading]:
    return [r for _, _, readings in find_days(text, today) for r in readings if isinstance(r, DayReading)]


@given(ANY_DAY, st.sampled_from(SAID))
def test_what_is_told_from_today_has_begun_and_is_not_long_ago(today: date, said: str) -> None:
    (found, *_) = days(said, today)
    assert found.first <= found.last
    assert found.first <= today
    assert today - found.first < timedelta(2 * 366)


@given(ANY_DAY, st.dates(date(2019, 1, 1), date(2030, 12, 31)))
def test_before_since_and_round_a_day(today: date, day: date) -> None:
    before, since, around = (days(text, today)[0] for text in (f"{day}之前", f"since {day}", f"{day}左右"))
    assert (before.last, since.first) == (day, day)
    assert (around.first, around.last) == (day - timedelta(3), day + timedelta(3))


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("2024年春节", date(2024, 2, 10)),
        ("2025年春节", date(2025, 1, 29)),
        ("2026年春节", date(2026, 2, 17)),
        ("2025年端午", date(2025, 5, 31)),
        ("2025年中秋", date(2025, 10, 6)),
        ("2026年中秋", date(2026, 9, 25)),
        ("2025年国庆", date(2025, 10, 1)),
    ],
)
def test_a_feast_is_told_with_the_day_before_it(said: str, first: date) -> None:
    (found,) = days(said, date(2026, 11, 24))
    assert found.first == first - timedelta(1)


def test_a_feast_beyond_the_table_is_none() -> None:
    assert days("2016年春节", date(2026, 11, 24)) == [DayReading(date(2016, 1, 1), date(2016, 12, 31))]
