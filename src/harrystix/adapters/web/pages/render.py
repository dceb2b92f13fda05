"""Pages and pieces of pages from templates; words and numbers as people read them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import segno
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from harrystix.adapters.web.assets import static
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.art import art
from harrystix.adapters.web.pages.shell import everywhere, navigation
from harrystix.application.processes.notices import money
from harrystix.projections.member_orders.queries import MemberOrder

NOTHING = "\N{EN DASH}"
THEMES = {"light", "dark"}
UPLOAD_STATES = {
    "received": ("waits for you", "warn"),
    "committed": ("being assigned", "info"),
    "completed": ("done", "good"),
    "withdrawn": ("withdrawn", "neutral"),
    "discarded": ("discarded", "neutral"),
}
ORDER_STATES = {
    "placed": ("placed", "neutral"),
    "processing": ("payment under way", "info"),
    "confirmed": ("paid", "info"),
    "waiting_for_stock": ("waiting", "warn"),
    "assigned": ("has a ticket", "info"),
    "fulfilled": ("fulfilled", "good"),
    "used": ("used", "neutral"),
    "failed": ("payment failed", "bad"),
    "cancelled": ("cancelled", "neutral"),
    "refunded": ("refunded", "neutral"),
    "erased": ("erased", "neutral"),
    "in_queue": ("in the queue", "warn"),
    "has_paid": ("paid, in whatever state", "info"),
}
DELIVERIES = {
    "planned": ("due", "info"),
    "accepted": ("sent", "info"),
    "delivered": ("delivered", "good"),
    "bounced": ("bounced", "bad"),
    "failed": ("failed", "bad"),
    "trouble": ("did not arrive", "bad"),
}
RULES = {
    "none": "Exact variant only",
    "any_variant": "Any variant",
    "closest_time": "Closest time",
}


def number(value: int) -> str:
    return f"{value:,}"


def percent(value: float | None) -> str:
    """Rounded away from 0 and 100 %, which are said only where they are meant."""
    if value is None:
        return NOTHING
    shown = min(max(value * 100, 0.1), 99.9) if 0 < value < 1 else value * 100
    return f"{shown:.1f} %"


def duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return NOTHING
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def lasting(milliseconds: int) -> str:
    """A span of days or hours, as a rule says it."""
    days, hours = divmod(milliseconds // 3_600_000, 24)
    if days and not hours:
        return count_of(days, "day")
    return (
        count_of(milliseconds // 3_600_000, "hour") if milliseconds >= 3_600_000 else duration(milliseconds)
    )


def count_of(value: int, word: str) -> str:
    return f"{value:,} {word}{'' if value == 1 else 's'}"


def shortly(moment: datetime, zone: str = "UTC") -> str:
    """With the year where it is not this one."""
    there = moment.astimezone(ZoneInfo(zone))
    year = "" if there.year == datetime.now(UTC).year else "%Y "
    return there.strftime(f"%a %-d %b {year}%H:%M")


def exactly(moment: datetime, zone: str = "UTC") -> str:
    there = moment.astimezone(ZoneInfo(zone))
    utc = moment.astimezone(UTC)
    return f"{there:%Y-%m-%d %H:%M:%S %Z}" + ("" if zone == "UTC" else f", {utc:%H:%M:%S} UTC")


def when(moment: datetime | None, zone: str = "UTC") -> Markup:
    """Shortly, exactly for who points at it, and for programs."""
    return _when(moment, zone, datetime.now(UTC).year) if moment else escape(NOTHING)


@lru_cache(4096)
def _when(moment: datetime, zone: str, _: int) -> Markup:
    said = Markup('<time datetime="{}" title="{}">{}</time>')
    return said.format(moment.isoformat(), exactly(moment, zone), shortly(moment, zone))


@lru_cache(1024)
def badge(text: str, tone: str = "neutral") -> Markup:
    return Markup('<span class="badge {}">{}</span>').format(tone, text)


@lru_cache(1024)
def options(choices: tuple[tuple[str, str, bool], ...]) -> Markup:
    """Of a select: (value, words, whether it is chosen) each."""
    one = Markup('<option value="{}"{}>{}</option>')
    return Markup("").join(
        one.format(value, Markup(" selected") if chosen else "", words) for value, words, chosen in choices
    )


def clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def upload_state(state: str) -> tuple[str, str]:
    """(word, tone)."""
    return UPLOAD_STATES.get(state, (state, "neutral"))


def order_status(status: str) -> tuple[str, str]:
    """(word, tone)."""
    return ORDER_STATES.get(status, (status, "neutral"))


def job_state(state: str) -> tuple[str, str]:
    """(words, tone) of a job over many pre-orders."""
    tones = {"running": "info", "waiting": "warn", "finished": "good", "stopped": "neutral"}
    return {"waiting": "waits for a second person"}.get(state, state), tones.get(state, "neutral")


def member_status(order: MemberOrder) -> tuple[str, str]:
    """(the one word that a member sees, tone)."""
    tone = {"fulfilled": "good", "used": "neutral", "failed": "bad", "waiting_for_stock": "warn"}.get(
        order.status
    )
    quiet = "neutral" if order.status in {"cancelled", "refunded"} else "info"
    return order.shown, tone or ("warn" if order.needs else quiet)


def qr(secret: tuple[str, ...]) -> Markup:
    """A code to scan, as a picture in the page: it is nowhere else."""
    drawn = segno.make_qr("\n".join(secret), error="m").svg_inline(
        scale=6, dark="#000", light="#fff", title="QR code of the ticket", omitsize=True
    )
    # Drawn by the library, of squares: nothing of the text is in it.
    return Markup(drawn)  # noqa: S704


def delivery(status: str) -> tuple[str, str]:
    """(word, tone)."""
    return DELIVERIES.get(status, (status, "neutral"))


def rule(name: str) -> str:
    return RULES.get(name, name)


def part_of(name: str) -> str:
    """A provider, or the part of one, by the name of its breaker."""
    provider, _, part = name.partition("/")
    known = {"postmark": "Postmark", "stripe": "Stripe", "vault": "Our vault"}.get(provider, provider)
    return f"The template {part} of {known}" if part else known


def new_key() -> str:
    """For a form: sent twice, it is one command."""
    return str(uuid4())


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("harrystix.adapters.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = made.filters
    for way in (
        number,
        percent,
        duration,
        count_of,
        shortly,
        exactly,
        clock,
        upload_state,
        order_status,
        job_state,
        delivery,
        lasting,
        money,
        part_of,
        qr,
        rule,
        art,
    ):
        filters[way.__name__] = way
    known: dict[str, Any] = made.globals
    known.update(static=static, new_key=new_key, when=when, badge=badge, options=options)
    return made


PAGES = _environment()


def piece(name: str, **values: Any) -> str:
    """A part of a page, as a live page gets it again."""
    return PAGES.get_template(name).render(**values)


def page(
    request: Request,
    who: Caller | None,
    name: str,
    status: int = 200,
    *,
    errors: list[dict[str, str]] | None = None,
    **values: Any,
) -> HTMLResponse:
    """`errors`: what is wrong and where, as {"text", "field"}; a field may be empty."""
    theme = request.cookies.get("theme", "")
    html = piece(
        name,
        who=who,
        nav=navigation(who, request.url.path) if who else [],
        everywhere=everywhere(who) if who else [],
        theme=theme if theme in THEMES else "",
        errors=errors or [],
        status=status,
        **values,
    )
    # What one person may see is nothing for the back button of the next one.
    return HTMLResponse(html, status, {"Cache-Control": "no-store", "Vary": "Cookie"})
