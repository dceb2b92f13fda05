"""API keys: `htx_<id>_<secret>`, shown once, stored hashed, revoked at once everywhere."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from harrystix.adapters.postgres.database import Database


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """`role`: admin, support or member; `member_id` for a member's key."""

    key_id: str
    role: str
    member_id: str | None


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, role: str, label: str = "", member_id: str | None = None) -> str:
        """The key; it can't be shown again."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32).replace("_", "-")
        self._database.execute(
            "INSERT INTO app.api_keys (key_id, secret_hash, role, member_id, label) VALUES (%s, %s, %s, %s, %s)",
            (key_id, sha256(secret.encode()).digest(), role, member_id, label),
        )
        return f"htx_{key_id}_{secret}"

    def holder(self, key: str) -> KeyHolder | None:
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != "htx" or not secret:
            return None
        row = self._database.one(
            "SELECT secret_hash, role, member_id FROM app.api_keys WHERE key_id = %s AND revoked_at IS NULL",
            (key_id,),
        )
        if row is None or not hmac.compare_digest(row[0], sha256(secret.encode()).digest()):
            return None
        return KeyHolder(key_id, row[1], str(row[2]) if row[2] else None)

    def revoke(self, key_id: str) -> bool:
        return bool(
            self._database.execute(
                "UPDATE app.api_keys SET revoked_at = now() WHERE key_id = %s AND revoked_at IS NULL",
                (key_id,),
            )
        )

    def all(self) -> list[tuple[str, str, str, bool]]:
        """(id, role, label, revoked)."""
        rows = self._database.all(
            "SELECT key_id, role, label, revoked_at IS NOT NULL FROM app.api_keys ORDER BY created_at"
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]
