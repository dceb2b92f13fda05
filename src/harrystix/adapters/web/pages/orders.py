"""Pre-orders with their tickets: one search, filters in the address, and one pre-order with everything about it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.postgres.saved_views import SavedViews
from harrystix.adapters.web.access import OrderReader
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.csv_export import line
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.masking import masked
from harrystix.adapters.web.pages.bulk_acts import acts_of
from harrystix.adapters.web.pages.forms import fields, go, key_of, many, said
from harrystix.adapters.web.pages.order_filters import Wanted, chips, choices, fitting, parse, query
from harrystix.adapters.web.pages.order_search import has_operators, member_of, order_of, read, suggest
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.domain.errors import InvalidValue
from harrystix.projections.assignments import queries
from harrystix.projections.catalogue import queries as catalogue

ROWS, AT_ONCE = 50, 500
COLUMNS = (
    "pre_order", "event", "variant", "status", "paid_at", "ticket", "ticket_variant", "rule", "delivery", "mailed_at",
)  # fmt: skip
LIST = "/admin/orders"
router = Routes(prefix=LIST, include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_orders(request: Request, who: OrderReader, wanted: Wanted, cursor: Cursor = None) -> HTMLResponse:
    """Newest first, as the filters in the address say."""
    with parts(request).database.held():
        return _list(request, who, wanted, cursor)


@router.post("/find", response_class=Response)
async def find(request: Request, who: OrderReader) -> Response:
    """An id, an address or an event's code. It comes in the body: no address is in a log or a history."""
    found = await fields(request)
    asked = found.get("q", "").strip()

    def work() -> Response:
        own = parts(request)
        if has_operators(asked):
            return _by_operators(request, who, asked, found)
        member = member_of(own, who, asked) if "@" in asked else None
        if member:
            return go(f"/admin/orders?member={member}")
        event = catalogue.by_code(own.database, asked) if asked else None
        if event and who.sees(event):
            return go(f"/admin/orders?event={event}")
        if order := order_of(own, who, asked):
            return go(f"/admin/orders/{order}")
        if has_operators(asked, misspelt=True):
            return _by_operators(request, who, asked, found)
        text = "Nothing is known by that. Try a whole id, a whole address, the code of an event, or status:waiting."
        wrong = [{"text": text, "field": "q"}]
        return _list(
            request, who, parse(found.get("matching", ""), who), None, status=404, q=asked, errors=wrong
        )

    return await run_in_threadpool(work)


def _by_operators(request: Request, who: Caller, asked: str, found: dict[str, str]) -> Response:
    try:
        return go(f"/admin/orders?{query(read(parts(request), who, asked))}")
    except InvalidValue as wrong:
        wanted = parse(found.get("matching", ""), who)
        return _list(request, who, wanted, None, status=422, q=asked, errors=said(wrong))


@router.post("/suggest", response_class=JSONResponse)
async def suggest_some(request: Request, who: OrderReader) -> JSONResponse:
    """While somebody writes. In the body too: what is half an address is in no log either."""
    asked = (await fields(request)).get("q", "")[:254]
    found = await run_in_threadpool(suggest, parts(request), who, asked)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.post("/views", response_class=Response)
async def keep_view(request: Request, who: OrderReader) -> Response:
    """These filters under a name: theirs alone."""
    found = await fields(request)
    key_of(found)

    def work() -> Response:
        own = parts(request)
        matching = query(parse(found.get("matching", ""), who))
        try:
            SavedViews(own.database).save(who.actor, found.get("name", ""), matching)
        except InvalidValue as wrong:
            wanted = parse(matching, who)
            return _list(
                request, who, wanted, None, 422, errors=said(wrong, "name"), view_name=found.get("name", "")
            )
        return go(f"/admin/orders?{matching}")

    return await run_in_threadpool(work)


