"""All parts of `up`: embedded servers, sandbox, web, workers, follower, scheduler, with their settings."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import time
from pathlib import Path
from typing import IO

import psutil
import psycopg
import requests

from harrystix.adapters.embedded.child import CannotStart, free_port
from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.embedded.supervisor import Supervisor, prepare
from harrystix.adapters.embedded.valkey import Valkey
from harrystix.adapters.eventstore.roles import APP, FOLLOWER, login
from harrystix.settings import Settings

LOCK, RUNNING = "up.lock", "running.json"
LOGINS = {"harrystix_web": APP, "harrystix_following": FOLLOWER}


class Stack:
    """`environment` is what a process of ours needs to join. Embedded parts only where no URL is given."""

    def __init__(self, settings: Settings, *, fsync: bool = True) -> None:
        self.settings = settings
        self.folder = settings.data_dir.absolute()
        self.postgres = Postgres(self.folder / "postgres", fsync=fsync)
        self.valkey = Valkey(self.folder / "valkey")
        self.supervisor: Supervisor | None = None
        self.environment: dict[str, str] = {}
        self.sandbox_url = self.stripe_url = ""
        self._lock: IO[str] | None = None
        self._listening: socket.socket | None = None
        self._parts = self.folder / "parts.lock"

    def start_servers(self) -> None:
        """Raises CannotStart."""
        prepare()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_folder()
        if not self.settings.database_url:
            self.postgres.start()
        if not self.settings.redis_url:
            self.valkey.start()
        self.environment = self._environment()
        note_running(self.folder, self.environment)

    def as_settings(self) -> dict[str, object]:
        """What of the environment differs from the settings it was made from."""
        found: dict[str, object] = {
            "database_url": self.environment["DATABASE_URL"],
            "redis_url": self.environment["REDIS_URL"],
        }
        return found

    def start_processes(self, *, reading_only: bool = False) -> None:
        """Raises CannotStart, for a web port in use before anything else is started.

        `reading_only`: web and follower, nothing that would change anything.
        """
        listening = self._listen()
        supervisor = self.supervisor = Supervisor(self.folder / "harrystix.log", self._parts)
        if self.sandbox_url:
            supervisor.add("sandbox", ["sandbox"], self.environment)
        if self.stripe_url:
            supervisor.add("stripe", ["sandbox-stripe"], self.environment)
        ours, following = self._limited()
        for number in range(self.settings.webs):
            supervisor.add(f"web-{number + 1}", ["web"], ours, listening)
        supervisor.add("follower", ["follower"], following)
        if reading_only:
            return
        for number in range(self.settings.workers):
            supervisor.add(f"worker-{number + 1}", ["worker"], ours)
        supervisor.add("scheduler", ["scheduler"], ours)

    def _listen(self) -> socket.socket:
        """One for all web processes, ours: who comes while one of them starts again waits a moment, and no more."""
        self._listening = socket.socket(socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listening.bind((self.settings.host, self.settings.port))
        except OSError:
            raise CannotStart(
                f"Port {self.settings.port} is in use. Stop what uses it, or set HARRYSTIX_PORT to another one."
            ) from None
        self._listening.listen(1024)
        return self._listening

    def _limited(self) -> tuple[dict[str, str], dict[str, str]]:
        """Environments for our processes and for the follower: in our own server, no more than their roles allow."""
        if self.settings.database_url:
            return self.environment, self.environment
        made: list[dict[str, str]] = []
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            for name, role in LOGINS.items():
                password = secrets.token_urlsafe(24)
                login(connection, name, password, role)
                made.append(self.environment | {"DATABASE_URL": self.postgres.url_of(name, password)})
        return made[0], made[1]

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Raises CannotStart where the web server does not become ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.settings.address}/readyz", timeout=2).ok:
                    return
            time.sleep(0.05)
        raise CannotStart(
            f"The web server did not become ready; its words are in {self.folder}/harrystix.log."
        )

    def stop(self) -> None:
        if self.supervisor:
            self.supervisor.stop()
        if self._listening:
            self._listening.close()
        self.valkey.stop()
        self.postgres.stop()
        if self._lock:
            self._lock.close()

    def _take_folder(self) -> None:
        """One `up` per folder. What a crashed one left running is stopped; nothing else is."""
        self._lock = (self.folder / LOCK).open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"Another `harrystix up` is running on {self.folder}. Stop it first.") from None
        self._parts.touch()
        stop_leftovers(self.folder, self._parts)

    def _environment(self) -> dict[str, str]:
        made = _secrets(self.folder / "secrets.env")
        found = {
            "DATABASE_URL": self.settings.database_url or self.postgres.url,
            "REDIS_URL": self.settings.redis_url or self.valkey.url,
            "HARRYSTIX_DATA_DIR": str(self.folder),
            "HARRYSTIX_HOST": self.settings.host,
            "HARRYSTIX_PORT": str(self.settings.port),
            "HARRYSTIX_POSTMARK_WEBHOOK_PASSWORD": self.settings.postmark_webhook_password.get_secret_value()
            or made["postmark_webhook_password"],
            "HARRYSTIX_STRIPE_WEBHOOK_SECRETS": self.settings.stripe_webhook_secrets.get_secret_value()
            or made["stripe_webhook_secret"],
        }
        if not self.settings.postmark_token.get_secret_value():
            port = self.settings.sandbox_port or free_port()
            self.sandbox_url = f"http://127.0.0.1:{port}/"
            found |= {
                "HARRYSTIX_SANDBOX_PORT": str(port),
                "HARRYSTIX_POSTMARK_URL": self.sandbox_url,
                "HARRYSTIX_POSTMARK_TOKEN": made["postmark_token"],
                "HARRYSTIX_POSTMARK_ACCOUNT_TOKEN": made["postmark_token"],
            }
        if not self.settings.stripe_key.get_secret_value():
            port = self.settings.sandbox_stripe_port or free_port()
            self.stripe_url = f"http://127.0.0.1:{port}/"
            found |= {
                "HARRYSTIX_SANDBOX_STRIPE_PORT": str(port),
                "HARRYSTIX_STRIPE_URL": self.stripe_url,
                "HARRYSTIX_STRIPE_KEY": f"sk_test_{made['stripe_webhook_secret']}",
            }
        return found


def _secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        names = ("postmark_webhook_password", "stripe_webhook_secret", "postmark_token")
        lines = [f"{name}={secrets.token_urlsafe(24)}" for name in names]
        path.touch(mode=0o600)
        path.write_text("\n".join(lines))
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def note_running(folder: Path, environment: dict[str, str]) -> None:
    """For commands that want to join what runs on this folder; only its owner may read it."""
    path = folder / RUNNING
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment))


def running(folder: Path) -> dict[str, str]:
    """The environment of the `up` that runs on `folder`. Raises CannotStart where none does."""
    try:
        with (folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((folder / RUNNING).read_text())
    except OSError:
        pass
    raise CannotStart("Nothing is running: start `harrystix up`, or set DATABASE_URL and REDIS_URL.")


def stop_leftovers(folder: Path, held: Path) -> None:
    """End what a killed `up` left behind: servers and parts that work on this very folder, and nothing else."""
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid():
                continue
            orphan = process.ppid() == 1
            server = (
                orphan
                and "postgres" in process.name()
                and str(folder / "postgres" / "data") in process.cmdline()
            )
            cache = orphan and "valkey" in process.name() and process.cwd() == str(folder / "valkey")
            ours = any(file.path == str(held) for file in process.open_files())
            if server or cache or ours:
                process.send_signal(signal.SIGINT if server else signal.SIGTERM)
                with contextlib.suppress(psutil.TimeoutExpired):
                    process.wait(15)
                    continue
                process.kill()
                process.wait(5)
        except psutil.Error:
            continue
