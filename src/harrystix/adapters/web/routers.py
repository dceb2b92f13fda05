"""All routes; a new module of them is a line here."""

from harrystix.adapters.web.api import (
    approvals,
    audit,
    behalf,
    capture,
    events,
    explain,
    health,
    identity,
    me,
    people,
    privacy,
    reading,
    refunds,
    sign_in,
    tickets,
    uploads,
    webhooks,
)

ROUTERS = [
    module.router
    for module in (
        events,
        uploads,
        tickets,
        behalf,
        capture,
        refunds,
        approvals,
        me,
        privacy,
        people,
        reading,
        audit,
        explain,
        sign_in,
        identity,
        webhooks,
        health,
    )
]
