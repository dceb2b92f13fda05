"""How long what lies beside the log is kept, and the broom. The log itself holds no personal data and stays."""

from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

import structlog
from psycopg import DatabaseError

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.processes import FORGOTTEN
from harrystix.application.handlers.uploads import KEEP_ROWS
from harrystix.application.processes.forgetting import KEEP_IDLE, KEEP_INVITED, KEEP_UNPAID

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """`sql` takes the time as its one parameter and leaves out what is still in use; None: a process does it.

    `count`: how much of it there is.
    """

    what: str
    why: str
    keep: timedelta
    sql: LiteralString | None
    count: LiteralString


RETENTION = (
    Kept(
        "answers to requests",
        "a request that is sent again gets the same answer",
        timedelta(days=2),
        "DELETE FROM app.idempotency WHERE created_at < now() - %s",
        "SELECT count(*) FROM app.idempotency",
    ),
    Kept(
        "sessions that have ended",
        "none: they are of no use any more",
        timedelta(),
        "DELETE FROM app.sessions WHERE expires_at < now() - %s",
        "SELECT count(*) FROM app.sessions",
    ),
    Kept(
        "counts of attempts",
        "limits are counted by the quarter of an hour and the hour",
        timedelta(days=1),
        "DELETE FROM app.attempts WHERE since < now() - %s",
        "SELECT count(*) FROM app.attempts",
    ),
    Kept(
        "processes that were killed",
        "since when a part of the house has been silent",
        FORGOTTEN,
        "DELETE FROM app.processes WHERE seen_at < now() - %s",
        "SELECT count(*) FROM app.processes WHERE seen_at < now() - interval '30 seconds'",
    ),
    Kept(
        "choices of pre-orders",
        "somebody looks at what a job would do",
        timedelta(days=1),
        "DELETE FROM app.choices WHERE made_at < now() - %s",
        "SELECT count(*) FROM app.choices",
    ),
    Kept(
        "origins of commands",
        "who did what from where, for as long as somebody may ask",
        timedelta(days=400),
        "DELETE FROM vault.requests WHERE at < now() - %s",
        "SELECT count(*) FROM vault.requests",
    ),
    Kept(
        "providers' messages that are done",
        "to find out what was reported when",
        timedelta(days=90),
        "DELETE FROM app.inbox WHERE state IN ('done', 'ignored') AND received_at < now() - %s",
        "SELECT count(*) FROM app.inbox WHERE state IN ('done', 'ignored')",
    ),
    Kept(
        "tickets' credentials after the event",
        "to settle what went wrong that night",
        timedelta(days=90),
        "DELETE FROM vault.tickets t USING reporting.events e WHERE e.id = t.event_id AND t.state = 'stock' "
        "AND e.starts_at < now() - %s",
        "SELECT count(*) FROM vault.tickets WHERE state = 'stock'",
    ),
    Kept(
        "records of mails",
        "that each left once, and what became of it",
        timedelta(days=400),
        "DELETE FROM app.mail_ledger WHERE state IN ('accepted', 'delivered', 'bounced', 'failed') "
        "AND settled_at < now() - %s",
        "SELECT count(*) FROM app.mail_ledger",
    ),
    Kept(
        "notices to devices that nobody took",
        "the mail has left long ago",
        timedelta(days=1),
        "DELETE FROM app.push_due WHERE created_at < now() - %s",
        "SELECT count(*) FROM app.push_due",
    ),
    Kept(
        "sign-in links that nobody used",
        "they are good for a quarter of an hour",
        timedelta(minutes=15),
        "DELETE FROM vault.sign_in_links WHERE expires_at < now() - %s",
        "SELECT count(*) FROM vault.sign_in_links",
    ),
    Kept(
        "rows of files that are not committed",
        "to correct and commit them",
        KEEP_ROWS,
        None,
        "SELECT count(*) FROM vault.tickets WHERE state = 'staged'",
    ),
    Kept(
        "pre-orders that were never paid, after the event",
        "to answer questions about a payment that failed",
        KEEP_UNPAID,
        None,
        "SELECT count(*) FROM reporting.member_orders WHERE status IN ('placed', 'failed', 'cancelled')",
    ),
    Kept(
        "members of whom there is nothing else",
        "to find one's account again",
        KEEP_IDLE,
        None,
        "SELECT count(*) FROM vault.members m WHERE NOT EXISTS "
        "(SELECT FROM reporting.member_orders o WHERE o.member_id = m.member_id)",
    ),
    Kept(
        "invitations to the staff",
        "to come in by the link and choose a password",
        KEEP_INVITED,
        None,
        "SELECT count(*) FROM vault.staff WHERE invited",
    ),
)


class NotTidy(Exception):
    """What could not be deleted."""


def tidy(database: Database) -> dict[str, int]:
    """What is older than it is kept goes; how many rows of each. One that fails keeps no other from going.

    Raises NotTidy afterwards, so that whoever asked counts it, and tells somebody.
    """
    gone: dict[str, int] = {}
    failed: list[str] = []
    for kept in RETENTION:
        if kept.sql:
            try:
                gone[kept.what] = database.execute(kept.sql, (kept.keep,))
            except DatabaseError as error:
                log.error("retention.failed", what=kept.what, error=type(error).__name__)
                failed.append(kept.what)
    if failed:
        raise NotTidy(", ".join(failed))
    return gone


def waiting(database: Database) -> dict[str, int]:
    """How much there is of each."""
    return {kept.what: (database.one(kept.count) or (0,))[0] for kept in RETENTION}
