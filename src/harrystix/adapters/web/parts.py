"""What the web process holds, reachable from a request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from fastapi import Request

from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.idempotency import Idempotency
from harrystix.adapters.vault.keyring import Keyring
from harrystix.adapters.vault.requests import Requests
from harrystix.adapters.web.calm import CalmNudge
from harrystix.adapters.web.paging import Cursors
from harrystix.adapters.web.pulse import Pulse
from harrystix.application.context import Context
from harrystix.settings import Settings


@dataclass(frozen=True)
class Parts:
    settings: Settings
    context: Context
    database: Database
    keys: ApiKeys
    idempotency: Idempotency
    cursors: Cursors
    calm: CalmNudge
    requests: Requests
    pulse: Pulse
    ring: Callable[[], Keyring]
    # As browsers know us; empty where no device is told.
    push_key: str = ""


def parts(request: Request) -> Parts:
    return cast("Parts", request.app.state.parts)
