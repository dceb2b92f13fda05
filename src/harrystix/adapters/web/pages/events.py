"""Events: the list, and one event with its matrix, its rule and its uploads."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Admin, Staff, acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.captures import fates_of, short_of
from harrystix.adapters.web.pages.forms import fields, go, key_of
from harrystix.adapters.web.pages.render import count_of, page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import events
from harrystix.application.uploads.forecast import WhatIf, fork, outcomes
from harrystix.domain.errors import DomainError, InvalidValue, OutOfDate
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import FallbackRule
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders.place import first
from harrystix.projections.money import queries as money
from harrystix.projections.money.rehearsal import Rehearsal, rehearse
from harrystix.projections.overview import queries as overview
from harrystix.projections.uploads import queries as uploads
from harrystix.projections.variant_matrix import queries as variant_matrix

ROWS, FILES, FIRST, RUNS = 50, 10, 10, 5
# The matcher is run on a copy for each rule: a page does it by itself for so many pre-orders only.
BY_ITSELF = 5000
# Of how many pre-orders the matcher itself tries each rule, unasked.
TRIED_BY_ITSELF = 1000
Words = Annotated[str, Query(max_length=100)]
router = Routes(prefix="/admin/events", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_events(
    request: Request, who: Staff, cursor: Cursor = None, earlier: bool = False, q: Words = ""
) -> HTMLResponse:
    """Events by start, from today; `earlier`: from the first. `q`: a name or the beginning of a code, at any time."""
    own = parts(request)
    if q.strip():
        return _found(request, who, q.strip())
    after = own.cursors.decode(request, cursor) if cursor else None
    since = (datetime.fromisoformat(after[0]), str(after[1])) if after else None
    if since is None and not earlier:
        since = catalogue.lately(own.context.clock.now())
    rows = catalogue.page(own.database, ROWS, since, who.within, variants=False)
    numbers = overview.some(own.database, [row.id for row in rows])
    last = rows[-1] if len(rows) == ROWS else None
    more = own.cursors.encode(request, last.starts_at.isoformat(), last.id) if last else ""
    return page(
        request,
        who,
        "admin/events.html",
        events=[(row, numbers[row.id]) for row in rows],
        next=f"/admin/events?cursor={more}" if more else "",
        earlier=earlier,
        q="",
        may_announce=who.may(Act.STOCK),
    )


def _found(request: Request, who: Caller, q: str) -> HTMLResponse:
    own = parts(request)
    now = own.context.clock.now()
    ids = [one[0] for one in catalogue.like(own.database, q, ROWS, now, who.within)]
    rows, numbers = catalogue.some(own.database, ids), overview.some(own.database, ids)
    return page(
        request,
        who,
        "admin/events.html",
        events=[(rows[one], numbers[one]) for one in ids if one in rows],
        next="",
        earlier=False,
        q=q,
        may_announce=who.may(Act.STOCK),
    )


@router.get("/{event_id}", response_class=HTMLResponse)
def show_event(request: Request, who: Staff, event_id: str) -> HTMLResponse:
    """One event: what was ordered, what is there, what is missing."""
    with parts(request).database.held():
        return _event(request, who, event_id)


@router.post("/{event_id}/rule", response_class=Response)
async def change_rule(request: Request, who: Admin, event_id: str) -> Response:
    """Another fallback rule; who waits is matched by it at once."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        wish = f"{found.get('fallback')}/{found.get('window')}"
        by = acting(request, who, f"POST /admin/events/{event_id}/rule/{key}/{wish}")
        try:
            if found.get("fallback") not in set(FallbackRule) or not found.get("window", "").isdecimal():
                raise InvalidValue("Choose a rule, and minutes from 0 to 1440.", field="fallback")
            seen = found.get("version", "")
            events.change(
                parts(request).context,
                by,
                event_id,
                fallback=FallbackRule(found["fallback"]),
                window_minutes=int(found["window"][:6]),
                expected_version=int(seen[:9]) if seen.isdecimal() else 0,
            )
        except OutOfDate:
            wrong = [
                {"text": "Somebody changed this event meanwhile. This is how it is now.", "field": "rule"}
            ]
            kept = {"window": found.get("window", "")[:6], "chosen": found.get("fallback", "")}
            return _event(request, who, event_id, status=412, errors=wrong, **kept)
        except DomainError as refused:
            wrong = [{"text": refused.message, "field": "window"}]
            kept = {"window": found.get("window", "")[:6], "chosen": found.get("fallback", "")}
            return _event(request, who, event_id, status=422, errors=wrong, **kept)
        return go(f"/admin/events/{event_id}#rule")

    return await run_in_threadpool(work)


