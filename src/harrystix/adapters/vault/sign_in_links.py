"""Links by mail: addresses sealed while they wait, tokens by hash only."""

import contextlib
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from psycopg.sql import SQL, Identifier

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.application.mail_address import spelled_alike

GOOD_FOR = timedelta(minutes=15)
LEASE = 30.0


class SignInLinks:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def request(self, email: str) -> None:
        request_id = str(uuid4())
        self._database.execute(
            "INSERT INTO vault.sign_in_requests (request_id, wrapped_key, sealed) VALUES (%s, %b, %b)",
            (request_id, *self._keys.seal(email.encode(), _place("sign_in_requests", request_id))),
        )

    def over(self) -> list[str]:
        rows = self._database.all(
            "DELETE FROM vault.sign_in_requests WHERE requested_at < now() - interval '15 minutes' "
            "RETURNING request_id::text"
        )
        return [row[0] for row in rows]

    def due(self, limit: int) -> list[tuple[str, str]]:
        rows = self._database.all(
            "UPDATE vault.sign_in_requests r SET not_before = now() + make_interval(secs => %s) "
            "FROM (SELECT request_id FROM vault.sign_in_requests WHERE not_before <= now() ORDER BY requested_at "
            "LIMIT %s FOR UPDATE SKIP LOCKED) c WHERE r.request_id = c.request_id "
            "RETURNING r.request_id::text, r.wrapped_key, r.sealed",
            (LEASE, limit),
        )
        found: list[tuple[str, str]] = []
        for request_id, wrapped, sealed in rows:
            place = _place("sign_in_requests", request_id)
            with contextlib.suppress(VaultError):
                found.append((request_id, self._keys.open(bytes(wrapped), bytes(sealed), place).decode()))
        return found

    def done(self, request_id: str) -> None:
        self._database.execute("DELETE FROM vault.sign_in_requests WHERE request_id = %s", (request_id,))

    def make(self, email: str, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        digest = sha256(token.encode()).digest()
        self._database.execute(
            "INSERT INTO vault.sign_in_links (token_hash, wrapped_key, sealed, expires_at) VALUES (%b, %b, %b, %s)",
            (digest, *self._keys.seal(email.encode(), _place("sign_in_links", digest.hex())), now + GOOD_FOR),
        )
        return token

    def use(self, token: str, now: datetime) -> str | None:
        digest = sha256(token.encode()).digest()
        row = self._database.one(
            "DELETE FROM vault.sign_in_links WHERE token_hash = %b RETURNING wrapped_key, sealed, expires_at",
            (digest,),
        )
        self._database.execute("DELETE FROM vault.sign_in_links WHERE expires_at < %s", (now,))
        if row is None or row[2] < now:
            return None
        place = _place("sign_in_links", digest.hex())
        try:
            return self._keys.open(bytes(row[0]), bytes(row[1]), place).decode()
        except VaultError:
            # Its master key was retired meanwhile: the link has come to its end before its time.
            return None


def _place(table: str, row: str) -> str:
    return f"vault.{table}|sealed|{row}|{row}"


def held_for(cursor: Any, keys: Keys, email: str) -> list[tuple[str, str, Any]]:
    """(table, key column, key) of everything that waits for an address: few rows, each for 15 minutes at most."""
    found: list[tuple[str, str, Any]] = []
    for table, column in (("sign_in_requests", "request_id"), ("sign_in_links", "token_hash")):
        cursor.execute(
            SQL("SELECT {}, wrapped_key, sealed FROM {}").format(
                Identifier(column), Identifier("vault", table)
            )
        )
        for key, wrapped, sealed in cursor.fetchall():
            place = _place(table, bytes(key).hex() if table == "sign_in_links" else str(key))
            with contextlib.suppress(VaultError):
                waiting = keys.open(bytes(wrapped), bytes(sealed), place).decode()
                if spelled_alike(waiting) == spelled_alike(email):
                    found.append((table, column, key))
    return found
