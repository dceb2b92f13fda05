"""Housekeeping keeps to its share of threads: while erasures wait for a backup, who pays now is served at once."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from dramatiq import Worker

from harrystix.adapters.follower.runner import Follower
from harrystix.adapters.redis.nudge import DramatiqNudge
from harrystix.adapters.worker.actors import register
from harrystix.application.handlers import erasing
from harrystix.application.work import AT_THE_DESK
from harrystix.domain.pre_order_events import Status
from tests.money import announced, get, members, ordered
from tests.world import World

ERASURES, THREADS = 24, 3
# A mail takes a fraction of this; an erasure that holds its thread takes more.
AT_ONCE = 4.0


@contextmanager
def at_work(here: World) -> Generator[None]:
    """With a follower and the threads of one worker process, as it is shipped."""
    url = here.system.settings.database_url
    nudge = DramatiqNudge(here.system.broker)
    object.__setattr__(here.context, "nudge", nudge)
    follower = Follower(url, here.system.store, nudge)
    following = threading.Thread(target=follower.run)
    register(here.system.broker, here.context)
    worker = Worker(here.system.broker, worker_threads=THREADS, worker_timeout=100)
    following.start()
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=10_000)
        follower.stopping.set()
        following.join(10)


def until(here: World, query: str, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while here.system.database.one(query) != (True,):  # type: ignore[arg-type]
        assert time.monotonic() - began < seconds, query
    return time.monotonic() - began


def test_while_a_backup_holds_erasures_up_who_pays_gets_ticket_and_mail_at_once(here: World) -> None:
    ids = ordered(here, announced(here, code="GONE"), ERASURES)
    night = here.event()
    due = "FROM reporting.due_work WHERE kind = 'erase'"
    with psycopg.connect(here.system.settings.database_url) as backup, at_work(here):
        backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        backup.execute("SELECT count(*) FROM vault.members")
        for person in members(here, ERASURES):
            erasing.order(here.context, here.context.by("staff:kim"), person, origin="desk")
        for _ in range(ERASURES):
            here.context.nudge.send("erase", "")
        until(here, "SELECT count(*) > 2 FROM app.erasures", 20)
        here.paid(night, 3, prefix="new")
        here.committed(here.file(night, 3))
        until(here, "SELECT count(*) = 3 FROM app.mail_ledger WHERE state = 'accepted'", AT_ONCE)
        assert here.system.database.one(f"SELECT count(*) {due}") == (ERASURES,), "none has ended so far"
        # What waited comes to its end by itself, once the backup has.
        backup.rollback()
        deadline = time.monotonic() + 60
        while here.system.database.one(f"SELECT count(*) {due}") != (0,):
            here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
            here.context.nudge.send("erase", "")
            assert time.monotonic() < deadline
    assert {get(here, order_id).status for order_id in ids} == {Status.ERASED}


def test_all_kinds_at_the_desk_together_leave_a_thread_free(here: World) -> None:
    waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with at_work(here), psycopg.connect(here.system.settings.database_url) as holder:
        # Whatever claims work stands here.
        holder.execute("LOCK TABLE app.failed_work IN ACCESS EXCLUSIVE MODE")
        for kind in ("erase", "refunds", "approved", "bulk", "end_payment"):
            for _ in range(4):
                here.context.nudge.send(kind, "")
        until(here, f"SELECT count(*) = {AT_THE_DESK} {waiting}", 10)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            assert here.system.database.one(f"SELECT count(*) <= {AT_THE_DESK} {waiting}") == (True,)  # type: ignore[arg-type]
        holder.rollback()
