"""A member asks to be erased: once, however often they click; again after it was denied or nobody looked in time."""

from fastapi import Request

from harrystix.adapters.web.access import acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.parts import Parts, parts
from harrystix.application.handlers import approvals
from harrystix.domain.approval import GOOD_FOR
from harrystix.projections.approvals import queries


def waiting(own: Parts, member_id: str) -> str | None:
    """The approval that somebody still has to look at."""
    return queries.open_of(own.database, "erasure", member_id, own.context.clock.now() - GOOD_FOR)


def ask(request: Request, who: Caller) -> str:
    """The id of the approval that it waits for."""
    own, member_id = parts(request), str(who.member_id)
    if found := waiting(own, member_id):
        return found
    last = queries.count_of(own.database, "erasure", member_id)
    return approvals.ask(
        own.context,
        acting(request, who, f"POST /api/me/erasure/{last}"),
        kind="erasure",
        subject=member_id,
        reason="asked for by the member",
    )
