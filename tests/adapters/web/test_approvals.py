"""What needs two people, over HTTP: asked for by one, granted by another, carried out by a worker."""

from typing import Any

import pytest
import requests

from harrystix.application.processes import approved
from harrystix.domain.staff import StaffMember
from tests.adapters.web.test_sign_in import Person
from tests.money import get, paid
from tests.world import World


def carried_out(online: World) -> None:
    online.follow()
    approved.carry_out(online.context)
    online.settle()


def state(online: World, key: str, approval: str) -> dict[str, Any]:
    online.follow()
    found = online.call("GET", "/api/admin/approvals", key).json()
    return next(one for one in found if one["id"] == approval)


def granted(online: World, key: str, approval: str) -> requests.Response:
    return online.call("POST", f"/api/admin/approvals/{approval}/grant", key)


def mailed(online: World, count: int) -> list[str]:
    event = online.event()
    online.paid(event, count)
    online.committed(online.file(event, count))
    online.settle()
    return [row[0] for row in online.system.database.all("SELECT id::text FROM reporting.pre_orders")]


def test_fifty_mails_are_sent_again_at_once_and_fifty_one_wait_for_a_second_person(online: World) -> None:
    ids, one, other = mailed(online, 51), online.key("support"), online.key("admin")
    alone = online.call("POST", "/api/admin/pre-orders/resend", one, json={"preOrderIds": ids[:50]})
    assert (len(alone.json()["done"]), alone.json()["approvalId"]) == (50, None)
    online.settle()
    body = {"preOrderIds": ids, "reason": "the mail provider lost them"}
    waits = online.call("POST", "/api/admin/pre-orders/resend", one, json=body)
    assert (waits.status_code, waits.json()["done"]) == (202, [])
    approval = waits.json()["approvalId"]
    carried_out(online)
    assert len(online.mails()) == 51 + 50
    assert granted(online, one, approval).json()["code"] == "same_person"
    assert granted(online, other, approval).status_code == 202
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
    one, other, admin = online.key("support"), online.key("owner"), online.key("admin")
    path, body = f"/api/admin/pre-orders/{order_id}/refund", {"reason": "asked for"}
    small = online.call("POST", path, one, json={**body, "amountMinor": 100}).json()
    assert small["refundId"] and not small["approvalId"]
    large = online.call("POST", path, one, json=body).json()
    assert large["approvalId"] and not large["refundId"]
    assert len(get(online, order_id).refunds) == 1
    # Who may not refund may not grant it either, and does not even see it.
    assert granted(online, admin, large["approvalId"]).status_code == 404
    assert online.call("GET", "/api/admin/approvals", admin).json() == []
    assert granted(online, other, large["approvalId"]).status_code == 202
    carried_out(online)
    assert sorted(refund[1] for refund in get(online, order_id).refunds.values()) == [100, 1100]


