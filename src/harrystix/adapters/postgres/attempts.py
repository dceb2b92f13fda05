"""How often somebody tried something lately. In Postgres, so that emptying the queue's server forgets nothing."""

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys


class Attempts:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def allowed(self, scope: str, key: str, most: int, seconds: float) -> bool:
        row = self._database.one(
            "INSERT INTO app.attempts AS a (scope, key, since, count) VALUES (%s, %b, now(), 1) "
            "ON CONFLICT (scope, key) DO UPDATE SET "
            "count = CASE WHEN a.since < now() - make_interval(secs => %s) THEN 1 ELSE a.count + 1 END, "
            "since = CASE WHEN a.since < now() - make_interval(secs => %s) THEN now() ELSE a.since END "
            "RETURNING count",
            (scope, self._keys.index(scope, key), seconds, seconds),
        )
        return bool(row and row[0] <= most)
