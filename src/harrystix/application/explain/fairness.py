"""The fairness report of an event: every assignment with its rank in the queue, and whom it overtook, and why."""

from collections import Counter
from dataclasses import replace

from harrystix.application.context import Context
from harrystix.application.explain.judge import Fairness
from harrystix.domain.ticketed_event import TicketedEvent


def fairness(context: Context, event_id: str) -> Fairness:
    """Raises NotFound. Lines are in the order of the assignments."""
    event = context.store.get(TicketedEvent, event_id)
    with context.stories.of(context.store, event_id) as story:
        report = story.report
        return replace(
            report,
            names={variant["id"]: variant["name"] for variant in event.variants},
            overtakings=Counter(report.overtakings),
            rules=Counter(report.rules),
            lines=report.lines[:],
        )
