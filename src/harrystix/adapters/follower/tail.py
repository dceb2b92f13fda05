"""Batches of facts after a position, and waiting for the next ones."""

from collections.abc import Sequence
from typing import cast

from eventsourcing.persistence import Notification

from harrystix.application.log_ports import Recorder
from harrystix.application.store import Store
from harrystix.domain.base import Fact
from harrystix.projections.base import Recorded

BATCH = 1000


class Poisoned(Exception):
    """A stored fact that can't be read. Nothing after it may be projected: a person has to look."""


def after(store: Store, position: int, limit: int = BATCH) -> list[Recorded]:
    """Raises Poisoned, naming position and topic."""
    return facts(store, raw(store, position, limit))


def raw(store: Store, position: int, limit: int = BATCH) -> Sequence[Notification]:
    return cast("Recorder", store.recorder).select_after(position, limit)


def facts(store: Store, found: Sequence[Notification]) -> list[Recorded]:
    return [(notification.id, _fact(store, notification)) for notification in found]


def _fact(store: Store, notification: Notification) -> Fact:
    try:
        return cast("Fact", store.mapper.to_domain_event(notification))
    except Exception as error:
        raise Poisoned(
            f"Position {notification.id} ({notification.topic}) can't be read: {type(error).__name__}."
        ) from error
