"""TicketedEvent: a night out that tickets are for. Its pool adopts the rules that are set here."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from harrystix.domain import event_refunds_events as refunds
from harrystix.domain import ticketed_event_events as facts
from harrystix.domain.errors import InvalidValue, UnknownVariant
from harrystix.domain.event_refunds import EventRefunds
from harrystix.domain.values import DEFAULT_WINDOW_MINUTES, By, FallbackRule, VariantFacts

MAX_VARIANTS = 100


class TicketedEvent(EventRefunds):
    TOPIC = "TicketedEvent"
    Event = facts.Event
    Announced = facts.Announced
    DetailsChanged = facts.DetailsChanged
    VariantAdded = facts.VariantAdded
    FallbackRuleChanged = facts.FallbackRuleChanged
    SalesWindowChanged = facts.SalesWindowChanged
    AllocationEndChanged = refunds.AllocationEndChanged
    RefundsPlanned = refunds.RefundsPlanned
    RefundsHeld = refunds.RefundsHeld
    RefundsOrdered = refunds.RefundsOrdered
    RefundsFinished = refunds.RefundsFinished
    CorrectionRemembered = facts.CorrectionRemembered
    PictureChanged = facts.PictureChanged

    @classmethod
    def announce(
        cls,
        event_id: UUID,
        by: By,
        *,
        name: str,
        code: str,
        starts_at: datetime,
        venue: str = "",
        time_zone: str = "Europe/London",
        price_minor: int = 0,
        currency: str = "GBP",
        variants: list[VariantFacts] | None = None,
        sales_open_at: datetime | None = None,
        sales_close_at: datetime | None = None,
        fallback: FallbackRule = FallbackRule.NONE,
        window_minutes: int = DEFAULT_WINDOW_MINUTES,
    ) -> "TicketedEvent":
        """Raises InvalidValue for an empty name or code, a bad zone, price, currency, window or variant."""
        _check_words(name=name, code=code, **({"venue": venue} if venue else {}))
        _check_zone(time_zone)
        if price_minor < 0 or len(currency) != 3 or not currency.isupper():
            raise InvalidValue(
                "The price is a whole number of minor units and a currency like GBP.", field="price"
            )
        _check_window(window_minutes)
        _check_variants(variants or [])
        _check_sales(sales_open_at, sales_close_at)
        return cls._create(
            facts.Announced,
            id=event_id,
            timestamp=by.at,
            name=name.strip(),
            code=code.strip(),
            venue=venue.strip(),
            starts_at=starts_at,
            time_zone=time_zone,
            price_minor=price_minor,
            currency=currency,
            variants=variants or [],
            sales_open_at=sales_open_at,
            sales_close_at=sales_close_at,
            fallback=str(fallback),
            window_minutes=window_minutes,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    def __init__(
        self,
        name: str,
        code: str,
        venue: str,
        starts_at: datetime,
        time_zone: str,
        price_minor: int,
        currency: str,
        variants: list[VariantFacts],
        fallback: str,
        window_minutes: int,
        sales_open_at: datetime | None = None,
        sales_close_at: datetime | None = None,
    ) -> None:
        self.name = name
        self.code = code
        self.venue = venue
        self.starts_at = starts_at
        self.time_zone = time_zone
        self.price_minor = price_minor
        self.currency = currency
        self.variants = list(variants)
        self.fallback = FallbackRule(fallback)
        self.window_minutes = window_minutes
        self.corrections: dict[str, str] = {}
        self.picture = ""
        self.sales_open_at, self.sales_close_at = sales_open_at, sales_close_at
        self.no_refunds_yet()

    @property
    def sales_end(self) -> datetime:
        """Nobody orders later, and no payment is tried again later."""
        return min(self.sales_close_at or self.starts_at, self.starts_at)

    def on_sale(self, at: datetime) -> bool:
        return (self.sales_open_at is None or self.sales_open_at <= at) and at < self.sales_end

    def change_sales_window(
        self, by: By, sales_open_at: datetime | None, sales_close_at: datetime | None
    ) -> None:
        _check_sales(sales_open_at, sales_close_at)
        if (sales_open_at, sales_close_at) != (self.sales_open_at, self.sales_close_at):
            self.record(
                by,
                facts.SalesWindowChanged,
                sales_open_at=sales_open_at,
                sales_close_at=sales_close_at,
            )

    def change_details(self, by: By, *, name: str, venue: str, starts_at: datetime) -> None:
        _check_words(name=name, **({"venue": venue} if venue else {}))
        if starts_at != self.starts_at:
            _check_start(by, starts_at)
        if (name.strip(), venue.strip(), starts_at) != (self.name, self.venue, self.starts_at):
            self.record(by, facts.DetailsChanged, name=name.strip(), venue=venue.strip(), starts_at=starts_at)

    def change_picture(self, by: By, picture: str) -> None:
        if picture != self.picture:
            self.record(by, facts.PictureChanged, picture=picture)

    def add_variant(self, by: By, variant: VariantFacts) -> None:
        if variant in self.variants:
            return
        _check_variants([*self.variants, variant])
        self.record(by, facts.VariantAdded, variant=variant)

    def change_fallback_rule(self, by: By, fallback: FallbackRule, window_minutes: int) -> None:
        _check_window(window_minutes)
        if (fallback, window_minutes) != (self.fallback, self.window_minutes):
            self.record(by, facts.FallbackRuleChanged, fallback=str(fallback), window_minutes=window_minutes)

    def remember_correction(self, by: By, written: str, variant_id: str) -> None:
        """`written` is the variant as files spell it; from now on it means `variant_id` in every upload."""
        self.variant(variant_id)
        if self.corrections.get(written) != variant_id:
            self.record(by, facts.CorrectionRemembered, written=written, variant_id=variant_id)

    def variant(self, variant_id: str) -> VariantFacts:
        for known in self.variants:
            if known["id"] == variant_id:
                return known
        raise UnknownVariant(f"{self.name} has no such variant.", variant=variant_id)

    def variant_name(self, variant_id: str) -> str:
        """The name shown to people; empty for a ticket without variant."""
        return self.variant(variant_id)["name"] if variant_id else ""


def _check_words(**words: str) -> None:
    for field, word in words.items():
        if not word.strip() or len(word) > 200 or not word.isprintable():
            raise InvalidValue(
                f"The {field} must be 1 to 200 characters without control characters.", field=field
            )


def _check_start(by: By, starts_at: datetime) -> None:
    """What is over is refunded, forgotten and deleted by rule: nobody makes something over by a slip."""
    if starts_at < by.at - timedelta(days=1):
        raise InvalidValue("The event can't be moved into the past.", field="starts_at")


def _check_zone(time_zone: str) -> None:
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue(
            "The time zone must be an IANA name like Europe/London.", field="time_zone"
        ) from None


def _check_window(minutes: int) -> None:
    if not 0 <= minutes <= 24 * 60:
        raise InvalidValue("The window must be 0 to 1440 minutes.", field="window_minutes")


def _check_sales(open_at: datetime | None, close_at: datetime | None) -> None:
    if open_at and close_at and open_at >= close_at:
        raise InvalidValue("Sales must close after they open.", field="sales_close_at")


def _check_variants(variants: list[VariantFacts]) -> None:
    for variant in variants:
        _check_words(variants=variant["name"])
    names = [variant["name"].strip().casefold() for variant in variants]
    if len(variants) > MAX_VARIANTS or len(set(names)) < len(names) or "" in names:
        raise InvalidValue(f"Variants need distinct names, at most {MAX_VARIANTS} of them.", field="variants")
    if len({variant["id"] for variant in variants}) < len(variants):
        raise InvalidValue("Variants need distinct ids.", field="variants")
    for variant in variants:
        if variant["starts_at"] > variant["ends_at"]:
            raise InvalidValue(f"Variant {variant['name']} ends before it starts.", field="variants")
