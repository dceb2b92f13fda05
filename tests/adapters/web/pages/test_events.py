"""One event's page over HTTP: a rule that somebody else has changed meanwhile."""

from harrystix.domain.ticketed_event import TicketedEvent
from tests.people import Person
from tests.world import World


def test_a_rule_is_not_changed_by_who_saw_an_earlier_one(online: World) -> None:
    event = online.event()
    kim = Person.at_work(online, "owner")
    words = {"fallback": "any_variant", "window": "60", "version": str(event.version)}
    path, html = f"/admin/events/{event.id}/rule", {"Accept": "text/html"}

    def said(key: str, **more: str) -> tuple[int, str]:
        found = kim.calls(
            "POST", path, data={**words, "key": key, **more}, headers=html, allow_redirects=False
        )
        return found.status_code, found.text

    first, second = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1", "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a2"
    assert said(first)[0] == 303
    # The same form again is the same command.
    assert said(first)[0] == 303
    status, page = said(second, fallback="none")
    assert status == 412 and "Somebody changed this event meanwhile" in page
    assert online.system.store.get(TicketedEvent, str(event.id)).fallback == "any_variant"
