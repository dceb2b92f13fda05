"""Secrets are compared over bytes, whatever somebody sends."""

from hypothesis import given
from hypothesis import strategies as st

from harrystix.adapters.secrets import same


@given(st.text(st.characters(exclude_categories=())), st.text(min_size=1))
def test_any_text_is_the_same_secret_or_another_one(given_text: str, known: str) -> None:
    assert same(given_text, known) is (given_text == known)
    assert same(known, known)


def test_an_empty_secret_is_nobodys() -> None:
    assert not same("", "")
    assert not same(b"", b"")
