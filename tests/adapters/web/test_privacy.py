"""What a member may ask about their data, over HTTP; and staff at a member's pages."""

import re

import pytest

from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.application.handlers import viewing
from harrystix.application.ports import Member
from harrystix.application.processes import approved
from harrystix.application.processes.erasing import erase_due
from harrystix.domain.staff import StaffMember
from tests.people import Person, later
from tests.world import World


def served(online: World, count: int = 1) -> list[str]:
    event = online.event()
    online.paid(event, count)
    online.committed(online.file(event, count))
    online.settle()
    return online.context.members.find_or_add([Member(f"m{n}@uni.example", "") for n in range(count)])


def carried_out(online: World) -> None:
    for _ in range(3):
        online.follow()
        approved.carry_out(online.context)
        online.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
        erase_due(online.context)
    online.settle()


def test_a_member_asks_an_owner_agrees_and_the_certificate_is_there(online: World) -> None:
    (member,) = served(online)
    key, owner = online.key("member", member), online.key("owner")
    other = Person.at_work(online, "owner")
    waits = [online.call("POST", "/api/me/erasure", key).json()["approvalId"] for _ in range(2)]
    assert waits[0] == waits[1]
    assert other.calls("POST", f"/api/admin/approvals/{waits[0]}/grant").status_code == 202
    carried_out(online)
    found = online.call("GET", f"/api/admin/erasures/{member}", owner).json()
    assert found["state"] == "completed" and found["certificate"]["orders"] == 1
    assert [one["memberId"] for one in online.call("GET", "/api/admin/erasures", owner).json()] == [member]
    assert online.call("GET", "/api/me/pre-orders", key).status_code == 401
    assert online.call("GET", f"/api/admin/erasures/{member[::-1]}", owner).status_code == 404


def test_the_desk_finds_a_member_by_address_and_asks_for_the_erasure(online: World) -> None:
    (member,) = served(online)
    desk = online.key("support")
    found = online.call("POST", "/api/admin/members/find", desk, json={"email": "M0@uni.example"}).json()
    assert found["memberId"] == member and "m0@uni.example" not in str(found)
    asked = online.call(
        "POST", f"/api/admin/members/{member}/erasure", desk, json={"reason": "asked by phone"}
    )
    assert asked.status_code == 202
    nobody = online.call("POST", "/api/admin/members/find", desk, json={"email": "x@uni.example"})
    assert nobody.status_code == 404 and "x@uni" not in nobody.text
    for wrong in ("00000000-0000-4000-8000-000000000000", "no-id"):
        path = f"/api/admin/members/{wrong}/erasure"
        assert online.call("POST", path, desk, json={"reason": "r"}).status_code == 404


def test_a_member_gets_a_copy_of_everything_and_of_nobody_else(online: World) -> None:
    one, _ = served(online, 2)
    key = online.key("member", one)
    online.call("POST", "/api/me/erasure", key, headers={"User-Agent": "a phone of mine"})
    online.follow()
    copy = online.call("GET", "/api/me/export", key)
    assert copy.headers["Content-Disposition"].startswith("attachment")
    content = copy.json()
    assert content["you"]["email"] == "m0@uni.example"
    assert [order["event"] for order in content["preOrders"]] == ["Neon Night"]
    assert len(content["payments"]) == 1 and len(content["mails"]) == 1
    happened = [line["what"] for line in content["whatHappened"]]
    assert {"PreOrder.Placed", "PreOrder.TicketAssigned", "PreOrder.TicketEmailAccepted"} <= set(happened)
    assert "m1@uni.example" not in copy.text and "pw-" not in copy.text
    page = online.call("GET", "/api/me/export?format=html", key)
    assert page.headers["Content-Type"].startswith("text/html") and "m0@uni.example" in page.text


def test_a_name_that_is_a_script_is_text_in_the_copy(online: World) -> None:
    (member,) = online.context.members.find_or_add([Member("x@uni.example", "<img src=x onerror=alert(1)>")])
    page = online.call("GET", "/api/me/export?format=html", online.key("member", member)).text
    assert "<img" not in page and "&lt;img" in page


@pytest.fixture
def kim(online: World) -> Person:
    made = Person(online, "kim@staff.example", "support")
    made.signs_in()
    return made


def test_the_desk_sees_a_members_pages_read_only_and_every_look_is_on_record(
    online: World, kim: Person
) -> None:
    (member,) = served(online)
    assert kim.calls("GET", "/api/me/pre-orders").status_code == 403
    path = f"/api/admin/members/{member}/view"
    assert kim.calls("POST", path, json={"reason": "cannot find the ticket"}).status_code == 204
    seen = kim.calls("GET", "/api/me/pre-orders")
    (order,) = seen.json()
    assert order["event"] == "Neon Night"
    for method, refused in (
        ("POST", f"/api/me/pre-orders/{order['id']}/reveal"),
        ("DELETE", f"/api/me/pre-orders/{order['id']}"),
        ("POST", "/api/me/erasure"),
        ("GET", "/api/me/export"),
    ):
        assert kim.calls(method, refused).status_code == 403, refused
    assert kim.calls("DELETE", "/api/admin/members/view").status_code == 204
    assert kim.calls("GET", "/api/me/pre-orders").status_code == 403
    online.follow()
    log = online.call("GET", f"/api/admin/audit?actor=staff:{kim.id}", online.key("owner")).json()
    told = [(line["action"], line["details"].get("reason") or line["details"].get("page")) for line in log]
    assert told[:4][::-1] == [
        ("StaffMember.ViewStarted", "cannot find the ticket"),
        ("StaffMember.Viewed", "/api/me/pre-orders"),
        ("StaffMember.Viewed", "/api/me/export"),
        ("StaffMember.ViewEnded", None),
    ]
    assert online.broken() == []


