"""What stands around every page: where one is, and where one may go."""

from typing import Any

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.roles import Act

PLACES: tuple[tuple[str, str, Act], ...] = (
    ("My nights", "/me", Act.OWN),
    ("On sale", "/me/events", Act.OWN),
    ("Overview", "/admin", Act.READ),
    ("Events", "/admin/events", Act.READ),
    ("Pre-orders", "/admin/orders", Act.READ),
    ("Uploads", "/admin/uploads", Act.FILES),
    ("Captures", "/admin/captures", Act.HOUSE),
    ("Second person", "/admin/approvals", Act.APPROVE),
    ("House", "/admin/house", Act.HOUSE),
    ("Account", "/account", Act.SELF),
)
# What the house's own page leads to: (name, address, about, act).
ROOMS: tuple[tuple[str, str, str, Act], ...] = (
    ("Health", "/admin/health", "checks, what waits for workers, captures, backups", Act.HOUSE),
    ("Failed work", "/admin/failed", "what nobody but a person can bring to an end", Act.HOUSE),
    ("Mails", "/admin/mails", "what waits, what could not be sent", Act.HOUSE),
    ("Mail templates", "/admin/house/mails", "what our mails say, and a test to yourself", Act.PEOPLE),
    ("Staff", "/admin/house/staff", "who is there, with which role and events", Act.PEOPLE),
    ("API keys", "/admin/house/api-keys", "keys for programs", Act.PEOPLE),
    ("Master keys", "/admin/house/keys", "what wraps everything that is secret", Act.PEOPLE),
    ("Retention", "/admin/house/retention", "what is kept how long, and why", Act.PEOPLE),
)


def everywhere(who: Caller) -> list[tuple[str, str]]:
    """(name, address) of all that one of the staff may go to by a few letters; empty for others."""
    if not who.may(Act.READ) or who.viewing:
        return []
    places = [(name, href) for name, href, act in PLACES if who.may(act)]
    rooms = [(f"House: {name}", href) for name, href, _, act in ROOMS if who.may(act)]
    more = (
        ("Upload tickets", "/admin/uploads/new", Act.TICKETS),
        ("A new event", "/admin/event/new", Act.STOCK),
        ("Jobs", "/admin/jobs", Act.SERVE),
    )
    return [*places, *[(name, href) for name, href, act in more if who.may(act)], *rooms]


def navigation(who: Caller, path: str) -> list[dict[str, Any]]:
    """Only what this person may open; the longest address that fits is where they are."""
    places = [(name, href) for name, href, act in PLACES if who.may(act)]
    # A member is found among the pre-orders.
    path = path.replace("/admin/members/", "/admin/orders/", 1)
    path = path.replace("/admin/jobs", "/admin/orders/jobs", 1)
    path = path.replace("/admin/event/", "/admin/events/", 1)
    path = "/admin/house" if path in {"/admin/health", "/admin/failed", "/admin/mails"} else path
    fits = [href for _, href in places if path == href or path.startswith(f"{href}/")]
    here = max(fits, key=len, default="")
    return [{"name": name, "href": href, "here": href == here} for name, href in places]
