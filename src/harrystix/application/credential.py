"""A ticket's credential: the bytes that a member gets, and the form by which two of them are one."""

from collections.abc import Sequence
from unicodedata import normalize

from harrystix.application import mail_address


def canonical(secret: Sequence[str]) -> tuple[str, ...]:
    """Of (login, password) or (QR payload,): no mailbox and no door tells two spellings with one form apart.

    A login is a mail address and has its canonical form; of the rest only how Unicode composes a letter does not count.
    """
    parts = [normalize("NFC", part) for part in secret]
    if len(parts) > 1:
        parts[0] = _login(parts[0])
    return tuple(parts)


def _login(text: str) -> str:
    try:
        return mail_address.canonical(text)
    except mail_address.BadAddress:
        # From before such were refused.
        return text.strip().lower()
