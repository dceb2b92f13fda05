"""Refunds and cases: what money that goes back, or is in doubt, does to place and ticket."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from harrystix.application.context import Context
from harrystix.application.handlers.leaving import note_what_leaves
from harrystix.application.handlers.orders import BulkResult
from harrystix.application.payment_ports import Dispute
from harrystix.domain.errors import Conflict, DomainError
from harrystix.domain.pre_order import HOLDS_TICKET, QUEUED, PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticket_pool import Place, TicketPool
from harrystix.domain.values import By

T = TypeVar("T")
# Looks at a mail that begins to leave, or is just back, while something happens to its pre-order.
MOMENTS = 5


def request_refund(
    context: Context,
    by: By,
    order_id: str,
    *,
    reason: str,
    origin: str = "support",
    amount_minor: int = 0,
    payment_id: str = "",
    alone: int | None = None,
) -> str:
    """Our id of the refund; without an amount everything that is left. The same command asks once.

    Raises NotFound, OverRefund, InvalidValue; NeedsSecond beyond `alone` minor units. The money moves in a worker.
    """
    asked = ""

    def ask(order: PreOrder) -> None:
        nonlocal asked
        asked = _ask(by, order, amount_minor, origin, reason, payment_id, alone)

    with_pool(context, by, [order_id], ask)
    return asked


def give_back(context: Context, by: By, order_id: str) -> None:
    """By the member who waits. Raises NotFound, IllegalTransition."""
    with_pool(context, by, [order_id], lambda order: order.give_back(by))


def request_refunds(
    context: Context, by: By, order_ids: Sequence[str], *, reason: str, origin: str
) -> BulkResult:
    """In full, for many pre-orders of one event in one transaction; `refused` says why not."""
    done: dict[str, str] = {}
    refused: dict[str, str] = {}

    def ask(order: PreOrder) -> None:
        try:
            _ask(by, order, 0, origin, reason, "")
            done[str(order.id)] = ""
            refused.pop(str(order.id), None)
        except DomainError as error:
            refused[str(order.id)] = error.message

    def sure() -> list[Aggregate]:
        if refused:
            context.store.recheck()
        return []

    with_pool(context, by, order_ids, ask, sure)
    return BulkResult([order_id for order_id in done if order_id not in refused], refused)


def _ask(
    by: By,
    order: PreOrder,
    amount_minor: int,
    origin: str,
    reason: str,
    payment_id: str,
    alone: int | None = None,
) -> str:
    amount = amount_minor or left_to_refund(order, payment_id)
    return order.request_refund(
        by, amount_minor=amount, origin=origin, reason=reason, payment_id=payment_id, alone=alone
    )


def left_to_refund(order: PreOrder, payment_id: str = "") -> int:
    """Minor units of a payment, or of the one it was paid with, that were not given back."""
    payment = payment_id or order.payment_id
    return order.strays.get(payment, order.price_minor) - order.refunded_minor(payment)


def take_over_refund(
    context: Context,
    by: By,
    order_id: str,
    *,
    payment_id: str,
    provider_refund_id: str,
    amount_minor: int,
    state: str,
) -> None:
    """Somebody refunded at the provider: the pre-order follows. Raises NotFound."""

    def take(order: PreOrder) -> None:
        order.take_over_refund(
            by,
            payment_id=payment_id,
            provider_refund_id=provider_refund_id,
            amount_minor=amount_minor,
            state=state,
        )

    with_pool(context, by, [order_id], take)


def move_refund(
    context: Context, by: By, order_id: str, refund_id: str, *, provider_refund_id: str, state: str, code: str
) -> None:
    """The provider's word on a refund of ours. Raises NotFound."""

    def work() -> None:
        order = context.store.get(PreOrder, order_id)
        order.move_refund(by, refund_id, provider_refund_id=provider_refund_id, state=state, code=code)
        context.store.commit(order)

    context.store.run(by, lambda: [UUID(order_id)], work)


def follow_dispute(context: Context, by: By, order_id: str, dispute: Dispute) -> None:
    """As it stands now, whichever news of it came first: frozen while open; lost means that the money is gone."""

    def act(order: PreOrder) -> None:
        order.freeze(by, case_id=dispute.dispute_id, kind="dispute", reason=dispute.reason)
        if dispute.state == "lost":
            captured = order.strays.get(dispute.payment_id, order.price_minor)
            # What was only asked back has not gone: the bank has taken it, and that refund will fail.
            left = captured - order.given_back_minor(dispute.payment_id)
            if left > 0:
                order.take_over_refund(
                    by,
                    payment_id=dispute.payment_id,
                    provider_refund_id=dispute.dispute_id,
                    amount_minor=min(left, dispute.amount_minor),
                    state="succeeded",
                    origin="dispute",
                )
        if dispute.state != "open":
            order.close_case(by, case_id=dispute.dispute_id, outcome=dispute.state)

    with_pool(context, by, [order_id], act)


