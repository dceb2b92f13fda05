"""Every role on every route, made from the policy table: who may not is refused, who may is not."""

import re

import pytest
import requests

from harrystix.adapters.web.policies import Policy, policies
from harrystix.adapters.web.roles import ALLOWED, SCOPES, Act, Role
from harrystix.domain.ticketed_event import TicketedEvent
from tests.money import announced, members, ordered
from tests.world import World

NOBODY = "00000000-0000-4000-8000-00000000dead"


def of_roles(policy: Policy) -> set[str]:
    return {word.strip() for word in policy.who.split(",")} & set(Role)


GUARDED = [policy for policy in policies() if of_roles(policy)]


def test_every_act_has_somebody_who_may_and_somebody_who_may_not() -> None:
    assert set(ALLOWED) == set(Act)
    assert all((roles and roles < set(Role)) or act is Act.SELF for act, roles in ALLOWED.items())


def test_the_table_is_not_empty() -> None:
    assert len(GUARDED) > 50


def tried(online: World, policy: Policy, key: str | None) -> requests.Response:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    path = re.sub(r"{\w+}", NOBODY, policy.path)
    # The answer may be a stream without an end.
    with requests.request(
        policy.method, online.web + path, headers=headers, data=b"{}", timeout=20, stream=True
    ) as answer:
        return answer


@pytest.mark.parametrize("role", [*Role, None])
def test_each_route_refuses_whom_the_table_does_not_name(online: World, role: Role | None) -> None:
    member = members(online, 1)[0]
    key = online.key(role, member if role is Role.MEMBER else None) if role else None
    wrong: list[str] = []
    for policy in GUARDED:
        status = tried(online, policy, key).status_code
        refused = status == (403 if role else 401)
        if refused != (role not in of_roles(policy)) or status >= 500:
            wrong.append(f"{policy.method} {policy.path}: {status}")
    assert wrong == []


def test_a_member_meets_nothing_of_another_member(online: World) -> None:
    """Not even that it is there: the answers are those for what does not exist."""
    one, other = members(online, 2)
    (order_id,) = ordered(online, announced(online))
    key = online.key("member", other)
    assert one != other
    wrong: list[str] = []
    for policy in GUARDED:
        if of_roles(policy) == {Role.MEMBER} and "{order_id}" in policy.path:
            path = policy.path.replace("{order_id}", order_id)
            form = {} if path.startswith("/api/") else {"data": {"key": NOBODY}}
            there = online.call(policy.method, path, key, **form)
            absent = online.call(policy.method, path.replace(order_id, NOBODY), key, **form)
            if there.status_code != 404 or there.json()["code"] != absent.json()["code"]:
                wrong.append(f"{policy.method} {policy.path}: {there.status_code}")
    assert wrong == []


def foreign_things(online: World) -> dict[str, str]:
    """One of each, of an event that is somebody else's."""
    event = online.event("Foreign Night")
    online.paid(event, 1)
    upload = online.committed(online.file(event, 1))
    online.settle()
    (order_id,) = online.system.database.one("SELECT id::text FROM reporting.pre_orders") or ("",)
    (ticket_id,) = online.system.database.one("SELECT id::text FROM reporting.tickets") or ("",)
    (position,) = online.system.database.one(
        "SELECT max(position) FROM reporting.assignment_logs WHERE event_id IS NOT NULL"
    ) or (0,)
    return {
        "event_id": str(event.id),
        "order_id": order_id,
        "ticket_id": ticket_id,
        "upload_id": str(upload.id),
        "position": str(position),
    }


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PARTNER])
def test_who_is_there_for_some_events_meets_nothing_of_the_others(online: World, role: Role) -> None:
    there, own = foreign_things(online), online.event("Own Night")
    key = online.key(role, events=[str(own.id)])
    wrong: list[str] = []
    tried_at_all = 0
    for policy in GUARDED:
        names = re.findall(r"{(\w+)}", policy.path)
        if role not in of_roles(policy) or not set(names) & set(there):
            continue
        tried_at_all += 1
        path = re.sub(r"{(\w+)}", lambda found: there.get(found[1], NOBODY), policy.path)
        found = online.call(policy.method, path, key, json={"reason": "r", "purpose": "p"})
        whole_house = found.status_code == 403
        if not whole_house and (found.status_code != 404 or "Foreign" in found.text):
            wrong.append(f"{policy.method} {policy.path}: {found.status_code}")
    assert wrong == []
    assert tried_at_all >= (15 if role is Role.ADMIN else 8)


def test_lists_show_an_event_admin_their_own_events_only(online: World) -> None:
    there, own = foreign_things(online), online.event("Own Night")
    online.paid(own, 1, prefix="o")
    online.committed(online.file(own, 1, start=50))
    online.settle()
    key = online.key("admin", events=[str(own.id)])
    for path in ("events", "tickets/assignments", "uploads", "audit", "overview", "audit/export"):
        text = online.call("GET", f"/api/admin/{path}", key).text
        assert str(own.id) in text or path == "uploads", path
        assert not [name for name, value in there.items() if name != "position" and value in text], path
    assert online.call("GET", "/api/admin/overview", key).json()["totals"]["orders"] == 1
    for path in ("capture/runs", "findings", "cases", "refunds", "erasures", "inbox"):
        assert online.call("GET", f"/api/admin/{path}", key).status_code == 403, path


