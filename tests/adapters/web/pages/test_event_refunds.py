"""An event's money and proof as pages: refunds seen first, the rule stopped, fairness, captures."""

import html
import re
from typing import Any

import requests

from harrystix.application.processes import bulk_refunds
from harrystix.domain.ticketed_event import TicketedEvent
from tests.money import announced, get, ordered, paid
from tests.people import Person
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def shown(page: str) -> str:
    """The fingerprint of the list on the page."""
    found = re.search('name="fingerprint" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def test_an_event_is_refunded_as_it_was_shown_and_not_otherwise(online: World) -> None:
    one, _ = paid(online, 2)
    event = get(online, one).event_id
    kim, path = Person.at_work(online, "support"), f"/admin/events/{event}/refunds"
    page = kim.calls("GET", path).text
    assert "Give £24.00 back to 2 members" in page
    other = sent(kim, path, scope="waiting", orders="3", amount="3600", word="NEON", reason="called off")
    assert (
        other.status_code == 409
        and "look at the dry run again" in other.text
        and 'value="called off"' in other.text
    )
    known = {"scope": "waiting", "orders": "2", "amount": "2400", "word": "neon", "fingerprint": shown(page)}
    assert sent(kim, path, **known, reason="").status_code == 409
    unsure = sent(kim, path, **{**known, "word": "yes"}, reason="called off")
    assert unsure.status_code == 409 and "Type NEON to go on." in unsure.text
    done = sent(kim, path, **known, reason="called off")
    assert done.headers["Location"].endswith("done=ordered")
    assert online.system.store.get(TicketedEvent, event).refunds_under_way


def test_a_large_sum_waits_for_a_second_person(online: World) -> None:
    (one,) = paid(online)
    object.__setattr__(online.system.settings, "refund_alone", 1000)
    event = get(online, one).event_id
    kim, path = Person.at_work(online, "support"), f"/admin/events/{event}/refunds"
    assert "a second person has to agree" in kim.calls("GET", path).text
    words = {"scope": "waiting", "orders": "1", "amount": "1200", "word": "NEON", "reason": "called off"}
    assert sent(kim, path, **words, fingerprint="of other people").status_code == 409
    plan = bulk_refunds.plan(online.context, event, "waiting")
    asked = sent(kim, path, **words, fingerprint=bulk_refunds.fingerprint(plan))
    assert asked.headers["Location"].endswith("done=asked")
    assert not online.system.store.get(TicketedEvent, event).refunds_under_way


def test_the_rule_is_stopped_and_goes_on(online: World) -> None:
    event = announced(online)
    kim, path = Person.at_work(online, "support"), f"/admin/events/{event}/refunds"
    assert sent(kim, f"{path}/hold", held="yes", why="").status_code == 422
    assert sent(kim, f"{path}/hold", held="yes", why="more tickets come").status_code == 303
    assert "The rule is stopped for this event." in kim.calls("GET", path).text
    sent(kim, f"{path}/hold", held="no", why="they came")
    assert not online.system.store.get(TicketedEvent, event).refunds_held


def test_the_fairness_report_says_that_nobody_was_passed_over_without_a_reason(online: World) -> None:
    event = online.event(variants=("Early", "Late"))
    online.paid(event, 2, "Early")
    online.paid(event, 2, "Late", prefix="late")
    online.committed(online.file(event, 2, "Late"))
    online.settle()
    page = Person.at_work(online, "auditor").calls("GET", f"/admin/events/{event.id}/fairness").text
    assert "Nobody was passed over without a reason." in page
    assert page.count("wanted another variant, and the event has no fallback") >= 2


def test_a_capture_is_seen_before_it_is_started_by_hand_once(online: World) -> None:
    ordered(online, announced(online), 3)
    kim = Person.at_work(online, "owner")
    assert "£36.00" in kim.calls("GET", "/admin/captures").text
    page = kim.calls("GET", "/admin/captures/now").text
    assert "Charge 3 pre-orders, £36.00" in page
    seen = html.unescape(page.split('name="seen" value="')[1].split('"')[0])
    changed = sent(kim, "/admin/captures", seen="2 [('GBP', 2400)]")
    assert (
        changed.status_code == 409
        and "has changed meanwhile" in changed.text
        and seen in html.unescape(changed.text)
    )
    unsure = sent(kim, "/admin/captures", seen=seen)
    assert unsure.status_code == 422 and "Type charge to go on." in unsure.text
    first, again = (
        sent(kim, "/admin/captures", seen=seen, word="charge").headers["Location"] for _ in range(2)
    )
    assert first == again and re.fullmatch(r"/admin/captures/[0-9a-f-]{36}", first)
    assert "It has just begun" in kim.calls("GET", first).text
    online.follow()
    assert "collecting" in kim.calls("GET", first).text
    assert Person.at_work(online, "support").calls("POST", "/admin/captures", headers=HTML).status_code == 403
    assert kim.calls("GET", "/admin/captures/nonsense", headers=HTML).status_code == 404
