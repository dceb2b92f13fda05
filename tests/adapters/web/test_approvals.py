"""What needs two people, over HTTP: asked for by one, granted by another, carried out by a worker."""

from typing import Any

import requests

from harrystix.application.handlers import money, orders
from harrystix.application.handlers.orders import BulkResult
from harrystix.application.processes import approved
from harrystix.domain.errors import Conflict
from tests.money import get, paid
from tests.people import Person
from tests.world import World


def carried_out(online: World) -> None:
    online.follow()
    approved.carry_out(online.context)
    online.settle()


def state(online: World, key: str, approval: str) -> dict[str, Any]:
    online.follow()
    found = online.call("GET", "/api/admin/approvals", key).json()
    return next(one for one in found if one["id"] == approval)


def granted(who: Person, approval: str) -> requests.Response:
    return who.calls("POST", f"/api/admin/approvals/{approval}/grant")


def mailed(online: World, count: int) -> list[str]:
    event = online.event()
    online.paid(event, count)
    online.committed(online.file(event, count))
    online.settle()
    return [row[0] for row in online.system.database.all("SELECT id::text FROM reporting.pre_orders")]


def test_fifty_mails_are_sent_again_at_once_and_fifty_one_wait_for_a_second_person(online: World) -> None:
    ids, one, other = mailed(online, 51), online.key("support"), Person.at_work(online, "support")
    alone = online.call("POST", "/api/admin/pre-orders/resend", one, json={"preOrderIds": ids[:50]})
    assert (len(alone.json()["done"]), alone.json()["approvalId"]) == (50, None)
    online.settle()
    body = {"preOrderIds": ids, "reason": "the mail provider lost them"}
    waits = online.call("POST", "/api/admin/pre-orders/resend", one, json=body)
    assert (waits.status_code, waits.json()["done"]) == (202, [])
    approval = waits.json()["approvalId"]
    carried_out(online)
    assert len(online.mails()) == 51 + 50
    # A key is as good as whoever holds it: no second person.
    path = f"/api/admin/approvals/{approval}/grant"
    assert {online.call("POST", path, key).status_code for key in (one, online.key("owner"))} == {403}
    assert granted(other, approval).status_code == 202
    carried_out(online)
    assert len(online.mails()) == 51 + 50 + 51
    assert state(online, one, approval)["state"] == "done"
    assert online.broken() == []


def test_many_mails_without_a_reason_are_refused(online: World) -> None:
    ids = mailed(online, 51)
    answer = online.call(
        "POST", "/api/admin/pre-orders/resend", online.key("support"), json={"preOrderIds": ids}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "reason")


