"""Everything that tells who a member was, and how it is removed; the ledger of erasures outside the database."""

import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys
from harrystix.adapters.vault.members import place_of
from harrystix.adapters.vault.sign_in_links import held_for
from harrystix.application.erasure_ports import MayNotSweep, Progress
from harrystix.application.mail_address import spelled_alike

# Where a member's rows are, for removing them and for looking again; a place in the schema that is missing here is
# found by the test with the canary.
PLACES: tuple[tuple[str, LiteralString], ...] = (
    ("vault.requests", "actor = 'member:' || %(member)s"),
    ("app.idempotency", "actor = 'member:' || %(member)s"),
    ("app.sessions", "kind = 'member' AND subject_id = %(member)s::uuid"),
    ("app.passkeys", "kind = 'member' AND subject_id = %(member)s::uuid"),
    ("app.ceremonies", "subject_id = %(member)s::uuid"),
    ("app.api_keys", "member_id = %(member)s::uuid"),
    ("app.saved_views", "query LIKE '%%member=' || %(member)s || '%%'"),
    ("app.push_due", "member_id = %(member)s::uuid"),
    ("vault.push_subscriptions", "member_id = %(member)s::uuid"),
    ("vault.members", "member_id = %(member)s::uuid"),
)
# Removed only after the provider was told, and no other can be kept any more.
# Those that can't be forgotten yet keep no others behind them.
NOT_FAILED = (
    "NOT EXISTS (SELECT FROM app.failed_work f WHERE f.kind = '{kind}' AND f.subject = {subject}::text "
    "AND (f.parked OR f.next_try_at > now()))"
)
CUSTOMER: tuple[str, LiteralString] = ("app.customers", "member_id = %(member)s::uuid")
SWEPT = (
    ("vault", ("members", "tickets", "requests", "sign_in_links", "sign_in_requests", "push_subscriptions")),
    (
        "app",
        (
            "idempotency",
            "sessions",
            "api_keys",
            "customers",
            "attempts",
            "passkeys",
            "ceremonies",
            "push_due",
            "saved_views",
        ),
    ),
    ("reporting", ("tickets", "ticket_assignments", "pre_orders", "member_orders")),
)


