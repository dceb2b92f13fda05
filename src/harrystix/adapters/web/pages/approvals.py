"""What waits for a second person, as a page: what was asked for, why, and the two answers."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.postgres.api_keys import KeyRow
from harrystix.adapters.web import deciding
from harrystix.adapters.web.access import Approver, prove_again
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.bulk_acts import ACTS
from harrystix.adapters.web.pages.forms import fields, go, key_of, said, typed_out
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.people_ports import StaffRow
from harrystix.application.processes.notices import money
from harrystix.domain.approval import GOOD_FOR, Approval
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.approvals import queries
from harrystix.projections.catalogue import queries as catalogue

ROWS = 50
WORD = "erase"
WHAT = {
    "resend": "Mail many again",
    "refund": "Refund",
    "refunds": "Refunds of an event",
    "bulk": "An act on many pre-orders",
    "erasure": "Erase a member",
    "role": "Another role",
    "staff": "Somebody new",
    "event": "An event for an admin",
    "api_key": "An API key",
    "import": "Pre-orders paid elsewhere",
}
router = Routes(prefix="/admin/approvals", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_approvals(request: Request, who: Approver, cursor: Cursor = None) -> HTMLResponse:
    """Newest first: what one asked for oneself, and what one could grant."""
    return _list(request, who, cursor)


@router.post("/{approval_id}/grant", response_class=Response)
async def grant(request: Request, who: Approver, approval_id: str) -> Response:
    """It is carried out by itself then."""
    found = await fields(request)
    key_of(found)

    def sure(approval: Approval) -> None:
        if approval.kind == "erasure":
            typed_out(found, WORD, f"word-{approval_id}")

    def work() -> Response:
        prove_again(request, who)
        try:
            deciding.grant(request, who, approval_id, sure)
        except InvalidValue as refused:
            return _list(request, who, None, 422, errors=said(refused), at=approval_id)
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
            return _list(
                request,
                who,
                None,
                409,
                errors=wrong,
                typed={approval_id: found.get("reason", "")},
                at=approval_id,
            )
        return go("/admin/approvals?done=denied")

    return await run_in_threadpool(work)


def _list(
    request: Request,
    who: Caller,
    cursor: str | None,
    status: int = 200,
    typed: dict[str, str] | None = None,
    at: str = "",
    **more: Any,
) -> HTMLResponse:
    """`at`: the page begins with this one, wherever it was: what is wrong with it stands there."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    if at and (known := queries.position(own.database, at)):
        before = known + 1
    rows = queries.page(own.database, None, ROWS, before, kinds=deciding.kinds(who), asked_by=who.actor)
    more_pages = (
        own.cursors.encode(request, rows[-1].position, path="/admin/approvals") if len(rows) == ROWS else ""
    )
    now = own.context.clock.now()
    staff = {one.staff_id: one for one in own.context.people.staff.all()}
    keys = {one.key_id: one for one in own.keys.all()}
    names = {f"staff:{one.staff_id}": one.name for one in staff.values()}
    shown = [
        {
            "row": row,
            "what": WHAT.get(row.kind, row.kind),
            "subject": _subject(row, staff, keys, own),
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
    ]
    return page(
        request,
        who,
        "admin/approvals.html",
        status,
        shown=shown,
        word=WORD,
        next=f"/admin/approvals?cursor={more_pages}" if more_pages else "",
        done=request.query_params.get("done", ""),
        typed=typed or {},
        **more,
    )


def _subject(
    row: queries.ApprovalRow, staff: dict[str, StaffRow], keys: dict[str, KeyRow], own: Parts
) -> tuple[str, str]:
    """(whom or what it is about, in full; where it leads)."""
    said: dict[str, Any] = row.details
    person = staff.get(row.subject)
    name = person.name if person else "somebody who was invited"
    match row.kind:
        case "resend" | "bulk" | "import":
            return _many(row, said, own)
        case "refund":
            order = own.context.store.get(PreOrder, row.subject)
            amount = money(int(said["amount_minor"]), order.currency)
            return f"{amount} of pre-order {row.subject[:8]}", f"/admin/orders/{row.subject}"
        case "refunds":
            event = own.context.store.get(TicketedEvent, row.subject)
            whom = "everybody, also who holds a ticket" if said.get("scope") == "all" else "who has no ticket"
            amount = money(int(said["amount_minor"]), event.currency)
            words = f"{amount} to {said.get('orders')} pre-orders of {event.name}: {whom}"
            return words, f"/admin/events/{row.subject}/refunds"
        case "erasure":
            return f"member {row.subject[:8]}", f"/admin/members/{row.subject}"
        case "role":
            now = f", now {person.role}" if person else ""
            return f"{name}{now}: to {said.get('role')}", f"/admin/house/staff/{row.subject}"
        case "staff":
            return f"{name}, as {said.get('role')}", f"/admin/house/staff/{row.subject}"
        case "event":
            event_id = str(said.get("event_id"))
            named = catalogue.names(own.database, [event_id]).get(event_id, "an event")
            return f"{named}, for {name}", f"/admin/house/staff/{row.subject}"
        case "api_key":
            known = keys.get(row.subject)
            events = said.get("events")
            parts_of = [
                known.label if known else row.subject,
                f"as {said.get('role')}",
                ", ".join(said.get("scopes") or []),
                f"for {len(events)} events" if events else "for all events",
                f"in place of {said['replaces']}" if said.get("replaces") else "",
            ]
            return ", ".join(filter(None, parts_of)), "/admin/house/api-keys"
        case _:
            return "", ""


def _many(row: queries.ApprovalRow, said: dict[str, Any], own: Parts) -> tuple[str, str]:
    if row.kind == "resend":
        return f"{len(said.get('order_ids', []))} pre-orders", ""
    if row.kind == "import":
        return f"{said.get('rows')} rows, file {str(said.get('sha256'))[:12]}", ""
    title = ACTS[own.context.store.get(BulkJob, row.subject).kind].title
    return f"{title}: {said.get('orders')} pre-orders", f"/admin/jobs/{row.subject}"
