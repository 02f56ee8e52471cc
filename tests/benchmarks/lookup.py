"""How well and how fast invoices are found among a million synthetic ones: `make bench-lookup`.

In the same run, on the same numbers: rapidfuzz over all of them (the oracle of what can be found), SQLite FTS5 with
its trigram tokenizer, and tantivy's fuzzy terms. Every measured look-up is the whole one: reading the text,
candidates, scores, the invoices themselves. Milliseconds are the processor's, of all threads: a busy machine shows the
same.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from random import Random

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from rich import box
from rich.console import Console
from rich.table import Table

from knowledge.invoices.flat import flat
from knowledge.invoices.lookup import LookupResult
from knowledge.invoices.model import Invoice
from knowledge.invoices.queries import understand
from storage.bulk import Bulk
from storage.database import Database
from storage.migrate import migrate
from storage.parties import Party
from storage.scope import EVERYTHING, Scope
from storage.unit_of_work import Storage
from tests.benchmarks import slips
from tests.benchmarks.figures import percentile
from tests.benchmarks.invoices import ORGANIZATIONS, invoices
from tests.fixtures.invoices import uscc

TODAY, NOW = date(2026, 1, 15), datetime(2026, 1, 15, tzinfo=UTC)
BATCH, CACHE = 100_000, 1_000_000  # invoices a transaction, KiB
OURS = frozenset(uscc(10_000 + place) for place in range(ORGANIZATIONS))
RIVALS = ("sub1", "del1", "ins1", "trans1", "sub2", "del2", "mix2")
TABLES = {  # megabytes of the database, by what they are for
    "the invoices": ("invoices", "sqlite_autoindex_invoices_1"),
    "rtail": ("ix_invoices_rtail",),
    "parties, days, amounts": ("ix_invoices_seller_date", "ix_invoices_buyer_date", "ix_invoices_total_date"),
    "names": ("parties", "sqlite_autoindex_parties_1", "party_grams", "gram_counts"),
}


@dataclass(slots=True)
class Measured:
    """`ranks` from 0; -1 is not found."""

    ranks: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def recall(self, most: int) -> float:
        return sum(0 <= rank < most for rank in self.ranks) / len(self.ranks)

    def cells(self) -> list[str]:
        if not self.ranks:
            return ["", ""]
        recall = f"{self.recall(1):.3f} / {self.recall(5):.3f}"
        return [recall, f"{percentile(self.ms, 50):.2f} / {percentile(self.ms, 99):.2f}"]


Figures = defaultdict[str, Measured]


async def build(path: Path, rows: int) -> float:
    """Invoices a second, through storage; the generator's own time is left out."""
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate(database)
    storage, source, seconds, saved = Storage(database), invoices(rows), 0.0, 0
    ids: dict[Party, int] = {}
    while batch := {one.key: flat(one) for one in islice(source, BATCH)}:
        begun = time.perf_counter()
        async with storage.begin() as work:
            bulk = Bulk(work.connection, ids)
            await bulk.cache(CACHE)
            known = await bulk.known(list(batch))
            await bulk.write([row for key, row in batch.items() if key not in known], [], {}, NOW)
            await bulk.finish()
        seconds += time.perf_counter() - begun
        saved += len(batch) - len(known)
    await database.close()
    return saved / seconds


async def sample(storage: Storage, count: int, random: Random) -> list[Invoice]:
    async with storage.read() as work:
        total = await work.invoices.count()
        ids = random.sample(range(1, total + 1), min(count, total))
        connection = await work.connection.get_raw_connection()
        driver = connection.driver_connection
        assert driver is not None
        places = ", ".join("?" * len(ids))
        sql = f"SELECT key FROM invoices WHERE id IN ({places})"
        keys = await driver.hop(lambda sqlite: [row[0] for row in sqlite.execute(sql, ids)])
        return [stored.invoice for stored in (await work.invoices.unscoped_many(keys)).values()]


def organization_of(invoice: Invoice) -> str:
    return invoice.seller_tax_id if invoice.seller_tax_id in OURS else invoice.buyer_tax_id


