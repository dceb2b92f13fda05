"""I4: every automatic assignment, checked against a queue of its own. I10: nobody is left behind."""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field

from harrystix.application.verify.checkers import Checker
from harrystix.domain import pool_events as pool
from harrystix.domain.base import Fact
from harrystix.domain.values import VariantFacts


@dataclass
class Model:
    """An event's queue and stock, told from its facts."""

    fallback: str = "none"
    window: int = 15 * 60
    times: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    wish: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    waiting: set[str] = field(default_factory=set[str])
    heaps: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    variant: dict[str, str] = field(default_factory=dict[str, str])
    free: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: set[str] = field(default_factory=set[str])

    def give(self, order_id: str, ticket: str) -> None:
        self.waiting.discard(order_id)
        # In an old log one ticket may go to two; it is gone once.
        if ticket not in self.taken:
            self.taken.add(ticket)
            self.free[self.variant[ticket]] -= 1

    def put_back(self, tickets: set[str]) -> None:
        self.taken -= tickets
        for ticket in tickets:
            self.free[self.variant[ticket]] += 1

    def rules(self, fallback: str, window_minutes: int, variants: list[VariantFacts]) -> None:
        self.fallback, self.window = fallback, window_minutes * 60
        self.times = {
            v["id"]: (v["starts_at"], v["ends_at"]) for v in variants if v["ends_at"] > v["starts_at"]
        }

    def queue(self, order_id: str) -> None:
        position, wanted = self.wish[order_id]
        self.waiting.add(order_id)
        heapq.heappush(self.heaps[wanted], (position, order_id))

    def first(self, wanted: str) -> tuple[int, str] | None:
        heap = self.heaps[wanted]
        while heap and heap[0][1] not in self.waiting:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def near(self, wanted: str, offered: str) -> tuple[float, int] | None:
        """(Jaccard, -gap), or None where the closest_time rule does not allow it."""
        a, b = self.times.get(wanted), self.times.get(offered)
        if not a or not b:
            return None
        overlap = min(a[1], b[1]) - max(a[0], b[0])
        union = max(a[1], b[1]) - min(a[0], b[0])
        if overlap <= 0 and -overlap > self.window:
            return None
        return max(0, overlap) / union, min(0, overlap)

    def servable(self, wanted: str, offered: str) -> bool:
        if self.fallback == "any_variant":
            return True
        return self.fallback == "closest_time" and self.near(wanted, offered) is not None

    def complaint(self, order_id: str, ticket_id: str, rule: str) -> str | None:
        """Why this assignment is not legal now, or None."""
        if order_id not in self.waiting:
            return "the pre-order does not wait"
        offered = self.variant[ticket_id]
        position, wanted = self.wish[order_id]
        exact = [first for first in (self.first(offered), self.first("")) if first]
        if rule in {"exact", "no_preference"}:
            if wanted not in {offered, ""}:
                return "the variant is not the wanted one"
            return None if min(exact)[1] == order_id else f"{min(exact)[1]} waits longer"
        if exact:
            return f"{exact[0][1]} wants exactly this"
        if rule != self.fallback or not self.servable(wanted, offered):
            return f"the fallback rule is {self.fallback}"
        if self.free[wanted] > 0:
            return "a ticket of the wanted variant is free"
        for other in list(self.heaps):
            first = self.first(other)
            if first and first[0] < position and self.free[other] <= 0 and self.servable(other, offered):
                return f"{first[1]} waits longer"
        if rule == "closest_time":
            better = [
                v
                for v, n in self.free.items()
                if n > 0 and (self.near(wanted, v) or (-1, 0)) > (self.near(wanted, offered) or (-1, 0))
            ]
            return "a closer time is free" if better else None
        return None

    def stranded(self) -> str | None:
        """A pre-order that waits although a ticket for it is free."""
        stocked = [variant for variant, count in self.free.items() if count > 0]
        for wanted in list(self.heaps):
            first = self.first(wanted)
            if first and any(wanted in {v, ""} or self.servable(wanted, v) for v in stocked):
                return first[1]
        return None


class Fifo(Checker):
    def __init__(self) -> None:
        super().__init__("I4 first come, first served")
        self.models: dict[str, Model] = defaultdict(Model)

    def see(self, position: int, fact: Fact) -> None:
        if isinstance(fact, pool.Event) and not isinstance(fact, pool.Opened):
            model = self.models[str(vars(fact)["event_id"])]
            if isinstance(fact, pool.TicketsAssigned):
                self._check(position, model, fact)
            else:
                follow(model, fact)
            if isinstance(fact, pool.AssignmentsRevoked) and fact.reason == pool.REPAIRED:
                for order_id, ticket in zip(fact.order_ids, fact.ticket_ids, strict=True):
                    self._mend(f"{order_id}/{ticket}")

    def _check(self, position: int, model: Model, fact: pool.TicketsAssigned) -> None:
        for order_id, ticket, rule in zip(fact.order_ids, fact.ticket_ids, fact.rules, strict=True):
            self.checked += 1
            complaint = None if rule == "manual" else model.complaint(order_id, ticket, rule)
            if complaint:
                what = f"ticket {ticket} went to {order_id}, but {complaint}"
                self._say(position, what, f"{order_id}/{ticket}")
            model.give(order_id, ticket)


def follow(model: Model, fact: pool.Event) -> None:
    """Everything but assignments, which are judged first."""
    match fact:
        case pool.RulesAdopted():
            model.rules(fact.fallback, fact.window_minutes, fact.variants)
        case pool.OrdersQueued():
            for order_id, wanted, place in zip(fact.order_ids, fact.variant_ids, fact.positions, strict=True):
                model.wish[order_id] = (place, wanted)
                model.queue(order_id)
        case pool.TicketsAdded():
            for ticket, variant in zip(fact.ticket_ids, fact.variant_ids, strict=True):
                model.variant[ticket] = variant
                model.free[variant] += 1
        case pool.AssignmentsRevoked():
            for order_id in fact.order_ids:
                model.queue(order_id)
            model.put_back(set(fact.ticket_ids) - set(fact.still_held))
        case pool.TicketsVoided():
            for ticket in fact.ticket_ids:
                model.free[model.variant[ticket]] -= 1
        case pool.OrderRemoved():
            model.waiting.discard(fact.order_id)
        case pool.OrderReturned():
            model.queue(fact.order_id)
        case _:
            pass


class Stranded(Checker):
    """I10 at rest no eligible pair of waiting pre-order and free ticket is left."""

    def __init__(self, fifo: Fifo) -> None:
        super().__init__("I10 nobody is left behind")
        self._fifo = fifo

    def see(self, position: int, fact: Fact) -> None:
        pass

    def at_rest(self) -> None:
        for event_id, model in self._fifo.models.items():
            self.checked += 1
            left = model.stranded()
            if left:
                self.broken.append(f"{self.name}: {left} of event {event_id} waits beside a free ticket")
