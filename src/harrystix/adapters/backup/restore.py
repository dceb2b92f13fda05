"""`harrystix restore`: into an empty database, read models computed anew, and who was erased since is erased again."""

import hashlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg.sql import SQL, Identifier

from harrystix.adapters.backup.dump import FORMAT, PARTS, connection_words, counts, program
from harrystix.adapters.chain import anchors
from harrystix.adapters.eventstore.installation import is_restoring, key_check, mark_restoring, restored
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.follower.models import ensure_tables
from harrystix.adapters.follower.runner import Follower
from harrystix.adapters.vault.keyring import Keyring
from harrystix.application.context import Context
from harrystix.application.handlers import approvals, erasing, staff
from harrystix.application.payment_ports import Later, Refused, Unknown
from harrystix.application.processes.erasing import TOLD_BEFORE, erase_due
from harrystix.application.processes.looking import look
from harrystix.application.processes.payment_news import follow_refunds
from harrystix.application.reconcile.mails import MailReport, reconcile_mails
from harrystix.application.store import Store
from harrystix.domain.errors import IllegalTransition
from harrystix.domain.pre_order import PreOrder

TRIES = 20
# Clocks differ, and a backup takes its time.
BEFORE = timedelta(hours=1)
ACTOR, WHY = "system:restore", "restored from a backup"


class CannotRestore(Exception):
    """The message says why, and what to do."""


@dataclass
class Restored:
    """`erased`: again, from the ledger; `pending`: of them, those that workers have to finish.

    `shut_out`: sessions and keys that were good when the backup was made; `staff`: people who wait to be let in again;
    `denied`: requests for a second person, which have to be asked anew.
    """

    position: int
    rows: dict[str, int]
    shut_out: int = 0
    staff: int = 0
    denied: int = 0
    erased: int = 0
    made_at: datetime = datetime(2011, 9, 1, tzinfo=UTC)
    mails: MailReport | None = None
    pending: list[str] = field(default_factory=list[str])


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole. Raises CannotRestore."""
    try:
        manifest: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        raise CannotRestore(f"{folder} is not a backup: its manifest.json can't be read.") from None
    if manifest.get("format") != FORMAT:
        raise CannotRestore(f"{folder} is a backup of another format.")
    for name, digest in manifest["files"].items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise CannotRestore(f"{folder / name} is missing.") from None
        if found != digest:
            raise CannotRestore(f"{folder / name} was changed since it was made.")
    return manifest


def check_with(folder: Path, ring: Keyring, where: str) -> dict[str, Any]:
    """The manifest of a backup that these keys open. Raises CannotRestore: nothing is written before that is sure."""
    manifest = check(folder)
    missing = sorted(set(manifest["masterKeys"]) - set(ring.master))
    if missing or manifest.get("keyCheck", "") not in {"", key_check(ring).hex()}:
        raise CannotRestore(
            f"{where} does not open this backup"
            + (f": it lacks master key {', '.join(map(str, missing))}" if missing else "")
            + ". Bring the key file of its time; see docs/how-to/keys.md."
        )
    return manifest


def load(folder: Path, database_url: str) -> Restored:
    """Rows as they were, then migrated to this version; the database is marked as being restored until `finish`.

    A restore that stopped half way is begun anew over what it left. Raises CannotRestore, also for any other database
    that is not empty.
    """
    manifest = check(folder)
    with psycopg.connect(database_url, autocommit=True) as connection:
        half_done = is_restoring(connection)
        filled = connection.execute("SELECT to_regclass('log.stored_events')").fetchone() != (None,)
        if filled and not half_done:
            raise CannotRestore("The database is not empty. Restore into a new one.")
        mark_restoring(connection, folder.name)
        for schema in ("log", "app", "vault", "reporting", "rebuild") if half_done else ():
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
    words, environment = connection_words(database_url)
    for name in PARTS:
        done = subprocess.run(  # noqa: S603  Postgres' own program, our own arguments
            [
                program("pg_restore"),
                *words,
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--single-transaction",
                "--clean",
                "--if-exists",
                str(folder / name),
            ],
            env=environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise CannotRestore(f"pg_restore failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = counts(connection)
    if rows != manifest["rows"]:
        wrong = sorted(name for name in rows if rows[name] != manifest["rows"].get(name))
        raise CannotRestore(f"Rows are missing in {', '.join(wrong)}.")
    migrate(database_url)
    return Restored(manifest["position"], rows, made_at=datetime.fromisoformat(manifest["madeAt"]))


def finish(database_url: str) -> None:
    """From now on every part may start."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        restored(connection)


