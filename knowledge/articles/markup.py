"""Telegram's small HTML: what sendMessage would refuse is found before it is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

_TAGS = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"})
_ATTRIBUTES = {"a": {"href"}, "blockquote": {"expandable"}}
_ENTITIES = frozenset({"lt", "gt", "amp", "quot"})


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong; line counts from 1 within the text."""

    message: str
    line: int


def markup_fault(text: str) -> Fault | None:
    checker = _Checker()
    checker.feed(text)
    checker.close()
    return checker.fault()


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._open: list[str] = []
        self._fault: Fault | None = None

    def fault(self) -> Fault | None:
        if self._open:
            self._report(f"<{self._open[-1]}> is not closed")
        return self._fault

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self._report(f"Telegram knows no <{tag}>")
        elif not {name for name, _ in attrs} <= _ATTRIBUTES.get(tag, set()):
            self._report(f"<{tag}> has an attribute that Telegram does not know")
        elif tag == "a" and not attrs:
            self._report("<a> needs href")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._report(f"</{tag}> closes nothing")

    def handle_entityref(self, name: str) -> None:
        if name not in _ENTITIES:
            self._report(f"Telegram knows no &{name};")

    def handle_comment(self, data: str) -> None:
        self._report("Telegram knows no comments")

    def handle_data(self, data: str) -> None:
        if set("<>&") & set(data):
            self._report("a bare <, > or & must be written &lt; &gt; &amp;")

    def _report(self, message: str) -> None:
        self._fault = self._fault or Fault(message, self.getpos()[0])
