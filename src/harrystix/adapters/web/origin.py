"""Where a request comes from: the address behind the proxies that we trust, and the program."""

from starlette.requests import Request

from harrystix.adapters.web.parts import parts


def place_of(request: Request) -> str:
    """The client's address. Of X-Forwarded-For only what our own proxies wrote, counted from the right."""
    hops = parts(request).settings.trusted_proxies
    direct = request.client.host if request.client else ""
    if not hops:
        return direct
    listed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return listed[-hops] if len(listed) >= hops else direct


def device_of(request: Request) -> str:
    return request.headers.get("User-Agent", "")[:300]


def within(there: str) -> str:
    """A path of this house; anything that a browser could take for another house is the start page."""
    plain = there.startswith("/") and not there.startswith(("//", "/\\")) and there.isprintable()
    return there if plain else "/"