def test_a_refund_over_the_limit_waits_for_a_second_person(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    (order_id,) = paid(online)
    one, other = online.key("support"), Person.at_work(online, "owner")
    admin = Person.at_work(online, "admin")
    path, body = f"/api/admin/pre-orders/{order_id}/refund", {"reason": "asked for"}
    small = online.call("POST", path, one, json={**body, "amountMinor": 100}).json()
    assert small["refundId"] and not small["approvalId"]
    large = online.call("POST", path, one, json=body).json()
    assert large["approvalId"] and not large["refundId"]
    assert len(get(online, order_id).refunds) == 1
    # Who may not refund may not grant it either, and does not even see it.
    assert granted(admin, large["approvalId"]).status_code == 404
    assert admin.calls("GET", "/api/admin/approvals").json() == []
    assert granted(other, large["approvalId"]).status_code == 202
    carried_out(online)
    assert sorted(refund[1] for refund in get(online, order_id).refunds.values()) == [100, 1100]


def test_what_cannot_be_done_any_more_ends_with_the_reason(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    (order_id,) = paid(online)
    one, other = online.key("support"), Person.at_work(online, "support")
    path = f"/api/admin/pre-orders/{order_id}/refund"
    waits = [online.call("POST", path, one, json={"reason": "r"}).json()["approvalId"] for _ in range(2)]
    for approval in waits:
        assert granted(other, approval).status_code == 202
    carried_out(online)
    assert sorted(state(online, one, approval)["state"] for approval in waits) == ["done", "failed"]
    assert "over_refund" in {state(online, one, approval)["outcome"] for approval in waits}


def test_refunds_of_an_event_over_the_limit_wait_as_well(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    ids = paid(online, 2)
    one, other = online.key("support"), Person.at_work(online, "owner")
    path = f"/api/admin/events/{get(online, ids[0]).event_id}/refunds"
    plan = online.call("GET", f"{path}/plan", one).json()
    body = {"scope": "waiting", "reason": "r", "orders": plan["orders"], "amountMinor": plan["amountMinor"]}
    body["fingerprint"] = plan["fingerprint"]
    waits = online.call("POST", path, one, json=body).json()["approvalId"]
    assert granted(other, waits).status_code == 202
    carried_out(online)
    assert state(online, one, waits)["state"] == "done"


def test_what_was_denied_is_not_carried_out(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 0)
    (order_id,) = paid(online)
    one, other = online.key("support"), Person.at_work(online, "support")
    waits = online.call("POST", f"/api/admin/pre-orders/{order_id}/refund", one, json={"reason": "r"}).json()
    path = f"/api/admin/approvals/{waits['approvalId']}/deny"
    assert other.calls("POST", path, json={"reason": "not this one"}).status_code == 204
    assert granted(other, waits["approvalId"]).status_code == 409
    carried_out(online)
    assert get(online, order_id).refunds == {}


def test_whoever_made_the_key_that_asks_cannot_grant_it(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 0)
    (order_id,) = paid(online)
    kim, lee = Person.at_work(online, "owner", "kim"), Person.at_work(online, "owner", "lee")
    wish = {"role": "support", "label": "my script", "reason": "r"}
    made = kim.calls("POST", "/api/admin/api-keys", json=wish).json()
    granted(lee, made["approvalId"])
    carried_out(online)
    path = f"/api/admin/pre-orders/{order_id}/refund"
    waits = online.call("POST", path, made["key"], json={"reason": "r"}).json()["approvalId"]
    assert granted(kim, waits).json()["code"] == "same_person"
    assert granted(lee, waits).status_code == 202


def test_two_halves_of_a_refund_are_as_much_as_the_whole(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    (order_id,) = paid(online)
    one, path = online.key("support"), f"/api/admin/pre-orders/{order_id}/refund"
    body = {"reason": "r", "amountMinor": 600}
    assert online.call("POST", path, one, json=body).json()["refundId"]
    assert online.call("POST", path, online.key("support"), json=body).json()["approvalId"]
    assert len(get(online, order_id).refunds) == 1


def test_what_was_granted_and_came_between_others_is_tried_again(online: World) -> None:
    ids, one, other = mailed(online, 51), online.key("support"), Person.at_work(online, "support")
    body = {"preOrderIds": ids, "reason": "r"}
    waits = online.call("POST", "/api/admin/pre-orders/resend", one, json=body).json()["approvalId"]
    granted(other, waits)
    online.follow()
    run = approved.ACTS["resend"]

    def busy(*_: object) -> BulkResult:
        raise Conflict("somebody else was faster")

    approved.ACTS["resend"] = busy
    try:
        assert approved.carry_out(online.context) == 0
    finally:
        approved.ACTS["resend"] = run
    assert state(online, one, waits)["state"] == "granted"
    online.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    carried_out(online)
    assert state(online, one, waits)["state"] == "done"


def test_a_bulk_resend_that_died_before_it_was_recorded_mails_nobody_twice(online: World) -> None:
    ids = mailed(online, 3)
    by = online.context.by("system:approvals")
    for _ in range(2):
        orders.resend(online.context, by, ids)
        online.settle()
    assert len(online.mails()) == 3 + 3


def test_a_key_made_with_a_key_hides_nobody(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 0)
    (order_id,) = paid(online)
    kim, lee = Person.at_work(online, "owner", "kim"), Person.at_work(online, "owner", "lee")
    first = kim.calls(
        "POST", "/api/admin/api-keys", json={"role": "owner", "label": "1", "reason": "r"}
    ).json()
    granted(lee, first["approvalId"])
    carried_out(online)
    wish = {"role": "support", "label": "2", "reason": "r"}
    second = online.call("POST", "/api/admin/api-keys", first["key"], json=wish).json()
    granted(lee, second["approvalId"])
    carried_out(online)
    path = f"/api/admin/pre-orders/{order_id}/refund"
    waits = online.call("POST", path, second["key"], json={"reason": "r"}).json()["approvalId"]
    assert granted(kim, waits).json()["code"] == "same_person"


def test_the_rest_of_a_payment_in_bulk_is_as_much_as_all_of_it(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    (order_id,) = paid(online)
    one, path = online.key("support"), f"/api/admin/pre-orders/{order_id}/refund"
    assert online.call("POST", path, one, json={"reason": "r", "amountMinor": 600}).json()["refundId"]
    event = f"/api/admin/events/{get(online, order_id).event_id}/refunds"
    body = {"scope": "waiting", "reason": "r", "orders": 1, "amountMinor": 600}
    body["fingerprint"] = online.call("GET", f"{event}/plan", online.key("support")).json()["fingerprint"]
    assert online.call("POST", event, one, json=body).json()["approvalId"]
    assert len(get(online, order_id).refunds) == 1


def test_pre_orders_that_were_paid_elsewhere_wait_for_an_owner(online: World) -> None:
    online.event()
    online.context.payments.live = True
    admin, support, owner = (
        online.key("admin"),
        Person.at_work(online, "support"),
        Person.at_work(online, "owner"),
    )
    data = b"Event,Variant,Member,Email,Paid at,Payment intent\nNEON,,M,m@uni.example,2026-11-17T19:00:00Z,cash-1"
    path = "/api/admin/orders/import"
    alone = online.call("POST", path, admin, data=data).json()
    assert (alone["imported"], alone["problems"][0]["code"]) == (0, "payment_unknown")
    words = {"X-Reason": "paid in cash at the bar"}
    asked = online.call("POST", f"{path}?elsewhere=true", admin, data=data, headers=words)
    assert asked.status_code == 202
    approval = asked.json()["approvalId"]
    again = f"{path}?approval={approval}"
    assert online.call("POST", again, admin, data=data).json()["code"] == "not_agreed"
    assert granted(support, approval).status_code == 404, "what is paid elsewhere is the owner's to believe"
    assert granted(owner, approval).status_code == 202
    carried_out(online)
    assert online.call("POST", again, admin, data=data + b"\n").json()["code"] == "not_agreed"
    assert online.call("POST", again, admin, data=data).json()["imported"] == 1


def test_a_refund_of_an_event_that_nobody_has_looked_at_like_that_asks_no_second_person(
    online: World,
) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    ids = paid(online, 3)
    support = online.key("support")
    path = f"/api/admin/events/{get(online, ids[0]).event_id}/refunds"
    plan = online.call("GET", f"{path}/plan", support).json()
    money.request_refund(
        online.context, online.context.by("staff:test"), ids[0], reason="r", amount_minor=100
    )
    online.follow()
    body = {"scope": "waiting", "reason": "r", "orders": plan["orders"], "amountMinor": plan["amountMinor"]}
    answer = online.call("POST", path, support, json={**body, "fingerprint": plan["fingerprint"]})
    assert (answer.status_code, answer.json()["code"]) == (412, "out_of_date")
    assert online.call("GET", "/api/admin/approvals", support).json() == []
