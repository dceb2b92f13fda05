"""Who may do what in the database. `migrate` makes the roles; your logins are members of them.

harrystix_app: web, workers, scheduler. Appends to the log and reads it, never changes it; reads the read models.
harrystix_follower: the follower, besides. Owns the read models, which can be built anew, and adds links to the chain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

APP, FOLLOWER = "harrystix_app", "harrystix_follower"
MAINTAIN_SINCE = 170_000
GRANTS = (
    "REVOKE ALL ON FUNCTION log.lock_events() FROM PUBLIC",
    "GRANT USAGE ON SCHEMA log, app, vault, reporting TO {app}",
    "REVOKE ALL ON log.stored_events, app.chain FROM {app}, {follower}",
    "GRANT SELECT, INSERT ON log.stored_events TO {app}",
    "GRANT EXECUTE ON FUNCTION log.lock_events() TO {app}",
    # Snapshots are derived: older ones are replaced.
    "GRANT SELECT, INSERT, DELETE ON log.stored_snapshots TO {app}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA log, app TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault TO {app}",
    "GRANT SELECT ON reporting.positions, app.chain TO {app}",
    "GRANT {app} TO {follower}",
    "GRANT USAGE, CREATE ON SCHEMA reporting TO {follower}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON reporting.positions TO {follower}",
    "GRANT INSERT ON app.chain TO {follower}",
)


def grant(connection: Connection[Any]) -> None:
    """Safe to run again, and needed after each migration: new tables start closed."""
    names = {"app": Identifier(APP), "follower": Identifier(FOLLOWER)}
    for name in (APP, FOLLOWER):
        # Roles belong to the whole server: another database on it may be making them right now.
        connection.execute(
            SQL(
                "DO $$ BEGIN CREATE ROLE {} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$"
            ).format(Identifier(name))
        )
    row = connection.execute("SELECT current_database()").fetchone()
    connection.execute(
        SQL("GRANT CREATE ON DATABASE {} TO {}").format(Identifier(str(row and row[0])), names["follower"])
    )
    for (table,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'app' AND tablename <> 'chain'"
    ).fetchall():
        connection.execute(
            SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON app.{} TO {app}").format(Identifier(table), **names)
        )
    if connection.info.server_version >= MAINTAIN_SINCE:
        # Who erases sweeps afterwards. Before 17 that takes the tables' owner.
        connection.execute(SQL("GRANT MAINTAIN ON ALL TABLES IN SCHEMA app, vault TO {app}").format(**names))
    for words in GRANTS:
        connection.execute(SQL(words).format(**names))


def login(connection: Connection[Any], name: str, password: str, role: str) -> None:
    """A login that is a member of one of the roles, made or given a new password."""
    connection.execute(
        SQL("DO $$ BEGIN CREATE ROLE {} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$").format(
            Identifier(name)
        )
    )
    connection.execute(SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(Identifier(name), Literal(password)))
    connection.execute(SQL("GRANT {} TO {}").format(Identifier(role), Identifier(name)))


def hand_over(cursor: Any, schema: str, tables: Mapping[str, Sequence[str]]) -> None:
    """Tables of a read model: the follower's, whoever made them. Workers write the columns that are named."""
    for table, columns in tables.items():
        names = {"table": Identifier(schema, table), "app": Identifier(APP), "owner": Identifier(FOLLOWER)}
        cursor.execute(SQL("ALTER TABLE {table} OWNER TO {owner}").format(**names))
        cursor.execute(SQL("GRANT SELECT ON {table} TO {app}").format(**names))
        if cursor.connection.info.server_version >= MAINTAIN_SINCE:
            cursor.execute(SQL("GRANT MAINTAIN ON {table} TO {app}").format(**names))
        if columns:
            written = SQL(", ").join(map(Identifier, columns))
            cursor.execute(SQL("GRANT UPDATE ({}) ON {table} TO {app}").format(written, **names))
