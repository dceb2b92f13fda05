"""The mail templates: complete, pushed once, and drawn without a hole."""

import re
from typing import Any

import pytest
import requests

from harrystix.adapters.postmark.templates import load, push
from harrystix.application.processes import notices
from harrystix.application.processes.inbox import process
from harrystix.domain.notice_events import Notice
from harrystix.domain.ticketed_event import TicketedEvent
from tests.money import announced, captured, get, ordered, paid, refunded
from tests.world import TOKEN, World


def test_every_notice_has_its_template() -> None:
    assert set(load()) == {"ticket", "sign-in", "invitation", "chain-head", *map(str, Notice)}


@pytest.mark.parametrize("alias", sorted({"ticket", *map(str, Notice)}))
def test_a_template_uses_only_values_that_its_mails_carry(alias: str, here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    order = get(here, order_id)
    event = here.system.store.get(TicketedEvent, order.event_id)
    ticket = {"event_name", "variant", "ticket_email", "ticket_password", "ticket_qr"}
    known = ticket if alias == "ticket" else set(notices.model(here.context, alias, order, event, {}))
    template = load()[alias]
    for text in (template.subject, template.html, template.text):
        assert set(re.findall(r"{{[{#/]?(\w+)", text)) <= known


def test_pushing_twice_changes_nothing_the_second_time(here: World) -> None:
    (alias, *_) = load()
    words = {"Subject": "Old", "HtmlBody": "Old", "TextBody": "Old", "Name": alias}
    headers = {"X-Postmark-Server-Token": TOKEN}
    url = f"{here.sandbox}templates/{alias}"
    requests.put(url, json=words, headers=headers, timeout=5).raise_for_status()
    assert push(TOKEN, here.sandbox, 5)[alias] == "changed"
    assert set(push(TOKEN, here.sandbox, 5).values()) == {"unchanged"}


def read(here: World, mail: dict[str, Any]) -> str:
    return requests.get(f"{here.sandbox}message/{mail['MessageID']}", timeout=5).text


@pytest.mark.parametrize(
    ("decline", "template", "says"),
    [
        ("visa_chargeDeclinedInsufficientFunds", "payment-retry", "We try again on Tuesday"),
        ("visa_chargeDeclinedLostCard", "payment-failed", "your pre-order has ended"),
        ("chargeDeclinedExpiredCard", "card-needed", "save another card"),
    ],
)
def test_a_declined_member_is_told_in_words_and_money(
    here: World, decline: str, template: str, says: str
) -> None:
    (order_id,) = ordered(here, announced(here))
    here.stripe_fault(declines={get(here, order_id).customer_id: decline})
    captured(here, [order_id])
    here.settle()
    (mail,) = here.mails()
    assert (mail["Tag"], mail["Recipients"]) == (template, ["m0@uni.example"])
    text = read(here, mail)
    assert says in text
    assert "£12.00" in text
    assert "{{" not in text
    assert "lost" not in text.lower(), "nobody is told what the bank thinks of the card"
    here.settle()
    assert len(here.mails()) == 1
    assert here.broken() == []


def test_a_refunded_member_reads_how_much(here: World) -> None:
    (order_id,) = paid(here)
    from tests.application.processes.test_refunding import ask

    ask(here, order_id, amount=350)
    refunded(here)
    (mail,) = here.mails()
    assert "£3.50" in read(here, mail)


def test_a_card_that_ends_before_tuesday_is_said_in_time_and_once(here: World) -> None:
    from datetime import timedelta

    from harrystix.application.processes.expiry import warn_expiring

    (order_id,) = ordered(here, announced(here))
    order = get(here, order_id)
    order.save_card(
        here.context.by("member:x"),
        setup_id="seti_old",
        customer_id=order.customer_id,
        payment_method_id=order.payment_method_id,
        expires=202601,
    )
    here.system.store.commit(order)
    here.follow()
    moment = here.context.schedule.next(here.context.clock.now()) - timedelta(days=2)

    class Sunday:
        def now(self) -> Any:
            return moment

    object.__setattr__(here.context, "clock", Sunday())
    warn_expiring(here.context)
    here.settle()
    warn_expiring(here.context)
    here.settle()
    (mail,) = here.mails()
    assert mail["Tag"] == "card-expiring"
    assert "01/2026" in read(here, mail)
    process(here.context)


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [(1250, "GBP", "£12.50"), (900, "JPY", "JP¥900"), (12345, "KWD", "KWD12.345"), (5, "EUR", "€0.05")],
)
def test_money_is_written_as_people_write_it(minor: int, currency: str, words: str) -> None:
    assert notices.money(minor, currency) == words
