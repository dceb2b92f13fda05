"""From the words of a file to ticketed events and variants. Exact names and confirmed corrections only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harrystix.application.naming import Suggestion, key, suggest_name, suggest_variant
from harrystix.application.ports import Directory
from harrystix.application.store import Store
from harrystix.domain.ticketed_event import TicketedEvent

FOREIGN = "foreign_event"


@dataclass(frozen=True, slots=True)
class Meaning:
    event_id: str
    variant_id: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A distinct value that is not understood; `event_id` where at least the event is."""

    column: str
    code: str
    written: str
    message: str
    event_id: str = ""
    suggestion: Suggestion | None = None


Pair = tuple[str, str]


class Resolver:
    """Resolves the distinct (event, variant) pairs of one file."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        event_corrections: Mapping[str, str] | None = None,
        variant_corrections: Mapping[str, Mapping[str, str]] | None = None,
        within: frozenset[str] | None = None,
    ) -> None:
        self._within = within
        self._store = store
        self._directory = directory
        self._event_corrections = event_corrections or {}
        self._variant_corrections = variant_corrections or {}
        self.events: dict[str, TicketedEvent] = {}

    def resolve(self, pairs: Iterable[Pair]) -> dict[Pair, Meaning | Unclear]:
        wanted = list(pairs)
        found = self._events({event for event, _ in wanted})
        self.events = self._store.get_many(
            TicketedEvent, {event for event in found.values() if isinstance(event, str)}
        )
        return {pair: self._pair(found[pair[0]], pair) for pair in wanted}

    def _events(self, written: set[str]) -> dict[str, str | Unclear]:
        known = self._directory.find({key(name) for name in written})
        result: dict[str, str | Unclear] = {}
        names: dict[str, str] | None = None
        for name in written:
            ids = known.get(key(name), [])
            if name in self._event_corrections:
                result[name] = self._event_corrections[name]
            elif len(ids) == 1:
                result[name] = ids[0]
            elif ids:
                result[name] = Unclear(
                    "Event",
                    "ambiguous_event",
                    name,
                    f"{len(ids)} events are called {name}. Use the event's code.",
                )
            else:
                names = self._known_names() if names is None else names
                result[name] = Unclear(
                    "Event",
                    "unknown_event",
                    name,
                    f"There is no event called {name}.",
                    suggestion=suggest_name(name, names),
                )
        return result

    def _known_names(self) -> dict[str, str]:
        """For suggestions: who is there for some events is shown no other's name."""
        names = self._directory.names()
        return {i: name for i, name in names.items() if self._within is None or i in self._within}

    def _pair(self, event: str | Unclear, pair: Pair) -> Meaning | Unclear:
        if isinstance(event, Unclear):
            return event
        ticketed = self.events.get(event)
        if ticketed is None:
            return Unclear("Event", "unknown_event", pair[0], f"There is no event {event}.")
        if self._within is not None and event not in self._within:
            # Before anything is said of it: nothing of a foreign event is for whoever asks.
            return Unclear("Event", FOREIGN, pair[0], "This event is not one of yours.")
        written = pair[1]
        corrected = self._variant_corrections.get(event, {}).get(written)
        if corrected is None:
            corrected = ticketed.corrections.get(key(written))
        if corrected is not None:
            return Meaning(event, corrected)
        if not written and not ticketed.variants:
            return Meaning(event, "")
        for variant in ticketed.variants:
            if key(variant["name"]) == key(written):
                return Meaning(event, variant["id"])
        code = "unknown_variant" if written else "variant_missing"
        message = (
            f"{ticketed.name} has no variant {written}." if written else f"{ticketed.name} needs a variant."
        )
        return Unclear(
            "Variant",
            code,
            written,
            message,
            event_id=event,
            suggestion=suggest_variant(written, ticketed.variants, ticketed.time_zone) if written else None,
        )
