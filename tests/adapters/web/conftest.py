"""Who most tests over HTTP are about."""

import pytest

from tests.money import members
from tests.people import Person
from tests.world import World


@pytest.fixture
def admin(online: World) -> str:
    return online.key("admin")


@pytest.fixture
def member(online: World) -> str:
    """A member's key."""
    return online.key("member", members(online, 1)[0])


@pytest.fixture
def kim(online: World) -> Person:
    """Of the support desk; has not signed in yet."""
    return Person(online, "kim@staff.example", "support")
