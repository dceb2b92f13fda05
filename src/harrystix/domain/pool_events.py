"""What can happen in a ticket pool, and how each fact evolves it.

Bulk facts carry parallel lists of at most 500 ids, never one fact a ticket.
"""

import heapq
from sys import intern
from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact
from harrystix.domain.values import VariantFacts

if TYPE_CHECKING:
    from harrystix.domain.ticket_pool import TicketPool

BATCH = 500


class Event(Fact):
    TOPIC = "TicketPool.Event"


class Opened(Event, Aggregate.Created):
    TOPIC = "TicketPool.Opened"
    event_id: str


class RulesAdopted(Event):
    """`untried_*`: how much is worth trying under the new rules; `reopened`: that was unmatched before."""

    TOPIC = "TicketPool.RulesAdopted"
    event_id: str
    version: int
    fallback: str
    window_minutes: int
    variants: list[VariantFacts]
    untried_tickets: int
    untried_orders: int
    reopened_tickets: int

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.rules = {
            "version": self.version,
            "fallback": self.fallback,
            "window_minutes": self.window_minutes,
        }
        aggregate.variants = self.variants
        for ticket in aggregate.tickets.values():
            if ticket[3] == "unmatched":
                ticket[3] = "unassigned"
        for order in aggregate.orders.values():
            if order[2] == "waiting":
                order[2] = "queued"
        aggregate.untried_tickets = self.untried_tickets
        aggregate.untried_orders = self.untried_orders


class TicketsAdded(Event):
    TOPIC = "TicketPool.TicketsAdded"
    event_id: str
    upload_id: str
    ticket_ids: list[str]
    variant_ids: list[str]

    def apply(self, aggregate: "TicketPool") -> None:
        added_at = self.timestamp.isoformat()
        upload_id = intern(self.upload_id)
        # The same id comes in several facts: one object for each keeps 100,000 of them small.
        for ticket, variant in zip(map(intern, self.ticket_ids), map(intern, self.variant_ids), strict=True):
            aggregate.sequence += 1
            aggregate.tickets[ticket] = [variant, upload_id, aggregate.sequence, "unassigned", added_at]
            heapq.heappush(aggregate.free.setdefault(variant, []), (aggregate.sequence, ticket))
        aggregate.untried_tickets += len(self.ticket_ids)


class OrdersQueued(Event):
    """`positions`: of the confirmations in the log, the queue's order. `confirmed_at`: epoch ms."""

    TOPIC = "TicketPool.OrdersQueued"
    event_id: str
    order_ids: list[str]
    variant_ids: list[str]
    positions: list[int]
    confirmed_at: list[int]

    def apply(self, aggregate: "TicketPool") -> None:
        for order, variant, position, confirmed_at in zip(
            map(intern, self.order_ids),
            map(intern, self.variant_ids),
            self.positions,
            self.confirmed_at,
            strict=True,
        ):
            aggregate.orders[order] = [position, variant, "queued", confirmed_at]
            heapq.heappush(aggregate.waiting.setdefault(variant, []), (position, order))
            aggregate.last_position = max(aggregate.last_position, position)
        aggregate.untried_orders += len(self.order_ids)


class TicketsAssigned(Event):
    """`uploads`: how many tickets of each. `fresh_*`: how many had not been tried. `reason`: if manual."""

    TOPIC = "TicketPool.TicketsAssigned"
    event_id: str
    order_ids: list[str]
    ticket_ids: list[str]
    assignment_ids: list[str]
    wanted_ids: list[str]
    variant_ids: list[str]
    rules: list[str]
    reason: str
    uploads: dict[str, int]
    fresh_tickets: int
    fresh_orders: int

    def apply(self, aggregate: "TicketPool") -> None:
        for order, ticket, assignment in zip(
            map(intern, self.order_ids), map(intern, self.ticket_ids), self.assignment_ids, strict=True
        ):
            aggregate.tickets[ticket][3] = "assigned"
            aggregate.orders[order][2] = "assigned"
            aggregate.ticket_of[order] = ticket
            aggregate.order_of[ticket] = order
            aggregate.assignment_of[order] = assignment
        if self.reason:
            aggregate.by_hand = [*aggregate.by_hand, *self.order_ids]
        aggregate.untried_tickets -= self.fresh_tickets
        aggregate.untried_orders -= self.fresh_orders
        aggregate.drop_stale()


