"""Ordering for a member: by the desk, and by partners."""

from tests.money import announced
from tests.world import World

WISH = {"email": "New@uni.example", "name": "New Member"}


def test_the_desk_orders_for_somebody_and_cancels_again(online: World) -> None:
    event, desk = announced(online), online.key("support")
    path = f"/api/admin/events/{event}/pre-orders"
    made = online.call("POST", path, desk, json=WISH)
    assert (made.status_code, made.json()["status"]) == (201, "placed")
    again = online.call("POST", path, desk, json={"email": "new@UNI.example"})
    assert (again.status_code, again.json()["preOrderId"]) == (200, made.json()["preOrderId"])
    online.follow()
    member = online.key("member", made.json()["memberId"])
    (own,) = online.call("GET", "/api/me/pre-orders", member).json()
    assert own["id"] == made.json()["preOrderId"]
    cancel = f"/api/admin/pre-orders/{own['id']}/cancel"
    for _ in range(2):
        assert online.call("POST", cancel, desk).json()["status"] == "cancelled"


def test_a_partner_orders_for_its_events_only(online: World) -> None:
    own, foreign = announced(online), announced(online, code="ELSE")
    key = online.key("partner", events=[own])
    assert online.call("POST", f"/api/admin/events/{own}/pre-orders", key, json=WISH).status_code == 201
    assert online.call("POST", f"/api/admin/events/{foreign}/pre-orders", key, json=WISH).status_code == 404
    listed = online.call("GET", "/api/admin/tickets/assignments", key).json()
    assert all("New@uni" not in str(row) for row in listed)


def test_what_is_no_address_and_no_event_is_refused(online: World) -> None:
    event, desk = announced(online), online.key("support")
    wrong = online.call("POST", f"/api/admin/events/{event}/pre-orders", desk, json={"email": "nobody"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "email")
    nowhere = "/api/admin/events/00000000-0000-4000-8000-000000000000/pre-orders"
    assert online.call("POST", nowhere, desk, json=WISH).status_code == 404
