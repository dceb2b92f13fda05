"""Which processes run: they say so, and what says nothing any more is shown as silent."""

import os

from harrystix.adapters.postgres.processes import processes, seen
from tests.people import Person
from tests.world import World


def test_a_process_is_there_while_it_runs_and_takes_its_leave(here: World) -> None:
    with seen(here.system.database, "worker", every=0.01):
        while not (found := processes(here.system.database)):
            pass
        (one,) = found
        assert (one.part, one.pid, one.alive) == ("worker", os.getpid(), True)
        while processes(here.system.database)[0].seen_at == one.seen_at:
            pass
    assert processes(here.system.database) == []


def test_one_that_was_killed_is_silent_then_and_forgotten_in_a_day(online: World) -> None:
    kim = Person.at_work(online, "owner")
    online.system.database.execute(
        "INSERT INTO app.processes (process_id, part, host, pid, version, seen_at) "
        "VALUES (gen_random_uuid(), 'follower', 'here', 7, '1', now() - interval '31 seconds')"
    )
    page = kim.calls("GET", "/admin/health").text
    assert "silent" in page and "here, process 7" in page
    online.system.database.execute("UPDATE app.processes SET seen_at = now() - interval '25 hours'")
    assert "here, process 7" not in kim.calls("GET", "/admin/health").text
