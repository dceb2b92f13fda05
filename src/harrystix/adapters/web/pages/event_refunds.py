"""The money of a whole event back: the dry run as a page, then the act, and the rule that can be stopped."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web import event_money
from harrystix.adapters.web.access import Support, acting, prove_again, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, said, typed_out
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.processes import bulk_refunds
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.money import queries

SHOWN = 50
SCOPES = {"waiting": "those who paid and hold no ticket", "all": "everybody who paid"}
router = Routes(prefix="/admin/events/{event_id}/refunds", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_plan(request: Request, who: Support, event_id: str, scope: str = "waiting") -> HTMLResponse:
    """Who would get how much, in queue order. Nothing happens."""
    prove_again(request, who)
    return _plan(request, who, event_id, scope)


@router.post("", response_class=Response)
async def order_refunds(request: Request, who: Support, event_id: str) -> Response:
    """What the dry run has shown; other numbers by now refuse it. Over the limit it waits for a second person."""
    found = await fields(request)
    key, scope, reason = key_of(found), found.get("scope", ""), found.get("reason", "")

    def work() -> Response:
        try:
            if not (found.get("orders", "").isdecimal() and found.get("amount", "").isdecimal()):
                raise InvalidValue("This form is not whole. Load the page again.")
            typed_out(found, parts(request).context.store.get(TicketedEvent, event_id).code)
            waits = event_money.order(
                write(request, who, key),
                event_id,
                scope=scope if scope in SCOPES else "waiting",
                reason=reason,
                orders=int(found["orders"][:9]),
                amount=int(found["amount"][:12]),
                fingerprint=found.get("fingerprint", "")[:64],
            )
        except DomainError as refused:
            return _plan(request, who, event_id, scope, 409, reason=reason, errors=said(refused, "reason"))
        return go(f"/admin/events/{event_id}/refunds?done={'asked' if waits else 'ordered'}")

    return await run_in_threadpool(work)


@router.post("/hold", response_class=Response)
async def hold(request: Request, who: Support, event_id: str) -> Response:
    """Stop the rule that refunds the unserved after the event, or let it go on."""
    found = await fields(request)
    key_of(found)

    def work() -> Response:
        held, why = found.get("held") == "yes", found.get("why", "")
        try:
            context = parts(request).context
            bulk_refunds.hold(context, acting(request, who), event_id, held=held, reason=why)
        except DomainError as refused:
            return _plan(
                request, who, event_id, found.get("scope", ""), 422, why=why, errors=said(refused, "why")
            )
        return go(f"/admin/events/{event_id}/refunds?done={'held' if held else 'going'}")

    return await run_in_threadpool(work)


DONE = {
    "asked": "The refunds wait for a second person.",
    "ordered": "The refunds are under way.",
    "held": "The rule is stopped for this event.",
    "going": "The rule goes on for this event.",
}


def _plan(
    request: Request,
    who: Caller,
    event_id: str,
    scope: str,
    status: int = 200,
    reason: str = "",
    why: str = "",
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    event = own.context.store.get(TicketedEvent, event_id)
    scope = scope if scope in SCOPES else "waiting"
    lines = bulk_refunds.plan(own.context, event_id, scope)
    return page(
        request,
        who,
        "admin/event-refunds.html",
        status,
        event=event,
        event_id=event_id,
        scope=scope,
        scopes=SCOPES,
        count=len(lines),
        amount=sum(line.amount_minor for line in lines),
        fingerprint=bulk_refunds.fingerprint(lines),
        holding=sum(line.has_ticket for line in lines),
        lines=lines[:SHOWN],
        refunds=queries.refunds(own.database, event_id, None, SHOWN),
        alone=own.settings.refund_alone,
        after=int(own.settings.refund_after_hours * 3_600_000),
        reason=reason,
        why=why,
        done=DONE.get(request.query_params.get("done", ""), ""),
        **more,
    )
