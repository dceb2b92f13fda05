"""given / when / then over facts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from harrystix.domain.base import Fact, Root
from harrystix.domain.values import By

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def by(command: str = "c1", actor: str = "staff:1", weeks: int = 0) -> By:
    return By(actor, command, NOON + timedelta(weeks=weeks))


class Given:
    def __init__(self, aggregate: Root) -> None:
        self.aggregate: Any = aggregate
        aggregate.collect_events()

    def when(self, act: Callable[[Any], object]) -> list[Fact]:
        """The new facts; the state they lead to is the same when they are replayed."""
        act(self.aggregate)
        return [fact for fact in self.aggregate.collect_events() if isinstance(fact, Fact)]


def names(facts: list[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]
