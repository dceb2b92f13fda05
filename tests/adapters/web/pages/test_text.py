"""What people write is text, wherever it is shown: on every page, in mails and in exports."""

import re
from html import unescape

import requests

from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import events, imports, uploads
from harrystix.application.ports import Member
from tests.people import Person
from tests.world import World

# One text with what would work in an element, an attribute, an address, a script, a template and a spreadsheet.
TEXT = "=<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{7*7}}${7*7}javascript:alert(1)'-alert(1)-'"
RAW = re.compile(r"<script>alert|<img src=x|javascript:alert\(1\)[\"']\s*>|[>=]49<")


def written_everywhere(online: World) -> tuple[str, str, str]:
    """(event, pre-order, member): the text is event, venue, variant, member, file, and password."""
    new = events.NewEvent(
        TEXT[:100],
        "BAD",
        online.event().starts_at,
        venue=TEXT[:100],
        price_minor=1200,
        variants=[events.NewVariant(TEXT[:80])],
    )
    event = events.announce(online.context, online.context.by("staff:test"), new)
    online.follow()
    (member,) = online.context.members.find_or_add([Member("bad@uni.example", TEXT)])
    line = f'BAD,"{TEXT[:80].replace(chr(34), chr(34) * 2)}","{TEXT.replace(chr(34), chr(34) * 2)}"'
    paid = (
        f"Event,Variant,Member,Email,Paid at,Payment intent\n{line},bad@uni.example,2026-11-17T19:00:00Z,pi_1"
    )
    report = imports.import_orders(online.context, online.context.by("staff:test"), paid.encode())
    assert report.imported == 1, report.problems
    cell = TEXT.replace('"', '""')
    file = f'Event,Variant,Email,Password\nBAD,"{TEXT[:80].replace(chr(34), chr(34) * 2)}",t@tickets.example,"{cell}"'
    upload = online.received(file.encode(), f"{TEXT[:60]}.csv")
    uploads.commit(online.context, online.context.by("staff:test"), str(upload.id))
    online.settle()
    row = online.system.database.one("SELECT id::text, status FROM reporting.pre_orders")
    assert row and row[1] == "fulfilled", row
    return str(event.id), row[0], member


def test_what_was_written_is_text_on_every_page_of_everybody(online: World) -> None:
    event, order, member = written_everywhere(online)
    kim = Person.at_work(online, "owner")
    form = {"key": "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1", "purpose": TEXT[:90]}
    cell = '"' + TEXT.replace('"', '""') + '"'
    # In all four columns, of a file that waits for corrections; and one with what is right, to be confirmed.
    wrong = online.received(f"Event,Variant,Email,Password\n{cell},{cell},{cell},{cell}".encode(), "a.csv")
    right = online.received(f"Event,Variant,Email,Password\nNEON,,b@tickets.example,{cell}".encode(), "b.csv")
    (done,) = online.system.database.one("SELECT upload_id::text FROM reporting.ticket_assignments") or ("",)
    pages = {
        path: kim.calls("GET", path, headers={"Accept": "text/html"})
        for path in (
            "/admin",
            "/admin/events",
            f"/admin/events/{event}",
            "/admin/orders",
            f"/admin/orders?event={event}",
            f"/admin/orders/{order}",
            f"/admin/orders/{order}/refund",
            f"/admin/members/{member}",
            "/admin/uploads",
            f"/admin/uploads/{wrong.id}",
            f"/admin/uploads/{right.id}/confirm",
            f"/admin/uploads/{done}/progress",
            f"/admin/event/{event}/settings",
            f"/admin/events/{event}/board",
            f"/admin/events/{event}/fairness",
            f"/admin/events/{event}/refunds",
            "/admin/mails",
            "/admin/jobs",
            "/admin/approvals",
            "/admin/captures",
            "/admin/house/api-keys",
        )
    }
    pages["reveal"] = kim.calls("POST", f"/admin/orders/{order}/ticket", data=form)
    pages["story"] = kim.calls("GET", f"/admin/orders/{order}")
    now = online.context.clock.now()
    _, token = online.context.people.sessions.open("member", member, TEXT[:90], now)
    headers = {"Cookie": f"{COOKIE}={token}"}
    for path in ("/me", "/me/events", f"/me/events/{event}", "/account", "/api/me/export?format=html"):
        pages[path] = requests.get(online.web + path, headers=headers, timeout=10)
    shown = f"{online.web}/me/orders/{order}/ticket"
    pages["ticket"] = requests.post(shown, headers=headers, data=form, timeout=10)
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        assert not RAW.search(answer.text), (path, RAW.search(answer.text))
    assert "&lt;script&gt;alert(1)" in pages["ticket"].text


def test_what_was_written_is_text_in_mails_and_no_formula_in_exports(online: World) -> None:
    written_everywhere(online)
    (mail,) = [one for one in online.mails() if "bad@uni.example" in str(one["Recipients"])]
    # The mail as the provider draws it from template and values, which stands in this page as text once more.
    page = requests.get(f"{online.sandbox}message/{mail['MessageID']}", timeout=5).text
    drawn = unescape(page)
    assert "&lt;script&gt;alert(1)" in drawn and not RAW.search(page)
    kim = Person.at_work(online, "owner")
    export = kim.calls("GET", "/admin/orders/export.csv").content.decode("utf-8-sig")
    cells = [cell.strip('"') for line in export.splitlines()[1:] for cell in line.split(",")]
    assert cells and not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
