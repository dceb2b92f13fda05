"""Acts that wait for a second person: asked for here, carried out by a worker once somebody else has agreed."""

from typing import Any

from harrystix.adapters.web.access import Write
from harrystix.application.handlers import approvals


def ask_second(
    command: Write,
    *,
    kind: str,
    subject: str,
    reason: str,
    details: dict[str, Any] | None = None,
    event_id: str = "",
) -> str:
    """The approval's id. Raises InvalidValue for the reason."""
    return approvals.ask(
        command.parts.context,
        command.by,
        kind=kind,
        subject=subject,
        reason=reason,
        details=details,
        event_id=event_id,
    )