def shut_out(database_url: str) -> int:
    """Whoever was let in then may not be any more: sessions end, and keys have to be made anew; how many of both.

    Recovery codes that were used since, and passkeys that were removed since, would be good again: all of them go.
    """
    with psycopg.connect(database_url) as connection:
        for gone in ("recovery_codes", "passkeys", "identities"):
            connection.execute(SQL("DELETE FROM {}").format(Identifier("app", gone)))
        connection.execute("DELETE FROM app.ceremonies")
        connection.execute("DELETE FROM vault.sign_in_links")
        connection.execute("DELETE FROM vault.sign_in_requests")
        connection.execute("DELETE FROM app.idempotency")
        ended = connection.execute("DELETE FROM app.sessions").rowcount
        return (
            ended
            + connection.execute(
                "UPDATE app.api_keys SET revoked_at = now() WHERE revoked_at IS NULL"
            ).rowcount
        )


def _disable_everybody(context: Context) -> int:
    """Who has left or was demoted since would be back: the operator lets in again who is still there."""
    found = [row.staff_id for row in context.people.staff.all() if not row.disabled]
    for staff_id in found:
        staff.disable(context, context.by(ACTOR), staff_id, WHY)
    return len(found)


def _deny_what_is_open(context: Context, connection: psycopg.Connection[Any]) -> int:
    """What was denied since, or was asked for by somebody who may not any more, can't be granted now."""
    rows = connection.execute("SELECT id::text FROM reporting.approvals WHERE state = 'requested'").fetchall()
    denied = 0
    for (approval_id,) in rows:
        try:
            approvals.deny(context, context.by(ACTOR), approval_id, WHY)
            denied += 1
        except IllegalTransition:
            # Too old to be granted by anybody.
            continue
    return denied


def ask_providers(context: Context, made_at: datetime, *, mails: bool, payments: bool) -> MailReport | None:
    """What left and what was paid since the backup: no ticket of it is handed out again, nobody is charged again."""
    report: MailReport | None = None
    try:
        if mails:
            # Nobody sends anything now: what is a second old has left as surely as what is a day old.
            report = reconcile_mails(context, made_at - BEFORE, grace=timedelta())
            context.provider_reads.note("mails", context.clock.now())
        if payments:
            look(context, context.payments)
            _follow_refunds(context, made_at - BEFORE)
    except (Later, Unknown, Refused):
        raise CannotRestore(
            "A provider can't be asked what it did since this backup was made. Run the same restore again once it "
            "answers, or with --without-providers where nobody was mailed or charged since."
        ) from None
    return report


def _follow_refunds(context: Context, since: datetime) -> None:
    """Who got the money back since is served no more; of payments that this log lacks a capture finds it."""
    for payment_id in dict.fromkeys(refund.payment_id for refund in context.payments.refunds_since(since)):
        if not payment_id:
            # Of another product on the same account, which makes its charges in another way.
            continue
        payment = context.payments.payment(payment_id)
        order = context.store.get_many(PreOrder, [payment.order_id]).get(payment.order_id)
        if order is not None and payment_id in {order.payment_id, *order.strays}:
            follow_refunds(context, context.by(ACTOR, f"refunded/{payment_id}"), payment)


def come_back(
    loaded: Restored,
    database_url: str,
    store: Store,
    context: Context,
    chain_file: Path,
    progress: Callable[[str], None] = lambda _: None,
    *,
    ask_mails: bool = True,
    ask_payments: bool = True,
) -> Restored:
    """Read models, the erasures of the ledger, and what providers did since the backup; before anybody is let in.

    Raises CannotRestore where a provider can't be asked.
    """
    loaded.shut_out = shut_out(database_url)
    follower = Follower(database_url, store, context.nudge)
    with psycopg.connect(database_url, autocommit=True) as connection:
        ensure_tables(connection)
        progress("read models")
        follower.catch_up(connection)
        progress("people")
        loaded.staff = _disable_everybody(context)
        loaded.denied = _deny_what_is_open(context, connection)
        progress("erasures")
        again = sorted(context.erasures.known(context.erasures.listed()))
        told = context.erasures.finished()
        for member_id in again:
            for provider in ("stripe", "postmark") if member_id in told else ():
                # A restore of ours brings nobody back there.
                context.erasures.told(member_id, provider, TOLD_BEFORE)
            by = context.by(ACTOR, f"restore/{member_id}/{context.clock.now().isoformat()}")
            erasing.order(context, by, member_id, origin="restore")
        loaded.erased = len(again)
        for _ in range(TRIES if again else 0):
            follower.catch_up(connection)
            erase_due(context)
            follower.catch_up(connection)
            loaded.pending = sorted(context.erasures.known(again))
            due = connection.execute(
                "SELECT count(*) FROM reporting.due_work WHERE kind = 'erase'"
            ).fetchone()
            if not loaded.pending and due == (0,):
                break
            connection.execute(
                "UPDATE reporting.due_work SET leased_until = '-infinity' WHERE kind = 'erase'"
            )
            time.sleep(0.5)
        row = connection.execute(
            "SELECT last_position, head FROM app.chain ORDER BY 1 DESC LIMIT 1"
        ).fetchone()
    progress("providers")
    loaded.mails = ask_providers(context, loaded.made_at, mails=ask_mails, payments=ask_payments)
    if row:
        anchors.begin_again(chain_file, context.clock.now(), loaded.position, row[0], row[1])
    return loaded
