"""Names: what is said is recognised, however it is written, and other companies are not."""

from __future__ import annotations

import pytest

from knowledge.invoices.names import name_score, query_grams, spellings
from knowledge.invoices.sounds import index_grams, pieces, sounded

NAME = "华信（北京）科技有限公司"


@pytest.mark.parametrize(
    "said",
    [
        "华信科技",
        "北京华信",
        "华信",
        "華信（北京）科技有限公司",
        "北京华信科技",
        "beijinghuaxin",
        "huaxinkeji",
        "bjhxkj",
        "华新科技",
    ],
)
def test_ways_to_say_it(said: str) -> None:
    assert name_score(said, NAME) >= 72
    assert set(query_grams(said)) & index_grams(NAME, sounded(NAME))


@pytest.mark.parametrize("said", ["云海商贸", "上海云海科技有限公司", "有限公司", "", "中国", "xyz"])
def test_others_are_not_taken_for_it(said: str) -> None:
    assert name_score(said, NAME) < 72


@pytest.mark.parametrize(
    ("letters", "cuts"),
    [("xianhuaxin", [("xian", "hua", "xin"), ("xi", "an", "hua", "xin")]), ("bjhx", []), ("", [])],
)
def test_pinyin_is_cut_into_syllables(letters: str, cuts: list[tuple[str, ...]]) -> None:
    assert spellings(letters)[:2] == cuts


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("厦门弘通信息技术有限公司", "南京乐晖信息技术有限公司"),
        ("亿智会计师事务所（特殊普通合伙）北京分所", "锐雅会计师事务所（特殊普通合伙）"),
        ("弘通信息技术", "乐晖信息技术有限公司"),
        ("鼓笙餐饮管理", "洛阳市盛乐餐饮管理有限公司"),  # a sound in common, in another place
        ("彦蔚知识产权代理", "广州子素金知识产权代理有限公司"),
        ("无锡弘大自动化设备", "大眼睛（苏州）自动化设备有限公司"),
        ("wuxihongdazidonghuashebei", "大眼睛（苏州）自动化设备有限公司"),
        ("贸易有限公司", "飞昌（南昌）贸易有限责任公司"),
    ],
)
def test_the_same_trade_is_not_the_same_company(said: str, name: str) -> None:
    assert name_score(said, name) <= 50


@pytest.mark.parametrize("said", ["华新科技", "华星科技", "北京华信科技股份有限公司", "华信科技集团"])
def test_a_brand_that_sounds_alike_or_nearly_may_be_it(said: str) -> None:
    assert name_score(said, NAME) > 60


def test_half_of_a_short_brand_is_too_little_by_itself() -> None:
    assert 60 < name_score("嘉康电子有限公司", "嘉鑫（兰州）电子有限公司") < 72
    assert name_score("兰州嘉康电子", "兰州嘉鑫电子有限公司") > 80
    assert name_score("武汉曦嘉知识产权代理", "包头成佳知识产权代理有限公司") < 72
    assert name_score("yunchengshenzhenyiqiyibiao", "云橙（深圳）仪器仪表有限公司") == 100
    assert name_score("kangyi", "赣州泰康贸易股份有限公司") < 72
    assert name_score("载弘家具", "弘载（上海）家具有限公司") > 60  # swapped


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("国网佛山", "国网广东省电力有限公司佛山供电分公司"),
        ("国家电网佛山", "国网广东省电力有限公司佛山供电分公司"),
        ("中石化苏州", "中国石化销售股份有限公司江苏苏州石油分公司"),
        ("苏州中石化", "中国石化销售股份有限公司江苏苏州石油分公司"),
        ("中石油珠海", "中国石油天然气股份有限公司广东珠海销售分公司"),
        ("移动长春", "中国移动通信集团吉林有限公司长春分公司"),
        ("电信包头分公司", "中国电信股份有限公司包头分公司"),
        ("中国电信宜昌昌分公司", "中国电信股份有限公司宜昌分公司"),
        ("工行", "中国工商银行股份有限公司上海市分行"),
        ("平安保险", "中国平安财产保险股份有限公司上海分公司"),
        ("福州铁路局", "中国铁路福州局集团有限公司"),
        ("中建八局", "中国建筑第八工程局有限公司"),
        ("国航", "中国国际航空股份有限公司"),
        ("大理盛利", "盛利（大理）餐饮管理有限公司"),
        ("乌鲁木木齐市格林印刷", "乌鲁木齐市格林印刷集团有限公司"),
        ("chengduAECOMwujinzhipin", "成都AECOM五金制品有限责任公司"),
        ("MINISO hang zhou", "MINISO（杭州）集团有限公司"),
        ("vivokunshan", "vivo（昆山）有限公司"),
        ("bei rui wu jin dian ge ti gong shang hu", "兰州市北睿五金店（个体工商户）"),
        ("whsthqdllccggtgsh", "武汉市天河区大立利成餐馆（个体工商户）"),
    ],
)
def test_ways_to_say_names_that_nobody_says_in_full(said: str, name: str) -> None:
    assert name_score(said, name) >= 72


def test_a_place_and_a_trade_are_nobody() -> None:
    assert name_score("上海银行", "中国工商银行股份有限公司上海市分行") < 72
    assert pieces("上海科技") == ()


def test_a_short_name_s_place_counts() -> None:
    here, there = (name_score("宁夏通行宝信息", f"{place}通行宝信息有限公司") for place in ("宁夏", "天津"))
    assert here == 100
    assert 72 <= there < 95
    assert 72 <= name_score("广州华信", NAME) < name_score("北京华信", NAME)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Beijing Huaxin Technology Co., Ltd.", NAME),
        ("Huaxin Technology", NAME),
        ("Wuhan Boan Trading Co., Ltd.", "武汉市博安商贸股份有限公司"),
        ("Wuhan Boan Trading", "武汉博安贸易有限公司"),
        ("ningbo yunfu software", "宁波云福软件有限公司"),
        ("Bank of China", "中国银行股份有限公司北京市分行"),
        ("China Mobile", "中国移动通信集团北京有限公司"),
    ],
)
def test_trades_may_be_said_in_english(said: str, name: str) -> None:
    assert name_score(said, name) >= 72
    assert set(query_grams(said)) & index_grams(name, sounded(name))


@pytest.mark.parametrize("name", ["北京远大科技有限公司", "华鑫食品有限公司"])
def test_an_english_trade_alone_is_nobody_s(name: str) -> None:
    assert name_score("Huaxin Technology", name) < 72
