from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.invoices.digits import LOOK_ALIKES
from knowledge.invoices.lookup import NOTHING
from knowledge.invoices.model import Invoice, Kind
from knowledge.invoices.queries import LIMIT, MOST_TOKENS, understand
from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    GoodsReading,
    HeadReading,
    JoinedReading,
    NameReading,
    NumberReading,
    PairReading,
    Reading,
    TailReading,
    TaxIdReading,
    YearlessReading,
)
from knowledge.texts import Locale, Texts, plain
from tests.fixtures.invoices import uscc
from tests.knowledge.invoices.ranking import rank

TODAY = date(2026, 11, 24)
NUMBER = "26110000482913073017"
CODE, SHORT = "011002600111", "00008006"
TAX_ID = uscc(7)
QR = "01,10,012001800311,33207675,46.62,20190508,76939056883466677916,E1BD,"


def written(reading: Reading) -> str:  # noqa: C901 - one case a reading
    """Short, for tables."""
    match reading:
        case NumberReading(digits):
            return f"number {digits}"
        case TailReading(digits):
            return f"tail {digits}"
        case HeadReading(digits):
            return f"head {digits}"
        case CodeReading(digits):
            return f"code {digits}"
        case JoinedReading(code, number):
            return f"joined {code} {number}"
        case DayReading(first, last, is_sure):
            days = f"{first}" if first == last else f"{first}..{last}"
            return f"day {days}" if is_sure else f"day? {days}"
        case YearlessReading(month, day):
            return f"yearless {month}-{day}"
        case AmountReading(fen, is_about, has_cents):
            return f"amount {'~' if is_about else ''}{Decimal(fen) / 100:{'.2f' if has_cents else '.0f'}}"
        case NameReading(text, side):
            return f"name {text}" + (f" ({side})" if side else "")
        case TaxIdReading(text, side):
            return f"tax id {text}" + (f" ({side})" if side else "")
        case CheckCodeReading(digits):
            return f"check {digits}"
        case AsideReading():
            return "aside"
        case GoodsReading(sold_by):
            return f"from {sold_by.partition('|')[0]}"
        case PairReading(first, amount):
            return f"{written(first)} + {written(amount)}"


def likeliest(text: str) -> list[str]:
    return [written(token.readings[0]) for token in understand(text, TODAY).tokens]


