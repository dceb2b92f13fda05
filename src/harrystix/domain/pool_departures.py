"""How pre-orders and tickets leave a pool, and come back: the half of TicketPool that is not about matching."""

from harrystix.domain import pool_events as facts
from harrystix.domain.errors import NotFree
from harrystix.domain.pool_state import PoolState
from harrystix.domain.values import By


class Departures(PoolState):
    """A part of TicketPool; it has no stream of its own."""

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

    def erase_ticket(self, by: By, order_id: str) -> None:
        """The pre-order leaves for good, and takes the ticket that it holds with it. Raises NotFound."""
        ticket = self._ticket_held_by(order_id)
        self._record(
            by,
            facts.TicketErased,
            order_id=order_id,
            ticket_id=ticket,
            variant_id=str(self.tickets[ticket][0]),
            wanted_id=str(self.orders[order_id][1]),
            upload_id=str(self.tickets[ticket][1]),
        )

    def _record(self, by: By, kind: type[facts.Event], **values: object) -> None:
        self.record(by, kind, event_id=self.event_id, **values)
