"""What is on sale, for members: the list, one event, and the pre-order itself."""

from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Member, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.night import GONE, Id, event_of, mine, on_sale
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import ordering
from harrystix.domain.errors import DomainError
from harrystix.projections.catalogue import queries as catalogue

ROWS = 20
router = Routes(prefix="/me/events", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def events_on_sale(request: Request, who: Member, cursor: Cursor = None) -> HTMLResponse:
    """What may be ordered now and still be paid in time, by start."""
    own = parts(request)
    now = own.context.clock.now()
    after = own.cursors.decode(request, cursor) if cursor else None
    since = (datetime.fromisoformat(after[0]), str(after[1])) if after else None
    rows = catalogue.on_sale(own.database, now, own.context.schedule.next(now), ROWS, since)
    more = (
        own.cursors.encode(request, rows[-1].starts_at.isoformat(), rows[-1].id) if len(rows) == ROWS else ""
    )
    have = {o.event_id for o in mine(own, str(who.member_id)) if o.status not in GONE}
    return page(
        request,
        who,
        "me/events.html",
        events=rows,
        mine=have,
        next=f"/me/events?cursor={more}" if more else "",
    )


@router.get("/{event_id}", response_class=HTMLResponse)
def choose(request: Request, who: Member, event_id: Id) -> HTMLResponse:
    """One event: what it costs, when it is taken, which variant."""
    return _choose(request, who, event_id)


@router.post("/{event_id}", response_class=Response)
async def place_order(request: Request, who: Member, event_id: Id) -> Response:
    """Pre-order; then the card."""
    found = await fields(request)
    key, variant = key_of(found), found.get("variant", "")

    def work() -> Response:
        context = parts(request).context
        command = write(request, who, f"{key}/{variant}")
        try:
            order, _ = ordering.place(
                context,
                command.by,
                context.schedule,
                event_id=event_id,
                member_id=str(who.member_id),
                variant_id=variant,
            )
        except DomainError as refused:
            return _choose(request, who, event_id, 409, errors=said(refused, "variant"), chosen=variant)
        return go(f"/me/orders/{order.id}/card")

    return await run_in_threadpool(work)


def _choose(
    request: Request,
    who: Caller,
    event_id: str,
    status: int = 200,
    *,
    errors: list[dict[str, str]] | None = None,
    chosen: str = "",
) -> HTMLResponse:
    own = parts(request)
    event = event_of(own, event_id)
    now = own.context.clock.now()
    taken = own.context.schedule.next(now)
    have = [
        order
        for order in mine(own, str(who.member_id))
        if order.event_id == event_id and order.status not in GONE
    ]
    return page(
        request,
        who,
        "me/event.html",
        status,
        event=event,
        taken=taken,
        open=on_sale(event, now, taken),
        have=have[0] if have else None,
        chosen=chosen,
        errors=errors,
    )
