"""What waits for a second person, as a page: what was asked for, why, and the two answers."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web import deciding
from harrystix.adapters.web.access import Approver, prove_again
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.errors import DomainError
from harrystix.projections.approvals import queries

ROWS = 50
WHAT = {
    "resend": "Mail many again",
    "refund": "Refund",
    "refunds": "Refunds of an event",
    "erasure": "Erase a member",
    "role": "Another role",
    "staff": "Somebody new",
    "event": "An event for an admin",
    "api_key": "An API key",
}
router = APIRouter(prefix="/admin/approvals", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_approvals(request: Request, who: Approver, cursor: Cursor = None) -> HTMLResponse:
    """Newest first: what one asked for oneself, and what one could grant."""
    return _list(request, who, cursor)


@router.post("/{approval_id}/grant", response_class=Response)
async def grant(request: Request, who: Approver, approval_id: str) -> Response:
    """It is carried out by itself then."""
    key_of(await fields(request))

    def work() -> Response:
        prove_again(request, who)
        try:
            deciding.grant(request, who, approval_id)
        except DomainError as refused:
            return _list(request, who, None, 409, errors=said(refused))
        return go("/admin/approvals?done=granted")

    return await run_in_threadpool(work)


@router.post("/{approval_id}/deny", response_class=Response)
async def deny(request: Request, who: Approver, approval_id: str) -> Response:
    """With a reason; also by who asked."""
    found = await fields(request)

    def work() -> Response:
        try:
            deciding.deny(request, who, approval_id, found.get("reason", ""))
        except DomainError as refused:
            wrong = said(refused, f"reason-{approval_id}")
            return _list(request, who, None, 409, errors=wrong, typed={approval_id: found.get("reason", "")})
        return go("/admin/approvals?done=denied")

    return await run_in_threadpool(work)


def _list(
    request: Request,
    who: Caller,
    cursor: str | None,
    status: int = 200,
    typed: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    rows = queries.page(own.database, None, ROWS, before)
    more_pages = own.cursors.encode(request, rows[-1].position) if len(rows) == ROWS else ""
    now = own.context.clock.now()
    names = {f"staff:{one.staff_id}": one.name for one in own.context.people.staff.all()}
    shown = [
        {
            "row": row,
            "what": WHAT.get(row.kind, row.kind),
            "subject": _subject(row),
            "asked_by": "the member"
            if row.requested_by.startswith("member:")
            else names.get(row.requested_by, "a key"),
            "decided_by": names.get(row.decided_by, ""),
            "late": row.state == "requested" and now - row.requested_at > GOOD_FOR,
            "may_grant": deciding.could(who, row.kind)
            and row.requested_by != who.actor
            and who.session is not None,
            "may_deny": deciding.could(who, row.kind) or row.requested_by == who.actor,
        }
        for row in rows
        if row.requested_by == who.actor or deciding.could(who, row.kind)
    ]
    return page(
        request,
        who,
        "admin/approvals.html",
        status,
        shown=shown,
        next=f"/admin/approvals?cursor={more_pages}" if more_pages else "",
        done=request.query_params.get("done", ""),
        typed=typed or {},
        **more,
    )


def _subject(row: queries.ApprovalRow) -> tuple[str, str]:
    """(words, where it leads)."""
    match row.kind:
        case "resend":
            return f"{len(row.details.get('order_ids', []))} pre-orders", ""
        case "refund":
            return f"pre-order {row.subject[:8]}", f"/admin/orders/{row.subject}"
        case "refunds":
            return f"{row.details.get('orders')} pre-orders", f"/admin/events/{row.subject}"
        case "erasure":
            return f"member {row.subject[:8]}", f"/admin/members/{row.subject}"
        case "role":
            return f"to {row.details.get('role')}", ""
        case "event":
            return "an event", f"/admin/events/{row.details.get('event_id')}"
        case "api_key":
            return f"role {row.details.get('role')}", ""
        case _:
            return "", ""
