"""TicketPool: stock and queue of one ticketed event, and the only place where they are matched.

Its version is the fence: whoever decided on an older state cannot save.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from harrystix.domain import pool_events as facts
from harrystix.domain.errors import NotFound, NotFree
from harrystix.domain.ids import assignment_id, pool_id
from harrystix.domain.matching import RULE_VERSION, Board, Match, match
from harrystix.domain.pool_departures import Departures
from harrystix.domain.pool_events import BATCH
from harrystix.domain.pool_indexes import FREE, WAITING
from harrystix.domain.pool_snapshot import PoolSnapshot
from harrystix.domain.pool_state import copied
from harrystix.domain.values import By, FallbackRule, Rules, VariantFacts

T = TypeVar("T")
# (pre-order id, wanted variant id, log position of the confirmation, its epoch ms)
Place = tuple[str, str, int, int]


class TicketPool(Departures):
    TOPIC = "TicketPool"
    Snapshot = PoolSnapshot
    Event = facts.Event
    Opened = facts.Opened
    RulesAdopted = facts.RulesAdopted
    TicketsAdded = facts.TicketsAdded
    OrdersQueued = facts.OrdersQueued
    TicketsAssigned = facts.TicketsAssigned
    TicketsMarkedUnmatched = facts.TicketsMarkedUnmatched
    OrdersMarkedWaiting = facts.OrdersMarkedWaiting
    AssignmentsRevoked = facts.AssignmentsRevoked
    TicketsVoided = facts.TicketsVoided
    OrderRemoved = facts.OrderRemoved
    OrderReturned = facts.OrderReturned
    TicketUsed = facts.TicketUsed
    TicketErased = facts.TicketErased

    @classmethod
    def open(cls, by: By, event_id: str) -> "TicketPool":
        return cls._create(
            facts.Opened,
            id=pool_id(event_id),
            timestamp=by.at,
            event_id=event_id,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    @staticmethod
    def create_id(event_id: str) -> UUID:
        return pool_id(event_id)

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.nothing_here_yet()

    def adopt_rules(
        self, by: By, version: int, fallback: str, window_minutes: int, variants: Sequence[VariantFacts]
    ) -> None:
        """Take over what the ticketed event says; everything free and waiting is then worth another try."""
        if version > int(self.rules.get("version", 0)):
            rules: dict[str, str | int] = {
                "version": version,
                "fallback": fallback,
                "window_minutes": window_minutes,
            }
            self._adopt(by, rules, variants)

    def _adopt(self, by: By, rules: dict[str, str | int], variants: Sequence[VariantFacts]) -> None:
        self._record(
            by,
            facts.RulesAdopted,
            **rules,
            variants=list(variants),
            untried_tickets=sum(ticket[3] in FREE for ticket in self.tickets.values()),
            untried_orders=sum(order[2] in WAITING for order in self.orders.values()),
            reopened_tickets=sum(ticket[3] == "unmatched" for ticket in self.tickets.values()),
        )

    def current_rules(self, fallback: FallbackRule | None = None) -> Rules:
        """The adopted rules; with `fallback`, the same under another fallback rule (what-if)."""
        return Rules(
            version=int(self.rules.get("version", 0)),
            fallback=fallback or FallbackRule(str(self.rules.get("fallback", "none"))),
            window_minutes=int(self.rules.get("window_minutes", 15)),
            intervals={v["id"]: (v["starts_at"], v["ends_at"]) for v in self.variants},
        )

    def add_tickets(self, by: By, upload_id: str, tickets: Sequence[tuple[str, str]]) -> None:
        """`tickets`: (ticket id, variant id) in file order. Known tickets are not added again (I5)."""
        for batch in _batches([ticket for ticket in tickets if ticket[0] not in self.tickets]):
            self._record(
                by,
                facts.TicketsAdded,
                upload_id=upload_id,
                ticket_ids=[ticket for ticket, _ in batch],
                variant_ids=[variant for _, variant in batch],
            )

    def queue_orders(self, by: By, orders: Sequence[Place]) -> None:
        """The next ones in the order of the log: everybody who paid before them is known already."""
        for batch in _batches([order for order in orders if order[0] not in self.orders]):
            self._queue(by, batch, up_to=max(order[2] for order in batch))

    def queue_early(self, by: By, order: Place) -> None:
        """One whom something happens to before its turn to join has come: others who paid earlier may follow."""
        if order[0] not in self.orders:
            self._queue(by, [order], up_to=self.last_position)

    def _queue(self, by: By, orders: Sequence[Place], up_to: int) -> None:
        self._record(
            by,
            facts.OrdersQueued,
            order_ids=[order[0] for order in orders],
            variant_ids=[order[1] for order in orders],
            positions=[order[2] for order in orders],
            confirmed_at=[order[3] for order in orders],
            up_to=up_to,
        )

    def twin(self) -> "TicketPool":
        """Another one as this is now: what is done to it leaves this one alone."""
        made = object.__new__(type(self))
        for name, value in vars(self).items():
            vars(made)[name] = copied(value)
        return made

    def board(self, fallback: FallbackRule | None = None) -> Board:
        """A copy of stock and queue that the matcher may use up."""
        return Board(
            free={variant: each.copy() for variant, each in self.indexes.free.items() if each},
            waiting={wanted: each.copy() for wanted, each in self.indexes.waiting.items() if each},
            rules=self.current_rules(fallback),
        )

    def propose(self, limit: int = BATCH, *, with_fallback: bool = True) -> list[Match]:
        """The next ones by the rule; nothing is changed."""
        # On the lines themselves, which are as long as the event is large; what was taken off comes back.
        board = Board(
            free={variant: each for variant, each in self.indexes.free.items() if each},
            waiting={wanted: each for wanted, each in self.indexes.waiting.items() if each},
            rules=self.current_rules(),
        )
        matches = match(board, limit, with_fallback=with_fallback)
        for made in matches:
            ticket, order = self.tickets[made.ticket_id], self.orders[made.order_id]
            self.indexes.free[made.variant_id].add((int(ticket[2]), made.ticket_id))
            self.indexes.waiting[str(order[1])].add((int(order[0]), made.order_id))
        return matches

    def assign(self, by: By, limit: int = BATCH, *, with_fallback: bool = True) -> list[Match]:
        """Record what `propose` says; the caller gives each pre-order its ticket."""
        matches = self.propose(limit, with_fallback=with_fallback)
        self.record_matches(by, matches)
        return matches

    def record_matches(self, by: By, matches: Sequence[Match]) -> None:
        """What `propose` has said of this very state."""
        for batch in _batches(matches):
            self._record_matches(by, batch, reason="")

    def assign_by_hand(self, by: By, order_id: str, ticket_id: str, reason: str) -> Match:
        """A named actor's decision: exempt from FIFO, never from one-to-one. Raises NotFound, NotFree."""
        if order_id not in self.orders or ticket_id not in self.tickets:
            raise NotFound("No such pre-order or ticket in this event.", order=order_id, ticket=ticket_id)
        if not self.is_free(ticket_id) or not self.is_waiting(order_id) or not reason.strip():
            raise NotFree("The ticket must be free, the pre-order waiting, and a reason given.")
        variant, position = str(self.tickets[ticket_id][0]), int(self.orders[order_id][0])
        made = Match(order_id, ticket_id, variant, "manual", position)
        self._record_matches(by, [made], reason=reason)
        return made

    def settle(self, by: By) -> list[str]:
        """Nothing more can be matched: say so of every ticket and up to 500 pre-orders; returns those."""
        if self.untried_tickets:
            untried = [ticket for ticket, known in self.tickets.items() if known[3] == "unassigned"]
            for batch in _batches(untried):
                self._record(by, facts.TicketsMarkedUnmatched, ticket_ids=list(batch))
        told: list[str] = []
        if self.untried_orders:
            told = [order for order, known in self.orders.items() if known[2] == "queued"][:BATCH]
            self._record(by, facts.OrdersMarkedWaiting, order_ids=told)
        return told

    def revoke(self, by: By, order_ids: Sequence[str], reason: str) -> None:
        """Undo live assignments; raises NotFound for a pre-order that holds no ticket."""
        for order in order_ids:
            self._ticket_held_by(order)
        for batch in _batches(order_ids):
            tickets = [self.ticket_of[order] for order in batch]
            self._record(
                by,
                facts.AssignmentsRevoked,
                order_ids=list(batch),
                ticket_ids=tickets,
                wanted_ids=[str(self.orders[order][1]) for order in batch],
                variant_ids=[str(self.tickets[ticket][0]) for ticket in tickets],
                uploads=self._uploads(tickets),
                reason=reason,
                by_rule=sum(order not in self.by_hand for order in batch),
                still_held=[ticket for ticket in tickets if ticket in self.indexes.shared],
            )

    def repair(self, by: By, order_id: str, ticket_id: str) -> None:
        """Take a ticket off a pre-order that an old log gave it to wrongly: beside another holder, or another ticket.

        The pre-order waits again, at its original place; the ticket is free unless somebody else holds it.
        """
        shared = self.ticket_of.get(order_id) == ticket_id and ticket_id in self.indexes.shared
        other = self.ticket_of.get(order_id) != ticket_id and ticket_id in self.order_of
        self._record(
            by,
            facts.AssignmentsRevoked,
            order_ids=[order_id],
            ticket_ids=[ticket_id],
            wanted_ids=[str(self.orders[order_id][1])],
            variant_ids=[str(self.tickets[ticket_id][0])],
            uploads=self._uploads([ticket_id]),
            reason=facts.REPAIRED,
            by_rule=int(order_id not in self.by_hand),
            still_held=[ticket_id] if shared or other else [],
        )

    def recount(self, by: By) -> None:
        """Adopt the rules that are adopted already, so that everything free and waiting is counted and tried anew."""
        self._adopt(by, dict(self.rules), self.variants)

    def void(self, by: By, ticket_ids: Iterable[str], reason: str) -> None:
        """Take free tickets out of the stock for good; raises NotFree for one that somebody holds."""
        wanted = [ticket for ticket in ticket_ids if self.tickets[ticket][3] != "void"]
        for ticket in wanted:
            if not self.is_free(ticket):
                raise NotFree(f"Ticket {ticket} is {self.tickets[ticket][3]}.", id=ticket)
        for batch in _batches(wanted):
            self._record(
                by,
                facts.TicketsVoided,
                ticket_ids=list(batch),
                variant_ids=[str(self.tickets[ticket][0]) for ticket in batch],
                uploads=self._uploads(batch),
                reason=reason,
                fresh=sum(self.tickets[ticket][3] == "unassigned" for ticket in batch),
            )

    def _record_matches(self, by: By, matches: Sequence[Match], reason: str) -> None:
        version = self.version + 1
        self._record(
            by,
            facts.TicketsAssigned,
            order_ids=[m.order_id for m in matches],
            ticket_ids=[m.ticket_id for m in matches],
            assignment_ids=[assignment_id(m.ticket_id, m.order_id, version) for m in matches],
            wanted_ids=[str(self.orders[m.order_id][1]) for m in matches],
            variant_ids=[m.variant_id for m in matches],
            rules=[m.rule for m in matches],
            reason=reason,
            uploads=self._uploads(m.ticket_id for m in matches),
            fresh_tickets=sum(self.tickets[m.ticket_id][3] == "unassigned" for m in matches),
            fresh_orders=sum(self.orders[m.order_id][2] == "queued" for m in matches),
            rule_version=RULE_VERSION,
        )

    def _uploads(self, tickets: Iterable[str]) -> dict[str, int]:
        return dict(Counter(str(self.tickets[ticket][1]) for ticket in tickets))


def _batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
