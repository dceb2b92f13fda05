import threading
import time

import psycopg
import pytest

from harrystix.adapters.follower import models
from harrystix.adapters.follower.models import Outdated
from harrystix.adapters.follower.rebuild import rebuild, refresh
from harrystix.adapters.follower.runner import Follower
from harrystix.adapters.follower.scheduler import sweep
from harrystix.adapters.follower.tail import Poisoned, after
from harrystix.projections.registry import MODELS
from tests.world import World


def busy(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 12, "Early")
    here.committed(here.file(event, 8, "Early"))
    here.settle()


def test_every_read_model_is_a_pure_function_of_the_log(here: World) -> None:
    busy(here)
    report = rebuild(here.system.settings.database_url, here.system.store, list(MODELS.values()))
    assert (report.clean, report.switched) == (True, True)
    assert sum(difference.rows for difference in report.differences) > 50
    again = here.verify()
    assert [line for result in again for line in result.broken] == []


def test_projecting_a_batch_twice_changes_nothing(here: World) -> None:
    busy(here)
    with psycopg.connect(here.system.settings.database_url, autocommit=True) as connection:
        batch = after(here.system.store, 0, 1000)
        for model in MODELS.values():
            assert models.advance(connection, model, batch) is None
    assert here.broken() == []


def test_small_batches_give_the_same_as_large_ones(here: World) -> None:
    event = here.event(variants=("Early",))
    here.paid(event, 6, "Early")
    here.committed(here.file(event, 4, "Early"))
    with psycopg.connect(here.system.settings.database_url, autocommit=True) as connection:
        position = 0
        while batch := after(here.system.store, position, 1):
            position = batch[-1][0]
            for model in MODELS.values():
                models.advance(connection, model, batch)
    here.settle()
    assert here.broken() == []


def test_a_changed_row_is_found_and_named(here: World) -> None:
    busy(here)
    here.system.database.execute("UPDATE reporting.overview SET tickets = tickets + 1")
    report = rebuild(here.system.settings.database_url, here.system.store, [MODELS["overview"]], switch=False)
    assert next((d.table, d.only_live > 0) for d in report.differences) == ("overview", True)
    assert not report.switched
    rebuild(here.system.settings.database_url, here.system.store, [MODELS["overview"]])
    assert here.broken() == []


def test_a_fact_that_cannot_be_read_stops_loudly_with_its_position(here: World) -> None:
    busy(here)
    here.system.database.execute(
        "INSERT INTO log.stored_events (originator_id, originator_version, topic, state) "
        "VALUES (gen_random_uuid(), 1, 'Nothing.Known', '{}')"
    )
    position = here.system.store.recorder.max_notification_id()
    with pytest.raises(Poisoned, match=f"Position {position} .Nothing.Known."):
        after(here.system.store, 0, 10_000)


def test_the_follower_wakes_on_an_append_and_a_second_one_stands_by(here: World) -> None:
    url = here.system.settings.database_url
    followers = [Follower(url, here.system.store, here.context.nudge) for _ in range(2)]
    threads = [threading.Thread(target=follower.run, daemon=True) for follower in followers]
    for thread in threads:
        thread.start()
    here.event()
    deadline = time.monotonic() + 5
    while here.system.database.one("SELECT count(*) FROM reporting.events") != (1,):
        assert time.monotonic() < deadline
    followers[0].stopping.set()
    threads[0].join(5)
    here.event("Other Night")
    while here.system.database.one("SELECT count(*) FROM reporting.events") != (2,):
        assert time.monotonic() < deadline + 5
    followers[1].stopping.set()
    threads[1].join(5)


def test_the_sweep_nudges_what_nobody_took(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.follow()
    here.context.nudge.sent.clear()
    sweep(here.context, older_than_seconds=0)
    assert ("match", str(event.id)) in here.context.nudge.sent


def test_an_upload_is_completed_once_every_ticket_was_tried(here: World) -> None:
    from harrystix.application.processes.completion import complete_uploads
    from harrystix.domain.upload import Upload

    event = here.event()
    upload = here.committed(here.file(event, 2))
    here.follow()
    assert complete_uploads(here.context) == 0
    here.settle()
    assert complete_uploads(here.context) == 1
    assert here.system.store.get(Upload, upload.id).state == "completed"


def test_rows_that_wait_too_long_are_deleted(here: World) -> None:
    from harrystix.application.handlers.uploads import discard_expired

    upload = here.received(here.file(here.event(), 2))
    assert discard_expired(here.context) == 0
    here.system.database.execute("UPDATE app.upload_files SET received_at = now() - interval '25 hours'")
    assert discard_expired(here.context) == 1
    assert here.context.tickets.staged(str(upload.id)) == []


def test_a_read_model_of_an_older_version_is_refused_and_built_anew_by_migrate(here: World) -> None:
    database = here.system.database
    database.execute("ALTER TABLE reporting.member_orders DROP COLUMN needs")
    database.execute("UPDATE reporting.positions SET schema_hash = '' WHERE model = 'member_orders'")
    follower = Follower(here.system.settings.database_url, here.system.store, here.system.context.nudge)
    with pytest.raises(Outdated, match="member_orders"):
        follower.run()
    assert refresh(here.system.settings.database_url) == ["member_orders"]
    assert refresh(here.system.settings.database_url) == []
    database.all("SELECT needs FROM reporting.member_orders")


def test_a_read_model_that_can_not_digest_a_fact_stands_still_alone_and_goes_on_afterwards(
    here: World,
) -> None:
    event = here.event()
    here.follow()
    here.system.database.execute("ALTER TABLE reporting.member_orders ADD CONSTRAINT nobody CHECK (false)")
    here.paid(event, 3)
    here.committed(here.file(event, 3))
    here.settle()
    assert len(here.mails()) == 3, "mails leave whatever a page can't show"
    positions = dict(here.system.database.all("SELECT model, position FROM reporting.positions"))
    head = here.system.store.recorder.max_notification_id()
    assert [model for model, position in positions.items() if position != head] == ["member_orders"]
    here.system.database.execute("ALTER TABLE reporting.member_orders DROP CONSTRAINT nobody")
    here.settle()
    assert here.broken() == []


def test_a_new_read_model_catches_up_beside_the_others(here: World) -> None:
    busy(here)
    here.system.database.execute(
        "TRUNCATE reporting.member_orders; UPDATE reporting.positions SET position = 0 WHERE model = 'member_orders'"
    )
    event = here.event("Other Night")
    here.paid(event, 1, prefix="z")
    here.settle()
    assert here.broken() == []


def test_a_follower_whose_tables_were_switched_by_another_version_stops(here: World) -> None:
    busy(here)
    here.system.database.execute(
        "UPDATE reporting.positions SET schema_hash = 'of another' WHERE model = 'overview'"
    )
    here.event("Other Night")
    with pytest.raises(Outdated, match="overview"):
        here.follow()
    here.system.database.execute(
        "UPDATE reporting.positions SET schema_hash = %s WHERE model = 'overview'",
        (MODELS["overview"].schema_hash,),
    )
