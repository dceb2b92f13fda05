"""`harrystix keys rotate`: every data key gets wrapped anew, while the system works; then the old master key goes.

What was done is seen from the rows themselves, so it can be killed and gone on with anywhere. The database refuses rows
under a retired version, so a process that has not noticed yet can't leave anything behind that nobody can open.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from psycopg.sql import SQL, Identifier

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault import key_file
from harrystix.adapters.vault.keyring import Keyring, VaultError
from harrystix.adapters.vault.members import place_of as member_place
from harrystix.adapters.vault.push import place_of as push_place
from harrystix.adapters.vault.requests import place_of as request_place
from harrystix.adapters.vault.staff import place_of as staff_place
from harrystix.adapters.vault.tickets import place_of as ticket_place

log = structlog.get_logger()
BATCH = 500
# What lives for 15 minutes only is left out: it is asked for again. Table -> its key column, and what a row is bound to
TABLES: dict[str, tuple[str, Callable[[str], str]]] = {
    "members": ("member_id", member_place),
    "tickets": ("ticket_id", ticket_place),
    "staff": ("staff_id", staff_place),
    "requests": ("command_id", request_place),
    "push_subscriptions": ("subscription_id", push_place),
}


@dataclass(frozen=True, slots=True)
class Version:
    """A master key and the rows that need it; of those that are gone from the file, only what is left to say."""

    version: int
    current: bool
    in_file: bool
    retired: bool
    rows: int


def inventory(database: Database, ring: Keyring) -> list[Version]:
    rows = _rows(database)
    retired = {row[0] for row in database.all("SELECT version FROM app.retired_keys")}
    return [
        Version(
            version, version == ring.current, version in ring.master, version in retired, rows.get(version, 0)
        )
        for version in sorted({*rows, *retired, *ring.master})
    ]


def begin(path: Path) -> int:
    """A new current version, unless a rotation is under way already; returns the current version."""
    ring = Keyring.load(path)
    return ring.current if len(ring.master) > 1 else key_file.add_version(path)


def go_on(
    database: Database,
    path: Path,
    progress: Callable[[int], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Finish what was begun; returns where the retired keys are, None where nothing was under way or it was stopped."""
    ring = Keyring.load(path)
    # Every process has the new key by then, and goes on unhindered when the old one is refused.
    time.sleep(
        max(0.0, path.stat().st_mtime + 2 * key_file.RELOAD - time.time()) if len(ring.master) > 1 else 0
    )
    old = sorted(set(ring.master) - {ring.current})
    done = 0
    while old and not stopping():
        before = done
        for table in TABLES:
            for count in _walk(database, ring, table, old, stopping):
                done += count
                progress(done)
        if _retire(database, old):
            return key_file.drop_versions(path, old)
        if done == before:
            # What is left does not open: a finding, and the old key stays for it.
            log.error("keys.rows_left", versions=list(old))
            return None
    return None


def _walk(
    database: Database, ring: Keyring, table: str, old: Sequence[int], stopping: Callable[[], bool]
) -> Iterator[int]:
    """By key, so that a row which can't be changed now is met again in the next round."""
    key, place = TABLES[table]
    names = {"table": Identifier("vault", table), "key": Identifier(key)}
    after = "00000000-0000-0000-0000-000000000000"
    while not stopping():
        rows = database.all(
            SQL(
                "SELECT {key}::text, wrapped_key FROM {table} WHERE {key} > %s::uuid "
                "AND vault.version_of(wrapped_key) = ANY(%s) ORDER BY {key} LIMIT %s"
            ).format(**names),
            (after, list(old), BATCH),
        )
        if not rows:
            return
        after = rows[-1][0]
        # Only what is still as it was read: a row may be deleted or sealed anew meanwhile.
        yield database.execute(
            SQL(
                "UPDATE {table} t SET wrapped_key = x.new FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[]) "
                "AS x (id, old, new) WHERE t.{key} = x.id AND t.wrapped_key = x.old AND x.new <> x.old"
            ).format(**names),
            (
                [row[0] for row in rows],
                [bytes(row[1]) for row in rows],
                [_rewrapped(ring, bytes(row[1]), place(row[0])) for row in rows],
            ),
        )


def _rewrapped(ring: Keyring, wrapped: bytes, place: str) -> bytes:
    """As it was where it does not open: all others go on."""
    try:
        return ring.rewrap(wrapped, place)
    except VaultError:
        log.error("vault.sealed", place=place)
        return wrapped


def _retire(database: Database, old: Sequence[int]) -> bool:
    """From now on the database refuses them; False where somebody has used one meanwhile."""
    with database.transaction() as cursor:
        # Whoever writes a sealed row holds this lock, shared, until its commit.
        cursor.execute("SELECT pg_advisory_xact_lock(7463895)")
        for table in TABLES:
            cursor.execute(
                SQL("SELECT 1 FROM {} WHERE vault.version_of(wrapped_key) = ANY(%s) LIMIT 1").format(
                    Identifier("vault", table)
                ),
                (list(old),),
            )
            if cursor.fetchone():
                return False
        cursor.execute(
            "INSERT INTO app.retired_keys (version) SELECT unnest(%s::int[]) ON CONFLICT DO NOTHING",
            (list(old),),
        )
    return True


def _rows(database: Database) -> dict[int, int]:
    found: dict[int, int] = {}
    for table in TABLES:
        for version, count in database.all(
            SQL("SELECT vault.version_of(wrapped_key), count(*) FROM {} GROUP BY 1").format(
                Identifier("vault", table)
            )
        ):
            found[version] = found.get(version, 0) + count
    return found
