"""Ordering and cancelling for a member: by support, and by partners whose keys may."""

from fastapi import Request, Response

from harrystix.adapters.web.access import IdempotencyKey, Orderer, acting, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.people_schemas import BehalfIn, BehalfOut
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import ordering
from harrystix.application.mail_address import require_mailbox
from harrystix.application.ports import Member
from harrystix.domain.pre_order import PreOrder

router = Routes(prefix="/api/admin", tags=["on behalf"], responses=Answers.WRITE)


@router.post("/events/{event_id}/pre-orders", status_code=201, response_model=BehalfOut)
def order_for_member(
    request: Request, who: Orderer, event_id: str, wish: BehalfIn, key: IdempotencyKey = None
) -> Response:
    """The member enters the card later, over the link of a mail. 200: it was there already."""
    command = write(request, who, key)

    def work() -> Response:
        context = command.parts.context
        require_mailbox(wish.email)
        (member_id,) = context.members.find_or_add([Member(wish.email, wish.name)])
        order, made = ordering.place(
            context,
            command.by,
            context.schedule,
            event_id=event_id,
            member_id=member_id,
            variant_id=wish.variant_id or "",
        )
        return send(_shown(order), 201 if made else 200)

    return command.once(wish.model_dump_json().encode(), work)


@router.post("/pre-orders/{order_id}/cancel", response_model=BehalfOut)
def cancel_for_member(request: Request, who: Orderer, order_id: str) -> Response:
    """Until the money is asked for. Again is well."""
    context = parts(request).context
    ordering.cancel(context, acting(request, who), order_id)
    return send(_shown(context.store.get(PreOrder, order_id)))


def _shown(order: PreOrder) -> BehalfOut:
    return BehalfOut(pre_order_id=str(order.id), member_id=order.member_id, status=str(order.status))
