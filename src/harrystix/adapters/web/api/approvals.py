"""What waits for a second person: see it, grant it, deny it."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from harrystix.adapters.web import deciding
from harrystix.adapters.web.access import Approver
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.people_schemas import ApprovalOut, WhyIn
from harrystix.adapters.web.routes import Routes
from harrystix.projections.approvals import queries

router = Routes(prefix="/api/admin/approvals", tags=["approvals"], responses=Answers.WRITE)
State = Annotated[Literal["requested", "granted", "denied", "done", "failed"] | None, Query()]


@router.get("", response_model=list[ApprovalOut])
def list_approvals(
    request: Request,
    response: Response,
    who: Approver,
    state: State = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[ApprovalOut]:
    """Newest first: what one asked for oneself, and what one could grant."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    page = queries.page(own.database, state, limit, before, kinds=deciding.kinds(who), asked_by=who.actor)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [ApprovalOut(**{name: getattr(row, name) for name in ApprovalOut.model_fields}) for row in page]


@router.post("/{approval_id}/grant", status_code=202)
def grant_approval(request: Request, who: Approver, approval_id: str) -> Response:
    """By somebody else than who asked, whose role could do it alone if it were smaller. It is then carried out."""
    deciding.grant(request, who, approval_id)
    return Response(status_code=202)


@router.post("/{approval_id}/deny", status_code=204)
def deny_approval(request: Request, who: Approver, approval_id: str, why: WhyIn) -> Response:
    """Also by who asked."""
    deciding.deny(request, who, approval_id, why.reason)
    return Response(status_code=204)
