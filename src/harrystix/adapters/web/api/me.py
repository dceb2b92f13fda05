"""What members do: see what is on sale, order, save a card, confirm at the bank, cancel, see their ticket."""

from datetime import datetime

from fastapi import HTTPException, Request, Response

from harrystix.adapters.web.access import IdempotencyKey, Member, acting, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.api.events import shown as shown_event
from harrystix.adapters.web.api.tickets import NO_STORE, credential
from harrystix.adapters.web.member_words import next_step
from harrystix.adapters.web.money_schemas import EventOnSale, MemberOrderOut, OrderIn, UrlOut
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import CredentialOut
from harrystix.application.handlers import money, ordering, orders
from harrystix.domain.pre_order import PreOrder
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders

router = Routes(prefix="/api", tags=["members"], responses=Answers.WRITE)


@router.get("/events", response_model=list[EventOnSale])
def events_on_sale(
    request: Request, response: Response, _: Member, limit: Limit = 50, cursor: Cursor = None
) -> list[EventOnSale]:
    """What a member may order now and still pay in time, by start."""
    own = parts(request)
    now = own.context.clock.now()
    capture_at = own.context.schedule.next(now)
    after = own.cursors.decode(request, cursor) if cursor else None
    page = catalogue.on_sale(
        own.database,
        now,
        capture_at,
        limit,
        (datetime.fromisoformat(after[0]), str(after[1])) if after else None,
    )
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].starts_at.isoformat(), page[-1].id))
    return [
        EventOnSale(
            id=event.id,
            name=event.name,
            venue=event.venue,
            starts_at=event.starts_at,
            time_zone=event.time_zone,
            price_minor=event.price_minor,
            currency=event.currency,
            sales_close_at=min(event.sales_close_at or event.starts_at, event.starts_at),
            capture_at=capture_at,
            variants=shown_event(event).variants,
        )
        for event in page
    ]


@router.get("/me/pre-orders", response_model=list[MemberOrderOut])
def my_pre_orders(request: Request, response: Response, who: Member) -> list[MemberOrderOut]:
    response.headers.update(NO_STORE)
    own = parts(request)
    return _shown(own, member_orders.of_member(own.database, str(who.member_id)))


@router.post(
    "/me/pre-orders",
    status_code=201,
    response_model=MemberOrderOut,
    responses={200: {"model": MemberOrderOut, "description": "It was there already."}},
)
def place_pre_order(request: Request, who: Member, wish: OrderIn, key: IdempotencyKey = None) -> Response:
    """One a member and event. Price, currency and sales window are the event's. 200: it was there already."""
    command = write(request, who, key)

    def work() -> Response:
        context = command.parts.context
        order, made = ordering.place(
            context,
            command.by,
            context.schedule,
            event_id=wish.event_id,
            member_id=str(who.member_id),
            variant_id=wish.variant_id or "",
        )
        return send(_fresh(command.parts, order), 201 if made else 200, NO_STORE)

    return command.once(wish.model_dump_json().encode(), work)


@router.get("/me/pre-orders/{order_id}", response_model=MemberOrderOut)
def my_pre_order(request: Request, who: Member, order_id: str) -> Response:
    own = parts(request)
    return send(_fresh(own, ordering.own(own.context, str(who.member_id), order_id)), headers=NO_STORE)


@router.delete("/me/pre-orders/{order_id}", response_model=MemberOrderOut)
def cancel_pre_order(request: Request, who: Member, order_id: str) -> Response:
    """Until the money is asked for. Again is well."""
    own = parts(request)
    ordering.own(own.context, str(who.member_id), order_id)
    ordering.cancel(own.context, acting(request, who), order_id)
    return send(_fresh(own, own.context.store.get(PreOrder, order_id)), headers=NO_STORE)


@router.post("/me/pre-orders/{order_id}/give-back", response_model=MemberOrderOut)
def give_back(request: Request, who: Member, order_id: str) -> Response:
    """Paid and waiting, and no longer wanted: the place is gone, all of the money goes back. Again is well."""
    own = parts(request)
    ordering.own(own.context, str(who.member_id), order_id)
    if not own.settings.give_back:
        raise HTTPException(403, "Places are not given back here. Ask us.")
    money.give_back(own.context, acting(request, who), order_id)
    return send(_fresh(own, own.context.store.get(PreOrder, order_id)), headers=NO_STORE)


@router.post("/me/pre-orders/{order_id}/card", response_model=UrlOut)
def save_card(request: Request, who: Member, order_id: str, key: IdempotencyKey = None) -> Response:
    """The provider's page to save a card, or another one. No card data comes here."""
    command = write(request, who, key)

    def work() -> Response:
        context = command.parts.context
        order = ordering.own(context, str(who.member_id), order_id)
        there = f"{context.address}/me#{order_id}"
        visit = ordering.start_card(context, command.by, order, there, there)
        return send(UrlOut(url=visit.url), headers=NO_STORE)

    return command.once(order_id.encode(), work)


@router.post("/me/pre-orders/{order_id}/authenticate", response_model=UrlOut)
def confirm_at_the_bank(request: Request, who: Member, order_id: str, key: IdempotencyKey = None) -> Response:
    """The bank's page for a payment that it wants to be confirmed."""
    command = write(request, who, key)

    def work() -> Response:
        context = command.parts.context
        order = ordering.own(context, str(who.member_id), order_id)
        url = ordering.authenticate(context, command.by, order, f"{context.address}/me#{order_id}")
        return send(UrlOut(url=url), headers=NO_STORE)

    return command.once(order_id.encode(), work)


@router.post("/me/pre-orders/{order_id}/reveal", response_model=CredentialOut)
def reveal_my_ticket(request: Request, who: Member, order_id: str) -> Response:
    """One's own credential. The disclosure is in the log before the answer leaves."""
    context = parts(request).context
    ordering.own(context, str(who.member_id), order_id)
    secret = orders.disclose(context, acting(request, who), order_id, role="member", purpose="own ticket")
    return send(credential(secret), headers=NO_STORE)


def _fresh(own: Parts, order: PreOrder) -> MemberOrderOut:
    return _shown(own, [member_orders.live(order)])[0]


def _shown(own: Parts, found: list[member_orders.MemberOrder]) -> list[MemberOrderOut]:
    events = catalogue.some(own.database, list({row.event_id for row in found}))
    names = {v.id: v.name for event in events.values() for v in event.variants}
    capture_at = own.context.schedule.next(own.context.clock.now())
    shown: list[MemberOrderOut] = []
    for row in found:
        event = events.get(row.event_id)
        zone = event.time_zone if event else "UTC"
        shown.append(
            MemberOrderOut(
                id=row.id,
                event_id=row.event_id,
                event=event.name if event else "",
                starts_at=event.starts_at if event else None,
                time_zone=zone,
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
                needs=row.needs,
                card_expires=f"{row.card_expires // 100}-{row.card_expires % 100:02}"
                if row.card_expires
                else None,
                capture_at=capture_at if row.status in {"placed", "processing"} else None,
                next_step=next_step(row, zone, capture_at),
            )
        )
    return shown
