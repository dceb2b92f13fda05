"""Styles, scripts and pictures of pages, under an address that changes with their content."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
VERSIONED = re.compile("[0-9a-f]{12}/")


@cache
def version() -> str:
    """Of all files together: relative imports of scripts stay within one version."""
    digest = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(STATIC)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static(path: str) -> str:
    """The address of a file for a page."""
    return f"/static/{version()}/{path}"


class Assets(StaticFiles):
    """A page that was loaded before a new version still finds its files."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        versioned = VERSIONED.match(path)
        answer = await super().get_response(path[13:] if versioned else path, scope)
        fresh = versioned is not None and path.startswith(version())
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
        return answer
