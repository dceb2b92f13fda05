"""Captures, refunds and books over HTTP, for those who look after them."""

from harrystix.application.processes import runs
from harrystix.application.processes.bulk import carry_out
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from tests.adapters.web.test_members import NOBODY, enter_card, order
from tests.money import announced, get, members, ordered, paid, refunded
from tests.world import World


def test_the_rehearsal_shows_who_how_much_and_where_tickets_are_short_and_touches_nothing(
    online: World, member: str
) -> None:
    event_id = announced(online)
    order_id = order(online, member, event_id).json()["id"]
    enter_card(online, member, order_id)
    order(online, online.key("member", members(online, 1, 1)[0]), event_id)
    online.follow()
    before = dict(online.stripe.calls)
    found = online.call("GET", "/api/admin/capture/rehearsal", online.key("admin")).json()
    assert found["orders"] == {"charge": 1, "no_card": 1}
    assert found["amounts"] == {"GBP": 1200}
    assert [(s["demand"], s["supply"], s["short"]) for s in found["shortfall"]] == [(1, 0, 1)]
    assert [line["fate"] for line in found["lines"]] == ["charge", "no_card"]
    assert online.stripe.calls == before


def test_whoever_has_no_preference_is_short_only_of_what_nobody_wants_exactly(online: World) -> None:
    from harrystix.application.handlers.events import NewVariant
    from harrystix.domain.ticketed_event import TicketedEvent

    event_id = announced(online, variants=[NewVariant("Early"), NewVariant("Late")])
    event = online.system.store.get(TicketedEvent, event_id)
    early, late = (found["id"] for found in event.variants)
    online.committed(online.file(event, 3, "Early"))
    ordered(online, event_id, variant=early)
    ordered(online, event_id, variant=late, start=1)
    ordered(online, event_id, 3, start=2)
    online.settle()
    found = online.call("GET", "/api/admin/capture/rehearsal", online.key("admin")).json()
    assert [(s["variant"], s["demand"], s["supply"], s["short"]) for s in found["shortfall"]] == [
        ("Late", 1, 0, 1),
        ("", 3, 2, 1),
        ("Early", 1, 3, 0),
    ]
    assert [line["variant"] for line in found["lines"]] == ["Early", "Late", "", "", ""]


def test_a_run_by_api_has_progress_and_a_result(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    enter_card(online, member, order_id)
    admin = online.key("admin")
    run_id = online.call("POST", "/api/admin/capture/runs", admin).json()["runId"]
    online.follow()
    path = f"/api/admin/capture/runs/{run_id}"
    assert online.call("GET", path, admin).json()["state"] == "collecting"
    runs.enumerate_due(online.context)
    online.follow()
    assert online.call("GET", path, admin).json()["state"] == "running"
    capture_due(online.context, online.context.payments)
    online.follow()
    found = online.call("GET", path, admin).json()
    assert (found["state"], found["counts"], found["amounts"]) == (
        "finished",
        {"succeeded": 1},
        {"GBP": 1200},
    )
    (attempt,) = online.call("GET", f"{path}/attempts", admin).json()
    assert (attempt["orderId"], attempt["state"]) == (order_id, "succeeded")
    assert len(online.call("GET", "/api/admin/capture/runs", admin).json()) == 1
    assert online.call("GET", path[:-36] + NOBODY, admin).status_code == 404


def test_support_refunds_one_and_many_by_api_with_a_dry_run(online: World) -> None:
    ids = paid(online, 3)
    support, event_id = online.key("support"), get(online, ids[0]).event_id
    part = {"reason": "a gesture", "amountMinor": 200}
    answer = online.call("POST", f"/api/admin/pre-orders/{ids[0]}/refund", support, json=part)
    assert answer.status_code == 202
    too_much = {"reason": "a gesture", "amountMinor": 1001}
    answer = online.call("POST", f"/api/admin/pre-orders/{ids[0]}/refund", support, json=too_much)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_refund")
    plan = online.call("GET", f"/api/admin/events/{event_id}/refunds/plan", support).json()
    assert (plan["orders"], plan["amountMinor"]) == (3, 3400)
    wish = {
        "scope": "waiting",
        "reason": "cancelled",
        "orders": 3,
        "amountMinor": 3600,
        "fingerprint": plan["fingerprint"],
    }
    stale = online.call("POST", f"/api/admin/events/{event_id}/refunds", support, json=wish)
    assert (stale.status_code, stale.json()["code"]) == (412, "out_of_date")
    wish["amountMinor"] = 3400
    assert online.call("POST", f"/api/admin/events/{event_id}/refunds", support, json=wish).status_code == 202
    online.follow()
    carry_out(online.context)
    online.follow()
    refunded(online)
    rows = online.call("GET", f"/api/admin/refunds?eventId={event_id}", support).json()
    assert [(row["amountMinor"], row["state"]) for row in rows] == [
        (200, "succeeded"),
        (1000, "succeeded"),
        (1200, "succeeded"),
        (1200, "succeeded"),
    ]
    assert online.call("GET", f"/api/admin/refunds?eventId={event_id}&state=failed", support).json() == []


def test_an_event_admin_does_not_refund(online: World) -> None:
    (order_id,) = paid(online)
    path, wish = f"/api/admin/pre-orders/{order_id}/refund", {"reason": "a gesture"}
    assert online.call("POST", path, online.key("admin"), json=wish).status_code == 403


def test_cases_findings_and_parked_messages_are_listed(online: World) -> None:
    support = online.key("support")
    (order_id,) = paid(online, alias="createIssuerFraudRecord")
    from tests.money import news, told

    for event in news(online):
        told(online, event)
    process(online.context)
    online.settle()
    (case,) = online.call("GET", "/api/admin/cases?state=open", support).json()
    assert (case["kind"], case["orderId"]) == ("fraud_warning", order_id)
    path = f"/api/admin/pre-orders/{order_id}/cases/{case['id']}/dismiss"
    assert online.call("POST", path, support, json={"reason": "known member"}).status_code == 204
    assert not get(online, order_id).frozen
    assert online.call("POST", "/api/admin/reconciliations", support).json()["findings"] == {}
    assert online.call("GET", "/api/admin/findings", support).json() == []
    assert online.call("GET", "/api/admin/inbox", support).json() == []
    assert online.call("POST", "/api/admin/inbox/77/replay", support).status_code == 404
    assert online.call("POST", "/api/admin/findings/77/repair", support).status_code == 404
