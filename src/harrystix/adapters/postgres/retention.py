"""How long what lies beside the log is kept, and the broom. The log itself holds no personal data and stays."""

from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from harrystix.adapters.postgres.database import Database


@dataclass(frozen=True, slots=True)
class Kept:
    """`sql` takes the time as its one parameter and leaves out what is still in use."""

    what: str
    why: str
    keep: timedelta
    sql: LiteralString


RETENTION = (
    Kept(
        "answers to requests",
        "a request that is sent again gets the same answer",
        timedelta(days=2),
        "DELETE FROM app.idempotency WHERE created_at < now() - %s",
    ),
    Kept(
        "sessions that have ended",
        "none: they are of no use any more",
        timedelta(),
        "DELETE FROM app.sessions WHERE expires_at < now() - %s",
    ),
    Kept(
        "counts of attempts",
        "limits are counted by the quarter of an hour and the hour",
        timedelta(days=1),
        "DELETE FROM app.attempts WHERE since < now() - %s",
    ),
    Kept(
        "origins of commands",
        "who did what from where, for as long as somebody may ask",
        timedelta(days=400),
        "DELETE FROM vault.requests WHERE at < now() - %s",
    ),
    Kept(
        "providers' messages that are done",
        "to find out what was reported when",
        timedelta(days=90),
        "DELETE FROM app.inbox WHERE state IN ('done', 'ignored') AND received_at < now() - %s",
    ),
)


def tidy(database: Database) -> dict[str, int]:
    """What is older than it is kept goes; how many rows of each."""
    return {kept.what: database.execute(kept.sql, (kept.keep,)) for kept in RETENTION}
