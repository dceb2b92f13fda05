"""What the facts of a pool say of each pre-order and ticket: kept in memory, and brought up to date fact by fact.

Why somebody got what they got depends on everybody who waited then. Told anew for each reader that takes a fifth of
a second for an event of 10,000.
"""

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from harrystix.application.explain.judge import Fairness, Line, assigned, why_not
from harrystix.application.explain.queue import EarlierOne, Queue
from harrystix.application.store import Store
from harrystix.application.verify.fifo import Model, follow
from harrystix.domain import pool_events as pool
from harrystix.domain.ids import pool_id

# Pre-orders and tickets in the stories that a process keeps, about 700 bytes each.
KEPT = 100_000
# (how many, the variant that they want, why they may not have it; empty: they may)
Passed = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Queued:
    """`before`: who wanted the same and waited longer."""

    action: ClassVar[str] = pool.OrdersQueued.TOPIC
    at: datetime
    wanted: str
    before: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A pre-order, in vain; `free`: what was there instead, by variant."""

    action: ClassVar[str] = pool.OrdersMarkedWaiting.TOPIC
    at: datetime
    free: dict[str, int]


@dataclass(frozen=True, slots=True)
class Assigned:
    action: ClassVar[str] = pool.TicketsAssigned.TOPIC
    at: datetime
    line: Line


@dataclass(frozen=True, slots=True)
class TakenBack:
    action: ClassVar[str] = pool.AssignmentsRevoked.TOPIC
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Erased:
    action: ClassVar[str] = pool.TicketErased.TOPIC
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    action: ClassVar[str] = pool.OrderRemoved.TOPIC
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Returned:
    action: ClassVar[str] = pool.OrderReturned.TOPIC
    at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """`waited`: for exactly that."""

    action: ClassVar[str] = pool.TicketsAdded.TOPIC
    at: datetime
    upload_id: str
    variant: str
    waited: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A ticket, in vain."""

    action: ClassVar[str] = pool.TicketsMarkedUnmatched.TOPIC
    at: datetime
    passed: list[Passed]


@dataclass(frozen=True, slots=True)
class Voided:
    action: ClassVar[str] = pool.TicketsVoided.TOPIC
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Used:
    action: ClassVar[str] = pool.TicketUsed.TOPIC
    at: datetime


Moment = Queued | Tried | Assigned | TakenBack | Erased | Left | Returned | Added | Offered | Voided | Used


class Story:
    """Of one event. `model`, `queue`: as they stand now; `told`: by pre-order and ticket, in the order of the log."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.lock = threading.Lock()
        self.begin()

    def catch_up(self, store: Store) -> None:
        """What is new in the log; where somebody joined who paid before others, all of it again."""
        try:
            try:
                self.follow(_facts(store, self.event_id, self.version))
            except EarlierOne:
                facts = _facts(store, self.event_id, 0)
                self.begin(facts)
                self.follow(facts)
        except BaseException:
            # Half of a fact was told: the next one begins anew.
            self.begin()
            raise

    def passed(self, offered: str) -> list[Passed]:
        """Who waits, and why they may not have a ticket of that variant."""
        return [
            (count, wanted, why_not(self.model, wanted, offered))
            for wanted in sorted(self.queue.waiting)
            if (count := self.queue.before(wanted, 0))
        ]

    def free(self) -> dict[str, int]:
        return {variant: count for variant, count in sorted(self.model.free.items()) if count > 0}

    def begin(self, facts: Sequence[pool.Event] = ()) -> None:
        """Nothing is told yet; `facts`: all that will be, for the ranks."""
        self.version = 0
        self.model, self.queue, self.report = Model(), Queue(facts), Fairness(self.event_id)
        self.told: dict[str, list[Moment]] = {}

    def follow(self, facts: Sequence[pool.Event]) -> None:
        """The next ones of the log. Raises EarlierOne."""
        for fact in facts:
            if isinstance(fact, pool.TicketsAssigned):
                for line in assigned(self.model, self.queue, fact):
                    self.report.add(line)
                    self._tell(Assigned(line.at, line), line.order_id, line.ticket_id)
            else:
                follow(self.model, fact)
                self.queue.follow(self.model, fact)
                self._hear_of_orders(fact)
                self._hear_of_tickets(fact)
            self.version = fact.originator_version
        self.report.queued = len(self.queue.rank)

    def _tell(self, moment: Moment, *subjects: str) -> None:
        for subject in subjects:
            self.told.setdefault(subject, []).append(moment)

    def _hear_of_orders(self, fact: pool.Event) -> None:
        at = fact.timestamp
        match fact:
            case pool.OrdersQueued():
                for order, wanted in zip(fact.order_ids, fact.variant_ids, strict=True):
                    before = self.queue.before(wanted, self.queue.rank[order])
                    self._tell(Queued(at, wanted, before), order)
            case pool.OrdersMarkedWaiting():
                self._tell(Tried(at, self.free()), *fact.order_ids)
            case pool.AssignmentsRevoked():
                self.report.revoked += len(fact.order_ids)
                self._tell(TakenBack(at, fact.reason), *fact.order_ids)
            case pool.TicketErased():
                self._tell(Erased(at), fact.order_id)
            case pool.OrderRemoved():
                self._tell(Left(at, fact.reason), fact.order_id)
            case pool.OrderReturned():
                self._tell(Returned(at), fact.order_id)
            case _:
                pass

    def _hear_of_tickets(self, fact: pool.Event) -> None:
        at = fact.timestamp
        match fact:
            case pool.TicketsAdded():
                for variant in dict.fromkeys(fact.variant_ids):
                    added = Added(at, fact.upload_id, variant, self.queue.before(variant, 0))
                    self._tell(added, *_of(fact.ticket_ids, fact.variant_ids, variant))
            case pool.TicketsMarkedUnmatched():
                variants = [self.model.variant[ticket] for ticket in fact.ticket_ids]
                for variant in dict.fromkeys(variants):
                    self._tell(Offered(at, self.passed(variant)), *_of(fact.ticket_ids, variants, variant))
            case pool.TicketsVoided():
                self._tell(Voided(at, fact.reason), *fact.ticket_ids)
            case pool.AssignmentsRevoked():
                self._tell(TakenBack(at, fact.reason), *fact.ticket_ids)
            case pool.TicketErased():
                self._tell(Erased(at), fact.ticket_id)
            case pool.TicketUsed():
                self._tell(Used(at), fact.ticket_id)
            case _:
                pass


class Stories:
    """Those that a process keeps: of the events that were asked about last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Story] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def of(self, store: Store, event_id: str, version: int = 0) -> Generator[Story]:
        """As the log has it now, for one reader at a time: take what you need, and go.

        `version`: of the pool as it was read a moment ago: where the story has come as far, nothing is asked again.
        """
        with self._guard:
            story = self._known.setdefault(event_id, Story(event_id))
            self._known.move_to_end(event_id)
        with story.lock:
            if not version or story.version < version:
                story.catch_up(store)
            yield story
        with self._guard:
            while len(self._known) > 1 and sum(map(_weight, self._known.values())) > KEPT:
                self._known.popitem(last=False)


def _weight(story: Story) -> int:
    """Of which nothing is told yet is something as well."""
    return 100 + len(story.told)


def _facts(store: Store, event_id: str, after: int) -> list[pool.Event]:
    stored = store.events.get(pool_id(event_id), gt=after or None)
    return [fact for fact in stored if isinstance(fact, pool.Event)]


def _of(tickets: Sequence[str], variants: Sequence[str], variant: str) -> list[str]:
    return [ticket for ticket, its in zip(tickets, variants, strict=True) if its == variant]
