"""`harrystix keys rotate` as a process that is killed in the middle: both keys open, and the next one goes on."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from harrystix.adapters.vault.keyring import Keyring
from harrystix.adapters.vault.rotation import inventory
from tests.application.processes.test_erasing import served
from tests.world import World

ROTATE = [sys.executable, "-m", "harrystix", "keys", "rotate"]


def environment(here: World) -> dict[str, str]:
    settings = here.system.settings
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "HARRYSTIX_DATA_DIR": str(here.folder),
    }


@pytest.mark.slow
@pytest.mark.parametrize("table", ["members", "tickets"])
def test_a_rotation_that_was_killed_in_the_middle_loses_nothing_and_is_gone_on_with(
    here: World, table: str
) -> None:
    members, _ = served(here, 3)
    path, database = here.system.settings.keys_path, here.system.database
    with psycopg.connect(here.system.settings.database_url) as holder:
        holder.execute(SQL("SELECT 1 FROM {} LIMIT 1 FOR UPDATE").format(Identifier("vault", table)))
        rotating = subprocess.Popen(ROTATE, env=environment(here))
        stands = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND starts_with(query, 'UPDATE')"
        )
        while database.one(stands) != (1,):
            assert rotating.poll() is None
        rotating.send_signal(signal.SIGKILL)
        rotating.wait(10)
    ring = Keyring.load(path)
    assert (ring.current, set(ring.master)) == (2, {1, 2})
    assert len(here.context.members.reveal(members)) == 3
    event = here.event("Other Night")
    here.paid(event, 1, prefix="late")
    here.committed(here.file(event, 1, start=90))
    here.settle()
    assert len(here.mails()) == 4, "who comes in between is served"
    assert subprocess.run(ROTATE, env=environment(here), check=False).returncode == 0
    ring = Keyring.load(path)
    assert set(ring.master) == {2}
    left = {one.version: one.rows for one in inventory(database, ring)}
    assert left[1] == 0 and left[2] > 0
    assert here.broken() == []
