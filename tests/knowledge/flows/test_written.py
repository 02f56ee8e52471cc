from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.content import ContentError
from knowledge.flows.engine import accepts, advance, start
from knowledge.flows.loader import load_flows, parse_flow
from knowledge.flows.state import Choose, Say, State
from knowledge.flows.validators import ANY_WORDS, VALIDATORS
from knowledge.flows.written import LIMIT, read_buyer, read_delivery, read_text, read_words
from knowledge.invoices.model import Problem, Value
from knowledge.invoices.tax_ids import check_character
from knowledge.texts import Texts
from tests.knowledge.flows.sample import SOURCE, TODAY

TAX_ID = "91110000MA01ABCD2" + check_character("91110000MA01ABCD2")
WRONG = TAX_ID[:-1] + ("0" if TAX_ID[-1] != "0" else "1")
TEXTS = Texts.load()
APPLY = load_flows()["apply-for-invoice-flow"]


def key(read: Value | Problem) -> str:
    assert isinstance(read, Problem)
    assert read.text(TEXTS).zh
    return read.key


def facts(read: Value | Problem) -> dict[str, str]:
    assert isinstance(read, Value)
    return dict(read.facts)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "flow.text.empty"), (" \n ", "flow.text.empty"), ("👍！", "flow.text.empty"), ("错" * 201, "flow.text.long")],
)
def test_a_text_has_1_to_200_characters(text: str, problem: str) -> None:
    assert key(read_text(text, "error")) == problem


def test_a_text_stays_as_it_was_written() -> None:
    assert facts(read_text("  系统\n内部错误\u200b  (E-500) ", "error")) == {"error": "系统 内部错误 (E-500)"}
    assert facts(read_text("错" * LIMIT, "error")) == {"error": "错" * LIMIT}
    assert facts(read_text("500", "error")) == {"error": "500"}
    assert key(read_words("500", "item")) == "flow.text.digits"


@given(st.text(max_size=300))
def test_what_was_read_is_read_again_the_same(text: str) -> None:
    read = read_text(text, "error")
    if isinstance(read, Value):
        assert read_text(read.text, "error") == read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("云海（北京）科技有限公司", {"buyer_name": "云海（北京）科技有限公司"}),
        ("抬头：云海科技有限公司", {"buyer_name": "云海科技有限公司"}),
        ("张三", {"buyer_name": "张三"}),
        ("Company name: Yunhai Ltd.", {"buyer_name": "Yunhai Ltd."}),
        (f"云海科技有限公司 {TAX_ID}", {"buyer_name": "云海科技有限公司", "buyer_tax_id": TAX_ID}),
        (f"云海科技有限公司 税号：{TAX_ID.lower()}", {"buyer_name": "云海科技有限公司", "buyer_tax_id": TAX_ID}),
        (f"云海科技有限公司\n{WRONG}", {"buyer_name": "云海科技有限公司", "buyer_details": WRONG}),
        (
            f"税号：{TAX_ID}\n名称：云海科技有限公司\n地址：某市某路 1 号\n开户行：某银行",
            {
                "buyer_name": "云海科技有限公司",
                "buyer_tax_id": TAX_ID,
                "buyer_details": "地址：某市某路 1 号；开户行：某银行",
            },
        ),
    ],
)
def test_a_title_may_come_with_its_particulars(text: str, expected: dict[str, str]) -> None:
    assert facts(read_buyer(text)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TAX_ID, "flow.buyer.tax_id"),
        (f"税号：{TAX_ID}", "flow.buyer.tax_id"),
        (WRONG, "flow.buyer.tax_id"),
        ("12345", "flow.buyer.none"),
        ("", "flow.buyer.none"),
        ("张", "flow.buyer.length"),
        ("长" * 101, "flow.buyer.length"),
    ],
)
def test_what_is_no_title(text: str, problem: str) -> None:
    assert key(read_buyer(text)) == problem


