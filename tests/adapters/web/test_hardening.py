"""What the checklist of the security reference asks for beyond what other tests show."""

import json
import subprocess
import sys
from typing import Any

import pytest
import requests

from harrystix.adapters.web.policies import policies
from harrystix.adapters.web.roles import Role
from tests.money import members
from tests.world import World

BROKEN = "a name\r\nBcc: everybody@else.example"


def held(online: World) -> str:
    event = online.event()
    online.paid(event, 1)
    online.committed(online.file(event, 1))
    online.settle()
    (row,) = online.system.database.all("SELECT id::text FROM reporting.tickets")
    return str(row[0])


def test_without_a_record_of_it_no_credential_is_shown(online: World) -> None:
    ticket, key = held(online), online.key("support")
    online.system.database.execute(
        "CREATE FUNCTION log.no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'full'; END$$"
    )
    online.system.database.execute(
        "CREATE TRIGGER no BEFORE INSERT ON log.stored_events FOR EACH STATEMENT EXECUTE FUNCTION log.no()"
    )
    answer = online.call("POST", f"/api/admin/tickets/{ticket}/reveal", key, json={"purpose": "a try"})
    assert answer.status_code == 500 and "pw-" not in answer.text and "full" not in answer.text


def test_without_a_record_of_where_it_came_from_nothing_is_done(online: World) -> None:
    ticket, key = held(online), online.key("support")
    online.system.database.execute("DROP TABLE vault.requests")
    answer = online.call("POST", f"/api/admin/tickets/{ticket}/reveal", key, json={"purpose": "a try"})
    assert answer.status_code == 500 and "pw-" not in answer.text
    online.follow()
    shown = online.system.database.one(
        "SELECT count(*) FROM reporting.assignment_logs WHERE action = 'PreOrder.CredentialDisclosed'"
    )
    assert shown == (0,)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/admin/events", {"name": BROKEN, "code": "A", "startsAt": "2027-01-01T20:00:00Z"}),
        ("/api/admin/events", {"name": "A", "code": BROKEN, "startsAt": "2027-01-01T20:00:00Z"}),
        (
            "/api/admin/events",
            {"name": "A", "code": "A", "venue": BROKEN, "startsAt": "2027-01-01T20:00:00Z"},
        ),
        (
            "/api/admin/events",
            {"name": "A", "code": "A", "variants": [{"name": BROKEN}], "startsAt": "2027-01-01T20:00:00Z"},
        ),
        ("/api/sign-in/link", {"email": "m@uni.example\r\nBcc: x@y.example"}),
        (
            "/api/admin/staff",
            {
                "email": "a@b.example",
                "name": BROKEN,
                "role": "support",
                "password": "a long night out",
                "reason": "r",
            },
        ),
        (
            "/api/admin/api-keys",
            {"role": "support", "label": BROKEN, "reason": "r"},
        ),
    ],
)
def test_no_line_break_gets_into_a_name(online: World, path: str, body: dict[str, Any]) -> None:
    answer = online.call("POST", path, online.key("owner"), json=body)
    assert answer.status_code == 422, answer.text
    assert "Bcc" not in answer.text


def test_a_line_of_the_log_is_one_line_whatever_is_in_it() -> None:
    words = "from harrystix.adapters import logs; import structlog; logs.configure('test'); "
    words += (
        f"structlog.get_logger().info('x', path={BROKEN!r}, email='a@b.example', note='to a@b.example now')"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["path"].startswith("a name\r\n") and "@b.example" not in line


def test_a_key_in_an_address_opens_nothing(online: World) -> None:
    key = online.key("owner")
    for name in ("key", "api_key", "apiKey", "token", "access_token", "authorization"):
        answer = requests.get(f"{online.web}/api/admin/overview", params={name: key}, timeout=5)
        assert answer.status_code == 401
    basic = requests.get(f"{online.web}/api/admin/overview", auth=(key, ""), timeout=5)
    assert basic.status_code == 401


def test_nothing_that_only_some_may_see_is_kept_by_a_cache(online: World) -> None:
    (member,) = members(online, 1)
    keys = {role: online.key(role, member if role is Role.MEMBER else None) for role in Role}
    seen = 0
    for policy in policies():
        roles = {word.strip() for word in policy.who.split(",")} & set(Role)
        if policy.method == "GET" and roles and "{" not in policy.path:
            answer = online.call("GET", policy.path, keys[Role(sorted(roles)[0])], stream=True)
            answer.close()
            assert answer.headers["Cache-Control"] == "no-store", policy.path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            seen += 1
    assert seen > 15


def test_no_route_that_reads_changes_anything(online: World) -> None:
    """What a page of another site can make a browser fetch is harmless."""
    key = online.key("owner")
    before = online.system.store.recorder.max_notification_id()
    recorded = {"/api/admin/audit/export"}  # that somebody took it along, and nothing else
    for policy in policies():
        harmless = policy.method == "GET" and "{" not in policy.path and policy.path not in recorded
        if harmless and "owner" in policy.who:
            online.call("GET", policy.path, key, stream=True).close()
    assert online.system.store.recorder.max_notification_id() == before