def every(text: str) -> list[list[str]]:
    return [[written(reading) for reading in token.readings] for token in understand(text, TODAY).tokens]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # numbers
        (NUMBER, [f"number {NUMBER}"]),
        (f"发票号码{NUMBER} 查一下", [f"number {NUMBER}"]),
        (f"請問發票號碼 {NUMBER} 的狀態", [f"number {NUMBER}"]),
        ("2611 0000 4829 1307 3017", [f"number {NUMBER}"]),
        ("26110000-48291307-3017", [f"number {NUMBER}"]),
        ("2611.0000.4829.1307.3017", [f"number {NUMBER}"]),
        ("２６１１００００４８２９１３０７３０１７", [f"number {NUMBER}"]),
        ("26\u200b110000482913073017", [f"number {NUMBER}"]),
        ("261100OO4829l3O73017", [f"number {NUMBER}"]),
        ("261100004829130730T7", ["number 2611000048291307307"]),
        ("26110000 48291307 317", ["number 2611000048291307317"]),
        ("2611 0000 4829 1307 301", ["number 2611000048291307301"]),
        (f"{NUMBER[:-1]} {NUMBER[-1]}", [f"number {NUMBER}"]),
        (f"{NUMBER[:-1]}", [f"number {NUMBER[:-1]}"]),
        (f"{NUMBER}8", [f"number {NUMBER}8"]),
        (f"号码{NUMBER}或{NUMBER[:-1]}8", [f"number {NUMBER}", f"number {NUMBER[:-1]}8"]),
        ("二六一一零零零零四八二九幺三零七三零幺七", [f"number {NUMBER}"]),
        ("0316 3017", ["number 03163017"]),
        ("OOOO8OO6", [f"number {SHORT}"]),
        ("No.45678901 pls", ["number 45678901"]),
        ("No45678901", ["number 45678901"]),
        ("号码20241226", ["number 20241226"]),
        (f"https://example.test/scan?hash=ab12&bill_num={NUMBER}", [f"number {NUMBER}"]),
        (f"dzfp_{NUMBER}_云杉科技_20261103103000.pdf", [f"number {NUMBER}", "name 云杉科技", "day 2026-11-03"]),
        # code and number
        (f"{CODE} {SHORT}", [f"code {CODE}", f"number {SHORT}"]),
        (f"{CODE}/{SHORT}", [f"code {CODE}", f"number {SHORT}"]),
        (f"{SHORT} {CODE}", [f"number {SHORT}", f"code {CODE}"]),
        (f"代码{CODE}号码{SHORT}", [f"code {CODE}", f"number {SHORT}"]),
        (f"号码{CODE}代码{SHORT}", [f"code {CODE}", f"number {SHORT}"]),
        (f"{CODE}{SHORT}", [f"joined {CODE} {SHORT}"]),
        (f"{SHORT}{CODE}", [f"joined {CODE} {SHORT}"]),
        (f"{CODE}{SHORT[1:]}", [f"joined {CODE} {SHORT[1:]}"]),
        ("0110 0260 0111 0000 8006", [f"joined {CODE} {SHORT}"]),
        ("代码 1100263130 号码 02550485", ["code 1100263130", "number 02550485"]),
        ("01100260011 00008006", ["code 01100260011", "number 00008006"]),
        # ends of numbers
        ("尾号3017", ["tail 3017"]),
        ("尾号 3O17", ["tail 3017"]),
        ("尾号是三零幺七", ["tail 3017"]),
        ("后六位 633017", ["tail 633017"]),
        ("发票号后四位是3017", ["tail 3017"]),
        ("3017那张", ["tail 3017"]),
        ("以3017结尾的", ["tail 3017"]),
        ("是以4829 3017结尾的", ["tail 48293017"]),
        ("asked about 8/15 199.00", ["yearless 8-15", "amount 199.00"]),
        ("***3017", ["tail 3017"]),
        ("invoice ending in 3017", ["tail 3017"]),
        ("last 4 digits 3017", ["tail 3017"]),
        ("尾号3017 12月", ["tail 3017", "yearless 12-0"]),
        ("尾号3017 2024-12-26", ["tail 3017", "day 2024-12-26"]),
        ("尾号 3017 1280.00", ["tail 3017", "amount 1280.00"]),
        ("尾号 317 12.50", ["tail 317", "amount 12.50"]),
        ("尾号 633 017", ["tail 633017"]),
        ("后六位 63 30 17", ["tail 633017"]),
        ("2611****3017", ["head 2611", "tail 3017"]),
        # its first digits
        ("2631开头 680块", ["head 2631", "amount 680"]),
        ("开头是2631的", ["head 2631"]),
        ("开头是 2631 680", ["head 2631", "amount 680"]),
        ("号码以 2631 2000 开头", ["head 26312000"]),
        ("前4位2631 1280元", ["head 2631", "amount 1280"]),
        ("前6位是263120，华信", ["head 263120", "name 华信"]),
        ("前面2631后面4917", ["head 2631", "tail 4917"]),
        ("2631开头3017结尾", ["head 2631", "tail 3017"]),
        ("2631xxxx", ["head 2631"]),
        ("26312000000…", ["head 26312000000"]),
        ("starts with 2631, 680 yuan", ["head 2631", "amount 680"]),
        ("first 5 digits 26312 amount 300", ["head 26312", "amount 300"]),
        ("**542 517", ["tail 542517"]),
        ("**3017 1280", ["tail 3017", "tail 1280"]),
        ("2026-10 9665结尾的", ["day 2026-10-01..2026-10-31", "tail 9665"]),
        ("ending in five six seven six", ["tail 5676"]),
        ("last digits zero four nine double five nine", ["tail 049559"]),
        ("four nine five one three six four one", ["number 49513641"]),
        (f"**{SHORT}**", [f"number {SHORT}"]),
        ("26,110,000,482,913,073,017", [f"number {NUMBER}"]),
        # days
        ("2024 Dec 26", ["day 2024-12-26"]),
        ("26-Dec-24", ["day 2024-12-26"]),
        ("12/26/24", ["day 2024-12-26"]),
        ("2024年第4季度", ["day 2024-10-01..2024-12-31"]),
        ("2024-12-26", ["day 2024-12-26"]),
        ("2024/12/26 10:20", ["day 2024-12-26"]),
        ("2024.12.26", ["day 2024-12-26"]),
        ("20241226", ["day 2024-12-26"]),
        ("24年12月26日", ["day 2024-12-26"]),
        ("24-12-26", ["day 2024-12-26"]),
        ("二〇二四年十二月二十六日", ["day 2024-12-26"]),
        ("二〇二四年十二月", ["day 2024-12-01..2024-12-31"]),
        ("2024-12", ["day 2024-12-01..2024-12-31"]),
        ("2024年", ["day 2024-01-01..2024-12-31"]),
        ("12月26日", ["yearless 12-26"]),
        ("１２ 月 ２６ 號", ["yearless 12-26"]),
        ("十二月二十六号", ["yearless 12-26"]),
        ("12-26", ["yearless 12-26"]),
        ("12.26", ["yearless 12-26"]),
        ("26/12", ["yearless 12-26"]),
        ("12月", ["yearless 12-0"]),
        ("12月底", ["day? 2025-12-21..2025-12-31"]),
        ("26号", ["day? 2026-10-26"]),
        ("去年12月", ["day 2025-12-01..2025-12-31"]),
        ("去年", ["day 2025-01-01..2025-12-31"]),
        ("上个月", ["day 2026-10-01..2026-10-31"]),
        ("上月底", ["day 2026-10-21..2026-10-31"]),
        ("上月5号", ["day 2026-10-05"]),
        ("上上个月", ["day 2026-09-01..2026-09-30"]),
        ("月初", ["day? 2026-11-01..2026-11-10"]),
        ("年初", ["day? 2026-01-01..2026-03-31"]),
        ("下半年", ["day? 2026-07-01..2026-12-31"]),
        ("昨天", ["day 2026-11-23"]),
        ("前天开的", ["day 2026-11-22"]),
        ("三天前", ["day 2026-11-21"]),
        ("上周三", ["day 2026-11-18"]),
        ("周五", ["day? 2026-11-20"]),
        ("上周", ["day 2026-11-16..2026-11-22"]),
        ("最近三天", ["day 2026-11-21..2026-11-24"]),
        ("三季度", ["day? 2026-07-01..2026-09-30"]),
        ("Q3 2025", ["day 2025-07-01..2025-09-30"]),
        ("上季度", ["day 2026-07-01..2026-09-30"]),
        ("12月1日到12月5日", ["day? 2025-12-01..2025-12-05"]),
        ("2024-12-01至2024-12-31", ["day 2024-12-01..2024-12-31"]),
        ("9月5日到15日", ["day? 2026-09-05..2026-09-15"]),
        ("9月20日之前", ["day? 2025-09-20..2026-09-20"]),
        ("10月以后", ["day? 2026-10-01..2026-11-24"]),
        ("9月20号前后", ["day? 2026-09-17..2026-09-23"]),
        ("since October", ["day? 2026-10-01..2026-11-24"]),
        ("around Sept 20", ["day? 2026-09-17..2026-09-23"]),
        ("前几天", ["day? 2026-11-16..2026-11-22"]),
        ("最近", ["day? 2026-10-10..2026-11-24"]),
        ("最近半年", ["day 2026-05-26..2026-11-24"]),
        ("半个月前", ["day 2026-11-02..2026-11-16"]),
        ("国庆前", ["day? 2026-09-11..2026-09-30"]),
        ("去年国庆", ["day? 2025-09-30..2025-10-09"]),
        ("中秋前后", ["day? 2026-09-18..2026-10-04"]),
        ("年前", ["day? 2026-01-28..2026-02-16"]),
        ("双十一", ["day? 2026-11-10..2026-11-14"]),
        ("圣诞", ["day? 2025-12-24..2025-12-26"]),
        ("帮忙看下夏天的", ["day? 2026-05-31..2026-09-01"]),
        ("last summer", ["day? 2026-05-31..2026-09-01"]),
        ("before Chinese New Year", ["day? 2026-01-28..2026-02-16"]),
        ("before National Day", ["day? 2026-09-11..2026-09-30"]),
        ("the 5th of last month", ["day 2026-10-05"]),
        ("the month before last", ["day 2026-09-01..2026-09-30"]),
        ("a couple of days ago", ["day? 2026-11-20..2026-11-23"]),
        ("first half of the year", ["day 2026-01-01..2026-06-30"]),
        ("end of last year", ["day 2025-10-01..2025-12-31"]),
        ("H1 2026", ["day 2026-01-01..2026-06-30"]),
        ("December last year", ["day 2025-12-01..2025-12-31"]),
        ("昨天下午三点", ["day 2026-11-23"]),
        ("yesterday", ["day 2026-11-23"]),
        ("end of last month", ["day 2026-10-21..2026-10-31"]),
        ("last friday", ["day 2026-11-20"]),
        ("Dec 26", ["yearless 12-26"]),
        ("26 December 2024", ["day 2024-12-26"]),
        ("December 26th, 2024", ["day 2024-12-26"]),
        ("in May", ["yearless 5-0"]),
        ("in 2025", ["day 2025-01-01..2025-12-31"]),
        # sums
        ("1280.00", ["amount 1280.00"]),
        ("1,280", ["amount 1280"]),
        ("华信 99", ["name 华信", "amount 99"]),
        ("¥1,280.00", ["amount 1280.00"]),
        ("￥１，２８０．００", ["amount 1280.00"]),
        ("$1280", ["amount 1280"]),
        ("RMB 1280", ["amount 1280"]),
        ("1280 CNY", ["amount 1280"]),
        ("1280元", ["amount 1280"]),
        ("12.26元", ["amount 12.26"]),
        ("1280块5", ["amount 1280.50"]),
        ("1280块左右", ["amount ~1280"]),
        ("1280.00左右", ["amount ~1280.00"]),
        ("大概1280", ["amount ~1280"]),
        ("金额~1280", ["amount ~1280"]),
        ("about 1280", ["amount ~1280"]),
        ("300 多的那张", ["amount ~300"]),
        ("一千二", ["amount ~1200"]),
        ("一千二百八十块", ["amount 1280"]),
        ("两万八", ["amount ~28000"]),
        ("千把块", ["amount ~1000"]),
        ("1.2万", ["amount ~12000"]),
        ("around 1.3k", ["amount ~1300"]),
        ("3千5", ["amount ~3500"]),
        ("壹仟贰佰捌拾元整", ["amount 1280.00"]),
        ("贰佰零壹元叁角", ["amount 201.30"]),
        ("-1280.00", ["amount -1280.00"]),
        ("金额：1280", ["amount 1280"]),
        ("净额4950.50", ["amount 4950.50"]),
        ("excl. tax 884.96", ["amount 884.96"]),
        ("六左右", ["amount ~6"]),
        ("五十三的那张", ["amount ~53"]),
        ("Sep 27 RMB 36,743", ["yearless 9-27", "amount 36743"]),
        ("19,521.56 万宏", ["amount 19521.56", "name 万宏"]),
        ("1.2 万左右", ["amount ~12000"]),
        ("8/16 万宁", ["yearless 8-16", "name 万宁"]),
        ("30.78 元旦的", ["amount 30.78", "day? 2025-12-31..2026-01-04"]),
        ("税率13% 价税合计1280 税额147.26", ["amount 1280"]),
        # what was measured to fail once
        ("20240322 233.64", ["day 2024-03-22", "amount 233.64"]),
        ("¥100,20231006", ["amount 100", "day 2023-10-06"]),
        ("233.64 20240322", ["amount 233.64", "day 2024-03-22"]),
        ("12月1280元", ["yearless 12-0", "amount 1280"]),
        # tax ids and check codes
        (TAX_ID, [f"tax id {TAX_ID}"]),
        (f"税号{TAX_ID.replace('0', 'O')}", [f"tax id {TAX_ID}"]),
        (f"销售方 {TAX_ID.lower()}", [f"tax id {TAX_ID} (seller)"]),
        (f"抬头{TAX_ID}", [f"tax id {TAX_ID} (buyer)"]),
        ("税号110105123456789", ["tax id 110105123456789"]),
        ("校验码后六位 677916", ["check 677916"]),
        ("校验码 76939 05688 34666 77916", ["check 677916"]),
        ("76939 05688 34666 77916", ["check 677916"]),
        (QR, ["joined 012001800311 33207675", "day 2019-05-08", "amount 46.62", "check 677916"]),
        # names
        ("北京华信", ["name 北京华信"]),
        ("北京 华信", ["name 北京 华信"]),
        ("华信（1280元）", ["name 华信", "amount 1280"]),
        ("华信（北京）科技", ["name 华信(北京)科技"]),
        ("北京華信科技", ["name 北京華信科技"]),
        ("beijing huaxin", ["name beijing huaxin"]),
        ("bang wo cha yixia huaxin de fapiao", ["name huaxin"]),
        ("bjhx", ["name bjhx"]),
        ("帮我查一下北京华信开的发票", ["name 北京华信 (seller)"]),
        ("北京华信给我们开的", ["name 北京华信 (seller)"]),
        ("华信开给远大的", ["name 华信 (seller)", "name 远大 (buyer)"]),
        ("给上海远大开的那张", ["name 上海远大 (buyer)"]),
        ("抬头 上海远大 12月", ["name 上海远大 (buyer)", "yearless 12-0"]),
        ("上海远大抬头的", ["name 上海远大 (buyer)"]),
        ("销售方：北京华信 购买方：上海远大", ["name 北京华信 (seller)", "name 上海远大 (buyer)"]),
        ("from Huaxin to Yuanda, $1280", ["name Huaxin (seller)", "name Yuanda (buyer)", "amount 1280"]),
        ("find the invoice of Bank of China", ["name Bank of China"]),
        ("Huaxin Technology Co., Ltd. 1280.00", ["name Huaxin Technology Co., Ltd", "amount 1280.00"]),
        ("360公司的发票", ["name 360公司"]),
        ("58同城", ["name 58同城"]),
        ("三一重工 上个月", ["name 三一重工", "day 2026-10-01..2026-10-31"]),
        ("中国移动", ["name 中国移动"]),
        # names that hold words, days and sums
        ("帮我查一下北京华信信息技术有限公司的发票", ["name 北京华信信息技术有限公司"]),
        ("深圳安全电子有限公司", ["name 深圳安全电子有限公司"]),
        ("上海今天国际物流", ["name 上海今天国际物流"]),
        ("三元食品 12月", ["name 三元食品", "yearless 12-0"]),
        ("上个月三星", ["day 2026-10-01..2026-10-31", "name 三星"]),
        ("上个月中石化那张", ["day 2026-10-01..2026-10-31", "name 中石化"]),
        ("四季沐歌", ["name 四季沐歌"]),
        ("长春天联建筑", ["name 长春天联建筑"]),
        ("国庆路便利店", ["name 国庆路便利店"]),
        ("三十六计", ["name 三十六计"]),
        ("六一一八七五一一", ["number 61187511"]),
        ("海淀区李记小吃店（个体工商户）", ["name 海淀区李记小吃店(个体工商户)"]),
        ("Boss Hugo China", ["name Boss Hugo China"]),
        ("老板电器", ["name 老板电器"]),
        ("Toyota 1280.00", ["name Toyota", "amount 1280.00"]),
        ("tongda byd", ["name tongda byd"]),
        ("中通快递1280元", ["name 中通快递", "amount 1280"]),
        # together
        ("华信 12月26日 1280块左右", ["name 华信", "yearless 12-26", "amount ~1280"]),
        ("华信12月1280元", ["name 华信", "yearless 12-0", "amount 1280"]),
        ("上月底华信那张", ["day 2026-10-21..2026-10-31", "name 华信"]),
        (f"{NUMBER} 2024-12-26 1280.00", [f"number {NUMBER}", "day 2024-12-26", "amount 1280.00"]),
        (f"{NUMBER}，1280元", [f"number {NUMBER}", "amount 1280"]),
        ("find invoice from huaxin for about 1280 in December", [
            "name huaxin (seller)", "amount ~1280", "yearless 12-0",
        ]),
        ('{"fpdm":"011002600111","fphm":"00008006","kprq":"2024-12-26","je":"1280.00","xfmc":"云杉科技"}', [
            f"code {CODE}", f"number {SHORT}", "day 2024-12-26", "amount 1280.00", "name 云杉科技 (seller)",
        ]),
        ("我要查 5 月份滴滴开的 300 多的那张", ["yearless 5-0", "name 滴滴 (seller)", "amount ~300"]),
        ("购方是朝阳区蓝天超市,12月20号,886元,这张查一下谢谢", [
            "name 朝阳区蓝天超市 (buyer)", "yearless 12-20", "amount 886",
        ]),
        # words round the facts
        ("100,000.00 1月31号 博弘，谢谢啦", ["amount 100000.00", "yearless 1-31", "name 博弘"]),
        ("the month before last 2400.00", ["day 2026-09-01..2026-09-30", "amount 2400.00"]),
        ("beginning of October 3,665.28", ["day? 2026-10-01..2026-10-10", "amount 3665.28"]),
        ("Dec 23 792.14 yuan", ["yearless 12-23", "amount 792.14"]),
        ("客户：华信 1280.00", ["name 华信 (buyer)", "amount 1280.00"]),
        ("please help me to find 1280.00 of Huaxin", ["amount 1280.00", "name Huaxin"]),
        ("what about 00008006", ["number 00008006"]),
        ("老师您好，我想查1280.00的发票，报销要用", ["amount 1280.00"]),
        ("財務說华信 1280.00 的發票沒收到", ["name 华信", "amount 1280.00"]),
        ("老板让我找华信那张", ["name 华信"]),
        ("Hello! My boss wants the invoice 56,529.54, thanks", ["amount 56529.54"]),
        ("华信的红票 -50.00", ["name 华信", "amount -50.00"]),
        ("credit note from Huaxin", ["name Huaxin (seller)"]),
        ("上周五的餐费 880.00", ["day 2026-11-20", "from 餐", "amount 880.00"]),
        ("9月27号的加油费", ["yearless 9-27", "from 石油"]),
        ("加油票 300元", ["from 石油", "amount 300"]),
        ("1530块钱的电费发票", ["amount 1530", "from 电力"]),
        ("查一下宽带费，995.49", ["from 电信", "amount 995.49"]),
        ("酒店发票 1280", ["from 酒店", "tail 1280"]),
        ("汉庭酒店发票 1280", ["name 汉庭酒店", "tail 1280"]),
        ("2.63120000E+19 2116.12 元", ["head 26312", "amount 2116.12"]),
        ("2.6313E+19", ["head 2631"]),
        ("May 14，1770.00", ["yearless 5-14", "amount 1770.00"]),
        ("March 21，1934.87", ["yearless 3-21", "amount 1934.87"]),
        ("559.19 Dec 2025", ["amount 559.19", "day 2025-12-01..2025-12-31"]),
        ("华信 17 Jan怎么没有", ["name 华信", "yearless 1-17"]),
        ("in March的78000元", ["yearless 3-0", "amount 78000"]),
        ("last Friday的 300 yuan", ["day 2026-11-20", "amount 300"]),
        ("8502.25 RMB 20250904", ["amount 8502.25", "day 2025-09-04"]),
        ("12.26 RMB 300", ["yearless 12-26", "amount 300"]),
        ("RMB 1040，前天查不到", ["amount 1040"]),
        ("三百查不到", ["amount ~300"]),
        ("№78801145", ["number 78801145"]),
        ("找invoice 78801145", ["number 78801145"]),
        ("想查ETC的票 161.35", ["from 高速", "amount 161.35"]),
        ("尾号000000218622790", ["tail 18622790"]),
        (" ".join(NUMBER), [f"number {NUMBER}"]),
        # pinyin, whose syllables may be English words
        ("xi an shi yao ya", ["name xi an shi yao ya"]),
        ("找wu hu li ding", ["name wu hu li ding"]),
        ("jia xing yuan zhuo jiu dian", ["name jia xing yuan zhuo jiu dian"]),
        ("bang wo cha yi xia hua xin ke ji de fa piao", ["name hua xin ke ji"]),
        ("xiang guang wen hua", ["name xiang guang wen hua"]),
        ("can you find the invoice", []),
        ("can you check guang an wu hu qi che的发票", ["name guang an wu hu qi che"]),
        # nothing to go by
        ("", []),
        ("帮我查一下发票", []),
        ("find my invoice please", []),
        ("今天查不到", []),
        ("13912345678", []),
        ("电话 010-12345678", []),
        ("订单号 20241226001", []),
        ("前六位 261100", ["head 261100"]),
    ],
)  # fmt: skip
def test_what_a_line_most_likely_means(text: str, tokens: list[str]) -> None:
    assert likeliest(text) == tokens


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1280", ["tail 1280", "amount 1280"]),
        ("0512", ["tail 0512", "yearless 5-12"]),
        ("1226", ["tail 1226", "amount 1226", "yearless 12-26"]),
        ("2024", ["day 2024-01-01..2024-12-31", "amount 2024", "tail 2024"]),
        ("633017", ["tail 633017", "amount 633017", "number 633017", "check 633017"]),
        ("241226", ["tail 241226", "amount 241226", "number 241226", "day 2024-12-26", "check 241226"]),
        ("3663491", ["tail 3663491", "amount 3663491", "number 3663491"]),
        ("20241226", ["day 2024-12-26", "number 20241226", "tail 20241226", "amount 20241226"]),
        ("00008006", ["number 00008006", "tail 00008006"]),
        ("000080061", ["number 000080061", "code 000080061", "tail 00080061"]),
        ("12.26", ["yearless 12-26", "amount 12.26"]),
        ("Aug 29，303.41元", ["yearless 8-29 + amount 303.41", "yearless 8-0 + amount 29303.41"]),
        ("2025.4", ["day 2025-04-01..2025-04-30", "amount 2025.40"]),
        ("2631…", ["head 2631", "tail 2631", "amount 2631"]),
        ("K11", ["name K11", "aside"]),
        ("410023312088115988",
         ["joined 4100233120 88115988", "number 410023312088115988", "tax id 410023312088115988"]),
        ("09200230051131848549",
         ["joined 051131848549 09200230", "joined 092002300511 31848549", "number 09200230051131848549"]),
        ("7310026512060028593", ["joined 73100265120 60028593", "number 7310026512060028593"]),
        ("03/04/2024", ["day 2024-03-04", "day 2024-04-03"]),
        ("26号", ["day? 2026-10-26", "day? 2026-09-26"]),
        ("上周五", ["day 2026-11-20"]),
        ("找钢网", ["name 钢网", "name 找钢网"]),
        ("美的", ["name 美的"]),
        ("开元酒店", ["name 酒店", "name 元酒店", "name 开元酒店"]),
        ("找有赞", ["name 有赞", "name 找有赞"]),
        ("华信信息", ["name 华信", "name 华信信息"]),
        ("同事小王要福佳", ["name 同事小王要福佳", "name 福佳", "aside"]),
        ("客户在催", ["name 客户在催", "aside"]),
        ("成都华信贸易", ["name 成都华信贸易"]),  # 都 and 太 are words of sentences as well
        ("太原华信", ["name 太原华信"]),
        ("quick", ["name quick", "aside"]),
        ("Quick", ["name Quick"]),
        (
            "我爱我家房地产有限公司",
            ["name 爱我家房地产有限公司", "name 我爱我家房地产有限公司", "name 家房地产有限公司"],
        ),
        ("睿和的", ["name 睿和的", "name 睿和"]),
        ("last May", ["day? 2026-05-01..2026-05-31", "day? 2025-05-01..2025-05-31"]),
        ("0200250101324447774", ["joined 02002501013 24447774", "number 0200250101324447774"]),
        (CODE + SHORT, [f"joined {CODE} {SHORT}", "joined 011100008006 01100260", f"number {CODE + SHORT}"]),
        (NUMBER + "20241226", [f"number {NUMBER}", f"number {NUMBER[8:]}20241226"]),
        (
            "1226 1280",
            ["number 12261280", "tail 12261280", "amount 12261280", "tail 1226 + amount 1280",
             "yearless 12-26 + amount 1280", "tail 1280 + amount 1226", "tail 1226", "amount 1226", "yearless 12-26",
             "tail 1280", "amount 1280"],
        ),
    ],
)  # fmt: skip
def test_an_ambiguous_token_keeps_all_its_readings(text: str, readings: list[str]) -> None:
    assert every(text) == [readings]


