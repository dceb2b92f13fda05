import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import JSONTranscoder, RecordConflictError, StoredEvent

from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.eventstore.migrate import migrate
from harrystix.adapters.eventstore.recorder import Transcoder
from harrystix.adapters.eventstore.settings import environment
from harrystix.adapters.follower.tail import after
from harrystix.application.store import Store
from harrystix.domain.errors import Conflict, NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.upload import Upload
from tests.domain.given import NOON, by
from tests.world import World

SIXTEEN_MB = 16 * 2**20


def order(member: str = "m") -> PreOrder:
    return PreOrder.place(by(), event_id="e", member_id=member, variant_id="", price_minor=1, currency="GBP")


def big_save(store: Store) -> int:
    state = b'{"x":"' + b"y" * (SIXTEEN_MB // 8) + b'"}'
    events = [StoredEvent(uuid4(), 1, "PreOrder.Placed", state) for _ in range(8)]
    return len(store.recorder.insert_events(events) or [])


@pytest.mark.timeout(60)
def test_a_save_of_16_mb_over_tcp_comes_through(here: World) -> None:
    assert big_save(here.system.store) == 8


@pytest.mark.timeout(60)
def test_a_save_of_16_mb_over_a_unix_socket_comes_through(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    server = Postgres(tmp_path / "pg", fsync=False, socket_folder=Path("/tmp"))  # noqa: S108
    server.start()
    try:
        migrate(server.url)
        over_socket = {**environment(server.url), "POSTGRES_HOST": "/tmp"}  # noqa: S108
        with Store(env=over_socket) as store:
            assert big_save(store) == 8
    finally:
        server.stop()


def test_database_functions_are_refused(here: World) -> None:
    env = {**environment(here.system.settings.database_url), "POSTGRES_ENABLE_DB_FUNCTIONS": "y"}
    with pytest.raises(RuntimeError):
        Store(env=env)


def test_many_aggregates_come_in_one_select(here: World) -> None:
    store = here.system.store
    orders = [order(f"m{n}") for n in range(700)]
    store.commit(*orders)
    found = store.get_many(PreOrder, [str(o.id) for o in orders] + [str(uuid4())])
    assert len(found) == 700


def test_an_id_of_another_kind_is_not_found(here: World) -> None:
    made = order()
    here.system.store.commit(made)
    with pytest.raises(NotFound):
        here.system.store.get(Upload, made.id)


def test_events_and_rows_are_saved_together_or_not_at_all(here: World) -> None:
    class Broken:
        def run(self, cursor: psycopg.Cursor[object]) -> None:
            cursor.execute("INSERT INTO app.idempotency (actor, key, request_hash) VALUES ('x', 'y', 'z')")
            cursor.execute("SELECT 1/0")

    made = order()
    with pytest.raises(Exception, match="division"):
        here.system.store.commit(made, together=[Broken()])
    with pytest.raises(NotFound):
        here.system.store.get(PreOrder, made.id)
    assert here.system.database.one("SELECT count(*) FROM app.idempotency") == (0,)


def test_an_older_version_cannot_be_saved(here: World) -> None:
    store = here.system.store
    store.commit(order())
    first, second = (store.get(PreOrder, order().id) for _ in range(2))
    payment: dict[str, Any] = {"payment_id": "pi", "amount_minor": 1, "currency": "GBP", "paid_at": NOON}
    first.confirm_payment(by("a"), **payment)
    second.confirm_payment(by("b"), **payment)
    store.commit(first)
    with pytest.raises(RecordConflictError):
        store.commit(second)


def test_a_lost_answer_is_recognised_as_our_own_success(here: World) -> None:
    store = here.system.store
    made = order()
    store.commit(made)
    calls: list[int] = []

    def work() -> str:
        calls.append(1)
        again = store.get(PreOrder, made.id)
        again.confirm_payment(by("mine"), payment_id="pi", amount_minor=1, currency="GBP", paid_at=NOON)
        store.commit(again)
        raise RecordConflictError("the commit came through, its answer did not")

    assert store.run(by("mine"), lambda: [made.id], work) is None
    assert len(calls) == 1


def test_endless_conflicts_end_in_a_clear_refusal(here: World) -> None:
    def work() -> None:
        raise RecordConflictError

    with pytest.raises(Conflict):
        here.system.store.run(by("x"), lambda: [], work)


def test_a_tailing_reader_never_skips_a_position(here: World) -> None:
    """Writers in eight threads; whoever tails sees every event, in order, though they commit at odd times."""
    store, seen = here.system.store, list[int]()

    def write(writer: int) -> None:
        for number in range(40):
            store.commit(order(f"{writer}/{number}"))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers) or after(store, seen[-1] if seen else 0):
        seen += [position for position, _ in after(store, seen[-1] if seen else 0, 50)]
    row = here.system.database.one("SELECT count(*) FROM log.stored_events")
    assert row == (len(seen),)
    assert seen == sorted(seen)


def test_our_json_is_the_library_s_json(here: World) -> None:
    theirs = here.system.store
    stock = JSONTranscoder()
    theirs.register_transcodings(stock)
    state = {"timestamp": NOON, "list": [1, "x", {"at": NOON}], "text": "ä"}
    ours = Transcoder()
    theirs.register_transcodings(ours)
    assert ours.decode(stock.encode(state)) == state
    assert stock.decode(ours.encode(state)) == state
