"""Which services may be told: an address that a browser names is a request that we make, so only known hosts."""

from collections.abc import Sequence
from urllib.parse import urlsplit


def is_service(endpoint: str, hosts: Sequence[str]) -> bool:
    """`hosts`: names, or with a dot in front everything below it. Plain http only for a port of this machine."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.fragment or len(endpoint) > 1000:
        return False
    if parts.scheme == "http":
        return host == "127.0.0.1" and f"{host}:{port}" in hosts
    known = any(host == name or (name.startswith(".") and host.endswith(name)) for name in hosts)
    return parts.scheme == "https" and port in {None, 443} and known
