"""The fairness report of an event: every assignment with its rank in the queue, and whom it overtook, and why.

It follows the pool's facts with the model that `verify` uses, which shares no code with the matcher.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from harrystix.application.context import Context
from harrystix.application.verify.fifo import Model, follow
from harrystix.domain import pool_events as pool
from harrystix.domain.base import Fact
from harrystix.domain.ids import pool_id
from harrystix.domain.ticketed_event import TicketedEvent

BY_HAND = "given by hand"
EXACT_FIRST = "somebody wanted exactly this"
NO_FALLBACK = "wanted another variant, and the event has no fallback"
TOO_FAR = "wanted another time, too far from this one"
OWN_FREE = "a ticket of the wanted variant was free"


@dataclass(frozen=True, slots=True)
class Line:
    """`rank`: 1 is the first to have paid. `overtook`: pre-orders before it that still waited, by reason."""

    at: datetime
    order_id: str
    ticket_id: str
    rank: int
    wanted_id: str
    given_id: str
    rule: str
    reason: str
    overtook: dict[str, int]
    unexplained: int


@dataclass
class Fairness:
    """`revoked`: assignments taken back later. `names`: of variants, by id."""

    event_id: str
    queued: int = 0
    assignments: int = 0
    revoked: int = 0
    overtakings: Counter[str] = field(default_factory=Counter[str])
    unexplained: int = 0
    rules: Counter[str] = field(default_factory=Counter[str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    lines: list[Line] = field(default_factory=list[Line])


def fairness(context: Context, event_id: str) -> Fairness:
    """Raises NotFound. Lines are in the order of the assignments."""
    event = context.store.get(TicketedEvent, event_id)
    facts = [fact for fact in context.store.events.get(pool_id(event_id)) if isinstance(fact, pool.Event)]
    return judge(
        Fairness(event_id, names={variant["id"]: variant["name"] for variant in event.variants}), facts
    )


def judge(report: Fairness, facts: list[pool.Event]) -> Fairness:
    """The facts of one pool, from its first."""
    queue = Queue(facts)
    report.queued = len(queue.rank)
    model = Model()
    for fact in facts:
        if isinstance(fact, pool.TicketsAssigned):
            for line in assigned(model, queue, fact):
                report.lines.append(line)
                report.rules[line.rule] += 1
                report.overtakings.update(line.overtook)
                report.unexplained += line.unexplained
        else:
            follow(model, fact)
            queue.follow(model, fact)
            report.revoked += len(fact.order_ids) if isinstance(fact, pool.AssignmentsRevoked) else 0
    report.assignments = len(report.lines)
    return report


def assigned(model: Model, queue: "Queue", fact: pool.TicketsAssigned) -> list[Line]:
    """One by one, moving model and queue along."""
    lines: list[Line] = []
    for order_id, ticket, rule in zip(fact.order_ids, fact.ticket_ids, fact.rules, strict=True):
        given, (_, wanted), rank = model.variant[ticket], model.wish[order_id], queue.rank[order_id]
        overtook: Counter[str] = Counter()
        unexplained = 0
        for other, waiting in queue.waiting.items():
            if count := waiting.before(rank):
                why = _why(model, other, given, rule)
                overtook[why or "no reason"] += count
                unexplained += 0 if why else count
        lines.append(
            Line(
                fact.timestamp,
                order_id,
                ticket,
                rank,
                wanted,
                given,
                rule,
                fact.reason,
                dict(overtook),
                unexplained,
            )
        )
        queue.leave(order_id, wanted)
        model.waiting.discard(order_id)
        model.free[given] -= 1
    return lines


def _why(model: Model, wanted: str, given: str, rule: str) -> str:
    """Why one who wants that may be passed over for a ticket of `given`; empty: there is no reason."""
    if rule == "manual":
        return BY_HAND
    if wanted in {given, ""}:
        return ""
    if rule in {"exact", "no_preference"}:
        return EXACT_FIRST if model.servable(wanted, given) else _not_servable(model)
    if model.free[wanted] > 0:
        return OWN_FREE
    return "" if model.servable(wanted, given) else _not_servable(model)


def why_not(model: Model, wanted: str, offered: str) -> str:
    """Why who wants that does not get a free ticket of `offered`; empty: he may."""
    return "" if wanted in {offered, ""} or model.servable(wanted, offered) else _not_servable(model)


def _not_servable(model: Model) -> str:
    return NO_FALLBACK if model.fallback == "none" else TOO_FAR


class Queue:
    """Ranks of everybody who was ever queued, and who waits, by wanted variant."""

    def __init__(self, facts: list[pool.Event]) -> None:
        places = [
            (place, order)
            for fact in facts
            if isinstance(fact, pool.OrdersQueued)
            for place, order in zip(fact.positions, fact.order_ids, strict=True)
        ]
        self.rank = {order: rank for rank, (_, order) in enumerate(sorted(places), 1)}
        self.waiting: dict[str, _Waiting] = {}

    def follow(self, model: Model, fact: Fact) -> None:
        match fact:
            case pool.OrdersQueued() | pool.AssignmentsRevoked():
                for order in fact.order_ids:
                    self._join(order, model.wish[order][1])
            case pool.OrderReturned():
                self._join(fact.order_id, model.wish[fact.order_id][1])
            case pool.OrderRemoved():
                self.leave(fact.order_id, model.wish[fact.order_id][1])
            case _:
                pass

    def before(self, wanted: str, rank: int) -> int:
        """How many who want that wait before a rank; rank 0: how many at all."""
        found = self.waiting.get(wanted)
        return found.before(rank or len(self.rank) + 1) if found else 0

    def leave(self, order_id: str, wanted: str) -> None:
        if wanted in self.waiting:
            self.waiting[wanted].put(self.rank[order_id], False)

    def _join(self, order_id: str, wanted: str) -> None:
        self.waiting.setdefault(wanted, _Waiting(len(self.rank))).put(self.rank[order_id], True)


class _Waiting:
    """Who waits, by rank; how many wait before one is counted in logarithmic time (a Fenwick tree)."""

    def __init__(self, size: int) -> None:
        self._there = bytearray(size + 1)
        self._sums = [0] * (size + 1)

    def put(self, rank: int, there: bool) -> None:
        if self._there[rank] == there:
            return
        self._there[rank] = there
        step = 1 if there else -1
        while rank < len(self._sums):
            self._sums[rank] += step
            rank += rank & -rank

    def before(self, rank: int) -> int:
        found, rank = 0, rank - 1
        while rank > 0:
            found += self._sums[rank]
            rank -= rank & -rank
        return found
