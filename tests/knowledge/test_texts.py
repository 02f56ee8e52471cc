"""The texts: how they are loaded and filled, and that code and data know the same ones."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unicodedata import category, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import DESK, PRIVATE
from knowledge.articles.markup import markup_fault
from knowledge.content import ContentError
from knowledge.flows.model import End
from knowledge.flows.shown import SHOWN
from knowledge.flows.state import Control
from knowledge.gaps import GapKind
from knowledge.invoices.compare import FIELDS, Slip
from knowledge.invoices.diagnosis import Clue
from knowledge.invoices.model import Axis, Kind
from knowledge.invoices.statistics import Direction
from knowledge.invoices.status import VALUES, status_label
from knowledge.lessons import LessonState
from knowledge.permissions import Role
from knowledge.routing.smalltalk import SmallTalk
from knowledge.taught import FlawKind
from knowledge.texts import Locale, Localized, Texts, fill, join, literal, parse_texts, placeholders, plain
from knowledge.tickets import Priority, TicketState

ROOT = Path(__file__).parents[2]
TEXTS = Texts.load()
GOOD = '["a.b"]\nzh-CN = "你好 {name}"\nen = "Hello {name}"\n'


# Loading


def test_a_file_is_a_table_for_each_key() -> None:
    assert parse_texts(GOOD, "f.toml") == {"a.b": Localized("你好 {name}", "Hello {name}")}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('["a.b"]\nzh-CN = "你好"\n', "f.toml:1: a.b: needs exactly the languages zh-CN, en"),
        ('["a.b"]\nzh-CN = "你好"\nen = "Hello"\nfr = "Bonjour"\n', "f.toml:1: a.b: needs exactly the languages"),
        ('top = "x"\n', "f.toml: top: needs exactly the languages"),
        ('# first\n\n["a.b"]\nzh-CN = "{x}"\nen = "{y}"\n', "f.toml:3: a.b: placeholders differ: ['x', 'y']"),
        ('["a.b"]\nzh-CN = "{x}"\nen = "none"\n', "f.toml:1: a.b: placeholders differ: ['x']"),
        ('["a.b"]\nzh-CN = "{"\nen = "{"\n', "f.toml:1: a.b: Single '{'"),
        ('["a.b"]\nzh-CN = "{}"\nen = "{}"\n', "f.toml:1: a.b: placeholders need plain names"),
        ('["a.b"]\nzh-CN = "{x.y}"\nen = "{x.y}"\n', "f.toml:1: a.b: placeholders need plain names"),
        ('["a.b"]\nzh-CN = "{0}"\nen = "{0}"\n', "f.toml:1: a.b: placeholders need plain names"),
        ('["a.b"]\nzh-CN = 1\n', "f.toml:1: a.b: needs exactly the languages"),
        ('["a.b"]\nzh-CN = 1\nen = 2\n', "f.toml:1: a.b: must be a text in every language"),
        ('["a.b"]\nzh-CN = " "\nen = "x"\n', "f.toml:1: a.b: must be a text in every language"),
        ('["a.b"\n', "f.toml:1: "),
        (f"{GOOD}{GOOD}", "f.toml:4: "),
    ],
)
def test_each_way_of_being_wrong_is_named(source: str, complaint: str) -> None:
    with pytest.raises(ContentError) as raised:
        parse_texts(source, "f.toml")
    assert str(raised.value).startswith(complaint)


def test_an_unknown_key_or_a_missing_parameter_is_an_error() -> None:
    texts = Texts(parse_texts(GOOD, "f.toml"))
    with pytest.raises(KeyError):
        texts("a.c")
    with pytest.raises(KeyError):
        texts("a.b")
    assert "a.b" in texts
    assert "a.c" not in texts


# Filling


@given(st.text())
def test_what_comes_from_people_is_escaped(name: str) -> None:
    filled = fill(Localized("<b>{name}</b>", "<i>{name}</i>"), {"name": name})
    assert markup_fault(filled.zh) is None
    assert plain(filled.zh) == plain(filled.en) == name
    assert filled.zh == f"<b>{html.escape(name, quote=False)}</b>"


@given(st.text())
def test_braces_of_people_are_no_placeholders(name: str) -> None:
    assert plain(literal(name).zh) == name


def test_texts_inside_texts_keep_their_markup_and_language() -> None:
    inner = Localized("<b>甲</b>", "<b>A</b>")
    assert fill(Localized("{x}！", "{x}!"), {"x": inner}) == Localized("<b>甲</b>！", "<b>A</b>!")


def test_joined_and_added() -> None:
    one, two = Localized("一", "one"), Localized("二", "two")
    assert join("、", [one, two]) == Localized("一、二", "one、two")
    assert one + two == Localized("一二", "onetwo")
    assert Localized.from_json((one + two).to_json()) == one + two
    assert (one[Locale.ZH], one[Locale.EN]) == ("一", "one")


# The shipped texts


def faults(find: Callable[[Localized], Any]) -> dict[str, Any]:
    """The texts in which something is found, and what."""
    return {key: fault for key, text in TEXTS._templates.items() if (fault := find(text))}


def test_every_text_is_good_telegram_html_in_both_languages() -> None:
    assert faults(lambda text: [f for f in map(markup_fault, (filled(text.zh), filled(text.en))) if f]) == {}


def filled(template: str) -> str:
    return template.format_map(dict.fromkeys(placeholders(template), "x"))


def test_chinese_is_set_as_chinese() -> None:
    """A space between Chinese and Latin or digits, but in dates as people type them; full-width punctuation."""
    close = re.compile(
        r"[\u4e00-\u9fff](?!\d+日)[A-Za-z0-9]|[A-Za-z0-9%](?![月日])[\u4e00-\u9fff]|[\u4e00-\u9fff][,;:!?()]"
    )
    assert faults(lambda text: close.findall(re.sub(r"<[^>]+>", "", text.zh))) == {}


def test_english_has_no_chinese_punctuation() -> None:
    assert faults(lambda text: [c for c in text.en if east_asian_width(c) in "FW" and category(c)[0] == "P"]) == {}


# Code and data

# Keys that code puts together: what may follow the prefix.
CLOSED_SETS: Mapping[str, Sequence[str]] = {
    "card.axis.": list(Axis),
    "card.button.": ["watch", "unwatch"],
    "chart.sum.": ["yuan", "thousand", "wan", "million", "yi", "billion"],
    "chart.unit.": ["yuan", "thousand", "wan", "million", "yi", "billion"],
    "command.": [*PRIVATE, *DESK],
    "direction.": list(Direction),
    "desk.button.": ["claim", "release", "solve"],
    "desk.requester.": ["solved", "broken", "withdraw"],
    "fact.": list(SHOWN),
    "fact.browser.": ["chrome", "edge", "firefox", "safari", "wechat"],
    "fact.delivery.": ["account"],
    "fact.system.": ["company", "etax", "bot"],
    "fact.family.": ["digital", "legacy", "other"],
    "flow.control.": list(Control),
    "flow.end.": list(End),
    "inline.": ["title", "description", "message"],
    "invoice.compare.": [*Slip, "net_for_total", "total_for_net"],
    "invoice.clue.": list(Clue),
    "invoice.field.": list(FIELDS),
    "invoice.kind.": list(Kind),
    "invoice.number.too_": ["few", "many"],
    "invoice.qr.crc_": ["ok", "mismatch", "absent", "unknown"],
    "invoice.qr.no_": ["number", "code", "check_code"],
    "language.": list(Locale),
    "lookup.tell.": ["month", "amount", "seller"],
    "menu.button.": ["fix", "lookup", "verify", "tickets", "watching", "human", "org", "language"],
    "month.": [str(month) for month in range(1, 13)],
    "article.": ["helped", "missed"],
    "teach.lesson.": list(LessonState),
    "teach.line.": list(GapKind),
    "teach.listed.": [state for state in LessonState if state is not LessonState.RETIRED],
    "teach.missing.": list(Locale),
    "teach.problem.": list(FlawKind),
    "teach.unshowable.": [FlawKind.LONG, FlawKind.TITLE, FlawKind.MARKUP],
    "provider.": ["import", "demo-platform"],
    "org.button.sure.": ["remove", "promote", "hand", "leave"],
    "org.joined.": list(Role),
    "org.role.": list(Role),
    "org.sure.": ["remove", "promote", "hand", "leave"],
    "stats.column.": [
        *("direction", "month", "status", "count", "amount", "red_count", "red_amount"),
        *("kind", "code", "number", "day", "net", "tax", "total"),
        *("seller", "seller_tax_id", "buyer", "buyer_tax_id"),
    ],
    "smalltalk.": list(SmallTalk),
    "ticket.button.": ["solved", "broken"],
    "ticket.done.": ["solved", "broken", "withdraw"],
    "ticket.icon.": list(TicketState),
    "ticket.priority.": list(Priority),
    "ticket.state.agent.": list(TicketState),
    "ticket.state.user.": list(TicketState),
    "upload.field.": [
        "row",
        "red_form",
        "usage",
        "review",
        "reimburse",
        "code",
        "number",
        "digital_no",
        "issue_date",
        "net",
        "tax",
        "total",
        "status",
        "buyer_tax_id",
    ],
    **{f"invoice.{axis}.": list(VALUES[axis]) for axis in Axis},
}
PUT_TOGETHER = {f"{prefix}{value}" for prefix, values in CLOSED_SETS.items() for value in values}


def test_every_member_of_a_closed_set_has_its_text() -> None:
    assert PUT_TOGETHER - set(TEXTS.keys()) == set()


def test_every_state_has_a_label() -> None:
    labels = {status_label(axis, value) for axis in Axis for value in ("", *VALUES[axis])}
    assert labels <= set(TEXTS.keys())


def sources() -> Iterator[ast.AST]:
    for folder in ("bot", "handlers", "knowledge"):
        for path in (ROOT / folder).rglob("*.py"):
            if "playground" not in path.parts:
                yield ast.parse(path.read_text(encoding="utf-8"), str(path))


def constants() -> set[str]:
    return {
        node.value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def asked_for() -> Iterator[ast.expr]:
    """What is given as a key: the first argument of `texts(…)` and of whatever is told by key."""
    told = {"Problem", "RowProblem", "UserError", "InvalidInput", "NotFound", "Conflict", "texts", "_texts"}
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in told:
                yield from _alternatives(node.args[0])


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Call):  # _texts()("…")
        return _name(function.func)
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _alternatives(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    else:
        yield value


def test_every_key_in_the_code_has_a_text() -> None:
    keys = {node.value for node in asked_for() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert len(keys) > 100
    assert keys - set(TEXTS.keys()) == set()


def test_keys_that_are_put_together_are_listed_here() -> None:
    prefixes = {
        str(node.values[0].value)
        for node in asked_for()
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }
    assert prefixes - set(CLOSED_SETS) == set()


def test_every_text_is_used() -> None:
    assert set(TEXTS.keys()) - constants() - PUT_TOGETHER == set()
