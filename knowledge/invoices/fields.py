"""One reader for each field that a person can send, and the facts in a free sentence.

Each reader returns a `Value` (canonical text, the facts it settles, notes) or a `Problem`: what exactly is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from knowledge.invoices.amounts import read_amount
from knowledge.invoices.dates import read_date
from knowledge.invoices.digits import fold, repair
from knowledge.invoices.kinds import Asks, asks
from knowledge.invoices.model import Family, Kind, Problem, Value
from knowledge.invoices.numbers import read_check_code, read_code, read_number
from knowledge.invoices.qr import Qr, parse_qr
from knowledge.invoices.structure import is_plausible_code, is_plausible_number, kind_of_code
from knowledge.invoices.tax_ids import is_valid_tax_id, read_tax_id

__all__ = [
    "Problem",
    "Value",
    "amount_asked",
    "cross_check",
    "find_facts",
    "query_facts",
    "read_amount",
    "read_check_code",
    "read_code",
    "read_date",
    "read_number",
    "read_tax_id",
]

_DIGITS = re.compile(r"[0-9]+")
_D = "[0-9OoIl|]"  # a digit, or what is often written for one
_QR = re.compile(r"01,[0-9]{2},[0-9]*,[0-9]+,-?[0-9.]+,[0-9]{8},[0-9A-Fa-f,]*")
_LINK = re.compile(r"https?://\S+")
_TAX_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])")
_BUYER = re.compile(r"购买?方|抬头|买方|我们?公司|buyer", re.IGNORECASE)
_DIGITAL = re.compile(rf"(?<![0-9A-Za-z])[0-9]{_D}{{2,}}(?:[ -]?{_D}+){{0,9}}(?![0-9A-Za-z])")
_SOLID = re.compile(rf"(?<![0-9A-Za-z])[0-9]{_D}{{19}}(?![0-9A-Za-z])")
_CODE = re.compile(r"(?<![0-9A-Za-z.-])(?:[0-9]{12}|[0-9]{10})(?![0-9A-Za-z.-])")
_NUMBER = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{8}(?![0-9A-Za-z.-])")
_NUMBER_LABEL = re.compile(r"(?:号码|票号|number|no\.?|#)\s*[:：是为]?\s*$", re.IGNORECASE)
_OTHER_LABEL = re.compile(
    r"(?:订单|电话|手机|座机|快递|运单|流水|工单|QQ|order|phone|tel|ticket)[^0-9]{0,6}$", re.IGNORECASE
)
_TAIL = re.compile(r"(?:尾号|[末后][四4五5六6八8]位|ending(?: in)?|last (?:four|4))\D{0,4}([0-9]{4,8})(?![0-9])")
_CHECK = re.compile(r"(?:校验码(?:后[六6]位)?|check code)\D{0,4}([0-9](?:[0-9 ]*[0-9])?)", re.IGNORECASE)
_DATES = (
    re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?:年\s*[0-9]{1,2}月\s*[0-9]{1,2}|([-/.])[0-9]{1,2}\1[0-9]{1,2})(?![0-9])[日号]?"),
    re.compile(r"(?<![0-9])[0-9]{1,2}月[0-9]{1,2}(?![0-9])[日号]?"),
    re.compile(r"(?:今天|昨天|前天)(?=刚?才?开[的了票出具])"),
    re.compile(r"(?<=开票日期)\D{0,3}[0-9]{8}(?![0-9])"),
)  # fmt: skip
_AMOUNTS = (
    re.compile(r"[¥￥]\s*-?[0-9][0-9,]*(?:\.[0-9]{1,2})?(?![0-9.])"),
    re.compile(r"(?<![0-9.-])(?<![0-9],)-?[0-9][0-9,]*(?:\.[0-9]{1,2})?\s*(?:万?[元块圆]|rmb|cny|yuan)", re.IGNORECASE),
    re.compile(r"(?:金额|合计|amount|total)\s*[:是为]?\s*-?[0-9][0-9,]*(?:\.[0-9]{1,2})?(?![0-9.])", re.IGNORECASE),
)  # fmt: skip


def find_facts(text: str, today: date) -> Mapping[str, str]:
    """Facts volunteered in a free sentence, by the readers' fact names; `tail` is a number's last 4 to 8 digits.

    Conservative: what has two readings, or stands there twice with different values, is left out.
    """
    rest = fold(text)
    if found := _QR.search(rest):
        qr = parse_qr(found[0])
        return qr.facts if isinstance(qr, Qr) else {}
    rest = _LINK.sub(" ", rest)
    facts: dict[str, str] = {}
    for finder in (_buyer_tax_id, _check_code, _digital_number, _code, _number, _tail):
        found_here, rest = finder(rest)
        facts |= {name: value for name, value in found_here.items() if name not in facts}
    facts |= _issue_date(rest, today)
    return facts | _amount(_cut(rest, (m for p in _DATES for m in p.finditer(rest))))


def query_facts(text: str, today: date) -> Mapping[str, str]:
    """What a look-up goes by: as `find_facts`, but digits alone are a number with a slip or two, or the end of one."""
    facts = find_facts(text, today)
    digits = re.sub(r"[ -]", "", fold(text))
    if facts or not _DIGITS.fullmatch(digits):
        return facts
    if 4 <= len(digits) <= 8:
        return {"tail": digits}
    return {"number": digits} if 18 <= len(digits) <= 22 else {}


_Found = tuple[dict[str, str], str]


def _cut(text: str, matches: Iterable[re.Match[str]]) -> str:
    """The text with the matches blanked, so that nothing is read twice."""
    for match in matches:
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text


def _single(values: Iterable[str]) -> str:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else ""


def _buyer_tax_id(text: str) -> _Found:
    matches = [m for m in _TAX_ID.finditer(text) if is_valid_tax_id(m[0].upper())]
    mine = _single(m[0].upper() for m in matches if _BUYER.search(text[max(0, m.start() - 16) : m.start()]))
    return ({"buyer_tax_id": mine} if mine else {}), _cut(text, matches)


def _check_code(text: str) -> _Found:
    matches = list(_CHECK.finditer(text))
    digits = [m[1].replace(" ", "") for m in matches]
    code = _single(d[-6:] for d in digits if len(d) in {6, 20})
    return ({"check_code": code} if code else {}), _cut(text, matches)


def _digital_number(text: str) -> _Found:
    """20 digits in one piece, else 20 with spaces or hyphens between them: a date may follow after a space as well."""
    pieces = list(_SOLID.finditer(text)) or list(_DIGITAL.finditer(text))
    runs = (m for m in pieces if not _OTHER_LABEL.search(text[: m.start()]))
    found = {m: repair(re.sub("[ -]", "", m[0])).text for m in runs}
    matches = {m: n for m, n in found.items() if len(n) == 20 and is_plausible_number(n)}
    number = _single(matches.values())
    facts = {"family": Family.DIGITAL.value, "number": number} if number else {}
    return facts, _cut(text, matches)


def _code(text: str) -> _Found:
    """A code counts only beside a number of 8 digits or after its own name: phone numbers have 10 to 12 digits too."""
    matches = [m for m in _CODE.finditer(text) if is_plausible_code(m[0])]
    named = [m for m in matches if re.search(r"代码|code", text[max(0, m.start() - 8) : m.start()], re.IGNORECASE)]
    chosen = named or (matches if _NUMBER.search(text) else [])
    code = _single(m[0] for m in chosen)
    if not code:
        return {}, _cut(text, matches)
    kind = kind_of_code(code)
    facts = {"family": Family.LEGACY.value, "code": code} | ({"kind": kind.value} if kind else {})
    return facts, _cut(text, matches)


def _number(text: str) -> _Found:
    """Eight digits that could be a day (20241226) need the word 号码 in front, and none may follow 订单 or 电话."""
    runs = [m for m in _NUMBER.finditer(text) if not _OTHER_LABEL.search(text[: m.start()])]
    matches = [m for m in runs if _is_named(text, m) or not _is_like_a_day(m[0])]
    number = _single(m[0] for m in matches)
    return ({"family": Family.LEGACY.value, "number": number} if number else {}), _cut(text, matches)


def _is_named(text: str, match: re.Match[str]) -> bool:
    return _NUMBER_LABEL.search(text[max(0, match.start() - 12) : match.start()]) is not None


def _is_like_a_day(digits: str) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", digits) is not None


def _tail(text: str) -> _Found:
    matches = list(_TAIL.finditer(text))
    tail = _single(m[1] for m in matches)
    return ({"tail": tail} if tail else {}), _cut(text, matches)


def _issue_date(text: str, today: date) -> dict[str, str]:
    return _read_single(read_date(m[0], today) for p in _DATES for m in p.finditer(text))


def _amount(text: str) -> dict[str, str]:
    return _read_single(read_amount(m[0]) for p in _AMOUNTS for m in p.finditer(text))


def _read_single(readings: Iterator[Value | Problem]) -> dict[str, str]:
    distinct = {tuple(value.facts.items()) for value in readings if isinstance(value, Value)}
    return dict(distinct.pop()) if len(distinct) == 1 else {}


def amount_asked(facts: Mapping[str, str]) -> Asks | None:
    """Which amount (or the check code) the official 查验 asks for this invoice; None while its kind is open."""
    digital = facts.get("family") == Family.DIGITAL
    if facts.get("kind") in set(Kind):
        return asks(Kind(facts["kind"]), digital=digital)
    return Asks.TOTAL if digital and not facts.get("code") else None


def cross_check(facts: Mapping[str, str]) -> tuple[Problem, ...]:
    """What doesn't fit together, each field being well formed: hints, because no number has a check digit."""
    number, code, day = (facts.get(name, "") for name in ("number", "code", "issue_date"))
    hints = []
    if len(number) == 20 and not is_plausible_number(number):
        hints.append(Problem("invoice.number.odd_start", {"start": number[:4]}))
    elif len(number) == 20 and day and number[:2] != day[2:4]:
        hints.append(Problem("invoice.check.year", {"number_year": f"20{number[:2]}", "date_year": day[:4]}))
    if len(number) == 8 and code and not is_plausible_code(code):
        hints.append(Problem("invoice.code.odd_region"))
    if len(number) == 8 and not code:
        hints.append(Problem("invoice.check.code_missing"))
    return tuple(hints)
