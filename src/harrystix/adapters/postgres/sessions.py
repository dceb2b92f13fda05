"""Sessions on the server, by hash of their token: listed, revoked at once, with an idle and an absolute end."""

import contextlib
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.application.people_ports import Session

# kind -> (idle, absolute)
ENDS = {
    "staff": (timedelta(minutes=30), timedelta(hours=12)),
    "member": (timedelta(days=30), timedelta(days=90)),
}
SEEN_EVERY = timedelta(minutes=1)
COLUMNS = (
    "session_id::text, kind, subject_id::text, wrapped_key, sealed, created_at, seen_at, confirmed_at, expires_at, "
    "CASE WHEN viewing_until > now() THEN viewing::text END"
)


class Sessions:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def open(self, kind: str, subject_id: str, device: str, now: datetime) -> tuple[str, str]:
        session_id, token = str(uuid4()), secrets.token_urlsafe(32)
        self._database.execute(
            "INSERT INTO app.sessions (session_id, token_hash, kind, subject_id, wrapped_key, sealed, created_at, "
            "seen_at, confirmed_at, expires_at) VALUES (%s, %b, %s, %s, %b, %b, %s, %s, %s, %s)",
            (
                session_id,
                _hash(token),
                kind,
                subject_id,
                *self._keys.seal(device.encode(), _place(session_id)),
                now,
                now,
                now,
                now + ENDS[kind][1],
            ),
        )
        return session_id, token

    def find(self, token: str, now: datetime, *, seen: bool = True) -> Session | None:
        row = self._database.one(
            # Who is erased meanwhile is nobody, whatever is still open.
            f"SELECT {COLUMNS} FROM app.sessions s WHERE token_hash = %b AND (kind <> 'member' "  # noqa: S608  ours
            "OR EXISTS (SELECT FROM vault.members m WHERE m.member_id = s.subject_id))",
            (_hash(token),),
        )
        if row is None:
            return None
        found = self._session(row, with_device=False)
        idle, _ = ENDS[found.kind]
        if found.expires_at <= now or now - found.seen_at > idle:
            self._database.execute("DELETE FROM app.sessions WHERE session_id = %s", (found.session_id,))
            return None
        if seen and now - found.seen_at > SEEN_EVERY:
            self._database.execute(
                "UPDATE app.sessions SET seen_at = %s WHERE session_id = %s", (now, found.session_id)
            )
        return found

    def of(self, kind: str, subject_id: str, now: datetime) -> list[Session]:
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM app.sessions WHERE kind = %s AND subject_id = %s AND expires_at > %s "  # noqa: S608
            "ORDER BY seen_at DESC",
            (kind, subject_id, now),
        )
        return [self._session(row) for row in rows]

    def confirm(self, session_id: str, now: datetime) -> None:
        self._database.execute(
            "UPDATE app.sessions SET confirmed_at = %s WHERE session_id = %s", (now, session_id)
        )

    def view(self, session_id: str, member_id: str | None, until: datetime) -> None:
        self._database.execute(
            "UPDATE app.sessions SET viewing = %s, viewing_until = %s WHERE session_id = %s",
            (member_id, until, session_id),
        )

    def close(self, subject_id: str, session_id: str | None = None) -> int:
        # Who has signed out there is not told anything there any more.
        self._database.execute(
            "DELETE FROM vault.push_subscriptions WHERE member_id = %s AND (%s::uuid IS NULL OR session_id = %s)",
            (subject_id, session_id, session_id),
        )
        if session_id:
            return self._database.execute(
                "DELETE FROM app.sessions WHERE subject_id = %s AND session_id = %s", (subject_id, session_id)
            )
        return self._database.execute("DELETE FROM app.sessions WHERE subject_id = %s", (subject_id,))

    def _session(self, row: tuple[Any, ...], *, with_device: bool = True) -> Session:
        """The device is opened for lists only, not for every request."""
        device = ""
        if with_device:
            # Under a master key that was retired since, it is not known any more.
            with contextlib.suppress(VaultError):
                device = self._keys.open(bytes(row[3]), bytes(row[4]), _place(row[0])).decode()
        values: list[Any] = [*row[:3], device, *row[5:]]
        return Session(*values)


def _place(session_id: str) -> str:
    return f"app.sessions|sealed|{session_id}|{session_id}"


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