class Erasures:
    def __init__(self, database: Database, keys: Keys, ledger: Path) -> None:
        self._database, self._keys, self._ledger = database, keys, ledger

    def shut_out(self, member_id: str) -> None:
        self._database.execute("DELETE FROM app.sessions WHERE subject_id = %s::uuid", (member_id,))
        self._database.execute(
            "UPDATE app.api_keys SET revoked_at = now() WHERE member_id = %s::uuid AND revoked_at IS NULL",
            (member_id,),
        )

    def orders(self, member_id: str, head: int) -> list[str] | None:
        row = self._database.one(
            "SELECT min(position) FROM reporting.positions WHERE model IN ('member_orders', 'assignments', 'audit_log')"
        )
        if row is None or row[0] < head:
            return None
        rows = self._database.all(
            "SELECT id::text FROM reporting.member_orders WHERE member_id = %s::uuid ORDER BY position",
            (member_id,),
        )
        return [row[0] for row in rows]

    def enter(self, member_id: str) -> None:
        if member_id not in self.listed():
            self._write({"at": datetime.now(UTC), "memberId": member_id})

    def leave(self, member_id: str) -> None:
        if member_id not in self.finished():
            self._write({"at": datetime.now(UTC), "memberId": member_id, "done": True})

    def listed(self) -> list[str]:
        return list(dict.fromkeys(str(entry["memberId"]) for entry in self._entries()))

    def finished(self) -> set[str]:
        return {str(entry["memberId"]) for entry in self._entries() if entry.get("done")}

    def _entries(self) -> list[dict[str, Any]]:
        if not self._ledger.exists():
            return []
        # A last line that is not whole was being written when the disk or the power went: it is written again.
        whole, _, _ = self._ledger.read_bytes().rpartition(b"\n")
        return [orjson.loads(line) for line in whole.splitlines() if line.strip()]

    def _write(self, entry: dict[str, Any]) -> None:
        self._ledger.parent.mkdir(parents=True, exist_ok=True)
        with self._ledger.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if file.tell() and not self._ledger.read_bytes().endswith(b"\n"):
                file.truncate(self._ledger.read_bytes().rfind(b"\n") + 1)
            file.write(orjson.dumps(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def told(self, member_id: str, provider: str, answer: str) -> None:
        with self._database.transaction() as cursor:
            _add(cursor, member_id, {}, {provider: answer})

    def progress(self, member_id: str) -> Progress:
        row = self._database.one(
            "SELECT removed, providers FROM app.erasures WHERE member_id = %s::uuid", (member_id,)
        )
        return Progress(*row) if row else Progress()

    def known(self, member_ids: Sequence[str]) -> set[str]:
        rows = self._database.all(
            "SELECT member_id::text FROM vault.members WHERE member_id = ANY(%s::uuid[]) UNION "
            "SELECT member_id::text FROM reporting.member_orders WHERE member_id = ANY(%s::uuid[])",
            (list(member_ids), list(member_ids)),
        )
        return {row[0] for row in rows}

    def unpaid(self, before: datetime, limit: int) -> list[str]:
        rows = self._database.all(
            "SELECT m.id::text FROM reporting.member_orders m JOIN reporting.events e ON e.id = m.event_id "  # noqa: S608  a constant of ours
            "WHERE e.starts_at < %s AND m.status IN ('placed', 'failed', 'cancelled') "
            f"AND {NOT_FAILED.format(kind='forget_unpaid', subject='m.id')} ORDER BY m.position LIMIT %s",
            (before, limit),
        )
        return [row[0] for row in rows]

    def unagreed(self, before: datetime, limit: int) -> list[str]:
        rows = self._database.all(
            "SELECT id::text FROM reporting.bulk_jobs j WHERE state = 'waiting' AND ordered_at < %s "  # noqa: S608  a constant of ours
            f"AND {NOT_FAILED.format(kind='forget_job', subject='j.id')} LIMIT %s",
            (before, limit),
        )
        return [row[0] for row in rows]

    def idle(self, before: datetime, limit: int) -> list[str]:
        rows = self._database.all(
            "SELECT member_id::text FROM vault.members m WHERE created_at < %s "  # noqa: S608  a constant of ours
            "AND NOT EXISTS (SELECT FROM reporting.member_orders o WHERE o.member_id = m.member_id) "
            "AND NOT EXISTS (SELECT FROM app.sessions s WHERE s.subject_id = m.member_id) "
            "AND NOT EXISTS (SELECT FROM app.api_keys k WHERE k.member_id = m.member_id AND k.revoked_at IS NULL) "
            "AND NOT EXISTS (SELECT FROM reporting.erasures x WHERE x.member_id = m.member_id) "
            f"AND {NOT_FAILED.format(kind='forget_idle', subject='m.member_id')} LIMIT %s",
            (before, limit),
        )
        return [row[0] for row in rows]

    def counted(self, cause_id: str) -> dict[str, int]:
        row = self._database.one(
            "SELECT count(*), count(ticket_id) FROM reporting.assignment_logs "
            "WHERE cause_id = %s AND action = 'PreOrder.Erased'",
            (cause_id,),
        ) or (0, 0)
        return {"pre-orders": row[0], "vault.tickets": row[1]}

    def remove(self, member_id: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT wrapped_key, sealed FROM vault.members WHERE member_id = %s::uuid FOR UPDATE",
                (member_id,),
            )
            row = cursor.fetchone()
            counts = self._remove_by_address(cursor, member_id, row) if row else {}
            cursor.execute("UPDATE app.sessions SET viewing = NULL WHERE viewing = %s::uuid", (member_id,))
            for table, where in PLACES:
                cursor.execute(_all_of("DELETE", table, where), {"member": member_id})
                counts[table] = counts.get(table, 0) + cursor.rowcount
            _add(cursor, member_id, {name: count for name, count in counts.items() if count}, {})

    def forget_customer(self, member_id: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(_all_of("DELETE", *CUSTOMER), {"member": member_id})
            _add(cursor, member_id, {CUSTOMER[0]: cursor.rowcount} if cursor.rowcount else {}, {})

    def remains(self, member_id: str) -> bool:
        return any(
            self._database.one(_all_of("SELECT", table, where), {"member": member_id})
            for table, where in (*PLACES, CUSTOMER)
        )

    def vacuum(self) -> list[str] | None:
        """On a connection of its own: it has no time limit, and no transaction."""
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            seen = connection.execute(
                "SELECT count(*) FROM pg_stat_activity a, (SELECT max(xid)::xid AS gone FROM app.erasures) e "
                "WHERE a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid() "
                # A vacuum that is under way keeps nothing back: Postgres does not count it either.
                "AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid) "
                "AND age(a.backend_xmin) >= age(e.gone)"
            ).fetchone()
            if seen and seen[0]:
                return None
            swept: list[str] = []
            said: list[str] = []
            connection.add_notice_handler(lambda notice: said.append(str(notice.sqlstate)))
            for schema, tables in SWEPT:
                # The blind index is in an index too; elsewhere indexes hold random numbers only.
                cleanup = SQL("ON") if schema == "vault" else SQL("AUTO")
                for table in tables:
                    name = Identifier(schema, table)
                    connection.execute(SQL("VACUUM (INDEX_CLEANUP {}) {}").format(cleanup, name))
                    if said:
                        # It only warns where it may not, and does nothing.
                        raise MayNotSweep(f"{schema}.{table}")
                    swept.append(f"{schema}.{table}")
            return swept

    def _remove_by_address(self, cursor: Any, member_id: str, row: Any) -> dict[str, int]:
        """What only the address leads to: counts of attempts, links that wait."""
        sealed = self._keys.open(bytes(row[0]), bytes(row[1]), place_of(member_id))
        email = str(orjson.loads(sealed)[0])
        cursor.execute(
            "DELETE FROM app.attempts WHERE scope = 'link-address' AND key = %b",
            (self._keys.index("link-address", spelled_alike(email)),),
        )
        counts = {"app.attempts": cursor.rowcount}
        for table, column, value in held_for(cursor, self._keys, email):
            cursor.execute(
                SQL("DELETE FROM {} WHERE {} = %s").format(Identifier("vault", table), Identifier(column)),
                (value,),
            )
            counts[f"vault.{table}"] = counts.get(f"vault.{table}", 0) + cursor.rowcount
        return counts


def _add(cursor: Any, member_id: str, removed: dict[str, int], providers: dict[str, str]) -> None:
    cursor.execute("INSERT INTO app.erasures (member_id) VALUES (%s) ON CONFLICT DO NOTHING", (member_id,))
    cursor.execute(
        "SELECT removed, providers FROM app.erasures WHERE member_id = %s::uuid FOR UPDATE", (member_id,)
    )
    before, told = cursor.fetchone()
    counts = {name: before.get(name, 0) + removed.get(name, 0) for name in sorted({*before, *removed})}
    cursor.execute(
        "UPDATE app.erasures SET removed = %s, providers = %s, xid = pg_current_xact_id() "
        "WHERE member_id = %s::uuid",
        (Jsonb(counts), Jsonb({**told, **providers}), member_id),
    )


def _all_of(what: LiteralString, table: str, where: LiteralString) -> Composed:
    """The rows of one place: `what` is DELETE, or SELECT to see whether there are any."""
    return SQL(what + " FROM {} WHERE " + where).format(Identifier(*table.split(".")))
