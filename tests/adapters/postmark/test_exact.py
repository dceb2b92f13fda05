"""A credential arrives as it was uploaded, to the last blank: in the mail, and on the page."""

import sqlite3
from collections.abc import Sequence
from html.parser import HTMLParser

import orjson
import pystache
import pytest

from harrystix.adapters.postmark.templates import load, read
from harrystix.application.handlers import orders
from harrystix.application.processes.composing import ticket_model
from tests.application.processes.test_allocation import by, orders_of
from tests.world import World

BLANKS = ["a  b", " before", "after ", "  a   b  ", "\u00a0not-breaking\u00a0", "<&'\">  {{x}} `y`"]


class Words(HTMLParser):
    """What stands in each <code>, with its style."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code":
            self.inside = True
            self.found.append((dict(attrs).get("style") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "code"

    def handle_data(self, data: str) -> None:
        if self.inside:
            style, before = self.found[-1]
            self.found[-1] = (style, before + data)


def in_html(secret: Sequence[str]) -> list[tuple[str, str]]:
    """(style, words) of every <code> as a mail program gets it."""
    model = ticket_model("Neon", "", tuple(secret))
    words = Words()
    words.feed(str(pystache.render(load()["ticket"].html, model)))  # pyright: ignore
    return words.found


def sent(here: World) -> list[dict[str, str]]:
    """The values of each mail, as the sandbox has taken them."""
    with sqlite3.connect(here.folder / "sandbox" / "outbox.sqlite") as outbox:
        return [orjson.loads(row[0]) for row in outbox.execute("SELECT model FROM messages")]


@pytest.mark.parametrize("word", BLANKS)
@pytest.mark.parametrize("form", ["Password", "QR"])
def test_a_credential_arrives_byte_exact(here: World, form: str, word: str) -> None:
    event = here.event()
    written = '"' + word.replace('"', '""') + '"'
    head, line = ("Email,Password", f"t@tickets.example,{written}") if form == "Password" else ("QR", written)
    here.committed(f"Event,Variant,{head}\n{event.name},,{line}".encode())
    here.paid(event, 1)
    here.settle()
    (model,) = sent(here)
    assert model["ticket_password" if form == "Password" else "ticket_qr"] == word
    (order,) = orders_of(here, event)
    shown = orders.disclose(here.context, by(here), str(order.id), role="member", purpose="own ticket")
    assert shown[-1] == word


@pytest.mark.parametrize("word", BLANKS)
def test_blanks_are_to_be_seen_and_copied_in_both_bodies_of_the_mail(word: str) -> None:
    for secret in (("t@tickets.example", word), (word,)):
        style, words = in_html(secret)[-1]
        assert words == word
        assert "white-space:pre-wrap" in style
        assert word in read("ticket", ticket_model("Neon", "", secret)).text
