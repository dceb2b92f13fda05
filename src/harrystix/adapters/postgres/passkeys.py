"""Passkeys by credential, ceremonies by hash of their token, and whom an identity provider means."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from harrystix.adapters.postgres.database import Database
from harrystix.application.identity_ports import Ceremony, Passkey
from harrystix.domain.errors import AlreadyTaken

GOOD_FOR = timedelta(minutes=10)
SELECT: LiteralString = (
    "SELECT credential_id, kind, subject_id::text, public_key, sign_count, transports, aaguid, synced, "
    "backed_up, created_at, used_at FROM app.passkeys "
)


class Passkeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, passkey: Passkey) -> None:
        try:
            self._database.execute(
                "INSERT INTO app.passkeys (credential_id, kind, subject_id, public_key, sign_count, transports, "
                "aaguid, synced, backed_up) VALUES (%b, %s, %s, %b, %s, %s, %s, %s, %s)",
                (
                    passkey.credential_id,
                    passkey.kind,
                    passkey.subject_id,
                    passkey.public_key,
                    passkey.sign_count,
                    list(passkey.transports),
                    passkey.aaguid,
                    passkey.synced,
                    passkey.backed_up,
                ),
            )
        except psycopg.errors.UniqueViolation:
            raise AlreadyTaken("This passkey is here already.") from None

    def find(self, credential_id: bytes) -> Passkey | None:
        row = self._database.one(SELECT + "WHERE credential_id = %b", (credential_id,))
        return _passkey(row) if row else None

    def of(self, kind: str, subject_id: str) -> list[Passkey]:
        rows = self._database.all(
            SELECT + "WHERE kind = %s AND subject_id = %s ORDER BY created_at", (kind, subject_id)
        )
        return [_passkey(row) for row in rows]

    def used(self, passkey: Passkey) -> bool:
        return bool(
            self._database.execute(
                "UPDATE app.passkeys SET sign_count = %s, backed_up = %s, used_at = now() WHERE credential_id = %b "
                "AND (sign_count < %s OR (sign_count = 0 AND %s = 0))",
                (
                    passkey.sign_count,
                    passkey.backed_up,
                    passkey.credential_id,
                    passkey.sign_count,
                    passkey.sign_count,
                ),
            )
        )

    def remove(self, kind: str, subject_id: str, credential_id: bytes) -> bool:
        return bool(
            self._database.execute(
                "DELETE FROM app.passkeys WHERE kind = %s AND subject_id = %s AND credential_id = %b",
                (kind, subject_id, credential_id),
            )
        )


def _passkey(row: tuple[Any, ...]) -> Passkey:
    return Passkey(bytes(row[0]), row[1], row[2], bytes(row[3]), row[4], tuple(row[5]), *row[6:])


class Ceremonies:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, kind: str, secret: Mapping[str, Any], now: datetime, subject_id: str | None = None
    ) -> str:
        token = secrets.token_urlsafe(32)
        self._database.execute("DELETE FROM app.ceremonies WHERE expires_at < %s", (now,))
        self._database.execute(
            "INSERT INTO app.ceremonies (token_hash, kind, subject_id, secret, expires_at) VALUES (%b, %s, %s, %s, %s)",
            (sha256(token.encode()).digest(), kind, subject_id, Jsonb(dict(secret)), now + GOOD_FOR),
        )
        return token

    def take(self, token: str, kind: str, now: datetime) -> Ceremony | None:
        row = self._database.one(
            "DELETE FROM app.ceremonies WHERE token_hash = %b RETURNING kind, subject_id::text, secret, expires_at",
            (sha256(token.encode()).digest(),),
        )
        return Ceremony(*row[:3]) if row and row[0] == kind and row[3] > now else None


class Identities:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, issuer: str, subject: str) -> str | None:
        row = self._database.one(
            "SELECT staff_id::text FROM app.identities WHERE issuer = %s AND subject = %s", (issuer, subject)
        )
        return row[0] if row else None

    def link(self, issuer: str, subject: str, staff_id: str) -> bool:
        return bool(
            self._database.execute(
                "INSERT INTO app.identities (issuer, subject, staff_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (issuer, subject, staff_id),
            )
        )
