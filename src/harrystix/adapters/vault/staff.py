"""Staff: address, name and second factor sealed, password by argon2id, recovery codes by hash."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
import psycopg
import pyotp
import structlog
from pwdlib import PasswordHash
from pyotp.totp import TOTP

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement, Steps
from harrystix.adapters.secrets import same
from harrystix.adapters.vault.hashing import Rationed
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.adapters.vault.mail_index import FORM, MailIndex
from harrystix.application.mail_address import mailbox
from harrystix.application.people_ports import Credentials, NewStaff, Post, StaffRow
from harrystix.application.ports import Effect
from harrystix.domain.errors import AlreadyTaken, InvalidValue

log = structlog.get_logger()
SHORTEST, LONGEST = 12, 200
CODES = 10
STEP = 30
ISSUER = "Harry's Tix"
# Of those of twelve characters and more that everybody tries first.
WELL_KNOWN = {"password1234", "123456789012", "qwertyuiop12", "letmein12345", "administrator", "harrystix123"}
PASSWORDS = PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    """Checked for addresses that nobody has, so that they take as long; made once, when the process starts."""
    return PASSWORDS.hash(secrets.token_urlsafe(16))


class Staff:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys
        self._passwords = Rationed(PASSWORDS)
        self._nobody = _nobodys_hash()
        self._addresses = MailIndex(
            database, keys, "staff", key="staff_id", purpose="staff-email", place_of=place_of
        )

    def find(self, email: str) -> str | None:
        return self._addresses.find(email)

    def make_canonical(self, limit: int = 500) -> int:
        return self._addresses.bring_up_to_date(limit)

    def post(self, staff_id: str) -> Post | None:
        row = self._database.one(
            "SELECT role, events::text[] FROM vault.staff WHERE staff_id = %s AND NOT disabled", (staff_id,)
        )
        return Post(*row) if row else None

    def make_credentials(self, email: str, password: str) -> Credentials:
        if not SHORTEST <= len(password) <= LONGEST:
            raise InvalidValue(f"The password has {SHORTEST} to {LONGEST} characters.", field="password")
        if password.lower() in WELL_KNOWN or len(set(password)) < 4:
            raise InvalidValue("This password is one of the first that anybody tries.", field="password")
        uri = TOTP(pyotp.random_base32()).provisioning_uri(name=email.strip(), issuer_name=ISSUER)
        codes = ["-".join(secrets.token_hex(2) for _ in range(4)) for _ in range(CODES)]
        return Credentials(password, uri, codes)

    def add(self, new: NewStaff, credentials: Credentials, *, waiting: bool = False) -> Effect:
        wrapped, sealed = self._seal(new.staff_id, new.email, new.name, credentials)
        return _Add(
            new.staff_id,
            (
                new.staff_id,
                self._addresses.of(new.email),
                wrapped,
                sealed,
                self._passwords.hash(credentials.password),
                new.role,
                waiting,
                waiting,
            ),
            _hashes(credentials.recovery_codes),
        )

    def change(
        self,
        staff_id: str,
        *,
        role: str | None = None,
        disabled: bool | None = None,
        events: Sequence[str] | None = None,
    ) -> Effect:
        return Statement(
            "UPDATE vault.staff SET role = coalesce(%s, role), disabled = coalesce(%s, disabled), "
            "events = coalesce(%s::uuid[], events) WHERE staff_id = %s",
            (role, disabled, None if events is None else list(events), staff_id),
        )

    def arrived(self, staff_id: str) -> None:
        self._database.execute(
            "UPDATE vault.staff SET invited = false WHERE staff_id = %s AND invited", (staff_id,)
        )

    def invited(self, staff_id: str) -> bool:
        row = self._database.one(
            "SELECT 1 FROM vault.staff WHERE staff_id = %s AND invited AND NOT disabled", (staff_id,)
        )
        return row is not None

    def awaited(self, staff_id: str) -> bool:
        row = self._database.one("SELECT 1 FROM vault.staff WHERE staff_id = %s AND invited", (staff_id,))
        return row is not None

    def unanswered(self, before: datetime) -> list[str]:
        rows = self._database.all(
            "SELECT staff_id::text FROM vault.staff WHERE invited AND created_at < %s", (before,)
        )
        return [row[0] for row in rows]

    def withdraw(self, staff_id: str) -> Effect:
        return Steps(
            Statement("DELETE FROM app.recovery_codes WHERE staff_id = %s", (staff_id,)),
            Statement("DELETE FROM vault.staff WHERE staff_id = %s AND invited", (staff_id,)),
        )

    def reset(self, staff_id: str, credentials: Credentials) -> Effect:
        known = next(row for row in self.all() if row.staff_id == staff_id)
        wrapped, sealed = self._seal(staff_id, known.email, known.name, credentials)
        return Steps(
            Statement(
                "UPDATE vault.staff SET wrapped_key = %b, sealed = %b, password_hash = %s, "
                "invited = false WHERE staff_id = %s",
                (wrapped, sealed, self._passwords.hash(credentials.password), staff_id),
            ),
            Statement("DELETE FROM app.recovery_codes WHERE staff_id = %s", (staff_id,)),
            Statement("DELETE FROM app.passkeys WHERE kind = 'staff' AND subject_id = %s", (staff_id,)),
            Statement("DELETE FROM app.identities WHERE staff_id = %s", (staff_id,)),
            _codes(staff_id, _hashes(credentials.recovery_codes)),
        )

    def check(self, staff_id: str | None, password: str, code: str, now: datetime) -> str:
        row = staff_id and self._database.one(
            "SELECT password_hash, wrapped_key, sealed, disabled FROM vault.staff WHERE staff_id = %s",
            (staff_id,),
        )
        stored = row[0] if row else self._nobody
        right = self._passwords.verify(password[:LONGEST], stored)
        if not row or not staff_id or row[3] or not right:
            return ""
        return self._totp(staff_id, bytes(row[1]), bytes(row[2]), code, now) or self._recovery(staff_id, code)

    def all(self) -> list[StaffRow]:
        rows = self._database.all(
            "SELECT staff_id::text, wrapped_key, sealed, role, disabled, events::text[] FROM vault.staff "
            "ORDER BY created_at"
        )
        found: list[StaffRow] = []
        for staff_id, wrapped, sealed, role, disabled, events in rows:
            try:
                email, name, _ = self._open(staff_id, bytes(wrapped), bytes(sealed))
            except VaultError as error:
                # Everybody else can still be invited, let in and shown.
                log.error("vault.sealed", place=place_of(staff_id), why=str(error))
                continue
            found.append(StaffRow(staff_id, email, name, role, disabled, events))
        return found

    def _totp(self, staff_id: str, wrapped: bytes, sealed: bytes, code: str, now: datetime) -> str:
        """The step before and the one after are good as well, for clocks that are off; each step once."""
        _, _, uri = self._open(staff_id, wrapped, sealed)
        totp = pyotp.parse_uri(uri)
        step = int(now.timestamp()) // STEP
        for near in (step, step - 1, step + 1):
            if isinstance(totp, TOTP) and same(code.strip(), totp.at(near * STEP)):
                used = self._database.execute(
                    "UPDATE vault.staff SET last_step = %s WHERE staff_id = %s AND last_step < %s",
                    (near, staff_id, near),
                )
                return "totp" if used else ""
        return ""

    def _recovery(self, staff_id: str, code: str) -> str:
        used = self._database.execute(
            "DELETE FROM app.recovery_codes WHERE staff_id = %s AND code_hash = %b",
            (staff_id, _hashes([code])[0]),
        )
        return "recovery_code" if used else ""

    def _seal(self, staff_id: str, email: str, name: str, credentials: Credentials) -> tuple[bytes, bytes]:
        return self._keys.seal(orjson.dumps([mailbox(email), name, credentials.uri]), place_of(staff_id))

    def _open(self, staff_id: str, wrapped: bytes, sealed: bytes) -> tuple[str, str, str]:
        email, name, uri = orjson.loads(self._keys.open(wrapped, sealed, place_of(staff_id)))
        return email, name, uri


def place_of(staff_id: str) -> str:
    return f"vault.staff|sealed|{staff_id}|{staff_id}"


def _hashes(codes: Sequence[str]) -> list[bytes]:
    """64 random bits each: a plain hash is enough."""
    return [sha256(code.strip().lower().encode()).digest() for code in codes]


def _codes(staff_id: str, hashes: Sequence[bytes]) -> Effect:
    return Statement(
        "INSERT INTO app.recovery_codes SELECT %s, unnest(%b::bytea[])", (staff_id, list(hashes))
    )


class _Add:
    def __init__(self, staff_id: str, row: Sequence[Any], hashes: Sequence[bytes]) -> None:
        self._staff_id, self._row, self._hashes = staff_id, row, hashes

    def run(self, cursor: Any) -> None:
        try:
            cursor.execute(
                "INSERT INTO vault.staff (staff_id, email_index, wrapped_key, sealed, password_hash, role, "
                "disabled, invited, form) VALUES (%s, %b, %b, %b, %s, %s, %s, %s, %s)",
                (*self._row, FORM),
            )
        except psycopg.errors.UniqueViolation:
            raise AlreadyTaken("There is somebody with this address already.", field="email") from None
        _codes(self._staff_id, self._hashes).run(cursor)
