"""Refunds of one and of many, cases in dispute, and what reconciliation found."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from harrystix.adapters.postgres.books import Books
from harrystix.adapters.web import event_money
from harrystix.adapters.web.access import House, IdempotencyKey, Staff, Support, acting, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.money_schemas import (
    BulkRefundIn,
    CaseOut,
    FindingOut,
    HoldIn,
    InboxOut,
    PlanLineOut,
    PlanOut,
    ReconciledOut,
    RefundAsked,
    RefundIn,
    RefundOut,
)
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import ReasonIn
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import money
from harrystix.application.processes import bulk_refunds
from harrystix.application.processes.replay import fetch_event
from harrystix.application.reconcile import repair
from harrystix.application.reconcile.run import reconcile
from harrystix.domain.errors import Conflict, NeedsSecond, NotFound
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.money import queries

router = Routes(prefix="/api/admin", tags=["refunds"], responses=Answers.WRITE)
Id = Annotated[str | None, Query(alias="eventId", pattern=UUID)]
Scope = Annotated[Literal["waiting", "all"], Query()]
Word = Annotated[str | None, Query(max_length=30)]


@router.post("/pre-orders/{order_id}/refund", status_code=202, response_model=RefundAsked)
def refund_pre_order(
    request: Request, who: Support, order_id: str, wish: RefundIn, key: IdempotencyKey = None
) -> Response:
    """All that is left, or a part of it. In full, the ticket goes back to stock unless somebody may know it.

    Over the limit it waits for a second person.
    """
    command = write(request, who, key)

    def work() -> Response:
        try:
            refund_id = money.request_refund(
                command.parts.context,
                command.by,
                order_id,
                reason=wish.reason,
                amount_minor=wish.amount_minor or 0,
                alone=command.parts.settings.refund_alone,
            )
        except NeedsSecond as refused:
            details = {"amount_minor": refused.facts["amount"]}
            waits = ask_second(command, kind="refund", subject=order_id, reason=wish.reason, details=details)
            return send(RefundAsked(approval_id=waits), 202)
        return send(RefundAsked(refund_id=refund_id), 202)

    return command.once(wish.model_dump_json().encode(), work)


@router.get("/refunds", response_model=list[RefundOut])
def list_refunds(
    request: Request,
    response: Response,
    _: House,
    event_id: Id = None,
    state: Word = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[RefundOut]:
    """Each with what became of it, in the order in which they were asked for."""
    own = parts(request)
    after = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    page = queries.refunds(own.database, event_id, state, limit, after)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [RefundOut.model_validate(row) for row in page]


@router.get("/events/{event_id}/refunds/plan", response_model=PlanOut)
def plan_refunds(request: Request, _: Staff, event_id: str, scope: Scope = "waiting") -> PlanOut:
    """The dry run: who would get how much, in queue order. Nothing happens."""
    context = parts(request).context
    event = context.store.get(TicketedEvent, event_id)
    found = bulk_refunds.plan(context, event_id, scope)
    return PlanOut(
        event_id=event_id,
        scope=scope,
        orders=len(found),
        amount_minor=sum(line.amount_minor for line in found),
        fingerprint=bulk_refunds.fingerprint(found),
        held=event.refunds_held,
        not_before=event.refunds_planned_for,
        lines=[PlanLineOut.model_validate(line) for line in found[:1000]],
    )


@router.post("/events/{event_id}/refunds", status_code=202, response_model=PlanOut)
def order_refunds(
    request: Request, who: Support, event_id: str, wish: BulkRefundIn, key: IdempotencyKey = None
) -> Response:
    """Carry out a dry run. 412 where it would be other refunds by now; GET /refunds shows each.

    Over the limit it waits for a second person.
    """
    command = write(request, who, key)

    def work() -> Response:
        waits = event_money.order(
            command,
            event_id,
            scope=wish.scope,
            reason=wish.reason,
            orders=wish.orders,
            amount=wish.amount_minor,
            fingerprint=wish.fingerprint,
        )
        shown = PlanOut(
            event_id=event_id,
            scope=wish.scope,
            orders=wish.orders,
            amount_minor=wish.amount_minor,
            fingerprint=wish.fingerprint,
            held=False,
            not_before=None,
            lines=[],
            approval_id=waits,
        )
        return send(shown, 202)

    return command.once(wish.model_dump_json().encode(), work)


@router.put("/events/{event_id}/refunds/hold", response_model=HoldIn)
def hold_refunds(request: Request, who: Support, event_id: str, wish: HoldIn) -> Response:
    """Stop the rule that refunds the unserved after the event, or let it go on."""
    context = parts(request).context
    bulk_refunds.hold(context, acting(request, who), event_id, held=wish.held, reason=wish.reason)
    return send(wish)


@router.get("/cases", response_model=list[CaseOut])
def list_cases(
    request: Request,
    response: Response,
    _: House,
    state: Word = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[CaseOut]:
    """Disputes and fraud warnings, newest first; while one is open its pre-order is frozen."""
    own = parts(request)
    page = queries.cases(
        own.database, state, limit, int(own.cursors.decode(request, cursor)[0]) if cursor else None
    )
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [CaseOut.model_validate(row) for row in page]


@router.post("/pre-orders/{order_id}/cases/{case_id}/dismiss", status_code=204)
def dismiss_case(request: Request, who: Support, order_id: str, case_id: str, why: ReasonIn) -> Response:
    """A person takes a fraud warning for harmless; the pre-order goes on at its place."""
    context = parts(request).context
    by = acting(request, who)
    money.close_case(context, by, order_id, case_id=case_id, outcome="dismissed", reason=why.reason)
    return Response(status_code=204)


@router.post("/reconciliations", response_model=ReconciledOut)
def reconcile_now(request: Request, _: Support, hours: Annotated[int, Query(ge=1, le=840)] = 2) -> Response:
    """Compare our books with the provider's, as the scheduler does by itself."""
    own = parts(request)
    report = reconcile(own.context, Books(own.database), own.context.clock.now() - timedelta(hours=hours))
    if report is None:
        raise Conflict("Another reconciliation is under way.")
    kinds = Counter(finding.kind for finding in report.found)
    shown = ReconciledOut(since=report.since, counts=report.counts, findings=kinds, new=len(report.new))
    return send(shown)


