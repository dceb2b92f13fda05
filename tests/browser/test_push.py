"""Being told on a device: offered by the page, asked for by a person, and said in words where it can't be."""

import time
from typing import Any

from tests.browser.conftest import Opened
from tests.money import members
from tests.world import World


def test_a_member_is_offered_it_and_hears_when_the_browser_does_not_allow_it(
    online: World, opened: Opened
) -> None:
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    window = opened(online.web, cookie)
    page = window.go("/account")
    button = page.get_by_role("button", name="Tell me on this device")
    button.wait_for()
    assert page.evaluate("navigator.serviceWorker.ready.then(found => new URL(found.scope).pathname)") == "/"
    assert (window.faults(), window.overflows(), window.complaints, window.foreign) == ([], 0, [], [])
    # A window that keeps nothing can't be told, and says so only once it is asked.
    button.click()
    page.get_by_text("That did not work. Try again later.").wait_for()
    assert button.is_enabled()
    assert online.context.push.count(member) == 0
    window.complaints = [one for one in window.complaints if "Push API in incognito" not in one]


def test_what_arrives_is_shown_and_leads_to_the_ticket_in_this_house_only(
    online: World, opened: Opened
) -> None:
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    window = opened(online.web, cookie)
    page = window.go("/account")
    page.get_by_role("button", name="Tell me on this device").wait_for()
    (worker,) = page.context.service_workers
    # What the browser would show is kept instead: there is nobody to look.
    worker.evaluate(
        "() => { self.registration.showNotification = async (title, more) => { self.shown = [title, more] } }"
    )
    client: Any = page.context.new_cdp_session(page)
    found: dict[str, str] = {}

    def heard(event: Any) -> None:
        for one in event["registrations"]:
            found[one["scopeURL"]] = one["registrationId"]

    client.on("ServiceWorker.workerRegistrationUpdated", heard)
    client.send("ServiceWorker.enable")
    deadline = time.monotonic() + 15
    while f"{online.web}/" not in found:
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
    words = '{"title": "Your ticket is there", "body": "Neon Night", "url": "/me/orders/1/ticket"}'
    number = found[f"{online.web}/"]
    client.send(
        "ServiceWorker.deliverPushMessage", {"origin": online.web, "registrationId": number, "data": words}
    )
    shown = worker.evaluate(
        "() => new Promise(done => { const look = () => self.shown ? done(self.shown) : setTimeout(look, 10); look() })"
    )
    where = "/me/orders/1/ticket"
    assert shown == ["Your ticket is there", {"body": "Neon Night", "tag": where, "data": where}]
