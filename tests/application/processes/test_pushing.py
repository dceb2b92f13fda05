"""A member's devices are told when the mail with the ticket has left: with a fact, once, and without a credential."""

from collections.abc import Generator

import pytest
import requests

from harrystix.application.handlers import money
from harrystix.application.processes.pushing import push_due
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from tests.push_service import PushService, push_service
from tests.world import World


@pytest.fixture
def service(online: World) -> Generator[PushService]:
    with push_service() as made:
        object.__setattr__(online.system.settings, "push_hosts", made.host)
        yield made


def served(online: World) -> tuple[str, TicketedEvent]:
    """(a member who has paid, the event whose ticket they wait for)."""
    event = online.event()
    online.paid(event, 1)
    online.settle()
    row = online.system.database.one("SELECT member_id::text FROM reporting.pre_orders")
    assert row
    return str(row[0]), event


def told(online: World, member: str, service: PushService, method: str = "POST") -> requests.Response:
    key = online.key("member", member)
    device = service.device
    body = {"endpoint": device.endpoint}
    if method == "POST":
        body |= {"keys": {"p256dh": device.p256dh, "auth": device.auth}}  # type: ignore[dict-item]
    return online.call(method, "/api/me/push", key, json=body)


def mailed(online: World, event: TicketedEvent) -> None:
    online.committed(online.file(event, 1))
    online.settle()


def test_a_device_is_told_once_when_the_ticket_was_mailed(online: World, service: PushService) -> None:
    member, event = served(online)
    for _ in range(2):
        assert told(online, member, service).status_code == 204
    mailed(online, event)
    assert push_due(online.context) == 1
    (got,) = service.got
    order = online.system.store.get(PreOrder, got["url"].split("#")[1])
    assert got == {
        "title": "Your ticket is there",
        "body": "Neon Night",
        "url": f"/me#{order.id}",
    }
    order.request_resend(online.context.by("staff:kim"))
    online.system.store.commit(order)
    online.settle()
    assert push_due(online.context) == 0 and len(service.got) == 1


def test_a_device_that_is_told_no_more_is_not(online: World, service: PushService) -> None:
    member, event = served(online)
    told(online, member, service)
    assert online.call("GET", "/api/me/push", online.key("member", member)).json()["devices"] == 1
    assert told(online, member, service, "DELETE").status_code == 204
    mailed(online, event)
    assert push_due(online.context) == 0 and service.got == []


def test_a_browser_that_has_forgotten_us_is_forgotten_and_one_that_is_busy_is_asked_again(
    online: World, service: PushService
) -> None:
    member, event = served(online)
    told(online, member, service)
    service.status = 503
    mailed(online, event)
    assert push_due(online.context) == 0
    online.system.database.execute("UPDATE app.push_due SET not_before = now()")
    service.status = 410
    assert push_due(online.context) == 0
    assert online.context.push.count(member) == 0
    assert online.system.database.one("SELECT count(*) FROM app.push_due") == (0,)


def test_a_ticket_that_was_taken_back_meanwhile_is_told_to_nobody(
    online: World, service: PushService
) -> None:
    member, event = served(online)
    told(online, member, service)
    mailed(online, event)
    row = online.system.database.one("SELECT order_id::text FROM app.push_due")
    assert row
    order = online.system.store.get(PreOrder, row[0])
    by = online.context.by("staff:kim")
    order.revoke_assignment(by, assignment_id=order.assignment_id, reason="a mistake")
    online.system.store.commit(order)
    assert push_due(online.context) == 0 and service.got == []
    assert not online.context.push.waiting()


def test_the_device_is_sealed_and_goes_with_whoever_holds_it(online: World, service: PushService) -> None:
    member, _ = served(online)
    told(online, member, service)
    rows = online.system.database.all("SELECT sealed, endpoint_index FROM vault.push_subscriptions")
    assert not any(service.host.encode() in bytes(value) for row in rows for value in row)
    online.paid(online.event("Opal Night"), 1, prefix="other")
    online.settle()
    other = online.system.database.one(
        "SELECT member_id::text FROM reporting.pre_orders WHERE member_id <> %s", (member,)
    )
    assert other
    told(online, other[0], service)
    assert (online.context.push.count(member), online.context.push.count(other[0])) == (0, 1)


def test_a_service_that_is_not_known_is_refused_and_a_house_without_a_key_tells_nobody(
    online: World, service: PushService
) -> None:
    member, _ = served(online)
    object.__setattr__(online.system.settings, "push_hosts", "fcm.googleapis.com")
    refused = told(online, member, service)
    assert refused.status_code == 422 and refused.json()["field"] == "endpoint"
    assert service.host not in refused.text


def test_a_device_that_is_gone_stands_in_nobodys_way_and_signing_out_ends_it(
    online: World, service: PushService
) -> None:
    member, event = served(online)
    session, cookie = online.context.people.sessions.open(
        "member", member, "a phone", online.context.clock.now()
    )
    online.context.push.add(member, service.device, str(session))
    mailed(online, event)
    assert online.context.push.has(member, service.device.endpoint) and cookie
    online.context.people.sessions.close(member, str(session))
    assert not online.context.push.has(member, service.device.endpoint)
    assert online.context.push.waiting()
    assert push_due(online.context) == 0
    assert not online.context.push.waiting()


def test_whose_first_mail_was_held_back_is_told_when_it_leaves_at_last(
    online: World, service: PushService
) -> None:
    member, event = served(online)
    told(online, member, service)
    online.committed(online.file(event, 1))
    online.settle_until_mail()
    row = online.system.database.one("SELECT id::text FROM reporting.pre_orders")
    assert row
    by = online.context.by("staff:kim", "hold")
    money.with_pool(online.context, by, [row[0]], lambda order: order.hold(by, case_id="j", reason="a gate"))
    online.settle()
    by = online.context.by("staff:kim", "release")
    money.with_pool(online.context, by, [row[0]], lambda order: order.release_hold(by, reason="open"))
    online.settle()
    assert len(online.mails()) == 1 and push_due(online.context) == 1
