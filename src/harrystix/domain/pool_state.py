"""The state of a ticket pool and its changes: each keeps the truth and what is derived from it together."""

from datetime import UTC, datetime
from typing import Any, cast

from harrystix.domain.base import Root
from harrystix.domain.errors import NotFound
from harrystix.domain.pool_indexes import (
    FREE,
    UNTRIED_ORDER,
    UNTRIED_TICKET,
    WAITING,
    Indexes,
    line,
)
from harrystix.domain.values import VariantFacts


class PoolState(Root):
    """A part of TicketPool; it has no stream of its own. Lists and dicts, so that a snapshot is one JSON document."""

    event_id: str

    def nothing_here_yet(self) -> None:
        """The state before anything happened; called once, when the pool is opened."""
        self.rules: dict[str, str | int] = {}
        self.variants: list[VariantFacts] = []
        # ticket id -> [variant, upload, sequence, state, added at]
        self.tickets: dict[str, list[str | int]] = {}
        # pre-order id -> [position, wanted variant, state, confirmed at]
        self.orders: dict[str, list[int | str]] = {}
        # Live assignments, the oldest first.
        self.ticket_of: dict[str, str] = {}
        self.assignment_of: dict[str, str] = {}
        # Pre-orders whose ticket a person gave them: few.
        self.by_hand: list[str] = []
        # Tickets that one gave back while another had them as well, in old logs only: more people may know these.
        self.left_behind: list[str] = []
        self.sequence = 0
        # Everybody who paid up to that position of the log is in the queue.
        self.last_position = 0
        self.indexes = Indexes()

    @property
    def order_of(self) -> dict[str, str]:
        """Ticket -> who holds it."""
        return self.indexes.order_of

    @property
    def untried_tickets(self) -> int:
        return self.indexes.untried_tickets

    @property
    def untried_orders(self) -> int:
        return self.indexes.untried_orders

    def is_free(self, ticket_id: str) -> bool:
        return self.tickets[ticket_id][3] in FREE

    def is_waiting(self, order_id: str) -> bool:
        return self.orders[order_id][2] in WAITING

    def free_tickets(self) -> list[str]:
        """In upload order."""
        entries = [entry for each in self.indexes.free.values() for entry in each.entries()]
        return [ticket for _, ticket in sorted(entries)]

    def tickets_of_upload(self, upload_id: str) -> list[str]:
        return [ticket for ticket, known in self.tickets.items() if known[1] == upload_id]

    def eligible_at(self, order_id: str, ticket_id: str) -> datetime:
        """When both were there: the later of the confirmation and the ticket's arrival."""
        added = datetime.fromisoformat(str(self.tickets[ticket_id][4]))
        return max(added, datetime.fromtimestamp(int(self.orders[order_id][3]) / 1000, UTC))

    def put_ticket(self, ticket: str, state: str) -> None:
        """Into another state; part of evolving."""
        # Once a ticket and each of its changes: this is where a large event spends its time.
        known: list[Any] = self.tickets[ticket]
        before, known[3] = known[3], state
        indexes = self.indexes
        if before in FREE:
            if before == UNTRIED_TICKET:
                indexes.untried_tickets -= 1
            if state not in FREE:
                indexes.free[known[0]].remove((known[2], ticket))
        elif state in FREE:
            line(indexes.free, known[0]).add((known[2], ticket))
        if state == UNTRIED_TICKET:
            indexes.untried_tickets += 1

    def put_order(self, order: str, state: str) -> None:
        """Into another state; part of evolving."""
        known: list[Any] = self.orders[order]
        before, known[2] = known[2], state
        indexes = self.indexes
        if before in WAITING:
            if before == UNTRIED_ORDER:
                indexes.untried_orders -= 1
            if state not in WAITING:
                indexes.waiting[known[1]].remove((known[0], order))
        elif state in WAITING:
            line(indexes.waiting, known[1]).add((known[0], order))
        if state == UNTRIED_ORDER:
            indexes.untried_orders += 1

    def hold(self, order: str, ticket: str, assignment: str) -> None:
        """From now on that pre-order has that ticket; part of evolving."""
        # Old logs have pre-orders that got a second one; what they had before is nobody's then.
        if (before := self.ticket_of.pop(order, None)) is not None:
            self.indexes.unlink(order, before)
        self.ticket_of[order] = ticket
        self.assignment_of[order] = assignment
        self.indexes.link(order, ticket)
        self.put_ticket(ticket, "assigned")
        self.put_order(order, "assigned")

    def let_go(self, order: str, ticket: str) -> bool:
        """That pre-order does not have it any more; whether nobody has it now. Part of evolving."""
        if self.ticket_of.get(order) == ticket:
            del self.ticket_of[order], self.assignment_of[order]
            return not self.indexes.unlink(order, ticket)
        return ticket not in self.order_of

    def differences(self) -> list[str]:
        """Where what is kept at hand is not what the truth says, and where the truth contradicts itself."""
        kept, derived = (
            self.indexes.told(),
            Indexes.of(self.tickets, self.orders, self.ticket_of).told(),
        )
        found = [
            f"{name} is not what the tickets and pre-orders give"
            for name in kept
            if kept[name] != derived[name]
        ]
        held = {ticket for ticket, known in self.tickets.items() if known[3] in {"assigned", "used"}}
        found += [f"ticket {ticket} is assigned to nobody" for ticket in held - set(self.order_of)]
        found += [f"ticket {ticket} is held and free" for ticket in set(self.order_of) - held]
        found += [f"ticket {ticket} is held by several" for ticket in self.indexes.shared]
        having = {order for order, known in self.orders.items() if known[2] == "assigned"}
        found += [f"pre-order {order} is assigned nothing" for order in having - set(self.ticket_of)]
        found += [f"pre-order {order} waits and holds a ticket" for order in set(self.ticket_of) - having]
        return found

    def _ticket_held_by(self, order_id: str) -> str:
        if order_id not in self.ticket_of:
            raise NotFound(f"Pre-order {order_id} holds no ticket.", id=order_id)
        return self.ticket_of[order_id]


def copied(state: Any) -> Any:
    """Containers as far down as they are changed in place; a deep copy takes fifty times as long."""
    if isinstance(state, Indexes):
        return state.copy()
    if isinstance(state, dict):
        found = cast("dict[str, Any]", state)
        # Each is of one kind.
        if isinstance(next(iter(found.values()), None), list):
            return {key: value[:] for key, value in found.items()}
        return dict(found)
    return cast("list[Any]", state)[:] if isinstance(state, list) else state
