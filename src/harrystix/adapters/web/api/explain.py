"""Why everybody got what they got: decision traces and the fairness report."""

from datetime import datetime

from fastapi import Request, Response
from pydantic import Field

from harrystix.adapters.web.access import Staff
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.shapes import Model
from harrystix.application.explain import fairness, trace
from harrystix.domain.errors import NotFound
from harrystix.projections.assignments import queries as assignments

router = Routes(prefix="/api/admin", tags=["explain"], responses=Answers.READ)


class SentenceOut(Model):
    at: datetime
    text: str


class TraceOut(Model):
    subject: str
    event_id: str
    now: str = Field(description="How it stands at this moment, in one sentence.")
    steps: list[SentenceOut]


class FairLineOut(Model):
    at: datetime
    order_id: str
    ticket_id: str
    rank: int = Field(description="1 is the first to have paid.")
    wanted: str
    given: str
    rule: str
    reason: str
    overtook: dict[str, int] = Field(description="Earlier pre-orders that still waited, by reason.")
    unexplained: int


class FairnessOut(Model):
    event_id: str
    queued: int
    assignments: int
    revoked: int
    rules: dict[str, int]
    overtakings: dict[str, int]
    unexplained: int = Field(description="Overtakings without a reason: must be 0.")
    lines: list[FairLineOut]


@router.get("/pre-orders/{order_id}/trace", response_model=TraceOut)
def trace_order(request: Request, _: Staff, order_id: str) -> TraceOut:
    """Why a pre-order has the ticket that it has, or none, in words."""
    return TraceOut.model_validate(trace.of_order(parts(request).context, order_id))


@router.get("/tickets/{ticket_id}/trace", response_model=TraceOut)
def trace_ticket(request: Request, _: Staff, ticket_id: str) -> TraceOut:
    """Why a ticket went where it went, or nowhere, in words."""
    own = parts(request)
    event_id = assignments.event_of(own.database, ticket_id)
    if event_id is None:
        raise NotFound(f"There is no ticket {ticket_id}.", id=ticket_id)
    return TraceOut.model_validate(trace.of_ticket(own.context, event_id, ticket_id))


@router.get("/events/{event_id}/fairness", response_model=FairnessOut)
def show_fairness(
    request: Request, response: Response, _: Staff, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> FairnessOut:
    """Every assignment with its rank in the queue, and whom it passed over, and why."""
    own = parts(request)
    found = fairness.fairness(own.context, event_id)
    start = int(own.cursors.decode(request, cursor)[0]) if cursor else 0
    page = found.lines[start : start + limit]
    if start + limit < len(found.lines):
        link_next(request, response, own.cursors.encode(request, start + limit))

    def name(variant: str) -> str:
        return found.names.get(variant, "")

    return FairnessOut(
        event_id=event_id,
        queued=found.queued,
        assignments=found.assignments,
        revoked=found.revoked,
        rules=found.rules,
        overtakings=found.overtakings,
        unexplained=found.unexplained,
        lines=[
            FairLineOut(
                at=line.at,
                order_id=line.order_id,
                ticket_id=line.ticket_id,
                rank=line.rank,
                wanted=name(line.wanted_id),
                given=name(line.given_id),
                rule=line.rule,
                reason=line.reason,
                overtook=line.overtook,
                unexplained=line.unexplained,
            )
            for line in page
        ],
    )
