"""What the processes' own logins can't do to the log, whatever code runs in them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harrystix.adapters.eventstore.roles import APP, FOLLOWER, login
from harrystix.adapters.follower.runner import Follower
from harrystix.adapters.postgres.due_work import DueWork
from harrystix.bootstrap import build
from harrystix.settings import Settings
from tests.money import announced, ordered
from tests.world import World


def url_of(here: World, role: str) -> str:
    name = f"login_of_{role}"
    with psycopg.connect(here.system.settings.database_url, autocommit=True) as connection:
        login(connection, name, "password", role)
    return make_conninfo(here.system.settings.database_url, user=name, password="password")


@contextmanager
def connected(here: World, role: str) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(url_of(here, role), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("role", [APP, FOLLOWER])
@pytest.mark.parametrize("table", ["log.stored_events", "app.chain"])
@pytest.mark.parametrize(
    "words",
    ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}", "ALTER TABLE {} ADD x int"],
)
def test_nobody_changes_log_or_chain(here: World, role: str, table: str, words: str) -> None:
    ordered(here, announced(here))
    column = "topic" if "events" in table else "head"
    with connected(here, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(words.format(table, column, column))  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["UPDATE {} SET actor = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_does_not_change_the_audit_log(here: World, words: str) -> None:
    with connected(here, APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(words.format("reporting.assignment_logs"))  # type: ignore[arg-type]


def test_the_application_adds_no_links(here: World) -> None:
    with connected(here, APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("INSERT INTO app.chain VALUES (1, '{}', '', '')")


def test_the_main_job_runs_with_these_roles(here: World) -> None:
    owner = here.system
    words: dict[str, Any] = {
        **owner.settings.model_dump(),
        "DATABASE_URL": url_of(here, APP),
        "REDIS_URL": owner.settings.redis_url,
    }
    limited = Settings(**words)
    here.system = build(limited)
    object.__setattr__(here.system.context, "nudge", owner.context.nudge)
    following = url_of(here, FOLLOWER)

    def follow() -> None:
        with psycopg.connect(following, autocommit=True) as connection:
            Follower(following, here.system.store, here.context.nudge).catch_up(connection)

    here.follow = follow  # type: ignore[method-assign]
    try:
        event = here.event()
        here.paid(event, 3)
        here.committed(here.file(event, 3))
        here.settle()
        assert len(here.mails()) == 3
        assert {kind for kind, _ in DueWork(here.system.database).overdue(0)} <= {"complete"}
    finally:
        here.system.close()
        here.system = owner
