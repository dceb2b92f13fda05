"""The store: load many, decide, save together. One place knows what a conflict means."""

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import RecordConflictError

from harrystix.application.log_ports import Recorder
from harrystix.application.ports import Effect
from harrystix.domain.approval import Approval
from harrystix.domain.base import Fact, Root
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.capture_run import CaptureRun
from harrystix.domain.deed import Deed
from harrystix.domain.erasure import Erasure
from harrystix.domain.errors import Conflict, DomainError, NotFound
from harrystix.domain.ids import pool_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.staff import StaffMember
from harrystix.domain.ticket_pool import Place, TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.upload import Upload
from harrystix.domain.values import By

A = TypeVar("A", bound=Root)
R = TypeVar("R")
# Ten files for one event at once, beside its allocation, lose eight races now and then.
ATTEMPTS, LONGEST_PAUSE = 16, 1.0
# A pool of 100,000 tickets has 800 facts and loads in half a second: only longer streams need a snapshot.
SNAPSHOT_EVERY = 1000
# Tickets and pre-orders in the pools that a process keeps in memory, about 500 bytes each: to change, and to read.
KEPT = 250_000
READ = 100_000
# All that there are: whoever has a store has loaded what their facts are read by.
AGGREGATES: tuple[type[Root], ...] = (
    TicketedEvent,
    PreOrder,
    TicketPool,
    Upload,
    CaptureRun,
    StaffMember,
    Approval,
    Erasure,
    Deed,
    BulkJob,
)


class Unreadable(Exception):
    """An aggregate whose facts this release can't read; `args`: its id."""


