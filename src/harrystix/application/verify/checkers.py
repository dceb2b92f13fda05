"""One checker an invariant: `see` every fact in order, complain in `broken`. They share no code with the domain."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field

from harrystix.domain import payment_events as money
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import upload_events as upload
from harrystix.domain.base import Fact
from harrystix.domain.ids import pre_order_id

# Who writes down what the provider shows afterwards: a mail that had left before it was called off.
FOUND = "system:reconciliation"


@dataclass
class Checker(ABC):
    name: str = ""
    checked: int = 0
    broken: list[str] = field(default_factory=list[str])
    # What may be mended by a later fact: key -> complaint.
    _open: dict[str, str] = field(default_factory=dict[str, str])

    @abstractmethod
    def see(self, position: int, fact: Fact) -> None:
        """The next fact of the log."""

    def at_rest(self) -> None:
        """After the last fact, when nothing is under way; most have nothing to add."""
        return

    def _say(self, position: int, what: str, key: str = "") -> None:
        """`key`: by which a repair names it."""
        line = f"{self.name} at position {position}: {what}"
        self.broken.append(line)
        if key:
            self._open[key] = line

    def _mend(self, key: str) -> None:
        """A compensating fact has put it right: the log keeps both, and both are told apart from damage."""
        line = self._open.pop(key, None)
        if line in self.broken:
            self.broken.remove(line)


class OneToOne(Checker):
    """I1 a ticket has at most one live assignment; I2 a pre-order has at most one."""

    def __init__(self) -> None:
        super().__init__("I1/I2 one to one")
        self.ticket_of: dict[str, str] = {}
        self.order_of: dict[str, str] = {}

    def see(self, position: int, fact: Fact) -> None:
        if isinstance(fact, order.TicketAssigned):
            self.checked += 1
            holder = str(fact.originator_id)
            if fact.ticket_id in self.order_of:
                held = f"ticket {fact.ticket_id} is held by {self.order_of[fact.ticket_id]}"
                self._say(position, held, f"{holder}/{fact.ticket_id}")
            if holder in self.ticket_of:
                self._say(position, f"pre-order {holder} holds {self.ticket_of[holder]}")
            self.order_of[fact.ticket_id], self.ticket_of[holder] = holder, fact.ticket_id
        elif isinstance(fact, order.AssignmentRevoked | order.Erased):
            self.ticket_of.pop(str(fact.originator_id), None)
            self.order_of.pop(fact.ticket_id, None)
            if isinstance(fact, order.AssignmentRevoked) and fact.reason == pool.REPAIRED:
                self._mend(f"{fact.originator_id}/{fact.ticket_id}")


class OnePreOrder(Checker):
    """I2b one pre-order per member and event: its id is computed from them, so a stream starts once."""

    def __init__(self) -> None:
        super().__init__("I2b one pre-order per member and event")
        self.placed: set[str] = set()

    def see(self, position: int, fact: Fact) -> None:
        if isinstance(fact, order.Placed):
            self.checked += 1
            own = str(fact.originator_id)
            if own in self.placed or own != str(pre_order_id(fact.event_id, fact.member_id)):
                self._say(position, f"pre-order {own}")
            self.placed.add(own)


class PaidFirst(Checker):
    """I3 assigned means paid in full, same event, and the ticket is of that event's stock."""

    def __init__(self) -> None:
        super().__init__("I3 paid before assigned")
        self.price: dict[str, tuple[int, str, str]] = {}
        self.paid: set[str] = set()
        self.stock: dict[str, str] = {}

    def see(self, position: int, fact: Fact) -> None:
        own = str(fact.originator_id)
        if isinstance(fact, order.Placed | money.PlacedAgain):
            self.price[own] = (fact.price_minor, fact.currency, fact.event_id)
        elif isinstance(fact, order.PaymentConfirmed):
            if (fact.amount_minor, fact.currency, fact.event_id) != self.price.get(own):
                self._say(position, f"pre-order {own} was paid with another amount")
            self.paid.add(own)
        elif isinstance(fact, pool.TicketsAdded):
            self.stock |= dict.fromkeys(fact.ticket_ids, fact.event_id)
        elif isinstance(fact, order.TicketAssigned):
            self.checked += 1
            if own not in self.paid:
                self._say(position, f"pre-order {own} has a ticket but is not paid")
            if self.stock.get(fact.ticket_id) != fact.event_id:
                self._say(position, f"ticket {fact.ticket_id} is not of event {fact.event_id}")


