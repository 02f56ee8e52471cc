"""The shapes that pieces of a look-up come in, and the words that say what a number is."""

from __future__ import annotations

import re

from knowledge.invoices.digits import LOOK_ALIKES
from knowledge.invoices.periods.patterns import MONTH_NAME
from knowledge.invoices.query import (
    AmountReading,
    CodeReading,
    DayReading,
    JoinedReading,
    NumberReading,
    Reading,
    TailReading,
    YearlessReading,
)

QR = re.compile(r"(?<![0-9])01\s?,\s?[0-9]{2}\s?,[0-9 ]*,[0-9 ]+,\s?-?[0-9.]+\s?,\s?[0-9]{8}(?:\s?,[0-9A-Fa-f ]*){0,3}")
LINK = re.compile(r"(?:https?://|www\.)[^\s,;\"'<>\u4e00-\u9fff\x00]+|[\w.+-]{1,64}@[\w.-]{3,}", re.IGNORECASE)
IN_LINK = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{20}|[0-9]{12}|[0-9]{10}|[0-9]{8})(?![0-9A-Za-z])")
_SIZE = "(?:1[0-9]|[1-9一二两三四五六七八九十几])"
NOT_OURS = (
    re.compile(  # numbers of something else
        r"(?:订单|电话|手机|座机|快递单?|运单|流水|工单|(?<![0-9A-Za-z])QQ|微信|邮编|传真|账号|卡号"
        r"|(?<![a-z])(?:order|phone|tel|ticket|fax|mobile)(?![a-z]))(?:号码?|no\.?|number)?"
        r"\s?[:#]?\s?(?:是|为|is)?\s?\+?[0-9][0-9 -]{4,24}(?![0-9.]|\s?[元块])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9][0-9](?P<sep>[ -])[0-9]{4}(?P=sep)[0-9]{4}(?![0-9])"),
    re.compile(r"税额\s?[:为是]?\s?[¥￥]?\s?[0-9][0-9,]*(?:\.[0-9]+)?\s?元?"),
    re.compile(r"(?:税率\s?[:为是]?\s?)?(?<![0-9.])[0-9]{1,2}(?:\.[0-9]{1,2})?\s?(?:%|个点)"),
)
COUNTED = re.compile(
    r"(?:(?<![0-9.])[0-9]{1,3}|(?<![一二三四五六七八九十百千])[一二两三四五六七八九十几]{1,2})"
    r"\s?(?:张|份|笔|遍|家|位数字?|个小时|小时|分钟|条)(?!家)"
)
_SPOKEN = "[零〇一二三四五六七八九幺两0-9]"
ENGLISH_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_ENGLISH_DIGIT = rf"(?:(?:double|triple)[ -])?(?:{'|'.join(ENGLISH_DIGITS)})"
_ENGLISH_RUN = rf"(?<![a-z]){_ENGLISH_DIGIT}(?:[ ,-]{{1,2}}{_ENGLISH_DIGIT}){{2,21}}(?![a-z])"
HEAD = re.compile(
    r"(?<![0-9A-Za-z./-])(?P<begun>[0-9](?: ?[0-9]){1,19})\s?(?:[*x×.]{2,}\s?)?(?:开头|打头|起头)"
    rf"|(?:(?:前面?|头)\s?{_SIZE}\s?[位个]数?字?(?:数字|号码?)?\s?(?:好像|应该|大概)?\s?(?:是|为)?|[开打起]头\s?(?:是|为)?"
    r"|前[面头]?\s?(?:是|为|(?=[0-9]{2,8}\s?[,.、…]{0,3}\s?[后尾末结]))"
    r"|(?<![a-z])(?:(?:begin|start)(?:s|ning|ing)?(?: with)?|first (?:1?[0-9] |few )?(?:digits|numbers))(?: is| are)?)"
    r"\s?[:=]?\s?(?P<named>[0-9](?:[ -]?[0-9]){1,19})(?!\s?[元块])"
    r"|(?<![0-9A-Za-z./-])(?P<rounded>[0-9]\.[0-9]{2,14})e\+?19(?![0-9])"
    r"|(?<![0-9A-Za-z./*-])(?P<masked>[0-9]{4,18})(?:(?P<dots>\.{2,})|[*x×]{2,})(?![0-9*.])",
    re.IGNORECASE,
)
MONTH_DAY_SUM = re.compile(
    rf"(?<![a-z])(?<!of )(?<!in )(?<!late )(?<!early )(?<!mid[ -])"
    rf"{MONTH_NAME} ?(?P<d>3[01]|[12][0-9]|0?[1-9]),(?P<sum>[0-9]{{3}}(?:\.[0-9]{{1,2}})?)(?![0-9,.])"
    r"(?:\s*(?:[元块]|(?:yuan|rmb|cny)(?![a-z])))?",
    re.IGNORECASE,
)
HEAD_SIGN = re.compile(r"[头前*×]|\.\.|xx|e\+|(?:begi|st)[anr]|first", re.IGNORECASE)
TAIL = re.compile(
    rf"(?:(?:发票)?(?:号码?)?的?(?:尾号|尾数|末尾|[结收]尾|[最末后][后末面]?\s?{_SIZE}\s?[位个]数?字?|[末后]面)(?:数字|号码?)?"
    rf"|(?<![a-z])(?:ending|ends|end|tail|(?:last|final) "
    rf"(?:(?:{_SIZE}(?![0-9])|four|five|six|eight)(?: digits?| numbers?)?|digits?|numbers?))(?![a-z]))"
    r"\s?(?:好像|应该|大概)?\s?(?:是|为|with|in|is|are|of)?\s?[:=]?\s?"
    rf"(?:(?P<words>{_ENGLISH_RUN})|(?P<named>{_SPOKEN}(?:(?:[ -](?![0-9]{{1,4}}[-/年月]|[0-9]+\.))?"
    rf"(?:{_SPOKEN}|[OoDQlIi|ZSB](?![a-z]))){{2,19}}))"
    r"|(?:(?<![0-9A-Za-z])(?P<head>[0-9]{1,12}))?(?:(?<![*x×])[*x×]{2,}|(?<!\.)\.{2,}|[…*])\s?"
    r"(?P<masked>[0-9]{2,3}(?:[ -][0-9]{2,3}){1,3}|[0-9]{3,8})(?![0-9*])"
    r"|(?<![0-9A-Za-z./-])(?P<ended>[0-9][0-9 ]{1,8}[0-9])\s?(?:结尾|收尾)",
    re.IGNORECASE,
)
SIZE_SAID = re.compile(
    r"(1[0-9]|[1-9一二三四五六七八九]|four|five|six|eight)(?:\s?[位个]| digits?|\s*(?:is|are)?\s*$)", re.IGNORECASE
)
SIZES = dict(zip("一二三四五六七八九", range(1, 10), strict=True)) | {str(size): size for size in range(1, 20)}
SIZES |= {"four": 4, "five": 5, "six": 6, "eight": 8}
CHECK = re.compile(
    r"(?:校验码|check ?code)(?:的?[后末]\s?[六6]\s?位)?\s?(?:是|为|is)?\s?[:=]?\s?"
    r"(?P<digits>[0-9OoIl|]{5}(?:[ -][0-9OoIl|]{5}){3}|[0-9OoIl|]{4}(?:[ -][0-9OoIl|]{4}){4}"
    r"|[0-9OoIl|]{3}[ -][0-9OoIl|]{3}|[0-9OoIl|]{5,20})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
CHECK_GROUPS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{5} ){3}[0-9]{5}(?![0-9A-Za-z]| [0-9])")
TAX_ID = re.compile(
    r"(?<![0-9A-Za-z|])(?:[0-9A-Za-z]{15,20}"
    r"|[0-9A-Za-z]{2,8}(?:[ -][0-9A-Za-z]{2,8}){2,5})(?![0-9A-Za-z|])"
)
TAX_ID_LABEL = re.compile(
    r"(?:识别号|信用代码|税号|税务登记号|(?<![a-z])(?:tax(?:payer)? ?(?:id|no\.?|number)|uscc|tin))"
    r"\s?(?:是|为|is)?\s?[:#=]?\s?$",
    re.IGNORECASE,
)
TAX_ID_START = re.compile("[15YN9A][1-9][0-9OI]{3}")
SPREADSHEET = re.compile("(?<![0-9,])[0-9]{2}(?:,[0-9]{3}){6}(?![0-9,])")  # 24,312,000,…: a number taken for a sum
SPOKEN_IN_ENGLISH = re.compile(_ENGLISH_RUN, re.IGNORECASE)
CHINESE_RUN = re.compile("[零〇一二三四五六七八九幺两]{4,22}")
CHINESE_DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
REPAIR = str.maketrans(LOOK_ALIKES)
_IS = r"\s?(?:好像)?(?:是|为|is|of)?[\s:=\"']{0,3}$"
LABELS: tuple[tuple[re.Pattern[str], tuple[type[Reading], ...]], ...] = (
    (
        re.compile(
            r"(?:(?<!识别)(?<![0-9一二三四五六七八九十])号码?|票号|number|(?<![a-z])no\.?|#|fphm|bill_num|invoiceno)"
            + _IS,
            re.IGNORECASE,
        ),
        (NumberReading, TailReading, JoinedReading),
    ),
    (re.compile(r"(?:代码|(?<![a-z])code|fpdm)" + _IS, re.IGNORECASE), (CodeReading, JoinedReading)),
    (
        re.compile(r"(?:日期|时间|(?<![a-z])(?:date|dated|on|in|since|kprq))" + _IS, re.IGNORECASE),
        (DayReading, YearlessReading),
    ),
    (re.compile(r"(?:金额|合计|总价|(?<![a-z])(?:amount|total|je|jshj))" + _IS, re.IGNORECASE), (AmountReading,)),
)
