"""What can happen to a job over many pre-orders. Lists hold at most 500 ids."""

from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.bulk_job import BulkJob


class Event(Fact):
    TOPIC = "BulkJob.Event"


class Ordered(Event, Aggregate.Created):
    """`kind`: what is done with each. `waits`: for a second person. `origin` of refunds: bulk or rule."""

    TOPIC = "BulkJob.Ordered"
    class_version = 2
    kind: str
    reason: str
    total: int
    waits: bool
    origin: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["origin"] = "bulk"


class Chosen(Event):
    """In the order in which they are done."""

    TOPIC = "BulkJob.Chosen"
    order_ids: list[str]

    def apply(self, aggregate: "BulkJob") -> None:
        aggregate.left |= dict.fromkeys(self.order_ids)


class Released(Event):
    """A second person wants it too."""

    TOPIC = "BulkJob.Released"
    kind: str

    def apply(self, aggregate: "BulkJob") -> None:
        aggregate.state = "running"


class ItemsSettled(Event):
    """Saved in one transaction with what was done to `order_ids`. `refusals`: id -> why not."""

    TOPIC = "BulkJob.ItemsSettled"
    order_ids: list[str]
    refusals: dict[str, str]

    def apply(self, aggregate: "BulkJob") -> None:
        for order_id in (*self.order_ids, *self.refusals):
            aggregate.left.pop(order_id, None)
        aggregate.done += len(self.order_ids)
        aggregate.refused |= self.refusals


class Finished(Event):
    TOPIC = "BulkJob.Finished"
    kind: str
    done: int
    refused: int

    def apply(self, aggregate: "BulkJob") -> None:
        aggregate.state = "finished"


class Stopped(Event):
    """By a person: what is done is done, `left` are left as they are."""

    TOPIC = "BulkJob.Stopped"
    kind: str
    reason: str
    left: int

    def apply(self, aggregate: "BulkJob") -> None:
        aggregate.state = "stopped"
