"""Overview and audit log."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from harrystix.adapters.web.access import AuditReader, Caller, Staff
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.schemas import (
    AuditOut,
    NumbersOut,
    OverviewOut,
)
from harrystix.projections.audit_log import queries as audit
from harrystix.projections.catalogue import queries as catalogue
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
    who: AuditReader,
    event_id: Annotated[str | None, Query(alias="eventId", pattern="^[0-9a-f-]{36}$")] = None,
    pre_order_id: Annotated[str | None, Query(alias="preOrderId", pattern="^[0-9a-f-]{36}$")] = None,
    ticket_id: Annotated[str | None, Query(alias="ticketId", pattern="^[0-9a-f-]{36}$")] = None,
    upload_id: Annotated[str | None, Query(alias="uploadId", pattern="^[0-9a-f-]{36}$")] = None,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    command_id: Annotated[str | None, Query(alias="commandId", max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[AuditOut]:
    """Every transition with actor, role, place, cause, time and position, newest first."""
    own = parts(request)
    if who.role == Role.SUPPORT:
        actor = who.actor
    filters = audit.Filters(event_id, pre_order_id, ticket_id, upload_id, actor, command_id)
    before = int(own.cursors.decode(cursor)[0]) if cursor else None
    page = audit.page(own.database, filters, limit, before)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(page[-1].position))
    return shown(own, who, page)


@router.get("/admin/audit/{position}/causes", response_model=list[AuditOut])
def list_causes(request: Request, who: AuditReader, position: int) -> list[AuditOut]:
    """This because of that because of that: from a transition back to the command that began it."""
    own = parts(request)
    return shown(own, who, audit.causes(own.database, position))


def shown(own: Parts, who: Caller, page: list[audit.Entry]) -> list[AuditOut]:
    """With their origins; the caller's address and program only for those who watch over the others."""
    origins = own.requests.of([entry.command_id for entry in page])
    watches = who.role in {Role.OWNER, Role.AUDITOR}
    found: list[AuditOut] = []
    for entry in page:
        line = AuditOut.model_validate(entry)
        if origin := origins.get(entry.command_id):
            line.role, line.request_id = origin.role, origin.request_id
            if watches:
                line.ip, line.user_agent = origin.ip, origin.user_agent
        found.append(line)
    return found


def _numbers(row: overview.Numbers, name: str) -> NumbersOut:
    values = {field: getattr(row, field) for field in NumbersOut.model_fields if field != "event"}
    return NumbersOut(event=name, **values)
