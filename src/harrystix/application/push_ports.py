"""What the application asks of notices to a member's devices: a courtesy beside the mail, never in place of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harrystix.application.ports import Effect


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser gave us to reach it by. Personal: sealed at rest, never logged."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class PushDue:
    push_id: str
    order_id: str
    subscription_id: str
    device: Device
    attempts: int


class PushDesk(Protocol):
    def add(self, member_id: str, device: Device, session_id: str | None = None) -> None:
        """The same device again is the same one, and its newest owner's. Raises InvalidValue for too many.

        It goes with the session where there is one: who signs out is not told there any more.
        """
        ...

    def remove(self, member_id: str, endpoint: str) -> None: ...

    def has(self, member_id: str, endpoint: str) -> bool: ...

    def count(self, member_id: str) -> int: ...

    def offer(self, orders: Mapping[str, str]) -> Effect:
        """Pre-order -> member: saved with the fact, for each device of theirs."""
        ...

    def waiting(self) -> bool: ...

    def claim(self, limit: int, lease_seconds: float) -> list[PushDue]: ...

    def done(self, push_ids: Sequence[str]) -> None: ...

    def gone(self, subscription_id: str) -> None:
        """The browser has forgotten us: so do we."""
        ...

    def later(self, push_id: str, seconds: float) -> None: ...


class Pusher(Protocol):
    def send(self, device: Device, words: Mapping[str, str]) -> str:
        """`sent`, `gone`, `later` or `refused`. Never raises for what the network does."""
        ...
