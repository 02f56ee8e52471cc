from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.limiter import Limiter, Limits, Rate

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ANNA, BO, DESK = 42, 43, -100
LIMITS = Limits(overall=Rate(5, 1), private=Rate(3, 3), group=Rate(4, 60))
SECOND = timedelta(seconds=1)

steps = st.lists(
    st.tuples(st.sampled_from([ANNA, BO, DESK]), st.floats(0, 5, allow_subnormal=False)), min_size=1, max_size=60
)


def exceeds(moments: list[datetime], rate: Rate) -> bool:
    """Whether more than `count` lie in some window of `seconds`."""
    window = timedelta(seconds=rate.seconds)
    return any(later - earlier < window for earlier, later in zip(moments, moments[rate.count :], strict=False))


@given(steps)
def test_no_window_ever_holds_more_than_its_rate(asked: list[tuple[int, float]]) -> None:
    limiter, now = Limiter(LIMITS), NOW
    sent: list[tuple[int, datetime]] = []
    for chat_id, pause in asked:
        now += timedelta(seconds=pause)
        if limiter.admits(chat_id, now):
            sent.append((chat_id, now))
    assert not exceeds([moment for _, moment in sent], LIMITS.overall)
    for chat_id, rate in ((ANNA, LIMITS.private), (BO, LIMITS.private), (DESK, LIMITS.group)):
        assert not exceeds([moment for chat, moment in sent if chat == chat_id], rate)


@given(steps)
def test_the_time_it_names_is_the_first_that_it_admits(asked: list[tuple[int, float]]) -> None:
    limiter, now = Limiter(LIMITS), NOW
    for chat_id, pause in asked:
        now += timedelta(seconds=pause)
        free = limiter.free_at(chat_id, now)
        if free > now:
            assert not limiter.admits(chat_id, free - timedelta(microseconds=1))
            now = free
        assert limiter.admits(chat_id, now)


@given(steps)
def test_a_restart_forgets_nothing(asked: list[tuple[int, float]]) -> None:
    limiter, now = Limiter(LIMITS), NOW
    sent: list[tuple[int, datetime]] = []
    for chat_id, pause in asked:
        now += timedelta(seconds=pause)
        if limiter.admits(chat_id, now):
            sent.append((chat_id, now))
    again = Limiter(LIMITS, sent)
    assert [again.free_at(chat, now) for chat in (ANNA, BO, DESK)] == [
        limiter.free_at(chat, now) for chat in (ANNA, BO, DESK)
    ]


def test_a_busy_chat_does_not_hold_back_another() -> None:
    limiter = Limiter(LIMITS)
    assert [limiter.admits(ANNA, NOW) for _ in range(4)] == [True, True, True, False]
    assert limiter.admits(BO, NOW)
    assert limiter.free_at(ANNA, NOW) == NOW + 3 * SECOND


def test_calls_that_were_not_asked_for_count() -> None:
    limiter = Limiter(LIMITS)
    assert limiter.admits(DESK, NOW)
    for _ in range(3):
        limiter.spent(DESK, NOW)
    assert limiter.free_at(DESK, NOW + SECOND) == NOW + 60 * SECOND
    limiter = Limiter(LIMITS)
    for number in range(6):
        limiter.spent(DESK, NOW + number * SECOND)
    assert limiter.free_at(DESK, NOW + 6 * SECOND) == NOW + 62 * SECOND


def test_one_refused_chat_waits_alone_and_two_at_once_mean_all() -> None:
    limiter = Limiter(LIMITS)
    limiter.refused(ANNA, NOW, 30)
    limiter.refused(ANNA, NOW + SECOND / 2, 30)
    assert limiter.free_at(BO, NOW + SECOND / 2) == NOW + SECOND / 2
    limiter.refused(BO, NOW + 2 * SECOND, 7)
    assert limiter.free_at(44, NOW + 2 * SECOND) == NOW + 2 * SECOND
    limiter.refused(DESK, NOW + 2.5 * SECOND, 20)
    assert limiter.free_at(44, NOW + 3 * SECOND) == NOW + 9 * SECOND
    assert limiter.free_at(44, NOW + 9 * SECOND) == NOW + 9 * SECOND


def test_when_the_clock_goes_back_nobody_waits_for_the_hour_to_come_again() -> None:
    limiter = Limiter(LIMITS)
    for _ in range(3):
        limiter.admits(ANNA, NOW)
    earlier = NOW - timedelta(hours=1)
    assert limiter.free_at(ANNA, earlier) <= earlier + 3 * SECOND
    assert limiter.free_at(BO, earlier) == earlier


def test_chats_that_are_quiet_cost_no_memory() -> None:
    limiter = Limiter(Limits())
    for number in range(1, 5_001):
        limiter.admits(number, NOW + number * SECOND)
    assert len(limiter._chats) < 200


def test_telegrams_own_limits_have_air() -> None:
    sent: Counter[int] = Counter()
    limiter = Limiter(Limits())
    for tenth in range(600):
        for chat_id in (*range(1, 31), DESK):
            sent[chat_id] += limiter.admits(chat_id, NOW + tenth * SECOND / 10)
    assert sent[DESK] <= 20
    assert sent.total() <= 30 * 60
