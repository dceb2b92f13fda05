"""Provider messages, stored before their 2xx, worked on afterwards, each once."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from harrystix.adapters.postgres.database import Database
from harrystix.application.inbox_ports import InboxItem, ParkedItem


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, provider: str, external_id: str, kind: str, hint: dict[str, Any]) -> bool:
        return bool(
            self._database.execute(
                "INSERT INTO app.inbox (provider, external_id, kind, hint) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (provider, external_id) DO NOTHING",
                (provider, external_id, kind, Jsonb(hint)),
            )
        )

    def claim(self, provider: str, limit: int, lease_seconds: float) -> list[InboxItem]:
        rows = self._database.all(
            "UPDATE app.inbox i SET not_before = now() + make_interval(secs => %s), attempts = attempts + 1 "
            "FROM (SELECT id FROM app.inbox WHERE state = 'pending' AND provider = %s "
            "AND not_before <= now() ORDER BY not_before LIMIT %s FOR UPDATE SKIP LOCKED) c WHERE i.id = c.id "
            "RETURNING i.id, i.provider, i.kind, i.hint, i.received_at, i.attempts",
            (lease_seconds, provider, limit),
        )
        return sorted((InboxItem(*row) for row in rows), key=lambda item: item.id)

    def settle(self, item_ids: Sequence[int], state: str, note: str = "") -> None:
        self._database.execute(
            "UPDATE app.inbox SET state = %s, note = %s WHERE id = ANY(%s)", (state, note, list(item_ids))
        )

    def later(self, item_id: int, seconds: float, note: str, *, tried: bool = True) -> None:
        self._database.execute(
            "UPDATE app.inbox SET not_before = now() + make_interval(secs => %s), note = %s, "
            "attempts = greatest(attempts - %s, 0) WHERE id = %s",
            (seconds, note, 0 if tried else 1, item_id),
        )

    def revive(self, payment_ids: Sequence[str]) -> int:
        return self._database.execute(
            "UPDATE app.inbox SET state = 'pending', attempts = 0, not_before = now() "
            "WHERE state = 'parked' AND provider = 'stripe' AND hint->>'payment_intent' = ANY(%s)",
            (list(payment_ids),),
        )

    def parked(self, limit: int, after: int = 0) -> list[ParkedItem]:
        """The oldest first; `after`: the id of the last one seen."""
        rows = self._database.all(
            "SELECT id, provider, kind, state, note, attempts, received_at FROM app.inbox "
            "WHERE state = 'parked' AND id > %s ORDER BY id LIMIT %s",
            (after, limit),
        )
        return [ParkedItem(*row) for row in rows]

    def replay(self, item_ids: Sequence[int]) -> int:
        return self._database.execute(
            "UPDATE app.inbox SET state = 'pending', attempts = 0, not_before = now() "
            "WHERE id = ANY(%s) AND state = 'parked'",
            (list(item_ids),),
        )

    def drop(self, item_id: int, why: str) -> bool:
        return bool(
            self._database.execute(
                "UPDATE app.inbox SET state = 'ignored', note = %s WHERE id = %s AND state = 'parked'",
                (why, item_id),
            )
        )

    def intents(self, message_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        rows = self._database.all(
            "SELECT message_id, intent_id, order_id FROM app.mail_ledger WHERE message_id = ANY(%s)",
            (list(message_ids),),
        )
        return {message: (str(intent), str(order)) for message, intent, order in rows}
