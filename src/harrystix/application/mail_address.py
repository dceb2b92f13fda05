"""Mail addresses: exactly one mailbox each, in the one form in which it is stored, compared and sent to."""

import re
import unicodedata

import idna

from harrystix.domain.errors import InvalidValue

# RFC 5321 and 5322 without quoted names and address literals, which no member has and many a system mistakes.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
# Nearly all are of this kind: a file of ten thousand is read in a third of the time.
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?!\d+\Z){_LABEL})", re.IGNORECASE | re.ASCII)
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
LONGEST, LONGEST_LOCAL = 254, 64


class BadAddress(ValueError):
    """`args`: what is wrong, in words for who wrote it; never the address itself."""


def mailbox(text: str) -> str:
    """The form that is stored and sent to: the name as written, the host in small ASCII letters (IDNA 2008).

    Raises BadAddress for what is not exactly one mailbox.
    """
    written = text.strip()
    plain = _PLAIN.fullmatch(written)
    if plain and len(written) <= LONGEST and len(plain[1]) <= LONGEST_LOCAL and "xn--" not in written.lower():
        return f"{plain[1]}@{plain[2].lower()}"
    local, at, host = written.rpartition("@")
    if not at or not local or not host:
        raise BadAddress("not an email address")
    if any(unicodedata.category(char) in _INVISIBLE for char in written):
        raise BadAddress("an email address has no blanks and no invisible characters")
    if len(local) > LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise BadAddress("not a name that an email address can have before its @")
    found = f"{local}@{_host(host)}"
    if len(found) > LONGEST:
        raise BadAddress(f"an email address has at most {LONGEST} characters")
    return found


def canonical(text: str) -> str:
    """The form by which two are the same: no mailbox in use tells capital letters from small ones.

    Raises BadAddress.
    """
    return mailbox(text).lower()


def spelled_alike(text: str) -> str:
    """One word for all spellings of a mailbox, by which tries are counted; of what is none, as good as it gets."""
    try:
        return canonical(text)
    except BadAddress:
        return unicodedata.normalize("NFKC", text).strip().lower()


def what_is_wrong(text: str) -> str:
    """A sentence for who wrote it; empty where it is exactly one mailbox."""
    try:
        mailbox(text)
    except BadAddress as error:
        return f"This is {error}." if str(error).startswith("not ") else f"{str(error).capitalize()}."
    return ""


def require_mailbox(text: str) -> None:
    """Raises InvalidValue for what is not exactly one mailbox."""
    if wrong := what_is_wrong(text):
        raise InvalidValue(wrong, field="email")


def older_forms(address: str) -> set[str]:
    """Canonical forms that earlier releases may have given to this canonical address, where they differ from it."""
    local, _, host = address.rpartition("@")
    found = {f"{address}."}
    try:
        unicode_host = idna.decode(host)
        found.add(f"{local}@{unicode_host.encode('idna').decode().lower()}")
    except (idna.IDNAError, UnicodeError):
        pass
    return found - {address}


def _host(text: str) -> str:
    host = text.removesuffix(".")
    try:
        # Mapped before it is looked at, as everything that resolves names does: full width, capital letters, dots.
        plain = host.isascii() and "xn--" not in host.lower()
        ascii_host = (
            host.lower() if plain else idna.encode(host, uts46=True, std3_rules=True).decode().lower()
        )
    except (idna.IDNAError, UnicodeError):
        raise BadAddress("not a host name after the @") from None
    if not _HOST.fullmatch(ascii_host):
        raise BadAddress("not a host name after the @")
    return ascii_host