@pytest.mark.parametrize("text", ["8月2号 4600", "26年8月2号 4600", "2号，4600"])
def test_the_number_of_a_day_is_no_label(text: str) -> None:
    assert every(text)[-1] == ["tail 4600", "amount 4600"]


@pytest.mark.parametrize("piece", ["*", "x", ".", "-a", "1 ", "2631 ", "xi an ", "头", "费的", "a of b "])
def test_no_line_is_slow(piece: str) -> None:
    understand("华信 1280", TODAY)
    begun = process_time()
    understand((piece * 4096)[:4096], TODAY)
    assert process_time() - begun < 0.15


# ── Properties ────────────────────────────────────────────────────────────────

numbers = st.builds(
    "{}{}{:016}".format,
    st.integers(24, 39),
    st.sampled_from(["11", "31", "44", "65", "95"]),
    st.integers(0, 10**16 - 1),
)
shorts = st.integers(0, 19_999_999).map("{:08}".format)
codes = st.builds(
    "{}{}00{}{:03}{}".format,
    st.sampled_from("01"),
    st.sampled_from(["11", "31", "44", "65"]),
    st.integers(15, 26),
    st.integers(0, 999),
    st.sampled_from(["04", "11", "13"]),
)
days = st.dates(date(2012, 1, 1), TODAY)
frames = st.sampled_from(
    [
        "{}",
        "{}。",
        "帮我查一下{}",
        "发票 {} 在哪",
        "请问（{}）这张呢",
        "find invoice {} please",
        "「{}」",
        "査詢 {} 謝謝",
    ]
)
anything = st.text(max_size=300) | st.text(
    st.sampled_from(
        "0123456789OlIB|,.-:/ \u200b年月日号元块万壹拾佰仟零今昨天一二三十千百多上周尾号后位华信abcXYZ¥１２３\n"
    ),
    max_size=300,
)


