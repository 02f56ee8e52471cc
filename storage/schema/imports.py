"""Files of invoices that are being read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from storage.schema.columns import id_column, metadata, moment

file_imports = Table(
    "file_imports",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("file_id", String(256), nullable=False),
    Column("name", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    moment("created_at"),
)

# How many of a file's invoices are stored, while it is not finished.
import_progress = Table(
    "import_progress",
    metadata,
    Column("run", String(64), primary_key=True),
    Column("invoices", Integer, nullable=False),
    moment("at"),
)
