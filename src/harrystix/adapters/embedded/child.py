"""What the embedded servers share: free ports, dropped rights, waiting for an answer."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil


class CannotStart(Exception):
    """A part of `up` does not start; the message says which, why, and what to do."""


def free_port() -> int:
    """Below those that the system gives to whoever connects somewhere: one of these may be taken a moment later."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise CannotStart("No port between 20000 and 32000 is free on this machine.")


def unprivileged(data: Path, binary: Path) -> list[str]:
    """Postgres refuses root. The words to put before its command, so that it runs as somebody else.

    As nobody where nobody can reach both paths; else as root that looks like somebody else to Postgres (a
    user namespace). No user is added, and no permission outside `data` is touched. Raises CannotStart.
    """
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    if data.stat().st_uid in {0, nobody.pw_uid} and shutil.which("setpriv"):
        as_nobody = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        if _runs([*as_nobody, "test", "-x", str(data.parent), "-a", "-x", str(binary)]):
            os.chown(data, nobody.pw_uid, nobody.pw_gid)
            return as_nobody
    as_other = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if data.stat().st_uid == 0 and shutil.which("unshare") and _runs([*as_other, "test", "-x", str(data)]):
        return as_other
    raise CannotStart(
        f"Postgres must not run as root, and the user nobody can't reach {data} or {binary}. Run as an "
        "ordinary user, or set HARRYSTIX_DATA_DIR to a folder that others may pass through."
    )


def give_like(path: Path, example: Path) -> None:
    """The same owner as `example`."""
    if os.geteuid() == 0:
        os.chown(path, example.stat().st_uid, example.stat().st_gid)


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0  # noqa: S603


def wait_until(answers: Callable[[], bool], process: "subprocess.Popen[bytes]", what: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if answers():
            return
        if process.poll() is not None:
            raise CannotStart(f"{what} stopped at once (exit {process.returncode}). {_tail(log)}")
        time.sleep(0.03)
    raise CannotStart(f"{what} did not answer within 30 s. {_tail(log)}")


def stop(process: "subprocess.Popen[bytes]", how: int = signal.SIGTERM, patience: float = 10) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def is_running(pid: int, name: str) -> bool:
    """A stale pid file may name a process that is something else by now."""
    try:
        return name in psutil.Process(pid).name()
    except psutil.Error:
        return False


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
    return f"Its last words in {log}: " + " / ".join(lines) if lines else f"Its log is {log}."
