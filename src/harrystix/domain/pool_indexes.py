"""What a ticket pool keeps at hand so that it need not search: always derivable from the truth beside it.

The truth are tickets, pre-orders and who holds what. `Indexes.of` computes everything here from it, a snapshot leaves
it out, and `TicketPool.differences` compares the two.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

FREE = {"unassigned", "unmatched"}
WAITING = {"queued", "waiting"}
UNTRIED_TICKET, UNTRIED_ORDER = "unassigned", "queued"
Entry = tuple[int, str]


@dataclass(slots=True)
class Line:
    """A priority queue with lazy deletion, of (place, id); an id has one place, and is in line once or not at all.

    Who leaves from the middle stays in the heap as `left` until it comes to the head; who comes back before that takes
    up the old entry instead of adding a second one.
    """

    heap: list[Entry] = field(default_factory=list[Entry])
    left: set[str] = field(default_factory=set[str])

    def __len__(self) -> int:
        return len(self.heap) - len(self.left)

    def __bool__(self) -> bool:
        # Who has left is never the head.
        return bool(self.heap)

    def add(self, entry: Entry) -> None:
        """Somebody who is not in line."""
        if entry[1] in self.left:
            self.left.remove(entry[1])
        else:
            heapq.heappush(self.heap, entry)

    def remove(self, entry: Entry) -> None:
        """Somebody who is in line."""
        if self.heap[0] == entry:
            heapq.heappop(self.heap)
            while self.heap and self.heap[0][1] in self.left:
                self.left.remove(heapq.heappop(self.heap)[1])
        else:
            self.left.add(entry[1])

    def take(self) -> Entry:
        """The head leaves."""
        head = self.heap[0]
        self.remove(head)
        return head

    def head(self) -> Entry | None:
        return self.heap[0] if self.heap else None

    def entries(self) -> list[Entry]:
        """Everybody in line, in order."""
        return sorted(entry for entry in self.heap if entry[1] not in self.left)

    def copy(self) -> "Line":
        return Line(list(self.heap), set(self.left))


@dataclass(slots=True)
class Indexes:
    """`free`: tickets by variant. `waiting`: pre-orders by wanted variant. `order_of`: ticket -> its latest holder.

    `shared`: ticket -> earlier holders that were never taken off it, in old logs only (I1 was broken there).
    """

    free: dict[str, Line] = field(default_factory=dict[str, Line])
    waiting: dict[str, Line] = field(default_factory=dict[str, Line])
    order_of: dict[str, str] = field(default_factory=dict[str, str])
    shared: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    untried_tickets: int = 0
    untried_orders: int = 0

    @classmethod
    def of(
        cls,
        tickets: Mapping[str, list[str | int]],
        orders: Mapping[str, list[int | str]],
        ticket_of: Mapping[str, str],
    ) -> "Indexes":
        """All of it, from the truth."""
        made = cls()
        for ticket, known in tickets.items():
            if known[3] in FREE:
                line(made.free, str(known[0])).heap.append((int(known[2]), ticket))
                made.untried_tickets += known[3] == UNTRIED_TICKET
        for order, queued in orders.items():
            if queued[2] in WAITING:
                line(made.waiting, str(queued[1])).heap.append((int(queued[0]), order))
                made.untried_orders += queued[2] == UNTRIED_ORDER
        for each in (*made.free.values(), *made.waiting.values()):
            heapq.heapify(each.heap)
        for order, ticket in ticket_of.items():
            made.link(order, ticket)
        return made

    def link(self, order: str, ticket: str) -> None:
        if ticket in self.order_of:
            self.shared.setdefault(ticket, []).append(self.order_of[ticket])
        self.order_of[ticket] = order

    def unlink(self, order: str, ticket: str) -> bool:
        """Whether somebody else still holds the ticket."""
        others = self.shared.get(ticket)
        if others is None:
            del self.order_of[ticket]
            return False
        if self.order_of[ticket] == order:
            self.order_of[ticket] = others.pop()
        else:
            others.remove(order)
        if not others:
            del self.shared[ticket]
        return True

    def copy(self) -> "Indexes":
        return Indexes(
            {variant: each.copy() for variant, each in self.free.items()},
            {wanted: each.copy() for wanted, each in self.waiting.items()},
            dict(self.order_of),
            {ticket: list(orders) for ticket, orders in self.shared.items()},
            self.untried_tickets,
            self.untried_orders,
        )

    def told(self) -> dict[str, object]:
        """What is in it, whatever way it was come by."""
        return {
            "free": {variant: each.entries() for variant, each in self.free.items() if each},
            "waiting": {wanted: each.entries() for wanted, each in self.waiting.items() if each},
            "order_of": self.order_of,
            "shared": self.shared,
            "untried_tickets": self.untried_tickets,
            "untried_orders": self.untried_orders,
        }


def line(lines: dict[str, Line], key: str) -> Line:
    """Made where it is missing."""
    found = lines.get(key)
    if found is None:
        found = lines[key] = Line()
    return found