class Store(Application[UUID]):
    name = ""  # the tables are then called stored_events and snapshots
    is_snapshotting_enabled = True

    def __init__(self, env: dict[str, str] | None = None) -> None:
        super().__init__(env)
        self._pools: OrderedDict[str, TicketPool] = OrderedDict()
        self._read: OrderedDict[str, TicketPool] = OrderedDict()
        self._pools_guard = threading.Lock()
        self._seen = threading.local()

    def get(self, kind: type[A], aggregate_id: UUID | str) -> A:
        """Raises NotFound; also where the id belongs to an aggregate of another kind."""
        found = self.get_many(kind, [str(aggregate_id)]).get(str(aggregate_id))
        if found is None:
            raise NotFound(f"There is no {kind.__name__} {aggregate_id}.", id=str(aggregate_id))
        return found

    def get_many(
        self, kind: type[A], aggregate_ids: Iterable[str], unreadable: set[str] | None = None
    ) -> dict[str, A]:
        """By id, in the order asked for, which is then the order of a save; unknown ids are missing.

        One SELECT for 500: loading one by one misses every target. Raises Unreadable, unless the caller goes on
        without those: they are put into `unreadable` then.
        """
        # Each id is turned into text once: that is a tenth of what a load costs.
        wanted = {known: text for text in aggregate_ids if (known := _id(text)) is not None}
        ids = list(wanted)
        recorder = cast("Recorder", self.recorder)
        found: dict[UUID, A] = {}
        for start in range(0, len(ids), 500):
            stored = recorder.select_many(ids[start : start + 500])
            for originator, events in groupby(stored, key=lambda event: event.originator_id):
                aggregate: Any = None
                try:
                    for event in events:
                        aggregate = cast("Fact", self.mapper.to_domain_event(event)).mutate(aggregate)
                except Exception as error:
                    # A fact of a later release, or one that was damaged: of this aggregate alone.
                    if unreadable is None:
                        raise Unreadable(str(originator)) from error
                    unreadable.add(str(originator))
                    continue
                if isinstance(aggregate, kind):
                    found[cast("UUID", originator)] = aggregate
        for known in ids:
            self._saw(known, found[known].version if known in found else 0)
        return {text: found[known] for known, text in wanted.items() if known in found}

    def pool(self, event_id: str) -> TicketPool | None:
        """The pool as the log has it now, for reading only: others read the same. None where nothing has arrived yet.

        Kept in memory; who reads an older one meanwhile goes on with that, as what is new is done to a twin.
        """
        with self._pools_guard:
            pool = self._read.get(event_id)
        if pool is None:
            pool = self._loaded(event_id)
        elif news := list(self.events.get(pool.id, gt=pool.version)):
            pool = pool.twin()
            for event in news:
                cast("Fact", event).mutate(pool)
        if pool is not None:
            self._saw(pool.id, pool.version)
            with self._pools_guard:
                _keep(self._read, pool, READ)
        return pool

    def check_out(self, event_id: str, by: By) -> TicketPool:
        """The pool for changing: kept in memory between saves, brought up to date, opened where missing.

        Give it back with `check_in` after a successful save; not giving it back forgets it.
        """
        with self._pools_guard:
            pool = self._pools.pop(event_id, None)
        if pool is None:
            pool = self._loaded(event_id)
            if pool is None:
                self._saw(pool_id(event_id), 0)
                return TicketPool.open(by, event_id)
        else:
            for event in self.events.get(pool.id, gt=pool.version):
                cast("Fact", event).mutate(pool)
        self._saw(pool.id, pool.version)
        return pool

    def check_in(self, pool: TicketPool) -> None:
        with self._pools_guard:
            _keep(self._pools, pool, KEPT)

    def commit(self, *aggregates: Aggregate, together: Sequence[Effect] = ()) -> None:
        """Save several aggregates and rows beside them in one transaction; raises RecordConflictError."""
        changed = [aggregate for aggregate in aggregates if aggregate.pending_events]
        if not changed and not together:
            return
        before = {a.id: a.version - len(a.pending_events) for a in changed if isinstance(a, TicketPool)}
        # The library's `save` looks at each aggregate's type by its protocols, which costs more than the rest of it.
        facts = [fact for aggregate in changed for fact in aggregate.collect_events()]
        self.events.put(facts, together=together)
        for pool in changed:
            if isinstance(pool, TicketPool) and before[pool.id] // SNAPSHOT_EVERY != (
                pool.version // SNAPSHOT_EVERY
            ):
                self._snapshot(pool)

    def run(self, by: By, aggregate_ids: Callable[[], Iterable[UUID]], work: Callable[[], R]) -> R | None:
        """Retry `work` (load, decide, commit) until it is saved: a lost race is another try, never an error.

        A race is lost at the save, or before it: who reads several aggregates one by one can read them of different
        moments, and what then looks forbidden or missing may not be. So a refusal counts only where everything that
        was read is still as it was. A conflict may be our own success whose answer was lost: then the command is in
        the log already, and None is returned. Raises what `work` raises, and Conflict after several tries.
        """
        for attempt in range(ATTEMPTS):
            outer, seen = getattr(self._seen, "versions", None), dict[UUID, int]()
            self._seen.versions = seen
            try:
                return work()
            except RecordConflictError:
                if any(self.knows(aggregate_id, by.command_id) for aggregate_id in aggregate_ids()):
                    return None
            except (DomainError, LookupError):
                if not self._moved(seen):
                    raise
            finally:
                self._seen.versions = outer
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.02 * 2**attempt)))
        raise Conflict("Somebody else is changing the same thing. Try again.")

    def recheck(self) -> None:
        """For who refuses some of many, before the save. Raises RecordConflictError where that was by old news."""
        if self._moved(getattr(self._seen, "versions", None) or {}):
            raise RecordConflictError

    def place(self, order: PreOrder) -> Place:
        """Where a paid pre-order stands in the queue, whether it has joined it yet or not. Raises NotFound."""
        if order.confirmed is None:
            raise NotFound(f"Pre-order {order.id} is not paid.", id=str(order.id))
        version, ms = order.confirmed
        position = cast("Recorder", self.recorder).positions([(order.id, version)])[order.id]
        return str(order.id), order.variant_id, position, ms

    def _saw(self, aggregate_id: UUID, version: int) -> None:
        seen: dict[UUID, int] | None = getattr(self._seen, "versions", None)
        if seen is not None:
            seen.setdefault(aggregate_id, version)

    def _moved(self, seen: dict[UUID, int]) -> bool:
        """Whether somebody changed one of those since."""
        now = cast("Recorder", self.recorder).versions(list(seen)) if seen else {}
        return any(now.get(aggregate_id, 0) != version for aggregate_id, version in seen.items())

    def knows(self, aggregate_id: UUID, command_id: str) -> bool:
        """Is this command among the newest events of that aggregate?"""
        newest = self.recorder.select_events(aggregate_id, desc=True, limit=200)
        facts = (self.mapper.to_domain_event(event) for event in newest)
        return any(getattr(fact, "command_id", "") == command_id for fact in facts)

    def _loaded(self, event_id: str) -> TicketPool | None:
        try:
            found = self.repository.get(pool_id(event_id))
        except AggregateNotFoundError:
            return None
        return found if isinstance(found, TicketPool) else None

    def _snapshot(self, pool: TicketPool) -> None:
        if self.snapshots is not None:
            self.snapshots.put([type(pool).Snapshot.take(pool)])


def _keep(pools: OrderedDict[str, TicketPool], pool: TicketPool, most: int) -> None:
    """As the one that was used last; what was not for long makes room."""
    pools[pool.event_id] = pool
    pools.move_to_end(pool.event_id)
    while len(pools) > 1 and sum(map(_weight, pools.values())) > most:
        pools.popitem(last=False)


def _weight(pool: TicketPool) -> int:
    return len(pool.tickets) + len(pool.orders)


def _id(text: str) -> UUID | None:
    """None for what is no id, and so names nothing."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