def freeze(context: Context, by: By, order_id: str, *, case_id: str, kind: str, reason: str) -> None:
    """A pre-order in doubt leaves the queue; a ticket that it holds already is kept, unmailed if it can be."""
    with_pool(
        context, by, [order_id], lambda order: order.freeze(by, case_id=case_id, kind=kind, reason=reason)
    )


def close_case(
    context: Context, by: By, order_id: str, *, case_id: str, outcome: str, reason: str = ""
) -> None:
    """Back at the original place in the queue, or the mail that was held back is due again."""

    def act(order: PreOrder) -> None:
        order.close_case(by, case_id=case_id, outcome=outcome, reason=reason)

    with_pool(context, by, [order_id], act)


def follow(
    by: By,
    pool: TicketPool,
    order: PreOrder,
    *,
    gave_up: bool,
    reusable: bool,
    place: Callable[[PreOrder], Place],
    had: str = "",
) -> None:
    """Make the pool agree with the money. `gave_up`: a ticket was held until now; `had`: that one.

    `reusable`: nobody can know its credential yet, so the next one may have it; else it is void. `place`: where who has
    not joined the queue yet would stand in it: who leaves before that has to be known as gone.
    """
    order_id = str(order.id)
    if order.status is Status.REFUNDED:
        if gave_up and order_id in pool.ticket_of:
            ticket = had or pool.ticket_of[order_id]
            if pool.ticket_of[order_id] == ticket:
                pool.revoke(by, [order_id], "refunded")
            else:
                # An old log gave it two: one that nobody has seen, and its own, of which the pool forgot whose it is.
                pool.repair(by, order_id, pool.ticket_of[order_id])
                if not pool.is_free(ticket):
                    pool.repair(by, order_id, ticket)
            if not reusable and pool.is_free(ticket):
                pool.void(by, [ticket], "refunded")
        if order_id not in pool.ticket_of:
            leave(by, pool, order, "refunded", place)
    elif order.frozen and order.status in QUEUED:
        leave(by, pool, order, "frozen", place)
    elif not order.frozen and order.status in QUEUED:
        pool.return_order(by, order_id)


def leave(by: By, pool: TicketPool, order: PreOrder, reason: str, place: Callable[[PreOrder], Place]) -> None:
    """Out of the queue; who was still to join it joins and leaves in one go, so that nobody lets it in afterwards."""
    if order.confirmed and str(order.id) not in pool.orders:
        pool.queue_early(by, place(order))
    pool.remove_order(by, str(order.id), reason)


def with_pool(
    context: Context,
    by: By,
    order_ids: Sequence[str],
    act: Callable[[PreOrder], None],
    also: Callable[[], Sequence[Aggregate]] = tuple,
) -> None:
    """`act` on pre-orders of one event, and what follows for their tickets and mails, in one transaction.

    `also`: what else is saved with them, asked for after the acts. Both are called again after a conflict.
    """
    at_this_moment(
        lambda: context.store.run(
            by, lambda: [UUID(order_ids[0])], lambda: _once(context, by, order_ids, act, also)
        )
    )


def at_this_moment(save: Callable[[], T]) -> T:
    """A mail that begins to leave between look and save is looked at again, and counts as leaving then."""
    for _ in range(MOMENTS - 1):
        with contextlib.suppress(Conflict):
            return save()
    return save()


def _once(
    context: Context,
    by: By,
    order_ids: Sequence[str],
    act: Callable[[PreOrder], None],
    also: Callable[[], Sequence[Aggregate]],
) -> None:
    orders = [context.store.get(PreOrder, order_ids[0])] if len(order_ids) == 1 else []
    orders = orders or list(context.store.get_many(PreOrder, order_ids).values())
    pool = context.store.check_out(orders[0].event_id, by)
    recalled: list[str] = []
    called_off: list[str] = []
    note_what_leaves(context, orders)
    for order in orders:
        held, due, reusable = order.status in HOLDS_TICKET, order.due_intent, order.unseen
        was_frozen, was_used, had = order.frozen, order.status is Status.USED, order.ticket_id
        act(order)
        if was_frozen and not order.frozen:
            order.renew_mail(by)
        gives_up = held and order.status is Status.REFUNDED
        if due and due not in order.mails:
            (recalled if reusable and gives_up else called_off).append(due)
        if order.status is Status.USED and not was_used:
            pool.use_ticket(by, str(order.id))
        follow(by, pool, order, gave_up=gives_up, reusable=reusable, place=context.store.place, had=had)
    together = [context.ledger.recall(recalled), context.ledger.call_off(called_off)]
    context.store.commit(*orders, pool, *also(), together=together)
    context.store.check_in(pool)
