from __future__ import annotations

from knowledge.flows.diagram import graph
from knowledge.texts import Locale
from tests.knowledge.flows.sample import FLOW


def test_every_step_and_way_is_drawn() -> None:
    lines = graph(FLOW, Locale.EN).splitlines()
    assert lines[0] == "flowchart TD"
    for line in (
        '  kind["Kind"]',
        '  age{"age"}',
        '  lookup[["Search"]]',
        "  kind -->|Digital| number",
        "  number --> date",
        "  kind -.-> number",
        "  age -->|age = today| END_later",
        "  age -->|family = digital or legacy & number_year = match| lookup",
        "  age -->|else| done",
        "  lookup -->|near| near",
        "  lookup -->|else| done",
        "  form --> other-form",
    ):
        assert line in lines


def test_labels_hold_nothing_that_mermaid_would_take_for_syntax() -> None:
    labels = [line.partition('["')[2].removesuffix('"]') for line in graph(FLOW).splitlines() if '["' in line]
    assert all(not set('|"[](){}<>') & set(label.strip('[]"')) for label in labels)
