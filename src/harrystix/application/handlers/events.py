"""Ticketed events: announce, change, set the fallback rule."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from harrystix.application.context import Context
from harrystix.domain.errors import OutOfDate
from harrystix.domain.ids import command_id, named
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import DEFAULT_WINDOW_MINUTES, By, FallbackRule, VariantFacts, variant_facts


@dataclass(frozen=True)
class NewVariant:
    name: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class NewEvent:
    name: str
    code: str
    starts_at: datetime
    venue: str = ""
    time_zone: str = "Europe/London"
    price_minor: int = 0
    currency: str = "GBP"
    variants: list[NewVariant] = field(default_factory=list[NewVariant])
    fallback: FallbackRule = FallbackRule.NONE
    window_minutes: int = DEFAULT_WINDOW_MINUTES
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None


def announce(context: Context, by: By, new: NewEvent) -> TicketedEvent:
    """Raises InvalidValue, AlreadyTaken. The same command again returns the same event."""
    event_id = UUID(command_id("event", by.command_id))
    known = context.store.get_many(TicketedEvent, [str(event_id)])
    if known:
        return known[str(event_id)]
    event = TicketedEvent.announce(
        event_id,
        by,
        name=new.name,
        code=new.code,
        starts_at=new.starts_at,
        venue=new.venue,
        time_zone=new.time_zone,
        price_minor=new.price_minor,
        currency=new.currency,
        variants=[facts(event_id, variant) for variant in new.variants],
        sales_open_at=new.sales_open_at,
        sales_close_at=new.sales_close_at,
        fallback=new.fallback,
        window_minutes=new.window_minutes,
    )
    context.store.commit(event, together=[context.directory.claim(str(event_id), event.code, event.name)])
    return event


def facts(event_id: UUID, variant: NewVariant) -> VariantFacts:
    """A variant's id follows from its event and name, so that a repeated command names the same one."""
    variant_id = UUID(named(f"variant/{event_id}/{variant.name.strip().casefold()}"))
    return variant_facts(str(variant_id), variant.name.strip(), variant.starts_at, variant.ends_at)


def change(
    context: Context,
    by: By,
    event_id: str,
    *,
    name: str | None = None,
    venue: str | None = None,
    starts_at: datetime | None = None,
    fallback: FallbackRule | None = None,
    window_minutes: int | None = None,
    add_variants: list[NewVariant] | None = None,
    times: dict[str, datetime | None] | None = None,
    expected_version: int | None = None,
) -> TicketedEvent:
    """What is None stays as it is. Raises InvalidValue; OutOfDate for an `expected_version` that has passed."""

    def work() -> TicketedEvent:
        event = context.store.get(TicketedEvent, event_id)
        if expected_version is not None and event.version != expected_version:
            if context.store.knows(event.id, by.command_id):
                return event
            raise OutOfDate("The event was changed meanwhile.", field="If-Match", version=event.version)
        event.change_details(
            by,
            name=name if name is not None else event.name,
            venue=venue if venue is not None else event.venue,
            starts_at=starts_at or event.starts_at,
        )
        event.change_fallback_rule(
            by,
            fallback or event.fallback,
            window_minutes if window_minutes is not None else event.window_minutes,
        )
        if times:
            event.change_sales_window(
                by,
                times.get("sales_open_at", event.sales_open_at),
                times.get("sales_close_at", event.sales_close_at),
            )
            event.change_allocation_end(by, times.get("allocation_ends_at", event.allocation_ends_at))
        for variant in add_variants or []:
            event.add_variant(by, facts(event.id, variant))
        context.store.commit(event, together=[context.directory.rename(event_id, event.name)])
        return event

    done = context.store.run(by, lambda: [UUID(event_id)], work)
    return done or context.store.get(TicketedEvent, event_id)


def change_picture(context: Context, by: By, event_id: str, data: bytes | None) -> None:
    """None: no picture any more. Raises InvalidValue, NotFound."""
    picture, kept = context.pictures.made(data) if data is not None else ("", None)

    def work() -> None:
        event = context.store.get(TicketedEvent, event_id)
        event.change_picture(by, picture)
        context.store.commit(event, together=[kept] if kept else [])

    context.store.run(by, lambda: [UUID(event_id)], work)
