"""Ids as they are written in paths, queries and bodies: UUIDs in their one usual form."""

import re
from typing import Annotated

from pydantic import Field

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
IdText = Annotated[str, Field(pattern=UUID)]


def is_id(text: str) -> bool:
    return re.fullmatch(UUID.strip("^$"), text) is not None
