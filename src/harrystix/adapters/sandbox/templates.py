"""The sandbox Postmark's templates: shown, made, changed."""

from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response


def install_templates(app: FastAPI, known: dict[str, dict[str, Any]], token: str) -> None:
    """`known`: by alias, in the words of the API."""

    @app.get("/templates/{alias}")
    async def show(alias: str) -> Response:
        found = known.get(alias)
        return JSONResponse(found) if found else refusal(422, 1101, "The template does not exist.")

    @app.post("/templates")
    @app.put("/templates/{alias}")
    async def push(request: Request, alias: str = "") -> Response:
        if request.headers.get("X-Postmark-Server-Token") != token:
            return refusal(401, 10, "Wrong token.")
        words: Any = orjson.loads(await request.body())
        alias = alias or str(words["Alias"])
        if request.method == "PUT" and alias not in known:
            return refusal(422, 1101, "The template does not exist.")
        known[alias] = {**words, "Alias": alias, "TemplateId": len(known) + 1, "Active": True}
        return JSONResponse({"TemplateId": len(known), "Name": alias, "Active": True, "Alias": alias})

    # They are reached by HTTP only.
    del show, push


def refusal(status: int, code: int, message: str) -> JSONResponse:
    return JSONResponse({"ErrorCode": code, "Message": message}, status)
