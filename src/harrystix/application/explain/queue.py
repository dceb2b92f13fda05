"""Ranks in the queue of an event, and who waits, as its facts tell it one by one."""

from collections.abc import Iterable

from harrystix.application.verify.fifo import Model
from harrystix.domain import pool_events as pool
from harrystix.domain.base import Fact


class EarlierOne(Exception):
    """Somebody who paid before others that are ranked already: all ranks are to be told anew."""


class Queue:
    """Ranks of everybody who was ever queued, and who waits, by wanted variant."""

    def __init__(self, facts: Iterable[pool.Event] = ()) -> None:
        """`facts`: who is known from the start; others come as they follow."""
        self.rank: dict[str, int] = {}
        self.waiting: dict[str, _Waiting] = {}
        self._last = (0, "")
        self._rank(one for fact in facts if isinstance(fact, pool.OrdersQueued) for one in _places(fact))

    def follow(self, model: Model, fact: Fact) -> None:
        """After the model has. Raises EarlierOne."""
        match fact:
            case pool.OrdersQueued():
                self._rank(one for one in _places(fact) if one[1] not in self.rank)
                for order in fact.order_ids:
                    self._join(order, model.wish[order][1])
            case pool.AssignmentsRevoked():
                for order in fact.order_ids:
                    self._join(order, model.wish[order][1])
            case pool.OrderReturned():
                self._join(fact.order_id, model.wish[fact.order_id][1])
            case pool.OrderRemoved():
                self.leave(fact.order_id, model.wish[fact.order_id][1])
            case _:
                pass

    def before(self, wanted: str, rank: int) -> int:
        """How many who want that wait before a rank; rank 0: how many at all."""
        found = self.waiting.get(wanted)
        return found.before(rank or len(self.rank) + 1) if found else 0

    def leave(self, order_id: str, wanted: str) -> None:
        if wanted in self.waiting:
            self.waiting[wanted].put(self.rank[order_id], False)

    def _join(self, order_id: str, wanted: str) -> None:
        self.waiting.setdefault(wanted, _Waiting(len(self.rank))).put(self.rank[order_id], True)

    def _rank(self, places: Iterable[tuple[int, str]]) -> None:
        for place in sorted(places):
            if place < self._last:
                raise EarlierOne
            self._last = place
            self.rank[place[1]] = len(self.rank) + 1


def _places(fact: pool.OrdersQueued) -> Iterable[tuple[int, str]]:
    return zip(fact.positions, fact.order_ids, strict=True)


class _Waiting:
    """Who waits, by rank; how many wait before one is counted in logarithmic time (a Fenwick tree)."""

    def __init__(self, size: int) -> None:
        self._there = bytearray(size + 1)
        self._sums = [0] * (size + 1)

    def put(self, rank: int, there: bool) -> None:
        if rank >= len(self._there):
            self._grow(2 * rank)
        if self._there[rank] == there:
            return
        self._there[rank] = there
        step = 1 if there else -1
        while rank < len(self._sums):
            self._sums[rank] += step
            rank += rank & -rank

    def before(self, rank: int) -> int:
        found, rank = 0, min(rank, len(self._sums)) - 1
        while rank > 0:
            found += self._sums[rank]
            rank -= rank & -rank
        return found

    def _grow(self, size: int) -> None:
        """Doubled each time, so that everybody is counted anew seldom."""
        self._there.extend(bytes(size + 1 - len(self._there)))
        self._sums = list(self._there)
        for rank in range(1, size + 1):
            above = rank + (rank & -rank)
            if above <= size:
                self._sums[above] += self._sums[rank]
