"""TicketPool: stock and queue of one ticketed event, and the only place where they are matched.

Its version is the fence: whoever decided on an older state cannot save. State is plain lists and dicts,
so that a snapshot of 100,000 tickets is one JSON document.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from harrystix.domain import pool_events as facts
from harrystix.domain.errors import NotFound, NotFree
from harrystix.domain.ids import assignment_id, pool_id
from harrystix.domain.matching import Board, Match, match
from harrystix.domain.pool_departures import FREE, WAITING, Departures
from harrystix.domain.pool_events import BATCH
from harrystix.domain.pool_snapshot import PoolSnapshot
from harrystix.domain.values import By, FallbackRule, Rules, VariantFacts

T = TypeVar("T")


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
        self.rules: dict[str, str | int] = {}
        self.variants: list[VariantFacts] = []
        # ticket id -> [variant, upload, sequence, state, added at]
        self.tickets: dict[str, list[str | int]] = {}
        # pre-order id -> [position, wanted variant, state, confirmed at]
        self.orders: dict[str, list[int | str]] = {}
        self.ticket_of: dict[str, str] = {}
        self.order_of: dict[str, str] = {}
        self.assignment_of: dict[str, str] = {}
        # Pre-orders whose ticket a person gave them: few.
        self.by_hand: list[str] = []
        self.free: dict[str, list[tuple[int, str]]] = {}
        self.waiting: dict[str, list[tuple[int, str]]] = {}
        self.sequence = 0
        self.last_position = 0
        self.untried_tickets = 0
        self.untried_orders = 0

    def adopt_rules(
        self, by: By, version: int, fallback: str, window_minutes: int, variants: Sequence[VariantFacts]
    ) -> None:
        """Take over what the ticketed event says; everything free and waiting is then worth another try."""
        if version > int(self.rules.get("version", 0)):
            self._record(
                by,
                facts.RulesAdopted,
                version=version,
                fallback=fallback,
                window_minutes=window_minutes,
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

    def queue_orders(self, by: By, orders: Sequence[tuple[str, str, int, int]]) -> None:
        """`orders`: (pre-order id, wanted variant id, log position of the confirmation, its epoch ms)."""
        for batch in _batches([order for order in orders if order[0] not in self.orders]):
            self._record(
                by,
                facts.OrdersQueued,
                order_ids=[order[0] for order in batch],
                variant_ids=[order[1] for order in batch],
                positions=[order[2] for order in batch],
                confirmed_at=[order[3] for order in batch],
            )

    def twin(self) -> "TicketPool":
        """Another one as this is now: what is done to it leaves this one alone."""
        made = object.__new__(type(self))
        for name, value in vars(self).items():
            vars(made)[name] = _copied(value)
        return made

    def board(self, fallback: FallbackRule | None = None) -> Board:
        """A copy of stock and queue that the matcher may use up."""
        board = self._live_board(fallback)
        board.free = {variant: list(heap) for variant, heap in board.free.items()}
        board.waiting = {wanted: list(heap) for wanted, heap in board.waiting.items()}
        return board

    def _live_board(self, fallback: FallbackRule | None = None) -> Board:
        return Board(
            free={variant: heap for variant, heap in self.free.items() if heap},
            waiting={wanted: heap for wanted, heap in self.waiting.items() if heap},
            is_free=self.is_free,
            is_waiting=self.is_waiting,
            rules=self.current_rules(fallback),
            free_count={variant: len(heap) for variant, heap in self.free.items()},
            waiting_count={wanted: len(heap) for wanted, heap in self.waiting.items()},
        )

    def assign(self, by: By, limit: int = BATCH, *, with_fallback: bool = True) -> list[Match]:
        """Match the next ones by the rule and record them; the caller gives each pre-order its ticket."""
        # On the heaps themselves: what is taken off here is recorded next, and would be dropped as stale then.
        matches = match(self._live_board(), limit, with_fallback=with_fallback)
        for batch in _batches(matches):
            self._record_matches(by, batch, reason="")
        return matches

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
            )

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

    def tickets_of_upload(self, upload_id: str) -> list[str]:
        return [ticket for ticket, known in self.tickets.items() if known[1] == upload_id]

    def eligible_at(self, order_id: str, ticket_id: str) -> datetime:
        """When both were there: the later of the confirmation and the ticket's arrival."""
        added = datetime.fromisoformat(str(self.tickets[ticket_id][4]))
        return max(added, datetime.fromtimestamp(int(self.orders[order_id][3]) / 1000, UTC))

    def drop_stale(self) -> None:
        """Forget heap entries of what is no longer free or waiting; part of evolving."""
        for heap in self.free.values():
            while heap and not self.is_free(heap[0][1]):
                heapq.heappop(heap)
        for heap in self.waiting.values():
            while heap and not self.is_waiting(heap[0][1]):
                heapq.heappop(heap)

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
        )

    def _uploads(self, tickets: Iterable[str]) -> dict[str, int]:
        return dict(Counter(str(self.tickets[ticket][1]) for ticket in tickets))


def _copied(state: Any) -> Any:
    """Containers as far down as they are changed in place; a deep copy takes fifty times as long."""
    if isinstance(state, dict):
        found = cast("dict[str, Any]", state)
        # Each is of one kind.
        if isinstance(next(iter(found.values()), None), list):
            return {key: value[:] for key, value in found.items()}
        return dict(found)
    return cast("list[Any]", state)[:] if isinstance(state, list) else state


def _batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
