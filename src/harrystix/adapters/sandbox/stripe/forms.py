"""Stripe's form encoding: `a[b]=1`, `list[]=x`, `list[0][c]=y` become nested dicts and lists."""

import re
from typing import Any, cast
from urllib.parse import parse_qsl

PART = re.compile(r"\[([^\]]*)\]")


def parse(body: bytes | str) -> dict[str, Any]:
    """Values stay text, as they came."""
    text = body.decode() if isinstance(body, bytes) else body
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head = name.split("[", 1)[0]
        _put(found, [head, *PART.findall(name)], value)
    return cast("dict[str, Any]", _lists(found))


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        into = into.setdefault(part or str(len(into)), {})
    into[path[-1] or str(len(into))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    known = {key: _lists(item) for key, item in cast("dict[str, Any]", value).items()}
    if known and all(key.isdigit() for key in known):
        return [known[key] for key in sorted(known, key=int)]
    return known
