"""From where a command came: address and program of the caller, sealed beside the log, by command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys


@dataclass(frozen=True, slots=True)
class Origin:
    actor: str
    role: str
    request_id: str
    ip: str
    user_agent: str


class Requests:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def record(self, command_id: str, origin: Origin) -> None:
        """Before the command: what it does is never without it. The first one stays."""
        self._database.execute(
            "INSERT INTO vault.requests (command_id, actor, role, request_id, wrapped_key, sealed) "
            "VALUES (%s, %s, %s, %s, %b, %b) ON CONFLICT DO NOTHING",
            (
                command_id,
                origin.actor,
                origin.role,
                origin.request_id,
                *self._keys.seal(orjson.dumps([origin.ip, origin.user_agent[:300]]), place_of(command_id)),
            ),
        )

    def of(self, command_ids: Sequence[str]) -> dict[str, Origin]:
        rows = self._database.all(
            "SELECT command_id::text, actor, role, request_id, wrapped_key, sealed FROM vault.requests "
            "WHERE command_id = ANY(%s::uuid[])",
            (list(command_ids),),
        )
        return {
            row[0]: Origin(
                row[1],
                row[2],
                row[3],
                *orjson.loads(self._keys.open(bytes(row[4]), bytes(row[5]), place_of(row[0]))),
            )
            for row in rows
        }

    def by(self, actor: str, most: int = 1000) -> list[tuple[datetime, Origin]]:
        """The newest of somebody, newest first."""
        rows = self._database.all(
            "SELECT at, command_id::text FROM vault.requests WHERE actor = %s ORDER BY at DESC LIMIT %s",
            (actor, most),
        )
        found = self.of([row[1] for row in rows])
        return [(row[0], found[row[1]]) for row in rows if row[1] in found]


def place_of(command_id: str) -> str:
    return f"vault.requests|sealed|{command_id}|{command_id}"
