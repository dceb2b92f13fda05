"""`harrystix verify --chain`: the log against its chain, and the chain against the heads outside the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
from eventsourcing.persistence import Notification
from psycopg.rows import tuple_row

from harrystix.adapters.chain.anchors import Anchor
from harrystix.adapters.chain.links import BEGINNING, SIZE, leaf, link

BLOCK = 2000


@dataclass
class Checked:
    """`broken` names positions; `waiting`: events that the follower has not linked yet."""

    events: int = 0
    anchors: int = 0
    position: int = 0
    waiting: int = 0
    broken: list[str] = field(default_factory=list[str])


def check(database_url: str, anchors: Sequence[Anchor]) -> Checked:
    """Reads everything once, at one moment of the database."""
    found = Checked(anchors=len(anchors))
    wanted = {anchor.position: anchor for anchor in anchors}
    head = BEGINNING
    with psycopg.connect(database_url, row_factory=tuple_row) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        log = _log(connection)
        event = next(log, None)
        for positions, leaves, stored_head in _chain(connection):
            links = [(p, leaves[i * SIZE : (i + 1) * SIZE]) for i, p in enumerate(positions)]
            block: list[Notification] = []
            while event is not None and event.id <= positions[-1]:
                block.append(event)
                event = next(log, None)
            _compare(found, links, block)
            for position, digest in links:
                if anchor := wanted.pop(position, None):
                    _anchored(found, anchor, link(head, position, digest))
                head = link(head, position, digest)
            if head != stored_head:
                found.broken.append(f"The chain itself was changed at or before position {positions[-1]}.")
                head = stored_head
            found.position = positions[-1]
        while event is not None:
            found.waiting += 1
            event = next(log, None)
    for anchor in wanted.values():
        what = "ends before it" if anchor.position > found.position else "does not have it"
        found.broken.append(
            f"Position {anchor.position} was there on {anchor.at:%Y-%m-%d %H:%M} UTC; the chain {what}: cut off."
        )
    return found


def _compare(found: Checked, links: list[tuple[int, bytes]], block: list[Notification]) -> None:
    """One block of the log against its links."""
    there = {event.id: leaf(event) for event in block}
    known = dict(links)
    digests = set(known.values())
    found.events += len(links)
    for position, digest in links:
        if position not in there:
            found.broken.append(f"The event at position {position} was removed.")
        elif there[position] != digest:
            moved = there[position] in digests
            found.broken.append(
                f"The event at position {position} was {'moved from another place' if moved else 'changed'}."
            )
    for position in there:
        if position not in known:
            found.broken.append(f"The event at position {position} was put in afterwards.")


def _anchored(found: Checked, anchor: Anchor, head: bytes) -> None:
    if anchor.head != head:
        found.broken.append(
            f"At position {anchor.position} the chain is not the one of {anchor.at:%Y-%m-%d %H:%M} UTC: "
            "log and chain were both rewritten."
        )


def _log(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[Notification]:
    with connection.cursor(name="log", row_factory=tuple_row) as cursor:
        cursor.itersize = BLOCK
        cursor.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM log.stored_events "
            "ORDER BY notification_id"
        )
        for position, originator, version, topic, state in cursor:
            yield Notification(originator, version, topic, bytes(state), id=position)


def _chain(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[tuple[list[int], bytes, bytes]]:
    with connection.cursor(name="chain", row_factory=tuple_row) as cursor:
        cursor.itersize = 200
        cursor.execute("SELECT positions, leaves, head FROM app.chain ORDER BY last_position")
        for positions, leaves, head in cursor:
            yield positions, bytes(leaves), bytes(head)
