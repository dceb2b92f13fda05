"""Parts are forked from one process that has everything; who dies is back, and nobody is left or doubled."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
import requests

from harrystix.adapters.cli import preloaded
from harrystix.adapters.embedded.child import CannotStart, free_port
from harrystix.adapters.embedded.stack import Stack, running, stop_leftovers
from harrystix.adapters.embedded.supervisor import Child, Supervisor
from harrystix.settings import Settings


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts.lock").touch()
    return tmp_path


@pytest.fixture
def supervisor(folder: Path) -> Generator[Supervisor]:
    made = Supervisor(folder / "all.log", folder / "parts.lock")
    watcher = threading.Thread(target=made.watch)
    watcher.start()
    yield made
    made.stop()
    watcher.join()
    assert not any(child.process.is_alive() for child in made.children)


def sandbox(supervisor: Supervisor, folder: Path) -> tuple[Child, str]:
    port = free_port()
    environment = {"HARRYSTIX_SANDBOX_PORT": str(port), "HARRYSTIX_DATA_DIR": str(folder)}
    child = supervisor.add("sandbox", ["sandbox"], environment)
    url = f"http://127.0.0.1:{port}/sandbox/count"
    until(lambda: answers(url))
    return child, url


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def test_every_module_that_is_loaded_ahead_exists() -> None:
    # A fork server says nothing about one that does not, and everything would only be slower.
    assert [name for name in preloaded.PARTS if find_spec(name) is None] == []


def test_a_part_runs_under_its_name_with_its_environment_and_writes_to_the_log(
    supervisor: Supervisor, folder: Path
) -> None:
    child, _ = sandbox(supervisor, folder)
    assert psutil.Process(child.pid).name() == "htx-sandbox"
    supervisor.add("nonsense", ["no-such-command"], {})
    until(lambda: "No such command 'no-such-command'" in (folder / "all.log").read_text())


def test_a_part_that_is_killed_is_started_again(supervisor: Supervisor, folder: Path) -> None:
    child, url = sandbox(supervisor, folder)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: child.pid != first and answers(url))
    assert "sandbox ended with exit code -9" in (folder / "all.log").read_text()


def test_when_the_fork_server_dies_no_part_runs_twice(supervisor: Supervisor, folder: Path) -> None:
    child, url = sandbox(supervisor, folder)
    first = psutil.Process(child.pid)
    os.kill(first.ppid(), signal.SIGKILL)
    until(lambda: child.pid != first.pid and answers(url))
    until(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE)


def test_a_part_that_another_supervisor_left_is_ended_and_strangers_are_not(
    supervisor: Supervisor, folder: Path
) -> None:
    child, _ = sandbox(supervisor, folder)
    supervisor.stopping.set()
    stop_leftovers(folder, folder / "other.lock")
    assert child.process.is_alive()
    stop_leftovers(folder, folder / "parts.lock")
    # The process is gone; that it is comes to us through the fork server, a moment later.
    assert not psutil.pid_exists(child.pid)
    until(lambda: not child.process.is_alive())


def test_commands_find_what_runs_on_a_folder_and_only_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARRYSTIX_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    with pytest.raises(CannotStart, match="Nothing is running"):
        running(tmp_path)
    stack = Stack(Settings())  # pyright: ignore[reportCallIssue]
    stack.start_servers()
    assert running(tmp_path) == stack.environment
    assert (tmp_path / "running.json").stat().st_mode & 0o077 == 0
    stack.stop()
    with pytest.raises(CannotStart, match="Nothing is running"):
        running(tmp_path)
