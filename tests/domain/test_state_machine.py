"""The domain against every invariant, after every step."""

from copy import deepcopy

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from harrystix.application.handlers.money import follow, leave
from harrystix.application.verify.agreement import Agreement
from harrystix.application.verify.checkers import (
    Accounted,
    Checker,
    LegalTransitions,
    OneMail,
    OnePreOrder,
    OneToOne,
    PaidFirst,
)
from harrystix.application.verify.fifo import Fifo, Stranded
from harrystix.application.verify.money import Money
from harrystix.domain.base import Fact, Root
from harrystix.domain.pre_order import HOLDS_TICKET, QUEUED, PreOrder
from harrystix.domain.pre_order_events import Delivery, Status
from harrystix.domain.ticket_pool import Place, TicketPool
from harrystix.domain.values import FallbackRule, variant_facts
from tests.domain.given import NOON, by

HOUR = 3600
VARIANTS = [
    {**variant_facts("early", "Early"), "starts_at": 9 * HOUR, "ends_at": 10 * HOUR},
    {**variant_facts("middle", "Middle"), "starts_at": 9 * HOUR + 1800, "ends_at": 11 * HOUR},
    {**variant_facts("late", "Late"), "starts_at": 20 * HOUR, "ends_at": 21 * HOUR},
]
WISHES = st.sampled_from(["", "early", "middle", "late"])
STOCKED = st.sampled_from(["early", "middle", "late"])


