from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import event_refunds_events as refunds
from harrystix.domain import ticketed_event_events as ticketed
from harrystix.domain.values import VariantFacts
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Table


class Fold(Tables):
    def __init__(self) -> None:
        self.events = Table(
            "events",
            {
                "id": "uuid",
                "position": "bigint",
                "name": "text",
                "code": "text",
                "venue": "text",
                "starts_at": "timestamptz",
                "time_zone": "text",
                "price_minor": "bigint",
                "currency": "text",
                "fallback": "text",
                "window_minutes": "int",
                "version": "int",
                "sales_open_at": "timestamptz",
                "sales_close_at": "timestamptz",
                "allocation_ends_at": "timestamptz",
                "picture": "text",
            },
            "id",
        )
        self.variants = Table(
            "variants",
            {
                "id": "text",
                "event_id": "uuid",
                "rank": "int",
                "name": "text",
                "starts_at": "bigint",
                "ends_at": "bigint",
            },
            "id",
        )

    def add(self, event_id: str, rank: int, variant: VariantFacts) -> None:
        self.variants.insert(
            variant["id"],
            event_id=event_id,
            rank=rank,
            name=variant["name"],
            starts_at=variant["starts_at"],
            ends_at=variant["ends_at"],
        )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("catalogue", Path(__file__).parent, project, Fold, {"events": (), "variants": ()})


@project.on(ticketed.Announced)
def _announced(fold: Fold, position: int, fact: ticketed.Announced) -> None:
    event_id = str(fact.originator_id)
    fold.events.insert(
        event_id,
        position=position,
        name=fact.name,
        code=fact.code,
        venue=fact.venue,
        starts_at=fact.starts_at,
        time_zone=fact.time_zone,
        price_minor=fact.price_minor,
        currency=fact.currency,
        fallback=fact.fallback,
        window_minutes=fact.window_minutes,
        version=fact.originator_version,
        sales_open_at=fact.sales_open_at,
        sales_close_at=fact.sales_close_at,
        picture="",
    )
    for rank, variant in enumerate(fact.variants):
        fold.add(event_id, rank, variant)


@project.on(ticketed.DetailsChanged)
def _changed(fold: Fold, _: int, fact: ticketed.DetailsChanged) -> None:
    fold.events.update(
        str(fact.originator_id),
        name=fact.name,
        venue=fact.venue,
        starts_at=fact.starts_at,
        version=fact.originator_version,
    )


@project.on(ticketed.VariantAdded)
def _variant_added(fold: Fold, position: int, fact: ticketed.VariantAdded) -> None:
    fold.add(str(fact.originator_id), position, fact.variant)
    fold.events.update(str(fact.originator_id), version=fact.originator_version)


@project.on(ticketed.FallbackRuleChanged)
def _fallback_changed(fold: Fold, _: int, fact: ticketed.FallbackRuleChanged) -> None:
    fold.events.update(
        str(fact.originator_id),
        fallback=fact.fallback,
        window_minutes=fact.window_minutes,
        version=fact.originator_version,
    )


@project.on(
    ticketed.CorrectionRemembered,
    refunds.RefundsPlanned,
    refunds.RefundsHeld,
    refunds.RefundsOrdered,
    refunds.RefundsFinished,
)
def _other(fold: Fold, _: int, fact: ticketed.Event) -> None:
    """Nothing that is shown here, but If-Match asks for the version."""
    fold.events.update(str(fact.originator_id), version=fact.originator_version)


@project.on(ticketed.SalesWindowChanged)
def _sales(fold: Fold, _: int, fact: ticketed.SalesWindowChanged) -> None:
    fold.events.update(
        str(fact.originator_id),
        sales_open_at=fact.sales_open_at,
        sales_close_at=fact.sales_close_at,
        version=fact.originator_version,
    )


@project.on(refunds.AllocationEndChanged)
def _allocation(fold: Fold, _: int, fact: refunds.AllocationEndChanged) -> None:
    fold.events.update(
        str(fact.originator_id),
        allocation_ends_at=fact.allocation_ends_at,
        version=fact.originator_version,
    )


@project.on(ticketed.PictureChanged)
def _picture(fold: Fold, _: int, fact: ticketed.PictureChanged) -> None:
    fold.events.update(str(fact.originator_id), picture=fact.picture, version=fact.originator_version)
