"""From what a file says to what is meant: names, times in words, suggestions; nothing is applied by itself."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process, utils

from harrystix.domain.values import VariantFacts

MARGIN = 10
LEAST_SCORE = 70
_TIME = r"(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?\s*(am|pm)?"
_SLOT = re.compile(_TIME + r"\s*(?:-|–|—|to|until|bis)\s*" + _TIME, re.IGNORECASE)  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Suggestion:
    id: str
    name: str
    why: str


def key(name: str) -> str:
    """Names that differ in case, width or blanks only are the same name."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def time_slot(text: str) -> tuple[int, int] | None:
    """Minutes of the day of a slot in words: `Entry 9-9:30 pm` -> (1260, 1290); None where there is none."""
    found = _SLOT.search(text)
    if not found:
        return None
    h1, m1, half1, h2, m2, half2 = found.groups()
    end = _minutes(h2, m2, half2)
    start = _minutes(h1, m1, half1 or half2)
    if start is None or end is None:
        return None
    if not half1 and start >= end and start >= 720:
        start -= 720
    return start, end + (1440 if end <= start else 0)


def slot_of(variant: VariantFacts, time_zone: str) -> tuple[int, int] | None:
    """The same for a known variant, in the event's zone."""
    if variant["ends_at"] <= variant["starts_at"]:
        return None
    local = datetime.fromtimestamp(variant["starts_at"], ZoneInfo(time_zone))
    start = local.hour * 60 + local.minute
    return start, start + (variant["ends_at"] - variant["starts_at"]) // 60


def suggest_variant(written: str, variants: list[VariantFacts], time_zone: str) -> Suggestion | None:
    """Times first: words that merely look alike score higher than the right slot. Then words."""
    slot = time_slot(written)
    if slot:
        ranked = sorted(
            (
                (_overlap(slot, known), variant)
                for variant in variants
                if (known := slot_of(variant, time_zone))
            ),
            key=lambda pair: -pair[0],
        )
        if ranked and ranked[0][0] > 0 and (len(ranked) == 1 or ranked[0][0] > ranked[1][0]):
            best = ranked[0]
            why = "the same time" if best[0] == 1 else "the time that overlaps most"
            return Suggestion(best[1]["id"], best[1]["name"], why)
        if ranked:
            return None
    return suggest_name(written, {variant["id"]: variant["name"] for variant in variants})


def suggest_name(written: str, names: dict[str, str]) -> Suggestion | None:
    """`names` by id. The best one, if it is good and clearly better than the next."""
    ranked = process.extract(written, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=2)
    if not ranked or ranked[0][1] < LEAST_SCORE:
        return None
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
        return None
    return Suggestion(ranked[0][2], ranked[0][0], "the most similar name")


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    h, m = int(hour), int(minute or 0)
    if h > 24 or m > 59 or (half and not 1 <= h <= 12):
        return None
    if half:
        h = h % 12 + (12 if half.lower() == "pm" else 0)
    return h * 60 + m


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Jaccard similarity on the clock face: a slot without am or pm is tried in both halves."""
    best = 0.0
    for shift in (-1440, -720, 0, 720, 1440):
        lo, hi = max(a[0] + shift, b[0]), min(a[1] + shift, b[1])
        if hi > lo:
            best = max(best, (hi - lo) / (max(a[1] + shift, b[1]) - min(a[0] + shift, b[0])))
    return best
