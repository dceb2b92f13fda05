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
