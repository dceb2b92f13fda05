"""Webhooks: whatever comes first, twice, late or never, the state in the end is the same (I13)."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests

from harrystix.application.inbox_ports import InboxItem
from harrystix.application.payment_ports import Payment
from harrystix.application.processes import payment_news
from harrystix.application.processes.inbox import process
from harrystix.application.processes.replay import fetch_event
from harrystix.domain.pre_order_events import Status
from tests.money import announced, captured, connected, delivered, get, news, ordered, paid, told
from tests.signed import signed
from tests.world import World

KINDS = (
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "charge.refunded",
    "charge.dispute.created",
    "radar.early_fraud_warning.created",
)


def end(here: World, order_id: str) -> dict[str, Any]:
    """What counts of a pre-order in the end."""
    order = get(here, order_id)
    return {
        "status": order.status,
        "payment": order.payment_id,
        "given back": order.refunded_minor(order.payment_id),
        "refunds": sorted(str(refund[2]) for refund in order.refunds.values()),
        "cases": order.cases,
    }


def eventful(here: World, order_id: str) -> list[dict[str, Any]]:
    """A payment that failed, succeeded, was half refunded at Stripe, warned of and disputed; all news of it."""
    before = {event["id"] for event in news(here)}
    words = {"amount": "1200", "currency": "gbp", "metadata[pre_order_id]": order_id}
    made = here.at_stripe("POST", "payment_intents", **words)
    confirm = f"payment_intents/{made['id']}/confirm"
    here.at_stripe("POST", confirm, payment_method="pm_card_visa_chargeDeclined")
    here.at_stripe("POST", confirm, payment_method="pm_card_visa")
    here.at_stripe("POST", "refunds", payment_intent=made["id"], amount="500")
    with here.stripe.store.guard:
        charge = here.stripe.store.page("charge", {"payment_intent": made["id"], "limit": "5"})[0]
        good = next(thing for thing in charge if thing["paid"])
        here.stripe.machine._warn(good)
        here.stripe.machine._dispute(good, "dispute")
    found = {event["type"]: event for event in news(here) if event["id"] not in before}
    return [found[kind] for kind in KINDS]


def until_quiet(here: World, tries: int = 4) -> None:
    for _ in range(tries):
        here.system.database.execute("UPDATE app.inbox SET not_before = now() WHERE state = 'pending'")
        process(here.context)


def test_every_order_and_repetition_of_the_news_ends_alike(here: World) -> None:
    event_id = announced(here)
    chance = random.Random(3)
    ends: list[dict[str, Any]] = []
    ways = list(permutations(range(len(KINDS))))
    for number, way in enumerate(chance.sample(ways, 40)):
        (order_id,) = ordered(here, event_id, 1, start=number)
        told_of = eventful(here, order_id)
        for place in way:
            # Some twice, some as a second event object about the same change.
            for suffix in ["", *chance.choice([[], [""], ["_again"]])]:
                told(here, told_of[place], suffix)
            if chance.random() < 0.5:
                process(here.context)
        until_quiet(here)
        found = end(here, order_id)
        found["cases"] = sorted(found["cases"].values())
        found["payment"] = bool(found["payment"])
        ends.append(found)
    assert ends == [ends[0]] * len(ends)
    assert ends[0]["refunds"] == ["succeeded"]
    assert ends[0]["cases"] == ["open", "open"]
    assert here.system.database.all("SELECT DISTINCT state FROM app.inbox") == [("done",)]
    here.settle()
    assert here.broken() == []


def test_control_taken_at_its_word_late_news_of_a_failure_declines_what_was_paid(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: the failure is believed instead of asking how the payment stands now."""
    (order_id,) = ordered(here, announced(here))
    order = get(here, order_id)
    by = here.context.by("system:capture")
    order.request_capture(by, "run-1")
    failed = eventful(here, order_id)[0]
    order.link_payment(by, 1, failed["data"]["object"]["id"])
    here.system.store.commit(order)

    def believed(_: Any) -> Callable[[InboxItem], Payment]:
        def fetch(item: InboxItem) -> Payment:
            payment_id = str(item.hint["payment_intent"])
            now = datetime.now(UTC)
            status = "requires_payment_method"
            return Payment(payment_id, status, 1200, "GBP", now, order_id, code="card_declined")

        return fetch

    told(here, failed)
    with monkeypatch.context() as off:
        off.setattr(payment_news, "_fetched", believed)
        process(here.context)
    assert get(here, order_id).retries == 1, "declined although the money was there"


