"""Sums of money inside a text: ¥1,280.00, 1280块左右, 一千二, 1.2万, about 1280, 壹仟贰佰捌拾元整."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from knowledge.invoices.query import AmountReading

Found = tuple[int, int, AmountReading, bool]  # from, to, the reading, whether anything but two decimals marks it
_Match = re.Match[str]
LARGEST = Decimal(10**12)

_CURRENCY = r"(?:[¥￥$€]|(?<![a-z])(?:rmb|cny|usd|us\$)|人民币)"
_LABEL = (
    r"(?:价税合计|不?含税金额|不?含税价?|未税金?额?|税[前后]金?额?|总金额|发票金额|票面金额|总额|总价|合计|共计|一共|净额|净价|金额|票面"
    r"|实付|实收|应付|票价|车价|价格"
    r"|(?<![a-z])(?:total|amount|sum|price|amt|net"
    r"|(?:ex(?:cl(?:uding|usive)?)?|in(?:cl(?:uding|usive)?)?|before|after|without|with|pre|net)"
    r"[. -]{1,2}(?:of )?(?:tax|vat)"
    r")(?![a-z]))"
)
ABOUT = (
    r"(?:大概|大约|约莫|约|差不多|估计|将近|接近|不到"
    r"|(?<![a-z])(?:(?<!asked )(?<!asking )(?<!what )(?<!how )(?<!know )about|around|approx(?:imately)?|roughly|circa"
    r"|nearly|almost)(?![a-z])\.?|(?<![0-9A-Za-z])[~≈])"
)
_MONTHS_END = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "ary", "rch", "ril", "une", "uly", "ust", "ber",
)  # fmt: skip
_AFTER_MONTH = "".join(f"(?<!{end} )" for end in _MONTHS_END)  # Dec 23 792.14
_NUMBER = (
    rf"[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]{{1,2}})?|{_AFTER_MONTH}[0-9]{{1,3}}(?: [0-9]{{3}})+\.[0-9]{{2}}"
    r"|[0-9]{1,12}(?:\.[0-9]{1,2})?"
)
_UNIT = (
    r"块钱|块|元钱|元(?![旦宵])|圆|(?:yuan|dollars?|kuai|bucks|(?:rmb|cny|usd)(?!\s?[0-9])"
    r"|(?<=[0-9]{3}\.[0-9]{2}\s|.[0-9]{3}\.[0-9]{2})(?:rmb|cny|usd))(?![a-z])"  # 164.03 RMB 20261126
)
_AFTER = r"左右|上下|出头|[多几来]|不到|or so|ish(?![a-z])"
_MULTIPLES = {"百万": 10**6, "千万": 10**7, "万": 10**4, "千": 1000, "百": 100, "亿": 10**8, "k": 1000, "w": 10**4}
_WORDS = dict(zip("零壹贰叁肆伍陆柒捌玖〇一二三四五六七八九", "01234567890123456789", strict=True)) | {"两": "2"}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000, "十": 10, "百": 100, "千": 1000}

_NAME_GOES_ON = (  # 59.90 万宏
    "(?<= .)(?![元圆块多几来左右上下出不以的那这吧吗呢啊了开整零一二三四五六七八九])[\u4e00-\u9fff]"
)
_WRITTEN = re.compile(
    rf"(?P<pre>(?:{_LABEL}\s*[:=]?\s*(?:是|为|is|of)?\s*)?(?P<about>{ABOUT}\s*)?(?:{_CURRENCY}\s*)?)"
    rf"(?P<sign>(?<![0-9a-z])[-负]\s?)?(?:{_CURRENCY}\s*)?"
    r"(?:(?<![0-9a-z.])(?<![0-9][-/])|(?<=rmb)|(?<=cny)|(?<=usd))"
    rf"(?P<num>{_NUMBER})(?![0-9]|\.[0-9]|\s?%|\s?[年月日号]|[-/][0-9])(?!,[0-9]{{3}}(?![0-9]))"
    rf"(?:\s*(?P<more>[多几来])?(?P<mult>百万|千万|万|千|百|亿|[kw](?![a-z0-9]))(?!{_NAME_GOES_ON})"
    r"(?P<rest>[0-9一二三四五六七八九](?![0-9千百十]))?)?\s*"
    rf"(?P<after>{_AFTER})?\s*(?P<unit>{_UNIT})?"
    r"(?P<cents>(?<=[元块圆])(?:[0-9]{1,2}(?![0-9])(?:毛|角)?(?:[0-9]分)?))?[整正]?"
    rf"\s*(?P<post>{_AFTER})?",
    re.IGNORECASE,
)
_NUMERAL = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_SPOKEN = re.compile(
    rf"(?P<pre>(?:{_LABEL}\s*[:=]?\s*[是为]?\s*)?(?P<about>{ABOUT})?(?:人民币)?)"
    rf"(?P<words>[{_NUMERAL}十拾][{_NUMERAL}十拾百佰千仟万亿]{{0,30}})"
    rf"(?P<more>[多几来])?(?P<unit>块钱|[元圆块])?(?P<cents>(?:[{_NUMERAL}][角毛])?零?(?:[{_NUMERAL}]分)?)[整正]?"
    rf"(?P<post>{_AFTER})?"
    "|"
    rf"(?P<vague>[百千万])(?:把|来)(?P<x>块钱?|元)",
)  # fmt: skip
_HAN = re.compile("(?!的)[\u4e00-\u9fff]")
_ALONE = re.compile("(?![\u4e00-\u9fff])|[的那这]")
_INSIDE_A_NAME = re.compile(r"(?![那这的开发票查找没怎吧吗呢了啊呀和跟给])[\u4e00-\u9fff]")


def find_sums(text: str) -> Iterator[Found]:
    """What is marked as money, by a currency, a unit, a word or two decimals; plain digits are not."""
    for match in _WRITTEN.finditer(text):
        is_marked = _is_marked(match)
        if (is_marked or _has_point(match["num"])) and (reading := _written(match)):
            yield match.start(), match.end(), reading, is_marked
    for match in _SPOKEN.finditer(text):
        if reading := _spoken(match):
            yield match.start(), match.end(), reading, _is_told(match)


def _is_marked(match: _Match) -> bool:
    return bool(match["pre"].strip()) or any(match[name] for name in ("mult", "unit", "post", "after"))


def amount(number: Decimal, *, is_about: bool = False, has_cents: bool = True) -> AmountReading | None:
    if number == 0 or abs(number) >= LARGEST:
        return None
    return AmountReading(int(number * 100), is_about, has_cents)


def _written(match: _Match) -> AmountReading | None:
    number = match["num"]
    value = Decimal(re.sub("[, ]", "", number))
    if match["mult"]:
        size = _MULTIPLES[match["mult"].lower()]
        value = value * size + _digit(match["rest"]) * size // 10
    value += _cents(match["cents"] or "")
    is_about = any(match[name] for name in ("about", "more", "after", "post", "mult"))
    has_cents = ("." in number and not match["mult"]) or bool(match["cents"])
    return amount(-value if match["sign"] else value, is_about=is_about, has_cents=has_cents)


def _has_point(number: str) -> bool:
    return "." in number or "," in number


def _cents(said: str) -> Decimal:
    """块5 and 块5毛 are 0.50, 块55 is 0.55, 5角3分 is 0.53."""
    digits = re.sub("[^0-9]", "", said)[:2]
    return Decimal(f"0.{digits}") if digits else Decimal(0)


def _digit(said: str | None) -> int:
    return int(_WORDS.get(said, said)) if said else 0


def _spoken(match: _Match) -> AmountReading | None:
    if match["vague"]:
        return amount(Decimal(_MULTIPLES[match["vague"]]), is_about=True, has_cents=False)
    words = match["words"]
    is_unmarked = not match["post"] and (not match["unit"] or len(words) == 1)  # 三元食品 is a name
    if is_unmarked and _INSIDE_A_NAME.match(match.string, match.end()):
        return None
    if not _is_told(match) and not _stands_alone(match):
        return None
    value = _from_words(f"{words}元{match['cents']}".replace("毛", "角"))
    if value is None:
        return None
    is_round = not match["cents"] and len([c for c in words if c in _WORDS]) <= 2 and "整" not in match[0]
    is_about = bool(match["about"] or match["more"] or match["post"]) or is_round
    return amount(value, is_about=is_about, has_cents=bool(match["cents"]) or "整" in match[0])


def _is_told(match: _Match) -> bool:
    """A unit, a word or its size says that it is money; 三来 does not."""
    is_large = not match["words"] or set(match["words"]) & set("百佰千仟万亿")
    return bool(is_large or match["unit"] or match["pre"] or len(match["post"] or "") > 1)


def _stands_alone(match: _Match) -> bool:
    """五十三的那张, and no 三十六计."""
    is_plain = not (match["more"] or match["cents"] or match["post"]) and len(match["words"]) > 1
    return bool(is_plain and "十" in match["words"] and _ALONE.match(match.string, match.end())) and not (
        match.start() and _HAN.match(match.string, match.start() - 1)
    )


def _from_words(words: str) -> Decimal | None:
    """大写 and spoken numerals with 角 and 分; None for a word that is not a number."""
    whole, _, rest = re.sub("[圆块]", "元", words).partition("元")
    yuan = _whole(whole)
    if yuan is None:
        return None
    cents = [_WORDS.get(found[1], "0") if (found := re.search(f"(.){unit}", rest)) else "0" for unit in "角分"]
    return Decimal(yuan) + Decimal("".join(cents)) / 100


def _whole(words: str) -> int | None:
    """Sections of 亿 and 万, each with its 仟佰拾. 一千二百八 is 1280. A bare digit string (一二三) is no amount."""
    total = section = unit = 0
    digit = ""
    for c in words:
        if c in _WORDS:
            if digit not in {"", "0"}:
                return None
            digit, unit = _WORDS[c], (0 if digit == "0" or _WORDS[c] == "0" else unit)
        elif c in _UNITS:
            unit = _UNITS[c]
            section, digit = section + int(digit or "1") * unit, ""
        else:
            unit = 10_000 if c == "万" else 10**8
            section += int(digit or "0")
            total = total + section * unit if c == "万" else (total + section) * unit
            section, digit = 0, ""
    return total + section + int(digit or "0") * (unit // 10 if unit > 10 else 1)
