"""Synthetic invoices by the million: organizations, their trading partners, and numbers as issuers really use them up.

Every organization buys from and sells to a few dozen parties. An issuer takes its numbers from blocks: the 20 digits
of a year begin alike and go on from where it stopped, the 8 digits of paper and early electronic invoices come with the
code of their block and are used in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from knowledge.invoices.model import Invoice, Kind
from tests.fixtures.invoices import uscc

ORGANIZATIONS, PARTIES = 2_000, 35_000
DIGITAL = 0.7
_FIRST, _DAYS = date(2023, 1, 2), 1_000
REGIONS = (
    "北京", "上海", "天津", "重庆", "广州", "深圳", "杭州", "南京", "苏州", "成都", "武汉", "西安", "长沙", "郑州",
    "青岛", "大连", "宁波", "厦门", "无锡", "佛山", "东莞", "合肥", "济南", "福州",
)  # fmt: skip
_SYLLABLES = (
    "华信云海星辰远达天成博瑞金鼎恒泰中科智联优品嘉禾盛世宏图万里晨光"
    "东方明月青山绿源同创立诚伟业腾飞安康和顺永丰佳美新锐启航凌峰卓越长风厚德"
)
TRADES = (
    "科技", "贸易", "商贸", "实业", "物流", "餐饮管理", "酒店管理", "文化传媒", "信息技术", "电子商务", "建筑工程",
    "医疗器械", "教育咨询", "食品", "服饰", "机械制造", "新能源", "环保科技", "广告", "网络科技",
)  # fmt: skip
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_PROVINCES = (11, 31, 12, 50, 44, 44, 33, 32, 32, 51, 42, 61, 43, 41, 37, 21, 33, 35, 32, 44, 44, 34, 37, 35)


@dataclass(slots=True)
class Issuer:
    """Where its blocks of numbers stand."""

    tax_id: str
    name: str
    province: int
    digital: dict[int, int] = field(default_factory=dict)  # year: the next 15 digits
    code: str = ""
    number: int = 0
    left: int = 0


def parties(random: Random, count: int = PARTIES) -> list[Issuer]:
    found: dict[str, Issuer] = {}
    while len(found) < count:
        region = random.randrange(len(REGIONS))
        brand = "".join(random.sample(_SYLLABLES, random.choice((2, 2, 2, 3, 4))))
        place, trade, form = REGIONS[region], random.choice(TRADES), random.choice(_FORMS)
        name = random.choice(
            (f"{place}{brand}{trade}{form}", f"{place}市{brand}{trade}{form}", f"{brand}（{place}）{trade}{form}")
        )
        found.setdefault(name, Issuer(uscc(10_000 + len(found)), name, _PROVINCES[region]))
    return list(found.values())


def invoices(count: int, seed: int = 7) -> Iterator[Invoice]:
    """The first ORGANIZATIONS parties are the bot's customers; one of them is on either side of every invoice."""
    random = Random(seed)
    everybody = parties(random)
    ours = everybody[:ORGANIZATIONS]
    partners = [random.sample(everybody, random.randint(20, 90)) for _ in ours]
    weights = [random.lognormvariate(0, 1.1) for _ in ours]
    for place in random.choices(range(len(ours)), weights, k=count):
        organization, partner = ours[place], random.choice(partners[place])
        seller, buyer = (partner, organization) if random.random() < 0.7 else (organization, partner)
        yield _invoice(random, seller, buyer)


def _invoice(random: Random, seller: Issuer, buyer: Issuer) -> Invoice:
    issued = _FIRST + timedelta(random.randrange(_DAYS))
    fen = random.choice(
        (random.randrange(1_000, 100_000), random.randrange(100_000, 10_000_000), random.randrange(1, 200) * 10_000)
    )
    rate = random.choice((1, 3, 6, 6, 9, 13, 13))
    net = round(fen * 100 / (100 + rate))
    if random.random() < DIGITAL:
        code, number, kind = "", _digital(random, seller, issued), random.choice((Kind.D_NORMAL, Kind.D_SPECIAL))
        key = f"digital:{number}"
    else:
        code, number = _legacy(random, seller, issued)
        key, kind = f"legacy:{code}:{number}", Kind.E_NORMAL
    net_yuan, tax, total = (Decimal(amount).scaleb(-2) for amount in (net, fen - net, fen))
    return Invoice(
        key,
        kind,
        code,
        number,
        seller.name,
        seller.tax_id,
        buyer.name,
        buyer.tax_id,
        issued,
        net_yuan,
        tax,
        total,
        tax_status="normal",
    )


def _digital(random: Random, seller: Issuer, issued: date) -> str:
    """A little further than the last one of the year: other invoices of the same channel lie between."""
    sequence = seller.digital.get(issued.year, random.randrange(10**12))
    seller.digital[issued.year] = sequence + random.choice((1, 1, 1, 2, 5, random.randrange(1, 2_000)))
    return f"{issued.year % 100:02}{seller.province}2{sequence:015}"


def _legacy(random: Random, seller: Issuer, issued: date) -> tuple[str, str]:
    if not seller.left:
        seller.code = f"0{seller.province}00{issued.year % 100:02}00{random.randrange(1, 9)}11"
        seller.number, seller.left = random.randrange(10**8 - 60), random.choice((25, 50))
    seller.number, seller.left = seller.number + 1, seller.left - 1
    return seller.code, f"{seller.number:08}"
