"""Starts child processes, restarts the ones that die, stops them all; one log for everything."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from harrystix.adapters.embedded.child import CannotStart, stop


@dataclass
class Child:
    name: str
    command: list[str]
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    failures: int = 0
    started: float = field(default=0.0)


class Supervisor:
    """Children run in sessions of their own: Ctrl-C reaches us alone, and we end them in order."""

    def __init__(self, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("ab", buffering=0)
        self.children: list[Child] = []
        self.stopping = threading.Event()

    def add(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        child = Child(name, [sys.executable, "-m", "harrystix", *command], environment)
        self.children.append(child)
        self._start(child)
        return child

    def watch(self) -> None:
        """Until `stopping`: a dead child is started again, more and more slowly if it keeps dying."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                if child.process is None or child.process.poll() is None:
                    continue
                code = child.process.returncode
                child.failures = 0 if time.monotonic() - child.started > 30 else child.failures + 1
                pause = min(10.0, 0.25 * 2**child.failures)
                self.say(f"{child.name} ended with exit code {code}; starting it again in {pause:.1f} s.")
                if self.stopping.wait(pause):
                    return
                self._start(child)

    def stop(self) -> None:
        self.stopping.set()
        for child in reversed(self.children):
            if child.process and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in reversed(self.children):
            if child.process:
                stop(child.process, signal.SIGTERM, patience=12)
        self._log.close()

    def say(self, text: str) -> None:
        self._log.write(f"{text}\n".encode())
        sys.stderr.write(f"{text}\n")

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        try:
            child.process = subprocess.Popen(  # noqa: S603  our own program
                child.command,
                env={**os.environ, **child.environment},
                stdout=self._log,
                stderr=self._log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"{child.name} can't be started: {error}.") from None
