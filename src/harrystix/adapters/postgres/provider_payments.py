"""What the payment provider is known to have of our pre-orders, as somebody has read it there."""

from collections.abc import Sequence
from datetime import datetime

from harrystix.adapters.postgres.database import Database
from harrystix.application.payment_ports import Payment

NAME = "payments"


class ProviderPayments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def read_until(self) -> datetime | None:
        row = self._database.one("SELECT until_at FROM app.provider_reads WHERE name = %s", (NAME,))
        return row[0] if row else None

    def add(self, payments: Sequence[Payment], until: datetime | None) -> None:
        ours = [payment for payment in payments if payment.order_id]
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO app.provider_payments (payment_id, order_id, created_at) "
                "SELECT * FROM unnest(%b::text[], %b::text[], %b::timestamptz[]) ON CONFLICT DO NOTHING",
                (
                    [payment.payment_id for payment in ours],
                    [payment.order_id for payment in ours],
                    [payment.created for payment in ours],
                ),
            )
            if until is not None:
                # One that lies ahead was written by a clock that was wrong.
                cursor.execute(
                    "INSERT INTO app.provider_reads AS r (name, until_at) VALUES (%s, %s) "
                    "ON CONFLICT (name) DO UPDATE SET until_at = CASE WHEN r.until_at > now() "
                    "THEN excluded.until_at ELSE greatest(r.until_at, excluded.until_at) END",
                    (NAME, until),
                )

    def of(self, order_ids: Sequence[str]) -> dict[str, set[str]]:
        rows = self._database.all(
            "SELECT order_id, array_agg(payment_id) FROM app.provider_payments WHERE order_id = ANY(%b::text[]) "
            "GROUP BY 1",
            (list(order_ids),),
        )
        return {order_id: set(found) for order_id, found in rows}


class ProviderReads:
    """How far providers were read, beside the log: a restore sets both back alike."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def until(self, name: str) -> datetime | None:
        row = self._database.one("SELECT until_at FROM app.provider_reads WHERE name = %s", (name,))
        return row[0] if row else None

    def note(self, name: str, until: datetime) -> None:
        self._database.execute(
            "INSERT INTO app.provider_reads AS r (name, until_at) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET until_at = greatest(r.until_at, excluded.until_at)",
            (name, until),
        )
