"""One canonical form of a mail address, so that one person is one member."""

import unicodedata


class BadAddress(ValueError):
    pass


def canonical(address: str) -> str:
    """Lower case, host as A-label. Raises BadAddress.

    `isascii` is tested before `lower`: U+212A (Kelvin) lowers to an ASCII k, and would take over an account.
    """
    text = address.strip()
    local, at, host = text.rpartition("@")
    if not at or not local or not host or len(text) > 254:
        raise BadAddress("not an address")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} for char in text):
        raise BadAddress("invisible characters")
    if not local.isascii():
        raise BadAddress("not ASCII before the @")
    try:
        label = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise BadAddress("not a host name") from None
    return f"{local.lower()}@{label.lower()}"
