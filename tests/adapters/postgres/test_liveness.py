"""Connections of the pools: one that the server left is replaced unseen, and a live one is not asked each time."""

from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.liveness import still_there
from tests.world import World


def end_all_others(here: World) -> int:
    with psycopg.connect(here.system.settings.database_url, autocommit=True) as other:
        ended = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        assert ended
        # It is told to them only; they take a moment.
        while other.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone():
            pass
    return int(ended[0])


def test_when_the_server_ends_every_connection_nobody_notices(here: World) -> None:
    event = here.event()
    assert here.system.database.one("SELECT 1") == (1,)
    assert end_all_others(here) >= 2
    assert here.system.database.one("SELECT 1") == (1,)
    assert here.system.store.pool(str(event.id)) is None
    end_all_others(here)
    here.paid(event, 1)
    assert here.system.database.all(
        "SELECT count(*) FROM log.stored_events WHERE topic = 'PreOrder.Placed'"
    ) == [(1,)]


def test_a_live_connection_is_not_asked_whether_it_lives(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", asked.append)
    database = Database(here.system.settings.database_url, 1)
    try:
        assert [database.one("SELECT %s::int", (n,)) for n in range(3)] == [(0,), (1,), (2,)]
        assert asked == []
        # What came without being asked for is a reason to ask.
        with psycopg.connect(here.system.settings.database_url, autocommit=True) as other:
            (pid,) = database.one("SELECT pg_backend_pid()") or (0,)
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            other.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", (pid,))
            while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone():
                pass
        with pytest.raises(psycopg.OperationalError):
            database.one("SELECT 1")
        assert len(asked) == 1
    finally:
        database.close()


def test_words_that_the_server_said_by_itself_do_not_end_a_connection(here: World) -> None:
    with (
        psycopg.connect(here.system.settings.database_url, autocommit=True) as listening,
        psycopg.connect(here.system.settings.database_url, autocommit=True) as telling,
    ):
        listening.execute("LISTEN liveness")
        telling.execute("NOTIFY liveness")
        still_there(listening)
        assert listening.execute("SELECT 1").fetchone() == (1,)