@router.get("/findings", response_model=list[FindingOut])
def list_findings(
    request: Request,
    response: Response,
    _: House,
    resolved: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[FindingOut]:
    """Where our books and the provider's differ, newest first."""
    own = parts(request)
    after = own.cursors.decode(request, cursor) if cursor else None
    page = Books(own.database).findings(
        limit, (datetime.fromisoformat(after[0]), str(after[1])) if after else None, resolved=resolved
    )
    if len(page) == limit:
        link_next(
            request, response, own.cursors.encode(request, page[-1].first_seen.isoformat(), page[-1].id)
        )
    return [FindingOut.model_validate(row) for row in page]


@router.post("/findings/{finding_id}/repair", response_model=FindingOut)
def repair_finding(request: Request, who: Support, finding_id: str, key: IdempotencyKey = None) -> Response:
    """Do what would have happened by itself: follow the provider, give a stray payment back, take a message in."""
    command = write(request, who, key)

    def work() -> Response:
        own, context = command.parts, command.parts.context
        done = repair.repair(
            context,
            Books(own.database),
            command.by,
            finding_id,
            lambda event_id: fetch_event(context, event_id),
        )
        return send(FindingOut.model_validate(done))

    return command.once(finding_id.encode(), work)


@router.post("/findings/{finding_id}/dismiss", response_model=FindingOut)
def dismiss_finding(request: Request, who: Support, finding_id: str) -> Response:
    """A person has looked: it is well."""
    own = parts(request)
    by = acting(request, who)
    return send(FindingOut.model_validate(repair.dismiss(Books(own.database), by, finding_id)))


@router.get("/inbox", response_model=list[InboxOut])
def list_parked(request: Request, _: House, limit: Limit = 50) -> list[InboxOut]:
    """Messages of providers that wait for a person, oldest first."""
    return [InboxOut(**vars(item)) for item in parts(request).context.inbox.parked(limit)]


@router.post("/inbox/{item_id}/replay", status_code=202, response_class=Response)
def replay_message(request: Request, _: Support, item_id: int) -> Response:
    """Work on a parked message again."""
    context = parts(request).context
    if not context.inbox.replay([item_id]):
        raise NotFound(f"There is no parked message {item_id}.")
    context.nudge.send("inbox", "")
    return Response(status_code=202)
