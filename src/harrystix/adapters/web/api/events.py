"""Ticketed events: create, change, list; matrix and reconcile."""

import re
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import Header, Request, Response

from harrystix.adapters.web.access import Admin, IdempotencyKey, Staff, write
from harrystix.adapters.web.announcing import announce
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import CellOut, EventChange, EventIn, EventOut, VariantIn, VariantOut
from harrystix.application.handlers import events
from harrystix.domain.errors import InvalidValue, NotFound
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.variant_matrix import queries as variant_matrix

# None is a value of theirs: only those that were sent are changed.
TIMES = ("sales_open_at", "sales_close_at", "allocation_ends_at")
router = Routes(prefix="/api/admin/events", tags=["events"], responses=Answers.WRITE)


def shown(event: catalogue.EventRow | TicketedEvent) -> EventOut:
    variants = [
        (v["id"], v["name"], v["starts_at"], v["ends_at"])
        for v in (event.variants if isinstance(event, TicketedEvent) else [])
    ] or [(v.id, v.name, v.starts_at, v.ends_at) for v in event.variants if not isinstance(v, dict)]
    return EventOut(
        id=str(event.id),
        name=event.name,
        code=event.code,
        venue=event.venue,
        starts_at=event.starts_at,
        time_zone=event.time_zone,
        price_minor=event.price_minor,
        currency=event.currency,
        fallback=str(event.fallback),
        window_minutes=event.window_minutes,
        version=event.version,
        sales_open_at=event.sales_open_at,
        sales_close_at=event.sales_close_at,
        allocation_ends_at=event.allocation_ends_at,
        variants=[
            VariantOut(id=i, name=name, starts_at=_moment(start), ends_at=_moment(end))
            for i, name, start, end in variants
        ],
    )


@router.post("", status_code=201, response_model=EventOut)
def create_event(request: Request, who: Admin, new: EventIn, key: IdempotencyKey = None) -> Response:
    command = write(request, who, key)

    def work() -> Response:
        fields = new.model_dump(exclude={"variants"})
        made = events.NewEvent(**fields, variants=[_variant(v) for v in new.variants])
        event = announce(command.parts.context, command.by, who, made)
        return send(shown(event), 201)

    return command.once(new.model_dump_json().encode(), work)


@router.patch("/{event_id}", response_model=EventOut)
def change_event(
    request: Request,
    who: Admin,
    event_id: str,
    change: EventChange,
    key: IdempotencyKey = None,
    if_match: Annotated[str | None, Header(description="The version that the change is meant for.")] = None,
) -> Response:
    command = write(request, who, key)

    def work() -> Response:
        fields = change.model_dump(exclude={"add_variants", *TIMES})
        times = {name: getattr(change, name) for name in TIMES if name in change.model_fields_set}
        expected = _version(if_match)
        event = events.change(
            command.parts.context,
            command.by,
            event_id,
            **fields,
            times=times,
            add_variants=[_variant(v) for v in change.add_variants],
            expected_version=expected,
        )
        return send(shown(event))

    return command.once(change.model_dump_json().encode(), work)


@router.get("", response_model=list[EventOut])
def list_events(
    request: Request, response: Response, who: Staff, limit: Limit = 50, cursor: Cursor = None
) -> list[EventOut]:
    """By start."""
    own = parts(request)
    after = own.cursors.decode(request, cursor) if cursor else None
    page = catalogue.page(
        own.database, limit, (datetime.fromisoformat(after[0]), str(after[1])) if after else None, who.within
    )
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].starts_at.isoformat(), page[-1].id))
    return [shown(event) for event in page]


@router.get("/{event_id}", response_model=EventOut)
def show_event(request: Request, response: Response, _: Staff, event_id: str) -> EventOut:
    event = shown(parts(request).context.store.get(TicketedEvent, event_id))
    response.headers["ETag"] = f'"{event.version}"'
    return event


@router.get("/{event_id}/matrix", response_model=list[CellOut])
def show_matrix(request: Request, _: Staff, event_id: str) -> list[CellOut]:
    """Ordered, uploaded and assigned by variant, worst first; the empty variant is no preference."""
    own = parts(request)
    found = catalogue.some(own.database, [event_id]) if is_id(event_id) else {}
    if event_id not in found:
        raise NotFound(f"There is no event {event_id}.")
    names = {variant.id: variant.name for variant in found[event_id].variants}
    return [
        CellOut(
            variant_id=cell.variant_id,
            variant=names.get(cell.variant_id, ""),
            ordered=cell.ordered,
            uploaded=cell.uploaded,
            assigned=cell.assigned,
            served=cell.served,
            short=cell.short,
        )
        for cell in variant_matrix.matrix(own.database, event_id)
    ]


@router.post("/{event_id}/reconcile", status_code=202)
def reconcile(request: Request, who: Admin, event_id: str, key: IdempotencyKey = None) -> Response:
    """Re-run the assignment. It runs in the background, once however often it is asked for."""
    command = write(request, who, key)

    def work() -> Response:
        command.parts.context.store.get(TicketedEvent, event_id)
        command.parts.calm.send("match", event_id)
        return Response(orjson.dumps({"eventId": event_id}), 202, media_type="application/json")

    return command.once(event_id.encode(), work)


def _variant(variant: VariantIn) -> events.NewVariant:
    return events.NewVariant(variant.name, variant.starts_at, variant.ends_at)


def _version(if_match: str | None) -> int | None:
    """The version that somebody has read; None for whatever it is. A proxy that compresses makes a tag weak."""
    given = (if_match or "*").strip()
    found = re.fullmatch('(?:W/)?"?([0-9]{1,18})"?', given)
    if given != "*" and not found:
        raise InvalidValue("If-Match names one version, as the ETag did.", field="If-Match")
    return int(found[1]) if found else None


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
