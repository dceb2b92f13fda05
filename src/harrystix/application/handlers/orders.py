"""Pre-orders: import paid ones, confirm payments, resend, mark used, disclose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from harrystix.application import csv_orders
from harrystix.application.context import Context
from harrystix.application.csv_file import Problem
from harrystix.application.csv_orders import OrderRow
from harrystix.application.handlers.staff import TooOften
from harrystix.application.payment_ports import Refused
from harrystix.application.ports import Member
from harrystix.application.uploads.resolve import Meaning, Resolver, Unclear
from harrystix.domain.errors import DomainError, InvalidValue, NotFree
from harrystix.domain.ids import pre_order_id
from harrystix.domain.payments import UNPAID
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By, reason_given

log = structlog.get_logger()
BATCH = 500
# More than any honest case needs; who takes more is looked at.
PER_HOUR = 30
# Problems that are not about who it is.
COLUMN_OF = {
    "payment_used": "Payment intent",
    "payment_unknown": "Payment intent",
    "payment_mismatch": "Payment intent",
    "contradicts": "Variant",
}


@dataclass
class ImportReport:
    """imported + confirmed + known + rejected = rows. `confirmed`: unpaid ones that were there, paid by the file."""

    rows: int = 0
    imported: int = 0
    confirmed: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def rejected(self) -> int:
        return len({problem.row for problem in self.problems})


def import_orders(
    context: Context,
    by: By,
    data: bytes,
    encoding: str = "utf-8",
    *,
    dry_run: bool = False,
    within: frozenset[str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Bring in paid pre-orders, row by row; good rows are imported whatever the bad ones say. Repeatable.

    Raises FileRefused. `progress` is told the number of rows done. `within`: only for these events.
    """
    rows, good, problems = csv_orders.check(data, encoding)
    report = ImportReport(rows=rows, problems=problems)
    resolver = Resolver(context.store, context.directory)
    meanings = resolver.resolve({(row.event, row.variant or "") for row in good})
    ready: list[tuple[OrderRow, Meaning]] = []
    for row in good:
        meaning = _meaning(meanings[row.event, row.variant], row)
        if isinstance(meaning, Unclear):
            report.problems.append(Problem(row.row, meaning.column, meaning.code, meaning.message))
        elif within is not None and meaning.event_id not in within:
            message = "This event is not one of yours."
            report.problems.append(Problem(row.row, "Event", "foreign_event", message))
        elif not context.members.acceptable(row.email):
            message = "The email is not an email address."
            report.problems.append(Problem(row.row, "Email", "bad_email", message))
        else:
            ready.append((row, meaning))
    if dry_run:
        return report
    # The queue follows the log, so the log has to follow the payments.
    ready.sort(key=lambda pair: (pair[0].paid_at, pair[0].row))
    for start in range(0, len(ready), BATCH):
        batch = ready[start : start + BATCH]
        context.store.run(by, lambda: [], lambda batch=batch: _import(context, by, batch, resolver, report))
        progress(start + len(batch))
    report.problems.sort(key=lambda problem: problem.row)
    return report


def _meaning(found: Meaning | Unclear, row: OrderRow) -> Meaning | Unclear:
    # Without a variant the member takes any: that is a wish, not a mistake.
    if isinstance(found, Unclear) and found.code == "variant_missing" and not row.variant:
        return Meaning(found.event_id, "")
    return found


def _import(
    context: Context,
    by: By,
    batch: Sequence[tuple[OrderRow, Meaning]],
    resolver: Resolver,
    report: ImportReport,
) -> None:
    members = context.members.find_or_add([Member(row.email, row.member) for row, _ in batch])
    ids = [str(pre_order_id(m.event_id, member)) for (_, m), member in zip(batch, members, strict=True)]
    orders = context.store.get_many(PreOrder, ids)
    pays = context.payment_claims.taken([row.payment_intent for row, _ in batch])
    outcome = ImportReport()
    changed: dict[str, PreOrder] = {}
    claims: dict[str, str] = {}
    for (row, meaning), member, order_id in zip(batch, members, ids, strict=True):
        order = orders.get(order_id)
        if order is not None and order.payment_id == row.payment_intent:
            outcome.known += 1
            continue
        why = _why_not(context, row, meaning, order) or (
            ("payment_used", "This payment pays another pre-order.")
            if pays.get(row.payment_intent, order_id) != order_id
            else None
        )
        if why:
            outcome.problems.append(Problem(row.row, COLUMN_OF.get(why[0], "Member"), *why))
            continue
        event = resolver.events[meaning.event_id]
        if order is None:
            outcome.imported += 1
            order = PreOrder.place(
                by,
                event_id=meaning.event_id,
                member_id=member,
                variant_id=meaning.variant_id,
                price_minor=event.price_minor,
                currency=event.currency,
            )
            orders[order_id] = order
        else:
            outcome.confirmed += 1
        order.confirm_payment(
            by,
            payment_id=row.payment_intent,
            amount_minor=order.price_minor,
            currency=order.currency,
            paid_at=row.paid_at,
        )
        changed[order_id] = order
        pays[row.payment_intent] = claims[row.payment_intent] = order_id
    context.store.commit(*changed.values(), together=[context.payment_claims.claim(claims)])
    report.imported += outcome.imported
    report.confirmed += outcome.confirmed
    report.known += outcome.known
    report.problems += outcome.problems


def _why_not(
    context: Context, row: OrderRow, meaning: Meaning, order: PreOrder | None
) -> tuple[str, str] | None:
    """(code, words) where what the row says can't be: the pre-order that there is says something else."""
    if order is None:
        return _not_paid(context, row, None)
    if order.payment_id:
        return "already_ordered", "This member has a paid pre-order for this event already."
    if order.status not in UNPAID:
        return "not_possible", f"The member's pre-order is {order.status}: it can't be paid by a file."
    if order.attempt_open:
        return "not_possible", "The member's pre-order is being charged right now. Import this row later."
    if meaning.variant_id != order.variant_id:
        return "contradicts", "The member has ordered another variant. Correct the row, or the pre-order."
    return _not_paid(context, row, order)


def _not_paid(context: Context, row: OrderRow, order: PreOrder | None) -> tuple[str, str] | None:
    """With a live account no ticket without a payment that the provider knows, imported or not."""
    if not context.payments.live:
        return None
    try:
        payment = context.payments.payment(row.payment_intent)
    except Refused:
        return "payment_unknown", "The payment provider does not know this payment."
    if not payment.succeeded:
        return "payment_unknown", "By the payment provider this payment has not succeeded."
    if order is not None and (payment.amount_minor, payment.currency) != (order.price_minor, order.currency):
        return "payment_mismatch", "By the payment provider another amount was paid."
    return None


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
    return _each(context, by, order_ids, lambda order: order.request_resend(by))


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
    order = context.store.get(PreOrder, order_id)
    order.disclose_credential(by, role=role, purpose=purpose)
    context.store.commit(order)
    secrets = context.tickets.reveal([order.ticket_id])
    if order.ticket_id not in secrets:
        raise InvalidValue("The credential of this ticket is no longer kept.")
    return secrets[order.ticket_id]


def _each(context: Context, by: By, order_ids: Sequence[str], act: Callable[[PreOrder], None]) -> BulkResult:
    def work() -> BulkResult:
        result = BulkResult()
        orders = context.store.get_many(PreOrder, order_ids)
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
