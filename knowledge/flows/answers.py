"""Typed answers: which choice somebody means, and whether a text is an answer at all; and what was told before."""

from __future__ import annotations

import re
import unicodedata

from knowledge.flows.groups import groups
from knowledge.flows.model import Ask, Choice, Flow
from knowledge.flows.state import Control

LIMIT = 200  # characters; a longer text is no answer to a question with buttons
BRIEF, SHORT = 5, 12  # words
_WORD = re.compile(r"[a-z0-9]+|[^\W_]")
_CLAUSE = re.compile(r"[,，.。;；、!！\n]")
_CONTROLS = {
    Control.BACK: ("上一步", "返回", "返回上一步", "退回", "回去", "back", "go back", "previous"),
    Control.WHY: ("为什么", "为什么问", "为啥", "為什麼", "why", "why ask", "why do you ask"),
    Control.SKIP: (
        *("跳过", "跳過", "略过", "下一步", "不知道", "不清楚", "不记得", "忘了", "没有", "沒有", "看不清", "都不是"),
        *("skip", "next", "i don t know", "don t know", "dont know", "no idea", "not sure", "none", "none of them"),
    ),
    Control.HUMAN: ("转人工", "轉人工", "人工", "人工客服", "找人工", "human", "agent", "talk to a human"),
    Control.CANCEL: (
        *("取消", "退出", "结束", "不查了", "算了", "不用了"),
        *("cancel", "quit", "exit", "stop", "enough", "never mind"),
    ),
}
_ONLY_DOUBT = re.compile(r"\s*[?？][?？!！\s]*")
_NUMBERED = re.compile(r"(?:第|选|选择|option|no|number)?\s*([1-9])\s*(?:个|项|号)?")
_QUESTION = re.compile(
    r"什么|什麼|怎么|怎麼|怎样|如何|为什么|為什麼|为啥|咋|吗|嗎|呢|么|多少|几[点天时号次]|哪里|哪裡|哪儿|在哪|能不能|可不可以|是不是|要不要"
    r"|\b(?:how|what|why|where|when|who|which|can i|could you|do i|should i|is it|does)\b"
)
_CALL = re.compile(
    r"(?:转|找|接|叫|换|要)(?:一?[个位下])?(?:人工|真人|客服)(?!费|智能|成本)|^(?:人工|真人|客服)$"
    r"|\b(?:(?:talk|speak) to|real person|human agent|support agent)\b"
)
_NOT = re.compile(r"不|没|無|无|未|别|\b(?:not|no|never|isn t|don t|doesn t|didn t|can t|cannot|without)\b")


def normal(text: str) -> str:
    """NFKC, lower case, letters, digits and single spaces only (button labels carry emoji and punctuation)."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def chosen(choices: tuple[Choice, ...], text: str) -> Choice | None:
    """The choice that a text names: by its label or a word for it, by its place ("2"), or inside a short sentence."""
    if len(text) > LIMIT:
        return None
    said = normal(text)
    exact = _exact(choices, said) or _by_place(choices, said)
    return exact or (None if is_question(text) or not _is_short(text) else _inside(choices, said))


def told(flow: Flow, text: str) -> dict[str, str]:
    """The symptom, if the words that a flow was asked for with name one choice of its first question, and no other."""
    first, wanted = flow.steps[flow.start], {group.by for group in groups(flow)}
    choice = _inside(first.choices, normal(text[:LIMIT])) if isinstance(first, Ask) else None
    return {} if choice is None else {name: value for name, value in choice.sets.items() if name in wanted}


def _exact(choices: tuple[Choice, ...], said: str) -> Choice | None:
    return next((choice for choice in choices if said and said in names(choice)), None)


def names(choice: Choice) -> frozenset[str]:
    """All that it may be called, normalised."""
    named = (choice.id, choice.label.zh, choice.label.en, *choice.words)
    return frozenset(filter(None, map(normal, named)))


def _by_place(choices: tuple[Choice, ...], said: str) -> Choice | None:
    match = _NUMBERED.fullmatch(said)
    place = int(match[1]) if match else 0
    return choices[place - 1] if 0 < place <= len(choices) else None


def is_place(text: str) -> bool:
    """Names a choice by its place, whether or not there are so many: “9”, “option 8”."""
    return _NUMBERED.fullmatch(normal(text)) is not None


def _inside(choices: tuple[Choice, ...], said: str) -> Choice | None:
    """Exactly one choice is named in the text, and the rest of the text denies nothing.

    A name inside a longer one doesn't count: 不是这张 names no 是这张.
    """
    found = [(choice, name) for choice in choices for name in names(choice) if _contains(said, name)]
    whole = [pair for pair in found if not any(pair[1] != name and pair[1] in name for _, name in found)]
    if len({choice.id for choice, _ in whole}) != 1:
        return None
    choice, name = whole[0]
    return None if _NOT.search(said.replace(name, " ")) else choice


def _is_short(text: str) -> bool:
    """What is said in figures, between commas, makes an answer no story: 我收的，号码 2611…，上个月 26 号开的."""
    clauses = _CLAUSE.split(text)
    told = (words(clause) for clause in clauses if not any(map(str.isdigit, clause)))
    return sum(told) <= SHORT and all(words(clause) <= SHORT for clause in clauses)


def _contains(said: str, name: str) -> bool:
    if len(name) < 2:
        return False
    if name.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", said) is not None
    return name in said


def control(text: str) -> Control | None:
    """The control that the whole text names, as one may type it instead of pressing its button.

    Not knowing an answer is skipping it, and a question mark alone asks why.
    """
    said = normal(text)
    if _ONLY_DOUBT.fullmatch(text):
        return Control.WHY
    return next((control for control, called in _CONTROLS.items() if said in called), None)


def words(text: str) -> int:
    """Latin words and numbers count one each, and so does each Chinese character."""
    return len(_WORD.findall(normal(text)))


def is_question(text: str) -> bool:
    """Asks something itself; a question mark alone ("1280？") is only doubt."""
    return _QUESTION.search(normal(text)) is not None


def is_call(text: str) -> bool:
    """Calls for a person, where any words would do as an answer."""
    return _CALL.search(normal(text)) is not None


def is_wordless(text: str) -> bool:
    """Emoji, a sticker's, or dots: nothing else to look up, so it can only be meant for the question."""
    return not normal(text)


def is_attempt(text: str) -> bool:
    """Mostly digits or a code: clearly meant as a value, even if it isn't a good one. A sentence with a date is not."""
    letters = [c for c in unicodedata.normalize("NFKC", text) if c.isalnum()]
    digits = sum(c.isdigit() for c in letters)
    return digits > 0 and 2 * digits >= len(letters)
