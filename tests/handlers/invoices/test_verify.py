"""The public verification: one answer for whatever is not consistent, whether or not the invoice is registered."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event
from sqlalchemy.engine import Engine

from handlers.invoices.verify import A_DAY_OF_PERSON, Verdict, Verified
from knowledge.invoices.rules import Limit, limit, parse_rules
from knowledge.permissions import Role
from knowledge.texts import Locale, plain
from storage.schema import verifications
from tests.conftest import REQUESTER, STRANGER
from tests.fixtures.demo import NUMBER
from tests.fixtures.services import Office

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
A_DAY_OF_INVOICE = limit(Limit.VERIFY_PER_DAY, NOW.date())
FACTS = {"family": "digital", "number": NUMBER, "issue_date": "2026-09-15", "amount": "1280.00", "verify_by": "total"}
ELSEWHERE = {**FACTS, "number": "26310000733014407218", "issue_date": "2026-09-11", "amount": "953.00"}
NOWHERE = {**FACTS, "number": "26310000733014407299"}
PAPER = {
    "family": "legacy",
    "kind": "paper_special",
    "code": "1100263130",
    "number": "04417523",
    "issue_date": "2026-09-25",
    "amount": "8849.56",
    "verify_by": "net",
}


async def verified(here: Office, facts: Mapping[str, str], user_id: int = STRANGER, now: datetime = NOW) -> Verified:
    return await here.services.features.verifications.verify(user_id, facts, now)


@pytest.fixture
async def fresh(here: Office) -> Office:
    async with here.services.storage.begin() as work:
        await work.users.seen(STRANGER, "路人", Locale.ZH, NOW)
    return here


async def forget(here: Office) -> None:
    async with here.services.storage.begin() as work:
        await work.connection.execute(delete(verifications))


@pytest.mark.parametrize("facts", [FACTS, ELSEWHERE, PAPER, {**FACTS, "amount": "1280.0"}])
async def test_whoever_holds_an_invoice_can_verify_it(fresh: Office, facts: dict[str, str]) -> None:
    answer = await verified(fresh, facts)
    assert answer.verdict is Verdict.CONSISTENT
    assert "与本系统登记的一致" in answer.text.zh
    assert "为准" in answer.text.zh


@pytest.mark.parametrize(
    "facts",
    [
        {**FACTS, "amount": "1207.55"},  # net for total
        {**FACTS, "issue_date": "2026-09-16"},
        {**PAPER, "amount": "10000.00"},
        {**PAPER, "code": "1100263131"},
        {**FACTS, "number": "26310000850011274403", "issue_date": "2026-11-11", "amount": "3539.82"},  # no paper code
        {**PAPER, "code": "011002600111", "number": "00008006", "issue_date": "2026-09-23", "check_code": "123456"},
        NOWHERE,
    ],
)
async def test_strangers_get_one_answer_for_everything_else(fresh: Office, facts: dict[str, str]) -> None:
    answer, nowhere = await verified(fresh, facts), await verified(fresh, {**NOWHERE, "issue_date": "2026-10-01"})
    assert answer == nowhere
    assert answer.verdict is Verdict.OTHERWISE
    assert all(words in answer.text.zh for words in ("不一致或查无此票", "价税合计", "inv-veri.chinatax.gov.cn"))


async def test_a_void_invoice_is_not_called_just_consistent(fresh: Office) -> None:
    void = {**PAPER, "number": "04417532", "issue_date": "2026-09-28", "amount": "2654.87"}
    assert "登记的发票状态：作废" in (await verified(fresh, void)).text.zh


async def test_what_was_issued_today_may_take_until_tomorrow(fresh: Office) -> None:
    assert "2026-11-25" in (await verified(fresh, {**NOWHERE, "issue_date": "2026-11-24"})).text.zh
    assert "超过 5 年" in (await verified(fresh, {**NOWHERE, "issue_date": "2021-11-01"})).text.zh


async def test_members_of_a_party_are_told_which_field(fresh: Office) -> None:
    text = (await verified(fresh, {**FACTS, "amount": "1207.55"}, REQUESTER)).text.zh
    assert "号码一致 · 日期一致 · 金额填的是不含税金额，查验要填价税合计" in text
    slip = (await verified(fresh, {**FACTS, "number": "26110000482953073017"}, REQUESTER)).text.zh
    assert "号码第 13 位 您填 5｜系统 1 · 日期一致 · 金额一致" in slip


async def test_the_verdict_comes_first_then_what_differs_then_the_advice(fresh: Office) -> None:
    text = (await verified(fresh, {**FACTS, "issue_date": "2026-11-24"}, REQUESTER)).text.zh
    order = [text.index(words) for words in ("❌", "日期差 70 天", "可能要到", "• 最常见", "以税务机关为准")]
    assert order == sorted(order)


async def test_members_are_told_what_is_not_on_record(fresh: Office) -> None:
    """An ordinary invoice from an export has no check code: nothing that its holder types can be consistent."""
    ordinary = {**PAPER, "kind": "e_normal", "code": "011002600111", "number": "00008006", "issue_date": "2026-09-23"}
    asked = {**ordinary, "verify_by": "check_code", "check_code": "123456"}
    assert "登记里没有校验码" in (await verified(fresh, asked, REQUESTER)).text.zh
    assert "登记里没有" not in (await verified(fresh, asked)).text.zh
    needless = {**FACTS, "code": "011002600111", "amount": "1.00"}
    assert "登记里没有" not in (await verified(fresh, needless, REQUESTER)).text.zh


async def test_the_limits_are_those_of_the_day(fresh: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another rule from a certain day on, and everything goes by it from that day."""
    source = files("knowledge.invoices").joinpath("data/rules.toml").read_text(encoding="utf-8")
    changed = parse_rules(source.replace("value = 5\n", "value = 3\n").replace("value = 1\n", "value = 2\n"))
    monkeypatch.setattr("knowledge.invoices.rules.rules", lambda: changed)
    answers = [await verified(fresh, {**NOWHERE, "issue_date": day}) for day in ("2026-11-23", "2023-11-01")]
    assert "可能要到 <b>2026-11-25</b> 才查得到" in answers[0].text.zh
    assert "超过 3 年" in answers[1].text.zh
    assert all("最多查 3 次" in answer.text.zh for answer in answers)
    await verified(fresh, NOWHERE)
    assert (await verified(fresh, NOWHERE)).text.zh.startswith("这张票今天已经查验了 3 次")


