"""Canaries: a person and a ticket whose words occur nowhere else go everywhere; then every place is searched."""

import base64
import re
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from harrystix.adapters.web.access import COOKIE
from tests.canary_house import CRASH, DEVICE, GATE, MAIL, NAME, PASSWORD, PUSH, WORDS, House, sightings


@pytest.fixture
def house(tmp_path: Path) -> Generator[House]:
    tmp_path.chmod(0o755)
    made = House(tmp_path / "data")
    try:
        yield made
    finally:
        made.up.stop()


def through_everything(house: House) -> tuple[str, list[str]]:
    """(member, what may have shown the canaries): every way a person's and a ticket's words can take."""
    owner, desk, admin = (house.key(role) for role in ("owner", "support", "admin"))
    csv = {"Content-Type": "text/csv"}
    new = {"name": "Night", "code": "NIGHT", "startsAt": "2027-06-01T20:00:00Z", "priceMinor": 1200}
    event = house.call("POST", "/api/admin/events", admin, json=new).json()["id"]
    rows = [
        "Event,Variant,Member,Email,Paid at,Payment intent",
        f"NIGHT,,{NAME},{MAIL},2026-11-17T19:00:00Z,pi_1",
        "NIGHT,,Somebody Else,else@uni.example,2026-11-17T19:00:01Z,pi_2",
        f"NIGHT,,{NAME},{MAIL},not a time,pi_3",
        f"Elsewhere,,{NAME},{MAIL},2026-11-17T19:00:01Z,pi_4",
        f"NIGHT,,{NAME},{MAIL},2026-11-17T19:00:02Z,pi_5",
    ]
    for content in ("\n".join(rows), f"Member\n{NAME}", f'"{MAIL}'):
        house.call("POST", "/api/admin/orders/import", admin, data=content.encode(), headers=csv)
    # Refused: what is not valid, not known, not unique, not theirs.
    for path, key, body in (
        ("/api/admin/members/find", desk, {"email": MAIL, "more": NAME}),
        ("/api/admin/members/find", desk, {"email": [MAIL]}),
        ("/api/admin/pre-orders/resend", desk, {"preOrderIds": [MAIL], "reason": NAME}),
        (f"/api/admin/events/{event}/refunds", desk, {"reason": MAIL, "scope": NAME}),
        ("/api/sign-in/link", "", {"email": MAIL, "name": NAME}),
        ("/api/sign-in/staff", "", {"email": MAIL, "password": PASSWORD, "code": "123456"}),
        ("/api/sign-in/use", "", {"token": f"{PASSWORD}-{PASSWORD}"}),
        ("/api/sign-in/passkey", "", {"answer": {"id": MAIL, "rawId": NAME}}),
        ("/api/admin/staff", desk, {"email": MAIL, "name": NAME, "password": PASSWORD}),
    ):
        assert house.call("POST", path, key, json=body).status_code >= 400, path
    house.call("GET", "/api/admin/tickets/assignments", desk, headers={"X-Member-Email": MAIL})
    house.call("POST", "/webhooks/stripe", data=MAIL.encode(), headers={"Stripe-Signature": NAME})
    house.call("POST", "/webhooks/postmark", json={"RecordType": "Bounce", "Email": MAIL})
    # The mail provider refuses the address; then it is mended and sent again.
    house.fault(inactive=[MAIL])
    tickets = [
        "Event,Variant,Email,Password",
        f"Night,,{GATE},{PASSWORD}",
        "Night,,other@gate.example,other-password",
        f"Night,,{GATE},{PASSWORD}",
        f"Nowhere,,{GATE},{PASSWORD}",
        f"Night,,{GATE},{PASSWORD},{PASSWORD}",
    ]
    content = "\n".join(tickets).encode()
    for data in (f"Event,{PASSWORD}".encode(), b"\xff\xfe" + PASSWORD.encode(), f'Event,"{GATE}'.encode()):
        house.call("POST", "/api/admin/tickets/upload", admin, data=data, headers=csv)
    upload = house.call(
        "POST", "/api/admin/tickets/upload", admin, data="\n".join(tickets[:5]).encode(), headers=csv
    )
    with house.mails_fail_in_the_worker():
        house.call("POST", f"/api/admin/uploads/{upload.json()['uploadId']}/commit", admin)
        house.wait_for_a_dead_letter()
    # Then the worker dies between what the provider has said and its record, once.
    house.wait("SELECT count(*) = 1 FROM reporting.delivery_trouble", 90)
    assert (house.folder / f"crashed-{CRASH}").exists()
    house.fault(inactive=[], server_error=1)
    (order_id, member, ticket), *_ = house.sql(
        "SELECT o.id::text, o.member_id::text, a.ticket_id::text FROM reporting.delivery_trouble t "
        "JOIN reporting.pre_orders o ON o.id = t.pre_order_id JOIN reporting.ticket_assignments a "
        "ON a.id = t.assignment_id"
    )
    house.call("POST", f"/api/admin/tickets/{ticket}/resend", desk)
    house.wait("SELECT count(*) = 2 FROM reporting.ticket_assignments WHERE delivery_status = 'delivered'")
    house.call("POST", "/api/admin/tickets/upload", admin, data=content, headers=csv)
    again = house.call(
        "POST", "/api/admin/tickets/upload", admin, data="\n".join(tickets[:5]).encode(), headers=csv
    )
    house.call("GET", f"/api/admin/uploads/{again.json()['uploadId']}/problems", admin)
    # The member signs in, sees the ticket, takes a copy, and asks the wrong things.
    house.call("POST", "/api/sign-in/link", json={"email": MAIL})
    house.wait("SELECT count(*) = 1 FROM vault.sign_in_links")
    page = requests.get(house.sandbox, params={"to": MAIL}, timeout=5).text
    token = None
    for message in re.findall(r"message/([\w-]+)", page):
        text = requests.get(f"{house.sandbox}message/{message}", timeout=5).text
        if found := re.search(r"/sign-in#([\w-]+)", text):
            token = found[1]
    cookie = str(house.call("POST", "/api/sign-in/use", json={"token": token}).cookies[COOKIE])
    house.call("GET", "/api/me/pre-orders", cookie=cookie)
    house.call("GET", f"/api/me/pre-orders/{uuid4()}", cookie=cookie)
    house.call("POST", "/api/me/pre-orders", cookie=cookie, json={"eventId": event, "variantId": PASSWORD})
    shown = house.call("POST", f"/api/me/pre-orders/{order_id}/reveal", cookie=cookie)
    assert shown.json()["password"] == PASSWORD
    a_device_is_to_be_told(house, cookie, order_id)
    house.call("GET", "/api/me/export", cookie=cookie)
    house.call("GET", "/api/me/export?format=html", cookie=cookie)
    # Lists, logs, exports and figures, by everybody who may.
    for path in ("tickets/assignments", "audit", "audit/export", "overview", "uploads", "inbox", "approvals"):
        for key in (admin, desk, owner):
            house.call("GET", f"/api/admin/{path}", key)
    house.call("GET", f"/api/admin/pre-orders/{order_id}/trace", desk)
    house.call("GET", "/metrics")
    # It has something to say: mails have failed.
    house.cli("doctor", "--json", at_most=1)
    house.cli("backup", "--into", str(house.folder / "backups"), "--json")
    own = [
        f"POST /api/me/pre-orders/{order_id}/reveal",
        "GET /api/me/export",
        "GET /api/me/export?format=html",
    ]
    return member, own


