"""Members' personal data: sealed, found by a blind index over the canonical address, erasable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import psycopg

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys
from harrystix.adapters.vault.mail_index import FORM, MailIndex
from harrystix.adapters.vault.opening import opened
from harrystix.application.mail_address import mailbox
from harrystix.application.ports import Effect, Member
from harrystix.domain.errors import AlreadyTaken, NotFound


def place_of(member_id: str) -> str:
    """What a member's sealed row is bound to."""
    return f"vault.members|sealed|{member_id}|{member_id}"


class Members:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._addresses = MailIndex(
            database, keys, "members", key="member_id", purpose="member-email", place_of=place_of
        )

    def find(self, email: str) -> str | None:
        return self._addresses.find(email)

    def make_canonical(self, limit: int = 500) -> int:
        return self._addresses.bring_up_to_date(limit)

    def find_or_add(self, members: Sequence[Member]) -> list[str]:
        """Raises BadAddress. Two callers with the same new address get the same id."""
        indexes = [self._addresses.of(member.email) for member in members]
        known = self._addresses.known([member.email for member in members])
        new: dict[bytes, Member] = {}
        for index, member in zip(indexes, members, strict=True):
            if index not in known:
                new.setdefault(index, member)
        if new:
            ids = {index: str(uuid4()) for index in new}
            sealed = [
                self._keys.seal(
                    orjson.dumps([mailbox(member.email), member.name.strip()]), place_of(ids[index])
                )
                for index, member in new.items()
            ]
            self._database.execute(
                "INSERT INTO vault.members (member_id, email_index, wrapped_key, sealed, form) "
                "SELECT *, %s FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[], %b::bytea[]) "
                "ON CONFLICT (email_index) DO NOTHING",
                (
                    FORM,
                    list(ids.values()),
                    list(ids),
                    [pair[0] for pair in sealed],
                    [pair[1] for pair in sealed],
                ),
            )
            known |= self._addresses.known([member.email for member in new.values()])
        return [known[index] for index in indexes]

    def reveal(self, member_ids: Iterable[str]) -> dict[str, Member]:
        rows = self._database.all(
            "SELECT member_id, wrapped_key, sealed FROM vault.members WHERE member_id = ANY(%b::uuid[])",
            (list(member_ids),),
        )
        return opened(self._keys, rows, place_of, lambda words: Member(*words))

    def move(self, member_id: str, email: str) -> Effect:
        known = self.reveal([member_id])
        if member_id not in known:
            raise NotFound(f"There is no member {member_id}.", id=member_id)
        content = orjson.dumps([mailbox(email), known[member_id].name])
        wrapped, sealed = self._keys.seal(content, place_of(member_id))
        return _Move(member_id, self._addresses.of(email), wrapped, sealed)


@dataclass(frozen=True, slots=True)
class _Move:
    member_id: str
    index: bytes
    wrapped: bytes
    sealed: bytes

    def run(self, cursor: Any) -> None:
        try:
            cursor.execute(
                "UPDATE vault.members SET email_index = %b, wrapped_key = %b, sealed = %b, form = %s, trouble = NULL "
                "WHERE member_id = %s",
                (self.index, self.wrapped, self.sealed, FORM, self.member_id),
            )
        except psycopg.errors.UniqueViolation:
            raise AlreadyTaken("Another member has this address.", field="email") from None
        # Whoever had come in over the wrong address may have left another way in.
        cursor.execute(
            "DELETE FROM app.passkeys WHERE kind = 'member' AND subject_id = %s::uuid", (self.member_id,)
        )
        cursor.execute(
            "UPDATE app.api_keys SET revoked_at = now() WHERE member_id = %s::uuid AND revoked_at IS NULL",
            (self.member_id,),
        )
