"""New staff, other roles, events and keys: two owners each, and whoever is new chooses what they sign in with."""

import re
from typing import Any

import pytest
import requests

from harrystix.application.handlers import sign_in as links
from harrystix.domain.staff import StaffMember
from tests.adapters.web.test_approvals import carried_out, granted
from tests.money import announced
from tests.people import PASSWORD, Person, link
from tests.world import World


def test_two_owners_make_somebody_new_and_one_can_send_them_away(online: World) -> None:
    one, other = online.key("owner"), Person.at_work(online, "owner")
    new = {"email": "lee@staff.example", "name": "Lee", "role": "support", "reason": "starts on Monday"}
    made, again = (
        online.call("POST", "/api/admin/staff", one, json=new, headers={"Idempotency-Key": "lee"})
        for _ in range(2)
    )
    assert made.status_code == 202 and made.json() == again.json()
    staff_id = made.json()["staffId"]
    assert enrolled(online, sent(online, new["email"], "sign-in")).status_code == 401
    assert granted(other, made.json()["approvalId"]).status_code == 202
    carried_out(online)
    welcome = sent(online, new["email"], "welcome")
    assert enrolled(online, welcome, "too short").json()["code"] == "invalid_request"
    answer = enrolled(online, welcome)
    assert len(answer.json()["recoveryCodes"]) == 10
    lee = Person.of(online, new["email"], staff_id, answer.json()["uri"])
    assert lee.signs_in().status_code == 204
    # The link is used up, and another one is for nothing.
    assert enrolled(online, welcome).status_code == 401
    assert enrolled(online, sent(online, new["email"], "sign-in")).status_code == 401
    other_lee = online.call("POST", "/api/admin/staff", one, json=new)
    assert (other_lee.status_code, other_lee.json()["code"]) == (409, "already_taken")
    away = f"/api/admin/staff/{staff_id}/disable"
    assert online.call("POST", away, one, json={"reason": "left"}).status_code == 204
    assert lee.calls("GET", "/api/session").status_code == 401
    assert online.broken() == []


def sent(online: World, email: str, kind: str) -> str:
    """The token in the newest mail of that kind; a plain link is asked for first."""
    if kind == "sign-in":
        return link(online, email)
    links.send_links(online.context)
    mail = next(mail for mail in online.mails() if email in str(mail["Recipients"]))
    text = requests.get(f"{online.sandbox}message/{mail['MessageID']}", timeout=5).text
    found = re.search(rf"/sign-in#{kind}=([\w-]+)", text)
    assert found
    return found[1]


def enrolled(online: World, token: str, password: str = PASSWORD) -> requests.Response:
    body = {"token": token, "password": password}
    return requests.post(f"{online.web}/api/sign-in/enrol", json=body, timeout=10)


def test_somebody_new_is_nobody_until_they_have_chosen_a_password(online: World) -> None:
    new = {"email": "lee@staff.example", "name": "Lee", "role": "owner", "reason": "r"}
    made = online.call("POST", "/api/admin/staff", online.key("owner"), json=new).json()
    other = Person.at_work(online, "owner")
    granted(other, made["approvalId"])
    carried_out(online)
    guess = {"email": new["email"], "password": PASSWORD, "code": "000000"}
    assert requests.post(f"{online.web}/api/sign-in/staff", json=guess, timeout=10).status_code == 401


def test_an_event_is_given_by_two_owners_and_taken_by_one(online: World) -> None:
    one, other, event = online.key("owner"), Person.at_work(online, "owner"), online.event()
    kim = Person.at_work(online, "admin", "kim")
    path = f"/api/admin/staff/{kim.id}/events/{event.id}"
    waits = online.call("PUT", path, one, json={"reason": "hers"}).json()["approvalId"]
    assert kim.calls("GET", f"/api/admin/events/{event.id}").status_code == 404
    assert granted(other, waits).status_code == 202
    carried_out(online)
    kim.signs_in()
    assert kim.calls("GET", f"/api/admin/events/{event.id}").status_code == 200
    assert online.call("DELETE", path, one).status_code == 204
    assert kim.calls("GET", f"/api/admin/events/{event.id}").status_code in {401, 404}


def test_another_role_needs_two_owners_and_ends_the_sessions(online: World) -> None:
    one, other = online.key("owner"), Person.at_work(online, "owner")
    kim = Person(online, "kim@staff.example", "support")
    kim.signs_in()
    wish = {"role": "owner", "reason": "stands in"}
    waits = online.call("POST", f"/api/admin/staff/{kim.id}/role", one, json=wish).json()["approvalId"]
    assert online.system.store.get(StaffMember, kim.id).role == "support"
    assert granted(other, waits).status_code == 202
    carried_out(online)
    assert online.system.store.get(StaffMember, kim.id).role == "owner"
    assert kim.calls("GET", "/api/session").status_code == 401


def test_a_key_is_good_when_two_owners_agreed_and_until_it_is_revoked(online: World) -> None:
    one, other, event = online.key("owner"), Person.at_work(online, "owner"), online.event()
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
    assert granted(other, made["approvalId"]).status_code == 202
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


def test_who_was_denied_can_be_invited_again(online: World) -> None:
    one, other = online.key("owner"), Person.at_work(online, "owner")
    new = {"email": "lee@staff.example", "name": "Lee", "role": "support", "reason": "starts on Monday"}
    made = online.call("POST", "/api/admin/staff", one, json=new).json()
    path = f"/api/admin/approvals/{made['approvalId']}/deny"
    assert other.calls("POST", path, json={"reason": "another Lee"}).status_code == 204
    again = online.call("POST", "/api/admin/staff", one, json=new)
    assert again.status_code == 202 and again.json()["staffId"] != made["staffId"]


def test_a_partners_new_key_goes_on_with_what_the_old_one_ordered(online: World) -> None:
    one, other, event = online.key("owner"), Person.at_work(online, "owner"), announced(online)
    wish = {
        "role": "partner",
        "label": "Campus radio",
        "scopes": ["orders:write", "orders:read"],
        "events": [event],
        "reason": "their members",
    }

    def made(**more: str) -> dict[str, Any]:
        answer = online.call("POST", "/api/admin/api-keys", one, json={**wish, **more}).json()
        assert granted(other, answer["approvalId"]).status_code == 202
        carried_out(online)
        return answer

    first = made()
    ordered = f"/api/admin/events/{event}/pre-orders"
    placed = online.call("POST", ordered, first["key"], json={"email": "new@uni.example"}).json()
    online.call("DELETE", f"/api/admin/api-keys/{first['keyId']}", one)
    cancel = f"/api/admin/pre-orders/{placed['preOrderId']}/cancel"
    assert online.call("POST", cancel, made()["key"]).status_code == 404
    second = made(replaces=first["keyId"])
    third = made(replaces=second["keyId"])
    assert online.call("POST", cancel, third["key"]).status_code == 200
    wrongs: list[dict[str, Any]] = [
        {"replaces": "000000000000"},
        {"replaces": first["keyId"], "role": "support", "scopes": []},
    ]
    for wrong in wrongs:
        answer = online.call("POST", "/api/admin/api-keys", one, json={**wish, "events": None, **wrong})
        assert answer.status_code in {404, 422}, answer.text
