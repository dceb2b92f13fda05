"""The worker process. Losing the broker ends it, so that its supervisor starts it afresh."""

import threading
import time

import redis
import structlog
from dramatiq import Worker

from harrystix.adapters.worker.actors import register
from harrystix.adapters.worker.crash import install
from harrystix.bootstrap import System

log = structlog.get_logger()
PATIENCE = 5.0


class BrokerLost(Exception):
    """Messages prefetched before an outage would stay stuck in this process (dramatiq#527)."""


def run(system: System, stopping: threading.Event) -> None:
    """Until `stopping`. Raises BrokerLost."""
    install(system.settings.crash_at, system.settings.data_dir)
    register(system.broker, system.context)
    worker = Worker(system.broker, worker_threads=system.settings.worker_threads, worker_timeout=100)
    worker.start()
    log.info("worker.started", threads=system.settings.worker_threads)
    lost_since: float | None = None
    try:
        while not stopping.wait(1.0):
            try:
                system.broker.client.ping()  # pyright: ignore
                lost_since = None
            except redis.RedisError:
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since > PATIENCE:
                    raise BrokerLost from None
    finally:
        worker.stop(timeout=8_000)