async def test_members_of_others_are_strangers(fresh: Office) -> None:
    wrong = {**ELSEWHERE, "amount": "1.00"}
    assert await verified(fresh, wrong, REQUESTER) == await verified(fresh, {**NOWHERE, "amount": "1.00"}, REQUESTER)


# Limits


@pytest.mark.parametrize("facts", [FACTS, {**FACTS, "amount": "1.00"}, NOWHERE])
async def test_five_a_day_of_an_invoice_whoever_asks(fresh: Office, facts: dict[str, str]) -> None:
    verdicts = [(await verified(fresh, facts, user_id)).verdict for user_id in (50, 51, 52, 53, 54, 55)]
    assert Verdict.USED_UP not in verdicts[:A_DAY_OF_INVOICE]
    last = await verified(fresh, facts)
    assert last.verdict is verdicts[-1] is Verdict.USED_UP
    assert last.text.zh.startswith("这张票今天已经查验了 5 次")
    assert (await verified(fresh, facts, now=NOW + timedelta(hours=7))).verdict is Verdict.USED_UP
    tomorrow = NOW + timedelta(hours=8, seconds=1)  # midnight in Shanghai
    assert (await verified(fresh, facts, now=tomorrow)).verdict is verdicts[0]


async def test_twenty_a_day_of_a_person_and_what_was_refused_does_not_count(fresh: Office) -> None:
    for n in range(A_DAY_OF_PERSON):
        await verified(fresh, {**NOWHERE, "number": f"2631000073301440{n:04}"})
    for facts in (FACTS, NOWHERE, FACTS):
        assert "您今天已经查验了 20 次" in (await verified(fresh, facts)).text.zh
    for n in range(A_DAY_OF_INVOICE):
        assert (await verified(fresh, FACTS, 70 + n)).verdict is Verdict.CONSISTENT


