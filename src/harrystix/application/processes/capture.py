"""Capture: the attempt is in the log already; make its payment, link it, confirm it, write down what came of it.

Every step can be the last one of this process. Whoever comes after finds in the log how far it got, and asks the
provider about the rest before doing anything.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.payment_ports import (
    FREE,
    Attempt,
    Later,
    Pace,
    Payment,
    PaymentGateway,
    Refused,
    Unknown,
)
from harrystix.application.points import point
from harrystix.application.ports import Due
from harrystix.domain.errors import PaymentMismatch
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

BATCH = 40
AT_ONCE = 8
WAIT = 10.0
ACTOR = "system:capture"


def capture_due(
    context: Context, gateway: PaymentGateway, pace: Pace = FREE, *, seconds: float = 20, batch: int = BATCH
) -> int:
    """What is due, in batches, for at most `seconds`; returns how many attempts came to an end.

    While the payments of one batch are confirmed, those of the next are made: two endpoints, each at its pace.
    """
    ended = 0
    deadline = time.monotonic() + seconds
    confirming: Future[int] | None = None
    with (
        ThreadPoolExecutor(AT_ONCE) as makers,
        ThreadPoolExecutor(AT_ONCE) as confirmers,
        ThreadPoolExecutor(1) as behind,
    ):
        while time.monotonic() < deadline and not pace.paused():
            due = context.due.claim("capture", batch, context.payment_lease)
            if not due and confirming is None:
                return ended
            made = _Batch(context, gateway, pace, due)
            made.link(makers)
            ended += confirming.result() if confirming else 0
            confirming = behind.submit(made.finish, confirmers) if due else None
        ended += confirming.result() if confirming else 0
    if not pace.paused():
        context.nudge.send("capture", "")
    return ended


def batch_size(rate: float) -> int:
    """Half a second's worth, so that the second step is never far behind the first."""
    return min(100, max(5, int(rate / 2))) if rate else 100


