from collections import Counter
from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import ticketed_event_events as ticketed
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Counters


class Fold(Tables):
    """`assigned` counts tickets of the variant, `served` pre-orders that wanted it."""

    def __init__(self) -> None:
        self.matrix = Counters(
            "variant_matrix",
            {"event_id": "uuid", "variant_id": "text"},
            ("ordered", "uploaded", "assigned", "served"),
        )

    def count(self, event_id: str, variants: list[str], number: str, sign: int = 1) -> None:
        for variant, count in Counter(variants).items():
            self.matrix.add(event_id, variant, **{number: sign * count})


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("variant_matrix", Path(__file__).parent, project, Fold, {"variant_matrix": ()})


@project.on(ticketed.Announced)
def _announced(fold: Fold, _: int, fact: ticketed.Announced) -> None:
    for variant in fact.variants:
        fold.matrix.add(str(fact.originator_id), variant["id"], ordered=0)


@project.on(order.PaymentConfirmed)
def _ordered(fold: Fold, _: int, fact: order.PaymentConfirmed) -> None:
    fold.matrix.add(fact.event_id, fact.variant_id, ordered=1)


@project.on(pool.TicketsAdded)
def _uploaded(fold: Fold, _: int, fact: pool.TicketsAdded) -> None:
    fold.count(fact.event_id, fact.variant_ids, "uploaded")


@project.on(pool.TicketsAssigned)
def _assigned(fold: Fold, _: int, fact: pool.TicketsAssigned) -> None:
    fold.count(fact.event_id, fact.variant_ids, "assigned")
    fold.count(fact.event_id, fact.wanted_ids, "served")


@project.on(pool.AssignmentsRevoked)
def _revoked(fold: Fold, _: int, fact: pool.AssignmentsRevoked) -> None:
    fold.count(fact.event_id, fact.variant_ids, "assigned", -1)
    fold.count(fact.event_id, fact.wanted_ids, "served", -1)


@project.on(pool.TicketsVoided)
def _voided(fold: Fold, _: int, fact: pool.TicketsVoided) -> None:
    fold.count(fact.event_id, fact.variant_ids, "uploaded", -1)


@project.on(pool.OrderRemoved)
def _removed(fold: Fold, _: int, fact: pool.OrderRemoved) -> None:
    fold.matrix.add(fact.event_id, fact.variant_id, ordered=-1)


@project.on(pool.OrderReturned)
def _returned(fold: Fold, _: int, fact: pool.OrderReturned) -> None:
    fold.matrix.add(fact.event_id, fact.variant_id, ordered=1)
