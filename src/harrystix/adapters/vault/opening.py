"""Opening many sealed rows: one that does not open is a finding, and keeps nobody else's closed."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import orjson
import structlog

from harrystix.adapters.vault.keyring import Keys, VaultError

T = TypeVar("T")
log = structlog.get_logger()


def opened(
    keys: Keys,
    rows: Iterable[tuple[object, bytes, bytes]],
    place_of: Callable[[str], str],
    read: Callable[[list[str]], T],
) -> dict[str, T]:
    """`rows`: (id, wrapped key, sealed). Those that open, by id; the others are missing, and said."""
    found: dict[str, T] = {}
    for row_id, wrapped, sealed in rows:
        try:
            found[str(row_id)] = read(orjson.loads(keys.open(wrapped, sealed, place_of(str(row_id)))))
        except VaultError as error:
            log.error("vault.sealed", place=place_of(str(row_id)), why=str(error))
    return found
