"""The sandbox Postmark's data removal API, which forgets at once, and its faults on demand."""

from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from harrystix.adapters.sandbox.faults import Faults
from harrystix.adapters.sandbox.outbox import Outbox
from harrystix.adapters.sandbox.templates import refusal


def install_removals(app: FastAPI, outbox: Outbox, token: str) -> None:
    @app.post("/data-removals")
    async def _forget(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        if request.headers.get("X-Postmark-Account-Token") != token:
            return refusal(401, 10, "No Account or Server API tokens were supplied or they are wrong.")
        wish: Any = orjson.loads(await request.body())
        if "@" not in str(wish.get("RequestedBy", "")) or "@" not in str(wish.get("RequestedFor", "")):
            return refusal(422, 300, "Invalid email request.")
        return JSONResponse({"ID": outbox.forget(str(wish["RequestedFor"])), "Status": "Pending"})


def install_faults(app: FastAPI, faults: Faults) -> None:
    @app.get("/sandbox/faults")
    async def _show_faults() -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return faults.as_dict()

    @app.put("/sandbox/faults")
    async def _set_faults(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        try:
            faults.change(orjson.loads(await request.body()))
        except (ValueError, TypeError) as error:
            return refusal(422, 300, str(error))
        return JSONResponse(faults.as_dict())