def other_of(invoice: Invoice) -> tuple[str, str]:
    if invoice.seller_tax_id == organization_of(invoice):
        return invoice.buyer_tax_id, invoice.buyer_name
    return invoice.seller_tax_id, invoice.seller_name


def rank(found: Iterable[bool]) -> int:
    return next((place for place, is_it in enumerate(found) if is_it), -1)


def shown(result: LookupResult) -> list[Invoice]:
    return [*([result.exact] if result.exact else []), *(match.invoice for match in result.near)]


async def measure(storage: Storage, chosen: Sequence[Invoice], random: Random, *, everything: bool) -> Figures:
    """By kind of query. A name is right if the invoice shown is the party's, anything else if it is the invoice."""
    figures: Figures = defaultdict(Measured)
    for invoice in sorted(chosen, key=organization_of):
        tax_id, name = other_of(invoice)
        scope: Scope = EVERYTHING if everything else [organization_of(invoice)]
        queries = {**slips.numbers(random, invoice), **slips.fields(random, invoice, name)}
        queries |= {f"name {kind}": said for kind, said in slips.names(name).items()}
        if not everything:
            begun = time.process_time()
            await storage.finder.prepare([organization_of(invoice)])
            figures["the scope into memory"].ranks.append(0)
            figures["the scope into memory"].ms.append((time.process_time() - begun) * 1000)
        for kind, text in queries.items():
            begun = time.process_time()
            result = await storage.finder.find(understand(text, TODAY), scope)
            ms = (time.process_time() - begun) * 1000
            by_name = kind.startswith("name ")
            found = [
                tax_id in (one.seller_tax_id, one.buyer_tax_id) if by_name else one.key == invoice.key
                for one in shown(result)
            ]
            if not everything and not all(
                organization_of(invoice) in (one.seller_tax_id, one.buyer_tax_id) for one in shown(result)
            ):
                raise AssertionError(f"outside the scope: {text}")
            for group in (kind, _group(kind)):
                figures[group].ranks.append(rank(found))
                figures[group].ms.append(ms)
    return figures


def _group(kind: str) -> str:
    size, _, slip = kind.partition(" ")
    if size.startswith("number") and "tail" not in slip:
        edits = "2 edits" if slip in slips.TWO else "exact or 1 edit"
        return f"{size}, {edits}"
    return "names" if kind.startswith("name ") else "tails" if "tail" in kind else "several fields"


# ── Rivals, over all numbers ──

Search = Callable[[str], list[str]]


def brute_force(numbers: Sequence[str]) -> Search:
    def search(typed: str) -> list[str]:
        return [found[0] for found in process.extract(typed, numbers, scorer=OSA.distance, score_cutoff=2, limit=5)]

    return search


