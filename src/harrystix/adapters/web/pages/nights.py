"""A member's own pre-orders: how each stands, live; the ticket itself; into the calendar, and cancelled."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import FOLLOWS, Member, acting
from harrystix.adapters.web.member_words import WHY_WAITING
from harrystix.adapters.web.pages.calendar import LASTS, calendar
from harrystix.adapters.web.pages.forms import fields, go, key_of
from harrystix.adapters.web.pages.live import stream
from harrystix.adapters.web.pages.night import Id, cards, event_of, mine, one
from harrystix.adapters.web.pages.render import page, piece
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import ordering, orders

router = Routes(prefix="/me", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def my_nights(request: Request, who: Member) -> HTMLResponse:
    """One's own pre-orders, the next night first."""
    own = parts(request)
    return page(
        request,
        who,
        "me/nights.html",
        **_nights(own, str(who.member_id)),
        why=WHY_WAITING,
        refund_hours=own.settings.refund_after_hours,
    )


@router.get("/live", response_class=StreamingResponse, tags=[FOLLOWS])
def follow_nights(request: Request, who: Member) -> StreamingResponse:
    """The same cards, again whenever something has changed."""
    own = parts(request)
    return stream(
        request,
        who,
        lambda: piece(
            "me/cards.html",
            **_nights(own, str(who.member_id)),
            why=WHY_WAITING,
            who=who,
            refund_hours=own.settings.refund_after_hours,
        ),
    )


@router.post("/orders/{order_id}/cancel", response_class=Response)
async def cancel(request: Request, who: Member, order_id: Id) -> Response:
    """Until the money is asked for. Again is well."""
    key_of(await fields(request))

    def work() -> Response:
        context = parts(request).context
        ordering.own(context, str(who.member_id), order_id)
        ordering.cancel(context, acting(request, who), order_id)
        return go(f"/me#{order_id}")

    return await run_in_threadpool(work)


@router.post("/orders/{order_id}/ticket", response_class=HTMLResponse)
async def show_ticket(request: Request, who: Member, order_id: Id) -> HTMLResponse:
    """One's own credential. The disclosure is in the log before the page leaves."""
    await fields(request)

    def work() -> HTMLResponse:
        context = parts(request).context
        ordering.own(context, str(who.member_id), order_id)
        secret = orders.disclose(context, acting(request, who), order_id, role="member", purpose="own ticket")
        return one(request, who, order_id, "me/ticket.html", secret=secret)

    return await run_in_threadpool(work)


@router.get("/orders/{order_id}/night.ics", response_class=Response)
def to_calendar(request: Request, who: Member, order_id: Id) -> Response:
    """The night for a calendar; nothing of the ticket is in it."""
    own = parts(request)
    order = ordering.own(own.context, str(who.member_id), order_id)
    event = event_of(own, order.event_id)
    headers = {"Content-Disposition": 'attachment; filename="night.ics"', "Cache-Control": "no-store"}
    made = calendar(event, order_id, own.context.clock.now(), f"{own.context.address}/me#{order_id}")
    return Response(made, 200, headers, "text/calendar; charset=utf-8")


def _nights(own: Parts, member_id: str) -> dict[str, Any]:
    """Those to come first, the next one on top; then those that are over."""
    now = own.context.clock.now()
    found = sorted(cards(own, mine(own, member_id)), key=lambda night: night.event.starts_at)
    # A ticket is looked for at the door: a night is over when it has ended.
    coming = [night for night in found if night.event.starts_at + LASTS >= now]
    return {"coming": coming, "over": found[: len(found) - len(coming)][::-1], "as_of": now}
