"""What reconciliation asks of our own books."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """`state`: confirmed, or stray where nobody wanted it."""

    payment_id: str
    order_id: str
    amount_minor: int
    currency: str
    state: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class OwnRefund:
    refund_id: str
    provider_refund_id: str
    payment_id: str
    order_id: str
    amount_minor: int
    state: str
    origin: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` and `subject` identify it; `at`: of the thing itself, so that we know when it was looked at again."""

    kind: str
    subject: str
    at: datetime
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class KnownFinding:
    id: str
    kind: str
    subject: str
    details: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None
    resolved_by: str


class Books(Protocol):
    """Imported payments are not in them: another system took those."""

    def lag_seconds(self) -> float: ...

    def payments(self, since: datetime) -> dict[str, OwnPayment]: ...

    def payments_of(self, payment_ids: Sequence[str]) -> dict[str, OwnPayment]:
        """Also older ones."""
        ...

    def refunds(self, since: datetime, payment_ids: Sequence[str]) -> list[OwnRefund]:
        """Asked for since then, or of these payments."""
        ...

    def strays(self) -> list[OwnPayment]:
        """Those that were not given back yet."""
        ...

    def failed_refunds(self, since: datetime) -> list[OwnRefund]: ...

    def unseen(self, event_ids: Iterable[str]) -> set[str]:
        """Those of the provider's events that never reached the inbox."""
        ...

    def last_started(self, *, full: bool) -> datetime | None: ...

    def begin(self, since: datetime, *, full: bool) -> int | None:
        """A run's number; None while another one is under way."""
        ...

    def finish(
        self, run: int, counts: dict[str, int], found: Sequence[Finding], since: datetime
    ) -> list[str]:
        """Writes findings down, resolves those that are gone; returns the ids of new ones."""
        ...

    def finding(self, finding_id: str) -> KnownFinding | None: ...

    def resolve(self, finding_id: str, by: str) -> None: ...
