"""Addresses as others may see them."""


def masked(email: str) -> str:
    """Enough to recognise one's own address, not enough to write to it: `a…a@u….uk`."""
    local, _, host = email.partition("@")
    ending = host.rpartition(".")[2]
    return f"{local[:1]}…{local[-1:]}@{host[:1]}….{ending}" if host else "…"
