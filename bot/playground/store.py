"""A store for the local Bot API in one SQLite file. What is committed survives the death of the process."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.playground.state import Json, Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS content (file_id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
"""
_PUT = """
INSERT INTO record (kind, key, json) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json
"""


class Store:
    """Writes wait for `commit`. Without fsync: a killed process loses nothing, a power cut may."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _SCHEMA)

    def put(self, record: Record) -> None:
        text = json.dumps(record.to_json(), ensure_ascii=False)
        self._connection.execute(_PUT, (record.kind, record.key, text))

    def drop(self, record: Record) -> None:
        self._connection.execute("DELETE FROM record WHERE kind = ? AND key = ?", (record.kind, record.key))

    def put_bytes(self, file_id: str, content: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO content (file_id, bytes) VALUES (?, ?)", (file_id, content))

    def get_bytes(self, file_id: str) -> bytes | None:
        row = self._connection.execute("SELECT bytes FROM content WHERE file_id = ?", (file_id,)).fetchone()
        return row[0] if row else None

    def load(self, kind: str) -> Iterator[Json]:
        rows = self._connection.execute("SELECT json FROM record WHERE kind = ? ORDER BY rowid", (kind,))
        return (json.loads(text) for (text,) in rows)

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.commit()

    def close(self) -> None:
        self.commit()
        self._connection.close()
