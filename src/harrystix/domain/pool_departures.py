"""How pre-orders and tickets leave a pool, and come back: the half of TicketPool that is not about matching."""

from harrystix.domain import pool_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import NotFound, NotFree
from harrystix.domain.values import By

FREE = {"unassigned", "unmatched"}
WAITING = {"queued", "waiting"}


class Departures(Root):
    """A part of TicketPool; it has no stream of its own."""

    event_id: str
    tickets: dict[str, list[str | int]]
    orders: dict[str, list[int | str]]
    ticket_of: dict[str, str]

    def remove_order(self, by: By, order_id: str, reason: str) -> None:
        """A pre-order without ticket leaves the queue for good; raises NotFree if it holds one."""
        known = self.orders.get(order_id)
        if known is None or known[2] == "gone":
            return
        if not self.is_waiting(order_id):
            raise NotFree(f"Pre-order {order_id} holds a ticket.", id=order_id)
        fresh = int(known[2] == "queued")
        self._record(
            by,
            facts.OrderRemoved,
            order_id=order_id,
            variant_id=str(known[1]),
            reason=reason,
            fresh=fresh,
        )

    def return_order(self, by: By, order_id: str) -> None:
        """Back into the queue, at its original place."""
        known = self.orders.get(order_id)
        if known is not None and known[2] == "gone":
            self._record(by, facts.OrderReturned, order_id=order_id, variant_id=str(known[1]))

    def use_ticket(self, by: By, order_id: str) -> None:
        ticket = self._ticket_held_by(order_id)
        if self.tickets[ticket][3] != "used":
            self._record(by, facts.TicketUsed, order_id=order_id, ticket_id=ticket)

    def erase_order(self, by: By, order_id: str) -> None:
        """The pre-order leaves for good, and takes the ticket that it holds with it."""
        ticket = self.ticket_of.get(order_id)
        if ticket is None:
            self.remove_order(by, order_id, "erased")
            return
        self._record(
            by,
            facts.TicketErased,
            order_id=order_id,
            ticket_id=ticket,
            variant_id=str(self.tickets[ticket][0]),
            wanted_id=str(self.orders[order_id][1]),
            upload_id=str(self.tickets[ticket][1]),
        )

    def is_free(self, ticket_id: str) -> bool:
        return self.tickets[ticket_id][3] in FREE

    def is_waiting(self, order_id: str) -> bool:
        return self.orders[order_id][2] in WAITING

    def _ticket_held_by(self, order_id: str) -> str:
        if order_id not in self.ticket_of:
            raise NotFound(f"Pre-order {order_id} holds no ticket.", id=order_id)
        return self.ticket_of[order_id]

    def _record(self, by: By, kind: type[facts.Event], **values: object) -> None:
        self.record(by, kind, event_id=self.event_id, **values)
