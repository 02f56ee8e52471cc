"""Bring a database to this code's schema, or refuse it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from storage.database import Database


class NewerDatabaseError(Exception):
    """The database was made by a newer version of this program: using it could damage it."""


class UnusableDatabaseError(Exception):
    """It cannot be opened: no such folder, no server, a wrong password, not a database at all."""


async def migrate(database: Database) -> bool:
    """Apply what is missing, all in one transaction; True if something was.

    Raises NewerDatabaseError and UnusableDatabaseError.
    """
    async with _usable(database), database.write() as connection:
        return await connection.run_sync(_upgrade)


async def revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one. Raises UnusableDatabaseError."""
    async with _usable(database), database.read() as connection:
        return await connection.run_sync(_current)


def is_current(at: str | None) -> bool:
    """Whether this is the revision that this code works with."""
    with _scripts() as (_config, scripts):
        return at == scripts.get_current_head()


async def is_readable(database: Database) -> bool:
    """Whether it is there, and at this code's revision. Nothing is made by asking."""
    url = make_url(database.url)
    if database.is_sqlite and not (url.database and Path(url.database).is_file()):
        return False
    try:
        return is_current(await revision(database))
    except UnusableDatabaseError:
        return False


@asynccontextmanager
async def _usable(database: Database) -> AsyncIterator[None]:
    try:
        yield
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        url = make_url(database.url).render_as_string(hide_password=True)
        raise UnusableDatabaseError(f"the database {url} cannot be used: {cause}") from error


@contextmanager
def _scripts() -> Iterator[tuple[Config, ScriptDirectory]]:
    with as_file(files("storage").joinpath("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        yield config, ScriptDirectory.from_config(config)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> bool:
    with _scripts() as (config, scripts):
        config.attributes["connection"] = connection
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
