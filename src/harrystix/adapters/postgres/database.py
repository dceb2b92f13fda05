"""One connection pool a process for everything that is not the log."""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composed
from psycopg_pool import ConnectionPool

from harrystix.adapters.postgres.liveness import still_there

Query = LiteralString | SQL | Composed
Params = Sequence[Any] | dict[str, Any] | None


class Database:
    def __init__(self, url: str, size: int = 4) -> None:
        self.url = url
        self._mine = threading.local()
        self._pool: ConnectionPool[Connection[tuple[Any, ...]]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            kwargs={"autocommit": True},
            configure=_configure,
            check=still_there,
            timeout=15,
            open=True,
        )

    @contextmanager
    def transaction(self) -> Generator[Cursor[tuple[Any, ...]]]:
        with self._pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def held(self) -> Generator[None]:
        """Within it this thread asks over one connection: a page that asks ten times gets one from the pool once."""
        if getattr(self._mine, "connection", None) is not None:
            yield
            return
        with self._pool.connection() as connection:
            self._mine.connection = connection
            try:
                yield
            finally:
                self._mine.connection = None

    @contextmanager
    def cursor(self) -> Generator[Cursor[tuple[Any, ...]]]:
        mine: Connection[tuple[Any, ...]] | None = getattr(self._mine, "connection", None)
        if mine is not None:
            with mine.cursor() as cursor:
                yield cursor
            return
        with self._pool.connection() as connection, connection.cursor() as cursor:
            yield cursor

    def all(self, query: Query, params: Params = None) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            return cursor.execute(query, params).fetchall()

    def one(self, query: Query, params: Params = None) -> tuple[Any, ...] | None:
        with self.cursor() as cursor:
            return cursor.execute(query, params).fetchone()

    def execute(self, query: Query, params: Params = None) -> int:
        """The number of rows touched."""
        with self.cursor() as cursor:
            return cursor.execute(query, params).rowcount

    def close(self) -> None:
        self._pool.close()


def _configure(connection: Connection[Any]) -> None:
    connection.execute("SET statement_timeout = '30s'")
    connection.execute("SET idle_in_transaction_session_timeout = '30s'")
