"""The Dramatiq broker, with the settings that make it redeliver within seconds instead of an hour."""

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Pipelines,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from harrystix.application.work import ALL

QUEUES = {kind.name: kind.queue for kind in ALL}


def make_broker(redis_url: str) -> RedisBroker:
    """Defaults would redeliver a killed worker's message after 12 minutes on average."""
    broker = RedisBroker(
        url=redis_url,
        maintenance_chance=1_000_000,
        heartbeat_timeout=15_000,
        middleware=[
            AgeLimit(max_age=10 * 60_000),
            TimeLimit(time_limit=50_000),
            ShutdownNotifications(),
            Callbacks(),
            Pipelines(),
            CurrentMessage(),
            Retries(max_retries=3, min_backoff=2_000, max_backoff=30_000),
        ],
        socket_timeout=5,
        socket_connect_timeout=2,
    )
    dramatiq.set_broker(broker)
    return broker


def answers(url: str) -> bool:
    """Whether the queue's server is there, asked for a second at most."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:  # pyright: ignore
            return bool(client.ping())  # pyright: ignore
    except (redis.RedisError, ValueError):
        return False
