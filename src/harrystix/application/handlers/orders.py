"""Pre-orders: import paid ones, confirm payments, resend, mark used, disclose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers.leaving import note_what_leaves
from harrystix.application.handlers.staff import TooOften
from harrystix.domain.errors import DomainError, InvalidValue, NotFree
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By, reason_given

log = structlog.get_logger()
# More than any honest case needs; who takes more is looked at.
PER_HOUR = 30


def confirm_payment(
    context: Context,
    by: By,
    order_id: str,
    *,
    payment_id: str,
    amount_minor: int,
    currency: str,
    paid_at: datetime,
) -> None:
    """Raises NotFound, PaymentMismatch, IllegalTransition; quiet where it is known already."""

    def work() -> None:
        order = context.store.get(PreOrder, order_id)
        order.confirm_payment(
            by, payment_id=payment_id, amount_minor=amount_minor, currency=currency, paid_at=paid_at
        )
        context.store.commit(order)

    context.store.run(by, lambda: [UUID(order_id)], work)


@dataclass
class BulkResult:
    done: list[str] = field(default_factory=list[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])


def resend(context: Context, by: By, order_ids: Sequence[str]) -> BulkResult:
    """A new dispatch intent for each; `refused` says why not."""
    return _each(context, by, order_ids, lambda order: order.request_resend(by), note_what_leaves)


def mark_used(context: Context, by: By, order_ids: Sequence[str]) -> BulkResult:
    def work() -> BulkResult:
        result = BulkResult()
        orders = context.store.get_many(PreOrder, order_ids)
        pools = {event: context.store.check_out(event, by) for event in {o.event_id for o in orders.values()}}
        for order_id in order_ids:
            try:
                order = _known(orders, order_id)
                pool = pools[order.event_id]
                if order.ticket_id != pool.ticket_of.get(order_id, ""):
                    raise NotFree(
                        f"Pre-order {order_id} does not hold the ticket that it is said to.", id=order_id
                    )
                order.use_ticket(by)
                pool.use_ticket(by, order_id)
                result.done.append(order_id)
            except DomainError as error:
                result.refused[order_id] = error.message
        if result.refused:
            context.store.recheck()
        context.store.commit(*orders.values(), *pools.values())
        for pool in pools.values():
            context.store.check_in(pool)
        return result

    return context.store.run(by, lambda: [UUID(i) for i in order_ids], work) or BulkResult(list(order_ids))


def disclose(context: Context, by: By, order_id: str, *, role: str, purpose: str) -> tuple[str, ...]:
    """The credential, after the disclosure is in the log. Raises NotFound, InvalidValue, TooOften."""
    purpose = reason_given(purpose, "purpose")
    if role != "member" and not context.people.attempts.allowed("reveal", by.actor, PER_HOUR, 3600):
        log.error("disclosures.blocked", actor=by.actor, per_hour=PER_HOUR)
        raise TooOften(f"{PER_HOUR} credentials an hour is the most. The owner has been told.")

    def work() -> PreOrder:
        found = context.store.get(PreOrder, order_id)
        found.disclose_credential(by, role=role, purpose=purpose)
        context.store.commit(found)
        return found

    order = context.store.run(by, lambda: [UUID(order_id)], work) or context.store.get(PreOrder, order_id)
    secrets = context.tickets.reveal([order.ticket_id])
    if order.ticket_id not in secrets:
        raise InvalidValue("The credential of this ticket is no longer kept.")
    return secrets[order.ticket_id]


def _each(
    context: Context,
    by: By,
    order_ids: Sequence[str],
    act: Callable[[PreOrder], None],
    before: Callable[[Context, Sequence[PreOrder]], None] = lambda _, __: None,
) -> BulkResult:
    def work() -> BulkResult:
        result = BulkResult()
        orders = context.store.get_many(PreOrder, order_ids)
        before(context, list(orders.values()))
        for order_id in order_ids:
            try:
                act(_known(orders, order_id))
                result.done.append(order_id)
            except DomainError as error:
                result.refused[order_id] = error.message
        if result.refused:
            context.store.recheck()
        context.store.commit(*orders.values())
        return result

    return context.store.run(by, lambda: [UUID(i) for i in order_ids], work) or BulkResult(list(order_ids))


def _known(orders: dict[str, PreOrder], order_id: str) -> PreOrder:
    if order_id not in orders:
        raise InvalidValue(f"There is no pre-order {order_id}.", id=order_id)
    return orders[order_id]
