"""What a process keeps of pools: always what the log says, and never the same one to read and to change."""

import subprocess
import sys
from pathlib import Path

from tests.world import World


def test_a_pool_that_was_read_before_is_read_as_the_log_has_it_now(here: World) -> None:
    event = here.event()
    event_id = str(event.id)
    assert here.system.store.pool(event_id) is None
    here.paid(event, 3)
    here.settle()
    first = here.system.store.pool(event_id)
    assert first
    assert first is here.system.store.pool(event_id)
    here.committed(here.file(event, 2))
    here.settle()
    second = here.system.store.pool(event_id)
    assert second
    assert (len(first.tickets), len(second.tickets), len(second.ticket_of)) == (0, 2, 2)


def test_who_changes_a_pool_has_another_one_than_who_reads_it(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.settle()
    store, by = here.system.store, here.context.by("staff:test")
    read = store.pool(str(event.id))
    changed = store.check_out(str(event.id), by)
    assert read
    changed.remove_order(by, next(iter(changed.orders)), "withdrawn")
    assert [read.is_waiting(order) for order in read.orders] == [True, True]
    # It was not saved, and not given back.
    assert store.pool(str(event.id)) is read


def test_every_pool_read_is_what_the_whole_log_says(here: World) -> None:
    event = here.event(variants=("Entry 9pm",))
    store = here.system.store
    for number in range(4):
        here.paid(event, 3, "Entry 9pm", prefix=f"p{number}")
        here.committed(here.file(event, 2, "Entry 9pm", start=number * 10))
        here.settle()
        read = store.pool(str(event.id))
        assert read
        assert vars(read) == vars(store.repository.get(read.id))


def test_whoever_has_a_store_reads_every_fact_there_ever_was() -> None:
    """In a process that has loaded nothing else: what one part needs may have been loaded by another one."""
    samples = Path(__file__).parents[1] / "samples" / "events"
    topics = sorted({path.name.rsplit(".v", 1)[0] for path in samples.glob("*.json")})
    assert len(topics) > 60
    program = (
        "import sys; import harrystix.application.store; from eventsourcing.utils import resolve_topic\n"
        "for topic in sys.argv[1:]: resolve_topic(topic)"
    )
    subprocess.run([sys.executable, "-c", program, *topics], check=True)
