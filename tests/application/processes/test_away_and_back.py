"""Stripe is away for ten minutes, or we are: of payments, refunds and news all are done afterwards, each once."""

from collections.abc import Callable

import pytest

from harrystix.adapters.stripe.gateway import StripeGateway
from harrystix.application.handlers import money
from harrystix.application.points import listen
from harrystix.application.processes import bulk, bulk_refunds
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_looking import asked, charges
from tests.application.processes.test_refunding import at_stripe
from tests.money import announced, captured, get, news, ordered, told
from tests.world import STRIPE_KEY, World

TEN = 10
# Every twenty seconds somebody tries again; oftener than the patience that any message has.
ROUNDS = 30
AWAY = ["error_before", "drop_before", "rate_limit"]


class Killed(BaseException):
    """The process is gone."""


def impatient(here: World) -> None:
    """The real client, which does not try again by itself: the rounds are ours."""
    object.__setattr__(
        here.context, "payments", StripeGateway(STRIPE_KEY, here.stripe_url, timeout=2, retries=0)
    )


def time_goes_on(here: World) -> None:
    """Leases, delays and pauses are over."""
    here.follow()
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    here.system.database.execute("UPDATE app.inbox SET not_before = now() WHERE state = 'pending'")
    here.system.database.execute("UPDATE app.failed_work SET next_try_at = now()")
    here.system.broker.client.delete("breaker:stripe:open")  # pyright: ignore


def away_and_back(here: World, fault: str, work: Callable[[], object]) -> None:
    impatient(here)
    here.stripe_fault(requests={fault: 1_000_000})
    for _ in range(ROUNDS):
        work()
        time_goes_on(here)
    here.stripe_fault(requests={fault: 0})
    for _ in range(3):
        work()
        time_goes_on(here)
    assert here.system.database.all("SELECT kind, subject FROM app.failed_work") == []
    assert here.context.outages.current() == []


def statuses(here: World, ids: list[str]) -> set[Status]:
    return {get(here, order_id).status for order_id in ids}


def capture(here: World) -> None:
    capture_due(here.context, here.context.payments, here.context.pace)


def ten_refunds(here: World) -> list[str]:
    ids = ordered(here, announced(here), TEN)
    captured(here, ids)
    here.settle()
    money.request_refunds(here.context, here.context.by("staff:kim"), ids, reason="r", origin="bulk")
    here.follow()
    return ids


def refunds_of_an_event(here: World) -> list[str]:
    """A whole event, by its list."""
    event_id = announced(here)
    ids = ordered(here, event_id, TEN)
    captured(here, ids)
    here.settle()
    lines = bulk_refunds.plan(here.context, event_id, "all")
    bulk_refunds.order(
        here.context,
        here.context.by("staff:kim", "all"),
        event_id,
        scope="all",
        reason="called off",
        orders=TEN,
        amount=TEN * 1200,
        fingerprint=bulk_refunds.fingerprint(lines),
    )
    here.follow()
    return ids


def refund_all(here: World) -> None:
    bulk.carry_out(here.context)
    here.follow()
    refund_due(here.context)
    here.follow()
    bulk_refunds.carry_out(here.context)
    here.follow()


def ten_messages(here: World) -> list[str]:
    ids = ordered(here, announced(here), TEN)
    for order_id in ids:
        here.charged(order_id)
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    return ids


@pytest.mark.parametrize("fault", AWAY)
def test_ten_minutes_without_stripe_all_are_charged_once_afterwards(here: World, fault: str) -> None:
    ids = ordered(here, announced(here), TEN)
    asked(here, ids)
    away_and_back(here, fault, lambda: capture(here))
    assert statuses(here, ids) == {Status.CONFIRMED}
    assert charges(here) == TEN
    here.settle()
    assert here.broken() == []


@pytest.mark.parametrize("fault", AWAY)
def test_ten_minutes_without_stripe_all_get_their_money_back_once_afterwards(here: World, fault: str) -> None:
    ids = ten_refunds(here)
    away_and_back(here, fault, lambda: refund_due(here.context))
    assert at_stripe(here) == [(1200, "succeeded")] * TEN
    assert statuses(here, ids) == {Status.REFUNDED}
    here.settle()
    assert here.broken() == []


