"""The whole of DATABASE_URL reaches everything that connects: which server is trusted is part of it."""

import subprocess
from collections.abc import Callable
from typing import Any, cast

import pytest
from yoyo import get_backend  # pyright: ignore[reportUnknownVariableType]

from harrystix.adapters.backup.dump import connection_words, program
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.eventstore.settings import environment, for_migrations, for_programs
from harrystix.adapters.postgres.database import Database
from harrystix.application.store import Store
from tests.world import Servers

TOLD = "application_name=asked-for-in-the-address"


def by_the_pool(url: str) -> str:
    database = Database(url)
    try:
        (name,) = database.one("SHOW application_name") or ("",)
        return str(name)
    finally:
        database.close()


def by_the_log(url: str) -> str:
    store = Store(env={**environment(url), "POSTGRES_CONNECT_TIMEOUT": "1"})
    try:
        with cast("Any", store.recorder).datastore.get_connection() as connection:
            return str(connection.execute("SHOW application_name").fetchone()["application_name"])
    finally:
        store.close()


def by_pg_dump(url: str) -> str:
    words, env = connection_words(url)
    subprocess.run([program("pg_dump"), *words, "--schema-only"], env=env, check=True, capture_output=True)
    return TOLD.partition("=")[2] if TOLD in words[0] else ""


def by_the_migrations(url: str) -> str:
    backend = get_backend(for_migrations(url))
    try:
        return str(backend.connection.execute("SHOW application_name").fetchone()[0])
    finally:
        backend.connection.close()


ALL = [by_the_pool, by_the_log, by_pg_dump, by_the_migrations]


@pytest.mark.parametrize("connect", ALL, ids=lambda connect: connect.__name__)
def test_whoever_connects_does_as_the_address_says(servers: Servers, connect: Callable[[str], str]) -> None:
    assert connect(f"{servers.postgres.url}?{TOLD}") == TOLD.partition("=")[2]


@pytest.mark.parametrize(
    "connect", [by_the_log, by_pg_dump, by_the_migrations, migrate], ids=lambda connect: connect.__name__
)
def test_whoever_connects_refuses_a_server_that_it_can_not_check(
    servers: Servers, connect: Callable[[str], object]
) -> None:
    """This one speaks no TLS, as one in the middle would not."""
    with pytest.raises(Exception, match=r"SSL|get a connection|exit status"):
        connect(f"{servers.postgres.url}?sslmode=verify-full&sslrootcert=system")


SEVERAL = "postgresql://u:p%40ss@a:1,b:2/night?target_session_attrs=read-write&options=-csearch_path%3Dx"


def test_nothing_of_the_address_is_lost_on_the_way() -> None:
    assert environment(SEVERAL)["DATABASE_URL"] == SEVERAL
    words, password = for_programs(SEVERAL)
    assert password == {"PGPASSWORD": "p@ss"}
    assert "p@ss" not in words
    for word in ("host=a,b", "port=1,2", "target_session_attrs=read-write", "options=", "dbname=night"):
        assert word in words
    assert "host=a%2Cb&port=1%2C2" in for_migrations(SEVERAL)


def test_an_address_in_words_is_one_as_well() -> None:
    assert for_migrations("host=a dbname=night user=u") == "postgresql+psycopg:///night?user=u&host=a"
