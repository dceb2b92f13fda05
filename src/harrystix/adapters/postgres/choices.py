"""What somebody has ticked, or the filters of what they mean: kept, so that a look ahead has an address of its own."""

from uuid import uuid4

import orjson

from harrystix.adapters.postgres.database import Database
from harrystix.domain.errors import NotFound


class Choices:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, actor: str, found: dict[str, str], ids: list[str]) -> str:
        """The id under which it is found, by that actor alone, for a day."""
        choice_id = str(uuid4())
        words = orjson.dumps({"found": found, "ids": ids}).decode()
        self._database.execute(
            "INSERT INTO app.choices (choice_id, actor, words) VALUES (%s, %s, %s::jsonb)",
            (choice_id, actor, words),
        )
        return choice_id

    def find(self, actor: str, choice_id: str) -> tuple[dict[str, str], list[str]]:
        """(the fields of the form, the pre-orders that were ticked). Raises NotFound."""
        row = self._database.one(
            "SELECT words FROM app.choices WHERE choice_id = %s AND actor = %s", (choice_id, actor)
        )
        if row is None:
            raise NotFound("This choice is no longer kept. Choose again.")
        return row[0]["found"], row[0]["ids"]
