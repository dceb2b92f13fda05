"""The follower process: reads the log in batches, feeds the read models, wakes the workers.

A second follower stands by behind an advisory lock. Whatever goes wrong ends the process loudly; the
supervisor starts it again, and it goes on where its positions say.
"""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog

from harrystix.adapters.chain import links
from harrystix.adapters.follower import models, tail
from harrystix.application.ports import Nudge
from harrystix.application.store import Store
from harrystix.projections.due_work.project import Fold as DueFold
from harrystix.projections.registry import MODELS

log = structlog.get_logger()
LOCK = 7463892
ORDER_KINDS = {"order", "rules", "match"}


class Outdated(Exception):
    """The tables are not those of this code."""


class Follower:
    def __init__(self, database_url: str, store: Store, nudge: Nudge) -> None:
        self._url = database_url
        self._store = store
        self._nudge = nudge
        self.stopping = threading.Event()

    def run(self, beat: Callable[[int], None] = lambda _: None) -> None:
        """Until `stopping`; raises what stops it otherwise."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("LISTEN stored_events")
            # A batch touches a thousand rows by key; left alone the planner reads whole tables for that.
            connection.execute("SET enable_hashjoin = off")
            connection.execute("SET enable_mergejoin = off")
            if not self._become_active(connection):
                return
            models.ensure_tables(connection)
            if old := models.outdated(connection):
                names = ", ".join(model.name for model in old)
                raise Outdated(f"Read models of an older version: {names}. Run `harrystix migrate`.")
            log.info("follower.active", positions=models.positions(connection))
            while not self.stopping.is_set():
                head = self.catch_up(connection)
                beat(head)
                # Wake on the append, and look now and then even without a word.
                for _ in connection.notifies(timeout=1.0, stop_after=1):
                    pass

    def _become_active(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        waited = False
        while not self.stopping.is_set():
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
            if row and row[0]:
                return True
            if not waited:
                log.info("follower.standing_by")
                waited = True
            time.sleep(0.5)
        return False

    def catch_up(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        """Until nothing new is in the log; returns its position."""
        while not self.stopping.is_set():
            positions = models.positions(connection)
            start = min(*positions.values(), links.end(connection)[0])
            stored = tail.raw(self._store, start)
            if not stored:
                return start
            batch = tail.facts(self._store, stored)
            # Due work first in the registry: mails go out before pages are drawn.
            for name, model in MODELS.items():
                if positions[name] < batch[-1][0]:
                    fold = models.advance(connection, model, batch)
                    if isinstance(fold, DueFold):
                        self._wake(fold)
            # Last, because nobody waits for it; and from the very bytes that were projected.
            links.extend(connection, stored)
        return 0

    def _wake(self, fold: DueFold) -> None:
        wanted = {("match", event_id) if kind in ORDER_KINDS else (kind, "") for kind, event_id in fold.wake}
        for kind, subject in wanted:
            self._nudge.send(kind, subject)
