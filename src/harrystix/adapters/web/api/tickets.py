"""Assignments: list, resend, mark used, reveal; the audit log; the overview; importing orders."""

from typing import Annotated, Literal

from fastapi import Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import (
    Admin,
    Desk,
    IdempotencyKey,
    OrderReader,
    Revealer,
    acting,
    write,
)
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.files import BODY, read_file
from harrystix.adapters.web.ids import UUID, is_id
from harrystix.adapters.web.masking import masked
from harrystix.adapters.web.own_events import mine
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.people_schemas import ApprovalIdOut
from harrystix.adapters.web.reports import told
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import (
    AssignmentOut,
    BulkOut,
    CredentialOut,
    IdsIn,
    ImportOut,
    PurposeIn,
)
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import imports, orders
from harrystix.domain.errors import NotFound
from harrystix.projections.assignments import queries
from harrystix.projections.catalogue import queries as catalogue

router = Routes(prefix="/api/admin", tags=["tickets"], responses=Answers.WRITE)
Uuid = Annotated[str | None, Query(pattern=UUID)]
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/tickets/assignments", response_model=list[AssignmentOut])
def list_assignments(
    request: Request,
    response: Response,
    who: OrderReader,
    event_id: Annotated[str | None, Query(alias="eventId", pattern=UUID)] = None,
    status: Annotated[str | None, Query(max_length=30)] = None,
    member_id: Annotated[str | None, Query(alias="memberId", pattern=UUID)] = None,
    email: Annotated[str | None, Header(alias="X-Member-Email", max_length=254)] = None,
    variant_id: Annotated[str | None, Query(alias="variantId", max_length=40)] = None,
    delivery: Annotated[
        Literal["planned", "accepted", "delivered", "bounced", "failed"] | None, Query()
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[AssignmentOut]:
    """Pre-orders with their tickets, newest first. The address stays out of the URL: it comes in a header."""
    own = parts(request)
    if email:
        member_id = own.context.members.find(email)
        if member_id is None:
            return []
    filters = queries.Filters(event_id, status, member_id, variant_id, delivery, who.within)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    page = queries.page(own.database, filters, limit, before)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return _shown(own, page)


@router.post("/tickets/{ticket_id}/resend", response_model=BulkOut, status_code=202)
def resend_ticket(request: Request, who: Desk, ticket_id: str, key: IdempotencyKey = None) -> Response:
    """Mail the ticket again, to the member's stored address."""
    command = write(request, who, key)
    order = _order(command.parts, ticket_id)
    return command.once(b"", lambda: _bulk(orders.resend(command.parts.context, command.by, [order]), 202))


@router.post("/pre-orders/resend", response_model=BulkOut, status_code=202)
def resend_many(request: Request, who: Desk, ids: IdsIn, key: IdempotencyKey = None) -> Response:
    """Many at once; more than one person may send alone waits for a second one, and needs a reason."""
    command = write(request, who, key)

    def work() -> Response:
        wanted, refused = mine(command.parts, command.who, ids.pre_order_ids)
        if len(wanted) > command.parts.settings.resend_alone:
            waits = ask_second(
                command, kind="resend", subject="", reason=ids.reason, details={"order_ids": wanted}
            )
            return send(BulkOut(done=[], refused=refused, approval_id=waits), 202)
        return _bulk(orders.resend(command.parts.context, command.by, wanted), 202, refused)

    return command.once(ids.model_dump_json().encode(), work)


@router.post("/tickets/{ticket_id}/used", response_model=BulkOut)
def mark_used(request: Request, who: Desk, ticket_id: str, key: IdempotencyKey = None) -> Response:
    command = write(request, who, key)
    order = _order(command.parts, ticket_id)
    return command.once(b"", lambda: _bulk(orders.mark_used(command.parts.context, command.by, [order])))


@router.post("/pre-orders/used", response_model=BulkOut)
def mark_many_used(request: Request, who: Desk, ids: IdsIn, key: IdempotencyKey = None) -> Response:
    command = write(request, who, key)

    def work() -> Response:
        wanted, refused = mine(command.parts, command.who, ids.pre_order_ids)
        return _bulk(orders.mark_used(command.parts.context, command.by, wanted), 200, refused)

    return command.once(ids.model_dump_json().encode(), work)


@router.post("/tickets/{ticket_id}/reveal", response_model=CredentialOut)
def reveal_ticket(request: Request, who: Revealer, ticket_id: str, purpose: PurposeIn) -> Response:
    """The credential itself. The disclosure is in the log before the answer leaves."""
    own = parts(request)
    by = acting(request, who)
    secret = orders.disclose(own.context, by, _order(own, ticket_id), role=who.role, purpose=purpose.purpose)
    return send(credential(secret), headers=NO_STORE)


@router.post("/orders/import", response_model=ImportOut | ApprovalIdOut, openapi_extra=BODY)
async def import_orders(
    request: Request,
    who: Admin,
    key: IdempotencyKey = None,
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only check.")] = False,
    encoding: Annotated[Literal["utf-8", "cp1252"], Query()] = "utf-8",
    elsewhere: Annotated[bool, Query(description="Paid where our provider can't be asked.")] = False,
    reason: Annotated[
        str, Header(alias="X-Reason", max_length=200, description="Where they were paid, for the owner.")
    ] = "",
    approval: Annotated[
        str, Query(max_length=36, description="That an owner has agreed to this very file.")
    ] = "",
) -> Response:
    """Paid pre-orders from an earlier system. Good rows are imported whatever the bad ones say.

    With a live payment provider each payment is looked up there. For payments made elsewhere an owner has to agree:
    the first answer is an approval, and once it is granted the very same file is sent with its id.
    """
    command = write(request, who, key)
    data, _ = await read_file(request)

    def work() -> Response:
        context = command.parts.context
        if elsewhere and not approval and not dry_run:
            asked = imports.ask_second(context, command.by, data, encoding, reason)
            return send(ApprovalIdOut(approval_id=asked), 202)
        if approval:
            imports.require_agreed(context, approval, data)
        found = imports.import_orders(
            context, command.by, data, encoding, dry_run=dry_run, elsewhere=bool(approval), within=who.events
        )
        return send(
            ImportOut(
                rows=found.rows,
                imported=found.imported,
                confirmed=found.confirmed,
                known=found.known,
                rejected=found.rejected,
                problems=told(found.problems),
            )
        )

    return await run_in_threadpool(
        command.once, data + bytes([dry_run]) + f"{elsewhere}/{approval}/{reason}".encode(), work
    )


def credential(secret: tuple[str, ...]) -> CredentialOut:
    if len(secret) == 1:
        return CredentialOut(qr=secret[0])
    return CredentialOut(email=secret[0], password=secret[1])


def _order(own: Parts, ticket_id: str) -> str:
    order = queries.order_of_ticket(own.database, ticket_id) if is_id(ticket_id) else None
    if order is None:
        raise NotFound(f"Nobody holds a ticket {ticket_id}.")
    return order


def _bulk(result: orders.BulkResult, status: int = 200, also: dict[str, str] | None = None) -> Response:
    return send(BulkOut(done=result.done, refused=result.refused | (also or {})), status)


def _shown(own: Parts, page: list[queries.AssignmentRow]) -> list[AssignmentOut]:
    members = own.context.members.reveal({row.member_id for row in page})
    events = catalogue.some(own.database, list({row.event_id for row in page}))
    names = {v.id: v.name for event in events.values() for v in event.variants}
    return [
        AssignmentOut(
            pre_order_id=row.pre_order_id,
            event_id=row.event_id,
            member_id=row.member_id,
            email=masked(members[row.member_id].email) if row.member_id in members else "",
            variant_id=row.variant_id,
            variant=names.get(row.variant_id, ""),
            status=row.status,
            placed_at=row.placed_at,
            confirmed_at=row.confirmed_at,
            ticket_id=row.ticket_id,
            assignment_id=row.assignment_id,
            ticket_variant=names.get(row.ticket_variant_id or ""),
            rule=row.rule,
            assigned_at=row.assigned_at,
            upload_id=row.upload_id,
            delivery_status=row.delivery_status,
            mailed_at=row.mailed_at,
        )
        for row in page
    ]