def readings_of(text: str) -> set[Reading]:
    return {reading for token in understand(text, TODAY).tokens for reading in token.readings}


@settings(deadline=2000)  # ms; half a second would be a quadratic pattern
@given(anything)
@example("1 " * LIMIT)
@example("九" * LIMIT)
@example("01,10," * LIMIT)
def test_any_text_has_an_answer_of_bounded_size(text: str) -> None:
    query = understand(text, TODAY)
    assert query.text == text
    assert len(query.tokens) <= MOST_TOKENS
    assert all(token.readings and token.text for token in query.tokens)
    assert all(len(set(token.readings)) == len(token.readings) for token in query.tokens)


@given(anything)
def test_composition_does_not_matter(text: str) -> None:
    assert understand(unicodedata.normalize("NFKC", text), TODAY).tokens == understand(text, TODAY).tokens


@given(frames, numbers)
def test_a_number_is_found_in_every_sentence(frame: str, number: str) -> None:
    assert likeliest(frame.format(number)) == [f"number {number}"]


@given(frames, numbers, st.sampled_from(" -. "), st.sampled_from([2, 4, 5, 8, 10]))
def test_groups_make_one_number(frame: str, number: str, gap: str, size: int) -> None:
    grouped = gap.join(number[at : at + size] for at in range(0, 20, size))
    assert NumberReading(number) in readings_of(frame.format(grouped))


