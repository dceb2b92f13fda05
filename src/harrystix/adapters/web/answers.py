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


def problem_described(description: str) -> dict[str, Any]:
    schema = Problem.model_json_schema()
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


class Answers:
    READ: ClassVar[dict[int | str, dict[str, Any]]] = {
        400: problem_described("A parameter is wrong."),
        401: problem_described("No API key, or a wrong one."),
        403: problem_described("The key's role may not do this."),
        404: problem_described("There is no such thing."),
        422: problem_described("A value is not valid."),
    }
    WRITE: ClassVar[dict[int | str, dict[str, Any]]] = {
        **READ,
        409: problem_described("Not possible in the present state, or the same request is still running."),
        412: problem_described("The thing was changed meanwhile."),
        408: problem_described("The request took too long to arrive."),
        413: problem_described("The request is too large."),
        429: problem_described("Too often. Try again later."),
        503: problem_described(
            "The payment provider does not answer, or there is too much to do. Retry-After says when to try again."
        ),
        415: problem_described("The content is of a kind that is not taken."),
    }


def send(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(model.model_dump_json(by_alias=True), status, headers, media_type="application/json")