class _Batch:
    def __init__(self, context: Context, gateway: PaymentGateway, pace: Pace, due: Sequence[Due]) -> None:
        self._context, self._gateway, self._pace = context, gateway, pace
        self._again = {item.subject for item in due if item.attempts > 1}
        self._causes = {item.subject: item.cause_id for item in due}
        self._wait: dict[str, float] = {}
        self._ids = [item.subject for item in due]

    def link(self, threads: ThreadPoolExecutor) -> None:
        """A payment for each, known to the log before it is confirmed."""
        orders = self._open(self._ids)
        made = list(threads.map(self._made, [o for o in orders if not o.attempt_payment_id]))
        point("cap.after_pi_create")
        self._link(made)
        point("cap.after_link")

    def finish(self, threads: ThreadPoolExecutor) -> int:
        """The money, or why not; returns how many came to an end."""
        ready = [order for order in self._open(self._ids) if str(order.id) not in self._wait]
        answers = [answer for answer in threads.map(self._asked, ready) if answer]
        point("cap.after_confirm_before_record")
        self._record(answers)
        for order_id, seconds in self._wait.items():
            self._context.due.defer("capture", [order_id], seconds)
        return len(answers)

    def _open(self, order_ids: Iterable[str]) -> list[PreOrder]:
        found = self._context.store.get_many(PreOrder, order_ids)
        return [order for order in found.values() if order.attempt_open]

    def _made(self, order: PreOrder) -> tuple[str, str] | None:
        """(pre-order, its payment), made now or by somebody who did not live to link it."""
        order_id = str(order.id)
        try:
            if order_id in self._again or order.attempt > 1:
                payment_id = self._made_before(order)
                if payment_id:
                    return order_id, payment_id
            self._pace.wait("create")
            return order_id, self._told(lambda: self._gateway.create(_attempt(order))).payment_id
        except (Unknown, Later) as error:
            self._wait[order_id] = max(WAIT, getattr(error, "after", 0))
        except Refused as refused:
            self._decline(order_id, refused.code)
        return None

    def _made_before(self, order: PreOrder) -> str:
        """Of all payments of the pre-order: the one that succeeded, else this attempt's; the others are ended."""
        found = self._gateway.payments_of(order.customer_id, str(order.id))
        mine = [payment for payment in found if payment.attempt == order.attempt]
        if paid := [payment for payment in found if payment.succeeded]:
            return paid[0].payment_id
        for other in found:
            if other not in mine and other.status != "canceled":
                ended = self._gateway.cancel(other.payment_id)
                if ended.succeeded:
                    return ended.payment_id
                if ended.status != "canceled":
                    raise Later(WAIT)
        return mine[-1].payment_id if mine else ""

    def _told(self, call: Callable[[], Payment]) -> Payment:
        """The pace hears how it went: where most fail, nobody goes on."""
        try:
            answer = call()
        except (Unknown, Later):
            self._pace.tell("failed")
            raise
        self._pace.tell("declined" if answer.declined and answer.code else "ok")
        return answer

    def _link(self, made: Iterable[tuple[str, str] | None]) -> None:
        payments = dict(pair for pair in made if pair)

        def work(orders: dict[str, PreOrder]) -> None:
            for order_id, payment_id in payments.items():
                orders[order_id].link_payment(self._by(order_id), orders[order_id].attempt, payment_id)

        self._change(payments, work)

    def _asked(self, order: PreOrder) -> tuple[str, Payment] | None:
        """(pre-order, how its payment ended); None where that is not known yet."""
        order_id, payment_id = str(order.id), order.attempt_payment_id
        if not payment_id:
            return None
        try:
            if order_id in self._again:
                known = self._gateway.payment(payment_id)
                if known.succeeded or (known.declined and known.code) or known.status == "canceled":
                    return order_id, known
            self._pace.wait("confirm")
            answer = self._told(lambda: self._gateway.confirm(_attempt(order), payment_id))
            if answer.succeeded or answer.declined:
                return order_id, answer
            self._wait[order_id] = WAIT
        except (Unknown, Later) as error:
            self._wait[order_id] = max(WAIT, getattr(error, "after", 0))
        except Refused as refused:
            self._decline(order_id, refused.code, payment_id)
        return None

    def _record(self, answers: Sequence[tuple[str, Payment]]) -> None:
        ended = dict(answers)

        def work(orders: dict[str, PreOrder]) -> None:
            for order_id, payment in ended.items():
                order, by = orders[order_id], self._by(order_id)
                if payment.succeeded:
                    self._paid(order, payment)
                else:
                    order.decline(
                        by,
                        payment.payment_id,
                        code=payment.code or payment.status,
                        decline_code=payment.decline_code,
                        advice_code=payment.advice_code,
                    )

        self._change(ended, work)

    def _paid(self, order: PreOrder, payment: Payment) -> None:
        try:
            order.confirm_payment(
                self._by(str(order.id)),
                payment_id=payment.payment_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                paid_at=payment.created,
            )
        except PaymentMismatch:
            # Left open for a person: reconciliation shows it, and nothing is handed out for it.
            self._wait[str(order.id)] = 3600

    def _decline(self, order_id: str, code: str, payment_id: str = "") -> None:
        self._change(
            [order_id], lambda orders: orders[order_id].decline(self._by(order_id), payment_id, code=code)
        )

    def _change(self, order_ids: Iterable[str], act: Callable[[dict[str, PreOrder]], None]) -> None:
        wanted = list(order_ids)
        by = self._context.by(ACTOR)

        def work() -> None:
            orders = self._context.store.get_many(PreOrder, wanted)
            act(orders)
            self._context.store.commit(*orders.values())

        if wanted:
            self._context.store.run(by, lambda: [UUID(order) for order in wanted[:1]], work)

    def _by(self, order_id: str) -> By:
        return self._context.by(ACTOR, cause_id=self._causes.get(order_id, ""))


def _attempt(order: PreOrder) -> Attempt:
    return Attempt(
        str(order.id),
        order.attempt,
        order.price_minor,
        order.currency,
        order.customer_id,
        order.payment_method_id,
    )
