"""One look at the read models for everybody who follows them in this process, and how many follow."""

import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from starlette.concurrency import run_in_threadpool

from harrystix.adapters.postgres.database import Database
from harrystix.application.handlers.staff import TooOften

# Four looks a second, however many follow.
PAUSE = 0.25
# A browser opens six connections to a site at once; this is for two of them.
EACH = 12


class Pulse:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._value, self._at = "", float("-inf")
        self._following: Counter[str] = Counter()

    async def position(self) -> str:
        """How far the slowest read model has come."""
        return self._value if self._fresh() else await run_in_threadpool(self._look)

    def refuse_more(self, actor: str) -> None:
        """Raises TooOften for who follows as much as one person can."""
        if self._following[actor] >= EACH:
            raise TooOften("You follow too many pages at once. Close some of them.")

    @contextmanager
    def following(self, actor: str) -> Generator[None]:
        self._following[actor] += 1
        try:
            yield
        finally:
            self._following[actor] -= 1
            if not self._following[actor]:
                del self._following[actor]

    def _fresh(self) -> bool:
        return time.monotonic() - self._at < PAUSE

    def _look(self) -> str:
        with self._guard:
            if not self._fresh():
                row = self._database.one("SELECT coalesce(min(position), 0) FROM reporting.positions")
                self._value, self._at = str(row[0] if row else 0), time.monotonic()
            return self._value
