"""Whom a capture run looks at, by placement; and who is which customer of the payment provider."""

from datetime import datetime

from harrystix.adapters.postgres.database import Database


class OpenOrders:
    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self) -> int:
        row = self._database.one("SELECT position FROM reporting.positions WHERE model = 'member_orders'")
        return row[0] if row else 0

    def oldest(self) -> datetime | None:
        row = self._database.one(
            "SELECT min(placed_at) FROM reporting.member_orders WHERE status IN ('placed', 'processing')"
        )
        return row[0] if row else None

    def page(self, before: datetime, after: int, limit: int) -> list[tuple[int, str]]:
        rows = self._database.all(
            "SELECT position, id::text FROM reporting.member_orders WHERE status IN ('placed', 'processing') "
            "AND placed_at < %s AND position > %s ORDER BY position LIMIT %s",
            (before, after, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def unserved(self, before: datetime) -> list[str]:
        rows = self._database.all(
            "SELECT DISTINCT e.id::text FROM reporting.events e JOIN reporting.member_orders m ON m.event_id = e.id "
            "WHERE least(e.starts_at, e.allocation_ends_at) < %s AND m.status IN ('confirmed', 'waiting_for_stock')",
            (before,),
        )
        return [row[0] for row in rows]

    def begun(self, now: datetime, limit: int, after: str = "") -> list[str]:
        rows = self._database.all(
            "SELECT m.id::text FROM reporting.member_orders m JOIN reporting.events e ON e.id = m.event_id "
            "WHERE m.status = 'processing' AND e.starts_at <= %s AND m.id > %s::uuid "
            "AND NOT EXISTS (SELECT FROM reporting.due_work d WHERE d.kind = 'capture' AND d.subject = m.id::text) "
            "ORDER BY m.id LIMIT %s",
            (now, after or "00000000-0000-0000-0000-000000000000", limit),
        )
        return [row[0] for row in rows]

    def processing(self, event_id: str, limit: int, after: str = "") -> list[str]:
        rows = self._database.all(
            "SELECT m.id::text FROM reporting.member_orders m WHERE m.event_id = %s AND m.status = 'processing' "
            "AND m.id > %s::uuid AND NOT EXISTS "
            "(SELECT FROM reporting.due_work d WHERE d.kind = 'capture' AND d.subject = m.id::text) "
            "ORDER BY m.id LIMIT %s",
            (event_id, after or "00000000-0000-0000-0000-000000000000", limit),
        )
        return [row[0] for row in rows]

    def of_member(self, member_id: str, since: datetime) -> list[str] | None:
        behind = self._database.one(
            "SELECT 1 FROM reporting.positions WHERE model = 'member_orders' AND recorded_at <= %s "
            "AND position < (SELECT max(notification_id) FROM log.stored_events)",
            (since,),
        )
        if behind:
            return None
        rows = self._database.all(
            "SELECT id::text FROM reporting.member_orders WHERE member_id = %s "
            "AND status IN ('placed', 'processing')",
            (member_id,),
        )
        return [row[0] for row in rows]

    def expiring(self, month: int, limit: int, after: str = "") -> list[str]:
        rows = self._database.all(
            "SELECT id::text FROM reporting.member_orders WHERE status IN ('placed', 'processing') "
            "AND needs = '' AND card_expires BETWEEN 1 AND %s - 1 AND id > %s::uuid ORDER BY id LIMIT %s",
            (month, after or "00000000-0000-0000-0000-000000000000", limit),
        )
        return [row[0] for row in rows]


class Customers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, member_id: str) -> str | None:
        row = self._database.one("SELECT customer_id FROM app.customers WHERE member_id = %s", (member_id,))
        return row[0] if row else None

    def keep(self, member_id: str, customer_id: str) -> str | None:
        self._database.execute(
            "INSERT INTO app.customers (member_id, customer_id) SELECT member_id, %s FROM vault.members "
            "WHERE member_id = %s FOR SHARE ON CONFLICT DO NOTHING",
            (customer_id, member_id),
        )
        return self.find(member_id)

    def replace(self, member_id: str, before: str, customer_id: str) -> str | None:
        self._database.execute(
            "UPDATE app.customers SET customer_id = %s WHERE member_id = %s AND customer_id = %s",
            (customer_id, member_id, before),
        )
        return self.find(member_id)

    def member_of(self, customer_id: str) -> str:
        row = self._database.one(
            "SELECT member_id::text FROM app.customers WHERE customer_id = %s", (customer_id,)
        )
        return row[0] if row else ""