class Machine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.position = self.counter = self.version = 0
        fifo = Fifo()
        self.stranded, self.agreement = Stranded(fifo), Agreement()
        self.checkers: list[Checker] = [
            OneToOne(),
            OnePreOrder(),
            PaidFirst(),
            fifo,
            Accounted(),
            OneMail(),
            LegalTransitions(),
            Money(),
            self.agreement,
        ]
        self.pool = TicketPool.open(by(), "e")
        self.before = self.pool, vars(self.pool)
        self.orders: dict[str, PreOrder] = {}
        self.confirmed: list[tuple[str, str, int, int]] = []
        self.model_free: dict[str, int] = {}
        self.model_held = 0
        self.log(self.pool)
        self.adopt(FallbackRule.NONE)

    def log(self, *aggregates: Root) -> None:
        for aggregate in aggregates:
            for fact in aggregate.collect_events():
                assert isinstance(fact, Fact)
                self.position += 1
                for checker in self.checkers:
                    checker.see(self.position, fact)
                if isinstance(fact, PreOrder.PaymentConfirmed):
                    self.confirmed.append((str(fact.originator_id), fact.variant_id, self.position, 0))

    @invariant()
    def what_is_done_to_a_twin_leaves_the_other_alone(self) -> None:
        if hasattr(self, "before"):
            before, was = self.before
            assert vars(before) == was
            self.before = self.pool, deepcopy(vars(self.pool))
            # Whatever comes next is done to a twin.
            self.pool = self.pool.twin()

    @rule(fallback=st.sampled_from(list(FallbackRule)))
    def adopt(self, fallback: FallbackRule) -> None:
        self.version += 1
        self.pool.adopt_rules(by(), self.version, str(fallback), 15, VARIANTS)  # type: ignore[arg-type]
        self.log(self.pool)

    def place(self, order: PreOrder) -> Place:
        return next(entry for entry in self.confirmed if entry[0] == str(order.id))

    @rule(wish=WISHES, pays=st.booleans())
    def order(self, wish: str, pays: bool) -> None:
        self.counter += 1
        order = PreOrder.place(
            by(), event_id="e", member_id=f"m{self.counter}", variant_id=wish, price_minor=2, currency="GBP"
        )
        if pays:
            order.confirm_payment(
                by(), payment_id=f"pi{self.counter}", amount_minor=2, currency="GBP", paid_at=NOON
            )
        self.orders[str(order.id)] = order
        self.log(order)

    @rule(variant=STOCKED, count=st.integers(1, 4))
    def upload(self, variant: str, count: int) -> None:
        self.counter += 1
        tickets = [(f"t{self.counter}-{n}", variant) for n in range(count)]
        self.pool.add_tickets(by(), f"u{self.counter}", tickets)
        self.model_free[variant] = self.model_free.get(variant, 0) + count
        self.log(self.pool)

    @rule(limit=st.integers(1, 5), queue=st.integers(1, 5))
    def allocate(self, limit: int, queue: int) -> None:
        due = [entry for entry in self.confirmed if entry[2] > self.pool.last_position][:queue]
        self.pool.queue_orders(by(), due)
        for order_id, order in self.orders.items():
            # Frozen before it was paid: the allocator finds that out.
            known = order_id in self.pool.orders and self.pool.is_waiting(order_id)
            if known and order.unfit:
                assert order.frozen
                self.pool.remove_order(by(), order_id, order.unfit)
        matches = self.pool.assign(by(), limit)
        changed: list[PreOrder] = []
        for made in matches:
            self.orders[made.order_id].assign_ticket(
                by(),
                ticket_id=made.ticket_id,
                assignment_id=self.pool.assignment_of[made.order_id],
                variant_id=made.variant_id,
                upload_id="u",
                rule=made.rule,
                eligible_at=NOON,
            )
            changed.append(self.orders[made.order_id])
            self.model_free[made.variant_id] -= 1
            self.model_held += 1
        if not matches:
            for order_id in self.pool.settle(by()):
                self.orders[order_id].wait_for_stock(by())
                changed.append(self.orders[order_id])
        self.log(self.pool, *changed)
        if not matches:
            self.stranded.at_rest()

    @rule(data=st.data())
    def mail(self, data: st.DataObject) -> None:
        due = [o for o in self.orders.values() if o.delivery is Delivery.PLANNED and not o.frozen]
        if due:
            order = due[data.draw(st.integers(0, len(due) - 1))]
            assert order.may_send(order.current_intent)
            order.record_mail_accepted(by(), order.current_intent)
            order.record_mail_accepted(by(), order.current_intent)
            self.log(order)

    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        held = [o for o in self.orders.values() if o.status in HOLDS_TICKET and not o.frozen]
        if held:
            order = held[data.draw(st.integers(0, len(held) - 1))]
            order.request_resend(by())
            self.log(order)

    @rule(data=st.data())
    def give_by_hand(self, data: st.DataObject) -> None:
        """Whichever of both: not the head of a line."""
        free = self.pool.free_tickets()
        waiting = [o for i, o in self.orders.items() if i in self.pool.orders and not o.unfit]
        if free and waiting:
            ticket = free[data.draw(st.integers(0, len(free) - 1))]
            order = waiting[data.draw(st.integers(0, len(waiting) - 1))]
            made = self.pool.assign_by_hand(by(), str(order.id), ticket, "r")
            order.assign_ticket(
                by(),
                ticket_id=ticket,
                assignment_id=self.pool.assignment_of[str(order.id)],
                variant_id=made.variant_id,
                upload_id="u",
                rule=made.rule,
                eligible_at=NOON,
            )
            self.model_free[made.variant_id] -= 1
            self.model_held += 1
            self.log(self.pool, order)

    @rule(data=st.data(), void=st.booleans())
    def take_back(self, data: st.DataObject, void: bool) -> None:
        held = [order for order in self.orders.values() if order.status in HOLDS_TICKET]
        if held:
            order = held[data.draw(st.integers(0, len(held) - 1))]
            ticket, variant = order.ticket_id, order.ticket_variant
            self.pool.revoke(by(), [str(order.id)], "r")
            order.revoke_assignment(by(), assignment_id=order.assignment_id, reason="r")
            self.model_held -= 1
            if void:
                self.pool.void(by(), [ticket], "r")
            else:
                self.model_free[variant] += 1
            self.log(self.pool, order)

    @rule(data=st.data(), reusable=st.booleans(), part=st.booleans())
    def refund(self, data: st.DataObject, reusable: bool, part: bool) -> None:
        paid = [
            o
            for o in self.orders.values()
            if o.payment_id and o.refunded_minor(o.payment_id) < 2 and not o.disputed
        ]
        if paid:
            self.counter += 1
            order = paid[data.draw(st.integers(0, len(paid) - 1))]
            held, variant = order.status in HOLDS_TICKET, order.ticket_variant
            amount = 1 if part else 2 - order.refunded_minor(order.payment_id)
            order.request_refund(by(f"r{self.counter}"), amount_minor=amount, origin="support", reason="r")
            gave_up = held and order.status is Status.REFUNDED
            follow(by(), self.pool, order, gave_up=gave_up, reusable=reusable, place=self.place)
            if gave_up:
                self.model_held -= 1
                self.model_free[variant] += int(reusable)
            self.log(self.pool, order)

    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        known = [o for o in self.orders.values() if not o.frozen and o.status is not Status.ERASED]
        if known:
            self.counter += 1
            order = known[data.draw(st.integers(0, len(known) - 1))]
            left = 2 - order.refunded_minor(order.payment_id) if order.payment_id else 0
            if order.status in QUEUED and left:
                order.request_refund(by(f"e{self.counter}"), amount_minor=left, origin="erasure", reason="r")
            order.erase(by())
            order.erase(by())
            self.model_held -= int(str(order.id) in self.pool.ticket_of)
            if str(order.id) in self.pool.ticket_of:
                self.pool.erase_ticket(by(), str(order.id))
            else:
                leave(by(), self.pool, order, "erased", self.place)
            self.log(order, self.pool)

    @rule(data=st.data())
    def freeze_or_thaw(self, data: st.DataObject) -> None:
        if self.orders:
            order = list(self.orders.values())[data.draw(st.integers(0, len(self.orders) - 1))]
            if order.frozen:
                order.close_case(by(), case_id="dp", outcome="won")
                order.renew_mail(by())
            else:
                order.freeze(by(), case_id="dp", kind="dispute", reason="r")
            follow(by(), self.pool, order, gave_up=False, reusable=False, place=self.place)
            self.log(self.pool, order)

    @invariant()
    def every_invariant_holds(self) -> None:
        if hasattr(self, "checkers"):
            broken = [line for checker in [*self.checkers, self.stranded] for line in checker.broken]
            assert broken == []

    @invariant()
    def the_pool_agrees_with_a_simple_count(self) -> None:
        if hasattr(self, "pool"):
            free = {
                v: sum(t[0] == v and t[3] in {"unassigned", "unmatched"} for t in self.pool.tickets.values())
                for v in self.model_free
            }
            assert free == self.model_free
            assert self.pool.differences() == []
            assert len(self.pool.ticket_of) == self.model_held


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
