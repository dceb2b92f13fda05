"""Erasing a person: asked for by the member or the desk, granted by an owner, then done step by step."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers import money
from harrystix.application.handlers.leaving import note_what_leaves
from harrystix.domain.erasure import Erasure
from harrystix.domain.errors import IllegalTransition, NotFound
from harrystix.domain.ids import erasure_id
from harrystix.domain.pre_order import HOLDS_TICKET, QUEUED, PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.values import By


def member_known(context: Context, member_id: str) -> None:
    """Raises NotFound, also for what is no id."""
    try:
        known = context.erasures.known([str(UUID(member_id))])
    except ValueError:
        known = set[str]()
    if not known:
        raise NotFound(f"There is no member {member_id}.", id=member_id)


def order(context: Context, by: By, member_id: str, *, origin: str, approval_id: str = "") -> None:
    """From here on it goes by itself. Once a member; again where a restore brought the person back."""

    def work() -> None:
        known = context.store.get_many(Erasure, [str(erasure_id(member_id))])
        if known:
            (erasure,) = known.values()
            erasure.order_again(by, origin)
        else:
            erasure = Erasure.order(by, member_id, origin=origin, approval_id=approval_id)
        context.store.commit(erasure)

    context.store.run(by, lambda: [erasure_id(member_id)], work)


def erase_order(context: Context, by: By, order_id: str) -> None:
    """One pre-order: who was not served is refunded, a due mail stays here, a ticket goes with its holder.

    Raises IllegalTransition while it is being paid or in dispute, Conflict while a mail is just leaving.
    """

    def work() -> None:
        found = context.store.get(PreOrder, order_id)
        if found.status is Status.ERASED:
            return
        if found.attempt_open or found.disputed:
            # Said before any money is asked back: all of it happens or nothing.
            raise IllegalTransition("Pre-order", order_id, "being paid or in dispute", "erasing")
        note_what_leaves(context, [found])
        unseen, intents = found.unseen, found.open_intents
        held = found.status in HOLDS_TICKET
        pool = context.store.check_out(found.event_id, by)
        had = found.ticket_id
        if _give_money_back(by, found):
            # Nobody was served: what was held may serve the next one, unless somebody can know it.
            money.follow(by, pool, found, gave_up=held, reusable=unseen, place=context.store.place, had=had)
        ticket = found.ticket_id
        found.erase(by)
        if order_id in pool.ticket_of:
            pool.erase_ticket(by, order_id)
        else:
            money.leave(by, pool, found, "erased", context.store.place)
        stop = context.ledger.recall(intents) if unseen else context.ledger.call_off(intents)
        context.store.commit(found, pool, together=[stop, context.tickets.forget([ticket] if ticket else [])])
        context.store.check_in(pool)

    context.store.run(by, lambda: [UUID(order_id)], work)


def _give_money_back(by: By, order: PreOrder) -> bool:
    """Of who has paid and was not served: still waiting, or no ticket ever arrived. Whether there was any."""
    left = order.price_minor - order.refunded_minor(order.payment_id) if order.payment_id else 0
    if order.status in QUEUED | HOLDS_TICKET and not order.served and left > 0:
        order.request_refund(
            by, amount_minor=left, origin="erasure", reason="erased before a ticket had arrived"
        )
        return True
    return False
