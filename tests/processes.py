"""`harrystix up` as a person starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from harrystix.adapters.embedded.child import free_port


class Up:
    def __init__(self, folder: Path, port: int | None = None, more: dict[str, str] | None = None) -> None:
        self.port = port or free_port()
        self._out = folder.parent / f"up-{self.port}-{time.monotonic_ns()}.out"
        self._err = self._out.with_suffix(".err")
        self.environment = {
            **os.environ,
            "HARRYSTIX_DATA_DIR": str(folder),
            "HARRYSTIX_PORT": str(self.port),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            **(more or {}),
        }
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "harrystix", "up"], env=self.environment, stdout=out, stderr=err
            )

    def started(self, seconds: float = 60) -> str:
        """What it prints once it is ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if "Ctrl-C stops everything" in self._out.read_text():
                return self._out.read_text()
            time.sleep(0.05)
        raise AssertionError(f"up did not start: {self.errors()}")

    def errors(self) -> str:
        return self._err.read_text()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0
