"""Members' devices that want to be told: sealed, found again by a blind index; and what they are to be told."""

import contextlib
from collections.abc import Mapping, Sequence
from uuid import uuid4

import orjson

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement, Steps
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.application.ports import Effect
from harrystix.application.push_ports import Device, PushDue
from harrystix.domain.errors import InvalidValue

MOST, TRIES = 10, 5


class PushDesk:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def add(self, member_id: str, device: Device, session_id: str | None = None) -> None:
        self.remove("", device.endpoint)
        if self.count(member_id) >= MOST:
            raise InvalidValue(f"{MOST} devices are the most. Stop another one first.", field="endpoint")
        subscription_id = str(uuid4())
        plain = orjson.dumps([device.endpoint, device.p256dh, device.auth])
        self._database.execute(
            "INSERT INTO vault.push_subscriptions "
            "(subscription_id, member_id, session_id, endpoint_index, wrapped_key, sealed) "
            "VALUES (%s, %s, %s, %b, %b, %b) ON CONFLICT (endpoint_index) DO NOTHING",
            (
                subscription_id,
                member_id,
                session_id,
                self._keys.index("push", device.endpoint),
                *self._keys.seal(plain, place_of(subscription_id)),
            ),
        )

    def remove(self, member_id: str, endpoint: str) -> None:
        """Of anybody where no member is named: who holds the device decides."""
        self._database.execute(
            "DELETE FROM vault.push_subscriptions WHERE endpoint_index = %b AND (%s = '' OR member_id::text = %s)",
            (self._keys.index("push", endpoint), member_id, member_id),
        )

    def has(self, member_id: str, endpoint: str) -> bool:
        row = self._database.one(
            "SELECT 1 FROM vault.push_subscriptions WHERE endpoint_index = %b AND member_id = %s",
            (self._keys.index("push", endpoint), member_id),
        )
        return row is not None

    def count(self, member_id: str) -> int:
        row = self._database.one(
            "SELECT count(*) FROM vault.push_subscriptions WHERE member_id = %s", (member_id,)
        )
        return row[0] if row else 0

    def offer(self, orders: Mapping[str, str]) -> Effect:
        if not orders:
            return Steps()
        return Statement(
            "INSERT INTO app.push_due (subscription_id, member_id, order_id) "
            "SELECT s.subscription_id, s.member_id, x.o FROM unnest(%b::uuid[], %b::uuid[]) AS x (o, m) "
            "JOIN vault.push_subscriptions s ON s.member_id = x.m ON CONFLICT DO NOTHING",
            (list(orders), list(orders.values())),
        )

    def waiting(self) -> bool:
        return self._database.one("SELECT 1 FROM app.push_due WHERE not_before <= now() LIMIT 1") is not None

    def claim(self, limit: int, lease_seconds: float) -> list[PushDue]:
        # Whose device is gone, and what nobody could open, would stand before all others for ever.
        self._database.execute(
            "DELETE FROM app.push_due d WHERE d.not_before <= now() AND (d.attempts > %s OR NOT EXISTS "
            "(SELECT FROM vault.push_subscriptions s WHERE s.subscription_id = d.subscription_id))",
            (TRIES,),
        )
        rows = self._database.all(
            "UPDATE app.push_due d SET not_before = now() + make_interval(secs => %s), attempts = attempts + 1 "
            "FROM (SELECT push_id FROM app.push_due WHERE not_before <= now() ORDER BY not_before LIMIT %s "
            "FOR UPDATE SKIP LOCKED) c, vault.push_subscriptions s "
            "WHERE d.push_id = c.push_id AND s.subscription_id = d.subscription_id "
            "RETURNING d.push_id::text, d.order_id::text, s.subscription_id::text, s.wrapped_key, s.sealed, d.attempts",
            (lease_seconds, limit),
        )
        found: list[PushDue] = []
        for push_id, order_id, subscription_id, wrapped, sealed, attempts in rows:
            with contextlib.suppress(VaultError):
                plain = self._keys.open(bytes(wrapped), bytes(sealed), place_of(subscription_id))
                found.append(
                    PushDue(push_id, order_id, subscription_id, Device(*orjson.loads(plain)), attempts)
                )
        return found

    def done(self, push_ids: Sequence[str]) -> None:
        self._database.execute("DELETE FROM app.push_due WHERE push_id = ANY(%s::uuid[])", (list(push_ids),))

    def gone(self, subscription_id: str) -> None:
        self._database.execute("DELETE FROM app.push_due WHERE subscription_id = %s", (subscription_id,))
        self._database.execute(
            "DELETE FROM vault.push_subscriptions WHERE subscription_id = %s", (subscription_id,)
        )

    def later(self, push_id: str, seconds: float) -> None:
        self._database.execute(
            "UPDATE app.push_due SET not_before = now() + make_interval(secs => %s) WHERE push_id = %s",
            (seconds, push_id),
        )


def place_of(subscription_id: str) -> str:
    """What a sealed row is bound to."""
    return f"vault.push_subscriptions|sealed|{subscription_id}|{subscription_id}"
