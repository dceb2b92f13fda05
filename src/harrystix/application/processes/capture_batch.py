"""One batch of captures: payments made, linked, confirmed and written down, each pre-order by itself.

Every step can be the last one of this process. Whoever comes after finds in the log how far it got, and asks the
provider about the rest before doing anything.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.cards import is_removed
from harrystix.application.payment_ports import (
    OF_THE_PAYMENT,
    Later,
    Pace,
    Payment,
    PaymentGateway,
    Refund,
    Refused,
    Unknown,
)
from harrystix.application.points import point
from harrystix.application.ports import Due
from harrystix.application.processes.looking import (
    attempt_of,
    before_us,
    ended_now,
    gone,
    made_before,
    of_another_life,
    other_amount,
    over,
)
from harrystix.application.processes.payment_news import take_over
from harrystix.application.processes.refusals import Refusals
from harrystix.application.processes.work import code_of, many, readable
from harrystix.domain.declines import CARD_REMOVED, RETURNED
from harrystix.domain.errors import PaymentMismatch
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

T = TypeVar("T")
WAIT = 10.0
ACTOR = "system:capture"


class Batch:
    def __init__(self, context: Context, gateway: PaymentGateway, pace: Pace, due: Sequence[Due]) -> None:
        self._context, self._gateway, self._pace = context, gateway, pace
        self._again = {item.subject for item in due if item.attempts > 1}
        self._causes = {item.subject: item.cause_id for item in due}
        self._wait: dict[str, float] = {}
        self._ids = [item.subject for item in due]
        # Whose payment is of this batch, so that nobody can have given it back.
        self._made_here: set[str] = set()
        self._refusals = Refusals()

    def link(self, threads: ThreadPoolExecutor) -> None:
        """A payment for each, known to the log before it is confirmed."""
        orders = self._allowed(self._ids, threads)
        fresh = [order for order in orders if not order.attempt_payment_id]
        self._look_first(fresh)
        made = list(threads.map(self._safely(self._made, "create"), fresh))
        point("cap.after_pi_create")
        self._link([pair for pair in made if pair])
        point("cap.after_link")

    def finish(self, threads: ThreadPoolExecutor) -> int:
        """The money, or why not; returns how many came to an end."""
        ready = [order for order in self._allowed(self._ids, threads) if str(order.id) not in self._wait]
        answers = [answer for answer in threads.map(self._safely(self._asked, "confirm"), ready) if answer]
        point("cap.after_confirm_before_record")
        self._record(answers)
        self._refusals.judge(self._context, self._pace)
        for order_id, seconds in self._wait.items():
            self._context.due.defer("capture", [order_id], seconds)
        if again := [order_id for order_id, _ in answers if order_id in self._again]:
            self._context.failures.clear("capture", again)
        return len(answers)

    def _open(self, order_ids: Iterable[str]) -> list[PreOrder]:
        found = readable(self._context, "capture", {order_id: order_id for order_id in order_ids})
        return [order for order in found.values() if order.attempt_open]

    def _allowed(self, order_ids: Iterable[str], threads: ThreadPoolExecutor) -> list[PreOrder]:
        """Those whose money may be taken at this very moment. After the night nobody pays for it any more."""
        orders = self._open(order_ids)
        events = self._context.store.get_many(TicketedEvent, {order.event_id for order in orders})
        now = self._context.clock.now()
        late = [order for order in orders if over(events[order.event_id], now)]
        events_of = {str(order.id): order.event_id for order in late}
        ended = [pair for pair in threads.map(self._safely(self._ended, "create"), late) if pair]
        self._record([(order_id, payment) for order_id, payment in ended if payment.succeeded])
        for order_id, payment in ended:
            if not payment.succeeded:
                self._give_up(order_id, over(events[events_of[order_id]], now))
        return [order for order in orders if order not in late]

    def _look_first(self, orders: Sequence[PreOrder]) -> None:
        """What the provider has of these, by its own word: nothing of ours proves that there is nothing."""
        try:
            if orders:
                self._again |= of_another_life(self._context, self._gateway, orders)
        except (Unknown, Later, Refused):
            self._pace.tell("look", "failed")
            # All at once is only faster: then each is asked about by itself.
            self._again.update(str(order.id) for order in orders)

    def _safely(self, call: Callable[[PreOrder], T | None], what: str) -> Callable[[PreOrder], T | None]:
        """What the provider can't do now waits, and the pace hears of it; what nobody expected is this one's alone."""

        def run(order: PreOrder) -> T | None:
            try:
                return call(order)
            except (Unknown, Later) as error:
                if not self._pace.paused():
                    self._pace.tell(what, "failed")
                self._wait[str(order.id)] = max(WAIT, getattr(error, "after", 0))
            except Exception as error:
                self._context.failures.add("capture", str(order.id), code_of(error))
                self._wait[str(order.id)] = WAIT
            return None

        return run

    def _made(self, order: PreOrder) -> tuple[PreOrder, str] | None:
        """(pre-order, its payment), made now or by somebody who did not live to link it."""
        try:
            spoilt = 0
            if str(order.id) in self._again or order.attempt > 1:
                known, spoilt = made_before(self._context, self._gateway, order)
                if known:
                    self._again.add(str(order.id))
                    return order, known.payment_id
            self._pace.wait("create")
            attempt = attempt_of(order, spoilt)
            made = self._told("create", lambda: self._gateway.create(attempt)).payment_id
            self._made_here.add(str(order.id))
            return order, made
        except Refused as refused:
            self._refused(order, refused)
        return None

    def _ended(self, order: PreOrder) -> tuple[str, Payment] | None:
        """(pre-order, what became of its payment): nobody can pay it any more, unless it was paid already."""
        now = self._context.clock.now()
        paid = ended_now(self._context, self._gateway, order)
        return str(order.id), paid or Payment("", "canceled", order.price_minor, order.currency, now)

    def _give_up(self, order_id: str, reason: str) -> None:
        def work(orders: dict[str, PreOrder]) -> None:
            order = orders[order_id]
            order.give_up(self._by(order_id), reason, attempt=order.attempt)

        self._change([order_id], work)

    def _told(self, what: str, call: Callable[[], Payment]) -> Payment:
        """The pace hears how it went: where most fail, nobody goes on."""
        answer = call()
        self._refusals.served = True
        self._pace.tell(what, "declined" if answer.declined and answer.code else "ok")
        return answer

    def _link(self, made: Sequence[tuple[PreOrder, str]]) -> None:
        payments = {str(order.id): (order.attempt, payment_id) for order, payment_id in made}

        def work(orders: dict[str, PreOrder]) -> None:
            for order_id, order in orders.items():
                # Of the attempt that it was made for: another one may have begun meanwhile.
                order.link_payment(self._by(order_id), *payments[order_id])

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
            answer = self._told("confirm", lambda: self._gateway.confirm(attempt_of(order), payment_id))
            if answer.succeeded or answer.declined:
                return order_id, answer
            self._wait[order_id] = WAIT
        except Refused as refused:
            self._refused(order, refused, payment_id)
        return None

    def _record(self, answers: Sequence[tuple[str, Payment]]) -> None:
        ended = dict(answers)
        found = {i: p for i, p in answers if p.succeeded and (i in self._again or i not in self._made_here)}
        back, late, unsure = before_us(self._context, self._gateway, found)
        for order_id in unsure:
            # Recorded when that is known as well.
            self._wait[order_id] = WAIT
            del ended[order_id]

        def work(orders: dict[str, PreOrder]) -> None:
            events = self._context.store.get_many(
                TicketedEvent, {order.event_id for order in orders.values()}
            )
            late.update(i for i, order in orders.items() if events[order.event_id].all_refunded)
            for order_id, order in orders.items():
                payment, by = ended[order_id], self._by(order_id)
                if payment.succeeded:
                    self._paid(order, payment, back.get(order_id, ()), late=order_id in late)
                    take_over(order, by, payment.payment_id, back.get(order_id, ()))
                    if order.attempt_payment_id in order.strays:
                        order.decline(by, order.attempt_payment_id, code=RETURNED)
                else:
                    order.decline(
                        by,
                        payment.payment_id,
                        code=payment.code or payment.status,
                        decline_code=payment.decline_code,
                        advice_code=payment.advice_code,
                    )

        self._change(ended, work)
        if self._context.inbox.revive([p.payment_id for p in ended.values() if p.succeeded]):
            # News of it that came too early, a refund perhaps, can be followed now.
            self._context.nudge.send("inbox", "")

    def _paid(self, order: PreOrder, payment: Payment, back: Sequence[Refund], *, late: bool) -> None:
        try:
            order.confirm_payment(
                self._by(str(order.id)),
                payment_id=payment.payment_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                paid_at=payment.created,
                # Of another amount, and gone back whole: it is over, and the attempt goes on without it.
                late=late or (other_amount(order, payment) and gone(back) >= payment.amount_minor),
            )
        except PaymentMismatch:
            # Left open for a person: reconciliation shows it, and nothing is handed out for it.
            self._wait[str(order.id)] = 3600

    def _refused(self, order: PreOrder, refused: Refused, payment_id: str = "") -> None:
        """Of the payment itself, or for want of the card; any other proves nothing of either."""
        code, order_id = refused.code, str(order.id)
        if is_removed(self._gateway, order):
            code = CARD_REMOVED
        elif not refused.of_card and code not in OF_THE_PAYMENT:
            # Of our account or set-up, or of what we know of this one: declining it would be our fault and not theirs.
            self._refusals.codes[order_id] = code
            self._wait[order_id] = WAIT
            return
        self._change(
            [order_id],
            lambda orders: orders[order_id].decline(
                self._by(order_id), payment_id, code=code, attempt=order.attempt
            ),
        )

    def _change(self, order_ids: Iterable[str], act: Callable[[dict[str, PreOrder]], None]) -> None:
        """All at once, or where that fails one by one: what can't be recorded of one is that one's failure."""
        by = self._context.by(ACTOR)

        def change(wanted: Sequence[str]) -> None:
            def work() -> None:
                orders = self._context.store.get_many(PreOrder, wanted)
                act(orders)
                self._context.store.commit(*orders.values())

            self._context.store.run(by, lambda: [UUID(wanted[0])], work)

        if wanted := list(order_ids):
            many(self._context, "capture", wanted, change)

    def _by(self, order_id: str) -> By:
        return self._context.by(ACTOR, cause_id=self._causes.get(order_id, ""))
