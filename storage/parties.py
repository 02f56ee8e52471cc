"""Who invoices name. A name is indexed in the transaction that first writes it, so it is found from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.invoices.names import index_grams, sounded
from storage.rows import insert_many, with_conflict
from storage.schema import gram_counts, parties, party_grams

Party = tuple[str, str]  # a tax id and a name, of which one may be ""
NOBODY: Party = ("", "")
_BATCH = 5000  # names a statement


class Parties:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ids(self, wanted: Collection[Party]) -> dict[Party, int]:
        """The id of each but NOBODY, who has none; those that are new are written."""
        known = await self._known(set(wanted) - {NOBODY})
        if new := sorted(set(wanted) - {NOBODY} - known.keys()):
            await self._add(new)
            known |= await self._known(new)
        return known

    async def touch(self, ids: Iterable[int]) -> None:
        """Something about their invoices has changed."""
        for batch in _batches(sorted(set(ids))):
            statement = update(parties).where(parties.c.id.in_(batch)).values(version=parties.c.version + 1)
            await self._connection.execute(statement)

    async def _known(self, wanted: Collection[Party]) -> dict[Party, int]:
        found: dict[Party, int] = {}
        for batch in _batches(wanted):
            query = select(parties.c.tax_id, parties.c.name, parties.c.id)
            rows = await self._connection.execute(query.where(tuple_(parties.c.tax_id, parties.c.name).in_(batch)))
            found |= {(tax_id, name): party_id for tax_id, name, party_id in rows}
        return found

    async def _add(self, new: Sequence[Party]) -> None:
        names = [sounded(name) for _tax_id, name in new]
        rows = [(*party, name.norm, " ".join(name.pinyin), 1) for party, name in zip(new, names, strict=True)]
        await insert_many(self._connection, parties, ("tax_id", "name", "norm", "pinyin", "version"), rows)
        ids = await self._known(new)
        grams = {ids[party]: index_grams(party[1], whole) for party, whole in zip(new, names, strict=True)}
        await self._index(grams)

    async def _index(self, grams: dict[int, frozenset[int]]) -> None:
        postings = sorted((gram, party_id) for party_id, held in grams.items() for gram in held)
        if not postings:
            return
        await insert_many(self._connection, party_grams, ("gram", "party_id"), postings)
        counts = Counter(gram for gram, _party_id in postings)
        statement = with_conflict(self._connection, gram_counts)
        more: dict[str, Any] = {"n": gram_counts.c.n + statement.excluded.n}
        rows = [{"gram": gram, "n": n} for gram, n in counts.items()]
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["gram"], set_=more), rows)


def _batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
