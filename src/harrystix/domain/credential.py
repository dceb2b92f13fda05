"""A ticket's credential: the bytes that a member gets, and the form by which two of them are one."""

from collections.abc import Sequence
from unicodedata import normalize


def canonical(secret: Sequence[str]) -> tuple[str, ...]:
    """Of (login, password) or (QR payload,): no mailbox and no door tells two spellings with one form apart.

    The case of a login's address does not count, nor how Unicode composes a letter in any part.
    """
    parts = [normalize("NFC", part) for part in secret]
    if len(parts) > 1:
        parts[0] = parts[0].strip().lower()
    return tuple(parts)
