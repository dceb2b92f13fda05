"""One pre-order: how it stands, what happens next, everything that happened; and what the desk may do about it."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Orderer, Revealer, Staff, Support, acting, prove_again, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.masking import masked
from harrystix.adapters.web.member_words import next_step
from harrystix.adapters.web.pages.forms import fields, go, key_of, minor, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.pages.timeline import ACTORS, KINDS, choices, narrowed, timeline
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.second import ask_second
from harrystix.application.explain import trace
from harrystix.application.handlers import money, ordering, orders
from harrystix.application.handlers.staff import TooOften
from harrystix.domain.errors import DomainError, NeedsSecond, NotFound
from harrystix.domain.pre_order import HOLDS_TICKET, PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments import queries
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders

router = Routes(prefix="/admin/orders", include_in_schema=False)
Version = Annotated[int, Query(ge=0, le=100_000)]
Kind = Annotated[str, Query(pattern=f"^({'|'.join(KINDS)})?$")]
By = Annotated[str, Query(pattern=f"^({'|'.join(ACTORS)})?$")]


@router.get("/{order_id}", response_class=HTMLResponse)
def show_order(
    request: Request,
    who: Staff,
    order_id: str,
    at: Version = 0,
    asked: str = "",
    refunded: str = "",
    kind: Kind = "",
    by: By = "",
) -> HTMLResponse:
    """One pre-order: how it stands, why, and what happened; `at`: as it was after so many facts of its own.

    `kind`, `by`: only what is of that kind, or was done by those, of what happened.
    """
    with parts(request).database.held():
        return _order(request, who, order_id, at, kind, by, asked=asked, refunded=refunded)


@router.get("/{order_id}/ticket", response_class=HTMLResponse)
def ask_ticket(request: Request, who: Revealer, order_id: str) -> HTMLResponse:
    """What for."""
    prove_again(request, who)
    return _ticket(request, who, order_id)


@router.post("/{order_id}/ticket", response_class=HTMLResponse)
async def show_ticket(request: Request, who: Revealer, order_id: str) -> Response:
    """The credential; that it was shown is in the log before the page leaves."""
    purpose = (await fields(request)).get("purpose", "")

    def work() -> Response:
        own = parts(request)
        try:
            by = acting(request, who)
            secret = orders.disclose(own.context, by, order_id, role=who.role, purpose=purpose)
        except TooOften as refused:
            return _ticket(request, who, order_id, 429, purpose=purpose, errors=said(refused))
        except DomainError as refused:
            return _ticket(request, who, order_id, 422, purpose=purpose, errors=said(refused, "purpose"))
        return _ticket(request, who, order_id, secret=secret, purpose=purpose)

    return await run_in_threadpool(work)


@router.get("/{order_id}/refund", response_class=HTMLResponse)
def ask_refund(request: Request, who: Support, order_id: str) -> HTMLResponse:
    """How much, and why."""
    prove_again(request, who)
    return _refund(request, who, order_id)


@router.post("/{order_id}/refund", response_class=Response)
async def refund(request: Request, who: Support, order_id: str) -> Response:
    """Ask for it; over the limit it waits for a second person."""
    found = await fields(request)
    key, reason, amount = key_of(found), found.get("reason", ""), found.get("amount", "")

    def work() -> Response:
        own = parts(request)
        order = own.context.store.get(PreOrder, order_id)
        command = write(request, who, key)
        try:
            money.request_refund(
                own.context,
                command.by,
                order_id,
                reason=reason,
                amount_minor=minor(amount, order.currency),
                alone=own.settings.refund_alone,
            )
        except NeedsSecond as refused:
            details = {"amount_minor": refused.facts["amount"]}
            ask_second(command, kind="refund", subject=order_id, reason=reason, details=details)
            return go(f"/admin/orders/{order_id}?asked=1")
        except DomainError as refused:
            wrong = said(refused, "reason")
            return _refund(request, who, order_id, 422, reason=reason, amount=amount, errors=wrong)
        return go(f"/admin/orders/{order_id}?refunded=1")

    return await run_in_threadpool(work)


@router.post("/{order_id}/cancel", response_class=Response)
async def cancel(request: Request, who: Orderer, order_id: str) -> Response:
    """For the member, until the money is asked for. Again is well."""
    key_of(await fields(request))

    def work() -> Response:
        ordering.cancel(parts(request).context, acting(request, who), order_id)
        return go(f"/admin/orders/{order_id}")

    return await run_in_threadpool(work)


def _order(
    request: Request, who: Caller, order_id: str, at: int, kind: str, by: str, *, asked: str, refunded: str
) -> HTMLResponse:
    own = parts(request)
    order = own.context.store.get(PreOrder, order_id)
    (row,) = queries.by_ids(own.database, [order_id]) or [None]
    head = _head(own, order)
    told = trace.of_order(own.context, order_id, order, head["names"])
    every = timeline(own, who, order_id, told)
    then = own.context.store.repository.get(order.id, version=min(at, order.version)) if at else None
    return page(
        request,
        who,
        "admin/order.html",
        **head,
        row=row,
        now=told.now,
        moments=(moments := narrowed(every, kind, by)),
        positions={moment.position for moment in moments},
        narrowed={name: value for name, value in (("kind", kind), ("by", by)) if value},
        choices=choices(order_id, every, kind, by),
        upcoming=_upcoming(own, order, head["event"]),
        then=then,
        at=min(at, order.version),
        may=_may(who, order),
        asked=asked == "1",
        refunded=refunded == "1",
    )


def _ticket(
    request: Request,
    who: Caller,
    order_id: str,
    status: int = 200,
    *,
    secret: tuple[str, ...] = (),
    purpose: str = "",
    errors: list[dict[str, str]] | None = None,
) -> HTMLResponse:
    own = parts(request)
    head = _head(own, own.context.store.get(PreOrder, order_id))
    return page(
        request, who, "admin/ticket.html", status, **head, secret=secret, purpose=purpose, errors=errors
    )


def _refund(
    request: Request,
    who: Caller,
    order_id: str,
    status: int = 200,
    *,
    reason: str = "",
    amount: str = "",
    errors: list[dict[str, str]] | None = None,
) -> HTMLResponse:
    own = parts(request)
    order = own.context.store.get(PreOrder, order_id)
    left = order.price_minor - order.refunded_minor(order.payment_id) if order.payment_id else 0
    return page(
        request,
        who,
        "admin/refund.html",
        status,
        **_head(own, order),
        left=left,
        alone=own.settings.refund_alone,
        reason=reason,
        amount=amount,
        errors=errors,
    )


def _head(own: Parts, order: PreOrder) -> dict[str, Any]:
    """What each of these pages says of the pre-order. Raises NotFound where the read model has no event yet."""
    event = catalogue.some(own.database, [order.event_id]).get(order.event_id)
    if event is None:
        raise NotFound(f"There is no PreOrder {order.id}.", id=str(order.id))
    member = own.context.members.reveal([order.member_id]).get(order.member_id)
    return {
        "order": order,
        "order_id": str(order.id),
        "event": event,
        "names": {variant.id: variant.name for variant in event.variants},
        "member": masked(member.email) if member else "erased",
    }


def _may(who: Caller, order: PreOrder) -> dict[str, bool]:
    """What can be done now, and by this person."""
    holds = order.status in HOLDS_TICKET | {Status.USED} and not order.frozen
    return {
        "resend": who.may(Act.SERVE) and order.status in HOLDS_TICKET and not order.frozen,
        "use": who.may(Act.SERVE) and order.status in HOLDS_TICKET,
        "reveal": who.may(Act.REVEAL) and holds,
        "refund": who.may(Act.MONEY) and bool(order.payment_id) and order.status is not Status.REFUNDED,
        "cancel": who.may(Act.BEHALF) and order.status is Status.PLACED,
        "member": who.may(Act.VIEW) and order.status is not Status.ERASED,
    }


def _upcoming(own: Parts, order: PreOrder, event: catalogue.EventRow) -> str:
    """What the member reads of how it stands and what comes next."""
    capture = own.context.schedule.next(own.context.clock.now())
    return next_step(member_orders.live(order), event.time_zone, capture)
