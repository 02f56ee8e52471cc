"""Bring a database to this code's schema, or refuse it."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from storage.database import Database


class NewerDatabaseError(Exception):
    """The database was made by a newer version of this program: using it could damage it."""


async def migrate(database: Database) -> bool:
    """Apply what is missing, all in one transaction; True if something was. Raises NewerDatabaseError."""
    async with database.write() as connection:
        return await connection.run_sync(_upgrade)


async def revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    async with database.read() as connection:
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> bool:
    with as_file(files("storage").joinpath("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        scripts = ScriptDirectory.from_config(config)
        current = _current(connection)
        if current is not None:
            try:
                scripts.get_revision(current)
            except CommandError as error:
                raise NewerDatabaseError(
                    f"the database is at revision {current}, which this version does not know; use a newer version"
                ) from error
        if current == scripts.get_current_head():
            return False
        command.upgrade(config, "head")
        return True
