"""Names are indexed anew: more places are known at their beginning, and what a company may be called without them

As 0006 says: names are made comparable by the code of this version.
"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_AT_ONCE = 5_000


def upgrade() -> None:
    connection = op.get_bind()
    parties, party_grams, gram_counts = (
        sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("parties", "party_grams", "gram_counts")
    )
    connection.execute(sa.delete(party_grams))
    connection.execute(sa.delete(gram_counts))
    counts: Counter[int] = Counter()
    last = 0
    while rows := connection.execute(_after(parties, last)).all():
        last = rows[-1].id
        postings = sorted(_written(connection, parties, [tuple(row) for row in rows]))
        counts.update(gram for gram, _party_id in postings)
        if postings:
            connection.execute(sa.insert(party_grams), [{"gram": gram, "party_id": one} for gram, one in postings])
    if counts:
        connection.execute(sa.insert(gram_counts), [{"gram": gram, "n": n} for gram, n in counts.items()])


def _after(parties: sa.Table, last: int) -> sa.Select[tuple[int, str]]:
    return sa.select(parties.c.id, parties.c.name).where(parties.c.id > last).order_by(parties.c.id).limit(_AT_ONCE)


def _written(connection: sa.Connection, parties: sa.Table, rows: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """Grams with the parties that have them."""
    from knowledge.invoices.named import named  # large, and this module is loaded by every start

    names = [(party_id, named(name)) for party_id, name in rows]
    values = [{"of": party_id, "norm": one.norm, "pinyin": one.pinyin} for party_id, one in names]
    changed = sa.update(parties).where(parties.c.id == sa.bindparam("of"))
    connection.execute(changed.values(norm=sa.bindparam("norm"), pinyin=sa.bindparam("pinyin")), values)
    return [(gram, party_id) for party_id, one in names for gram in one.grams]
