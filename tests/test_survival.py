"""What it must survive: real processes, killed, stopped and cut off in the middle of a run of thousands."""

import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest
import redis

from harrystix.adapters.bench import data
from harrystix.adapters.bench.stage import Stage, stage
from harrystix.adapters.verify.run import verify
from harrystix.domain.ticketed_event import TicketedEvent

ROWS = 5_000
HEALED = 60
# Where nobody looks at the demo, none is made.
QUIET = {"HARRYSTIX_DEMO": "false"}


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TicketedEvent]:
    """The folder of a house in which ROWS wait for tickets, at rest, and the event; each test begins with a copy."""
    folder = tmp_path_factory.mktemp("waiting") / "data"
    with stage(webhook_rate=20, leave=folder) as made:
        event = data.announce(made.system, 1)
        data.load_orders(made.system, event, ROWS)
        told = "SELECT count(*) FROM reporting.pre_orders WHERE status = 'waiting_for_stock'"
        made.wait(lambda: made.number(told) >= ROWS, 60)
        made.wait(made.caught_up, 60)
    return folder, event


@pytest.fixture
def running(waiting: tuple[Path, TicketedEvent], monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    monkeypatch.setenv("HARRYSTIX_POSTMARK_TIMEOUT", "3")
    monkeypatch.setenv("HARRYSTIX_SWEEP_SECONDS", "5")
    # Shorter than in a house, so that each fault outlasts them within a test's patience.
    monkeypatch.setenv("HARRYSTIX_MAIL_LEASE", "8")
    monkeypatch.setenv("HARRYSTIX_LOCK_SECONDS", "6")
    folder, event = waiting
    with stage(webhook_rate=20, begin=folder) as made:
        upload = made.upload(data.tickets(event, ROWS))
        made.commit(upload)
        made.wait(lambda: made.totals("assigned") >= ROWS // 10, 30, 0.01)
        yield made


def pids(made: Stage, name: str) -> list[int]:
    children = made.stack.supervisor.children if made.stack.supervisor else []
    return [child.pid for child in children if child.name.startswith(name)]


def everybody_is_served(made: Stage) -> None:
    """Within 60 s of the last fault; then every invariant holds, and no intent was mailed twice."""
    made.wait(lambda: made.totals("mailed") >= ROWS and made.caught_up(), HEALED, 0.2)
    repeated = made.number("SELECT coalesce(sum(unknown_outcomes), 0) FROM app.mail_ledger")
    assert ROWS <= made.mails() <= ROWS + repeated
    made.wait(
        lambda: not made.number("SELECT count(*) FROM reporting.due_work WHERE kind <> 'complete'"), 30, 0.2
    )
    if made.stack.supervisor:
        made.stack.supervisor.stop()
    broken = [line for result in verify(made.system.store, made.system.database) for line in result.broken]
    assert broken == []


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", ["web", "worker", "follower", "scheduler", "sandbox"])
def test_kill_9_in_the_middle_of_a_run_loses_nobody(running: Stage, name: str) -> None:
    killed = pids(running, name)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    everybody_is_served(running)
    assert set(pids(running, name)).isdisjoint(killed) or running.stack.supervisor is None


def flush(made: Stage) -> None:
    redis.Redis.from_url(made.stack.environment["REDIS_URL"]).flushall()  # pyright: ignore


def restart_postgres(made: Stage) -> None:
    made.stack.postgres.restart()


def mail_times_out_after_acceptance(made: Stage) -> None:
    import requests

    faults = {"timeout_after": 2, "timeout_seconds": 4}
    requests.put(f"{made.stack.sandbox_url}sandbox/faults", json=faults, timeout=5).raise_for_status()


def worker_stands_still_for_20_s(made: Stage) -> None:
    """Longer than lock, lease and message live: whoever wakes up finds that others have done its work."""
    pid = pids(made, "worker")[0]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(20)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "fault", [flush, restart_postgres, mail_times_out_after_acceptance, worker_stands_still_for_20_s]
)
def test_a_fault_in_the_middle_of_a_run_loses_nobody(running: Stage, fault: Callable[[Stage], None]) -> None:
    fault(running)
    everybody_is_served(running)


def until_gone(family: list[psutil.Process]) -> None:
    deadline = time.monotonic() + 10
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_up_stops_without_a_process_left_and_starts_again_on_its_data(tmp_path: Path) -> None:
    from tests.processes import Up

    folder = tmp_path / "data"
    tmp_path.chmod(0o755)
    for _ in range(2):
        up = Up(folder)
        assert "Demo API key: htx_" in up.started()
        family = psutil.Process(up.process.pid).children(recursive=True)
        assert len(family) >= 8
        up.stop()
        # The server that forks ends when it sees that we have, a moment later.
        until_gone(family)


@pytest.mark.slow
def test_what_a_killed_up_left_behind_is_cleared_at_the_next_start(tmp_path: Path) -> None:
    from tests.processes import Up

    tmp_path.chmod(0o755)
    first = Up(tmp_path / "data", more=QUIET)
    first.started()
    family = psutil.Process(first.process.pid).children(recursive=True)
    first.process.kill()
    first.process.wait()
    second = Up(tmp_path / "data", more=QUIET)
    assert "is at http" in second.started()
    until_gone(family)
    second.stop()


@pytest.mark.slow
def test_a_second_up_and_a_port_in_use_are_said_clearly(tmp_path: Path) -> None:
    from tests.processes import Up

    tmp_path.chmod(0o755)
    first = Up(tmp_path / "data", more=QUIET)
    first.started()
    same_folder = Up(tmp_path / "data")
    assert (same_folder.process.wait(20), "Another `harrystix up`" in same_folder.errors()) == (2, True)
    same_port = Up(tmp_path / "other", port=first.port)
    assert (same_port.process.wait(20), f"Port {first.port} is in use" in same_port.errors()) == (2, True)
    first.stop()
