"""Which processes of the house run: each says so itself, and one that has said nothing for a while is gone."""

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from uuid import uuid4

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from harrystix.adapters.postgres.database import Database

log = structlog.get_logger()
EVERY = 10.0
# Three times nothing: it hangs, or is dead.
SILENT = timedelta(seconds=3 * EVERY)
# So long it is shown as gone; then it is forgotten.
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Process:
    part: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    alive: bool


def processes(database: Database) -> list[Process]:
    """By part; those that have gone silent last."""
    rows = database.all(
        "SELECT part, host, pid, version, started_at, seen_at, seen_at > now() - %s FROM app.processes "
        "WHERE seen_at > now() - %s ORDER BY 7 DESC, part, started_at",
        (SILENT, FORGOTTEN),
    )
    return [Process(*row) for row in rows]


@contextmanager
def seen(database: Database, part: str, every: float = EVERY) -> Generator[None]:
    """While it lasts, this process says that it is there; one that ends in good order takes its leave."""
    me, over = str(uuid4()), threading.Event()

    def say() -> None:
        database.execute(
            "INSERT INTO app.processes (process_id, part, host, pid, version) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (process_id) DO UPDATE SET seen_at = now()",
            (me, part, socket.gethostname(), os.getpid(), version("harrystix")),
        )

    def go_on() -> None:
        while True:
            try:
                say()
            except (psycopg.Error, PoolTimeout):
                # The database is away: whoever looks at health sees that first.
                log.debug("process.unseen")
            if over.wait(every):
                return

    thread = threading.Thread(target=go_on, name="seen", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(2)
        try:
            database.execute("DELETE FROM app.processes WHERE process_id = %s", (me,))
        except (psycopg.Error, PoolTimeout):
            log.debug("process.unseen")