@router.post("/views/{view_id}/remove", response_class=Response)
async def remove_view(request: Request, who: OrderReader, view_id: str) -> Response:
    """The name only; nothing happens to what is in the list."""
    key_of(await fields(request))

    def work() -> Response:
        if is_id(view_id):
            SavedViews(parts(request).database).remove(who.actor, view_id)
        return go("/admin/orders")

    return await run_in_threadpool(work)


@router.get("/export.csv", response_class=StreamingResponse)
def export(request: Request, who: OrderReader, wanted: Wanted) -> StreamingResponse:
    """All that the filters leave, without addresses."""
    own = parts(request)
    return _file(own, _all(own, who, fitting(own, wanted)))


@router.post("/export.csv", response_class=StreamingResponse)
async def export_some(request: Request, who: OrderReader) -> StreamingResponse:
    """Those that are ticked, or all that match."""
    found, ids = await many(request, "id", AT_ONCE)
    own = parts(request)
    if found.get("all"):
        return _file(own, _all(own, who, parse(found.get("matching", ""), who)))
    rows = await run_in_threadpool(queries.by_ids, own.database, ids)
    return _file(own, iter([[row for row in rows if who.sees(row.event_id)]]))


def _list(
    request: Request,
    who: Caller,
    wanted: queries.Filters,
    cursor: str | None,
    status: int = 200,
    q: str = "",
    view_name: str = "",
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    wanted = fitting(own, wanted)
    filters = _within(who, wanted)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    rows = queries.page(own.database, filters, ROWS, before)
    events = catalogue.some(
        own.database, list({row.event_id for row in rows} | {i for i in (wanted.event_id,) if i})
    )
    next_page = ""
    if len(rows) == ROWS:
        following = own.cursors.encode(request, rows[-1].position, path=LIST)
        next_page = f"{LIST}?{'&'.join(filter(None, (query(wanted), urlencode({'cursor': following}))))}"
    members = own.context.members.reveal({row.member_id for row in rows})
    return page(
        request,
        who,
        "admin/orders.html",
        status,
        rows=[
            (
                row,
                events.get(row.event_id),
                {v.id: v.name for v in events[row.event_id].variants} if row.event_id in events else {},
                masked(members[row.member_id].email) if row.member_id in members else "erased",
            )
            for row in rows
        ],
        next=next_page,
        events=list(events.values()),
        as_of=own.context.clock.now(),
        chips=chips(wanted, events),
        choices=choices(own, who, wanted, events),
        wanted=wanted,
        export=f"/admin/orders/export.csv?{request.url.query}" if request.method == "GET" else "",
        acts=acts_of(who),
        matching=query(wanted),
        paged=cursor is not None,
        q=q,
        views=SavedViews(own.database).of(who.actor) if who.session else [],
        view_name=view_name,
        **more,
    )


def _within(who: Caller, wanted: queries.Filters) -> queries.Filters:
    return replace(wanted, within=who.within)


def _all(own: Parts, who: Caller, wanted: queries.Filters) -> Iterator[list[queries.AssignmentRow]]:
    before: int | None = None
    while rows := queries.page(own.database, _within(who, wanted), AT_ONCE, before):
        yield rows
        before = rows[-1].position


def _file(own: Parts, pages: Iterator[list[queries.AssignmentRow]]) -> StreamingResponse:
    headers = {"Content-Disposition": 'attachment; filename="pre-orders.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(own, pages), 200, headers, "text/csv; charset=utf-8")


def _lines(own: Parts, pages: Iterator[list[queries.AssignmentRow]]) -> Iterator[str]:
    yield "\ufeff" + line(COLUMNS)
    for rows in pages:
        events = catalogue.some(own.database, list({row.event_id for row in rows}))
        names = {v.id: v.name for event in events.values() for v in event.variants}
        for row in rows:
            event = events.get(row.event_id)
            yield line(
                [
                    row.pre_order_id,
                    event.name if event else "",
                    names.get(row.variant_id, ""),
                    row.status,
                    row.confirmed_at,
                    row.ticket_id,
                    names.get(row.ticket_variant_id or "", ""),
                    row.rule,
                    row.delivery_status,
                    row.mailed_at,
                ]
            )
