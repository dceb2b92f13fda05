"""Secrets compared in one way: over bytes, in constant time, whatever letters somebody sent."""

import hmac


def same(given: str | bytes, known: str | bytes) -> bool:
    """Whether both are the same secret. An empty one is nobody's; text that is no Unicode is merely another one."""
    return bool(known) and hmac.compare_digest(_bytes(given), _bytes(known))


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode(errors="surrogatepass") if isinstance(secret, str) else secret
