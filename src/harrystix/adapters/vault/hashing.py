"""Hashing a password takes memory and time on purpose, so it is rationed before it starts.

Two at once, a few in line behind them; whoever comes on top of that is asked to come again, and costs nothing.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from harrystix.domain.errors import Busy

# Each takes 64 MiB (argon2id as pwdlib recommends it, after RFC 9106) and about a tenth of a second of two cores.
AT_ONCE, IN_LINE, PATIENCE = 2, 8, 4.0
AGAIN = 2


class Hasher(Protocol):
    def hash(self, password: str, /) -> str: ...

    def verify(self, password: str, hash: str, /) -> bool: ...


class Rationed:
    """The same hasher, for a process with many threads. Raises Busy."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._line = threading.BoundedSemaphore(AT_ONCE + IN_LINE)

    def hash(self, password: str) -> str:
        with self._place():
            return self._hasher.hash(password)

    def verify(self, password: str, stored: str) -> bool:
        with self._place():
            return self._hasher.verify(password, stored)

    @contextmanager
    def _place(self) -> Generator[None]:
        if not self._line.acquire(blocking=False):
            raise Busy("Many people are signing in right now. Try again in a moment.", after=AGAIN)
        try:
            if not self._places.acquire(timeout=PATIENCE):
                raise Busy("Many people are signing in right now. Try again in a moment.", after=AGAIN)
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._line.release()
