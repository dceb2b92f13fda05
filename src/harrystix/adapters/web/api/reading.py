"""Overview, audit log, and a member's own pre-orders."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from harrystix.adapters.web.access import Member, Staff
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.api.tickets import NO_STORE, credential
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.schemas import (
    AuditOut,
    CredentialOut,
    MemberOrderOut,
    NumbersOut,
    OverviewOut,
)
from harrystix.application.handlers import orders
from harrystix.domain.errors import NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.projections.audit_log import queries as audit
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders
from harrystix.projections.overview import queries as overview

router = APIRouter(prefix="/api", tags=["reading"], responses=Answers.READ)
Id = Annotated[str | None, Query(pattern="^[0-9a-f-]{36}$")]


@router.get("/admin/overview", response_model=OverviewOut)
def show_overview(
    request: Request, response: Response, _: Staff, limit: Limit = 20, cursor: Cursor = None
) -> OverviewOut:
    """All events in numbers, and a page of events with the most unmatched tickets first."""
    own = parts(request)
    after = own.cursors.decode(cursor) if cursor else None
    page = overview.worst(own.database, limit, (int(after[0]), str(after[1])) if after else None)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(page[-1].unmatched, page[-1].event_id))
    names = {i: e.name for i, e in catalogue.some(own.database, [row.event_id for row in page]).items()}
    return OverviewOut(
        as_of=datetime.now(UTC),
        totals=_numbers(overview.totals(own.database), ""),
        median_upload_to_mail_ms=overview.median_ms(own.database),
        worst=[_numbers(row, names.get(row.event_id, "")) for row in page],
    )


@router.get("/admin/audit", response_model=list[AuditOut])
def list_audit(
    request: Request,
    response: Response,
    _: Staff,
    event_id: Annotated[str | None, Query(alias="eventId", pattern="^[0-9a-f-]{36}$")] = None,
    pre_order_id: Annotated[str | None, Query(alias="preOrderId", pattern="^[0-9a-f-]{36}$")] = None,
    ticket_id: Annotated[str | None, Query(alias="ticketId", pattern="^[0-9a-f-]{36}$")] = None,
    upload_id: Annotated[str | None, Query(alias="uploadId", pattern="^[0-9a-f-]{36}$")] = None,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    command_id: Annotated[str | None, Query(alias="commandId", max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[AuditOut]:
    """Every transition with actor, cause, time and position, newest first."""
    own = parts(request)
    filters = audit.Filters(event_id, pre_order_id, ticket_id, upload_id, actor, command_id)
    before = int(own.cursors.decode(cursor)[0]) if cursor else None
    page = audit.page(own.database, filters, limit, before)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(page[-1].position))
    return [AuditOut.model_validate(entry) for entry in page]


@router.get("/me/pre-orders", response_model=list[MemberOrderOut])
def my_pre_orders(request: Request, response: Response, who: Member) -> list[MemberOrderOut]:
    response.headers.update(NO_STORE)
    own = parts(request)
    found = member_orders.of_member(own.database, str(who.member_id))
    events = catalogue.some(own.database, list({row.event_id for row in found}))
    names = {v.id: v.name for event in events.values() for v in event.variants}
    shown: list[MemberOrderOut] = []
    for row in found:
        event = events.get(row.event_id)
        shown.append(
            MemberOrderOut(
                id=row.id,
                event_id=row.event_id,
                event=event.name if event else "",
                starts_at=event.starts_at if event else None,
                time_zone=event.time_zone if event else "",
                variant=names.get(row.variant_id, ""),
                ticket_variant=names.get(row.ticket_variant_id or ""),
                price_minor=row.price_minor,
                currency=row.currency,
                status=row.status,
                shown=row.shown,
                placed_at=row.placed_at,
                confirmed_at=row.confirmed_at,
                assigned_at=row.assigned_at,
                delivery=row.delivery,
            )
        )
    return shown


@router.post("/me/pre-orders/{order_id}/reveal", response_model=CredentialOut)
def reveal_my_ticket(request: Request, who: Member, order_id: str) -> Response:
    """One's own credential. The disclosure is in the log before the answer leaves."""
    context = parts(request).context
    order = context.store.get(PreOrder, order_id)
    if order.member_id != who.member_id:
        raise NotFound(f"There is no PreOrder {order_id}.")
    secret = orders.disclose(context, context.by(who.actor), order_id, role="member", purpose="own ticket")
    return send(credential(secret), headers=NO_STORE)


def _numbers(row: overview.Numbers, name: str) -> NumbersOut:
    values = {field: getattr(row, field) for field in NumbersOut.model_fields if field != "event"}
    return NumbersOut(event=name, **values)
