"""`harrystix migrate`: the log's tables by the library, everything else by numbered SQL files."""

from pathlib import Path

import psycopg
from yoyo import get_backend, read_migrations  # pyright: ignore[reportUnknownVariableType]

from harrystix.adapters.eventstore.roles import grant
from harrystix.adapters.eventstore.settings import environment, for_migrations
from harrystix.application.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> list[str]:
    """Bring the database up to date; returns what was applied. Safe to run from several places at once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7463890)")
        connection.execute("CREATE SCHEMA IF NOT EXISTS log")
        made = connection.execute("SELECT to_regclass('log.stored_events')").fetchone()
        if made == (None,):
            Store(env={**environment(database_url), "CREATE_TABLE": "y"}).close()
        applied = _apply(database_url)
        grant(connection)
        return applied


def _apply(database_url: str) -> list[str]:
    backend = get_backend(for_migrations(database_url))
    # Whoever gets here holds a lock that ends with its connection: a row of theirs is of somebody who was killed.
    backend.break_lock()
    with backend.lock(timeout=60):
        pending = backend.to_apply(read_migrations(str(MIGRATIONS)))
        names = [migration.id for migration in pending]
        backend.apply_migrations(pending)
    backend.connection.close()
    return names
