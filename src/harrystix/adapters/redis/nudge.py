"""Wakes workers through Dramatiq, with kind and id only. A lost nudge is repeated by the sweep."""

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

from harrystix.adapters.redis.broker import QUEUES

log = structlog.get_logger()


class DramatiqNudge:
    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    def send(self, kind: str, subject: str) -> None:
        message: Message[None] = Message(
            queue_name=QUEUES[kind], actor_name=kind, args=(subject,), kwargs={}, options={}
        )
        try:
            self._broker.declare_queue(QUEUES[kind])
            self._broker.enqueue(message)  # pyright: ignore[reportUnknownMemberType]
        except (BrokerConnectionError, redis.RedisError):
            log.warning("nudge.lost", kind=kind)
