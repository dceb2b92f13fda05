"""Rows that are saved in the same transaction as events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from harrystix.application.ports import Effect


@dataclass(frozen=True, slots=True)
class Statement:
    query: LiteralString
    params: Sequence[Any] = ()

    def run(self, cursor: Any) -> None:
        cursor.execute(self.query, self.params)


class Steps:
    def __init__(self, *steps: Effect) -> None:
        self._steps = steps

    def run(self, cursor: Any) -> None:
        for step in self._steps:
            step.run(cursor)