class Accounted(Checker):
    """I5 accepted + duplicate + malformed = rows; every accepted row is in the stock once."""

    def __init__(self) -> None:
        super().__init__("I5 every row accounted for")
        self.rows: dict[str, int] = {}
        self.added: Counter[tuple[str, str]] = Counter()
        self.tickets: set[str] = set()
        self.committed: dict[str, dict[str, int]] = {}

    def see(self, position: int, fact: Fact) -> None:
        if isinstance(fact, upload.Received):
            self.rows[str(fact.originator_id)] = fact.rows
        elif isinstance(fact, pool.TicketsAdded):
            self.added[fact.upload_id, fact.event_id] += len(fact.ticket_ids)
            double = self.tickets.intersection(fact.ticket_ids)
            if double:
                self._say(position, f"{len(double)} tickets were added twice")
            self.tickets.update(fact.ticket_ids)
        elif isinstance(fact, upload.Committed):
            self.checked += 1
            own = str(fact.originator_id)
            if own in self.committed:
                self._say(position, f"upload {own} was committed twice")
            self.committed[own] = fact.tickets
            if sum(fact.tickets.values()) + fact.duplicates + fact.malformed != self.rows.get(own):
                self._say(position, f"the counts of upload {own} do not add up")
            for event_id, count in fact.tickets.items():
                if self.added[own, event_id] != count:
                    self._say(position, f"upload {own} added {self.added[own, event_id]} instead of {count}")


class OneMail(Checker):
    """I6 each dispatch intent is accepted at most once, and never after its ticket was taken back."""

    def __init__(self) -> None:
        super().__init__("I6 one mail an intent")
        self.accepted: set[str] = set()
        self.live: dict[str, str] = {}
        # Assignment -> the pre-order that had it; a mail that was leaving when it ended has left all the same.
        self.once: dict[str, str] = {}
        self.called_off: set[str] = set()

    def see(self, position: int, fact: Fact) -> None:
        own = str(fact.originator_id)
        match fact:
            case order.TicketAssigned():
                self.live[own] = fact.assignment_id
                self.once[fact.assignment_id] = own
            case order.AssignmentRevoked():
                self.live.pop(own, None)
                self.called_off.add(fact.intent_id)
            case order.Erased():
                self.live.pop(own, None)
                self.called_off.update(fact.intent_ids)
            case money.Frozen() | order.TicketEmailCancelled():
                self.called_off.add(fact.intent_id)
            case order.TicketEmailAccepted():
                self._accepted(position, own, fact)
            case _:
                pass

    def _accepted(self, position: int, own: str, fact: order.TicketEmailAccepted) -> None:
        self.checked += 1
        if fact.intent_id in self.accepted:
            self._say(position, f"intent {fact.intent_id} was accepted twice")
        if self.once.get(fact.assignment_id) != own:
            self._say(position, f"pre-order {own} was mailed a ticket that it never held")
        elif fact.intent_id in self.called_off and not (fact.overtaken and fact.actor == FOUND):
            self._say(position, f"pre-order {own} was mailed although that was called off")
        elif self.live.get(own) != fact.assignment_id and not fact.overtaken:
            self._say(position, f"pre-order {own} was mailed without holding that ticket")
        self.accepted.add(fact.intent_id)


class LegalTransitions(Checker):
    """I14 only the listed transitions."""

    NEXT: dict[str, tuple[set[str], str]] = {  # noqa: RUF012  a table
        "Cancelled": ({"placed"}, "cancelled"),
        "PlacedAgain": ({"cancelled", "failed"}, "placed"),
        "CaptureRequested": ({"placed", "processing"}, "processing"),
        "CaptureGivenUp": ({"placed", "processing"}, "failed"),
        "PaymentConfirmed": ({"placed", "processing", "failed"}, "confirmed"),
        "WaitingForStock": ({"confirmed"}, "waiting_for_stock"),
        "TicketAssigned": ({"confirmed", "waiting_for_stock"}, "assigned"),
        "AssignmentRevoked": ({"assigned", "fulfilled"}, "waiting_for_stock"),
        "TicketUsed": ({"assigned", "fulfilled"}, "used"),
    }

    PAID: set[str] = {"confirmed", "waiting_for_stock", "assigned", "fulfilled", "used"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__("I14 only the listed transitions")
        self.state: dict[str, str] = {}

    def see(self, position: int, fact: Fact) -> None:
        own = str(fact.originator_id)
        if isinstance(fact, order.Placed):
            self.state[own] = "placed"
        elif isinstance(fact, money.CaptureDeclined):
            self._move(
                position, own, fact, {"processing"}, "failed" if fact.then == "failed" else "processing"
            )
        elif isinstance(fact, money.RefundRequested):
            if fact.full:
                # One that failed at the bank may be asked for again.
                self._move(position, own, fact, {*self.PAID, "refunded"}, "refunded")
        elif isinstance(fact, order.Erased):
            self.checked += 1
            self.state[own] = "erased"
        elif isinstance(fact, order.TicketEmailAccepted):
            # One that had left before its reason ended changes nothing.
            if not fact.overtaken:
                self._move(position, own, fact, {"assigned", "fulfilled", "used"}, "fulfilled")
        elif isinstance(fact, order.Event) and type(fact).__name__ in self.NEXT:
            allowed, after = self.NEXT[type(fact).__name__]
            stays = self.state.get(own) == "used"
            self._move(position, own, fact, allowed, "used" if stays else after)

    def _move(self, position: int, own: str, fact: Fact, allowed: set[str], after: str) -> None:
        self.checked += 1
        before = self.state.get(own, "nothing")
        if before not in allowed:
            self._say(position, f"pre-order {own} went from {before} by {type(fact).__name__}")
        self.state[own] = after
