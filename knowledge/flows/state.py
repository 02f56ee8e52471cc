"""Where a person is in a flow, what they can do there, and what comes of it. Plain values: a row can hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from knowledge.flows.model import End, Flow, Group
from knowledge.flows.ordering import Hint, Offer, Plan, as_written
from knowledge.texts import Localized

TRAIL_LIMIT = 30
TRIED_LIMIT = 100
EARLIER_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """A question that was left, and the facts as they were when it was asked."""

    step: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """One step that is behind us. `outcome`: a Result or an action's outcome; `choice`: the button, if one was used."""

    step: str
    outcome: str
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A flow that a link has led out of, and what was tried in it."""

    flow: str
    version: str
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class State:
    """`strikes`: bad answers to the question asked. `trail`: for Back, the last 30 visits; `tried`: the last 100.

    `plan`: what groups that it didn't come to yet would offer. `orders` and `hints`: what was offered, for good.
    `earlier`: the last 5 flows on the way to this one, the oldest first.
    """

    flow: str
    version: str
    step: str
    facts: Mapping[str, str] = field(default_factory=dict)
    trail: tuple[Visit, ...] = ()
    strikes: int = 0
    tried: tuple[Tried, ...] = ()
    end: End | None = None
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hints: Mapping[str, Hint] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()
    plan: Plan = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "flow": self.flow,
            "version": self.version,
            "step": self.step,
            "facts": dict(self.facts),
            "trail": [[visit.step, dict(visit.facts)] for visit in self.trail],
            "strikes": self.strikes,
            "tried": _rows(self.tried),
            "end": self.end,
            "orders": {group: list(order) for group, order in self.orders.items()},
            "hints": _hints_to_json(self.hints),
            "earlier": [[one.flow, one.version, _rows(one.tried)] for one in self.earlier],
            "plan": {
                group: {symptom: [list(offer.order), _hints_to_json(offer.hints)] for symptom, offer in offers.items()}
                for group, offers in self.plan.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        return cls(
            flow=data["flow"],
            version=data["version"],
            step=data["step"],
            facts=data["facts"],
            trail=tuple(Visit(step, facts) for step, facts in data["trail"]),
            strikes=data["strikes"],
            tried=_tried(data["tried"]),
            end=None if data["end"] is None else End(data["end"]),
            orders={group: tuple(order) for group, order in data.get("orders", {}).items()},
            hints=_hints(data.get("hints", {})),
            plan={
                group: {symptom: Offer(tuple(order), _hints(hints)) for symptom, (order, hints) in offers.items()}
                for group, offers in data.get("plan", {}).items()
            },
            earlier=tuple(Earlier(flow, version, _tried(rows)) for flow, version, rows in data.get("earlier", ())),
        )

    @classmethod
    def first(cls, flow: Flow, facts: Mapping[str, str], plan: Plan, earlier: tuple[Earlier, ...]) -> State:
        return cls(flow.name, flow.version, flow.start, facts, plan=plan, earlier=earlier)

    def offered(self, group: Group) -> State:
        """At a group: its order is decided by the symptom that is known now, unless it was before."""
        if group.id in self.orders:
            return self
        left, symptom = dict(self.plan), self.facts.get(group.by, "")
        offers = left.pop(group.id, {})
        offer = offers.get(symptom) or offers.get("") or as_written(group, symptom)
        orders, hints = {**self.orders, group.id: offer.order}, {**self.hints, **offer.hints}
        return replace(self, orders=orders, hints=hints, plan=left)

    def way(self) -> tuple[Earlier, ...]:
        """All that was tried, flow by flow, up to now."""
        return (*self.earlier, Earlier(self.flow, self.version, self.tried))[-EARLIER_LIMIT:]

    def ended_since(self, before: State) -> Tried | None:
        """The step that one input has put behind us, if any: going back takes away, asking again adds none."""
        kept = before.tried[-(TRIED_LIMIT - 1) :]
        return self.tried[-1] if self.tried[:-1] == kept and self.tried != before.tried else None


def _rows(tried: tuple[Tried, ...]) -> list[list[str]]:
    return [[one.step, one.outcome, one.choice] for one in tried]


def _tried(rows: Iterable[Iterable[str]]) -> tuple[Tried, ...]:
    return tuple(Tried(*row) for row in rows)


def _hints_to_json(hints: Mapping[str, Hint]) -> dict[str, Any]:
    return {step: [hint.percent, hint.seconds, hint.same] for step, hint in hints.items()}


def _hints(data: Mapping[str, Any]) -> dict[str, Hint]:
    """A hint from before symptoms were told apart is about all problems."""
    return {step: Hint(percent, seconds, bool(same)) for step, (percent, seconds, *same) in data.items()}


@dataclass(frozen=True, slots=True)
class Choose:
    """A button was pressed."""

    choice: str


@dataclass(frozen=True, slots=True)
class Say:
    """Something was typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Back:
    pass


@dataclass(frozen=True, slots=True)
class Skip:
    pass


@dataclass(frozen=True, slots=True)
class Why:
    pass


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Human:
    pass


@dataclass(frozen=True, slots=True)
class Done:
    """An action's result; `note` is shown above the next question."""

    outcome: str
    facts: Mapping[str, str] = field(default_factory=dict)
    note: Localized | None = None


Input = Choose | Say | Back | Skip | Why | Cancel | Human | Done


class Control(StrEnum):
    BACK = "back"
    WHY = "why"
    SKIP = "skip"
    HUMAN = "human"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as it is shown."""

    id: str
    label: Localized


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as it is shown. `urge_human`: after three bad answers a human should be offered above all else."""

    step: str
    title: Localized
    text: Localized
    choices: tuple[Option, ...]
    controls: tuple[Control, ...]
    urge_human: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What the caller shall run; `flow` is only set for `link`: the flow to start with these facts."""

    name: str
    facts: Mapping[str, str]
    flow: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Exactly one of `prompt`, `action` and `state.end` is set. `notice` is shown above it."""

    state: State
    prompt: Prompt | None = None
    action: Action | None = None
    notice: Localized | None = None
