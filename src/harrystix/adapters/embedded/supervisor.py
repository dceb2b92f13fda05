"""Starts child processes, restarts the ones that die, stops them all; one log for everything.

They are forked from one process that has loaded everything (see `adapters/cli/preloaded.py`): a part that died is
back within a blink, and eight parts cost the loading of one.
"""

import contextlib
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = "harrystix.adapters.cli.preloaded"
# What a child of a fork server seems to end with when the server itself has gone.
SERVER_LOST = 255


@dataclass
class Child:
    name: str
    command: list[str]
    environment: dict[str, str]
    process: ForkServerProcess
    listening: socket.socket | None = None
    failures: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def stop(self, patience: float) -> None:
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(5)


def prepare() -> None:
    """Begin to load what children need, while the caller does something else."""
    # Read when a process begins. Each thread of a web under load would keep an arena of freed memory of its own.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    multiprocessing.set_forkserver_preload([PRELOADED])
    forkserver.ensure_running()


class Supervisor:
    """Children run in sessions of their own: Ctrl-C reaches us alone, and we end them in order.

    `held` is a file that each child keeps open, so that the next supervisor can tell who is left.
    """

    def __init__(self, log: Path, held: Path) -> None:
        prepare()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_path, self._held = log, held
        self._log = log.open("ab", buffering=0)
        self.children: list[Child] = []
        self.stopping = threading.Event()

    def add(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        listening: socket.socket | None = None,
    ) -> Child:
        """`listening`: a socket that several children share; it stays open when one of them dies."""
        child = Child(
            name, command, environment, self._start(name, command, environment, listening), listening
        )
        self.children.append(child)
        return child

    def watch(self) -> None:
        """Until `stopping`: a dead child is started again, more and more slowly if it keeps dying."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                if child.process.is_alive():
                    continue
                code = child.process.exitcode
                if code == SERVER_LOST:
                    # It may live without our knowledge; two of a kind must not.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGKILL)
                child.failures = 0 if time.monotonic() - child.started > 30 else child.failures + 1
                pause = min(10.0, 0.25 * 2**child.failures)
                self.say(f"{child.name} ended with exit code {code}; starting it again in {pause:.1f} s.")
                if self.stopping.wait(pause):
                    return
                child.process = self._start(child.name, child.command, child.environment, child.listening)
                child.started = time.monotonic()

    def stop(self) -> None:
        self.stopping.set()
        for child in reversed(self.children):
            child.process.terminate()
        for child in reversed(self.children):
            child.stop(patience=12)
        self._log.close()

    def say(self, text: str) -> None:
        self._log.write(f"{text}\n".encode())
        sys.stderr.write(f"{text}\n")

    def _start(
        self, name: str, command: list[str], environment: dict[str, str], listening: socket.socket | None
    ) -> ForkServerProcess:
        process = multiprocessing.get_context("forkserver").Process(
            target=become,
            args=(command, {**os.environ, **environment}, self._log_path, self._held, listening),
            name=name,
            daemon=True,
        )
        process.start()
        return process


def become(
    command: list[str],
    environment: dict[str, str],
    log: Path,
    held: Path,
    listening: socket.socket | None = None,
) -> None:
    """In the child: a process as if `harrystix command` had been started with this environment and log."""
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.set_inheritable(os.open(held, os.O_RDONLY), False)
    os.environ.clear()
    os.environ.update(environment)
    if listening:
        os.environ["HARRYSTIX_LISTEN_FD"] = str(listening.detach())
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"htx-{command[0]}")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["harrystix", *command]
    runpy.run_module("harrystix", run_name="__main__", alter_sys=False)


def _end_with_parent() -> None:
    """A supervisor that was killed leaves nobody behind who would go on without being watched."""
    parent = multiprocessing.parent_process()
    if parent:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
