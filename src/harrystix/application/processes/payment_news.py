"""What the payment provider says: a hint. The thing itself is fetched, and moves our state by rank, never back.

Whatever comes first, twice or late ends in the same state (I13).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers import money, ordering
from harrystix.application.handlers.cards import NotYet
from harrystix.application.inbox_ports import InboxItem
from harrystix.application.payment_ports import Later, Payment, Refund, Refused, Unknown
from harrystix.application.processes import card_news
from harrystix.application.processes.work import code_of
from harrystix.domain.errors import PaymentMismatch
from harrystix.domain.payment_events import LOST
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
# Twenty tries, the last ones an hour apart: half a day.
PATIENCE, LONGEST = 20, 3600
AT_ONCE = 8
ACTOR = "provider:stripe"
PAYMENTS = {"succeeded", "payment_failed", "processing", "requires_action", "canceled", "created"}
# What the endpoint has to be subscribed to; the sandbox sends nothing else.
SUBSCRIBED = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "setup_intent.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
    *card_news.SUBSCRIBED,
)


class Foreign(Exception):
    """Of another product on the same account: none of our business."""


def follow_news(context: Context, items: Sequence[InboxItem]) -> None:
    """Each item ends as done, ignored or parked, or comes again later; by itself, as soon as its answer is there."""
    payments = [item for item in items if item.kind.startswith("payment_intent.")]
    known = _known(context, payments)
    context.inbox.settle([item.id for item in payments if item.id in known], "done")
    open_still = [item for item in items if item.id not in known]
    # Only so long that the lease outlasts it; what is left is anybody's again, and was no try.
    deadline = time.monotonic() + context.payment_lease / 4
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for start in range(0, len(open_still), AT_ONCE):
            rest = context.pace.paused()
            if rest or time.monotonic() > deadline:
                for item in open_still[start:]:
                    context.inbox.later(item.id, rest, "not looked at yet", tried=False)
                return
            few = open_still[start : start + AT_ONCE]
            fetched = {threads.submit(_fetched(context), item): item for item in few}
            for answer in as_completed(fetched):
                item = fetched[answer]
                _settled(
                    context, item, lambda item=item, answer=answer: _follow(context, item, answer.result())
                )


def _known(context: Context, items: Sequence[InboxItem]) -> set[int]:
    """Success that is in the log already: nothing to fetch, nothing to do."""
    named = {item.id: _order_id(item) for item in items if item.kind == "payment_intent.succeeded"}
    # One that can't be read fails by itself.
    orders = context.store.get_many(PreOrder, {order for order in named.values() if order}, set())
    done: set[int] = set()
    for item in items:
        order = orders.get(named.get(item.id, ""))
        payment = str(item.hint.get("payment_intent") or "")
        if order is not None and payment and (payment == order.payment_id or payment in order.strays):
            done.add(item.id)
    if done and context.inbox.revive(
        [str(item.hint.get("payment_intent") or "") for item in items if item.id in done]
    ):
        context.nudge.send("inbox", "")
    return done


def _fetched(context: Context) -> Callable[[InboxItem], Payment | Exception | None]:
    def fetch(item: InboxItem) -> Payment | Exception | None:
        payment_id = str(item.hint.get("payment_intent") or "")
        if not payment_id or (item.kind.startswith("payment_intent.") and not item.hint.get("pre_order_id")):
            return None
        try:
            return context.payments.payment(payment_id)
        except (Later, Unknown, Refused) as error:
            return error

    return fetch


def _follow(context: Context, item: InboxItem, found: Payment | Exception | None) -> None:
    if item.kind == "setup_intent.succeeded":
        _card(context, item)
        return
    if item.kind in card_news.SUBSCRIBED:
        if not card_news.follow_cards(context, item):
            raise Foreign
        return
    if isinstance(found, Exception):
        raise found
    if found is None or not _is_id(found.order_id):
        raise Foreign
    by = context.by(ACTOR, f"{item.kind}/{found.payment_id}/{item.hint.get('id')}/{item.hint.get('status')}")
    kind = item.kind.rsplit(".", 1)[0]
    if kind == "payment_intent":
        follow_payment(context, by, found)
    elif kind in {"charge", "refund", "charge.refund"}:
        follow_refunds(context, by, found)
    elif kind == "charge.dispute":
        # The bank takes what has not gone back: whichever news came first, that has to be known.
        follow_refunds(context, by, found)
        dispute = context.payments.dispute(str(item.hint["id"]))
        money.follow_dispute(context, by, found.order_id, dispute)
        log.error("payments.dispute", order_id=found.order_id, state=dispute.state)
    elif kind == "radar.early_fraud_warning":
        case = str(item.hint["id"])
        money.freeze(
            context, by, found.order_id, case_id=case, kind="fraud_warning", reason="early fraud warning"
        )
        log.error("payments.fraud_warning", order_id=found.order_id)


def follow_payment(context: Context, by: By, payment: Payment) -> None:
    """The money is there, or the attempt has failed; anything else is no news. Raises what the domain raises."""

    late = payment.succeeded and too_late(context, payment.order_id, payment)
    _one_order(context, payment)

    def work() -> None:
        order = context.store.get(PreOrder, payment.order_id)
        if payment.succeeded:
            order.confirm_payment(
                by,
                payment_id=payment.payment_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                paid_at=payment.created,
                late=late,
            )
        elif payment.declined and payment.code:
            order.decline(
                by,
                payment.payment_id,
                code=payment.code,
                decline_code=payment.decline_code,
                advice_code=payment.advice_code,
            )
        context.store.commit(order)

    context.store.run(by, lambda: [UUID(payment.order_id)], work)
    if payment.succeeded and context.inbox.revive([payment.payment_id]):
        # News of it that came too early, a refund perhaps, can be followed now.
        context.nudge.send("inbox", "")


def too_late(context: Context, order_id: str, payment: Payment) -> bool:
    """Paid after the night had begun, or known only after all of its money was given back: it buys no ticket of it."""
    event = context.store.get(TicketedEvent, context.store.get(PreOrder, order_id).event_id)
    if event.all_refunded:
        return True
    if event.starts_at > context.clock.now():
        return False
    paid_at = context.payments.with_moment(payment).paid_at
    return paid_at is None or paid_at >= event.starts_at


def _one_order(context: Context, payment: Payment) -> None:
    """Raises PaymentMismatch where it pays another one by the word of a file: a person has to look."""
    pays = context.payment_claims.taken([payment.payment_id]).get(payment.payment_id, payment.order_id)
    if payment.succeeded and pays != payment.order_id:
        raise PaymentMismatch(f"Payment {payment.payment_id} pays pre-order {pays}.", id=payment.order_id)


def take_over(order: PreOrder, by: By, payment_id: str, refunds: Iterable[Refund]) -> None:
    """What has gone back of a payment of an earlier life, with the payment itself."""
    known = order.payment_id == payment_id or payment_id in order.strays
    for refund in refunds:
        # One that we have asked for ourselves meanwhile moves by its own news.
        if known and refund.state not in LOST and refund.refund_id not in order.refunds:
            order.take_over_refund(
                by,
                payment_id=payment_id,
                provider_refund_id=refund.provider_refund_id,
                amount_minor=refund.amount_minor,
                state=refund.state,
            )


def follow_refunds(context: Context, by: By, payment: Payment) -> None:
    """All refunds of the payment as they stand now: ours move, others are taken over."""
    for refund in context.payments.refunds_of(payment.payment_id):
        order = context.store.get(PreOrder, payment.order_id)
        if refund.refund_id in order.refunds:
            money.move_refund(
                context,
                by,
                payment.order_id,
                refund.refund_id,
                provider_refund_id=refund.provider_refund_id,
                state=refund.state,
                code=refund.code,
            )
            continue
        taken = next((i for i, r in order.refunds.items() if r[3] == refund.provider_refund_id), "")
        own = context.by(ACTOR, f"refund/{refund.provider_refund_id}/{refund.state}", by.command_id)
        if taken:
            money.move_refund(
                context,
                own,
                payment.order_id,
                taken,
                provider_refund_id=refund.provider_refund_id,
                state=refund.state,
                code=refund.code,
            )
        elif refund.state not in LOST:
            money.take_over_refund(
                context,
                own,
                payment.order_id,
                payment_id=payment.payment_id,
                provider_refund_id=refund.provider_refund_id,
                amount_minor=refund.amount_minor,
                state=refund.state,
            )


def _card(context: Context, item: InboxItem) -> None:
    card = context.payments.saved_card(str(item.hint["id"]))
    if card is None or not _is_id(card.order_id):
        raise Foreign
    ordering.save_card(context, context.by(ACTOR, f"card/{card.setup_id}"), card.order_id, card)


def _settled(context: Context, item: InboxItem, work: Callable[[], None]) -> None:
    try:
        work()
    except Foreign:
        context.inbox.settle([item.id], "ignored", "not ours")
    except NotYet as error:
        context.inbox.later(item.id, error.after, "waits for us", tried=False)
    except (Later, Unknown) as error:
        # The provider can't be asked now: that is no fault of the message's, however long it takes.
        if not context.pace.paused():
            context.pace.tell("read", "failed")
        wait = max(5.0, getattr(error, "after", 0))
        context.inbox.later(item.id, wait, "the provider does not answer", tried=False)
    except PaymentMismatch as error:
        # Another amount stays another amount: a person has to look.
        _park(context, item, error.code)
    except Exception as error:
        # The thing may be on its way; a person has to look once patience is over.
        if item.attempts < PATIENCE:
            context.inbox.later(item.id, min(LONGEST, 2**item.attempts), code_of(error))
        else:
            _park(context, item, code_of(error))
    else:
        context.inbox.settle([item.id], "done")
        context.pace.tell("read", "ok")


def _park(context: Context, item: InboxItem, code: str) -> None:
    log.error("inbox.parked", item=item.id, kind=item.kind, code=code)
    context.inbox.settle([item.id], "parked", code)


def _order_id(item: InboxItem) -> str:
    named = str(item.hint.get("pre_order_id") or "")
    return named if _is_id(named) else ""


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
