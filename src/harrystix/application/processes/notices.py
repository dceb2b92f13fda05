"""What the mails about money say: the values of their templates, in the event's own zone and money."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_precision

from harrystix.application.context import Context
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent

LOCALE = "en_GB"


def money(amount_minor: int, currency: str) -> str:
    """As people write it: 1250 GBP is £12.50."""
    return str(
        format_currency(
            Decimal(amount_minor).scaleb(-get_currency_precision(currency)), currency, locale=LOCALE
        )
    )


def moment(at: datetime, zone: str) -> str:
    return str(format_datetime(at, "EEEE d MMMM, HH:mm", tzinfo=ZoneInfo(zone), locale=LOCALE))


def model(
    context: Context, notice: str, order: PreOrder, event: TicketedEvent, details: Mapping[str, Any]
) -> dict[str, str]:
    """Every value that any of the templates uses; no card, no address."""
    upcoming = context.schedule.next(context.clock.now())
    amount = int(details.get("amount_minor") or order.price_minor)
    link = f"{context.address}/me#{order.id}"
    return {
        "event_name": event.name,
        "event_starts": moment(event.starts_at, event.time_zone),
        "amount": money(amount, order.currency),
        "next_attempt": moment(upcoming, event.time_zone) if upcoming < event.sales_end else "",
        "card_expires": f"{order.card_expires % 100:02}/{order.card_expires // 100}",
        "action_url": link if notice != "refunded" else "",
    }
