"""The sandbox's webhooks: signed by Stripe's own code, tried again, and on demand doubled, shuffled, late or lost."""

import heapq
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import requests
import stripe
import structlog

log = structlog.get_logger()
PATIENCE = 12
SENDERS = 4


class Deliveries:
    """`url`, `secret` and `kinds` of the endpoint; `faults`: double, shuffle, delay (seconds), lose (a share)."""

    def __init__(self, url: str, secret: str, kinds: Sequence[str] = ()) -> None:
        self._url, self._secret, self._kinds = url, secret, frozenset(kinds)
        self.faults: dict[str, float] = {}
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, int, bytes]] = []
        self._n = 0
        self._under_way = 0

    def start(self) -> None:
        for _ in range(SENDERS if self._url else 0):
            threading.Thread(target=self._run, daemon=True).start()

    def waiting(self) -> int:
        with self._ready:
            return len(self._heap) + self._under_way

    def send(self, event: dict[str, Any]) -> None:
        if not self._url or (self._kinds and event["type"] not in self._kinds):
            return
        if random.random() < self.faults.get("lose", 0):
            return
        for _ in range(1 + int(self.faults.get("double", 0))):
            shuffled = random.uniform(0, self.faults.get("shuffle", 0))
            self._push(self.faults.get("delay", 0) + shuffled, 0, orjson.dumps(event))

    def _push(self, seconds: float, tries: int, body: bytes) -> None:
        with self._ready:
            self._n += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds, self._n, tries, body))
            self._ready.notify()

    def _run(self) -> None:
        session = requests.Session()
        while True:
            with self._ready:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    wait = self._heap[0][0] - time.monotonic() if self._heap else None
                    self._ready.wait(wait)
                _, _, tries, body = heapq.heappop(self._heap)
                self._under_way += 1
            if not self._post(session, body) and tries < PATIENCE:
                self._push(min(60, 0.5 * 2**tries), tries + 1, body)
            with self._ready:
                self._under_way -= 1

    def _post(self, session: requests.Session, body: bytes) -> bool:
        sign: Callable[..., Any] = stripe.WebhookSignature.generate_signature_header  # pyright: ignore
        header = str(sign(payload=body.decode(), secret=self._secret, timestamp=int(time.time())))
        headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
        try:
            return session.post(self._url, data=body, headers=headers, timeout=5).ok
        except requests.RequestException as error:
            log.warning("sandbox.webhook_failed", error=type(error).__name__)
            return False
