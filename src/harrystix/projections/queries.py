"""How queries reach the database: they see rows of read models and nothing else."""

from typing import Any, Protocol


class Reader(Protocol):
    def all(self, query: Any, params: Any = None) -> list[tuple[Any, ...]]: ...

    def one(self, query: Any, params: Any = None) -> tuple[Any, ...] | None: ...
