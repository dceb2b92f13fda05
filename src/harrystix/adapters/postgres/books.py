"""Our own books of payments, and what reconciliation found."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from harrystix.adapters.postgres.database import Database
from harrystix.application.reconcile.books import Finding, KnownFinding, OwnPayment, OwnRefund

PAYMENT: LiteralString = (
    "SELECT id, order_id::text, amount_minor, currency, state, recorded_at FROM reporting.payments "
    "WHERE NOT imported AND "
)
REFUND: LiteralString = (
    "SELECT id::text, provider_refund_id, payment_id, order_id::text, amount_minor, state, origin, requested_at "
    "FROM reporting.refunds WHERE "
)
# Over where a later one has gone through, or a person has said that it is well.
OPEN_FAILURES: LiteralString = (
    "state = 'failed' AND requested_at >= %s AND NOT EXISTS (SELECT 1 FROM reporting.refunds later "
    "WHERE later.payment_id = refunds.payment_id AND later.state = 'succeeded' "
    "AND later.requested_at > refunds.requested_at AND later.amount_minor >= refunds.amount_minor) "
    "AND NOT EXISTS (SELECT 1 FROM app.findings f WHERE f.kind = 'refund_failed' "
    "AND f.subject = refunds.id::text AND f.resolved_by LIKE 'staff:%%')"
)
KNOWN: LiteralString = (
    "SELECT id::text, kind, subject, details, first_seen, last_seen, resolved_at, resolved_by "
    "FROM app.findings "
)


class Books:
    def __init__(self, database: Database) -> None:
        self._database = database

    def lag_seconds(self) -> float:
        row = self._database.one(
            "SELECT coalesce(extract(epoch FROM now() - recorded_at), 0) FROM reporting.positions "
            "WHERE model = 'money' AND position < (SELECT coalesce(max(notification_id), 0) FROM log.stored_events)"
        )
        return float(row[0]) if row else 0.0

    def payments(self, since: datetime) -> dict[str, OwnPayment]:
        rows = self._database.all(PAYMENT + "recorded_at >= %s", (since,))
        return {row[0]: OwnPayment(*row) for row in rows}

    def payments_of(self, payment_ids: Sequence[str]) -> dict[str, OwnPayment]:
        rows = self._database.all(PAYMENT + "id = ANY(%s)", (list(payment_ids),))
        return {row[0]: OwnPayment(*row) for row in rows}

    def refunds(self, since: datetime, payment_ids: Sequence[str]) -> list[OwnRefund]:
        rows = self._database.all(
            REFUND + "requested_at >= %s OR payment_id = ANY(%s)", (since, list(payment_ids))
        )
        return [OwnRefund(*row) for row in rows]

    def strays(self) -> list[OwnPayment]:
        rows = self._database.all(
            PAYMENT + "state = 'stray' AND amount_minor > (SELECT coalesce(sum(r.amount_minor), 0) "
            "FROM reporting.refunds r WHERE r.payment_id = payments.id AND r.state NOT IN ('failed', 'canceled'))"
        )
        return [OwnPayment(*row) for row in rows]

    def failed_refunds(self, since: datetime) -> list[OwnRefund]:
        rows = self._database.all(REFUND + OPEN_FAILURES, (since,))
        return [OwnRefund(*row) for row in rows]

    def unseen(self, event_ids: Iterable[str]) -> set[str]:
        rows = self._database.all(
            "SELECT x.id FROM unnest(%s::text[]) AS x (id) WHERE NOT EXISTS "
            "(SELECT 1 FROM app.inbox i WHERE i.provider = 'stripe' AND i.external_id = x.id)",
            (list(event_ids),),
        )
        return {row[0] for row in rows}

    def last_started(self, *, full: bool) -> datetime | None:
        # A full one has looked at what is new as well.
        row = self._database.one(
            "SELECT max(started_at) FROM app.reconciliations WHERE complete AND (is_full OR NOT %s)", (full,)
        )
        return row[0] if row else None

    def begin(self, since: datetime, *, full: bool) -> int | None:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7463895)")
            cursor.execute(
                "INSERT INTO app.reconciliations (since, is_full) SELECT %s, %s WHERE NOT EXISTS (SELECT 1 "
                "FROM app.reconciliations WHERE finished_at IS NULL AND started_at > now() - interval '10 minutes') "
                "RETURNING id",
                (since, full),
            )
            row = cursor.fetchone()
            return row[0] if row else None

    def finish(
        self, run: int, counts: dict[str, int], found: Sequence[Finding], since: datetime
    ) -> list[str]:
        new: list[str] = []
        with self._database.transaction() as cursor:
            for finding in found:
                details = {**finding.details, "at": finding.at.isoformat()}
                cursor.execute(
                    "INSERT INTO app.findings AS f (kind, subject, details) VALUES (%s, %s, %s) "
                    "ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO UPDATE SET last_seen = now(), "
                    "details = excluded.details RETURNING id::text, f.xmax = 0",
                    (finding.kind, finding.subject, Jsonb(details)),
                )
                row = cursor.fetchone()
                if row and row[1]:
                    new.append(row[0])
            if counts.get("events") is not None:
                # Only a run that got to its end has looked at everything in its time.
                cursor.execute(
                    "UPDATE app.findings SET resolved_at = now(), resolved_by = 'system:reconciliation' "
                    "WHERE resolved_at IS NULL AND last_seen < now() AND (details->>'at')::timestamptz >= %s",
                    (since,),
                )
            cursor.execute(
                "UPDATE app.reconciliations SET finished_at = now(), payments = %s, refunds = %s, events = %s, "
                "findings = %s, complete = %s WHERE id = %s",
                (
                    *(counts.get(name, 0) for name in ("payments", "refunds", "events")),
                    len(found),
                    counts.get("events") is not None,
                    run,
                ),
            )
        return new

    def finding(self, finding_id: str) -> KnownFinding | None:
        row = self._database.one(KNOWN + "WHERE id::text = %s", (finding_id,))
        return KnownFinding(*row) if row else None

    def findings(
        self, limit: int, after: tuple[datetime, str] | None, *, resolved: bool
    ) -> list[KnownFinding]:
        """Newest first."""
        params: list[Any] = [resolved, *(after or (None, None)), *(after or (None, None)), limit]
        rows = self._database.all(
            KNOWN + "WHERE (resolved_at IS NOT NULL) = %s AND (%s::timestamptz IS NULL OR %s::text IS NULL "
            "OR (first_seen, id::text) < (%s, %s)) ORDER BY first_seen DESC, id::text DESC LIMIT %s",
            params,
        )
        return [KnownFinding(*row) for row in rows]

    def resolve(self, finding_id: str, by: str) -> None:
        self._database.execute(
            "UPDATE app.findings SET resolved_at = now(), resolved_by = %s WHERE id::text = %s AND resolved_at IS NULL",
            (by, finding_id),
        )
