"""YAML read with its line numbers, so that each complaint says where. All scalars stay text: `no` is not false here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import yaml

from knowledge.content import ContentError
from knowledge.texts import Locale, Localized, placeholders

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a file: knows its place; every reading method raises ContentError with it."""

    file: str
    field: str
    value: yaml.Node

    @classmethod
    def root(cls, source: str, file: str) -> Node:
        try:
            node = yaml.compose(source, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = None if mark is None else mark.line + 1
            raise ContentError(file, error.problem or "no YAML", line=line) from error
        except yaml.YAMLError as error:
            raise ContentError(file, str(error)) from error
        if node is None:
            raise ContentError(file, "is empty")
        return cls(file, "", node)

    def wrong(self, message: str) -> ContentError:
        return ContentError(self.file, message, line=self.value.start_mark.line + 1, field=self.field or None)

    def child(self, name: str, node: yaml.Node) -> Node:
        return Node(self.file, f"{self.field}.{name}".lstrip("."), node)

    def text(self) -> str:
        if not isinstance(self.value, yaml.ScalarNode) or not self.value.value.strip():
            raise self.wrong("must be a text")
        return str(self.value.value).strip()

    def flag(self) -> bool:
        if self.text() not in ("true", "false"):
            raise self.wrong("must be true or false")
        return self.text() == "true"

    def items(self) -> tuple[Node, ...]:
        if not isinstance(self.value, yaml.SequenceNode):
            raise self.wrong("must be a list")
        return tuple(self.child(f"{n}", node) for n, node in enumerate(self.value.value, 1))

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Keys and values in the order of the file; each key once."""
        if not isinstance(self.value, yaml.MappingNode):
            raise self.wrong("must be a mapping")
        seen = set()
        for key_node, value in self.value.value:
            key = self.child("key", key_node).text()
            if key in seen:
                raise self.child(key, key_node).wrong("stands here twice")
            seen.add(key)
            yield key, self.child(key, value)

    def fields(self, *required: str, optional: tuple[str, ...] = ()) -> dict[str, Node]:
        found = dict(self.entries())
        for name, node in found.items():
            if name not in required and name not in optional:
                raise node.wrong(f"unknown key; known are {', '.join((*required, *optional))}")
        missing = [name for name in required if name not in found]
        if missing:
            raise self.wrong(f"missing: {', '.join(missing)}")
        return found

    def localized(self) -> Localized:
        """A text in every language, with the same placeholders."""
        found = self.fields(*Locale)
        text = Localized(found[Locale.ZH].text(), found[Locale.EN].text())
        try:
            names = placeholders(text.zh), placeholders(text.en)
        except ValueError as error:
            raise self.wrong(str(error)) from error
        if names[0] != names[1]:
            raise self.wrong(f"placeholders differ: {sorted(names[0] ^ names[1])}")
        return text

    def one_of(self, known: Callable[[str], T]) -> T:
        """The text as a member of an enum (or whatever raises ValueError for strangers)."""
        try:
            return known(self.text())
        except ValueError as error:
            raise self.wrong(str(error)) from error
