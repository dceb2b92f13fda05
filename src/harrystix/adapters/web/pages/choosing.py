"""An event that somebody names instead of choosing it from a list."""

from harrystix.domain.errors import InvalidValue
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.queries import Reader


def known_by(read: Reader, code: str, field: str) -> str:
    """Its id. Raises InvalidValue for a code that no event has."""
    found = catalogue.by_code(read, code)
    if found is None:
        raise InvalidValue(f"No event has the code {code}.", field=field)
    return found
