"""Heads of the chain in a file outside the database, where who can change the log can't change them as well."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from harrystix.adapters.postgres.database import Database


class Unreadable(Exception):
    """The file of heads is damaged; `str` names the line."""


@dataclass(frozen=True, slots=True)
class Anchor:
    at: datetime
    position: int
    head: bytes


def read(path: Path) -> list[Anchor]:
    """Oldest first; none where there is no file. Raises Unreadable."""
    return list(_lines(path)) if path.exists() else []


def write(
    database: Database, path: Path, now: datetime, every: timedelta = timedelta(hours=1)
) -> Anchor | None:
    """Append the head where the last one is older than that and the log has grown; returns what was written."""
    known = read(path)
    if known and now - known[-1].at < every:
        return None
    row = database.one("SELECT last_position, head FROM app.chain ORDER BY last_position DESC LIMIT 1")
    if row is None or (known and known[-1].position >= row[0]):
        return None
    made = Anchor(now, row[0], row[1])
    line = orjson.dumps({"at": made.at, "position": made.position, "head": made.head.hex()}) + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return made


def _lines(path: Path) -> Iterator[Anchor]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found = orjson.loads(line)
            yield Anchor(
                datetime.fromisoformat(found["at"]), int(found["position"]), bytes.fromhex(found["head"])
            )
        except (ValueError, KeyError, TypeError):
            raise Unreadable(f"{path}, line {number}: not a head of the chain.") from None