@router.post("/{event_id}/reconcile", response_class=Response)
async def reconcile(request: Request, _: Admin, event_id: str) -> Response:
    """Run the assignment again, in the background."""
    key_of(await fields(request))

    def work() -> Response:
        own = parts(request)
        own.context.store.get(TicketedEvent, event_id)
        own.calm.send("match", event_id)
        return go(f"/admin/events/{event_id}?matched=1")

    return await run_in_threadpool(work)


def _event(
    request: Request,
    who: Caller,
    event_id: str,
    status: int = 200,
    window: str = "",
    chosen: str = "",
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    event = own.context.store.get(TicketedEvent, event_id)
    mine = None if who.within is None else uploads.Own(who.actor, who.within)
    known = overview.of_event(own.database, event_id, datetime.now(UTC).date())
    numbers = known.numbers
    asked = numbers.orders <= TRIED_BY_ITSELF or request.query_params.get("rules") == "1"
    return page(
        request,
        who,
        "admin/event.html",
        status,
        event=event,
        event_id=event_id,
        numbers=numbers,
        today=known.today,
        median=overview.median_of(known.latencies),
        troubled=known.troubled,
        cells=[
            (event.variant_name(cell.variant_id) or "No preference", cell, shade(cell), words(cell))
            for cell in variant_matrix.matrix(own.database, event_id)
        ],
        outcomes=outcomes(event, fork(own.context.store, own.context.due, event))
        if asked
        else plain_rules(event),
        asked=asked,
        uploads=uploads.page(own.database, FILES, None, event_id, mine),
        queue=[
            (number, one, event.variant_name(one.variant_id) or "no preference")
            for number, one in enumerate(first(own.database, event_id, FIRST), 1)
        ],
        **_money(own, event_id, asked=request.query_params.get("money") == "1"),
        over=event.starts_at < datetime.now(UTC),
        may_change=who.may(Act.STOCK),
        may_refund=who.may(Act.MONEY),
        may_see_runs=who.may(Act.HOUSE),
        may_serve=who.may(Act.SERVE),
        matched=request.query_params.get("matched") == "1",
        window=window,
        chosen=chosen if chosen in set(FallbackRule) else str(event.fallback),
        **more,
    )


def _money(own: Parts, event_id: str, *, asked: bool) -> dict[str, Any]:
    """What the next capture would do for this event, and what the last ones did; of many only where it is asked for."""
    at = own.context.schedule.next(own.context.clock.now())
    due, tried = money.open_and_asked(own.database, event_id, BY_ITSELF)
    if not asked and BY_ITSELF in {due, tried}:
        return {"at": at, "amounts": {}, "fates": [], "short": [], "runs": [], "counted": False}
    found = rehearse(own.database, at, event_id) if due else Rehearsal(at)
    return {
        "at": at,
        "counted": True,
        "amounts": found.amounts,
        "fates": fates_of(found),
        "short": short_of(found),
        "runs": money.runs_of(own.database, event_id, RUNS) if tried else [],
    }


def plain_rules(event: TicketedEvent) -> list[WhatIf]:
    """The rules, without what each would do."""
    return [
        WhatIf(str(event.id), event.name, str(rule), rule == event.fallback, 0, {}, {}, {})
        for rule in FallbackRule
    ]


def shade(cell: variant_matrix.Cell) -> int:
    """0: nobody wants it; 1: enough for all; then the more is missing, the darker."""
    if not cell.ordered:
        return 0
    if not cell.short:
        return 1
    share = cell.short / cell.ordered
    return 2 if share <= 0.1 else 3 if share <= 0.5 else 4


def words(cell: variant_matrix.Cell) -> str:
    if not cell.ordered:
        return "no demand"
    return (
        f"short {cell.short:,}" if cell.short else f"{count_of(cell.uploaded - cell.ordered, 'ticket')} spare"
    )
