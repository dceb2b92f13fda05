"""Heads of the chain in a file outside the database, where who can change the log can't change them as well."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from harrystix.adapters.postgres.database import Database
from harrystix.application.mail_ports import Mailer, TicketMail
from harrystix.domain.ids import named


class Unreadable(Exception):
    """The file of heads is damaged; `str` names the line."""


@dataclass(frozen=True, slots=True)
class Anchor:
    at: datetime
    position: int
    head: bytes


def read(path: Path) -> list[Anchor]:
    """Oldest first; none where there is no file. Heads beyond a backup that was restored later count no more.

    Raises Unreadable.
    """
    found: list[Anchor] = []
    for anchor, restored_to in _lines(path) if path.exists() else ():
        if restored_to is not None:
            found = [earlier for earlier in found if earlier.position <= restored_to]
        found.append(anchor)
    return found


def begin_again(path: Path, now: datetime, restored_to: int, position: int, head: bytes) -> None:
    """After a restore the log went on from an earlier position: said here, by who may write here."""
    _append(path, {"at": now, "position": position, "head": head.hex(), "restoredTo": restored_to})


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
    _append(path, {"at": made.at, "position": made.position, "head": made.head.hex()})
    return made


def mail_head(mailer: Mailer, to: str, anchor: Anchor) -> bool:
    """The file is the record; a mail that does not leave is not sent again, the next one comes in an hour."""
    intent = named(f"head/{anchor.position}/{anchor.head.hex()}")
    model = {"position": str(anchor.position), "at": anchor.at.isoformat(), "head": anchor.head.hex()}
    return intent in mailer.send([TicketMail(intent, intent, to, model, "chain-head")]).accepted


def _append(path: Path, line: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> Iterator[tuple[Anchor, int | None]]:
    """(head, position of the backup that was restored just before, or None)."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found = orjson.loads(line)
            anchor = Anchor(
                datetime.fromisoformat(found["at"]), int(found["position"]), bytes.fromhex(found["head"])
            )
            yield anchor, found.get("restoredTo")
        except (ValueError, KeyError, TypeError):
            raise Unreadable(f"{path}, line {number}: not a head of the chain.") from None