@pytest.mark.parametrize(
    ("text", "delivery"),
    [
        ("请发到 lan.wei@example.com 谢谢您了", "lan.wei@example.com"),
        ("ｌａｎ＠example.com", "lan@example.com"),
        ("138 0013 8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("手机13800138000，邮箱lan@example.com", "lan@example.com, 13800138000"),
    ],
)
def test_where_to_send_it(text: str, delivery: str) -> None:
    assert facts(read_delivery(text)) == {"delivery": delivery}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lan@example", "flow.delivery.email"),
        ("1380013800", "flow.delivery.mobile"),
        ("12345678901", "flow.delivery.mobile"),
        ("138001380001", "flow.delivery.mobile"),
        ("发给我", "flow.delivery.none"),
    ],
)
def test_nowhere_to_send_it(text: str, problem: str) -> None:
    assert key(read_delivery(text)) == problem


@pytest.mark.parametrize("name", sorted(ANY_WORDS))
def test_readers_settle_the_fact_that_they_are_called_after(name: str) -> None:
    assert facts(VALIDATORS[name]("云海科技", {}, TODAY)) == {name: "云海科技"}


@pytest.mark.parametrize(
    ("text", "issuer", "problem"),
    [
        ("1280", "ours", ""),
        ("-1280", "ours", "flow.amount.negative"),
        ("大概 1280", "ours", "flow.amount.about"),
        ("-1280", "", ""),
        ("大概 1280", "", ""),
    ],
)
def test_what_shall_be_issued_is_exact(text: str, issuer: str, problem: str) -> None:
    read = VALIDATORS["amount"](text, {"issuer": issuer} if issuer else {}, TODAY)
    assert (read.key if isinstance(read, Problem) else "") == problem


# ── Answer or digression ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("name", "云海（北京）人工智能科技发展有限公司", True),
        ("name", f"名称：云海科技有限公司\n税号：{TAX_ID}\n地址电话：某市某路 1 号", True),
        ("name", "抬头写什么", False),
        ("name", "我想找人工客服帮我", False),
        ("item", "技术服务费以及人工费一共三项", True),
        ("item", "can I talk to somebody", False),
        ("delivery", "开好以后麻烦发到 lan.wei@example.com 谢谢", True),
        ("delivery", "1380013800", True),
        ("delivery", "开好以后麻烦告诉我一声谢谢", False),
        ("amount", "一共是 1280 元整", True),
    ],
)
def test_long_words_are_answers_where_words_are_asked_for(step: str, text: str, *, expected: bool) -> None:
    assert accepts(APPLY, State(APPLY.name, APPLY.version, step), text, TODAY) is expected


def test_any_words_and_choices_do_not_go_together() -> None:
    source = SOURCE.replace("    skip: done\n", "    collect: item\n    next: done\n    skip: done\n", 1)
    with pytest.raises(ContentError, match=r"steps\.near: item takes any words"):
        parse_flow(source, "sample.yaml")


def test_a_number_is_kept_where_words_are_asked_for() -> None:
    turn = start(APPLY, {"issuer": "ours", "buyer": "person", "kind": "d_normal", "buyer_name": "张三"}, TODAY)
    assert turn.state.step == "item"
    turn = advance(APPLY, turn.state, Say("26442000005310626521"), TODAY)
    assert (turn.state.step, turn.state.facts["number"]) == ("item", "26442000005310626521")
    assert "item" not in turn.state.facts


def test_a_pasted_block_skips_the_tax_id() -> None:
    turn = start(APPLY, {"issuer": "ours"}, TODAY)
    turn = advance(APPLY, turn.state, Choose("company"), TODAY)
    assert advance(APPLY, turn.state, Say("云海科技有限公司"), TODAY).state.step == "tax_id"
    assert advance(APPLY, turn.state, Say(f"云海科技有限公司\n税号 {TAX_ID}"), TODAY).state.step == "kind"
