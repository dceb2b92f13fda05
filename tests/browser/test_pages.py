"""Every page in every width, colour and size of text: nobody is shut out, and nothing hangs over."""

from typing import Literal

import pytest

from harrystix.application.handlers import approvals, bulk
from harrystix.application.handlers.events import NewVariant
from harrystix.application.processes import runs
from harrystix.application.processes.bulk import carry_out
from harrystix.domain.pre_order import PreOrder
from tests.browser.conftest import Opened, Watched
from tests.money import announced, captured, members, ordered
from tests.people import Person
from tests.world import World

WIDTHS = (320, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def an_order(online: World) -> tuple[str, str]:
    """(pre-order, its member) that has a ticket."""
    found = online.system.database.one(
        "SELECT id::text, member_id::text FROM reporting.pre_orders WHERE assignment_id IS NOT NULL LIMIT 1"
    )
    assert found
    return found


@pytest.fixture
def nights(online: World) -> tuple[str, list[str]]:
    """(session of a member, addresses of pages of theirs): one who has a ticket, waits for one, and may order one."""
    served, waiting = announced(online), announced(online, code="DARK", days=25)
    open_still = announced(online, code="OPEN", days=30, variants=[NewVariant("Entry 9pm")])
    waits = ordered(online, waiting)
    captured(online, [*ordered(online, served), *waits])
    online.committed(b"Event,Variant,Email,Password\nNEON,,t@tickets.example,pw-0")
    (card,) = ordered(online, announced(online, code="CARD", days=33))
    online.settle()
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    own = ["/me", f"/me/orders/{card}/card", f"/me/orders/{waits[0]}/give-back", "/account"]
    return cookie, ["/me/events", f"/me/events/{open_still}", *own]


@pytest.fixture
def pages(online: World) -> tuple[str, list[str]]:
    """(session of an owner, addresses of pages with something on them)."""
    event = online.event(variants=("Entry 9pm", "Entry 10pm"))
    online.paid(event, 6, "Entry 9pm")
    online.paid(event, 3, "Entry 10pm", prefix="o")
    done = online.committed(online.file(event, 5, "Entry 9pm"))
    online.settle()
    rows = (
        online.file(event, 3, "Entry 9", start=20) + b"\nElsewhere,,a@b.example,x\nNeon Night,,no address,x"
    )
    waiting = online.received(rows, "a file with a rather long name that goes on and on and on.csv")
    owner = Person.at_work(online, "owner")
    by = online.context.by("staff:somebody")
    lee = Person(online, "lee@staff.example", "admin")
    online.key("partner", events=[str(event.id)])
    approvals.ask(online.context, by, kind="erasure", subject=str(event.id), reason="they asked by letter")
    online.follow()
    order_id, member_id = an_order(online)
    job = bulk.order(online.context, by, kind="resend", order_ids=[order_id, str(event.id)])
    online.follow()
    carry_out(online.context)
    online.settle()
    run = runs.start_now(online.context, by, online.context.schedule)
    online.follow()
    pool = online.system.store.pool(str(event.id))
    assert pool
    intent = online.system.store.get(PreOrder, order_id).current_intent
    return owner.cookie, [
        f"/admin/events/{event.id}/board/{next(iter(pool.tickets))}",
        f"/admin/captures/{run}",
        f"/admin/mails/{order_id}?intent={intent}",
        "/admin/house/mails/ticket",
        "/admin/events?q=nowhere",
        "/admin",
        "/admin/events",
        f"/admin/events/{event.id}",
        "/admin/event/new",
        f"/admin/event/{event.id}/settings",
        f"/admin/events/{event.id}/fairness",
        f"/admin/events/{event.id}/board",
        f"/admin/events/{event.id}/refunds",
        "/admin/captures",
        "/admin/captures/now",
        "/admin/mails",
        "/admin/mails?state=failed",
        "/admin/house/mails",
        "/admin/orders",
        f"/admin/orders?event={event.id}&status=waiting_for_stock",
        "/admin/orders?delivery=bounced",
        f"/admin/orders/{order_id}?at=2",
        f"/admin/orders/{order_id}/ticket",
        f"/admin/orders/{order_id}/refund",
        f"/admin/members/{member_id}",
        "/admin/jobs",
        f"/admin/jobs/{job}",
        "/admin/approvals",
        "/admin/failed",
        "/admin/health",
        "/account",
        "/confirm?next=/admin",
        "/admin/uploads",
        "/admin/uploads/new",
        f"/admin/uploads/{waiting.id}",
        f"/admin/uploads/{waiting.id}/confirm",
        f"/admin/uploads/{done.id}/progress",
        f"/admin/events/{event.id}0",
        "/admin/house",
        "/admin/house/staff",
        f"/admin/house/staff/{lee.id}",
        "/admin/house/api-keys",
        "/admin/house/retention",
        "/admin/house/keys",
        "/sign-in",
    ]


@pytest.mark.parametrize("whose", ["pages", "nights"])
def test_every_page_can_be_used_by_everybody_at_every_width_in_all_colours_and_with_large_text(
    online: World, opened: Opened, request: pytest.FixtureRequest, whose: str
) -> None:
    cookie, paths = request.getfixturevalue(whose)
    window = opened(online.web, cookie)
    wrong: list[str] = []
    for path in paths:
        window.go(path)
        for scheme in SCHEMES:
            window.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                window.page.set_viewport_size({"width": width, "height": 900})
                wrong += looked_at(window, f"{path} at {width}, {scheme}", colours=scheme == "dark")
        window.page.emulate_media(color_scheme="light", forced_colors="active")
        window.page.set_viewport_size({"width": 640, "height": 900})
        window.page.evaluate("document.documentElement.style.fontSize = '200%'")
        wrong += looked_at(window, f"{path} with text twice as large, forced colours")
        window.page.emulate_media(forced_colors="none")
        # Larger text by hand is what the policy refuses: nothing of the page's own.
        window.complaints = [
            one for one in window.complaints if "style-src" not in one and "inline style" not in one
        ]
    assert wrong == []


def test_pages_that_answer_a_form_can_be_used_by_everybody_too(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 3)
    online.committed(online.file(event, 2))
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin/orders?status=fulfilled")
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Mail again").click()
    page.get_by_role("heading", name="Mail again").wait_for()
    wrong = in_all_ways(window, "what a job would do")
    order_id, _ = an_order(online)
    page = window.go(f"/admin/orders/{order_id}/ticket")
    page.get_by_label("What for").fill("cannot read it")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("That you see this is on record").wait_for()
    wrong += in_all_ways(window, "a ticket that is shown")
    page = window.go(f"/admin/orders/{order_id}/refund")
    page.get_by_label("Amount in GBP").fill("500")
    page.get_by_label("Why").fill("too much")
    page.get_by_role("button", name="Give it back").click()
    page.get_by_role("alert").wait_for()
    assert wrong + in_all_ways(window, "a form that is refused") == []


def in_all_ways(window: Watched, where: str) -> list[str]:
    found: list[str] = []
    for scheme in SCHEMES:
        window.page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            window.page.set_viewport_size({"width": width, "height": 900})
            found += looked_at(window, f"{where} at {width}, {scheme}", colours=scheme == "dark")
    return found


def looked_at(window: Watched, where: str, *, colours: bool = False) -> list[str]:
    """What is wrong with the page as it is now; `colours`: with them alone."""
    over = window.overflows()
    wide = [f"{where}: {over} pixels too wide"] if over else []
    return wide + [f"{where}: {fault}" for fault in window.faults(colours=colours)]


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "support").cookie)
    window.go("/admin")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    window.page.keyboard.press("Enter")
    assert window.page.evaluate("document.activeElement.id") == "main"


def test_the_head_is_one_line_on_a_laptop(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie, width=1280)
    page = window.go("/admin/events")
    assert page.locator("header.top").bounding_box()["height"] < 64  # type: ignore[index]


def test_why_one_waits_is_read_by_everybody(online: World, opened: Opened) -> None:
    captured(online, ordered(online, announced(online)))
    online.settle()
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    window = opened(online.web, cookie, width=320)
    page = window.go("/me")
    page.get_by_role("button", name="Why do I wait?").click()
    page.get_by_text("Each new one goes to whoever paid first").wait_for()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert looked_at(window, scheme) == []