def test_what_cannot_be_done_any_more_ends_with_the_reason(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    (order_id,) = paid(online)
    one, other = online.key("support"), online.key("support")
    path = f"/api/admin/pre-orders/{order_id}/refund"
    waits = [online.call("POST", path, one, json={"reason": "r"}).json()["approvalId"] for _ in range(2)]
    for approval in waits:
        assert granted(online, other, approval).status_code == 202
    carried_out(online)
    assert sorted(state(online, one, approval)["state"] for approval in waits) == ["done", "failed"]
    assert "over_refund" in {state(online, one, approval)["outcome"] for approval in waits}


def test_refunds_of_an_event_over_the_limit_wait_as_well(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    ids = paid(online, 2)
    one, other = online.key("support"), online.key("owner")
    path = f"/api/admin/events/{get(online, ids[0]).event_id}/refunds"
    plan = online.call("GET", f"{path}/plan", one).json()
    body = {"scope": "waiting", "reason": "r", "orders": plan["orders"], "amountMinor": plan["amountMinor"]}
    waits = online.call("POST", path, one, json=body).json()["approvalId"]
    assert granted(online, other, waits).status_code == 202
    carried_out(online)
    assert state(online, one, waits)["state"] == "done"


def test_what_was_denied_is_not_carried_out(online: World) -> None:
    object.__setattr__(online.system.settings, "refund_alone", 0)
    (order_id,) = paid(online)
    one, other = online.key("support"), online.key("support")
    waits = online.call("POST", f"/api/admin/pre-orders/{order_id}/refund", one, json={"reason": "r"}).json()
    path = f"/api/admin/approvals/{waits['approvalId']}/deny"
    assert online.call("POST", path, other, json={"reason": "not this one"}).status_code == 204
    assert granted(online, other, waits["approvalId"]).status_code == 409
    carried_out(online)
    assert get(online, order_id).refunds == {}


def test_two_owners_make_somebody_new_and_one_can_send_them_away(online: World) -> None:
    one, other = online.key("owner"), online.key("owner")
    new = {
        "email": "lee@staff.example",
        "name": "Lee",
        "role": "support",
        "password": "a long night out",
        "reason": "starts on Monday",
    }
    made = online.call("POST", "/api/admin/staff", one, json=new).json()
    lee = Person.of(online, new["email"], made["staffId"], made["uri"])
    assert lee.signs_in().status_code == 401
    assert granted(online, other, made["approvalId"]).status_code == 202
    carried_out(online)
    assert lee.signs_in().status_code == 204
    again = online.call("POST", "/api/admin/staff", one, json=new)
    assert (again.status_code, again.json()["code"]) == (409, "already_taken")
    away = f"/api/admin/staff/{made['staffId']}/disable"
    assert online.call("POST", away, one, json={"reason": "left"}).status_code == 204
    assert lee.calls("GET", "/api/session").status_code == 401


def test_another_role_needs_two_owners_and_ends_the_sessions(online: World) -> None:
    one, other = online.key("owner"), online.key("owner")
    kim = Person(online, "kim@staff.example", "support")
    kim.signs_in()
    wish = {"role": "owner", "reason": "stands in"}
    waits = online.call("POST", f"/api/admin/staff/{kim.id}/role", one, json=wish).json()["approvalId"]
    assert online.system.store.get(StaffMember, kim.id).role == "support"
    assert granted(online, other, waits).status_code == 202
    carried_out(online)
    assert online.system.store.get(StaffMember, kim.id).role == "owner"
    assert kim.calls("GET", "/api/session").status_code == 401


def test_a_key_is_good_when_two_owners_agreed_and_until_it_is_revoked(online: World) -> None:
    one, other, event = online.key("owner"), online.key("owner"), online.event()
    wish = {
        "role": "partner",
        "label": "Campus radio",
        "scopes": ["tickets:write"],
        "events": [str(event.id)],
        "reason": "their tickets",
    }
    made = online.call("POST", "/api/admin/api-keys", one, json=wish).json()
    path = "/api/admin/uploads"
    assert online.call("GET", path, made["key"]).status_code == 401
    assert granted(online, other, made["approvalId"]).status_code == 202
    carried_out(online)
    assert online.call("GET", path, made["key"]).status_code == 200
    listed = online.call("GET", "/api/admin/api-keys", one)
    assert made["key"].rsplit("_", 1)[1] not in listed.text
    assert next(key for key in listed.json() if key["keyId"] == made["keyId"])["state"] == "live"
    assert online.call("DELETE", f"/api/admin/api-keys/{made['keyId']}", one).status_code == 204
    assert online.call("GET", path, made["key"]).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "partner", "scopes": []},
        {"role": "support", "scopes": ["orders:read"]},
        {"role": "support", "events": ["00000000-0000-4000-8000-000000000000"]},
        {"role": "partner", "scopes": ["orders:read"], "events": ["00000000-0000-4000-8000-000000000000"]},
        {"role": "member"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(online: World, wrong: dict[str, Any]) -> None:
    wish = {"label": "l", "reason": "r", **wrong}
    answer = online.call("POST", "/api/admin/api-keys", online.key("owner"), json=wish)
    assert answer.status_code in {404, 422}
    assert online.call("GET", "/api/admin/approvals", online.key("owner")).json() == []


def test_the_owner_sees_what_is_kept_how_long_and_which_keys_wrap_it(online: World) -> None:
    key = online.key("owner")
    kept = online.call("GET", "/api/admin/retention", key).json()
    assert len(kept) >= 10 and all(line["why"] and line["days"] >= 0 for line in kept)
    versions = online.call("GET", "/api/admin/master-keys", key).json()
    assert [(version["version"], version["current"]) for version in versions] == [(1, True)]
