"""Work that nobody sees waiting, that outlives its reason, or that keeps others because it is done in one go."""

from datetime import timedelta

import pytest
import requests
from psycopg.sql import SQL, Literal

from harrystix.adapters.postgres.retention import tidy
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.forgetting import KEEP_UNPAID, forget_due
from harrystix.application.processes.runs import enumerate_due, start_now
from harrystix.application.work import PARKS
from harrystix.domain.pre_order_events import Status
from tests.adapters.follower.test_scheduler import one_round
from tests.adapters.postgres.test_retention_trouble import OLD, REFUSE
from tests.application.processes.test_forgetting import at
from tests.application.processes.test_work import POISON, TEN, again, asked
from tests.money import announced, get, news, ordered, told
from tests.world import World


def poisoned(here: World, stream: str) -> None:
    """Whatever is written to that stream is lost to somebody else, each time."""
    here.system.database.execute(REFUSE)
    here.system.database.execute(
        SQL(
            "CREATE TRIGGER poison BEFORE INSERT ON log.stored_events FOR EACH ROW "
            "WHEN (NEW.originator_id = {}) EXECUTE FUNCTION app.refuse('23505')"
        ).format(Literal(stream))
    )


def test_of_ten_pre_orders_of_a_run_the_third_is_poison_and_nine_are_asked_for(here: World) -> None:
    ids = ordered(here, announced(here), TEN)
    poisoned(here, ids[POISON])
    start_now(here.context, here.context.by("staff:kim"), here.context.schedule)
    here.follow()
    enumerate_due(here.context)
    for _ in range(3):
        again(here)
        enumerate_due(here.context)
    tried = [get(here, order_id).attempt_open for order_id in ids]
    assert tried.count(True) == TEN - 1 and not tried[POISON]


def test_of_ten_expiring_cards_the_third_is_poison_and_nine_are_warned(here: World) -> None:
    ids = ordered(here, announced(here), TEN)
    run = here.context.schedule.next(here.context.clock.now())
    at(here, run - timedelta(days=1))
    for order_id in ids:
        order = get(here, order_id)
        order.save_card(
            here.context.by("member:x"),
            setup_id=f"seti_{order_id}",
            customer_id=order.customer_id,
            payment_method_id=order.payment_method_id,
            expires=202001,
        )
        here.system.store.commit(order)
    here.follow()
    poisoned(here, ids[POISON])
    before = {order_id: get(here, order_id).version for order_id in ids}
    one_round(here)
    moved = [order_id for order_id in ids if get(here, order_id).version > before[order_id]]
    assert len(moved) == TEN - 1


def test_an_upload_that_can_not_be_discarded_keeps_no_later_one(here: World) -> None:
    event = here.event()
    first, second = (str(here.received(here.file(event, 1, start=n)).id) for n in range(2))
    here.system.database.execute("UPDATE app.upload_files SET received_at = now() - interval '25 hours'")
    oldest = here.context.files.expired(here.context.clock.now())[0]
    other = second if oldest == first else first
    poisoned(here, oldest)
    one_round(here, lambda: None)
    assert here.context.tickets.staged(other) == [], "credentials wait at most 24 hours"


def test_what_was_parked_is_over_once_its_reason_is(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    asked(here, [order_id])
    for _ in range(8):
        here.context.failures.add("capture", order_id, "Poison")
    # The bank's page, or a look at the provider: it is paid, whatever our own try ran into.
    here.charged(order_id)
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    here.settle()
    due = here.system.database.all("SELECT 1 FROM reporting.due_work WHERE kind = 'capture'")
    assert due == []
    here.system.database.execute("UPDATE app.failed_work SET last_failed_at = now() - interval '2 minutes'")
    one_round(here)
    assert here.context.failures.parked(10) == [], "nobody can do anything about it"


def test_what_could_not_be_forgotten_for_a_day_is_forgotten_when_it_can(here: World) -> None:
    (order_id,) = ordered(here, announced(here), 1, "chargeCustomerFail")
    asked(here, [order_id])
    here.system.database.execute("UPDATE reporting.member_orders SET status = 'failed'")
    start = here.system.database.all("SELECT starts_at FROM reporting.events")[0][0]
    now = here.context.clock
    at(here, start + KEEP_UNPAID + timedelta(minutes=1))
    for _ in range(9):
        forget_due(here.context)
        here.system.database.execute("UPDATE app.failed_work SET next_try_at = now()")
    object.__setattr__(here.context, "clock", now)
    again(here)
    capture_due(here.context, here.context.payments)
    here.follow()
    order = get(here, order_id)
    if order.status is not Status.FAILED:
        order.give_up(here.context.by("system:capture"), "event_begun")
        here.system.store.commit(order)
    here.follow()
    assert get(here, order_id).status is Status.FAILED
    at(here, start + KEEP_UNPAID + timedelta(minutes=1))
    forget_due(here.context)
    assert get(here, order_id).status is Status.ERASED


def test_a_retention_that_fails_each_time_is_counted_and_told(here: World) -> None:
    here.system.database.execute(OLD)
    here.system.database.execute(
        REFUSE + "CREATE TRIGGER slow BEFORE DELETE ON app.idempotency "
        "FOR EACH ROW EXECUTE FUNCTION app.refuse('57014')"
    )

    def tidy_up() -> None:
        tidy(here.system.database)

    for _ in range(8):
        one_round(here, tidy_up)
    assert [one.kind for one in here.context.failures.parked(10)] != [], "told to nobody"


@pytest.mark.parametrize("kind", ["match", "sign_in"])
def test_the_oldest_item_of_each_queue_is_in_the_metrics(online: World, kind: str) -> None:
    event = online.event()
    online.paid(event, 1)
    online.committed(online.file(event, 3))
    online.context.people.links.request("somebody@uni.example")
    online.follow()
    text = requests.get(f"{online.web}/metrics", timeout=10).text
    assert f'harrystix_due_work_age_seconds{{kind="{kind}"}}' in text


def test_the_page_of_processes_says_after_how_long_work_is_parked(here: World) -> None:
    seconds = 0.0
    while not here.context.failures.parked(1):
        failed = here.context.failures.add("complete", "x", "Poison")
        seconds += 0 if failed.parked else (failed.next_try_at - failed.last_failed_at).total_seconds()
    words = {1: "an hour", 2: "two hours", 3: "three hours"}
    assert words[round(seconds / 3600)] in PARKS, f"{seconds / 3600:.2f} hours"
