"""Data of any earlier release starts under this one: brought up to date, sound, and served a new upload."""

import gzip
import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.follower.rebuild import refresh
from harrystix.application import repair
from harrystix.application.handlers import erasing, money
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.world import Servers, World, world

RELEASES = Path(__file__).parent / "samples" / "releases"
SOUND = ("e734bce", "485fe5d")


@contextmanager
def upgraded(servers: Servers, folder: Path, release: str) -> Generator[World]:
    """The database of that release with its keys, after `migrate`; matched and mailed until nothing is left."""
    with servers.empty_database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(gzip.decompress((RELEASES / f"{release}.sql.gz").read_bytes()))
        migrate(url)
        refresh(url)
        shutil.copy(RELEASES / f"{release}.keys.json", folder / "keys.json")
        with world(servers, folder, database_url=url) as made:
            made.settle()
            yield made


@pytest.mark.parametrize("release", SOUND)
def test_data_of_an_earlier_release_is_sound_and_serves_a_new_upload(
    servers: Servers, tmp_path: Path, release: str
) -> None:
    with upgraded(servers, tmp_path, release) as here:
        here.context.tickets.make_canonical()
        broken = [line for result in here.verify(payments=False) for line in result.broken]
        assert broken == []
        row = here.system.database.one("SELECT id::text FROM reporting.events WHERE code = 'HARBOUR'")
        assert row
        event = here.system.store.get(TicketedEvent, row[0])
        waiting = here.system.database.one(
            "SELECT waiting FROM reporting.overview WHERE event_id = %s", (row[0],)
        )
        assert waiting == (2,)
        here.committed(here.file(event, 3, "A", start=900))
        here.settle()
        waiting = here.system.database.one(
            "SELECT waiting FROM reporting.overview WHERE event_id = %s", (row[0],)
        )
        assert waiting == (1,), "the one who wants A"
        assert [line for result in here.verify(payments=False) for line in result.broken] == []


def test_damage_of_an_earlier_release_is_found_by_name(servers: Servers, tmp_path: Path) -> None:
    damage = json.loads((RELEASES / "485fe5d-damaged.json").read_text())
    with upgraded(servers, tmp_path, "485fe5d-damaged") as here:
        broken = "\n".join(line for result in here.verify(payments=False) for line in result.broken)
        assert damage["doubled"][0]["ticket_id"] in broken
        assert damage["two_tickets"][0]["order_id"] in broken
        # Both holders of the doubled one can be read, and nobody is stopped by them.
        for order_id in damage["doubled"][0]["order_ids"]:
            assert here.system.store.get(PreOrder, order_id).ticket_id == damage["doubled"][0]["ticket_id"]


def test_damage_of_an_earlier_release_is_mended_and_everybody_served(
    servers: Servers, tmp_path: Path
) -> None:
    damage = json.loads((RELEASES / "485fe5d-damaged.json").read_text())
    doubled, twice = damage["doubled"][0], damage["two_tickets"][0]
    with upgraded(servers, tmp_path, "485fe5d-damaged") as here:
        found = repair.find(here.context, repair.events_of(here.context))
        assert {one.event_id for one in found} == {doubled["event_id"], twice["event_id"]}
        for one in found:
            repair.repair(here.context, here.context.by("staff:kim"), one.event_id, "given twice")
        here.settle()
        assert repair.find(here.context, repair.events_of(here.context)) == []
        first, second = here.system.store.get_many(PreOrder, doubled["order_ids"]).values()
        assert first.ticket_id == doubled["ticket_id"]
        assert second.ticket_id in doubled["spare_ticket_ids"], "served next"
        (waited,) = here.system.store.get_many(PreOrder, twice["waiting_order_ids"]).values()
        assert waited.ticket_id == twice["pool_ticket_id"]
        assert here.system.store.get(PreOrder, twice["order_id"]).ticket_id == twice["member_ticket_id"]
        assert [line for result in here.verify(payments=False) for line in result.broken] == []


def test_the_second_holder_of_a_doubled_ticket_is_refunded_and_erased_like_anybody(
    servers: Servers, tmp_path: Path
) -> None:
    damage = json.loads((RELEASES / "485fe5d-damaged.json").read_text())
    _, second = damage["doubled"][0]["order_ids"]
    with upgraded(servers, tmp_path, "485fe5d-damaged") as here:
        money.request_refund(here.context, here.context.by("staff:kim"), second, reason="r")
        erasing.erase_order(here.context, here.context.by("staff:kim"), second)
        here.settle()
        assert here.system.store.get(PreOrder, second).status is Status.ERASED
