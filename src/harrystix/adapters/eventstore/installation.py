"""What a database knows of itself: whose keys open its vault, and whether a restore into it is still under way."""

import re

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys, VaultError

# A schema of its own: it is there before the first table of a backup is, and stays whatever becomes of those.
MARK = "harrystix_restoring"
# What is sealed for longer than a quarter of an hour, whoever it is about.
SEALED = (("members", "member_id"), ("staff", "staff_id"), ("tickets", "ticket_id"))
FOREIGN = (
    "These keys do not open the vault of this database. Bring the key file that it was filled with "
    "({where}); a new one would leave every credential and address sealed for ever. See docs/how-to/keys.md."
)


class BeingRestored(Exception):
    """A restore has not come to its end; the message says what to do."""


def mark_restoring(connection: Connection[tuple[object, ...]], folder: str) -> None:
    connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(MARK)))
    plain = re.sub(r"[^\w./ -]", "", folder)[:200]
    connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(Identifier(MARK), Literal(plain)))


def is_restoring(connection: Connection[tuple[object, ...]]) -> bool:
    return connection.execute("SELECT to_regnamespace(%s)", (MARK,)).fetchone() != (None,)


def restored(connection: Connection[tuple[object, ...]]) -> None:
    connection.execute(SQL("DROP SCHEMA IF EXISTS {}").format(Identifier(MARK)))


def check_usable(database: Database) -> None:
    """Raises BeingRestored."""
    row = database.one("SELECT to_regnamespace(%s) IS NULL", (MARK,))
    if row and not row[0]:
        raise BeingRestored(
            "A restore into this database has not come to its end: it may hold people who were erased since. "
            "Run `harrystix restore` with the same backup again; nothing starts before that."
        )


def key_check(keys: Keys) -> bytes:
    """Tells one set of keys from another, and nothing of either."""
    return keys.index("key-check", "vault")


def check_keys(database: Database, keys: Keys, where: str) -> None:
    """Note whose keys these are where nobody has; raises VaultError for other keys than the vault was filled with."""
    if database.one("SELECT to_regclass('app.installation')") == (None,):
        return
    row = database.one("SELECT key_check FROM app.installation")
    mine = key_check(keys)
    if row and bytes(row[0]) != mine:
        if any(
            database.one(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier("vault", name)))
            for name, _ in SEALED
        ):
            raise VaultError(FOREIGN.format(where=where))
        # Nothing is sealed yet, so that nothing is lost with the keys that it was made with.
        database.execute("UPDATE app.installation SET key_check = %b", (mine,))
    _check_newest(database, keys, where)
    if row:
        return
    for table, column in SEALED:
        found = database.one(
            SQL("SELECT {column}::text, wrapped_key, sealed FROM vault.{table} LIMIT 1").format(
                column=Identifier(column), table=Identifier(table)
            )
        )
        if found:
            try:
                keys.open(bytes(found[1]), bytes(found[2]), f"vault.{table}|sealed|{found[0]}|{found[0]}")
            except VaultError:
                raise VaultError(FOREIGN.format(where=where)) from None
    database.execute("INSERT INTO app.installation (key_check) VALUES (%b) ON CONFLICT DO NOTHING", (mine,))


def _check_newest(database: Database, keys: Keys, where: str) -> None:
    """The keys of a time before a rotation open nothing that was sealed since. Raises VaultError."""
    retired = {row[0] for row in database.all("SELECT version FROM app.retired_keys")}
    if retired.issuperset(keys.versions):
        raise VaultError(
            f"The master keys in {where} were retired by a rotation since: bring the file that it made. "
            "See docs/how-to/keys.md."
        )


def is_filled(connection: Connection[tuple[object, ...]]) -> bool:
    """Whether anything in this database is sealed."""
    if connection.execute("SELECT to_regclass('vault.members')").fetchone() == (None,):
        return False
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM vault.members) OR EXISTS (SELECT FROM vault.staff) "
        "OR EXISTS (SELECT FROM vault.tickets)"
    ).fetchone()
    return bool(row and row[0])