def test_bulk_acts_of_an_event_admin_leave_foreign_pre_orders_alone(online: World) -> None:
    there, own = foreign_things(online), online.event("Own Night")
    key = online.key("admin", events=[str(own.id)])
    body = {"preOrderIds": [there["order_id"]]}
    for act in ("resend", "used"):
        answer = online.call("POST", f"/api/admin/pre-orders/{act}", key, json=body).json()
        assert (answer["done"], list(answer["refused"])) == ([], [there["order_id"]])


def test_an_event_admin_cannot_bring_tickets_or_orders_into_a_foreign_event(online: World) -> None:
    foreign, own = online.event("Foreign Night"), online.event("Own Night")
    key = online.key("admin", events=[str(own.id)])
    content = online.file(own, 1) + b"\n" + online.file(foreign, 1, start=9).split(b"\n", 1)[1]
    headers = {"Content-Type": "text/csv"}
    report = online.call("POST", "/api/admin/tickets/upload", key, data=content, headers=headers).json()
    assert (report["valid"], report["malformed"]) == (1, 1)
    assert [problem["code"] for problem in report["problems"]] == ["foreign_event"]
    done = online.call("POST", f"/api/admin/uploads/{report['uploadId']}/commit", key)
    assert done.json()["tickets"] == 1
    assert online.system.store.pool(str(foreign.id)) is None
    orders = (
        "Event,Variant,Member,Email,Paid at,Payment intent\n"
        f"{foreign.code},,M,m@uni.example,2026-11-17T19:00:00Z,pi_x"
    )
    found = online.call("POST", "/api/admin/orders/import", key, data=orders, headers=headers).json()
    assert (found["imported"], found["rejected"]) == (0, 1)


def test_who_announces_an_event_is_there_for_it(online: World) -> None:
    from tests.people import Person

    kim = Person(online, "kim@staff.example", "admin")
    kim.signs_in()
    new = {"name": "New Night", "code": "NEW", "startsAt": "2027-01-01T20:00:00Z", "priceMinor": 100}
    made = kim.calls("POST", "/api/admin/events", json=new).json()
    assert kim.calls("GET", f"/api/admin/events/{made['id']}").status_code == 200
    foreign = online.event("Foreign Night")
    online.follow()
    assert [event["id"] for event in kim.calls("GET", "/api/admin/events").json()] == [made["id"]]
    assert kim.calls("GET", f"/api/admin/events/{foreign.id}").status_code == 404


@pytest.mark.parametrize(
    ("scope", "path", "method"),
    [
        ("orders:read", "/api/admin/tickets/assignments", "GET"),
        ("orders:write", f"/api/admin/events/{NOBODY}/pre-orders", "POST"),
        ("tickets:write", "/api/admin/uploads", "GET"),
    ],
)
def test_a_partner_may_do_what_the_keys_scopes_say_and_nothing_else(
    online: World, scope: str, path: str, method: str
) -> None:
    from harrystix.adapters.postgres.api_keys import ApiKeys

    keys = ApiKeys(online.system.database)
    for other in SCOPES:
        key = keys.create("partner", scopes=[other])
        status = online.call(method, path, key, json={}).status_code
        assert (status == 403) == (other != scope), other


def test_a_partner_acts_on_its_own_uploads_and_pre_orders_only(online: World) -> None:
    event = online.system.store.get(TicketedEvent, announced(online))
    online.paid(event, 1)
    upload = online.committed(online.file(event, 1))
    online.settle()
    (order_id,) = online.system.database.one("SELECT id::text FROM reporting.pre_orders") or ("",)
    key = online.key("partner", events=[str(event.id)])
    for method, path in (
        ("POST", f"/api/admin/uploads/{upload.id}/withdraw"),
        ("POST", f"/api/admin/pre-orders/{order_id}/cancel"),
    ):
        assert online.call(method, path, key, json={"reason": "r"}).status_code == 404, path
    ordered = online.call(
        "POST",
        f"/api/admin/events/{event.id}/pre-orders",
        key,
        json={"email": "new@uni.example"},
    )
    assert ordered.status_code in {200, 201, 202}, ordered.text
    own = ordered.json()["preOrderId"]
    assert online.call("POST", f"/api/admin/pre-orders/{own}/cancel", key).status_code == 200


def test_names_that_the_caller_made_up_are_not_repeated(online: World) -> None:
    body = {"reason": "r", "role": "owner", "kim@uni.example": {"a-secret": 1}}
    answer = online.call("POST", f"/api/admin/staff/{NOBODY}/role", online.key("owner"), json=body)
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["body.…"]


@pytest.mark.parametrize("row", ["Ball,,b@t.example,1", "Ball,zzz,b@t.example,1"])
def test_nothing_of_a_foreign_event_is_told_by_a_check(online: World, row: str) -> None:
    foreign = online.event("Ball", variants=("Early", "Late"))
    own = online.event("Own Night")
    key, headers = online.key("admin", events=[str(own.id)]), {"Content-Type": "text/csv"}
    data = f"Event,Variant,Email,Password\n{row}\n"
    answer = online.call("POST", "/api/admin/tickets/upload", key, data=data, headers=headers)
    assert [problem["code"] for problem in answer.json()["problems"]] == ["foreign_event"]
    assert str(foreign.id) not in answer.text
    assert "Early" not in answer.text
