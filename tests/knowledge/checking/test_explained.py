"""docs/knowledge.md explains the messages that the check prints, in its words; and its example is a step that fits."""

import re
from importlib.resources import files
from pathlib import Path

from knowledge.checking import check
from knowledge.flows.loader import parse_flow
from knowledge.flows.model import Ask
from knowledge.routing.words import load_classes
from tests.knowledge.checking import test_check
from tests.knowledge.checking.sample import TODAY, with_change

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
DOOR = test_check.DOOR_ZH
MISTAKES = [
    (test_check.DOOR_EN, "category: problems", "category: practice"),
    (test_check.DOOR_EN, "Look at the door", "看门牌号在哪里"),
    (DOOR, "category: problems", "category: doors"),
    (DOOR, "flow: sample", "flows: sample"),
    (DOOR, "  - 门牌八\n", ""),
    (DOOR, "门牌二", "门牌一"),
    (DOOR, "门牌三", "窗户二"),
    (DOOR, "门牌三", load_classes().human[0]),
    (DOOR, "https://rules.example/1\n", "https://rules.example/2\n"),
    (DOOR, "以税务机关为准", "就这样"),
    (DOOR, "<b>门牌</b>", "<big>门牌</big>"),
    (DOOR, "照着<b>门牌</b>找。", "<b>门牌"),
    (DOOR, "照着", "照着" * 600),
    (DOOR, "title: 看门牌", "title: ["),
    ("sample.yaml", "next: number", "next: nowhere"),
    ("sample.yaml", "zh-CN: 哪种？, en: Which kind", "zh-CN: 哪种？"),
    ("sample.yaml", "en: Which kind", 'en: "Which {kind}"'),
    ("sample.yaml", "collect: number", "collect: numbers"),
]


def test_each_message_is_explained() -> None:
    explained = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    for mistake in MISTAKES:
        errors = [str(error) for error in check(with_change(*mistake), TODAY).errors]
        assert any(message in error for error in errors for message in explained), (mistake, errors)


def test_the_example_fits_into_its_flow() -> None:
    (step,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    source = files("knowledge.flows").joinpath("data/lost-invoice-flow.yaml").read_text(encoding="utf-8")
    longer = source.replace("next: hand_over", "next: car", 1).replace("\nsteps:\n", f"\nsteps:\n{step}")
    flow = parse_flow(longer, "lost-invoice-flow.yaml")
    assert isinstance(flow.steps["car"], Ask)
