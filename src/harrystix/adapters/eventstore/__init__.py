"""Persistence module of the eventsourcing library: `Factory` is what it looks for."""

from harrystix.adapters.eventstore.recorder import Factory

__all__ = ["Factory"]
