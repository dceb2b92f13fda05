"""Whom an assignment passed over, and why: judged with the model that `verify` uses, which shares no code with the
matcher.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from harrystix.application.explain.queue import Queue
from harrystix.application.verify.fifo import Model
from harrystix.domain import pool_events as pool

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

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.assignments += 1
        self.rules[line.rule] += 1
        self.overtakings.update(line.overtook)
        self.unexplained += line.unexplained


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
        model.give(order_id, ticket)
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
