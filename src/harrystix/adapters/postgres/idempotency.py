"""Idempotency-Key: the same key gives the same answer, effects once (I12)."""

from dataclasses import dataclass

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class KeyReused(Exception):
    """The same key with another request."""


class InFlight(Exception):
    """The first request with this key is still being worked on."""


class Idempotency:
    """Answers may hold what a person may see once more, and nobody else: they are sealed."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def begin(self, actor: str, key: str, request_hash: bytes) -> Answer | None:
        """None: do the work, then `finish` or `forget`. Raises KeyReused, InFlight.

        A request that died half-way is taken over after a minute; its commands are recognised in the log.
        """
        if self._database.execute(
            "INSERT INTO app.idempotency AS i (actor, key, request_hash) VALUES (%s, %s, %s) "
            "ON CONFLICT (actor, key) DO UPDATE SET created_at = now() WHERE i.status IS NULL "
            "AND i.request_hash = excluded.request_hash AND i.created_at < now() - interval '1 minute'",
            (actor, key, request_hash),
        ):
            return None
        row = self._database.one(
            "SELECT request_hash, status, wrapped_key, body FROM app.idempotency WHERE actor = %s AND key = %s",
            (actor, key),
        )
        if row is None:
            raise InFlight
        if row[0] != request_hash:
            raise KeyReused
        if row[1] is None:
            raise InFlight
        try:
            return Answer(row[1], self._keys.open(bytes(row[2]), bytes(row[3]), _place(actor, key)))
        except VaultError:
            # Sealed under a master key that is gone: what was done is done, and can be looked up.
            raise Conflict("This request was carried out already; its answer is no longer kept.") from None

    def finish(self, actor: str, key: str, answer: Answer) -> None:
        self._database.execute(
            "UPDATE app.idempotency SET status = %s, wrapped_key = %b, body = %b WHERE actor = %s AND key = %s",
            (answer.status, *self._keys.seal(answer.body, _place(actor, key)), actor, key),
        )

    def forget(self, actor: str, key: str) -> None:
        self._database.execute(
            "DELETE FROM app.idempotency WHERE actor = %s AND key = %s AND status IS NULL", (actor, key)
        )


def _place(actor: str, key: str) -> str:
    return f"app.idempotency|body|{actor}/{key}|{actor}"