def full_text(numbers: Sequence[str]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE found USING fts5(number, tokenize = 'trigram')")
    database.executemany("INSERT INTO found VALUES (?)", ((number,) for number in numbers))

    def search(typed: str) -> list[str]:
        grams = " OR ".join(f'"{typed[i : i + 3]}"' for i in range(len(typed) - 2))
        sql = "SELECT number FROM found WHERE found MATCH ? ORDER BY rank LIMIT 5"
        return [row[0] for row in database.execute(sql, (grams,))]

    return search


def fuzzy_terms(numbers: Sequence[str], edits: int) -> Search:
    schema = tantivy.SchemaBuilder().add_text_field("number", stored=True, tokenizer_name="raw").build()
    index = tantivy.Index(schema)
    writer = index.writer()
    for number in numbers:
        writer.add_document(tantivy.Document(number=number))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(typed: str) -> list[str]:
        query = tantivy.Query.fuzzy_term_query(schema, "number", typed, distance=edits)
        hits = searcher.search(query, 5, count=False).hits
        return [searcher.doc(address)["number"][0] for _score, address in hits]

    return search


def rival(search: Search, chosen: Sequence[Invoice], random: Random) -> Measured:
    measured = Measured()
    for invoice in chosen:
        for slip in RIVALS:
            typed = {**slips.ONE, **slips.TWO}[slip](random, invoice.number)
            begun = time.process_time()
            found = search(typed)
            measured.ms.append((time.process_time() - begun) * 1000)
            measured.ranks.append(rank(number == invoice.number for number in found))
    return measured


# ── The report ──


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    made = Table(*columns, title=title, box=box.MARKDOWN)
    for row in rows:
        made.add_row(*row)
    return made


def sizes(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        sql = "SELECT name, sum(pgsize) / 1e6 FROM dbstat GROUP BY name"
        by_name = {name: float(size) for name, size in connection.execute(sql)}
    return [(what, f"{sum(by_name.get(name, 0.0) for name in names):.0f} MB") for what, names in TABLES.items()]


def probe(path: Path, numbers: Sequence[str]) -> float:
    """Microseconds of a warm exact probe: the unit that other machines' figures can be compared in."""
    with sqlite3.connect(path) as connection:
        sql, tails = "SELECT id FROM invoices WHERE rtail = ?", [int(number[:-9:-1]) for number in numbers]
        taken = []
        for tail in tails * 3:
            begun = time.perf_counter()
            connection.execute(sql, (tail,)).fetchall()
            taken.append((time.perf_counter() - begun) * 1e6)
    return percentile(taken[len(tails) :], 50)


def memory() -> float:
    """Megabytes of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


async def run(path: Path, rows: int, queries: int, seed: int, *, alone: bool) -> None:
    console = Console(width=140)
    if not path.exists():
        console.print(f"built at {await build(path, rows):,.0f} invoices/s, names and indexes included")
    database = Database(f"sqlite+aiosqlite:///{path}")
    storage, random = Storage(database), Random(seed)
    chosen = random.sample(found := await sample(storage, queries, random), len(found))
    before = memory()
    scoped = await measure(storage, chosen, random, everything=False)
    console.print(f"memory: {before:.0f} MB before, {memory():.0f} MB after the look-ups in scopes")
    everything = await measure(storage, chosen[: queries // 4], random, everything=True)
    names = ("kind", "scope: recall at 1 / 5", "p50 / p99 ms", "everything: recall at 1 / 5", "p50 / p99 ms")
    console.print(table("Ours", names, ([k, *scoped[k].cells(), *everything[k].cells()] for k in scoped)))
    console.print(table("Size", ("what", "size"), sizes(path)))
    await database.close()
    if alone:
        return
    with sqlite3.connect(path) as connection:
        numbers = [row[0] for row in connection.execute("SELECT number FROM invoices")]
    console.print(f"a warm exact probe: {probe(path, numbers[:2000]):.1f} µs")
    few = chosen[: max(queries // 20, 5)]
    rivals = {
        "rapidfuzz, all numbers": (brute_force, few),
        "FTS5 trigrams": (full_text, few),
        "tantivy, 1 edit": (lambda all_numbers: fuzzy_terms(all_numbers, 1), chosen[:50]),
        "tantivy, 2 edits": (lambda all_numbers: fuzzy_terms(all_numbers, 2), chosen[:50]),
    }
    rows_ = [(name, *rival(make(numbers), of, random).cells()) for name, (make, of) in rivals.items()]
    ours = Measured()
    for slip in RIVALS:
        for size in ("number8", "number20"):
            ours.ranks += everything[f"{size} {slip}"].ranks
            ours.ms += everything[f"{size} {slip}"].ms
    rows_.append(("ours", *ours.cells()))
    console.print(table("Numbers with 1 or 2 slips, over everything", ("", "recall at 1 / 5", "p50 / p99 ms"), rows_))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="10000000 takes a quarter of an hour")
    parser.add_argument("--queries", type=int, default=200, help="invoices that are looked for, each in 45 ways")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--file", type=Path, help="a database to keep for the next run")
    parser.add_argument("--alone", action="store_true", help="without the rivals")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "invoices.db"
        asyncio.run(run(path, options.rows, options.queries, options.seed, alone=options.alone))


if __name__ == "__main__":
    main()
