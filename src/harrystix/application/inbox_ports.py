"""What the application asks of the inbox: providers' messages, kept before their 2xx and worked on afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A provider's message, verified and stored before its 2xx. `hint`: ids and numbers, no personal data."""

    id: int
    provider: str
    kind: str
    hint: dict[str, Any]
    received_at: datetime
    attempts: int


@dataclass(frozen=True)
class ParkedItem:
    id: int
    provider: str
    kind: str
    state: str
    note: str
    attempts: int
    received_at: datetime


class Inbox(Protocol):
    def add(self, provider: str, external_id: str, kind: str, hint: dict[str, Any]) -> bool:
        """False where it was there already."""
        ...

    def claim(self, provider: str, limit: int, lease_seconds: float) -> list[InboxItem]:
        """Of one provider: while it is away the news of the others go on."""
        ...

    def settle(self, item_ids: Sequence[int], state: str, note: str = "") -> None:
        """`done`, `ignored` or `parked`; a parked one waits for a person, and there is an alert."""
        ...

    def later(self, item_id: int, seconds: float, note: str, *, tried: bool = True) -> None:
        """`tried`: false where nobody could be asked about it, so that it was no try."""
        ...

    def revive(self, payment_ids: Sequence[str]) -> int:
        """Parked ones about that payment are pending again: what they waited for is known now."""
        ...

    def parked(self, limit: int, after: int = 0) -> list[ParkedItem]:
        """Oldest first."""
        ...

    def replay(self, item_ids: Sequence[int]) -> int:
        """Parked ones become pending again; how many there were."""
        ...

    def drop(self, item_id: int, why: str) -> bool:
        """A parked one is not worked on any more; False where there is none."""
        ...

    def intents(self, message_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Known message id -> (intent id, pre-order id)."""
        ...
