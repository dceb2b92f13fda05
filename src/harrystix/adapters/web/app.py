"""The web application, put together from its routers."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.idempotency import Idempotency
from harrystix.adapters.web import problems
from harrystix.adapters.web.api import (
    capture,
    events,
    explain,
    health,
    me,
    reading,
    refunds,
    tickets,
    uploads,
    webhooks,
)
from harrystix.adapters.web.calm import CalmNudge
from harrystix.adapters.web.headers import Headers
from harrystix.adapters.web.paging import Cursors
from harrystix.adapters.web.parts import Parts
from harrystix.application.context import Context
from harrystix.settings import Settings

STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings, context: Context, database: Database, cursor_key: bytes) -> FastAPI:
    app = FastAPI(
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
        Idempotency(database),
        Cursors(cursor_key),
        CalmNudge(context.nudge),
    )
    problems.install(app)
    for module in (events, uploads, tickets, capture, refunds, me, reading, explain, webhooks, health):
        app.include_router(module.router)

    @app.get("/", include_in_schema=False)
    def index() -> FileResponse:  # pyright: ignore[reportUnusedFunction]
        return FileResponse(STATIC / "index.html")

    @app.get("/me", include_in_schema=False)
    def member() -> FileResponse:  # pyright: ignore[reportUnusedFunction]
        return FileResponse(STATIC / "me.html")

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Headers)
    return app
