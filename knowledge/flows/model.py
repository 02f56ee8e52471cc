"""What a flow is: content that was read from YAML, and never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from knowledge.texts import Locale, Localized

END = "END:"


class End(StrEnum):
    """How a flow ended. `later`: the person waits for something (tomorrow, the issuer) and may come back."""

    SOLVED = "solved"
    HUMAN = "human"
    LATER = "later"
    CANCELLED = "cancelled"


class Result(StrEnum):
    """What became of one step, for the agent who reads the ticket."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    FAILED = "failed"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written. Dates are ISO; `effective_from` may be empty."""

    title: Localized
    url: str
    effective_from: str
    checked_at: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One button. `words` choose it when typed; `sets` and `forgets` change facts; `next` is a step or END:outcome."""

    id: str
    label: Localized
    next: str
    words: tuple[str, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    forgets: tuple[str, ...] = ()
    result: Result = Result.ANSWERED


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: choices, or a value that `collect` reads, or both. `skip` None means that it can't be skipped.

    It is passed over when its answer is among the facts already, unless `always`.
    """

    id: str
    title: Localized
    text: Localized
    why: Localized
    choices: tuple[Choice, ...]
    collect: str | None
    next: str | None
    skip: str | None
    always: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Holds when every named fact has one of the values; an empty `when` always holds."""

    when: Mapping[str, tuple[str, ...]]
    next: str


@dataclass(frozen=True, slots=True)
class Branch:
    """Goes on with the first case that holds; the last one always does."""

    id: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the caller runs. `otherwise` is for an outcome without a target of its own, and for Skip."""

    id: str
    title: Localized
    action: str
    outcomes: Mapping[str, str]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Link:
    """Goes on in another flow, with the facts."""

    id: str
    flow: str


@dataclass(frozen=True, slots=True)
class Member:
    """The first question of a check in a group; pinned, its place in the order is the authors'.

    With the symptoms in `first_for`, it comes before the others that aren't pinned, until there is a record of them.
    """

    step: str
    pinned: bool = False
    first_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Independent checks in any order: each comes back here, until all are behind us; then `next`.

    `by` names the fact that is the symptom: what helps with one may not help with another. Empty: there is but one.
    """

    id: str
    members: tuple[Member, ...]
    next: str
    by: str = ""


Step = Ask | Branch | Act | Link | Group


@dataclass(frozen=True, slots=True)
class Flow:
    """`version`: the first 12 hex digits of the SHA-256 of `source`, which callers keep to go on with old versions.

    `ends`: what is said at the end, where this flow says it in its own words.
    """

    name: str
    version: str
    source: str
    title: Localized
    phrasings: Mapping[Locale, tuple[str, ...]]
    start: str
    steps: Mapping[str, Step]
    ends: Mapping[End, Localized] = field(default_factory=dict)


def targets(step: Step) -> tuple[str, ...]:
    """Every place where one can come to from here, step ids and END:outcome, in the order of the file."""
    if isinstance(step, Branch):
        return tuple(case.next for case in step.cases)
    if isinstance(step, Act):
        return (*step.outcomes.values(), step.otherwise)
    if isinstance(step, Link):
        return ()
    if isinstance(step, Group):
        return (*(member.step for member in step.members), step.next)
    found = (*(choice.next for choice in step.choices), step.next, step.skip)
    return tuple(target for target in found if target is not None)
