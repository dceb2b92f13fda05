"""Ids that are worked out: the same as the standard's, and the same for ever."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from harrystix.domain.ids import NAMESPACE, intent_id, named, pool_id


@given(st.text())
def test_a_named_id_is_the_standards_version_5(name: str) -> None:
    assert named(name) == str(uuid5(NAMESPACE, name))


def test_ids_of_what_is_stored_stay_what_they_are() -> None:
    assert pool_id("night") == UUID("ffada1c1-ad7f-5a76-a11f-9db6cf9a2d96")
    assert intent_id("a", 1) == "ae71ad32-9c84-5c1b-bcef-a976a3d5e4ba"
