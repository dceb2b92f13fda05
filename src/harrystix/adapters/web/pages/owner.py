"""What the owner keeps an eye on: how long things are kept, and which keys wrap what."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from harrystix.adapters.postgres.retention import RETENTION, waiting
from harrystix.adapters.vault.rotation import inventory
from harrystix.adapters.web.access import House, Owner
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.pages.shell import ROOMS
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes

router = Routes(prefix="/admin/house", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_house(request: Request, who: House) -> HTMLResponse:
    """What there is about the house itself, as far as this person may see it."""
    return page(request, who, "admin/house.html", rooms=[room for room in ROOMS if who.may(room[3])])


@router.get("/retention", response_class=HTMLResponse)
def show_retention(request: Request, who: Owner) -> HTMLResponse:
    """What is kept how long, why, and how much of it there is."""
    counts = waiting(parts(request).database)
    kept = [(one.what, one.why, one.keep, counts.get(one.what)) for one in RETENTION]
    return page(request, who, "admin/retention.html", kept=kept)


@router.get("/keys", response_class=HTMLResponse)
def show_keys(request: Request, who: Owner) -> HTMLResponse:
    """Every version of the master key, and how many data keys it wraps."""
    own = parts(request)
    return page(request, who, "admin/keys.html", versions=inventory(own.database, own.ring()))
