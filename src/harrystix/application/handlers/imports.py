"""Paid pre-orders by a file: row by row, each payment asked of its provider where one can be asked.

Where they were paid elsewhere nobody can be asked: then a second person agrees to that very file.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from harrystix.application import csv_orders
from harrystix.application.context import Context
from harrystix.application.csv_file import Problem
from harrystix.application.csv_orders import OrderRow
from harrystix.application.handlers import approvals
from harrystix.application.mail_address import canonical
from harrystix.application.payment_ports import Refused
from harrystix.application.ports import Member
from harrystix.application.uploads.resolve import Meaning, Resolver, Unclear
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.ids import named, pre_order_id
from harrystix.domain.payment_events import LOST
from harrystix.domain.payments import UNPAID
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

KIND = "import"
BATCH = 500
# Clocks differ, and a file may leave out its time zone.
SKEW = timedelta(days=1)
# Problems that are not about who it is.
COLUMN_OF = {
    "payment_used": "Payment intent",
    "payment_unknown": "Payment intent",
    "payment_mismatch": "Payment intent",
    "payment_refunded": "Payment intent",
    "contradicts": "Variant",
    "bad_time": "Paid at",
}


class NotAgreed(DomainError):
    """Nobody has agreed to this file, or too long ago."""

    code = "not_agreed"


def ask_second(context: Context, by: By, data: bytes, encoding: str, reason: str) -> str:
    """Ask for it; the approval's id. Nothing of the file is kept but its fingerprint.

    Raises FileRefused, InvalidValue.
    """
    rows, good, problems = csv_orders.check(data, encoding)
    if not good:
        raise InvalidValue(
            "No row of this file can be read.", field="file", rows=rows, problems=len(problems)
        )
    details = {"sha256": _of(data), "rows": rows}
    return approvals.ask(context, by, kind=KIND, subject=_of(data)[:16], reason=reason, details=details)


def require_agreed(context: Context, approval_id: str, data: bytes) -> None:
    """Somebody else has agreed to exactly these bytes, in the last days. Raises NotFound, NotAgreed."""
    approval = approvals.get(context, approval_id)
    if approval.kind != KIND or approval.details["sha256"] != _of(data):
        raise NotAgreed("What was agreed to is another file.", id=approval_id)
    if approval.state not in {"granted", "done"} or approval.decided_at is None:
        raise NotAgreed(f"Nobody has agreed to this file: it is {approval.state}.", id=approval_id)
    if context.clock.now() - approval.decided_at > GOOD_FOR:
        raise NotAgreed("It was agreed to too long ago: ask again.", id=approval_id)


def _of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


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
    elsewhere: bool = False,
    within: frozenset[str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Bring in paid pre-orders, row by row; good rows are imported whatever the bad ones say. Repeatable.

    `elsewhere`: paid where our provider can't be asked; a second person has agreed to it (see `imports`).
    Raises FileRefused. `progress` is told the number of rows done. `within`: only for these events.
    """
    rows, good, problems = csv_orders.check(data, encoding)
    report = ImportReport(rows=rows, problems=problems)
    resolver = Resolver(context.store, context.directory, within=within)
    meanings = resolver.resolve({(row.event, row.variant or "") for row in good})
    ready: list[tuple[OrderRow, Meaning]] = []
    for row in good:
        meaning = _meaning(meanings[row.event, row.variant], row)
        if isinstance(meaning, Unclear):
            report.problems.append(Problem(row.row, meaning.column, meaning.code, meaning.message))
        else:
            ready.append((row, meaning))
    ask = context.payments.live and not elsewhere
    used: dict[str, str] = {}
    # The queue follows the log, so the log has to follow the payments.
    ready.sort(key=lambda pair: (pair[0].paid_at, pair[0].row))
    for start in range(0, len(ready), BATCH):
        batch = ready[start : start + BATCH]
        context.store.run(
            by,
            lambda: [],
            lambda batch=batch: _import(
                context, by, batch, resolver, report, ask=ask, dry=dry_run, used=used
            ),
        )
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
    *,
    ask: bool,
    dry: bool,
    used: dict[str, str],
) -> None:
    if dry:
        # Nobody is added for a question; who is not known yet has no pre-order.
        members = [context.members.find(row.email) or named(canonical(row.email)) for row, _ in batch]
    else:
        members = context.members.find_or_add([Member(row.email, row.member) for row, _ in batch])
    ids = [str(pre_order_id(m.event_id, member)) for (_, m), member in zip(batch, members, strict=True)]
    orders = context.store.get_many(PreOrder, ids)
    pays = context.payment_claims.taken([row.payment_intent for row, _ in batch]) | used
    outcome = ImportReport()
    changed: dict[str, PreOrder] = {}
    claims: dict[str, str] = {}
    for (row, meaning), member, order_id in zip(batch, members, ids, strict=True):
        order = orders.get(order_id)
        same = order is not None and order.payment_id == row.payment_intent
        if same and order is not None and order.variant_id == meaning.variant_id:
            outcome.known += 1
            continue
        event = resolver.events[meaning.event_id]
        price = (event.price_minor, event.currency)
        why = _why_not(context, row, meaning, order, order_id, price=price, ask=ask) or (
            ("payment_used", "This payment pays another pre-order.")
            if pays.get(row.payment_intent, order_id) != order_id
            else None
        )
        if why:
            outcome.problems.append(Problem(row.row, COLUMN_OF.get(why[0], "Member"), *why))
            continue
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
    if not dry:
        context.store.commit(*changed.values(), together=[context.payment_claims.claim(claims)])
    used.update(claims)
    report.imported += outcome.imported
    report.confirmed += outcome.confirmed
    report.known += outcome.known
    report.problems += outcome.problems


