"""Names of parties in a text: what is left when digits, days, sums and the words round them are taken out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import Any

TAKEN = "\x00"  # stands where something was taken out: nothing is joined across it
LONGEST = 60
_SHORT = 4  # a name as short as this may begin or end with any word: 美的, 我爱我家
_SELLER, _BUYER, _WAS_SELLER, _WAS_BUYER = "\x01", "\x02", "\x03", "\x04"
_AFTER_LABEL = r"(?:名称|公司|单位|name)?\s*(?:是|叫|为|is)?[\s:=\"']*"
_PIECE = re.compile(r"[\x01-\x04]|[^\x00-\x1f,;:!?。、|\"<>\[\]{}=*#@~\\/…“”‘’《》【】]+")
_FORM = re.compile(r"[,.](?=\s*(?:ltd|inc|llc|limited|corp)\b)", re.IGNORECASE)  # Co., Ltd. is one name
_FROM_TO = re.compile("开给(?!我|咱)")
_INSIDE = {"", "of", "&", "of the"}  # Bank of China
_HAN = re.compile("[\u3400-\u9fff]")
_GLUED = re.compile("(?:帮我|帮忙|我要|我想|想|要|请|帮|查找|查|找|搜|看|有|的|张|开)+(?=[A-Za-z])")
_ASKED_IN_PINYIN = re.compile(
    r"^(?:(?:qing (?:wen|bang)|bang (?:wo|mang)|wo (?:yao|xiang)|ma fan)(?: cha| zhao| kan)?(?: yi xia| xia)?(?: |$)"
    r"|(?:cha|zhao|kan)(?: yi xia| xia| zhao)(?: |$))*|(?: de)?(?: fa piao| piao)?$"
)
_LATIN_RUN = re.compile("(?<![A-Za-z])[a-z]+(?: [a-z]+){2,}(?![A-Za-z])")
_INNER = re.compile(r"[^\W_](?:.*[^\W_])?")
_LETTER_AND_DIGITS = re.compile("[A-Za-z][0-9]{1,2}|[0-9]{1,2}[A-Za-z]")  # K11, 3M; or a gate, a seat
_PINYIN_RUN = 3  # as many syllables in a row are no English: xi an shi
_EDGE = " .-_'&+·~^$¥%"
_GOODS_BEFORE = r"(?:(?<![\u4e00-\u9fff])|(?<=[的了是找查下张要笔]))"
_GOODS_AFTER = (
    r"(?:服务)?(?:费用?|款|钱|卡)?(?:的|那张|那笔)?(?:电子|纸质)?(?:发票|普票|专票|票据?)?"
    r"(?![\u4e00-\u9fff]|[A-Za-z])|(?:服务)?(?:费用?|款|钱|卡|票|(?:的|电子|费用?|款)*(?:发票|普票|专票|票))"
    r"(?=[的那这查找怎没有在呢吗啊，])"
)
_STARTS = re.compile("(?![号元块年月日张的万位那这个开左和跟给到是查发])[\u4e00-\u9fff]")

_LEGAL_FORM = re.compile(
    r"(?:(?:有限|责任|股份|集团|分)公司|事务所|合伙企业|合作社|个体工商户\)"
    r"|(?<=[ ,.])(?:co|corp|inc|llc|llp|ltd|limited|gmbh|plc)\.?)(?:\([^()]{1,12}\))?\s*$",
    re.IGNORECASE,
)

Piece = tuple[int, int, str]  # from, to, side


@dataclass(frozen=True, slots=True)
class Words:
    stops: re.Pattern[str]
    latin: frozenset[str]
    latin_lower: frozenset[str]
    edges: re.Pattern[str]
    all_edges: re.Pattern[str]  # the doubtful ones as well
    doubtful_begin: re.Pattern[str]  # just one
    chatter: re.Pattern[str]
    marks: tuple[tuple[re.Pattern[str], str], ...]  # in the order of use
    seller: re.Pattern[str]
    buyer: re.Pattern[str]
    goods: re.Pattern[str]  # a group each
    sold_by: tuple[str, ...]


@lru_cache(maxsize=1)
def words() -> Words:
    source = files("knowledge.invoices").joinpath("data", "query_words.toml").read_text(encoding="utf-8")
    return _parse(tomllib.loads(source))


def _parse(table: Mapping[str, Any]) -> Words:
    lists = {name: value for name, value in table.items() if isinstance(value, list)}
    before = {side: _any(lists[f"{side}_before"], _AFTER_LABEL) for side in ("seller", "buyer")}
    return Words(
        stops=re.compile(
            f"(?!{'|'.join(lists['in_names'])})(?:{'|'.join(lists['phrases'])}|{_longest_first(lists['stops'])})",
            re.IGNORECASE,
        ),
        latin=frozenset(str(table["latin"]).split()),
        latin_lower=frozenset(str(table["latin_lower"]).split()),
        edges=_ends(lists["edges"]),
        all_edges=_ends(lists["edges"] + lists["doubtful_edges"]),
        doubtful_begin=re.compile(_longest_first(lists["doubtful_edges"])),
        chatter=_any(lists["chatter"]),
        marks=(
            (_any(lists["buyer_after"]), _WAS_BUYER),
            (before["buyer"], _BUYER),
            (before["seller"], _SELLER),
            (_any(lists["seller_after"]), _WAS_SELLER),
        ),
        seller=before["seller"],
        buyer=before["buyer"],
        goods=_goods(table["sold_by"]),
        sold_by=tuple(table["sold_by"].values()),
    )


def _goods(said: Iterable[str]) -> re.Pattern[str]:
    """With the characters that they may begin with in front: there is mostly none."""
    some = "|".join(f"({one})" for one in said)
    first = "".join(sorted({character for character in some if _HAN.match(character)}))
    return re.compile(f"(?=[{first}Ee]){_GOODS_BEFORE}(?:{some})(?:{_GOODS_AFTER})")


def _longest_first(found: list[str]) -> str:
    return "|".join(sorted(map(re.escape, found), key=len, reverse=True))


def _ends(found: list[str]) -> re.Pattern[str]:
    """Any number of them, and spaces, at the beginning or the end."""
    some = rf"(?:{_longest_first(found)}|[ {re.escape(_EDGE)}])+"
    return re.compile(rf"\A{some}|{some}\Z")


def _any(parts: list[str], after: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(parts)}){after}", re.IGNORECASE)


def side_before(text: str) -> str:
    """Whose the piece after this text is: seller, buyer or ""."""
    sellers, buyers = ([m.end() for m in p.finditer(text)] for p in (words().seller, words().buyer))
    if not sellers and not buyers:
        return ""
    return "seller" if max(sellers, default=0) > max(buyers, default=0) else "buyer"


def has_legal_form(text: str) -> bool:
    """Ends as the names of companies do: …有限公司, Co., Ltd."""
    return _LEGAL_FORM.search(text) is not None


def is_chatter(text: str) -> bool:
    """May be no name at all: it has no legal form, and words of a sentence, or is Latin in lower case and no pinyin."""
    if has_legal_form(text):
        return False
    if words().chatter.search(text) or _LETTER_AND_DIGITS.fullmatch(text):
        return True
    return text.isascii() and text == text.lower()


def find_goods(rest: str) -> Iterator[tuple[int, int, str]]:
    """(from, to, what those who sell it are called): 加油票, 9月的电费."""
    for match in words().goods.finditer(rest):
        yield match.start(), match.end(), words().sold_by[(match.lastindex or 1) - 1]


def starts_name(text: str, at: int) -> bool:
    """A few digits before it belong to a name: 360公司, 58同城."""
    return _STARTS.match(text, at) is not None


def find_names(said: str, rest: str, *, alone: bool) -> Iterator[tuple[int, int, tuple[str, ...], str]]:
    """(from, to, spellings, side). `rest` is `said` in simplified characters with TAKEN where it was understood.

    `alone`: nothing else was understood, so that a single character counts.
    """
    for start, end, side in _pieces(_mark(rest)):
        if spellings := tuple(_spellings(said[start:end], rest[start:end], alone=alone)):
            yield start, end, spellings, side


def _mark(rest: str) -> str:
    """Side words become marks, stop words blanks, each of the same length."""
    rest = _FROM_TO.sub(_WAS_SELLER + _BUYER, rest)
    for pattern, mark in words().marks:
        rest = _replace(pattern, mark, rest)
    return _replace(words().stops, "", _FORM.sub(" ", rest))


def _replace(pattern: re.Pattern[str], mark: str, text: str) -> str:
    return pattern.sub(lambda match: mark + TAKEN * (len(match[0]) - len(mark)), text)


def _pieces(marked: str) -> Iterator[Piece]:
    """A mark says whose the next name is, or whose the last one was."""
    found: list[Piece] = []
    side = ""
    for match in _PIECE.finditer(marked):
        if match[0] in (_SELLER, _BUYER):
            side = "seller" if match[0] == _SELLER else "buyer"
        elif match[0] in (_WAS_SELLER, _WAS_BUYER):
            if found and not found[-1][2]:
                found[-1] = (*found[-1][:2], "seller" if match[0] == _WAS_SELLER else "buyer")
        elif parts := list(_parts(match)):
            found += [(start, end, side) for start, end in parts]
            side = ""
    yield from found


def _parts(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Latin words stay together, so do short Chinese ones; a stop word ends a name."""
    piece, start, end = match[0], 0, 0
    if glued := _GLUED.match(piece):
        piece = " " * glued.end() + piece[glued.end() :]
    piece, pinyin = _pinyin_within(piece)
    for word in re.finditer(r"\S+", piece):
        if not _is_word(word[0]) and not any(first <= word.start() < last for first, last in pinyin):
            continue
        if end and (piece[end : word.start()].strip().lower() not in _INSIDE or not _belong(piece[start:end], word[0])):
            yield match.start() + start, match.start() + end
            end = 0
        start, end = (start if end else word.start()), word.end()
    if end:
        yield match.start() + start, match.start() + end


