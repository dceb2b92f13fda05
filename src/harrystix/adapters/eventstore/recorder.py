"""The log in Postgres: plain transactions, rows beside events, many aggregates in one SELECT.

The library's own insert runs in pipeline mode, which hangs for ever once a save outgrows the socket buffers.
"""

from collections.abc import Sequence
from typing import Any, LiteralString, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import (
    InterfaceError,
    JSONTranscoder,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresAggregateRecorder,
    PostgresApplicationRecorder,
    PostgresFactory,
)
from eventsourcing.utils import retry
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier

from harrystix.adapters.eventstore.settings import WHOLE
from harrystix.adapters.postgres.liveness import still_there
from harrystix.application.ports import Effect


class Recorder(PostgresApplicationRecorder):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.datastore.enable_db_functions:
            # That path takes no table lock: followers would skip events for ever.
            raise RuntimeError("POSTGRES_ENABLE_DB_FUNCTIONS must be off.")
        table = Identifier(self.datastore.schema, self.events_table_name)
        # The role that appends may not lock the table itself: it would have to be allowed to change it.
        self.lock_table_statements[1:] = [SQL("SELECT log.lock_events()")]
        self._insert = SQL(
            "INSERT INTO {} (originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) "
            "RETURNING notification_id"
        ).format(table)
        self._select_many = SQL(
            "SELECT originator_id, originator_version, topic, state FROM {} "
            "WHERE originator_id = ANY(%b) ORDER BY originator_id, originator_version"
        ).format(table)

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def insert_events(
        self, stored_events: Sequence[StoredEvent], together: Sequence[Effect] = (), **kwargs: Any
    ) -> Sequence[int]:
        with self.datastore.transaction(commit=True) as cursor:
            # Side rows first: the table lock is held only for the insert and the commit.
            for effect in together:
                effect.run(cursor)
            if not stored_events:
                return []
            self._lock_table(cursor)
            self._notify_channel(cursor)
            cursor.execute(
                self._insert,
                (
                    [event.originator_id for event in stored_events],
                    [event.originator_version for event in stored_events],
                    [event.topic for event in stored_events],
                    [event.state for event in stored_events],
                ),
            )
            return [row["notification_id"] for row in cursor.fetchall()]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def select_many(self, originator_ids: Sequence[UUID]) -> Sequence[StoredEvent]:
        with self.datastore.cursor() as cursor:
            cursor.row_factory = tuple_row  # pyright: ignore[reportAttributeAccessIssue]
            cursor.execute(self._select_many, (list(originator_ids),), prepare=True, binary=True)
            rows = cast("list[tuple[UUID, int, str, bytes]]", cursor.fetchall())
            return [StoredEvent(*row) for row in rows]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def versions(self, originator_ids: Sequence[UUID]) -> dict[UUID, int]:
        return self._by_id(
            "SELECT originator_id, max(originator_version) FROM {} WHERE originator_id = ANY(%b) GROUP BY 1",
            (list(originator_ids),),
        )

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def positions(self, facts: Sequence[tuple[UUID, int]]) -> dict[UUID, int]:
        return self._by_id(
            "SELECT e.originator_id, e.notification_id FROM {} e JOIN unnest(%b::uuid[], %b::bigint[]) AS x (id, v) "
            "ON e.originator_id = x.id AND e.originator_version = x.v",
            ([fact[0] for fact in facts], [fact[1] for fact in facts]),
        )

    def _by_id(self, query: LiteralString, params: tuple[Any, ...]) -> dict[UUID, int]:
        table = Identifier(self.datastore.schema, self.events_table_name)
        with self.datastore.cursor() as cursor:
            cursor.row_factory = tuple_row  # pyright: ignore[reportAttributeAccessIssue]
            cursor.execute(SQL(query).format(table), params)
            return dict(cast("list[tuple[UUID, int]]", cursor.fetchall()))

    def select_after(self, position: int, limit: int) -> Sequence[Notification]:
        return self.select_notifications(position, limit, inclusive_of_start=False)


class SnapshotRecorder(PostgresAggregateRecorder):
    """Snapshots are derived: a second one of the same version is no conflict."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        table = Identifier(self.datastore.schema, self.events_table_name)
        with self.datastore.transaction(commit=True) as cursor:
            for event in stored_events:
                cursor.execute(
                    SQL("INSERT INTO {} VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING").format(table),
                    (event.originator_id, event.originator_version, event.topic, event.state),
                )
                cursor.execute(
                    SQL("DELETE FROM {} WHERE originator_id = %s AND originator_version < %s").format(table),
                    (event.originator_id, event.originator_version),
                )


class Transcoder(JSONTranscoder):
    """The library's JSON, readable by it, at orjson's speed. Ids in payloads are text already."""

    def encode(self, obj: Any) -> bytes:
        return orjson.dumps(
            obj,
            default=self._encode_obj,
            option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS,
        )

    def decode(self, data: bytes) -> Any:
        state = cast("dict[str, Any]", orjson.loads(data))
        # Nearly always only times at the top are typed: then there is no need to walk through everything.
        left = data.count(b'"_type_"')
        for key, value in state.items() if left else ():
            if type(value) is dict and len(typed := cast("dict[str, Any]", value)) == 2 and "_type_" in typed:
                state[key] = self._decode_obj(typed)
                left -= 1
        return self._revive(state) if left else state

    def _encode_obj(self, o: Any) -> dict[str, Any] | str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return str(o) if isinstance(o, str) else super()._encode_obj(o)

    def _revive(self, value: Any) -> Any:
        if isinstance(value, dict):
            found = cast("dict[str, Any]", value)
            return self._decode_obj({key: self._revive(item) for key, item in found.items()})
        if isinstance(value, list):
            return [self._revive(item) for item in cast("list[Any]", value)]
        return value


class Factory(PostgresFactory):
    application_recorder_class = Recorder
    aggregate_recorder_class = SnapshotRecorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        # The library's own check asks the server with each use; nothing is open yet.
        found = self.datastore.pool
        self.datastore.pool = ConnectionPool(
            connection_class=Connection[DictRow],
            kwargs={
                **cast("dict[str, Any]", found.kwargs),
                **conninfo_to_dict(self.env.get(WHOLE) or ""),
            },
            min_size=found.min_size,
            max_size=found.max_size,
            open=False,
            configure=self.datastore.after_connect_func(),
            check=still_there,
            timeout=found.timeout,
            max_waiting=found.max_waiting,
            max_lifetime=found.max_lifetime,
        )

    def transcoder(self) -> Transcoder:
        return Transcoder()
