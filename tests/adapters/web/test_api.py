"""The JSON API on a real socket: what it does, what it refuses, and how it says so."""

import threading
from typing import Any

import pytest
import requests

from tests.world import World

NEW = {"name": "Neon Night", "code": "NEON", "startsAt": "2026-12-01T20:00:00Z", "priceMinor": 1200}

NOBODY = "00000000-0000-4000-8000-00000000dead"


def upload(online: World, key: str, content: bytes, **more: Any) -> requests.Response:
    return online.call(
        "POST", "/api/admin/tickets/upload", key, data=content, headers={"Content-Type": "text/csv"}, **more
    )


def test_the_whole_way_by_api(online: World, admin: str) -> None:
    event = online.call("POST", "/api/admin/events", admin, json=NEW).json()
    orders = (
        "Event,Variant,Member,Email,Paid at,Payment intent\nNEON,,Ada,ada@x.org,2026-11-17T19:00:00Z,pi_1\n"
    )
    imported = online.call(
        "POST", "/api/admin/orders/import", admin, data=orders, headers={"Content-Type": "text/csv"}
    )
    assert imported.json()["imported"] == 1
    online.settle()
    answer = upload(
        online,
        admin,
        b"Event,Variant,Email,Password\nneon,,t@x.org,pw-1\nneon,,t@x.org,pw-1\nNeno Night,,u@x.org,p\n",
    )
    report = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (
        201,
        f"/api/admin/uploads/{report['uploadId']}",
    )
    assert (report["rows"], report["valid"], report["duplicates"], report["malformed"]) == (3, 1, 1, 1)
    assert report["unclear"][0]["suggestion"]["name"] == "Neon Night"
    assert report["coverage"][0] == {
        "eventId": event["id"],
        "event": "Neon Night",
        "variantId": "",
        "variant": "",
        "waiting": 1,
        "inStock": 0,
        "inFile": 1,
        "short": 0,
        "over": 0,
    }
    assert report["preview"][0]["password"] == "••••••"
    assert "pw-1" not in answer.text
    base = f"/api/admin/uploads/{report['uploadId']}"
    what_if = online.call("GET", f"{base}/what-if", admin).json()
    assert {w["fallback"]: w["matched"] for w in what_if} == {"none": 1, "any_variant": 1, "closest_time": 1}
    corrected = online.call(
        "POST", f"{base}/corrections", admin, json={"events": {"Neno Night": event["id"]}}
    ).json()
    assert (corrected["valid"], corrected["malformed"]) == (2, 0)
    assert online.call("POST", f"{base}/commit", admin).json()["tickets"] == 2
    online.settle()
    progress = online.call("GET", base, admin).json()
    assert (progress["tickets"], progress["assigned"], progress["mailed"]) == (2, 1, 1)
    row = online.call("GET", f"/api/admin/tickets/assignments?eventId={event['id']}", admin).json()[0]
    assert (row["status"], row["email"]) == ("fulfilled", "a…a@x….org")
    revealed = online.call(
        "POST",
        f"/api/admin/tickets/{row['ticketId']}/reveal",
        online.key("support"),
        json={"purpose": "member called"},
    )
    assert revealed.json()["password"] == "pw-1"
    assert revealed.headers["Cache-Control"] == "no-store"
    online.follow()
    audit = online.call("GET", f"/api/admin/audit?ticketId={row['ticketId']}", admin).json()
    actions = [entry["action"] for entry in audit]
    assert actions[0] == "PreOrder.CredentialDisclosed"
    assert {"TicketPool.TicketsAdded", "TicketPool.TicketsAssigned", "PreOrder.TicketAssigned"} <= set(
        actions
    )
    overview = online.call("GET", "/api/admin/overview", admin).json()
    assert overview["totals"]["fulfilment"] == 1
    matrix = online.call("GET", f"/api/admin/events/{event['id']}/matrix", admin).json()
    assert [(cell["ordered"], cell["uploaded"], cell["assigned"]) for cell in matrix] == [(1, 2, 1)]
    me = online.key("member", online.context.members.find("ada@x.org"))
    mine = online.call("GET", "/api/me/pre-orders", me).json()
    assert [(m["event"], m["shown"]) for m in mine] == [("Neon Night", "Fulfilled")]
    own = online.call("POST", f"/api/me/pre-orders/{mine[0]['id']}/reveal", me)
    assert own.json()["email"] == "t@x.org"


def test_a_member_cannot_see_another_member_s_ticket(online: World) -> None:
    event = online.event()
    online.paid(event, 2)
    online.committed(online.file(event, 2))
    online.settle()
    first, second = (online.key("member", online.context.members.find(f"m{n}@uni.example")) for n in range(2))
    mine = online.call("GET", "/api/me/pre-orders", first).json()[0]["id"]
    assert online.call("POST", f"/api/me/pre-orders/{mine}/reveal", second).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "role", "status"),
    [
        ("GET", "/api/admin/overview", None, 401),
        ("GET", "/api/admin/overview", "member", 403),
        ("POST", "/api/admin/events", "support", 403),
        ("POST", f"/api/admin/tickets/{NOBODY}/reveal", "admin", 403),
        ("GET", "/api/me/pre-orders", "admin", 403),
        ("GET", "/api/nothing", "admin", 404),
        ("DELETE", "/api/admin/overview", "admin", 405),
        ("GET", f"/api/admin/uploads/{NOBODY}", "admin", 404),
        ("GET", "/api/admin/uploads/nonsense", "admin", 404),
        ("GET", "/api/admin/audit?cursor=nonsense", "admin", 400),
        ("GET", "/api/admin/overview?limit=1000", "admin", 422),
        ("POST", f"/api/admin/events/{NOBODY}/reconcile", "admin", 404),
    ],
)
def test_a_refusal_is_a_problem(online: World, method: str, path: str, role: str | None, status: int) -> None:
    member = online.context.members
    key = "htx_no_key"
    if role:
        from harrystix.application.ports import Member

        key = online.key(role, member.find_or_add([Member("a@x.org", "A")])[0] if role == "member" else None)
    answer = online.call(method, path, key, **({"json": {**NEW, "purpose": "p"}} if method == "POST" else {}))
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code"} <= set(answer.json())


