"""A flow that is small and has every kind of step."""

from __future__ import annotations

from datetime import date

from knowledge.flows.loader import parse_flow

TODAY = date(2026, 11, 24)
NUMBER = "26442000005310626521"  # synthetic

SOURCE = """\
name: sample
title: {zh-CN: 样例, en: Sample}
phrasings: {zh-CN: [样例], en: [sample]}
start: kind
sources:
  rule: {title: {zh-CN: 某规则, en: A rule}, url: https://example.test/rule, checked_at: 2026-11-01}
steps:
  kind:
    title: {zh-CN: 种类, en: Kind}
    ask: {zh-CN: 哪种？, en: Which kind}
    why: {zh-CN: 两种查法不同。, en: They are searched differently.}
    sources: [rule]
    choices:
      - id: digital
        label: {zh-CN: 数电票, en: Digital}
        words: [全电]
        set: {family: digital}
        next: number
      - id: other
        label: {zh-CN: 其他, en: Other}
        set: {family: other}
        next: form
    skip: number
  number:
    title: {zh-CN: 号码, en: Number}
    ask: {zh-CN: 号码？, en: Number}
    why: {zh-CN: 认票要用。, en: It identifies the invoice.}
    collect: number
    next: date
  date:
    title: {zh-CN: 日期, en: Date}
    ask: {zh-CN: 日期？, en: Date}
    why: {zh-CN: 查验要用。, en: Verification needs it.}
    collect: issue_date
    next: age
    skip: "false"
  age:
    branch:
      - {when: {age: today}, next: END:later}
      - {when: {family: digital|legacy, number_year: match}, next: lookup}
      - {next: done}
  lookup:
    title: {zh-CN: 查找, en: Search}
    action: lookup
    outcomes: {found: END:solved, near: near, else: done}
  near:
    title: {zh-CN: 相近, en: Near}
    ask: {zh-CN: "是 {number} 吗？", en: "Is it {number}"}
    why: {zh-CN: 差一位。, en: One digit differs.}
    choices:
      - {id: "yes", label: {zh-CN: 是这张, en: That one}, words: [是], result: solved, next: END:solved}
      - {id: "no", label: {zh-CN: 不是, en: Another}, result: failed, forget: [number], next: number}
    skip: done
  done:
    title: {zh-CN: 人工, en: Human}
    ask: {zh-CN: "{number} 要人工吗？", en: "A human for {number}"}
    why: {zh-CN: 到头了。, en: This is the end.}
    choices:
      - {id: human, label: {zh-CN: 要, en: Please}, next: END:human}
    skip: END:later
  form:
    link: other-form
"""
FLOW = parse_flow(SOURCE, "sample.yaml")
