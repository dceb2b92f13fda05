"""`harrystix rebuild`: a read model built anew beside the live one, compared, and switched atomically."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
from psycopg.sql import SQL, Identifier

from harrystix.adapters.eventstore.roles import FOLLOWER, hand_over
from harrystix.adapters.eventstore.settings import environment
from harrystix.adapters.follower import models, tail
from harrystix.application.store import Store
from harrystix.projections.base import ReadModel
from harrystix.projections.changes import Cursor
from harrystix.projections.registry import MODELS

BESIDE = "rebuild"
BATCH = 5000


@dataclass
class Difference:
    """Rows of one table that only the live or only the new one has."""

    table: str
    rows: int
    only_live: int
    only_new: int


@dataclass
class Report:
    position: int = 0
    facts: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    switched: bool = False

    @property
    def clean(self) -> bool:
        return all(not d.only_live and not d.only_new for d in self.differences)


def rebuild(
    database_url: str,
    store: Store,
    wanted: list[ReadModel],
    *,
    switch: bool = True,
    compare: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Report:
    """One pass over the log for all `wanted`. Nothing is sent: projections have no side effects."""
    report = Report()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7463893)")
        _prepare(connection, wanted)
        head = store.recorder.max_notification_id() or 0
        while _catch_up(connection, store, wanted, report):
            progress(report.facts, head)
        # Hold the follower off while the last facts come in, then compare at the very same position.
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT model, position FROM reporting.positions WHERE model = ANY(%s) "
                "ORDER BY model FOR UPDATE",
                ([model.name for model in wanted],),
            )
            live = dict(cursor.fetchall())
            _apply_until(cursor, store, wanted, report, max(live.values(), default=0))
            comparable = [m for m in wanted if compare and live.get(m.name) == report.position]
            for model in comparable:
                report.differences += _compare(cursor, model)
            if switch:
                _switch(cursor, wanted, report.position)
                report.switched = True
            cursor.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(BESIDE)))
    return report


def refresh(database_url: str) -> list[str]:
    """Tables for new read models, and anew for those whose schema has changed; returns the names of these."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        models.ensure_tables(connection)
        wanted = models.outdated(connection)
        for model in MODELS.values():
            # Those of an older version may lack tables, and are built anew whole.
            if model not in wanted:
                with connection.transaction(), connection.cursor() as cursor:
                    hand_over(cursor, models.LIVE, model.tables)
    if wanted:
        store = Store(env=environment(database_url))
        try:
            rebuild(database_url, store, wanted, compare=False)
        finally:
            store.close()
    return [model.name for model in wanted]


def _prepare(connection: psycopg.Connection[Any], wanted: list[ReadModel]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(BESIDE)))
        cursor.execute(
            SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(Identifier(BESIDE), Identifier(FOLLOWER))
        )
        for model in wanted:
            models.create(cursor, model, BESIDE)


def _catch_up(
    connection: psycopg.Connection[Any], store: Store, wanted: list[ReadModel], report: Report
) -> bool:
    batch = tail.after(store, report.position, BATCH)
    if batch:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            _apply(cursor, wanted, batch, report)
    return len(batch) == BATCH


def _apply_until(cursor: Any, store: Store, wanted: list[ReadModel], report: Report, position: int) -> None:
    while report.position < position:
        batch = tail.after(store, report.position, min(BATCH, position - report.position))
        batch = [recorded for recorded in batch if recorded[0] <= position]
        if not batch:
            return
        _apply(cursor, wanted, batch, report)


def _apply(cursor: Any, wanted: list[ReadModel], batch: list[Any], report: Report) -> None:
    cursor.execute(SQL("SET LOCAL search_path = {}").format(Identifier(BESIDE)))
    for model in wanted:
        model.apply(cast("Cursor", cursor), batch)
    report.position = batch[-1][0]
    report.facts += len(batch)


def _compare(cursor: Any, model: ReadModel) -> list[Difference]:
    found: list[Difference] = []
    for table, ignored in model.tables.items():
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
            "AND column_name <> ALL(%s) ORDER BY ordinal_position",
            (BESIDE, table, list(ignored)),
        )
        columns = SQL(", ").join(Identifier(row[0]) for row in cursor.fetchall())
        sides = [
            SQL("SELECT {} FROM {}").format(columns, Identifier(schema, table))
            for schema in (models.LIVE, BESIDE)
        ]
        counts: list[int] = []
        for one, other in (sides, sides[::-1]):
            cursor.execute(SQL("SELECT count(*) FROM ({} EXCEPT ALL {}) AS d").format(one, other))
            counts.append(cursor.fetchone()[0])
        cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(BESIDE, table)))
        found.append(Difference(table, cursor.fetchone()[0], *counts))
    return found


def _switch(cursor: Any, wanted: list[ReadModel], position: int) -> None:
    for model in wanted:
        for table in model.tables:
            cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(models.LIVE, table)))
            cursor.execute(
                SQL("ALTER TABLE {} SET SCHEMA {}").format(Identifier(BESIDE, table), Identifier(models.LIVE))
            )
        cursor.execute(
            "INSERT INTO reporting.positions (model, position, schema_hash) VALUES (%s, %s, %s) "
            "ON CONFLICT (model) DO UPDATE SET position = excluded.position, schema_hash = excluded.schema_hash",
            (model.name, position, model.schema_hash),
        )
