"""The hash chain over the log: what a link is made of, and how the follower, its only writer, adds links.

A leaf is the SHA-256 of what an event says; a head is that of the head before, the position and the leaf. Events hold
no personal data, so erasing a person breaks nothing here.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from eventsourcing.persistence import Notification, StoredEvent
from psycopg import Connection

BEGINNING = bytes(32)
SIZE = 32


def leaf(event: StoredEvent) -> bytes:
    """Length-prefixed, so that nothing can be moved from one field to the next."""
    topic = event.topic.encode()
    made = sha256(str(event.originator_id).encode())
    made.update(int(event.originator_version).to_bytes(8))
    made.update(len(topic).to_bytes(4))
    made.update(topic)
    made.update(event.state)
    return made.digest()


def link(head: bytes, position: int, digest: bytes) -> bytes:
    return sha256(head + position.to_bytes(8) + digest).digest()


def head_of(head: bytes, links: Iterable[tuple[int, bytes]]) -> bytes:
    for position, digest in links:
        head = link(head, position, digest)
    return head


def end(connection: Connection[Any]) -> tuple[int, bytes]:
    """Position and head of the last link."""
    row = connection.execute(
        "SELECT last_position, head FROM app.chain ORDER BY last_position DESC LIMIT 1"
    ).fetchone()
    return (row[0], row[1]) if row else (0, BEGINNING)


def extend(connection: Connection[Any], batch: Sequence[Notification]) -> None:
    """Links for what is new in a batch of the log, as one row."""
    last, head = end(connection)
    fresh = [(event.id, leaf(event)) for event in batch if event.id > last]
    if fresh:
        connection.execute(
            "INSERT INTO app.chain (last_position, positions, leaves, head) VALUES (%s, %b::bigint[], %s, %s)",
            (
                fresh[-1][0],
                [position for position, _ in fresh],
                b"".join(digest for _, digest in fresh),
                head_of(head, fresh),
            ),
        )
