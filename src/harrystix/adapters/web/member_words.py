"""A member's pre-order in one sentence: how it stands and what happens next."""

from datetime import datetime, timedelta

from harrystix.application.processes.notices import moment, money
from harrystix.domain.refunds import MoneyBack
from harrystix.projections.member_orders.place import ENOUGH, Place
from harrystix.projections.member_orders.queries import MemberOrder

SENTENCES = {
    "placed": "We take {amount} on {when}. Until then you can change your card or cancel.",
    "processing": "We have not got your payment yet. We try again on {when}.",
    "confirmed": "You have paid. Your ticket is on its way.",
    "assigned": "You have paid. Your ticket is on its way.",
    "waiting_for_stock": "You have paid, and no ticket is free yet. You keep your place in the queue.",
    "fulfilled": "You have your ticket.",
    "used": "You have used your ticket.",
    "failed": "Your payment failed, and your place is gone. You may order again while it is on sale.",
    "refunded": "Your money is on its way back to your card, which takes five to ten days.",
    "cancelled": "You have cancelled. Nothing was taken.",
}
WHY_WAITING = (
    "Tickets come from the venue in files, most of them in the last days. Each new one goes to whoever paid first and "
    "wants its kind. You need not do anything."
)
FROZEN = (
    "Your pre-order is on hold while something about it is checked. Until that is over you get no ticket; you "
    "keep your place in the queue."
)
FROZEN_TICKET = (
    "Your pre-order is on hold while something about it is checked. Until that is over your ticket can't be shown, and "
    "it may not let you in. Ask us any time."
)
NO_CARD = "Save a card: without one you get no ticket. We take {amount} on {when}."
MONEY_BACK = {
    MoneyBack.GIVEN_BACK: "Your money was given back to your card. Banks take five to ten days to show it.",
    MoneyBack.NEEDS_MEMBER: "Our payment provider has mailed you: to give your money back it needs an answer.",
    MoneyBack.FAILED: "Your refund did not go through. We see to it and pay you back in another way; ask us any time.",
}
NEEDS = {
    "authenticate": "Your bank wants you to confirm the payment. Please do it now.",
    "new_card": "Your card was declined. Please save another one.",
}
# Nobody declined it: it was taken out at the provider, by the member or with their customer record.
CARD_GONE = "The card that you saved can't be used any more. Please save another one."


def next_step(order: MemberOrder, time_zone: str, capture_at: datetime) -> str:
    """In the event's own zone and money."""
    text = SENTENCES.get(order.status, "")
    if order.status == "placed" and not order.card_expires:
        text = NO_CARD
    if order.frozen and order.status in {"confirmed", "waiting_for_stock", "assigned"}:
        text = FROZEN
    if order.frozen and order.status == "fulfilled":
        text = FROZEN_TICKET
    if order.status == "processing":
        gone = order.needs == "new_card" and not order.card_expires
        text = CARD_GONE if gone else NEEDS.get(order.needs, text)
    if order.money_back:
        text = MONEY_BACK.get(order.money_back, text)
    return text.format(
        amount=money(order.price_minor, order.currency), when=moment(capture_at, time_zone or "UTC")
    )


EARLY = timedelta(days=1)


def outlook(place: Place, paid_at: datetime, starts_at: datetime, now: datetime) -> str:
    """How long the wait may be, by nothing but what the queue did since this one was paid; and where nobody can say."""
    waited = now - paid_at
    if not place.served:
        return (
            ""
            if waited < EARLY
            else "Nobody who wants the same got a ticket since you paid: nobody can say yet."
        )
    many = f"More than {place.served:,}" if place.served >= ENOUGH else f"{place.served:,}"
    who = "person who wants" if place.served == 1 else "people who want"
    got = f"{many} {who} the same got theirs since you paid."
    if waited < EARLY or place.served >= ENOUGH:
        return got if waited >= EARLY else f"{got} It is too early to say when yours comes."
    turn = now + waited * (place.number / place.served)
    if turn >= starts_at:
        return f"{got} If it goes on like that, the night begins before it is your turn."
    return f"{got} If it goes on like that, it is your turn in {about(turn - now)}. Nobody can promise it."


def about(span: timedelta) -> str:
    """Roughly, as a person would say it."""
    hours = span.total_seconds() / 3600
    if hours < 1:
        return "less than an hour"
    count, word = (round(hours), "hour") if hours < 36 else (round(hours / 24), "day")
    return f"about {count} {word}{'' if count == 1 else 's'}"
