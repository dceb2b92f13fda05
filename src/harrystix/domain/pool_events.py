"""What can happen in a ticket pool, and how each fact evolves it.

Bulk facts carry parallel lists of at most 500 ids, never one fact a ticket.
"""

from sys import intern
from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact
from harrystix.domain.values import VariantFacts

if TYPE_CHECKING:
    from harrystix.domain.ticket_pool import TicketPool

BATCH = 500
# Why an assignment was taken back that an old log should never have made.
REPAIRED = "repaired: given twice by an older version"


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
        for ticket, known in aggregate.tickets.items():
            if known[3] == "unmatched":
                aggregate.put_ticket(ticket, "unassigned")
        for order, queued in aggregate.orders.items():
            if queued[2] == "waiting":
                aggregate.put_order(order, "queued")


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
            aggregate.tickets[ticket] = [variant, upload_id, aggregate.sequence, "", added_at]
            aggregate.put_ticket(ticket, "unassigned")


class OrdersQueued(Event):
    """`positions`: of the confirmations in the log, the queue's order. `confirmed_at`: epoch ms.

    `up_to`: everybody who paid up to that position is in the queue now. Version 1 knew nobody who joins out of turn.
    """

    TOPIC = "TicketPool.OrdersQueued"
    class_version = 2
    event_id: str
    order_ids: list[str]
    variant_ids: list[str]
    positions: list[int]
    confirmed_at: list[int]
    up_to: int

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["up_to"] = max(state["positions"], default=0)

    def apply(self, aggregate: "TicketPool") -> None:
        for order, variant, position, confirmed_at in zip(
            map(intern, self.order_ids),
            map(intern, self.variant_ids),
            self.positions,
            self.confirmed_at,
            strict=True,
        ):
            aggregate.orders[order] = [position, variant, "", confirmed_at]
            aggregate.put_order(order, "queued")
        aggregate.last_position = max(aggregate.last_position, self.up_to)


class TicketsAssigned(Event):
    """`uploads`: how many tickets of each. `fresh_*`: how many had not been tried. `reason`: if manual.

    `rule_version`: of the matching rule that decided, so that a later one does not call this illegal. There was one.
    """

    TOPIC = "TicketPool.TicketsAssigned"
    class_version = 2
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
    rule_version: int

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["rule_version"] = 1

    def apply(self, aggregate: "TicketPool") -> None:
        for order, ticket, assignment in zip(
            map(intern, self.order_ids), map(intern, self.ticket_ids), self.assignment_ids, strict=True
        ):
            aggregate.hold(order, ticket, assignment)
        if self.reason:
            aggregate.by_hand = [*aggregate.by_hand, *self.order_ids]


class TicketsMarkedUnmatched(Event):
    TOPIC = "TicketPool.TicketsMarkedUnmatched"
    event_id: str
    ticket_ids: list[str]

    def apply(self, aggregate: "TicketPool") -> None:
        for ticket in self.ticket_ids:
            aggregate.put_ticket(ticket, "unmatched")


class OrdersMarkedWaiting(Event):
    TOPIC = "TicketPool.OrdersMarkedWaiting"
    event_id: str
    order_ids: list[str]

    def apply(self, aggregate: "TicketPool") -> None:
        for order in self.order_ids:
            aggregate.put_order(order, "waiting")


class AssignmentsRevoked(Event):
    """Tickets are free again, pre-orders wait at their original place; both are worth another try.

    `by_rule`: how many of them the rule had made, the others a person. Version 1 did not say.
    `still_held`: tickets that somebody else has as well and so are not free now; where an old log is repaired only.
    """

    TOPIC = "TicketPool.AssignmentsRevoked"
    class_version = 3
    event_id: str
    order_ids: list[str]
    ticket_ids: list[str]
    wanted_ids: list[str]
    variant_ids: list[str]
    uploads: dict[str, int]
    reason: str
    by_rule: int
    still_held: list[str]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        # What was counted then.
        state["by_rule"] = len(state["order_ids"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["still_held"] = []

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.by_hand = without(aggregate.by_hand, self.order_ids)
        for order, ticket in zip(self.order_ids, self.ticket_ids, strict=True):
            if aggregate.let_go(order, ticket):
                aggregate.put_ticket(ticket, "unassigned")
            elif self.reason != REPAIRED:
                aggregate.left_behind = [*aggregate.left_behind, ticket]
            aggregate.put_order(order, "queued")


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
            aggregate.put_ticket(ticket, "void")


class OrderRemoved(Event):
    TOPIC = "TicketPool.OrderRemoved"
    event_id: str
    order_id: str
    variant_id: str
    reason: str
    fresh: int

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.put_order(self.order_id, "gone")


class OrderReturned(Event):
    TOPIC = "TicketPool.OrderReturned"
    event_id: str
    order_id: str
    variant_id: str

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.put_order(self.order_id, "queued")


class TicketUsed(Event):
    TOPIC = "TicketPool.TicketUsed"
    event_id: str
    order_id: str
    ticket_id: str

    def apply(self, aggregate: "TicketPool") -> None:
        aggregate.put_ticket(self.ticket_id, "used")


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
        if aggregate.let_go(self.order_id, self.ticket_id):
            aggregate.put_ticket(self.ticket_id, "erased")
        aggregate.put_order(self.order_id, "gone")
        aggregate.by_hand = without(aggregate.by_hand, [self.order_id])


def without(by_hand: list[str], order_ids: list[str]) -> list[str]:
    return [order for order in by_hand if order not in order_ids] if by_hand else by_hand