@given(numbers, st.data())
def test_look_alikes_are_repaired(number: str, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(1, 19), max_size=5))
    alike = {d: [c for c, e in LOOK_ALIKES.items() if e == d] or [d] for d in number}
    typed = "".join(data.draw(st.sampled_from(alike[d])) if n in places else d for n, d in enumerate(number))
    assert NumberReading(number) in readings_of(typed)


@given(numbers, st.data())
def test_slips_leave_a_number(number: str, data: st.DataObject) -> None:
    """One or two digits lost or added; 18 digits may be a tax id as well."""
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(number) - 1))
        number = data.draw(st.sampled_from([number[:at] + number[at + 1 :], number[:at] + "7" + number[at:]]))
    assert NumberReading(number) in readings_of(f"查 {number}")


@given(frames, codes, shorts, st.sampled_from([" ", "-", "/", "，", "\n", " 号码 "]))
def test_code_and_number_apart_and_together(frame: str, code: str, short: str, gap: str) -> None:
    apart = readings_of(frame.format(code + gap + short))
    assert {CodeReading(code), NumberReading(short)} <= apart
    assert JoinedReading(code, short) in readings_of(frame.format(code + short))


FORMATS: tuple[Callable[[date], str], ...] = (
    date.isoformat,
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day:02}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%y%m%d}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%y}年{d.month}月{d.day}号",
    lambda d: f"{d:%b} {d.day}, {d.year}",
    lambda d: f"{d.day} {d:%B} {d.year}",
)


