"""Hashing is rationed before it starts: few at once, few in line, and an early word to everybody else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harrystix.adapters.vault.hashing import AT_ONCE, IN_LINE, Rationed
from harrystix.domain.errors import Busy


class Slow:
    """A hasher that takes until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.most, self.under_way = threading.Semaphore(0), 0, 0
        self.end, self._guard = threading.Event(), threading.Lock()

    def hash(self, password: str) -> str:
        with self._guard:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        self.begun.release()
        self.end.wait(10)
        with self._guard:
            self.under_way -= 1
        return password

    def verify(self, password: str, stored: str) -> bool:
        return self.hash(password) == stored


def test_few_are_hashed_at_once_few_wait_and_everybody_else_is_told_at_once() -> None:
    slow = Slow()
    rationed = Rationed(slow)
    with ThreadPoolExecutor(45) as threads:
        asked = [threads.submit(rationed.verify, "word", "word") for _ in range(45)]
        refused = 45 - AT_ONCE - IN_LINE
        while sum(one.done() for one in asked) < refused:
            pass
        assert sum(not one.done() for one in asked) == AT_ONCE + IN_LINE
        slow.end.set()
    outcomes = [one.exception() or one.result() for one in asked]
    assert outcomes.count(True) == AT_ONCE + IN_LINE
    assert slow.most == AT_ONCE
    busy = [one for one in outcomes if isinstance(one, Busy)]
    assert len(busy) == refused
    assert busy[0].facts["after"] > 0


def test_a_hasher_that_fails_gives_its_place_back() -> None:
    class Broken(Slow):
        def hash(self, password: str) -> str:
            raise ValueError(password)

    rationed = Rationed(Broken())
    for _ in range(2 * (AT_ONCE + IN_LINE)):
        with pytest.raises(ValueError, match="word"):
            rationed.hash("word")
