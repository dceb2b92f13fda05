"""A message of the payment provider that never came, or that is wanted again."""

from harrystix.application.context import Context


def fetch_event(context: Context, event_id: str) -> bool:
    """Ask the provider for it and put it into the inbox; False where it was there. Raises Refused, Later."""
    kind, hint = context.payments.event(event_id)
    fresh = context.inbox.add("stripe", event_id, kind, hint)
    context.nudge.send("inbox", "")
    return fresh
