import pytest

from harrystix.application.naming import key, suggest_name, suggest_variant, time_slot
from harrystix.domain.values import VariantFacts

NINE = 21 * 3600


def slot(name: str, start: int, minutes: int = 30) -> VariantFacts:
    return {"id": name, "name": name, "starts_at": start, "ends_at": start + minutes * 60}


SLOTS = [
    slot("Entry 9-9:30pm", NINE),
    slot("Entry 9:30-10pm", NINE + 1800),
    slot("Entry 10-10:30pm", NINE + 3600),
]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Entry 9-9:30 pm", (21 * 60, 21 * 60 + 30)),
        ("11pm-1am", (23 * 60, 25 * 60)),
        ("21:00 to 21.30", (21 * 60, 21 * 60 + 30)),
        ("11-1pm", (11 * 60, 13 * 60)),
        ("VIP", None),
    ],
)
def test_a_slot_in_words_is_a_slot(text: str, minutes: tuple[int, int] | None) -> None:
    assert time_slot(text) == minutes


def test_times_beat_words_that_merely_look_alike() -> None:
    found = suggest_variant("entry 9.30 - 10", SLOTS, "UTC")
    assert found and found.name == "Entry 9:30-10pm"


def test_a_time_that_fits_nothing_has_no_suggestion() -> None:
    assert suggest_variant("Entry 3-3:30pm", SLOTS, "UTC") is None


def test_words_need_a_clear_winner() -> None:
    assert suggest_name("Standrad", {"1": "Standard", "2": "VIP"})
    assert suggest_name("Entry", {"1": "Entry A", "2": "Entry B"}) is None


def test_case_width_and_blanks_do_not_make_another_name() -> None:
    assert key("  Neon   NIGHT ") == key("neon night") == key("\uff2eeon night")
