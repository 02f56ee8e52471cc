"""Where in a file a field stands."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

_FENCE = "---\n"


def line_of(source: str, path: Sequence[str | int]) -> int:
    """Line, from 1, of what the keys lead to, as far as they do; the YAML may be the front matter of an article."""
    begins = 1 if source.startswith(_FENCE) else 0
    text = source.split(_FENCE, 2)[1] if begins else source
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    line = 0
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line + begins + 1


def lines_of(source: str, path: Sequence[str]) -> tuple[int, ...]:
    """Lines of a list's items."""
    begins = 1 if source.startswith(_FENCE) else 0
    text = source.split(_FENCE, 2)[1] if begins else source
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    for step in path:
        node = found[1] if (found := _child(node, step)) else None
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return tuple(item.start_mark.line + begins + 1 for item in items)


def body_line(source: str) -> int:
    """Where an article's body begins."""
    return source.split(_FENCE, 2)[1].count("\n") + 3


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None
