import hypothesis.strategies as st
import pytest
from hypothesis import given

from harrystix.domain import declines
from harrystix.domain.declines import Decline, Then, classify, what_then

CODES = sorted(
    declines.SOFT | declines.NEW_CARD | declines.AUTHENTICATE | declines.HARD | {"no_such_code", ""}
)


@pytest.mark.parametrize(
    ("code", "decline_code", "kind"),
    [
        ("card_declined", "insufficient_funds", Decline.SOFT),
        ("processing_error", "", Decline.SOFT),
        ("card_declined", "generic_decline", Decline.VAGUE),
        ("card_declined", "a_code_of_next_year", Decline.VAGUE),
        ("expired_card", "expired_card", Decline.MEMBER),
        ("authentication_required", "authentication_required", Decline.MEMBER),
        ("card_declined", "stolen_card", Decline.HARD),
    ],
)
def test_every_code_has_one_class(code: str, decline_code: str, kind: Decline) -> None:
    assert classify(code, decline_code) is kind


def test_a_soft_decline_is_retried_three_times_and_then_fails() -> None:
    outcomes = [what_then("card_declined", "insufficient_funds", "", n) for n in range(5)]
    assert outcomes == [Then.RETRY, Then.RETRY, Then.RETRY, Then.FAILED, Then.FAILED]


def test_a_vague_decline_is_retried_once_and_then_asks_for_another_card() -> None:
    assert [what_then("card_declined", "do_not_honor", "", n) for n in range(2)] == [
        Then.RETRY,
        Then.NEW_CARD,
    ]


@pytest.mark.parametrize("advice", ["do_not_try_again", "confirm_card_data"])
def test_the_networks_advice_outweighs_the_class(advice: str) -> None:
    assert what_then("card_declined", "insufficient_funds", advice, 0) is Then.NEW_CARD


def test_advice_to_try_later_keeps_a_vague_decline_alive() -> None:
    assert what_then("card_declined", "do_not_honor", "try_again_later", 2) is Then.RETRY


def test_authentication_and_a_new_card_are_different_requests() -> None:
    assert what_then("authentication_required", "", "", 0) is Then.AUTHENTICATE
    assert what_then("expired_card", "", "", 0) is Then.NEW_CARD


EVERY: list[set[str]] = [declines.SOFT, declines.NEW_CARD, declines.AUTHENTICATE, declines.HARD]


@given(st.sampled_from(CODES), st.sampled_from(CODES), st.sampled_from(["", "try_again_later"]))
def test_nothing_is_retried_for_ever(code: str, decline_code: str, advice: str) -> None:
    assert what_then(code, decline_code, advice, declines.MAX_RETRIES) is not Then.RETRY


def test_no_code_is_in_two_classes() -> None:
    assert sum(map(len, EVERY)) == len({code for group in EVERY for code in group})