# The same path


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is executed meanwhile, but for the finder's own, which know nothing but the asker's scope."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def test_the_same_statements_run_whether_it_is_registered_or_not(fresh: Office) -> None:
    runs = []
    for facts in (FACTS, {**FACTS, "amount": "1.00"}, ELSEWHERE, NOWHERE):
        with statements() as seen:
            await verified(fresh, facts)
        runs.append(seen)
    assert len(runs[0]) >= 5
    assert runs[1:] == runs[:1] * 3


async def test_looking_up_runs_the_same_statements_for_elsewhere_and_nowhere(fresh: Office) -> None:
    runs = []
    for number in (ELSEWHERE["number"], NOWHERE["number"]) * 2:
        with statements() as seen:
            await answered(fresh, number)
        runs.append(seen)
    assert runs[2] == runs[3]  # the first ones read the scope into memory


async def answered(here: Office, number: str) -> bool:
    async with here.services.storage.begin() as work:
        user = await work.users.get(REQUESTER)
        actor = await work.users.actor(REQUESTER)
        assert user is not None
        return (await here.services.features.invoices.diagnose(actor, {"number": number})).outcome != "none"


def differ(one: list[float], other: list[float], chance: random.Random) -> float:
    """The share of random regroupings whose medians lie as far apart as these: small if they truly differ."""
    pool, size = [*one, *other], len(one)
    gap = abs(median(one) - median(other))
    regrouped = (chance.sample(pool, len(pool)) for _ in range(400))
    return sum(abs(median(mixed[:size]) - median(mixed[size:])) >= gap for mixed in regrouped) / 400


@pytest.mark.parametrize("use", ["verify", "look up"])
async def test_the_same_time_is_taken_for_what_is_elsewhere_and_what_is_nowhere(fresh: Office, use: str) -> None:
    """Interleaved, medians compared. Only a difference that is both sure and of a size that could be seen fails."""
    chance = random.Random(1)
    times: dict[bool, list[float]] = {True: [], False: []}
    await answered(fresh, NUMBER)
    order = [is_there for _ in range(60) for is_there in chance.sample((True, False), 2)]
    for n, is_there in enumerate(order):
        facts = {**ELSEWHERE, "amount": "1.00"} if is_there else NOWHERE
        if use == "verify" and n % 8 == 0:
            await forget(fresh)
        begun = time.perf_counter()
        if use == "verify":
            await verified(fresh, facts, 100 + n)
        else:
            assert await answered(fresh, facts["number"]) is False
        times[is_there].append(time.perf_counter() - begun)
    is_sure = differ(times[True], times[False], chance) < 0.001
    ratio = median(times[True]) / median(times[False])
    assert not (is_sure and not 0.8 < ratio < 1.25), ratio


# No value comes out


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.sampled_from(["1.00", "1207.55", "1280.00", "953.00"]),
    day=st.sampled_from(["2026-09-15", "2026-09-14", "2026-01-01"]),
    number=st.sampled_from([NUMBER, ELSEWHERE["number"], NOWHERE["number"], "26310000733014407281"]),
)
async def test_a_stranger_reads_nothing_of_the_invoice(fresh: Office, amount: str, day: str, number: str) -> None:
    await forget(fresh)
    answer = await verified(fresh, {**FACTS, "amount": amount, "issue_date": day, "number": number})
    said = plain(answer.text.zh)
    assert not any(value in said for value in ("1,280", "1280", "953", "2026-", "示例", "0733014407"))


async def test_a_member_in_two_roles_sees_as_a_member(fresh: Office) -> None:
    async with fresh.services.storage.begin() as work:
        organization = await work.organizations.add("91000000MA00000232", "别家", NOW)
        assert organization is not None
        await work.organizations.join(organization.id, STRANGER, Role.MEMBER, NOW)
    assert "金额" in (await verified(fresh, {**ELSEWHERE, "amount": "1.00"})).text.zh.rpartition("逐项对照")[2]
