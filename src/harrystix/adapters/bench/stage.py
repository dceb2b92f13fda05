"""A fresh system to measure, and the hands to drive it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import psutil
import psycopg
import requests

from harrystix.adapters.embedded.child import free_port
from harrystix.adapters.embedded.stack import Stack
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.follower.models import ensure_tables
from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.vault.keyring import Keyring
from harrystix.bootstrap import System, build
from harrystix.projections.overview import queries as overview
from harrystix.settings import Settings


class Stage:
    def __init__(self, stack: Stack, system: System, key: str) -> None:
        self.stack, self.system = stack, system
        self._local = threading.local()
        self._key = key
        self.peak_rss = 0

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Idempotency-Key": str(uuid4()),
            **kwargs.pop("headers", {}),
        }
        url = f"{self.stack.settings.address}{path}"
        answer = self._local.session.request(method, url, headers=headers, timeout=120, **kwargs)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def upload(self, content: bytes) -> str:
        headers = {"Content-Type": "text/csv"}
        return str(
            self.call("POST", "/api/admin/tickets/upload", data=content, headers=headers).json()["uploadId"]
        )

    def commit(self, upload_id: str) -> None:
        self.call("POST", f"/api/admin/uploads/{upload_id}/commit")

    def number(self, query: LiteralString, *params: Any) -> int:
        row = self.system.database.one(query, params)
        return int(row[0]) if row else 0

    def totals(self, column: str) -> int:
        return int(getattr(overview.totals(self.system.database), column))

    def mails(self) -> int:
        return int(requests.get(f"{self.stack.sandbox_url}sandbox/count", timeout=30).json()["accepted"])

    def caught_up(self) -> bool:
        return not self.number(
            "SELECT count(*) FROM reporting.positions WHERE position < "
            "(SELECT coalesce(max(notification_id), 0) FROM log.stored_events)"
        )

    def chained(self) -> bool:
        return not self.number(
            "SELECT (SELECT coalesce(max(notification_id), 0) FROM log.stored_events) - "
            "(SELECT coalesce(max(last_position), 0) FROM app.chain)"
        )

    def wait(self, done: Callable[[], bool], seconds: float = 600, pause: float = 0.05) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError("This takes too long; the log of the run says why.")
            time.sleep(pause)

    def watch_memory(self) -> None:
        """Peak resident memory of any one process of ours; shared pages of Postgres are not ours."""

        def look() -> None:
            while self.stack.supervisor and not self.stack.supervisor.stopping.is_set():
                for child in self.stack.supervisor.children:
                    with contextlib.suppress(psutil.Error):
                        rss = psutil.Process(child.pid).memory_info().rss
                        self.peak_rss = max(self.peak_rss, rss)
                time.sleep(0.25)

        threading.Thread(target=look, daemon=True).start()

    def together(self, jobs: list[Callable[[], Any]], threads: int) -> list[Any]:
        with ThreadPoolExecutor(threads) as pool:
            return [future.result() for future in [pool.submit(job) for job in jobs]]


@contextmanager
def stage(
    *, webhook_rate: float = 50, processes: bool = True, begin: Path | None = None, leave: Path | None = None
) -> Generator[Stage]:
    """`leave`: where the folder goes when all has stopped; `begin`: with a copy of such a one instead of nothing."""
    folder = Path(tempfile.mkdtemp(prefix="harrystix-bench-"))
    if begin:
        _copy(begin, folder)
    folder.chmod(0o755)
    os.environ.update(
        HARRYSTIX_DATA_DIR=str(folder),
        HARRYSTIX_PORT=str(free_port()),
        HARRYSTIX_SANDBOX_WEBHOOK_RATE=str(webhook_rate),
        DATABASE_URL="",
        REDIS_URL="",
    )
    stack = Stack(Settings())  # pyright: ignore[reportCallIssue]
    try:
        stack.start_servers()
        migrate(stack.environment["DATABASE_URL"])
        Keyring.create(stack.settings.keys_path)
        with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
            ensure_tables(connection)
        os.environ.update(stack.environment)
        system = build(Settings(), connections=8)  # pyright: ignore[reportCallIssue]
        made = Stage(stack, system, ApiKeys(system.database).create("admin", "bench"))
        if processes:
            start(made)
        try:
            yield made
        finally:
            system.close()
    finally:
        stack.stop()
        if leave:
            leave.mkdir()
            _copy(folder, leave)
        shutil.rmtree(folder, ignore_errors=True)
        for name in (*stack.environment, "HARRYSTIX_PORT"):
            os.environ.pop(name, None)


def _copy(folder: Path, to: Path) -> None:
    """With its owners: the embedded server does not run as root."""
    subprocess.run(["cp", "-a", f"{folder}/.", str(to)], check=True)  # noqa: S603, S607  our own folders


def start(made: Stage, *, reading_only: bool = False) -> None:
    made.stack.start_processes(reading_only=reading_only)
    made.stack.wait_until_ready()
    watcher = made.stack.supervisor
    if watcher:
        threading.Thread(target=watcher.watch, daemon=True).start()
    made.watch_memory()
