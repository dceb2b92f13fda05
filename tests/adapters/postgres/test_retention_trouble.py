"""What can't be forgotten now keeps nothing else, and the rule of refunds goes on behind a conflict."""

import threading
from datetime import timedelta
from typing import LiteralString

import psycopg
import pytest
from psycopg.errors import QueryCanceled

from harrystix.adapters.postgres.retention import NotTidy, tidy, waiting
from harrystix.application.processes import forgetting
from harrystix.application.processes.bulk_refunds import apply_rule
from harrystix.application.processes.forgetting import KEEP_UNPAID, forget_due
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.adapters.follower.test_scheduler import one_round, told
from tests.application.processes.test_forgetting import at
from tests.money import announced, captured, get, ordered
from tests.world import World

OLD: LiteralString = (
    "INSERT INTO app.idempotency (actor, key, request_hash, status, body, created_at) "
    "VALUES ('a', 'k', '', 200, '', now() - interval '3 days');"
    "INSERT INTO app.sessions (session_id, token_hash, kind, subject_id, expires_at) "
    "VALUES (gen_random_uuid(), 'x', 'staff', gen_random_uuid(), now() - interval '1 day');"
    "INSERT INTO app.inbox (provider, external_id, kind, hint, state, received_at) "
    "VALUES ('stripe', 'e', 'k', '{}', 'done', now() - interval '91 days')"
)
REFUSE: LiteralString = (
    "CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'refused' USING ERRCODE = TG_ARGV[0]; END $$;"
)


def test_a_delete_that_runs_into_its_time_limit_keeps_no_later_one_and_no_scheduler(here: World) -> None:
    database = here.system.database
    database.execute(OLD)
    database.execute(
        REFUSE + "CREATE TRIGGER slow BEFORE DELETE ON app.idempotency "
        "FOR EACH ROW EXECUTE FUNCTION app.refuse('57014')"
    )
    with pytest.raises(QueryCanceled):
        database.execute("DELETE FROM app.idempotency")

    def tidied() -> None:
        tidy(database)

    one_round(here, tidied)
    left = waiting(database)
    assert left["answers to requests"] == 1
    assert (left["sessions that have ended"], left["providers' messages that are done"]) == (0, 0)
    assert told(here) == {"tidied": "NotTidy"}, "the scheduler's other tasks had their turn"
    database.execute("DROP TRIGGER slow ON app.idempotency")
    assert tidy(database)["answers to requests"] == 1


def test_a_server_that_cuts_a_delete_off_in_the_middle_loses_none_of_it(here: World) -> None:
    database = here.system.database
    database.execute(OLD)
    failed: list[NotTidy] = []

    def tidied() -> None:
        try:
            tidy(database)
        except NotTidy as error:
            failed.append(error)

    with psycopg.connect(here.system.settings.database_url) as holder:
        holder.execute("SELECT 1 FROM app.sessions FOR UPDATE")
        tidying = threading.Thread(target=tidied)
        tidying.start()
        cut = None
        while cut is None:
            cut = database.one(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM app.sessions%'"
            )
        tidying.join(30)
    assert [str(error) for error in failed] == ["sessions that have ended"]
    assert waiting(database)["providers' messages that are done"] == 0
    assert tidy(database)["sessions that have ended"] == 1
    assert set(tidy(database).values()) == {0}


def test_pre_orders_that_can_not_be_forgotten_yet_keep_none_behind_them(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    ids = ordered(here, announced(here), 5)
    orders = [get(here, order_id) for order_id in ids]
    for order in orders[:3]:
        order.request_capture(here.context.by("system:capture"), "run")
    here.system.store.commit(*orders[:3])
    here.follow()
    here.system.database.execute("UPDATE reporting.member_orders SET status = 'failed'")
    start = here.system.database.all("SELECT starts_at FROM reporting.events")[0][0]
    at(here, start + KEEP_UNPAID + timedelta(minutes=1))
    for _ in range(3):
        forget_due(here.context)
    assert [get(here, order_id).status for order_id in ids] == [Status.PROCESSING] * 3 + [Status.ERASED] * 2
    failing = here.system.database.all("SELECT subject FROM app.failed_work WHERE kind = 'forget_unpaid'")
    assert sorted(row[0] for row in failing) == sorted(ids[:3]), "each is told by its name"


def test_a_conflict_at_one_event_keeps_no_later_one_from_its_refund_rule(here: World) -> None:
    nights = [announced(here, code=f"N{number}") for number in range(3)]
    for number, night in enumerate(nights):
        captured(here, ordered(here, night, 1, start=number))
    here.settle()
    start = here.system.database.all("SELECT max(starts_at) FROM reporting.events")[0][0]
    at(here, start + timedelta(hours=25))
    over = here.context.open_orders.unserved(here.context.clock.now() - timedelta(hours=24))
    assert sorted(over) == sorted(nights)
    here.system.database.execute(
        REFUSE + "CREATE TRIGGER lost BEFORE INSERT ON log.stored_events FOR EACH ROW "  # type: ignore[arg-type]
        f"WHEN (NEW.originator_id = '{over[0]}') EXECUTE FUNCTION app.refuse('23505')"
    )
    assert apply_rule(here.context, timedelta(hours=24), timedelta(minutes=60)) == 2
    planned = [here.system.store.get(TicketedEvent, night).refunds_planned_for for night in over]
    assert planned[0] is None and None not in planned[1:]
    failing = here.system.database.all("SELECT kind, subject FROM app.failed_work")
    assert failing == [("rule", over[0])], "told by its name"
    here.system.database.execute("DROP TRIGGER lost ON log.stored_events")
    assert apply_rule(here.context, timedelta(hours=24), timedelta(minutes=60)) == 1
    assert here.system.database.all("SELECT kind FROM app.failed_work") == []
