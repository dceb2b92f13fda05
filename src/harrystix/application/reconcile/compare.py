"""Two sets of books, compared. Pure: what is in one and not in the other, and what differs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from harrystix.application.payment_ports import Payment, Refund
from harrystix.application.reconcile.books import Finding, OwnPayment, OwnRefund

GRACE = timedelta(minutes=2)
STUCK = timedelta(minutes=30)
LOST = {"failed", "canceled"}


def payments(
    own: Mapping[str, OwnPayment], theirs: Iterable[Payment], now: datetime, grace: timedelta = GRACE
) -> list[Finding]:
    """`theirs`: of our pre-orders, and every one that is in `own` or else missing there."""
    found: list[Finding] = []
    known = {payment.payment_id: payment for payment in theirs}
    for payment in known.values():
        mine = own.get(payment.payment_id)
        if mine is None:
            if payment.succeeded and payment.order_id and now - (payment.paid_at or payment.created) > grace:
                details = {"order_id": payment.order_id, "amount_minor": payment.amount_minor}
                found.append(Finding("payment_unknown", payment.payment_id, payment.created, details))
        elif not payment.succeeded:
            if now - mine.recorded_at > grace:
                found.append(_missing(mine, payment.status))
        elif (mine.amount_minor, mine.currency) != (payment.amount_minor, payment.currency):
            details = {
                "order_id": mine.order_id,
                "ours": [mine.amount_minor, mine.currency],
                "theirs": [payment.amount_minor, payment.currency],
            }
            found.append(Finding("amount_differs", payment.payment_id, payment.created, details))
    return found + [
        _missing(mine, "")
        for mine in own.values()
        if mine.payment_id not in known and now - mine.recorded_at > grace
    ]


def refunds(
    own: Sequence[OwnRefund], theirs: Sequence[Refund], ours: Mapping[str, OwnPayment], now: datetime
) -> list[Finding]:
    """`ours`: the payments that are in our books; refunds of other people's payments are none of our business."""
    found: list[Finding] = []
    by_id = {refund.refund_id: refund for refund in own}
    by_name = {refund.provider_refund_id: refund for refund in own if refund.provider_refund_id}
    seen: set[str] = set()
    for refund in theirs:
        mine = by_id.get(refund.refund_id) or by_name.get(refund.provider_refund_id)
        at = refund.created or now
        if mine is None:
            if refund.payment_id in ours and refund.state not in LOST and now - at > GRACE:
                details = {
                    "order_id": ours[refund.payment_id].order_id,
                    "payment_id": refund.payment_id,
                    "amount_minor": refund.amount_minor,
                }
                found.append(Finding("refund_unknown", refund.provider_refund_id, at, details))
            continue
        if mine.refund_id in seen and refund.state not in LOST:
            # One wish of ours, and money went twice: nobody would see it by either one alone.
            details = {
                "order_id": mine.order_id,
                "payment_id": mine.payment_id,
                "amount_minor": refund.amount_minor,
            }
            found.append(Finding("refunded_twice", refund.provider_refund_id, at, details))
            continue
        seen.add(mine.refund_id)
        ours_is = [mine.amount_minor, mine.state, mine.payment_id]
        theirs_is = [refund.amount_minor, refund.state, refund.payment_id]
        if ours_is != theirs_is and now - at > GRACE:
            details = {
                "order_id": mine.order_id,
                "payment_id": mine.payment_id,
                "ours": ours_is,
                "theirs": theirs_is,
            }
            found.append(Finding("refund_differs", mine.refund_id, mine.requested_at, details))
    for mine in own:
        expected = mine.origin != "dispute" and mine.state not in LOST and mine.payment_id in ours
        if mine.refund_id not in seen and expected and now - mine.requested_at > STUCK:
            details = {
                "order_id": mine.order_id,
                "payment_id": mine.payment_id,
                "amount_minor": mine.amount_minor,
                "state": mine.state,
            }
            found.append(Finding("refund_missing", mine.refund_id, mine.requested_at, details))
    return found


def charged_twice(theirs: Iterable[Payment], given_back: Mapping[str, int]) -> list[Finding]:
    """Pre-orders with more than one payment of which something is left: by the provider's books alone.

    `given_back`: minor units by payment.
    """
    kept: dict[str, list[Payment]] = defaultdict(list)
    for payment in theirs:
        left = payment.amount_minor - given_back.get(payment.payment_id, 0)
        if payment.succeeded and payment.order_id and left > 0:
            kept[payment.order_id].append(payment)
    return [
        Finding("charged_twice", order, several[0].created, {"payments": [p.payment_id for p in several]})
        for order, several in kept.items()
        if len(several) > 1
    ]


def _missing(mine: OwnPayment, status: str) -> Finding:
    details = {"order_id": mine.order_id, "amount_minor": mine.amount_minor, "status": status}
    return Finding("payment_missing", mine.payment_id, mine.recorded_at, details)
