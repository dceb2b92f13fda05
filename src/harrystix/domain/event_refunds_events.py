"""Refunds of a whole event, as facts: planned by the rule, held by a person, ordered, carried out."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from harrystix.domain.ticketed_event_events import Event

if TYPE_CHECKING:
    from harrystix.domain.ticketed_event import TicketedEvent


class AllocationEndChanged(Event):
    """From then on nobody need expect a ticket any more. None: until the event starts."""

    TOPIC = "TicketedEvent.AllocationEndChanged"
    allocation_ends_at: datetime | None

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.allocation_ends_at = self.allocation_ends_at
        aggregate.refunds_planned_for = None


class RefundsPlanned(Event):
    """The dry run of the rule: so many paid pre-orders without a ticket, so much money, not before then."""

    TOPIC = "TicketedEvent.RefundsPlanned"
    orders: int
    amount_minor: int
    currency: str
    not_before: datetime

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.refunds_planned_for = self.not_before


class RefundsHeld(Event):
    """A person stops the rule, or lets it go on."""

    TOPIC = "TicketedEvent.RefundsHeld"
    held: bool
    reason: str

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.refunds_held = self.held


class RefundsOrdered(Event):
    """`scope`: waiting or all. `origin`: rule or bulk. Numbers: what the dry run said.

    `job_id`: of the job that has the list of the dry run and a result for each. Version 1 had no list.
    """

    TOPIC = "TicketedEvent.RefundsOrdered"
    class_version = 2
    scope: str
    origin: str
    reason: str
    orders: int
    amount_minor: int
    currency: str
    job_id: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["job_id"] = ""

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.refunds_under_way = [self.scope, self.origin, self.reason, self.job_id]
        aggregate.all_refunded = aggregate.all_refunded or self.scope == "all"
        if self.job_id:
            aggregate.refund_jobs.append(self.job_id)


class RefundsFinished(Event):
    """Everybody was asked for; `refused`: pre-orders that could not be."""

    TOPIC = "TicketedEvent.RefundsFinished"
    refused: list[str]

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.refunds_under_way = []
        aggregate.refunds_planned_for = None
        aggregate.refunds_refused = list(self.refused)
