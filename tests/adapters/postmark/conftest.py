from collections.abc import Generator
from pathlib import Path

import pytest

from tests.world import Servers, World, world


@pytest.fixture
def hasty(servers: Servers, tmp_path: Path) -> Generator[World]:
    """With little patience, so that a timeout is soon there."""
    with world(servers, tmp_path, postmark_timeout=1.0, mail_lease=2.5) as made:
        yield made
