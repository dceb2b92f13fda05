"""API keys: `htx_<id>_<secret>`, shown once, stored hashed, revoked at once everywhere."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.secrets import same


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """`member_id` for a member's key, `scopes` for a partner's; `events`: which ones it is for, None: all.

    `partner_id`: the first of a partner's keys, of which this one may be a replacement.
    """

    key_id: str
    role: str
    member_id: str | None
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] | None = None
    partner_id: str = ""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Everything but the secret, which nobody has. `state`: live, waiting (for approval), expired or revoked."""

    key_id: str
    role: str
    label: str
    scopes: list[str]
    events: list[str] | None
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        role: str,
        label: str = "",
        member_id: str | None = None,
        *,
        scopes: Sequence[str] = (),
        events: Sequence[str] | None = None,
        active: bool = True,
        expires_at: datetime | None = None,
        created_by: str = "",
        replaces: str | None = None,
    ) -> str:
        """The key; it can't be shown again. One that is not active waits for `activate`.

        `replaces`: a key of the same partner, live or not.
        """
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32).replace("_", "-")
        self._database.execute(
            "INSERT INTO app.api_keys (key_id, secret_hash, role, member_id, label, scopes, events, active, "
            "expires_at, created_by, partner_id) VALUES (%s, %s, %s, %s, %s, %s, %s::uuid[], %s, %s, %s, "
            "(SELECT coalesce(partner_id, key_id) FROM app.api_keys WHERE key_id = %s))",
            (
                key_id,
                sha256(secret.encode()).digest(),
                role,
                member_id,
                label,
                list(scopes),
                None if events is None else list(events),
                active,
                expires_at,
                created_by,
                replaces,
            ),
        )
        return f"htx_{key_id}_{secret}"

    def holder(self, key: str) -> KeyHolder | None:
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != "htx" or not secret or "\0" in key_id:
            return None
        row = self._database.one(
            "SELECT secret_hash, role, member_id, scopes, events::text[], last_used_at < now() - interval '1 minute', "
            "coalesce(partner_id, key_id) FROM app.api_keys WHERE key_id = %s AND revoked_at IS NULL AND active "
            "AND (expires_at IS NULL OR expires_at > now())",
            (key_id,),
        )
        if row is None or not same(sha256(secret.encode()).digest(), row[0]):
            return None
        if row[5] is not False:
            self._database.execute(
                "UPDATE app.api_keys SET last_used_at = now() WHERE key_id = %s", (key_id,)
            )
        events = None if row[4] is None else frozenset(row[4])
        member_id = str(row[2]) if row[2] else None
        return KeyHolder(key_id, row[1], member_id, frozenset(row[3]), events, row[6])

    def maker(self, key_id: str) -> str | None:
        """The actor behind it, however many keys were made with keys; None where there is no such key."""
        found, seen = None, set[str]()
        while key_id not in seen:
            seen.add(key_id)
            row = self._database.one("SELECT created_by FROM app.api_keys WHERE key_id = %s", (key_id,))
            if row is None:
                return found
            found, key_id = row[0], row[0].removeprefix("staff:")
        return found

    def partners(self, key_id: str) -> bool:
        """Whether it is, or was, a key of a partner."""
        row = self._database.one(
            "SELECT 1 FROM app.api_keys WHERE key_id = %s AND role = 'partner'", (key_id,)
        )
        return row is not None

    def activate(self, key_id: str) -> None:
        self._database.execute("UPDATE app.api_keys SET active = true WHERE key_id = %s", (key_id,))

    def revoke(self, key_id: str) -> bool:
        return bool(
            self._database.execute(
                "UPDATE app.api_keys SET revoked_at = now() WHERE key_id = %s AND revoked_at IS NULL",
                (key_id,),
            )
        )

    def all(self) -> list[KeyRow]:
        """Members' own ones are theirs and not listed."""
        rows = self._database.all(
            "SELECT key_id, role, label, scopes, events::text[], CASE WHEN revoked_at IS NOT NULL THEN 'revoked' "
            "WHEN NOT active THEN 'waiting' WHEN expires_at < now() THEN 'expired' ELSE 'live' END, created_by, "
            "created_at, expires_at, last_used_at FROM app.api_keys WHERE role <> 'member' ORDER BY created_at"
        )
        return [KeyRow(*row) for row in rows]