def test_a_look_ends_by_itself(online: World, kim: Person) -> None:
    (member,) = served(online)
    kim.calls("POST", f"/api/admin/members/{member}/view", json={"reason": "r"})
    online.system.database.execute("UPDATE app.sessions SET viewing_until = now() - interval '1 second'")
    assert kim.calls("GET", "/api/me/pre-orders").status_code == 403
    assert viewing.LONGEST.total_seconds() == 1800


def test_a_look_needs_a_person_a_reason_a_member_and_a_fresh_proof(online: World, kim: Person) -> None:
    (member,) = served(online)
    path = f"/api/admin/members/{member}/view"
    assert online.call("POST", path, online.key("support"), json={"reason": "r"}).status_code == 422
    assert kim.calls("POST", path, json={"reason": ""}).status_code == 422
    assert kim.calls("POST", path.replace(member, member[::-1]), json={"reason": "r"}).status_code == 404
    later(online, minutes=6)
    assert kim.calls("POST", path, json={"reason": "r"}).json()["code"] == "confirm_first"


def test_the_audit_log_can_be_taken_along_and_no_cell_of_it_is_a_formula(online: World) -> None:
    served(online)
    text = online.call("GET", "/api/admin/audit/export", online.key("auditor")).content.decode("utf-8-sig")
    lines = text.split("\r\n")
    assert lines[0].startswith('"position","recorded_at","action"')
    assert len(lines) - 2 == online.system.database.one("SELECT count(*) FROM reporting.assignment_logs")[0]  # type: ignore[index]
    assert not re.search(r'(^|,)"[=+@\t\r-]', text)
    some = online.call("GET", "/api/admin/audit/export?since=2199-01-01T00:00:00Z", online.key("auditor"))
    assert some.content.decode("utf-8-sig").count("\r\n") == 1


def test_support_reads_its_own_acts_and_no_causes_of_others(online: World) -> None:
    served(online)
    desk, owner = online.key("support"), online.key("owner")
    for position in range(1, 6):
        path = f"/api/admin/audit/{position}/causes"
        assert online.call("GET", path, owner).status_code == 200
        assert online.call("GET", path, desk).status_code == 404


def test_what_an_owner_denied_or_nobody_looked_at_in_time_can_be_asked_again(online: World) -> None:
    (member,) = served(online)
    key, owner = online.key("member", member), Person.at_work(online, "owner")
    first = online.call("POST", "/api/me/erasure", key).json()["approvalId"]
    path = f"/api/admin/approvals/{first}/deny"
    assert owner.calls("POST", path, json={"reason": "a ticket for tonight"}).status_code == 204
    online.follow()
    second = online.call("POST", "/api/me/erasure", key).json()["approvalId"]
    online.follow()
    later(online, days=3.1)
    third = online.call("POST", "/api/me/erasure", key).json()["approvalId"]
    assert len({first, second, third}) == 3


def test_a_second_look_is_on_record_too_and_there_is_none_without(online: World, kim: Person) -> None:
    (member,) = served(online)
    path = f"/api/admin/members/{member}/view"
    for reason in ("one", "two"):
        assert kim.calls("POST", path, json={"reason": reason}).status_code == 204
    # As if it had ended while the request was under way.
    staff_member = online.system.store.get(StaffMember, kim.id)
    (session_id,) = staff_member.viewing
    staff_member.end_view(online.context.by(f"staff:{kim.id}"), session_id)
    online.system.store.commit(staff_member)
    seen = kim.calls("GET", "/api/me/pre-orders")
    assert seen.status_code == 409 and "Neon" not in seen.text
    online.follow()
    log = online.call("GET", f"/api/admin/audit?actor=staff:{kim.id}", online.key("owner")).json()
    started = [line["details"]["reason"] for line in log if line["action"] == "StaffMember.ViewStarted"]
    assert started == ["two", "one"]


def test_looking_somebody_up_and_taking_things_along_is_on_record(online: World) -> None:
    (member,) = served(online)
    desk, owner, own = online.key("support"), online.key("owner"), online.key("member", member)
    online.call("POST", "/api/admin/members/find", desk, json={"email": "m0@uni.example"})
    online.call("POST", "/api/admin/members/find", desk, json={"email": "nobody@uni.example"})
    online.call("GET", "/api/me/export", own)
    online.call("GET", "/api/admin/audit/export", owner)
    gone = ApiKeys(online.system.database).create("support", "gone soon").split("_")[1]
    online.call("DELETE", f"/api/admin/api-keys/{gone}", owner)
    online.follow()
    log = [
        line for line in online.call("GET", "/api/admin/audit", owner).json() if line["action"] == "Deed.Done"
    ]
    told = [(line["details"]["kind"], line["details"]["subject"]) for line in log][::-1]
    assert told == [
        ("member_found", member),
        ("member_found", ""),
        ("copy_taken", ""),
        ("audit_exported", ""),
        ("key_revoked", gone),
    ]
    assert online.broken() == []


def test_a_member_takes_five_copies_an_hour(online: World) -> None:
    (member,) = served(online)
    key = online.key("member", member)
    assert [online.call("GET", "/api/me/export", key).status_code for _ in range(6)] == [200] * 5 + [429]
