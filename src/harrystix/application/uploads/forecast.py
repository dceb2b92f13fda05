"""What a file would do: coverage of the demand, and the matcher itself run on a fork of each pool."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from harrystix.application.ports import DueWork
from harrystix.application.store import Store
from harrystix.application.uploads.evaluate import Evaluation
from harrystix.domain.matching import match
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By, FallbackRule

NOBODY = By("system:what-if", "", datetime(1970, 1, 1, tzinfo=UTC))
EVERYBODY = 10**9


@dataclass(frozen=True, slots=True)
class Coverage:
    """One variant (empty: none, or no preference): who waits, what is there, what this file adds."""

    event_id: str
    event: str
    variant_id: str
    variant: str
    waiting: int
    in_stock: int
    in_file: int

    @property
    def short(self) -> int:
        return max(0, self.waiting - self.in_stock - self.in_file)

    @property
    def over(self) -> int:
        return max(0, self.in_stock + self.in_file - self.waiting)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The outcome for one event under one fallback rule."""

    event_id: str
    event: str
    fallback: str
    is_current: bool
    matched: int
    by_rule: dict[str, int]
    still_waiting: dict[str, int]
    left_over: dict[str, int]


class Forecast:
    """For each event of a file, its pool forked once."""

    def __init__(self, store: Store, due: DueWork, evaluation: Evaluation) -> None:
        self._events, self._tickets = evaluation.events, evaluation.tickets_by_event()
        self._pools = {i: fork(store, due, evaluation.events[i]) for i in self._tickets}

    def coverage(self) -> list[Coverage]:
        """By event, what is short first."""
        found: list[Coverage] = []
        for event_id, tickets in self._tickets.items():
            found += _coverage(self._events[event_id], self._pools[event_id], tickets)
        return sorted(found, key=lambda item: (item.event, -item.short))

    def what_if(self) -> list[WhatIf]:
        """What would come of the file's tickets under each rule."""
        found: list[WhatIf] = []
        for event_id, tickets in self._tickets.items():
            pool = self._pools[event_id].twin()
            pool.add_tickets(NOBODY, "what-if", tickets)
            found += outcomes(self._events[event_id], pool)
        return found


def fork(store: Store, due: DueWork, event: TicketedEvent) -> TicketPool:
    """The event's pool as it would be with everybody who has paid by now."""
    event_id = str(event.id)
    known = store.pool(event_id)
    pool = known.twin() if known else TicketPool.open(NOBODY, event_id)
    pool.adopt_rules(NOBODY, event.version, str(event.fallback), event.window_minutes, event.variants)
    paid = due.queued_orders(event_id, EVERYBODY, pool.last_position)
    pool.queue_orders(NOBODY, [(d.subject, str(d.details["variant_id"]), d.position, 0) for d in paid])
    return pool


def _coverage(event: TicketedEvent, pool: TicketPool, tickets: list[tuple[str, str]]) -> list[Coverage]:
    found: list[Coverage] = []
    free = _count(
        str(ticket[0]) for ticket in pool.tickets.values() if ticket[3] in {"unassigned", "unmatched"}
    )
    waiting = _count(str(order[1]) for order in pool.orders.values() if order[2] in {"queued", "waiting"})
    added = _count(variant for _, variant in tickets)
    for variant in [""] + [variant["id"] for variant in event.variants]:
        numbers = (waiting.get(variant, 0), free.get(variant, 0), added.get(variant, 0))
        if any(numbers) or variant:
            found.append(Coverage(str(event.id), event.name, variant, event.variant_name(variant), *numbers))
    return found


def outcomes(event: TicketedEvent, pool: TicketPool) -> list[WhatIf]:
    """What the matcher would do with a forked pool under each rule."""
    found: list[WhatIf] = []
    for rule in FallbackRule:
        matches = match(pool.board(rule), EVERYBODY)
        served = {made.order_id for made in matches}
        used = {made.ticket_id for made in matches}
        waiting = (str(o[1]) for i, o in pool.orders.items() if pool.is_waiting(i) and i not in served)
        over = (str(t[0]) for i, t in pool.tickets.items() if pool.is_free(i) and i not in used)
        found.append(
            WhatIf(
                str(event.id),
                event.name,
                str(rule),
                rule == event.fallback,
                len(matches),
                _count(made.rule for made in matches),
                {event.variant_name(v): n for v, n in _count(waiting).items()},
                {event.variant_name(v): n for v, n in _count(over).items()},
            )
        )
    return found


def _count(items: Iterable[str]) -> dict[str, int]:
    return dict(Counter(items))
