"""What the application asks of the log beyond what the library's recorder offers."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent


class Recorder(Protocol):
    """What our recorder adds to the library's."""

    def select_many(self, originator_ids: Sequence[UUID]) -> Sequence[StoredEvent]:
        """All events of up to 500 aggregates in one SELECT, ordered by aggregate and version."""
        ...

    def select_after(self, position: int, limit: int) -> Sequence[Notification]: ...

    def versions(self, originator_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The latest of each; who is not there is missing."""
        ...

    def positions(self, facts: Sequence[tuple[UUID, int]]) -> dict[UUID, int]:
        """In the log, of facts by (aggregate, version), one each."""
        ...
