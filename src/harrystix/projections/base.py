"""What a read model is: tables, a way to fold facts into row changes, what to compare after a rebuild."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harrystix.application.dispatch import Dispatch
from harrystix.domain.base import Fact
from harrystix.projections.changes import Counters, Cursor, Table


class Fold(Protocol):
    """Row changes of one batch."""

    def flush(self, cursor: Cursor) -> None: ...


Recorded = tuple[int, Fact]


@dataclass(frozen=True)
class ReadModel:
    """`tables`: name -> columns that workers write and a rebuild does not compare.

    `version`: one more wherever the same facts are folded into other rows, so that what an older version has folded is
    built anew.
    """

    name: str
    folder: Path
    project: Dispatch[Any, None]
    start: type[Fold]
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    version: int = 1

    @property
    def schema(self) -> str:
        return (self.folder / "schema.sql").read_text()

    @property
    def schema_hash(self) -> str:
        made_of = self.schema if self.version == 1 else f"{self.schema}-- version {self.version}"
        return hashlib.sha256(made_of.encode()).hexdigest()[:16]

    def apply(self, cursor: Cursor, batch: Sequence[Recorded]) -> Fold:
        """Fold and write; the caller's transaction and search_path say where."""
        fold = self.start()
        for position, fact in batch:
            self.project(fold, position, fact)
        fold.flush(cursor)
        return fold


class Tables:
    """A fold made of tables and counters; subclasses define them as attributes."""

    def flush(self, cursor: Cursor) -> None:
        for part in vars(self).values():
            if isinstance(part, Table | Counters):
                part.flush(cursor)
