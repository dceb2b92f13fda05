"""What a file would do: coverage of the demand, and the matcher itself run on a fork of each pool."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from harrystix.application.ports import DueWork
from harrystix.application.store import Store
from harrystix.application.uploads.evaluate import Evaluation
from harrystix.domain.matching import match
from harrystix.domain.pool_indexes import FREE, WAITING
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
    """Of a file's tickets, event by event."""

    def __init__(self, store: Store, due: DueWork, evaluation: Evaluation) -> None:
        self._store, self._due = store, due
        self._events, self._tickets = evaluation.events, evaluation.tickets_by_event()

    def coverage(self) -> list[Coverage]:
        """By event, what is short first."""
        found: list[Coverage] = []
        for event_id, tickets in self._tickets.items():
            event, pool = self._events[event_id], self._store.pool(event_id)
            paid = _paid(self._due, event_id, pool.last_position if pool else 0)
            found += _coverage(event, pool, [variant for _, variant, _, _ in paid], tickets)
        return sorted(found, key=lambda item: (item.event, -item.short))

    def what_if(self) -> list[WhatIf]:
        """What would come of the file's tickets under each rule."""
        found: list[WhatIf] = []
        for event_id, tickets in self._tickets.items():
            pool = fork(self._store, self._due, self._events[event_id])
            pool.add_tickets(NOBODY, "what-if", tickets)
            found += outcomes(self._events[event_id], pool)
        return found


def fork(store: Store, due: DueWork, event: TicketedEvent) -> TicketPool:
    """The event's pool as it would be with everybody who has paid by now."""
    event_id = str(event.id)
    known = store.pool(event_id)
    pool = known.twin() if known else TicketPool.open(NOBODY, event_id)
    pool.adopt_rules(NOBODY, event.version, str(event.fallback), event.window_minutes, event.variants)
    pool.queue_orders(NOBODY, _paid(due, event_id, pool.last_position))
    return pool


def _paid(due: DueWork, event_id: str, after: int) -> list[tuple[str, str, int, int]]:
    """Who has paid and joins the queue at any moment, as the queue takes them."""
    paid = due.queued_orders(event_id, EVERYBODY, after)
    return [(one.subject, str(one.details["variant_id"]), one.position, 0) for one in paid]


def _coverage(
    event: TicketedEvent, pool: TicketPool | None, paid: list[str], tickets: list[tuple[str, str]]
) -> list[Coverage]:
    """`paid`: what those want who are about to join the queue."""
    found: list[Coverage] = []
    there, queued = (pool.tickets.values(), pool.orders.values()) if pool else ((), ())
    free = _count(str(ticket[0]) for ticket in there if ticket[3] in FREE)
    waiting = _count(chain((str(order[1]) for order in queued if order[2] in WAITING), paid))
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