def _why_not(
    context: Context,
    row: OrderRow,
    meaning: Meaning,
    order: PreOrder | None,
    order_id: str,
    *,
    price: tuple[int, str],
    ask: bool,
) -> tuple[str, str] | None:
    """(code, words) where what the row says can't be: the pre-order that there is says something else."""
    if row.paid_at > context.clock.now() + SKEW:
        return "bad_time", "Nobody can have paid at a time that has not come yet."
    if order is None:
        return _not_paid(context, row, price, order_id) if ask else None
    if row.payment_intent in order.strays:
        return (
            "not_possible",
            "This payment came too late for the pre-order, or twice: it is to be given back.",
        )
    if order.payment_id == row.payment_intent:
        return "contradicts", "This payment pays another variant already. Correct the row, or the pre-order."
    if order.payment_id:
        return "already_ordered", "This member has a paid pre-order for this event already."
    if order.status not in UNPAID:
        return "not_possible", f"The member's pre-order is {order.status}: it can't be paid by a file."
    if order.attempt_open:
        return "not_possible", "The member's pre-order is being charged right now. Import this row later."
    if meaning.variant_id != order.variant_id:
        return "contradicts", "The member has ordered another variant. Correct the row, or the pre-order."
    return _not_paid(context, row, (order.price_minor, order.currency), order_id) if ask else None


def _not_paid(
    context: Context, row: OrderRow, price: tuple[int, str], order_id: str
) -> tuple[str, str] | None:
    """With a live account no ticket without a payment that the provider knows, imported or not."""
    try:
        payment = context.payments.payment(row.payment_intent)
    except Refused:
        return "payment_unknown", "The payment provider does not know this payment."
    if payment.order_id and payment.order_id != order_id:
        return "payment_used", "By the payment provider this payment pays another pre-order."
    if not payment.succeeded:
        return "payment_unknown", "By the payment provider this payment has not succeeded."
    if (payment.amount_minor, payment.currency) != price:
        return "payment_mismatch", "By the payment provider another amount was paid."
    if any(refund.state not in LOST for refund in context.payments.refunds_of(payment.payment_id)):
        return "payment_refunded", "By the payment provider money of this payment has gone back."
    return None