def _pinyin_within(piece: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The piece without 帮我查一下 and 的发票, and from where to where there are syllables in a row."""
    from knowledge.routing.language import all_syllables  # whose package imports this module

    found: list[tuple[int, int]] = []
    for run in _LATIN_RUN.finditer(piece):
        words = list(re.finditer("[a-z]+", run[0]))
        for is_pinyin, group in groupby(words, key=lambda word: len(word[0]) > 1 and word[0] in all_syllables()):
            some = list(group)
            if is_pinyin and len(some) >= _PINYIN_RUN:
                start, end = run.start() + some[0].start(), run.start() + some[-1].end()
                name = _ASKED_IN_PINYIN.sub(lambda asked: " " * len(asked[0]), piece[start:end])
                piece = piece[:start] + name + piece[end:]
                found.append((start, end))
    return piece, tuple(found)


def _is_word(word: str) -> bool:
    """No stop word, no flight or order number, no single Latin letter."""
    inner = _INNER.search(word)
    typed = inner[0].rstrip("的") if inner else ""
    bare = typed.lower()
    letters = sum(c.isalpha() for c in bare)
    if not letters or bare in words().latin or typed in words().latin_lower:
        return False
    if not bare.isascii() or _LETTER_AND_DIGITS.fullmatch(bare):
        return True
    return letters > 1 and letters * 2 >= len(bare)


def _belong(name: str, word: str) -> bool:
    """北京 华信 is one name, 北京华信科技 上海远大 are two."""
    han, more = _HAN.search(name) is not None, _HAN.search(word.rstrip("的")) is not None
    if not han and not more:
        return True
    return han and more and (len(name) <= 4 or len(word) <= 2) and len(word) <= 6


def _spellings(said: str, simple: str, *, alone: bool) -> Iterator[str]:
    """Without what surrounds a name; and with it, where that may belong to the name (有赞, 找钢网)."""
    if words().all_edges.fullmatch(simple):
        return
    sure, short = (_trim(pattern, said, simple) for pattern in (words().edges, words().all_edges))
    raw = _without_half_brackets(said)
    if alone and len(raw) == 1 and not raw.isascii():
        yield raw
    begin = words().doubtful_begin.match(sure[0])
    less = sure[0][begin.end() :] if begin else ""
    bare = raw.strip("的")
    found = (short[0], less, *short[1:], sure[0], *((raw, bare) if len(bare) <= _SHORT else ()), _rest(said, simple))
    for text in dict.fromkeys(found):
        if sum(c.isalpha() for c in text) > 1 or _LETTER_AND_DIGITS.fullmatch(text):
            yield text


def _rest(said: str, simple: str) -> str:
    """同事小王要华信的: what comes behind the words of a sentence."""
    after = max((match.end() for match in words().chatter.finditer(simple)), default=0)
    return _trim(words().all_edges, said[after:], simple[after:])[0] if after else ""


def _without_half_brackets(text: str) -> str:
    """华信(1280元) leaves 华信( behind."""
    text = text.strip(_EDGE)
    if text.count("(") > text.count(")"):
        text = text.rstrip("(")
    return text if text.count("(") == text.count(")") else text.strip("()")


def _trim(edges: re.Pattern[str], said: str, simple: str) -> tuple[str, str, str]:
    """Cut on both ends, at the beginning, at the end: as typed, where it is cut in simplified characters."""
    first = edges.match(simple)
    start = first.end() if first else 0
    last = next((match for match in edges.finditer(simple, start) if match.end() == len(simple)), None)
    end = last.start() if last else len(said)
    both, begun, ended = (
        _without_half_brackets(text)[:LONGEST] for text in (said[start:end], said[start:], said[:end])
    )
    return both, begun, ended
