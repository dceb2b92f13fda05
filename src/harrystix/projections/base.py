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
    """`tables`: name -> columns that workers write and a rebuild does not compare."""

    name: str
    folder: Path
    project: Dispatch[Any, None]
    start: type[Fold]
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def schema(self) -> str:
        return (self.folder / "schema.sql").read_text()

    @property
    def schema_hash(self) -> str:
        return hashlib.sha256(self.schema.encode()).hexdigest()[:16]

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
