"""I7: the money of every pre-order, added up from the log by a checker that shares no code with the domain."""

from dataclasses import dataclass, field

from harrystix.application.verify.checkers import Checker
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as order
from harrystix.domain.base import Fact


@dataclass
class Account:
    """Minor units by payment; `lost`: refunds that the provider took back."""

    price: tuple[int, str] = (0, "")
    paid: dict[str, int] = field(default_factory=dict[str, int])
    refunds: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    lost: set[str] = field(default_factory=set[str])
    strays: set[str] = field(default_factory=set[str])
    open_attempt: int = 0

    def returned(self, payment: str) -> int:
        return sum(a for key, (p, a) in self.refunds.items() if p == payment and key not in self.lost)


class Money(Checker):
    """I7 one payment that stays; 0 <= refunded <= captured; amounts and currency are the order's."""

    def __init__(self) -> None:
        super().__init__("I7 the money adds up")
        self.accounts: dict[str, Account] = {}
        # Payment -> the pre-order that it pays.
        self.pays: dict[str, str] = {}

    def see(self, position: int, fact: Fact) -> None:
        if not isinstance(fact, order.Event):
            return
        own = str(fact.originator_id)
        account = self.accounts.setdefault(own, Account())
        match fact:
            case order.Placed() | money.PlacedAgain():
                account.price = (fact.price_minor, fact.currency)
            case money.CaptureRequested():
                if account.open_attempt:
                    self._say(position, f"pre-order {own} has two attempts at once")
                account.open_attempt = fact.attempt
            case money.CaptureDeclined() | money.CaptureGivenUp():
                account.open_attempt = 0
            case order.PaymentConfirmed():
                self._paid(position, own, account, fact)
            case money.StrayPaymentFound():
                account.strays.add(fact.payment_id)
                account.paid[fact.payment_id] = fact.amount_minor
            case money.RefundRequested():
                self.checked += 1
                account.refunds[fact.refund_id] = (fact.payment_id, fact.amount_minor)
            case money.RefundMoved():
                if fact.state in {"failed", "canceled"}:
                    account.lost.add(fact.refund_id)
            case order.TicketAssigned():
                self._still_paid(position, own, account)
            case _:
                pass

    def _paid(self, position: int, own: str, account: Account, fact: order.PaymentConfirmed) -> None:
        self.checked += 1
        account.open_attempt = 0
        kept = [p for p, amount in account.paid.items() if account.returned(p) < amount]
        if [p for p in kept if p not in account.strays]:
            self._say(position, f"pre-order {own} was paid twice")
        if (fact.amount_minor, fact.currency) != account.price:
            self._say(position, f"pre-order {own} was paid with another amount")
        account.paid[fact.payment_id] = fact.amount_minor
        if self.pays.setdefault(fact.payment_id, own) != own:
            self._say(position, f"payment of {self.pays[fact.payment_id]} pays pre-order {own} as well")

    def at_rest(self) -> None:
        # Not before: a refund of ours and one made at the provider may race, and then one of them fails.
        for own, account in self.accounts.items():
            for payment in {payment for payment, _ in account.refunds.values()}:
                if account.returned(payment) > account.paid.get(payment, 0):
                    self.broken.append(f"{self.name}: pre-order {own} gets back more than was paid")

    def _still_paid(self, position: int, own: str, account: Account) -> None:
        good = {p: amount for p, amount in account.paid.items() if p not in account.strays}
        if not any(account.returned(payment) < amount for payment, amount in good.items()):
            self._say(position, f"pre-order {own} got a ticket although its money went back")
