from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from knowledge.invoices.neighbours import near_tails, tail_range

NUMBERS = st.text("0123456789", min_size=8, max_size=8) | st.text("0123456789", min_size=20, max_size=20)


def tail_of(number: str) -> int:
    return int(number[:-9:-1])


@given(NUMBERS, st.data())
def test_whatever_one_slip_makes_of_a_number_its_tail_is_among_the_near_ones(number: str, data: st.DataObject) -> None:
    typed = data.draw(slipped(number))

    assert tail_of(number) in near_tails(typed, 1)


@given(NUMBERS, st.data())
@settings(deadline=None, max_examples=30)
def test_and_after_two_slips_among_those_two_edits_away(number: str, data: st.DataObject) -> None:
    typed = data.draw(slipped(number).flatmap(slipped))

    assert tail_of(number) in near_tails(typed, 2)


@given(st.text("0123456789", min_size=8, max_size=8))
def test_nothing_else_is_among_those_one_edit_away(typed: str) -> None:
    tails = near_tails(typed, 1)

    assert len(set(tails)) == len(tails)
    assert all(_is_near(typed, f"{tail:08}"[::-1]) for tail in tails)


def _is_near(typed: str, end: str) -> bool:
    """Of a number of eight digits, or of a longer one whose other digits are not known."""
    return any(OSA.distance(typed, before + end) <= 1 for before in ("", *"0123456789"))


@pytest.mark.parametrize("end", ["7", "07", "12345678"])
def test_a_tail_s_range_holds_the_numbers_with_that_end(end: str) -> None:
    first, last = tail_range(end)

    assert all(first <= tail_of(f"{head:08}"[: 8 - len(end)] + end) <= last for head in (0, 12_345_678, 99_999_999))
    assert last - first == 10 ** (8 - len(end)) - 1


def slipped(number: str) -> st.SearchStrategy[str]:
    changed = [number[:at] + other + number[at + 1 :] for at, other in product(range(len(number)), "0123456789")]
    missing = [number[:at] + number[at + 1 :] for at in range(len(number))]
    extra = [number[:at] + other + number[at:] for at, other in product(range(len(number) + 1), "0123456789")]
    swapped = [number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(len(number) - 1)]
    return st.sampled_from([*changed, *missing, *extra, *swapped])