def test_a_validation_problem_names_the_field_and_never_repeats_the_value(online: World, admin: str) -> None:
    answer = online.call(
        "POST", "/api/admin/events", admin, json={**NEW, "currency": "hunter2", "status": "x"}
    )
    assert answer.status_code == 422
    assert {error["where"] for error in answer.json()["errors"]} == {"body.currency", "body.status"}
    assert "hunter2" not in answer.text


def test_a_file_that_is_too_large_is_refused_while_it_streams(online: World, admin: str) -> None:
    answer = upload(online, admin, b"x" * (5 * 2**20 + 1))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")


def test_a_compressed_body_is_refused(online: World, admin: str) -> None:
    answer = online.call(
        "POST", "/api/admin/tickets/upload", admin, data=b"x", headers={"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


def test_a_browser_form_is_taken_too(online: World, admin: str) -> None:
    online.call("POST", "/api/admin/events", admin, json=NEW)
    file = ("../evil<b>.csv", b"Event,Variant,QR\nneon,,Q1\n")
    report = online.call("POST", "/api/admin/tickets/upload", admin, files={"file": file}).json()
    assert (report["valid"], report["form"], report["fileName"]) == (1, "qr", "evil<b>.csv")


def test_the_same_file_points_to_the_earlier_upload(online: World, admin: str) -> None:
    online.call("POST", "/api/admin/events", admin, json=NEW)
    content = b"Event,Variant,QR\nneon,,Q1\n"
    first, second = upload(online, admin, content).json(), upload(online, admin, content).json()
    assert second["sameFileAs"] == first["uploadId"]
    assert second["alsoWaitingIn"] == [first["uploadId"]]


def test_a_write_without_an_idempotency_key_is_refused(online: World, admin: str) -> None:
    answer = requests.post(
        f"{online.web}/api/admin/events", json=NEW, headers={"Authorization": f"Bearer {admin}"}, timeout=5
    )
    assert answer.status_code == 400


def test_the_same_key_gives_the_same_answer_with_effects_once(online: World, admin: str) -> None:
    headers = {"Idempotency-Key": "one"}
    answers = [online.call("POST", "/api/admin/events", admin, json=NEW, headers=headers) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = online.call("POST", "/api/admin/events", admin, json={**NEW, "code": "X"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_twenty_commits_at_once_by_http_commit_once(online: World, admin: str) -> None:
    online.call("POST", "/api/admin/events", admin, json=NEW)
    upload_id = upload(online, admin, b"Event,Variant,QR\nneon,,Q1\nneon,,Q2\n").json()["uploadId"]
    answers: list[int] = []

    def commit() -> None:
        answers.append(online.call("POST", f"/api/admin/uploads/{upload_id}/commit", admin).status_code)

    threads = [threading.Thread(target=commit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {200}
    online.settle()
    assert online.broken() == []


def test_a_taken_code_is_refused(online: World, admin: str) -> None:
    online.call("POST", "/api/admin/events", admin, json=NEW)
    answer = online.call("POST", "/api/admin/events", admin, json=NEW)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        409,
        "already_taken",
        "code",
    )


def test_a_change_meant_for_an_older_version_is_refused(online: World, admin: str) -> None:
    event = online.call("POST", "/api/admin/events", admin, json=NEW).json()
    path = f"/api/admin/events/{event['id']}"
    assert online.call("GET", path, admin).headers["ETag"] == '"1"'
    assert online.call("PATCH", path, admin, json={"fallback": "any_variant"}, headers={"If-Match": '"1"'}).ok
    for words in ('W/"1"', "1"):
        weak = online.call("PATCH", path, admin, json={"name": "Other"}, headers={"If-Match": words})
        assert weak.status_code == 412
    for words in ("zz", '""', '"1","2"'):
        unclear = online.call("PATCH", path, admin, json={"name": "Other"}, headers={"If-Match": words})
        assert (unclear.status_code, unclear.json()["field"]) == (422, "If-Match")
    late = online.call("PATCH", path, admin, json={"name": "Other"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["field"]) == (412, "If-Match")


def test_lists_are_paged_by_keyset_to_the_last_row(online: World, admin: str) -> None:
    event = online.event()
    online.paid(event, 25)
    online.follow()
    seen: list[str] = []
    path: str | None = f"/api/admin/tickets/assignments?eventId={event.id}&limit=10"
    while path:
        answer = online.call("GET", path, admin)
        seen += [row["preOrderId"] for row in answer.json()]
        link = answer.headers.get("Link")
        path = link.split(">")[0].lstrip("<") if link else None
    assert len(seen) == len(set(seen)) == 25


def test_a_member_is_found_by_address_without_the_address_in_the_url(online: World, admin: str) -> None:
    online.paid(online.event(), 3)
    online.follow()
    found = online.call(
        "GET", "/api/admin/tickets/assignments", admin, headers={"X-Member-Email": "M1@uni.example"}
    )
    assert len(found.json()) == 1


def test_a_revoked_key_opens_nothing(online: World, admin: str) -> None:
    from harrystix.adapters.postgres.api_keys import ApiKeys

    ApiKeys(online.system.database).revoke(admin.split("_")[1])
    assert online.call("GET", "/api/admin/overview", admin).status_code == 401
