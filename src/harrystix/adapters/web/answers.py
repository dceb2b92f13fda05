"""Answers, and what OpenAPI says of refusals."""

from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `errors` says where."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {}}, "model": Problem}


class Answers:
    READ: ClassVar[dict[int | str, dict[str, Any]]] = {
        400: _problem("A parameter is wrong."),
        401: _problem("No API key, or a wrong one."),
        403: _problem("The key's role may not do this."),
        404: _problem("There is no such thing."),
        422: _problem("A value is not valid."),
    }
    WRITE: ClassVar[dict[int | str, dict[str, Any]]] = {
        **READ,
        409: _problem("Not possible in the present state, or the same request is still running."),
        412: _problem("The thing was changed meanwhile."),
        413: _problem("The request is too large."),
        415: _problem("The content is of a kind that is not taken."),
    }


def send(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(model.model_dump_json(by_alias=True), status, headers, media_type="application/json")
