"""The audit log: who did what from where, why, and all of it as a file."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from harrystix.adapters.web.access import AuditReader, Caller, deed
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.csv_export import line
from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import AuditOut
from harrystix.adapters.web.shapes import Moment
from harrystix.domain.errors import NotFound
from harrystix.projections.audit_log import queries as audit

router = Routes(prefix="/api", tags=["audit"], responses=Answers.READ)
Id = Annotated[str | None, Query(pattern=UUID)]
At = Annotated[Moment | None, Query(description="With its zone, like 2026-11-24T19:00:00Z.")]
AT_ONCE = 1000


def filters(
    event_id: Annotated[str | None, Query(alias="eventId", pattern=UUID)] = None,
    pre_order_id: Annotated[str | None, Query(alias="preOrderId", pattern=UUID)] = None,
    ticket_id: Annotated[str | None, Query(alias="ticketId", pattern=UUID)] = None,
    upload_id: Annotated[str | None, Query(alias="uploadId", pattern=UUID)] = None,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    command_id: Annotated[str | None, Query(alias="commandId", max_length=40)] = None,
    since: At = None,
    until: At = None,
    action: Annotated[
        str | None, Query(max_length=100, description="Like TicketPool.TicketAssigned.")
    ] = None,
) -> audit.Filters:
    return audit.Filters(
        event_id, pre_order_id, ticket_id, upload_id, actor, command_id, since, until, action=action
    )


Wanted = Annotated[audit.Filters, Depends(filters)]


@router.get("/admin/audit", response_model=list[AuditOut])
def list_audit(
    request: Request,
    response: Response,
    who: AuditReader,
    wanted: Wanted,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[AuditOut]:
    """Every transition with actor, role, place, cause, time and position, newest first."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    page = audit.page(own.database, _allowed(who, wanted), limit, before)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return shown(own, who, page)


@router.get("/admin/audit/export", response_class=StreamingResponse)
def export_audit(request: Request, who: AuditReader, wanted: Wanted) -> StreamingResponse:
    """All of it as CSV, newest first. That somebody took it is on record as well."""
    own = parts(request)
    deed(request, who, "audit_exported")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(own, who, _allowed(who, wanted)), 200, headers, "text/csv; charset=utf-8")


@router.get("/admin/audit/{position}/causes", response_model=list[AuditOut])
def list_causes(request: Request, who: AuditReader, position: int) -> list[AuditOut]:
    """This because of that because of that: from a transition back to the command that began it."""
    own = parts(request)
    found = audit.causes(own.database, position)
    if who.role == Role.SUPPORT and not (found and found[0].actor == who.actor):
        raise NotFound(f"There is no entry {position}.")
    return shown(own, who, [entry for entry in found if who.events is None or who.sees(entry.event_id or "")])


def _allowed(who: Caller, wanted: audit.Filters) -> audit.Filters:
    """Support sees its own acts, event admins their own events."""
    actor = who.actor if who.role == Role.SUPPORT else wanted.actor
    return replace(wanted, actor=actor, within=who.within)


def _lines(own: Parts, who: Caller, wanted: audit.Filters) -> Iterator[str]:
    columns = list(AuditOut.model_fields)
    yield "\ufeff" + line(columns)
    before: int | None = None
    while page := audit.page(own.database, wanted, AT_ONCE, before):
        for entry in shown(own, who, page):
            yield line([getattr(entry, column) for column in columns])
        before = page[-1].position


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
