"""Names and codes of ticketed events, written in the same transaction as the events that set them."""

from collections.abc import Iterable
from typing import Any

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement
from harrystix.application.naming import key
from harrystix.application.ports import Effect
from harrystix.domain.errors import AlreadyTaken


class Directory:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, event_id: str, code: str, name: str) -> Effect:
        return _Claim(event_id, code, name)

    def rename(self, event_id: str, name: str) -> Effect:
        return Statement(
            "UPDATE app.directory SET name = %s, name_key = %s WHERE event_id = %s",
            (name, key(name), event_id),
        )

    def find(self, keys: Iterable[str]) -> dict[str, list[str]]:
        wanted = list(keys)
        rows = self._database.all(
            "SELECT code_key, name_key, event_id FROM app.directory "
            "WHERE code_key = ANY(%s) OR name_key = ANY(%s)",
            (wanted, wanted),
        )
        found: dict[str, list[str]] = {}
        for code_key, name_key, event_id in rows:
            for written in {code_key, name_key} & set(wanted):
                found.setdefault(written, []).append(str(event_id))
        return found

    def names(self) -> dict[str, str]:
        rows = self._database.all("SELECT event_id, name FROM app.directory")
        return {str(event_id): name for event_id, name in rows}


class _Claim:
    def __init__(self, event_id: str, code: str, name: str) -> None:
        self._row = (event_id, key(code), key(name), name)
        self._code = code

    def run(self, cursor: Any) -> None:
        cursor.execute(
            "INSERT INTO app.directory (event_id, code_key, name_key, name) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (code_key) DO NOTHING",
            self._row,
        )
        if cursor.rowcount == 0:
            cursor.execute("SELECT event_id FROM app.directory WHERE code_key = %s", (self._row[1],))
            found = cursor.fetchone()
            if found is None or str(found["event_id"]) != self._row[0]:
                raise AlreadyTaken(f"The code {self._code} belongs to another event.", field="code")
