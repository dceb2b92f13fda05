import os
from collections.abc import Generator

import psycopg
import pytest

from tests.world import Servers


@pytest.fixture
def empty(servers: Servers) -> Generator[str]:
    name = f"restored_{os.urandom(4).hex()}"
    with psycopg.connect(servers.postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    yield servers.postgres.url.rsplit("/", 1)[0] + f"/{name}"
