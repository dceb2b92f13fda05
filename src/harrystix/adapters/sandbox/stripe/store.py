"""What the sandbox Stripe knows: objects, events and idempotent answers, in a SQLite file that survives kill -9."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import orjson

SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
CREATE TABLE IF NOT EXISTS objects (
    id TEXT PRIMARY KEY, kind TEXT, n INTEGER, created INTEGER, customer TEXT, payment TEXT, body TEXT
);
CREATE INDEX IF NOT EXISTS by_kind ON objects (kind, n);
CREATE INDEX IF NOT EXISTS by_customer ON objects (customer, kind) WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_payment ON objects (payment, kind) WHERE payment IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, status INTEGER, body BLOB, at REAL);
CREATE TABLE IF NOT EXISTS secrets (id TEXT PRIMARY KEY, card TEXT);
CREATE TABLE IF NOT EXISTS detached (id TEXT PRIMARY KEY);
"""
Body = dict[str, Any]
SIGNS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


class Store:
    """One lock around everything: a stand-in has to be right before it is fast."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(SCHEMA)
        self.guard = threading.RLock()
        self._n = int(self._db.execute("SELECT coalesce(max(n), 0) FROM objects").fetchone()[0])

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    def put(self, body: Body) -> Body:
        """New or changed; the newest come first in lists."""
        payment = body.get("payment_intent") if body["object"] != "checkout.session" else None
        row = self._db.execute("SELECT n FROM objects WHERE id = ?", (body["id"],)).fetchone()
        if row is None:
            self._n += 1
        self._db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?,?,?,?,?,?,?)",
            (
                body["id"],
                body["object"],
                row[0] if row else self._n,
                body["created"],
                body.get("customer"),
                payment,
                orjson.dumps(body).decode(),
            ),
        )
        return body

    def get(self, object_id: str) -> Body | None:
        row = self._db.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def delete(self, object_id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def page(self, kind: str, query: Body) -> tuple[list[Body], bool]:
        """Newest first, after `starting_after`; filters: customer, payment_intent, charge, type, created."""
        where: list[str] = ["kind = ?"]
        params: list[Any] = [kind]
        if after := query.get("starting_after"):
            where.append("n < (SELECT n FROM objects WHERE id = ?)")
            params.append(after)
        for column, name in (("customer", "customer"), ("payment", "payment_intent")):
            if query.get(name):
                where.append(f"{column} = ?")
                params.append(query[name])
        created: Any = query.get("created") or {}
        if isinstance(created, dict):
            for name, value in cast("dict[str, str]", created).items():
                if name in SIGNS:
                    where.append(f"created {SIGNS[name]} ?")
                    params.append(int(value))
        limit = min(100, int(query.get("limit") or 10))
        rows = self._db.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY n DESC",  # noqa: S608  our own words
            params,
        )
        found: list[Body] = []
        for (text,) in rows:
            body = orjson.loads(text)
            if _fits(body, query):
                found.append(body)
                if len(found) > limit:
                    break
        return found[:limit], len(found) > limit

    @contextmanager
    def together(self) -> Generator[None]:
        """Many writes at once."""
        with self.guard:
            self._db.execute("BEGIN")
            yield
            self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    def charged(self) -> int:
        with self.guard:
            row = self._db.execute(
                "SELECT count(*) FROM objects WHERE kind = 'charge' AND json_extract(body, '$.paid')"
            ).fetchone()
        return int(row[0])

    def answer(self, key: str) -> tuple[str, int, bytes] | None:
        row = self._db.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def remember(self, key: str, request: str, status: int, body: bytes) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)", (key, request, status, body, time.time())
        )

    def forget_answers(self) -> None:
        """As Stripe may after 24 hours."""
        self._db.execute("DELETE FROM answers")

    def detach(self, object_id: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO detached VALUES (?)", (object_id,))

    def is_detached(self, object_id: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM detached WHERE id = ?", (object_id,)).fetchone())

    def keep_card(self, object_id: str, number: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO secrets VALUES (?, ?)", (object_id, number))

    def card_of(self, object_id: str) -> str:
        row = self._db.execute("SELECT card FROM secrets WHERE id = ?", (object_id,)).fetchone()
        return str(row[0]) if row else ""


def _fits(body: Body, query: Body) -> bool:
    if query.get("type") and body.get("type") != query["type"]:
        return False
    if query.get("types") and body.get("type") not in query["types"]:
        return False
    if query.get("charge") and body.get("charge") != query["charge"]:
        return False
    created: Any = query.get("created")
    return not isinstance(created, str) or body["created"] == int(created)