def test_ten_minutes_without_stripe_a_whole_event_is_refunded_afterwards(here: World) -> None:
    ids = refunds_of_an_event(here)
    away_and_back(here, "error_before", lambda: refund_all(here))
    assert at_stripe(here) == [(1200, "succeeded")] * TEN
    assert statuses(here, ids) == {Status.REFUNDED}
    assert (
        here.system.database.all("SELECT 1 FROM reporting.due_work WHERE kind IN ('refunds', 'bulk')") == []
    )


@pytest.mark.parametrize("fault", AWAY)
def test_ten_minutes_without_stripe_all_news_are_followed_afterwards(here: World, fault: str) -> None:
    ids = ten_messages(here)
    away_and_back(here, fault, lambda: process(here.context))
    assert statuses(here, ids) == {Status.CONFIRMED}
    assert here.system.database.all("SELECT DISTINCT state FROM app.inbox") == [("done",)]


@pytest.mark.parametrize(
    "place", ["cap.after_pi_create", "cap.after_link", "cap.after_confirm_before_record"]
)
def test_a_restart_in_the_middle_of_a_capture_charges_everybody_once(here: World, place: str) -> None:
    ids = ordered(here, announced(here), TEN)
    asked(here, ids)
    dying(here, place, lambda: capture(here))
    capture(here)
    assert statuses(here, ids) == {Status.CONFIRMED}
    assert charges(here) == TEN
    made = here.at_stripe("GET", "payment_intents", limit="100")["data"]
    assert [payment["status"] for payment in made] == ["succeeded"] * TEN, "and nothing else can be paid"


def test_a_restart_in_the_middle_of_refunds_gives_back_once(here: World) -> None:
    ids = ten_refunds(here)
    dying(here, "ref.after_api_before_record", lambda: refund_due(here.context))
    refund_due(here.context)
    assert at_stripe(here) == [(1200, "succeeded")] * TEN
    here.follow()
    rows = here.system.database.all("SELECT state, count(*) FROM reporting.refunds GROUP BY 1")
    assert (rows, statuses(here, ids)) == ([("succeeded", TEN)], {Status.REFUNDED})


def test_a_restart_in_the_middle_of_the_refunds_of_an_event_gives_back_once(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = refunds_of_an_event(here)
    monkeypatch.setattr(bulk, "TOGETHER", 4)
    real = here.system.store.commit
    saved: list[int] = []

    def dies_after_its_second_save(*aggregates: object, **more: object) -> None:
        real(*aggregates, **more)  # pyright: ignore[reportArgumentType]
        saved.append(len(aggregates))
        if len(saved) == 2:
            raise Killed

    here.system.store.commit = dies_after_its_second_save  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(Killed):
        bulk.carry_out(here.context)
    here.system.store.commit = real  # pyright: ignore[reportAttributeAccessIssue]
    time_goes_on(here)
    assert len([one for one in ids if get(here, one).refunds]) == 8
    for _ in range(2):
        refund_all(here)
        time_goes_on(here)
    assert at_stripe(here) == [(1200, "succeeded")] * TEN
    assert {len(get(here, one).refunds) for one in ids} == {1}


def test_a_restart_in_the_middle_of_the_news_follows_each_once(here: World) -> None:
    ids = ten_messages(here)
    real = here.context.inbox.settle
    done: list[object] = []

    def dies_at_the_fifth(items: list[int], state: str, note: str = "") -> None:
        done.extend(items)
        if len(done) >= 5:
            raise Killed
        real(items, state, note)

    here.context.inbox.settle = dies_at_the_fifth
    with pytest.raises(Killed):
        process(here.context)
    here.context.inbox.settle = real
    time_goes_on(here)
    process(here.context)
    assert statuses(here, ids) == {Status.CONFIRMED}
    assert here.system.database.all("SELECT state, count(*) FROM app.inbox GROUP BY 1") == [("done", TEN)]
    assert {len(get(here, one).strays) for one in ids} == {0}


def dying(here: World, place: str, work: Callable[[], object]) -> None:
    seen: list[str] = []

    def die(name: str) -> None:
        seen.append(name)
        if name == place:
            raise Killed

    ended = listen(die)
    with pytest.raises(Killed):
        work()
    ended()
    assert place in seen
    here.stripe_fault(forget=True)
    time_goes_on(here)
