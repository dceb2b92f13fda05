"""Which pre-order a payment pays: one, by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harrystix.adapters.postgres.database import Database
from harrystix.application.ports import Effect
from harrystix.domain.errors import AlreadyTaken


class PaymentClaims:
    def __init__(self, database: Database) -> None:
        self._database = database

    def taken(self, payment_ids: Sequence[str]) -> dict[str, str]:
        rows = self._database.all(
            "SELECT payment_id, order_id::text FROM app.payment_claims WHERE payment_id = ANY(%(ids)b::text[]) "
            "UNION SELECT id, order_id::text FROM reporting.payments WHERE id = ANY(%(ids)b::text[])",
            {"ids": list(payment_ids)},
        )
        return {row[0]: row[1] for row in rows}

    def claim(self, payments: Mapping[str, str]) -> Effect:
        return _Claim(dict(payments))


@dataclass(frozen=True, slots=True)
class _Claim:
    payments: dict[str, str]

    def run(self, cursor: Any) -> None:
        if not self.payments:
            return
        cursor.execute(
            "INSERT INTO app.payment_claims AS c (payment_id, order_id) "
            "SELECT * FROM unnest(%b::text[], %b::uuid[]) ON CONFLICT (payment_id) DO UPDATE "
            "SET order_id = excluded.order_id WHERE c.order_id = excluded.order_id",
            (list(self.payments), list(self.payments.values())),
        )
        if cursor.rowcount < len(self.payments):
            raise AlreadyTaken("One of these payments pays another pre-order.")
