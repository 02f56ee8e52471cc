"""What is tried: texts, commands, links, forged buttons, inline queries; at random, but the same for the same seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import cycle
from random import Random

from handlers.organizations.service import PREFIX
from knowledge.invoices.model import Invoice
from tests.benchmarks import slips
from tests.benchmarks.scope_forging import FORGERIES, Pool, cut, of_pattern
from tests.benchmarks.scope_routes import CHOSEN, EDIT, FILE, GROUP, INLINE, SAY, TAP, Act, Registry
from tests.benchmarks.scope_world import AGENT, Asker, World
from tests.conftest import DESK
from tests.fixtures.invoices import to_csv

SLOW = ("s:picture:", "s:workbook:")  # drawn in another process: a second each
_AROUND = ("{}", "{}", "{}", "请问 {} 查得到吗", "我的发票{}查不到", "where is {}?", "查一下{}，急", "发票号码：{}")


class Attacks:
    def __init__(self, world: World, registry: Registry, random: Random) -> None:
        self._world, self._registry, self._random = world, registry, random
        self.pool, self._turn = Pool(words=_words(registry)), cycle(registry.patterns)
        self.tried = dict.fromkeys((one.pattern for one in registry.patterns), 0)
        self._kinds: Mapping[str, tuple[int, Callable[[Asker], Act]]] = {
            "numbers of others": (8, self._number),
            "fields and names of others": (8, self._fields),
            "mixes of others' and one's own": (8, self._mixed),
            "one's own": (4, self._own),
            "verification": (5, self._verify),
            "commands": (5, self._command),
            "links to the bot": (4, self._link),
            "edited messages and files": (2, self._edited),
            "buttons of every pattern": (20, self._of_pattern),
            **{f"buttons: {name}": (5, self._forged(name)) for name in FORGERIES},
            "buttons in groups and others' chats": (6, self._elsewhere),
            "written in groups": (2, self._in_group),
            "inline queries": (4, self._inline),
            "chosen inline results": (1, self._chosen),
        }
        self.kinds = [*self._kinds]

    def next(self) -> Act:
        random = self._random
        kind = random.choices(self.kinds, [weight for weight, _make in self._kinds.values()])[0]
        asker = random.choice([*self._world.people.values()])
        act = self._kinds[kind][1](asker)
        for pattern in self._registry.patterns if act.verb == TAP else ():
            if pattern.match(act.text):
                self.tried[pattern.pattern] += 1
        return act

    def inline(self) -> Act:
        return self._inline(self._random.choice([*self._world.people.values()]))

    # Texts

    def _number(self, asker: Asker) -> Act:
        return self._say("numbers of others", asker, self._numbers(self._world.foreign(asker)))

    def _fields(self, asker: Asker) -> Act:
        return self._say("fields and names of others", asker, self._described(self._world.foreign(asker)))

    def _own(self, asker: Asker) -> Act:
        own = self._world.own(asker) or self._world.invoices
        make = self._random.choice((self._numbers, self._described))
        return self._say("one's own", asker, make(self._random.choice(own)))

    def _mixed(self, asker: Asker) -> Act:
        """Parts of several invoices, or of one in every shape that something reads."""
        random, one = self._random, self._world.foreign(asker)
        other = random.choice(self._world.own(asker) or [self._world.foreign(asker)])
        text = random.choice(
            (
                f"{one.number} {other.total}元",
                f"{other.number} {one.total}元 {one.issue_date}",
                f"{one.number}\n{other.number}",
                f"{one.number[:10]} {random.choice((one.seller_name, one.buyer_name))}",
                f"{one.key}",
                f"01,32,{one.code},{one.number},{one.total},{one.issue_date:%Y%m%d},{one.extra['check_code'][-6:]},",
                f"{one.buyer_tax_id} {one.total}",
                f"{one.code} {one.number} {one.extra['check_code']}",
                f"{one.net} {one.tax} {one.total}",
                f"{other.seller_name} {one.issue_date} {other.total}",
                f"尾号{one.number[-4:]} {one.seller_name} {one.total}",
            )
        )
        return self._say("mixes of others' and one's own", asker, text)

    def _verify(self, asker: Asker) -> Act:
        """Right in every field, or wrong in one."""
        random, one = self._random, self._world.foreign(asker)
        total = one.total if random.random() < 0.5 else self._world.foreign(asker).total
        day = one.issue_date if random.random() < 0.8 else self._world.foreign(asker).issue_date
        number = one.number if random.random() < 0.8 else slips.substitution(random, one.number)
        text = f"/verify {one.code} {number} {day} {total} {one.net} 校验码{one.extra['check_code'][-6:]}"
        return self._say("verification", asker, text, around=False)

    def _command(self, asker: Asker) -> Act:
        name = self._random.choice(self._registry.commands)
        argument = self._random.choice(("", "", self._numbers(self._world.foreign(asker)), "1", "@x"))
        return self._say("commands", asker, f"/{name} {argument}".strip(), around=False)

    def _link(self, asker: Asker) -> Act:
        """Invitations: good ones, used ones, damaged ones; other parameters."""
        random = self._random
        token = random.choice([*self._world.tokens, PREFIX + "x" * 32])
        spoilt = token[: random.randrange(len(token))] + random.choice("abcXYZ_-")
        key = self._world.foreign(asker).key.replace(":", "_")
        words = (
            spoilt,
            spoilt,
            token if random.random() < 0.1 else spoilt,
            "org",
            key,
            PREFIX,
            "1",
            "join",
            token.upper(),
        )
        return self._say("links to the bot", asker, f"/start {random.choice(words)}", around=False)

    def _edited(self, asker: Asker) -> Act:
        one = self._world.foreign(asker)
        if self._random.random() < 0.8:
            return Act("edited messages and files", asker.id, EDIT, self._numbers(one))
        return Act("edited messages and files", asker.id, FILE, to_csv([one]).decode())

    def _in_group(self, asker: Asker) -> Act:
        chat = DESK if self._random.random() < 0.5 else GROUP
        name = self._random.choice(self._registry.commands)
        said = self._random.choice((self._numbers, self._described))(self._world.foreign(asker))
        text = self._random.choice((said, f"/{name} {said}", f"/{name}", f"/{name}@invoice_helpdesk_bot"))
        return Act("written in groups", asker.id, SAY, text, chat)

    def _say(self, kind: str, asker: Asker, text: str, *, around: bool = True) -> Act:
        return Act(kind, asker.id, SAY, self._random.choice(_AROUND).format(text) if around else text)

    def _numbers(self, one: Invoice) -> str:
        return self._random.choice([*slips.numbers(self._random, one).values()])

    def _described(self, one: Invoice) -> str:
        party = self._random.choice((one.seller_name, one.buyer_name))
        said = (*slips.fields(self._random, one, party).values(), *slips.names(party).values())
        return self._random.choice(said)

    # Buttons

    def _of_pattern(self, asker: Asker) -> Act:
        """One pattern after the other: none is left out, however few there are."""
        return self._tap("buttons of every pattern", asker, of_pattern(self._random, next(self._turn), self.pool))

    def _forged(self, name: str) -> Callable[[Asker], Act]:
        def forge(asker: Asker) -> Act:
            """Of another's buttons, or of one's own of before."""
            source = self.pool.sent if self._random.random() < 0.6 else asker.buttons
            data = self._random.choice(source or ["m:menu"])
            return self._tap(f"buttons: {name}", asker, FORGERIES[name](self._random, data, self.pool))

        return forge

    def _elsewhere(self, asker: Asker) -> Act:
        """Where nobody has such a button: a group, the desk, a chat of somebody else."""
        data = self._random.choice(self.pool.sent or ["m:menu"])
        if self._random.random() < 0.5:
            data = of_pattern(self._random, self._random.choice(self._registry.patterns), self.pool)
        chat = self._random.choice((GROUP, DESK, DESK, self._random.choice([*self._world.people])))
        return self._tap("buttons in groups and others' chats", asker, data, chat)

    def _tap(self, kind: str, asker: Asker, data: str, chat: int = 0) -> Act:
        if data.startswith(SLOW) and asker.roles and self._random.random() < 0.95:
            data = data.replace("picture", "page").replace("workbook", "page")
        if asker.role == AGENT and not chat and self._random.random() < 0.5:
            chat = DESK
        return Act(kind, asker.id, TAP, cut(data) or "x", chat)

    # Inline

    def _inline(self, asker: Asker) -> Act:
        one = self._world.foreign(asker)
        said = self._random.choice((self._numbers, self._described))(one)
        said = self._random.choice((said, said, said, "", one.number[-4:], one.seller_name[:4], one.key))
        return Act("inline queries", asker.id, INLINE, said)

    def _chosen(self, asker: Asker) -> Act:
        return Act("chosen inline results", asker.id, CHOSEN, self._world.foreign(asker).key)


def _words(registry: Registry) -> list[str]:
    """Every word of every pattern: verbs of one button in the place of another's."""

    found = {word for one in registry.patterns for word in re.findall(r"[a-z]{2,}", one.pattern)}
    return sorted(
        found | set(registry.commands) | {"claim", "release", "solve", "solved", "withdraw", "b", "s", "w", "h", "x"}
    )