@given(frames, days, st.sampled_from(FORMATS))
def test_a_day_is_found_in_every_sentence(frame: str, day: date, write: Callable[[date], str]) -> None:
    assert DayReading(day, day) in readings_of(frame.format(write(day)))


@given(
    frames,
    st.integers(100, 10**9).map(lambda fen: Decimal(fen) / 100),
    st.sampled_from(["{:.2f}元", "¥{:,.2f}", "￥{:.2f}", "{:.2f} RMB", "CNY {:,.2f}", "金额{:.2f}", "{:,.2f}块"]),
)
def test_a_sum_is_found_in_every_sentence(frame: str, amount: Decimal, form: str) -> None:
    assert AmountReading(int(amount * 100)) in readings_of(frame.format(form.format(amount)))


@given(numbers, days, st.integers(100, 10**8), st.permutations(range(3)), st.sampled_from([" ", "，", " / ", "\n"]))
def test_three_fields_in_any_order(number: str, day: date, fen: int, order: list[int], gap: str) -> None:
    fields = [number, f"{day.year}年{day.month}月{day.day}日", f"{Decimal(fen) / 100:.2f}元"]
    text = gap.join(fields[n] for n in order)
    expected = [f"number {number}", f"day {day}", f"amount {Decimal(fen) / 100:.2f}"]
    assert likeliest(text) == [expected[n] for n in order]


