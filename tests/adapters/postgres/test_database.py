"""The pool of connections: whoever asks ten times in a row may do so over one of them."""

import pytest

from tests.world import World


def test_within_it_every_query_of_the_thread_takes_the_same_connection(here: World) -> None:
    database = here.system.database

    def server() -> int:
        row = database.one("SELECT pg_backend_pid()")
        assert row
        return int(row[0])

    with database.held():
        first = server()
        with database.held():
            assert server() == first, "also where one is held already"
        with database.transaction() as cursor:
            other = cursor.execute("SELECT pg_backend_pid()").fetchone()
        assert other and other[0] != first, "what has to be done together is on its own"
        assert server() == first


def test_a_failure_gives_the_connection_back(here: World) -> None:
    database = here.system.database
    for _ in range(20):
        with pytest.raises(ZeroDivisionError), database.held():
            database.one("SELECT 1")
            raise ZeroDivisionError
    assert database.one("SELECT 1") == (1,)
