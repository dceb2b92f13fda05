"""What can happen to an act that two people have to want. `details` are ids, words of ours and numbers."""

from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.approval import Approval


class Event(Fact):
    TOPIC = "Approval.Event"


class Requested(Event, Aggregate.Created):
    TOPIC = "Approval.Requested"
    kind: str
    subject: str
    event_id: str
    details: dict[str, Any]
    reason: str


class Granted(Event):
    TOPIC = "Approval.Granted"
    kind: str
    event_id: str

    def apply(self, aggregate: "Approval") -> None:
        aggregate.state = "granted"
        aggregate.decided_by, aggregate.decided_at = self.actor, self.timestamp


class Denied(Event):
    """By somebody else, or taken back by who asked."""

    TOPIC = "Approval.Denied"
    kind: str
    event_id: str
    reason: str

    def apply(self, aggregate: "Approval") -> None:
        aggregate.state = "denied"
        aggregate.decided_by = self.actor


class CarriedOut(Event):
    """`outcome`: done, or the code of what refused it by then; numbers beside it."""

    TOPIC = "Approval.CarriedOut"
    kind: str
    event_id: str
    outcome: str
    done: int
    refused: int

    def apply(self, aggregate: "Approval") -> None:
        aggregate.state = "done" if self.outcome == "done" else "failed"