# ── Words that may be aside ───────────────────────────────────────────────────

OURS = Invoice(
    f"digital:{NUMBER}",
    Kind.D_NORMAL,
    "",
    NUMBER,
    seller_name="虚构云杉酒店管理有限公司",
    buyer_name="虚构青禾科技有限公司",
    issue_date=date(2026, 9, 15),
    total=Decimal("1280.00"),
)
OTHERS = replace(OURS, key="digital:26110000482913075555", number="26110000482913075555", total=Decimal("99.00"))


@pytest.mark.parametrize(
    "text",
    ["项目上的同事在催 1280.00 那张", "quick one, 1280.00", "财务说要云杉 1280.00 的票", "月底要结账了，1280.00"],
)
def test_words_aside_hide_nothing(text: str) -> None:
    assert [match.invoice for match in rank(understand(text, TODAY), [OURS, OTHERS]).near] == [OURS]


@pytest.mark.parametrize("text", ["东方明珠 1280.00", "你我他玩具有限公司 1280.00", "卖家：同事在催 1280.00"])
def test_another_name_still_speaks_against(text: str) -> None:
    assert rank(understand(text, TODAY), [OURS, OTHERS]) == NOTHING


@pytest.mark.parametrize("text", ["项目上的同事在催", "quick one"])
def test_words_aside_find_nothing_alone(text: str) -> None:
    assert rank(understand(text, TODAY), [OURS, OTHERS]) == NOTHING


@pytest.mark.parametrize("locale", Locale)
def test_no_kind_of_invoice_is_a_name(locale: Locale) -> None:
    """As cards and inline results call them, which people send on."""
    texts = Texts.load()
    for kind in Kind:
        called = plain(texts(f"invoice.kind.{kind}")[locale])
        readings = [r for token in understand(f"{called} 3017", TODAY).tokens for r in token.readings]
        assert not [reading for reading in readings if isinstance(reading, NameReading)], called