class TicketsMarkedUnmatched(Event):
    TOPIC = "TicketPool.TicketsMarkedUnmatched"
    event_id: str
    ticket_ids: list[str]

    def apply(self, aggregate: "TicketPool") -> None:
        for ticket in self.ticket_ids:
            aggregate.tickets[ticket][3] = "unmatched"
        aggregate.untried_tickets -= len(self.ticket_ids)


class OrdersMarkedWaiting(Event):
    TOPIC = "TicketPool.OrdersMarkedWaiting"
    event_id: str
    order_ids: list[str]

    def apply(self, aggregate: "TicketPool") -> None:
        for order in self.order_ids:
            aggregate.orders[order][2] = "waiting"
        aggregate.untried_orders -= len(self.order_ids)


class AssignmentsRevoked(Event):
    """Tickets are free again, pre-orders wait at their original place; both are worth another try.

    `by_rule`: how many of them the rule had made, the others a person. Version 1 did not say.
    """

    TOPIC = "TicketPool.AssignmentsRevoked"
    class_version = 2
    event_id: str
    order_ids: list[str]
    ticket_ids: list[str]
    wanted_ids: list[str]
    variant_ids: list[str]
    uploads: dict[str, int]
    reason: str
    by_rule: int

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        # What was counted then.
        state["by_rule"] = len(state["order_ids"])

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.by_hand = without(aggregate.by_hand, self.order_ids)
        for order, ticket in zip(self.order_ids, self.ticket_ids, strict=True):
            del aggregate.ticket_of[order], aggregate.order_of[ticket], aggregate.assignment_of[order]
            known, queued = aggregate.tickets[ticket], aggregate.orders[order]
            known[3], queued[2] = "unassigned", "queued"
            heapq.heappush(aggregate.free.setdefault(str(known[0]), []), (int(known[2]), ticket))
            heapq.heappush(aggregate.waiting.setdefault(str(queued[1]), []), (int(queued[0]), order))
        aggregate.untried_tickets += len(self.ticket_ids)
        aggregate.untried_orders += len(self.order_ids)


class TicketsVoided(Event):
    """`fresh`: how many of them had not been tried before."""

    TOPIC = "TicketPool.TicketsVoided"
    event_id: str
    ticket_ids: list[str]
    variant_ids: list[str]
    uploads: dict[str, int]
    reason: str
    fresh: int

    def apply(self, aggregate: "TicketPool") -> None:
        for ticket in self.ticket_ids:
            aggregate.tickets[ticket][3] = "void"
        aggregate.untried_tickets -= self.fresh
        aggregate.drop_stale()


class OrderRemoved(Event):
    TOPIC = "TicketPool.OrderRemoved"
    event_id: str
    order_id: str
    variant_id: str
    reason: str
    fresh: int

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.orders[self.order_id][2] = "gone"
        aggregate.untried_orders -= self.fresh
        aggregate.drop_stale()


class OrderReturned(Event):
    TOPIC = "TicketPool.OrderReturned"
    event_id: str
    order_id: str
    variant_id: str

    def apply(self, aggregate: "TicketPool") -> None:
        queued = aggregate.orders[self.order_id]
        queued[2] = "queued"
        entry = (int(queued[0]), self.order_id)
        heap = aggregate.waiting.setdefault(str(queued[1]), [])
        if entry not in heap:
            heapq.heappush(heap, entry)
        aggregate.untried_orders += 1


class TicketUsed(Event):
    TOPIC = "TicketPool.TicketUsed"
    event_id: str
    order_id: str
    ticket_id: str

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.tickets[self.ticket_id][3] = "used"


class TicketErased(Event):
    """With its holder. `variant_id`: of the ticket; `wanted_id`: of the pre-order, which is gone as well."""

    TOPIC = "TicketPool.TicketErased"
    event_id: str
    order_id: str
    ticket_id: str
    variant_id: str
    wanted_id: str
    upload_id: str

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.tickets[self.ticket_id][3] = "erased"
        aggregate.orders[self.order_id][2] = "gone"
        aggregate.by_hand = without(aggregate.by_hand, [self.order_id])
        del aggregate.ticket_of[self.order_id], aggregate.order_of[self.ticket_id]
        del aggregate.assignment_of[self.order_id]


def without(by_hand: list[str], order_ids: list[str]) -> list[str]:
    return [order for order in by_hand if order not in order_ids] if by_hand else by_hand
