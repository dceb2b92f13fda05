"""A nudge that waits for company: many delivery reports a second wake a worker once, for all of them."""

import threading

from harrystix.application.ports import Nudge

PAUSE = 0.5


class CalmNudge:
    def __init__(self, nudge: Nudge) -> None:
        self._nudge = nudge
        self._guard = threading.Lock()
        self._pending: set[tuple[str, str]] = set()

    def send(self, kind: str, subject: str) -> None:
        with self._guard:
            if (kind, subject) in self._pending:
                return
            self._pending.add((kind, subject))
        timer = threading.Timer(PAUSE, self._fire, (kind, subject))
        timer.daemon = True
        timer.start()

    def _fire(self, kind: str, subject: str) -> None:
        with self._guard:
            self._pending.discard((kind, subject))
        self._nudge.send(kind, subject)
