from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.embedded.valkey import Valkey
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.follower.models import ensure_tables
from tests.world import Servers, World, world

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: they mostly wait, and whoever is done early takes the short ones."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    made = Servers(Postgres(folder / "postgres", fsync=False), Valkey(folder / "valkey"))
    made.postgres.start()
    made.valkey.start()
    with psycopg.connect(made.postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    template = made.postgres.url.rsplit("/", 1)[0] + "/migrated"
    migrate(template)
    with psycopg.connect(template, autocommit=True) as connection:
        ensure_tables(connection)
    yield made
    made.valkey.stop()
    made.postgres.stop()


@pytest.fixture
def here(servers: Servers, tmp_path: Path) -> Generator[World]:
    with world(servers, tmp_path) as made:
        yield made


@pytest.fixture
def online(servers: Servers, tmp_path: Path) -> Generator[World]:
    """With the web application on a real socket."""
    with world(servers, tmp_path, web=True) as made:
        yield made
