"""A knowledge base that is small, and in which nothing is wrong: for tests to break it in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from knowledge.sources import Sources
from tests.knowledge.flows.sample import SOURCE

TODAY = date(2026, 11, 24)
URL = "https://rules.example/1"
OTHER = "other-form"

ZH = """\
---
title: 看门牌
category: problems
phrasings:
  - 门牌一
  - 门牌二
  - 门牌三
  - 门牌四
  - 门牌五
  - 门牌六
  - 门牌七
  - 门牌八
related: [look-at-window]
flow: sample
effective_from: 2024-12-01
sources:
  - title: 规则
    url: https://rules.example/1
    checked_at: 2026-11-02
---
1. 照着<b>门牌</b>找。
2. 看<a href="https://rules.example/1">规则</a>，以税务机关为准。
"""
EN = """\
---
title: Look at the door
category: problems
phrasings:
  - door one
  - door two
  - door three
  - door four
  - door five
  - door six
  - door seven
  - door eight
related: [look-at-window]
flow: sample
effective_from: 2024-12-01
sources:
  - title: Rule
    url: https://rules.example/1
    checked_at: 2026-11-02
---
1. Look at the <b>door</b>.
2. Read the <a href="https://rules.example/1">rule</a>; the tax authority decides.
"""
FORM = """\
name: ask
title: {zh-CN: 问一问, en: Ask}
phrasings: {zh-CN: [], en: []}
start: number
ends:
  later: {zh-CN: 下次再问。, en: Another time.}
steps:
  number:
    title: {zh-CN: 号码, en: Number}
    ask: {zh-CN: 号码是什么？, en: Which number}
    why: {zh-CN: 认票要用。, en: It identifies the invoice.}
    collect: number
    next: on
    skip: END:later
  "on":
    link: sample
"""
TEXTS = '["door.open"]\nzh-CN = "门开了 {name}"\nen = "The door is open, {name}"\n'


def _window(door: str) -> str:
    renamed = door.replace("related: [look-at-window]", "related: [look-at-that]")
    return renamed.replace("门牌", "窗户").replace("door", "window").replace("look-at-that", "look-at-door")


def good() -> Sources:
    return Sources(
        articles={
            "look-at-door.en.md": EN,
            "look-at-door.zh-CN.md": ZH,
            "look-at-window.en.md": _window(EN),
            "look-at-window.zh-CN.md": _window(ZH),
        },
        flows={"other-form.yaml": _other(), "sample.yaml": SOURCE},
        forms={"ask.yaml": FORM},
        texts={"door.toml": TEXTS},
    )


def _other() -> str:
    source = SOURCE.replace("name: sample", "name: other-form").replace("link: other-form", "link: sample")
    return (
        source.replace("[样例]", "[另一种样例]")
        .replace("[sample]", "[another sample]")
        .replace("{zh-CN: 样例, en: Sample}", "{zh-CN: 其他样例, en: Other sample}")
    )


def with_change(file: str, old: str, new: str) -> Sources:
    """`old` stands in the file; its first occurrence becomes `new`."""
    sources = good()
    kind = (
        "forms" if file in sources.forms else {"md": "articles", "yaml": "flows", "toml": "texts"}[file.split(".")[-1]]
    )
    files = dict(getattr(sources, kind))
    assert old in files[file], (file, old)
    files[file] = files[file].replace(old, new, 1)
    return replace(sources, **{kind: files})
