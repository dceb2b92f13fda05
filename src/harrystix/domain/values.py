"""Values that commands carry. Everything in an event payload is str, int, list, dict or datetime."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from harrystix.domain.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class By:
    """Who does what when, and because of which command.

    actor: `member:<id>`, `staff:<id>`, `partner:<id>`, `provider:<name>` or `system:<process>`.
    """

    actor: str
    command_id: str
    at: datetime
    cause_id: str = ""


class FallbackRule(StrEnum):
    NONE = "none"
    ANY_VARIANT = "any_variant"
    CLOSEST_TIME = "closest_time"


class VariantFacts(TypedDict):
    """A variant as it stands in events: times are UTC epoch seconds, 0 where it is no time slot."""

    id: str
    name: str
    starts_at: int
    ends_at: int


DEFAULT_WINDOW_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Rules:
    """What the matcher needs to know of a ticketed event, as adopted by its pool."""

    version: int = 0
    fallback: FallbackRule = FallbackRule.NONE
    window_minutes: int = DEFAULT_WINDOW_MINUTES
    intervals: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def interval(self, variant: str) -> tuple[int, int] | None:
        """Start and end in epoch seconds, or None where the variant is no time slot."""
        found = self.intervals.get(variant)
        return found if found and found[1] > found[0] else None


def variant_facts(
    variant_id: str, name: str, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> VariantFacts:
    return {
        "id": variant_id,
        "name": name,
        "starts_at": int(starts_at.timestamp()) if starts_at else 0,
        "ends_at": int(ends_at.timestamp()) if ends_at else 0,
    }


UNFIT = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def reason_given(reason: str, field: str = "reason", most: int = 200) -> str:
    """Trimmed. Raises InvalidValue for none, a long one, or one with an address: the log can't forget anybody."""
    text = reason.strip()
    if not text or len(text) > most:
        raise InvalidValue(f"Give a {field} of 1 to {most} characters.", field=field)
    if not plain(text):
        raise InvalidValue(f"The {field} has characters that can't be kept.", field=field)
    if ADDRESS.search(text):
        raise InvalidValue(f"Name nobody in the {field}: it can't be erased later.", field=field)
    return text


def plain(text: str) -> bool:
    """One line of what every database, mail and log can keep: no control characters, no halves of characters."""
    return UNFIT.search(text) is None
