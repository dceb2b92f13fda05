"""Exactly one mailbox, in one form: a corpus of what people write, and rules that hold for anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harrystix.application.mail_address import (
    BadAddress,
    canonical,
    mailbox,
    older_forms,
    spelled_alike,
    what_is_wrong,
)

ONE = {
    "ada@uni.example": "ada@uni.example",
    "  Ada.Lovelace+night@Uni.Example\u00a0": "ada.lovelace+night@uni.example",
    "o'brien@uni.example": "o'brien@uni.example",
    "a/b=c@uni.example": "a/b=c@uni.example",
    "ada@uni.example.": "ada@uni.example",
    "ada@sub.department.uni.ac.example": "ada@sub.department.uni.ac.example",
    # IDNA 2008 keeps these apart, which 2003 made one.
    "x1@stra\u00dfe.example": "x1@xn--strae-oqa.example",
    "x1@strasse.example": "x1@strasse.example",
    "x1@\u03c3\u03b1\u03c2.gr": "x1@xn--mxa8ab.gr",
    "x1@\u03c3\u03b1\u03c3.gr": "x1@xn--mxa9ab.gr",
    # One host, however it is written.
    "ada@\uff55\uff4e\uff49.example": "ada@uni.example",
    "ada@uni\u3002example": "ada@uni.example",
    "ada@M\u00dcNCHEN.example": "ada@xn--mnchen-3ya.example",
    "ada@mu\u0308nchen.example": "ada@xn--mnchen-3ya.example",
    "ada@XN--MNCHEN-3YA.example": "ada@xn--mnchen-3ya.example",
    "ada@\u212aent.example": "ada@kent.example",
}
NONE = [
    "",
    "@",
    "ada",
    "ada@",
    "@uni.example",
    "v1@a.example,v2@b.example,v3@c.example",
    "v1@a.example;v2@b.example",
    "v1@a.example v2@b.example",
    "v1@a.example\nv2@b.example",
    "mailto:w7@uni.example",
    "w9@uni.example;",
    "w8@uni..example",
    "w8@uni.example..",
    "w8@.uni.example",
    "Ada <ada@uni.example>",
    "<ada@uni.example>",
    "ada@uni.example>",
    '"ada b"@uni.example',
    "ada@localhost",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "ada@-uni.example",
    "ada@uni-.example",
    "ada@u_ni.example",
    "ada@uni.123",
    ".ada@uni.example",
    "ada.@uni.example",
    "a..da@uni.example",
    "ada@\u2615.example",
    "ada@uni\u200b.example",
    "ada\u200b@uni.example",
    "\u202eada@uni.example",
    "ada@uni.example\u00ad",
    "ad\u00e4@uni.example",
    "\u212aim@uni.example",
    "ada\uff20uni.example",
    "\u017fam@uni.example",
    "\u0131@uni.example",
    "ada@xn--.example",
    "ada@xn--\u00df.example",
    "ada\0@uni.example",
    f"{'a' * 65}@uni.example",
    f"a@{'b' * 64}.example",
    f"a@{'b.' * 126}example",
]


@pytest.mark.parametrize(("written", "form"), ONE.items(), ids=ascii)
def test_one_mailbox_has_one_form_however_it_is_written(written: str, form: str) -> None:
    assert canonical(written) == form
    assert what_is_wrong(written) == ""
    assert spelled_alike(written) == form


@pytest.mark.parametrize("written", NONE, ids=ascii)
def test_what_is_not_exactly_one_mailbox_is_refused_with_the_reason_and_without_itself(written: str) -> None:
    with pytest.raises(BadAddress):
        canonical(written)
    assert what_is_wrong(written).endswith(".")
    assert len(written) < 4 or written not in what_is_wrong(written)


def test_what_is_stored_and_sent_to_is_ascii_and_keeps_how_a_name_is_written() -> None:
    assert mailbox(" Ada@B\u00fccher.example ") == "Ada@xn--bcher-kva.example"


@given(st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_accepted_is_one_ascii_mailbox_and_its_own_form(local: str, host: str) -> None:
    try:
        form = canonical(f"{local}@{host}.example")
    except BadAddress:
        return
    assert form.isascii()
    assert form == form.lower()
    assert form.count("@") == 1
    assert not set(form) & set(" ,;:<>\"'()[]\\") - {"'"}
    assert canonical(form) == mailbox(form) == form


@given(st.emails())
def test_an_address_by_the_book_has_one_form(address: str) -> None:
    try:
        once = canonical(address)
    except BadAddress:
        return
    assert canonical(once) == once


def test_earlier_releases_filed_it_by_other_forms() -> None:
    assert older_forms("x@xn--strae-oqa.example") == {"x@strasse.example", "x@xn--strae-oqa.example."}
    assert older_forms("ada@uni.example") == {"ada@uni.example."}
