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
from harrystix.application.ports import Member
from harrystix.application.uploads.resolve import Meaning, Resolver, Unclear
from harrystix.domain.errors import DomainError, InvalidValue, NotFree
from harrystix.domain.ids import pre_order_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By, reason_given

log = structlog.get_logger()
BATCH = 500
# More than any honest case needs; who takes more is looked at.
PER_HOUR = 30


@dataclass
class ImportReport:
    """imported + known + rejected = rows."""

    rows: int = 0
    imported: int = 0
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
    imported = known = 0
    problems: list[Problem] = []
    changed: dict[str, PreOrder] = {}
    for (row, meaning), member, order_id in zip(batch, members, ids, strict=True):
        event = resolver.events[meaning.event_id]
        order = orders.get(order_id)
        if order is not None and order.payment_id:
            if order.payment_id == row.payment_intent:
                known += 1
            else:
                message = "This member has a paid pre-order for this event already."
                problems.append(Problem(row.row, "Member", "already_ordered", message))
            continue
        if order is None:
            order = PreOrder.place(
                by,
                event_id=meaning.event_id,
                member_id=member,
                variant_id=meaning.variant_id,
                price_minor=event.price_minor,
                currency=event.currency,
            )
            orders[order_id] = order
        order.confirm_payment(
            by,
            payment_id=row.payment_intent,
            amount_minor=order.price_minor,
            currency=order.currency,
            paid_at=row.paid_at,
        )
        changed[order_id] = order
        imported += 1
    context.store.commit(*changed.values())
    report.imported += imported
    report.known += known
    report.problems += problems


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
