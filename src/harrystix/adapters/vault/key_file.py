"""The key file of a running process: read again when it has changed, and changed only as a whole."""

import base64
import json
import os
import threading
import time
from pathlib import Path

from harrystix.adapters.vault.keyring import Keyring, VaultError, version_of

RELOAD = 1.0


class LiveKeys:
    """A keyring that follows its file: a rotation reaches running processes within a second.

    Without a file (keys from the environment) it stays what it was.
    """

    def __init__(self, path: Path, text: str = "") -> None:
        self._path = None if text else path
        self._guard = threading.Lock()
        self._stamp, self._looked = (0, 0), time.monotonic()
        self._ring = Keyring.parse(text, "HARRYSTIX_KEYS") if text else self._read()

    @property
    def ring(self) -> Keyring:
        if self._path and time.monotonic() - self._looked > RELOAD:
            self._look()
        return self._ring

    @property
    def versions(self) -> frozenset[int]:
        return self.ring.versions

    def seal(self, plain: bytes, place: str) -> tuple[bytes, bytes]:
        return self.ring.seal(plain, place)

    def open(self, wrapped: bytes, sealed: bytes, place: str) -> bytes:
        """Raises VaultError."""
        if version_of(wrapped) not in self._ring.master:
            self._look()
        return self.ring.open(wrapped, sealed, place)

    def index(self, purpose: str, value: str) -> bytes:
        return self._ring.index(purpose, value)

    def fingerprint(self, parts: tuple[str, ...]) -> bytes:
        return self._ring.fingerprint(parts)

    def _look(self) -> None:
        """A file that is away for a moment changes nothing: what was read before still holds."""
        with self._guard:
            self._looked = time.monotonic()
            if self._path is None:
                return
            try:
                found = self._path.stat()
                if (found.st_mtime_ns, found.st_ino) != self._stamp:
                    self._ring = self._read()
            except (OSError, VaultError):
                return

    def _read(self) -> Keyring:
        if self._path is None:
            return self._ring
        if self._path.exists():
            found = self._path.stat()
            self._stamp = (found.st_mtime_ns, found.st_ino)
        return Keyring.load(self._path)


def add_version(path: Path) -> int:
    """A new master key becomes the current one; the older ones still open. Returns its version."""
    content = json.loads(path.read_text())
    version = max(map(int, content["master"])) + 1
    content["master"][str(version)] = base64.b64encode(os.urandom(32)).decode()
    content["current"] = version
    _write(path, content)
    return version


def drop_versions(path: Path, versions: list[int]) -> Path | None:
    """Take them out of the key file, into a file of their own beside it, for backups made before."""
    content = json.loads(path.read_text())
    dropped = {
        str(version): content["master"].pop(str(version))
        for version in versions
        if str(version) in content["master"]
    }
    if not dropped:
        return None
    aside = path.with_name(f"{path.stem}.retired-{'-'.join(dropped)}.json")
    _write(aside, {**content, "current": int(max(dropped, key=int)), "master": dropped})
    _write(path, content)
    return aside


def _write(path: Path, content: dict[str, object]) -> None:
    """Whole or not at all, and on the disk before it counts."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