def test_asked_how_it_stands_late_news_of_a_failure_is_news_of_success(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    told(here, eventful(here, order_id)[0])
    process(here.context)
    assert get(here, order_id).status is Status.CONFIRMED


def test_news_of_a_pre_order_that_is_not_there_yet_wait_for_it(here: World) -> None:
    order_id = str(uuid4())
    here.charged(order_id)
    (event,) = news(here, kinds=("payment_intent.succeeded",))
    told(here, event)
    process(here.context)
    assert here.system.database.one("SELECT state, note FROM app.inbox") == ("pending", "not_found")


def test_patience_ends_in_an_alert_and_a_replay_helps(here: World) -> None:
    order_id = str(uuid4())
    here.charged(order_id)
    (event,) = news(here, kinds=("payment_intent.succeeded",))
    told(here, event)
    here.system.database.execute("UPDATE app.inbox SET attempts = 25")
    process(here.context)
    (parked,) = here.context.inbox.parked(10)
    assert (parked.state, parked.note) == ("parked", "not_found")
    assert here.context.inbox.replay([parked.id]) == 1
    assert here.context.inbox.parked(10) == []


def test_a_message_that_never_came_can_be_fetched(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    here.charged(order_id)
    (event,) = news(here, kinds=("payment_intent.succeeded",))
    assert fetch_event(here.context, event["id"])
    assert not fetch_event(here.context, event["id"])
    process(here.context)
    assert get(here, order_id).status is Status.CONFIRMED


def test_another_products_payments_are_none_of_our_business(here: World) -> None:
    here.at_stripe(
        "POST", "payment_intents", amount="900", currency="gbp", payment_method="pm_card_visa", confirm="true"
    )
    for event in news(here):
        told(here, event)
    process(here.context)
    assert here.system.database.all("SELECT DISTINCT state, note FROM app.inbox") == [("ignored", "not ours")]


def test_while_stripe_is_away_news_wait_without_losing_patience(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    here.charged(order_id)
    told(here, news(here, kinds=("payment_intent.succeeded",))[0])
    here.stripe_fault(requests={"drop_before": 20})
    process(here.context)
    state = here.system.database.one("SELECT state, note FROM app.inbox")
    assert state == ("pending", "the provider does not answer")
    here.stripe_fault(requests={"drop_before": 0})
    until_quiet(here)
    assert get(here, order_id).status is Status.CONFIRMED


def test_a_dispute_freezes_tells_support_and_a_won_one_goes_on(here: World) -> None:
    (order_id,) = paid(here, alias="createDispute")
    for event in news(here):
        told(here, event)
    until_quiet(here)
    assert get(here, order_id).frozen
    (dispute,) = here.at_stripe("GET", "disputes")["data"]
    path = f"disputes/{dispute['id']}"
    here.at_stripe("POST", path, **{"evidence[uncategorized_text]": "winning_evidence"})
    for event in news(here):
        told(here, event)
    until_quiet(here)
    order = get(here, order_id)
    assert (order.frozen, order.cases) == (False, {dispute["id"]: "won"})
    here.settle()
    assert here.broken() == []


def test_a_lost_dispute_takes_money_and_ticket_and_only_says_so_once(here: World) -> None:
    event_id = announced(here)
    (order_id,) = ordered(here, event_id, alias="createDispute")
    captured(here, [order_id])
    (dispute,) = here.at_stripe("GET", "disputes")["data"]
    here.at_stripe("POST", f"disputes/{dispute['id']}/close")
    for event in reversed(news(here)):
        told(here, event)
    until_quiet(here)
    order = get(here, order_id)
    assert (order.status, order.cases) == (Status.REFUNDED, {dispute["id"]: "lost"})
    here.settle()
    assert here.broken() == []


def test_deliveries_doubled_shuffled_and_late_end_in_one_confirmation_each(online: World) -> None:
    event_id = announced(online)
    ids = ordered(online, event_id, 6)
    made = connected(online)
    made.faults = {"double": 2, "shuffle": 0.3, "delay": 0.05}
    for order_id in ids:
        online.charged(order_id)
    delivered(made)
    until_quiet(online)
    assert {get(online, order_id).status for order_id in ids} == {Status.CONFIRMED}
    online.settle()
    assert online.broken() == []


def test_lost_deliveries_are_found_and_taken_in(online: World) -> None:
    (order_id,) = ordered(online, announced(online))
    made = connected(online)
    made.faults = {"lose": 1}
    online.charged(order_id)
    delivered(made)
    assert online.system.database.one("SELECT count(*) FROM app.inbox") == (0,)


def an_event(kind: str, version: str | None, thing: dict[str, Any]) -> bytes:
    whole = {"id": f"evt_{kind}", "object": "event", "api_version": version, "created": 1790000000}
    whole |= {"type": kind, "livemode": False, "pending_webhooks": 1, "data": {"object": thing}}
    return orjson.dumps(whole)


# Of an account that somebody else uses as well: old and new forms, links as ids or whole, and nothing at all.
THINGS: list[dict[str, Any]] = [
    {"id": "x_1", "object": "any"},
    {"id": "x_2", "object": "any", "metadata": {}, "customer": None, "payment_intent": None, "charge": None},
    {
        "id": "x_3",
        "object": "any",
        "payment_intent": "pi_foreign",
        "customer": "cus_foreign",
        "status": "new",
    },
    {"id": "x_4", "object": "any", "metadata": {"pre_order_id": "42"}, "payment_intent": {"id": "pi_whole"}},
]


@pytest.mark.parametrize("version", [None, "2014-01-31", "2019-12-03", "2026-08-26.future"], ids=str)
@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: str(thing["id"]))
def test_events_of_any_version_and_of_anybody_pass_the_endpoint(
    online: World, version: str | None, thing: dict[str, Any]
) -> None:
    kinds = [*payment_news.SUBSCRIBED, "invoice.paid", "account.updated", "v2.core.event_destination.ping"]
    for kind in kinds:
        body = an_event(kind, version, thing)
        answer = requests.post(f"{online.web}/webhooks/stripe", data=body, headers=signed(body), timeout=30)
        assert answer.status_code == 200, kind
    process(online.context)
    states = online.system.database.all("SELECT state, count(*) FROM app.inbox GROUP BY 1")
    assert {str(state) for state, _ in states} <= {"ignored", "pending"}
