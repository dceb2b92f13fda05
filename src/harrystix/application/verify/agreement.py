"""Pool and pre-orders tell the same thing twice: who holds which ticket, and who waits. At rest both must agree."""

from harrystix.application.verify.checkers import Checker
from harrystix.domain import payment_events as money
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain.base import Fact


class Agreement(Checker):
    def __init__(self) -> None:
        super().__init__("I2 pool and pre-orders agree")
        self.pool_holds: dict[str, str] = {}
        self.pool_waits: set[str] = set()
        self.holds: dict[str, str] = {}
        self.waits: set[str] = set()
        self.cases: dict[str, set[str]] = {}

    def see(self, position: int, fact: Fact) -> None:
        if isinstance(fact, pool.Event):
            self._see_pool(fact)
        elif isinstance(fact, order.Event):
            self._see_order(str(fact.originator_id), fact)

    def _see_pool(self, fact: pool.Event) -> None:
        match fact:
            case pool.OrdersQueued():
                self.pool_waits.update(fact.order_ids)
            case pool.TicketsAssigned():
                self.pool_waits.difference_update(fact.order_ids)
                self.pool_holds.update(zip(fact.order_ids, fact.ticket_ids, strict=True))
            case pool.AssignmentsRevoked():
                self.pool_waits.update(fact.order_ids)
                for holder in fact.order_ids:
                    self.pool_holds.pop(holder, None)
            case pool.OrderRemoved():
                self.pool_waits.discard(fact.order_id)
            case pool.OrderReturned():
                self.pool_waits.add(fact.order_id)
            case pool.TicketErased():
                self.pool_holds.pop(fact.order_id, None)
            case _:
                pass

    def _see_order(self, own: str, fact: order.Event) -> None:
        match fact:
            case order.PaymentConfirmed():
                self.waits.add(own)
            case order.TicketAssigned():
                self.waits.discard(own)
                self.holds[own] = fact.ticket_id
            case order.AssignmentRevoked():
                self.waits.add(own)
                self.holds.pop(own, None)
            case money.RefundRequested() if fact.full:
                self.waits.discard(own)
            case money.Frozen():
                self.cases.setdefault(own, set()).add(fact.case_id)
            case money.CaseClosed():
                self.cases.get(own, set()).discard(fact.case_id)
            case order.Erased():
                self.waits.discard(own)
                self.holds.pop(own, None)
            case _:
                pass

    def at_rest(self) -> None:
        for own in sorted({*self.holds, *self.pool_holds}):
            self.checked += 1
            if self.holds.get(own, "") != self.pool_holds.get(own, ""):
                self.broken.append(
                    f"{self.name}: {own} holds {self.holds.get(own) or 'nothing'}, "
                    f"and {self.pool_holds.get(own) or 'nothing'} by the pool"
                )
        waits = {own for own in self.waits if not self.cases.get(own)}
        self.checked += len(waits | self.pool_waits)
        self.broken += [
            f"{self.name}: {own} waits, and is in no queue" for own in sorted(waits - self.pool_waits)
        ]
        self.broken += [
            f"{self.name}: {own} is in the queue, and does not wait"
            for own in sorted(self.pool_waits - waits)
        ]
