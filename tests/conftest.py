import os
import shutil
from collections.abc import Generator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.embedded.valkey import Valkey
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.follower.models import ensure_tables
from harrystix.adapters.vault import staff
from tests.world import Servers, World, world

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")
# A disk in memory, where there is one: a test's database is a thousand files that are soon forgotten.
MEMORY, ROOM = Path("/dev/shm"), 3 * 2**30  # noqa: S108


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: they mostly wait, and whoever is done early takes the short ones."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session", autouse=True)
def passwords_are_quick_to_hash() -> None:
    """The same argon2id, once over a few bytes: hundreds of people are made who never sign in by theirs."""
    staff.PASSWORDS = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM):
        yield tmp_path_factory.mktemp("servers")
        return
    folder = Path(mkdtemp(prefix="harrystix-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def servers(scratch: Path) -> Generator[Servers]:
    made = Servers(Postgres(scratch / "postgres", fsync=False), Valkey(scratch / "valkey"))
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
