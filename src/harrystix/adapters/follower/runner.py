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
from harrystix.projections.base import ReadModel, Recorded
from harrystix.projections.due_work.project import Fold as DueFold
from harrystix.projections.registry import MODELS

log = structlog.get_logger()
LOCK = 7463892
ORDER_KINDS = {"order", "rules", "match"}
FIRST, CHAIN = "due_work", "chain"
TRY_AGAIN = 30.0
# What a fact can do to the one read model that folds it. A lost connection, or other tables, end the process.
INDIGESTIBLE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.errors.ProgramLimitExceeded,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)


class Follower:
    def __init__(self, database_url: str, store: Store, nudge: Nudge) -> None:
        self._url = database_url
        self._store = store
        self._nudge = nudge
        self.stopping = threading.Event()
        # Read model -> when it is tried again (monotonic).
        self._stuck: dict[str, float] = {}

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
                raise models.Outdated(f"Read models of an older version: {names}. Run `harrystix migrate`.")
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
        """Until nothing new is in the log; returns its position.

        A read model that is far behind, because it is new, catches up beside the others: due work never waits for it.
        One that can't digest a fact stands still alone, is said, and is tried again now and then.
        """
        while not self.stopping.is_set():
            positions = {**models.positions(connection), CHAIN: links.end(connection)[0]}
            front = positions[FIRST]
            able = {
                name: at for name, at in positions.items() if time.monotonic() >= self._stuck.get(name, 0)
            }
            near = {name: at for name, at in able.items() if at >= front - tail.BATCH}
            start = min(near.values(), default=front)
            moved = self._step(connection, near, start)
            for name in able.keys() - near.keys():
                moved |= self._step(connection, {name: able[name]}, able[name])
            if not moved:
                return start
        return 0

    def _step(
        self, connection: psycopg.Connection[tuple[object, ...]], positions: dict[str, int], start: int
    ) -> bool:
        """One batch from there for those models; False where there is none."""
        stored = tail.raw(self._store, start)
        if not stored:
            return False
        batch = tail.facts(self._store, stored)
        moved = False
        # Due work first in the registry: mails go out before pages are drawn.
        for name, model in MODELS.items():
            if positions.get(name, batch[-1][0]) < batch[-1][0]:
                moved |= self._advance(connection, model, batch)
        if positions.get(CHAIN, batch[-1][0]) < batch[-1][0]:
            # Last, because nobody waits for it; and from the very bytes that were projected.
            links.extend(connection, stored)
            moved = True
        return moved

    def _advance(
        self, connection: psycopg.Connection[tuple[object, ...]], model: ReadModel, batch: list[Recorded]
    ) -> bool:
        """Whether it went on; False where it stands still because of a fact."""
        try:
            fold = models.advance(connection, model, batch)
        except INDIGESTIBLE as error:
            if len(batch) > 1:
                # Up to the one that it can't digest.
                moved = False
                for recorded in batch:
                    moved |= self._goes(model) and self._advance(connection, model, [recorded])
                return moved
            position, fact = batch[0]
            kind = type(fact).__qualname__
            log.error(
                "follower.stuck", model=model.name, position=position, kind=kind, error=type(error).__name__
            )
            self._stuck[model.name] = time.monotonic() + TRY_AGAIN
            return False
        self._stuck.pop(model.name, None)
        if isinstance(fold, DueFold):
            self._wake(fold)
        return True

    def _goes(self, model: ReadModel) -> bool:
        return model.name not in self._stuck or time.monotonic() >= self._stuck[model.name]

    def _wake(self, fold: DueFold) -> None:
        wanted = {("match", event_id) if kind in ORDER_KINDS else (kind, "") for kind, event_id in fold.wake}
        for kind, subject in wanted:
            self._nudge.send(kind, subject)
