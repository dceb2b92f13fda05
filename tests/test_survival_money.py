"""What money must survive: real processes, killed at named points and at random ones, and a Stripe that forgets."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from harrystix.adapters.bench import data
from harrystix.adapters.bench.seeding import CARD_EXPIRES, cards_at_stripe
from harrystix.adapters.bench.stage import Stage, stage, start
from harrystix.adapters.verify.run import verify
from tests.test_survival import pids

COUNT = 400
CAPTURE = ("cap.after_requested", "cap.after_pi_create", "cap.after_link", "cap.after_confirm_before_record")
REFUND = "ref.after_api_before_record"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Leases and sweeps of seconds, no pace; and what else the case asks for."""

    def choose(**more: str) -> None:
        chosen = {
            "PAYMENT_LEASE": "4",
            "SWEEP_SECONDS": "1",
            "CAPTURE_RATE": "0",
            "CAPTURE_REST": "3",
            "STRIPE_TIMEOUT": "3",
            "SANDBOX_STRIPE_LIMIT": "0",
            "CRASH_AT": "",
            # Not lately: the run of an hour that has just passed would be made up for, whatever day it is.
            "SCHEDULE_WEEKDAY": str((datetime.now(UTC).weekday() + 3) % 7),
            **more,
        }
        for name, value in chosen.items():
            monkeypatch.setenv(f"HARRYSTIX_{name}", value)

    return choose


def at(moment: datetime) -> dict[str, str]:
    """The weekly schedule, so that this is its moment."""
    return {
        "SCHEDULE_WEEKDAY": str(moment.weekday()),
        "SCHEDULE_TIME": moment.strftime("%H:%M:%S"),
        "SCHEDULE_ZONE": "UTC",
    }


@contextmanager
def ready(count: int = COUNT) -> Generator[Stage]:
    """Pre-orders with cards, placed some time ago, and nothing running yet."""
    with stage(processes=False, webhook_rate=20) as made:
        event = data.announce(made.system, 1)
        ago = timedelta(minutes=30)
        data.load_orders(made.system, event, count, paid=False, cards=CARD_EXPIRES, ago=ago)
        cards_at_stripe(made)
        yield made


def stripe_fault(made: Stage, **faults: Any) -> None:
    requests.put(f"{made.stack.stripe_url}sandbox/faults", json=faults, timeout=5).raise_for_status()


def everybody_paid_once(made: Stage, count: int = COUNT, runs: int = 1) -> None:
    """Each charged exactly once, whatever broke; one run; all invariants hold, Stripe's own books included."""
    told = "SELECT count(*) FROM reporting.payments WHERE state = 'confirmed'"
    made.wait(lambda: made.number(told) >= count, 90, 0.2)
    quiet = (
        "SELECT (SELECT count(*) FROM app.inbox WHERE state = 'pending') + (SELECT count(*) FROM reporting.due_work "
        "WHERE kind NOT IN ('complete'))"
    )
    url = f"{made.stack.stripe_url}sandbox/count"
    made.wait(
        lambda: (
            made.number(quiet) == 0
            and made.caught_up()
            and requests.get(url, timeout=5).json()["undelivered"] == 0
        ),
        60,
        0.3,
    )
    assert requests.get(url, timeout=5).json()["charges"] == count
    assert made.number("SELECT count(*) FROM reporting.capture_runs") == runs
    assert made.number("SELECT count(*) FROM reporting.capture_attempts WHERE state <> 'succeeded'") == 0
    calm = dict.fromkeys(("drop_after", "drop_before", "error_after", "error_before", "rate_limit"), 0)
    stripe_fault(made, requests=calm)
    found = verify(made.system.store, made.system.database, payments=made.system.context.payments)
    assert [line for result in found for line in result.broken] == []


def reached(made: Stage, *points: str) -> None:
    marks = {path.name.removeprefix("crashed-") for path in Path(made.stack.folder).glob("crashed-*")}
    assert marks == set(points), "a point that nobody reached proves nothing"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_five_schedulers_and_workers_that_die_at_every_point_with_keys_forgotten_charge_everybody_once(
    quick: Callable[..., None],
) -> None:
    quick(**at(datetime.now(UTC) + timedelta(seconds=20)), CRASH_AT=",".join(CAPTURE))
    with ready() as made:
        start(made)
        supervisor = made.stack.supervisor
        assert supervisor is not None
        for number in range(4):
            supervisor.add(f"scheduler-{number}", ["scheduler"], made.stack.environment)
        stripe_fault(made, forgetful=True)
        everybody_paid_once(made)
        reached(made, *CAPTURE)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_system_that_was_down_at_the_hour_runs_late_once_through_a_storm(
    quick: Callable[..., None],
) -> None:
    quick(**at(datetime.now(UTC) - timedelta(minutes=20)))
    with ready() as made:
        start(made)
        storm = {"drop_after": 30, "drop_before": 20, "error_after": 30, "error_before": 20, "rate_limit": 60}
        stripe_fault(made, requests=storm, webhooks={"double": 1, "shuffle": 0.5})
        everybody_paid_once(made)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kill_9_of_everything_in_the_middle_of_a_run_charges_everybody_once(
    quick: Callable[..., None],
) -> None:
    quick()
    with ready() as made:
        start(made)
        made.call("POST", "/api/admin/capture/runs")
        url = f"{made.stack.stripe_url}sandbox/count"
        for share, name in ((10, "worker"), (4, "stripe"), (3, "follower"), (2, "web")):
            made.wait(
                lambda share=share: requests.get(url, timeout=5).json()["charges"] > COUNT // share, 60, 0.01
            )
            for pid in pids(made, name):
                os.kill(pid, signal.SIGKILL)
            made.wait(lambda: _answers(url), 30, 0.05)
        everybody_paid_once(made)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_worker_that_dies_after_a_refund_gives_nobody_back_twice(quick: Callable[..., None]) -> None:
    quick(CRASH_AT=REFUND)
    with ready(120) as made:
        start(made)
        stripe_fault(made, forgetful=True)
        made.call("POST", "/api/admin/capture/runs")
        everybody_paid_once(made, 120)
        from harrystix.application.processes import bulk_refunds

        context = made.system.context
        event_id = str(made.system.database.all("SELECT id FROM reporting.events")[0][0])
        made.wait(lambda: len(bulk_refunds.plan(context, event_id, "all")) == 120, 30, 0.2)
        by = context.by("staff:support", "bulk")
        amount = 120 * data.PRICE
        bulk_refunds.order(
            context,
            by,
            event_id,
            scope="all",
            reason="cancelled night",
            orders=120,
            amount=amount,
            fingerprint=bulk_refunds.fingerprint(bulk_refunds.plan(context, event_id, "all")),
        )
        done = "SELECT count(*) FROM reporting.refunds WHERE state = 'succeeded'"
        made.wait(lambda: made.number(done) == 120, 90, 0.2)
        reached(made, REFUND)
        everybody_paid_once(made, 120)
        assert made.number("SELECT sum(amount_minor) FROM reporting.refunds") == amount
