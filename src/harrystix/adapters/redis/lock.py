"""The courtesy lock per ticketed event: SET NX with a token, compare-and-delete. Not the fence."""

import time
from secrets import token_hex
from typing import Any

import redis
import structlog

log = structlog.get_logger()
RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return redis.call('getdel', KEYS[2])
"""


class RedisLock:
    def __init__(self, url: str, seconds: float = 30.0) -> None:
        self._ttl_ms = int(seconds * 1000)
        self._client: Any = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)  # pyright: ignore
        self._release: Any = self._client.register_script(RELEASE)

    def acquire(self, name: str, wait_seconds: float = 0) -> str | None:
        token = token_hex(8)
        deadline = time.monotonic() + wait_seconds
        try:
            while True:
                if self._take(name, token):
                    return token
                # Say that we asked, then look once more: the holder checks after letting go.
                self._client.set(f"asked:{name}", "1", px=self._ttl_ms)
                if self._take(name, token):
                    return token
                if time.monotonic() >= deadline:
                    return None
                time.sleep(0.01)
        except redis.RedisError:
            log.warning("lock.unavailable")
            return token

    def release(self, name: str, token: str) -> bool:
        try:
            return self._release(keys=[f"lock:{name}", f"asked:{name}"], args=[token]) is not None
        except redis.RedisError:
            return False

    def _take(self, name: str, token: str) -> bool:
        return bool(self._client.set(f"lock:{name}", token, nx=True, px=self._ttl_ms))


class NoLock:
    """Everybody passes: what remains is the pool's version."""

    def acquire(self, name: str, wait_seconds: float = 0) -> str | None:
        return "none"

    def release(self, name: str, token: str) -> bool:
        return False
