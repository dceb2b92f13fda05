"""The board: tickets that nobody can know yet beside who waits, moved by dragging or by the Move page, with undo."""

from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Desk, acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import moves
from harrystix.application.processes.reactions import HELD
from harrystix.domain.errors import DomainError, NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent

SHOWN = 50
router = Routes(prefix="/admin/events/{event_id}/board", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Movable:
    """`holder`: the pre-order that has it now; empty: the stock."""

    ticket_id: str
    variant: str
    holder: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """`number`: 1 is the first to have paid."""

    order_id: str
    number: int
    wanted: str


@router.get("", response_class=HTMLResponse)
def show_board(request: Request, who: Desk, event_id: str) -> HTMLResponse:
    """The first tickets that can be moved, and the first who wait."""
    return _board(request, who, event_id)


@router.get("/undo", response_class=Response)
def after_undo(who: Desk, event_id: str) -> Response:
    """Whoever had to sign in before undoing comes back here: to the board, where undoing is offered."""
    return go(f"/admin/events/{event_id}/board")


@router.get("/{ticket_id}", response_class=HTMLResponse)
def choose(request: Request, who: Desk, event_id: str, ticket_id: str) -> HTMLResponse:
    """To whom this ticket goes: the same without dragging."""
    return _choose(request, who, event_id, ticket_id)


@router.post("", response_class=Response)
async def move(request: Request, who: Desk, event_id: str) -> Response:
    """Give it, with a reason."""
    found = await fields(request)
    key, ticket = key_of(found), found.get("ticket", "")
    named = found.get("named", "").strip()

    def work() -> Response:
        context = parts(request).context
        order = _named(request, event_id, named) if named else found.get("order", "")
        if not order:
            whom = "Nobody who waits has this id." if named else "Choose who gets it."
            wrong = [{"text": whom, "field": "named"}]
            return _choose(
                request, who, event_id, ticket, 422, errors=wrong, reason=found.get("reason", ""), named=named
            )
        by = acting(request, who, f"POST /admin/events/{event_id}/board/{key}/{ticket}/{order}")
        reason = found.get("reason", "")
        try:
            before = moves.move(context, by, event_id, ticket_id=ticket, order_id=order, reason=reason)
        except DomainError as refused:
            wrong = said(refused, "reason")
            return _choose(
                request, who, event_id, ticket, 409, errors=wrong, chosen=order, reason=reason, named=named
            )
        told = "" if before is None else f"?moved={ticket}&to={order}&from={before}"
        return go(f"/admin/events/{event_id}/board{told}")

    return await run_in_threadpool(work)


@router.post("/undo", response_class=Response)
async def undo(request: Request, who: Desk, event_id: str) -> Response:
    """As it was before, while the mail has not left."""
    found = await fields(request)
    key, ticket, back = key_of(found), found.get("ticket", ""), found.get("back", "")
    held = found.get("held", "")

    def work() -> Response:
        context = parts(request).context
        by = acting(request, who, f"POST /admin/events/{event_id}/board/undo/{key}")
        try:
            if back:
                moves.move(
                    context, by, event_id, ticket_id=ticket, order_id=back, reason="undone", holder=held
                )
            else:
                moves.take_back(context, by, event_id, ticket, held)
        except DomainError as refused:
            return _board(request, who, event_id, 409, errors=said(refused))
        return go(f"/admin/events/{event_id}/board?undone={ticket}")

    return await run_in_threadpool(work)


def _board(
    request: Request,
    who: Caller,
    event_id: str,
    status: int = 200,
    errors: list[dict[str, str]] | None = None,
) -> HTMLResponse:
    asked = {name: request.query_params.get(name, "") for name in ("moved", "to", "from", "undone")}
    known = {name: value if is_id(value) else "" for name, value in asked.items()}
    pool, event = _pool(request, event_id)
    if known["moved"] and pool.order_of.get(known["moved"], "") != known["to"]:
        known["moved"] = ""
    movable = _movable(request, pool, event)
    waiting, later = _waiting(request, pool, event)
    return page(
        request,
        who,
        "admin/board.html",
        status,
        event=event,
        event_id=event_id,
        movable=movable[:SHOWN],
        others=max(0, len(movable) - SHOWN),
        waiting=waiting,
        later=later,
        held=int(HELD.total_seconds()),
        known=known,
        errors=errors,
    )


def _choose(
    request: Request,
    who: Caller,
    event_id: str,
    ticket_id: str,
    status: int = 200,
    *,
    errors: list[dict[str, str]] | None = None,
    chosen: str = "",
    reason: str = "",
    named: str = "",
) -> HTMLResponse:
    pool, event = _pool(request, event_id)
    if ticket_id not in pool.tickets:
        raise NotFound(f"There is no ticket {ticket_id}.", id=ticket_id)
    waiting, later = _waiting(request, pool, event)
    return page(
        request,
        who,
        "admin/board-move.html",
        status,
        event=event,
        event_id=event_id,
        ticket_id=ticket_id,
        variant=event.variant_name(str(pool.tickets[ticket_id][0])) or "any",
        holder=pool.order_of.get(ticket_id, ""),
        waiting=waiting,
        later=later,
        errors=errors,
        chosen=chosen,
        named=named,
        reason=reason,
    )


def _named(request: Request, event_id: str, text: str) -> str:
    """Who waits under this id, or under a beginning of it that only one has; else empty."""
    pool, _ = _pool(request, event_id)
    fits = [one for one in pool.orders if one.startswith(text.lower()) and pool.is_waiting(one)]
    return fits[0] if len(fits) == 1 else ""


def _pool(request: Request, event_id: str) -> tuple[TicketPool, TicketedEvent]:
    store = parts(request).context.store
    event, pool = store.get(TicketedEvent, event_id), store.pool(event_id)
    if pool is None:
        raise NotFound("Nothing was paid and nothing uploaded for this event yet.", id=event_id)
    return pool, event


def _movable(request: Request, pool: TicketPool, event: TicketedEvent) -> list[Movable]:
    """Free ones first; then those on their way to somebody, while they can be called back."""
    context = parts(request).context

    def named(ticket_id: str, holder: str = "") -> Movable:
        return Movable(ticket_id, event.variant_name(str(pool.tickets[ticket_id][0])) or "any", holder)

    free = [named(ticket_id) for ticket_id in pool.free_tickets()]
    # Whose mail is still to leave are the last ones that got something.
    lately = dict(islice(reversed(pool.assignment_of.items()), SHOWN * 2))
    orders = context.store.get_many(PreOrder, moves.unsent(context, lately)[:SHOWN])
    can = moves.movable(context, orders)
    # One that was given another one meanwhile is not where it was.
    held = [(pool.ticket_of.get(order_id, ""), order_id) for order_id in orders if order_id in can]
    return free + [named(ticket_id, order_id) for ticket_id, order_id in held if ticket_id]


def _waiting(request: Request, pool: TicketPool, event: TicketedEvent) -> tuple[list[Waiting], int]:
    """(the first ones, in queue order; how many come after them)."""
    context = parts(request).context
    with context.stories.of(context.store, pool.event_id, pool.version) as story:
        rank, wish = story.queue.rank, story.model.wish
        first = [
            Waiting(order_id, number, event.variant_name(wish[order_id][1]) or "no preference")
            for number, order_id in nsmallest(
                SHOWN, [(rank[order_id], order_id) for order_id in story.model.waiting]
            )
        ]
        return first, max(0, len(story.model.waiting) - SHOWN)
