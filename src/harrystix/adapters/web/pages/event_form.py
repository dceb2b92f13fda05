"""A new event, and the settings of one: times as people write them, in the event's own zone."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web import announcing
from harrystix.adapters.web.access import Admin, acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, minor, said
from harrystix.adapters.web.pages.render import exactly, page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.csv_file import MAX_BYTES
from harrystix.application.handlers import events
from harrystix.domain.errors import DomainError, InvalidValue, OutOfDate
from harrystix.domain.ticketed_event import TicketedEvent

VARIANTS = 20
ZONES = frozenset(available_timezones())
CURRENCIES = ("GBP", "EUR", "USD")
router = Routes(prefix="/admin/event", include_in_schema=False)


@router.get("/new", response_class=HTMLResponse)
def new_event(request: Request, who: Admin) -> HTMLResponse:
    """The form for one."""
    typed = {"zone": "Europe/London", "currency": "GBP"}
    return page(request, who, "admin/event-new.html", typed=typed, currencies=CURRENCIES)


@router.post("", response_class=Response)
async def announce(request: Request, who: Admin) -> Response:
    """Announce it; the same form makes one."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        try:
            zone = _zone(found.get("zone", ""))
            if found.get("currency") not in CURRENCIES:
                raise InvalidValue("Choose a currency.", field="currency")
            day = _moment(found.get("starts", ""), zone, "starts")
            names = [name.strip() for name in found.get("variants", "").split(";") if name.strip()]
            if len(names) > VARIANTS:
                raise InvalidValue(f"{VARIANTS} variants are the most.", field="variants")
            made = announcing.announce(
                parts(request).context,
                acting(request, who, f"POST /admin/event/{key}"),
                who,
                events.NewEvent(
                    found.get("name", "").strip(),
                    found.get("code", "").strip(),
                    day,
                    venue=found.get("venue", "").strip(),
                    time_zone=zone.key,
                    price_minor=minor(found.get("price", ""), found["currency"], "price"),
                    currency=found["currency"],
                    variants=[events.NewVariant(name) for name in names],
                ),
            )
        except DomainError as refused:
            wrong = said(refused, "name")
            return page(
                request, who, "admin/event-new.html", 422, errors=wrong, typed=found, currencies=CURRENCIES
            )
        return go(f"/admin/events/{made.id}")

    return await run_in_threadpool(work)


@router.get("/{event_id}/settings", response_class=HTMLResponse)
def show_settings(request: Request, who: Admin, event_id: str) -> HTMLResponse:
    """Name, place, time, and when it is on sale."""
    return settings_of(request, who, event_id)


@router.post("/{event_id}/settings", response_class=Response)
async def change_settings(request: Request, who: Admin, event_id: str) -> Response:
    """What was seen is changed; what somebody else has changed meanwhile refuses it."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        context = parts(request).context
        event = context.store.get(TicketedEvent, event_id)
        zone, seen = ZoneInfo(event.time_zone), found.get("version", "")
        try:
            more = [name.strip() for name in found.get("variants", "").split(";") if name.strip()]
            events.change(
                context,
                acting(request, who, f"POST /admin/event/{event_id}/settings/{key}"),
                event_id,
                name=found.get("name", "").strip(),
                venue=found.get("venue", "").strip(),
                starts_at=_kept(found.get("starts", ""), event.starts_at, zone, "starts"),
                add_variants=[events.NewVariant(name) for name in more],
                times={
                    name: _kept(found[short], getattr(event, name), zone, short) if found.get(short) else None
                    for name, short in TIMES.items()
                },
                expected_version=int(seen[:9]) if seen.isdecimal() else 0,
            )
        except OutOfDate:
            now = context.store.get(TicketedEvent, event_id)
            text = f"Somebody changed this event meanwhile: it is {now.name}, {exactly(now.starts_at, now.time_zone)}."
            wrong = [{"text": f"{text} What you wrote is below; save it again to have it so.", "field": ""}]
            return settings_of(request, who, event_id, 412, typed=found, errors=wrong)
        except DomainError as refused:
            return settings_of(request, who, event_id, 422, typed=found, errors=said(refused, "name"))
        return go(f"/admin/events/{event_id}")

    return await run_in_threadpool(work)


TIMES = {"sales_open_at": "opens", "sales_close_at": "closes", "allocation_ends_at": "ends"}


def settings_of(
    request: Request,
    who: Caller,
    event_id: str,
    status: int = 200,
    typed: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    """The page. Raises NotFound."""
    event = parts(request).context.store.get(TicketedEvent, event_id)
    now = {"name": event.name, "venue": event.venue, "starts": _written(event.starts_at, event.time_zone)}
    for name, short in TIMES.items():
        now[short] = _written(getattr(event, name), event.time_zone)
    return page(
        request,
        who,
        "admin/event-settings.html",
        status,
        event=event,
        event_id=event_id,
        typed=typed or now,
        most=MAX_BYTES,
        **more,
    )


def _zone(name: str) -> ZoneInfo:
    if name not in ZONES:
        raise InvalidValue("Give a time zone like Europe/London.", field="zone")
    return ZoneInfo(name)


def _moment(text: str, zone: ZoneInfo, field: str) -> datetime:
    """As the browser's field has it, in the event's zone. Raises InvalidValue."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue("Give a day and a time.", field=field) from None
    if found.tzinfo is not None or not 2000 <= found.year < 2200:
        raise InvalidValue("Give a day and a time.", field=field)
    return found.replace(tzinfo=zone).astimezone(UTC)


def _kept(text: str, stored: datetime | None, zone: ZoneInfo, field: str) -> datetime:
    """What was not touched stays as it is stored: to the second, and in an hour that comes twice."""
    return stored if stored and text == _written(stored, zone.key) else _moment(text, zone, field)


def _written(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if moment else ""
