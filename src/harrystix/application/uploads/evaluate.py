"""Each staged row of an upload: accepted, duplicate, or not understood. Counts that add up (I5)."""

from collections import Counter
from dataclasses import dataclass, field

from harrystix.application.csv_file import Problem
from harrystix.application.ports import Directory, Staged, TicketVault
from harrystix.application.store import Store
from harrystix.application.uploads.resolve import FOREIGN, Meaning, Resolver, Unclear
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.upload import Upload


@dataclass(slots=True)
class Evaluation:
    rows: int = 0
    accepted: list[tuple[Staged, Meaning]] = field(default_factory=list[tuple[Staged, Meaning]])
    duplicates: list[Problem] = field(default_factory=list[Problem])
    malformed: list[Problem] = field(default_factory=list[Problem])
    unclear: Counter[Unclear] = field(default_factory=Counter[Unclear])
    events: dict[str, TicketedEvent] = field(default_factory=dict[str, TicketedEvent])

    @property
    def malformed_rows(self) -> int:
        return len({problem.row for problem in self.malformed})

    @property
    def problems(self) -> list[Problem]:
        """Of all rows that can't be added, in the file's order."""
        return sorted(self.malformed + self.duplicates, key=lambda one: (one.row, one.column, one.code))

    def tickets_by_event(self) -> dict[str, list[tuple[str, str]]]:
        """Event id -> (ticket id, variant id) in file order."""
        found: dict[str, list[tuple[str, str]]] = {}
        for staged, meaning in self.accepted:
            found.setdefault(meaning.event_id, []).append((staged.ticket_id, meaning.variant_id))
        return found


def evaluate(
    upload: Upload,
    staged: list[Staged],
    problems: list[Problem],
    *,
    store: Store,
    directory: Directory,
    vault: TicketVault,
    within: frozenset[str] | None = None,
) -> Evaluation:
    """`within`: the events that whoever asks is there for; None: all."""
    resolver = Resolver(store, directory, upload.event_corrections, upload.variant_corrections, within)
    meanings = resolver.resolve({(row.event, row.variant) for row in staged})
    result = Evaluation(rows=upload.rows, malformed=list(problems), events=resolver.events)
    understood: list[tuple[Staged, Meaning]] = []
    for row in staged:
        meaning = meanings[row.event, row.variant]
        if isinstance(meaning, Unclear):
            if meaning.code != FOREIGN:
                result.unclear[meaning] += 1
            result.malformed.append(Problem(row.row, meaning.column, meaning.code, meaning.message))
        else:
            understood.append((row, meaning))
    stock = vault.in_stock([(meaning.event_id, row.fingerprint) for row, meaning in understood])
    seen: dict[tuple[str, bytes], int] = {}
    for row, meaning in understood:
        mark = (meaning.event_id, row.fingerprint)
        if mark in seen:
            message = f"The same ticket is in row {seen[mark]} of this file."
            result.duplicates.append(Problem(row.row, "", "duplicate_in_file", message))
        elif mark in stock:
            message = "This ticket was added by an earlier upload."
            result.duplicates.append(Problem(row.row, "", "duplicate_in_stock", message))
        else:
            seen[mark] = row.row
            result.accepted.append((row, meaning))
    return result