def a_device_is_to_be_told(house: House, cookie: str, order_id: str) -> None:
    """And its push service never answers."""
    device = {"endpoint": f"http://{PUSH}/{DEVICE}", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}
    house.call(
        "POST", "/api/me/push", cookie=cookie, json=device | {"keys": {"p256dh": DEVICE, "auth": MAIL}}
    )
    assert house.call("POST", "/api/me/push", cookie=cookie, json=device).status_code == 204
    house.sql(
        "INSERT INTO app.push_due (subscription_id, member_id, order_id) "
        "SELECT subscription_id, member_id, %s FROM vault.push_subscriptions RETURNING push_id",
        order_id,
    )


def erased(house: House, member: str) -> None:
    desk, owner = house.key("support"), house.key("owner")
    asked = house.call(
        "POST", f"/api/admin/members/{member}/erasure", desk, json={"reason": "asked for"}
    ).json()
    person = house.at_work("owner")
    granted = house.call("POST", f"/api/admin/approvals/{asked['approvalId']}/grant", cookie=person)
    assert granted.status_code == 202
    house.wait("SELECT count(*) = 1 FROM reporting.erasures WHERE state = 'completed'", 90)
    found = house.call("GET", f"/api/admin/erasures/{member}", owner).json()
    assert found["certificate"]["providers"]["postmark"].startswith("data removal")


@pytest.mark.slow
def test_no_word_of_a_person_or_ticket_is_where_it_should_not_be_and_none_after_the_erasure(
    house: House,
) -> None:
    member, own = through_everything(house)
    keys = house.sql("SELECT wrapped_key, sealed FROM vault.members WHERE member_id = %s", member)
    keys += house.sql(
        "SELECT wrapped_key, sealed FROM vault.tickets WHERE ticket_id IN "
        "(SELECT ticket_id FROM reporting.ticket_assignments WHERE member_id = %s)",
        member,
    )
    keys += house.sql("SELECT wrapped_key, sealed FROM vault.requests WHERE actor = 'member:' || %s", member)
    keys += house.sql("SELECT wrapped_key, sealed FROM vault.push_subscriptions WHERE member_id = %s", member)
    assert len(keys) >= 5

    # Answers: the owner sees from where a command came; a preview shows the file's addresses to who uploaded it.
    places = {"place", "agent"}
    for what, content in house.answers:
        allowed = set(WORDS) if what in own else set[str]()
        if what.startswith("GET /api/admin/audit"):
            allowed |= places
        if what.startswith("POST /api/admin/tickets/upload"):
            allowed |= {"gate"}
        assert sightings(content) <= allowed, (what, sightings(content))
    reveals = [what for what, content in house.answers if "password" in sightings(content)]
    assert reveals == own[:1]

    # At rest: sealed, everywhere, write-ahead log included.
    assert sightings(house.dump()) == set()
    for path, content in house.files().items():
        assert sightings(content) == set(), path
    assert {"mail", "gate", "password"} <= sightings(house.mails())

    erased(house, member)
    house.call("GET", "/api/admin/audit/export", house.key("owner"))
    assert sightings(house.dump()) == set()
    files = house.files()
    for path, content in files.items():
        assert sightings(content) == set(), path
        if path.startswith("postgres/data/base/"):
            assert not [1 for pair in keys for part in pair if bytes(part) in content], path
    assert sightings(house.mails()) == set()
    assert sightings(house.answers[-1][1]) - places == set()
    assert house.cli("verify", "--json")["clean"]


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    for word in (MAIL, PASSWORD):
        for hidden in (
            f"x{word}y",
            word.lower(),
            f"q={quote(word, safe='')}",
            f"\\x{word.encode().hex()}",
            *(base64.b64encode(f"{'z' * n}{word} and more".encode()).decode() for n in range(3)),
        ):
            assert sightings(hidden.encode()), hidden
    assert sightings(b"nothing of that kind") == set()
