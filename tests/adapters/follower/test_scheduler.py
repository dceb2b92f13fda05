"""The scheduler's tasks fail each by itself: the others have their turn; what failed is told and comes again."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from eventsourcing.persistence import RecordConflictError
from psycopg.errors import QueryCanceled

from harrystix.adapters.follower.scheduler import Times, run
from harrystix.adapters.postgres.books import Books
from harrystix.adapters.vault.keyring import VaultError
from harrystix.domain.capture_run import CaptureRun
from tests.application.processes.test_forgetting import at
from tests.world import World

TIMES = Times(0.01, timedelta(hours=24), timedelta(minutes=60), timedelta(minutes=15))
# 1 December 2026 is a Tuesday.
TUESDAY = datetime(2026, 12, 1, 19, 1, tzinfo=ZoneInfo("Europe/London"))


def one_round(here: World, *also: Callable[[], object]) -> None:
    stopping = threading.Event()
    run(here.context, Books(here.system.database), stopping, TIMES, [*also, stopping.set])


def told(here: World) -> dict[str, str]:
    """Task -> what it failed of."""
    rows = here.system.database.all("SELECT subject, code FROM app.failed_work WHERE kind = 'schedule'")
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(
    "error", [VaultError("x"), QueryCanceled("x"), RecordConflictError("x"), ZeroDivisionError("x")], ids=repr
)
def test_whatever_one_task_fails_of_the_later_ones_have_their_turn(here: World, error: Exception) -> None:
    done: list[str] = []
    broken = [True]

    def seal() -> None:
        if broken:
            raise error
        done.append("seal")

    one_round(here, seal, lambda: done.append("later"))
    assert done == ["later"]
    assert told(here) == {"seal": type(error).__name__}
    one_round(here, seal)
    row = here.system.database.one("SELECT tries FROM app.failed_work WHERE subject = 'seal'")
    assert row == (2,), "counted each time"
    broken.clear()
    one_round(here, seal)
    assert done == ["later", "seal"] and told(here) == {}


def test_the_weekly_capture_is_started_where_sweep_and_completion_fail(here: World) -> None:
    at(here, TUESDAY)
    database = here.system.database
    database.execute("ALTER TABLE reporting.due_work RENAME TO elsewhere")
    one_round(here)
    run_id = CaptureRun.id_of(here.context.schedule.name, TUESDAY.date())
    assert run_id in here.system.store.repository
    assert {name: told(here).get(name) for name in ("sweep", "complete")} == {
        "sweep": "UndefinedTable",
        "complete": "UndefinedTable",
    }
    assert "capture_run" not in told(here)
    database.execute("ALTER TABLE reporting.elsewhere RENAME TO due_work")
    one_round(here)
    assert told(here) == {}


def test_what_keeps_failing_is_shown_to_a_person_and_is_still_tried(here: World) -> None:
    tries: list[int] = []

    def anchor() -> None:
        tries.append(1)
        raise VaultError("x")

    for _ in range(9):
        one_round(here, anchor)
    assert len(tries) == 9
    (parked,) = here.context.failures.parked(10)
    assert (parked.kind, parked.subject, parked.code) == ("schedule", "anchor", "VaultError")
