"""Is it alive, is it ready, how is it doing."""

import psycopg
from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException

from harrystix.adapters.secrets import same
from harrystix.adapters.web.answers import problem_described
from harrystix.adapters.web.metrics import ReadModelCollector
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.problems import problem
from harrystix.adapters.web.routes import Routes

router = Routes(tags=["health"])
MOST_LAG = 30.0


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: problem_described("Something that is needed does not answer.")})
def readyz(request: Request) -> Response:
    """Database, queue and read models are there."""
    own = parts(request)
    wrong: dict[str, str] = {}
    try:
        lag = ReadModelCollector(own.database).all_behind_seconds()
        if lag > MOST_LAG:
            wrong["readModels"] = f"{lag:.0f} s behind the log"
    except psycopg.Error:
        wrong["database"] = "does not answer"
    if wrong:
        return problem(503, "not_ready", "Not ready.", parts=wrong)
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={403: problem_described("Not from loopback, or without the token.")},
)
def metrics(request: Request) -> Response:
    """For Prometheus, from loopback or with the metrics token."""
    own = parts(request)
    token = own.settings.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.client is not None and request.client.host in {"127.0.0.1", "::1"}
    if not (same(given, token) if token else local):
        raise HTTPException(403, "Metrics are for loopback, or need their token.")
    registry = CollectorRegistry()
    registry.register(ReadModelCollector(own.database, own.context))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")
