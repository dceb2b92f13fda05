"""What the sandbox Postmark has taken: a SQLite file, so that a killed sandbox still knows its mails."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import orjson

PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY, id TEXT UNIQUE, recipient TEXT, template TEXT, model TEXT, metadata TEXT,
    batch TEXT, intent TEXT, tag TEXT, sender TEXT, subject TEXT, text TEXT, html TEXT,
    status TEXT, reported INTEGER DEFAULT 0, at TEXT, opens INTEGER DEFAULT 0
);
CREATE INDEX IF NOT EXISTS by_batch ON messages (batch);
CREATE INDEX IF NOT EXISTS by_time ON messages (at, n);
CREATE INDEX IF NOT EXISTS by_recipient ON messages (recipient);
CREATE INDEX IF NOT EXISTS unreported ON messages (n) WHERE reported = 0;
"""


class Outbox:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(PRAGMAS + SCHEMA)
        if "opens" not in {row[1] for row in self._db.execute("PRAGMA table_info(messages)")}:
            self._db.execute("ALTER TABLE messages ADD COLUMN opens INTEGER DEFAULT 0")
        self._guard = threading.Lock()

    def take(self, messages: list[dict[str, Any]]) -> list[str]:
        """Accepts them all; returns their ids."""
        now = datetime.now(UTC).isoformat()
        ids = [str(uuid4()) for _ in messages]
        rows = [
            (
                message_id,
                str(m.get("To", "")),
                str(m.get("TemplateAlias") or m.get("TemplateId") or ""),
                orjson.dumps(m.get("TemplateModel") or {}).decode(),
                orjson.dumps(m.get("Metadata") or {}).decode(),
                _metadata(m, "batch_id"),
                _metadata(m, "intent_id"),
                str(m.get("Tag") or ""),
                str(m.get("From", "")),
                str(m.get("Subject") or ""),
                str(m.get("TextBody") or ""),
                str(m.get("HtmlBody") or ""),
                now,
                int(m.get("TrackOpens") is True),
            )
            for message_id, m in zip(ids, messages, strict=True)
        ]
        with self._guard:
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO messages (id, recipient, template, model, metadata, batch, intent, tag, sender, "
                "subject, text, html, status, at, opens) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'Sent',?,?)",
                rows,
            )
            self._db.execute("COMMIT")
        return ids

    def find(self, filters: dict[str, str], count: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
        """`filters`: metadata_NAME, recipient, tag, fromdate and todate (in the time of New York)."""
        where, params = ["1"], list[str]()
        for name, value in filters.items():
            if name == "metadata_batch_id":
                where.append("batch = ?")
            elif name == "metadata_intent_id":
                where.append("intent = ?")
            elif name.startswith("metadata_"):
                where.append("json_extract(metadata, ?) = ?")
                params.append(f"$.{name.removeprefix('metadata_')}")
            elif name in {"fromdate", "todate"}:
                where.append(
                    "julianday(at) >= julianday(?)" if name == "fromdate" else "julianday(at) <= julianday(?)"
                )
                params.append(_utc(value))
                continue
            elif name in {"recipient", "tag"}:
                where.append(f"{name} = ?")
            else:
                continue
            params.append(value)
        condition = " AND ".join(where)
        with self._guard:
            total = self._db.execute(f"SELECT count(*) FROM messages WHERE {condition}", params).fetchone()[0]  # noqa: S608
            rows = self._db.execute(
                "SELECT id, recipient, template, model, metadata, tag, sender, subject, status, at, opens "  # noqa: S608
                f"FROM messages WHERE {condition} ORDER BY at DESC, n DESC LIMIT ? OFFSET ?",
                [*params, count, offset],
            ).fetchall()
        return total, [_as_dict(row) for row in rows]

    def get(self, message_id: str) -> dict[str, Any] | None:
        with self._guard:
            row = self._db.execute(
                "SELECT id, recipient, template, model, metadata, tag, sender, subject, status, at, opens "
                "FROM messages WHERE id = ?",
                (message_id,),
            ).fetchone()
        return _as_dict(row) if row else None

    def forget(self, recipient: str) -> int:
        """Every mail to that address, in plain and in the file's free pages; a number for the request."""
        with self._guard:
            self._db.execute("PRAGMA secure_delete = ON")
            done = self._db.execute("DELETE FROM messages WHERE recipient = ?", (recipient,)).rowcount
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return 1000 + done

    def count(self) -> int:
        with self._guard:
            return int(self._db.execute("SELECT count(*) FROM messages").fetchone()[0])

    def unreported(self, limit: int, before: str) -> list[dict[str, Any]]:
        with self._guard:
            rows = self._db.execute(
                "SELECT id, recipient, template, model, metadata, tag, sender, subject, status, at, opens "
                "FROM messages WHERE reported = 0 AND at <= ? ORDER BY n LIMIT ?",
                (before, limit),
            ).fetchall()
        return [_as_dict(row) for row in rows]

    def mark(self, message_ids: list[str], status: str) -> None:
        with self._guard:
            self._db.execute("BEGIN")
            self._db.executemany(
                "UPDATE messages SET reported = 1, status = ? WHERE id = ?",
                [(status, message_id) for message_id in message_ids],
            )
            self._db.execute("COMMIT")


def _utc(text: str) -> str:
    """A day means its beginning."""
    there = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))
    return there.astimezone(UTC).isoformat()


def _metadata(message: dict[str, Any], name: str) -> str:
    found: dict[str, Any] = message.get("Metadata") or {}
    return str(found.get(name, ""))


def _as_dict(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "MessageID": row[0],
        "To": [{"Email": row[1], "Name": None}],
        "Recipients": [row[1]],
        "Template": row[2],
        "Model": orjson.loads(row[3]),
        "Metadata": orjson.loads(row[4]),
        "Tag": row[5],
        "From": row[6],
        "Subject": row[7],
        "Status": row[8],
        "ReceivedAt": row[9],
        "MessageStream": "outbound",
        "Cc": [],
        "Bcc": [],
        "Attachments": [],
        "TrackOpens": bool(row[10]),
        "TrackLinks": "None",
        "Sandboxed": False,
    }
