from datetime import timedelta
from uuid import uuid4

import pytest

from harrystix.domain.errors import IllegalTransition, InvalidValue, UnknownVariant
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.upload import Upload
from harrystix.domain.values import FallbackRule, variant_facts
from tests.domain.given import NOON, Given, by, names


def received() -> Upload:
    return Upload.receive(uuid4(), by(), file_name="f", sha256="s", size_bytes=1, form="login", rows=3)


def committed() -> Upload:
    upload = received()
    upload.commit(by(), tickets={"e": 2}, duplicates=1, malformed=0)
    return upload


def event() -> TicketedEvent:
    return TicketedEvent.announce(
        uuid4(), by(), name="Neon", code="N", starts_at=NOON, variants=[variant_facts("v", "Early")]
    )


def test_an_upload_is_committed_once() -> None:
    assert Given(committed()).when(lambda u: u.commit(by(), tickets={}, duplicates=0, malformed=0)) == []


def test_a_committed_upload_cannot_be_discarded_or_corrected() -> None:
    with pytest.raises(IllegalTransition):
        committed().discard(by(), "")
    with pytest.raises(IllegalTransition):
        committed().correct(by(), {"a": "b"}, {})


def test_only_a_committed_upload_can_be_withdrawn() -> None:
    with pytest.raises(IllegalTransition):
        received().withdraw(by(), reason="r", recalled=0, left=0)
    assert names(Given(committed()).when(lambda u: u.withdraw(by(), reason="r", recalled=2, left=0))) == [
        "Withdrawn"
    ]


def test_a_discarded_upload_cannot_be_committed() -> None:
    upload = received()
    upload.discard(by(), "")
    with pytest.raises(IllegalTransition):
        upload.commit(by(), tickets={}, duplicates=0, malformed=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"code": ""},
        {"name": "a\nb"},
        {"time_zone": "Nowhere/Atall"},
        {"price_minor": -1},
        {"currency": "gbp"},
        {"window_minutes": 2000},
        {"variants": [variant_facts("a", "X"), variant_facts("b", "x")]},
    ],
)
def test_an_event_with_a_bad_value_is_refused(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"name": "Neon", "code": "N", "starts_at": NOON, **wrong}
    with pytest.raises(InvalidValue):
        TicketedEvent.announce(uuid4(), by(), **values)  # type: ignore[arg-type]


def test_the_same_details_again_stay_quiet() -> None:
    assert Given(event()).when(lambda e: e.change_details(by(), name="Neon", venue="", starts_at=NOON)) == []
    assert Given(event()).when(lambda e: e.change_fallback_rule(by(), FallbackRule.NONE, 15)) == []
    assert Given(event()).when(lambda e: e.add_variant(by(), variant_facts("v", "Early"))) == []


def test_a_correction_to_an_unknown_variant_is_refused() -> None:
    with pytest.raises(UnknownVariant):
        event().remember_correction(by(), "erly", "nothing")


def test_an_event_is_not_moved_into_the_past_where_its_tickets_would_be_deleted() -> None:
    over = by().at - timedelta(days=1, seconds=1)
    with pytest.raises(InvalidValue, match="past"):
        event().change_details(by(), name="Neon", venue="", starts_at=over)
    moved = Given(event()).when(
        lambda e: e.change_details(by(), name="Neon", venue="", starts_at=over + timedelta(hours=1))
    )
    assert names(moved) == ["DetailsChanged"]
