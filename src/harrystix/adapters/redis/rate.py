"""How fast we may call a provider, over all workers: a token bucket and a circuit breaker, both in Redis.

Without Redis each process keeps to a share of the rate by itself: slower, never faster than allowed.
"""

import threading
import time
from collections import deque
from typing import Any

import redis
import structlog

from harrystix.application.payment_ports import Later
from harrystix.application.work_ports import Outages

log = structlog.get_logger()
BURST = 5
SHARE = 4
WINDOW = 30
FEWEST, MOST_FAILED = 20, 0.5
FEWEST_DECLINED, MOST_DECLINED, LONG_REST = 50, 0.8, 900
# Each call takes the next slot; slots that nobody took stay good for a burst. Answers microseconds to wait.
TAKE = """
local now = redis.call('time')
now = now[1] * 1000000 + now[2]
local gap = tonumber(ARGV[1])
local next = math.max(tonumber(redis.call('get', KEYS[1]) or 0), now - gap * tonumber(ARGV[2]))
redis.call('set', KEYS[1], string.format('%.0f', next + gap), 'px', 60000)
return math.max(0, next - now)
"""
TELL = """
local n = redis.call('hincrby', KEYS[1], ARGV[1], 1)
redis.call('hincrby', KEYS[1], 'all', 1)
redis.call('expire', KEYS[1], ARGV[2])
return redis.call('hmget', KEYS[1], 'all', 'failed', 'declined')
"""


class RedisPace:
    """`rate`: calls a second of each kind; 0: no limit. `rest`: seconds without calls once most of them fail."""

    def __init__(
        self,
        url: str,
        rate: float,
        name: str = "stripe",
        rest: float = 30,
        outages: Outages | None = None,
    ) -> None:
        self._outages, self._rested = outages, outages is not None
        self._rest = max(1, round(rest))
        self._client: Any = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)  # pyright: ignore
        self._take: Any = self._client.register_script(TAKE)
        self._tell: Any = self._client.register_script(TELL)
        self._name, self.rate = name, rate
        self._local = _Local(rate / SHARE)

    def wait(self, what: str) -> None:
        if seconds := self.paused():
            raise Later(seconds)
        if not self.rate:
            return
        try:
            keys, words = [f"rate:{self._name}:{what}"], [int(1_000_000 / self.rate), BURST]
            time.sleep(float(self._take(keys=keys, args=words)) / 1_000_000)
        except redis.RedisError:
            log.warning("rate.unavailable")
            self._local.wait()

    def tell(self, what: str, outcome: str) -> None:
        slot = f"{what}:{int(time.time() // WINDOW)}"
        try:
            found = self._tell(keys=[f"breaker:{self._name}:{slot}"], args=[outcome, 2 * WINDOW])
            calls, failed, declined = (int(number or 0) for number in found)
            if calls >= FEWEST and failed > calls * MOST_FAILED:
                self._pause(self._rest, "failed", slot)
            elif calls >= FEWEST_DECLINED and declined > calls * MOST_DECLINED:
                self._pause(LONG_REST, "declined", slot)
            elif outcome == "ok" and self._outages and self._rested:
                # It answers again.
                self._rested = False
                self._outages.closed(self._name)
        except redis.RedisError:
            log.warning("rate.unavailable")

    def paused(self) -> float:
        try:
            left = max(0, int(self._client.pttl(f"breaker:{self._name}:open"))) / 1000
        except redis.RedisError:
            return 0
        self._rested = self._rested or left > 0
        return left

    def stop(self, why: str) -> None:
        try:
            self._pause(self._rest, why, "")
        except redis.RedisError:
            log.warning("rate.unavailable")

    def resume(self) -> None:
        """A person says that it may go on."""
        found = self._client.keys(f"breaker:{self._name}:*")
        self._client.delete(f"breaker:{self._name}:open", *found)
        if self._outages:
            self._outages.closed(self._name)

    def _pause(self, seconds: int, why: str, slot: str) -> None:
        if self._client.set(f"breaker:{self._name}:open", why, nx=True, ex=seconds):
            log.error("payments.paused", why=why, seconds=seconds)
            self._client.delete(f"breaker:{self._name}:{slot}")
            if self._outages:
                # Seen on pages and in metrics; how long it lasts is up to the key above.
                self._outages.opened(self._name, why, seconds=seconds)


class _Local:
    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate if rate else 0
        self._guard = threading.Lock()
        self._slots: deque[float] = deque([0.0], maxlen=1)

    def wait(self) -> None:
        with self._guard:
            slot = max(time.monotonic(), self._slots[0] + self._gap)
            self._slots.append(slot)
        time.sleep(max(0.0, slot - time.monotonic()))
