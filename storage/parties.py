"""Who invoices name. A name is indexed in the transaction that first writes it, so it is found from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.invoices.named import Named, named
from storage.rows import fetch_in, insert_many, with_conflict
from storage.schema import gram_counts, parties, party_grams

Party = tuple[str, str]  # a tax id and a name, of which one may be ""
NOBODY: Party = ("", "")
_BATCH = 5000  # names a statement
_KNOWN = (
    "WITH wanted(tax_id, name) AS (VALUES {places})"
    " SELECT tax_id, name, id FROM wanted CROSS JOIN parties USING (tax_id, name)"
)
_COUNT = "INSERT INTO gram_counts (gram, n) VALUES (?, ?) ON CONFLICT (gram) DO UPDATE SET n = n + excluded.n"


class Parties:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ids(self, wanted: Collection[Party], sounds: Mapping[str, Named] | None = None) -> dict[Party, int]:
        """The id of each but NOBODY, who has none; those that are new are written. `sounds`: of names, as far as
        somebody has them already."""
        known = await self._known(set(wanted) - {NOBODY})
        if new := sorted(set(wanted) - {NOBODY} - known.keys()):
            await self._add(new, sounds or {})
            known |= await self._known(new)
        return known

    async def touch(self, ids: Iterable[int]) -> None:
        """Something about their invoices has changed."""
        for batch in _batches(sorted(set(ids))):
            statement = update(parties).where(parties.c.id.in_(batch)).values(version=parties.c.version + 1)
            await self._connection.execute(statement)

    async def _known(self, wanted: Collection[Party]) -> dict[Party, int]:
        if self._connection.dialect.name == "sqlite":  # where SQLAlchemy would make a name of each of 10,000 values
            found_here = await fetch_in(self._connection, _KNOWN, wanted)
            return {(tax_id, name): party_id for tax_id, name, party_id in found_here}
        found: dict[Party, int] = {}
        for batch in _batches(wanted):
            query = select(parties.c.tax_id, parties.c.name, parties.c.id)
            rows = await self._connection.execute(query.where(tuple_(parties.c.tax_id, parties.c.name).in_(batch)))
            found |= {(tax_id, name): party_id for tax_id, name, party_id in rows}
        return found

    async def _add(self, new: Sequence[Party], sounds: Mapping[str, Named]) -> None:
        names = [sounds.get(name) or named(name) for _tax_id, name in new]
        rows = [(*party, name.norm, name.pinyin, 1) for party, name in zip(new, names, strict=True)]
        await insert_many(self._connection, parties, ("tax_id", "name", "norm", "pinyin", "version"), rows)
        ids = await self._known(new)
        await self._index((ids[party], name.grams) for party, name in zip(new, names, strict=True))

    async def _index(self, grams: Iterable[tuple[int, Iterable[int]]]) -> None:
        holders: defaultdict[int, list[int]] = defaultdict(list)
        for party_id, held in grams:
            for gram in held:
                holders[gram].append(party_id)
        if not holders:
            return
        order = sorted(holders)  # neighbours share a page
        postings = [pair for gram in order for pair in zip(repeat(gram), holders[gram], strict=False)]
        await insert_many(self._connection, party_grams, ("gram", "party_id"), postings)
        counts = [(gram, len(holders[gram])) for gram in order]
        if self._connection.dialect.name == "sqlite":
            await self._connection.exec_driver_sql(_COUNT, counts)
            return
        statement = with_conflict(self._connection, gram_counts)
        more: dict[str, Any] = {"n": gram_counts.c.n + statement.excluded.n}
        rows = [{"gram": gram, "n": n} for gram, n in counts]
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["gram"], set_=more), rows)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
