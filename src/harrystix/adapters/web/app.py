"""The web application, put together from its routers."""

from fastapi import FastAPI

from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.idempotency import Idempotency
from harrystix.adapters.push.keys import public_key
from harrystix.adapters.vault.keyring import Keyring, Keys
from harrystix.adapters.vault.requests import Requests
from harrystix.adapters.web import problems
from harrystix.adapters.web.assets import STATIC, Assets
from harrystix.adapters.web.calm import CalmNudge
from harrystix.adapters.web.cross_site import SameSiteOnly
from harrystix.adapters.web.described import Described
from harrystix.adapters.web.headers import Headers
from harrystix.adapters.web.limits import Limits
from harrystix.adapters.web.nul import NoNul
from harrystix.adapters.web.paging import Cursors
from harrystix.adapters.web.parts import Parts
from harrystix.adapters.web.pulse import Pulse
from harrystix.adapters.web.routers import PAGES, ROUTERS
from harrystix.adapters.web.turns import Turns
from harrystix.application.context import Context
from harrystix.settings import Settings


def create_app(settings: Settings, context: Context, database: Database, keys: Keys) -> FastAPI:
    app = Described(
        title="Harry's Tix",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        description="Tickets, first come first served. Lists are paged by keyset: follow the Link header.",
    )
    app.state.parts = Parts(
        settings,
        context,
        database,
        ApiKeys(database),
        Idempotency(database, keys),
        Cursors(keys.index("cursor", "v1")),
        CalmNudge(context.nudge),
        Requests(database, keys),
        Pulse(database),
        ring=lambda: load_ring(settings),
        push_key=public_key(settings.push_pem) if settings.push_pem else "",
    )
    problems.install(app)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)

    app.mount("/static", Assets(directory=STATIC), name="static")
    app.add_middleware(NoNul)
    app.add_middleware(Limits, seconds=settings.request_seconds)
    app.add_middleware(SameSiteOnly)
    app.add_middleware(Headers)
    app.add_middleware(Turns)
    return app


def load_ring(settings: Settings) -> Keyring:
    """As it stands in the file now, or in the environment. Raises VaultError."""
    text = settings.keys.get_secret_value()
    return Keyring.parse(text, "HARRYSTIX_KEYS") if text else Keyring.load(settings.keys_path)
