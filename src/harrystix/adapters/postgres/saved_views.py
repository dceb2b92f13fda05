"""Lists that somebody has given a name: theirs alone. Filters only, no data."""

from dataclasses import dataclass
from uuid import uuid4

from harrystix.adapters.postgres.database import Database
from harrystix.domain.errors import InvalidValue
from harrystix.domain.values import reason_given

MOST = 20


@dataclass(frozen=True, slots=True)
class SavedView:
    id: str
    name: str
    query: str


class SavedViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, actor: str) -> list[SavedView]:
        rows = self._database.all(
            "SELECT id::text, name, query FROM app.saved_views WHERE actor = %s ORDER BY name", (actor,)
        )
        return [SavedView(*row) for row in rows]

    def save(self, actor: str, name: str, query: str) -> None:
        """Under a name that is there it takes its place. Raises InvalidValue."""
        words = reason_given(name, "name", 40)
        done = self._database.execute(
            "INSERT INTO app.saved_views (id, actor, name, query) SELECT %s, %s, %s, %s "
            "WHERE (SELECT count(*) FROM app.saved_views WHERE actor = %s AND name <> %s) < %s "
            "ON CONFLICT (actor, name) DO UPDATE SET query = excluded.query",
            (uuid4(), actor, words, query, actor, words, MOST),
        )
        if not done:
            raise InvalidValue(f"{MOST} lists can have a name. Remove one first.", field="name")

    def remove(self, actor: str, view_id: str) -> None:
        self._database.execute("DELETE FROM app.saved_views WHERE id = %s AND actor = %s", (view_id, actor))
